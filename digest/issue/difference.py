"""What differs between two issues, story by story; and whether one is still whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from digest.errors import DatabaseError
from digest.model import Article, Issue, Lede, Span, Story


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What differs: `before` is empty where it is new, `after` where it went."""

    what: str
    before: str
    after: str


def differences(one: Issue, other: Issue) -> Iterator[Difference]:
    """What is to be told of the second issue to someone who knows the first.

    A story is the same one if its first article is; numbers and dates are let be.
    """
    for what in ("series", "title", "subject", "preheader", "editorial"):
        yield from _changed(what, getattr(one, what), getattr(other, what))
    yield from _changed("sponsor", _sponsor(one), _sponsor(other))
    before, after = _stories(one), _stories(other)
    for key, (_, story) in before.items():
        if key not in after:
            yield Difference(what="story", before=story.headline, after="")
    for key, (_, story) in after.items():
        if key not in before:
            yield Difference(what="story", before="", after=story.headline)
    both = [key for key in before if key in after]
    for key in both:
        yield from _of_story(before[key], after[key])
    if both != [key for key in after if key in before]:
        order = ["; ".join(s.headline for s in i.stories) for i in (one, other)]
        yield Difference(what="order", before=order[0], after=order[1])


#: a story with the title of its section
Placed = tuple[str, Story]


def _stories(issue: Issue) -> dict[str, Placed]:
    return {
        f"{story.article.url} {story.article.title}": (section.title or "", story)
        for section in issue.sections
        for story in section.stories
    }


def _of_story(before: Placed, after: Placed) -> Iterator[Difference]:
    (section, one), (other_section, other) = before, after
    name = other.headline[:60]
    yield from _changed(f"section of {name!r}", section, other_section)
    yield from _changed("headline", one.headline, other.headline)
    yield from _changed(f"lead of {name!r}", one.lede.text, other.lede.text)
    yield from _changed(f"quotes of {name!r}", _quotes(one), _quotes(other))
    yield from _changed(f"note to {name!r}", one.note, other.note)
    yield from _changed(f"other reports of {name!r}", _also(one), _also(other))


def _changed(what: str, before: str, after: str) -> Iterator[Difference]:
    if before != after:
        yield Difference(what=what, before=before, after=after)


def _quotes(story: Story) -> str:
    return " / ".join(quote.span.text for quote in story.quotes)


def _also(story: Story) -> str:
    return ", ".join(_name(article) for article in story.articles[1:])


def _name(article: Article) -> str:
    return article.source or article.url or article.id


def _sponsor(issue: Issue) -> str:
    sponsor = issue.sponsor
    parts = (sponsor.name, sponsor.text, sponsor.url) if sponsor else ()
    return ", ".join(filter(None, parts))


def recut(issue: Issue) -> Issue:
    """The issue with every lead and quote cut anew from its articles: an equal one.

    Raises:
        DatabaseError: a passage is not what its article says; names the story.
    """
    again = replace(
        issue,
        sections=tuple(
            replace(section, stories=tuple(map(_recut, section.stories)))
            for section in issue.sections
        ),
    )
    for story, new in zip(issue.stories, again.stories, strict=True):
        if story != new:
            raise DatabaseError(
                f"the passages of {story.headline[:60]!r} are not those of its article "
                "any more; take the database of a backup"
            )
    return again


def _recut(story: Story) -> Story:
    text = story.article.text
    quotes = (replace(quote, span=_cut(quote.span, text)) for quote in story.quotes)
    lede = Lede(
        sentences=tuple(_cut(span, text) for span in story.lede.sentences),
        about=story.lede.about,
    )
    return replace(story, lede=lede, quotes=tuple(quotes))


def _cut(span: Span, text: str) -> Span:
    return Span.of(text, span.start, span.end)
