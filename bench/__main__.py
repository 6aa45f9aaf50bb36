"""`python -m bench`, which `make bench` runs."""

import sys

from bench.profile_table import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
