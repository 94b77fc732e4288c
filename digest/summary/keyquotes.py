"""Key quotes: the few an editor would set apart.

Safe ones first; whole thoughts of 8 to 45 words, by people the story is
about, not already in the lede, no two of the same thought; or none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from digest.model import Article, Lede, Quote
from digest.summary.languages import Language
from digest.summary.merits import SAFE, Merit, Scales, alike
from digest.summary.reasons import Reason

#: below this one no name is printed; a noun ("a friend") accuses nobody
NAMED, NOMINAL = 0.82, 0.6
#: one below this is not taken at all, nor one that nobody is known to have said
LEAST = 0.4
#: from the best quotes to what is taken where there is no better: the least
#: confidence, whether without grave faults, and how many (None: all asked for)
TIERS = (
    (SAFE, True, None),
    (NAMED, True, 1),
    (SAFE, False, 1),
    (LEAST, True, 1),
    (NAMED, False, 1),
    (LEAST, False, 1),
)
#: the score of a quote that may stand beside a better one
SECOND = 1.0
#: so much better a second quote by the same speaker must be
SAME_SPEAKER = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A quote, with what speaks for and against it and what came of that."""

    quote: Quote
    #: the stems of its words
    says: frozenset[str] = frozenset()
    merits: tuple[Merit, ...] = ()
    #: why it was not selected; empty where it was
    refused: str = ""
    #: whether its speaker tells a reader nothing: "one", "some"
    nobody: bool = False

    @property
    def score(self) -> float:
        return sum(merit.points for merit in self.merits)

    @property
    def sound(self) -> bool:
        return not any(merit.grave for merit in self.merits)

    @property
    def reason(self) -> Reason:
        """The judgement in words, the deciding one first."""
        decided = (self.refused,) if self.refused else ()
        said = tuple(m.says for m in self.merits if m.says not in decided)
        taken = self.quote.selected
        return Reason(span=self.quote.span, taken=taken, because=decided + said)

    @property
    def sure(self) -> float:
        """The confidence of its speaker."""
        said = self.quote.attribution
        return said.confidence if said else 0.0


def judge(
    article: Article,
    quotes: Sequence[Quote],
    lede: Lede,
    language: Language,
    *,
    most: int,
) -> tuple[Judgement, ...]:
    """A judgement for each of these quotes; at most `most` of them are selected."""
    scales = Scales(article, lede, language)
    chosen = _Chosen([_weighed(quote, scales) for quote in quotes])
    for least, sound, number in TIERS:
        if not chosen.order:
            chosen.take(least, sound=sound, most=min(most, number or most))
    return tuple(chosen.verdicts())


def _weighed(quote: Quote, scales: Scales) -> Judgement:
    said = quote.attribution
    refused = scales.unfit_length(quote)
    if refused or said is None or said.confidence < LEAST:
        return Judgement(quote=quote, refused=refused)  # whatever else speaks for it
    passage = scales.passage(quote)
    refused = scales.refusal(passage)
    merits = () if refused else scales.weigh(passage)
    return Judgement(
        quote=quote,
        says=passage.stems,
        merits=merits,
        refused=refused,
        nobody=said.speaker.lower() in scales.language.determiners,
    )


class _Chosen:
    """The key quotes as they are picked, best first, and what they rule out."""

    def __init__(self, judged: Sequence[Judgement]) -> None:
        self.judged = judged
        self.order: list[int] = []

    def take(self, least: float, *, sound: bool, most: int) -> None:
        """Pick the best that are as safe and sound as that."""
        able = [
            index
            for index, one in enumerate(self.judged)
            if not one.refused and one.sure >= least and (one.sound or not sound)
        ]
        while able and len(self.order) < most:
            best = max(able, key=lambda index: (self._worth(index), -index))
            self.order.append(best)
            able = [
                index
                for index in able
                if self._worth(index) >= SECOND and not self._ruled_out(index)
            ]

    def _worth(self, index: int) -> float:
        """Its score; a second voice is worth more than the first once more."""
        speaker = _speaker(self.judged[index])
        heard = any(_speaker(self.judged[other]) == speaker for other in self.order)
        return self.judged[index].score - (SAME_SPEAKER if heard else 0.0)

    def _ruled_out(self, index: int) -> str:
        """Why this one can't stand beside those picked; "" if it can."""
        for other in self.order:
            one, picked = self.judged[index], self.judged[other]
            if index != other and one.quote.utterance == picked.quote.utterance:
                return f"same statement as {_short(picked.quote)}"
            if index == other or alike(one.says, picked.says):
                return f"same thought as {_short(picked.quote)}"
        return ""

    def verdicts(self) -> Iterator[Judgement]:
        for index, one in enumerate(self.judged):
            if index in self.order:
                yield replace(one, quote=_selected(one))
            else:
                refused = one.refused or self._ruled_out(index) or self._beaten(one)
                yield replace(one, refused=refused)

    def _beaten(self, one: Judgement) -> str:
        if one.quote.attribution is None:
            return "nobody is known to have said it"
        if one.sure < LEAST:
            return f"speaker unsure {one.sure:.0%}"
        if not self.order:
            return "not good enough"
        return "others are better"


def _speaker(one: Judgement) -> str:
    return one.quote.attribution.speaker if one.quote.attribution else ""


def _selected(one: Judgement) -> Quote:
    """A key quote; a name that is not safe is not printed with it."""
    said = one.quote.attribution
    nominal = said is not None and said.rule.endswith("/nominal")
    safe = not one.nobody and one.sure >= (NOMINAL if nominal else NAMED)
    return replace(one.quote, selected=True, attribution=said if safe else None)


def _short(quote: Quote) -> str:
    return "“" + " ".join(quote.span.text.split()[:4]) + " …”"
