"""Collecting: every source asked politely, its new items kept, none stopping another.

Threads ask, many hosts at a time and each host one thing at a time; one transaction
keeps what some sources gave together with what is known of them now, so that a crash
neither asks for everything again nor loses an item.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from urllib.parse import urlsplit

from sqlalchemy import Connection

from digest.config import Config, Source
from digest.errors import DigestError, FetchError, SourceError
from digest.fetch import USER_AGENT, Fetched, Robots, get, refusal
from digest.model import Article
from digest.sources import opml, polling, read
from digest.sources.feeds import is_whole
from digest.sources.files import read_file
from digest.sources.web import feeds_of, read_answer
from digest.store import Database, items
from digest.store.items import Added
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What one look at a source gave, before anything of it is kept."""

    source: Source
    before: SourceState
    after: SourceState
    articles: Sequence[Article] = ()
    unchanged: bool = False
    failed: str = ""
    note: str = ""
    #: of a page, the feeds that it names
    feeds: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """What looking at sources needs: settings, the time, and who asks."""

    config: Config
    now: datetime
    robots: Robots

    @classmethod
    def of(cls, config: Config, now: datetime) -> Office:
        return cls(config=config, now=now, robots=Robots(lambda url: _get(url, config)))

    def get(self, url: str, headers: dict[str, str] | None = None) -> Fetched:
        return _get(url, self.config, headers)


def _get(url: str, config: Config, headers: dict[str, str] | None = None) -> Fetched:
    """Asked in our name, with where to complain, if there is such a place."""
    home = config.newsletter.base_url
    agent = USER_AGENT.replace("(", f"(+{home}; ", 1) if home else USER_AGENT
    return get(
        url,
        headers={"User-Agent": agent, **(headers or {})},
        allow_private=config.fetch.allow_private,
        deadline=config.fetch.deadline,
        cap=round(config.fetch.cap * 1_000_000),
    )


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


def look(
    office: Office,
    source: Source,
    state: SourceState,
    *,
    every: timedelta = timedelta(0),
) -> Look:
    """Ask one source; what fails is said in the look, and never raised."""
    try:
        if source.url:
            return _asked(office, source, state, every)
        articles = _of_files(str(office.config.at(source.path)))
        return Look(source=source, before=state, after=state, articles=articles)
    except DigestError as error:
        return _failed(source, state, str(error), office.now)
    except (RecursionError, MemoryError, ValueError, LookupError, TypeError) as error:
        # a stranger's bytes that a parser of ours cannot take
        reason = f"{source.place}: cannot be read: {type(error).__name__}: {error}"
        return _failed(source, state, " ".join(reason.split())[:300], office.now)


def _of_files(path: str) -> list[Article]:
    """A file that is edited is known by its title; with another it is another."""
    return [replace(each, id=f"{each.id}#{each.title}") for each in read(path)]


def _failed(
    source: Source,
    state: SourceState,
    reason: str,
    now: datetime,
    headers: Mapping[str, str] | None = None,
) -> Look:
    if not reason.startswith(source.place):  # it is of another place on the way
        reason = f"{source.place}: {reason}"
    after = polling.failed(state, reason, now, headers or {})
    return Look(source=source, before=state, after=after, failed=reason)


def _asked(
    office: Office, source: Source, state: SourceState, every: timedelta
) -> Look:
    now, url = office.now, state.url or source.url
    if state.off:
        return Look(source=source, before=state, after=state, note=_gone(source))
    if until := polling.rest(state, now, every):
        return _resting(source, state, until)
    if state.kind == "page":
        _ask_robots(office, url)
    answer = office.get(url, polling.conditions(state))
    return _understood(office, source, state, answer)


def _resting(source: Source, state: SourceState, until: datetime) -> Look:
    again = f"asked again from {until:%Y-%m-%d %H:%M} UTC"
    if state.failures:
        failed = f"{state.reason}; {again}"
        return Look(source=source, before=state, after=state, failed=failed)
    return Look(source=source, before=state, after=state, unchanged=True, note=again)


def _gone(source: Source) -> str:
    return f"{polling.GONE}; digest sources remove {source.place}"


def _ask_robots(office: Office, url: str) -> None:
    if not office.robots.allows(url):
        host = urlsplit(url).netloc
        raise FetchError(
            f"{url}: {host}/robots.txt keeps programs from this page; use its feed, or "
            "save the page as a file"
        )


def _understood(
    office: Office, source: Source, state: SourceState, answer: Fetched
) -> Look:
    now, headers = office.now, answer.headers
    if answer.status == 304:
        after = polling.unchanged(state, headers, now, moved=answer.moved)
        note = _moved(state, after)
        return Look(source=source, before=state, after=after, unchanged=True, note=note)
    if answer.status == 410:
        after = polling.gone(state, now)
        failed = f"{source.place}: {_gone(source)}"
        return Look(source=source, before=state, after=after, failed=failed)
    if not 200 <= answer.status < 300:
        reason = f"{source.place}: {_refused(answer.status)}"
        return _failed(source, state, reason, now, headers)
    try:
        content = read_answer(answer, selector=source.selector, now=now)
    except SourceError as error:
        feeds = () if state.kind else feeds_of(answer)
        way_out = f"; it names a feed: digest sources add {feeds[0]}" if feeds else ""
        return replace(_failed(source, state, f"{error}{way_out}", now), feeds=feeds)
    if content.kind in {"page", "text"} and not state.kind:
        _ask_robots(office, answer.final_url)
    broken = content.kind in _FEEDS and not is_whole(answer.body)
    kept = {} if broken else headers  # without a validator it is asked for whole
    after = polling.answered(state, kept, now, moved=answer.moved)
    titles = (article.source for article in content.articles if article.source)
    return Look(
        source=source,
        before=state,
        after=replace(after, kind=content.kind, title=next(titles, "")),
        articles=content.articles,
        note=_moved(state, after),
        feeds=() if state.kind or content.kind in _FEEDS else feeds_of(answer),
    )


def _refused(status: int) -> str:
    said = refusal(status)
    if status in {401, 402, 403, 451}:
        return f"{said}; it does not want to be read by programs, or not from here"
    if status == 404:
        return f"{said}; look for the source's new address"
    return f"{said}; it is asked again later"


def _moved(before: SourceState, after: SourceState) -> str:
    moved = after.url and after.url != before.url
    return f"has moved to {after.url}; write that into digest.toml" if moved else ""


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
    newcomer = after.kind in _FEEDS and before.read_at is None
    added = items.add_items(
        connection,
        found.articles,
        source=source.place,
        section=source.section,
        now=now,
        most=min(first, source.limit) if newcomer else source.limit,
        since=before.read_at if after.kind in _FEEDS else None,
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
        note=_held(source, added) if added.held else found.note,
    )


_FEEDS = frozenset(("feed", "sitemap"))


def _held(source: Source, added: Added) -> str:
    return (
        f"{added.held} posts look new but old; they wait until you say what they are: "
        f"digest sources release {source.place}, with --seen if they are known"
    )
