"""What is held about a person, and that it goes: the value, and every table."""

from __future__ import annotations

import csv
import io
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Text, insert, select, update

from digest.store import Database
from subscribers import (
    SuppressionReason,
    add_list,
    add_subscriber,
    erase,
    find_list,
    parse_address,
    personal_data,
    suppress,
)
from subscribers.errors import KeyMissing, WrongKey
from subscribers.model import Provider, SubscriptionState
from subscribers.outgoing import done, failed, put, take
from subscribers.person import PersonalData
from subscribers.rejects import blank_rows
from subscribers.secret_key import SecretKey
from subscribers.tables import (
    confirmation,
    consent,
    erased,
    import_run,
    metadata,
    outgoing,
    subscriber,
    subscription,
    suppression,
)

ANN = "Ann.Lind@exämple.org"
#: other ways to write her address
ANNS = (ANN, "ANN.LIND@EXÄMPLE.ORG", "ann.lind@xn--exmple-cua.org")


@dataclass(frozen=True)
class Office:
    """Ann and Bob, with everything that can be known of Ann."""

    database: Database
    key: SecretKey
    now: datetime

    def show(self, address: str) -> PersonalData:
        with self.database.read() as connection:
            return personal_data(
                connection, parse_address(address), key=self.key, now=self.now
            )

    def erase(self, address: str, provider: Provider | None = None) -> None:
        with self.database.write() as connection:
            erase(
                connection,
                parse_address(address),
                key=self.key,
                provider=provider,
                now=self.now,
            )

    def texts(self) -> str:
        """Every text in every column of every table."""
        with self.database.read() as connection:
            columns = [
                column
                for table in metadata.sorted_tables
                for column in table.c
                if isinstance(column.type, Text)
            ]
            found = (connection.scalars(select(column)).all() for column in columns)
            return "\n".join(text or "" for texts in found for text in texts)


@pytest.fixture
def office(database: Database, tmp_path: Path, now: datetime) -> Office:
    key = SecretKey(tmp_path / "digest.key")
    key.make(b"k" * 32)
    office = Office(database, key, now)
    with database.write() as connection:
        for name in ("weekly", "daily"):
            add_list(connection, name, now)
            for address in (ANN, "bob@example.org"):
                add_subscriber(
                    connection,
                    name,
                    address,
                    address.partition(".")[0],
                    consent=f"form of {name}",
                    source="test",
                    now=now,
                    secret=lambda: secrets.token_bytes(12),
                )
        connection.execute(
            update(subscriber).values(topics='["nato"]', attributes='{"city": "Bern"}')
        )
        daily = find_list(connection, "daily")
        ann, weekly = parse_address(ANN), find_list(connection, "weekly")
        for reason, on, until in (
            (SuppressionReason.COMPLAINT, weekly, None),
            (SuppressionReason.BOUNCE, None, now + timedelta(days=3)),
            (SuppressionReason.INVALID, daily, now - timedelta(days=3)),
        ):
            suppress(
                connection, ann, reason, source="test", now=now, on=on, until=until
            )
        run = connection.execute(
            insert(import_run)
            .values(
                list_id=weekly.id,
                file="people.csv",
                file_hash="c0ffee",
                statement="box ticked",
                operator="editor",
                mapping="{}",
                rejects="",
                done=1,
                report="{}",
                began_at=now,
                ended_at=now,
            )
            .returning(import_run.c.id)
        ).scalar_one()
        first = select(subscription.c.id).order_by(subscription.c.id).limit(1)
        subscribed = connection.execute(first).scalar_one()
        connection.execute(
            insert(consent).values(
                subscription_id=subscribed,
                state="confirmed",
                at=now,
                source="import: people.csv",
                statement="",
                import_id=run,
                ip="192.0.2.7",
                user_agent="Browser",
                wording="v2",
            )
        )
        connection.execute(
            insert(confirmation).values(
                subscription_id=subscribed,
                token_hash=b"h" * 32,
                asked_at=now,
                expires_at=now + timedelta(days=2),
            )
        )
        mail = f'{{"to": "{ann.display}", "subject": "Do you want this?"}}'
        put(connection, "mail", mail, key=ann.key, now=now)
        put(connection, "mail", mail, key=ann.key, now=now - timedelta(1))
    with database.write() as connection:
        (old,) = take(connection, now=now - timedelta(hours=1))
        answer = f"550 <{ann.key.upper()}> unknown"
        failed(connection, old, answer, now=now, final=True)
    return office


def test_show_says_all(office: Office) -> None:
    """The row, lists, the log with its import, confirmations, suppressions, mails."""
    ann = office.show(ANNS[2])
    assert (ann.email, ann.name, ann.topics, ann.attributes) == (
        "Ann.Lind@exämple.org",
        "Ann",
        ("nato",),
        {"city": "Bern"},
    )
    weekly, daily = ann.subscriptions
    assert (weekly.list, weekly.state) == ("weekly", SubscriptionState.CONFIRMED)
    assert [entry.statement for entry in weekly.consent] == ["form of weekly", ""]
    imported = weekly.consent[1].imported
    assert imported
    assert (imported.file, imported.file_hash) == ("people.csv", "c0ffee")
    assert (imported.statement, imported.operator) == ("box ticked", "editor")
    assert weekly.consent[1].ip == "192.0.2.7"
    assert [asked.used_at for asked in weekly.confirmations] == [None]
    assert daily.confirmations == ()
    assert {(each.list, each.reason, each.in_force) for each in ann.suppressions} == {
        ("weekly", "complaint", True),
        (None, "bounce", True),
        ("daily", "invalid", False),
    }
    assert [mail.payload["subject"] for mail in ann.outgoing] == ["Do you want this?"]
    assert ann.erased == ()


def test_a_stranger_is_not_known(office: Office) -> None:
    """Of an address that is nobody's there is nothing, and no key is needed."""
    office.key.file.unlink()
    stranger = office.show("stranger@example.org")
    assert not stranger.is_known
    assert stranger == PersonalData(email="stranger@example.org", attributes={})


@pytest.mark.parametrize("address", ANNS)
def test_erased_is_gone(office: Office, address: str) -> None:
    """However the address is written: no column of any table names her any more."""
    assert "xn--exmple" in office.texts().lower()
    office.erase(address)
    texts = office.texts().lower()
    for trace in ("ann", "exämple", "xn--exmple", "192.0.2.7", "browser", "want this"):
        assert trace not in texts
    assert "bob@example.org" in texts
    with office.database.read() as connection:
        assert len(connection.execute(select(subscription)).all()) == 2
        assert len(connection.execute(select(consent)).all()) == 2
        assert connection.execute(select(confirmation)).all() == []


def test_what_is_left_is_a_hash(office: Office) -> None:
    """Suppressions for ever stay as hashes, and one for all lists is added."""
    office.erase(ANN)
    ann = office.show(ANNS[1])
    assert not ann.is_known
    assert {(each.list, each.reason) for each in ann.erased} == {
        ("weekly", "complaint"),
        (None, "unsubscribe"),
    }
    with office.database.read() as connection:
        hashes = set(connection.scalars(select(erased.c.hash)))
        assert hashes == {office.key.hash(parse_address(ANN).key)}
        assert connection.execute(select(suppression)).all() == []


def test_erasing_twice_changes_nothing(office: Office) -> None:
    """A second time, the hashes and their times stay."""
    office.erase(ANN)
    before = office.show(ANN)
    office.erase(ANN)
    assert office.show(ANN) == before


def test_the_provider_is_told(office: Office) -> None:
    """One row tells it; once that is carried out, nothing names her."""
    office.erase(ANN, Provider(group=7))
    with office.database.write() as connection:
        (row,) = take(connection, now=office.now)
        assert (row.kind, row.payload) == (
            "suppress",
            '{"email": "ann.lind@xn--exmple-cua.org", "group": null}',
        )
        done(connection, row.id, now=office.now)
        assert set(connection.scalars(select(outgoing.c.key))) == {""}
    assert "xn--exmple" not in office.texts()


def test_a_suppressed_stranger_is_erased(office: Office) -> None:
    """Who was never on a list but is suppressed becomes a hash, too."""
    with office.database.write() as connection:
        eve = parse_address("eve@example.org")
        reason = SuppressionReason.MANUAL
        suppress(connection, eve, reason, source="test", now=office.now)
    assert office.show("eve@example.org").is_known
    office.erase("EVE@example.org")
    assert "eve" not in office.texts()
    reasons = [each.reason for each in office.show("eve@example.org").erased]
    assert sorted(reasons) == ["manual", "unsubscribe"]


def test_another_key_refuses(office: Office, tmp_path: Path) -> None:
    """A wrong key erases nobody and knows nobody; nor does a missing one."""
    office.erase("bob@example.org")
    other = SecretKey(tmp_path / "other.key")
    other.make(b"o" * 32)
    office.key.file.rename(tmp_path / "away")
    missing = SecretKey(office.key.file)
    for key, error in ((other, WrongKey), (missing, KeyMissing)):
        wrong = Office(office.database, key, office.now)
        with pytest.raises(error):
            wrong.erase(ANN)
        with pytest.raises(error):
            wrong.show(ANN)
    assert "ann.lind@" in office.texts()


def test_the_first_key_is_made_once(database: Database, tmp_path: Path) -> None:
    """Where there is none, it is made; one that went missing is never replaced."""
    key = SecretKey(tmp_path / "digest.key")
    with database.write() as connection:
        key.begin(connection, lambda: b"a" * 32)
    assert key.file.stat().st_mode & 0o777 == 0o600
    with database.write() as connection:
        SecretKey(key.file).begin(connection, lambda: b"b" * 32)
    assert key.file.read_text().startswith("61616161")
    key.file.unlink()
    with pytest.raises(KeyMissing), database.write() as connection:
        SecretKey(key.file).begin(connection, lambda: b"b" * 32)
    assert not key.file.exists()


# --- Rejected rows ------------------------------------------------------------


def rejects(*rows: tuple[str, str]) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("line", "reason", "row"))
    writer.writerows((number, *row) for number, row in enumerate(rows, 2))
    return text.getvalue()


def blanked(text: str, address: str) -> Iterator[list[str]]:
    copy = io.StringIO()
    blank_rows(io.StringIO(text, newline=""), copy, parse_address(address))
    return csv.reader(io.StringIO(copy.getvalue(), newline=""))


@pytest.mark.parametrize(
    "row",
    [
        "Ann,ann@example.org",
        "Ann;ANN@Example.ORG.",
        '"Ann, of\nBern",ann@example.org',
        "=ann@example.org",
    ],
)
def test_rejected_rows_are_blanked(row: str) -> None:
    """A row that names the address keeps its number only; the others stay."""
    others = ("joann@example.org", "ann@example.org.uk", "ann@example.orgs", "é")
    text = rejects(("bad", row), *(("bad", other) for other in others))
    assert list(blanked(text, "ann@example.org"))[1:] == [
        ["2", "[erased]", "[erased]"],
        *([str(number), "bad", other] for number, other in enumerate(others, 3)),
    ]


def test_a_rejected_row_in_unicode() -> None:
    """Its own letters, their ASCII form, JSON's escapes: all of them are the person."""
    rows = (
        "zoe@exämple.org",
        "zoe@xn--exmple-cua.org",
        r'{"a":"zoe@ex\u00e4mple.org"}',
    )
    text = rejects(*(("bad", row) for row in rows))
    assert {row[2] for row in blanked(text, "zoe@exämple.org")} == {"row", "[erased]"}


def test_a_file_of_something_else_is_left() -> None:
    """What stands now where rejected rows were is not ours to change."""
    copy = io.StringIO()
    other = io.StringIO("email\nann@example.org\n")
    assert blank_rows(other, copy, parse_address("ann@example.org")) == 0
    assert copy.getvalue() == ""
