"""Clicks that are classed by all that is known of them, whatever came first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

from sqlalchemy import Connection, select

from digest import ledger
from digest.events.classing import Click, scanned, tracked_links
from digest.events.naming import EventType
from digest.ledger import Folded
from digest.store.tables import event
from subscribers.driver import fetch, run_many, table

#: by the index, pair for pair; who was erased has no links left to look at
CLICKS = """
    SELECT e.attempt_id, e.subscriber_id, e.id FROM {pairs} CROSS JOIN event e
    WHERE e.attempt_id = given.attempt AND e.subscriber_id = given.person
    AND e.event = ? AND e.raw <> ''
"""


def class_clicks(
    connection: Connection, folded: Sequence[Folded], pairs: Collection[tuple[int, int]]
) -> None:
    """Say anew which clicks are a link scanner's, of pairs of attempt and person."""
    of = {each.of.id: each for each in folded}
    links: dict[int, int] = {}
    changed = []
    for (number, person), clicks in _clicks(connection, pairs).items():
        each = of[number]
        place = each.of.place(person) or 0
        delivered = each.evidence.delivered_at(place, each.of.begins)
        if each.of.campaign not in links:
            links[each.of.campaign] = _links(connection, each.of.campaign)
        machine = scanned(clicks, delivered, links[each.of.campaign])
        changed += [(click.id in machine, click.id) for click in clicks]
    run_many(connection, "UPDATE event SET machine = ? WHERE id = ?", changed)


def _clicks(
    connection: Connection, pairs: Collection[tuple[int, int]]
) -> dict[tuple[int, int], list[Click]]:
    given, arguments = table(
        connection, sorted(pairs), attempt="bigint", person="bigint"
    )
    sql = CLICKS.format(pairs=given)
    found = fetch(connection, sql, *arguments, EventType.CLICKED.value)
    by_pair = {number: (of, person) for of, person, number in found}
    rows = connection.execute(
        select(*event.c["id", "at", "url"])
        .where(event.c.id.in_(by_pair))
        .order_by(event.c.id)
    )
    clicks: dict[tuple[int, int], list[Click]] = defaultdict(list)
    for number, at, url in rows:
        clicks[by_pair[number]].append(Click(id=number, at=at, url=url))
    return clicks


def _links(connection: Connection, campaign: int) -> int:
    email = ledger.stored_email(connection, campaign)
    return len(tracked_links(email.html, email.tags.values()))
