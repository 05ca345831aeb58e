"""Recordings in: marker sets, takes, file formats, the demo dancer, preprocessing, phrases and graphs."""
