"""Using trained models: sampling, interpolation, long sequences, the latent map, favourites."""
