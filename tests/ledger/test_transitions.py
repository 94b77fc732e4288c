"""What follows from what: the tables, without a database."""

from __future__ import annotations

from itertools import permutations

import pytest

from digest.ledger.transitions import ATTEMPT, BATCH, BatchState, Event, event_of, moves
from digest.model import AttemptState, Outcome

ANSWERS = (Event.ACCEPTED, Event.REFUSED, Event.POSTPONED, Event.LOST)


def after(state: BatchState, *events: Event) -> BatchState:
    for event in events:
        state = BATCH.get((state, event), state)
    return state


@pytest.mark.parametrize("order", list(permutations([Event.LOST, Event.ACCEPTED])))
def test_a_late_yes_wins_over_a_lost_answer(order: tuple[Event, Event]) -> None:
    """Accepted and lost give accepted, in either order."""
    assert after(BatchState.SENDING, *order) is BatchState.ACCEPTED


#: what an operator, or the taking back of a wave, does to what is settled
MEANT = {Event.RECALLED, Event.RETRIED}


@pytest.mark.parametrize("event", sorted(set(Event) - MEANT))
@pytest.mark.parametrize(
    "final",
    [
        BatchState.ACCEPTED,
        BatchState.REJECTED,
        BatchState.DROPPED,
        BatchState.SPLIT,
    ],
)
def test_what_is_settled_stays(final: BatchState, event: Event) -> None:
    """Nothing that happens later by itself changes an outcome."""
    assert after(final, event) is final


@pytest.mark.parametrize(
    "event", [Event.ACCEPTED, Event.REFUSED, Event.POSTPONED, Event.PROCESSED]
)
def test_what_is_taken_back_is_not_accepted(event: Event) -> None:
    """Neither an answer nor word from before it goes out counts any more (rule 8)."""
    assert after(BatchState.CANCELLING, event) is BatchState.CANCELLING


@pytest.mark.parametrize("event", [Event.LOST, Event.CLAIMED, Event.EMPTIED])
def test_the_unknown_is_never_planned_again(event: Event) -> None:
    """Only a certain refusal gives an unknown batch back."""
    assert after(BatchState.UNKNOWN, event) is BatchState.UNKNOWN


@pytest.mark.parametrize("event", ANSWERS)
def test_batch_and_attempt_move_together(event: Event) -> None:
    """An event that moves an attempt moves its batch, out of the same states."""
    attempts, _ = moves(ATTEMPT, event)
    batches, _ = moves(BATCH, event)
    assert set(map(str, attempts)) == set(map(str, batches))


@pytest.mark.parametrize(
    ("outcome", "event"),
    [
        (Outcome(state=AttemptState.ACCEPTED), Event.ACCEPTED),
        (Outcome(state=AttemptState.UNKNOWN), Event.LOST),
        (Outcome(state=AttemptState.REFUSED), Event.REFUSED),
        (Outcome(state=AttemptState.REFUSED, retry_after=0), Event.POSTPONED),
    ],
)
def test_an_outcome_is_an_event(outcome: Outcome, event: Event) -> None:
    """A refusal that may be tried again is another event than one that may not."""
    assert event_of(outcome) is event
