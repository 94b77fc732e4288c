"""Issues for the archive: built, rendered, and sent as far as a test says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import insert

from digest import ledger, pipeline
from digest.ledger.packing import pack
from digest.model import Issue
from digest.pipeline import Desk
from digest.store import issues
from digest.store.tables import batch


def publish(
    desk: Desk,
    issue: Issue,
    *,
    state: str | None = "accepted",
    send_at: datetime | None = None,
    lists: Sequence[str] = ("weekly",),
) -> int:
    """Build an issue; with a state, it has a campaign of one batch in it. Its id."""
    with desk.database.write() as connection:
        number = issues.next_number(connection, issue.series)
        issue = replace(issue, number=number)
        issue_id = issues.add_issue(connection, issue, issue.published)
        issue = replace(issue, id=issue_id)
        if state is None:
            return issue_id
        campaign = ledger.create_campaign(
            connection,
            issue_id,
            pipeline.render(desk, issue),
            transport="sendgrid",
            lists=list(lists),
            now=issue.published,
        )
        connection.execute(
            insert(batch).values(
                campaign_id=campaign,
                seq=1,
                size=1,
                recipients=pack([1]),
                state=state,
                send_at=send_at,
            )
        )
    return issue_id
