"""The phrase that a subject is: a name with its role, a pronoun, or a noun phrase."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from digest.summary.languages import Language
from digest.summary.names import Mention
from digest.summary.tokens import Part, Token

#: a subject longer than this many tokens is none
LONGEST = 14


class Kind(StrEnum):
    #: a proper name
    NAME = "name"
    #: he, she, they
    PRONOUN = "pronoun"
    #: "the spokesman", "a voter"
    NOMINAL = "nominal"


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
