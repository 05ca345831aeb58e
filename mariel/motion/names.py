"""Names that settings and the command line need without loading numpy."""

DEMO = "demo"
"""The value of `data` that means the synthetic demo dancer instead of a folder."""
