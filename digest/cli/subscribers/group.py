"""The group, and the options that its commands share."""

from __future__ import annotations

from pathlib import Path

import click

from digest.cli.once import OnceGroup

list_option = click.option("--list", "list_name", required=True, metavar="LIST")
consent_option = click.option(
    "--consent",
    metavar="TEXT",
    help="How they agreed; without it they are unconfirmed, and get no mail.",
)

rejects_option = click.option(
    "--rejects",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where rows go that cannot be taken; what is there is replaced.",
)


def mapped(
    _context: click.Context, _option: click.Parameter, pairs: tuple[str, ...]
) -> dict[str, str]:
    """FIELD=COLUMN as a mapping."""
    mapping: dict[str, str] = {}
    for pair in pairs:
        field, equals, column = (part.strip() for part in pair.partition("="))
        if not equals or not field:
            raise click.BadParameter(f"{pair!r}: write FIELD=COLUMN, email=Mail")
        if field in mapping:
            raise click.BadParameter(f"{field} is in one column, not in several")
        mapping[field] = column
    return mapping


@click.group(cls=OnceGroup)
def subscribers() -> None:
    """People on mailing lists.

    \b
    Example:
      digest subscribers import people.csv --list weekly --consent "form, 2026"
    """
