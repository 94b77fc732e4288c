"""Events as SendGrid sends them, and a mailroom that takes them in."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import insert, select, update

import subscribers as people
from digest import events, ledger
from digest.config import Config
from digest.events import Receipt
from digest.ledger import Figures
from digest.ledger.packing import pack
from digest.ledger.transitions import BatchState
from digest.model import AttemptState, CampaignState
from digest.store import Database
from digest.store.tables import attempt, batch, campaign
from subscribers.tables import mailing_list, subscription, suppression
from tests.ledger.desk import EMAIL, START, Desk

CANCELLED = AttemptState.CANCELLED
TOKEN = "5f3a"
Sent = dict[str, Any]


def sent(kind: str, person: int, name: str = "1-5f3a", **fields: Any) -> Sent:
    """An event of a person's copy, `seconds` after the start; its id by its content."""
    seconds = fields.pop("seconds", 60)
    content = {
        "email": f"reader{person}@example.org",
        "timestamp": int(START.timestamp()) + seconds,
        "event": kind,
        "sg_message_id": "LRzXl_NHStOGhQ4kofSm_A.recvd-5F5FC76C-9.0",
        "dg_attempt": name,
        "dg_recipient": str(person),
        **fields,
    }
    number = hashlib.sha256(json.dumps(content).encode()).hexdigest()[:22]
    return {"sg_event_id": number, **content}


def payload(*some: Sent) -> bytes:
    return json.dumps(some).encode()


class Mailroom:
    """A campaign of one issue, with batches that were handed over, and their events."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.config = Config(folder=folder)
        self.now = START + timedelta(hours=1)
        self.desk = Desk(database)
        self.desk.begin()
        self.campaign = self.desk.campaign
        self._seq = count(1)

    def hand_over(
        self,
        ids: Iterable[int],
        state: AttemptState = AttemptState.ACCEPTED,
        *,
        token: str = TOKEN,
        excluded: Sequence[int] = (),
    ) -> int:
        """A batch whose only attempt is in `state`; the attempt's id."""
        ids = tuple(ids)
        gone = state is AttemptState.CANCELLED
        with self.database.write() as connection:
            number = connection.execute(
                insert(batch)
                .values(
                    campaign_id=self.campaign,
                    seq=next(self._seq),
                    size=len(ids),
                    recipients=pack(ids),
                    state=BatchState.PLANNED if gone else BatchState(state),
                )
                .returning(batch.c.id)
            ).scalar_one()
            left = {"unsubscribed": list(excluded)} if excluded else {}
            made = connection.execute(
                insert(attempt)
                .values(
                    batch_id=number,
                    n=1,
                    state=state,
                    reason="",
                    excluded=msgspec.json.encode(left).decode(),
                    began_at=START,
                    token=token,
                    people=len(ids) - len(excluded),
                )
                .returning(attempt.c.id)
            )
            return int(made.scalar_one())

    def take(self, *some: Sent) -> Receipt:
        return self.take_bytes(payload(*some))

    def take_bytes(self, body: bytes) -> Receipt:
        return events.keep(self.database, self.config, events.parse(body), self.now)

    def set_email(self, html: str) -> None:
        content = msgspec.json.encode(replace(EMAIL, html=html)).decode()
        with self.database.write() as connection:
            connection.execute(update(campaign).values(email=content))

    # --- people -------------------------------------------------------------

    def add(self, person: int, *lists: str) -> None:
        """Somebody who confirmed, by the address that `sent` gives them."""
        for name in lists:
            with self.database.write() as connection:
                known = connection.scalar(
                    select(mailing_list.c.id).where(mailing_list.c.name == name)
                )
                if known is None:
                    people.add_list(connection, name, START, asm_group=7)
                people.add_subscriber(
                    connection,
                    name,
                    f"reader{person}@example.org",
                    consent="form",
                    source="test",
                    now=START,
                    secret=lambda: b"x" * 12,
                )

    # --- what came of it ------------------------------------------------------

    @property
    def states(self) -> list[str]:
        with self.database.read() as connection:
            rows = connection.scalars(select(attempt.c.state).order_by(attempt.c.id))
            return list(rows)

    @property
    def batches(self) -> list[str]:
        with self.database.read() as connection:
            return list(connection.scalars(select(batch.c.state).order_by(batch.c.id)))

    @property
    def pause(self) -> tuple[CampaignState, str]:
        with self.database.read() as connection:
            row = connection.execute(select(*campaign.c["state", "reason"])).one()
        return CampaignState(row.state), row.reason

    @property
    def figures(self) -> Figures:
        with self.database.read() as connection:
            return ledger.figures(connection, self.campaign)

    @property
    def stopping(self) -> str | None:
        with self.database.read() as connection:
            return ledger.stopping(connection, self.campaign)

    @property
    def suppressed(self) -> list[tuple[str, int, str, bool]]:
        """Key, list, reason, and whether for ever; in order."""
        with self.database.read() as connection:
            rows = connection.execute(
                select(*suppression.c["key", "list_id", "reason", "expires_at"])
            )
            return sorted((*row[:3], row.expires_at is None) for row in rows)

    @property
    def subscriptions(self) -> list[str]:
        with self.database.read() as connection:
            query = select(subscription.c.state).order_by(subscription.c.id)
            return list(connection.scalars(query))

    def later(self, **time: float) -> datetime:
        self.now += timedelta(**time)
        return self.now
