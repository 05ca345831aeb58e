"""The body that dances: its choice, and dances on it."""
