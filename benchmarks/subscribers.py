"""People by the million: how fast they come in, and what others wait meanwhile.

`ROWS=100000 python -m benchmarks subscribers` takes fewer. Each run is a process of
its own, for its peak of memory; the cases take turns. PostgreSQL is that of the tests.
"""

from __future__ import annotations

import json
import os
import random
import secrets
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import count, product
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from sqlalchemy import make_url

from benchmarks.memory import peak_of
from digest.store import open_database
from subscribers import add_list
from subscribers.importing import CHUNK
from tests.conftest import new_postgres_database

ROWS = int(os.environ.get("ROWS", "1000000"))
ROUNDS = 3
NOW = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)


class Measured(NamedTuple):
    seconds: float
    megabytes: float


def measured(url: str, *command: str) -> Measured:
    """The time and the peak of memory that a command with --json takes."""
    process = subprocess.Popen(
        [sys.executable, "-m", "digest", *command, "--json"],
        env=os.environ | {"DIGEST_DATABASE_URL": url},
        stdout=subprocess.PIPE,
    )
    peak = 0.0
    while process.poll() is None:
        peak = max(peak, peak_of(process.pid))
        time.sleep(0.02)
    assert process.stdout
    said = json.loads(process.stdout.read())
    assert process.returncode == 0, said
    return Measured(said["seconds"], peak)


# --- Import -----------------------------------------------------------------------
# The same people by the bare driver into the same tables, and by an import of a file:
# each with a subscription and the log of consent. Addresses have no order, as in life.


def people() -> Iterator[tuple[str, str, str]]:
    chance = random.Random(ROWS)
    for number in chance.sample(range(ROWS), ROWS):
        domain = f"d{chance.randrange(2000)}.example.org"
        yield f"reader{number}@{domain}", f"Reader Number {number}", "Europe/Amsterdam"


def write_file(path: Path) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write("email,name,zone\n")
        file.writelines(f"{','.join(person)}\n" for person in people())


def prepared(url: str) -> str:
    """A new database with a list."""
    database = open_database(url)
    with database.write() as connection:
        add_list(connection, "weekly", NOW)
    database.close()
    return url


TABLES = {
    "subscriber": "id, key, email, name, zone, created_at",
    "subscription": "id, list_id, subscriber_id, state, secret, since",
    "consent": "subscription_id, state, at, source, statement",
}


def rows_of(at: object) -> Mapping[str, list[tuple[Any, ...]]]:
    """What an import writes, by its table."""
    given = list(enumerate(people(), start=1))
    return {
        "subscriber": [(n, key, key, name, zone, at) for n, (key, name, zone) in given],
        "subscription": [
            (n, 1, n, "confirmed", secrets.token_bytes(12), at) for n, _ in given
        ],
        "consent": [(n, "confirmed", at, "import: people.csv", "") for n, _ in given],
    }


def bare_sqlite(file: Path, chunk: int) -> float:
    """Seconds of executemany alone, as durable as ours, `chunk` rows a transaction."""
    rows = rows_of("2026-11-20 08:30:00.000000")
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    began = time.perf_counter()
    for start in range(0, ROWS, chunk):
        connection.execute("BEGIN IMMEDIATE")
        for name, columns in TABLES.items():
            marks = ", ".join("?" * len(columns.split(",")))
            insert = f"INSERT INTO {name} ({columns}) VALUES ({marks})"
            connection.executemany(insert, rows[name][start : start + chunk])
        connection.execute("COMMIT")
    seconds = time.perf_counter() - began
    connection.close()
    return seconds


def bare_postgres(url: str) -> float:
    """Seconds of COPY alone."""
    rows = rows_of(NOW)
    with psycopg.connect(url) as connection:
        began = time.perf_counter()
        for name, columns in TABLES.items():
            with connection.cursor().copy(f"COPY {name} ({columns}) FROM STDIN") as to:
                for row in rows[name]:
                    to.write_row(row)
        connection.commit()
        return time.perf_counter() - began


def imported(url: str, file: Path) -> Measured:
    command = ("subscribers", "import", str(file), "--list", "weekly")
    return measured(url, *command, "--consent", "a form on paper")


def beside_another_writer(url: str, file: Path) -> list[float]:
    """Milliseconds that small commits took, one after another, while an import ran."""
    database = open_database(url)
    waits = []
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(imported, url, file)
        while not running.done():
            began = time.perf_counter()
            with database.write() as connection:
                connection.exec_driver_sql("DELETE FROM mark")
                connection.exec_driver_sql("INSERT INTO mark VALUES ('benchmark', '')")
            waits.append((time.perf_counter() - began) * 1e3)
            time.sleep(0.02)
    database.close()
    return waits


def cases(file: Path, url: Callable[[], str]) -> Mapping[str, Callable[[], Measured]]:
    """Into SQLite or PostgreSQL; the first is the limit. `url` gives a new database."""

    def ours(times: int) -> Measured:
        place = url()
        return [imported(place, file) for _ in range(times)][-1]

    def bare(chunk: int) -> Measured:
        place = make_url(url())
        if place.drivername == "sqlite":
            seconds = bare_sqlite(Path(place.database or ""), chunk)
        else:
            plain = place.set(drivername="postgresql")
            seconds = bare_postgres(plain.render_as_string(hide_password=False))
        return Measured(seconds, 0)

    found = {"limit: the driver alone": lambda: bare(ROWS)}
    if url().startswith("sqlite"):
        found[f"limit: {CHUNK:,} rows a commit"] = lambda: bare(CHUNK)
    found["digest: import"] = lambda: ours(1)
    found["digest: the same again"] = lambda: ours(2)
    return found


def report(title: str, taken: Mapping[str, list[Measured]]) -> str:
    """Rows a second, the ratio to the first case, and the peak of memory."""
    lines = [f"{title:32} {'rows/s':>9} {'ratio':>6} {'MB':>5}"]
    limit = min(each.seconds for each in next(iter(taken.values())))
    for name, rounds in taken.items():
        best = min(each.seconds for each in rounds)
        peak = max(each.megabytes for each in rounds)
        memory = f"{peak:5.0f}" if peak else ""
        lines.append(f"{name:32} {ROWS / best:9,.0f} {limit / best:6.2f} {memory}")
    return "\n".join(line.rstrip() for line in lines)


def imports(folder: Path) -> None:
    file = folder / "people.csv"
    write_file(file)
    numbers = count()

    def sqlite() -> str:
        return prepared(f"sqlite:///{folder / f'{next(numbers)}.db'}")

    def postgres() -> str:
        return prepared(new_postgres_database())

    for title, url in {"SQLite": sqlite, "PostgreSQL": postgres}.items():
        turns = cases(file, url)
        taken: dict[str, list[Measured]] = {name: [] for name in turns}
        for _, (name, case) in product(range(ROUNDS), turns.items()):
            taken[name].append(case())
        print(report(f"{ROWS:,} people, {title}", taken))
        waits = beside_another_writer(url(), file)
        parts = statistics.quantiles(waits, n=100)
        print(
            f"another writer's commit meanwhile: p50 {parts[49]:.0f} ms, "
            f"p99 {parts[98]:.0f} ms, of {len(waits)}"
        )


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        imports(Path(folder))


if __name__ == "__main__":
    main()
