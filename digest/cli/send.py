"""`digest send`: whom it would reach, and handing over."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import click

from digest.cli.exits import DONE, FAILED
from digest.cli.status import moment_of, people_of, say_status
from digest.cli.talk import say
from digest.cli.workspace import (
    Workspace,
    confirm,
    count,
    dry_run_option,
    halting,
    json_option,
    pass_workspace,
    print_json,
    yes_option,
)
from digest.errors import UsageError
from digest.model import AttemptState, CampaignState, Mode, Outcome
from digest.schedule import LocalTime, parse_local_time, parse_moment, parse_zone

if TYPE_CHECKING:
    from digest.delivery import Progress
    from digest.ledger import Status
    from digest.schedule.moments import Late
    from digest.sending import Plan, Sending, Timing

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
            confirm(f"Mail {people_of(plan.recipients)}{_at(plan)}?")
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
    return f" at {moment_of(first)}" + (
        f" to {moment_of(last)}" if last != first else ""
    )


def _say_what_now(status: Status, again: str) -> None:
    """How to go on from where it stands, if it does not by itself."""
    if status.state is CampaignState.SCHEDULED:
        say("  it goes out by itself while digest run is there, or cron calls it:")
        say("  */5 * * * *  digest run --once")
    if status.state is CampaignState.PAUSED and status.pending:
        from digest.ledger import PASSING

        all_of_it = status.planned == status.pending
        wait = "nothing was" if all_of_it else f"{people_of(status.pending)} not"
        for_now = status.reason.startswith(PASSING)
        say(f"gave up {status.reason}" if for_now else f"gave up: {status.reason}")
        say(f"  {wait} handed over; to send again is safe, nobody gets it twice:")
        say(f"  {again}")
    if status.state is CampaignState.RUNNING and status.pending:
        say(f"stopped: {people_of(status.pending)} not handed over; to go on:")
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
    to = people_of(plan.recipients)
    how = f"{plan.transport}, {plan.mode}" if not plan.rehearsal else plan.transport
    say(f"issue {issue}: to {to} in {requests}, {how}{_took(plan.seconds)}")
    for moment, number in plan.moments.items():
        say(f"  {moment_of(moment)}: {people_of(number)}")
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
            say(f"  {fate(outcome)}: {outcome.reason} ({people_of(number)})")

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
