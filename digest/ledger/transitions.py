"""What follows from what happens: (state, event) → state, and nothing else.

The SQL of this package takes its WHERE and its SET from these tables, so that an
event that comes late, twice or for another attempt changes nothing. The rules
are those of design/delivery.md, section 2.
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

    #: nothing was handed over yet, or what was is refused for certain
    PLANNED = "planned"
    #: an attempt is under way, or its process died
    SENDING = "sending"
    #: an attempt may have arrived or not; never sent again on its own
    UNKNOWN = "unknown"
    #: the provider has it
    ACCEPTED = "accepted"
    #: the provider refuses it for what is in it, and would again
    REJECTED = "rejected"
    #: everybody in it has left, so nothing was handed over
    DROPPED = "dropped"


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
    #: nobody can say whether it arrived: a lost answer, a dead process
    LOST = "lost"


class Order(StrEnum):
    """What can be asked of a campaign."""

    BEGIN = "begin"
    PAUSE = "pause"
    FINISH = "finish"


#: Outcomes merge by rank (accepted > refused > unknown > sending), so a late
#: answer still counts after its attempt was given up for lost (rules 6 and 7).
BATCH: Mapping[tuple[BatchState, Event], BatchState] = {
    (BatchState.PLANNED, Event.CLAIMED): BatchState.SENDING,
    (BatchState.PLANNED, Event.EMPTIED): BatchState.DROPPED,
    (BatchState.SENDING, Event.ACCEPTED): BatchState.ACCEPTED,
    (BatchState.SENDING, Event.POSTPONED): BatchState.PLANNED,
    (BatchState.SENDING, Event.REFUSED): BatchState.REJECTED,
    (BatchState.SENDING, Event.LOST): BatchState.UNKNOWN,
    (BatchState.UNKNOWN, Event.ACCEPTED): BatchState.ACCEPTED,
    (BatchState.UNKNOWN, Event.POSTPONED): BatchState.PLANNED,
    (BatchState.UNKNOWN, Event.REFUSED): BatchState.REJECTED,
}

ATTEMPT: Mapping[tuple[AttemptState, Event], AttemptState] = {
    (AttemptState.SENDING, Event.ACCEPTED): AttemptState.ACCEPTED,
    (AttemptState.SENDING, Event.POSTPONED): AttemptState.REFUSED,
    (AttemptState.SENDING, Event.REFUSED): AttemptState.REFUSED,
    (AttemptState.SENDING, Event.LOST): AttemptState.UNKNOWN,
    (AttemptState.UNKNOWN, Event.ACCEPTED): AttemptState.ACCEPTED,
    (AttemptState.UNKNOWN, Event.POSTPONED): AttemptState.REFUSED,
    (AttemptState.UNKNOWN, Event.REFUSED): AttemptState.REFUSED,
}

CAMPAIGN: Mapping[tuple[CampaignState, Order], CampaignState] = {
    (CampaignState.DRAFT, Order.BEGIN): CampaignState.RUNNING,
    (CampaignState.PAUSED, Order.BEGIN): CampaignState.RUNNING,
    (CampaignState.FINISHED, Order.BEGIN): CampaignState.RUNNING,
    (CampaignState.RUNNING, Order.PAUSE): CampaignState.PAUSED,
    (CampaignState.RUNNING, Order.FINISH): CampaignState.FINISHED,
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
