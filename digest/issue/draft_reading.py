"""A draft read back from its file, with the place of whatever is wrong in it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import msgspec

from digest.errors import SourceError
from digest.issue.draft import ROW_QUOTES, Candidate, Draft, Entry, key_quotes
from digest.issue.draft_writing import checksum, told_by
from digest.model import Article, Sponsor

#: an article's item, or the article itself where it was given by hand
Source = int | Article
#: the articles of a story, the one to quote first → what was found in them
Resolve = Callable[[Sequence[Source]], Candidate]


class _Story(msgspec.Struct, forbid_unknown_fields=True):
    headline: str
    articles: list[int | str]
    section: str = ""
    quotes: list[int] | None = None
    note: str = ""
    pin: bool = False
    drop: bool = False
    quote_limit: int = 0


class _Given(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    sum: str
    content: str


class _Sponsor(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    text: str = ""
    url: str = ""

    def value(self) -> Sponsor:
        return Sponsor(name=self.name, text=self.text, url=self.url)


class _File(msgspec.Struct, forbid_unknown_fields=True):
    series: str
    story: list[_Story] = []
    subject: str = ""
    preheader: str = ""
    editorial: str = ""
    sponsor: _Sponsor | None = None
    article: list[_Given] = []
    texts: dict[str, str] = {}


def read_back(text: str, *, file: str, resolve: Resolve) -> Draft:
    """The draft that `written` wrote, as it is now.

    Raises:
        SourceError: it is no draft, or names what there is not; says file and line.
    """
    place = _Place(file, text)
    try:
        read = msgspec.convert(tomllib.loads(text), _File)
    except tomllib.TOMLDecodeError as error:
        raise SourceError(place.of_toml(error)) from error
    except msgspec.ValidationError as error:
        raise SourceError(place.of_path(error)) from error
    given = {
        each.name: _checked(each, place.at("article", nth))
        for nth, each in enumerate(read.article)
    }
    _once(read.story, place)
    for name in read.texts:
        if not name.isdecimal():
            where = place.at("texts", key=name)
            raise SourceError(f"{where}: a draft has no {name!r} here")
    return Draft(
        series=read.series,
        entries=tuple(
            _unchanged(
                _entry(story, given, resolve, place, nth), read.texts, place, nth
            )
            for nth, story in enumerate(read.story)
        ),
        subject=read.subject,
        preheader=read.preheader,
        editorial=read.editorial,
        sponsor=_sponsored(read.sponsor, place) if read.sponsor else None,
        lines=_lines(read, place),
    )


def _lines(read: _File, place: _Place) -> dict[str, int]:
    """Where an editor's words stand, by what the verbatim check calls the place."""
    lines = {
        "the subject": place.line("subject"),
        "the preheader": place.line("preheader"),
        "the editor's paragraph": place.line("editorial"),
    }
    for nth, story in enumerate(read.story):
        if not story.drop:
            lines[story.headline] = place.line("story", nth, "headline")
            lines[f"{story.headline} (note)"] = place.line("story", nth, "note")
    return lines


def _sponsored(sponsor: _Sponsor, place: _Place) -> Sponsor:
    if sponsor.url and not re.match(r"https?://[^/\s]", sponsor.url):
        raise SourceError(
            f"{place.at('sponsor', key='url')}: {sponsor.url[:60]!r} is no address of "
            "the web"
        )
    return sponsor.value()


def _once(stories: Sequence[_Story], place: _Place) -> None:
    """No article is in two stories of the issue."""
    seen: set[int | str] = set()
    for nth, story in enumerate(stories):
        if story.drop:
            continue
        if again := seen.intersection(story.articles):
            raise SourceError(
                f"{place.at('story', nth, 'articles')}: {min(again, key=str)} is in an "
                "earlier story; take it out of one of them, or drop one"
            )
        seen.update(story.articles)


def _checked(given: _Given, where: str) -> Article:
    if checksum(given.content) != given.sum:
        raise SourceError(
            f"{where}: {given.name} was changed; write the draft anew from its file"
        )
    try:
        return msgspec.json.decode(given.content, type=Article)
    except msgspec.DecodeError as error:
        raise SourceError(f"{where}: {given.name} is no article: {error}") from error


def _entry(
    story: _Story,
    given: Mapping[str, Article],
    resolve: Resolve,
    place: _Place,
    nth: int,
) -> Entry:
    if not story.drop and not story.headline.strip():
        raise SourceError(
            f"{place.at('story', nth, 'headline')}: a story needs a headline; to leave "
            "it out, drop it"
        )
    if len(set(story.quotes or ())) < len(story.quotes or ()):
        raise SourceError(
            f"{place.at('story', nth, 'quotes')}: a quote stands there twice"
        )
    where = place.at("story", nth, "articles")
    candidate = _resolved(story.articles, given, resolve, where)
    if story.quote_limit:
        candidate = replace(candidate, quote_limit=story.quote_limit)
    count = len(candidate.summary.quotes)
    for number in story.quotes or ():
        if not 1 <= number <= count:
            there_is = f"there are 1 to {count}" if count else "it has none"
            raise SourceError(
                f"{place.at('story', nth, 'quotes')}: there is no quote {number} in "
                f"{candidate.article.title or candidate.article.id!r}; {there_is}"
            )
    return Entry(
        candidate=candidate,
        headline=story.headline,
        section=story.section,
        quotes=key_quotes(candidate.summary)[:ROW_QUOTES]
        if story.quotes is None
        else tuple(number - 1 for number in story.quotes),
        note=story.note,
        pin=story.pin,
        drop=story.drop,
    )


def _unchanged(
    entry: Entry, texts: Mapping[str, str], place: _Place, nth: int
) -> Entry:
    """The entry, if its items still say what the editor has read."""
    for item, article in told_by(entry.candidate):
        known = texts.get(str(item))
        if known and known != checksum(article.text):
            raise SourceError(
                f"{place.at('story', nth, 'articles')}: the source of item {item} has "
                "changed it since the draft was written; write the draft anew"
            )
    return entry


def _resolved(
    names: Sequence[int | str],
    given: Mapping[str, Article],
    resolve: Resolve,
    where: str,
) -> Candidate:
    if not names:
        raise SourceError(
            f"{where}: a story needs an article; to leave it out, drop it"
        )
    if len({type(name) for name in names}) > 1 or len(set(names)) < len(names):
        raise SourceError(f"{where}: name items or articles given by hand, each once")
    for name in names:
        if isinstance(name, str) and name not in given:
            raise SourceError(f"{where}: there is no [[article]] named {name!r}")
    try:
        return resolve([given[one] if isinstance(one, str) else one for one in names])
    except SourceError as error:
        raise SourceError(f"{where}: {error}") from error


_TABLE = re.compile(r"\s*\[+\s*(\w+)\s*\]")


class _Place:
    """Where things stand in the file, for errors."""

    def __init__(self, file: str, text: str) -> None:
        self._file = file
        self._lines = text.split("\n")
        #: the lines where each table begins
        self._starts: dict[str, list[int]] = {}
        for number, line in enumerate(self._lines):
            if found := _TABLE.match(line):
                self._starts.setdefault(found[1], []).append(number)

    def at(self, table: str, nth: int = 0, key: str = "") -> str:
        return f"{self._file}:{self.line(table, nth, key)}"

    def line(self, table: str, nth: int = 0, key: str = "") -> int:
        """The line of a key, or of its table where it has none; from 1."""
        starts = self._starts.get(table, [])
        start = starts[nth] if table and nth < len(starts) else 0
        key = key or ("" if starts else table)  # or it is written as a value
        if not key:
            return start + 1
        named = re.compile(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=")
        for number, line in enumerate(self._lines[start:], start):
            if named.match(line):
                return number + 1
            if number > start and line.lstrip().startswith("["):
                break
        return start + 1

    def of_toml(self, error: tomllib.TOMLDecodeError) -> str:
        reason, _, where = str(error).partition(" (at ")
        line = re.match(r"line (\d+)", where)
        number = line[1] if line else str(max(len(self._lines), 1))
        return f"{self._file}:{number}: {reason}"

    def of_path(self, error: msgspec.ValidationError) -> str:
        """The error of msgspec, whose path tells the table and the key."""
        reason, _, path = str(error).partition(" - at `$")
        found = re.match(r"(?:\.(story|article|sponsor)(?:\[(\d+)\])?)?\.?(\w*)", path)
        table, nth, key = found.groups() if found else ("", "", "")
        if unknown := re.search(r"unknown field `([^`]*)`", reason):
            key = unknown[1]
            reason = f"a draft has no {key!r} here"
        return f"{self.at(table or '', int(nth or 0), key)}: {_in_words(reason)}"


_KINDS = {
    "str": "a text",
    "int": "a whole number",
    "bool": "true or false",
    "array": "a list",
    "object": "a table",
    "int | str": "the id of an item, or the name of an article given by hand",
}


def _in_words(reason: str) -> str:
    """What msgspec says, for an editor."""
    if kinds := re.fullmatch(r"Expected `(.+?)(?: \| null)?`, got `(.+)`", reason):
        wanted, given = (_KINDS.get(kind, kind) for kind in kinds.groups())
        return f"must be {wanted}, not {given}"
    if lacking := re.fullmatch(r"Object missing required field `(.+)`", reason):
        return f"lacks its {lacking[1]!r}"
    return reason[:1].lower() + reason[1:]
