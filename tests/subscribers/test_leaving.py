"""Leaving: by a link, any number of times, or by an operator; the provider is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from digest.store import Database
from subscribers import Change, Provider, UnknownList, UnknownSubscriber
from subscribers.errors import InvalidAddress
from subscribers.tables import subscription
from subscribers.tokens import renew
from tests.subscribers.office import Office

ANN, BOB = "ann@example.org", "bob@example.org"
FORM = "paper form"


@pytest.fixture
def office(
    database: Database, now: datetime, secret: Callable[[], bytes], tmp_path: Path
) -> Office:
    made = Office(database, now, secret, tmp_path)
    made.add_list("daily")
    made.add_list("weekly", asm_group=9)
    made.add_list("monthly")
    for on in ("daily", "weekly"):
        made.add(ANN, on, consent=FORM)
    made.add(BOB, consent=FORM)
    made.later(days=1)
    return made


def test_a_link_leaves_its_list(office: Office) -> None:
    """And no other; the record says from where, in one line."""
    assert office.unsubscribe(office.reached("daily")[ANN])
    assert office.state(ANN, "daily") == "unsubscribed"
    assert office.state(ANN, "weekly") == "confirmed"
    last = office.log()[-1]
    assert (last["state"], last["source"], last["ip"]) == (
        "unsubscribed",
        "link",
        "192.0.2.9",
    )
    assert last["user_agent"] == "Mail/2  X: y"
    assert list(office.reached("daily")) == [BOB]


def test_a_link_leaves_every_list_of_its_campaign(office: Office) -> None:
    """Those of them that the person is on; lists that are no more do no harm."""
    token = office.reached("daily", "weekly")[ANN]
    assert office.unsubscribe(token, ["weekly", "monthly", "long gone"])
    assert office.reached("daily", "weekly") == {BOB: office.reached()[BOB]}
    assert office.state(ANN, "monthly") is None
    assert [row["state"] for row in office.log()[-2:]] == ["unsubscribed"] * 2


def test_a_link_works_any_number_of_times(office: Office) -> None:
    """After the first it changes nothing."""
    token = office.reached()[ANN]
    office.provider = Provider()
    office.unsubscribe(token)
    before = office.everything()
    office.later(days=400)
    assert office.unsubscribe(token)
    assert office.everything() == before


def test_a_renewed_token(office: Office) -> None:
    """The old links lead nowhere, the new one does; others stay as they are."""
    old, others = office.reached()[ANN], office.reached()[BOB]
    with office.database.write() as connection:
        first = connection.scalar(select(subscription.c.id).order_by("id").limit(1))
        assert first
        token = renew(connection, first, bytes(range(12)))
    assert office.reached() == {ANN: token, BOB: others}
    assert not office.unsubscribe(old)
    assert office.unsubscribe(token)


def test_an_operator_takes_somebody_off(office: Office) -> None:
    """Of one list, of all; again is no error; and no import brings them back."""
    assert office.leave("ANN@example.org", "weekly") == ("weekly",)
    assert office.leave(ANN, "weekly") == ()
    assert office.leave(ANN) == ("daily",)
    assert office.leave(ANN) == ()
    assert office.add(ANN, consent=FORM) is Change.SUPPRESSED


def test_all_lists_are_those_to_come_too(office: Office) -> None:
    """Who left all of them is on no list that is made later, by no consent of ours;
    a new opt-in of their own lifts it, and nobody else does."""
    office.leave(ANN)
    office.add_list("new")
    assert office.add(ANN, "new", consent=FORM) is Change.SUPPRESSED
    assert office.state(ANN, "new") is None
    office.later(minutes=1)
    token = office.subscribe(ANN, "new")
    assert ANN not in office.reached("new")
    office.confirm(token)
    assert ANN in office.reached("new")
    assert ANN not in office.reached("daily")


def test_an_unconfirmed_can_leave(office: Office) -> None:
    """Who says no to the question stays away."""
    office.add("cy@example.org")
    assert office.leave("cy@example.org") == ("daily",)
    assert office.add("cy@example.org", consent=FORM) is Change.SUPPRESSED


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        (("cy@example.org",), UnknownSubscriber, "digest subscribers suppress"),
        ((ANN, "dayly"), UnknownList, "there is daily, monthly, weekly"),
        ((ANN, "daily", "dayly"), UnknownList, "there is daily, monthly, weekly"),
        (("ann@",), InvalidAddress, "ann@"),
    ],
)
def test_nobody_to_take_off(
    office: Office, arguments: tuple[str, ...], error: type[Exception], said: str
) -> None:
    """It says what else can be done, and does nothing."""
    before = office.everything()
    with pytest.raises(error, match=said):
        office.leave(*arguments)
    assert office.everything() == before


def test_the_provider_is_told(office: Office) -> None:
    """By the group of the list, where no list that they stay on needs it."""
    office.provider = Provider(group=7)
    office.leave(ANN, "weekly")
    assert office.sent("suppress") == [{"email": ANN, "group": 9}]
    office.leave(ANN)
    assert office.sent("suppress")[1:] == [{"email": ANN, "group": None}]


def test_a_provider_without_groups(office: Office) -> None:
    """Its global list would silence the list they stay on: so not before the last."""
    office.provider = Provider()
    office.add(ANN, "monthly", consent=FORM)
    office.leave(ANN, "monthly")
    assert office.sent("suppress") == []
    office.leave(ANN)
    assert {"email": ANN, "group": None} in office.sent("suppress")
