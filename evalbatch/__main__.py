"""`python -m evalbatch`."""

import sys

from evalbatch.cli import main

if __name__ == "__main__":
    sys.exit(main())
