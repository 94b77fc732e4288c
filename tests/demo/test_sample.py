"""The bundled sample, and the golden data that other rooms measure against.

`expected.json` maps each article (a feed's items as `file#name`) to what a careful
reader takes from it: `lead` and `paragraphs` verbatim; `quotes` in order, with the
speaker's fullest name, or null where the article names nobody; `fragments`, quoted
snatches that a summarizer may take or leave; `not_quotes`, titles and scare quotes
that nobody said; `boilerplate`, which must not be taken for the article. For the
kinds `pronoun`, `letter` and `according-to` the name is what a reader understands:
a summarizer may be silent there, but must not name anybody else.
"""

from __future__ import annotations

import csv
import html
import json
import re
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import TypedDict

import pytest
from lxml import etree
from lxml.html import fromstring

from digest.demo import sample_folder, sample_image, sample_subscribers

#: A passage between double marks; one that is not closed ends with its paragraph.
PASSAGE = re.compile(r'“([^”]*)(?:”|$)|"([^"]*)(?:"|$)')
CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"


class GoldenQuote(TypedDict):
    text: str
    speaker: str | None
    kind: str
    utterance: int


class Golden(TypedDict):
    form: str
    title: str | None
    byline: str | None
    published: str | None
    url: str | None
    image: str | None
    lead: str
    paragraphs: list[str]
    quotes: list[GoldenQuote]
    fragments: list[str]
    not_quotes: list[str]
    boilerplate: list[str]


GOLDEN: dict[str, Golden] = json.loads(
    Path(__file__).with_name("expected.json").read_text(encoding="utf-8")
)
articles = pytest.mark.parametrize("name", GOLDEN)


def visible_text(name: str) -> str:
    """What a reader sees of an article, by other means than the house's own."""
    file, _, item = name.partition("#")
    text = (sample_folder() / file).read_text(encoding="utf-8")
    if file.endswith(".txt"):
        return text
    if file.endswith(".html"):
        return plain(text)
    return feed_text(text, item)


def plain(markup: str) -> str:
    return str(fromstring(markup).xpath("string()"))


def feed_text(xml: str, item: str) -> str:
    for entry in etree.fromstring(xml.encode()).iter("item"):
        if str(entry.findtext("guid")).endswith(f"-{item}"):
            body = entry.findtext(CONTENT) or html.escape(
                str(entry.findtext("description"))
            )
            title = str(entry.findtext("title"))
            return f"{title}\n{plain(f'<div>{body}</div>')}"
    raise AssertionError(f"no item {item}")


def passages(golden: Golden) -> Iterator[str]:
    for paragraph in golden["paragraphs"]:
        for curly, straight in PASSAGE.findall(paragraph):
            yield curly or straight


def test_the_golden_data_covers_every_file() -> None:
    """Each sample article has its golden data, and none is without an article."""
    files = {file.name for file in sample_folder().iterdir()}

    assert {name.partition("#")[0] for name in GOLDEN} == files


def test_articles_come_in_every_form() -> None:
    """Texts with and without a headline, pages, and a feed of both kinds of item."""
    forms = [golden["form"] for golden in GOLDEN.values()]
    texts = [golden for golden in GOLDEN.values() if golden["form"] == "text"]
    feed = etree.parse(sample_folder() / "marlhaven-courier.xml")
    full = [item.find(CONTENT) is not None for item in feed.iter("item")]

    assert (forms.count("text"), forms.count("page"), forms.count("feed")) == (4, 6, 4)
    assert {golden["title"] is None for golden in texts} == {True, False}
    assert set(full) == {True, False}


@articles
def test_what_the_golden_data_says_stands_in_the_article(name: str) -> None:
    """Title, paragraphs and boilerplate are in the file word for word."""
    text, golden = visible_text(name), GOLDEN[name]

    assert golden["lead"] == golden["paragraphs"][0]
    for passage in (golden["title"], *golden["paragraphs"], *golden["boilerplate"]):
        assert passage is None or passage in text


@articles
def test_every_quoted_passage_is_accounted_for(name: str) -> None:
    """Each passage between marks is a quote, a fragment or no quote: once."""
    golden = GOLDEN[name]
    quotes = [quote["text"] for quote in golden["quotes"]]
    known = [*quotes, *golden["fragments"], *golden["not_quotes"]]
    found = list(passages(golden))

    assert sorted(found) == sorted(known)
    assert [passage for passage in found if passage in quotes] == quotes


@articles
def test_speakers_are_people_of_the_article(name: str) -> None:
    """A speaker is named in full in the paragraphs, and an utterance has but one."""
    golden = GOLDEN[name]
    text = "\n".join(golden["paragraphs"])
    speakers: dict[int, set[str | None]] = {}
    for quote in golden["quotes"]:
        speakers.setdefault(quote["utterance"], set()).add(quote["speaker"])

    assert all(len(names) == 1 for names in speakers.values())
    assert all(name is None or name in text for (name,) in speakers.values())


def test_quotes_of_every_kind_are_there() -> None:
    """The golden data has each way in which a newspaper sets a quote."""
    kinds = {quote["kind"] for gold in GOLDEN.values() for quote in gold["quotes"]}

    assert kinds == {
        "according-to",
        "appositive",
        "colon",
        "continued",
        "letter",
        "name-said",
        "nested",
        "nominal",
        "pronoun",
        "said-name",
        "split",
        "statement",
    }


@articles
def test_articles_are_as_long_as_articles_are(name: str) -> None:
    """250 to 600 words, but for feed items that are only a description."""
    words = sum(len(paragraph.split()) for paragraph in GOLDEN[name]["paragraphs"])
    short = len(GOLDEN[name]["paragraphs"]) == 1

    assert 40 <= words <= 100 if short else 250 <= words <= 600


@pytest.mark.parametrize(
    "file", sorted(sample_folder().iterdir()), ids=lambda f: f.name
)
def test_no_address_leads_anywhere(file: Path) -> None:
    """Links, pictures and mail addresses are of domains that nobody can own."""
    text = file.read_text(encoding="utf-8")
    vocabularies = {
        "schema.org",
        "ogp.me",
        "purl.org",
        "search.yahoo.com",
        "www.w3.org",
    }
    hosts = set(re.findall(r"(?:https?://|[\w.+-]@)([\w.-]+\w)", text)) - vocabularies

    assert {".".join(host.split(".")[-2:]) for host in hosts} <= {"example.com"}


def test_every_picture_is_bundled_and_small() -> None:
    """Each image of the articles is a 3:2 PNG below 15 kB."""
    urls = [golden["image"] for golden in GOLDEN.values() if golden["image"]]

    assert len(urls) == 9
    for url in urls:
        file = sample_image(url)
        assert file is not None
        data = file.read_bytes()
        assert data.startswith(b"\x89PNG")
        assert struct.unpack(">II", data[16:24]) == (640, 427)
        assert len(data) < 15_000


@pytest.mark.parametrize(
    "url",
    [
        "https://images.example.com/none.png",
        "https://images.example.com/../subscribers.csv",
        "https://images.example.com/",
        "https://pictures.example.com/bakery.png",
        "bakery.png",
        "",
    ],
)
def test_only_its_own_pictures_are_given(url: str) -> None:
    """Another host, a path out of the folder, an unknown name: no picture."""
    assert sample_image(url) is None


def test_subscribers_have_odd_but_valid_forms() -> None:
    """25 people at reserved domains: tags, upper case, other scripts, commas."""
    with sample_subscribers().open(encoding="utf-8", newline="") as lines:
        people = list(csv.DictReader(lines))
    addresses = [person["email"].strip() for person in people]

    assert len({address.lower() for address in addresses}) == len(people) == 25
    assert all(re.search(r"\bexample\.(com|org|net)$", a.lower()) for a in addresses)
    assert any("+" in address for address in addresses)
    assert any(address.isupper() for address in addresses)
    assert any("," in person["name"] for person in people)
    assert any(not person["name"].isascii() for person in people)
