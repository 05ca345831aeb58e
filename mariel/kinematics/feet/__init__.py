"""Feet: when they stand, and how they are held where they stand."""
