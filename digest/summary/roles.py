"""What an article calls a person: "the former Prime Minister of the Netherlands".

Always a passage of the article: the words right before the name, or the
apposition behind it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from digest.summary.languages import Language
from digest.summary.names import Mention, Person

#: an apposition ends at the next comma, full stop, bracket or dash
APPOSITION = re.compile(
    r",\s((?:[^,.;:()\"“”„«»\n—–]|\.(?=\w)|(?<=\b\w)\.(?=\s[a-z])){4,90})(?=[,.;)—–])"
)
#: so many mentions of a person are looked at
MOST = 6


def role_of(text: str, person: Person, language: Language) -> str | None:
    """The first apposition or title the article gives this person."""
    if person.role is None:
        person.role = next(_roles(text, person, language), "")
    return person.role or None


def without_courtesy(role: str, language: Language) -> str | None:
    """A role without "Mr."; nothing if that was all."""
    words = role.split()
    while words and words[0].lower() in language.courtesy:
        words.pop(0)
    begin = role.find(words[0]) if words else len(role)
    return role[begin:].strip(" ,") or None


def says_something(role: str, language: Language) -> bool:
    """Whether this is a role: not "a", "the" or the initial of a name."""
    return any(
        len(word.strip(".")) > 1
        and word not in language.determiners
        and word not in language.stopwords
        for word in role.lower().split()
    )


def _roles(text: str, person: Person, language: Language) -> Iterator[str]:
    for mention in person.mentions[:MOST]:
        role = _behind(text, mention, language) or _before(text, mention, language)
        if role:
            yield role


def _behind(text: str, mention: Mention, language: Language) -> str | None:
    found = APPOSITION.match(text, mention.end)
    if not found:
        return None
    words = found[1].split()
    if f"{words[-1].lower()}." in language.titles:
        return None  # cut off at "Mr."
    if words[-1].lower() in language.determiners:
        return None  # "one of the three": of what stands elsewhere
    first = words[0].lower()
    if first in language.determiners and first not in language.pronouns:
        content = [word.lower().rstrip("s") for word in words[1:]]
        return found[1] if content and not _is_clause(words, language) else None
    if first in language.conjunctions or first in language.relatives:
        return None
    if any(language.is_role(word.lower()) for word in words) and not _is_clause(
        words, language
    ):
        return found[1]
    return None


def _is_clause(words: list[str], language: Language) -> bool:
    folded = [word.lower() for word in words]
    return len(words) > 14 or any(
        word in language.auxiliaries or word in language.cues - language.weak
        for word in folded
    )


def _before(text: str, mention: Mention, language: Language) -> str | None:
    """The title of a name, with the words of the noun phrase before it."""
    name_at = mention.start + sum(len(word) + 1 for word in mention.title)
    begin = _phrase_begin(text, mention.start, language)
    role = without_courtesy(text[begin:name_at], language)
    if role is None:
        return None
    words = role.split()
    while words and not language.is_role(words[-1].lower()):
        if mention.title and words[-1] == mention.title[-1] and " of " in role:
            break  # "Secretary of State"
        words.pop()
    kept = role[: _length(role, len(words))]
    return kept if any(language.is_role(word.lower()) for word in words) else None


def _length(role: str, count: int) -> int:
    """Where the first `count` words of a role end."""
    ends = [found.end() for found in re.finditer(r"\S+", role)]
    return ends[count - 1] if count else 0


def _phrase_begin(text: str, start: int, language: Language) -> int:
    """Where the noun phrase begins that ends at `start`."""
    begin = start
    for found in reversed([*WORDS.finditer(text, max(0, start - 80), start)]):
        between = text[found.end() : begin]
        of = found[0] == "of" and begin == start
        if between != " " or not (of or _belongs(found[0], language)):
            break
        begin = found.start()
    return begin


#: words with all that is not white space
WORDS = re.compile(r"\S+")


def _belongs(word: str, language: Language) -> bool:
    folded = word.lower()
    if folded[-1] == "." and folded not in language.titles:
        return False  # the end of a sentence
    return re.fullmatch(r"[\w.'’‑-]+", word) is not None and not (
        folded in language.determiners
        or folded in language.prepositions
        or folded in language.conjunctions
        or folded in language.cues
        or folded in language.stops
        or folded in language.pronouns
        or folded in language.between
        or folded in language.openers
    )
