#!/usr/bin/env python
"""Bring the people of a file onto a mailing list; run again, it changes nothing more.

Every night at three, what the shop exports, with the bad rows put aside:

    0 3 * * * cd /srv/newsletter && .venv/bin/python scripts/import_subscribers.py \
        export.csv --list weekly --consent "box ticked at checkout" --rejects bad.csv
"""

import sys

from digest.cli import main

if __name__ == "__main__":
    raise SystemExit(main(["subscribers", "import", *sys.argv[1:]]))
