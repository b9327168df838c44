"""``python -m radiogram``: the program."""

import sys

from radiogram.cli import main

if __name__ == "__main__":
    sys.exit(main())
