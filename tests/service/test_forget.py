"""A run forgets what was noted of readers longer ago than the settings say."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from digest import events
from digest.config import Config, RetentionSettings
from digest.pipeline import Desk
from digest.service import forget
from digest.store import Database
from subscribers.outgoing import done, put, take


@pytest.mark.parametrize(("days", "kept"), [(30, 1), (0, 2), (36_500, 2), (1, 0)])
def test_as_long_as_the_settings_say(
    database: Database, now: datetime, tmp_path: Path, days: int, kept: int
) -> None:
    """0 is for ever; what is younger than the days stays."""
    with database.write() as connection:
        for ago in (100, 10):
            at = now - timedelta(days=ago)
            number = put(connection, "mail", "{}", key="ann@example.org", now=at)
            take(connection, now=at)
            done(connection, number, now=at)
    config = replace(Config(folder=tmp_path), retention=RetentionSettings(ips=days))
    forget(Desk(database=database, config=config, clock=lambda: now, nonce=lambda: "0"))
    with database.read() as connection:
        left = connection.exec_driver_sql("SELECT count(*) FROM outgoing").scalar()
    assert left == kept


@pytest.mark.parametrize(("days", "kept"), [(30, 1), (0, 2), (1, 0)])
def test_events_have_days_of_their_own(
    database: Database, now: datetime, tmp_path: Path, days: int, kept: int
) -> None:
    """By when they came in, whatever moment they tell of."""
    config = replace(Config(folder=tmp_path), retention=RetentionSettings(events=days))
    for number, ago in enumerate((100, 10)):
        payload = events.parse(
            b'[{"event":"open","timestamp":9999999999,"sg_event_id":"%d"}]' % number
        )
        events.keep(database, config, payload, now - timedelta(days=ago))
    forget(Desk(database=database, config=config, clock=lambda: now, nonce=lambda: "0"))
    with database.read() as connection:
        left = connection.exec_driver_sql("SELECT count(*) FROM event").scalar()
    assert left == kept
