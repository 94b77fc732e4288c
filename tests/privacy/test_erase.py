"""Erasing, with what the newsletter itself holds; on both databases."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import (
    BigInteger,
    Boolean,
    Float,
    Integer,
    LargeBinary,
    Text,
    insert,
    select,
)

import subscribers as people
from digest import ledger, privacy
from digest.config import Config, SendGridSettings
from digest.delivery import provider_of
from digest.model import AttemptState, Outcome
from digest.store import Database
from subscribers.model import Provider
from subscribers.segments import formatted
from subscribers.tables import UtcDateTime, erased, metadata
from tests.ledger.desk import Desk

ANN = "ann.lind@example.org"


def texts(database: Database) -> str:
    """Every text in every column of every table."""
    with database.read() as connection:
        return "\n".join(
            text or ""
            for table in metadata.sorted_tables
            for column in table.c
            if isinstance(column.type, Text)
            for text in connection.scalars(select(column))
        )


@pytest.fixture
def sent(database: Database, now: datetime, secret: Callable[[], bytes]) -> Desk:
    """Ann is in an issue's batch, which the provider refuses because of her."""
    with database.write() as connection:
        people.add_list(connection, "weekly", now)
        people.add_subscriber(
            connection,
            "weekly",
            ANN,
            consent="form",
            source="test",
            now=now,
            secret=secret,
        )
        (ann,) = (each.id for each in people.subscribers(connection))
    desk = Desk(database)
    desk.plan([ann])
    desk.begin()
    refused = Outcome(
        state=AttemptState.REFUSED, reason=f"400 no mailbox {ANN.upper()}"
    )
    desk.record(desk.take(), refused)
    desk.pause(f"400 no mailbox {ANN}")
    return desk


def test_no_column_names_them(sent: Desk, tmp_path: Path, now: datetime) -> None:
    """Answers of the provider that name them go, too; the issue keeps their number."""
    config = Config(folder=tmp_path)
    held = privacy.held(sent.database, config, ANN, now)
    assert [copy.issue for copy in held.issues] == [sent.issue]
    assert held.person.id
    privacy.erase(sent.database, config, ANN, now=now, random=lambda: b"k" * 32)
    assert "ann.lind" not in texts(sent.database).lower()
    assert "somebody who was erased" in sent.status.reason
    with sent.database.read() as connection:
        assert ledger.copies(connection, held.person.id) == held.issues


#: columns that no address of Ann's can be in once she is erased, and why
OTHERS = {
    "addresses of other people, found by their keys": {
        *("subscriber.key", "subscriber.email", "suppression.key"),
        *("outgoing.key", "outgoing.payload", "event.key", "event.url"),
        *("event.reason", "event.raw"),
    },
    "what was published, or is to be": {
        *("issue.series", "issue.subject", "issue.content", "item.article"),
        *("item.key", "item.source", "item.section", "item_use.series"),
        "campaign.email",
        *(
            "item.guid",
            "item.url",
            "item.content",
            "item.standing",
            "source.place",
            "source.state",
        ),
    },
    "names, which hold no @": {
        *("mailing_list.name", "segment.name", "schedule.name"),
        *("schedule.lists", "campaign.lists"),
    },
    "words, numbers and hashes of ours": {
        *("mark.name", "mark.value", "erased.reason", "suppression.reason"),
        *("outgoing.kind", "outgoing.state", "subscription.state", "consent.state"),
        *("schedule.every", "schedule.zone", "slot.slot", "slot.state"),
        *("schedule.options", "slot.approval"),
        *("campaign.state", "campaign.transport", "campaign.mode"),
        *("campaign.local_time", "import_run.file_hash", "import_run.report"),
        *("batch.state", "wave.provider_id", "wave.state", "wave.recalled_epoch"),
        *("attempt.state", "attempt.message_id", "attempt.excluded"),
        *("attempt.token", "attempt.lease_epoch", "attempt.refused"),
        *("event.sg_event_id", "event.event"),
    },
}


def rows_about(database: Database, address: str, now: datetime) -> set[str]:
    """A row in each table, about somebody else, that names an address in every text
    that somebody can type; the columns that do."""
    others = set.union(*OTHERS.values())
    plain: dict[type, object] = {
        Text: "x",
        Integer: 1,
        BigInteger: 1,
        Boolean: False,
        Float: 0.0,
        LargeBinary: b"x",
        UtcDateTime: now,
    }
    named = set()
    with database.write() as connection:
        for table in metadata.sorted_tables:
            if table is erased:  # a hash of nobody's would ask for the key
                continue
            values = {each.name: plain[type(each.type)] for each in table.c}
            texts = {
                each.name
                for each in table.c
                if isinstance(each.type, Text) and str(each) not in others
            }
            values |= dict.fromkeys(texts, json.dumps([f"see <{address.title()}>"]))
            connection.execute(insert(table).values(values))
            named |= {f"{table}.{name}" for name in texts}
    return named


@pytest.mark.parametrize("known", [True, False])
def test_no_table_names_them(
    database: Database,
    tmp_path: Path,
    now: datetime,
    known: bool,
) -> None:
    """Whatever text of whatever table: a new one is blanked, or says above why not."""
    named = rows_about(database, ANN, now)
    assert {"segment.expression", "import_run.file", "consent.source"} <= named
    if known:
        with database.write() as connection:
            people.suppress(
                connection,
                people.parse_address(ANN),
                people.SuppressionReason.MANUAL,
                source="by hand",
                now=now,
            )
    config = Config(folder=tmp_path)
    tried = privacy.erase(
        database, config, ANN, now=now, random=lambda: b"k" * 32, dry_run=True
    )
    assert "ann.lind" in texts(database).lower()
    done = privacy.erase(database, config, ANN, now=now, random=lambda: b"k" * 32)
    assert tried.named == done.named > 10
    assert "ann.lind" not in texts(database).lower()
    assert "see <erased>" in texts(database)
    assert done.sources == (json.dumps([f"see <{ANN.title()}>"]),)


def test_others_are_not_touched(
    database: Database, tmp_path: Path, now: datetime
) -> None:
    """A longer address is somebody else's; a segment stays an expression."""
    kept = "email:joann.lind@example.org or email:ann.lind@example.org.uk"
    with database.write() as connection:
        people.add_segment(connection, "a", kept, now=now)
        people.add_segment(connection, "b", f"not email:{ANN} or tz:UTC", now=now)
    privacy.erase(
        database, Config(folder=tmp_path), ANN, now=now, random=lambda: b"k" * 32
    )
    with database.read() as connection:
        found = [formatted(each.expression) for each in people.segments(connection)]
    assert found == [kept, "not email:erased or tz:UTC"]


def test_who_is_told() -> None:
    """SendGrid, and with which group; nobody where no key of it is set."""
    config = Config()
    assert provider_of(config) is None
    sendgrid = SendGridSettings(api_key="SG.key")
    config = replace(config, sendgrid=sendgrid)
    assert provider_of(config) == Provider(group=None)
    config = replace(config, sendgrid=replace(sendgrid, asm_group=7))
    assert provider_of(config) == Provider(group=7)
