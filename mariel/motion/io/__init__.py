"""Files of motion in: a registry of formats, and one module for each of them."""
