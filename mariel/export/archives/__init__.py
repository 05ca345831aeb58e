"""Archives of several files: a credit beside formats that hold none, and bundles for another copy of this program."""
