"""Whose verb it is where the verb stands second: German and Dutch.

One phrase stands before the verb ("in Berlin", "den Plan", "der Minister") and
if that is not the subject, the subject stands behind. In a subordinate clause
the verb is last, and the subject stands behind the word that opens it.
"""

from __future__ import annotations

from digest.summary.clauses import subject_left
from digest.summary.languages import Language
from digest.summary.phrases import (
    LONGEST,
    Kind,
    Subject,
    phrase_beginning,
    phrase_ending,
)
from digest.summary.tokens import Part, Token

#: a phrase with a preposition has at most so many tokens
PHRASE = 6
#: marks behind which another clause begins
PARTS = frozenset([";", ":", "–", "—"])


def subject_of_verb(
    clause: list[Token], cue: int, language: Language
) -> Subject | None:
    """The subject of the verb of saying `cue`."""
    verb = _finite(clause, cue, language)
    opener = _opener(clause, cue, language) if verb == cue else None
    if opener is not None:
        return _of_subordinate(clause, opener, language)
    first = _prefield(clause, verb, language)
    if verb + 1 < len(clause) and clause[verb + 1].word in language.nominative:
        return phrase_beginning(clause, verb + 1, language)
    if first == verb or _is_no_subject(clause[first], language):
        behind = _behind(clause, verb, language)
        return behind or subject_left(clause, verb, language)
    return _before(clause, first, verb, language)


def _is_last(clause: list[Token], cue: int, language: Language) -> bool:
    """Whether a clause ends with this verb, or with it and an auxiliary."""
    behind = cue + 1
    if behind < len(clause) and clause[behind].word in language.frames:
        behind += 1
    return behind >= len(clause) or clause[behind].part is Part.MARK


def _finite(clause: list[Token], cue: int, language: Language) -> int:
    """The verb that stands second: "*hat* in Berlin gesagt"; else `cue`."""
    behind = clause[cue + 1] if cue + 1 < len(clause) else None
    if behind is not None and behind.part is not Part.MARK:
        return cue
    for index in range(cue - 1, 0, -1):
        if clause[index].word == ",":
            break
        if clause[index].word in language.frames:
            return index
    return cue


def _opener(clause: list[Token], cue: int, language: Language) -> int | None:
    """The word that makes this a subordinate clause: ", *die* er erklärt hatte"."""
    if not _is_last(clause, cue, language):
        return None
    for index in range(cue - 1, -1, -1):
        if clause[index].word == ",":
            break
        opens = index == 0 or clause[index - 1].word == ","
        if opens and clause[index].word in language.subordinators:
            return index
        if opens and index and clause[index].word in language.relative_articles:
            return index
    return None


def _of_subordinate(
    clause: list[Token], opener: int, language: Language
) -> Subject | None:
    """The phrase behind the opening word, or the noun that a relative describes."""
    following = clause[opener + 1]
    if not (
        following.word in language.prepositions
        or following.word in language.oblique
        or following.word in language.between
        or following.word in language.cues
    ):
        return phrase_beginning(clause, opener + 1, language)
    if opener > 1 and clause[opener].word in language.relative_articles:
        return phrase_ending(clause, opener - 2, language)
    return None


def _prefield(clause: list[Token], verb: int, language: Language) -> int:
    """The index of the first word before the verb that says what stands there."""
    first = 0
    for index in range(verb):
        if clause[index].word in PARTS:
            first = index + 1
    while first < verb and clause[first].word in language.focus:
        first += 1
    return first


def _is_no_subject(token: Token, language: Language) -> bool:
    """Whether a phrase that begins so is an adverb, a clause or an object."""
    word = token.word
    if word in language.oblique or word in language.subordinators:
        return True
    noun = word in language.determiners or word in language.pronouns
    opens = word in language.prepositions or word in language.openers
    return token.part is Part.WORD and opens and not noun


def _behind(clause: list[Token], verb: int, language: Language) -> Subject | None:
    """The first phrase behind the verb that can be its subject."""
    index = verb + 1
    while index < len(clause):
        word = clause[index].word
        if word in language.prepositions:
            index = _behind_phrase(clause, index)
        elif word in language.between or word in language.oblique_pronouns:
            index += 1
        else:
            return phrase_beginning(clause, index, language)
    return None


def _behind_phrase(clause: list[Token], index: int) -> int:
    """The index behind "in der Stadt", "am Freitag"."""
    for end in range(index + 1, min(index + PHRASE, len(clause))):
        if clause[end].part is not Part.WORD:
            return end + (clause[end].part is Part.NAME)
    return index + 1


def _before(
    clause: list[Token], first: int, verb: int, language: Language
) -> Subject | None:
    """The subject before the verb, back to the article of "der Chef des Senders"."""
    found = subject_left(clause, verb, language)
    if found is None or found.kind is not Kind.NOMINAL:
        return found
    begin = next((i for i in range(verb) if clause[i].start == found.start), 0)
    whole = clause[first:verb]
    head = next((t.mention.words[-1] for t in whole if t.mention), "")
    if head.lower() in language.never:
        return _behind(clause, verb, language)
    attached = clause[begin].word in language.determiners and begin > first
    plain = len(whole) <= LONGEST and all(t.part is not Part.MARK for t in whole)
    if not attached or not plain or clause[begin - 1].part is not Part.NAME:
        return found
    return Subject(kind=Kind.NOMINAL, start=whole[0].start, end=found.end)
