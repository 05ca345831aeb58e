"""Parts of the Browse page."""
