"""How much there is of what there is, for Prometheus, by its own client.

In a registry of our own: what the process itself uses is not in it. Labels are bounded:
states, no names. Who is not asked for figures does not import this, or the client.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from digest import __version__
from digest.doctor.vitals import Vitals, vitals
from digest.pipeline import Desk


def metrics(desk: Desk, accept: str) -> tuple[bytes, str]:
    """The figures of the database, asked anew, and their media type.

    `accept` is what the asker takes (its header): the text format or OpenMetrics.

    Raises:
        DatabaseError, TryAgain: the database does not answer.
    """
    with desk.database.read() as connection:
        found = vitals(connection, desk.clock())
    kind = "sqlite" if desk.database.file else "postgresql"
    registry = CollectorRegistry()
    registry.register(_Figures(found, desk.clock(), kind))
    encode, media_type = choose_encoder(accept)
    return encode(registry), media_type


@dataclass(frozen=True, eq=False)  # a registry keeps it by its identity
class _Figures(Collector):
    """What is counted, as Prometheus' client wants it."""

    found: Vitals
    now: datetime
    database: str

    def collect(self) -> Iterator[Metric]:
        found = self.found
        build = GaugeMetricFamily("digest_build_info", "What runs.", labels=BUILD)
        build.add_metric((__version__, self.database), 1)
        yield build
        yield _states("digest_campaigns", "Campaigns by state.", found.campaigns)
        yield _states("digest_batches", "Batches by state.", found.batches)
        people = "People in batches of campaigns that have not ended."
        yield _states("digest_recipients", people, found.people)
        for name, text, value in _gauges(found, self.now):
            yield GaugeMetricFamily(name, text, value=value)
        for name, text, value in _counters(found):
            yield CounterMetricFamily(name, text, value=value)


BUILD = ("version", "database")
Figure = tuple[str, str, float]


def _gauges(found: Vitals, now: datetime) -> Iterator[Figure]:
    oldest = min((each.at for each in found.due), default=now)
    yield (
        "digest_slot_overdue_seconds",
        "Age of the oldest slot whose time has come and that is not over; or 0.",
        (now - oldest).total_seconds(),
    )
    yield (
        "digest_outgoing_waiting",
        "Single mails and calls that wait.",
        found.outgoing.waiting,
    )
    yield (
        "digest_outgoing_failed",
        "Single mails and calls that failed for good in the last week.",
        found.outgoing.failed,
    )
    yield "digest_sources", "Sources that were ever asked.", found.sources
    yield (
        "digest_sources_failing",
        "Sources that did not answer as they should when last asked.",
        found.sources_failing,
    )
    yield (
        "digest_last_collect_timestamp_seconds",
        "When a source was last asked; 0 for never.",
        _seconds(found.collected_at),
    )
    yield (
        "digest_last_event_timestamp_seconds",
        "When an event of the webhook last came; 0 for never.",
        _seconds(found.received.last_at),
    )


def _counters(found: Vitals) -> Iterator[Figure]:
    yield (
        "digest_events",
        "Events received, but for those processed and delivered.",
        found.received.events,
    )
    yield (
        "digest_bad_events",
        "What came as an event and was none.",
        found.received.bad,
    )


def _states(name: str, text: str, counts: Mapping[str, int]) -> Metric:
    metric = GaugeMetricFamily(name, text, labels=("state",))
    for state, count in counts.items():
        metric.add_metric((str(state),), count)
    return metric


def _seconds(at: datetime | None) -> float:
    return at.timestamp() if at else 0
