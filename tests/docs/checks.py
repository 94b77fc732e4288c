"""The page of checks, made from their modules: python -m tests.docs.checks."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from digest.checks import CHECKS

HEAD = """\
# Checks

`digest check` runs them all, and `digest send` again; the preview shows what they
find. An *error* forbids sending (exit 4) unless its check is named with `--allow`, a
*warning* is something that a reader will notice, a *note* is worth knowing. Only with
`--links` are links and images asked for; the sender's domain is looked up for two
seconds at most. This page is made from the modules in `digest/checks/`.

What mail clients show is taken from [caniemail.com](https://www.caniemail.com) (MIT);
`digest/checks/refresh.py` says how to renew the copy.
"""
COLUMNS = """\
| severity | what is found | what helps |
|---|---|---|
"""
_FIRST = re.compile(r"^(?:error|warning|note): ", re.MULTILINE)
_ROW = re.compile(r"^(error|warning|note): (.+?) → (.+?)$", re.MULTILINE)


@dataclass(frozen=True)
class Row:
    """A line of a check's table."""

    severity: str
    found: str
    helps: str


def rows(docstring: str) -> list[Row]:
    """What a check's docstring says that it finds."""
    unwrapped = re.sub(r"\n(?!\n|error:|warning:|note:)", " ", docstring.strip())
    return [Row(*found) for found in _ROW.findall(unwrapped)]


def page() -> str:
    """docs/checks.md."""
    return HEAD + "".join(_sections())


def _sections() -> Iterator[str]:
    for check in CHECKS:
        name = check.__module__.rpartition(".")[2]
        docstring = sys.modules[check.__module__].__doc__ or ""
        prose = _FIRST.split(docstring)[0].strip()
        yield f"\n## {name}\n\n{prose}\n\n{COLUMNS}"
        for row in rows(docstring):
            yield f"| {row.severity} | {row.found} | {row.helps} |\n"


if __name__ == "__main__":
    print(page(), end="")  # noqa: T201
