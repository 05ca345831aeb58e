"""Maps of the latent space in two dimensions, and sequences along a path on them."""
