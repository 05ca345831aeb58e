"""Parts of the Preprocessing page."""
