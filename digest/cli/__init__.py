"""The command `digest`: one file a command group; parses and prints, nothing else.

Data goes to stdout, talk to stderr. What a command raises becomes one line and an
exit code in `digest.cli.exits`, the only place that knows them.
"""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line (sys.argv without the program's name); its exit code."""
    from digest.cli.exits import run
    from digest.cli.root import root

    return run(root, argv)
