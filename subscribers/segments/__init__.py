"""Parts of an audience by what is known of people: `tz:Europe/* and topics has "nato"`.

A small language: read into values, written as SQL with every value bound, and said in
words. Whoever writes a segment never writes SQL.
"""

from subscribers.segments.expression import Expression, formatted
from subscribers.segments.parsing import parse
from subscribers.segments.sql import EVERYBODY, Condition, condition
from subscribers.segments.stored import (
    Segment,
    add_segment,
    find_segment,
    remove_segment,
    segments,
)
from subscribers.segments.words import in_words

__all__ = [
    "EVERYBODY",
    "Condition",
    "Expression",
    "Segment",
    "add_segment",
    "condition",
    "find_segment",
    "formatted",
    "in_words",
    "parse",
    "remove_segment",
    "segments",
]
