"""The people of an article: their mentions, fullest names, genders and roles.

A name is a run of capitalised words. Whether it is a person's is told by
given names, titles and by its last word standing alone elsewhere.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import NamedTuple

from digest.model import Span
from digest.summary.languages import Language

UPPER = "".join(c for c in map(chr, range(0x530)) if c.isupper())
SPACE = r"[ \u00a0\u202f]"


@cache
def name_pattern(language: Language) -> str:
    """What a run of capitalised words looks like in this language."""
    titles = "|".join(
        sorted(
            (re.escape(t.capitalize()) for t in language.titles if t[-1] == "."),
            reverse=True,
        )
    )
    word = (
        (rf"(?:{titles})|" if titles else "")
        + rf"[{UPPER}]\.(?:{SPACE}?[{UPPER}]\.)*+(?!\w)"
        rf"|[{UPPER}]\w*+(?:[-’'‑](?!s\b)\w{{2,}}+)*+"
    )
    particle = "(?:d['’])?" if language.elisions else ""
    return (
        # most places fail at this first look, before anything dear is tried
        rf"(?=[{UPPER}])(?:(?<![\w’']){_behind_elided(language)})(?!{elided(language)}[^\W{UPPER}])(?:{word})"
        rf"(?:{SPACE}{_particles(language)}{particle}(?:{word})){{0,6}}"
        rf"(?:,?{SPACE}(?:Jr|Sr)\.|{SPACE}I{{2,3}}\b)?"
    )


def elided(language: Language) -> str:
    """An article or preposition that lost its vowel: "l'" of "l'avocat"."""
    if not language.elisions:
        return r"(?!)"
    return rf"\b(?i:{'|'.join(sorted(language.elisions))})['’](?=\w)"


def _behind_elided(language: Language) -> str:
    """Where a name may begin though an apostrophe stands before: "d'Anne"."""
    return "".join(rf"|(?<=\b{word}['’])" for word in sorted(language.elisions))


def _particles(language: Language) -> str:
    """What may stand between two words of a name, with the space behind it."""
    known = language.particles if language.capital_nouns else PARTICLES
    first = "|".join(sorted(known | language.particles, reverse=True))
    if not language.capital_nouns:
        return rf"(?:(?:{first}){SPACE}){{0,2}}"
    # "von der Leyen", but not "Verlesung der Anklage"
    return rf"(?:(?:{first}){SPACE}(?:(?:der|den|dem|la){SPACE})?)?"


PARTICLES = frozenset(
    [
        "van",
        "von",
        "der",
        "den",
        "de",
        "del",
        "della",
        "di",
        "da",
        "dos",
        "du",
        "la",
        "le",
        "el",
        "al",
        "bin",
        "ibn",
        "ben",
        "ter",
        "ten",
        "zu",
        "zur",
        "vom",
    ]
)


#: so many people of one surname are told apart, which keeps the search linear
MOST_NAMESAKES = 12


@cache
def _names(language: Language) -> re.Pattern[str]:
    return re.compile(name_pattern(language))


@dataclass(slots=True, kw_only=True)
class Person:
    """Whoever a name stands for: a person, or an organisation that speaks."""

    words: tuple[str, ...]
    mentions: list[Mention] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    male: int = 0
    female: int = 0
    #: what the article calls them, once it was looked for
    role: str | None = None
    titled: bool = False
    alone: bool = False

    @property
    def name(self) -> str:
        return " ".join(self.words)

    @property
    def is_somebody(self) -> bool:
        """Whether anything tells that this is a person, and no place or body."""
        return bool(self.gender or self.titled or self.alone)

    @property
    def gender(self) -> str:
        """`m`, `f` or, where nothing tells, the empty string."""
        if self.male == self.female:
            return ""
        return "m" if self.male > self.female else "f"


class Mention(NamedTuple):
    """One place where somebody is named; `words` are without titles."""

    start: int
    end: int
    words: tuple[str, ...]
    title: tuple[str, ...] = ()


class People:
    """Everybody an article names, found in one pass over its text."""

    def __init__(
        self, text: str, paragraphs: Iterable[Span], language: Language
    ) -> None:
        self.language = language
        self._by_last: dict[str, list[Person]] = {}
        self._by_first: dict[str, list[Person]] = {}
        found = [
            mention
            for paragraph in paragraphs
            for mention in mentions(text, paragraph.start, paragraph.end, language)
        ]
        #: names that begin with a place: "In London Moss said"
        self._behind_places = _behind_places(text, found, language)
        forms = dict.fromkeys((mention.words, mention.title) for mention in found)
        for words, _ in forms:
            if len(words) > 1 and words not in self._behind_places:
                self._full(words)
        #: the forms that can only mean one person
        sole = {form: self._learn(*form) for form in forms}
        self.mentions: list[tuple[Mention, Person]] = []
        for mention in found:  # in order: a namesake is whoever was named last
            person = sole[mention[2:]] or self._nearest(mention)
            person.mentions.append(mention)
            person.starts.append(mention.start)
            self.mentions.append((mention, person))
        self._starts = [mention.start for mention in found]

    def known(
        self, words: tuple[str, ...], at: int, title: tuple[str, ...] = ()
    ) -> Person:
        """Who is meant by these words at this offset: the one named last."""
        persons = self._candidates(words)
        if len(persons) == 1:
            return persons[0]
        if not persons:
            return Person(words=words)
        gender = self._gender(title)
        same = [person for person in persons if person.gender in (gender, "")]
        fitting = same if gender and same else persons
        return max(fitting, key=lambda person: _nearness(person, at))

    def is_shared(self, words: tuple[str, ...]) -> bool:
        """Whether several persons of the article answer to these words."""
        return len(self._candidates(words)) > 1

    def between(self, start: int, end: int) -> list[tuple[Mention, Person]]:
        """The mentions that begin in this passage."""
        first = bisect_left(self._starts, start)
        return self.mentions[first : bisect_left(self._starts, end, first)]

    def _candidates(self, words: tuple[str, ...]) -> list[Person]:
        last = self._by_last.get(words[-1], [])
        if len(words) > 1 and words not in self._behind_places:
            return [p for p in last if _compatible(p.words, words)]
        return last or self._by_first.get(words[-1], [])

    def _full(self, words: tuple[str, ...]) -> None:
        """Take in a name of several words."""
        known = self._by_last.setdefault(words[-1], [])
        for person in known:
            if _compatible(person.words, words):
                if len(words) > len(person.words):
                    person.words = words
                return
        if len(known) < MOST_NAMESAKES:
            person = Person(words=words)
            known.append(person)
            namesakes = self._by_first.setdefault(words[0], [])
            if len(namesakes) < MOST_NAMESAKES:
                namesakes.append(person)

    def _learn(self, words: tuple[str, ...], title: tuple[str, ...]) -> Person | None:
        """What a form of a name tells of the one person it can mean, if it is one."""
        persons = self._candidates(words)
        if not persons:
            persons = [Person(words=words)]
            known = self._by_last.setdefault(words[-1], [])
            if len(known) < MOST_NAMESAKES:
                known.extend(persons)
        if len(persons) > 1:
            return None
        person = persons[0]
        person.alone |= len(words) == 1 and len(person.words) > 1
        person.titled |= bool(title)
        gender = self._gender(title) if title else ""
        if not gender and len(words) > 1:
            gender = self._gender(words[:1])
        person.male += gender == "m"
        person.female += gender == "f"
        return person

    def _gender(self, words: tuple[str, ...]) -> str:
        """What titles or a given name tell of a gender: `m`, `f` or nothing."""
        folded = [word.lower() for word in words]
        male = not self.language.male.isdisjoint(folded)
        female = not self.language.female.isdisjoint(folded)
        return "" if male == female else "m" if male else "f"

    def _nearest(self, mention: Mention) -> Person:
        return self.known(mention.words, mention.start, mention.title)


def _behind_places(
    text: str, found: Sequence[Mention], language: Language
) -> frozenset[tuple[str, ...]]:
    """Runs that stand only behind an opening "On", and end in a surname known.

    "On Twitter Moss wrote" names Kai Moss, if the article does; "With Kai Moss
    away" does too, but his given name tells.
    """
    opened: set[tuple[str, ...]] = set()
    others: set[tuple[str, ...]] = set()
    for mention in found:
        if len(mention.words) < 2:
            continue
        known = mention.title or mention.words[0].lower() in language.given
        opens = not known and _opens_adverbial(text, mention.start, language)
        (opened if opens else others).add(mention.words)
    surnames = {words[-1] for words in others}
    return frozenset(w for w in opened - others if w[-1] in surnames)


def _opens_adverbial(text: str, start: int, language: Language) -> bool:
    before = text[max(0, start - 12) : start].split()
    word = before[-1].lower() if before and before[-1][0].isupper() else ""
    return word in language.prepositions or word in language.stops


def _nearness(person: Person, at: int) -> int:
    before = bisect_left(person.starts, at + 1)
    return person.starts[before - 1] if before else -1


def mentions(text: str, start: int, end: int, language: Language) -> Iterator[Mention]:
    """The names in `text[start:end]`, in order."""
    for match in _names(language).finditer(text, start, end):
        mention = mention_of(match, language)
        if mention is not None:
            yield mention


def mention_of(match: re.Match[str], language: Language) -> Mention | None:
    """A run of capitalised words without what is no part of a name."""
    noun = language.capital_nouns and _behind_determiner(match, language)
    name = _name(match[0], noun, language)
    if name is None:
        return None
    before, behind, words, title = name
    start, end = match.span()
    return Mention(start + before, end - behind, words, title)


#: "die Hafenmeisterin Ada Quast": so many words behind an article
NOUN_AND_NAME = 3


def _behind_determiner(match: re.Match[str], language: Language) -> bool:
    """Whether an article stands before: then the first word is a noun."""
    start = match.start()
    before = match.string[max(0, start - 12) : start].split()
    return bool(before) and before[-1].lower() in language.determiners


@lru_cache(maxsize=4096)
def _name(
    run: str, noun: bool, language: Language
) -> tuple[int, int, tuple[str, ...], tuple[str, ...]] | None:
    """How much to cut off before and behind, the name, the titles before it."""
    words = run.replace("\u00a0", " ").replace("\u202f", " ").split(" ")
    folded = [word.lower() for word in words]
    first, last = 0, len(words)
    while first < last and folded[first] in language.fillers:
        first += 1
    while last > first and folded[last - 1] in language.calendar:
        last -= 1
    if first == last:
        return None
    begin = _begin_of_name(folded, first, last, language)
    if noun and begin == first and last - first == NOUN_AND_NAME:
        begin += 1
    before = sum(len(word) + 1 for word in words[:first])
    behind = sum(len(word) + 1 for word in words[last:])
    return before, behind, tuple(words[begin:last]), tuple(words[first:begin])


def _begin_of_name(folded: list[str], first: int, last: int, language: Language) -> int:
    """The index behind titles and behind what stands before a given name."""
    begin = first
    while begin < last and language.is_title(folded[begin]):
        begin += 1
    if begin == last:
        return first
    for index in range(begin + 1, last - 1):
        if folded[begin] in language.given:
            break
        if folded[index] in language.given or language.is_title(folded[index]):
            begin = index
    while begin < last - 1 and language.is_title(folded[begin]):
        begin += 1
    return _behind_role(folded, begin, last, language)


def _behind_role(folded: list[str], begin: int, last: int, language: Language) -> int:
    """The index behind what a person does, if two names follow: "Surgeon Ola Berg"."""
    if folded[begin] in language.given:
        return begin
    roles = (i for i in range(begin, last - 2) if language.is_role(folded[i]))
    return max(roles, default=begin - 1) + 1


def _compatible(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether two names with the same last word may be the same person's."""
    if one[-1] != other[-1]:
        return False
    if len(one) == 1 or len(other) == 1 or one[0] == other[0]:
        return True
    fewer, more = sorted((one, other), key=len)
    if [*map(str.lower, fewer)] == [*map(str.lower, more[-len(fewer) :])]:
        return True  # "Van den Broek" at the start of a sentence
    a, b = one[0], other[0]
    short = min(a, b, key=len).rstrip(".")
    return len(short) == 1 and a[0] == b[0]
