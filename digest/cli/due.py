"""When a schedule's digests are due, and what became of its last: lines and JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from digest.cli.spans import span
from digest.model import Schedule
from digest.schedule import following, parse_cadence, parse_zone, upcoming

if TYPE_CHECKING:
    from digest.store.schedules import StoredSchedule


def told(stored: Schedule) -> str:
    """A schedule in a line."""
    own = ", in each one's own time" if stored.local else ""
    asked = f", approved or else {stored.otherwise}" if stored.approve else ""
    return (
        f"{stored.name}: {stored.every} {stored.zone}{own}, to "
        f"{', '.join(stored.lists)}; built {span(stored.ahead)} before{asked}; "
        f"missed: {stored.missed}, within {span(stored.lateness)}"
    )


def last_line(stored: StoredSchedule) -> str:
    """What became of its last slot; a campaign has a status of its own."""
    issue = f", issue {stored.issue}" if stored.issue else ""
    if stored.state == "sent":
        return f"  last: {stored.last} sent{issue}; see digest status {stored.issue}"
    reason = f": {stored.reason}" if stored.reason else ""
    return f"  last: {stored.last} {stored.state}{issue}{reason}"


def not_over(stored: StoredSchedule, now: datetime) -> datetime:
    """From when on to look: a slot ahead may be over, as one that nobody approved."""
    after, last = max(now, stored.since), stored.last
    if last is None or not stored.is_over(last) or stored.state == "sent":
        return after
    cadence = parse_cadence(stored.schedule.every)
    first = following(cadence, parse_zone(stored.schedule.zone), after, last)
    return first.at - timedelta(microseconds=1) if first else after


def slot_times(
    stored: Schedule, after: datetime, number: int
) -> Iterator[dict[str, Any]]:
    """What happens when, for the next slots: local times, null for what does not."""
    from digest.ledger import Times

    zone = parse_zone(stored.zone)
    window = timedelta(seconds=Times().window)
    for slot in upcoming(parse_cadence(stored.every), zone, after, number):
        staged = max(slot.at - stored.ahead, slot.at - window)
        approve_by = slot.at - stored.deadline if stored.approve else None
        yield {
            "schedule": stored.name,
            "at": slot.at.astimezone(zone),
            "build": (slot.at - stored.ahead).astimezone(zone),
            "approve_by": approve_by and approve_by.astimezone(zone),
            "staged": staged.astimezone(zone),
            "moved_from": slot.wall if slot.is_moved(zone) else None,
        }


def line(stored: Schedule, times: Mapping[str, Any]) -> str:
    at = times["at"]

    def clock(name: str) -> str:
        other = times[name].date() != at.date()
        return f"{times[name]:%a %H:%M}" if other else f"{times[name]:%H:%M}"

    asked = f", approved by {clock('approve_by')}" if stored.approve else ""
    moved = times["moved_from"]
    skipped = f" (clocks skip {moved:%H:%M})" if moved else ""
    own = ", in each one's own time" if stored.local else ""
    return (
        f"{stored.name}\t{at:%a %d %b %Y %H:%M %Z}{skipped}{own}\tbuilt at "
        f"{clock('build')}{asked}, handed over from {clock('staged')}"
    )
