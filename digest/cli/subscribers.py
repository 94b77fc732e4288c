"""`digest subscribers` and `digest lists`: people, and what they agreed to."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import BinaryIO

import click

import subscribers as people
from digest.cli.workspace import (
    Workspace,
    dry_run_option,
    json_option,
    pass_workspace,
    print_json,
    say,
)

list_option = click.option("--list", "list_name", required=True, metavar="LIST")
consent_option = click.option(
    "--consent",
    metavar="TEXT",
    help="How they agreed; without it they are unconfirmed, and get no mail.",
)


@click.group()
def lists() -> None:
    """Mailing lists.

    \b
    Example:
      digest lists add weekly
    """


@lists.command("add")
@click.argument("name")
@pass_workspace
def add_list(workspace: Workspace, name: str) -> None:
    """Make a mailing list.

    \b
    Example:
      digest lists add weekly
    """
    with workspace.database.write() as connection:
        people.add_list(connection, name, workspace.now())
    say(f"list {name} is there; digest subscribers import FILE --list {name}")


@lists.command("list")
@json_option
@pass_workspace
def list_lists(workspace: Workspace, as_json: bool) -> None:
    """Every list, with how many people are on it.

    \b
    Example:
      digest lists list
    """
    with workspace.database.read() as connection:
        counted = people.lists(connection)
    for each, counts in counted.items():
        if as_json:
            print_json({"list": each.name} | dict(counts))
        else:
            figures = ", ".join(f"{count} {state}" for state, count in counts.items())
            click.echo(f"{each.name}: {figures}")


@click.group()
def subscribers() -> None:
    """People on mailing lists.

    \b
    Example:
      digest subscribers import people.csv --list weekly --consent "form, 2026"
    """


@subscribers.command()
@click.argument("address")
@list_option
@click.option("--name", default="", help="As they want to be called.")
@consent_option
@pass_workspace
def add(
    workspace: Workspace,
    address: str,
    list_name: str,
    name: str,
    consent: str | None,
) -> None:
    """Add a person to a list; unconfirmed unless --consent says how they agreed.

    \b
    Example:
      digest subscribers add ann@example.com --list weekly --consent "asked by mail"
    """
    with workspace.database.write() as connection:
        change = people.add_subscriber(
            connection,
            list_name,
            address,
            name,
            consent=consent,
            source="digest subscribers add",
            now=workspace.now(),
            secret=workspace.secret,
        )
    say(f"{address}: {_CHANGES[change]}")
    if change == people.Change.ADDED and not consent:
        say("unconfirmed, and gets no mail; say with --consent how they agreed")


_CHANGES = {
    people.Change.ADDED: "added",
    people.Change.UPDATED: "updated",
    people.Change.UNCHANGED: "is on the list already",
    people.Change.SUPPRESSED: "left or is suppressed; only they can come back",
}


@subscribers.command("list")
@click.option("--list", "list_name", metavar="LIST", help="Only those on this list.")
@json_option
@pass_workspace
def list_subscribers(
    workspace: Workspace, list_name: str | None, as_json: bool
) -> None:
    """Everybody, with the state of their subscriptions.

    \b
    Example:
      digest subscribers list --list weekly --json
    """
    with workspace.database.read() as connection:
        for person in people.subscribers(connection, list_name):
            if as_json:
                print_json(
                    {
                        "id": person.id,
                        "email": person.email,
                        "name": person.name,
                        "list": person.list,
                        "state": person.state,
                        "since": person.since,
                    }
                )
            else:
                click.echo(
                    f"{person.email}\t{person.name}\t{person.list}\t{person.state}"
                )


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
    report = people.import_file(
        workspace.database.write,
        source,
        list_name,
        consent=consent,
        mapping=_mapping(mapping),
        rejects=rejects,
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
    if report.unconfirmed:
        say(
            f"{report.unconfirmed} are unconfirmed and get no mail; "
            "say with --consent how they agreed"
        )


def _mapping(pairs: tuple[str, ...]) -> dict[str, str]:
    """FIELD=COLUMN as a mapping."""
    mapping = {}
    for pair in pairs:
        field, equals, column = pair.partition("=")
        if not equals:
            raise click.BadParameter(f"{pair!r}: write FIELD=COLUMN, email=Mail")
        mapping[field.strip()] = column.strip()
    return mapping
