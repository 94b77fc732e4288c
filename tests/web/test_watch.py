"""What is told to whoever watches: /healthz and /metrics."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families

import subscribers as people
from digest import __version__, ledger
from digest.config import Config
from digest.model import Missed, Schedule
from digest.pipeline import Desk
from digest.service.loop import serving
from digest.store import Database, incarnation, schedules
from digest.store.schedules import SlotState
from digest.store.sources import SourceState, keep_state
from digest.web.public.app import public_app
from subscribers import outgoing
from tests.events.samples import Mailroom, sent
from tests.ledger.desk import EMAIL, insert_issue
from tests.web.test_public import Answer, Visitor

MONDAY = datetime(2026, 11, 23, 7, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@dataclass
class Clock:
    """A clock that a test sets."""

    now: datetime = MONDAY

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Watch:
    """Whoever looks, and the clock of what they look at."""

    database: Database
    visitor: Visitor
    clock: Clock

    @property
    def health(self) -> tuple[int, dict[str, object]]:
        answer = self.visitor.ask("GET", "/healthz")
        return answer.status, json.loads(answer.text)

    def metrics(self, accept: str = "*/*") -> Answer:
        return self.visitor.ask("GET", "/metrics", Accept=accept)

    @property
    def figures(self) -> dict[str, float]:
        """The metrics, as Prometheus' own parser reads them; labels in their order."""
        parsed: Any = text_string_to_metric_families  # has no types
        return {
            " ".join((sample.name, *sample.labels.values())): sample.value
            for family in parsed(self.metrics().text)
            for sample in family.samples
        }

    def schedule(self, every: str = "monday 08:00") -> None:
        new = Schedule(
            name="weekly",
            every=every,
            zone="Europe/Amsterdam",
            lists=("weekly",),
            missed=Missed.ONCE,
        )
        with self.database.write() as connection:
            schedules.add_schedule(connection, new, MONDAY - timedelta(days=1))

    def slot(self, state: SlotState) -> None:
        with self.database.write() as connection:
            (stored,) = schedules.all_schedules(connection)
            key = "2026-11-23"
            schedules.begin_slot(connection, stored.id, key, MONDAY)
            schedules.end_slot(
                connection, stored.id, key, state=state, reason="", now=MONDAY
            )


@pytest.fixture
def watch(database: Database, tmp_path: Path) -> Iterator[Watch]:
    clock = Clock()
    config = Config(folder=tmp_path)
    desk = Desk(database=database, config=config, clock=clock, nonce=lambda: "abc")
    with serving(public_app(desk), "127.0.0.1", 0) as address:
        yield Watch(database, Visitor(address), clock)


# --- /healthz -----------------------------------------------------------------------


def test_all_is_well(watch: Watch) -> None:
    assert watch.health == (200, {"ok": True})


def test_a_copy_that_was_not_adopted(watch: Watch) -> None:
    """Nothing leaves it: whoever watches is told, and how it would."""
    with watch.database.write() as connection:
        incarnation.write_copy_of(connection, "the original")
    status, report = watch.health
    assert (status, "digest db adopt" in str(report["reason"])) == (503, True)


def test_a_campaign_that_stands_still(watch: Watch) -> None:
    """Its time has come, and nobody hands it over."""
    with watch.database.write() as connection:
        campaign = ledger.create_campaign(
            connection,
            insert_issue(connection, 1),
            EMAIL,
            transport="sendgrid",
            lists=["weekly"],
            now=MONDAY - timedelta(hours=1),
        )
        person = people.Recipient(id=1, email="ann@example.org", name="", token="x")
        ledger.plan(connection, campaign, [person])
        ledger.begin(connection, campaign)
    status, report = watch.health
    assert (status, "issue 1" in str(report["reason"])) == (503, True)


def test_a_slot_that_is_overdue(watch: Watch) -> None:
    """A quarter of an hour after its time; and well again once it is sent."""
    watch.schedule()
    watch.clock.now = MONDAY + 14 * MINUTE
    assert watch.health[0] == 200
    watch.clock.now = MONDAY + 16 * MINUTE
    status, report = watch.health
    assert status == 503
    assert report["reason"] == (
        "schedule weekly: 2026-11-23 is overdue since 2026-11-23 07:00 UTC (not begun)"
    )
    watch.slot(SlotState.FAILED)
    assert watch.health[0] == 503
    watch.slot(SlotState.SENT)
    assert watch.health == (200, {"ok": True})


def test_a_slot_that_waits_for_a_person_is_well(watch: Watch) -> None:
    """The machine has done its part; and so it is where a slot was left out."""
    watch.schedule()
    watch.clock.now = MONDAY + 16 * MINUTE
    watch.slot(SlotState.WAITING)
    assert watch.health[0] == 200
    watch.slot(SlotState.SKIPPED)
    assert watch.health[0] == 200


def test_a_database_that_does_not_answer(watch: Watch) -> None:
    """It is said so by both, and nothing breaks."""
    with watch.database.write() as connection:
        connection.exec_driver_sql("ALTER TABLE schedule RENAME TO away")
    try:
        assert watch.health[0] == 503
        assert watch.metrics().status == 503
    finally:
        with watch.database.write() as connection:
            connection.exec_driver_sql("ALTER TABLE away RENAME TO schedule")


# --- /metrics -----------------------------------------------------------------------


def test_figures_of_nothing(watch: Watch) -> None:
    """Each is there from the beginning, so that an alert can be made of it."""
    found = watch.figures
    (build,) = (name for name in found if name.startswith("digest_build_info "))
    assert (__version__ in build, found.pop(build)) == (True, 1)
    assert set(found.values()) == {0}
    assert {
        "digest_campaigns running",
        "digest_batches unknown",
        "digest_recipients unsettled",
        "digest_slot_overdue_seconds",
        "digest_outgoing_waiting",
        "digest_outgoing_failed",
        "digest_sources_failing",
        "digest_events_total",
        "digest_bad_events_total",
        "digest_last_collect_timestamp_seconds",
        "digest_last_event_timestamp_seconds",
    } <= set(found)


def test_figures_are_asked_anew(watch: Watch, tmp_path: Path) -> None:
    """What is in the database now, and no name of anybody."""
    mailroom = Mailroom(watch.database, tmp_path)
    mailroom.hand_over(range(1, 8))
    mailroom.take(sent("open", 1), sent("open", 2))
    mailroom.take_bytes(b"[3]")
    watch.schedule()
    watch.clock.now = MONDAY + 3 * MINUTE
    with watch.database.write() as connection:
        outgoing.put(connection, "mail", "{}", key="ann@example.org", now=MONDAY)
        keep_state(
            connection,
            SourceState(place="https://news.example/feed", failures=2, asked_at=MONDAY),
        )
    found = watch.figures
    assert found["digest_campaigns running"] == 1
    assert found["digest_batches accepted"] == 1
    assert found["digest_recipients accepted"] == 7
    assert found["digest_slot_overdue_seconds"] == 180
    assert found["digest_outgoing_waiting"] == 1
    assert found["digest_sources_failing"] == 1
    assert found["digest_events_total"] == 2
    assert found["digest_bad_events_total"] == 1
    assert found["digest_last_collect_timestamp_seconds"] == MONDAY.timestamp()
    received = mailroom.now.timestamp()
    assert found["digest_last_event_timestamp_seconds"] == received
    assert "example" not in watch.metrics().text


def test_labels_are_bounded(watch: Watch, tmp_path: Path) -> None:
    """However much there is, there are as many lines."""
    before = set(watch.figures)
    Mailroom(watch.database, tmp_path).hand_over(range(1, 8))
    watch.schedule()
    assert set(watch.figures) == before


def test_in_openmetrics(watch: Watch) -> None:
    """For who asks for it, by Prometheus' stricter parser."""
    answer = watch.metrics("application/openmetrics-text; version=1.0.0")
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    parsed: Any = openmetrics.text_string_to_metric_families  # has no types
    families = parsed(answer.text)
    assert "digest_events" in {family.name for family in families}
