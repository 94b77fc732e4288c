"""A draft's file changed by a program as a person would: one line, and no other.

Text in, text out. What an editor wrote (comments, order, spacing, keys that are not
known here) stays as it is; a value is written where it stands, or in the place of the
comment that offers it. Each change is read back, and refused if it did not do just what
was asked: a file of an unusual form is never damaged.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from digest.errors import SourceError
from digest.issue.draft_writing import toml_text

#: what a key of a draft is given
Value = str | bool | list[int]

#: what a story has where it does not say
_UNSET: Mapping[str, Value] = {"section": "", "note": "", "pin": False, "drop": False}

_HEADER = re.compile(r"\s*\[\[?\s*([\w.-]+)\s*\]\]?\s*(?:#.*)?")
_COMMENT = re.compile(r"\s*#")


def with_words(text: str, words: Mapping[str, str]) -> str:
    """The draft with another `subject`, `preheader`, `editorial`.

    Raises:
        SourceError: the file is of a form that cannot be changed here.
    """
    parts = _parts(text)
    wanted = tomllib.loads(text)
    for key, value in words.items():
        if value != wanted.get(key, ""):
            wanted[key] = value
            parts[0] = _set(parts[0], key, value)
    return _agreed(parts, wanted)


def with_story(text: str, place: int, values: Mapping[str, Value]) -> str:
    """The draft with other values of the story at a place, from 0.

    Raises:
        SourceError: the file is of a form that cannot be changed here.
    """
    parts = _parts(text)
    wanted = tomllib.loads(text)
    story = wanted["story"][place]
    part = _stories(parts, wanted)[place]
    for key, value in values.items():
        if value != story.get(key, _UNSET.get(key)):
            story[key] = value
            parts[part] = _set(parts[part], key, value)
    return _agreed(parts, wanted)


def with_order(text: str, place: int, before: int) -> str:
    """The draft with the story at a place right before that at another.

    Raises:
        SourceError: the file is of a form that cannot be changed here.
    """
    wanted = tomllib.loads(text)
    order = list(range(len(wanted["story"])))
    order.remove(place)
    order.insert(order.index(before), place)
    if order[place] == place:
        return text
    parts = _apart(_parts(text))
    wanted["story"] = [wanted["story"][each] for each in order]
    stories = _stories(parts, wanted)
    moved = [parts[stories[each]] for each in order]
    for part, story in zip(stories, moved, strict=True):
        parts[part] = story
    return _agreed(parts, wanted)


@dataclass(frozen=True, slots=True)
class _Part:
    """Lines that belong to one table; its name, empty for what stands before all."""

    table: str
    lines: tuple[str, ...]


def _parts(text: str) -> list[_Part]:
    """The text cut before each table; joined again it is the same."""
    lines = text.split("\n")
    starts, names = [0], [""]
    for number, line in enumerate(lines):
        if found := _HEADER.fullmatch(line):
            starts.append(_with_comments(lines, number, starts[-1]))
            names.append(found[1])
    ends = [*starts[1:], len(lines)]
    return [
        _Part(name, tuple(lines[start:end]))
        for name, start, end in zip(names, starts, ends, strict=True)
    ]


def _with_comments(lines: list[str], header: int, least: int) -> int:
    """Where a table begins: with the comment above it, if that stands apart."""
    start = header
    while start > least and _COMMENT.match(lines[start - 1]):
        start -= 1
    alone = start > least and not lines[start - 1].strip()
    return start if alone else header


def _stories(parts: list[_Part], wanted: Mapping[str, Any]) -> list[int]:
    """Which of the parts are stories."""
    found = [place for place, part in enumerate(parts) if part.table == "story"]
    if len(found) != len(wanted["story"]):
        raise SourceError(_UNUSUAL)
    return found


def _apart(parts: list[_Part]) -> list[_Part]:
    """The parts, each story ending in an empty line, wherever it may go."""
    empty = _ending(parts[0].lines)
    *before, last = parts
    if last.lines[-1] == "":  # what follows the last end of a line
        last = _Part(last.table, last.lines[:-1])
    return [
        _Part(part.table, (*part.lines, empty))
        if part.table == "story" and part.lines[-1].strip()
        else part
        for part in (*before, last, _Part("", ("",)))
    ]


def _ending(lines: Sequence[str]) -> str:
    """What stands before the end of a line: something on Windows."""
    return "\r" if any(line.endswith("\r") for line in lines) else ""


def _set(part: _Part, key: str, value: Value) -> _Part:
    """The part with a key's value, where it stands or is offered, else at its end."""
    lines = list(part.lines)
    line = f"{key} = {_toml(value)}{_ending(lines)}"
    offered = re.compile(rf"\s*#\s*{key}\s*=")
    found = next((n for n, one in enumerate(lines) if offered.match(one)), None)
    if _is_set(part, key):
        lines = _in_place(lines, key, value).split("\n")
    elif found is not None:
        lines[found] = line
    else:
        lines.insert(_end(lines), line)
    return _Part(part.table, tuple(lines))


def _is_set(part: _Part, key: str) -> bool:
    named = re.compile(rf"\s*[\"']?{key}[\"']?\s*=")
    return any(named.match(line) for line in part.lines)


def _in_place(lines: list[str], key: str, value: Value) -> str:
    import tomlkit
    from tomlkit.exceptions import ParseError

    try:
        document = tomlkit.parse("\n".join(lines))
    except ParseError as error:
        raise SourceError(_UNUSUAL) from error
    table: Any = document.get("story", [document])[0]
    table[key] = value
    return document.as_string()


def _end(lines: list[str]) -> int:
    """The line behind the last one that is not empty."""
    end = len(lines)
    while end > 1 and not lines[end - 1].strip():
        end -= 1
    return end


def _toml(value: Value) -> str:
    if isinstance(value, str):
        return toml_text(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


_UNUSUAL = "the draft is written in a way that cannot be changed here; edit its file"


def _agreed(parts: list[_Part], wanted: Mapping[str, Any]) -> str:
    """The text of the parts, if it says what is wanted."""
    text = "\n".join(line for part in parts for line in part.lines)
    try:
        says = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SourceError(_UNUSUAL) from error
    if says != wanted:
        raise SourceError(_UNUSUAL)
    return text
