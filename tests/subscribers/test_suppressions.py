"""Who never gets mail, whatever else is done: by hand, from files, for a while."""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable
from contextlib import suppress as suppress_errors
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, StaticPool, create_engine, insert, select

from digest.store import Database
from subscribers import (
    ImportFailed,
    SuppressionReason,
    add_list,
    add_subscriber,
    is_suppressed,
    parse_address,
    suppress,
)
from subscribers.errors import KeyMissing
from subscribers.model import MailingList, Provider
from subscribers.secret_key import SecretKey
from subscribers.suppressing_file import SuppressReport, suppress_file
from subscribers.suppressions import (
    ByHand,
    Suppression,
    lift,
    reasons,
    suppress_by_hand,
    suppress_many,
)
from subscribers.tables import erased, metadata, outgoing, subscriber, suppression

Secret = Callable[[], bytes]
ANN, BOB = parse_address("Ann@example.com"), parse_address("bob@example.com")
BOUNCE, COMPLAINT, UNSUBSCRIBE, INVALID, MANUAL = SuppressionReason
DAY = timedelta(days=1)


@pytest.fixture
def key(tmp_path: Path) -> SecretKey:
    """The key of erased people; its file is not there until a test makes it."""
    return SecretKey(tmp_path / "digest.key")


@pytest.fixture
def how(now: datetime, key: SecretKey) -> ByHand:
    return ByHand(source="test", now=now, secret_key=key, provider=None)


def everything(database: Database) -> list[tuple[str, int, str]]:
    """The key, list and reason of each suppression."""
    columns = (suppression.c.key, suppression.c.list_id, suppression.c.reason)
    with database.read() as connection:
        rows = connection.execute(select(*columns).order_by(*columns))
        return [(row.key, row.list_id, row.reason) for row in rows]


def weekly(database: Database, now: datetime) -> MailingList:
    with database.write() as connection:
        return add_list(connection, "weekly", now)


def confirm(
    database: Database, name: str, now: datetime, secret: Secret, *emails: str
) -> None:
    with database.write() as connection:
        for email in emails:
            add_subscriber(
                connection,
                name,
                email,
                consent="asked",
                source="test",
                now=now,
                secret=secret,
            )


def forget(connection: Connection, key: SecretKey, address: str, now: datetime) -> None:
    """What is left of somebody who was erased."""
    row = {"hash": key.hash(address), "list_id": 0, "reason": "manual", "at": now}
    connection.execute(insert(erased).values(row))


def take_back(connection: Connection, reason: SuppressionReason, now: datetime) -> bool:
    return lift(connection, ANN, reason, now=now, provider=Provider())


def told(database: Database) -> list[tuple[str, str]]:
    with database.read() as connection:
        rows = connection.execute(select(outgoing).order_by(outgoing.c.id))
        return [(row.kind, row.payload) for row in rows if row.state == "waiting"]


# --- for a while ----------------------------------------------------------------


def test_a_soft_reason_ends(database: Database, now: datetime) -> None:
    """It is in force until its moment, and not at it."""
    with database.write() as connection:
        suppress(connection, ANN, BOUNCE, source="test", now=now, until=now + DAY)
        just_before = now + DAY - timedelta(seconds=1)
        assert is_suppressed(connection, ANN, now=just_before)
        assert not is_suppressed(connection, ANN, now=now + DAY)


ENDS = st.lists(st.one_of(st.none(), st.integers(1, 5)), min_size=1, max_size=5)


@given(days=ENDS, together=st.booleans())
def test_the_longest_counts(days: list[int | None], together: bool) -> None:
    """One after the other or in one go: what lasts longest is in force."""
    engine = create_engine("sqlite://")
    now = datetime(2026, 11, 20, tzinfo=UTC)
    entries = [
        Suppression(key=ANN.key, at=now, until=now + each * DAY if each else None)
        for each in days
    ]
    lasts = max(each or 99 for each in days)
    with engine.begin() as connection:
        suppression.create(connection)
        for some in [entries] if together else [[each] for each in entries]:
            suppress_many(connection, some, BOUNCE, source="test")
        last = now + lasts * DAY - timedelta(seconds=1)
        assert is_suppressed(connection, ANN, now=last)
        over = now + lasts * DAY
        assert is_suppressed(connection, ANN, now=over) == (None in days)
    engine.dispose()


def test_many_say_whom_it_was_news_for(database: Database, now: datetime) -> None:
    """What was so already is no news; other reasons and lists are apart."""
    one = Suppression(key=ANN.key, at=now, until=now + DAY)
    two = Suppression(key=BOB.key, at=now)
    longer = Suppression(key=ANN.key, at=now, until=now + 2 * DAY)
    on = weekly(database, now)
    with database.write() as connection:

        def change(*entries: Suppression, on: MailingList | None = None) -> list[str]:
            given = iter(entries)
            return suppress_many(connection, given, BOUNCE, source="test", on=on)

        assert sorted(change(one, two, one)) == [ANN.key, BOB.key]
        assert change(one, two) == []
        assert change(longer, two) == [ANN.key]
        assert change(two, on=on) == [BOB.key]
        assert change() == []


# --- by hand ----------------------------------------------------------------------


def test_erased_people_stay_so(database: Database, now: datetime, how: ByHand) -> None:
    """Whoever was erased is not written down again; who came back is a person."""
    with database.write() as connection:
        with pytest.raises(KeyMissing):
            forget(connection, how.secret_key, ANN.key, now)
    how.secret_key.make(b"k" * 32)
    with database.write() as connection:
        forget(connection, how.secret_key, ANN.key, now)
        both = [ANN, BOB]
        assert suppress_by_hand(connection, both, MANUAL, how) == [BOB.key]
    assert everything(database) == [(BOB.key, 0, "manual")]
    weekly(database, now)
    with database.write() as connection:
        row = {"key": ANN.key, "email": ANN.display, "name": "", "created_at": now}
        connection.execute(insert(subscriber).values(row))
        assert suppress_by_hand(connection, both, MANUAL, how) == [ANN.key]


def test_no_key_is_needed_where_nobody_was_erased(
    database: Database, how: ByHand
) -> None:
    """The key's file need not be there."""
    with database.write() as connection:
        assert suppress_by_hand(connection, [ANN], MANUAL, how) == [ANN.key]
    assert not how.secret_key.file.exists()


def test_the_provider_is_told_of_who_may_have_mail(
    database: Database, now: datetime, secret: Secret, how: ByHand
) -> None:
    """Of those who are confirmed somewhere, and of what it can't know itself."""
    how = replace(how, provider=Provider())
    on = weekly(database, now)
    confirm(database, "weekly", now, secret, ANN.display)
    with database.write() as connection:
        suppress_by_hand(connection, [ANN, BOB], BOUNCE, how)
        soft = replace(how, until=now + DAY)
        suppress_by_hand(connection, [ANN, BOB], COMPLAINT, soft)
    assert told(database) == []
    with database.write() as connection:
        suppress_by_hand(connection, [ANN, BOB], COMPLAINT, how)
        on_one = replace(how, on=on, provider=Provider(group=7))
        suppress_by_hand(connection, [ANN], MANUAL, on_one)
    assert told(database) == [
        ("suppress", '{"email": "ann@example.com", "group": null}'),
        ("suppress", '{"email": "ann@example.com", "group": 7}'),
    ]


def test_a_mistake_is_taken_back(
    database: Database, now: datetime, secret: Secret, how: ByHand
) -> None:
    """Only the reason that is named; the provider lets through when none is left."""
    how = replace(how, provider=Provider())
    weekly(database, now)
    confirm(database, "weekly", now, secret, ANN.display)
    with database.write() as connection:
        suppress_by_hand(connection, [ANN], MANUAL, how)
        suppress_by_hand(connection, [ANN], COMPLAINT, how)
        assert not take_back(connection, BOUNCE, now)
        assert take_back(connection, MANUAL, now)
        assert not take_back(connection, MANUAL, now)
        assert reasons(connection, ANN, now=now) == [COMPLAINT]
    assert [kind for kind, _ in told(database)] == ["suppress"]
    with database.write() as connection:
        assert take_back(connection, COMPLAINT, now)
        assert not is_suppressed(connection, ANN, now=now)
    assert [kind for kind, _ in told(database)] == ["allow"]


# --- from files -----------------------------------------------------------------

MAILCHIMP_LEFT = """\
"Email Address","State","UNSUB_TIME","UNSUB_CAMPAIGN_TITLE","UNSUB_REASON","NOTES"
Ann@example.com,NY,"2026-01-02 10:00:00","May, June","No longer interested",
bob@example.com,,"2026-01-02 10:00:00",,"SPAM",
cleo@example.com,,"2026-01-02 10:00:00",,,"two
lines"
"""
MAILCHIMP_CLEANED = """\
Email Address,First Name,CLEAN_TIME,CLEAN_CAMPAIGN_TITLE
ann@example.com,Ann,2026-01-02 10:00:00,May
"""
LISTMONK = """\
uuid,email,name,attributes,status,created_at,updated_at
1,ann@example.com,Ann,"{""a"": 1}",blocklisted,2026-01-02,2026-01-02
2,bob@example.com,Bob,{},enabled,2026-01-02,2026-01-02
"""
LISTMONK_BOUNCES = """\
{"id": 1, "email": "ann@example.com", "type": "x", "bounce_type": "hard"}
{"id": 2, "email": "bob@example.com", "type": "x", "bounce_type": "complaint"}
{"id": 3, "email": "cleo@example.com", "type": "x", "bounce_type": null}
"""
SUBSTACK = """\
email,active_subscription,expiry,plan,email_disabled,created_at
ann@example.com,false,,other,true,2026-01-02
bob@example.com,true,,other,false,2026-01-02
"""
GHOST = """\
id,email,name,subscribed_to_emails,deleted_at
1,ann@example.com,Ann,false,
2,bob@example.com,Bob,true,
"""
PLAIN = "Ann@example.com\n\n bob@example.com\nann@example.com\nbroken\n"
EXPORTS = {
    "mailchimp, left": (
        MAILCHIMP_LEFT,
        {"ann": "unsubscribe", "bob": "complaint", "cleo": "unsubscribe"},
        0,
    ),
    "mailchimp, cleaned": (MAILCHIMP_CLEANED, {"ann": "bounce"}, 0),
    "listmonk": (LISTMONK, {"ann": "manual"}, 1),
    "listmonk, bounces": (
        LISTMONK_BOUNCES,
        {"ann": "bounce", "bob": "complaint", "cleo": "manual"},
        0,
    ),
    "substack": (SUBSTACK, {"ann": "unsubscribe"}, 1),
    "ghost": (GHOST, {"ann": "unsubscribe"}, 1),
    "plain": (PLAIN, {"ann": "manual", "bob": "manual"}, 1),
    "no header": (
        "x;ann@example.com\ny;bob@example.com\n",
        {"ann": "manual", "bob": "manual"},
        0,
    ),
    "semicolons": (
        "E-mail;Status\nann@example.com;Opted out\n",
        {"ann": "unsubscribe"},
        0,
    ),
}


@pytest.mark.parametrize("name", EXPORTS)
def test_exports_say_why(
    database: Database, how: ByHand, tmp_path: Path, name: str
) -> None:
    """What other programs export is suppressed for its own reasons, once."""
    text, expected, rejected = EXPORTS[name]
    file = tmp_path / "export.csv"
    file.write_text(text, "utf-8")
    first = suppress_file(database.write, file, None, how)
    assert (first.suppressed, first.rejected) == (len(expected), rejected)
    assert first.rows == first.suppressed + first.unchanged + first.rejected
    rows = [(f"{who}@example.com", 0, why) for who, why in sorted(expected.items())]
    assert everything(database) == rows
    packed = BytesIO(gzip.compress(text.encode("utf-16")))
    again = suppress_file(database.write, packed, None, how)
    assert again == replace(first, suppressed=0, unchanged=first.rows - rejected)
    assert everything(database) == rows


@pytest.mark.parametrize("name", ["listmonk", "substack", "ghost"])
def test_a_reason_for_the_others(
    database: Database, how: ByHand, tmp_path: Path, name: str
) -> None:
    """Who still gets mail there is only suppressed if a reason is given."""
    file = tmp_path / "export.csv"
    file.write_text(EXPORTS[name][0], "utf-8")
    named: list[tuple[int, str]] = []
    suppress_file(
        database.write, file, None, how, rejected=lambda *row: named.append(row)
    )
    [(line, why)] = named
    assert line == 3
    assert why.startswith("bob@example.com: ")
    assert why.endswith(" is no reason; give one: --reason")
    suppress_file(database.write, file, COMPLAINT, how)
    assert ("bob@example.com", 0, "complaint") in everything(database)
    assert ("ann@example.com", 0, "complaint") not in everything(database)


def test_a_dry_run_changes_nothing(
    database: Database, how: ByHand, tmp_path: Path
) -> None:
    """Handed what keeps nothing, it says what would be, and keeps nothing."""
    file = tmp_path / "plain.txt"
    file.write_text(PLAIN, "utf-8")
    report = suppress_file(database.read, file, None, how)
    assert report == SuppressReport(rows=4, suppressed=2, unchanged=1, rejected=1)
    assert everything(database) == []


BAD = {
    "": "is empty",
    "\n\n": "is empty",
    "name,status\nAnn,unsubscribed\n": "no column of addresses",
    "PK\x03\x04": "spreadsheet",
    "[]": "JSON array",
}


@pytest.mark.parametrize("text", BAD)
def test_files_that_are_none(database: Database, how: ByHand, text: str) -> None:
    """What cannot be a list of addresses is said in one line."""
    with pytest.raises(ImportFailed, match=BAD[text]):
        suppress_file(database.write, BytesIO(text.encode()), None, how)


@given(st.binary(max_size=200))
def test_no_bytes_break_it(octets: bytes) -> None:
    """Whatever a file holds, it is read or refused in one line."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    metadata.create_all(engine)
    how = ByHand(
        source="test",
        now=datetime(2026, 11, 20, tzinfo=UTC),
        secret_key=SecretKey(Path("nowhere")),
        provider=None,
    )
    starts = (
        b"",
        b"ann@example.com\n",
        b"email,status\n",
        b'{"email": "", "status": 1}\n',
    )
    for start in starts:
        with suppress_errors(ImportFailed):
            report = suppress_file(engine.begin, BytesIO(start + octets), None, how)
            done = report.suppressed + report.unchanged + report.rejected
            assert report.rows == done
    engine.dispose()


def test_a_hundred_thousand(sqlite_database: Database, how: ByHand) -> None:
    """100,000 addresses take some seconds of work, not minutes."""
    text = "".join(f"reader{number}@example.com\n" for number in range(100_000))
    began = time.process_time()
    report = suppress_file(sqlite_database.write, BytesIO(text.encode()), None, how)
    assert report.suppressed == 100_000
    assert time.process_time() - began < 20
