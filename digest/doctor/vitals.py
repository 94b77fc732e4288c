"""How a running installation is, by its database: for /healthz, /metrics, `doctor`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from digest import events, ledger
from digest.schedule import latest, parse_cadence, parse_zone
from digest.store import schedules
from digest.store.schedules import SlotState, StoredSchedule
from digest.store.sources import source_states
from subscribers import outgoing

#: what is due for so long, and not done, stands still
STILL = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A slot whose time has come, and that is not over."""

    schedule: str
    slot: str
    at: datetime
    #: None where nobody has begun it
    state: SlotState | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Vitals:
    """What there is, counted; the newest moments, None where there is none."""

    campaigns: Mapping[str, int]
    batches: Mapping[str, int]
    people: Mapping[str, int]
    outgoing: outgoing.Standing
    due: tuple[Due, ...]
    sources: int
    sources_failing: int
    collected_at: datetime | None
    received: events.Received


def vitals(connection: Connection, now: datetime) -> Vitals:
    """All of it, at this moment."""
    sources = source_states(connection).values()
    asked = [state.asked_at for state in sources if state.asked_at]
    return Vitals(
        campaigns=ledger.count_states(connection),
        batches=ledger.count_batches(connection),
        people=ledger.count_people(connection),
        outgoing=outgoing.standing(connection, now=now),
        due=tuple(due(connection, now)),
        sources=len(sources),
        sources_failing=sum(bool(state.failures) or state.off for state in sources),
        collected_at=max(asked, default=None),
        received=events.received(connection),
    )


def due(connection: Connection, now: datetime) -> Iterator[Due]:
    """Slots whose time has come and that are not over, but for those that wait for a
    person."""
    for stored in schedules.all_schedules(connection):
        found = _due(stored, now)
        if found and found.state is not SlotState.WAITING:
            yield found


def _due(stored: StoredSchedule, now: datetime) -> Due | None:
    schedule = stored.schedule
    cadence, zone = parse_cadence(schedule.every), parse_zone(schedule.zone)
    slot = latest(cadence, zone, after=stored.since, now=now)
    if slot is None or stored.is_over(slot.key):
        return None
    state = stored.state if slot.key == stored.last else None
    return Due(schedule=schedule.name, slot=slot.key, at=slot.at, state=state)


def standing_still(connection: Connection, now: datetime) -> list[str]:
    """What should be going on and is not, a line each; none where all is well."""
    before = now - STILL
    slots = [each for each in due(connection, now) if each.at < before]
    return [
        *(
            f"nobody hands over issue {issue}, whose time has come"
            for issue in ledger.standing_still(connection, before)
        ),
        *(
            f"schedule {each.schedule}: {each.slot} is overdue since "
            f"{each.at:%Y-%m-%d %H:%M} UTC ({each.state or 'not begun'})"
            for each in slots
        ),
    ]
