"""Figures of a campaign, whose clicks they are, and when it must stop."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from digest import events
from digest.ledger import Figures
from digest.model import AttemptState
from tests.events.samples import Mailroom, payload, sent


def test_figures_count_people(mailroom: Mailroom) -> None:
    """Each once for a thing, and programs apart, unless the reader came as well."""
    mailroom.hand_over(range(1, 11), excluded=[10])
    mailroom.hand_over([11], AttemptState.SENDING)
    mailroom.take(
        *(sent("delivered", person) for person in (1, 2, 3, 4)),
        sent("deferred", 5),
        sent("deferred", 5, seconds=90),
        sent("bounce", 5, type="blocked"),
        sent("dropped", 6, reason="Bounced Address"),
        sent("open", 1, sg_machine_open=True),
        sent("open", 2, sg_machine_open=True),
        sent("open", 2, seconds=99),
        sent("open", 2, seconds=999),
        sent("click", 2, url="https://a.example/1"),
        sent("spamreport", 3),
        sent("unsubscribe", 4),
    )
    assert mailroom.figures == Figures(
        handed_over=9,
        delivered=4,
        deferred=1,
        bounced=1,
        rejected=1,
        opened=1,
        opened_by_machine=1,
        clicked=1,
        complained=1,
        unsubscribed=1,
    )


@pytest.mark.parametrize("late", ["delivered", "click"])
def test_a_link_scanner(mailroom: Mailroom, late: str) -> None:
    """All links seconds after the delivery are a program's, whichever is told first."""
    links = [f"https://a.example/{number}" for number in range(4)]
    mailroom.set_email("".join(f'<a href="{link}">x</a>' for link in links))
    mailroom.hand_over([1, 2])
    scanner = [sent("click", 1, url=link, seconds=63) for link in links]
    reader = [sent("click", 2, url=links[0], seconds=63)]
    delivered = [sent("delivered", 1), sent("delivered", 2)]
    first, last = [scanner + reader, delivered][:: 1 if late == "delivered" else -1]
    mailroom.take(*first)
    mailroom.take(*last)
    figures = mailroom.figures
    assert (figures.clicked, figures.clicked_by_machine) == (1, 1)


@pytest.mark.parametrize(
    ("people", "kind", "count", "stops"),
    [
        (300, "bounce", 19, False),
        (300, "bounce", 20, True),
        (400, "bounce", 20, False),
        (400, "bounce", 21, True),
        (500, "spamreport", 2, False),
        (500, "spamreport", 3, True),
        (1000, "spamreport", 3, False),
        (1000, "spamreport", 4, True),
    ],
)
def test_the_stop_rule(
    mailroom: Mailroom, people: int, kind: str, count: int, stops: bool
) -> None:
    """20 bounces and more than 5 %, or 3 complaints and more than 0.3 %."""
    mailroom.hand_over(range(1, people + 1))
    mailroom.take(
        sent("delivered", people), *(sent(kind, person + 1) for person in range(count))
    )
    reason = mailroom.stopping
    assert bool(reason) is stops
    if reason:
        assert reason.startswith(f"stop rule: {count} of {people} people ")


def test_what_is_staged_says_nothing(mailroom: Mailroom) -> None:
    """Only people of attempts that are out count, or no canary would ever stop one."""
    mailroom.hand_over(range(1, 101))
    mailroom.hand_over(range(101, 1101))
    mailroom.take(*(sent("bounce", person) for person in range(1, 31)))
    assert mailroom.stopping == "stop rule: 30 of 100 people bounced, more than 5.0%"


def test_no_events_no_stop(mailroom: Mailroom) -> None:
    """A campaign that nothing has come back of yet goes on."""
    mailroom.hand_over([1])
    assert mailroom.stopping is None
    assert mailroom.figures == Figures()


def test_payloads_at_the_same_time(mailroom: Mailroom) -> None:
    """SendGrid calls often: each call is kept whole, and none waits for ever."""
    people = range(1, 41)
    for first in (1, 21):
        mailroom.hand_over(range(first, first + 20), AttemptState.UNKNOWN)
    some = [
        sent(kind, person, f"{1 + (person > 20)}-5f3a")
        for person in people
        for kind in ("processed", "delivered", "open", "bounce")
    ]
    # each part twice, at once, and in the other order
    parts = [some[start::4] for start in range(4)]
    bodies = [payload(*part) for part in parts]
    bodies += [payload(*reversed(part)) for part in parts]

    def take(body: bytes) -> int:
        return events.keep(
            mailroom.database, mailroom.config, events.parse(body), mailroom.now
        ).new

    with ThreadPoolExecutor(4) as pool:
        new = sum(pool.map(take, bodies))
    assert new == len(some)
    assert mailroom.states == ["accepted", "accepted"]
    figures = mailroom.figures
    assert (figures.delivered, figures.opened, figures.bounced) == (40, 40, 40)


# --- Forgetting -----------------------------------------------------------------------


def test_forgotten_after_some_time(mailroom: Mailroom) -> None:
    """Rows go in pieces, the oldest first; what was delivered stays."""
    mailroom.hand_over([1, 2, 3])
    mailroom.take(sent("delivered", 1), sent("open", 1), sent("open", 2))
    mailroom.take_bytes(b"[7]")
    before = mailroom.later(days=1)
    mailroom.take(sent("open", 3))
    assert forget(mailroom, before, most=1) is True
    assert forget(mailroom, before, most=1) is True
    assert forget(mailroom, before, most=1) is False
    figures = mailroom.figures
    assert (figures.opened, figures.delivered) == (1, 1)
    assert forget(mailroom, before + timedelta(days=1), most=5) is False
    assert mailroom.figures.opened == 0


def forget(mailroom: Mailroom, before: datetime, most: int) -> bool:
    with mailroom.database.write() as connection:
        return events.forget(connection, before=before, most=most)
