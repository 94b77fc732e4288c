"""Issues that were built: made again from what is stored, and given up."""

from __future__ import annotations

from sqlalchemy import Connection

from digest import ledger, pipeline
from digest.errors import UsageError
from digest.issue.difference import recut
from digest.model import CampaignState, Email
from digest.pipeline import Built, Desk
from digest.store import issues, items


def rebuild(desk: Desk, issue_id: int) -> Built:
    """An issue made again from its stored articles, and its e-mail.

    The issue is equal to the one that was frozen. The e-mail is the one that was sent;
    of an issue without a campaign it is rendered anew.

    Raises:
        UnknownName: there is no such issue.
        DatabaseError: what is stored is not what was frozen.
    """
    with desk.database.read() as connection:
        issue = recut(issues.get_issue(connection, issue_id))
        stored = stored_email(connection, issue_id)
    return Built(issue=issue, email=stored or pipeline.render(desk, issue))


def stored_email(connection: Connection, issue_id: int) -> Email | None:
    """The e-mail of an issue that has a campaign: these bytes go out, or did."""
    campaign = ledger.find_campaign(connection, issue_id)
    return None if campaign is None else ledger.stored_email(connection, campaign)


def discard(connection: Connection, issue_id: int) -> int:
    """Give up an issue that nobody got; how many items its series has back.

    One without a campaign is gone, with its number. Of one whose campaign was cancelled
    before anybody got it, the issue stays as what was cancelled.

    Raises:
        UnknownName: there is no such issue.
        UsageError: it was sent, or may yet be; says what to do.
    """
    has_campaign = _unsent(connection, issue_id)
    given_back = items.give_back(connection, issue_id)
    if not has_campaign:
        issues.remove(connection, issue_id)
    return given_back


def would_discard(connection: Connection, issue_id: int) -> int:
    """How many items `discard` would give back; raises as it does."""
    _unsent(connection, issue_id)
    return items.count_used(connection, issue_id)


def _unsent(connection: Connection, issue_id: int) -> bool:
    """Whether an issue that nobody got, nor will, has a campaign."""
    issues.get_issue(connection, issue_id)
    found = ledger.status(connection, issue_id)
    if found.accepted or found.unsettled:
        people = found.accepted + found.unsettled
        raise UsageError(
            f"issue {issue_id} went out to {people} people: what it told is told, and "
            "stays used"
        )
    if found.state not in {None, CampaignState.CANCELLED}:
        raise UsageError(
            f"issue {issue_id} may yet be sent (it is {found.state}); first: digest "
            f"cancel {issue_id}"
        )
    return found.state is not None
