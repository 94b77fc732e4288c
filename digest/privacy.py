"""What is held about a person, and how it goes: the database, its file, our folders.

The library of people knows its own tables; issues, files and settings come in here.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
from sqlalchemy import Connection, func, select, update

import subscribers as people
from digest import events, ledger
from digest.config import Config
from digest.delivery import provider_of
from digest.delivery.erasing import erase_from_outbox
from digest.errors import DigestError
from digest.events import HeldEvent
from digest.files import opened_whole
from digest.store import Database
from digest.store.tables import attempt, campaign, slot, wave
from subscribers import rejects, traces
from subscribers.model import Address
from subscribers.person import PersonalData
from subscribers.secret_key import SecretKey
from subscribers.tables import import_run, mark, outgoing

#: where an answer of the provider's is kept, which may name whom it is about
REASONS = (
    *(attempt.c.reason, campaign.c.reason, wave.c.reason),
    *(slot.c.reason, slot.c.told),
)
#: what else of ours may name an address: who of the lists was meant
TEXTS = (campaign.c.segment,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """All that is held about a person, with the issues they were to get.

    `events` are what the provider says came of their copies.
    """

    person: PersonalData
    issues: tuple[ledger.Copy, ...] = ()
    events: tuple[HeldEvent, ...] = ()

    @property
    def is_anything(self) -> bool:
        """Whether there is anything to tell: a hash is, too."""
        return _is_anything(self.person) or bool(self.events)

    def as_object(self) -> dict[str, Any]:
        """All of it, as JSON can hold it."""
        person: dict[str, Any] = msgspec.to_builtins(self.person)
        return {
            **person,
            "issues": msgspec.to_builtins(self.issues),
            "events": msgspec.to_builtins(self.events),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """What was held of somebody, the files they were in, and what is not ours.

    `named` are the texts about others that named them, `events` is how many of the
    provider's events were of them; `sources` are the files that they were imported
    from, or that are called by their address. `clean` is False where SQLite's file
    could not be wiped, for somebody was reading it.
    """

    person: PersonalData
    named: int
    events: int
    files: tuple[Path, ...]
    sources: tuple[str, ...]
    clean: bool = True

    @property
    def is_anything(self) -> bool:
        """Whether there was anything to erase, now or before."""
        anything = self.files or self.named or self.events
        return _is_anything(self.person) or bool(anything)


def _is_anything(person: PersonalData) -> bool:
    return person.is_known or bool(person.erased)


def secret_key(config: Config) -> SecretKey:
    """The key that the addresses of erased people are hashed with."""
    return SecretKey(config.at(config.subscribers.key_file))


def held(database: Database, config: Config, address: str, now: datetime) -> Held:
    """All that is held about the person of an address.

    Raises:
        InvalidAddress: it is none.
        KeyMissing, WrongKey: whether they were erased cannot be said.
    """
    wanted = people.parse_address(address)
    with database.read() as connection:
        person = _personal_data(connection, config, wanted, now)
        issues = ledger.copies(connection, person.id) if person.id else ()
        came = events.events_of(connection, wanted.key, person.id)
    return Held(person=person, issues=issues, events=came)


def _personal_data(
    connection: Connection, config: Config, address: Address, now: datetime
) -> PersonalData:
    key = secret_key(config)
    return people.personal_data(connection, address, key=key, now=now)


def erase(
    database: Database,
    config: Config,
    address: str,
    *,
    now: datetime,
    random: Callable[[], bytes],
    dry_run: bool = False,
) -> Erasure:
    """Forget a person: in one transaction, then in our files, then in SQLite's own.

    Who is known only by a rejected row is taken out there, too. Broken off, or run
    again, it does what is left to do. `random` gives 32 bytes for the first key.

    Raises:
        InvalidAddress: it is none.
        KeyMissing, WrongKey: the hash cannot be made; nothing was changed.
        DigestError: a file cannot be written; the database has forgotten them.
    """
    wanted = people.parse_address(address)
    with database.read() as connection:
        person = _personal_data(connection, config, wanted, now)
        came = events.count_events(connection, wanted.key, person.id)
    with database.read() if dry_run else database.write() as connection:
        named = traces.blank(connection, wanted, TEXTS)
        if (person.is_known or came) and not dry_run:
            key = secret_key(config)
            key.begin(connection, random)
            named += people.erase(
                connection, wanted, key=key, provider=provider_of(config), now=now
            )
            events.erase_events(connection, wanted.key, person.id)
        else:
            named += traces.blank(connection, wanted)
        _forget_reasons(connection, wanted)
    files = _erase_from_files(database, config, wanted, dry_run=dry_run)
    return Erasure(
        person=person,
        named=named,
        events=came,
        files=files,
        sources=(*_sources(person), *_called(database, wanted, dry_run=dry_run)),
        clean=dry_run or _wipe(database, wanted, person.email),
    )


def _forget_reasons(connection: Connection, address: Address) -> None:
    for column in REASONS:
        connection.execute(
            update(column.table)
            .where(func.lower(column).contains(address.key, autoescape=True))
            .values({column: "about somebody who was erased"})
        )


def _sources(person: PersonalData) -> tuple[str, ...]:
    entries = (entry for each in person.subscriptions for entry in each.consent)
    files = (entry.imported.file for entry in entries if entry.imported)
    return tuple(dict.fromkeys(files))


def _called(database: Database, address: Address, *, dry_run: bool) -> tuple[str, ...]:
    """Files of rejected rows that are called by the address: forgotten by us, once they
    were gone through, but not renamed."""
    with database.read() if dry_run else database.write() as connection:
        every = rejects.files(connection)
        traces.blank(connection, address, (import_run.c.rejects, mark.c.name))
    return tuple(each for each in every if traces.naming(address).search(each))


def _erase_from_files(
    database: Database, config: Config, address: Address, *, dry_run: bool
) -> tuple[Path, ...]:
    with database.read() as connection:
        files = [config.at(name) for name in rejects.files(connection)]
    try:
        changed = [
            file for file in files if _erase_from_rejects(file, address, dry_run)
        ]
        outbox = config.at(config.outbox.dir)
        return (*changed, *erase_from_outbox(outbox, address.key, dry_run=dry_run))
    except OSError as error:
        raise DigestError(
            f"{error.filename}: {error.strerror}; the database has forgotten them, "
            "but this file has not: mend it, and erase them again"
        ) from error


def _erase_from_rejects(file: Path, address: Address, dry_run: bool) -> bool:
    """Blank somebody's rows; whether there were any."""
    if not file.is_file():
        return False
    with Path(os.devnull).open("wb") as nowhere:
        found = _blank(file, nowhere, address)
    if found and not dry_run:
        with opened_whole(file) as target:
            _blank(file, target, address)
    return found > 0


def _blank(file: Path, target: BinaryIO, address: Address) -> int:
    with file.open("rb") as source, _as_text(source) as rows, _as_text(target) as copy:
        return rejects.blank_rows(rows, copy, address)


@contextmanager
def _as_text(stream: BinaryIO) -> Iterator[io.TextIOWrapper]:
    text = io.TextIOWrapper(stream, "utf-8", "surrogateescape", newline="")
    yield text
    text.detach()


def _wipe(database: Database, address: Address, email: str) -> bool:
    """Nothing of them in the unused parts of the database's file."""
    with database.read() as connection:
        query = select(outgoing.c.payload).where(outgoing.c.key == address.key)
        waiting = connection.scalars(query).all()
    # Until the provider was told, a row has the address, and the key twice: in an index
    kept = [text for payload in waiting for text in (payload, *[address.key] * 2)]
    return database.wipe({address.key, address.display, email}, kept)
