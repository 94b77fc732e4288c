"""What a bounce says of the mailbox, and which clicks are no reader's."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.delivery.syncing import BLOCKED
from digest.events.classing import Click, bounce_class, scanned, tracked_links
from digest.events.effects import PASSING
from tests.ledger.desk import START


@pytest.mark.parametrize(
    ("kind", "classification", "status", "expected"),
    [
        ("bounce", "Invalid Address", "5.1.1", "hard"),
        ("bounce", "Unclassified", "", "hard"),
        ("bounce", "", "5.0.0", "hard"),
        ("bounce", "Mailbox Unavailable", "5.2.1", "hard"),
        ("bounce", "Mailbox Unavailable", "5.2.2", "soft"),
        ("bounce", "Mailbox Unavailable", "5.2.20", "hard"),
        ("bounce", "", "4.4.1", "soft"),
        ("bounce", "Technical", "5.4.4", "soft"),
        ("bounce", "Reputation", "5.7.1", "blocked"),
        ("bounce", "Content", "5.7.1", "blocked"),
        ("bounce", "Frequency or Volume Too High", "4.7.0", "blocked"),
        ("blocked", "Invalid Address", "5.1.1", "blocked"),
    ],
)
def test_bounces(kind: str, classification: str, status: str, expected: str) -> None:
    """SendGrid's type first, then what it is about, then the mailbox's status."""
    assert bounce_class(kind, classification, status) == expected


def test_a_block_holds_as_long_as_one_that_sync_reads() -> None:
    """The two rooms do not know each other, but mean the same."""
    assert PASSING == BLOCKED


def clicks(*seconds: int, links: int = 99) -> list[Click]:
    return [
        Click(id=number, at=START + timedelta(seconds=each), url=f"u{number % links}")
        for number, each in enumerate(seconds)
    ]


def test_a_scanner() -> None:
    """All five links within seconds of the delivery, and one more by the reader."""
    assert scanned(clicks(3, 4, 4, 5, 6, 3600), START, 5) == {0, 1, 2, 3, 4}


@pytest.mark.parametrize(
    ("seconds", "links", "why"),
    [
        ((3, 4), 5, "two of five links"),
        ((300, 301, 302, 303, 304), 5, "five minutes later"),
        ((3, 20, 40, 60, 80), 5, "one after the other"),
        ((3,), 1, "the only link of the mail"),
    ],
)
def test_readers(seconds: tuple[int, ...], links: int, why: str) -> None:
    """What a person may do is theirs."""
    assert scanned(clicks(*seconds), START, links) == frozenset(), why


def test_one_link_over_and_over() -> None:
    """Is not all links."""
    assert not scanned(clicks(3, 3, 3, 3, 3, links=1), START, 5)


def test_nobody_knows_when_it_was_delivered() -> None:
    """Then nobody is taken for a program."""
    assert not scanned(clicks(3, 4, 4, 5, 6), None, 5)


@given(st.lists(st.integers(0, 200), max_size=12), st.randoms(use_true_random=False))
def test_the_order_of_clicks_does_not_matter(
    seconds: list[int], random: object
) -> None:
    """The same clicks are a program's, whichever came first."""
    some = clicks(*seconds, links=4)
    shuffled = list(some)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert scanned(some, START, 4) == scanned(shuffled, START, 4)


def test_links_that_can_be_counted() -> None:
    """Each address once; not a reader's own, not those that are left out by hand."""
    html = """
        <a href="https://a.example/1">x</a> <a class="b" href='https://a.example/1'>y</a>
        <a href="https://a.example/2?b=1&amp;c=2">z</a>
        <a href="mailto:a@example.org">m</a>
        <a href="https://news.example/u/-dg1-">leave</a>
        <a clicktracking="off" href="https://a.example/3">own</a>
    """
    assert tracked_links(html, ["-dg1-"]) == [
        "https://a.example/1",
        "https://a.example/2?b=1&c=2",
    ]
