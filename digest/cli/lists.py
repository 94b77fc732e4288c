"""`digest lists`: mailing lists."""

from __future__ import annotations

import shlex
from dataclasses import replace

import click
from sqlalchemy import Connection

import subscribers as people
from digest.cli.once import OnceGroup
from digest.cli.talk import say
from digest.cli.workspace import (
    Workspace,
    dry_run_option,
    json_option,
    pass_reader,
    pass_workspace,
    print_json,
    yes_option,
)
from digest.errors import UsageError


@click.group(cls=OnceGroup)
def lists() -> None:
    """Mailing lists.

    \b
    Example:
      digest lists add weekly
    """


group_option = click.option(
    "--asm-group",
    type=click.IntRange(0, 2**31 - 1),
    metavar="ID",
    help="The unsubscribe group at SendGrid; 0: that of the settings.",
)


title_option = click.option(
    "--title", metavar="TEXT", help="What readers see it called, instead of its name."
)


@lists.command("add")
@click.argument("name")
@title_option
@group_option
@click.option(
    "--single-opt-in",
    is_flag=True,
    help="Who signs up is on it at once, and isn't asked by mail.",
)
@json_option
@pass_workspace
def add_list(
    workspace: Workspace,
    name: str,
    title: str | None,
    asm_group: int | None,
    single_opt_in: bool,
    as_json: bool,
) -> None:
    """Make a mailing list.

    \b
    Example:
      digest lists add weekly --title "The week on the water"
    """
    with workspace.database.write() as connection:
        added = people.add_list(
            connection,
            name,
            workspace.now(),
            asm_group=asm_group or None,
            confirmed_opt_in=not single_opt_in,
            title=title or "",
        )
    if as_json:
        print_json({"list": added.name, "added": True} | _settings(added))
        return
    say(f"list {added.name} is there; bring people onto it:")
    say(f"  digest subscribers import FILE --list {shlex.quote(added.name)}")


def _settings(of: people.MailingList) -> dict[str, object]:
    return {
        "title": of.title,
        "asm_group": of.asm_group,
        "confirmed_opt_in": of.confirmed_opt_in,
    }


@lists.command("set")
@click.argument("name")
@title_option
@group_option
@click.option(
    "--single-opt-in/--double-opt-in",
    default=None,
    help="Whether who signs up is on it at once, or is asked by mail.",
)
@json_option
@pass_workspace
def set_list(
    workspace: Workspace,
    name: str,
    title: str | None,
    asm_group: int | None,
    single_opt_in: bool | None,
    as_json: bool,
) -> None:
    """Change a list: its title, its unsubscribe group at SendGrid, how people join it.

    \b
    Example:
      digest lists set weekly --asm-group 12345
    """
    if title is None and asm_group is None and single_opt_in is None:
        raise UsageError(f"say what to change of the list {name}: --title TEXT")
    with workspace.database.write() as connection:
        changed = people.find_list(connection, name)
        if title is not None:
            changed = replace(changed, title=title)
        if asm_group is not None:
            changed = replace(changed, asm_group=asm_group or None)
        if single_opt_in is not None:
            changed = replace(changed, confirmed_opt_in=not single_opt_in)
        people.set_list(connection, changed)
    if as_json:
        print_json({"list": changed.name} | _settings(changed))
    else:
        say(f"list {changed.name}: {_in_words(changed)}")


def _in_words(of: people.MailingList) -> str:
    opt_in = "double" if of.confirmed_opt_in else "single"
    group = f", unsubscribe group {of.asm_group}" if of.asm_group else ""
    title = f"{of.title!r}, " if of.title else ""
    return f"{title}{opt_in} opt-in{group}"


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
@pass_reader
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
            print_json({"list": each.name} | dict(counts) | _settings(each))
        else:
            figures = ", ".join(f"{count} {state}" for state, count in counts.items())
            click.echo(f"{each.name}: {figures} ({_in_words(each)})")
