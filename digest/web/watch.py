"""For whoever watches: is it well, and how much of what there is.

The metrics are in the text format of Prometheus, version 0.0.4:
https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from digest import ledger
from digest.errors import DatabaseError, TryAgain
from digest.pipeline import Desk
from subscribers import outgoing

#: a campaign whose time came so long ago, and that has people waiting, stands still
STILL = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    ok: bool
    report: Mapping[str, Any]


def health(desk: Desk) -> Health:
    """Whether the database answers and no campaign stands still."""
    try:
        with desk.database.read() as connection:
            late = ledger.standing_still(connection, desk.clock() - STILL)
    except (DatabaseError, TryAgain) as error:
        return Health(ok=False, report={"ok": False, "reason": str(error)})
    if late:
        issues = ", ".join(map(str, late))
        reason = f"nobody hands over issue {issues}, whose time has come"
        return Health(ok=False, report={"ok": False, "reason": reason})
    return Health(ok=True, report={"ok": True})


def metrics(desk: Desk) -> str:
    """Figures of the database, asked anew."""
    return "".join(f"{line}\n" for line in _lines(desk))


def _lines(desk: Desk) -> Iterator[str]:
    with desk.database.read() as connection:
        campaigns = ledger.count_states(connection)
        waiting = outgoing.standing(connection, now=desk.clock())
    yield "# HELP digest_campaigns Campaigns by state."
    yield "# TYPE digest_campaigns gauge"
    for state, count in campaigns.items():
        yield f'digest_campaigns{{state="{state}"}} {count}'
    yield "# HELP digest_outgoing_waiting Single mails and calls that wait."
    yield "# TYPE digest_outgoing_waiting gauge"
    yield f"digest_outgoing_waiting {waiting.waiting}"
    yield "# HELP digest_outgoing_failed Single mails and calls that failed for good."
    yield "# TYPE digest_outgoing_failed gauge"
    yield f"digest_outgoing_failed {waiting.failed}"
