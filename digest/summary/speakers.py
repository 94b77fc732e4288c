"""Who says each quotation: an article read paragraph by paragraph, and who spoke last.

What stands around a quotation says it first (`digest.summary.around`); what is said
of one that belongs to it, or goes on, comes after.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import NamedTuple

from digest.model import Span
from digest.summary.around import Around
from digest.summary.attribution import Claim
from digest.summary.coreference import Readings
from digest.summary.languages import Language
from digest.summary.marks import Quotation
from digest.summary.names import People, Person
from digest.summary.phrases import Kind
from digest.summary.roles import local_role
from digest.summary.sentences import sentence_ends


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """Who says one quotation, as far as the article tells."""

    utterance: int
    speaker: str | None = None
    person: Person | None = None
    role: str | None = None
    cue: str | None = None
    rule: str = ""
    #: where the article names who speaks: offsets of "she", "the mayor", "Jane Doe"
    mention: tuple[int, int] | None = None
    #: whether it is only taken from another utterance
    carried: bool = False

    @property
    def gives_way(self) -> bool:
        """Whether an attribution that stands in the same utterance is surer."""
        return self.carried or not self.speaker


def voices(
    text: str,
    paragraphs: Sequence[Span],
    found: Sequence[Quotation],
    language: Language,
) -> list[Voice]:
    """For each quotation, in order, who says it and which belong together."""
    if not language.code:  # nothing is known but the marks
        return [Voice(utterance=index) for index in range(len(found))]
    if not found:
        return []
    people = People(text, paragraphs, language)
    readings = Readings(text, paragraphs, people, found, language)
    reader = _Reader(text, paragraphs, people, readings, language)
    result: list[Voice] = []
    for _, group in groupby(found, key=lambda quotation: quotation.paragraph):
        result += reader.paragraph(list(group))
    return _told_at_the_end(found, result)


def _told_at_the_end(found: Sequence[Quotation], said: list[Voice]) -> list[Voice]:
    """With its speaker for each paragraph of an utterance whose last names them."""
    for index in range(len(found) - 1, 0, -1):
        before, voice = said[index - 1], said[index]
        if found[index].continued and voice.speaker and before.gives_way:
            said[index - 1] = _again(voice, "continued", before.utterance)
    return said


class Gap(NamedTuple):
    """A passage between two quotations."""

    start: int
    end: int


class _Reader:
    """Goes through an article paragraph by paragraph and remembers who spoke."""

    def __init__(
        self,
        text: str,
        paragraphs: Sequence[Span],
        people: People,
        readings: Readings,
        language: Language,
    ) -> None:
        self._text, self._paragraphs = text, paragraphs
        self._people, self._readings, self._language = people, readings, language
        self._utterance = -1
        self._last: Voice | None = None
        self._last_paragraph = -2
        #: where the sentence ends that goes on behind the last quotation
        self._last_end = 0

    def paragraph(self, group: list[Quotation]) -> list[Voice]:
        """The voices of the quotations of one paragraph."""
        around = [
            Around(self._text, self._paragraphs, group, i, self._language)
            for i in range(len(group))
        ]
        claims = [each.claim() for each in around]
        said: list[Voice] = []
        for quotation in group:
            voice = self._voice(quotation, claims, around, said)
            said.append(voice)
            if voice.person is not None:
                self._readings.speakers.add(id(voice.person))
        self._last, self._last_paragraph = said[-1], group[0].paragraph
        self._last_end = around[-1].after_end
        return said

    def _voice(
        self,
        quotation: Quotation,
        claims: list[Claim | None],
        around: list[Around],
        said: list[Voice],
    ) -> Voice:
        """By the first rule that answers, from the surest to the weakest."""
        index = len(said)
        claim = claims[index]
        if quotation.continued and self._last and not said:
            return self._further(self._last, claim, quotation)
        if claim and said and _is_shared(claims[index - 1], claim):
            return self._again(said[-1], "split", same=True)
        if claim is None and said:
            split = around[index].follows_attribution()
            if split or said[-1].speaker:
                if split:
                    return self._again(said[-1], "split", same=True)
                gap = Gap(around[index - 1].after_end, quotation.outer_start)
                return self._from_before(said[-1], "same-paragraph", gap)
        claim = claim or around[index].sentence_before() or _ahead(claims, index)
        if claim is not None:
            return self._resolved(claim, quotation)
        follows = self._last_paragraph == quotation.paragraph - 1
        if self._last and follows and not said:
            gap = Gap(self._last_end, quotation.outer_start)
            behind = self._behind(quotation)
            return self._from_before(self._last, "paragraph-before", gap, behind)
        return Voice(utterance=self._next())

    def _from_before(
        self, before: Voice, rule: str, gap: Gap, behind: int = 0
    ) -> Voice:
        """The speaker before, less sure if a sentence begins with somebody else."""
        ends = sentence_ends(self._text, self._people.language, *gap)
        starts = [gap.start, *ends[:-1]]
        if any(self._is_other(before, start) for start in starts) or (
            behind and self._is_other(before, behind, first=True)
        ):
            rule += "-other"
        return self._again(before, rule, same=False)

    def _is_other(self, before: Voice, start: int, *, first: bool = False) -> bool:
        """Whether another person is named at this offset, or for the first time."""
        while self._text[start : start + 1].isspace():
            start += 1
        return any(
            person is not before.person
            and (person.is_somebody or self._text[mention.end : mention.end + 1] == ",")
            and (not first or person.starts[0] == start)
            for mention, person in self._people.between(start, start + 1)
        )

    def _behind(self, quotation: Quotation) -> int:
        """Where the next paragraph begins if the quotation has its own; 0 if not."""
        index = quotation.paragraph + 1
        alone = quotation.outer_end == self._paragraphs[index - 1].end
        last = not alone or index == len(self._paragraphs)
        return 0 if last else self._paragraphs[index].start

    def _further(
        self, before: Voice, claim: Claim | None, quotation: Quotation
    ) -> Voice:
        """The voice of a further paragraph of the same utterance."""
        if before.gives_way and claim and claim.rule.startswith("after"):
            voice = self._resolved(claim, quotation)
            self._utterance = before.utterance
            return replace(voice, utterance=before.utterance)
        return self._again(before, "continued", same=True)

    def _again(self, before: Voice, rule: str, *, same: bool) -> Voice:
        """The voice of the quotation before, by a rule that carries it on."""
        if same:
            return _again(before, rule, before.utterance)
        return replace(_again(before, rule, self._next()), carried=True)

    def _next(self) -> int:
        self._utterance += 1
        return self._utterance

    def _resolved(self, claim: Claim, quotation: Quotation) -> Voice:
        """The claim with the person it means."""
        subject = claim.subject
        literal = self._text[subject.start : subject.end]
        if subject.kind is Kind.PRONOUN:
            if literal.lower() not in self._people.language.singular_pronouns:
                return self._by(None, claim, "pronoun", None)
            person, sole = self._readings.person_of(
                literal.lower(), subject.start, quotation.paragraph
            )
            kind = "pronoun-sole" if sole else "pronoun"
            return self._by(person, claim, kind, person.name if person else None)
        if subject.kind is Kind.NOMINAL:
            return self._by(None, claim, "nominal", " ".join(literal.split()))
        person = self._people.known(subject.words, subject.start, subject.title)
        kind = "namesake" if self._people.is_shared(subject.words) else "name"
        return self._by(person, claim, kind, person.name)

    def _by(
        self, person: Person | None, claim: Claim, kind: str, speaker: str | None
    ) -> Voice:
        start, end = claim.subject.role or (0, 0)
        return Voice(
            utterance=self._next(),
            speaker=speaker,
            person=person,
            role=local_role(self._text, start, end, self._people.language),
            cue=claim.cue,
            rule=f"{claim.rule}/{kind}",
            mention=(claim.subject.start, claim.subject.end),
        )


def _again(voice: Voice, rule: str, utterance: int) -> Voice:
    """The same speaker by a rule that carries them on or back."""
    if not voice.speaker:
        return Voice(utterance=utterance)
    kind = voice.rule.partition("/")[2]
    return replace(voice, rule=f"{rule}{_how(voice)}/{kind}", utterance=utterance)


def _is_shared(before: Claim | None, claim: Claim) -> bool:
    """Whether one attribution stands between two passages: "…,” she said, “…"."""
    if before is None or not before.rule.startswith("after"):
        return False
    return before.subject.start == claim.subject.start and before.cue == claim.cue


def _how(before: Voice) -> str:
    """What makes a speaker that is carried on less sure than others."""
    if "-hearsay" in before.rule:
        return "-hearsay"
    return "" if before.cue or before.rule.startswith("label") else "-any"


def _ahead(claims: list[Claim | None], index: int) -> Claim | None:
    """The speaker of the next quotation, if named behind that."""
    ahead = claims[index + 1] if index + 1 < len(claims) else None
    if ahead is None or not ahead.rule.startswith("after"):
        return None
    return replace(ahead, rule="ahead")
