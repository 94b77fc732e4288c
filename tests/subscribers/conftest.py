"""What the tests of people share."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from digest.store import Database
from subscribers import add_list
from tests.subscribers.importer import Importer, Secret


@pytest.fixture
def importer(
    database: Database, tmp_path: Path, now: datetime, secret: Secret
) -> Importer:
    with database.write() as connection:
        add_list(connection, "readers", now)
    return Importer(database, tmp_path, now, secret)


@pytest.fixture
def quick(
    sqlite_database: Database, tmp_path: Path, now: datetime, secret: Secret
) -> Importer:
    """On SQLite only, for what is decided before the database is reached."""
    with sqlite_database.write() as connection:
        add_list(connection, "readers", now)
    return Importer(sqlite_database, tmp_path, now, secret)
