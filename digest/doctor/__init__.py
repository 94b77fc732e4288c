"""What is wrong with an installation, and what to do about it."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from digest.config import Config
from digest.errors import ConfigError, DigestError
from subscribers import outgoing

if TYPE_CHECKING:
    from digest.store.sources import Trouble
    from subscribers.secret_key import SecretKey

#: bytes free, below which a database and an outbox soon have no room
ROOM = 500_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """One thing that was looked at."""

    name: str
    ok: bool
    message: str
    help: str = ""


def examine(config: Config, now: datetime) -> list[Diagnosis]:
    """Look at settings, database, single mails, disk, sources, sender and transport."""
    return [
        _settings(config),
        *_database(config, now),
        _key(config),
        _disk(config),
        *_sources(config, now),
        _sender(config),
        _transport(config),
    ]


def _settings(config: Config) -> Diagnosis:
    if config.file is None:
        return Diagnosis(
            name="settings",
            ok=True,
            message="no digest.toml here; the defaults hold",
            help="write one: digest init",
        )
    return Diagnosis(name="settings", ok=True, message=f"{config.file}")


def _database(config: Config, now: datetime) -> Iterator[Diagnosis]:
    from digest.store import open_database

    try:
        database = open_database(config.database_url)
        with database.read() as connection:
            standing = outgoing.standing(connection, now=now)
    except DigestError as error:
        yield Diagnosis(
            name="database",
            ok=False,
            message=str(error),
            help="see [database] url in digest.toml",
        )
        return
    database.close()
    yield Diagnosis(name="database", ok=True, message=database.place)
    yield _outgoing(standing)


def _outgoing(standing: outgoing.Standing) -> Diagnosis:
    ok = not standing.failed and not standing.reason
    reason = f": {standing.reason}" if standing.reason else ""
    return Diagnosis(
        name="single mails and calls",
        ok=ok,
        message=f"{standing.waiting} wait, {standing.failed} failed{reason}",
        help="" if ok else "what waits is tried again by digest run, send and sync",
    )


def _key(config: Config) -> Diagnosis:
    """The secret of erased people: there, ours alone, and this database's."""
    from subscribers.errors import SubscriberError
    from subscribers.secret_key import SecretKey

    key = SecretKey(config.at(config.subscribers.key_file))
    try:
        known = _knows(config, key)
        message = f"{key.file}, {key.fingerprint}" if known or key.file.exists() else ""
    except SubscriberError as error:
        return Diagnosis(name="key", ok=False, message=str(error))
    if not message:
        return Diagnosis(
            name="key",
            ok=True,
            message=f"{key.file} is not there yet",
            help="it is made when it is first needed, or by digest init",
        )
    if key.file.stat().st_mode & 0o077:
        return Diagnosis(
            name="key",
            ok=False,
            message=f"{key.file} can be read by others",
            help=f"chmod 600 {shlex.quote(str(key.file))}",
        )
    return Diagnosis(
        name="key",
        ok=True,
        message=message,
        help="it belongs into the backup: digest db backup DIR",
    )


def _knows(config: Config, key: SecretKey) -> bool:
    """Whether the database has this key; one that cannot be opened has none."""
    from digest.store import open_database

    try:
        with closing(open_database(config.database_url)) as database:
            with database.read() as connection:
                return key.check(connection)
    except DigestError:
        return False


def _disk(config: Config) -> Diagnosis:
    free = shutil.disk_usage(config.folder).free
    ok = free >= ROOM
    return Diagnosis(
        name="disk",
        ok=ok,
        message=f"{free / 1e9:.1f} GB free",
        help="" if ok else "make room before a send",
    )


def _sources(config: Config, now: datetime) -> Iterator[Diagnosis]:
    if not config.source:
        yield Diagnosis(
            name="sources",
            ok=True,
            message="none; issues are built from the files that are given",
            help="add [[source]] to digest.toml for issues that build themselves",
        )
    trouble = _troubled(config, now)
    for source in config.source:
        file = source.path or ("" if "://" in source.opml else source.opml)
        ok = not file or config.at(file).exists()
        if any(each.place == source.place for each in trouble):
            continue
        yield Diagnosis(
            name="source",
            ok=ok,
            message=source.place if ok else f"{source.place}: there is no such file",
            help="" if ok else "correct its path in digest.toml",
        )
    for each in trouble:
        message = f"{each.place}: {each.what}"
        yield Diagnosis(name="source", ok=False, message=message, help=each.help)


def _troubled(config: Config, now: datetime) -> list[Trouble]:
    """What is the matter with sources; a database that cannot be opened knows none."""
    from digest.store import open_database
    from digest.store.sources import troubled

    places = [source.place for source in config.source]
    try:
        with closing(open_database(config.database_url)) as database:
            with database.read() as connection:
                return troubled(connection, places, now)
    except DigestError:
        return []


def _sender(config: Config) -> Diagnosis:
    newsletter = config.newsletter
    missing = [
        f"newsletter.{key}"
        for key in ("from_email", "postal_address")
        if not getattr(newsletter, key)
    ]
    if missing:
        return Diagnosis(
            name="sender",
            ok=False,
            message=f"{' and '.join(missing)} not set",
            help="needed to send; see [newsletter] in digest.toml",
        )
    return Diagnosis(name="sender", ok=True, message=newsletter.from_email)


def _transport(config: Config) -> Diagnosis:
    try:
        key = config.api_key
    except ConfigError as error:
        return Diagnosis(name="transport", ok=False, message=str(error))
    if config.transport_name == "sendgrid" and not key:
        return Diagnosis(
            name="transport",
            ok=False,
            message="sendgrid, but there is no key",
            help="set SENDGRID_API_KEY",
        )
    by_smtp = config.transport_name == "smtp"
    if by_smtp and not config.smtp.host:
        return Diagnosis(
            name="transport",
            ok=False,
            message="smtp, but there is no host",
            help="set [smtp] host",
        )
    return Diagnosis(
        name="transport",
        ok=True,
        message=config.transport_name,
        help=""
        if key or by_smtp
        else "mail goes to files; set SENDGRID_API_KEY to send",
    )
