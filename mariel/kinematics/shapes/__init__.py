"""Body shapes: named proportions, another dancer's, and dances given to them."""
