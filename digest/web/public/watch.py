"""For whoever watches: is it well?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from digest.doctor.vitals import standing_still
from digest.errors import DatabaseError, TryAgain
from digest.pipeline import Desk
from digest.store import incarnation


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    ok: bool
    report: Mapping[str, Any]


def health(desk: Desk) -> Health:
    """Whether the database answers and sends, and no slot or campaign is overdue."""
    try:
        incarnation.check(desk.database)
        with desk.database.read() as connection:
            still = standing_still(connection, desk.clock())
    except (DatabaseError, TryAgain) as error:
        return Health(ok=False, report={"ok": False, "reason": str(error)})
    if still:
        return Health(ok=False, report={"ok": False, "reason": "; ".join(still)})
    return Health(ok=True, report={"ok": True})
