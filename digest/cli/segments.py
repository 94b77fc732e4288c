"""`digest segments`: parts of an audience, by what is known of people."""

from __future__ import annotations

import shlex

import click

import subscribers as people
from digest.cli.once import OnceGroup
from digest.cli.talk import say
from digest.cli.workspace import (
    Workspace,
    confirm,
    count,
    dry_run_option,
    json_option,
    pass_reader,
    pass_workspace,
    print_json,
    yes_option,
)
from subscribers.segments import formatted, in_words


@click.group(cls=OnceGroup)
def segments() -> None:
    """Parts of an audience, by what is known of people; docs/subscribers.md has all.

    \b
    Example:
      digest segments add europeans 'tz:Europe/* and not language = en'
      digest send 3 --list weekly --segment europeans
    """


@segments.command("add")
@click.argument("name")
@click.argument("expression")
@json_option
@pass_workspace
def add_segment(
    workspace: Workspace, name: str, expression: str, as_json: bool
) -> None:
    """Keep an expression under a name.

    \b
    Example:
      digest segments add newcomers 'joined < 90d'
    """
    with workspace.database.write() as connection:
        now = workspace.now()
        added = people.add_segment(connection, name, expression, now=now)
    if as_json:
        print_json(_json(added) | {"added": True})
        return
    say(f"segment {added.name} is there: {in_words(added.expression)}")
    say(f"  digest segments show {shlex.quote(added.name)}")


@segments.command("list")
@json_option
@pass_reader
def list_segments(workspace: Workspace, as_json: bool) -> None:
    """Every segment that has a name.

    \b
    Example:
      digest segments list
    """
    with workspace.database.read() as connection:
        found = people.segments(connection)
    for each in found:
        if as_json:
            print_json(_json(each))
        else:
            click.echo(f"{each.name}: {formatted(each.expression)}")


@segments.command("show")
@click.argument("segment", metavar="NAME|EXPR")
@click.option(
    "--list",
    "lists",
    multiple=True,
    metavar="LIST",
    help="Of those who may get a mail to it; else of everybody.",
)
@json_option
@pass_reader
def show_segment(
    workspace: Workspace, segment: str, lists: tuple[str, ...], as_json: bool
) -> None:
    """How an expression is understood, how many people are in it, and ten of them.

    \b
    Examples:
      digest segments show newcomers --list weekly
      digest segments show 'tz:Europe/* and topics has "nato" and not joined < 90d'
    """
    with workspace.database.read() as connection:
        found = people.find_segment(connection, segment)
        members = people.members(connection, found, lists, now=workspace.now())
    if as_json:
        first = [{"email": email, "name": name} for email, name in members.first]
        shown = {"lists": lists, "count": members.count, "people": first}
        print_json(_json(found) | shown)
        return
    among = f" who may get a mail to {', '.join(lists)}" if lists else ""
    click.echo(formatted(found.expression))
    click.echo(f"  {in_words(found.expression)}")
    click.echo(f"{count(members.count, 'person', 'people')}{among}")
    for email, name in members.first:
        click.echo(f"  {email} {name}".rstrip())
    if members.count > len(members.first):
        click.echo("  …")


@segments.command("remove")
@click.argument("name")
@yes_option
@dry_run_option
@json_option
@pass_workspace
def remove_segment(
    workspace: Workspace, name: str, yes: bool, dry_run: bool, as_json: bool
) -> None:
    """Forget a segment; the people in it stay.

    \b
    Example:
      digest segments remove newcomers
    """
    if not (yes or dry_run):
        confirm(f"Remove the segment {name}?")
    database = workspace.database
    with database.read() if dry_run else database.write() as connection:
        removed = people.remove_segment(connection, name)
    if as_json:
        print_json({"segment": removed, "removed": not dry_run})
    else:
        say(f"segment {removed} {'would be' if dry_run else 'is'} removed")


def _json(segment: people.Segment) -> dict[str, object]:
    return {
        "segment": segment.name or None,
        "expression": formatted(segment.expression),
        "words": in_words(segment.expression),
    }
