"""What was promised to whom, and what came of it: campaigns, batches, attempts.

Functions on a connection, inside the caller's transaction; no HTTP. An attempt
is committed as `sending` before its first byte leaves, so after any crash what
is unknown is exactly what is marked so.
"""

from digest.ledger.addressees import HandedOver, handed_over
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
from digest.ledger.evidence import Evidence, Folded, Sign, Word, evidence_of, fold
from digest.ledger.outcomes import Figures, Settled, figures, settle, stopping
from digest.ledger.packing import BATCH_SIZE, IdSet, cut
from digest.ledger.status import Doubt, Status, status

__all__ = [
    "BATCH_SIZE",
    "LEASE",
    "Claim",
    "Copy",
    "Doubt",
    "Evidence",
    "Figures",
    "Folded",
    "HandedOver",
    "IdSet",
    "Loader",
    "Settled",
    "Sign",
    "Status",
    "Word",
    "begin",
    "claim",
    "conclude",
    "copies",
    "create_campaign",
    "cut",
    "evidence_of",
    "expire",
    "figures",
    "find_campaign",
    "fold",
    "handed_over",
    "pause",
    "plan",
    "planned_ids",
    "record",
    "settle",
    "status",
    "stopping",
    "stored_email",
    "waiting",
]
