"""Whom an attempt was for, and where each of them stands in what came back of it."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select

from digest.ledger.packing import unpack
from digest.model import AttemptState
from digest.store.tables import attempt, batch, wave
from subscribers.driver import among


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOver:
    """An attempt, and where each of its people stands in its evidence.

    `begins` is the earliest that any of its mail can be delivered.
    """

    id: int
    token: str
    #: as it was read; nobody was kept from changing it since
    state: AttemptState
    batch: int
    campaign: int
    begins: datetime
    ids: Sequence[int]
    excluded: frozenset[int] = frozenset()

    @property
    def people(self) -> int:
        """How many it was handed over for."""
        return len(self.ids) - len(self.excluded)

    def place(self, person: int) -> int | None:
        """Of a person; None where it was not for them."""
        place = bisect_left(self.ids, person)
        inside = place < len(self.ids) and self.ids[place] == person
        return place if inside and person not in self.excluded else None


def handed_over(
    connection: Connection, attempts: Collection[int]
) -> dict[int, HandedOver]:
    """Those of the attempts that there are, by their ids."""
    rows = connection.execute(
        select(
            *attempt.c["id", "token", "state", "batch_id", "excluded", "began_at"],
            *batch.c["campaign_id", "recipients"],
            wave.c.send_at,
        )
        .join_from(attempt, batch)
        .outerjoin(wave, wave.c.id == attempt.c.wave_id)
        .where(among(connection, attempt.c.id, attempts))
    )
    return {row.id: _handed_over(row) for row in rows}


def _handed_over(row: Row[*tuple[Any, ...]]) -> HandedOver:
    left: dict[str, list[int]] = msgspec.json.decode(row.excluded)
    return HandedOver(
        id=row.id,
        token=row.token,
        state=AttemptState(row.state),
        batch=row.batch_id,
        campaign=row.campaign_id,
        begins=row.send_at or row.began_at,
        ids=_ids(bytes(row.recipients)),
        excluded=frozenset(number for ids in left.values() for number in ids),
    )


@lru_cache(maxsize=512)  # 10 kB each; events of a batch come in many payloads
def _ids(packed: bytes) -> array[int]:
    return array("q", unpack(packed))
