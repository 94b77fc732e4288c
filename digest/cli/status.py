"""`digest status`: what became of an issue, and who missed it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from digest.cli.exits import DONE, FAILED, UNSETTLED
from digest.cli.talk import say
from digest.cli.workspace import (
    Workspace,
    count,
    json_option,
    outgoing_line,
    pass_workspace,
    print_json,
)
from digest.errors import UnknownName
from digest.model import CampaignState

if TYPE_CHECKING:
    from digest.ledger import Status
    from digest.store.schedules import SlotOf
    from digest.store.sources import Trouble
    from subscribers.outgoing import Standing


@click.command()
@click.argument("issue", type=int, required=False)
@click.option(
    "--missed", is_flag=True, help="Name everybody who should have had it, and why not."
)
@click.option(
    "--watch", "watching", is_flag=True, help="As it changes, until it has ended."
)
@json_option
@pass_workspace
def status(
    workspace: Workspace, issue: int | None, missed: bool, watching: bool, as_json: bool
) -> int:
    """What was planned, accepted, excluded, failed, and what is unsettled.

    Without ISSUE: the newest. Exit 5 if something is unsettled. In JSON, `state` is
    null for an issue that nobody began to send; a rehearsal does not begin it.

    \b
    Examples:
      digest status 3 --json
      digest status 3 --missed > missed.tsv
    """
    from digest import ledger
    from digest.cli.watching import watch
    from digest.store import issues, schedules
    from digest.store.sources import troubled
    from subscribers import outgoing

    places = [source.place for source in workspace.config.source]
    with workspace.database.read() as connection:
        trouble = troubled(connection, places, workspace.now())
        number = issue or issues.newest(connection)
    for each in () if as_json or missed else trouble:
        say(f"source {each.place}: {each.what}; {each.help}")
    if number is None:
        build = "digest collect; digest build" if places else "digest build FILE"
        raise UnknownName(f"there is no issue yet; build one: {build}")
    with workspace.database.read() as connection:
        issues.get_issue(connection, number)
        if missed:
            return _say_missed(workspace, number, as_json=as_json)

    def look() -> Status:
        with workspace.database.read() as connection:
            return ledger.status(connection, number)

    if watching:
        watch(look)
    found = look()
    with workspace.database.read() as connection:
        standing = outgoing.standing(connection, now=workspace.now())
        slot = schedules.slot_of(connection, number)
    return say_status(
        found, as_json=as_json, standing=standing, sources=trouble, slot=slot
    )


def _say_missed(workspace: Workspace, issue: int, *, as_json: bool) -> int:
    from digest import recovery

    for each in recovery.missed(workspace.desk, issue):
        if as_json:
            print_json(
                {
                    "subscriber": each.subscriber,
                    "email": each.email or None,
                    "reason": each.reason,
                }
            )
        else:
            name = each.email or f"subscriber {each.subscriber}, erased"
            click.echo(f"{name}\t{each.reason}")
    return DONE


def say_status(
    found: Status,
    *,
    as_json: bool,
    standing: Standing | None = None,
    sources: Sequence[Trouble] = (),
    slot: SlotOf | None = None,
) -> int:
    if as_json:
        print_json(
            {
                **status_object(found),
                **({"slot": _slot(slot)} if slot else {}),
                **({"outgoing": standing} if standing else {}),
                **({"sources": {s.place: s.what for s in sources}} if sources else {}),
            }
        )
    else:
        click.echo("\n".join(_lines(found)))
        if slot and slot.state != "sent":  # then the lines above say how far it is
            reason = f": {slot.reason}" if slot.reason else ""
            click.echo(f"  slot      {slot.schedule} {slot.key} {slot.state}{reason}")
        if standing and (standing.waiting or standing.failed):
            click.echo(f"  {outgoing_line(standing)}")
    if found.unsettled:
        return UNSETTLED
    if found.state is CampaignState.SCHEDULED:
        return DONE
    if found.failed or found.pending:
        return UNSETTLED if found.accepted else FAILED
    return DONE


def status_object(found: Status) -> dict[str, Any]:
    """A status as JSON has it."""
    return {
        "issue": found.issue,
        "state": found.state,
        "reason": found.reason,
        "mode": found.mode,
        "send_at": found.send_at.isoformat() if found.send_at else None,
        "planned": found.planned,
        "pending": found.pending,
        "accepted": found.accepted,
        "excluded": found.excluded,
        "failed": found.failed,
        "unsettled": found.unsettled,
        "late": found.late,
        "batches": found.batches,
    }


def _slot(slot: SlotOf) -> dict[str, Any]:
    """The slot that an issue was built for, as JSON has it."""
    return {
        "schedule": slot.schedule,
        "slot": slot.key,
        "state": slot.state,
        "reason": slot.reason,
    }


def _when(found: Status) -> str:
    return f" for {moment_of(found.send_at)}" if found.send_at else ""


def _lines(found: Status) -> list[str]:
    if found.state is None:
        return [f"issue {found.issue}: not sent; files in the outbox are a rehearsal"]
    reason = f" ({found.reason})" if found.reason else ""
    lines = [
        f"issue {found.issue}: {found.state}{_when(found)}{reason}",
        f"  planned   {found.planned}",
    ]
    lines += [f"  pending   {found.pending}", f"  accepted  {found.accepted}"]
    for name, figures in (("excluded", found.excluded), ("failed", found.failed)):
        lines += [f"  {name:<9} {number} {why}" for why, number in figures.items()]
    lines.append(f"  unsettled {found.unsettled}")
    lines += [
        f"    batch {doubt.batch}: {people_of(doubt.recipients)}, {doubt.state} since "
        f"{doubt.began_at:%Y-%m-%d %H:%M:%S} UTC"
        f"{f': {doubt.reason}' if doubt.reason else ''}"
        for doubt in found.doubts
    ]
    return lines


def moment_of(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def people_of(number: int) -> str:
    return count(number, "person", "people")
