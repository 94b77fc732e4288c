"""Whether a quoted passage is speech, or a title, a slogan, a scare quote.

Speech has a verb of saying about it or is a whole sentence; a work's title
has capitals, a scare quote sits within somebody else's sentence.
"""

from __future__ import annotations

import re

from digest.summary.languages import WORD, Language
from digest.summary.marks import Quotation
from digest.summary.speakers import Voice

#: "(2015)" behind a slogan
YEAR = re.compile(r"\s{0,3}\(\d{4}\)")
#: more than a word of a script without spaces
UNSPACED = re.compile(r"(?:[\u3040-\u30ff\u4e00-\u9fff]\W?){8}")
ENDS = frozenset(",.?!…—–-")
#: what stands between speech and who speaks
SET_OFF = frozenset(",:—–-")
#: so many words of a passage are looked at
SAMPLE = 60
#: rules that show speech though there is no verb of saying
#: part of a sentence of more words than this is nobody's title
FRAGMENT = 7
TOLD = ("continued", "label", "before-colon")
#: in a title longer words have a capital, and so has this share of its words
LONG, TITLE, LONGEST_TITLE = 4, 0.5, 14


def is_speech(
    text: str, quotation: Quotation, voice: Voice, language: Language
) -> bool:
    """Whether to hand on this passage as a quote."""
    end = min(quotation.end, quotation.start + 400)
    words = WORD.findall(text, quotation.start, end)[:SAMPLE]
    if not language.code:  # nothing is known but the marks
        if UNSPACED.search(text, quotation.start, end):
            return True
        return len(words) > (2 if _stands_out(text, quotation) else FRAGMENT)
    if len(words) < 2 or _is_work(text, quotation, words, language):
        return False
    said = voice.cue is not None or voice.rule.startswith(TOLD)
    if not said and YEAR.match(text, quotation.outer_end):
        return False
    whole = _is_sentence(text, quotation)
    title = text[quotation.end - 1] not in ".?!" and _has_capitals(words, language)
    if title and not _is_said_after(voice, language):
        return False
    if said:
        comma = text[quotation.outer_end : quotation.outer_end + 1] == ","
        word = comma and not text[quotation.start].islower()  # “Nein”, sagte sie
        return len(words) > 3 or whole or word
    part = language.fragment if text[quotation.start].islower() else FRAGMENT
    return whole or len(words) > part


def _stands_out(text: str, quotation: Quotation) -> bool:
    """Whether marks set it off from a sentence, as they do speech but no title."""
    before = text[max(0, quotation.outer_start - 2) : quotation.outer_start].rstrip()
    behind = text[quotation.outer_end : quotation.outer_end + 2].lstrip()
    inner = text[quotation.start] + text[quotation.end - 1]
    return (
        inner[1] in ENDS
        or behind[:1] in SET_OFF
        or before[-1:] in SET_OFF
        or not quotation.closed
        or quotation.continued
    )


def _is_said_after(voice: Voice, language: Language) -> bool:
    """Whether a verb of saying follows; "“Solaris,” opened last week" has none."""
    spoken = voice.cue is not None and voice.cue not in language.weak
    return spoken and voice.rule.startswith("after")


def _is_sentence(text: str, quotation: Quotation) -> bool:
    return not text[quotation.start].islower() and text[quotation.end - 1] in ENDS


def _is_work(
    text: str, quotation: Quotation, words: list[str], language: Language
) -> bool:
    """Whether a book, film or slogan is named: "his autobiography, “…”"."""
    before = text[max(0, quotation.outer_start - 40) : quotation.outer_start].split()
    noun = before[-1].strip(",:“‘(").lower() if before else ""
    named = noun in language.works or noun in language.determiners
    if language.capital_nouns:
        return named and words[0][0].isupper() and not _is_sentence(text, quotation)
    named = named or noun in language.prepositions  # host of “The Nightly Show.”
    if noun in language.works and not language.title_case and words[0][0].isupper():
        return not _is_sentence(text, quotation) or _has_capitals(words, language)
    return named and _has_capitals(words, language)


def _has_capitals(words: list[str], language: Language) -> bool:
    """Whether all words have a capital that have one in a title."""
    if language.capital_nouns:
        return False
    capital = sum(word[0].isupper() for word in words)
    small = any(word[0].islower() and len(word) > LONG for word in words)
    return not small and capital / len(words) >= TITLE and len(words) <= LONGEST_TITLE
