"""Dances as a hierarchy of joints with rotations, and files of it."""
