#!/usr/bin/env python3
"""Forget a person everywhere, but for a keyed hash that keeps them from being mailed.

    python erase_subscriber.py ann@example.com

Every hour, whoever asked for it in a file of the help desk's, an address a line:

    0 * * * * cd /srv/newsletter && \
        .venv/bin/python scripts/erase_subscriber.py --file erase.txt --yes
"""

import sys

from digest.cli import main

if __name__ == "__main__":
    raise SystemExit(main(["subscribers", "erase", *sys.argv[1:]]))
