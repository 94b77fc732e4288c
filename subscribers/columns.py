"""Which column of a file holds what: by `columns.toml`, or as somebody says by hand.

Columns that are in neither are ignored, so that nothing is kept of people that
nobody asked for.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from subscribers.errors import ImportFailed
from subscribers.names import clean_name

TABLE = tomllib.loads(Path(__file__).with_name("columns.toml").read_text("utf-8"))


def plain(name: str) -> str:
    """A name as it is compared: without case, spaces and signs."""
    return re.sub(r"[\W_]+", "", name).casefold()


def by_word(section: str) -> dict[str, str]:
    """What each word of a section of the table stands for."""
    return {word: key for key, words in TABLE[section].items() for word in words}


FIELDS = by_word("fields")
MARKS = by_word("marks")
#: each name that means something, in the table's order
RANKS = {word: rank for rank, word in enumerate([*FIELDS, *MARKS])}


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The places of columns: of each field, attribute and mark by its name.

    A mark is a column that is only filled for people in the state of its name.
    """

    names: tuple[str, ...]
    fields: Mapping[str, int]
    attributes: Mapping[str, int]
    marks: tuple[tuple[str, int], ...]

    @property
    def meanings(self) -> dict[int, str]:
        """What each column that counts is taken for, by its place."""
        return (
            {place: field for field, place in self.fields.items()}
            | {place: f"attribute {name}" for name, place in self.attributes.items()}
            | {place: f"{state}, where filled" for state, place in self.marks}
        )

    @property
    def mapping(self) -> dict[str, str]:
        """What each column that counts is taken for, by its name; none has no names."""
        meanings = sorted(self.meanings.items())
        return {
            self.names[place]: meaning
            for place, meaning in meanings
            if place < len(self.names)
        }


def find_columns(names: Sequence[str], mapping: Mapping[str, str]) -> Columns:
    """Which of the columns holds what: as `mapping` says, else by their names.

    `mapping` is from a field to a column; a field that is none of ours is an
    attribute, and an empty column stands for none.

    Raises:
        ImportFailed: a column is not there, or none or several hold addresses.
        InvalidName: an attribute cannot be called so.
    """
    given = {
        FIELDS.get(plain(field)) or clean_name(field): _place(column, names)
        for field, column in mapping.items()
    }
    named = [
        (RANKS[word], word, place)
        for place, name in enumerate(names)
        if (word := plain(name)) in RANKS and place not in given.values()
    ]
    fields: dict[str, int] = {}
    for _, word, place in sorted(named):
        if (field := FIELDS.get(word)) and field not in given:
            fields.setdefault(field, place)
    chosen = {field: place for field, place in given.items() if place is not None}
    fields |= {field: chosen[field] for field in chosen if field in TABLE["fields"]}
    if "email" not in fields:
        raise ImportFailed(_no_addresses(names))
    if "email" not in given:
        _check_addresses(
            [names[at] for _, word, at in named if FIELDS.get(word) == "email"]
        )
    return Columns(
        names=tuple(names),
        fields=fields,
        attributes={name: chosen[name] for name in chosen if name not in fields},
        marks=tuple((MARKS[word], at) for _, word, at in named if word in MARKS),
    )


def _place(column: str, names: Sequence[str]) -> int | None:
    if not column:
        return None
    if column not in names:
        raise ImportFailed(f"has no column {column}; there is {_shown(names)}")
    return names.index(column)


def _check_addresses(columns: Sequence[str]) -> None:
    if len(columns) > 1:
        raise ImportFailed(
            f"could have its addresses in {_shown(columns)}; say --map email=COLUMN"
        )


def _no_addresses(names: Sequence[str]) -> str:
    if any("@" in name for name in names):
        return "has no header; put a line above the first, like: email,name"
    return f"has no column of addresses; say --map email=COLUMN, of {_shown(names)}"


def _shown(names: Sequence[str]) -> str:
    """The first few names, each as far as it fits in a line."""
    few = ", ".join(ascii(name[:30]) for name in names[:8])
    return few + (", …" if len(names) > 8 else "")
