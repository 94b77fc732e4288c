#!/usr/bin/env python3
"""Build, check and send every digest that is due, and end: a task for cron.

    */5 * * * *  cd /srv/weekly && .venv/bin/python weekly_digest.py

The schedules themselves: digest schedule add NAME --every "monday 08:00" …
"""

import sys

from digest.cli import main

if __name__ == "__main__":
    raise SystemExit(main(["run", "--once", *sys.argv[1:]]))
