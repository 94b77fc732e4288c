"""What events mean for people: suppressed, off a list, back on it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

import subscribers as people
from digest import events, privacy
from digest.events.rows import Row, keep_rows
from digest.store.tables import bad_event, event
from subscribers.tables import consent, outgoing, suppression
from tests.events.samples import Mailroom, payload, sent

ONE = "reader1@example.org"


@pytest.mark.parametrize(
    ("kind", "fields", "reason", "for_ever"),
    [
        ("bounce", {"type": "bounce", "status": "5.1.1"}, "bounce", True),
        ("bounce", {"type": "bounce", "status": "4.2.2"}, "bounce", False),
        ("bounce", {"type": "blocked"}, "bounce", False),
        ("spamreport", {}, "complaint", True),
        ("unsubscribe", {}, "unsubscribe", True),
        ("dropped", {"reason": "Bounced Address"}, "bounce", True),
        ("dropped", {"reason": "Invalid"}, "invalid", True),
        ("dropped", {"reason": "Spam Reporting Address"}, "complaint", True),
    ],
)
def test_who_gets_no_more_mail(
    mailroom: Mailroom, kind: str, fields: dict[str, Any], reason: str, for_ever: bool
) -> None:
    """From no list; and SendGrid, which does so itself, is not told."""
    mailroom.add(1, "weekly")
    assert mailroom.take(sent(kind, 1, **fields)).suppressed == 1
    assert mailroom.suppressed == [(ONE, 0, reason, for_ever)]
    assert mailroom.take(sent(kind, 1, **fields)).suppressed == 0
    with mailroom.database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(outgoing)) == 0


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("dropped", "Unsubscribed Address"),
        ("dropped", "Spam Content"),
        ("deferred", "450 later"),
        ("open", ""),
        ("group_unsubscribe", ""),
        ("account_change", ""),
    ],
)
def test_who_still_does(mailroom: Mailroom, kind: str, reason: str) -> None:
    """Nothing of these says that an address wants or takes no mail of any list."""
    mailroom.add(1, "weekly")
    assert mailroom.take(sent(kind, 1, reason=reason)).suppressed == 0
    assert (mailroom.suppressed, mailroom.subscriptions) == ([], ["confirmed"])


def test_a_passing_bounce_is_over_in_ten_days(mailroom: Mailroom) -> None:
    """Counted from when it bounced; an old file suppresses nobody any more."""
    mailroom.take(sent("bounce", 1, type="blocked"))
    with mailroom.database.read() as connection:
        row = connection.execute(select(*suppression.c["at", "expires_at"])).one()
    assert row.expires_at - row.at == timedelta(days=10)
    mailroom.later(days=11)
    assert mailroom.take(sent("bounce", 2, type="blocked")).suppressed == 0


def test_no_event_is_of_the_future(mailroom: Mailroom) -> None:
    """A clock that is ahead suppresses nobody for longer."""
    mailroom.take(sent("bounce", 1, type="blocked", seconds=10**8))
    with mailroom.database.read() as connection:
        assert connection.scalar(select(suppression.c.at)) == mailroom.now


def test_who_confirmed_since_stays_on(
    mailroom: Mailroom, secret: Callable[[], bytes]
) -> None:
    """An unsubscription from before a new opt-in comes late, or again."""
    mailroom.add(1, "weekly")
    at = mailroom.now
    with mailroom.database.write() as connection:
        people.leave(connection, ONE, source="test", now=at)
    confirm(mailroom, secret)
    assert mailroom.take(sent("unsubscribe", 1)).suppressed == 0
    assert mailroom.take(sent("group_unsubscribe", 1, asm_group_id=7)).suppressed == 0
    assert mailroom.subscriptions == ["confirmed"]


def confirm(mailroom: Mailroom, secret: Callable[[], bytes]) -> None:
    """Reader 1 signs up again, and follows the link."""
    key = privacy.secret_key(mailroom.config)
    with mailroom.database.write() as connection:
        people.subscribe(
            connection,
            "weekly",
            ONE,
            origin=people.Origin(source="form"),
            now=mailroom.now,
            secret=secret,
            token="token",
            write=lambda letter: "{}",
            key=key,
        )
        answer = people.confirm(
            connection,
            "token",
            origin=people.Origin(source="link"),
            now=mailroom.now,
            provider=None,
            key=key,
        )
    assert answer is people.Answer.CONFIRMED


# --- Groups -------------------------------------------------------------------------

LEFT, BACK = "group_unsubscribe", "group_resubscribe"


def test_leaving_a_group(mailroom: Mailroom) -> None:
    """Takes them off the lists that are mailed under it, and that is on record."""
    mailroom.add(1, "weekly")
    mailroom.add(1, "daily")
    mailroom.add(2, "weekly")
    assert mailroom.take(sent(LEFT, 1, asm_group_id=7)).suppressed == 2
    assert mailroom.subscriptions == ["unsubscribed", "unsubscribed", "confirmed"]
    with mailroom.database.read() as connection:
        sources = connection.scalars(
            select(consent.c.source).where(consent.c.state == "unsubscribed")
        ).all()
    assert sources == ["sendgrid: group 7"] * 2


def test_an_unknown_group(mailroom: Mailroom) -> None:
    """Is that of other mail of the account."""
    mailroom.add(1, "weekly")
    assert mailroom.take(sent(LEFT, 1, asm_group_id=8)).suppressed == 0
    assert mailroom.subscriptions == ["confirmed"]


@pytest.mark.parametrize("backwards", [False, True])
def test_coming_back_to_a_group(mailroom: Mailroom, backwards: bool) -> None:
    """The last word counts, in whatever order the words come."""
    mailroom.add(1, "weekly")
    words = [
        sent(LEFT, 1, asm_group_id=7, seconds=1),
        sent(BACK, 1, asm_group_id=7, seconds=2),
    ]
    for word in reversed(words) if backwards else words:
        mailroom.take(word)
    assert mailroom.subscriptions == ["confirmed"]
    mailroom.take(sent(LEFT, 1, asm_group_id=7, seconds=3))
    assert mailroom.subscriptions == ["unsubscribed"]


def test_a_stranger_comes_back(mailroom: Mailroom) -> None:
    """Who is on no list was kept off it, and is not any more."""
    mailroom.add(2, "weekly")
    mailroom.take(sent(LEFT, 1, asm_group_id=7, seconds=1))
    assert [row[:3] for row in mailroom.suppressed] == [(ONE, 1, "unsubscribe")]
    mailroom.take(sent(BACK, 1, asm_group_id=7, seconds=2))
    assert mailroom.suppressed == []


def test_coming_back_takes_nothing_else_back(mailroom: Mailroom) -> None:
    """Who left by our own link, or was never confirmed, is as they were."""
    mailroom.add(1, "weekly")
    with mailroom.database.write() as connection:
        people.leave(connection, ONE, source="link", now=mailroom.now)
    mailroom.take(sent(LEFT, 1, asm_group_id=7, seconds=1))
    mailroom.take(sent(BACK, 1, asm_group_id=7, seconds=2))
    assert mailroom.subscriptions == ["unsubscribed"]


# --- People who were erased -----------------------------------------------------------


@pytest.fixture
def erased(mailroom: Mailroom) -> Mailroom:
    """Reader 1 was handed a copy, and then erased."""
    mailroom.add(1, "weekly")
    mailroom.hand_over([1])
    mailroom.take(sent("open", 1), sent("click", 1, url="https://a.example/1"))
    mailroom.take_bytes(b'[{"event":7,"email":"READER1@example.org"}]')
    privacy.erase(
        mailroom.database,
        mailroom.config,
        ONE,
        now=mailroom.now,
        random=lambda: b"k" * 32,
    )
    return mailroom


def texts(mailroom: Mailroom) -> list[tuple[str, ...]]:
    with mailroom.database.read() as connection:
        rows = connection.execute(select(*event.c["key", "url", "raw"]))
        bad = connection.execute(select(*bad_event.c["key", "raw"]))
        return [tuple(row) for row in (*rows, *bad)]


def test_events_of_the_erased_keep_their_numbers(erased: Mailroom) -> None:
    """They are still counted, and still known when they come again."""
    assert {part for row in texts(erased) for part in row} == {""}
    assert (erased.figures.opened, erased.figures.clicked) == (1, 1)
    assert erased.take(sent("open", 1)).duplicates == 1


def test_what_comes_late_names_nobody(erased: Mailroom) -> None:
    """Also what is no event; and nobody is written down again as suppressed."""
    receipt = erased.take(sent("bounce", 1, type="bounce"), sent("spamreport", 1, ""))
    assert (receipt.new, receipt.suppressed) == (2, 0)
    erased.take(sent(LEFT, 1, asm_group_id=7))
    erased.take_bytes(b'[{"event":8,"email":"reader1@example.org"}]')
    assert {part for row in texts(erased) for part in row} == {""}
    assert erased.suppressed == []


def test_somebody_known_by_events_only(mailroom: Mailroom) -> None:
    """Can ask for what is held, and have it erased."""
    mailroom.take(sent("bounce", 1, "", type="blocked"))
    mailroom.later(days=30)
    held = privacy.held(mailroom.database, mailroom.config, ONE, mailroom.now)
    assert [each.event for each in held.events] == ["bounced"]
    done = privacy.erase(
        mailroom.database,
        mailroom.config,
        ONE,
        now=mailroom.now,
        random=lambda: b"k" * 32,
    )
    assert (done.events, done.is_anything) == (1, True)
    assert {part for row in texts(mailroom) for part in row} == {""}


def test_erased_at_the_same_time(mailroom: Mailroom) -> None:
    """Who is erased while an event of theirs is written is erased from it, too."""
    mailroom.add(1, "weekly")
    (opened,) = events.parse(payload(sent("open", 1))).events
    key = privacy.secret_key(mailroom.config)

    def erase() -> None:
        privacy.erase(
            mailroom.database,
            mailroom.config,
            ONE,
            now=mailroom.now,
            random=lambda: b"k" * 32,
        )

    with ThreadPoolExecutor(1) as pool:
        with mailroom.database.write() as connection:
            keep_rows(connection, [Row(event=opened, of=None)], key, mailroom.now)
            erasing = pool.submit(erase)
            with pytest.raises(TimeoutError):
                erasing.result(timeout=0.3)
        erasing.result(timeout=20)
    assert texts(mailroom) == [("", "", "")]
