"""What a person chose: one form of each, and nothing that cannot be it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from digest.store import Database
from subscribers import Choices, add_list, add_subscriber
from subscribers.choices import (
    attributes_json,
    change_choices,
    clean_attributes,
    clean_language,
    clean_topics,
    clean_zone,
)
from subscribers.errors import InvalidValue
from subscribers.tables import subscriber

VALUES = st.one_of(
    st.text(st.characters(codec="utf-8", categories=["L", "N"]), max_size=20),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
)
ATTRIBUTES = st.dictionaries(st.from_regex(r"x[a-z0-9_-]{0,9}", fullmatch=True), VALUES)


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("Europe/Amsterdam", "Europe/Amsterdam"),
        (" europe/amsterdam ", "Europe/Amsterdam"),
        ("utc", "UTC"),
        ("", ""),
    ],
)
def test_zone(text: str, zone: str) -> None:
    """An IANA name, whatever its case, in its own case: zoneinfo knows it."""
    assert clean_zone(text) == zone
    assert not zone or ZoneInfo(zone).key == zone


@pytest.mark.parametrize(
    "text", ["Europe/Atlantis", "../../etc/passwd", "+02:00", "x" * 500, "\0", "é"]
)
def test_no_zone(text: str) -> None:
    """What zoneinfo does not know is none, and no file is looked for."""
    with pytest.raises(InvalidValue, match="no time zone"):
        clean_zone(text)


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("EN", "en"),
        ("pt_br", "pt-BR"),
        ("zh-hant-tw", "zh-Hant-TW"),
        ("de-1996", "de-1996"),
        ("", ""),
    ],
)
def test_language(text: str, tag: str) -> None:
    """A tag has one form (RFC 5646, 2.1.1)."""
    assert clean_language(text) == tag


@pytest.mark.parametrize("text", ["e", "Nederlands!", "en--gb", "en us", "\0", "日本"])
def test_no_language(text: str) -> None:
    """A name of a language is not its tag."""
    with pytest.raises(InvalidValue, match="no language tag"):
        clean_language(text)


def test_topics() -> None:
    """In order, each once, on one line, none empty; what parts them is in none."""
    assert clean_topics(["nato", " eu\n army ", "nato", ""]) == ("eu army", "nato")
    for wrong in ("a|b", "a\0", "a" * 201):
        with pytest.raises(InvalidValue, match="topic"):
            clean_topics([wrong])


@pytest.mark.parametrize("name", ["", " ", "a\0", "zone", "Email", "x" * 201])
def test_no_attribute_name(name: str) -> None:
    """A name is one line, and no field that everybody has."""
    with pytest.raises(InvalidValue, match="attribute"):
        clean_attributes({name: 1})


@pytest.mark.parametrize("value", [float("nan"), float("inf"), [1], {"a": 1}, "a\0"])
def test_no_attribute(value: object) -> None:
    """What JSON or the database has no form for is refused."""
    with pytest.raises(InvalidValue, match="attribute city"):
        clean_attributes({"city": value})  # type: ignore[dict-item]


@given(ATTRIBUTES)
def test_attributes_keep_their_types(
    attributes: dict[str, str | int | float | bool],
) -> None:
    """A number comes back a number, true comes back true, in whatever order."""
    kept = attributes_json(clean_attributes(attributes))
    found = json.loads(kept)
    assert found == attributes
    assert {n: type(v) for n, v in found.items()} == {
        n: type(v) for n, v in attributes.items()
    }
    backwards = dict(reversed(clean_attributes(attributes).items()))
    assert attributes_json(backwards) == kept


def test_change(database: Database, now: datetime, secret: Callable[[], bytes]) -> None:
    """What is said is changed, what is not stays; and it says whether anything was."""
    with database.write() as connection:
        add_list(connection, "readers", now)
        add_subscriber(
            connection,
            "readers",
            "ann@example.org",
            consent=None,
            source="test",
            now=now,
            secret=secret,
        )
        first = Choices(
            zone="asia/tokyo", topics=("b", "a"), attributes={"city": "Ghent", "n": 1}
        )
        assert change_choices(connection, 1, first)
        assert not change_choices(connection, 1, first)
        second = Choices(language="NL", attributes={"n": None, "vip": True})
        assert change_choices(connection, 1, second)
        with pytest.raises(InvalidValue):
            change_choices(connection, 1, Choices(frequency="weekly", zone="nowhere"))
        assert not change_choices(connection, 2, first)
        row = connection.execute(select(subscriber)).mappings().one()
    assert row["zone"] == "Asia/Tokyo"
    assert row["language"] == "nl"
    assert row["frequency"] == ""
    assert json.loads(row["topics"]) == ["a", "b"]
    assert json.loads(row["attributes"]) == {"city": "Ghent", "vip": True}
