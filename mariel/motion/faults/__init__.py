"""Faults of capture: found, told, and mended where a person asks for it."""
