"""Parts of the Latent map page."""
