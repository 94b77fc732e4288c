"""`pause`, `resume`, `cancel`, `resend`, `settle`: what is done to a campaign that is
under way, or that a crash left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from digest.cli.send import progress
from digest.cli.status import say_status
from digest.cli.talk import say
from digest.cli.workspace import (
    Workspace,
    confirm,
    dry_run_option,
    halting,
    json_option,
    pass_workspace,
    yes_option,
)
from digest.errors import UsageError

if TYPE_CHECKING:
    from digest.ledger import Status

issue_argument = click.argument("issue", type=int)


def _before(workspace: Workspace, issue: int) -> Status:
    """How far an issue is that somebody began to send."""
    from digest import ledger, recovery

    with workspace.database.read() as connection:
        status = ledger.status(connection, issue)
    recovery.campaign_of(workspace.desk, issue)
    return status


@click.command()
@issue_argument
@json_option
@pass_workspace
def pause(workspace: Workspace, issue: int, as_json: bool) -> int:
    """Hand over nothing more, and take back what has not gone out.

    To take back takes five minutes: until then nothing can be on its way any more.

    \b
    Example:
      digest pause 3
    """
    from digest import recovery

    with halting() as halt:
        status = recovery.pause(workspace.desk, issue, say, halt)
    return say_status(status, as_json=as_json)


@click.command()
@issue_argument
@yes_option
@dry_run_option
@json_option
@pass_workspace
def resume(
    workspace: Workspace, issue: int, yes: bool, dry_run: bool, as_json: bool
) -> int:
    """Go on with an issue from where it stands; nobody gets it twice.

    \b
    Example:
      digest resume 3
    """
    from digest import recovery

    before = _before(workspace, issue)
    if dry_run:
        return say_status(before, as_json=as_json)
    if before.pending and not yes:
        confirm(f"Mail {before.pending} of {before.planned} people?")
    with halting() as halt:
        status = recovery.resume(
            workspace.desk, issue, progress(before.pending), say, halt
        )
    return say_status(status, as_json=as_json)


@click.command()
@issue_argument
@yes_option
@dry_run_option
@json_option
@pass_workspace
def cancel(
    workspace: Workspace, issue: int, yes: bool, dry_run: bool, as_json: bool
) -> int:
    """Take back what SendGrid has not let out yet, and hand over nothing more.

    It ends with what was taken back (excluded: cancelled), what had gone out
    (accepted), and what nobody can say of (unsettled). It takes five minutes, until
    nothing can be on its way any more; stopped, the same command goes on.

    \b
    Example:
      digest cancel 3
    """
    from digest import recovery

    before = _before(workspace, issue)
    if dry_run:
        return say_status(before, as_json=as_json)
    if not yes:
        confirm(f"Cancel issue {issue}, for good?")
    with halting() as halt:
        status = recovery.cancel(workspace.desk, issue, say, halt)
    return say_status(status, as_json=as_json)


@click.command()
@issue_argument
@click.option("--failed", is_flag=True, required=True, help="Those and nobody else.")
@yes_option
@dry_run_option
@json_option
@pass_workspace
def resend(
    workspace: Workspace,
    issue: int,
    failed: bool,
    yes: bool,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Hand over again to those whom the provider refused for certain.

    \b
    Example:
      digest resend 3 --failed
    """
    from digest import recovery

    before = _before(workspace, issue)
    people = sum(before.failed.values())
    if dry_run:
        return say_status(before, as_json=as_json)
    if people and not yes:
        confirm(f"Mail {people} people who were refused?")
    with halting() as halt:
        status = recovery.resend_failed(
            workspace.desk, issue, progress(people), say, halt
        )
    return say_status(status, as_json=as_json)


@click.command()
@issue_argument
@click.option("--sent", type=int, metavar="BATCH", help="It arrived: you know it did.")
@click.option(
    "--resend", "again", type=int, metavar="BATCH", help="Plan it again, at your risk."
)
@yes_option
@json_option
@pass_workspace
def settle(
    workspace: Workspace,
    issue: int,
    sent: int | None,
    again: int | None,
    yes: bool,
    as_json: bool,
) -> int:
    """Settle what is unknown: what has not gone out is taken back, then sent anew.

    What has gone out, or was sent directly, only evidence settles (digest events
    import), or your word for a batch: --sent, or --resend, by which its people may
    get the mail twice.

    \b
    Examples:
      digest settle 3
      digest settle 3 --sent 17
    """
    from digest import recovery

    if sent is not None and again is not None:
        raise UsageError(
            "--sent and --resend say the opposite; name one batch at a time"
        )
    if sent is None and again is None:
        with halting() as halt:
            status = recovery.settle(workspace.desk, issue, say, halt)
        return say_status(status, as_json=as_json)
    batch = sent if sent is not None else again
    assert batch is not None  # noqa: S101
    if again is not None and not yes:
        confirm(f"Whoever got batch {batch} gets it a second time. Plan it again?")
    status = recovery.settle_by_hand(
        workspace.desk, issue, batch, arrived=sent is not None
    )
    if again is not None:
        say(f"batch {batch} is planned again; to hand it over: digest resume {issue}")
    return say_status(status, as_json=as_json)
