"""What is known of a person, from the cells of a row: each checked, or why it is none.

Cells of CSV are texts; those of JSON have a type, which attributes keep.
"""

from __future__ import annotations

import csv
import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from typing import Any, NamedTuple, TypeVar
from zoneinfo import available_timezones

import msgspec

from subscribers.address import parse_address
from subscribers.columns import TABLE, Columns, by_word, plain
from subscribers.errors import InvalidValue
from subscribers.model import Address, SubscriptionState, SuppressionReason
from subscribers.names import clean_name, clean_text

T = TypeVar("T")
#: a value of an attribute
Value = str | int | float | bool
#: cells of a marking column that mark nobody
UNMARKED = {"", "false", "no", "n", "f", "0", "none", "null", "never"}
STATES = by_word("states")
SUPPRESSED = frozenset(SuppressionReason)
NOT_CONFIRMED = {SubscriptionState.UNCONFIRMED, SubscriptionState.UNSUBSCRIBED}
#: a worse one comes after a better
ORDER = ["", *TABLE["states"]]
#: of consent that was given elsewhere, in their order
STEPS = {
    "optin": SubscriptionState.UNCONFIRMED,
    "confirm": SubscriptionState.CONFIRMED,
}
STEPS_FIELDS = {f"{step}_{what}" for step in STEPS for what in ("ip", "time")}
EMPTY = (None, "")
LONGEST_ATTRIBUTE = 2000
NESTED = (list, dict)
DAY = timedelta(days=1)
#: RFC 5646: language, script, region, and what few need
LANGUAGE = re.compile(
    r"([a-z]{2,3})(?:-([a-z]{4}))?(?:-([a-z]{2}|\d{3}))?"
    r"((?:-(?:[a-z\d]{5,8}|\d[a-z\d]{3}))*(?:-[a-z\d](?:-[a-z\d]{2,8})+)*)",
    re.IGNORECASE | re.ASCII,
)
#: the first year that anybody can have joined in
FIRST_YEAR = 1990
#: a clock of twelve hours: 2026-01-02 3:04:05 PM
TWELVE = re.compile(
    r"(\d{4}-\d\d-\d\d)[ T](0?[1-9]|1[0-2])(:\d\d[\d:.]*) ?([AP])\.?M\.?",
    re.ASCII | re.IGNORECASE,
)
#: how Go prints a moment, and so listmonk: 2026-01-02 03:04:05.678 +0000 UTC
GO = re.compile(
    r"(\d{4}-\d\d-\d\d[ T]\d\d:\d\d[\d:.]*) ?([+-]\d\d:?\d\d)?"
    r"(?: (?![AP]M)[A-Z]{2,5})?",
    re.ASCII,
)


class Agreed(NamedTuple):
    """They signed up or confirmed elsewhere: from where, an IP, and when, if known."""

    state: SubscriptionState
    ip: str
    at: datetime | None


class Person(NamedTuple):
    """Somebody to bring onto a list. What is empty is not known of them.

    Their `state` is what their consent allows where it is None; who has a reason to
    be suppressed is only that.
    """

    address: Address
    name: str = ""
    zone: str = ""
    language: str = ""
    frequency: str = ""
    topics: tuple[str, ...] = ()
    attributes: Mapping[str, Value] = {}
    joined: datetime | None = None
    #: they want a break until then
    paused_until: datetime | None = None
    state: SubscriptionState | None = None
    suppression: SuppressionReason | None = None
    #: what they agreed to where the file is from
    agreed: tuple[Agreed, ...] = ()
    #: attributes that are lists or objects, and were left out
    skipped: int = 0


def person_of(cells: Sequence[object], columns: Columns) -> Person:
    """The person that a row is about.

    Raises:
        InvalidAddress, InvalidName, InvalidValue: it is about nobody; says why.
    """
    given: dict[str, Any] = {}
    for field, place in columns.fields.items():
        cell = cells[place] if place < len(cells) else None
        if isinstance(cell, str):
            cell = cell.strip()
        if cell not in EMPTY:
            given[field] = READ[field](cell)
    address = given.pop("email", None) or parse_address("")
    if "first_name" in given or "last_name" in given:
        parts = given.pop("first_name", ""), given.pop("last_name", "")
        given["name"] = given.get("name") or clean_name(" ".join(parts))
    if given.keys() & STEPS_FIELDS:
        given |= _agreed(given)
    if "tags" in given:
        given.setdefault("topics", given.pop("tags"))
    if columns.attributes or "attributes" in given:
        typed = _attributes(cells, columns, given.get("attributes", {}))
        given["attributes"] = _plain(typed)
        given["skipped"] = sum(isinstance(each, NESTED) for each in typed.values())
    if columns.marks or "state" in given:
        given |= _standing(given.pop("state", ""), cells, columns)
    return Person(address, **given)


def standing_of(cells: Sequence[object], columns: Columns) -> str:
    """How a row says that somebody stands: a key of the table's states, the worst of
    several; empty where it says nothing.

    Raises:
        InvalidValue: its state is none that we know.
    """
    place = columns.fields.get("state")
    cell = cells[place] if place is not None and place < len(cells) else None
    return _worst("" if cell in EMPTY else _state(str(cell)), cells, columns)


# --- Cells that are about one thing -------------------------------------------


def _text(cell: object, field: str) -> str:
    if not isinstance(cell, str):
        raise InvalidValue(f"its {field} is not a text")
    return cell


@lru_cache(maxsize=4096)
def clean_zone(text: str) -> str:
    """The IANA name of a time zone, in the case that it is written in.

    Raises:
        InvalidValue: there is none of that name.
    """
    if zone := _zones().get(text.casefold()):
        return zone
    raise InvalidValue(
        f"there is no time zone {_shown(text)}; write one like Europe/Amsterdam"
    )


@cache
def _zones() -> dict[str, str]:
    names = available_timezones() - {"localtime", "Factory"}
    return {name.casefold(): name for name in names}


@lru_cache(maxsize=4096)
def clean_language(text: str) -> str:
    """A language tag (BCP 47) in its usual case: pt-BR, also for pt_br.

    Raises:
        InvalidValue: it is none.
    """
    found = LANGUAGE.fullmatch(text.replace("_", "-"))
    if found is None:
        raise InvalidValue(f"{_shown(text)} is no language; write a tag like en, pt-BR")
    language, script, region, rest = (part or "" for part in found.groups())
    parts = (language.lower(), script.title(), region.upper())
    return "-".join(filter(None, parts)) + rest.lower()


def clean_topics(topics: Iterable[str]) -> tuple[str, ...]:
    """Topics, each once, in order.

    Raises:
        InvalidName: one of them holds control characters, or is too long.
    """
    return tuple(sorted({clean_text(topic, "topic") for topic in topics} - {""}))


def clean_moment(text: str) -> datetime:
    """A moment in ISO 8601, or with AM or PM behind its time; without a zone it is UTC,
    without a time midnight.

    Raises:
        InvalidValue: it is none.
    """
    if twelve := TWELVE.fullmatch(text):
        hour = int(twelve[2]) % 12 + 12 * (twelve[4] in "Pp")
        text = f"{twelve[1]} {hour:02}{twelve[3]}"
    go = GO.fullmatch(text)
    try:
        moment = datetime.fromisoformat(go[1] + (go[2] or "") if go else text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise InvalidValue(
            f"{_shown(text)} is no date; write one like 2026-01-31"
        ) from None


def check_moments(person: Person, now: datetime) -> None:
    """A clock that is a day off is none of ours to mend; a wrong column is.

    Raises:
        InvalidValue: they would have joined before anybody could, or not yet.
    """
    for moment in (person.joined, *(each.at for each in person.agreed)):
        if moment and (moment.year < FIRST_YEAR or moment > now + DAY):
            raise InvalidValue(f"nobody joined on {moment:%Y-%m-%d}")


def _topics(cell: object) -> tuple[str, ...]:
    """`a|b`, or a JSON array."""
    if isinstance(cell, str) and not cell.startswith("["):
        return _split(cell)
    return clean_topics(_decoded(cell, list[str], "topics are no list of texts"))


@lru_cache(maxsize=4096)
def _split(cell: str) -> tuple[str, ...]:
    return clean_topics(cell.split("|"))


def _tags(cell: object) -> tuple[str, ...]:
    """Topics with commas between them, perhaps in quotes, as Mailchimp writes them."""
    if not isinstance(cell, str) or cell.startswith("["):
        return _topics(cell)
    line = " ".join(cell.split())
    try:
        return clean_topics(next(csv.reader([line], skipinitialspace=True), []))
    except csv.Error as error:
        raise InvalidValue(f"its tags cannot be told apart: {error}") from None


def _typed(cell: object) -> dict[str, object]:
    """The attributes of a column `attributes`: a JSON object."""
    return _decoded(cell, dict[str, object], "attributes are no JSON object")


def clean_attributes(attributes: Mapping[str, object]) -> dict[str, Value]:
    """Attributes with their names and texts clean; those that are null are none.

    Raises:
        InvalidValue: one is neither a text, a number nor true or false.
        InvalidName: a name or a text holds control characters, or is too long.
    """
    return {
        clean_text(name, "attribute"): _value(name, value)
        for name, value in attributes.items()
        if value is not None
    }


def _value(name: str, cell: object) -> Value:
    if isinstance(cell, str):
        return clean_text(cell, "attribute", LONGEST_ATTRIBUTE)
    if isinstance(cell, int | float):
        return cell
    raise InvalidValue(
        f"its attribute {_shown(name)} is neither a text, a number nor true or false"
    )


def _decoded(cell: object, kind: type[T], fault: str) -> T:
    """What a cell of JSON holds: JSON within CSV, or a value of JSON lines."""
    try:
        if isinstance(cell, str):
            return msgspec.json.decode(cell, type=kind)
        return msgspec.convert(cell, kind)
    except (ValueError, RecursionError):
        raise InvalidValue(f"its {fault}") from None


@lru_cache(maxsize=4096)
def _state(cell: str) -> str:
    word = plain(cell)
    if word and word not in STATES:
        raise InvalidValue(
            f"its state {_shown(cell)} is not known; "
            "write confirmed, unconfirmed or unsubscribed, or --map state="
        )
    return STATES.get(word, "")


def _ip(cell: object) -> str:
    """An address of the internet; what is none says nothing."""
    try:
        return str(ipaddress.ip_address(str(cell)))
    except ValueError:
        return ""


READ: Mapping[str, Callable[[object], object]] = {
    "email": lambda cell: parse_address(_text(cell, "address")),
    "name": lambda cell: clean_name(_text(cell, "name")),
    "first_name": lambda cell: _text(cell, "first name"),
    "last_name": lambda cell: _text(cell, "last name"),
    "state": lambda cell: _state(str(cell)),
    "zone": lambda cell: clean_zone(_text(cell, "time zone")),
    "language": lambda cell: clean_language(_text(cell, "language")),
    "frequency": lambda cell: clean_text(_text(cell, "frequency"), "frequency"),
    "topics": _topics,
    "tags": _tags,
    "joined": lambda cell: clean_moment(_text(cell, "date of joining")),
    "paused_until": lambda cell: clean_moment(_text(cell, "end of a pause")),
    "optin_time": lambda cell: clean_moment(_text(cell, "time of opt-in")),
    "confirm_time": lambda cell: clean_moment(_text(cell, "time of confirming")),
    "optin_ip": _ip,
    "confirm_ip": _ip,
    "attributes": _typed,
}


# --- What several cells say together --------------------------------------------


def _attributes(
    cells: Sequence[object], columns: Columns, typed: Mapping[str, object]
) -> dict[str, object]:
    """The attributes of columns of their own, beside those of `attributes`."""
    own = {
        name: cells[place]
        for name, place in columns.attributes.items()
        if place < len(cells) and cells[place] not in EMPTY
    }
    return {**typed, **own}


def _plain(attributes: Mapping[str, object]) -> dict[str, Value]:
    """Those that are no lists and objects, which no segment could ask for."""
    return clean_attributes(
        {name: v for name, v in attributes.items() if not isinstance(v, NESTED)}
    )


def _agreed(given: dict[str, Any]) -> dict[str, Any]:
    """What a record of consent elsewhere says; the last of it is when they joined."""
    agreed = tuple(
        Agreed(state, given.pop(f"{step}_ip", ""), given.pop(f"{step}_time", None))
        for step, state in STEPS.items()
    )
    known = tuple(each for each in agreed if each.ip or each.at)
    moments = [each.at for each in known if each.at]
    joined = given.get("joined") or (moments[-1] if moments else None)
    return {"agreed": known, "joined": joined}


def _standing(
    state: str, cells: Sequence[object], columns: Columns
) -> dict[str, SubscriptionState | SuppressionReason]:
    worst = _worst(state, cells, columns)
    if worst in SUPPRESSED:
        return {"suppression": SuppressionReason(worst)}
    return {"state": SubscriptionState(worst)} if worst in NOT_CONFIRMED else {}


def _worst(state: str, cells: Sequence[object], columns: Columns) -> str:
    """What a row says by its state, or by a marking column if that is worse."""
    said = [state] + [
        mark
        for mark, place in columns.marks
        if place < len(cells) and plain(str(cells[place] or "")) not in UNMARKED
    ]
    return max(said, key=ORDER.index)


def _shown(text: str) -> str:
    return ascii(text[:60])
