"""Names of people and of lists, and what else is one line of text.

None can break a header, a line of a file, a terminal or an encoding.
"""

from __future__ import annotations

import re

from subscribers.errors import InvalidName

LONGEST_NAME = 200
LONGEST_STATEMENT = 2000
#: what expressions are joined by
WORDS = {"and", "or", "not"}
#: controls, other ends of lines, and lone surrogates
BREAKING = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
#: what turns the direction of all that follows, beyond the name; no name needs it
#: https://www.unicode.org/reports/tr9/#Explicit_Directional_Embeddings
BIDI = re.compile(r"[\u202a-\u202e\u2066-\u2069]")


def clean_name(text: str) -> str:
    """The name with each run of white space, line ends too, made one space.

    Raises:
        InvalidName: it holds control characters, or is longer than 200.
    """
    return _one_line(text, "name", LONGEST_NAME)


def clean_list_name(text: str) -> str:
    """As `clean_name`; but it is typed into commands, so it cannot hold a tab or a
    line's end.

    Raises:
        InvalidName: it is empty, too long, or holds control characters.
    """
    if BREAKING.search(text.strip()):
        raise InvalidName(f"the name {text[:60]!a} holds control characters")
    if name := clean_name(text):
        return name
    raise InvalidName("a list needs a name")


def new_list_name(text: str) -> str:
    """As `clean_list_name`, for one that is made now; of a segment, too.

    It is typed beside options and in expressions, is a part of addresses of pages, and
    stays when people are erased.

    Raises:
        InvalidName: also where it begins with -, holds / or @, or is and, or, not.
    """
    name = clean_list_name(text)
    if name.startswith("-") or "/" in name or "@" in name:
        raise InvalidName(f"the name {name[:60]!a} begins with -, or holds / or @")
    if name.casefold() in WORDS:
        raise InvalidName(f"the name {name} is a word of segments; take another")
    return name


def clean_statement(text: str) -> str:
    """A statement of consent on one line; as `clean_name`, but for its length."""
    return _one_line(text, "statement of consent", LONGEST_STATEMENT)


def clean_text(text: str, what: str, longest: int = LONGEST_NAME) -> str:
    """What else is known of a person, on one line; as `clean_name`."""
    return _one_line(text, what, longest)


def _one_line(text: str, what: str, longest: int) -> str:
    line = " ".join(text.split())
    if not line.isprintable():
        line = " ".join(BIDI.sub("", line).split())
    if not line.isprintable() and BREAKING.search(line):
        raise InvalidName(f"the {what} {line[:60]!a} holds control characters")
    if len(line) > longest:
        raise InvalidName(
            f"the {what} {line[:60]!a}… is longer than {longest:,} characters"
        )
    return line
