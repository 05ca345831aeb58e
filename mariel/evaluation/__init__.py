"""How good reconstructions and samples are: metrics, figures, reconstruction errors."""
