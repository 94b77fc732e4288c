"""Imports that are broken off, run twice, or run at once: all end as one would have."""

from __future__ import annotations

import gzip
import json
import os
import random
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from digest.store import Database, open_database
from subscribers import (
    ImportFailed,
    ImportReport,
    SuppressionReason,
    add_list,
    parse_address,
    suppress,
)
from subscribers.driver import fetch
from subscribers.importing import CHUNK
from tests.conftest import Databases
from tests.subscribers.importer import Importer, Secret

ROOT = Path(__file__).resolve().parents[2]
MANY = "email\n" + "".join(f"{n}@example.org\n" for n in range(12_000))


class Stop(Exception):
    """Breaks an import off."""


def stop_at(rows: int) -> Any:
    def progress(so_far: ImportReport) -> None:
        if so_far.rows == rows:
            raise Stop

    return progress


def test_interrupted(importer: Importer) -> None:
    """An import that is broken off goes on where it was, and reports the whole."""
    file = importer.write(MANY)
    with pytest.raises(Stop):
        importer.run(file, progress=stop_at(7 * CHUNK))
    assert len(importer.people()) == 7 * CHUNK
    again = importer.run(file)
    assert again == ImportReport(rows=12_000, added=12_000)
    (run,) = importer.runs()
    assert (run.done, json.loads(run.report)) == (12_000, asdict(again))
    assert len(importer.consent()) == 12_000
    assert importer.run(file) == ImportReport(rows=12_000, unchanged=12_000)
    assert len(importer.runs()) == 2


@pytest.mark.parametrize(
    "other",
    [
        {"consent": "by telephone"},
        {"mapping": {"name": "email"}},
        {"rejects": Path("other.csv")},
        {"source": MANY.encode() + b"x@example.org\n"},
    ],
)
def test_another_import_is_another_run(quick: Importer, other: dict[str, Any]) -> None:
    """Only the same file, list, statement, mapping and rejects go on."""
    rejects = quick.folder / "rejects.csv"
    with pytest.raises(Stop):
        quick.run(MANY, progress=stop_at(3 * CHUNK), rejects=rejects)
    options: dict[str, Any] = {"source": MANY, "rejects": rejects} | other
    if "rejects" in other:
        options["rejects"] = quick.folder / other["rejects"]
    if "mapping" in other:
        options["mapping"] = {"email": "email", "x": "email"}
    quick.run(**options)
    assert len(quick.runs()) == 2
    assert quick.runs()[0].ended_at is None


def test_rejects_of_an_interrupted_import(importer: Importer) -> None:
    """The rejected rows and the duplicates from before the break are told again."""
    text = "email\nx@\nann@example.org\n" + "\n".join(
        ["ann@example.org", "y@", *(f"{n}@example.org" for n in range(6000))]
    )
    rejects = importer.folder / "rejects.csv"
    with pytest.raises(Stop):
        importer.run(text, progress=stop_at(3 * CHUNK))
    report = importer.run(text + "", rejects=rejects)
    assert (report.rows, report.added, report.rejected) == (6004, 6001, 2)
    assert report.duplicates == 1
    assert [row[0] for row in importer.rejected()] == ["2", "5"]
    (run,) = importer.runs()
    assert run.rejects == str(rejects)


def test_two_at_once(importer: Importer) -> None:
    """Two imports of one file at the same time are one, and add everybody once."""
    files = [importer.write(MANY, name) for name in ("one.csv", "two.csv")]
    with ThreadPoolExecutor(2) as pool:
        one, two = pool.map(importer.run, files)
    assert one.rows == two.rows == 12_000
    assert one.added + one.unchanged == two.added + two.unchanged == 12_000
    assert 12_000 in {one.added, two.added}
    assert len(importer.people()) == len(importer.consent()) == 12_000


def test_duplicates(importer: Importer) -> None:
    """Rows about somebody of an earlier row are counted, however far it is back."""
    text = MANY + "0@example.org\n0@EXAMPLE.org\n" + "x@example.org\n" * 2
    tried = importer.run(text, dry_run=True)
    report = importer.run(text)
    assert (report.rows, report.added, report.duplicates) == (12_004, 12_001, 3)
    assert tried == report


def test_cut_off_file(quick: Importer) -> None:
    """Of a damaged file, what comes before the damage stays; run again, it is so."""
    file = quick.write(gzip.compress(MANY.encode(), mtime=0)[:-4], "people.csv.gz")
    for _ in range(2):
        with pytest.raises(ImportFailed, match="the 12,000 rows before it were read"):
            quick.run(file)
        assert len(quick.people()) == 12_000
        (run,) = quick.runs()
        assert (run.done, run.ended_at) == (12_000, None)


def test_pipe(quick: Importer) -> None:
    """What can be read only once is not read twice, to know its hash."""
    pipe = quick.folder / "pipe"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as pool:
        written = pool.submit(pipe.write_text, "email\nann@example.org\n")
        assert quick.run(pipe).added == 1
        written.result()
    (run,) = quick.runs()
    assert run.file_hash == quick.hash_of(b"email\nann@example.org\n")


def test_no_line_is_held(quick: Importer) -> None:
    """A line as long as a disk takes no memory, and costs no other row."""
    file = quick.folder / "people.csv"
    with file.open("wb") as stream:
        stream.write(b"email\nbefore@example.org\n")
        for _ in range(64):
            stream.write(b"x" * 1_000_000)
        stream.write(b"\nafter@example.org\n")
    tracemalloc.start()
    try:
        report = quick.run(file)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (report.added, report.rejected) == (2, 1)
    assert peak < 20_000_000


# --- kill -9 ------------------------------------------------------------------

IMPORT = """
import sys
from datetime import datetime
from pathlib import Path
from subscribers import import_file, importing
from digest.store import open_database
import secrets

importing.CHUNK = 200
url, file, rejects, now = sys.argv[1:]
database = open_database(url)
print("ready", flush=True)
report = import_file(
    database.write, Path(file), "readers", consent="form", operator="ann",
    mapping={"city": "city"}, rejects=Path(rejects), now=datetime.fromisoformat(now),
    secret=lambda: secrets.token_bytes(12),
)
print(report, flush=True)
"""


def people(count: int) -> str:
    """A file with everything in it: bad rows, several of one person, all states."""
    rows = ["email,name,status,zone,city"]
    states = ["active", "pending", "unsubscribed", "cleaned", "", "", "", "odd"]
    chance = random.Random(1)
    for _ in range(count):
        number = chance.randrange(count)
        zone = chance.choice(["", "Europe/Amsterdam", "Mars"])
        name = f"N{chance.randrange(count)}"
        state, city = chance.choice(states), number % 7
        rows.append(f"{number}@example.org,{name},{state},{zone},{city}")
    return "\n".join(rows)


def prepare(importer: Importer) -> None:
    """A list, and people who never get mail."""
    with importer.database.write() as connection:
        add_list(connection, "readers", importer.now)
        for number in range(0, 100, 3):
            address = parse_address(f"{number}@example.org")
            reason = SuppressionReason.COMPLAINT
            suppress(connection, address, reason, source="test", now=importer.now)


def start(importer: Importer, file: Path) -> subprocess.Popen[str]:
    """An import in a process of its own that has just begun."""
    url = importer.database.engine.url.render_as_string(hide_password=False)
    rejects = str(importer.folder / "rejects.csv")
    arguments = [url, str(file), rejects, importer.now.isoformat()]
    process = subprocess.Popen(
        [sys.executable, "-c", IMPORT, *arguments],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    assert process.stdout.readline() == "ready\n"
    return process


def content(importer: Importer) -> dict[str, Any]:
    """All that is in the database, but ids and secrets; and the rejected rows."""
    queries = {
        "people": "SELECT key, email, name, zone, language, frequency, topics, "
        "attributes, CAST(created_at AS TEXT) FROM subscriber ORDER BY key",
        "subscriptions": "SELECT key, p.state, CAST(since AS TEXT), COUNT(*) "
        "FROM subscription p JOIN subscriber s ON s.id = p.subscriber_id "
        "GROUP BY key, p.state, since ORDER BY key",
        "consent": "SELECT key, c.state, CAST(at AS TEXT), source, c.statement, file "
        "FROM consent c JOIN subscription p ON p.id = subscription_id "
        "JOIN subscriber s ON s.id = p.subscriber_id "
        "JOIN import_run r ON r.id = import_id ORDER BY key, c.state",
        "suppressions": "SELECT key, list_id, reason, source FROM suppression "
        "ORDER BY key, reason",
        "runs": "SELECT list_id, file, file_hash, statement, operator, mapping, "
        "rejects, done, report, CAST(ended_at AS TEXT) FROM import_run",
        "counts": "SELECT (SELECT COUNT(*) FROM consent), "
        "(SELECT COUNT(*) FROM subscription), (SELECT COUNT(*) FROM subscriber)",
    }
    with importer.database.read() as connection:
        found = {name: fetch(connection, sql) for name, sql in queries.items()}
    return found | {"rejects": importer.rejected()}


@pytest.fixture
def calm(
    databases: Databases, tmp_path: Path, now: datetime, secret: Secret
) -> Iterator[Importer]:
    """Imports into a second database, where nothing happens to it."""
    database = open_database(databases.empty())
    yield Importer(database, tmp_path, now, secret)
    database.close()


def test_killed_at_any_moment(
    database: Database, calm: Importer, tmp_path: Path
) -> None:
    """kill -9 again and again, then on to the end: as if nothing had happened."""
    killed = Importer(database, tmp_path, calm.now, calm.secret)
    file = calm.write(people(4000))
    for each in (calm, killed):
        prepare(each)
    began = time.monotonic()
    report = start(calm, file).communicate()[0]
    seconds = time.monotonic() - began
    expected = content(calm)
    moments = [random.uniform(0, seconds / 3) for _ in range(6)]
    (tmp_path / "rejects.csv").unlink()
    for moment in moments:
        process = start(killed, file)
        time.sleep(moment)
        process.kill()
        said = process.communicate()[0]
        if said:  # it had come to its end
            break
    else:
        said = start(killed, file).communicate()[0]
    assert said == report
    assert content(killed) == expected, moments
    assert not [each for each in tmp_path.iterdir() if each.suffix in {".part", ""}]


@pytest.mark.parametrize("between", ["", "".join(f"{n}@x.org,\n" for n in range(6000))])
def test_the_last_row_says_whether_they_are_confirmed(
    importer: Importer, between: str
) -> None:
    """Of somebody new, near or far in the file; run again, it is the same."""
    text = (
        f"email,status\nann@example.org,subscribed\n{between}ann@example.org,pending\n"
    )
    report = importer.run(text)
    assert (report.added, report.updated, report.duplicates) == (
        1 + between.count("\n"),
        1,
        1,
    )
    assert report.unconfirmed == 1
    importer.run(text)
    assert importer.standing()["ann@example.org"] == "unconfirmed"


def test_who_was_confirmed_before_stays_so(importer: Importer) -> None:
    """A pending row lowers nobody whom the same import has not raised."""
    importer.run("email\nann@example.org\n")
    between = "".join(f"{n}@x.org,\n" for n in range(6000))
    ann = "ann@example.org,subscribed\n"
    importer.run(f"email,status\n{ann}{between}ann@example.org,pending\n")
    assert importer.standing()["ann@example.org"] == "confirmed"


def test_the_unconfirmed_are_people(importer: Importer) -> None:
    """However many rows they have, in however many transactions."""
    report = importer.run("email\n" + "ann@example.org\n" * 12_000, consent=None)
    assert (report.rows, report.unconfirmed) == (12_000, 1)
    between = "".join(f"{n}@x.org,\n" for n in range(6000))
    text = f"email,status\nbob@x.org,pending\n{between}bob@x.org,subscribed\n"
    assert importer.run(text).unconfirmed == 0
