"""This machine's clock beside those of others: slots and lateness go by it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import func, select

from digest.doctor.diagnosis import Diagnosis, ill, well
from digest.store import Database

#: half of what delivery allows for (`Times.margin`); an answer's way is in it, too
TOLERANCE = timedelta(seconds=60)


def clock(
    database: Database | None, sendgrid: datetime | None, now: datetime
) -> Diagnosis:
    """Whether it agrees with PostgreSQL's and with the `Date` of SendGrid's answer."""
    others = dict(_others(database, sendgrid))
    for whose, other in others.items():
        off = now - other
        if abs(off) > TOLERANCE:
            ahead = "ahead of" if off > timedelta() else "behind"
            message = f"{abs(off).total_seconds():,.0f} s {ahead} {whose}"
            return ill(
                "clock", message, "let it be set by NTP: timedatectl set-ntp true"
            )
    if not others:
        return well("clock", "nobody's to compare with; schedules go by it")
    return well("clock", f"as {' and '.join(others)}")


def _others(
    database: Database | None, sendgrid: datetime | None
) -> Iterator[tuple[str, datetime]]:
    if sendgrid:
        yield "SendGrid's", sendgrid
    if database and database.file is None:
        with database.read() as connection:
            at: datetime | None = connection.scalar(select(func.clock_timestamp()))
        if at:
            yield "the database's", at
