"""Texts that nobody means well with, of any length: one table for every test.

The fuzzer, the benchmark of growth and the tests ask the same of each: an answer,
every span in the text, and ten times the text in about ten times the time.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping

#: gives a text of about so many characters
Shape = Callable[[int], str]

MARKS = "“”„‟\"«»‹›「」『』‘’‚'＂`´"
SENTENCE = "The council of Aldport closed the old bridge to lorries on Tuesday. "
SPEECH = "“We will not go there again before the spring comes,” "


def repeated(unit: str) -> Shape:
    """One unit over and over."""
    return lambda length: unit * max(1, length // len(unit))


def numbered(unit: Callable[[int], str]) -> Shape:
    """Units that differ by their number."""

    def shape(length: int) -> str:
        units: list[str] = []
        while length > 0:
            units.append(unit(len(units)))
            length -= len(units[-1])
        return "".join(units)

    return shape


def letters(number: int) -> str:
    """A number in letters: aa, ba, ca …"""
    word = ""
    for _ in range(4):
        number, letter = divmod(number, 26)
        word += chr(ord("a") + letter)
    return word


def _shuffled(parts: str, seed: int = 7) -> Shape:
    def shape(length: int) -> str:
        return "".join(random.Random(seed).choices(parts, k=length))

    return shape


def told(shape: Shape) -> Shape:
    """The same between quotations, so that all that looks for speakers reads it."""
    return lambda length: (
        f"{SPEECH}she said. {shape(length)} {SPEECH}said Ada Berg.\n{SPEECH}he said."
    )


#: each is one paragraph after another, or one line without end
TEXTS: Mapping[str, Shape] = {
    # marks
    **{f"mark {mark}": repeated(mark) for mark in MARKS},
    "opening marks": repeated("“a "),
    "closing marks": repeated("a” "),
    "marks in turn": repeated("„“»«‘'"),
    "marks at random": _shuffled(MARKS),
    "marks and words at random": _shuffled(MARKS + "aA  .,"),
    "quoted letters": repeated('"A" '),
    "quoted in quotes": repeated("“‘"),
    "apostrophes": repeated("'s "),
    "apostrophes in words": repeated("O’"),
    "boys' ball": repeated("the boys' "),
    "an open quote": lambda length: "“" + SENTENCE * (length // len(SENTENCE)),
    # letters, words and stops
    "one word": repeated("a"),
    "one capitalised word": lambda length: "A" + "a" * length,
    "capitals": repeated("A"),
    "capitalised words": repeated("Aa "),
    "initials": repeated("A. "),
    "initials without spaces": repeated("A."),
    "letters and stops": repeated("a."),
    "commas": repeated(","),
    "enumeration": repeated("Aa, "),
    "full stops": repeated("."),
    "full stops apart": repeated(" . "),
    "ellipses": repeated("… "),
    "stops and marks": repeated(".”"),
    "question marks": repeated("?! "),
    "dashes": repeated("— a"),
    "dialogue": repeated("—Ven —dijo Ana—. No tardes.\n"),
    "hyphens": repeated("Aa-bb"),
    "hyphens in a lower word": repeated("a-"),
    "digits": repeated("7"),
    "numbers": repeated("1,000.00 "),
    "brackets": repeated("(["),
    "dateline without end": repeated("ABC DEF, "),
    "by without end": repeated("By . "),
    "offers": repeated("sign up for our newsletter "),
    "bars": repeated("Facebook Twitter "),
    "addresses": repeated("https://a.test/b?c=d&e "),
    # white space
    "spaces": repeated(" "),
    "tabs": repeated("\t"),
    "no-break spaces": repeated("\xa0"),
    "newlines": repeated("\n"),
    "carriage returns": repeated("\r"),
    "line separators": repeated("a\u2028"),
    "empty paragraphs": repeated("a\n\n\n"),
    "blank lines of spaces": repeated(" \t\xa0\n"),
    "a word and much space": lambda length: "a." + " " * length + "b",
    "spaces and stops": repeated(".\t"),
    # people and what they say
    "cue": repeated("said "),
    "name and cue": repeated("Smith said "),
    "according": repeated("according to "),
    "title": repeated("Mr. "),
    "titles": repeated("Prime Minister Dr. "),
    "particles": repeated("Aa van der "),
    "one name": repeated("Ann Lee "),
    "many names": numbered(lambda n: f"{letters(n).title()} {letters(n * 7).title()} "),
    "many names said": numbered(
        lambda n: f"“We go there now,” said {letters(n).title()} {letters(n).title()}. "
    ),
    "one surname": numbered(lambda n: f"{letters(n).title()} Lee, "),
    "one surname said": numbered(
        lambda n: f"“We will go there now,” {letters(n).title()} Lee said.\n"
    ),
    "one given name": numbered(lambda n: f"Ann {letters(n).title()}, "),
    "namesakes by initial": numbered(lambda n: f"{'ABCDEFG'[n % 7]}. Lee and "),
    "appositions": repeated("Ann Lee, a member of the council of the town, "),
    "roles": repeated("the former deputy chief executive officer of "),
    # quotations
    "one line of quotes": repeated(f"{SPEECH}he said. "),
    "paragraphs of quotes": repeated(f"{SPEECH}he said.\n"),
    "quotes without a speaker": repeated(f"{SPEECH}\n"),
    "short quotes": repeated("“No,” he said. "),
    "she after names": numbered(
        lambda n: f"{letters(n).title()} Lee left. {SPEECH}she said.\n"
    ),
    "quotes that open again": repeated(f"{SPEECH[:-2]}\n"),
    "quotes far from names": lambda length: (
        SENTENCE * (length // 2 // len(SENTENCE))
        + "“a b c d e,” he said. " * (length // 2 // 22)
    ),
    # paragraphs
    "news": repeated(f"{SENTENCE * 3}\n{SPEECH}said Ada Berg, the mayor. {SENTENCE}\n"),
    "one line of news": repeated(f"{SENTENCE}{SPEECH}said Ada Berg, the mayor. "),
    "lines": repeated("Aa bb\n"),
    "wrapped lines": repeated("the council voted to close the old bridge to all of\n"),
    "no stops": repeated("the council voted to close the bridge "),
    "headings": repeated("# The council\n"),
    "share lines": repeated("Follow us on Facebook\n"),
    "captions": repeated("The bridge (left) . "),
    # other scripts and none
    "combining marks": repeated("a" + "\u0301" * 50),
    "surrogates": repeated("\ud800“\udfff"),
    "controls": repeated("\x00\x01“a b c d”\x1f"),
    "right to left": repeated("قال الوزير «لن نذهب إلى هناك». "),
    "directions": repeated("\u202ea\u202c "),
    "no spaces": repeated("市長は「橋を閉じる」と述べた。"),
    "full-width stops": repeated("。"),
    "zero width": repeated("a\u200b"),
    "invisible": repeated("\u200b"),
    "emoji": repeated("👩‍👩‍👧‍👦 "),
    "folding": repeated("ŉİß"),
    "characters at random": _shuffled("".join(map(chr, range(1, 0x3000)))),
}

#: what the readers of texts, pages and feeds look for
WORDS = (
    "he she they I said told says sagte dijo Mark Rutte Ada Berg Mr. Dr. the mayor "
    "spokesman of and who laut according to “No,” By CNN (AP) Facebook Share Related: "
    "Monday 14:11 2024"
).split()

#: gives a page or a feed of about so many bytes
Bytes = Callable[[int], bytes]

HEAD = b"<!doctype html><html lang=en><head><title>Bridge to close</title></head><body>"
PARAGRAPH = f"<p>{SENTENCE}{SPEECH}she said.</p>\n".encode()
ARTICLE = b"<article><h1>Bridge to close</h1>" + PARAGRAPH * 3 + b"</article>"


def paged(unit: bytes, close: bytes = b"") -> Bytes:
    """An article, and within it one unit over and over, each closed at the end."""

    def shape(length: int) -> bytes:
        number = max(1, length // len(unit + close))
        inside = unit * number + PARAGRAPH + close * number
        return HEAD + ARTICLE + inside + ARTICLE + b"</body></html>"

    return shape


PAGES: Mapping[str, Bytes] = {
    "paragraphs": paged(PARAGRAPH),
    "nested": paged(b"<div>", b"</div>"),
    "never closed": paged(b"<div>"),
    "never opened": paged(b"</div>"),
    "spans in spans": paged(b"<span>"),
    "cards": paged(b"<span><img>"),
    "bold and slanted": paged(b"<p><b><i>"),
    "tables in tables": paged(b"<table><tr><td>"),
    "lists in lists": paged(b"<ul><li>", b"</li></ul>"),
    "quotes in quotes": paged(b"<blockquote>", b"</blockquote>"),
    "links": paged(b"<a href=/x>a</a> "),
    "links never closed": paged(b"<a href='"),
    "breaks": paged(b"a<br>"),
    "empty paragraphs": paged(b"<p></p>"),
    "forms": paged(b"<form><select><option>"),
    "scripts": paged(b"<script>a</script>"),
    "script never closed": paged(b"<script>"),
    "comments": paged(b"<!-- a -->"),
    "comment never closed": paged(b"<!--"),
    "instructions": paged(b"<?a ?>"),
    "sections": paged(b"<![CDATA[a]]>"),
    "entities": paged(b"&lt;"),
    "references": paged(b"&#0;&#x110000;&#xD800;"),
    "open angles": paged(b"<"),
    "NULs": paged(b"a\x00"),
    "bytes of no encoding": paged(b"a\xff\xfe "),
    "wrong encoding": lambda n: HEAD + b"<meta charset=utf-16>" + ARTICLE + b"a" * n,
    "another encoding": lambda n: b"\xff\xfe" + HEAD + ARTICLE + b"\xd8" * n,
    "attributes": lambda n: (
        HEAD + b"<p " + b"".join(b"a%d=b " % i for i in range(n // 10)) + b">" + ARTICLE
    ),
    "attributes in UTF-16": lambda n: (
        b"\xff\xfe" + PAGES["attributes"](n // 2).decode().encode("utf-16-le")
    ),
    "quoted attributes": lambda n: (
        (HEAD + b"<p " + b"".join(b"a%d='>' " % i for i in range(n // 10)) + b">")
        + ARTICLE
    ),
    "same attribute": lambda n: HEAD + b"<p " + b"a=b " * (n // 4) + b">" + ARTICLE,
    "one long attribute": lambda n: HEAD + b"<p class='" + b"a " * (n // 2) + b"'>a",
    "one long name": lambda n: HEAD + b"<" + b"a" * n + b">" + ARTICLE,
    "one long style": lambda n: HEAD + b"<a style='" + b" " * n + b"'>a" + ARTICLE,
    "one long paragraph": lambda n: HEAD + b"<p>" + b"Aa bb. " * (n // 7) + ARTICLE,
    "one long title": lambda n: (
        HEAD + b"<title>" + b"a - " * (n // 4) + b"</title>" + ARTICLE
    ),
    "metas": lambda n: (
        (HEAD + b"<meta property=og:title content=a>" * (n // 34)) + ARTICLE
    ),
    "linked data": lambda n: (
        (
            HEAD
            + b"<script type=application/ld+json>"
            + b'{"a":' * (n // 5)
            + b"</script>"
        )
        + ARTICLE
    ),
    "images": paged(b"<img src=https://a.test/b.jpg width=9999999999 height=-1>"),
    "captions": paged(b"<figure><img src=a><figcaption>a</figcaption></figure>"),
    "drawings": paged(b"<svg><g><path d=M0>"),
    "headings": paged(b"<h2>Aa</h2>"),
    "dates": paged(b"<time datetime=2024-01-01>1 January 2024</time> "),
}

RSS = b"<?xml version='1.0'?><rss version='2.0'><channel><title>The Post</title>"
ITEM = (
    b"<item><title>Bridge to close</title><guid>%d</guid><description>"
    + PARAGRAPH.replace(b"<", b"&lt;")
    + b"</description></item>"
)


def fed(unit: bytes) -> Bytes:
    """A feed of one item, and in its text one unit over and over."""
    first, rest = (ITEM % 1).split(b"</description>")

    def shape(length: int) -> bytes:
        inside = unit * max(1, length // len(unit))
        end = b"</description>" + rest + ITEM % 2 + b"</channel></rss>"
        return RSS + first + inside + end

    return shape


FEEDS: Mapping[str, Bytes] = {
    "items": lambda n: (
        RSS + b"".join(ITEM % i for i in range(max(1, n // len(ITEM)))) + b"</channel>"
    ),
    "items of one guid": lambda n: RSS + ITEM % 1 * max(1, n // len(ITEM)),
    "items in items": lambda n: RSS + b"<item>" * (n // 6),
    "empty items": lambda n: RSS + b"<item/>" * (n // 7),
    "categories": lambda n: RSS + b"<item><category>a</category>" * (n // 28),
    "enclosures": lambda n: (
        RSS + b"<item>" + b"<enclosure url='https://a.test' />" * (n // 34)
    ),
    "nested": fed(b"<div>"),
    "escaped tags": fed(b"&lt;div&gt;"),
    "escaped pages": fed(b"&lt;p&gt;Aa bb.&lt;/p&gt;"),
    "escaped attributes": lambda n: fed(
        b"&lt;p " + b"".join(b"a%d=b " % i for i in range(n // 10)) + b"&gt;"
    )(1),
    "attributes": lambda n: fed(
        b"<p " + b"".join(b"a%d='b' " % i for i in range(n // 10)) + b"/>"
    )(1),
    "entities": fed(b"&amp;lt;"),
    "unknown entities": fed(b"&a;"),
    "bare ampersands": fed(b"& "),
    "open angles": fed(b"<"),
    "open escapes": fed(b"&lt;"),
    "sections": fed(b"<![CDATA[a]]>"),
    "section never closed": fed(b"<![CDATA["),
    "comments never closed": fed(b"<!--"),
    "text": fed(b"Aa bb. "),
    "marks": fed("“".encode()),
    "NULs": fed(b"\x00"),
    "no encoding": fed(b"\xff"),
    "declarations": lambda n: b"<!DOCTYPE a [" + b"<!ENTITY a 'b'>" * (n // 15) + RSS,
    "namespaces": lambda n: (
        b"<rss " + b"".join(b"xmlns:a%d='b' " % i for i in range(n // 15)) + b">" + ITEM
    ),
    "JSON in JSON": lambda n: (
        b'{"version":"https://jsonfeed.org/version/1.1","items":' + b"[" * n
    ),
    "JSON items": lambda n: (
        b'{"version":"https://jsonfeed.org/version/1.1","items":['
        + b'{"content_html":"<p>Aa bb.</p>"},' * (n // 34)
        + b"{}]}"
    ),
    "JSON number": lambda n: (
        b'{"version":"https://jsonfeed.org/version/1.1","items":[' + b"9" * n + b"]}"
    ),
}
