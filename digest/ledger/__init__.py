"""What was promised to whom, and what came of it: campaigns, batches, attempts, waves.

Functions on a connection, inside the caller's transaction; no HTTP. An attempt
is committed as `sending` before its first byte leaves, so after any crash what
is unknown is exactly what is marked so.
"""

from digest.ledger.addressees import HandedOver, handed_over
from digest.ledger.attempts import (
    expire,
    lease_left,
    record,
)
from digest.ledger.campaigns import (
    When,
    audience_of,
    begun_at,
    count_planned,
    count_states,
    create_campaign,
    find_campaign,
    has_planned,
    is_staged,
    mode_of,
    next_due,
    plan,
    planned_ids,
    sent_since,
    sent_together,
    standing_still,
    state_of,
    stored_email,
    transport_of,
    unfinished,
)
from digest.ledger.claims import (
    Claim,
    Loader,
    Taking,
    claim,
    waiting,
)
from digest.ledger.copies import Copy, copies
from digest.ledger.evidence import Evidence, Folded, Sign, Word, evidence_of, fold
from digest.ledger.halves import hopeless
from digest.ledger.missed import missed
from digest.ledger.orders import (
    begin,
    cancel,
    conclude,
    end,
    hold_unfinished,
    pause,
    schedule,
)
from digest.ledger.outcomes import Figures, Settled, alarm, figures, settle, stopping
from digest.ledger.pace import DAY, HOUR, allowance_wait
from digest.ledger.packing import BATCH_SIZE, IdSet, cut
from digest.ledger.serial import begin_mail, refuse
from digest.ledger.settling import retry_failed, settle_by_hand
from digest.ledger.status import Doubt, Status, status
from digest.ledger.taking_back import (
    Recalled,
    doubtful,
    has_ahead,
    not_gone,
    recall,
    recalled,
    restart_wait,
    taken_back,
    to_take_back,
    waiting_to_go_out,
)
from digest.ledger.times import Clock, Stamp, Times, boot_seconds
from digest.ledger.waves import (
    Held,
    NeedWave,
    OpenWave,
    Wait,
    kept_cancellations,
    open_wave,
    slots_needed,
)

__all__ = [
    "BATCH_SIZE",
    "DAY",
    "HOUR",
    "Claim",
    "Clock",
    "Copy",
    "Doubt",
    "Evidence",
    "Figures",
    "Folded",
    "HandedOver",
    "Held",
    "IdSet",
    "Loader",
    "NeedWave",
    "OpenWave",
    "Recalled",
    "Settled",
    "Sign",
    "Stamp",
    "Status",
    "Taking",
    "Times",
    "Wait",
    "When",
    "Word",
    "alarm",
    "allowance_wait",
    "audience_of",
    "begin",
    "begin_mail",
    "begun_at",
    "boot_seconds",
    "cancel",
    "claim",
    "conclude",
    "copies",
    "count_planned",
    "count_states",
    "create_campaign",
    "cut",
    "doubtful",
    "end",
    "evidence_of",
    "expire",
    "figures",
    "find_campaign",
    "fold",
    "handed_over",
    "has_ahead",
    "has_planned",
    "hold_unfinished",
    "hopeless",
    "is_staged",
    "kept_cancellations",
    "lease_left",
    "missed",
    "mode_of",
    "next_due",
    "not_gone",
    "open_wave",
    "pause",
    "plan",
    "planned_ids",
    "recall",
    "recalled",
    "record",
    "refuse",
    "restart_wait",
    "retry_failed",
    "schedule",
    "sent_since",
    "sent_together",
    "settle",
    "settle_by_hand",
    "slots_needed",
    "standing_still",
    "state_of",
    "status",
    "stopping",
    "stored_email",
    "taken_back",
    "to_take_back",
    "transport_of",
    "unfinished",
    "waiting",
    "waiting_to_go_out",
]
