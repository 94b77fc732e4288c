"""Bringing a database to the newest version."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, Engine, inspect, text

from digest.errors import DatabaseError

#: of PostgreSQL's advisory locks, the one that we take while we migrate
LOCK = 0x64696765


def configuration() -> Config:
    """Alembic's own settings, without an alembic.ini."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    return config


def upgrade(engine: Engine, version: str | None, place: str) -> None:
    """Run the migrations after `version`, all in one transaction.

    `place` names the database in messages.

    Where two processes come at the same time, the second finds nothing to do.

    Raises:
        DatabaseError: the version is none of ours, so a newer program's; or there
            are tables of another program.
    """
    config = configuration()
    try:
        if version is not None:
            ScriptDirectory.from_config(config).get_revision(version)
    except CommandError as error:
        raise DatabaseError(
            f"{place}: is of version {version}, which this program does not know; "
            "install a newer newsletter-digest"
        ) from error
    with engine.connect().execution_options(begin="IMMEDIATE") as connection:
        with connection.begin():
            _alone(connection)
            _check_ours(connection, place)
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def _alone(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        take = text("SELECT pg_advisory_xact_lock(:lock)")
        connection.execute(take, {"lock": LOCK})


def _check_ours(connection: Connection, place: str) -> None:
    names = inspect(connection).get_table_names()
    if names and "alembic_version" not in names:
        raise DatabaseError(
            f"{place}: holds another program's tables ({min(names)}, …); "
            "give the digest a database of its own"
        )
