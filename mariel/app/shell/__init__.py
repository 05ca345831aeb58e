"""What every page has: layout, query parameters and session keys, error messages."""
