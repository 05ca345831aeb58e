"""Tables of numbers as text: how they are separated, which columns are coordinates, and the frame rate."""
