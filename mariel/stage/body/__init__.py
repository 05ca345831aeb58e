"""The body as parts with volume: which markers carry them, and how thick they are."""
