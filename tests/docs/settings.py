"""The page of settings, made from their table: python -m tests.docs.settings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin

from digest.config import Row, table

HEAD = """\
# Settings

From `digest.toml`, then `DIGEST_*` in the environment, then flags; `digest config show`
prints those in force. This page is made from the table in `digest/config/sections.py`.
Relative paths count from the folder of `digest.toml`.
"""
COLUMNS = """\
| setting | type | default | |
|---|---|---|---|
"""


def page() -> str:
    """docs/settings.md."""
    return HEAD + "".join(_sections()) + "\n"


def _sections() -> Iterator[str]:
    section = ""
    for row in table():
        if row.section != section:
            section = row.section
            brackets = "[[source]]" if section == "source" else f"[{section}]"
            yield f"\n## {brackets}\n\n{COLUMNS}"
        yield _line(row)


def _line(row: Row) -> str:
    default = f"`{row.default!r}`".replace("'", '"') if row.default else ""
    secret = " (secret)" if row.secret else ""
    kind = ", ".join(filter(None, (_type(row.kind), row.bounds)))
    return f"| `{row.key}` | {kind} | {default} | {row.help}{secret} |\n"


def _type(kind: Any) -> str:
    if get_origin(kind) is Literal:
        return ", ".join(choice for choice in get_args(kind) if choice)
    if get_origin(kind) is tuple:
        return "texts"
    return {str: "text", int: "number", float: "number", bool: "true, false"}[kind]


if __name__ == "__main__":
    print(page(), end="")  # noqa: T201
