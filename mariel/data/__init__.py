"""Training data: preprocessing, splits, phrases, graphs, and the published loader (the reference)."""
