"""Addresses that get no mail: suppress, sync."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click
from sqlalchemy import Connection

import subscribers as people
from digest.cli.subscribers.group import mapped, rejects_option, subscribers
from digest.cli.talk import say
from digest.cli.targets import target
from digest.cli.workspace import (
    Workspace,
    confirm,
    count,
    dry_run_option,
    json_option,
    pass_workspace,
    print_json,
    yes_option,
)
from digest.errors import UsageError
from subscribers.suppressing_file import SuppressReport, suppress_file
from subscribers.suppressions import ByHand, lift, reasons, suppress_by_hand

if TYPE_CHECKING:
    from subscribers.syncing import TakenOver

#: rejected rows that are named
NAMED = 20
SOURCE = "digest subscribers suppress"
Reason = people.SuppressionReason
Open = Callable[[], AbstractContextManager[Connection]]


@subscribers.command()
@click.argument("addresses", metavar="[ADDR]...", nargs=-1)
@click.option(
    "--file", metavar="FILE|-", help="A list of addresses, or another program's export."
)
@click.option(
    "--map",
    "mapping",
    multiple=True,
    callback=mapped,
    metavar="FIELD=COLUMN",
    help="Of a file: the column of email, or of state, which says why.",
)
@rejects_option
@click.option("--list", "list_name", metavar="LIST", help="Only mail of this list.")
@click.option(
    "--reason",
    type=click.Choice([each.value for each in Reason]),
    help="manual, unless a file's columns say it.",
)
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="When it is over (2027-01-31, 00:00 UTC); else never.",
)
@click.option("--lift", "lifting", is_flag=True, help="Take it back, of that reason.")
@yes_option
@dry_run_option
@json_option
@pass_workspace
def suppress(
    workspace: Workspace,
    addresses: tuple[str, ...],
    file: str | None,
    mapping: dict[str, str],
    rejects: Path | None,
    list_name: str | None,
    reason: str | None,
    until: datetime | None,
    lifting: bool,
    yes: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Send nothing more to addresses, whether they are on a list or not.

    A file is a plain list of them, or what Mailchimp, Substack, listmonk or Ghost
    exports of people who left or bounced; its columns say why, else it is manual.

    \b
    Examples:
      digest subscribers suppress ann@example.com
      digest subscribers suppress --file unsubscribed_members.csv --yes
      digest subscribers suppress --lift ann@example.com
    """
    of_a_file = file or mapping or rejects
    if bool(addresses) == bool(of_a_file) or (lifting and (file or until)):
        raise UsageError("say which addresses, or with --file in which file they are")
    given = Reason(reason) if reason else None
    how = _how(workspace, list_name, until)
    asked = yes or dry_run
    opened: Open = workspace.database.read if dry_run else workspace.database.write
    if file:
        if not asked:
            confirm(f"Suppress the addresses of {file} for {_scope(how)}?")
        named = _Named(file=file, mapping=mapping, rejects=rejects)
        _file(workspace, opened, named, given, how, as_json=as_json)
    else:
        parsed = [people.parse_address(each) for each in addresses]
        if lifting and not asked:
            shown = ", ".join(each.display for each in parsed)
            confirm(f"Let mail of {_scope(how)} through to {shown} again?")
        change = _lift if lifting else _suppress
        with opened() as connection:
            done = [
                change(connection, each, given or Reason.MANUAL, how) for each in parsed
            ]
        for each in done:
            _print_change(each, how, as_json=as_json)
    if not dry_run:
        workspace.errands()


def _how(workspace: Workspace, list_name: str | None, until: datetime | None) -> ByHand:
    now = workspace.now()
    ends = until.replace(tzinfo=UTC) if until else None
    if ends and ends <= now:
        raise UsageError(f"--until {ends:%Y-%m-%d}: it would be over already")
    how = ByHand(
        source=SOURCE,
        now=now,
        secret_key=workspace.secret_key,
        provider=workspace.provider,
        until=ends,
    )
    if list_name is None:
        return how
    with workspace.database.read() as connection:
        return replace(how, on=people.find_list(connection, list_name))


def _scope(how: ByHand) -> str:
    return f"the list {how.on.name}" if how.on else "all lists"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Changed:
    """What was done for an address, and why it gets no mail now."""

    email: str
    reason: Reason
    change: str
    left: Sequence[Reason]


def _suppress(
    connection: Connection, address: people.Address, reason: Reason, how: ByHand
) -> _Changed:
    done = suppress_by_hand(connection, [address], reason, how)
    return _changed(connection, address, reason, how, "suppressed" if done else "")


def _lift(
    connection: Connection, address: people.Address, reason: Reason, how: ByHand
) -> _Changed:
    done = lift(
        connection, address, reason, now=how.now, provider=how.provider, on=how.on
    )
    return _changed(connection, address, reason, how, "lifted" if done else "")


def _changed(
    connection: Connection,
    address: people.Address,
    reason: Reason,
    how: ByHand,
    change: str,
) -> _Changed:
    return _Changed(
        email=address.display,
        reason=reason,
        change=change or "unchanged",
        left=reasons(connection, address, now=how.now, on=how.on),
    )


def _print_change(done: _Changed, how: ByHand, *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "email": done.email,
                "list": how.on.name if how.on else None,
                "reason": done.reason,
                "change": done.change,
                "suppressed": done.left,
            }
        )
        return
    for_what = f"{done.reason}, {_scope(how)}"
    say(f"{done.email}: {done.change} ({for_what})")
    if done.change != "suppressed" and done.left:
        say(f"  gets no mail still: {', '.join(done.left)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Named:
    """A file as it was named, which columns of it count, and where bad rows go."""

    file: str
    mapping: dict[str, str]
    rejects: Path | None


def _file(
    workspace: Workspace,
    opened: Open,
    named: _Named,
    reason: Reason | None,
    how: ByHand,
    *,
    as_json: bool,
) -> None:
    file = named.file
    source: Path | BinaryIO = sys.stdin.buffer if file == "-" else Path(file)
    if named.rejects:
        target(named.rejects, workspace.config, option="--rejects", source=source)
    started = workspace.now()
    faults: list[str] = []

    def rejected(number: int, why: str) -> None:
        if len(faults) < NAMED:
            faults.append(f"  line {number}: {why}")

    report = suppress_file(
        opened,
        source,
        reason,
        replace(how, source=f"{SOURCE}: {Path(file).name}"),
        mapping=named.mapping,
        rejects=named.rejects,
        rejected=rejected,
        progress=lambda so_far: _in_place(f"{so_far.rows:,} rows"),
    )
    _print_report(report, workspace.now() - started, as_json=as_json)
    if report.unclear:
        rows = count(report.unclear, "row says", "rows say")
        say(f"{rows} no reason that is known: suppressed as manual")
    if faults and not named.rejects:
        more = report.rejected - len(faults)
        say("\n".join(["rejected:", *faults, *([f"  and {more:,} more"] * bool(more))]))


def _print_report(report: SuppressReport, took: timedelta, *, as_json: bool) -> None:
    figures = {
        "rows": report.rows,
        "suppressed": report.suppressed,
        "unchanged": report.unchanged,
        "rejected": report.rejected,
        "unclear": report.unclear,
        "seconds": round(took.total_seconds(), 3),
    }
    if as_json:
        print_json(figures)
    else:
        click.echo(", ".join(f"{number} {what}" for what, number in figures.items()))


def _in_place(text: str) -> None:
    """How far it is, on one line of a terminal; the next output writes over it."""
    if sys.stderr.isatty():
        click.echo(f"\r{text}\r", err=True, nl=False)


@subscribers.command()
@click.option("--full", is_flag=True, help="All of each list, not what is new.")
@json_option
@pass_workspace
def sync(workspace: Workspace, full: bool, as_json: bool) -> None:
    """Take over from SendGrid who gets no mail any more.

    Its bounces, blocks (for ten days), spam reports, invalid addresses and
    unsubscribes count for all lists; its unsubscribe groups for the lists that are
    mailed under them. What of ours SendGrid is still to be told goes first.

    \b
    Example, in crontab:
      */30 * * * * cd /srv/digest && digest subscribers sync --json
    """
    from digest.delivery.syncing import sync as read_lists

    workspace.errands()
    for synced in read_lists(
        workspace.database,
        workspace.config,
        clock=workspace.now,
        full=full,
        progress=lambda name, taken: _in_place(f"{name}: {taken.read:,}"),
    ):
        _print_synced(synced.name, synced.taken, as_json=as_json)


def _print_synced(name: str, taken: TakenOver, *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "list": name,
                "read": taken.read,
                "new": taken.new,
                "rejected": taken.rejected,
            }
        )
        return
    no_address = f", {taken.rejected} no address" if taken.rejected else ""
    click.echo(f"{name}: {taken.read} read, {taken.new} new{no_address}")
