"""Why each passage was taken or left, as values: what `--explain` prints."""

from __future__ import annotations

from dataclasses import dataclass

from digest.model import Span, Summary


def in_words(number: int) -> str:
    """1 word, 2 words."""
    return f"{number} word" if number == 1 else f"{number} words"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a passage was taken or left, in short phrases, the deciding one first.

    Of a quote, `told` is where the article says who speaks: the name or the word that
    stands for it, then the verb of saying.
    """

    span: Span
    taken: bool
    because: tuple[str, ...]
    told: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A summary with its reasons.

    `lede` are the sentences that were read for it, in order; `quotes` has one
    reason for each of `summary.quotes`.
    """

    summary: Summary
    lede: tuple[Reason, ...] = ()
    quotes: tuple[Reason, ...] = ()
