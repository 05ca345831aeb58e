"""Reading files of motion: the registry of formats, one module per format in `formats`, and loading of folders."""

from mariel.motion.io import formats  # noqa: F401  (registers the formats)
