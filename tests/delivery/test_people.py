"""Real subscribers, from their list to SendGrid's door: who leaves gets nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from itertools import count

from sqlalchemy import Connection

import subscribers as people
from digest import ledger
from digest.delivery import Pacer, Way, send_campaign
from digest.delivery.sendgrid import SendGrid
from digest.ledger import Clock
from digest.store import Database
from subscribers import SuppressionReason
from tests.delivery.faults import FaultServer
from tests.delivery.samples import EMAIL, TAG, sendgrid_config
from tests.ledger.desk import adds_up, insert_issue

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)


def join(connection: Connection, list_name: str, *names: str) -> None:
    numbers = count(1)
    for name in names:
        people.add_subscriber(
            connection,
            list_name,
            f"{name}@example.org",
            consent="by form",
            source="test",
            now=NOW,
            secret=lambda: next(numbers).to_bytes(12, "big"),
        )


def test_who_leaves_after_the_plan(database: Database, faults: FaultServer) -> None:
    """Unsubscribed, suppressed: taken away at the last check, each for their reason."""
    with database.write() as connection:
        people.add_list(connection, "readers", NOW)
        join(connection, "readers", "ann", "bob", "cem", "dee")
        issue = insert_issue(connection, 1)
        campaign = ledger.create_campaign(
            connection,
            issue,
            EMAIL,
            transport="sendgrid",
            lists=["readers"],
            now=NOW,
        )
        audience = list(people.audience(connection, ["readers"], now=NOW))
        ledger.plan(connection, campaign, audience)
    ann, bob, cem, dee = audience
    with database.write() as connection:
        people.unsubscribe(connection, bob.token, source="link", now=NOW)
        reason, address = SuppressionReason.COMPLAINT, people.parse_address(cem.email)
        people.suppress(connection, address, reason, source="test", now=NOW)
    transport = SendGrid(sendgrid_config(faults.url))
    send_campaign(
        database,
        campaign,
        transport,
        partial(people.recipients, now=NOW),
        Way(pacer=Pacer(1000), clock=Clock(now=lambda: NOW)),
    )
    transport.close()
    (request,) = faults.requests
    links = {
        entry["to"][0]["email"]: entry["substitutions"][TAG]
        for entry in request["personalizations"]
    }
    page = "https://news.example.org/weekly/u/"
    assert links == {ann.email: page + ann.token, dee.email: page + dee.token}
    with database.read() as connection:
        status = ledger.status(connection, issue)
    assert status.excluded == {"unsubscribed": 1, "complaint": 1}
    assert (status.planned, status.accepted) == (4, 2)
    assert adds_up(status)
