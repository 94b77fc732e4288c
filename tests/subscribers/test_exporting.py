"""People in a file: what stands in it, and that no spreadsheet runs it."""

from __future__ import annotations

import csv
import io
import json
import re
import tracemalloc
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy import update

from digest.store import Database
from subscribers import (
    UnknownField,
    UnknownList,
    add_list,
    add_subscriber,
    export_people,
    import_file,
)
from subscribers.driver import fetch, is_sqlite
from subscribers.exporting import FIELDS, PAGE, _page_of, guard
from subscribers.tables import subscriber
from tests.subscribers.samples import PEOPLE, WORDS, fill

Secret = Callable[[], bytes]

#: what a spreadsheet runs, or may run
FORMULA = re.compile(r"[=+\-@\t\r]")


def exported(database: Database, *arguments: Any, **options: Any) -> str:
    out = io.BytesIO()
    export_people(database.read, out, *arguments, **options)
    return out.getvalue().decode()


def unguarded(cell: str) -> str:
    """A cell as an import reads it: without the apostrophe that guards it."""
    return cell[1:] if re.match(r"'+[=+\-@\t\r]", cell) else cell


def as_topics(cell: str) -> list[str]:
    """Topics as an import reads them: JSON, or with bars between."""
    if cell.startswith("["):
        topics: list[str] = json.loads(cell)
        return topics
    return [topic.strip() for topic in cell.split("|") if topic.strip()]


@pytest.fixture
def people(database: Database, now: datetime, secret: Secret) -> Database:
    """Ann on two lists, Bob on one of them, unconfirmed."""
    with database.write() as connection:
        for name, address, consent in (
            ("weekly", "Ann@example.org", "form"),
            ("weekly", "bob@exämple.org", None),
            ("daily", "ann@example.org", "form"),
        ):
            if name == "daily" or address.startswith("Ann"):
                add_list(connection, name, now)
            add_subscriber(
                connection,
                name,
                address,
                "=Ann" if consent else "",
                consent=consent,
                source="test",
                now=now,
                secret=secret,
            )
        connection.execute(
            update(subscriber)
            .where(subscriber.c.key == "ann@example.org")
            .values(
                zone="Europe/Amsterdam",
                language="nl",
                frequency="weekly",
                topics='["nato", "sports"]',
                attributes='{"city": "Bern", "age": 33}',
            )
        )
        bob = subscriber.c.email == "bob@exämple.org"
        until = now + timedelta(days=30)
        connection.execute(update(subscriber).where(bob).values(paused_until=until))
    return database


def test_one_list_as_csv(people: Database) -> None:
    """Our own names in the header, everybody in any state, no column of the list."""
    assert exported(people, "weekly").split("\r\n") == [
        "email,name,state,zone,language,frequency,topics,attributes,joined,"
        "paused_until",
        "Ann@example.org,'=Ann,confirmed,Europe/Amsterdam,nl,weekly,nato|sports,"
        '"{""city"": ""Bern"", ""age"": 33}",2026-11-20T08:30:00+00:00,',
        "bob@exämple.org,,unconfirmed,,,,,,2026-11-20T08:30:00+00:00,"
        "2026-12-20T08:30:00+00:00",
        "",
    ]


def test_all_lists(people: Database) -> None:
    """Without a list: a row for each that somebody is on, in the lists' order."""
    rows = list(csv.DictReader(io.StringIO(exported(people))))
    assert list(rows[0]) == list(FIELDS)
    assert [(row["list"], row["email"]) for row in rows] == [
        ("daily", "Ann@example.org"),
        ("weekly", "Ann@example.org"),
        ("weekly", "bob@exämple.org"),
    ]


def test_json_lines(people: Database) -> None:
    """Topics are an array, attributes an object, and no cell is guarded."""
    ann, bob = map(json.loads, exported(people, "weekly", form="jsonl").splitlines())
    assert ann == {
        "email": "Ann@example.org",
        "name": "=Ann",
        "state": "confirmed",
        "zone": "Europe/Amsterdam",
        "language": "nl",
        "frequency": "weekly",
        "topics": ["nato", "sports"],
        "attributes": {"city": "Bern", "age": 33},
        "joined": "2026-11-20T08:30:00+00:00",
        "paused_until": None,
    }
    assert bob["paused_until"] == "2026-12-20T08:30:00+00:00"
    assert (bob["topics"], bob["attributes"]) == ([], {})


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_chosen_fields(people: Database, form: str) -> None:
    """Only what was asked for, in that order."""
    fields = ("list", "topics", "email")
    text = exported(people, "daily", form=form, fields=fields)
    assert (
        text
        == {
            "csv": "list,topics,email\r\ndaily,nato|sports,Ann@example.org\r\n",
            "jsonl": '{"list":"daily","topics":["nato", "sports"],'
            '"email":"Ann@example.org"}\n',
        }[form]
    )


def test_wrong_names_write_nothing(people: Database) -> None:
    """A field or a list that there is not is named, with those there are."""
    out = io.BytesIO()
    with pytest.raises(UnknownField, match="no field 'city'; there is email, name"):
        export_people(people.read, out, "weekly", fields=("email", "city"))
    with pytest.raises(UnknownList, match="there is daily, weekly"):
        export_people(people.read, out, "wekly")
    assert out.getvalue() == b""


def test_nobody(database: Database) -> None:
    """Of no people there is a header, so that the file is one of people."""
    assert exported(database, fields=("email",)) == "email\r\n"
    assert exported(database, form="jsonl") == ""


@given(WORDS)
def test_a_guarded_cell_is_no_formula(cell: str) -> None:
    """No cell begins as a formula does, and an import has it back as it was."""
    assert not FORMULA.match(guard(cell))
    assert unguarded(guard(cell)) == cell


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(PEOPLE)
def test_csv_holds_what_the_database_does(
    sqlite_database: Database, people: list[dict[str, Any]]
) -> None:
    """Read as CSV, by the rules of an import, every value comes back."""
    on = fill(sqlite_database, people)
    rows = csv.DictReader(io.StringIO(exported(sqlite_database, on), newline=""))
    found = [{name: unguarded(cell) for name, cell in row.items()} for row in rows]
    for row, person in zip(found, people, strict=True):
        assert as_topics(row["topics"]) == person["topics"]
        assert json.loads(row["attributes"] or "{}") == person["attributes"]
        for field in ("name", "zone", "language", "frequency"):
            assert row[field] == person[field]


def test_pages_are_joined_and_not_held(
    database: Database, now: datetime, secret: Secret
) -> None:
    """More than a page is written whole, in the memory of a page."""
    count = 3 * PAGE + 7
    lines = "".join(f"reader{number}@example.org\n" for number in range(count))
    with database.write() as connection:
        add_list(connection, "weekly", now)
    file = io.BytesIO(b"email\n" + lines.encode())
    import_file(database.write, file, "weekly", consent="x", now=now, secret=secret)
    written = exported(database, "weekly", fields=("email",))
    assert written == "email\r\n" + lines.replace("\n", "\r\n")
    tracemalloc.start()
    rows = export_people(database.read, Nowhere(), "weekly")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert rows == count
    assert peak < 10_000 * PAGE
    assert not reads_before(database, count - 100)


def reads_before(database: Database, last: int) -> list[str]:
    """What a page after an id reads that stands before it, or sorts."""
    sql = _page_of(FIELDS)
    with database.read() as connection:
        explain = "EXPLAIN QUERY PLAN" if is_sqlite(connection) else "EXPLAIN"
        plan = fetch(connection, f"{explain} {sql}", 1, last, last, PAGE)
    steps = [str(row[-1]) for row in plan]
    unwanted = ("SCAN", "Seq Scan on sub", "Sort", "B-TREE")
    return [step for step in steps if any(word in step for word in unwanted)]


class Nowhere(io.BytesIO):
    """Forgets what is written, as a file does in memory."""

    def write(self, content: Any) -> int:
        return len(content)


def test_a_slow_reader_holds_nobody_up(sqlite_database: Database) -> None:
    """No transaction is open while rows are written: the log can be emptied."""
    database = sqlite_database
    on = fill(database, [{"name": "Ann"}])

    class Slow(Nowhere):
        def write(self, content: Any) -> int:
            assert database.wipe({"nobody@example.org"})
            return len(content)

    assert export_people(database.read, Slow(), on) == 1
