"""What was promised to whom, and what came of it: campaigns, batches, attempts.

Functions on a connection, inside the caller's transaction; no HTTP. An attempt
is committed as `sending` before its first byte leaves, so after any crash what
is unknown is exactly what is marked so.
"""

from digest.ledger.attempts import LEASE, Claim, Loader, claim, expire, record, waiting
from digest.ledger.campaigns import (
    begin,
    conclude,
    create_campaign,
    find_campaign,
    pause,
    plan,
    planned_ids,
    stored_email,
)
from digest.ledger.copies import Copy, copies
from digest.ledger.packing import BATCH_SIZE, IdSet, cut
from digest.ledger.status import Doubt, Status, status

__all__ = [
    "BATCH_SIZE",
    "LEASE",
    "Claim",
    "Copy",
    "Doubt",
    "IdSet",
    "Loader",
    "Status",
    "begin",
    "claim",
    "conclude",
    "copies",
    "create_campaign",
    "cut",
    "expire",
    "find_campaign",
    "pause",
    "plan",
    "planned_ids",
    "record",
    "status",
    "stored_email",
    "waiting",
]
