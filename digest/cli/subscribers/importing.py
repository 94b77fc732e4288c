"""`digest subscribers import`: people from a file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import BinaryIO

import click

import subscribers as people
from digest.cli.subscribers.group import consent_option, list_option, subscribers
from digest.cli.workspace import (
    Workspace,
    dry_run_option,
    json_option,
    pass_workspace,
    print_json,
    say,
)

#: rejected rows that are named at the terminal; --rejects has all of them
NAMED = 5


@subscribers.command("import")
@click.argument("file", metavar="FILE|-")
@list_option
@click.option("--map", "mapping", multiple=True, metavar="FIELD=COLUMN")
@click.option(
    "--rejects",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where rows go that cannot be taken, with the reason.",
)
@consent_option
@dry_run_option
@json_option
@pass_workspace
def import_(
    workspace: Workspace,
    file: str,
    list_name: str,
    mapping: tuple[str, ...],
    rejects: Path | None,
    consent: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Add the people of a file: CSV, TSV, JSON lines, .gz; - is stdin.

    Nobody who unsubscribed or is suppressed comes back by an import.

    \b
    Example:
      digest subscribers import people.csv --list weekly --consent "form, 2026"
    """
    source: Path | BinaryIO = sys.stdin.buffer if file == "-" else Path(file)
    started = workspace.now()
    named: list[str] = []

    def name_rejected(number: int, reason: str) -> None:
        if len(named) < NAMED:
            named.append(f"  line {number}: {reason}")

    report = people.import_file(
        workspace.database.write,
        source,
        list_name,
        consent=consent,
        mapping=_mapping(mapping),
        rejects=rejects,
        rejected=name_rejected,
        dry_run=dry_run,
        now=started,
        secret=workspace.secret,
    )
    seconds = (workspace.now() - started).total_seconds()
    figures = {
        "rows": report.rows,
        "added": report.added,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "rejected": report.rejected,
        "suppressed": report.suppressed,
        "seconds": round(seconds, 3),
    }
    if as_json:
        print_json(figures)
    else:
        click.echo(", ".join(f"{n} {name}" for name, n in figures.items()))
    if report.rejected and not rejects:
        _say_rejected(named, report.rejected)
    if report.unconfirmed:
        say(
            f"{report.unconfirmed} are unconfirmed and get no mail; "
            "say with --consent how they agreed"
        )


def _say_rejected(named: list[str], rejected: int) -> None:
    """The first rejected rows, and how to see the others."""
    say("\n".join(["rejected:", *named]))
    more = rejected - len(named)
    say(f"  {f'and {more} more; ' if more else ''}all of them: --rejects FILE")


def _mapping(pairs: tuple[str, ...]) -> dict[str, str]:
    """FIELD=COLUMN as a mapping."""
    mapping = {}
    for pair in pairs:
        field, equals, column = pair.partition("=")
        if not equals:
            raise click.BadParameter(f"{pair!r}: write FIELD=COLUMN, email=Mail")
        mapping[field.strip()] = column.strip()
    return mapping
