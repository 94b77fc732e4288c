"""kill -9 of workers and of the database while a slot is done: everybody gets one."""

from __future__ import annotations

import pytest

from tests.service.storm import Weather, through

pytestmark = pytest.mark.needs("postgres")


def test_a_small_storm() -> None:
    """Two workers; `make storm` has the large ones."""
    said = through(Weather(people=400, workers=2, kills=2, outages=1, seed=3))
    assert "400 people, each got one mail" in said
