"""`digest subscribers` and `digest lists`: people, and what they agreed to."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import BinaryIO

import click
from sqlalchemy import Connection

import subscribers as people
from digest.cli.workspace import (
    Workspace,
    dry_run_option,
    json_option,
    pass_workspace,
    print_json,
    say,
    yes_option,
)
from digest.errors import UsageError

#: rejected rows that are named at the terminal; --rejects has all of them
NAMED = 5

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
@json_option
@pass_workspace
def add_list(workspace: Workspace, name: str, as_json: bool) -> None:
    """Make a mailing list.

    \b
    Example:
      digest lists add weekly
    """
    with workspace.database.write() as connection:
        added = people.add_list(connection, name, workspace.now())
    if as_json:
        print_json({"list": added.name, "added": True})
        return
    say(f"list {added.name} is there; bring people onto it:")
    say(f"  digest subscribers import FILE --list {shlex.quote(added.name)}")


@lists.command("remove")
@click.argument("name")
@yes_option
@dry_run_option
@json_option
@pass_workspace
def remove_list(
    workspace: Workspace, name: str, yes: bool, dry_run: bool, as_json: bool
) -> None:
    """Take away a mailing list that nobody has ever been on.

    \b
    Example:
      digest lists remove wekly
    """
    database = workspace.database
    if not (yes or dry_run):
        click.confirm(f"Remove the list {name}?", abort=True, err=True)
    with database.read() if dry_run else database.write() as connection:
        removed = people.remove_list(connection, name)
        _unscheduled(connection, removed.name)
    if as_json:
        print_json({"list": removed.name, "removed": not dry_run})
    else:
        say(f"list {removed.name} {'would be' if dry_run else 'is'} removed")


def _unscheduled(connection: Connection, name: str) -> None:
    """Refuses where a schedule sends to the list."""
    from digest.store import schedules

    using = [
        stored.schedule.name
        for stored in schedules.all_schedules(connection)
        if name in stored.schedule.lists
    ]
    if using:
        raise UsageError(
            f"the schedule {using[0]} sends to the list {name}; first: "
            f"digest schedule remove {shlex.quote(using[0])}"
        )


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
@json_option
@pass_workspace
def add(
    workspace: Workspace,
    address: str,
    list_name: str,
    name: str,
    consent: str | None,
    as_json: bool,
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
    if as_json:
        print_json({"email": address, "list": list_name, "change": change})
    else:
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
