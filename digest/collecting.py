"""Collecting: every source asked politely, its new items kept, none stopping another.

Threads ask, many hosts at a time and each host one thing at a time; one transaction
keeps what some sources gave together with what is known of them now, so that a crash
neither asks for everything again nor loses an item.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from urllib.parse import urlsplit

from sqlalchemy import Connection

from digest.config import Config, Source
from digest.errors import DigestError, SourceError
from digest.fetch import refusal
from digest.looking import FEEDS, Look, Office, look
from digest.sources import opml
from digest.sources.files import read_file
from digest.store import Database
from digest.store.adding import Added, add_items
from digest.store.sources import SourceState, keep_state, source_states

#: hosts that are asked at a time
AT_ONCE = 16
#: sources whose items are kept by one transaction
TOGETHER = 50
#: what runs by itself asks a source no sooner again
HOURLY = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """What a source gave: how many articles are new, and what became of the others.

    `note` says what there is to know of it where nothing has failed.
    """

    place: str
    new: int = 0
    known: int = 0
    edited: int = 0
    passed: int = 0
    held: int = 0
    unchanged: bool = False
    failed: str = ""
    note: str = ""


def collect(
    database: Database,
    config: Config,
    clock: Callable[[], datetime],
    *,
    every: timedelta = timedelta(0),
) -> list[Collected]:
    """Read every source into the item store; one that fails stops no other.

    None is asked sooner than `every` after the last time, nor before its server wants.
    """
    office = Office.of(config, clock())
    with database.read() as connection:
        states = source_states(connection)
    sources, failed = every_source(config, office)
    found = {each.place: each for each in failed}
    for chunk in _chunks(_looks(office, sources, states, every)):
        kept = keep_all(database, chunk, config, office.now)
        found |= {each.place: each for each in kept}
    order = [source.place for source in (*config.source, *sources)]
    return [found[place] for place in dict.fromkeys(order) if place in found]


def every_source(
    config: Config, office: Office
) -> tuple[list[Source], list[Collected]]:
    """The sources, those of lists among them, and which lists could not be read."""
    found: dict[str, Source] = {}
    failed = []
    for source in config.source:
        try:
            listed = _of_list(source, config, office) if source.opml else [source]
        except DigestError as error:
            failed.append(Collected(place=source.place, failed=str(error)))
            continue
        for each in listed:
            found.setdefault(each.place, each)
    return list(found.values()), failed


def _of_list(source: Source, config: Config, office: Office) -> list[Source]:
    """A source for each feed of an OPML file, in the section of its folder."""
    place = source.opml
    if urlsplit(place).scheme in {"http", "https"}:
        answer = office.get(place)
        if not answer.body:
            raise SourceError(f"{place}: {refusal(answer.status)}")
        data = answer.body
    else:
        data = read_file(config.at(place))
    return [
        replace(source, url=each.url, section=source.section or each.section)
        for each in opml.read_opml(data, id=place)
    ]


def try_source(office: Office, source: Source, *, page: bool = False) -> list[Look]:
    """A first look at a source; of a page at the feed it names, without `page`.

    Raises:
        SourceError: it is a list that cannot be read.
    """
    if source.opml:
        feeds = _of_list(source, office.config, office)
        return list(_looks(office, feeds, {}, timedelta(0)))
    found = look(office, source, SourceState(place=source.place))
    if found.after.kind == "opml":
        return try_source(office, replace(source, url="", opml=source.url))
    if page or not found.feeds:
        return [found]
    feed = replace(source, url=found.feeds[0])
    return [look(office, feed, SourceState(place=feed.place))]


# --- Looking --------------------------------------------------------------------


def _looks(
    office: Office,
    sources: Sequence[Source],
    states: dict[str, SourceState],
    every: timedelta,
) -> Iterator[Look]:
    """A look at each source; hosts are asked at once, a host's sources in turn."""
    hosts: dict[str, list[tuple[Source, SourceState]]] = defaultdict(list)
    for source in sources:
        state = states.get(source.place) or SourceState(place=source.place)
        host = urlsplit(state.url or source.url).hostname or ""
        hosts[host].append((source, state))

    def in_turn(mine: list[tuple[Source, SourceState]]) -> list[Look]:
        return [look(office, *each, every=every) for each in mine]

    turns = [
        mine[start : start + TOGETHER]
        for mine in hosts.values()
        for start in range(0, len(mine), TOGETHER)
    ]
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        # not kept in a variable: what one gave is let go of once it is yielded
        for done in as_completed({pool.submit(in_turn, mine) for mine in turns}):
            yield from done.result()


# --- Keeping ----------------------------------------------------------------------


def _chunks(looks: Iterator[Look]) -> Iterator[list[Look]]:
    while chunk := list(islice(looks, TOGETHER)):
        yield chunk


def keep_all(
    database: Database, looks: Sequence[Look], config: Config, now: datetime
) -> list[Collected]:
    """Keep what the looks gave; one whose items cannot be kept stops no other."""
    kept: list[Collected] = []
    with database.write() as connection:
        for each in looks:
            try:
                with connection.begin_nested():
                    kept.append(keep(connection, each, config, now))
            except (DigestError, ValueError) as error:
                kept.append(Collected(place=each.source.place, failed=str(error)))
    return kept


def keep(
    connection: Connection, found: Look, config: Config, now: datetime
) -> Collected:
    """Keep the items of one look, and what is known of the source now."""
    source, before, after = found.source, found.before, found.after
    first = source.first or config.fetch.first
    newcomer = after.kind in FEEDS and before.read_at is None
    added = add_items(
        connection,
        found.articles,
        source=source.place,
        section=source.section,
        now=now,
        most=min(first, source.limit) if newcomer else source.limit,
        since=before.read_at if after.kind in FEEDS else None,
        hold=before.held,
        shared=before.shared,
        passing=bool(source.url),
    )
    held = before.held or bool(added.held)
    if source.url and after != before:
        shared = tuple(sorted(added.shared)) or before.shared
        listed = (source.section or " ") if source.opml else ""
        state = replace(after, held=held, shared=shared, listed=listed)
        keep_state(connection, state)
    return Collected(
        place=source.place,
        new=added.new,
        known=added.known,
        edited=added.edited,
        passed=added.passed,
        held=added.held,
        unchanged=found.unchanged,
        failed=found.failed,
        note=_note(source, added, newcomer=newcomer, joining=before.held) or found.note,
    )


def _note(source: Source, added: Added, *, newcomer: bool, joining: bool) -> str:
    """What a person should know of items that do not wait for an issue."""
    posts = "1 post" if added.held == 1 else f"{added.held} posts"
    look = f"look at them: digest sources release {source.place} --dry-run"
    if added.held and joining:
        return f"{posts} more held, as long as the source is; {look}"
    if added.held:
        return f"{posts} seem new but are old, and are held; {look}"
    if added.passed and not newcomer:
        return f"beyond its limit of {source.limit} at a time they count as seen"
    return ""
