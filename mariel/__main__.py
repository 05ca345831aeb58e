"""`python -m mariel`: the command line."""

import sys

from mariel.cli import main

if __name__ == "__main__":
    sys.exit(main())
