"""Models of phrases: a base class, a registry, the notebook's VAE and the phrase VAE."""
