"""Events of a campaign as the webhook takes them in, in payloads of 500.

The limits: each event decoded and put into a table of its own by executemany, as
durable as ours; and that without the database. The events are processed, delivered, and
of some an open, clicks or a bounce: of ten batches at a time in any order, as when mail
goes out, and of 600 batches in any order, the worst there is.
"""

from __future__ import annotations

import random
import tempfile
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import insert

from benchmarks.harness import measure
from digest import events, ledger
from digest.config import Config
from digest.ledger.packing import pack
from digest.model import Email
from digest.store import Database, open_database
from digest.store.tables import attempt, batch, issue
from tests.conftest import new_postgres_database

NOW = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
PAYLOAD = 500
ROUNDS = 7
#: payloads that one call of a case takes
TURN = 10
SIZE = 1000
#: batches of the campaign, and how many of them the events of a payload are of
MIXES = {"10 batches at a time": (60, 10), "600 batches at a time": (600, 600)}
LINKS = [f"https://news.example.org/story-{number}" for number in range(12)]


def hand_over(database: Database, batches: int) -> None:
    """A campaign with all its batches accepted."""
    html = "".join(f'<a href="{link}">story</a>' for link in LINKS)
    email = Email(subject="s", preheader="p", html=html * 40, text="t")
    with database.write() as connection:
        connection.execute(
            insert(issue).values(
                series="weekly", number=1, subject="s", built_at=NOW, content="{}"
            )
        )
        campaign = ledger.create_campaign(
            connection, 1, email, transport="sendgrid", lists=["weekly"], now=NOW
        )
        for number in range(batches):
            people = range(number * SIZE + 1, (number + 1) * SIZE + 1)
            connection.execute(
                insert(batch).values(
                    campaign_id=campaign,
                    seq=number + 1,
                    size=SIZE,
                    recipients=pack(people),
                    state="accepted",
                )
            )
            connection.execute(
                insert(attempt).values(
                    batch_id=number + 1,
                    n=1,
                    state="accepted",
                    reason="",
                    excluded="{}",
                    began_at=NOW,
                    token="5f3a",
                    people=SIZE,
                )
            )


def payloads(batches: int, together: int) -> Iterator[bytes]:
    """What SendGrid sends of it, the events of some batches in any order."""
    chance = random.Random(1)
    for first in range(0, batches, together):
        people = range(first * SIZE + 1, (first + together) * SIZE + 1)
        some = [each for person in people for each in of_person(person, chance)]
        chance.shuffle(some)
        for start in range(0, len(some) - PAYLOAD + 1, PAYLOAD):
            yield msgspec.json.encode(some[start : start + PAYLOAD])


def of_person(person: int, chance: random.Random) -> Iterator[dict[str, Any]]:
    yield sent(person, "processed", chance)
    if chance.random() < 0.01:
        yield sent(person, "bounce", chance, type="bounce", status="5.1.1")
        return
    yield sent(person, "delivered", chance, response="250 2.0.0 OK")
    if chance.random() < 0.3:
        yield sent(person, "open", chance, sg_machine_open=chance.random() < 0.5)
    if chance.random() < 0.05:
        yield sent(person, "click", chance, url=chance.choice(LINKS))


def sent(
    person: int, kind: str, chance: random.Random, **fields: object
) -> dict[str, Any]:
    number = uuid.UUID(int=chance.getrandbits(128)).hex
    return {
        "email": f"reader{person}@example.org",
        "timestamp": int(NOW.timestamp()) + chance.randrange(600),
        "smtp-id": f"<{number}@ismtpd0001p1iad1.sendgrid.net>",
        "event": kind,
        "category": ["weekly"],
        "sg_event_id": number,
        "sg_message_id": f"{number}.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C",
        "useragent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML)",
        "ip": "192.0.2.7",
        "dg_attempt": f"{(person - 1) // SIZE + 1}-5f3a",
        "dg_recipient": str(person),
        **fields,
    }


def ours(database: Database, given: Iterator[bytes]) -> Callable[[], object]:
    def case() -> None:
        for body in islice(given, TURN):
            receipt = events.keep(database, Config(), events.parse(body), NOW)
            assert receipt.new == PAYLOAD

    return case


def bare(database: Database, given: Iterator[bytes]) -> Callable[[], object]:
    """Decoded, and each a row by the driver's executemany."""
    mark = "?" if database.file else "%s"
    sql = f"INSERT INTO bare VALUES ({mark}, {mark}, {mark}, {mark})"
    with database.write() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE bare (id TEXT PRIMARY KEY, kind TEXT, at BIGINT, person TEXT)"
        )

    def case() -> None:
        for body in islice(given, TURN):
            rows = [
                (each["sg_event_id"], each["event"], each["timestamp"], each["email"])
                for each in msgspec.json.decode(body)
            ]
            with database.write() as connection:
                connection.exec_driver_sql(sql, rows)

    return case


def decoded(given: Iterator[bytes]) -> Callable[[], object]:
    def case() -> None:
        for body in islice(given, TURN):
            msgspec.json.decode(body)

    return case


def report(title: str, url: str, batches: int, given: list[bytes]) -> None:
    database = open_database(url)
    hand_over(database, batches)
    timings = measure(
        {
            "limit: decoded, executemany": bare(database, iter(given)),
            "limit: decoded": decoded(iter(given)),
            "digest: kept": ours(database, iter(given)),
        },
        rounds=ROUNDS,
    )
    database.close()
    print(f"{title:36} {'events/s':>10} {'ratio':>6}")
    for timing in timings:
        rate = TURN * PAYLOAD / timing.median
        ratio = timings[0].median / timing.median
        print(f"{timing.name:36} {rate:10,.0f} {ratio:6.2f}")


def main() -> None:
    for title, (batches, together) in MIXES.items():
        given = list(islice(payloads(batches, together), TURN * (ROUNDS + 1)))
        with tempfile.TemporaryDirectory() as folder:
            sqlite = f"sqlite:///{Path(folder) / 'digest.db'}"
            report(f"SQLite, {title}", sqlite, batches, given)
        report(f"PostgreSQL, {title}", new_postgres_database(), batches, given)


if __name__ == "__main__":
    main()
