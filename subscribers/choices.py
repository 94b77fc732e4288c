"""What a person chose, and what else is known of them: checked, kept, changed.

Zone, language, frequency, topics and attributes are the person's, on every list.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping

import msgspec
from sqlalchemy import Connection, select, update

from subscribers import fields
from subscribers.columns import FIELDS, plain
from subscribers.errors import InvalidValue
from subscribers.model import Attribute, Choices
from subscribers.names import clean_text
from subscribers.tables import subscriber

#: stands between topics in a file
BETWEEN_TOPICS = "|"


def clean_choices(choices: Choices) -> Choices:
    """The same in the form that is kept; what is None or empty stays so.

    Raises:
        InvalidValue, InvalidName: one of them cannot be what it should; says which.
    """
    return Choices(
        zone=_said(choices.zone, fields.clean_zone),
        language=_said(choices.language, fields.clean_language),
        topics=None if choices.topics is None else _topics(choices.topics),
        frequency=_said(choices.frequency, lambda text: clean_text(text, "frequency")),
        attributes=_attributes(choices.attributes),
    )


def _said(text: str | None, clean: Callable[[str], str]) -> str | None:
    """A text cleaned, if it says anything."""
    bare = text and text.strip()
    return clean(bare) if bare else bare


def _topics(topics: Iterable[str]) -> tuple[str, ...]:
    """Topics that a file can hold."""
    clean = fields.clean_topics(topics)
    for topic in clean:
        if BETWEEN_TOPICS in topic:
            raise InvalidValue(
                f"the topic {topic} holds {BETWEEN_TOPICS}, which parts topics"
            )
    return clean


def _attributes(
    attributes: Mapping[str, Attribute | None],
) -> dict[str, Attribute | None]:
    """Attributes that a file can hold, beside those that are to be forgotten."""
    for name, value in attributes.items():
        if field := FIELDS.get(plain(name)):
            raise InvalidValue(f"{name} means everybody's {field}, and is no attribute")
        if not name.strip():
            raise InvalidValue("an attribute needs a name")
        if isinstance(value, float) and not math.isfinite(value):
            raise InvalidValue(f"the attribute {name} is {value}, and no number")
    gone = [name for name, value in attributes.items() if value is None]
    forget = dict.fromkeys(clean_text(name, "attribute") for name in gone)
    return forget | fields.clean_attributes(attributes)


def topics_json(topics: Iterable[str]) -> str:
    """Topics as they stand in the database."""
    return msgspec.json.encode(tuple(topics)).decode()


def attributes_json(attributes: Mapping[str, Attribute | None]) -> str:
    """Attributes as they stand in the database: by name, without those that are None.

    The same attributes are always the same text.
    """
    known = {name: value for name, value in attributes.items() if value is not None}
    return msgspec.json.encode(known, order="sorted").decode()


def change_choices(
    connection: Connection, subscriber_id: int, choices: Choices
) -> bool:
    """Change what a person chose; whether anything is other than it was.

    What is None stays. Attributes that are not named stay, those that are None go.

    Raises:
        InvalidValue, InvalidName: nothing was changed.
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
            msgspec.json.decode(now["attributes"]) | choices.attributes
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
