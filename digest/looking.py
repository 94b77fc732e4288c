"""A look at one source: asked if it may be, and what its answer means.

Nothing of it is kept here, and nothing is raised: what fails is said in the look.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from digest.config import Config, Source
from digest.errors import DigestError, FetchError, SourceError
from digest.fetch import USER_AGENT, Fetched, Robots, get, refusal
from digest.model import Article
from digest.sources import listed, polling, read
from digest.sources.feeds import is_whole
from digest.sources.web import feeds_of, read_answer
from digest.store.sources import SourceState


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


#: kinds whose items come and go
FEEDS = frozenset(("feed", "sitemap"))


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
        articles, note = _of_files(str(office.config.at(source.path)))
        return Look(
            source=source, before=state, after=state, articles=articles, note=note
        )
    except DigestError as error:
        return _failed(source, state, str(error), office.now)
    except (RecursionError, MemoryError, ValueError, LookupError, TypeError) as error:
        # a stranger's bytes that a parser of ours cannot take
        reason = f"{source.place}: cannot be read: {type(error).__name__}: {error}"
        return _failed(source, state, " ".join(reason.split())[:300], office.now)


def _of_files(path: str) -> tuple[list[Article], str]:
    """The articles of a file or a folder, and which files could not be read.

    A file that is edited is known by its title; with another it is another.
    """
    found: list[Article] = []
    failed: list[str] = []
    for place in listed(path):
        try:
            found += read(place)
        except SourceError as error:
            failed.append(str(error))
    if failed and not found:
        raise SourceError(failed[0])
    articles = [replace(each, id=f"{each.id}#{each.title}") for each in found]
    return articles, "; ".join(f"left out: {reason}" for reason in failed)


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
    if answer.status == 304 and polling.conditions(state):
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
    if content.kind == "opml":
        reason = f"{source.place}: is a list of feeds; give it as opml, not as url"
        found = _failed(source, state, reason, now)
        return replace(found, after=replace(found.after, kind=content.kind))
    if content.kind in {"page", "text"} and not state.kind:
        _ask_robots(office, answer.final_url)
    broken = content.kind in FEEDS and not is_whole(answer.body)
    kept = {} if broken else headers  # without a validator it is asked for whole
    after = polling.answered(state, kept, now, moved=answer.moved)
    titles = (article.source for article in content.articles if article.source)
    return Look(
        source=source,
        before=state,
        after=replace(after, kind=content.kind, title=next(titles, "")),
        articles=content.articles,
        note=_moved(state, after),
        feeds=() if state.kind or content.kind in FEEDS else feeds_of(answer),
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
