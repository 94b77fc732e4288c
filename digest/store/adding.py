"""New items: which of a source's articles were not seen before, and which of them wait.

Dates play no part in that, but for posts that look new and are old.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, Row, and_, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from digest.model import Article
from digest.store.identity import Identity, believed, identity
from digest.store.issues import check_moments, encode
from digest.store.items import Standing
from digest.store.tables import item

#: so many posts from before the last look, new all at once, are no news
MANY_OLD = 10
#: a post may come some days after its date
LATE = timedelta(days=7)
#: so many items of a source are asked whether they were called as new ones are
_REMEMBERED = 1000
#: items that are looked for by one statement
_CHUNK = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """How many articles of a source are new, and what became of the others.

    `edited` are among the `known`; `shared` are the kinds of mark (guid, url) that
    the source uses for several items.
    """

    new: int = 0
    known: int = 0
    edited: int = 0
    passed: int = 0
    held: int = 0
    shared: frozenset[str] = frozenset()


def add_items(
    connection: Connection,
    articles: Sequence[Article],
    *,
    source: str,
    section: str,
    now: datetime,
    most: int | None = None,
    since: datetime | None = None,
    hold: bool = False,
    shared: Iterable[str] = (),
    passing: bool = True,
) -> Added:
    """Keep the articles that were not seen before.

    An article is known by its guid or what it says, within its source, or by its
    address, whoever told of it; one that its own source edited is kept as it is now.
    Of the new ones the `most` newest wait for an issue, and the others pass, or without
    `passing` are not kept and stay new. Where ten and more of them are
    from long before `since`, when the source was last read, none waits: they are held,
    as all are with `hold`.

    Raises:
        DatabaseError: a text holds half of a character (a lone surrogate).
        ValueError: a moment has no zone.
    """
    check_moments(*(article.published for article in articles))
    texts = [encode(article) for article in articles]
    marks, unfit = believed([identity(article) for article in articles], shared)
    found = _once(map(_Found, articles, texts, marks), source)
    known = _known(connection, source, [each.marks for each in found])
    edited = sum(
        _refreshed(connection, known[each.marks], each)
        for each in found
        if each.marks in known and known[each.marks].source == source
    )
    fresh = [each for each in found if each.marks not in known]
    new = [each.article for each in fresh]
    hold = hold or (
        since is not None
        and len(new) >= MANY_OLD
        and _looks_old(connection, source, new, since, all_new=not known)
    )
    standings = _standings(new, most, hold=hold)
    rows = [
        {
            "key": each.marks.key(source),
            "guid": each.marks.guid,
            "url": each.marks.url,
            "content": each.marks.content,
            "source": source,
            "section": section,
            "seen_at": now,
            "standing": standing,
            "article": each.text,
        }
        for each, standing in zip(fresh, standings, strict=True)
        if passing or standing is not Standing.PASSED
    ]
    added = [row["standing"] for row in _inserted(connection, rows)]
    return Added(
        new=added.count(Standing.OPEN),
        known=len(articles) - len(added),
        edited=edited,
        passed=added.count(Standing.PASSED),
        held=added.count(Standing.HELD),
        shared=unfit,
    )


class _Found(NamedTuple):
    article: Article
    #: the article as JSON
    text: str
    marks: Identity


def _once(found: Iterable[_Found], source: str) -> list[_Found]:
    """Each item once, though the source may give it twice."""
    first: dict[str, _Found] = {}
    seen: set[tuple[str, str]] = set()
    for each in found:
        marks = {
            (kind, mark)
            for kind in ("guid", "content")
            if (mark := getattr(each.marks, kind))
        }
        if not marks & seen:
            first.setdefault(each.marks.key(source), each)
        seen |= marks
    return list(first.values())


def _known(
    connection: Connection, source: str, found: Sequence[Identity]
) -> dict[Identity, Row[tuple[int, str]]]:
    """The rows of those that were seen before."""
    known = {}
    for start in range(0, len(found), _CHUNK):
        chunk = found[start : start + _CHUNK]
        rows = _rows(connection, source, chunk)
        for each in chunk:
            row = next((rows[m] for m in _marks(each, source) if m in rows), None)
            if row is not None:
                known[each] = row
    return known


def _marks(each: Identity, source: str) -> Iterator[tuple[str, str]]:
    if each.guid:
        yield "guid", each.guid
    if each.url:
        yield "url", each.url
    if each.content:
        yield "content", each.content
    yield "key", each.key(source)


def _rows(
    connection: Connection, source: str, found: Sequence[Identity]
) -> dict[tuple[str, str], Row[tuple[int, str]]]:
    """What is kept, by each of its marks that is looked for."""
    guids = [each.guid for each in found if each.guid]
    contents = [each.content for each in found if each.content]
    urls = [each.url for each in found if each.url]
    keys = [each.key(source) for each in found]
    columns = (
        *(item.c.id, item.c.source, item.c.guid),
        *(item.c.url, item.c.content, item.c.key),
    )
    own = and_(
        item.c.source == source,
        or_(item.c.guid.in_(guids), item.c.content.in_(contents)),
    )
    rows: dict[tuple[str, str], Row[tuple[int, str]]] = {}
    for kinds, where in (
        (("guid", "content"), own),
        (("url",), item.c.url.in_(urls)),
        (("key",), item.c.key.in_(keys)),
    ):
        for row in connection.execute(select(*columns).where(where)):
            for kind in kinds:
                rows.setdefault((kind, getattr(row, kind)), row)  # type: ignore[arg-type]
    return rows


def _refreshed(
    connection: Connection, row: Row[tuple[int, str]], found: _Found
) -> bool:
    """Whether it was edited; then it is kept as it is now, and stays known."""
    content = found.marks.content
    if not content or row.content in {"", content}:
        return False
    values = {"content": content, "article": found.text, "page": False}
    connection.execute(update(item).where(item.c.id == row.id).values(**values))
    return True


def _looks_old(
    connection: Connection,
    source: str,
    fresh: Sequence[Article],
    since: datetime,
    *,
    all_new: bool,
) -> bool:
    """Whether what looks new was rather given other marks: an archive, a move.

    Most of it is from long before we last looked, or has a title that the source gave
    before; of what has no date that counts too where nothing at all is known any more.
    """
    before = since - LATE
    titles = _titles(connection, source)
    old = sum(
        (article.published < before if article.published else all_new)
        or article.title in titles
        for article in fresh
    )
    return old >= MANY_OLD and 2 * old > len(fresh)


class _Titled(msgspec.Struct):
    title: str | None = None


def _titles(connection: Connection, source: str) -> set[str | None]:
    """What the source's latest items are called, where only one is called so."""
    texts = connection.scalars(
        select(item.c.article)
        .where(item.c.source == source)
        .order_by(item.c.id.desc())
        .limit(_REMEMBERED)
    )
    counts = Counter(msgspec.json.decode(text, type=_Titled).title for text in texts)
    return {title for title, count in counts.items() if title and count == 1}


def _standings(
    fresh: Sequence[Article], most: int | None, *, hold: bool
) -> list[Standing]:
    if hold:
        return [Standing.HELD] * len(fresh)
    waiting = [place for place, article in enumerate(fresh) if _tells(article)]
    newest = sorted(waiting, key=lambda place: _newest_first(fresh[place], place))
    taken = set(newest[:most])
    return [
        Standing.OPEN if place in taken else Standing.PASSED
        for place in range(len(fresh))
    ]


def _newest_first(article: Article, place: int) -> tuple[float, int]:
    """As feeds have them: by date, and those without one in their place."""
    return (-article.published.timestamp() if article.published else 0.0, place)


def _tells(article: Article) -> bool:
    """Whether there is anything to read, here or where it leads."""
    return bool(article.text or article.url)


def _inserted(
    connection: Connection, rows: Sequence[dict[str, object]]
) -> Sequence[dict[str, object]]:
    """The rows of which we were the first: another process may collect as we do."""
    try:
        with connection.begin_nested():
            if rows:
                connection.execute(insert(item), rows)
        return rows
    except IntegrityError:
        half = len(rows) // 2
        if not half:
            return []
        first, second = rows[:half], rows[half:]
        return [*_inserted(connection, first), *_inserted(connection, second)]
