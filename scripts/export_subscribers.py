#!/usr/bin/env python3
"""Write the people of a mailing list to a file; all of them, in any state.

Every night at two, for whoever takes them to another place:

    0 2 * * * cd /srv/newsletter && .venv/bin/python scripts/export_subscribers.py \
        --list weekly --out weekly.csv
"""

import sys

from digest.cli import main

if __name__ == "__main__":
    raise SystemExit(main(["subscribers", "export", *sys.argv[1:]]))
