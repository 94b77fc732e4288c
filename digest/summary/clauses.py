"""Who says it: the subject of a verb of saying, to its left or right.

The subject is found from the verb outwards: over auxiliaries and adverbs, over an
apposition between commas, to the name, pronoun or noun phrase that stands there.
"""

from __future__ import annotations

from digest.summary.languages import Language
from digest.summary.phrases import (
    LONGEST,
    Kind,
    Subject,
    phrase_beginning,
    phrase_ending,
)
from digest.summary.tokens import Part, Token


def cues(clause: list[Token], language: Language) -> list[int]:
    """The indexes of the verbs and participles of saying."""
    return [
        index
        for index, token in enumerate(clause)
        if token.part is Part.WORD
        and (token.word in language.cues or token.word in language.participles)
        and not (index and _is_noun(clause, index, language))
    ]


def _is_noun(clause: list[Token], index: int, language: Language) -> bool:
    """Whether an article or a possessive stands before: "Ryan's comments"."""
    before = clause[index - 1]
    possessive = before.word.endswith(("'s", "’s")) or (
        before.word == "s" and index > 1 and clause[index - 2].word in "'’"
    )
    if before.word in language.linking:  # "of state", but not "wants to state"
        return before.word not in language.between
    return possessive or before.word in language.articles


def subject_left(clause: list[Token], cue: int, language: Language) -> Subject | None:
    """The subject that ends right before the token `cue`."""
    last = _before_day(clause, _before_adverbs(clause, cue - 1, language), language)
    if any(token.word in language.conjunctions for token in clause[last + 1 : cue]):
        return None  # "frowned at Jones and said": the subject of both verbs is ahead
    head = _head_of_relative(clause, last, language)
    if head is not None:
        last = head
    elif last > 0 and clause[last].word in language.relatives:
        last -= 1 + (clause[last - 1].word == ",")
    elif last >= 0 and clause[last].word in INSERTS:
        last = _before_insert(clause, last, language)
    return phrase_ending(clause, last, language) if last >= 0 else None


def _head_of_relative(clause: list[Token], last: int, language: Language) -> int | None:
    """The noun that a clause describes up to here: "a voter who saw it said"."""
    for index in range(last, 0, -1):
        if clause[index].part is Part.MARK:
            return None
        if clause[index].word in language.relatives:
            comma = clause[index - 1].word == ","
            opens = index < last and _is_verb(clause[index + 1], language)
            return index - 1 - comma if opens else None
    return None


def whole_phrase(clause: list[Token], cue: int, language: Language) -> Subject | None:
    """All before the verb, if it is one phrase: "a voice over in the ad says"."""
    last = _before_adverbs(clause, cue - 1, language)
    between = clause[1 : last + 1]
    if clause[0].word not in language.determiners or len(between) > LONGEST:
        return None
    if not between or any(
        token.part is Part.MARK or token.word in language.conjunctions
        for token in between
    ):
        return None
    return Subject(kind=Kind.NOMINAL, start=clause[0].start, end=clause[last].end)


def _is_verb(token: Token, language: Language) -> bool:
    """Whether a word behind "who" can be its verb, and no subject: "who he met"."""
    subject = token.word in language.determiners or token.word in language.pronouns
    return token.part is Part.WORD and not subject


def _before_adverbs(clause: list[Token], last: int, language: Language) -> int:
    """The index left of auxiliaries and adverbs."""
    while last >= 0 and _may_stand_between(clause[last], language):
        last -= 1
    return last


def _before_day(clause: list[Token], last: int, language: Language) -> int:
    """The index left of "on Wednesday"."""
    if last < 1 or clause[last].word not in language.calendar:
        return last
    last -= 2 if clause[last - 1].word in language.prepositions else 1
    return _before_adverbs(clause, last, language)


def stands_first(clause: list[Token], cue: int, language: Language) -> bool:
    """Whether nothing but auxiliaries and adverbs stands before the verb."""
    return all(_may_stand_between(token, language) for token in clause[:cue])


INSERTS = frozenset([",", ")", "—", "–", "--", "-"])


def _may_stand_between(token: Token, language: Language) -> bool:
    if token.part is not Part.WORD:
        return False
    word = token.word
    return word in language.between or language.is_adverb(word)


def _before_insert(clause: list[Token], comma: int, language: Language) -> int:
    """The index where the subject ends that an apposition follows."""
    if clause[comma].word == "," and comma and clause[comma - 1].word == ")":
        comma -= 1
    if clause[comma].word == ")":
        opened = next((i for i in range(comma, -1, -1) if clause[i].word == "("), 0)
        return opened - 1
    segments = _segments(clause, comma)
    last = len(segments) - 1
    if last < 1:
        return comma - 1
    start, end = segments[last]
    if _is_bare_name(clause, start, end) and _looks_inserted(
        clause, *segments[last - 1], language
    ):
        return end  # "The mayor of Dayton, John Smith, said"
    while last > 0:
        last -= 1
        named_before = last > 0 and clause[segments[last - 1][1]].part is Part.NAME
        if last == 0 or not (
            _looks_inserted(clause, *segments[last], language)
            or (named_before and _is_plain_noun(clause[segments[last][0]], language))
        ):
            break
    return segments[last][1]


def _segments(clause: list[Token], comma: int) -> list[tuple[int, int]]:
    """What stands between the commas before `comma`: first and last index."""
    segments, end = [], comma - 1
    for index in range(comma - 1, -1, -1):
        if clause[index].word in (",", "—", "–", "--", ";", ":"):
            if end > index:
                segments.append((index + 1, end))
            end = index - 1
            if clause[index].word in (";", ":"):
                break
    else:
        if end >= 0:
            segments.append((0, end))
    return segments[::-1]


def _is_bare_name(clause: list[Token], start: int, end: int) -> bool:
    token = clause[start]
    return start == end and token.mention is not None and len(token.mention.words) > 1


def _looks_inserted(
    clause: list[Token], start: int, end: int, language: Language
) -> bool:
    """Whether these tokens are an apposition, an age, a party and state."""
    first = clause[start]
    if first.word[:1].isdigit():
        return True
    if first.part is Part.WORD:
        return (
            first.word in language.determiners
            or first.word in language.conjunctions
            or first.word in language.prepositions
        )
    return start == end and len(first.word) <= 2


def _is_plain_noun(token: Token, language: Language) -> bool:
    return token.part is Part.WORD and token.word in language.roles


def subject_right(clause: list[Token], cue: int, language: Language) -> Subject | None:
    """The subject that begins right behind the token `cue`."""
    index = cue + 1
    while (
        index < len(clause)
        and _may_stand_between(clause[index], language)
        and clause[index].word not in language.determiners
    ):
        index += 1
    return phrase_beginning(clause, index, language)
