"""What a person chose, and what else is known of them: checked, kept, changed.

Zone, language, frequency, topics and attributes are the person's, on every list.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from functools import cache
from zoneinfo import available_timezones

from sqlalchemy import Connection, select, update

from subscribers.errors import InvalidName, InvalidValue
from subscribers.model import Attribute, Choices
from subscribers.names import clean_name
from subscribers.tables import subscriber

#: what a column of a file or a term of a segment already means
FIELDS = frozenset(
    "email name first_name last_name state zone language frequency topics joined list "
    "attributes".split()
)
#: stands between topics in a file
BETWEEN_TOPICS = "|"
LANGUAGE = re.compile(r"[a-z]{2,8}(?:-[a-z0-9]{1,8})*", re.IGNORECASE)


def clean_choices(choices: Choices) -> Choices:
    """The same in the form that is kept; what is None or empty stays so.

    Raises:
        InvalidValue: one of them cannot be what it should; says which.
    """
    return Choices(
        zone=None if choices.zone is None else clean_zone(choices.zone),
        language=None if choices.language is None else clean_language(choices.language),
        topics=None if choices.topics is None else clean_topics(choices.topics),
        frequency=None
        if choices.frequency is None
        else _line(choices.frequency, "frequency"),
        attributes=clean_attributes(choices.attributes),
    )


def clean_zone(text: str) -> str:
    """The IANA name of a time zone, whatever its case; empty where it is not known.

    Raises:
        InvalidValue: there is no such zone.
    """
    text = text.strip()
    if not text:
        return ""
    zone = _zones().get(text.lower())
    if zone is None:
        raise InvalidValue(
            f"there is no time zone {_shown(text)}; write one like Europe/Amsterdam"
        )
    return zone


@cache
def _zones() -> Mapping[str, str]:
    # some systems have one that is another on each machine
    return {zone.lower(): zone for zone in available_timezones() - {"localtime"}}


def clean_language(text: str) -> str:
    """A language tag (BCP 47) in its usual form, pt-BR; empty where it is not known.

    Raises:
        InvalidValue: it is none.
    """
    tag = text.strip().replace("_", "-")
    if not tag:
        return ""
    if not LANGUAGE.fullmatch(tag):
        raise InvalidValue(f"{_shown(text)} is no language tag like en or pt-BR")
    first, *rest = tag.lower().split("-")
    return "-".join([first, *map(_subtag, rest)])


def _subtag(part: str) -> str:
    """RFC 5646, 2.1.1: scripts of four letters are Latn, regions of two are BR."""
    if len(part) == 4 and part.isalpha():
        return part.title()
    return part.upper() if len(part) == 2 else part


def clean_topics(topics: Iterable[str]) -> tuple[str, ...]:
    """Topics in order, each once; empty ones are none.

    Raises:
        InvalidValue: one holds what parts them in a file, or cannot be one line.
    """
    clean = {_line(topic, "topic") for topic in topics}
    for topic in clean:
        if BETWEEN_TOPICS in topic:
            raise InvalidValue(
                f"the topic {_shown(topic)} holds {BETWEEN_TOPICS}, which parts topics"
            )
    return tuple(sorted(clean - {""}))


def clean_attributes(
    attributes: Mapping[str, Attribute | None],
) -> dict[str, Attribute | None]:
    """Attributes with their names and texts clean.

    Raises:
        InvalidValue: a name cannot be one, or a value is neither a text, a number
            nor true or false.
    """
    return {
        _attribute_name(name): _attribute(name, value)
        for name, value in attributes.items()
    }


def _attribute_name(name: str) -> str:
    name = _line(name, "attribute")
    if not name:
        raise InvalidValue("an attribute needs a name")
    if name.lower() in FIELDS:
        raise InvalidValue(f"{name} is a field of every person, and no attribute")
    return name


def _attribute(name: str, value: object) -> Attribute | None:
    if isinstance(value, str):
        return _line(value, f"attribute {name}")
    if isinstance(value, bool | int | None):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    raise InvalidValue(
        f"the attribute {name} is a text, a number or true or false, "
        f"not {_shown(str(value))}"
    )


def topics_json(topics: Iterable[str]) -> str:
    """Topics as they stand in the database."""
    return _json(list(topics))


def attributes_json(attributes: Mapping[str, Attribute | None]) -> str:
    """Attributes as they stand in the database: by name, without those that are None.

    The same attributes are always the same text.
    """
    known = {name: value for name, value in attributes.items() if value is not None}
    return _json(known)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def change_choices(
    connection: Connection, subscriber_id: int, choices: Choices
) -> bool:
    """Change what a person chose; whether anything is other than it was.

    What is None stays. Attributes that are not named stay, those that are None go.

    Raises:
        InvalidValue: nothing was changed.
    """
    choices = clean_choices(choices)
    query = select(subscriber).where(subscriber.c.id == subscriber_id)
    now = connection.execute(query).mappings().one_or_none()
    if now is None:
        return False
    wanted = {
        "zone": choices.zone,
        "language": choices.language,
        "frequency": choices.frequency,
        "topics": None if choices.topics is None else topics_json(choices.topics),
        "attributes": attributes_json(
            json.loads(now["attributes"]) | choices.attributes
        ),
    }
    changed = {
        name: value
        for name, value in wanted.items()
        if value is not None and value != now[name]
    }
    if changed:
        connection.execute(
            update(subscriber).where(subscriber.c.id == subscriber_id).values(changed)
        )
    return bool(changed)


def _line(text: str, what: str) -> str:
    try:
        return clean_name(text)
    except InvalidName as error:
        raise InvalidValue(f"{what}: {error}") from None


def _shown(text: str) -> str:
    short = text if len(text) <= 60 else text[:60] + "…"
    return short if short.isprintable() and short else ascii(short)
