"""An office that takes sign-ups, for tests: lists, a clock, and what was mailed."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import Table, select

import subscribers as people
from digest.store import Database
from subscribers import Answer, Asked, Choices, Letter, MailingList, Origin, Provider
from subscribers.erasure import erase
from subscribers.model import SuppressionReason
from subscribers.secret_key import SecretKey
from subscribers.tables import consent, metadata, outgoing

FORM = Origin(
    source="form", ip="192.0.2.7", user_agent="Browser/1.0", wording="2026-11"
)
LINK = Origin(
    source="confirmation link", ip="192.0.2.8", user_agent="Mail/2", wording="2026-11"
)


class Office:
    """Each step is a transaction of its own, at `now`."""

    def __init__(
        self,
        database: Database,
        now: datetime,
        secret: Callable[[], bytes],
        folder: Path,
        provider: Provider | None = None,
    ) -> None:
        self.database = database
        self.now = now
        self.secret = secret
        self.provider = provider
        self.written: list[Letter] = []
        self.tokens: list[str] = []
        self._numbers = count(1)
        self.key = SecretKey(folder / "digest.key")
        if not self.key.file.exists():
            self.key.make(bytes(32))

    def later(self, **time: float) -> None:
        self.now += timedelta(**time)

    def add_list(self, name: str, **settings: Any) -> MailingList:
        with self.database.write() as connection:
            return people.add_list(connection, name, self.now, **settings)

    def token(self) -> str:
        self.tokens.append(f"token-{next(self._numbers)}")
        return self.tokens[-1]

    def write(self, letter: Letter) -> str:
        self.written.append(letter)
        asked = {"requested": True} if letter.requested else {}
        return json.dumps({"to": letter.email, "token": letter.token} | asked)

    def subscribe(
        self,
        address: str,
        on: str = "daily",
        name: str = "",
        choices: Choices | None = None,
    ) -> str:
        """Sign up; the token that was handed in."""
        token = self.token()
        with self.database.write() as connection:
            answer: object = people.subscribe(  # type: ignore[func-returns-value]
                connection,
                on,
                address,
                name,
                choices=choices or Choices(),
                origin=FORM,
                now=self.now,
                token=token,
                secret=self.secret,
                write=self.write,
                key=self.key,
            )
        assert answer is None  # whoever it was
        return token

    def ask(self, address: str, on: str = "daily") -> Asked:
        with self.database.write() as connection:
            return people.ask(
                connection,
                people.find_list(connection, on),
                people.parse_address(address),
                now=self.now,
                token=self.token(),
                write=self.write,
                key=self.key,
            )

    def look(self, token: str) -> Answer:
        with self.database.read() as connection:
            return people.confirmation_of(connection, token, now=self.now, key=self.key)

    def confirm(self, token: str) -> Answer:
        with self.database.write() as connection:
            return people.confirm(
                connection,
                token,
                origin=LINK,
                now=self.now,
                provider=self.provider,
                key=self.key,
            )

    def add(
        self, address: str, on: str = "daily", consent: str | None = None
    ) -> people.Change:
        with self.database.write() as connection:
            return people.add_subscriber(
                connection,
                on,
                address,
                consent=consent,
                source="test",
                now=self.now,
                secret=self.secret,
            )

    def leave(self, address: str, *lists: str) -> tuple[str, ...]:
        with self.database.write() as connection:
            return people.leave(
                connection,
                address,
                lists or None,
                source="test",
                now=self.now,
                provider=self.provider,
            )

    def unsubscribe(self, token: str, also: Sequence[str] = ()) -> bool:
        with self.database.write() as connection:
            return people.unsubscribe(
                connection,
                token,
                source="link",
                now=self.now,
                provider=self.provider,
                also=also,
                ip="192.0.2.9",
                user_agent="Mail/2\r\nX: y",
            )

    def suppress(
        self,
        address: str,
        reason: SuppressionReason,
        on: MailingList | None = None,
        until: datetime | None = None,
    ) -> None:
        with self.database.write() as connection:
            people.suppress(
                connection,
                people.parse_address(address),
                reason,
                source="test",
                now=self.now,
                on=on,
                until=until,
            )

    def erase(self, address: str) -> None:
        with self.database.write() as connection:
            erase(
                connection,
                people.parse_address(address),
                key=self.key,
                provider=self.provider,
                now=self.now,
            )

    # --- what there is now ---------------------------------------------------

    def mails(self) -> list[tuple[str, str]]:
        """Whom the waiting mails are to, and with what token; the oldest first."""
        return [(each["to"], each["token"]) for each in self.sent("mail")]

    def sent(self, kind: str) -> list[dict[str, Any]]:
        query = select(outgoing.c.payload).where(outgoing.c.kind == kind)
        with self.database.read() as connection:
            rows = connection.scalars(query.order_by(outgoing.c.id))
            return [json.loads(payload) for payload in rows]

    def state(self, address: str, on: str = "daily") -> str | None:
        with self.database.read() as connection:
            found = people.subscribers(connection, on)
            return next((p.state.value for p in found if p.email == address), None)

    def person(self, address: str, on: str = "daily") -> people.Subscriber:
        with self.database.read() as connection:
            found = people.subscribers(connection, on)
            return next(person for person in found if person.email == address)

    def reached(self, *lists: str) -> dict[str, str]:
        """Who gets mail to the lists, with the tokens of their links."""
        with self.database.read() as connection:
            found = people.audience(connection, lists or ["daily"], now=self.now)
            return {person.email: person.token for person in found}

    def rows(self, table: Table) -> list[Any]:
        with self.database.read() as connection:
            return list(connection.execute(select(table)))

    def log(self) -> list[dict[str, Any]]:
        """The log of consent, in full."""
        with self.database.read() as connection:
            rows = connection.execute(select(consent).order_by(consent.c.id))
            return [dict(row) for row in rows.mappings()]

    def everything(self) -> dict[str, list[Any]]:
        """All that is in the database."""
        with self.database.read() as connection:
            return {
                table.name: sorted(connection.execute(select(table)).all(), key=repr)
                for table in metadata.sorted_tables
            }
