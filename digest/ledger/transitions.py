"""What follows from what happens: (state, event) → state, and nothing else.

The SQL of this package takes its WHERE and its SET from these tables, so that an
event that comes late, twice or for another attempt changes nothing. The rules
are those of design/delivery.md, section 2; the tables are its section 3.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from digest.model import AttemptState, CampaignState, Outcome

State = TypeVar("State", bound=StrEnum)
Cause = TypeVar("Cause", bound=StrEnum)


class BatchState(StrEnum):
    """What is known of the people of one batch."""

    #: nothing was handed over yet, or what was is refused or taken back for certain
    PLANNED = "planned"
    #: an attempt is under way, or its process died
    SENDING = "sending"
    #: an attempt may have arrived or not; never sent again on its own
    UNKNOWN = "unknown"
    #: its wave is being taken back; until that is proven it may go out or not
    CANCELLING = "cancelling"
    #: the provider has it
    ACCEPTED = "accepted"
    #: the provider refuses it for what is in it, and would again
    REJECTED = "rejected"
    #: everybody in it has left, so nothing was handed over
    DROPPED = "dropped"
    #: its people are in other batches now; it counts nothing
    SPLIT = "split"


class WaveState(StrEnum):
    """What is known of the batches under one id of the provider's."""

    #: batches may be handed over under it; afterwards it is on its way
    OPEN = "open"
    #: it is being taken back
    CANCELLING = "cancelling"
    #: it was taken back, for certain
    CANCELLED = "cancelled"


class Event(StrEnum):
    """What can happen to a batch and to its newest attempt."""

    #: a process takes it, and will hand it over
    CLAIMED = "claimed"
    #: the check before the hand-over found nobody left
    EMPTIED = "emptied"
    #: the provider said yes
    ACCEPTED = "accepted"
    #: it certainly did not arrive, and may be tried again
    POSTPONED = "postponed"
    #: it certainly did not arrive, and would not the next time
    REFUSED = "refused"
    #: it certainly did not arrive, for some of its people: they are set apart
    SPLIT = "split"
    #: nobody can say whether it arrived: a lost answer, a dead process
    LOST = "lost"
    #: its wave is to be taken back
    RECALLED = "recalled"
    #: its wave was, in time
    TAKEN_BACK = "taken_back"
    #: the provider's word that it has it, which may come before it goes out
    PROCESSED = "processed"
    #: word of a mailbox or a reader: it has gone out
    DELIVERED = "delivered"
    #: an operator says that it arrived
    ADMITTED = "admitted"
    #: an operator takes the risk of handing it over again
    ABANDONED = "abandoned"
    #: an operator has what was refused tried again
    RETRIED = "retried"


class Order(StrEnum):
    """What can be asked of a campaign."""

    BEGIN = "begin"
    #: to go on by itself: not with what somebody, or something, has stopped
    GO_ON = "go_on"
    #: the same where nothing came through before
    RETRY = "retry"
    #: it has people, and waits for its time or for who hands it over
    PLAN = "plan"
    SCHEDULE = "schedule"
    PAUSE = "pause"
    FINISH = "finish"
    CANCEL = "cancel"
    END = "end"


#: how the reason begins of a campaign that stopped because nothing came through:
#: whoever runs tries again
PASSING = "for now:"

_B, _A, _C = BatchState, AttemptState, CampaignState

#: Outcomes merge by rank (accepted > refused > unknown > sending), so a late answer
#: still counts after its attempt was given up for lost (rules 6 and 7). In
#: `cancelling` it does not: the cancel may act on what was accepted (rule 8).
BATCH: Mapping[tuple[BatchState, Event], BatchState] = {
    (_B.PLANNED, Event.CLAIMED): _B.SENDING,
    (_B.PLANNED, Event.EMPTIED): _B.DROPPED,
    **{
        (state, event): after
        for state in (_B.SENDING, _B.UNKNOWN)
        for event, after in {
            Event.ACCEPTED: _B.ACCEPTED,
            Event.POSTPONED: _B.PLANNED,
            Event.REFUSED: _B.REJECTED,
            Event.SPLIT: _B.SPLIT,
            Event.PROCESSED: _B.ACCEPTED,
            Event.DELIVERED: _B.ACCEPTED,
            Event.RECALLED: _B.CANCELLING,
        }.items()
    },
    (_B.SENDING, Event.LOST): _B.UNKNOWN,
    (_B.ACCEPTED, Event.RECALLED): _B.CANCELLING,
    (_B.CANCELLING, Event.TAKEN_BACK): _B.PLANNED,
    (_B.CANCELLING, Event.DELIVERED): _B.ACCEPTED,
    **{
        (state, event): after
        for state in (_B.UNKNOWN, _B.CANCELLING)
        for event, after in {
            Event.ADMITTED: _B.ACCEPTED,
            Event.ABANDONED: _B.PLANNED,
        }.items()
    },
    (_B.REJECTED, Event.RETRIED): _B.PLANNED,
}

ATTEMPT: Mapping[tuple[AttemptState, Event], AttemptState] = {
    **{
        (state, event): after
        for state in (_A.SENDING, _A.UNKNOWN)
        for event, after in {
            Event.ACCEPTED: _A.ACCEPTED,
            Event.POSTPONED: _A.REFUSED,
            Event.REFUSED: _A.REFUSED,
            Event.SPLIT: _A.REFUSED,
            Event.PROCESSED: _A.ACCEPTED,
            Event.DELIVERED: _A.ACCEPTED,
            Event.RECALLED: _A.CANCELLING,
        }.items()
    },
    (_A.SENDING, Event.LOST): _A.UNKNOWN,
    (_A.ACCEPTED, Event.RECALLED): _A.CANCELLING,
    (_A.CANCELLING, Event.TAKEN_BACK): _A.CANCELLED,
    (_A.CANCELLING, Event.DELIVERED): _A.ACCEPTED,
    **{
        (state, event): after
        for state in (_A.UNKNOWN, _A.CANCELLING)
        for event, after in {
            Event.ADMITTED: _A.ACCEPTED,
            Event.ABANDONED: _A.ABANDONED,
        }.items()
    },
}

CAMPAIGN: Mapping[tuple[CampaignState, Order], CampaignState] = {
    (_C.DRAFT, Order.SCHEDULE): _C.SCHEDULED,
    (_C.SCHEDULED, Order.SCHEDULE): _C.SCHEDULED,
    (_C.PAUSED, Order.SCHEDULE): _C.SCHEDULED,
    (_C.FINISHED, Order.SCHEDULE): _C.SCHEDULED,
    (_C.RUNNING, Order.SCHEDULE): _C.SCHEDULED,
    (_C.DRAFT, Order.PLAN): _C.SCHEDULED,
    (_C.FINISHED, Order.PLAN): _C.SCHEDULED,
    (_C.SCHEDULED, Order.GO_ON): _C.RUNNING,
    # nothing came through, for a reason that passes
    (_C.PAUSED, Order.RETRY): _C.RUNNING,
    (_C.DRAFT, Order.BEGIN): _C.RUNNING,
    (_C.SCHEDULED, Order.BEGIN): _C.RUNNING,
    (_C.PAUSED, Order.BEGIN): _C.RUNNING,
    (_C.FINISHED, Order.BEGIN): _C.RUNNING,
    (_C.SCHEDULED, Order.PAUSE): _C.PAUSED,
    (_C.RUNNING, Order.PAUSE): _C.PAUSED,
    # all of it is handed over, and has not gone out
    (_C.FINISHED, Order.PAUSE): _C.PAUSED,
    (_C.RUNNING, Order.FINISH): _C.FINISHED,
    # what it stopped for is settled
    (_C.PAUSED, Order.FINISH): _C.FINISHED,
    (_C.DRAFT, Order.CANCEL): _C.CANCELLING,
    (_C.SCHEDULED, Order.CANCEL): _C.CANCELLING,
    (_C.RUNNING, Order.CANCEL): _C.CANCELLING,
    (_C.PAUSED, Order.CANCEL): _C.CANCELLING,
    (_C.FINISHED, Order.CANCEL): _C.CANCELLING,
    (_C.CANCELLING, Order.END): _C.CANCELLED,
}


def event_of(outcome: Outcome) -> Event:
    """What an outcome means for its batch."""
    if outcome.state is AttemptState.REFUSED:
        return Event.REFUSED if outcome.retry_after is None else Event.POSTPONED
    return _EVENTS[outcome.state]


_EVENTS = {AttemptState.ACCEPTED: Event.ACCEPTED, AttemptState.UNKNOWN: Event.LOST}


def moves(
    table: Mapping[tuple[State, Cause], State], event: Cause
) -> tuple[frozenset[State], State]:
    """The states that an event leads out of, and the one that it leads to."""
    rows = {before: after for (before, what), after in table.items() if what is event}
    (after,) = set(rows.values())
    return frozenset(rows), after
