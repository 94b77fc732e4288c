"""Text → Article: paragraphs and boilerplate set apart, every offset kept."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from digest.model import Article, Image, Span
from digest.sources.blocks import Block, blocks, trimmed
from digest.sources.boilerplate import (
    Line,
    addresses_reader,
    authors,
    is_appeal,
    is_biography,
    is_boilerplate,
    is_byline,
    is_end,
    is_figures,
    is_name,
    is_signature,
    is_signed,
    is_time,
    surname,
)
from digest.sources.fields import one_line
from digest.sources.flattened import unflattened
from digest.sources.words import tokens, words

_SENTENCE = 25  # words from which a line is prose even without a full stop
_HEAD = 8  # blocks at either end among which the title may be repeated
_LONGEST_TITLE = 300  # characters
_LITTLE = 3  # what comes after an article has at most 1/3 of its words
_HEADING = 14  # words up to which a line without a full stop is a heading
_MARKDOWN_TITLE = re.compile(r"(?:#\s+|title:\s*)(\S.*)", re.IGNORECASE)
# As in: WASHINGTON (AP) — ; (CNN) -- ; BERLIN, Dec. 8 (dpa) - ; PARIS — ; before
# what can begin a sentence: "Paris — the city" is one already.
_DATELINE = re.compile(
    r"""(?: (?:[^\W\d_][\w.'’/-]*(?:[ ,]{1,2}[\w.'’/-]+){0,7}[ ,]{0,2})?
            [(/][^\W\d_][\w ./&-]{1,30}[)/]\.?\s{0,2}(?:—|–|--?|:)\s{0,2}
          | (?:[^\W\d_][\w.'’/-]*(?:[ ,]{1,2}[\w.'’/-]+){0,4}[ ,]{0,2})?
            \(CNN(?:[ ]\w+)?\)\s{0,2}
          | [A-ZÀ-Þ]{2}[A-ZÀ-Þ.'’-]*(?:[ ][A-ZÀ-Þ.'’-]{2,}){0,4}
            (?:,[ ][\w.'’-]+(?:[ ][\w.'’-]+)?){0,2}\s{0,2}(?:—|–|--|[ ]-)\s{1,2}
          | [A-ZÀ-Þ][\w'’-]+(?:[ ][A-ZÀ-Þ][\w'’-]+){0,2},[ ]
            (?:[A-Z][a-z]{2,8}\.?[ ]\d{1,2}|\d{1,2}\.?[ ][A-ZÀ-Þ][a-zä]{2,8}\.?)
            \s{0,2}(?:—|–|--?|:)\s{1,2}
          | \d{1,2}[:.]\d{2}(?:[ ]?[ap]\.?m\.?)?\s{0,2}(?:—|–|--)\s{1,2}
        )(?=["'“‘«„(]?[A-ZÀ-Þ0-9])
    """,
    re.VERBOSE,
)
_TAIL = 200  # characters that a link at a paragraph's end may have
_CUT_OFF = frozenset(("[…]", "[...]", "(…)", "(...)", "[&#8230;]", "[&hellip;]"))
_SENTENCE_END = re.compile(r"([.!?…][\"”’»)\]]*)\s+")
_MARKED = frozenset(("p", "item", "quote", "cell"))  # a page says what they are


def read_text(
    text: str,
    *,
    id: str,
    title: str | None = None,
    url: str | None = None,
    byline: str | None = None,
    published: datetime | None = None,
    language: str | None = None,
    image: Image | None = None,
    source: str | None = None,
) -> Article:
    """The article in a plain text.

    `text` is kept exactly as given, offsets count its code points. Paragraphs
    may be parted by blank lines or single line ends, and lines may be wrapped.
    Any text is read without error; one that is no article has no paragraphs.
    """
    given = blocks(text)
    if (
        title is None
        and given
        and (match := _MARKDOWN_TITLE.match(_of(text, given[0])))
    ):
        title = _as_title(match[1].strip(" #"))
    lines = list(unflattened(text, given))
    sorted_out = sort_out(text, lines, title=title, byline=byline)
    return Article(
        id=id,
        text=text,
        paragraphs=tuple(sorted_out.paragraphs),
        boilerplate=tuple(sorted_out.boilerplate),
        title=title or sorted_out.headline,
        url=url,
        byline=byline,
        published=published,
        language=language,
        image=image,
        source=source,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorted:
    """Paragraphs and boilerplate in order, and the headline if it stood first."""

    paragraphs: list[Span]
    boilerplate: list[Span]
    headline: str | None


def sort_out(
    text: str, given: Sequence[Block], *, title: str | None, byline: str | None = None
) -> Sorted:
    """Parts the blocks of a text into the article and what stands around it."""
    end = given[-1].end if given else 0
    given = [p for b in given for p in _parted(text, b, last=b.end == end)]
    lines = [Line.of(_of(text, block)) for block in given]
    kinds = [_kind(block, line) for block, line in zip(given, lines, strict=True)]
    _set_apart_title(lines, kinds, tokens(title or ""))
    _keep_signatures(lines, kinds)
    _set_apart_cited(given, lines, kinds)
    _set_apart_author(lines, kinds, byline)
    _set_apart_appeals(lines, kinds)
    _set_apart_end(lines, kinds)
    inside = _inside(given, lines, kinds)
    paragraphs: list[Span] = []
    boilerplate: list[Span] = []
    for number, block in enumerate(given):
        if number not in inside:
            boilerplate.append(Span.of(text, block.start, block.end))
            continue
        start = block.start if len(paragraphs) > 1 else _after_dateline(text, block)
        if start > block.start:
            head = trimmed(text, block.start, start)
            boilerplate.append(Span.of(text, head.start, head.end))
        paragraphs.append(Span.of(text, start, block.end))
    return Sorted(
        paragraphs=paragraphs,
        boilerplate=boilerplate,
        headline=_headline(lines, kinds) if min(inside, default=0) else None,
    )


def _inside(
    given: Sequence[Block], lines: Sequence[Line], kinds: Sequence[str]
) -> set[int]:
    """The numbers of the blocks that are the article's paragraphs."""
    prose = [number for number, kind in enumerate(kinds) if kind == "prose"]
    if not prose:
        return {number for number, kind in enumerate(kinds) if kind == "short"}
    return {
        number
        for number in range(prose[0], prose[-1] + 1)
        if _belongs(given[number], lines[number], kinds[number])
    }


def _of(text: str, block: Block) -> str:
    return text[block.start : block.end]


def _kind(block: Block, line: Line) -> str:
    """prose, short (no sentence) or boilerplate."""
    if block.tag == "cell" and is_figures(line):
        return "short"
    if block.tag == "aside" or is_boilerplate(line) or is_byline(line):
        return "boilerplate"
    if block.tag == "head" or line.text.startswith("#"):
        return "short"
    leads_on = line.text.endswith(":") and line.length > _HEADING
    if line.ended or leads_on or line.length >= _SENTENCE or is_signed(line):
        return "prose"
    return "prose" if _DATELINE.match(line.text[:120]) else "short"


def _set_apart_title(
    lines: Sequence[Line], kinds: list[str], title: Sequence[str]
) -> None:
    """The title repeated at either end. A lead may come near it, but not so near."""
    ends = {*range(_HEAD), *range(len(lines) - _HEAD, len(lines))}
    for number in sorted(ends & set(range(len(lines)))):
        least = 0.9 if lines[number].ended else 0.7
        if same(lines[number].tokens, title, least=least):
            kinds[number] = "title"


def _keep_signatures(lines: Sequence[Line], kinds: list[str]) -> None:
    """Who said it, in a line of its own under a quotation, goes with that."""
    for number in range(1, len(lines)):
        under = kinds[number] == "short" and kinds[number - 1] == "prose"
        if under and is_signature(lines[number], lines[number - 1]):
            kinds[number] = "prose"


def _set_apart_cited(
    given: Sequence[Block], lines: Sequence[Line], kinds: list[str]
) -> None:
    """A block quotation without marks, over the name of who is cited.

    Among the paragraphs it would be the paper's own words.
    """
    for number in range(1, len(lines)):
        line, before = lines[number], lines[number - 1]
        if given[number].tag != "quote" or kinds[number] != "short":
            continue
        if kinds[number - 1] == "prose" and not before.quoting and is_name(line):
            kinds[number - 1] = kinds[number] = "boilerplate"


def _set_apart_author(
    lines: Sequence[Line], kinds: list[str], byline: str | None
) -> None:
    """The last paragraphs, when they are about the author.

    They begin with a name of the byline, or with one of which the article did
    not speak, and say what that person does.
    """
    names = _authors(lines, kinds, byline)
    prose = [number for number, kind in enumerate(kinds) if kind == "prose"]
    for place in range(len(prose) - 1, max(len(prose) - 3, 0), -1):
        line, before = lines[prose[place]], [lines[n].text for n in prose[:place]]
        known = any(_begins(line, name) for name in names)
        if known or (place > 2 and is_biography(line) and _is_new(line, before)):
            kinds[prose[place]] = "boilerplate"


def _authors(
    lines: Sequence[Line], kinds: Sequence[str], byline: str | None
) -> list[tuple[str, ...]]:
    """The names in the byline that is known, and in those that stand in the text."""
    named = [
        line
        for line, kind in zip(lines[:_HEAD], kinds, strict=False)
        if kind == "boilerplate" and is_byline(line)
    ]
    return [name for line in [Line.of(byline or ""), *named] for name in authors(line)]


def _begins(line: Line, name: Sequence[str]) -> bool:
    return tuple(tokens(line.text[:100]))[: len(name)] == name


def _is_new(line: Line, before: Sequence[str]) -> bool:
    """Whether whoever a line begins with was not spoken of before it."""
    name = surname(line)
    return not any(name in text.casefold() for text in before)


def _set_apart_appeals(lines: Sequence[Line], kinds: list[str]) -> None:
    """What is offered to the reader after the article, last first."""
    for number in [n for n, kind in enumerate(kinds) if kind == "prose"][:2:-1]:
        if not is_appeal(lines[number]):
            return
        kinds[number] = "boilerplate"


def _set_apart_end(lines: Sequence[Line], kinds: list[str]) -> None:
    """What comes after "Related" or "12 comments", when it is short and little."""
    prose = sum(
        line.length for line, k in zip(lines, kinds, strict=True) if k == "prose"
    )
    first, after = len(lines), 0
    for number in range(len(lines) - 1, 2, -1):
        line = lines[number]
        after += line.length if kinds[number] == "prose" else 0
        if line.length > _SENTENCE or line.quoting or after > prose / _LITTLE:
            break
        if is_end(line):
            first = number
    kinds[first:] = ["boilerplate"] * (len(kinds) - first)


def same(line: Sequence[str], title: Sequence[str], *, least: float) -> bool:
    """Whether a line repeats the title: F1 over their words."""
    if not line or not title or len(line) > 3 * len(title) + 3:
        return False
    both = sum((Counter(line) & Counter(title)).values())
    return 2 * both / (len(line) + len(title)) >= least


def _belongs(block: Block, line: Line, kind: str) -> bool:
    """Whether a block between the first and the last prose is of the article."""
    if kind != "short":
        return kind == "prose"
    if block.tag == "head":
        return line.ended and line.length > 5
    return (
        block.tag in _MARKED
        or line.listed
        or line.quoting
        or line.text.endswith((":", ",", ";"))
        or line.length > _HEADING
    )


def _headline(lines: Sequence[Line], kinds: Sequence[str]) -> str | None:
    if kinds[0] != "short" or is_time(lines[0]):
        return None
    return _as_title(lines[0].text)


def _as_title(text: str) -> str | None:
    return one_line(text) if len(text) <= _LONGEST_TITLE else None


def _after_dateline(text: str, block: Block) -> int:
    """Where a paragraph begins after "WASHINGTON (AP) — "."""
    match = _DATELINE.match(text[block.start : min(block.start + 120, block.end)])
    if not match or block.start + match.end() >= block.end:
        return block.start
    return trimmed(text, block.start + match.end(), block.end).start


def _parted(text: str, block: Block, *, last: bool) -> Iterator[Block]:
    """A paragraph, and apart from it the link it ends in: "[…] Read more".

    The last paragraph may end in more: feeds add to it where it was posted.
    """
    tail = max(block.start, block.end - _TAIL)
    cuts = [m.end(1) for m in _SENTENCE_END.finditer(text, tail, block.end)]
    for cut in cuts[-3:]:
        line = Line.of(_of(text, trimmed(text, cut, block.end)))
        if not (_is_link(line) or (last and addresses_reader(line))):
            continue
        if not is_boilerplate(Line.of(_of(text, block))):
            yield Block(block.start, cut, block.tag)
            yield trimmed(text, cut, block.end, "aside")
            return
    yield block


def _is_link(line: Line) -> bool:
    """ "Read more", "More →", "[…]": what leads from a part to the whole."""
    if not line.tokens:
        return line.text in _CUT_OFF
    several = len(line.tokens) > 1 or line.text[-1:] in tuple("»→>›")
    return several and line.tokens in words().lines
