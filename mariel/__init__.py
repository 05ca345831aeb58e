"""Mariel: an interactive explorer for motion-captured dance."""
