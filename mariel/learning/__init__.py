"""Models of phrases, their training, and runs that last."""
