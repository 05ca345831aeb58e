"""Motion out: a scene or a recording in, a file out."""
