"""The values that pass between the stages, in the order of the way.

    Article → Summary → Issue → Email → Batch → Outcome        (→ Finding)

All are frozen; a stage takes values and gives values. The values of people
(Subscriber, Recipient, …) are in `subscribers.model`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from html import escape

# --- Article --------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Span:
    """A passage of an article: `article.text[start:end] == text`, always.

    Offsets count Unicode characters (code points), `end` is exclusive.
    """

    start: int
    end: int
    text: str

    @classmethod
    def of(cls, source: str, start: int, end: int) -> Span:
        """The passage of `source` between two offsets."""
        return cls(start=start, end=end, text=source[start:end])

    def overlaps(self, other: Span) -> bool:
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A picture of an article; the size in pixels where it is known."""

    url: str
    alt: str = ""
    width: int | None = None
    height: int | None = None


class Medium(StrEnum):
    """What an article mainly is."""

    #: to be read
    TEXT = "text"
    #: a podcast's episode
    AUDIO = "audio"
    #: a film
    VIDEO = "video"


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """What a source gave, with what is not the article already set apart.

    `text` is kept as it was given; `paragraphs` and `boilerplate` (share
    links, sign-up lines, captions, by- and datelines) are spans of it that
    do not overlap. What is in neither is white space or markup.
    """

    id: str
    text: str
    paragraphs: tuple[Span, ...] = ()
    boilerplate: tuple[Span, ...] = ()
    title: str | None = None
    url: str | None = None
    byline: str | None = None
    published: datetime | None = None
    language: str | None = None
    image: Image | None = None
    source: str | None = None
    #: what its source files it under: the categories of a feed
    tags: tuple[str, ...] = ()
    medium: Medium = Medium.TEXT


# --- Summary --------------------------------------------------------------


#: under this confidence nobody is told who said it; chosen by measurement: a higher
#: one takes right speakers away from the annotated news
LIKELY = 0.25
#: how far over what fits an opening and what it is about may go together
SLACK = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Lede:
    """The lead paragraph(s), as the sentences that were chosen.

    `about` is the place of the sentence that says what the story is about: the
    first, or, behind an anecdote or a quote, a later one (the nut graf).
    """

    sentences: tuple[Span, ...] = ()
    about: int = 0

    @property
    def text(self) -> str:
        """The sentences joined by one space."""
        return " ".join(sentence.text for sentence in self.sentences)

    def within(self, characters: int) -> Lede:
        """The leading sentences that fit, and the one that says what it is about.

        At least one, whole, however long. The opening goes where the two are far
        too long together.
        """
        kept = self._leading(characters)
        if self.about < len(kept):
            return Lede(sentences=kept, about=self.about)
        about = self.sentences[self.about : self.about + 1]
        kept = self._leading(characters - sum(len(one.text) + 1 for one in about))
        joined = Lede(sentences=kept + about, about=len(kept))
        if len(joined.text) <= SLACK * characters:
            return joined
        return Lede(sentences=about)

    def _leading(self, characters: int) -> tuple[Span, ...]:
        length = 0
        for place, sentence in enumerate(self.sentences):
            length += len(sentence.text) + 1
            if place and length - 1 > characters:
                return self.sentences[:place]
        return self.sentences


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """Who said it, in the article's own words, and why we think so.

    `confidence` is the measured share of right attributions by `rule`.
    """

    speaker: str
    role: str | None = None
    cue: str | None = None
    rule: str
    confidence: float

    @property
    def safe(self) -> bool:
        """Whether it is likely enough to be told at all."""
        return self.confidence >= LIKELY


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """One unbroken quoted passage without its outer marks.

    Passages of one utterance ("A," he said. "B") share `utterance`.
    `selected` marks the key quotes that go into a digest.
    """

    span: Span
    utterance: int
    attribution: Attribution | None = None
    selected: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What an editor would take from an article: its lede and its quotes."""

    lede: Lede = Lede()
    quotes: tuple[Quote, ...] = ()
    language: str | None = None

    @property
    def key_quotes(self) -> tuple[Quote, ...]:
        return tuple(quote for quote in self.quotes if quote.selected)


# --- Issue ----------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One event as one or more articles tell it; the first is the one quoted.

    Every span of `lede` and `quotes` is a span of `articles[0].text`. The `note` is
    the editor's, and is set apart from what is quoted.
    """

    headline: str
    articles: tuple[Article, ...]
    lede: Lede
    quotes: tuple[Quote, ...] = ()
    note: str = ""

    @property
    def article(self) -> Article:
        return self.articles[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Stories under one heading; the first section of an issue may have none."""

    title: str | None
    stories: tuple[Story, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sponsor:
    """Who pays for a block of an issue, in words of their own; it is marked as such."""

    name: str
    text: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """A finished edition, independent of who will get it. Frozen once built.

    `id` is what it is called in the database; None where it was not kept. `editorial`
    is the editor's own paragraph, above the stories.
    """

    number: int
    series: str
    title: str
    subject: str
    preheader: str
    published: datetime
    language: str
    sections: tuple[Section, ...]
    editorial: str = ""
    sponsor: Sponsor | None = None
    id: int | None = None

    @property
    def stories(self) -> tuple[Story, ...]:
        return tuple(story for section in self.sections for story in section.stories)


# --- Email ----------------------------------------------------------------


class Placeholder(StrEnum):
    """What differs per person in an otherwise identical e-mail."""

    #: where the reader leaves the list
    UNSUBSCRIBE_URL = "unsubscribe_url"
    #: where the reader chooses what to get
    PREFERENCES_URL = "preferences_url"
    #: a space and the reader's name, or nothing: "Hello Ada," or "Hello,"
    READER_TEXT = "reader_text"
    #: the same in HTML, for SendGrid does not know which part it fills
    READER_HTML = "reader_html"
    #: where somebody who signed up says that it was they
    CONFIRM_URL = "confirm_url"


@dataclass(frozen=True, slots=True, kw_only=True)
class Email:
    """An issue as bytes for everybody, with tags where people differ.

    `tags` maps each placeholder to the text that stands for it in `html` and
    `text`. A tag carries random characters, so no article can contain one.
    """

    subject: str
    preheader: str
    html: str
    text: str
    tags: Mapping[Placeholder, str] = field(default_factory=dict)

    def fill(self, values: Mapping[Placeholder, str]) -> Email:
        """This e-mail as one person sees it; `values` are plain text."""
        html, text = self.html, self.text
        for placeholder, tag in self.tags.items():
            html = html.replace(tag, escape(values[placeholder]))
            text = text.replace(tag, values[placeholder])
        return replace(self, html=html, text=text, tags={})


# --- Finding --------------------------------------------------------------


class Severity(StrEnum):
    #: forbids sending, unless the check is named with `--allow`
    ERROR = "error"
    #: a reader will notice
    WARNING = "warning"
    #: worth knowing
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a check found, where, and what helps.

    `at` are the elements of the e-mail's HTML that it speaks of, where it speaks of
    some: their places among all elements, in the order of the document, from 0.
    """

    check: str
    severity: Severity
    message: str
    where: str
    help: str
    at: tuple[int, ...] = ()


# --- Campaign, Batch, Outcome ----------------------------------------------


class CampaignState(StrEnum):
    """The words are listmonk's; design/delivery.md gives the transitions."""

    #: created, not begun
    DRAFT = "draft"
    #: its time has not come yet
    SCHEDULED = "scheduled"
    #: batches are being handed over
    RUNNING = "running"
    #: stopped, always with a reason
    PAUSED = "paused"
    #: what can be taken back is being taken back
    CANCELLING = "cancelling"
    #: nothing more goes out; what had gone out is named
    CANCELLED = "cancelled"
    #: every batch has its outcome
    FINISHED = "finished"


class AttemptState(StrEnum):
    """What is known of one hand-over of one batch."""

    #: committed before the first byte leaves
    SENDING = "sending"
    #: the provider said yes
    ACCEPTED = "accepted"
    #: the provider said no, for certain
    REFUSED = "refused"
    #: it may have arrived or not; never sent again on its own
    UNKNOWN = "unknown"
    #: its wave is being taken back
    CANCELLING = "cancelling"
    #: it was taken back before it went out, for certain
    CANCELLED = "cancelled"
    #: an operator gave it up, and let its people be handed over again
    ABANDONED = "abandoned"


class Mode(StrEnum):
    """How a campaign is handed over; design/delivery.md, section 1."""

    #: ahead of its time, so that what is unknown can be taken back and sent anew
    STAGED = "staged"
    #: at once
    DIRECT = "direct"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one hand-over."""

    state: AttemptState
    reason: str = ""
    message_id: str | None = None
    #: seconds after which what was refused, or not begun, may be tried, if it may
    retry_after: float | None = None
    #: Refused for some of its people: which, by their places in the request; empty
    #: where the provider does not say. None where it is refused for all.
    culprits: tuple[int, ...] | None = None
    #: Of a serial transport that ended before everybody had their turn. From this place
    #: on nobody was accepted, for certain; whoever is before it was, but for those in
    #: `refused`, and but for the last of them (`ended - 1`) where the state is unknown.
    #: None: everybody had their turn.
    ended: int | None = None
    #: Of a serial transport: who was refused, each for themselves, by their places, and
    #: why, with the server's code.
    refused: Mapping[int, str] = field(default_factory=dict)


# --- Schedule ---------------------------------------------------------------

#: for building, and for handing over in the hour before it goes out
LEAD = timedelta(hours=2)


class Missed(StrEnum):
    """What becomes of a slot that nobody was there for, within its lateness."""

    #: it is done as soon as somebody is, once
    ONCE = "once"
    #: it is left out
    SKIP = "skip"
    #: a person is asked
    ASK = "ask"


class Otherwise(StrEnum):
    """What becomes of an issue that nobody has approved by its deadline."""

    SEND = "send"
    SKIP = "skip"


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A digest that goes out by itself: when, in which time zone, to which lists.

    It is built `ahead` of its time, and not `lateness` after. With `approve` somebody
    looks at it first, until `deadline` before it goes out. With `local` it
    goes out at its time of day in each subscriber's own zone; `zone` is of those who
    have none.
    """

    name: str
    every: str
    zone: str
    lists: tuple[str, ...]
    lead: timedelta | None = None
    lateness: timedelta = timedelta(hours=6)
    missed: Missed = Missed.ONCE
    approve: bool = False
    deadline: timedelta = timedelta(minutes=75)
    otherwise: Otherwise = Otherwise.SKIP
    local: bool = False

    @property
    def ahead(self) -> timedelta:
        """How long before its time its steps start: two hours, and the editor's."""
        if self.lead is not None:
            return self.lead
        return LEAD + (self.deadline if self.approve else timedelta(0))
