"""What a clause says of who speaks: whose verb it is, and whether it holds."""

from __future__ import annotations

from dataclasses import dataclass

from digest.summary.clauses import (
    INSERTS,
    cues,
    subject_left,
    subject_right,
)
from digest.summary.fields import subject_of_verb
from digest.summary.languages import Language
from digest.summary.phrases import Kind, Subject, named, phrase_beginning, phrase_ending
from digest.summary.tokens import Part, Token

#: so many characters of a phrase without a name may be who speaks
PHRASE = 50
#: … of so many words in front of it
LABEL = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A rule's answer for one quotation."""

    rule: str
    subject: Subject
    cue: str | None = None


def subject_of(clause: list[Token], cue: int, language: Language) -> Subject | None:
    """Who does what this verb or participle says."""
    if clause[cue].word in language.participles:
        return _described(clause, cue, language)
    if clause[cue].word in language.impersonal:
        return _source(clause, language)
    by = agent(clause, cue, language)
    if by is None and is_passive(clause, cue, language):
        return None
    if by is None and language.verb_second:
        return subject_of_verb(clause, cue, language)
    if by is None and cue == 0:
        by = subject_right(clause, cue, language)
    return by or subject_left(clause, cue, language)


def is_progressive(clause: list[Token], cue: int, language: Language) -> bool:
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


def is_passive(clause: list[Token], cue: int, language: Language) -> bool:
    """Whether somebody was spoken to: "she was asked", but not "she was quoted"."""
    asked = clause[cue].word in language.addressing
    return asked and cue > 0 and clause[cue - 1].word in language.passive


def is_denied(clause: list[Token], claim: Claim, language: Language) -> bool:
    """Whether it is said not to have been said: "he never said", "he denied"."""
    subject = claim.subject
    before = [t for t in clause if t.end <= subject.start][-2:]
    behind = [t for t in clause if t.start >= subject.end]
    cue = next((i for i, t in enumerate(behind) if t.word == claim.cue), 0)
    words = {t.word.replace("’", "'") for t in (*before, *behind[: cue + 1])}
    return not words.isdisjoint(language.denials)


def is_passed_on(clause: list[Token], claim: Claim, language: Language) -> bool:
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


def agent(clause: list[Token], cue: int, language: Language) -> Subject | None:
    """Who it is "asked by"."""
    if cue + 1 < len(clause) and clause[cue + 1].word in language.agents:
        return phrase_beginning(clause, cue + 2, language)
    return None


def label(clause: list[Token], language: Language) -> Subject | None:
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
    if last < 0 or len(line) == 1 or not is_bare(line, language):
        return None
    name = line[last].mention
    behind = line[last + 1].word if last + 1 < len(line) else ","
    full = name is not None and len(name.words) > 1
    ahead = any(token.word in language.prepositions for token in line[:last])
    if not full or ahead or behind not in (",", "("):
        return None
    return named(line[last], line[0].start if last else None)


def is_bare(line: list[Token], language: Language) -> bool:
    """Whether a short line has no verb that is known: a name and a description."""
    return len(line) <= LABEL and not any(
        token.word in language.cues
        or token.word in language.auxiliaries
        or token.word in language.between
        or token.word in language.pronouns
        for token in line
    )


def first_subject(clause: list[Token], language: Language) -> Subject | None:
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
