"""Bytes become events; one that is none loses no other."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.events import EventType, parse
from tests.events.samples import payload, sent

GOOD = payload(sent("open", 1))[1:-1]


def test_what_is_read() -> None:
    """The copy by its names, the moment, and the whole as it came."""
    (event,) = parse(b"[" + GOOD + b"]").events
    assert (event.attempt, event.token, event.recipient) == (1, "5f3a", 1)
    assert event.at == datetime(2026, 11, 23, 8, 1, tzinfo=UTC)
    assert event.raw.encode() == GOOD
    assert event.type is EventType.OPENED


@pytest.mark.parametrize(
    ("name", "attempt", "token"),
    [
        ("7", 7, ""),
        ("7-0f", 7, "0f"),
        ("7-", None, ""),
        ("x-0f", None, ""),
        ("9" * 19, None, ""),
        ("７", None, ""),
        (None, None, ""),
        (7, 7, ""),
    ],
)
def test_names_of_attempts(name: object, attempt: int | None, token: str) -> None:
    """Old attempts have no token; what is not ours names none."""
    (event,) = parse(payload({**sent("open", 1), "dg_attempt": name})).events
    assert (event.attempt, event.token) == (attempt, token)


@pytest.mark.parametrize(
    "bad",
    [
        b"null",
        b"7",
        b"[]",
        b'"text"',
        b"{}",
        b'{"event":"open"}',
        b'{"event":"open","timestamp":1}',
        b'{"event":"open","timestamp":"soon","sg_event_id":"a"}',
        b'{"event":"open","timestamp":1e300,"sg_event_id":"a"}',
        b'{"event":7,"timestamp":1,"sg_event_id":"a"}',
        b'{"event":"open","timestamp":1,"sg_event_id":"\\u0000"}',
        b'{"event":"open","timestamp":1,"sg_event_id":"%s"}' % (b"a" * 4000),
        b'{"event":"open","timestamp":1,"sg_event_id":"a","asm_group_id":4294967296}',
        b'{"event":"open","timestamp":1,"sg_event_id":"a","useragent":"\xff"}',
        b'{"event":"open","timestamp":1,"sg_event_id":"\\ud800"}',
    ],
)
def test_one_bad_event(bad: bytes) -> None:
    """It is set aside with a reason, and the others are there."""
    found = parse(b"[" + GOOD + b"," + bad + b"," + GOOD + b"]")
    assert [event.recipient for event in found.events] == [1, 1]
    (aside,) = found.bad
    assert aside.reason


def test_what_sendgrid_may_leave_out() -> None:
    """Fields that are null or not there, and ones that nobody knew yet."""
    fields = {"email": None, "reason": None, "status": 5, "brand_new": {"a": [1]}}
    (event,) = parse(payload({**sent("seen", 1), **fields})).events
    assert event.type is EventType.UNKNOWN
    assert json.loads(event.raw)["brand_new"] == {"a": [1]}


@pytest.mark.parametrize("body", [b"", b"{", b"{}", b"[1,]", b"\xff", b"[" * 100_000])
def test_no_payload(body: bytes) -> None:
    """What is no array at all is one thing that is kept aside."""
    found = parse(body)
    assert (len(found.events), len(found.bad)) == (0, 1)
    assert found.bad[0].raw == body


def test_a_byte_order_mark() -> None:
    """Some editor put one before the array."""
    assert len(parse(b"\xef\xbb\xbf[" + GOOD + b"]").events) == 1


@given(st.binary() | st.text().map(lambda text: json.dumps([text]).encode()))
def test_any_bytes(body: bytes) -> None:
    """Nothing raises an error."""
    parse(body)


anything = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text() | st.integers(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(st.lists(st.dictionaries(st.sampled_from(list(sent("open", 1))), anything)))
def test_any_fields(events: list[dict[str, object]]) -> None:
    """Each is an event or kept aside; none is lost."""
    found = parse(json.dumps(events).encode())
    assert len(found.events) + len(found.bad) == len(events)
