"""How much memory a process has held."""

from __future__ import annotations

import re
from pathlib import Path


def peak_of(pid: int) -> float:
    """Megabytes a process has held at most; its ru_maxrss would count what this one
    held when it began it. 0 of one that has ended (proc(5), VmHWM)."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) / 1024 if found else 0
