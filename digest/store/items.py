"""Items: articles as they were collected, and which series has used them.

That an item is there means that it was seen; used is a fact of each series, so a
daily digest takes nothing away from the weekly.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import (
    Connection,
    Row,
    and_,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from digest.errors import SourceError, TryAgain
from digest.model import Article
from digest.store.identity import Identity, believed, identity
from digest.store.issues import check_moments, decode, encode
from digest.store.tables import issue, item, item_use

#: so many posts from before the last look, new all at once, are no news
MANY_OLD = 10
#: a post may come some days after its date
LATE = timedelta(days=7)
#: items that are looked for by one statement
_CHUNK = 500


class Standing(StrEnum):
    """Whether an item may go into an issue."""

    #: it waits for one
    OPEN = "open"
    #: it was there before we came, or beyond what is taken at a time
    PASSED = "passed"
    #: a person is to say whether it is new
    HELD = "held"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An article as collected, with its source's place and section."""

    id: int
    source: str
    section: str
    article: Article
    seen_at: datetime


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
    address, whoever told of it; one that was edited is known, and kept as it is now.
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
        if each.marks in known
    )
    fresh = [each for each in found if each.marks not in known]
    new = [each.article for each in fresh]
    hold = hold or _looks_old(new, since, all_new=not known)
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
    columns = (item.c.id, item.c.guid, item.c.url, item.c.content, item.c.key)
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
    fresh: Sequence[Article], since: datetime | None, *, all_new: bool
) -> bool:
    """Whether what looks new was rather given other marks: an archive, a move.

    Most of it is from long before we last looked; of what has no date only that
    counts where nothing at all is known any more.
    """
    if since is None:
        return False
    before = since - LATE
    old = sum(
        article.published < before if article.published else all_new
        for article in fresh
    )
    return old >= MANY_OLD and 2 * old > len(fresh)


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


def unused(connection: Connection, series: str) -> list[Item]:
    """The items that no issue of the series has used, in the order they came."""
    used = select(item_use.c.item_id).where(item_use.c.series == series)
    rows = connection.execute(
        select(item)
        .where(item.c.standing == Standing.OPEN, item.c.id.not_in(used))
        .order_by(item.c.id)
    )
    return [_item(row) for row in rows]


def _item(row: Row[Any]) -> Item:
    return Item(
        id=row.id,
        source=row.source,
        section=row.section,
        article=decode(row.article, Article, f"item {row.id}"),
        seen_at=row.seen_at,
    )


def get_items(connection: Connection, ids: Sequence[int]) -> list[Item]:
    """The items of these ids, in their order.

    Raises:
        SourceError: there is no item of one of them.
    """
    known = [one for one in ids if 0 < one < 2**63]  # any number may be asked for
    rows = connection.execute(select(item).where(item.c.id.in_(known)))
    found = {row.id: _item(row) for row in rows}
    for one in ids:
        if one not in found:
            raise SourceError(f"there is no item {one} in the database")
    return [found[one] for one in ids]


def give_back(connection: Connection, issue_id: int) -> int:
    """Let the items that an issue used wait for another; how many they are."""
    return connection.execute(
        delete(item_use).where(item_use.c.issue_id == issue_id)
    ).rowcount


def used_since(
    connection: Connection, series: str, number: int
) -> list[tuple[int, Article]]:
    """What the issues of a series from a number on have used, with their numbers."""
    rows = connection.execute(
        select(issue.c.number, item.c.id, item.c.article)
        .join_from(item_use, item, item_use.c.item_id == item.c.id)
        .join(issue, item_use.c.issue_id == issue.c.id)
        .where(item_use.c.series == series, issue.c.number >= number)
        .order_by(issue.c.number.desc(), item.c.id)
    )
    return [
        (row.number, decode(row.article, Article, f"item {row.id}")) for row in rows
    ]


def count_used(connection: Connection, issue_id: int) -> int:
    """How many items an issue has used."""
    where = item_use.c.issue_id == issue_id
    return connection.scalar(select(func.count()).where(where)) or 0


def keep_text(connection: Connection, item_id: int, article: Article) -> None:
    """Put what its page says in the place of what its feed said of it."""
    values = {"article": encode(article), "page": True}
    connection.execute(update(item).where(item.c.id == item_id).values(**values))


def without_page(connection: Connection, items: Iterable[int]) -> set[int]:
    """Those of the items whose page was not read yet."""
    rows = select(item.c.id).where(item.c.id.in_(list(items)), ~item.c.page)
    return set(connection.scalars(rows))


def held(connection: Connection) -> dict[str, int]:
    """How many items of each source are held."""
    rows = connection.execute(
        select(item.c.source).where(item.c.standing == Standing.HELD)
    )
    counts: dict[str, int] = {}
    for row in rows:
        counts[row.source] = counts.get(row.source, 0) + 1
    return counts


def release(connection: Connection, source: str, standing: Standing) -> int:
    """Let a source's held items wait for an issue, or pass; how many they are."""
    where = (item.c.source == source, item.c.standing == Standing.HELD)
    return connection.execute(
        update(item).where(*where).values(standing=standing)
    ).rowcount


def pass_over(connection: Connection, sources: Sequence[str]) -> int:
    """Let nothing of these sources wait for an issue any more; how many did."""
    waiting = item.c.standing.in_([Standing.OPEN, Standing.HELD])
    unused = item.c.id.not_in(select(item_use.c.item_id))
    return connection.execute(
        update(item)
        .where(item.c.source.in_(sources), waiting, unused)
        .values(standing=Standing.PASSED)
    ).rowcount


def mark_used(
    connection: Connection, series: str, items: Sequence[int], issue_id: int
) -> None:
    """Say that an issue of a series has used items.

    Raises:
        TryAgain: another issue of the series has used one of them meanwhile.
    """
    rows = [{"series": series, "item_id": one, "issue_id": issue_id} for one in items]
    if not rows:
        return
    try:
        connection.execute(insert(item_use), rows)
    except IntegrityError as error:
        raise TryAgain(
            f"another issue of {series} was built of these items at the same time; "
            "build again"
        ) from error


def used_by(connection: Connection, series: str, items: Sequence[int]) -> int | None:
    """The issue of a series that has used one of the items; None if none has."""
    first: int | None = connection.scalar(
        select(func.min(item_use.c.issue_id)).where(
            item_use.c.series == series, item_use.c.item_id.in_(items)
        )
    )
    return first
