"""An export, imported into an empty database, is what it was exported from."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from digest.store import Database, open_database
from subscribers import Form, add_list, export_people, import_file
from tests.subscribers.samples import PEOPLE, fill

#: an import comes later than what it imports
LATER = datetime(2027, 1, 1, tzinfo=UTC)


@pytest.fixture
def another(sqlite_template: Path, tmp_path: Path) -> Callable[[], Any]:
    """Opens an empty database, as often as it is asked for."""
    numbers = count()

    @contextmanager
    def opened() -> Iterator[Database]:
        file = tmp_path / f"{next(numbers)}.db"
        shutil.copyfile(sqlite_template, file)
        database = open_database(f"sqlite:///{file}")
        yield database
        database.close()

    return opened


def export(database: Database, name: str, form: Form) -> bytes:
    out = io.BytesIO()
    export_people(database.read, out, name, form=form)
    return out.getvalue()


@pytest.mark.parametrize("form", ["csv", "jsonl"])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(people=PEOPLE)
def test_what_was_exported_comes_back(
    another: Callable[[], Any], form: Form, people: list[dict[str, Any]]
) -> None:
    """State, zone, language, frequency, topics, attributes and joined are the same."""
    with another() as here, another() as there:
        name = fill(here, people)
        file = export(here, name, form)
        with there.write() as connection:
            add_list(connection, name, LATER)
        import_file(
            there.write,
            io.BytesIO(file),
            name,
            consent="x",
            now=LATER,
            secret=lambda: b"s" * 12,
        )
        assert export(there, name, form) == file
