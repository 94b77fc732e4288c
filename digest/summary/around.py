"""What stands around one quotation: the rules, from the surest to the weakest.

Each has a name, and `confidence.toml` holds how often it was right where people had
marked the speaker.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from digest.model import Span
from digest.summary.attribution import (
    Claim,
    agent,
    first_subject,
    is_bare,
    is_denied,
    is_passed_on,
    is_passive,
    is_progressive,
    label,
    subject_of,
)
from digest.summary.clauses import (
    cues,
    stands_first,
    subject_left,
    subject_right,
    whole_phrase,
)
from digest.summary.languages import Language
from digest.summary.marks import Quotation
from digest.summary.phrases import Kind, Subject, named, phrase_beginning
from digest.summary.sentences import sentence_ends
from digest.summary.tokens import Part, Token, tokens

#: what a quotation ends with when its sentence goes on behind it
GOES_ON = frozenset(",?!—–-…")
#: how many characters around a quotation are read
WINDOW = 600
#: rules that give way to whatever stands before the quotation
WEAKER = ("after-any", "after-loose")
#: how far from the quotation the verb of a sentence of its own may stand
FAR = 6
#: what such a sentence ends or goes on with
SHORT = frozenset([".", ",", "in", "on", "at", "during", "of", "about", "after"])
#: the line below or behind a quotation that names its speaker is no longer than this
SIGNATURE = 100
DASHES = frozenset(["—", "–", "―", "--", "-"])
#: what may stand before a name that signs a quotation
SIGNS = ("(", "—", "–", "-", "―")
CLOSING = "'\"’”» "


class Around:
    """What stands before and behind one quotation, and what it says of it."""

    def __init__(
        self,
        text: str,
        paragraphs: Sequence[Span],
        group: list[Quotation],
        index: int,
        language: Language,
    ) -> None:
        self._text, self._language = text, language
        self.quotation = quotation = group[index]
        paragraph = paragraphs[quotation.paragraph]
        self.gap_start = group[index - 1].outer_end if index else paragraph.start
        if not index and quotation.outer_start == paragraph.start:
            self.gap_start = _announced(text, paragraphs, quotation.paragraph)
        behind = (
            group[index + 1].outer_start if index + 1 < len(group) else paragraph.end
        )
        self._first = index == 0
        before = max(self.gap_start, quotation.outer_start - WINDOW)
        self._before_ends = sentence_ends(text, language, before, quotation.outer_start)
        self._before = before
        self._paragraph_end = behind
        after = min(behind, quotation.outer_end + WINDOW)
        self.after_end = sentence_ends(text, language, quotation.outer_end, after)[0]

    def claim(self) -> Claim | None:
        """The answer of what stands in the same sentence."""
        after = self._after()
        if after is None:
            return self._in_front()
        weak = after.rule.startswith(WEAKER) or not self._goes_on()
        pronoun = after.subject.kind is Kind.PRONOUN
        if not weak and self._last_mark() == "," and not pronoun:
            return after  # surer than anything in front could be
        before = self._in_front()
        outweighed = before and (weak or before.rule == "before-colon")
        return before if outweighed else after

    def follows_attribution(self) -> bool:
        """Whether all that parts it from the quotation before is an attribution."""
        ends = self._before_ends[:-1]
        if not ends:
            return True
        tail = self._text[ends[-1] : self.quotation.outer_start]
        return len(ends) == 1 and not tail.strip()

    # --- behind ---

    def _goes_on(self) -> bool:
        """Whether the sentence goes on behind the closing mark."""
        text, end = self._text, self.quotation.outer_end
        last = self._last_mark()
        behind = text[end : self.after_end].lstrip()
        if not behind:
            return False
        return last in GOES_ON or behind[0] in ",–—-" or behind[0].islower()

    def _last_mark(self) -> str:
        """The last character of the quotation but for marks of a nested one."""
        start, end = self.quotation.start, self.quotation.end
        return self._text[max(start, end - 4) : end].rstrip(CLOSING)[-1:] or " "

    def _after(self) -> Claim | None:
        quotation, language = self.quotation, self._language
        clause = tokens(self._text, quotation.outer_end, self.after_end, language)
        while clause and clause[0].part is Part.MARK:
            clause = clause[1:]
        if not clause:
            return None
        attached = self._goes_on()
        reported = self._reported(clause, self._language.reporting, "after-according")
        if reported:
            return reported
        signed = self._signed() or _handle(clause, language)
        if signed:
            return signed
        for cue in cues(clause, language)[:2]:
            claim = self._by_cue(clause, cue, attached)
            if claim:
                return self._unless_hearsay(claim, clause)
        if not attached:
            return None
        return self._loose(clause)

    def _by_cue(self, clause: list[Token], cue: int, attached: bool) -> Claim | None:
        word, language = clause[cue].word, self._language
        if word in language.participles and not is_progressive(clause, cue, language):
            return None
        if is_passive(clause, cue, language):
            by = agent(clause, cue, language)
            return Claim(rule="after-by", subject=by, cue=word) if by else None
        if not attached:
            return self._by_next_sentence(clause, cue)
        if stands_first(clause, cue, language):
            if clause[0].word in language.conjunctions:
                return None  # "…", and told the police
            subject = subject_right(clause, cue, language)
            return (
                Claim(rule="after-vs", subject=subject, cue=word) if subject else None
            )
        subject = subject_left(clause, cue, language)
        if subject is None or (
            word in language.weak and subject.start > clause[0].start
        ):
            subject = whole_phrase(clause, cue, language)
        return Claim(rule="after-sv", subject=subject, cue=word) if subject else None

    def _by_next_sentence(self, clause: list[Token], cue: int) -> Claim | None:
        """A short sentence behind a quotation that is a sentence itself."""
        word, language = clause[cue].word, self._language
        behind = clause[cue + 1] if cue + 1 < len(clause) else None
        if word in language.weak or cue > FAR:
            return None
        if stands_first(clause, cue, language):
            subject = subject_right(clause, cue, language)
            named_right = subject is not None and subject.kind is Kind.NAME
            return (
                Claim(rule="after-vs", subject=subject, cue=word)
                if subject and named_right
                else None
            )
        subject = subject_left(clause, cue, language)
        if subject is None or (behind and behind.word not in SHORT):
            return None
        return Claim(rule="after-loose", subject=subject, cue=word)

    def _unless_hearsay(self, claim: Claim, clause: list[Token]) -> Claim:
        """The claim, marked if somebody else tells it: "…, according to CNN"."""
        told = self._text[clause[0].start : clause[-1].end].lower()
        language = self._language
        if (
            claim.cue in language.quoting
            or is_denied(clause, claim, language)
            or is_passed_on(clause, claim, language)
            or (
                "according" not in claim.rule
                and any(phrase in told for phrase in language.according)
            )
        ):
            return replace(claim, rule=f"{claim.rule}-hearsay")
        return claim

    def _reported(
        self, clause: list[Token], phrases: Sequence[str], rule: str
    ) -> Claim | None:
        """Who stands behind "according to", with which the clause begins."""
        start = clause[0].start if clause else 0
        for phrase in phrases:
            if self._text[start : start + len(phrase)].lower() == phrase:
                index = next(
                    (i for i, t in enumerate(clause) if t.start >= start + len(phrase)),
                    len(clause),
                )
                subject = phrase_beginning(clause, index, self._language)
                if subject:
                    return Claim(rule=rule, subject=subject, cue=phrase)
        return None

    def _loose(self, clause: list[Token]) -> Claim | None:
        """A name or pronoun right behind the quotation, with any verb."""
        token = clause[0]
        if self._last_mark() not in ",?!":
            return None
        if token.part is Part.NAME:
            return Claim(rule="after-any", subject=named(token))
        if token.word in self._language.singular_pronouns:
            subject = Subject(kind=Kind.PRONOUN, start=token.start, end=token.end)
            return Claim(rule="after-any", subject=subject)
        return None

    def _signed(self) -> Claim | None:
        """The name that ends the paragraph: "” — Jane Doe", "” (Jane Doe, baker)"."""
        start, end = self.quotation.outer_end, self._paragraph_end
        behind = self._text[start : min(end, start + 4)].lstrip(" .,\u00a0")
        if end - start > SIGNATURE or behind[:1] not in SIGNS:
            return None
        line = tokens(self._text, start, end, self._language)
        if len(line) > 2 and line[0].word == "(" and line[-1].word in (")", "."):
            return _signature("after-bracket", line[1:], ")", self._language)
        while line and line[0].word in (".", ","):
            line = line[1:]
        if line and line[0].word in DASHES:
            rule, rest = "after-dash", line[1:]
            while rest and rest[0].word in DASHES:
                rest = rest[1:]
            return _signature(rule, rest, "", self._language)
        return None

    # --- in front ---

    def _in_front(self) -> Claim | None:
        start = self._before_ends[-2] if len(self._before_ends) > 1 else self._before
        end = self.quotation.outer_start
        front = self._text[start:end].rstrip()
        if not front:
            return None
        clause = tokens(self._text, start, end, self._language)
        mark = "colon" if front[-1] == ":" else "comma" if front[-1] in ",-–—" else ""
        rule = f"before-{mark}" if mark else "before"
        claim = self._sentence(clause, rule)
        if claim is None or claim.cue is None:
            phrases = self._language.according
            claim = self._reported(clause, phrases, "before-according") or claim
        return claim and self._unless_hearsay(claim, clause)

    def _sentence(self, clause: list[Token], rule: str) -> Claim | None:
        """The subject of the last verb of saying, or else of the sentence."""
        language = self._language
        verbs = cues(clause, language)
        weak = [cue for cue in verbs if clause[cue].word in language.weak]
        for cue in [*(c for c in verbs[::-1] if c not in weak), *weak[::-1]]:
            word = clause[cue].word
            subject = subject_of(clause, cue, language)
            if subject is not None:
                return Claim(rule=rule, subject=subject, cue=word)
        labelled = label(clause, language)
        if labelled is not None:
            return Claim(rule="label", subject=labelled)
        before = clause[: verbs[-1]] if verbs else clause
        subject = first_subject(before, language)
        if subject is None:
            return None
        if verbs:
            return Claim(
                rule=rule + "-far", subject=subject, cue=clause[verbs[-1]].word
            )
        return Claim(rule=rule + "-any", subject=subject)

    def sentence_before(self) -> Claim | None:
        """The subject of the sentence before, in the same paragraph."""
        if len(self._before_ends) < 2 or not self._first:
            return None
        start = self._before_ends[-3] if len(self._before_ends) > 2 else self._before
        clause = tokens(self._text, start, self._before_ends[-2], self._language)
        return self._sentence(clause, "sentence-before")


def _signature(
    rule: str, line: list[Token], closer: str, language: Language
) -> Claim | None:
    """Who signs, if this is a name and what they are, but no sentence."""
    stop = next((i for i, t in enumerate(line) if closer and t.word == closer), None)
    if stop is not None and any(token.word != "." for token in line[stop + 1 :]):
        return None
    line = line[:stop]
    first = next((i for i, t in enumerate(line) if t.part is not Part.WORD), len(line))
    if first == len(line) or line[first].part is not Part.NAME:
        return None
    behind = line[first + 1].word if first + 1 < len(line) else ""
    if behind not in ("", ",", ".", "("):
        return None
    if not is_bare(line, language):
        return None
    before = line[0].start if first else None
    return Claim(rule=rule, subject=named(line[first], before))


def _handle(clause: list[Token], language: Language) -> Claim | None:
    """Somebody by the name they have on a network: "wrote @jane"."""
    for cue in cues(clause, language)[:1]:
        if stands_first(clause, cue, language):
            at = clause[cue + 1 : cue + 3]
            if len(at) == 2 and at[0].word == "@" and at[0].end == at[1].start:
                subject = Subject(kind=Kind.NOMINAL, start=at[0].start, end=at[1].end)
                return Claim(rule="after-vs", subject=subject, cue=clause[cue].word)
    return None


def _announced(text: str, paragraphs: Sequence[Span], index: int) -> int:
    """Where the paragraph before begins if its colon announces this one."""
    before = paragraphs[index - 1] if index else None
    if before and text[before.start : before.end].rstrip()[-1:] == ":":
        return before.start
    return paragraphs[index].start
