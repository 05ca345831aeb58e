"""From recordings to what a model learns from: preprocessing, splits, phrases, graphs, the published reference."""
