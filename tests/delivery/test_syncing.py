"""SendGrid's lists of who gets no mail, taken over into ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, insert, select, update

from digest.config import Config
from digest.delivery.syncing import BLOCKED, sync
from digest.errors import DeliveryError, TryAgain
from digest.store import Database
from subscribers import (
    add_list,
    add_subscriber,
    audience,
    is_suppressed,
    parse_address,
)
from subscribers.model import Provider
from subscribers.secret_key import SecretKey
from subscribers.syncing import OVERLAP, TakenOver
from subscribers.tables import (
    confirmation,
    consent,
    erased,
    mailing_list,
    subscription,
    suppression,
)
from subscribers.telling import tell_left, tell_returned
from tests.delivery.fake_sendgrid import FakeSendGrid, refusal
from tests.delivery.samples import sendgrid_config

Secret = Callable[[], bytes]
HOUR = timedelta(hours=1)


@dataclass
class Newsroom:
    """Lists, people on them, an account at SendGrid, and a clock."""

    database: Database
    config: Config
    fake: FakeSendGrid
    now: datetime
    secret: Secret

    def add_list(self, name: str, group: int | None = None) -> None:
        with self.database.write() as connection:
            number = add_list(connection, name, self.now).id
            own = update(mailing_list).where(mailing_list.c.id == number)
            connection.execute(own.values(asm_group=group))

    def confirm(self, list_name: str, *names: str) -> None:
        with self.database.write() as connection:
            for name in names:
                add_subscriber(
                    connection,
                    list_name,
                    f"{name}@example.com",
                    consent="asked",
                    source="test",
                    now=self.now,
                    secret=self.secret,
                )

    def sync(self, *, full: bool = False) -> dict[str, TakenOver]:
        done = sync(self.database, self.config, clock=lambda: self.now, full=full)
        return {each.name: each.taken for each in done}

    def mailed(self, *list_names: str) -> list[str]:
        """The names of those who get mail of some lists."""
        with self.database.read() as connection:
            people = list(audience(connection, list_names, now=self.now))
        return [person.email.partition("@")[0] for person in people]

    def never(self, name: str) -> bool:
        address = parse_address(f"{name}@example.com")
        with self.database.read() as connection:
            return is_suppressed(connection, address, now=self.now)

    def reasons(self) -> list[tuple[str, str]]:
        query = select(suppression).order_by(suppression.c.key, suppression.c.reason)
        with self.database.read() as connection:
            return [(row.key, row.reason) for row in connection.execute(query)]

    def at(self, ago: timedelta = timedelta()) -> int:
        """The Unix time of a moment before now."""
        return int((self.now - ago).timestamp())


@pytest.fixture
def newsroom(
    database: Database,
    fake: FakeSendGrid,
    now: datetime,
    secret: Secret,
    tmp_path: Path,
) -> Newsroom:
    config = replace(sendgrid_config(fake.url), folder=tmp_path)
    return Newsroom(database, config, fake, now, secret)


def test_each_list_has_its_reason(newsroom: Newsroom) -> None:
    """Five lists, five ways never to get mail; a block only for a while."""
    newsroom.add_list("weekly")
    names = ("bounces", "blocks", "spam_reports", "invalid_emails", "unsubscribes")
    newsroom.confirm("weekly", *names, "ann")
    for name in names:
        newsroom.fake.list(name, f"{name}@example.com", at=newsroom.at(HOUR))
    taken = newsroom.sync()
    assert {name: each.new for name, each in taken.items()} == dict.fromkeys(names, 1)
    assert newsroom.reasons() == [
        ("blocks@example.com", "bounce"),
        ("bounces@example.com", "bounce"),
        ("invalid_emails@example.com", "invalid"),
        ("spam_reports@example.com", "complaint"),
        ("unsubscribes@example.com", "unsubscribe"),
    ]
    assert newsroom.mailed("weekly") == ["ann"]
    newsroom.now += BLOCKED - HOUR
    assert [name for name in names if not newsroom.never(name)] == ["blocks"]


def test_again_it_is_no_news(newsroom: Newsroom) -> None:
    """The second reading begins some days before the first ended, and adds nothing."""
    newsroom.fake.list("bounces", "old@example.com", at=newsroom.at(OVERLAP + HOUR))
    newsroom.fake.list("bounces", "ann@example.com", at=newsroom.at(HOUR))
    assert newsroom.sync()["bounces"] == TakenOver(read=2, new=2)
    assert newsroom.sync()["bounces"] == TakenOver(read=1, new=0)
    assert newsroom.sync(full=True)["bounces"] == TakenOver(read=2, new=0)


def test_what_arrives_late_is_not_missed(newsroom: Newsroom) -> None:
    """An entry that SendGrid shows only after it was read, with an earlier moment."""
    newsroom.sync()
    newsroom.now += HOUR
    newsroom.fake.list("spam_reports", "ann@example.com", at=newsroom.at(9 * HOUR))
    assert newsroom.sync()["spam_reports"].new == 1


def test_more_than_a_page_of_one_second(newsroom: Newsroom) -> None:
    """A thousand bounces of one second are all taken over."""
    at = newsroom.at(HOUR)
    newsroom.fake.lists["bounces"] = [
        {"email": f"reader{number}@example.com", "created": at}
        for number in range(1001)
    ]
    assert newsroom.sync()["bounces"] == TakenOver(read=1001, new=1001)


def test_entries_that_are_no_address(newsroom: Newsroom) -> None:
    """They are counted, and stop no other."""
    newsroom.fake.list("invalid_emails", "ann@@example", None, "bob@example.com", "")
    taken = newsroom.sync()["invalid_emails"]
    assert taken == TakenOver(read=4, new=1, rejected=3)
    newsroom.add_list("weekly", group=7)
    newsroom.fake.groups[7] = ["x", None, "ann@example.com"]
    assert newsroom.sync()["group 7"] == TakenOver(read=3, new=1, rejected=2)


def test_a_reading_that_breaks_off_is_not_remembered(newsroom: Newsroom) -> None:
    """What was read stays; the next reading begins where this one did."""
    emails = [f"reader{number}@example.com" for number in range(700)]
    newsroom.fake.list("spam_reports", *emails, at=newsroom.at(30 * 24 * HOUR))
    newsroom.fake.will(None, refusal(503, "down"))
    with pytest.raises(TryAgain):
        newsroom.sync()
    assert len(newsroom.reasons()) == 500
    assert newsroom.sync()["spam_reports"] == TakenOver(read=700, new=200)
    newsroom.fake.will(refusal(401, "authorization required"))
    with pytest.raises(DeliveryError):
        newsroom.sync()


def test_erased_people_stay_so(newsroom: Newsroom) -> None:
    """An address that is nobody's any more is not written down again."""
    newsroom.add_list("weekly", group=7)
    key = SecretKey(newsroom.config.at("digest.key"))
    key.make(b"k" * 32)
    gone = {"list_id": 0, "reason": "unsubscribe", "at": newsroom.now}
    with newsroom.database.write() as connection:
        hashed = key.hash("ann@example.com")
        connection.execute(insert(erased).values(hash=hashed, **gone))
    for name in newsroom.fake.lists:
        newsroom.fake.list(name, "ann@example.com", "bob@example.com")
    newsroom.fake.groups[7] = ["Ann@example.com", "bob@example.com"]
    newsroom.sync()
    assert {key for key, _ in newsroom.reasons()} == {"bob@example.com"}


# --- unsubscribe groups -------------------------------------------------------------


def test_a_group_is_left(newsroom: Newsroom) -> None:
    """Its people leave the lists mailed under it, strangers too; it is on record."""
    newsroom.add_list("weekly", group=7)
    newsroom.add_list("alerts")
    newsroom.confirm("weekly", "ann", "bob")
    newsroom.confirm("alerts", "ann", "cleo")
    newsroom.fake.groups[7] = ["ann@example.com", "cleo@example.com", "x@example.com"]
    taken = newsroom.sync()
    assert taken["group 7"] == TakenOver(read=3, new=3)
    assert newsroom.mailed("weekly") == ["bob"]
    assert newsroom.mailed("alerts") == ["ann", "cleo"]
    with newsroom.database.read() as connection:
        [row] = connection.execute(
            select(consent).where(consent.c.source == "sendgrid: group 7")
        )
        assert (row.state, row.at) == ("unsubscribed", newsroom.now)
    newsroom.confirm("weekly", "cleo", "x", "ann")
    assert newsroom.mailed("weekly") == ["bob"]
    assert newsroom.sync()["group 7"].new == 0


def test_the_group_of_the_settings(newsroom: Newsroom) -> None:
    """It is that of the lists that have none of their own."""
    newsroom.add_list("weekly")
    newsroom.add_list("daily")
    newsroom.add_list("alerts", group=7)
    account = replace(newsroom.config.sendgrid, asm_group=3)
    newsroom.config = replace(newsroom.config, sendgrid=account)
    for name in ("weekly", "daily", "alerts"):
        newsroom.confirm(name, "ann")
    newsroom.fake.groups |= {3: ["ann@example.com"], 7: []}
    assert newsroom.sync()["group 3"] == TakenOver(read=1, new=2)
    assert newsroom.mailed("weekly", "daily") == []
    assert newsroom.mailed("alerts") == ["ann"]


def test_a_group_that_is_not_there(newsroom: Newsroom) -> None:
    """It is an error: who left by it cannot be learnt."""
    newsroom.add_list("weekly", group=9)
    with pytest.raises(DeliveryError, match="no unsubscribe group 9"):
        newsroom.sync()


# --- who came back ----------------------------------------------------------------


@contextmanager
def opted_in(newsroom: Newsroom) -> Iterator[Connection]:
    """Ann confirms a new opt-in to the list now."""
    with newsroom.database.write() as connection:
        number = connection.scalar(select(subscription.c.id).limit(1))
        row = {
            "subscription_id": number,
            "token_hash": b"h" * 32,
            "asked_at": newsroom.now - HOUR,
            "expires_at": newsroom.now + HOUR,
            "used_at": newsroom.now,
        }
        connection.execute(insert(confirmation).values(row))
        yield connection


def test_a_new_opt_in_is_not_undone(newsroom: Newsroom) -> None:
    """What SendGrid says of before is not true any more; what it says of after is."""
    newsroom.add_list("weekly", group=7)
    newsroom.confirm("weekly", "ann")
    newsroom.fake.list("unsubscribes", "ann@example.com", at=newsroom.at(HOUR))
    newsroom.fake.groups[7] = []
    with opted_in(newsroom):
        pass
    assert newsroom.sync()["unsubscribes"] == TakenOver(read=1, new=0)
    assert newsroom.mailed("weekly") == ["ann"]
    newsroom.fake.list("unsubscribes", "ann@example.com", at=newsroom.at(-HOUR))
    newsroom.now += 2 * HOUR
    assert newsroom.sync()["unsubscribes"].new == 1


def test_a_complaint_is_not_lifted_by_an_opt_in(newsroom: Newsroom) -> None:
    """A new opt-in speaks against having left, and against nothing else."""
    newsroom.add_list("weekly")
    newsroom.confirm("weekly", "ann")
    newsroom.fake.list("spam_reports", "ann@example.com", at=newsroom.at(HOUR))
    with opted_in(newsroom):
        pass
    assert newsroom.sync()["spam_reports"].new == 1


def test_what_sendgrid_is_still_to_be_told(newsroom: Newsroom) -> None:
    """Who came back is in the group until the row is carried out, and not taken off."""
    newsroom.add_list("weekly", group=7)
    newsroom.confirm("weekly", "ann", "bob")
    newsroom.fake.groups[7] = ["ann@example.com", "bob@example.com"]
    ann = parse_address("ann@example.com")
    with newsroom.database.write() as connection:
        number = connection.scalar(select(mailing_list.c.id))
        tell_returned(
            connection, Provider(), ann, lists=[number or 0], now=newsroom.now
        )
    newsroom.sync()
    assert newsroom.mailed("weekly") == ["ann"]
    with newsroom.database.write() as connection:
        tell_left(connection, Provider(), ann, lists=[number or 0], now=newsroom.now)
    newsroom.sync()
    assert newsroom.mailed("weekly") == []


def test_who_leaves_again_before_sendgrid_is_told(newsroom: Newsroom) -> None:
    """What is still to be told of an opt-in says nothing of having left after it."""
    ann = parse_address("ann@example.com")
    with newsroom.database.write() as connection:
        tell_returned(connection, Provider(), ann, lists=[], now=newsroom.now)
    newsroom.fake.list("unsubscribes", "ann@example.com", at=newsroom.at(HOUR))
    assert newsroom.sync()["unsubscribes"].new == 0
    newsroom.now += 2 * HOUR
    newsroom.fake.list("unsubscribes", "ann@example.com", at=newsroom.at(HOUR))
    assert newsroom.sync()["unsubscribes"].new == 1


def test_a_block_that_is_over_is_not_taken_over(newsroom: Newsroom) -> None:
    """Blocks of long ago say nothing of today; a new one holds longer."""
    newsroom.fake.list("blocks", "ann@example.com", at=newsroom.at(BLOCKED))
    assert newsroom.sync()["blocks"] == TakenOver(read=1, new=0)
    newsroom.fake.list("blocks", "ann@example.com", at=newsroom.at(2 * HOUR))
    assert newsroom.sync()["blocks"].new == 1
    newsroom.fake.list("blocks", "ann@example.com", at=newsroom.at(HOUR))
    assert newsroom.sync()["blocks"].new == 1
    newsroom.fake.list("bounces", "ann@example.com", at=newsroom.at(HOUR))
    assert newsroom.sync(full=True)["bounces"].new == 1
    newsroom.now += 2 * BLOCKED
    assert newsroom.never("ann")


def test_two_at_once(newsroom: Newsroom) -> None:
    """Two readings side by side do what one does, and leave one record of it."""
    newsroom.add_list("weekly", group=7)
    people = [f"reader{number}@example.com" for number in range(600)]
    newsroom.confirm("weekly", *[each.partition("@")[0] for each in people])
    newsroom.fake.list("spam_reports", *people, at=newsroom.at(HOUR))
    newsroom.fake.groups[7] = people
    with ThreadPoolExecutor(2) as pool:
        done = [each.result(60) for each in [pool.submit(newsroom.sync) for _ in "ab"]]
    assert all(each["group 7"].read == 600 for each in done)
    assert newsroom.mailed("weekly") == []
    with newsroom.database.read() as connection:
        left = select(func.count()).where(consent.c.state == "unsubscribed")
        assert connection.scalar(left) == 600
