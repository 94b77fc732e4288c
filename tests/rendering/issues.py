"""Issues made by hand, for the tests of the rendering. The people are invented."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeAlias

from lxml import html

from digest.config import Look, Newsletter
from digest.model import (
    Article,
    Attribution,
    Image,
    Issue,
    Lede,
    Placeholder,
    Quote,
    Section,
    Span,
    Sponsor,
    Story,
)
from digest.rendering.fitting import Room, arranged
from digest.rendering.gate import Gate
from digest.rendering.templates import fill
from digest.rendering.view import view

#: lxml-stubs know neither HtmlElement's xpath nor its text_content well
Page: TypeAlias = Any
TAGS = {each: f"-{each}-" for each in Placeholder}

NONCE = "5f0c9a7be41d"
NEWSLETTER = Newsletter(
    name="The Harbour Letter",
    postal_address="Harbour Letter, 12 Quay Street, 1011 AB Amsterdam",
)
LOOK = Look()
PUBLISHED = datetime(2026, 11, 23, 7, tzinfo=UTC)


def quote(said: str, speaker: str | None = None, role: str | None = None) -> Quote:
    by = speaker and Attribution(speaker=speaker, role=role, rule="test", confidence=1)
    return Quote(
        span=Span.of(said, 0, len(said)),
        utterance=0,
        attribution=by or None,
        selected=True,
    )


def story(
    headline: str = "A headline",
    lede: str = "A lead.",
    *quotes: Quote,
    image: Image | None = None,
    url: str | None = "https://news.example/story",
    byline: str | None = None,
    source: str | None = "The Example",
    language: str | None = "en",
    also: Iterable[Article] = (),
) -> Story:
    sentences = (Span.of(lede, 0, len(lede)),) if lede else ()
    article = Article(
        id=headline[:20],
        text=lede,
        title=headline,
        url=url,
        byline=byline,
        published=PUBLISHED,
        language=language,
        image=image,
        source=source,
    )
    return Story(
        headline=headline,
        articles=(article, *also),
        lede=Lede(sentences=sentences),
        quotes=quotes,
    )


def picture(name: str, width: int | None = 1200, height: int | None = 800) -> Image:
    return Image(
        url=f"https://images.example/{name}.png",
        alt=f"Picture: {name}",
        width=width,
        height=height,
    )


def issue(
    *sections: Section | Story, language: str = "en", subject: str = "A subject"
) -> Issue:
    loose = tuple(part for part in sections if isinstance(part, Story))
    titled = tuple(part for part in sections if isinstance(part, Section))
    first = (Section(title=None, stories=loose),) if loose else ()
    return Issue(
        number=42,
        series="weekly",
        title="The Harbour Letter, No. 42",
        subject=subject,
        preheader="What the week was about, in a line",
        published=PUBLISHED,
        language=language,
        sections=(*first, *titled),
    )


def week(*, images: bool = True) -> Issue:
    """Eight stories in three sections, as a weekly newsletter has them."""

    def seen(name: str, width: int = 1200, height: int = 800) -> Image | None:
        return picture(name, width, height) if images else None

    return issue(
        story(
            "Mark Rutte takes over at NATO and promises Ukraine lasting support",
            "Mark Rutte, the former Prime Minister of the Netherlands, took over as "
            "Secretary General of NATO on Tuesday. He named three tasks for his term: "
            "more spending on defence, support for Ukraine and partnerships beyond "
            "the alliance.",
            quote(
                "There can be no lasting security in Europe without a strong, "
                "independent Ukraine.",
                "Mark Rutte",
                "new Secretary General",
            ),
            image=seen("harbour"),
            byline="Anna de Wit",
        ),
        Section(
            title="City",
            stories=(
                story(
                    "The night ferry returns after eleven years",
                    "From April a ferry will again leave for the north every evening. "
                    "The council voted for it by 31 to 12 after a debate that lasted "
                    "until after midnight.",
                    quote(
                        "A harbour that sleeps is a car park.",
                        "Ilse Brandt",
                        "councillor for transport",
                    ),
                    image=seen("ferry"),
                    byline="Tomas Okker",
                ),
                story(
                    "Rents rise more slowly for the first time in a decade",
                    "Rents rose by 1.9 per cent this year, the city's statistics "
                    "office said on Friday, the least since 2015.",
                    source="City Ledger",
                ),
                story(
                    "A library opens where the fish market was",
                    "The old market hall has become a library with room for "
                    "600,000 books, a roof garden and a kitchen.",
                    image=seen("library", 900, 1200),
                ),
            ),
        ),
        Section(
            title="Science",
            stories=(
                story(
                    "Eels find their way by the moon, a study of four years says",
                    "Eels leave the estuary within two hours of moonrise, whatever the "
                    "weather, marine biologists report after they had followed 212 of "
                    "the animals with transmitters.",
                    quote(
                        "We expected the tide to be their clock. It is not: they wait "
                        "for the light, and then all of them go at once.",
                        "Prof. Miriam Adeyemi",
                        "who led the study",
                    ),
                    image=seen("eels", 1600, 900),
                    byline="Jun Castellan",
                    also=(
                        Article(
                            id="x",
                            text="",
                            source="Tidewater",
                            url="https://tidewater.example/eels",
                        ),
                        Article(id="y", text="", source="Coast Weekly"),
                    ),
                ),
                story(
                    "Batteries of salt pass their first winter",
                    "The storage plant at the old gasworks kept 94 per cent of its "
                    "charge at twelve degrees below zero.",
                    quote("It simply worked.", "Piet Lindqvist"),
                ),
            ),
        ),
        Section(
            title="Culture",
            stories=(
                story(
                    "The orchestra plays on the roof, and the gulls join in",
                    "Two thousand people listened from the quays on Saturday evening.",
                    image=seen("orchestra", 1000, 1000),
                ),
                story(
                    "A film about a bridge keeper wins in Lisbon",
                    "",
                    source="Cinema Post",
                ),
            ),
        ),
        subject="Rutte takes over at NATO",
    )


def mjml_of(shown: Issue, look: Look = LOOK, *, full: int | None = None) -> str:
    """The MJML of an issue with so many stories in full, by default as `look` says."""
    page = view(shown, NEWSLETTER, look, gate=Gate(NONCE), tags=TAGS)
    room = Room(full=full or look.rows + 1, compact=len(page.stories))
    return fill(f"{look.template}/issue.mjml.j2", arranged(page, room), None)


def parse(document: str) -> Page:
    return html.document_fromstring(document)


def find(page: Page, path: str) -> list[Any]:
    """The elements at an XPath."""
    return list(page.xpath(path))


def texts(page: Page, path: str) -> list[str]:
    """Their texts, with white space as a browser shows it."""
    return [" ".join(found.text_content().split()) for found in find(page, path)]


def edited() -> Issue:
    """The week with what an editor adds: a paragraph, notes, a sponsor."""
    hero, city, *others = week().sections
    notes = (
        "We asked the ministry for its figures in June, and print its answer online.",
        "The first ferry sails on 3 April, not on the first, as we wrote last week.",
    )
    first, second = (
        replace(section, stories=(replace(story, note=note), *rest))
        for section, note in zip((hero, city), notes, strict=True)
        for story, *rest in [section.stories]
    )
    return replace(
        week(),
        sections=(first, second, *others),
        editorial="This week the council decided three things at once. We begin with "
        "the one that will still matter in ten years, and end with a walk on the quay.",
        sponsor=Sponsor(
            name="Quay Street Books",
            text="Maps, charts and stories of the sea, at number 12 since 1954.",
            url="https://books.example/",
        ),
    )


def arabic() -> Issue:
    """Three stories from right to left, one of them in English."""
    return issue(
        story(
            "العبّارة الليلية تعود بعد أحد عشر عامًا",
            "ستغادر عبّارة إلى الشمال كل مساء ابتداءً من أبريل، بعد تصويت المجلس "
            "بأغلبية 31 صوتًا مقابل 12.",
            quote("الميناء النائم موقف سيارات.", "إلسه براندت", "عضو المجلس"),
            image=picture("ferry"),
            language="ar",
        ),
        story(
            "مكتبة تُفتتح مكان سوق السمك",
            "صارت قاعة السوق القديمة مكتبة تتسع لست مئة ألف كتاب.",
            quote("كل كتاب نافذة.", "مريم أديمي"),
            image=picture("library"),
            language="ar",
        ),
        story(
            "Eels find their way by the moon",
            "They leave the estuary within two hours of moonrise.",
            quote("They wait for the light.", "Miriam Adeyemi"),
            image=picture("eels"),
            language="en",
        ),
        language="ar",
        subject="العبّارة الليلية",
    )
