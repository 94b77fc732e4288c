"""What is held about a person, and how it is erased: show, erase."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any, TextIO

import click

from digest.cli.exits import DONE, FAILED, TRY_AGAIN
from digest.cli.subscribers.group import subscribers
from digest.cli.talk import say
from digest.cli.workspace import (
    Workspace,
    confirm,
    count,
    dry_run_option,
    json_option,
    pass_reader,
    print_json,
    yes_option,
)
from digest.errors import NothingToDo, TryAgain, UsageError
from subscribers.errors import InvalidAddress

if TYPE_CHECKING:
    from digest.privacy import Erasure, Held
    from subscribers.person import HeldConsent, HeldSubscription, PersonalData


@subscribers.command()
@click.argument("address")
@json_option
@pass_reader
def show(workspace: Workspace, address: str, as_json: bool) -> None:
    """All that is held about a person; of a stranger, why they get no mail.

    Who was erased is known by a keyed hash only. Exit 3 if nothing is held.

    \b
    Example:
      digest subscribers show ann@example.com
    """
    from digest.privacy import held

    found = held(workspace.database, workspace.config, address, workspace.now())
    if not found.is_anything:
        raise NothingToDo(f"{found.person.email}: nothing is held about them")
    if as_json:
        print_json(found.as_object())
    else:
        click.echo("\n".join(_lines(found)))


def _lines(found: Held) -> Iterator[str]:
    person = found.person
    yield person.email + (f" ({person.name})" if person.name else "")
    if person.id is None:
        yield "  is on no list, and left none"
    else:
        yield from _facts(person)
    for subscription in person.subscriptions:
        yield from _subscription(subscription)
    for each in person.suppressions:
        over = "" if each.in_force else ", over"
        until = f" until {_day(each.expires_at)}" if each.expires_at else ""
        yield (
            f"  suppressed{_scope(each.list)}: {each.reason} of {_day(each.at)}"
            f"{until}{over} ({each.source})"
        )
    for hashed in person.erased:
        reason = f"{hashed.reason} of {_day(hashed.at)}"
        yield f"  erased, and suppressed{_scope(hashed.list)}: {reason}"
    for link in person.links:
        used = f"used {_day(link.used_at)}" if link.used_at else "not used"
        to = f" to take {link.email}" if link.email else ""
        yield f"  asked for a link{to} {_day(link.asked_at)}, {used}"
    for waiting in person.outgoing:
        why = f", failed {waiting.tries} times: {waiting.reason}"
        tried = why if waiting.reason else ""
        yield f"  waits to go out: {waiting.kind} of {_day(waiting.created_at)}{tried}"
    for copy in found.issues:
        left = f", left out: {copy.excluded}" if copy.excluded else ""
        yield f"  issue {copy.issue}, batch {copy.batch}: {copy.state}{left}"
    for event in found.events:
        by = " by a program" if event.machine else ""
        why = f": {event.reason}" if event.reason else ""
        yield f"  {_day(event.at)} {event.event}{by}{why}"


def _facts(person: PersonalData) -> Iterator[str]:
    facts = {
        "id": str(person.id),
        "joined": _day(person.joined),
        "paused until": _day(person.paused_until),
        "time zone": person.zone,
        "language": person.language,
        "frequency": person.frequency,
        "topics": ", ".join(person.topics),
        **{name: _word(value) for name, value in person.attributes.items()},
    }
    return (f"  {name}: {value}" for name, value in facts.items() if value)


def _word(value: str | float | bool) -> str:
    """A value as it is typed: true, not True."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _subscription(subscription: HeldSubscription) -> Iterator[str]:
    since = _day(subscription.since)
    yield f"  list {subscription.list}: {subscription.state} since {since}"
    yield from map(_consent, subscription.consent)
    for asked in subscription.confirmations:
        used = f"used {_day(asked.used_at)}" if asked.used_at else "not used"
        yield (
            f"    asked by mail {_day(asked.asked_at)}, {used}, "
            f"for use until {_day(asked.expires_at)}"
        )
        for name, said in asked.wish.items():
            yield f"      {name}: {said}"


def _consent(entry: HeldConsent) -> str:
    """An entry of the log in a line: what is empty is left out."""
    imported = entry.imported
    parts = [
        f"    {_day(entry.at)} {entry.state}",
        entry.source,
        entry.statement or (imported.statement if imported else ""),
        f"file {imported.file}, {imported.file_hash}" if imported else "",
        f"by {imported.operator}" if imported and imported.operator else "",
        f"from {entry.ip}" if entry.ip else "",
        entry.user_agent,
        f"wording {entry.wording}" if entry.wording else "",
    ]
    return "; ".join(part for part in parts if part)


def _scope(list_name: str | None) -> str:
    return f" on {list_name}" if list_name else ""


def _day(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else ""


# --- erase --------------------------------------------------------------------


@subscribers.command("erase")
@click.argument("address", required=False)
@click.option(
    "--file",
    type=click.File(encoding="utf-8-sig", errors="replace"),
    metavar="FILE|-",
    help="Everybody in it, an address a line.",
)
@yes_option
@dry_run_option
@json_option
@pass_reader
def erase_person(
    workspace: Workspace,
    address: str | None,
    file: TextIO | None,
    yes: bool,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Forget a person everywhere, but for a keyed hash that keeps them unmailed.

    SendGrid is told not to mail them, where a key of it is set; until that is done,
    the address waits in the database. Exit 3 if nothing is held. Run again, it does
    what is left to do. Of a FILE, who is unknown is said, and stops no other; exit 1
    if a line is no address.

    \b
    Examples:
      digest subscribers erase ann@example.com
      digest subscribers erase --yes -- -ann@example.com
      digest subscribers erase --file erase.txt --yes
    """
    if (address is None) == (file is None):
        raise UsageError("say whom: an address, or with --file a file of them")
    if file is not None:
        return _erase_all(workspace, file, yes=yes, dry_run=dry_run, as_json=as_json)
    if not (yes or dry_run):
        confirm(f"Erase {address} for ever?")
    outcome = None
    try:
        _erase(workspace, address or "", dry_run=dry_run, as_json=as_json)
    except (NothingToDo, TryAgain) as error:
        outcome = error
    if not dry_run:
        workspace.errands()
    if outcome:
        raise outcome
    return DONE


def _erase_all(
    workspace: Workspace, file: TextIO, *, yes: bool, dry_run: bool, as_json: bool
) -> int:
    """Each of a file's lines, whatever becomes of the others; the exit code."""
    lines = [line.strip() for line in file]
    addresses = [line for line in lines if line]
    if not (yes or dry_run):
        who = count(len(addresses), "person", "people")
        confirm(f"Erase {who} for ever?")
    code = DONE
    for each in addresses:
        try:
            _erase(workspace, each, dry_run=dry_run, as_json=as_json)
        except NothingToDo as nothing:
            say(str(nothing))
        except InvalidAddress as error:
            say(f"digest: {error}")
            code = FAILED
        except TryAgain as error:
            say(f"digest: {error}")
            code = code or TRY_AGAIN
    if not dry_run:
        workspace.errands()
    return code


def _erase(workspace: Workspace, address: str, *, dry_run: bool, as_json: bool) -> None:
    from digest.privacy import erase

    erasure = erase(
        workspace.database,
        workspace.config,
        address,
        now=workspace.now(),
        random=lambda: secrets.token_bytes(32),
        dry_run=dry_run,
    )
    if not erasure.is_anything:
        raise NothingToDo(
            f"{erasure.person.email}: nothing is held about them; nothing was erased"
        )
    figures = _figures(erasure)
    if as_json:
        print_json({"erased": not dry_run, **figures})
    else:
        _say_erased(erasure, dry_run=dry_run)
    if not erasure.clean:
        raise TryAgain(
            f"{workspace.database.place}: is being read, and could not be wiped; "
            "they are erased, but erase them again when nobody reads"
        )


def _figures(erasure: Erasure) -> dict[str, Any]:
    """What was held; never the address, for this may end in a log."""
    person = erasure.person
    return {
        "subscriptions": len(person.subscriptions),
        "consent": sum(len(each.consent) for each in person.subscriptions),
        "suppressions": len(person.suppressions),
        "outgoing": len(person.outgoing),
        "named": erasure.named,
        "events": erasure.events,
        "files": [str(file) for file in erasure.files],
        "before": bool(person.erased),
    }


def _say_erased(erasure: Erasure, *, dry_run: bool) -> None:
    person = erasure.person
    would = "would be " if dry_run else ""
    if person.erased and not person.is_known:
        say(f"{person.email}: was erased before, {_day(person.erased[0].at)}")
    else:
        entries = sum(len(each.consent) for each in person.subscriptions)
        say(
            f"{person.email}: {would}erased, with "
            f"{count(len(person.subscriptions), 'subscription', 'subscriptions')} and "
            f"{count(entries, 'entry', 'entries')} of consent"
        )
    if erasure.named:
        texts = count(erasure.named, "text", "texts")
        say(f"  {would}taken out of {texts} that named them")
    for file in erasure.files:
        say(f"  {would}taken out of {file}")
    for source in erasure.sources:
        say(f"  {source} is yours: if you keep it, take them out there, too")
