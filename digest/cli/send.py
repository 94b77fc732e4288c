"""`digest send` and `digest status`: handing over, and what became of it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from digest.cli.exits import DONE, FAILED, UNSETTLED
from digest.cli.workspace import (
    Workspace,
    dry_run_option,
    json_option,
    pass_workspace,
    print_json,
    say,
    yes_option,
)
from digest.errors import UnknownName

if TYPE_CHECKING:
    from digest.ledger import Status
    from digest.model import Outcome
    from digest.pipeline import Plan


@click.command()
@click.argument("issue", type=int)
@click.option("--list", "lists", multiple=True, required=True, metavar="LIST")
@click.option(
    "--transport",
    "transport_name",
    type=click.Choice(["outbox", "sendgrid"]),
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
    transport_name: str | None,
    allow: tuple[str, ...],
    yes: bool,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Hand an issue to everybody on the lists who has not had it.

    Through `outbox` it is a rehearsal into files, and nobody counts as reached.

    \b
    Examples:
      digest send 3 --list weekly --dry-run
      digest send 3 --list weekly
    """
    from digest import pipeline
    from digest.delivery import open_transport

    config = workspace.config
    transport = open_transport(transport_name or config.transport_name, config)
    try:
        sending = pipeline.sending(
            workspace.desk, issue, lists, transport=transport, allow=allow
        )
        plan = sending.plan()
        if dry_run or not as_json:
            _say_plan(plan, issue, as_json=as_json)
        if dry_run:
            return DONE
        if plan.recipients and not plan.rehearsal and not yes:
            click.confirm(f"Mail {plan.recipients} people now?", abort=True, err=True)
        sent = sending.go(_progress(plan))
    finally:
        transport.close()
    if sent.status is None:
        return _say_rehearsed(workspace, issue, sent.rehearsed, as_json=as_json)
    return _say_status(sent.status, as_json=as_json)


def _say_plan(plan: Plan, issue: int, *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "issue": issue,
                "transport": plan.transport,
                "recipients": plan.recipients,
                "batches": plan.batches,
                "left_out": plan.left_out,
            }
        )
        return
    requests = f"{plan.batches} request{'s' * (plan.batches != 1)}"
    say(f"issue {issue}: to {plan.recipients} people in {requests}, {plan.transport}")
    left = [f"{count} {why}" for why, count in plan.left_out.items() if count]
    if left:
        say(f"  left out: {', '.join(left)}")


def _progress(plan: Plan) -> Any:
    """Told after each batch; a line on a terminal that goes on in place."""
    done = 0

    def progress(number: int, outcome: Outcome) -> None:
        nonlocal done
        done += number
        if sys.stderr.isatty():
            end = "\n" if done >= plan.recipients else ""
            click.echo(f"\r  {done} of {plan.recipients}", err=True, nl=False)
            click.echo(end, err=True, nl=False)
        if outcome.reason:
            say(f"  {number} people: {outcome.state}: {outcome.reason}")

    return progress


def _say_rehearsed(
    workspace: Workspace, issue: int, rehearsed: int, *, as_json: bool
) -> int:
    folder = workspace.config.at(workspace.config.outbox.dir)
    if as_json:
        print_json({"issue": issue, "rehearsed": rehearsed, "out": str(folder)})
    else:
        say(f"rehearsed: {rehearsed} e-mails as files in {folder}; nobody was mailed")
    return DONE


@click.command()
@click.argument("issue", type=int, required=False)
@json_option
@pass_workspace
def status(workspace: Workspace, issue: int | None, as_json: bool) -> int:
    """What was planned, accepted, excluded, failed, and what is unsettled.

    Without ISSUE: the newest. Exit 5 if something is unsettled.

    \b
    Example:
      digest status 3 --json
    """
    from digest import ledger
    from digest.store import issues

    with workspace.database.read() as connection:
        number = issue or issues.newest(connection)
        if number is None:
            raise UnknownName("there is no issue yet; build one: digest build FILE")
        issues.get_issue(connection, number)
        found = ledger.status(connection, number)
    return _say_status(found, as_json=as_json)


def _say_status(found: Status, *, as_json: bool) -> int:
    if as_json:
        print_json(
            {
                "issue": found.issue,
                "state": found.state,
                "planned": found.planned,
                "pending": found.pending,
                "accepted": found.accepted,
                "excluded": found.excluded,
                "failed": found.failed,
                "unsettled": found.unsettled,
                "late": found.late,
                "batches": found.batches,
            }
        )
    else:
        click.echo("\n".join(_lines(found)))
    if found.unsettled:
        return UNSETTLED
    if found.failed or found.pending:
        return UNSETTLED if found.accepted else FAILED
    return DONE


def _lines(found: Status) -> list[str]:
    if not found.planned:
        return [f"issue {found.issue}: not sent; files in the outbox are a rehearsal"]
    reason = f" ({found.reason})" if found.reason else ""
    lines = [
        f"issue {found.issue}: {found.state}{reason}",
        f"  planned   {found.planned}",
    ]
    lines += [f"  pending   {found.pending}", f"  accepted  {found.accepted}"]
    for name, figures in (("excluded", found.excluded), ("failed", found.failed)):
        lines += [f"  {name:<9} {count} {why}" for why, count in figures.items()]
    lines.append(f"  unsettled {found.unsettled}")
    lines += [
        f"    batch {doubt.batch}: {doubt.recipients} people, {doubt.state} since "
        f"{doubt.began_at:%Y-%m-%d %H:%M:%S} UTC: {doubt.reason}"
        for doubt in found.doubts
    ]
    return lines
