"""What speaks for a quote as a key quote, and what against it.

What is known of pull quotes (real quotations, personal pronouns, concreteness, an
early place) and what an editor asks of one: that it stands alone. The words that
tell are data: `keyquotes.toml`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import islice
from typing import NamedTuple

from digest.model import Article, Lede, Quote
from digest.summary.headline import stems
from digest.summary.languages import Language
from digest.summary.reasons import in_words

#: a quote is safe from this confidence of its speaker on
SAFE = 0.9
#: the points between a speaker who is certain and one who is certainly wrong
DOUBT = 10.0
#: the words of a good quote, and of one that is taken where there is no better
GOOD, BARE = (8, 45), (5, 60)
#: up to so many words a quote is read at a glance
CRISP = 30
#: no quote is longer, in characters
LONGEST = 600
#: a pronoun so early in a quote has nobody in the quote that it could stand for
EARLY = 8
#: more figures than this are for a table
FIGURES = 3
#: quotes with this share of words in common are one thought, if so many; and one
#: with this share of words in a sentence of the lede has been told there
SAME, SAME_WORDS = 0.5, 2
TOLD, TOLD_WORDS = 0.6, 4
#: who is named so often is somebody the story is about; looked for so far
OFTEN, SAMPLE = 3, 20_000

WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
#: writing without spaces between words
DENSE = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]"
)
#: what may stand between a quotation and the words around it
CLOSING = frozenset("\"“”„‟«»‹›「」『』‘’'`´ \u00a0\u202f")
BETWEEN = "".join(CLOSING) + "\n"
#: a first word that stands alone: "Well, …"
INTERJECTION = re.compile(r"\w+[,.!;…—–-]")
ENDS = frozenset(".,?!…;:—–-)]。！？」")
EDITED = re.compile(r"\[[^]]*\]?|\.\.\.|…|\(\w")
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
LINKED = ("http", "www.", ".com", "@")
LINK = re.compile(r"https?:|www\.|\w\.com\b|(?<!\w)@\w")
NESTED = re.compile(r"[\"“”„‟«‹「'‘](?<!\w.)\w.*?\w[.,?!]?[\"“”»›」'’](?!\w)")
#: what stands for the letters of a masked word
MASKS = ("*", "--", "——", "__")
#: "f---", "s**t"; but not "I--"
MASKED = re.compile(
    r"\b[a-z]+\*(?:\*|[a-z])|\b[b-hj-z](?:-{2,}|—{2,}|_{2,})", re.IGNORECASE
)


class Merit(NamedTuple):
    """One thing that speaks for a quote, or against it, in words and in points.

    What is `grave` is forgiven only where there is nothing better.
    """

    says: str
    points: float
    grave: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The words of a language that tell how well a quote stands alone."""

    opening: frozenset[str] = frozenset()
    pointing: frozenset[str] = frozenset()
    personal: frozenset[str] = frozenset()
    answering: frozenset[str] = frozenset()
    greeting: frozenset[str] = frozenset()
    coarse: frozenset[str] = frozenset()


@cache
def standing(code: str) -> Standing:
    """Those of this language; none are known of one without a table."""
    source = files(__package__ or "digest.summary").joinpath("keyquotes.toml")
    table = tomllib.loads(source.read_text("utf-8")).get(code, {})
    return Standing(**{name: frozenset(text.split()) for name, text in table.items()})


@dataclass(frozen=True, slots=True)
class Passage:
    """A quote as it is weighed: its words in lower case, and their stems."""

    quote: Quote
    words: list[str]
    stems: frozenset[str]


class Scales:
    """What the quotes of one article are weighed against."""

    def __init__(self, article: Article, lede: Lede, language: Language) -> None:
        self.article = article
        self.lede = lede
        self.language = language
        self.known = standing(language.code)
        self._headline = stems(article.title or "", language)
        self._told = [stems(sentence.text, language) for sentence in lede.sentences]
        self._named: dict[str, int] = {}

    def passage(self, quote: Quote) -> Passage:
        text = quote.span.text[:LONGEST]
        words = [word.lower().replace("’", "'") for word in WORD.findall(text)]
        return Passage(quote, words, stems(text, self.language))

    def unfit_length(self, quote: Quote) -> str:
        """Whether a quote is too short or too long to be set apart; "" if not."""
        text = quote.span.text
        count = length(text[:LONGEST])
        if count < BARE[0]:
            return f"too short: {in_words(count)}"
        return "too long" if count > BARE[1] or len(text) > LONGEST else ""

    def refusal(self, passage: Passage) -> str:
        """Why this can be no key quote whatever else there is; "" if it can."""
        text = passage.quote.span.text
        return self._known_from_lede(passage) or self._unfit(text, passage.words)

    def _known_from_lede(self, passage: Passage) -> str:
        if any(one.overlaps(passage.quote.span) for one in self.lede.sentences):
            return "already in the lede"
        least = max(TOLD_WORDS, TOLD * len(passage.stems))
        told = any(len(passage.stems & one) >= least for one in self._told)
        return "the lede says it" if told else ""

    def _unfit(self, text: str, words: list[str]) -> str:
        if words and words[0] in self.known.greeting:
            return "a greeting"
        if not self.known.coarse.isdisjoint(words):
            return "coarse"
        # both patterns begin with letters, so that what they need is looked for first
        if any(sign in text for sign in MASKS) and MASKED.search(text):
            return "coarse"
        linked = any(sign in text for sign in LINKED) and LINK.search(text)
        return "a link or handle in it" if linked else ""

    def weigh(self, passage: Passage) -> tuple[Merit, ...]:
        """All that speaks for this quote and against it."""
        quote, words = passage.quote, passage.words
        text = quote.span.text
        return (
            _safe(quote),
            _length(length(text)),
            *self._whole(quote),
            *self._self_contained(text, words),
            *self._answer(quote, words),
            *_form(text),
            *self._personal(words),
            self._place(quote),
            *self._on_topic(passage),
            *self._speaker(quote),
        )

    def _whole(self, quote: Quote) -> Iterator[Merit]:
        """Whether it is a sentence of its own, no part of the reporter's."""
        text = quote.span.text
        behind = self.article.text[quote.span.end : quote.span.end + 12]
        after = next((c for c in behind if c not in CLOSING), "\n")
        if not text[0].isalnum() or text[0].islower():
            yield Merit("part of a sentence", -2.0, grave=True)
        elif text[-1] not in ENDS and after not in ENDS and after.isalnum():
            yield Merit("breaks off", -1.5, grave=True)
        else:
            yield Merit("whole sentence", 0.0)

    def _self_contained(self, text: str, words: list[str]) -> Iterator[Merit]:
        """Whether a reader knows who “they” are, and what “it” is."""
        first = words[0] if words else ""
        if first in self.known.opening or _stem(first) in self.known.opening:
            yield Merit(f"opens with “{first}”", -1.0)
            return
        for found in islice(WORD.finditer(text), 1, EARLY):
            word = found[0]
            if word[0].isupper() and word.lower() not in self.known.personal:
                return  # a name, and the pronouns behind it stand for that
            if _stem(word) in self.known.pointing:
                yield Merit(f"leaves open what “{word}” is", -0.5)
                return

    def _answer(self, quote: Quote, words: list[str]) -> Iterator[Merit]:
        start = quote.span.start
        before = self.article.text[max(0, start - 12) : start].rstrip(BETWEEN)
        answers = bool(words) and words[0] in self.known.answering
        interjected = answers and INTERJECTION.match(quote.span.text)
        if before.endswith("?") or interjected:
            yield Merit("answers a question", -0.8)

    def _personal(self, words: list[str]) -> Iterator[Merit]:
        if not self.known.personal.isdisjoint(words):
            yield Merit("personal", 0.3)

    def _place(self, quote: Quote) -> Merit:
        share = quote.span.start / max(1, len(self.article.text))
        where = "early" if share < 1 / 3 else "midway" if share < 2 / 3 else "late"
        return Merit(where, 0.6 * (1 - share))

    def _on_topic(self, passage: Passage) -> Iterator[Merit]:
        if not passage.stems.isdisjoint(self._headline):
            yield Merit("speaks of what the headline does", 0.3)

    def _speaker(self, quote: Quote) -> Iterator[Merit]:
        """Whether it is a person, and one the story is about."""
        if quote.attribution is None:
            return
        said = quote.attribution
        named = said.speaker.lower().split()
        if said.rule.endswith("/nominal") or named[0] in self.language.determiners:
            yield Merit("said by nobody with a name", -0.3)
        elif named[-1] in self.language.things:
            yield Merit("said by no person", -0.5)
        name = said.speaker.split()[-1]
        if name in (self.article.title or ""):
            yield Merit("speaker in the headline", 0.4)
        elif self._mentions(name) >= OFTEN:
            yield Merit(f"speaker named {self._mentions(name)} times", 0.3)

    def _mentions(self, name: str) -> int:
        if name not in self._named:
            self._named[name] = self.article.text.count(name, 0, SAMPLE)
        return self._named[name]


def length(text: str) -> int:
    """How many words a text has; of writing without spaces, two characters are one."""
    return len(text.split()) + len(DENSE.findall(text)) // 2


def alike(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two passages are one thought: by what they share of the shorter."""
    least = max(SAME_WORDS, SAME * min(len(one), len(other)))
    return len(one & other) >= least


def _stem(word: str) -> str:
    """ "it" of "it's"; capitals stay, for “Sie” is not “sie”."""
    return re.split(r"['’]", word, maxsplit=1)[0]


def _safe(quote: Quote) -> Merit:
    said = quote.attribution
    if said is None:
        return Merit("no speaker known", -DOUBT * SAFE)
    sure = "safe speaker" if said.confidence >= SAFE else "speaker unsure"
    points = DOUBT * (said.confidence - SAFE)
    return Merit(f"{sure} {said.confidence:.0%}", points)


def _length(count: int) -> Merit:
    if count < GOOD[0]:
        return Merit(f"only {count} words", -0.5)
    if count > GOOD[1]:
        return Merit(f"{count} words, long", -0.5)
    return Merit(f"{count} words", 1.0 if count <= CRISP else 0.6)


def _form(text: str) -> Iterator[Merit]:
    figures = len(NUMBER.findall(text))
    if figures > FIGURES:
        yield Merit(f"{figures} figures", -0.8)
    edits = len(EDITED.findall(text))
    if edits:
        yield Merit("cut or amended by the reporter", -0.5 * edits)
    if NESTED.search(text):
        yield Merit("quotes somebody else", -0.3)
    if text.endswith("?"):
        yield Merit("a question", -0.4)
    if sum(map(str.isupper, text)) > len(text) / 3:
        yield Merit("shouted", -1.0)
