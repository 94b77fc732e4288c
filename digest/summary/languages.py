"""What the summarizer knows of each language, read from `languages/*.toml`.

The files are for those who speak the language; nothing here is in code. A
language without a file has `UNKNOWN`: ledes and quotes, but no speakers.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from itertools import chain
from typing import Any

Words = frozenset[str]
NONE: Words = frozenset()

#: how much of a text is looked at to tell its language, in characters
SAMPLE = 2000
#: the share of stop words below which a text is in no language we know
LEAST = 0.12

WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Language:
    """The words of one language; all are lower case."""

    code: str = ""
    stopwords: Words = NONE
    openers: Words = NONE
    abbreviations: Words = NONE
    maybe_end: Words = NONE
    #: nouns are capitalised, so a capital letter says little
    capital_nouns: bool = False
    #: the verb stands second: "In Berlin sagte Schmidt: …"
    verb_second: bool = False
    #: more words than this in marks are speech, though no verb of saying is near
    fragment: int = 7
    #: pronouns that hang on a verb: "dit-il"
    clitics: tuple[str, ...] = ()
    #: a dash may open direct speech
    dialogue: bool = False
    cues: Words = NONE
    weak: Words = NONE
    participles: Words = NONE
    nouns: Words = NONE
    according: tuple[str, ...] = ()
    following: tuple[str, ...] = ()
    #: what stands before who did it in a passive: "asked by"
    agents: Words = NONE
    #: what stands before a subject with a participle: "with Boswell stating"
    absolute: Words = NONE
    #: what may stand before a name that is a label: "More from Jones:"
    agents_from: Words = NONE
    #: verbs whose source stands behind a preposition: "In dem Brief heißt es"
    impersonal: Words = NONE
    #: what may stand first in a sentence and not move its verb: "even"
    focus: Words = NONE
    between: Words = NONE
    #: what adverbs end in, and nouns that end so: "family"
    adverb_endings: tuple[str, ...] = ()
    no_adverbs: Words = NONE
    #: what stands only before a noun: "the", "his"
    articles: Words = NONE
    auxiliaries: Words = NONE
    determiners: Words = NONE
    prepositions: Words = NONE
    #: what joins a noun to its complement: "spokesman *for* the city"
    linking: Words = NONE
    #: pronouns that take up the noun before them: "Smith, who said"
    relatives: Words = NONE
    stops: Words = NONE
    conjunctions: Words = NONE
    never: Words = NONE
    calendar: Words = NONE
    particles: Words = NONE
    works: Words = NONE
    #: words in the names of what is no person: "house", "university"
    things: Words = NONE
    male_pronouns: Words = NONE
    female_pronouns: Words = NONE
    plural_pronouns: Words = NONE
    other_pronouns: Words = NONE
    titles: Words = NONE
    #: titles that say nothing of what a person does: "Mr."
    courtesy: Words = NONE
    #: nouns for what people do: "president", "strategist"
    roles: Words = NONE
    #: words and given names that tell a person's gender
    male: Words = NONE
    female: Words = NONE
    pronouns: Words = field(init=False, default=NONE)
    #: words before which a name may begin: given names and titles
    given: Words = field(init=False, default=NONE)
    #: words that stand capitalised before a name without being part of it
    fillers: Words = field(init=False, default=NONE)
    #: phrases behind a quotation that the speaker follows
    reporting: tuple[str, ...] = field(init=False, default=())
    #: he and she
    singular_pronouns: Words = field(init=False, default=NONE)
    #: words that are no part of a noun phrase
    phrase_breakers: Words = field(init=False, default=NONE)

    def __post_init__(self) -> None:
        singular = self.male_pronouns | self.female_pronouns
        every = singular | self.plural_pronouns | self.other_pronouns
        fillers = self.openers | self.calendar | self.participles
        phrases = sorted((*self.following, *self.according), key=len, reverse=True)
        object.__setattr__(self, "pronouns", every)
        object.__setattr__(self, "reporting", tuple(phrases))
        object.__setattr__(self, "given", self.male | self.female)
        object.__setattr__(self, "fillers", fillers)
        object.__setattr__(self, "singular_pronouns", singular)
        closed = self.determiners | self.prepositions | self.conjunctions
        closed |= self.cues | self.stops | self.between | every
        object.__setattr__(self, "phrase_breakers", closed)

    def is_adverb(self, word: str) -> bool:
        """Whether this looks like an adverb: "slowly"."""
        return word.endswith(self.adverb_endings) and word not in self.no_adverbs


UNKNOWN = Language()


@cache
def language(code: str) -> Language:
    """The language of this ISO 639-1 code; `UNKNOWN` if we have no file for it."""
    code = code.split("-", maxsplit=1)[0].lower()
    if code not in codes():
        return UNKNOWN
    return _read(
        code, tomllib.loads(_folder().joinpath(f"{code}.toml").read_text("utf-8"))
    )


@cache
def codes() -> tuple[str, ...]:
    """The languages there are files for."""
    names = (file.name for file in _folder().iterdir())
    return tuple(sorted(name[:-5] for name in names if name.endswith(".toml")))


def recognise(text: str) -> str | None:
    """The code of the language whose stop words are most of this text's words."""
    words = text[:SAMPLE].lower().split()
    index = _languages_of_words()
    counts = Counter(chain.from_iterable(index.get(word, ()) for word in words))
    if not counts:
        return None
    best, count = max(sorted(counts.items()), key=lambda item: item[1])
    return best if count >= LEAST * len(words) else None


@cache
def _languages_of_words() -> Mapping[str, tuple[str, ...]]:
    """For each stop word the languages it is one of."""
    index: dict[str, tuple[str, ...]] = {}
    for code in codes():
        for word in language(code).stopwords:
            index[word] = (*index.get(word, ()), code)
    return index


def _folder() -> Any:
    return files(__package__ or "digest.summary").joinpath("languages")


def _read(code: str, data: Mapping[str, Any]) -> Language:
    cues, words = data.get("cues", {}), data.get("words", {})
    pronouns, titles = data.get("pronouns", {}), data.get("titles", {})
    gender, given = data.get("gender", {}), data.get("given", {})
    male, female = _set(titles, "male"), _set(titles, "female")
    neutral, roles = _set(titles, "neutral"), _set(words, "roles")
    courtesy = _set(titles, "courtesy")
    capitals = data.get("capital_nouns", False)
    return Language(
        code=code,
        stopwords=_set(data, "stopwords"),
        openers=_set(data, "openers"),
        abbreviations=_set(data, "abbreviations"),
        maybe_end=_set(data, "maybe_end"),
        capital_nouns=capitals,
        verb_second=data.get("verb_second", False),
        fragment=data.get("fragment", 7),
        clitics=tuple(data.get("clitics", ())),
        dialogue=data.get("dialogue", False),
        cues=_set(cues, "verbs"),
        weak=_set(cues, "weak"),
        participles=_set(cues, "participles"),
        nouns=_set(cues, "nouns"),
        according=tuple(cues.get("according", ())),
        following=tuple(cues.get("following", ())),
        agents=_set(cues, "agents"),
        absolute=_set(cues, "absolute"),
        agents_from=_set(cues, "labels"),
        impersonal=_set(cues, "impersonal"),
        focus=_set(cues, "focus"),
        between=_set(words, "between"),
        adverb_endings=tuple(words.get("adverb_endings", ())),
        no_adverbs=_set(words, "no_adverbs"),
        articles=_set(words, "articles"),
        auxiliaries=_set(words, "auxiliaries"),
        determiners=_set(words, "determiners"),
        prepositions=_set(words, "prepositions"),
        linking=_set(words, "linking"),
        relatives=_set(pronouns, "relative"),
        stops=_set(words, "stops"),
        conjunctions=_set(words, "conjunctions"),
        never=_set(words, "never"),
        calendar=_set(words, "calendar"),
        particles=_set(words, "particles"),
        works=_set(words, "works"),
        things=_set(words, "things"),
        male_pronouns=_set(pronouns, "male"),
        female_pronouns=_set(pronouns, "female"),
        plural_pronouns=_set(pronouns, "plural"),
        other_pronouns=_set(pronouns, "other"),
        # where nouns have capitals, what people do stands before names like a title
        titles=male | female | neutral | (roles if capitals else NONE),
        courtesy=courtesy,
        roles=(male | female | neutral | roles) - courtesy - _set(titles, "parts"),
        male=male | _set(gender, "male") | _set(given, "male"),
        female=female | _set(gender, "female") | _set(given, "female"),
    )


def _set(data: Mapping[str, Any], key: str) -> Words:
    return frozenset(data.get(key, "").split())
