"""Parts of the Reconstructions page."""
