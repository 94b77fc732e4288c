"""What is known of each source: when to ask it again, and with what."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from digest.store.issues import decode, encode
from digest.store.tables import source as table

#: a source that has failed for so long will not mend by itself
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """A source as it was last found; `place` is what digest.toml calls it.

    Moments are in UTC. `etag` and `last_modified` are what the server sent, to the
    letter, "" where it sent none.
    """

    place: str
    #: where it is asked, once it has moved for good
    url: str = ""
    #: "feed", "page", … as it was found; empty before the first time
    kind: str = ""
    title: str = ""
    #: of a feed that an OPML file names: the folder it lies in, or a space
    listed: str = ""
    etag: str = ""
    last_modified: str = ""
    #: where a redirect says that it has moved, and how often it has said so
    moved_to: str = ""
    moved_seen: int = 0
    asked_at: datetime | None = None
    #: when it last answered as it should
    read_at: datetime | None = None
    #: it is not asked before
    next_at: datetime | None = None
    #: in a row, since when, and why the last time
    failures: int = 0
    failing_since: datetime | None = None
    reason: str = ""
    #: it is not asked any more, for it is gone
    off: bool = False
    #: its items wait for a person
    held: bool = False
    #: kinds of mark that it uses for several items
    shared: tuple[str, ...] = ()


def source_states(connection: Connection) -> dict[str, SourceState]:
    """What is known of every source that was ever asked, by its place."""
    rows = connection.execute(select(table.c.place, table.c.state))
    return {
        row.place: decode(row.state, SourceState, f"source {row.place}") for row in rows
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What is the matter with a source, and what helps."""

    place: str
    what: str
    help: str


def troubled(
    connection: Connection, places: Iterable[str], now: datetime
) -> list[Trouble]:
    """The sources that an editor should know of.

    Those that have failed for a week, that are gone, and that hold what looks old.
    """
    states = source_states(connection)
    wanted = [states[place] for place in places if place in states]
    listed = [state for state in states.values() if state.listed]
    found = {state.place: _trouble(state, now) for state in (*wanted, *listed)}
    return [trouble for trouble in found.values() if trouble]


def _trouble(state: SourceState, now: datetime) -> Trouble | None:
    place, reason = state.place, state.reason.removeprefix(f"{state.place}: ")
    mend = f"find its new address, or: digest sources remove {place}"
    if state.off:
        return Trouble(place=place, what=reason, help=mend)
    if state.held:
        return Trouble(
            place=place,
            what="posts are held that seem new but are old",
            help=f"look at them: digest sources release {place} --dry-run",
        )
    if state.url not in {"", place}:
        return Trouble(
            place=place,
            what=f"has moved to {state.url}",
            help="write that into digest.toml",
        )
    if state.failing_since and now - state.failing_since >= WEEK:
        since = f"failing since {state.failing_since:%Y-%m-%d}: {reason}"
        return Trouble(place=place, what=since, help=mend)
    return None


def keep_state(connection: Connection, state: SourceState) -> None:
    """Write down what is known of a source now."""
    values = {"state": encode(state)}
    where = table.c.place == state.place
    if not connection.execute(update(table).where(where).values(**values)).rowcount:
        connection.execute(insert(table).values(place=state.place, **values))


def forget_states(connection: Connection, places: Iterable[str]) -> None:
    """Forget what is known of sources; their items stay seen."""
    connection.execute(delete(table).where(table.c.place.in_(list(places))))
