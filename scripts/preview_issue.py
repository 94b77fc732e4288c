#!/usr/bin/env python3
"""Show the newest issue, or the one named, in a browser until Ctrl-C.

python preview_issue.py 3
"""

import sys

from digest.cli import main

if __name__ == "__main__":
    raise SystemExit(main(["preview", *sys.argv[1:]]))
