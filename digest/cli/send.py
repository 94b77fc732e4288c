"""`digest send` and `digest status`: handing over, and what became of it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from digest.cli.exits import DONE, FAILED, UNSETTLED
from digest.cli.workspace import (
    Workspace,
    confirm,
    count,
    dry_run_option,
    json_option,
    outgoing_line,
    pass_workspace,
    print_json,
    say,
    yes_option,
)
from digest.errors import UnknownName
from digest.model import AttemptState, CampaignState, Outcome

if TYPE_CHECKING:
    from digest.delivery import Progress
    from digest.ledger import Status
    from digest.pipeline import Plan
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
    issue: int,
    lists: tuple[str, ...],
    segment: str | None,
    transport_name: str | None,
    allow: tuple[str, ...],
    yes: bool,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Hand an issue to everybody on the lists who has not had it.

    Through `outbox` it is a rehearsal into files, and nobody counts as reached. To
    several lists it goes under the unsubscribe group at SendGrid of the first.

    \b
    Examples:
      digest send 3 --list weekly --dry-run
      digest send 3 --list weekly
      digest send 3 --list weekly --segment 'tz:Europe/* and topics has "nato"'
    """
    from digest import pipeline
    from digest.delivery import open_transport

    config = pipeline.for_lists(workspace.desk, lists)
    transport = open_transport(transport_name or config.transport_name, config)
    try:
        sending = pipeline.sending(
            workspace.desk,
            issue,
            lists,
            transport=transport,
            allow=allow,
            segment=segment,
        )
        plan = sending.plan()
        if dry_run or not as_json:
            _say_plan(plan, issue, as_json=as_json)
        if dry_run:
            return DONE
        if plan.recipients and not plan.rehearsal and not yes:
            confirm(f"Mail {_people(plan.recipients)} now?")
        if not plan.rehearsal:
            workspace.errands()
        sent = sending.go(_progress(plan))
    finally:
        transport.close()
    if sent.status is None:
        return _say_rehearsed(workspace, issue, sent.rehearsed, as_json=as_json)
    code = _say_status(sent.status, as_json=as_json)
    if sent.status.state is CampaignState.PAUSED and sent.status.pending:
        _say_given_up(sent.status, pipeline.send_command(issue, lists, segment))
    return code


def _people(number: int) -> str:
    return count(number, "person", "people")


def _say_given_up(status: Status, again: str) -> None:
    all_of_it = status.planned == status.pending
    wait = "nothing was" if all_of_it else f"{_people(status.pending)} not"
    say(f"gave up: {status.reason}")
    say(f"  {wait} handed over; to send again is safe, nobody gets it twice:")
    say(f"  {again}")


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
            }
        )
        return
    from subscribers.segments import in_words

    requests = count(plan.batches, "request", "requests")
    to = _people(plan.recipients)
    say(f"issue {issue}: to {to} in {requests}, {plan.transport}")
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


def _progress(plan: Plan) -> Progress:
    """Told after each batch; a line on a terminal that goes on in place."""
    done = 0

    def progress(number: int, outcome: Outcome) -> None:
        nonlocal done
        if outcome.retry_after is None:  # else they come once more
            done += number
            if sys.stderr.isatty():
                end = "\n" if done >= plan.recipients else ""
                click.echo(f"\r  {done} of {plan.recipients}{end}", err=True, nl=False)
        if outcome.reason:
            say(f"  {_fate(outcome)}: {outcome.reason} ({_people(number)})")

    return progress


def _fate(outcome: Outcome) -> str:
    """What a hand-over that was not accepted means for its people."""
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
@json_option
@pass_workspace
def status(workspace: Workspace, issue: int | None, as_json: bool) -> int:
    """What was planned, accepted, excluded, failed, and what is unsettled.

    Without ISSUE: the newest. Exit 5 if something is unsettled. In JSON, `state` is
    null for an issue that nobody began to send; a rehearsal does not begin it.

    \b
    Example:
      digest status 3 --json
    """
    from digest import ledger
    from digest.store import issues
    from subscribers import outgoing

    with workspace.database.read() as connection:
        number = issue or issues.newest(connection)
        if number is None:
            raise UnknownName("there is no issue yet; build one: digest build FILE")
        issues.get_issue(connection, number)
        found = ledger.status(connection, number)
        standing = outgoing.standing(connection, now=workspace.now())
    return _say_status(found, as_json=as_json, standing=standing)


def _say_status(
    found: Status, *, as_json: bool, standing: Standing | None = None
) -> int:
    if as_json:
        print_json(
            {
                "issue": found.issue,
                "state": found.state,
                "reason": found.reason,
                "planned": found.planned,
                "pending": found.pending,
                "accepted": found.accepted,
                "excluded": found.excluded,
                "failed": found.failed,
                "unsettled": found.unsettled,
                "late": found.late,
                "batches": found.batches,
                **({"outgoing": standing} if standing else {}),
            }
        )
    else:
        click.echo("\n".join(_lines(found)))
        if standing and (standing.waiting or standing.failed):
            click.echo(f"  {outgoing_line(standing)}")
    if found.unsettled:
        return UNSETTLED
    if found.failed or found.pending:
        return UNSETTLED if found.accepted else FAILED
    return DONE


def _lines(found: Status) -> list[str]:
    if found.state is None:
        return [f"issue {found.issue}: not sent; files in the outbox are a rehearsal"]
    reason = f" ({found.reason})" if found.reason else ""
    lines = [
        f"issue {found.issue}: {found.state}{reason}",
        f"  planned   {found.planned}",
    ]
    lines += [f"  pending   {found.pending}", f"  accepted  {found.accepted}"]
    for name, figures in (("excluded", found.excluded), ("failed", found.failed)):
        lines += [f"  {name:<9} {number} {why}" for why, number in figures.items()]
    lines.append(f"  unsettled {found.unsettled}")
    lines += [
        f"    batch {doubt.batch}: {_people(doubt.recipients)}, {doubt.state} since "
        f"{doubt.began_at:%Y-%m-%d %H:%M:%S} UTC: {doubt.reason}"
        for doubt in found.doubts
    ]
    return lines
