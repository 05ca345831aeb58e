"""Filling triangles: pixels of many triangles at once, without a loop over them."""
