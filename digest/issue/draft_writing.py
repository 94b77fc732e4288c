"""A draft as a file: TOML that an editor reads and changes; draft_reading reads it.

Whatever is quoted stands there as a number among the quotes that were found, so that
it cannot be changed by a slip. Articles are named by their item's id; those that were
given by hand stand whole at the end, with a sum that shows if they were touched.
"""

from __future__ import annotations

import hashlib
import json
import textwrap
from collections.abc import Iterator, Mapping
from itertools import chain

import msgspec

from digest.issue.draft import Candidate, Draft, Entry
from digest.model import Article, Quote

_HEAD = """\
# A draft of {name}. Nothing is frozen yet; when it is as you like it:
#
#   digest build --from {file}
#
# What you may change:
# - the order of the [[story]] blocks: the first is the large one, and a section stands
#   where its first story stands; `pin = true` puts a story before the others
# - `drop = true` leaves a story out, and it waits for the next issue
# - `headline`, `section`, `subject`, `preheader`
# - `quotes`: numbers from the list below each story; [] for none
# - `articles`: the first is quoted, the others are where it was "also reported"; where
#   you put another one first, delete `quotes`, and its own are taken
# - `note`: your own words below a story, and `editorial` above all of them; both are
#   marked as the editor's
# Quotes and leads are word for word from the articles; no other words get between. What
# you put between quotation marks yourself must stand in the articles too.
"""
_EXTRAS = """\
# editorial = "A paragraph of your own; \\n\\n begins another."

# [sponsor]   # shown below the first story, marked as an advertisement
# name = ""
# text = ""
# url = "https://"
"""
_TEXTS = """\
# ------------------------------------------------------------------------------
# What the items said when this was written, as sums: an item that its source changes
# afterwards is no longer what you have read. Leave these as they are.
"""
_END = """\
# ------------------------------------------------------------------------------
# The articles that were given by hand, as they were read. Leave these as they are.
"""


def written(draft: Draft, *, name: str, file: str) -> str:
    """The draft as TOML; `name` is the newsletter's, `file` where it will stand."""
    given = _given(draft)
    head = _HEAD.format(name=_line(name), file=_line(file))
    parts = [
        head,
        f"series = {toml_text(draft.series)}",
        *_subject(draft),
        *_editorial(draft),
        "",
        *chain.from_iterable(_story(entry, given) for entry in draft.entries),
    ]
    if sums := _sums(draft):
        parts += [_TEXTS, "[texts]"]
        parts += [f'{item} = "{value}"' for item, value in sums.items()]
        parts.append("")
    if given:
        parts.append(_END)
    parts += [_article(article, key) for key, article in given.items()]
    return "\n".join(parts) + "\n"


def _given(draft: Draft) -> Mapping[str, Article]:
    """The articles that are no items, by the names they have in the file."""
    articles = [
        article
        for entry in draft.entries
        if not entry.candidate.items
        for article in (entry.candidate.article, *entry.candidate.others)
    ]
    return {f"article {number}": each for number, each in enumerate(articles, 1)}


def _sums(draft: Draft) -> Mapping[int, str]:
    """The sums of the items' texts."""
    return {
        item: checksum(article.text)
        for entry in draft.entries
        for item, article in told_by(entry.candidate)
    }


def told_by(candidate: Candidate) -> Iterator[tuple[int, Article]]:
    """A story's items, each with its article."""
    articles = (candidate.article, *candidate.others)
    return zip(candidate.items, articles, strict=False)


def _subject(draft: Draft) -> Iterator[str]:
    if draft.subject:
        yield f"subject = {toml_text(draft.subject)}"
    else:
        yield '# subject = ""    # else it is the first headline'
    if draft.preheader:
        yield f"preheader = {toml_text(draft.preheader)}"
    else:
        yield '# preheader = ""  # else it is the other headlines'


def _editorial(draft: Draft) -> Iterator[str]:
    if not draft.editorial and not draft.sponsor:
        yield _EXTRAS
        return
    if draft.editorial:
        yield f"editorial = {toml_text(draft.editorial)}"
    if sponsor := draft.sponsor:
        yield "\n[sponsor]"
        yield f"name = {toml_text(sponsor.name)}"
        yield f"text = {toml_text(sponsor.text)}"
        yield f"url = {toml_text(sponsor.url)}"


def _story(entry: Entry, given: Mapping[str, Article]) -> Iterator[str]:
    candidate = entry.candidate
    articles = (candidate.article, *candidate.others)
    yield "[[story]]"
    yield f"headline = {toml_text(entry.headline)}"
    yield f"section = {toml_text(entry.section)}"
    yield from _wrapped(candidate.summary.lede.text)
    yield f"articles = [{', '.join(_names(candidate, given))}]"
    for article in articles:
        known = (article.source, article.url) if article.url else (article.id,)
        yield f"#   {_line(' · '.join(filter(None, known)))}"
    if candidate.quote_limit and not candidate.items:  # else it is its source's
        yield f"quote_limit = {candidate.quote_limit}"
    yield f"quotes = {[place + 1 for place in entry.quotes]}"
    for number, quote in enumerate(candidate.summary.quotes, 1):
        yield f"#   {number}  {_said(quote)}"
    yield f"note = {toml_text(entry.note)}" if entry.note else '# note = ""'
    for key in ("pin", "drop"):
        yield f"{key} = true" if getattr(entry, key) else f"# {key} = true"
    yield ""


def _wrapped(lede: str) -> list[str]:
    return textwrap.wrap(
        _line(lede), 88, initial_indent="#   ", subsequent_indent="#   "
    )


def _names(candidate: Candidate, given: Mapping[str, Article]) -> Iterator[str]:
    if candidate.items:
        yield from map(str, candidate.items)
        return
    for article in (candidate.article, *candidate.others):
        yield next(toml_text(key) for key, one in given.items() if one is article)


def _said(quote: Quote) -> str:
    by = quote.attribution
    return _line(f"“{quote.span.text}”" + (f" — {by.speaker}" if by else ""))


def _article(article: Article, key: str) -> str:
    content = msgspec.json.encode(article).decode()
    return (
        f"[[article]]\nname = {toml_text(key)}\nsum = {toml_text(checksum(content))}\n"
        f"content = {toml_text(content)}\n"
    )


def checksum(content: str) -> str:
    """By which it shows that an article was touched."""
    return hashlib.blake2b(content.encode(), digest_size=16).hexdigest()


def toml_text(text: str) -> str:
    """A TOML basic string: JSON's, but for one character that JSON lets pass."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", r"\u007f")


def _line(text: str) -> str:
    """Text as it may stand in a comment."""
    return "".join(c for c in " ".join(text.split()) if c.isprintable())
