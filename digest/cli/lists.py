"""`digest lists`: mailing lists."""

from __future__ import annotations

import shlex

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
