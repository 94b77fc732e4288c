"""The report of an issue for a million people, beside its bare queries.

Of a million people who were handed the issue 99 % have it, half have opened it (every
second of them by a program alone), and 5 % have clicked. The limit is one pass of the
database over the rows of events, with nothing made of them.
"""

from __future__ import annotations

import os
import random
import resource
import struct
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert

import subscribers
from benchmarks.harness import measure, table
from digest import ledger, report
from digest.ledger.packing import pack
from digest.model import CampaignState, Email
from digest.store import Database, open_database
from digest.store.tables import campaign, issue
from subscribers.driver import fetch, insert_many, moment
from subscribers.model import SubscriptionState
from tests.conftest import new_postgres_database

PEOPLE = int(os.environ.get("PEOPLE", "1000000"))
SIZE = 1000
NOW = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
DOMAINS = [f"mail{number}.example" for number in range(400)]
#: most people are at few
WEIGHTS = [1 / (number + 1) for number in range(400)]
LINKS = [f"https://news.example.org/story-{number}" for number in range(12)]
RAW = '{"email": "reader@example.org", "useragent": "' + "Mozilla " * 40 + '"}'


def fill(database: Database) -> None:
    """Issue 1 with its campaign, everybody on one list, and what came back of it."""
    chance = random.Random(1)
    html = "".join(f'<a href="{link}">story</a>' for link in LINKS)
    email = Email(subject="s", preheader="p", html=html, text="t")
    with database.write() as connection:
        on = subscribers.add_list(connection, "weekly", NOW - timedelta(days=400))
        connection.execute(
            insert(issue).values(
                series="weekly", number=1, subject="s", built_at=NOW, content=ISSUE
            )
        )
        ledger.create_campaign(
            connection, 1, email, transport="sendgrid", lists=["weekly"], now=NOW
        )
        connection.execute(campaign.update().values(state=CampaignState.FINISHED))
    for first in range(1, PEOPLE + 1, 50 * SIZE):
        ids = range(first, min(first + 50 * SIZE, PEOPLE + 1))
        with database.write() as connection:
            for name, columns, rows in written(connection, ids, on.id, chance):
                insert_many(connection, name, columns.split(), rows)


EVIDENCE = (
    "attempt_id processed gone_out dropped delivered gone_out_people delivered_people"
)
EVENT = (
    "sg_event_id event at received_at campaign_id attempt_id subscriber_id key url "
    "reason machine raw"
)
ISSUE = """{"number": 1, "title": "The Tide", "subject": "s", "preheader": "p",
    "published": "2026-11-20T08:30:00Z", "series": "weekly", "language": "en",
    "sections": []}"""


def written(
    connection: Any, ids: range, list_id: int, chance: random.Random
) -> Iterator[tuple[str, str, list[tuple[Any, ...]]]]:
    """The rows of some people, table by table."""
    domains = chance.choices(DOMAINS, WEIGHTS, k=len(ids))
    keys = {n: f"reader{n}@{d}" for n, d in zip(ids, domains, strict=True)}

    def at(**ago: float) -> Any:
        return moment(connection, NOW + timedelta(**ago))

    joined = {n: at(days=-chance.randrange(1, 400)) for n in ids}
    yield (
        "subscriber",
        "id key email name created_at",
        [(n, keys[n], keys[n], "", joined[n]) for n in ids],
    )
    confirmed = SubscriptionState.CONFIRMED.value
    yield (
        "subscription",
        "id list_id subscriber_id state secret since",
        [(n, list_id, n, confirmed, b"x" * 12, joined[n]) for n in ids],
    )
    yield (
        "consent",
        "id subscription_id state at source statement",
        [(n, n, confirmed, joined[n], "form", "yes") for n in ids],
    )
    parts = [ids[start : start + SIZE] for start in range(0, len(ids), SIZE)]
    numbered = [(part[0] // SIZE + 1, part) for part in parts]
    yield (
        "batch",
        "id campaign_id seq size recipients state canary",
        [(k, 1, k, len(part), pack(part), "accepted", False) for k, part in numbered],
    )
    yield (
        "attempt",
        "id batch_id n state reason excluded began_at token people",
        [
            (k, k, 1, "accepted", "", "{}", at(seconds=k), "5f3a", len(part))
            for k, part in numbered
        ],
    )
    bounced = {n for n in ids if chance.random() < 0.01}
    yield (
        "evidence",
        EVIDENCE,
        [(k, *evidence(part, bounced, chance)) for k, part in numbered],
    )
    yield (
        "event",
        EVENT,
        [
            (
                *(f"{n}-{place}", kind, at(seconds=after), at(seconds=after)),
                *(1, (n - 1) // SIZE + 1, n, keys[n], url, reason, machine, RAW),
            )
            for n in ids
            for place, (kind, after, url, reason, machine) in enumerate(
                of_person(n in bounced, chance)
            )
        ],
    )


def evidence(part: range, bounced: set[int], chance: random.Random) -> tuple[Any, ...]:
    all_bits = ((1 << len(part)) - 1).to_bytes((len(part) + 7) // 8, "little")
    after = [0 if n in bounced else 1 + chance.randrange(900) for n in part]
    count = sum(map(bool, after))
    seconds = struct.pack(f"<{len(part)}H", *after)
    return all_bits, all_bits, bytes(len(all_bits)), seconds, len(part), count


def of_person(
    bounced: bool, chance: random.Random
) -> Iterator[tuple[str, int, str, str, bool]]:
    if bounced:
        yield "bounced", chance.randrange(900), "", "hard", False
        return
    if chance.random() < 0.5:
        later = int(chance.expovariate(1 / 40_000))
        yield "opened", later, "", "", chance.random() < 0.5
        if chance.random() < 0.1:
            yield "clicked", later + 30, chance.choice(LINKS), "", False


def passed_over(database: Database) -> None:
    """One pass over the rows of events."""
    sql = "SELECT count(*), min(at), max(machine) FROM event WHERE campaign_id = ?"
    if database.file is None:
        sql = sql.replace("max(machine)", "bool_or(machine)")
    with database.read() as connection:
        fetch(connection, sql, 1)


def shown(title: str, url: str) -> None:
    database = open_database(url)
    fill(database)
    if database.file is None:  # as it does by itself, some minutes after such a change
        with database.write() as connection:
            connection.exec_driver_sql("ANALYZE")
    timings = measure(
        {
            "limit: one pass over the events": lambda: passed_over(database),
            "digest report 1": lambda: report.of_issue(database, 1, NOW),
            "digest report": lambda: report.of_everything(database, NOW),
        },
        rounds=3,
    )
    database.close()
    print(table(f"{title}, {PEOPLE:,} people", timings, unit="report"))


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        shown("SQLite", f"sqlite:///{Path(folder) / 'digest.db'}")
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"most memory of this process, filling included: {most:.0f} MB")
    shown("PostgreSQL", new_postgres_database())


if __name__ == "__main__":
    main()
