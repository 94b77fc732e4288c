"""People who join and leave: add, list."""

from __future__ import annotations

import click

import subscribers as people
from digest.cli.subscribers.group import consent_option, list_option, subscribers
from digest.cli.workspace import (
    Workspace,
    json_option,
    pass_workspace,
    print_json,
    say,
)


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
            key=workspace.secret_key,
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
