"""People who join and leave: add, ask, unsubscribe, list."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import click
from sqlalchemy import Connection

import subscribers as people
from digest.cli.exits import DONE, NOTHING_TO_DO
from digest.cli.subscribers.group import consent_option, list_option, subscribers
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
from digest.errors import NothingToDo, UsageError

#: people who are asked in one transaction
CHUNK = 100
#: a number that is one and nothing else: no date, no telephone, no 007
NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,14})(\.\d{1,14})?")


def choices_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """What is known of a person beside the name."""
    for option in (
        click.option(
            "--attribute",
            "attributes",
            multiple=True,
            metavar="NAME=VALUE",
            help="Anything else; a number or true or false keeps its type.",
        ),
        click.option("--frequency", help="How often they want to hear from you."),
        click.option(
            "--topic",
            "topics",
            multiple=True,
            help="Each that they chose; a|b are two.",
        ),
        click.option("--language", metavar="TAG", help="Like en or pt-BR."),
        click.option("--zone", help="Their time zone, like Europe/Amsterdam."),
    ):
        command = option(command)
    return command


@subscribers.command()
@click.argument("address")
@list_option
@click.option("--name", default="", help="As they want to be called.")
@choices_options
@consent_option
@click.option("--ask", is_flag=True, help="Ask them by mail whether they want it.")
@yes_option
@dry_run_option
@json_option
@pass_workspace
def add(
    workspace: Workspace,
    address: str,
    list_name: str,
    name: str,
    zone: str | None,
    language: str | None,
    topics: tuple[str, ...],
    frequency: str | None,
    attributes: tuple[str, ...],
    consent: str | None,
    ask: bool,
    yes: bool,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Add a person to a list; unconfirmed unless --consent says how they agreed.

    With --ask they get a mail, and are confirmed once they follow its link. Exit 3 if
    they left or are suppressed.

    \b
    Examples:
      digest subscribers add ann@example.com --list weekly --consent "paper form"
      digest subscribers add ann@example.com --list weekly --ask --yes --topic nato
    """
    if ask and consent:
        raise UsageError("with --consent there is nothing to --ask")
    write = _write(workspace) if ask else None
    if ask and not (yes or dry_run):
        confirm(f"Ask {address} by mail now?")
    database = workspace.database
    with database.read() if dry_run else database.write() as connection:
        change = people.add_subscriber(
            connection,
            list_name,
            address,
            name,
            choices=people.Choices(
                zone=zone,
                language=language,
                topics=tuple(each for said in topics for each in said.split("|"))
                or None,
                frequency=frequency,
                attributes=_attributes(attributes),
            ),
            consent=consent,
            source="digest subscribers add",
            now=workspace.now(),
            secret=workspace.secret,
            key=workspace.secret_key,
        )
        asked = None
        if write:
            on = people.find_list(connection, list_name)
            parsed = people.parse_address(address)
            asked = _asked(workspace, connection, on, parsed, write)
    if asked is people.Asked.ASKED and not dry_run:
        workspace.errands()
    if as_json:
        fields = {"email": address, "list": list_name, "change": change}
        print_json(fields | ({"asked": asked} if asked else {}))
    else:
        if dry_run:
            say("nothing is done; without --dry-run:")
        say(f"{address}: {_CHANGES[change]}")
        if asked:
            say(_ASKED[asked])
        elif change == people.Change.ADDED and not consent:
            say("unconfirmed, and gets no mail; say with --consent how they agreed")
    return NOTHING_TO_DO if change == people.Change.SUPPRESSED else DONE


_CHANGES = {
    people.Change.ADDED: "added",
    people.Change.UPDATED: "updated",
    people.Change.UNCHANGED: "is on the list already",
    people.Change.SUPPRESSED: "left or is suppressed; only they can come back",
}
_ASKED = {
    people.Asked.ASKED: "asked by mail; confirmed once they follow its link",
    people.Asked.CONFIRMED: "confirmed already, and not asked",
    people.Asked.LIMITED: "was asked a moment ago or often today, and not again",
    people.Asked.SUPPRESSED: "not asked",
}


def _attributes(pairs: Sequence[str]) -> dict[str, people.Attribute | None]:
    """NAME=VALUE as a mapping; one without a value is to be forgotten."""
    attributes: dict[str, people.Attribute | None] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise UsageError(f"--attribute {pair!r}: write NAME=VALUE, like city=Ghent")
        attributes[name.strip()] = _typed(value) if value else None
    return attributes


def _typed(value: str) -> people.Attribute:
    if value in ("true", "false"):
        return value == "true"
    if number := NUMBER.fullmatch(value):
        return float(value) if number[1] else int(value)
    return value


Write = Callable[[people.Letter], str]


def _write(workspace: Workspace) -> Write:
    """What sets the mails; it says first if a setting is missing for that."""
    from digest.pipeline import letters

    return letters(workspace.desk)


def _asked(
    workspace: Workspace,
    connection: Connection,
    on: people.MailingList,
    address: people.Address,
    write: Write,
) -> people.Asked:
    return people.ask(
        connection,
        on,
        address,
        now=workspace.now(),
        token=workspace.token(),
        write=write,
        key=workspace.secret_key,
    )


@subscribers.command()
@list_option
@click.option(
    "--most", default=500, type=click.IntRange(1), help="At most so many; 500."
)
@yes_option
@dry_run_option
@json_option
@pass_workspace
def ask(
    workspace: Workspace,
    list_name: str,
    most: int,
    yes: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Ask the unconfirmed of a list by mail whether they want it.

    Nobody is asked whom an open question waits for; run it again for the next.

    \b
    Example:
      digest subscribers ask --list weekly --most 200
    """
    write = _write(workspace)
    with workspace.database.read() as connection:
        on = people.find_list(connection, list_name)
        waiting = people.unasked(connection, on, now=workspace.now(), most=most)
    if not waiting:
        raise NothingToDo(f"nobody on the list {on.name} is to be asked")
    who = count(len(waiting), "person", "people")
    if dry_run:
        _print_asked(on.name, Counter(), len(waiting), as_json=as_json)
        return
    if not yes:
        confirm(f"Ask {who} by mail now?")
    asked = Counter[people.Asked]()
    for start in range(0, len(waiting), CHUNK):
        with workspace.database.write() as connection:
            asked.update(
                _asked(workspace, connection, on, each, write)
                for each in waiting[start : start + CHUNK]
            )
    workspace.errands()
    _print_asked(on.name, asked, 0, as_json=as_json)


def _print_asked(
    list_name: str, asked: Counter[people.Asked], would: int, *, as_json: bool
) -> None:
    if as_json:
        figures = {each.value: asked[each] for each in people.Asked}
        print_json({"list": list_name} | figures | {"would_ask": would})
        return
    if would:
        say(f"{list_name}: {would} would be asked")
        return
    figures = {each: number for each, number in asked.items() if number}
    say(f"{list_name}: " + ", ".join(f"{n} {what}" for what, n in figures.items()))


@subscribers.command()
@click.argument("address")
@click.option(
    "--list", "list_names", multiple=True, metavar="LIST", help="Only this; else all."
)
@yes_option
@dry_run_option
@json_option
@pass_reader
def unsubscribe(
    workspace: Workspace,
    address: str,
    list_names: tuple[str, ...],
    yes: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Take a person off all lists, also those to come, or off some; only they can
    come back. Exit 3 if nobody has the address.

    \b
    Example:
      digest subscribers unsubscribe ann@example.com --list weekly
    """
    if not (yes or dry_run):
        which = f"the lists {', '.join(list_names)}" if list_names else "all lists"
        confirm(f"Take {address} off {which}?")
    database = workspace.database
    with database.read() if dry_run else database.write() as connection:
        left = people.leave(
            connection,
            address,
            list_names or None,
            source="digest subscribers unsubscribe",
            now=workspace.now(),
            provider=workspace.provider,
        )
    if not dry_run:
        workspace.errands()
    if as_json:
        print_json({"email": address, "left": left})
        return
    off = "would be off" if dry_run else "is off"
    said = f"{off} {', '.join(left)}" if left else "left before"
    say(f"{address}: {said}" + ("" if list_names else "; gets no mail from any list"))


@subscribers.command("list")
@click.option("--list", "list_name", metavar="LIST", help="Only those on this list.")
@json_option
@pass_reader
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
                print_json(asdict(person))
            else:
                click.echo(
                    f"{person.email}\t{person.name}\t{person.list}\t{person.state}"
                )
