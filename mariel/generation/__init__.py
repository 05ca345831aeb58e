"""What trained models are for: sampling, interpolation, long sequences, the latent map, favourites."""
