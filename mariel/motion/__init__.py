"""Recordings of motion: marker sets, gaps, units and axes, quality, file formats, the demo dancer."""
