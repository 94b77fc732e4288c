from __future__ import annotations

from pathlib import Path

import pytest

from digest.store import Database
from tests.events.samples import Mailroom
from tests.report.sent import fill, new_mailroom


@pytest.fixture
def mailroom(database: Database, tmp_path: Path) -> Mailroom:
    """A campaign of which nothing has come back; on both databases."""
    return new_mailroom(database, tmp_path)


@pytest.fixture
def filled(mailroom: Mailroom) -> Mailroom:
    """The same with what `tests.report.sent.fill` says."""
    fill(mailroom)
    return mailroom
