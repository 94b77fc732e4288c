"""To whom a campaign was delivered: by the minute, and by the domain.

Attempt by attempt, so that it takes no more memory for millions of people.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import compress

from sqlalchemy import Connection, func, select

from digest.ledger.packing import unpack
from digest.store.tables import attempt, batch, evidence, wave
from subscribers.driver import among, domain_of
from subscribers.tables import subscriber


def delivered_by_minute(
    connection: Connection, campaign_id: int
) -> Iterator[tuple[datetime, int]]:
    """Minutes and people, in no order, and a minute more than once.

    What took longer than 18 hours counts for the end of them: longer is not kept.
    """
    begins = func.coalesce(wave.c.send_at, attempt.c.began_at)
    rows = connection.execute(
        select(evidence.c.delivered, begins.label("begins"))
        .join_from(evidence, attempt)
        .join(batch)
        .outerjoin(wave, wave.c.id == attempt.c.wave_id)
        .where(batch.c.campaign_id == campaign_id, evidence.c.delivered_people > 0)
    )
    for delivered, begin in rows:
        for after, people in Counter(array("H", delivered)).items():
            if after:
                at = begin + timedelta(seconds=after - 1)
                yield at.replace(second=0, microsecond=0), people


def delivered_by_domain(
    connection: Connection, campaign_id: int
) -> Iterator[tuple[str, int]]:
    """Domains of the addresses that people have now, and people, in no order and a
    domain more than once; empty for who was erased."""
    attempts = connection.execute(
        select(evidence.c.attempt_id)
        .join_from(evidence, attempt)
        .join(batch)
        .where(batch.c.campaign_id == campaign_id, evidence.c.delivered_people > 0)
    ).scalars()
    for number in attempts.all():
        delivered, recipients = connection.execute(
            select(evidence.c.delivered, batch.c.recipients)
            .join_from(evidence, attempt)
            .join(batch)
            .where(attempt.c.id == number)
        ).one()
        people = list(compress(unpack(recipients), array("H", delivered)))
        found = _domains(connection, people)
        yield from found.items()
        yield "", len(people) - found.total()


def _domains(connection: Connection, people: list[int]) -> Counter[str]:
    domain = domain_of(connection, subscriber.c.key).label("domain")
    rows = connection.execute(
        select(domain, func.count())
        .where(among(connection, subscriber.c.id, people))
        .group_by("domain")
    )
    return Counter(dict(rows.all()))
