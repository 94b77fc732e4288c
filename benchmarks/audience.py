"""Recipients by the million as a send reads them, and the time to count a segment.

`PEOPLE=100000 python -m benchmarks audience` takes fewer. Each stream is read in a
process of its own, for its peak of memory; the cases take turns. PostgreSQL is that of
the tests, where it can be had.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from multiprocessing.queues import Queue
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from sqlalchemy import make_url, select

from benchmarks.memory import peak_of
from digest.store import Database, open_database
from subscribers import add_list, audience, find_segment, members
from subscribers.audience import CONFIRMED, PAGE, PAGE_OF
from subscribers.driver import fetch, insert_many, moment, take_stock
from subscribers.suppressions import in_force
from subscribers.tables import subscriber, subscription, suppression

PEOPLE = int(os.environ.get("PEOPLE", "1000000"))
ROUNDS = 3
CHUNK = 20_000
NOW = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
PROCESSES = multiprocessing.get_context("spawn")

ZONES = ("Europe/Amsterdam", "Europe/Paris", "America/New_York", "Asia/Tokyo", "")
LANGUAGES = ("en", "en-GB", "nl", "de", "fr", "")
TOPICS = ("art", "climate", "eu", "nato", "sport", "tech")
CITIES = ("Berlin", "Ghent", "Lagos", "Tokyo")

#: counted of everybody, and of those who may get a mail to a list
SEGMENTS = (
    "joined < 90d",
    "tz:Europe/* and language = en",
    "domain:*.example.org and not name:*7",
    'topics has "nato"',
    "attr.city = Ghent and attr.visits > 50",
)


class Stream(NamedTuple):
    people: int
    seconds: float
    megabytes: float


# --- People -----------------------------------------------------------------------


def fill(url: str, count: int = PEOPLE) -> None:
    """So many people on one list, every third on another, 3 in 100 suppressed."""
    database = open_database(url)
    with database.write() as connection:
        for name in ("weekly", "daily"):
            add_list(connection, name, NOW)
    chance = random.Random(1)
    for first in range(1, count + 1, CHUNK):
        _write(database, range(first, min(first + CHUNK, count + 1)), chance)
    with database.write() as connection:
        take_stock(connection)
    database.close()


def _write(database: Database, numbers: range, chance: random.Random) -> None:
    with database.write() as connection:
        at = [
            moment(connection, NOW - timedelta(minutes=chance.randrange(1_000_000)))
            for _ in numbers
        ]
        rows = [_person(number, chance) for number in numbers]
        columns = "id key email name zone language topics attributes created_at".split()
        insert_many(
            connection,
            "subscriber",
            columns,
            [(*row, joined) for row, joined in zip(rows, at, strict=True)],
        )
        for on in (1, 2):
            on_it = [
                (on, number, _state(chance), chance.randbytes(12), joined)
                for number, joined in zip(numbers, at, strict=True)
                if on == 1 or number % 3 == 0
            ]
            columns = ["list_id", "subscriber_id", "state", "secret", "since"]
            insert_many(connection, "subscription", columns, on_it)
        never = [row[1] for row in rows if chance.random() < 0.03]
        insert_many(
            connection,
            "suppression",
            ["key", "list_id", "reason", "at", "source"],
            [(key, 0, "bounce", at[0], "benchmark") for key in never],
        )


def _person(number: int, chance: random.Random) -> tuple[object, ...]:
    key = f"{chance.randrange(10**9):09}-{number}@d{chance.randrange(200)}.example.org"
    topics = sorted(chance.sample(TOPICS, chance.randrange(3)))
    known = {"city": chance.choice(CITIES), "visits": chance.randrange(100)}
    zone, language = chance.choice(ZONES), chance.choice(LANGUAGES)
    topics_json, known_json = json.dumps(topics), json.dumps(known)
    name = f"Reader Number {number}"
    return (number, key, key, name, zone, language, topics_json, known_json)


def _state(chance: random.Random) -> str:
    return "confirmed" if chance.random() < 0.95 else "unsubscribed"


# --- Streams: each counts its people ------------------------------------------------


EVERYBODY = "SELECT id, email, name FROM subscriber WHERE id > ? ORDER BY id LIMIT ?"


def bare(url: str) -> int:
    """The limit: everybody by id through the driver alone, no list, no suppression."""
    place, query = make_url(url), EVERYBODY
    connection: Any
    if place.drivername == "sqlite":
        connection = sqlite3.connect(place.database or "")
    else:
        plain = place.set(drivername="postgresql")
        connection = psycopg.connect(plain.render_as_string(hide_password=False))
        query = query.replace("?", "%s")
    last = count = 0
    while rows := connection.execute(query, (last, PAGE)).fetchall():
        count, last = count + len(rows), rows[-1][0]
    connection.close()
    return count


def the_statement(url: str) -> int:
    """Our statement as the driver gives it, with lists and suppressions."""
    database = open_database(url)
    sql = CONFIRMED + PAGE_OF.format(segment="true")
    count = 0
    with database.read() as connection:
        at = moment(connection, NOW)
        for last in range(0, PEOPLE, PAGE):
            count += len(fetch(connection, sql, 1, at, last, last + PAGE))
    return count


def ours(url: str, lists: Sequence[str] = ("weekly",), part: str | None = None) -> int:
    count = 0
    with open_database(url).read() as connection:
        segment = find_segment(connection, part) if part else None
        for _ in audience(connection, lists, now=NOW, segment=segment):
            count += 1
    return count


def ours_of_two_lists(url: str) -> int:
    return ours(url, ("daily", "weekly"))


def ours_of_a_segment(url: str) -> int:
    return ours(url, part="tz:Europe/*")


def sqlalchemy(url: str) -> int:
    """The peer: the same people as rows of SQLAlchemy Core."""
    never = (
        select(suppression.c.key)
        .where(suppression.c.key == subscriber.c.key)
        .where(suppression.c.list_id.in_([0, subscription.c.list_id]))
        .where(in_force(NOW))
    )
    query = (
        select(
            subscriber.c.id,
            subscriber.c.email,
            subscriber.c.name,
            subscription.c.id.label("subscription"),
            subscription.c.secret,
        )
        .join_from(subscription, subscriber)
        .where(subscription.c.list_id == 1, subscription.c.state == "confirmed")
        .where(~never.exists())
        .order_by(subscription.c.subscriber_id)
        .limit(PAGE)
    )
    last = count = 0
    with open_database(url).read() as connection:
        while rows := connection.execute(
            query.where(subscription.c.subscriber_id > last)
        ).all():
            count, last = count + len(rows), rows[-1].id
    return count


STREAMS: Mapping[str, Callable[[str], int]] = {
    "limit: everybody by id, the driver alone": bare,
    "the statement alone": the_statement,
    "digest: one list": ours,
    "digest: two lists": ours_of_two_lists,
    "digest: a segment of one list": ours_of_a_segment,
    "SQLAlchemy Core: one list, as rows": sqlalchemy,
}


def measured(stream: Callable[[str], int], url: str) -> Stream:
    """A stream in a process of its own."""
    told: Queue[Stream] = PROCESSES.Queue()
    process = PROCESSES.Process(target=_measure, args=(told, stream, url))
    process.start()
    found = told.get()
    process.join()
    return found


def _measure(told: Queue[Stream], stream: Callable[[str], int], url: str) -> None:
    began = time.perf_counter()
    people = stream(url)
    seconds = time.perf_counter() - began
    told.put(Stream(people, seconds, peak_of(os.getpid())))


def streams(url: str) -> None:
    runs: dict[str, list[Stream]] = {name: [] for name in STREAMS}
    for _ in range(ROUNDS):
        for name, stream in STREAMS.items():
            runs[name].append(measured(stream, url))
    rates = {
        name: statistics.median(run.people / run.seconds for run in found)
        for name, found in runs.items()
    }
    limit = next(iter(rates.values()))
    print(f"{'':42} {'people/s':>10} {'ratio':>6} {'MB':>5}")
    for name, rate in rates.items():
        peak = max(run.megabytes for run in runs[name])
        print(f"{name:42} {rate:10,.0f} {rate / limit:6.2f} {peak:5.0f}")


# --- Segments -----------------------------------------------------------------------


def segments(url: str) -> None:
    print(f"{'ms to count':42} {'of all':>10} {'of a list':>10} {'people':>8}")
    database = open_database(url)
    with database.read() as connection:
        for text in SEGMENTS:
            segment = find_segment(connection, text)
            seconds = []
            for lists in ((), ("weekly",)):
                members(connection, segment, lists, now=NOW)
                began = time.perf_counter()
                found = members(connection, segment, lists, now=NOW)
                seconds.append(time.perf_counter() - began)
            everybody, of_a_list = (1e3 * each for each in seconds)
            print(f"{text:42} {everybody:10.0f} {of_a_list:10.0f} {found.count:8}")
    database.close()


def report(name: str, url: str) -> None:
    fill(url)
    print(f"{name}, {PEOPLE:,} people")
    streams(url)
    segments(url)


def main() -> None:
    # not above: what the tests need would count as memory of each stream
    from tests.conftest import TOOLS, new_postgres_database

    with tempfile.TemporaryDirectory() as folder:
        report("SQLite", f"sqlite:///{Path(folder) / 'digest.db'}")
    if fault := TOOLS["postgres"]():
        print(f"without PostgreSQL: {fault}")
    else:
        report("PostgreSQL", new_postgres_database())


if __name__ == "__main__":
    main()
