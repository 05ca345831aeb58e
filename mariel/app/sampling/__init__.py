"""Parts of the Sampling page."""
