"""Every benchmark in turn: python -m benchmarks, or python -m benchmarks NAME."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from pathlib import Path


def names() -> list[str]:
    """The benchmarks there are: each module here but the harness."""
    found = (
        module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)])
    )
    return sorted(set(found) - {"__main__", "harness"})


for name in sys.argv[1:] or names():
    importlib.import_module(f"benchmarks.{name}").main()
