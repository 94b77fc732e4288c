"""Whom a pronoun stands for: the nearest subject of the right gender.

Sentences are searched backwards; in each the person named first, outside
quotations, is taken, as the subject of a sentence is what the next takes up.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence

from digest.model import Span
from digest.summary.clauses import cues, subject_left
from digest.summary.languages import WORD, Language
from digest.summary.marks import Quotation
from digest.summary.names import Mention, People, Person
from digest.summary.phrases import Kind
from digest.summary.sentences import sentence_ends
from digest.summary.tokens import tokens

#: how many paragraphs and how many characters of each are searched
REACH, LONGEST = 6, 3000
#: how many characters back somebody without a name is looked for, where nobody has
NAMELESS = 300
#: how many sentences back somebody without a name is taken up
NEAR = 2
#: how many paragraphs back another person makes a pronoun ambiguous
NEARBY = 2


class Readings:
    """What has been read of an article so far, for what points back to it."""

    def __init__(
        self,
        text: str,
        paragraphs: Sequence[Span],
        people: People,
        found: Sequence[Quotation],
        language: Language,
    ) -> None:
        self._text, self._paragraphs, self._people = text, paragraphs, people
        self._language = language
        self._quote_starts = [quotation.outer_start for quotation in found]
        self._quote_ends = [quotation.outer_end for quotation in found]
        #: persons who were heard to speak
        self.speakers: set[int] = set()

    def quoted(self, at: int) -> bool:
        """Whether this offset lies within a quotation."""
        index = bisect_right(self._quote_starts, at) - 1
        return index >= 0 and at < self._quote_ends[index]

    def person_of(
        self, pronoun: str, at: int, paragraph: int
    ) -> tuple[Person | None, bool]:
        """The person meant by `pronoun` at this offset, and if no other could be."""
        others = False
        for number, sentence in enumerate(self._sentences_before(at, paragraph)):
            nameless = self._nameless(pronoun, sentence) if number < NEAR else None
            if nameless is not None:
                return nameless, False
            chosen = self._subject(pronoun, sentence)
            if chosen is not None:
                sole = not others and self._is_sole(chosen, pronoun, at, paragraph)
                return chosen, sole
            others = others or self._is_of_others(sentence)
        return None, False

    def _is_of_others(self, sentence: tuple[int, int]) -> bool:
        """Whether a sentence speaks of somebody without a name: "A woman wept"."""
        first = WORD.search(self._text, *sentence)
        if first is None or self.quoted(first.start()):
            return False
        return first[0].lower() in self._language.determiners

    def _nameless(self, pronoun: str, sentence: tuple[int, int]) -> Person | None:
        """Whoever without a name is said to speak: "A spokeswoman said the crew"."""
        start, end = sentence
        while start < end and self._text[start].isspace():
            start += 1
        if self.quoted(start):
            return None
        clause = tokens(self._text, start, end, self._language)
        for cue in cues(clause, self._language)[:1]:
            subject = subject_left(clause, cue, self._language)
            if subject is None or subject.kind is not Kind.NOMINAL:
                return None
            words = tuple(self._text[subject.start : subject.end].split())
            person = Person(words=words)
            folded = [word.lower() for word in words]
            person.male = not self._language.male.isdisjoint(folded)
            person.female = not self._language.female.isdisjoint(folded)
            role = not self._language.roles.isdisjoint(folded)
            return person if role and self._fits(person, pronoun) else None
        return None

    def _is_sole(self, chosen: Person, pronoun: str, at: int, paragraph: int) -> bool:
        """Whether nobody else who could be meant is named nearby."""
        start = self._paragraphs[max(0, paragraph - NEARBY)].start
        near = self._people.between(max(start, at - LONGEST), at)
        return bool(chosen.gender) and not any(
            person is not chosen and self._is_rival(person, pronoun)
            for _, person in near
        )

    def _is_rival(self, person: Person, pronoun: str) -> bool:
        """Whether this may be somebody, though nothing tells the gender."""
        return self._fits(person, pronoun) and (
            self._may_be(person, pronoun)
            or (len(person.words) > 1 and not self._is_thing(person))
        )

    def _is_thing(self, person: Person) -> bool:
        return any(word.lower() in self._language.things for word in person.words)

    def _subject(self, pronoun: str, sentence: tuple[int, int]) -> Person | None:
        second = None
        for mention, person in self._people.between(*sentence):
            if self.quoted(mention.start) or not self._may_be(person, pronoun):
                continue
            if not self._is_aside(mention):
                return person
            second = second or person
        return second

    def _is_aside(self, mention: Mention) -> bool:
        """Whether the name is possessive or stands behind a preposition."""
        behind = self._text[mention.end : mention.end + 2]
        if behind[:1] in ("'", "’") and behind[1:] != "":
            return True
        before = self._text[max(0, mention.start - 12) : mention.start].split()
        return bool(before) and before[-1].lower() in self._language.prepositions

    def _fits(self, person: Person, pronoun: str) -> bool:
        if pronoun in self._language.male_pronouns:
            return person.gender != "f"
        return pronoun not in self._language.female_pronouns or person.gender != "m"

    def _may_be(self, person: Person, pronoun: str) -> bool:
        if not self._fits(person, pronoun):
            return False
        if person.gender or person.titled:
            return True
        if self._is_thing(person):
            return False
        return person.alone or (len(person.words) > 1 and id(person) in self.speakers)

    def _sentences_before(self, at: int, paragraph: int) -> Iterator[tuple[int, int]]:
        for index in range(paragraph, max(-1, paragraph - REACH), -1):
            span = self._paragraphs[index]
            end = min(at, span.end)
            start = max(span.start, end - LONGEST)
            if not self._people.between(start, end):
                if index < paragraph:
                    continue
                start = max(start, end - NAMELESS)
            ends = sentence_ends(self._text, self._language, start, end)
            starts = [start, *ends[:-1]]
            yield from zip(starts[::-1], ends[::-1], strict=True)
