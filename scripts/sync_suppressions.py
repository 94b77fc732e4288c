#!/usr/bin/env python3
"""Take over from SendGrid who gets no mail any more, and tell it of ours.

Every half hour, and all of its lists again on Sunday nights:

    */30 * * * *  cd /srv/weekly && .venv/bin/python scripts/sync_suppressions.py
    0 3 * * 0     cd /srv/weekly && .venv/bin/python scripts/sync_suppressions.py --full
"""

import sys

from digest.cli import main

if __name__ == "__main__":
    raise SystemExit(main(["subscribers", "sync", *sys.argv[1:]]))
