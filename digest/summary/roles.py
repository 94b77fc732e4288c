"""What an article calls a person: "the former Prime Minister of the Netherlands".

Always a passage of the article: the words right before the name, or the
apposition behind it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from digest.summary.languages import Language
from digest.summary.names import Mention, Person, elided

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
    if not found or _is_cut_off(text, found, language):
        return None
    role = stands_alone(found[1], language)
    words = role.split() if role else []
    if role is None or _is_clause(words, language):
        return None
    first = words[0].lower()
    if first in language.relative_articles:  # "das sie vorstellte" is no noun
        return role if _is_headed(words, language) else None
    if first in language.determiners:
        return role if _says_what(words[1:], language) else None
    return role if _is_bare(words, language) else None


def _is_cut_off(text: str, found: re.Match[str], language: Language) -> bool:
    """Whether the phrase goes on behind "Mr." or "the U.S.", or ends in "of"."""
    last = found[1].split()[-1].lower()
    short = text[found.end()] == "." and (
        f"{last}." in language.titles or last in language.abbreviations
    )
    return short or found[1][-1] == " " or last in _joining(language)


def _says_what(words: list[str], language: Language) -> bool:
    """Whether more than a place stands behind "a": "a Neptune", cut at a comma."""
    return any(word[0].islower() or language.is_role(word.lower()) for word in words)


def _is_bare(words: list[str], language: Language) -> bool:
    """Whether these are a noun phrase without an article: "president of the club"."""
    first = words[0].lower()
    adverb = first in language.fillers or language.is_adverb(first)
    known = language.is_role(first) or language.is_title(first)
    return (known or not adverb) and _is_headed(words, language)


def _is_headed(words: list[str], language: Language) -> bool:
    """Whether the noun that the phrase is about says what people do."""
    head = _head(words, language)
    told = [language.is_role(word.lower()) for word in head]
    return any(told if _leads(language) else told[-1:])


def _head(words: list[str], language: Language) -> list[str]:
    """The words up to the first preposition or conjunction behind a noun."""
    first = int(words[0].lower() in language.determiners)
    for index, word in enumerate(words[first:], first):
        if word.lower() in _joining(language):
            return words[first:index]
    return words[first:]


def _joining(language: Language) -> frozenset[str]:
    """What a noun's complement begins with."""
    return language.prepositions | language.linking | _opening(language)


def _opening(language: Language) -> frozenset[str]:
    return language.conjunctions | language.relatives | language.determiners


def _leads(language: Language) -> bool:
    """Whether the noun stands first in its phrase: "directora del puerto"."""
    return not language.compounds


def stands_alone(role: str, language: Language) -> str | None:
    """What of a phrase can be understood far from the article, if anything can.

    Not "his brother" nor "one of the three"; of "the club's coach" the coach.
    """
    words = role.split()
    folded = [word.lower() for word in words]
    if not words or not language.pointing.isdisjoint(folded[:3]):
        return None
    if _is_relation(words, language):
        return None
    for word in words[1:4] if folded[0] in language.determiners else ():
        if word[0].islower() and POSSESSIVE.search(word):
            rest = role[role.index(word) + len(word) :].strip()
            return rest if rest and _is_headed(rest.split(), language) else None
    return role


#: "club's"
POSSESSIVE = re.compile(r"['’]s?$")


def _is_relation(words: list[str], language: Language) -> bool:
    """Whether this says whose somebody is, and not of whom by name: "rival"."""
    head = _head(words, language)
    if language.relations.isdisjoint(word.lower() for word in head):
        return False
    return not any(word[0].isupper() for word in words[1:]) and not (
        POSSESSIVE.search(words[0])
    )


def _is_clause(words: list[str], language: Language) -> bool:
    folded = [word.lower() for word in words]
    return len(words) > 14 or any(
        word in language.auxiliaries or word in language.cues - language.weak
        for word in folded
    )


def _before(text: str, mention: Mention, language: Language) -> str | None:
    """The title of a name, with the words of the noun phrase before it."""
    name_at = mention.start + sum(len(word) + 1 for word in mention.title)
    return premodifier(text, name_at, language)


def premodifier(text: str, name_at: int, language: Language) -> str | None:
    """The role that stands right before a name: "former Prime Minister".

    What cannot be told from a verb is left out, as the noun is last in it:
    of "a court cleared nurse Ada Quill" the nurse.
    """
    run = _run_before(text, name_at, language)
    while run and run[-1][0].lower() in language.courtesy:
        run.pop()
    if _leads(language) and run and not _is_role(run[-1], language):
        run.pop()  # "el presidente mexicano"
    if not run or not (_is_role(run[-1], language) or _is_of(run, language)):
        return None
    begin = run[_first_certain(text, run, language)].start()
    role = without_courtesy(text[begin : run[-1].end()], language)
    return stands_alone(role, language) if role else None


def local_role(text: str, start: int, end: int, language: Language) -> str | None:
    """The role among the words from a verb to a name: "said *the mayor*, …"."""
    if start == end:
        return None
    phrase = without_courtesy(text[start:end], language) or ""
    words = phrase.split()
    if words and _has_article(words[0].lower(), language):
        role = stands_alone(phrase, language)
        return role if role and _is_apposed(role.split(), language) else None
    name_at = end if text[end - 1] == " " else end + 1
    role = premodifier(text, name_at, language)
    if role is None and _is_noun_behind_cue(text, start, words, language):
        return stands_alone(phrase, language)  # "zei veerman Ada Quill"
    return role


def _has_article(word: str, language: Language) -> bool:
    return word in language.determiners or bool(re.match(elided(language), word))


def _is_apposed(words: list[str], language: Language) -> bool:
    """Whether a phrase with an article may be that of the name behind it."""
    if words[0].lower() in language.oblique:
        return False
    if language.capital_nouns and words[-1][0].islower():
        return False  # "die sudanesische", an adjective of what is no name
    alone = _head(words, language) == words[1:] or _leads(language)
    return (alone and words[-1].lower() not in _joining(language)) or _is_headed(
        words, language
    )


def _is_noun_behind_cue(
    text: str, start: int, words: list[str], language: Language
) -> bool:
    return _is_behind_cue(text, start, language) and all(
        word.islower()
        and word not in language.phrase_breakers
        and word not in language.fillers
        and not language.is_adverb(word)
        for word in words
    )


def _is_role(word: re.Match[str], language: Language) -> bool:
    return language.is_role(word[0].lower())


def _is_of(run: list[re.Match[str]], language: Language) -> bool:
    """Whether this is "Secretary of State"."""
    return len(run) > 2 and run[-2][0] == "of" and language.is_title(run[-1][0].lower())


def _run_before(text: str, name_at: int, language: Language) -> list[re.Match[str]]:
    """The words before a name that may be of one noun phrase."""
    run: list[re.Match[str]] = []
    begin = name_at
    for found in reversed([*WORDS.finditer(text, max(0, name_at - 80), name_at)]):
        of = found[0] == "of" and len(run) == 1
        if text[found.end() : begin] != " " or not (of or _belongs(found[0], language)):
            break
        begin = found.start()
        run.insert(0, found)
    return run


def _first_certain(text: str, run: list[re.Match[str]], language: Language) -> int:
    """The index from which on all words of a run belong to the noun at its end."""
    index = len(run) - 1
    while index > 0 and _is_certain(text, run[index - 1], language):
        index -= 1
    verb = _follows_capital(run, index - 1)
    if index and not verb and _is_behind_cue(text, run[0].start(), language):
        return 0  # "said fisheries minister": no verb stands behind a verb
    return index


def _follows_capital(run: list[re.Match[str]], last: int) -> bool:
    """Whether a word up to `last` may be the verb of a name: "Sand met"."""
    return any(word[0][0].isupper() for word in run[:last])


def _is_behind_cue(text: str, start: int, language: Language) -> bool:
    before = text[max(0, start - 30) : start].lower().split()
    return bool(before) and (
        before[-1] in language.cues - language.weak
        or " ".join(before).endswith(language.according)
    )


def _is_certain(text: str, found: re.Match[str], language: Language) -> bool:
    """Whether this cannot be a verb, as it is a name, a role or an adjective."""
    word, folded = found[0], found[0].lower()
    if folded in language.modifiers or folded == "of" or _is_role(found, language):
        return True
    if POSSESSIVE.search(word):
        return word[0].isupper()  # not "the club's", which means another's
    if word[0].isupper():
        if language.capital_nouns:
            return word.isupper() or word.endswith("s")
        return not (_opens(text, found.start()) and folded.endswith(VERBAL))
    return "-" in word or folded.endswith(language.adjective_endings)


#: what verbs end in that may open a sentence: "Facing Judge Quill"
VERBAL = ("ed", "ing", "ly")


def _opens(text: str, at: int) -> bool:
    """Whether a sentence begins here."""
    return text[:at].rstrip(" ")[-1:] in ("", *'.!?:;\n“”"„«»')


#: words with all that is not white space
WORDS = re.compile(r"\S+")


def _belongs(word: str, language: Language) -> bool:
    folded = word.lower()
    if folded in language.modifiers:
        return True
    if folded[-1] == "." and not (
        folded in language.titles or folded[:-1] in language.maybe_end
    ):
        return False  # the end of a sentence
    return re.fullmatch(r"(?:\w[.'’‑-]?)+", word) is not None and not (
        folded in language.determiners
        or folded in language.prepositions
        or folded in language.conjunctions
        or folded in language.cues
        or folded in language.stops
        or folded in language.pronouns
        or folded in language.between
        or folded in language.openers
    )
