"""Erasing, with what the newsletter itself holds; on both databases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Text, select

import subscribers as people
from digest import ledger, privacy
from digest.config import Config, SendGridSettings
from digest.delivery import provider_of
from digest.model import AttemptState, Outcome
from digest.store import Database
from subscribers.model import Provider
from subscribers.tables import metadata
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


def test_who_is_told() -> None:
    """SendGrid, and with which group; nobody where no key of it is set."""
    config = Config()
    assert provider_of(config) is None
    sendgrid = SendGridSettings(api_key="SG.key")
    config = replace(config, sendgrid=sendgrid)
    assert provider_of(config) == Provider(group=None)
    config = replace(config, sendgrid=replace(sendgrid, asm_group=7))
    assert provider_of(config) == Provider(group=7)
