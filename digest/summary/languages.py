"""What the summarizer knows of each language, read from `languages/*.toml`.

The files are for those who speak the language; nothing here is in code. A
language without a file has no words: ledes and quotes, but no speakers. The
most frequent words of some of them are in `neighbours.toml`.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

Words = frozenset[str]
NONE: Words = frozenset()

#: how much of a text is looked at to tell its language, in characters
SAMPLE = 1000
#: the share of frequent words, and how many of them, below which a text is in
#: no language we know
LEAST, FEWEST = 0.12, 3

WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
#: the parts of words: "l" and "eau" of "l'eau"
PART = re.compile(r"[^\W\d_]+")
#: a language by letters that no other has
LETTERS = {
    "ja": re.compile(r"[\u3040-\u30ff]"),
    "ko": re.compile(r"[\uac00-\ud7a3]"),
    "zh": re.compile(r"[\u4e00-\u9fff]"),
    "th": re.compile(r"[\u0e00-\u0e7f]"),
    "hi": re.compile(r"[\u0900-\u097f]"),
}
#: any of these letters
FOREIGN = re.compile(f"[{''.join(one.pattern[1:-1] for one in LETTERS.values())}]")
#: what a code looks like, of two letters or, where there are none, of three
CODE = re.compile(r"[a-z]{2,3}")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Language:
    """The words of one language; all are lower case."""

    code: str = ""
    #: the code of the language if there is no file for it
    other: str = ""
    stopwords: Words = NONE
    openers: Words = NONE
    abbreviations: Words = NONE
    maybe_end: Words = NONE
    #: nouns are capitalised, so a capital letter says little
    capital_nouns: bool = False
    #: the verb stands second: "In Berlin sagte Schmidt: …"
    verb_second: bool = False
    #: a noun may follow a name: "the Clinton campaign"
    compounds: bool = True
    #: more words than this in marks are speech, though no verb of saying is near
    fragment: int = 7
    #: pronouns that hang on a verb: "dit-il"
    clitics: tuple[str, ...] = ()
    #: what loses its vowel before another: "l" of "l'avocat"
    elisions: Words = NONE
    #: a dash may open direct speech
    dialogue: bool = False
    #: titles of works have capitals throughout: "The Bridges of the Grey River"
    title_case: bool = False
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
    #: verbs of those who hand on what another said: "zitiert"
    quoting: Words = NONE
    #: what makes a verb of speaking to somebody a passive: "was asked"
    passive: Words = NONE
    addressing: Words = NONE
    #: what says that it was not said: "never", "denied"
    denials: Words = NONE
    #: what may stand first in a sentence and not move its verb: "even"
    focus: Words = NONE
    #: finite verbs that part from the verb of saying: "*hat* in Berlin gesagt"
    frames: Words = NONE
    #: articles no subject begins with, where the verb stands second: "den"
    oblique: Words = NONE
    #: pronouns that are always subjects: "er"
    nominative: Words = NONE
    #: pronouns that may stand between a verb and its subject: "ihm"
    oblique_pronouns: Words = NONE
    #: words that open a clause whose verb is last, and articles that do so too
    subordinators: Words = NONE
    relative_articles: Words = NONE
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
    #: what stands before a role and is no verb: "campaign", "retired"
    modifiers: Words = NONE
    adjective_endings: tuple[str, ...] = ()
    #: what points at something said elsewhere: "his", "another"
    pointing: Words = NONE
    #: what stands between an article and the name of somebody dead: "late"
    deceased: Words = NONE
    #: nouns that say nothing without whose: "brother", "rival"
    relations: Words = NONE
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

    def is_title(self, word: str) -> bool:
        """Whether a word is a title; in German also "vereinssprecherin"."""
        return word in self.titles or self._ends_in(self.titles, word)

    def is_role(self, word: str) -> bool:
        """Whether a word says what people do; in German also "hafenchefin"."""
        return word in self.roles or self._ends_in(self.roles, word)

    def _ends_in(self, known: Words, word: str) -> bool:
        if not self.capital_nouns:
            return False
        return any(word[at:] in known for at in range(1, len(word) - SUFFIX + 1))

    def is_adverb(self, word: str) -> bool:
        """Whether this looks like an adverb: "slowly"."""
        return word.endswith(self.adverb_endings) and word not in self.no_adverbs


UNKNOWN = Language()
#: a title this long makes one of each word that ends in it
SUFFIX = 5


@cache
def language(code: str) -> Language:
    """The language of this ISO 639-1 code; one without words if it has no file."""
    code = re.split("[-_]", code, maxsplit=1)[0].lower()
    if code not in codes():
        return Language(other=code) if CODE.fullmatch(code) else UNKNOWN
    return _read(
        code, tomllib.loads(_folder().joinpath(f"{code}.toml").read_text("utf-8"))
    )


@cache
def codes() -> tuple[str, ...]:
    """The languages there are files for."""
    names = (file.name for file in _folder().iterdir())
    return tuple(sorted(name[:-5] for name in names if name.endswith(".toml")))


def recognise(text: str) -> str | None:
    """The code of the language this text is most likely in, if any is likely.

    Its letters tell, or its most frequent words: each counts for the languages
    it is frequent in, and the more the fewer they are.
    """
    sample = text[:SAMPLE].lower()
    words = Counter(PART.findall(sample))
    least = max(FEWEST, LEAST * words.total())
    if FOREIGN.search(sample):
        for code, letters in LETTERS.items():
            if len(letters.findall(sample)) > LEAST * len(sample):
                return code
    index = _languages_of_words()
    known: dict[str, int] = defaultdict(int)
    different: dict[str, int] = defaultdict(int)
    weights: dict[str, float] = defaultdict(float)
    for word in words.keys() & index.keys():
        count, codes = words[word], index[word]
        for code in codes:
            known[code] += count
            different[code] += 1
            weights[code] += count / len(codes)
    likely = [
        code for code in sorted(weights) if known[code] >= least and different[code] > 1
    ]
    return max(likely, key=lambda code: weights[code], default=None)


@cache
def _languages_of_words() -> Mapping[str, tuple[str, ...]]:
    """For each frequent word the languages it is one of."""
    source = files(__package__ or "digest.summary").joinpath("neighbours.toml")
    frequent = {code: language(code).stopwords for code in codes()}
    for code, listed in tomllib.loads(source.read_text("utf-8")).items():
        frequent[code] = frozenset(listed.split())
    index: dict[str, tuple[str, ...]] = {}
    for code, listed in sorted(frequent.items()):
        for word in listed:
            index[word] = (*index.get(word, ()), code)
    return index


def _folder() -> Any:
    return files(__package__ or "digest.summary").joinpath("languages")


def _read(code: str, data: Mapping[str, Any]) -> Language:
    cues, words = data.get("cues", {}), data.get("words", {})
    pronouns, titles = data.get("pronouns", {}), data.get("titles", {})
    order = data.get("order", {})
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
        compounds=data.get("compounds", True),
        fragment=data.get("fragment", 7),
        clitics=tuple(data.get("clitics", ())),
        elisions=_set(data, "elisions"),
        dialogue=data.get("dialogue", False),
        title_case=data.get("title_case", False),
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
        quoting=_set(cues, "quoting"),
        passive=_set(cues, "passive"),
        addressing=_set(cues, "addressing"),
        denials=_set(cues, "denials"),
        focus=_set(cues, "focus"),
        frames=_set(order, "frames"),
        oblique=_set(order, "oblique"),
        nominative=_set(order, "nominative"),
        oblique_pronouns=_set(order, "pronouns"),
        subordinators=_set(order, "subordinators"),
        relative_articles=_set(order, "relatives"),
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
        modifiers=_set(words, "modifiers") | _set(titles, "parts"),
        adjective_endings=tuple(words.get("adjective_endings", ())),
        pointing=_set(words, "pointing"),
        deceased=_set(words, "deceased"),
        relations=_set(words, "relations"),
        male=male | _set(gender, "male") | _set(given, "male"),
        female=female | _set(gender, "female") | _set(given, "female"),
    )


def _set(data: Mapping[str, Any], key: str) -> Words:
    return frozenset(data.get(key, "").split())
