from __future__ import annotations

from pathlib import Path

import pytest

from digest.store import Database
from tests.events.samples import Mailroom


@pytest.fixture
def mailroom(database: Database, tmp_path: Path) -> Mailroom:
    """A running campaign that events come back of; on both databases."""
    return Mailroom(database, tmp_path)
