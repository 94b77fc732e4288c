"""`digest send` and `digest status`: handing over, and what became of it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from digest.cli.exits import DONE, FAILED, UNSETTLED
from digest.cli.workspace import (
    Workspace,
    confirm,
    count,
    dry_run_option,
    halting,
    json_option,
    outgoing_line,
    pass_workspace,
    print_json,
    say,
    yes_option,
)
from digest.errors import UnknownName, UsageError
from digest.model import AttemptState, CampaignState, Mode, Outcome
from digest.schedule import LocalTime, parse_local_time, parse_moment, parse_zone

if TYPE_CHECKING:
    from digest.delivery import Progress
    from digest.ledger import Status
    from digest.schedule.moments import Late
    from digest.sending import Plan, Sending, Timing
    from subscribers.outgoing import Standing

#: reasons that are no words as they are
LEFT_OUT = {"outside_segment": "outside the segment"}


@click.command()
@click.argument("issue", type=int)
@click.option("--list", "lists", multiple=True, required=True, metavar="LIST")
@click.option(
    "--segment",
    metavar="NAME|EXPR",
    help="Only those of them who are in it; see digest segments.",
)
@click.option(
    "--at",
    metavar="WHEN",
    help="When it goes out: '2026-11-30 08:00', '08:00' or '+2h30m'.",
)
@click.option(
    "--local-time",
    metavar="HH:MM",
    help="When it goes out, in each subscriber's own zone; --at names a date.",
)
@click.option(
    "--late",
    type=click.Choice(["next-day", "now"]),
    default="next-day",
    show_default=True,
    help="With --local-time, when whose time has passed gets it.",
)
@click.option(
    "--zone",
    default="UTC",
    show_default=True,
    help="Of --at, and of subscribers whose zone is not known.",
)
@click.option(
    "--mode",
    type=click.Choice(["auto", "staged", "direct"]),
    default="auto",
    show_default=True,
    help="Staged: handed over ahead, so that it can be taken back until it goes out.",
)
@click.option(
    "--canary",
    type=click.IntRange(min=1),
    metavar="N",
    help="N people get it first; the others an hour later, if nobody complains.",
)
@click.option(
    "--test",
    "tests",
    multiple=True,
    metavar="ADDR",
    help='Only to this address, "[Test]" in the subject; nobody counts as reached.',
)
@click.option(
    "--transport",
    "transport_name",
    type=click.Choice(["outbox", "sendgrid", "smtp"]),
    help="How; by default as [transport] name says.",
)
@click.option("--allow", multiple=True, metavar="CHECK", help="Send nevertheless.")
@yes_option
@dry_run_option
@json_option
@pass_workspace
def send(
    workspace: Workspace,
    /,
    issue: int,
    lists: tuple[str, ...],
    segment: str | None,
    transport_name: str | None,
    allow: tuple[str, ...],
    yes: bool,
    dry_run: bool,
    as_json: bool,
    tests: tuple[str, ...],
    **when: Any,
) -> int:
    """Hand an issue to everybody on the lists who has not had it.

    Through `outbox` it is a rehearsal into files, and nobody counts as reached. To
    several lists it goes under the unsubscribe group at SendGrid of the first. What
    goes out an hour from now or later is handed to SendGrid ahead, and can be taken
    back (`digest cancel`); what lies further ahead needs `digest run`, or cron.

    \b
    Examples:
      digest send 3 --list weekly --dry-run
      digest send 3 --list weekly
      digest send 3 --list weekly --at "2026-11-30 08:00" --zone Europe/Amsterdam
      digest send 3 --list weekly --local-time 08:00
      digest send 3 --list weekly --test editor@example.org
      digest send 3 --list weekly --segment 'tz:Europe/* and topics has "nato"'
    """
    from digest import driving, sending
    from digest.delivery import open_transport

    timing = _timing(workspace, **when)
    config = driving.for_lists(workspace.desk, lists)
    transport = open_transport(transport_name or config.transport_name, config)
    try:
        prepared = sending.prepare(
            workspace.desk,
            issue,
            lists,
            transport=transport,
            allow=allow,
            segment=segment,
            timing=timing,
        )
        if tests:
            return _test(prepared, tests, as_json=as_json)
        plan = prepared.plan()
        if dry_run or not as_json:
            _say_plan(plan, issue, as_json=as_json)
        if dry_run:
            return DONE
        if plan.recipients and not plan.rehearsal and not yes:
            confirm(f"Mail {_people(plan.recipients)}{_at(plan)}?")
        if not plan.rehearsal:
            workspace.errands()
        with halting() as halt:
            sent = prepared.go(progress(plan.recipients), say, halt)
    finally:
        transport.close()
    if sent.status is None:
        return _say_rehearsed(workspace, issue, sent.rehearsed, as_json=as_json)
    code = say_status(sent.status, as_json=as_json)
    _say_what_now(sent.status, sending.send_command(issue, lists, segment))
    return code


def _timing(
    workspace: Workspace,
    *,
    at: str | None,
    local_time: str | None,
    late: Late,
    zone: str,
    mode: str,
    canary: int | None,
) -> Timing:
    """What the options say of when.

    Raises:
        UsageError: one of them says nothing.
    """
    from digest.ledger import Times
    from digest.sending import Timing

    now, known = workspace.now(), parse_zone(zone)
    local = None
    if local_time:
        seconds = 0 if mode == "direct" else Times().fuse
        local = LocalTime(
            at=parse_local_time(local_time),
            zone=known,
            now=now,
            ahead=timedelta(seconds=seconds),
            day=_date(at) if at else None,
            late=late,
        )
    return Timing(
        at=parse_moment(at, known, now) if at and not local else None,
        local=local,
        mode=None if mode == "auto" else Mode(mode),
        canary=canary or 0,
    )


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"--at {text!r}: with --local-time it is a date, like 2026-11-30"
        ) from None


def _test(prepared: Sending, addresses: Sequence[str], *, as_json: bool) -> int:
    outcome = prepared.test(addresses)
    if as_json:
        print_json(
            {
                "issue": prepared.issue,
                "test": list(addresses),
                "state": outcome.state,
                "reason": outcome.reason,
            }
        )
    elif outcome.state is AttemptState.ACCEPTED:
        say(f"test: handed over for {', '.join(addresses)}; nobody counts as reached")
    else:
        say(f"test: {fate(outcome)}: {outcome.reason}")
    return DONE if outcome.state is AttemptState.ACCEPTED else FAILED


def _at(plan: Plan) -> str:
    """When, for the question before it."""
    if not plan.moments:
        return " now"
    first, last = min(plan.moments), max(plan.moments)
    return f" at {_moment(first)}" + (f" to {_moment(last)}" if last != first else "")


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _people(number: int) -> str:
    return count(number, "person", "people")


def _say_what_now(status: Status, again: str) -> None:
    """How to go on from where it stands, if it does not by itself."""
    if status.state is CampaignState.SCHEDULED:
        say("  it goes out by itself while digest run is there, or cron calls it:")
        say("  */5 * * * *  digest run --once")
    if status.state is CampaignState.PAUSED and status.pending:
        all_of_it = status.planned == status.pending
        wait = "nothing was" if all_of_it else f"{_people(status.pending)} not"
        say(f"gave up: {status.reason}")
        say(f"  {wait} handed over; to send again is safe, nobody gets it twice:")
        say(f"  {again}")
    if status.state is CampaignState.RUNNING and status.pending:
        say(f"stopped: {_people(status.pending)} not handed over; to go on:")
        say(f"  digest resume {status.issue}")


def _say_plan(plan: Plan, issue: int, *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "issue": issue,
                "transport": plan.transport,
                "recipients": plan.recipients,
                "pending": plan.pending,
                "batches": plan.batches,
                "segment": str(plan.segment) if plan.segment else None,
                "left_out": plan.left_out,
                "mode": plan.mode,
                "moments": {
                    moment.isoformat(): number
                    for moment, number in plan.moments.items()
                },
                "seconds": round(plan.seconds, 1),
            }
        )
        return
    from subscribers.segments import in_words

    requests = count(plan.batches, "request", "requests")
    to = _people(plan.recipients)
    how = f"{plan.transport}, {plan.mode}" if not plan.rehearsal else plan.transport
    say(f"issue {issue}: to {to} in {requests}, {how}{_took(plan.seconds)}")
    for moment, number in plan.moments.items():
        say(f"  {_moment(moment)}: {_people(number)}")
    if plan.pending:
        say(f"  {plan.pending} of them left over from an earlier send")
    if plan.segment:
        say(f"  only: {in_words(plan.segment.expression)}")
    left = [
        f"{number} {LEFT_OUT.get(why, why)}"
        for why, number in plan.left_out.items()
        if number
    ]
    if left:
        say(f"  left out: {', '.join(left)}")


def _took(seconds: float) -> str:
    return f", about {seconds:.0f} s" if seconds >= 1 else ""


def progress(recipients: int) -> Progress:
    """Told after each batch; a line on a terminal that goes on in place."""
    done = 0

    def told(number: int, outcome: Outcome) -> None:
        nonlocal done
        if outcome.retry_after is None and outcome.culprits is None:
            done += number  # else they come once more
            if sys.stderr.isatty():
                end = "\n" if done >= recipients else ""
                click.echo(f"\r  {done} of {recipients}{end}", err=True, nl=False)
        if outcome.reason:
            say(f"  {fate(outcome)}: {outcome.reason} ({_people(number)})")

    return told


def fate(outcome: Outcome) -> str:
    """What a hand-over that was not accepted means for its people."""
    if outcome.culprits is not None:
        return "refused for some of them, who are set apart"
    if outcome.state is AttemptState.UNKNOWN:
        return "unsettled, it may have arrived or not"
    refused_for_now = outcome.retry_after is not None
    return "not handed over" if refused_for_now else "refused by the provider"


def _say_rehearsed(
    workspace: Workspace, issue: int, rehearsed: int, *, as_json: bool
) -> int:
    folder = workspace.config.at(workspace.config.outbox.dir)
    if as_json:
        print_json({"issue": issue, "rehearsed": rehearsed, "out": str(folder)})
    else:
        mails = count(rehearsed, "e-mail", "e-mails")
        say(f"rehearsed: {mails} as files in {folder}; nobody was mailed")
    return DONE


@click.command()
@click.argument("issue", type=int, required=False)
@click.option(
    "--missed", is_flag=True, help="Name everybody who should have had it, and why not."
)
@click.option("--watch", is_flag=True, help="Again and again, until it has ended.")
@json_option
@pass_workspace
def status(
    workspace: Workspace, issue: int | None, missed: bool, watch: bool, as_json: bool
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
    from digest.store import issues
    from digest.store.sources import troubled
    from subscribers import outgoing

    with workspace.database.read() as connection:
        number = issue or issues.newest(connection)
        if number is None:
            raise UnknownName("there is no issue yet; build one: digest build FILE")
        issues.get_issue(connection, number)
        if missed:
            return _say_missed(workspace, number, as_json=as_json)
    if watch:
        _watch(workspace, number)
    with workspace.database.read() as connection:
        found = ledger.status(connection, number)
        standing = outgoing.standing(connection, now=workspace.now())
        places = [source.place for source in workspace.config.source]
        trouble = troubled(connection, places, workspace.now())
    for place, what in () if as_json else trouble:
        say(f"source {place}: {what}")
    return say_status(found, as_json=as_json, standing=standing, sources=trouble)


def _watch(workspace: Workspace, issue: int) -> None:
    """Show the figures in place until nothing of it is under way."""
    from digest import ledger

    with halting() as halt:
        while not halt.is_set():
            with workspace.database.read() as connection:
                found = ledger.status(connection, issue)
            if found.state not in UNDER_WAY:
                return
            click.clear()
            say("\n".join(_lines(found)))
            halt.wait(1)


#: states that change by themselves
UNDER_WAY = (
    CampaignState.SCHEDULED,
    CampaignState.RUNNING,
    CampaignState.CANCELLING,
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
    sources: Sequence[tuple[str, str]] = (),
) -> int:
    if as_json:
        print_json(
            {
                **status_object(found),
                **({"outgoing": standing} if standing else {}),
                **({"sources": dict(sources)} if sources else {}),
            }
        )
    else:
        click.echo("\n".join(_lines(found)))
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


def _when(found: Status) -> str:
    return f" for {_moment(found.send_at)}" if found.send_at else ""


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
        f"    batch {doubt.batch}: {_people(doubt.recipients)}, {doubt.state} since "
        f"{doubt.began_at:%Y-%m-%d %H:%M:%S} UTC"
        f"{f': {doubt.reason}' if doubt.reason else ''}"
        for doubt in found.doubts
    ]
    return lines
