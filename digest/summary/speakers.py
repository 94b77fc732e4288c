"""Who says each quotation: the rules, from the surest to the weakest.

A rule reads what stands around a quotation in its paragraph. Each has a
name, and `confidence.toml` holds how often it was right where people had
marked the speaker.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import NamedTuple

from digest.model import Span
from digest.summary.clauses import (
    INSERTS,
    cues,
    stands_first,
    subject_left,
    subject_right,
    whole_phrase,
)
from digest.summary.coreference import Readings
from digest.summary.fields import subject_of_verb
from digest.summary.languages import Language
from digest.summary.marks import Quotation
from digest.summary.names import People, Person
from digest.summary.phrases import Kind, Subject, named, phrase_beginning, phrase_ending
from digest.summary.roles import local_role
from digest.summary.sentences import sentence_ends
from digest.summary.tokens import Part, Token, tokens

#: what a quotation ends with when its sentence goes on behind it
GOES_ON = frozenset(",?!—–-…")
#: how many characters around a quotation are read
WINDOW = 600
#: rules that give way to whatever stands before the quotation
WEAKER = ("after-any", "after-loose")
#: how far from the quotation the verb of a sentence of its own may stand
FAR = 6
#: so many characters of a phrase without a name may be who speaks
PHRASE = 50
#: what such a sentence ends or goes on with
SHORT = frozenset([".", ",", "in", "on", "at", "during", "of", "about", "after"])
#: the line below or behind a quotation that names its speaker is no longer than this
SIGNATURE = 100
DASHES = frozenset(["—", "–", "―", "--", "-"])
#: … of so many words in front of it
LABEL = 12
#: what may stand before a name that signs a quotation
SIGNS = ("(", "—", "–", "-", "―")
CLOSING = "'\"’”» "


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A rule's answer for one quotation."""

    rule: str
    subject: Subject
    cue: str | None = None


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
            _Around(self._text, self._paragraphs, group, i, self._language)
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
        around: list[_Around],
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


class _Around:
    """What stands before and behind one quotation, and what it says of it."""

    def __init__(
        self,
        text: str,
        paragraphs: Sequence[Span],
        group: list[Quotation],
        index: int,
        language: Language,
    ) -> None:
        self._text, self._language = text, language
        self.quotation = quotation = group[index]
        paragraph = paragraphs[quotation.paragraph]
        self.gap_start = group[index - 1].outer_end if index else paragraph.start
        if not index and quotation.outer_start == paragraph.start:
            self.gap_start = _announced(text, paragraphs, quotation.paragraph)
        behind = (
            group[index + 1].outer_start if index + 1 < len(group) else paragraph.end
        )
        self._first = index == 0
        before = max(self.gap_start, quotation.outer_start - WINDOW)
        self._before_ends = sentence_ends(text, language, before, quotation.outer_start)
        self._before = before
        self._paragraph_end = behind
        after = min(behind, quotation.outer_end + WINDOW)
        self.after_end = sentence_ends(text, language, quotation.outer_end, after)[0]

    def claim(self) -> Claim | None:
        """The answer of what stands in the same sentence."""
        after = self._after()
        if after is None:
            return self._in_front()
        weak = after.rule.startswith(WEAKER) or not self._goes_on()
        pronoun = after.subject.kind is Kind.PRONOUN
        if not weak and self._last_mark() == "," and not pronoun:
            return after  # surer than anything in front could be
        before = self._in_front()
        outweighed = before and (weak or before.rule == "before-colon")
        return before if outweighed else after

    def follows_attribution(self) -> bool:
        """Whether all that parts it from the quotation before is an attribution."""
        ends = self._before_ends[:-1]
        if not ends:
            return True
        tail = self._text[ends[-1] : self.quotation.outer_start]
        return len(ends) == 1 and not tail.strip()

    # --- behind ---

    def _goes_on(self) -> bool:
        """Whether the sentence goes on behind the closing mark."""
        text, end = self._text, self.quotation.outer_end
        last = self._last_mark()
        behind = text[end : self.after_end].lstrip()
        if not behind:
            return False
        return last in GOES_ON or behind[0] in ",–—-" or behind[0].islower()

    def _last_mark(self) -> str:
        """The last character of the quotation but for marks of a nested one."""
        start, end = self.quotation.start, self.quotation.end
        return self._text[max(start, end - 4) : end].rstrip(CLOSING)[-1:] or " "

    def _after(self) -> Claim | None:
        quotation, language = self.quotation, self._language
        clause = tokens(self._text, quotation.outer_end, self.after_end, language)
        while clause and clause[0].part is Part.MARK:
            clause = clause[1:]
        if not clause:
            return None
        attached = self._goes_on()
        reported = self._reported(clause, self._language.reporting, "after-according")
        if reported:
            return reported
        signed = self._signed() or _handle(clause, language)
        if signed:
            return signed
        for cue in cues(clause, language)[:2]:
            claim = self._by_cue(clause, cue, attached)
            if claim:
                return self._unless_hearsay(claim, clause)
        if not attached:
            return None
        return self._loose(clause)

    def _by_cue(self, clause: list[Token], cue: int, attached: bool) -> Claim | None:
        word, language = clause[cue].word, self._language
        if word in language.participles and not _is_progressive(clause, cue, language):
            return None
        if _is_passive(clause, cue, language):
            agent = _agent(clause, cue, language)
            return Claim(rule="after-by", subject=agent, cue=word) if agent else None
        if not attached:
            return self._by_next_sentence(clause, cue)
        if stands_first(clause, cue, language):
            if clause[0].word in language.conjunctions:
                return None  # "…", and told the police
            subject = subject_right(clause, cue, language)
            return (
                Claim(rule="after-vs", subject=subject, cue=word) if subject else None
            )
        subject = subject_left(clause, cue, language)
        if subject is None or (
            word in language.weak and subject.start > clause[0].start
        ):
            subject = whole_phrase(clause, cue, language)
        return Claim(rule="after-sv", subject=subject, cue=word) if subject else None

    def _by_next_sentence(self, clause: list[Token], cue: int) -> Claim | None:
        """A short sentence behind a quotation that is a sentence itself."""
        word, language = clause[cue].word, self._language
        behind = clause[cue + 1] if cue + 1 < len(clause) else None
        if word in language.weak or cue > FAR:
            return None
        if stands_first(clause, cue, language):
            subject = subject_right(clause, cue, language)
            named_right = subject is not None and subject.kind is Kind.NAME
            return (
                Claim(rule="after-vs", subject=subject, cue=word)
                if subject and named_right
                else None
            )
        subject = subject_left(clause, cue, language)
        if subject is None or (behind and behind.word not in SHORT):
            return None
        return Claim(rule="after-loose", subject=subject, cue=word)

    def _unless_hearsay(self, claim: Claim, clause: list[Token]) -> Claim:
        """The claim, marked if somebody else tells it: "…, according to CNN"."""
        told = self._text[clause[0].start : clause[-1].end].lower()
        language = self._language
        if (
            claim.cue in language.quoting
            or _is_denied(clause, claim, language)
            or _is_passed_on(clause, claim, language)
            or (
                "according" not in claim.rule
                and any(phrase in told for phrase in language.according)
            )
        ):
            return replace(claim, rule=f"{claim.rule}-hearsay")
        return claim

    def _reported(
        self, clause: list[Token], phrases: Sequence[str], rule: str
    ) -> Claim | None:
        """Who stands behind "according to", with which the clause begins."""
        start = clause[0].start if clause else 0
        for phrase in phrases:
            if self._text[start : start + len(phrase)].lower() == phrase:
                index = next(
                    (i for i, t in enumerate(clause) if t.start >= start + len(phrase)),
                    len(clause),
                )
                subject = phrase_beginning(clause, index, self._language)
                if subject:
                    return Claim(rule=rule, subject=subject, cue=phrase)
        return None

    def _loose(self, clause: list[Token]) -> Claim | None:
        """A name or pronoun right behind the quotation, with any verb."""
        token = clause[0]
        if self._last_mark() not in ",?!":
            return None
        if token.part is Part.NAME:
            return Claim(rule="after-any", subject=named(token))
        if token.word in self._language.singular_pronouns:
            subject = Subject(kind=Kind.PRONOUN, start=token.start, end=token.end)
            return Claim(rule="after-any", subject=subject)
        return None

    def _signed(self) -> Claim | None:
        """The name that ends the paragraph: "” — Jane Doe", "” (Jane Doe, baker)"."""
        start, end = self.quotation.outer_end, self._paragraph_end
        behind = self._text[start : min(end, start + 4)].lstrip(" .,\u00a0")
        if end - start > SIGNATURE or behind[:1] not in SIGNS:
            return None
        line = tokens(self._text, start, end, self._language)
        if len(line) > 2 and line[0].word == "(" and line[-1].word in (")", "."):
            return _signature("after-bracket", line[1:], ")", self._language)
        while line and line[0].word in (".", ","):
            line = line[1:]
        if line and line[0].word in DASHES:
            rule, rest = "after-dash", line[1:]
            while rest and rest[0].word in DASHES:
                rest = rest[1:]
            return _signature(rule, rest, "", self._language)
        return None

    # --- in front ---

    def _in_front(self) -> Claim | None:
        start = self._before_ends[-2] if len(self._before_ends) > 1 else self._before
        end = self.quotation.outer_start
        front = self._text[start:end].rstrip()
        if not front:
            return None
        clause = tokens(self._text, start, end, self._language)
        mark = "colon" if front[-1] == ":" else "comma" if front[-1] in ",-–—" else ""
        rule = f"before-{mark}" if mark else "before"
        claim = self._sentence(clause, rule)
        if claim is None or claim.cue is None:
            phrases = self._language.according
            claim = self._reported(clause, phrases, "before-according") or claim
        return claim and self._unless_hearsay(claim, clause)

    def _sentence(self, clause: list[Token], rule: str) -> Claim | None:
        """The subject of the last verb of saying, or else of the sentence."""
        language = self._language
        verbs = cues(clause, language)
        weak = [cue for cue in verbs if clause[cue].word in language.weak]
        for cue in [*(c for c in verbs[::-1] if c not in weak), *weak[::-1]]:
            word = clause[cue].word
            subject = _subject_of(clause, cue, language)
            if subject is not None:
                return Claim(rule=rule, subject=subject, cue=word)
        label = _label(clause, language)
        if label is not None:
            return Claim(rule="label", subject=label)
        before = clause[: verbs[-1]] if verbs else clause
        subject = _first_subject(before, language)
        if subject is None:
            return None
        if verbs:
            return Claim(
                rule=rule + "-far", subject=subject, cue=clause[verbs[-1]].word
            )
        return Claim(rule=rule + "-any", subject=subject)

    def sentence_before(self) -> Claim | None:
        """The subject of the sentence before, in the same paragraph."""
        if len(self._before_ends) < 2 or not self._first:
            return None
        start = self._before_ends[-3] if len(self._before_ends) > 2 else self._before
        clause = tokens(self._text, start, self._before_ends[-2], self._language)
        return self._sentence(clause, "sentence-before")


def _signature(
    rule: str, line: list[Token], closer: str, language: Language
) -> Claim | None:
    """Who signs, if this is a name and what they are, but no sentence."""
    stop = next((i for i, t in enumerate(line) if closer and t.word == closer), None)
    if stop is not None and any(token.word != "." for token in line[stop + 1 :]):
        return None
    line = line[:stop]
    first = next((i for i, t in enumerate(line) if t.part is not Part.WORD), len(line))
    if first == len(line) or line[first].part is not Part.NAME:
        return None
    behind = line[first + 1].word if first + 1 < len(line) else ""
    if behind not in ("", ",", ".", "("):
        return None
    if not _is_bare(line, language):
        return None
    before = line[0].start if first else None
    return Claim(rule=rule, subject=named(line[first], before))


def _handle(clause: list[Token], language: Language) -> Claim | None:
    """Somebody by the name they have on a network: "wrote @jane"."""
    for cue in cues(clause, language)[:1]:
        if stands_first(clause, cue, language):
            at = clause[cue + 1 : cue + 3]
            if len(at) == 2 and at[0].word == "@" and at[0].end == at[1].start:
                subject = Subject(kind=Kind.NOMINAL, start=at[0].start, end=at[1].end)
                return Claim(rule="after-vs", subject=subject, cue=clause[cue].word)
    return None


def _announced(text: str, paragraphs: Sequence[Span], index: int) -> int:
    """Where the paragraph before begins if its colon announces this one."""
    before = paragraphs[index - 1] if index else None
    if before and text[before.start : before.end].rstrip()[-1:] == ":":
        return before.start
    return paragraphs[index].start


def _subject_of(clause: list[Token], cue: int, language: Language) -> Subject | None:
    """Who does what this verb or participle says."""
    if clause[cue].word in language.participles:
        return _described(clause, cue, language)
    if clause[cue].word in language.impersonal:
        return _source(clause, language)
    agent = _agent(clause, cue, language)
    if agent is None and _is_passive(clause, cue, language):
        return None
    if agent is None and language.verb_second:
        return subject_of_verb(clause, cue, language)
    if agent is None and cue == 0:
        agent = subject_right(clause, cue, language)
    return agent or subject_left(clause, cue, language)


def _is_progressive(clause: list[Token], cue: int, language: Language) -> bool:
    """Whether a participle is the verb itself: "can be heard asking"."""
    return cue > 0 and clause[cue - 1].word in language.between


def _source(clause: list[Token], language: Language) -> Subject | None:
    """What stands behind the first preposition of an impersonal clause."""
    for index, token in enumerate(clause[:-1]):
        if token.word in language.prepositions:
            return phrase_beginning(clause, index + 1, language)
    return None


def _described(clause: list[Token], cue: int, language: Language) -> Subject | None:
    """What a participle right behind a noun describes: "a sign saying"."""
    if cue > 1 and clause[cue - 2].word in language.absolute:
        return phrase_ending(clause, cue - 1, language)
    if cue == 0 or clause[cue - 1].part is not Part.WORD:
        return None
    before = clause[cue - 1].word
    if before in language.nouns or language.is_adverb(before):
        return None
    found = phrase_ending(clause, cue - 1, language)
    return found if found and found.kind is Kind.NOMINAL else None


def _is_passive(clause: list[Token], cue: int, language: Language) -> bool:
    """Whether somebody was spoken to: "she was asked", but not "she was quoted"."""
    asked = clause[cue].word in language.addressing
    return asked and cue > 0 and clause[cue - 1].word in language.passive


def _is_denied(clause: list[Token], claim: Claim, language: Language) -> bool:
    """Whether it is said not to have been said: "he never said", "he denied"."""
    subject = claim.subject
    before = [t for t in clause if t.end <= subject.start][-2:]
    behind = [t for t in clause if t.start >= subject.end]
    cue = next((i for i, t in enumerate(behind) if t.word == claim.cue), 0)
    words = {t.word.replace("’", "'") for t in (*before, *behind[: cue + 1])}
    return not words.isdisjoint(language.denials)


def _is_passed_on(clause: list[Token], claim: Claim, language: Language) -> bool:
    """Whether its speaker tells another's words: "he recalled his mother saying"."""
    if not claim.rule.startswith(("after-sv", "after-vs")):
        return False
    verbs = cues(clause, language)
    first = next((i for i in verbs if clause[i].word == claim.cue), None)
    later = next((i for i in verbs if first is not None and i > first + 1), None)
    if first is None or later is None or clause[first + 1].start == claim.subject.start:
        return False
    between = clause[first + 1 : later]
    parted = language.conjunctions | language.prepositions | INSERTS
    return not any(token.word in parted for token in between)


def _agent(clause: list[Token], cue: int, language: Language) -> Subject | None:
    """Who it is "asked by"."""
    if cue + 1 < len(clause) and clause[cue + 1].word in language.agents:
        return phrase_beginning(clause, cue + 2, language)
    return None


def _label(clause: list[Token], language: Language) -> Subject | None:
    """The name that alone stands before a colon: "Jane Doe: …"."""
    if len(clause) < 2 or clause[-1].word != ":":
        return None
    before = clause[-3] if len(clause) > 2 else None
    described = _described_label(clause[:-1], language)
    if described is not None:
        return described
    if clause[-2].part is not Part.NAME:
        labelled = clause[0].word in language.agents_from
        return phrase_ending(clause, len(clause) - 2, language) if labelled else None
    if (
        before is None
        or before.part is Part.MARK
        or before.word in language.agents_from
    ):
        return named(clause[-2])
    return None


def _described_label(line: list[Token], language: Language) -> Subject | None:
    """A name with what they are, but no verb: "Jane Doe, 44, nurse: …"."""
    last = next((i for i, t in enumerate(line) if t.part is Part.MARK), len(line)) - 1
    if last < 0 or len(line) == 1 or not _is_bare(line, language):
        return None
    name = line[last].mention
    behind = line[last + 1].word if last + 1 < len(line) else ","
    full = name is not None and len(name.words) > 1
    ahead = any(token.word in language.prepositions for token in line[:last])
    if not full or ahead or behind not in (",", "("):
        return None
    return named(line[last], line[0].start if last else None)


def _is_bare(line: list[Token], language: Language) -> bool:
    """Whether a short line has no verb that is known: a name and a description."""
    return len(line) <= LABEL and not any(
        token.word in language.cues
        or token.word in language.auxiliaries
        or token.word in language.between
        or token.word in language.pronouns
        for token in line
    )


def _first_subject(clause: list[Token], language: Language) -> Subject | None:
    """The first phrase of a sentence that may speak and is not behind a preposition."""
    second = None
    for index in range(_behind_dateline(clause), len(clause)):
        subject = _phrase_at(clause, index, language)
        if subject is None:
            continue
        before = clause[index - 1].word if index else ""
        aside = before in language.prepositions or (
            language.capital_nouns and before in language.determiners
        )
        possessive = index + 1 < len(clause) and clause[index + 1].word in ("'", "’")
        if not aside and not possessive:
            return subject
        second = second or subject
    return second


def _phrase_at(clause: list[Token], index: int, language: Language) -> Subject | None:
    """The name, the pronoun or the short noun phrase that begins here."""
    token = clause[index]
    if token.part is Part.NAME:
        return named(token)
    if token.word in language.singular_pronouns:
        return Subject(kind=Kind.PRONOUN, start=token.start, end=token.end)
    behind = clause[index + 1].part if index + 1 < len(clause) else Part.MARK
    if token.word not in language.determiners or behind is not Part.WORD:
        return None
    if token.word in language.given:
        return None  # "His advice was plain": it is he who speaks
    found = phrase_beginning(clause, index, language)
    short = found is not None and found.end - found.start <= PHRASE
    return found if short else None


def _behind_dateline(clause: list[Token]) -> int:
    """The index behind "WASHINGTON (AP) —"."""
    for index in range(1, min(len(clause), 16)):
        if (
            clause[index].word in ("—", "–", "--", "-")
            and clause[index - 1].word == ")"
        ):
            return index + 1
    return 0


__all__ = ["Claim", "Voice", "phrase_ending", "voices"]
