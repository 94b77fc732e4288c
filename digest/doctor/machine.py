"""What lies on this machine: settings, the key of erased people, room on the disk."""

from __future__ import annotations

import shlex
import shutil

from digest.config import Config
from digest.doctor.diagnosis import Diagnosis, ill, well
from digest.errors import ConfigError
from digest.store import Database
from subscribers.errors import SubscriberError
from subscribers.secret_key import SecretKey

#: bytes free, below which a database and an outbox soon have no room
ROOM = 500_000_000


def settings(config: Config) -> Diagnosis:
    if config.file is None:
        return well(
            "settings",
            "no digest.toml here; the defaults hold",
            "write one: digest init",
        )
    return well("settings", f"{config.file}")


def key(config: Config, database: Database | None) -> Diagnosis:
    """The secret of erased people: there, ours alone, and this database's."""
    secret = SecretKey(config.at(config.subscribers.key_file))
    try:
        known = _knows(database, secret)
        there = known or secret.file.exists()
        message = f"{secret.file}, {secret.fingerprint}" if there else ""
    except SubscriberError as error:
        return ill("key", str(error), "put it back from the backup")
    if not message:
        return well(
            "key",
            f"{secret.file} is not there yet",
            "it is made when it is first needed, or by digest init",
        )
    if secret.file.stat().st_mode & 0o077:
        return ill(
            "key",
            f"{secret.file} can be read by others",
            f"chmod 600 {shlex.quote(str(secret.file))}",
        )
    return well("key", message, "it belongs into the backup: digest db backup DIR")


def _knows(database: Database | None, secret: SecretKey) -> bool:
    """Whether the database has this key; one that cannot be opened has none."""
    if database is None:
        return False
    with database.read() as connection:
        return secret.check(connection)


def disk(config: Config) -> Diagnosis:
    free = shutil.disk_usage(config.folder).free
    message = f"{free / 1e9:.1f} GB free"
    if free < ROOM:
        return ill("disk", message, "make room before a send")
    return well("disk", message)


def sender(config: Config) -> Diagnosis:
    newsletter = config.newsletter
    missing = [
        f"newsletter.{name}"
        for name in ("from_email", "postal_address")
        if not getattr(newsletter, name)
    ]
    if missing:
        return ill(
            "sender",
            f"{' and '.join(missing)} not set",
            "needed to send; see [newsletter] in digest.toml",
        )
    return well("sender", newsletter.from_email)


def transport(config: Config) -> Diagnosis:
    try:
        key = config.api_key
    except ConfigError as error:
        return ill("transport", str(error), "see [sendgrid] in digest.toml")
    name = config.transport_name
    if name == "sendgrid" and not key:
        return ill("transport", "sendgrid, but there is no key", "set SENDGRID_API_KEY")
    if name == "smtp" and not config.smtp.host:
        return ill("transport", "smtp, but there is no host", "set [smtp] host")
    to_files = not key and name != "smtp"
    way_out = "mail goes to files; set SENDGRID_API_KEY to send" if to_files else ""
    return well("transport", name, way_out)
