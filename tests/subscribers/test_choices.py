"""What a person chose: one form of each, and nothing that cannot be it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from digest.store import Database
from subscribers import Choices, add_list, add_subscriber
from subscribers.choices import attributes_json, change_choices, clean_choices
from subscribers.errors import InvalidName, InvalidValue
from subscribers.tables import subscriber

VALUES = st.one_of(
    st.text(st.characters(codec="utf-8", categories=["L", "N"]), max_size=20),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
)
ATTRIBUTES = st.dictionaries(st.from_regex(r"x[a-z0-9_-]{0,9}", fullmatch=True), VALUES)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (Choices(zone=" europe/amsterdam "), Choices(zone="Europe/Amsterdam")),
        (
            Choices(zone="utc", language="zh_hant_tw"),
            Choices(zone="UTC", language="zh-Hant-TW"),
        ),
        (
            Choices(zone="", language=" ", frequency=""),
            Choices(zone="", language="", frequency=""),
        ),
        (Choices(frequency=" every\n day "), Choices(frequency="every day")),
        (
            Choices(topics=("nato", " eu  army ", "nato", "")),
            Choices(topics=("eu army", "nato")),
        ),
        (
            Choices(attributes={" city ": "Ghent ", "n": None}),
            Choices(attributes={"city": "Ghent", "n": None}),
        ),
        (Choices(), Choices()),
    ],
)
def test_one_form_of_each(said: Choices, kept: Choices) -> None:
    """What is not said is not said afterwards; what is empty is said to be so."""
    assert clean_choices(said) == kept


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (Choices(zone="Europe/Atlantis"), "Europe/Amsterdam"),
        (Choices(zone="../../etc/passwd"), "Europe/Amsterdam"),
        (Choices(language="Nederlands!"), "pt-BR"),
        (Choices(topics=("a|b",)), "parts topics"),
        (Choices(topics=("a\0",)), "control characters"),
        (Choices(frequency="a" * 201), "longer than"),
        (Choices(attributes={"": 1}), "needs a name"),
        (Choices(attributes={"a\0": 1}), "control characters"),
        (Choices(attributes={"Time zone": "x"}), "everybody's zone"),
        (Choices(attributes={"n": float("nan")}), "no number"),
        (Choices(attributes={"n": float("inf")}), "no number"),
        (Choices(attributes={"n": [1]}), "neither a text"),  # type: ignore[dict-item]
    ],
)
def test_what_cannot_be_chosen(said: Choices, reason: str) -> None:
    """It is refused, in one line that says what it should be."""
    with pytest.raises((InvalidValue, InvalidName), match=reason) as caught:
        clean_choices(said)
    assert "\n" not in str(caught.value)


@given(ATTRIBUTES)
def test_attributes_keep_their_types(
    attributes: dict[str, str | int | float | bool],
) -> None:
    """A number comes back a number, true comes back true, in whatever order."""
    clean = clean_choices(Choices(attributes=attributes)).attributes
    kept = attributes_json(clean)
    found = json.loads(kept)
    assert found == attributes
    assert {n: type(v) for n, v in found.items()} == {
        n: type(v) for n, v in attributes.items()
    }
    assert attributes_json(dict(reversed([*clean.items()]))) == kept


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
