"""Key quotes: the few an editor would set apart.

Safe ones first; whole thoughts of 8 to 45 words, by people the story is
about, not already in the lede, no two of the same thought; or none.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property

from digest.model import Article, Lede, Quote
from digest.summary.languages import Language
from digest.summary.merits import SAFE, Merit, Passage, Scales, alike
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


class Judgement:
    """A quote, with what speaks for and against it, weighed when first asked for."""

    def __init__(self, quote: Quote, scales: Scales) -> None:
        self.quote = quote
        self._scales = scales
        said = quote.attribution
        self.speaker = said.speaker if said else ""
        #: the confidence of its speaker
        self.sure = said.confidence if said else 0.0

    @cached_property
    def passage(self) -> Passage:
        return self._scales.passage(self.quote)

    @cached_property
    def unfit(self) -> str:
        """Why it can be no key quote whatever else there is; "" if it can."""
        scales = self._scales
        return scales.unfit_length(self.quote) or scales.refusal(self.passage)

    @cached_property
    def merits(self) -> tuple[Merit, ...]:
        """What is weighed; nothing is, where that could not matter."""
        if self.sure < LEAST or self.unfit:
            return ()
        return self._scales.weigh(self.passage)

    @cached_property
    def score(self) -> float:
        return sum(merit.points for merit in self.merits)

    @property
    def sound(self) -> bool:
        return not any(merit.grave for merit in self.merits)

    @property
    def selected(self) -> Quote:
        """The key quote; a name that is not safe is not printed with it."""
        said = self.quote.attribution
        nominal = said is not None and said.rule.endswith("/nominal")
        nobody = self.speaker.lower() in self._scales.language.determiners
        safe = not nobody and self.sure >= (NOMINAL if nominal else NAMED)
        return replace(self.quote, selected=True, attribution=said if safe else None)


class Choice:
    """The key quotes among all, best first, and why the others are none.

    At most `most` are selected. What is weighed only to say why is weighed
    when `reasons` are asked for.
    """

    def __init__(
        self,
        article: Article,
        quotes: Iterable[Quote],
        lede: Lede,
        language: Language,
        *,
        most: int,
    ) -> None:
        scales = Scales(article, lede, language)
        self._judged = [Judgement(quote, scales) for quote in quotes]
        self._order: list[int] = []
        for least, sound, number in TIERS:
            if not self._order:
                self._take(least, sound=sound, most=min(most, number or most))

    def quotes(self) -> tuple[Quote, ...]:
        """All the quotes, those picked marked as selected."""
        return tuple(
            one.selected if index in self._order else one.quote
            for index, one in enumerate(self._judged)
        )

    def reasons(self) -> tuple[Reason, ...]:
        """Why each was picked or not, the deciding reason first."""
        return tuple(self._reason(index) for index in range(len(self._judged)))

    def _take(self, least: float, *, sound: bool, most: int) -> None:
        """Pick the best that are as safe and sound as that."""
        able = [
            index
            for index, one in enumerate(self._judged)
            if one.sure >= least and not one.unfit and (one.sound or not sound)
        ]
        while able and len(self._order) < most:
            best = max(able, key=lambda index: (self._worth(index), -index))
            self._order.append(best)
            able = [
                index
                for index in able
                if self._worth(index) >= SECOND and not self._ruled_out(index)
            ]

    def _worth(self, index: int) -> float:
        """Its score; a second voice is worth more than the first once more."""
        one = self._judged[index]
        heard = any(self._judged[other].speaker == one.speaker for other in self._order)
        return one.score - (SAME_SPEAKER if heard else 0.0)

    def _ruled_out(self, index: int) -> str:
        """Why this one can't stand beside those picked; "" if it can."""
        one = self._judged[index]
        for other in self._order:
            picked = self._judged[other]
            if index != other and one.quote.utterance == picked.quote.utterance:
                return f"same statement as {_short(picked.quote)}"
            if index == other or alike(one.passage.stems, picked.passage.stems):
                return f"same thought as {_short(picked.quote)}"
        return ""

    def _reason(self, index: int) -> Reason:
        one = self._judged[index]
        taken = index in self._order
        refused = "" if taken else self._refused(index)
        said = [merit.says for merit in one.merits if merit.says != refused]
        because = ((refused,) if refused else ()) + tuple(said)
        return Reason(span=one.quote.span, taken=taken, because=because)

    def _refused(self, index: int) -> str:
        """Why this one was not picked."""
        one = self._judged[index]
        if one.unfit:
            return one.unfit
        if one.quote.attribution is None:
            return "nobody is known to have said it"
        if one.sure < LEAST:
            return f"speaker unsure {one.sure:.0%}"
        if not self._order:
            return "not good enough"
        return self._ruled_out(index) or "others are better"


def _short(quote: Quote) -> str:
    return "“" + " ".join(quote.span.text.split()[:4]) + " …”"
