"""Who says it: the subject of a verb of saying, to its left or right.

A clause is read as tokens (names, words, marks). The subject is found from
the verb outwards: over auxiliaries and adverbs, over an apposition between
commas, to the name, pronoun or noun phrase that stands there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import NamedTuple

from digest.summary.languages import Language
from digest.summary.names import Mention, elided, mention_of, name_pattern

#: a subject longer than this many tokens is none
LONGEST = 14


class Kind(StrEnum):
    #: a proper name
    NAME = "name"
    #: he, she, they
    PRONOUN = "pronoun"
    #: "the spokesman", "a voter"
    NOMINAL = "nominal"


class Part(StrEnum):
    """What a token is."""

    NAME = "name"
    WORD = "word"
    MARK = "mark"


class Token(NamedTuple):
    part: Part
    start: int
    end: int
    #: the word in lower case, or the mark
    word: str
    #: of a name
    mention: Mention | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Who is said to speak: offsets into the text, and what kind of phrase."""

    kind: Kind
    start: int
    end: int
    words: tuple[str, ...] = ()
    title: tuple[str, ...] = ()
    #: what the article calls the person right here
    role: tuple[int, int] | None = None


@cache
def _token(language: Language) -> re.Pattern[str]:
    return re.compile(
        rf"(?P<name>{name_pattern(language)})|(?P<elided>{elided(language)})"
        r"|(?P<word>\w++(?:[-'’‑]\w++)*+)|(?P<mark>--|[^\w\s])"
    )


def tokens(text: str, start: int, end: int, language: Language) -> list[Token]:
    """The tokens of `text[start:end]`; a capitalised word may still be no name."""
    found: list[Token] = []
    for match in _token(language).finditer(text, start, end):
        part = match.lastgroup
        if part == "name":
            found += _name_tokens(text, match, language)
        elif part == "mark":
            found.append(Token(Part.MARK, *match.span(), match[0]))
        elif part == "elided":
            word = match[0].lower().replace("’", "'")
            found.append(Token(Part.WORD, *match.span(), word))
        elif language.clitics and "-" in match[0]:
            found += _verb_and_clitic(match, language)
        else:
            found.append(Token(Part.WORD, *match.span(), match[0].lower()))
    return found


def _name_tokens(text: str, match: re.Match[str], language: Language) -> list[Token]:
    mention = mention_of(match, language)
    if mention is None:
        return _words(text, match.start(), match.end())
    start, end = mention.start, mention.end
    name = Token(Part.NAME, start, end, match[0].lower(), mention)
    if start == match.start() and end == match.end():
        return [name]
    before = _words(text, match.start(), start)
    return [*before, name, *_words(text, end, match.end())]


def _verb_and_clitic(match: re.Match[str], language: Language) -> list[Token]:
    """A verb and the pronoun that hangs on it: "a-t-il"."""
    word, start, end = match[0].lower(), match.start(), match.end()
    for clitic in language.clitics:
        if word.endswith(clitic):
            cut = start + word.rindex("-")
            verb = Token(Part.WORD, start, end - len(clitic), word[: -len(clitic)])
            return [verb, Token(Part.WORD, cut + 1, end, word[word.rindex("-") + 1 :])]
    return [Token(Part.WORD, start, end, word)]


#: a word among those cut off a name
CUT_OFF = re.compile(r"\w+(?:[-'’]\w+)*")


def _words(text: str, start: int, end: int) -> list[Token]:
    return [
        Token(Part.WORD, found.start(), found.end(), found[0].lower())
        for found in CUT_OFF.finditer(text, start, end)
    ]


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


def phrase_ending(clause: list[Token], last: int, language: Language) -> Subject | None:
    """The name, pronoun or noun phrase whose last token is `last`."""
    token = clause[last]
    if token.part is Part.NAME:
        return _name_ending(clause, last, language)
    if token.part is not Part.WORD:
        return None
    if token.word in language.pronouns:
        return Subject(kind=Kind.PRONOUN, start=token.start, end=token.end)
    return _nominal_ending(clause, last, language)


def _name_ending(clause: list[Token], last: int, language: Language) -> Subject | None:
    token = clause[last]
    before = clause[last - 1] if last else None
    if before and before.word in language.linking and last >= 2:
        head = _nominal_ending(clause, last, language)
        if head and head.start < token.start:
            return head
    if before and language.capital_nouns and before.word in language.determiners:
        return Subject(kind=Kind.NOMINAL, start=before.start, end=token.end)
    return named(token, _role_start(clause, last, language))


def named(token: Token, role_start: int | None = None) -> Subject:
    """The subject that a name is."""
    assert token.mention is not None  # noqa: S101 (only names are handed in)
    role = None
    if token.mention.title or role_start is not None:
        begin = token.start if role_start is None else role_start
        length = sum(len(word) + 1 for word in token.mention.title)
        role = (begin, token.start + max(length - 1, 0) if length else token.start)
    return Subject(
        kind=Kind.NAME, start=token.start, end=token.end,
        words=token.mention.words, title=token.mention.title, role=role,
    )  # fmt: skip


def _role_start(clause: list[Token], last: int, language: Language) -> int | None:
    """Where the words begin that stand right before a name: "spokesman"."""
    index = last - 1
    while (
        index >= 0
        and clause[index].part is Part.WORD
        and _in_noun_phrase(clause[index], language)
    ):
        index -= 1
    index += 1
    if index >= last or not any(t.word in language.titles for t in clause[index:last]):
        return None
    if index > 0 and clause[index - 1].part is Part.NAME:
        index -= 1
    return clause[index].start


def _in_noun_phrase(token: Token, language: Language) -> bool:
    return token.word not in language.phrase_breakers


def _nominal_ending(
    clause: list[Token], last: int, language: Language
) -> Subject | None:
    """A noun phrase: back to its determiner, over "of the campaign"."""
    if clause[last].word in language.never:
        return None
    first = _first_of_phrase(clause, last, language)
    if first is None:
        return None
    while first < last and _cannot_begin(clause[first], language):
        first += 1
    if _never_speaks(clause[first : last + 1], language):
        return None
    return Subject(kind=Kind.NOMINAL, start=clause[first].start, end=clause[last].end)


def _first_of_phrase(clause: list[Token], last: int, language: Language) -> int | None:
    """The index of the first token of the noun phrase that ends with `last`."""
    first = None
    for index in range(last, max(-1, last - LONGEST - 1), -1):
        token = clause[index]
        if token.word in language.determiners:
            first = index
            if index < 2 or clause[index - 1].word not in language.linking:
                break
        elif token.word in language.linking:
            if index == 0 or clause[index - 1].part is Part.MARK:
                break
        elif _ends_phrase(token, language):
            break
        else:
            first = index
    return first


def _cannot_begin(token: Token, language: Language) -> bool:
    """Whether no noun phrase begins with this: "directly to the president"."""
    return language.is_adverb(token.word) or (
        token.word in language.linking and token.word not in language.determiners
    )


def _ends_phrase(token: Token, language: Language) -> bool:
    if token.part is Part.MARK:
        return token.word not in JOINING
    return token.part is Part.WORD and not _in_noun_phrase(token, language)


#: marks that stand within a noun phrase
JOINING = frozenset(["'", "’", "&", "-", "/"])


def _never_speaks(phrase: list[Token], language: Language) -> bool:
    return all(
        token.word in language.determiners
        or token.word in language.never
        or not token.word[-1].isalpha()
        for token in phrase
    ) and not (
        len(phrase) == 1
        and phrase[0].word in ("one", "another", "some", "many", "others")
    )


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


def phrase_beginning(
    clause: list[Token], index: int, language: Language
) -> Subject | None:
    """The name, pronoun or noun phrase whose first token is `index`."""
    if index >= len(clause):
        return None
    token = clause[index]
    if token.part is Part.WORD and token.word in language.pronouns:
        return Subject(kind=Kind.PRONOUN, start=token.start, end=token.end)
    first, headed = index, False
    while index < len(clause) and index - first < LONGEST:
        token = clause[index]
        if (
            token.part is Part.NAME
            and not headed
            and not _goes_on(clause, index, language)
        ):
            return _named_right(clause, first, index, language)
        if token.word in language.linking and index > first:
            headed = True
        elif _ends_subject(token, language):
            break
        index += 1
    return _nominal_beginning(clause, first, index, language)


def _named_right(
    clause: list[Token], first: int, index: int, language: Language
) -> Subject:
    """The name `index` with the words from `first` on as its role."""
    token = clause[index]
    alone = token.mention is not None and len(token.mention.words) == 1
    if language.capital_nouns and first < index and alone:
        return _with_complement(clause, first, index, language)
    return named(token, clause[first].start if first < index else None)


def _with_complement(
    clause: list[Token], first: int, index: int, language: Language
) -> Subject:
    """A noun with a capital, over "des Senders"."""
    end = index
    while end + 2 < len(clause) and clause[end + 1].word in language.linking:
        following = end + 2
        while following < len(clause) and clause[following].part is Part.WORD:
            following += 1
        if following >= len(clause) or clause[following].part is not Part.NAME:
            break
        end = following
    last = clause[end]
    if end > index and last.mention and _is_full_name(last.mention, language):
        return named(last, clause[first].start)
    return Subject(kind=Kind.NOMINAL, start=clause[first].start, end=last.end)


def _is_full_name(mention: Mention, language: Language) -> bool:
    given = mention.words[0].lower() in language.given
    return len(mention.words) > 1 and (given or bool(mention.title))


def _ends_subject(token: Token, language: Language) -> bool:
    if token.part is Part.MARK:
        return token.word not in JOINING
    return token.part is Part.WORD and (
        token.word in language.stops
        or token.word in language.conjunctions
        or token.word in language.cues
    )


def _goes_on(clause: list[Token], index: int, language: Language) -> bool:
    """Whether a noun follows a name: "the Clinton campaign", "Trump's lawyer"."""
    if index + 1 >= len(clause):
        return False
    following = clause[index + 1]
    if following.word in ("'", "’", "&"):
        return True
    if following.word == "s" and following.part is Part.WORD:
        return True
    return (
        language.compounds
        and following.part is Part.WORD
        and _in_noun_phrase(following, language)
        and following.start == clause[index].end + 1
        and not language.is_adverb(following.word)
    )


def _behind_late(clause: list[Token], index: int, language: Language) -> int:
    """The index behind "the late"."""
    late = index + 2 < len(clause) and clause[index].word in language.articles
    return index + 2 if late and clause[index + 1].word in language.deceased else index


def _names_a_person(mention: Mention, language: Language) -> bool:
    return len(mention.words) > 1 or mention.words[0].lower() in language.given


def _nominal_beginning(
    clause: list[Token], first: int, end: int, language: Language
) -> Subject | None:
    if end <= first:
        return None
    if end < len(clause) and clause[end].word == "," and end + 1 < len(clause):
        following = clause[_behind_late(clause, end + 1, language)]
        if following.mention and _names_a_person(following.mention, language):
            # "said the group's president, Jim Daly"
            return named(following, clause[first].start)
    while end > first + 1 and clause[end - 1].word in language.linking:
        end -= 1
    phrase = clause[first:end]
    if _never_speaks(phrase, language) or (
        not any(
            token.part is Part.NAME or _in_noun_phrase(token, language)
            for token in phrase
        )
        and len(phrase) > 1
    ):
        return None
    if (
        phrase[0].word in language.determiners
        or phrase[0].part is Part.NAME
        or _in_noun_phrase(phrase[0], language)
    ):
        return Subject(kind=Kind.NOMINAL, start=phrase[0].start, end=phrase[-1].end)
    return None
