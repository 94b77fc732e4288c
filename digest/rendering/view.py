"""What a template can say: an issue in clean text, ready to be set.

A template sees one `View` and its fields, by their names, and nothing else of
the program. Every text is one clean line and every address is safe (`gate`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from digest.config import Look, Newsletter
from digest.model import (
    Article,
    Image,
    Issue,
    Medium,
    Placeholder,
    Quote,
    Section,
    Sponsor,
    Story,
)
from digest.rendering.colors import Color, on
from digest.rendering.gate import Gate, first_direction
from digest.rendering.words import Words, direction, words

#: characters beyond which something is no headline or name, and no lede any more
LINE, LEDE = 1_500, 3_000
#: pixels; what is known to be smaller counts openings, or is a button
SMALLEST = 40
#: pixels; what is known to be less wide is not stretched over a phone
FILLS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageView:
    url: str
    alt: str
    width: int | None
    height: int | None

    @property
    def wide(self) -> bool:
        """Whether it may fill a phone: it is not high, and not known to be small."""
        if not self.width:
            return True
        return self.width >= FILLS and not (self.height and self.height > self.width)

    def within(self, width: int) -> int:
        """The width to show it at: never wider than it is."""
        return min(width, self.width or width)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteView:
    """A pull quote: its words between the marks of its language, and who said it."""

    text: str
    opening: str
    closing: str
    speaker: str
    role: str

    @property
    def by(self) -> str:
        """The speaker, with the role if there is one."""
        return ", ".join(part for part in (self.speaker, self.role) if part)

    @property
    def named(self) -> bool:
        """Whether the speaker is a name, and not words like “a spokesman”."""
        return not self.speaker[:1].islower()


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkView:
    name: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SponsorView:
    """What is paid for, in its payer's words; it is always marked as that."""

    name: str
    text: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryView:
    """A story; `start` is the side ("left" or "right") on which its lines begin."""

    headline: str
    lede: str
    quotes: tuple[QuoteView, ...]
    image: ImageView | None
    url: str
    #: byline, source and date, those that are known
    credit: tuple[str, ...]
    also: tuple[LinkView, ...]
    language: str
    direction: str
    #: the editor's own words on it
    note: str = ""
    #: what the way to it is called: "Read the story", "Listen", "Watch"
    read: str = ""

    @property
    def start(self) -> str:
        return "right" if self.direction == "rtl" else "left"


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionView:
    """A section; its stories, and of these the ones that get so much room."""

    title: str
    stories: tuple[StoryView, ...]
    #: with picture, lede and quote
    full: tuple[StoryView, ...] = ()
    #: headline and credit
    compact: tuple[StoryView, ...] = ()
    #: headlines alone
    titles: tuple[StoryView, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LookView:
    """The colours, each with the one that is read upon it, and the logo."""

    accent: str
    on_accent: str
    accent_dark: str
    on_accent_dark: str
    logo: str
    font: str
    label_font: str
    #: "3 / 2" as CSS has it; empty where every picture keeps its own
    image_ratio: str
    social: tuple[LinkView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    name: str
    title: str
    preheader: str
    number: str
    date: str
    language: str
    direction: str
    sections: tuple[SectionView, ...]
    postal_address: str
    why: str
    #: where the issue is read on the web; empty where it is not
    web_url: str
    #: " " and the reader's name, or nothing; stands for it in HTML and in text
    reader_html: str
    reader_text: str
    #: stand for each reader's own addresses; the second is empty without a page
    unsubscribe_url: str
    preferences_url: str
    look: LookView
    words: Words
    #: the editor's own paragraphs
    editorial: tuple[str, ...] = ()
    sponsor: SponsorView | None = None
    #: so many of the last stories are not in the HTML
    left_out: int = 0

    @property
    def stories(self) -> tuple[StoryView, ...]:
        return tuple(story for section in self.sections for story in section.stories)

    @property
    def hero(self) -> StoryView | None:
        """The first story, which a look may set larger."""
        return next((s for section in self.sections for s in section.stories), None)

    @property
    def start(self) -> str:
        return "right" if self.direction == "rtl" else "left"

    @property
    def end(self) -> str:
        return "left" if self.direction == "rtl" else "right"

    def names(self, *, plain: bool) -> dict[str, object]:
        """What a template calls the parts of this; one of plain text escapes none."""
        return {
            "issue": self,
            "look": self.look,
            "words": self.words,
            "unsubscribe_url": self.unsubscribe_url,
            "preferences_url": self.preferences_url,
            "reader_name": self.reader_text if plain else self.reader_html,
        }


def view(
    issue: Issue,
    newsletter: Newsletter,
    look: Look,
    *,
    gate: Gate,
    tags: Mapping[Placeholder, str],
) -> View:
    """The issue as a template sees it, with all stories in full.

    Raises:
        RenderError: a colour is none, or a text holds the nonce.
    """
    own = words(newsletter.language)
    name = gate.text(newsletter.name)
    language = gate.text(issue.language)
    setter = _Setter(gate, own, language, look.direction or direction(language))
    return View(
        name=name,
        title=gate.text(issue.title) or name,
        preheader=gate.text(issue.preheader),
        number=own.number.format(number=issue.number),
        date=own.on(issue.published, weekday=True),
        language=language,
        direction=setter.direction,
        sections=tuple(setter.section(section) for section in issue.sections),
        postal_address=_without(name, gate.text(newsletter.postal_address)),
        why=own.why,
        web_url=_web_url(issue, newsletter, gate),
        reader_html=tags[Placeholder.READER_HTML],
        reader_text=tags[Placeholder.READER_TEXT],
        unsubscribe_url=tags[Placeholder.UNSUBSCRIBE_URL],
        preferences_url=tags.get(Placeholder.PREFERENCES_URL, ""),
        look=look_view(look, gate),
        words=own,
        editorial=_paragraphs(issue.editorial, gate),
        sponsor=setter.sponsor(issue.sponsor),
    )


def _web_url(issue: Issue, newsletter: Newsletter, gate: Gate) -> str:
    if issue.id is None or not newsletter.base_url or not newsletter.archive:
        return ""
    return gate.link(f"{newsletter.base_url.rstrip('/')}/i/{issue.id}")


#: names of places to follow somebody at, by their host; others are named by it
PLACES = {
    "bsky.app": "Bluesky",
    "facebook.com": "Facebook",
    "github.com": "GitHub",
    "instagram.com": "Instagram",
    "linkedin.com": "LinkedIn",
    "threads.net": "Threads",
    "tiktok.com": "TikTok",
    "x.com": "X",
    "youtube.com": "YouTube",
}


def _social(address: str, gate: Gate) -> LinkView:
    url = gate.link(address, schemes=("https",))
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    return LinkView(name=PLACES.get(host, host), url=url)


def look_view(look: Look, gate: Gate) -> LookView:
    """The look as a template sees it.

    Raises:
        RenderError: a colour is none.
    """
    accent = Color.parse(look.accent, "look.accent")
    dark = Color.parse(look.accent_dark, "look.accent_dark")
    return LookView(
        accent=str(accent),
        on_accent=str(on(accent)),
        accent_dark=str(dark),
        on_accent_dark=str(on(dark)),
        logo=gate.link(look.logo, schemes=("https",)),
        font=look.font,
        label_font=look.label_font,
        image_ratio=""
        if look.image_ratio == "own"
        else look.image_ratio.replace(":", " / "),
        social=tuple(link for url in look.social if (link := _social(url, gate)).url),
    )


@dataclass(frozen=True, slots=True)
class _Setter:
    """Sets the stories of one issue, in its language and direction."""

    gate: Gate
    words: Words
    language: str
    direction: str

    def name(self, text: str | None) -> str:
        """What somebody or something is called, in one line."""
        return _shortened(self.gate.text(text or ""), LINE)

    def section(self, section: Section) -> SectionView:
        return SectionView(
            title=self.name(section.title),
            stories=tuple(self.story(story) for story in section.stories),
        )

    def story(self, story: Story) -> StoryView:
        text, link = self.gate.text, self.gate.link
        article = story.article
        language = text(article.language or "")
        url = link(article.url)
        # a title of control characters only leaves nothing to press
        headline = text(story.headline) or url or self.words.read
        headline = _shortened(headline, LINE)
        lede = _shortened(text(story.lede.text), LEDE)
        return StoryView(
            headline=headline,
            lede=lede if article.title else _beyond(headline, lede),
            quotes=tuple(self.quote(quote, language) for quote in story.quotes),
            image=self.image(article.image, headline),
            url=url,
            credit=self.credit(article),
            also=tuple(self.also(story)),
            language=language or self.language,
            direction=self.towards(language, headline),
            note=_shortened(text(story.note), LEDE),
            read=self.way_to(article.medium),
        )

    def way_to(self, medium: Medium) -> str:
        ways = {Medium.AUDIO: self.words.listen, Medium.VIDEO: self.words.watch}
        return ways.get(medium, self.words.read)

    def towards(self, language: str, headline: str) -> str:
        """A story's direction: by its language, else by its first letter."""
        if language and language != self.language:
            return direction(language)
        return (
            self.direction if language else first_direction(headline) or self.direction
        )

    def quote(self, quote: Quote, language: str) -> QuoteView:
        opening, closing = (words(language) if language else self.words).quotes
        said = quote.attribution
        return QuoteView(
            text=_shortened(_ended(self.gate.text(quote.span.text)), LEDE),
            opening=opening,
            closing=closing,
            speaker=self.name(said.speaker) if said else "",
            role=self.name(said.role) if said else "",
        )

    def image(self, image: Image | None, headline: str) -> ImageView | None:
        url = self.gate.link(image.url, schemes=("https",)) if image else ""
        if image is None or not url or _speck(image):
            return None
        alt = self.name(image.alt) or headline
        return ImageView(url=url, alt=alt, width=image.width, height=image.height)

    def credit(self, article: Article) -> tuple[str, ...]:
        known = (article.byline, article.source)
        parts = [self.name(part) for part in known if part]
        if article.published:
            # the words of a date stay on one line
            parts.append(self.words.on(article.published).replace(" ", "\u00a0"))
        return tuple(dict.fromkeys(part for part in parts if part))

    def also(self, story: Story) -> Iterator[LinkView]:
        """Who else tells of it, each once."""
        told = {self.name(story.article.source)}
        for article in story.articles[1:]:
            url = self.gate.link(article.url)
            host = (urlsplit(url).hostname or "").removeprefix("www.")
            name = self.name(article.source) or host or self.name(article.title)
            if name and name not in told:
                told.add(name)
                yield LinkView(name=name, url=url)

    def sponsor(self, sponsor: Sponsor | None) -> SponsorView | None:
        if sponsor is None:
            return None
        return SponsorView(
            name=self.name(sponsor.name),
            text=_shortened(self.gate.text(sponsor.text), LEDE),
            url=self.gate.link(sponsor.url),
        )


def _paragraphs(text: str, gate: Gate) -> tuple[str, ...]:
    """The editor's paragraphs, parted by blank lines; in all as long as one may be."""
    left, found = LEDE, []
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        said = _shortened(gate.text(paragraph), left)
        left -= len(said)
        found.append(said)
        if left <= 0:
            break
    return tuple(filter(None, found))


def _shortened(text: str, most: int) -> str:
    """Text that some source gave without end, cut at a word."""
    if len(text) <= most:
        return text
    return (text[:most].rpartition(" ")[0] or text[:most]) + "…"


def _ended(said: str) -> str:
    """A quotation without the comma that led on to “he said”."""
    return said.rstrip(" ,،，、") or said


def _beyond(headline: str, lede: str) -> str:
    """The lede from where the headline ends, which was made from how it begins."""
    said = headline.removesuffix("…")
    rest = lede.removeprefix(said)
    if not said or rest == lede or rest[:1].isalnum():
        return lede
    if rest.startswith(".") or said.endswith(("!", "?")):  # a whole sentence
        return rest.lstrip(" .")
    following = rest.lstrip(" ,;:–—")
    return f"… {following}" if following else ""


def _without(name: str, address: str) -> str:
    """A postal address without the newsletter's name, which stands above it."""
    first, _, rest = address.partition(",")
    return rest.strip() if first == name and rest.strip() else address


def _speck(image: Image) -> bool:
    sides = (image.width, image.height)
    return any(side is not None and side < SMALLEST for side in sides)
