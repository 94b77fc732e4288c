"""The loop that sends: take a batch, hand it over, write down what came of it.

Its order is what makes a crash harmless: the attempt is committed before the
first byte leaves, and the outcome after the answer; what lies between is named.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import datetime

from digest import ledger
from digest.delivery.transport import Handover, Transport
from digest.errors import DeliveryError
from digest.ledger import Claim, IdSet, Loader, cut
from digest.model import AttemptState, Email, Outcome
from digest.store import Database
from subscribers.model import Recipient

#: so often is a batch that was refused for now tried again before the campaign stops
PATIENCE = 5
#: the longest wait that a provider's "too many requests" is taken at its word for
LONGEST_WAIT = 300.0

#: (people in the batch, what became of it)
Progress = Callable[[int, Outcome], None]


class Pacer:
    """Waits so that calls come at most so often a second."""

    def __init__(
        self,
        per_second: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._interval = 1 / per_second
        self._clock = clock
        self.sleep = sleep
        self._next = clock()

    def wait(self) -> None:
        """Return when the next call may begin."""
        now = self._clock()
        if now < self._next:
            self.sleep(self._next - now)
        self._next = max(now, self._next) + self._interval


def send_campaign(
    database: Database,
    campaign_id: int,
    transport: Transport,
    loader: Loader,
    *,
    now: Callable[[], datetime],
    progress: Progress,
    pacer: Pacer,
) -> None:
    """Hand over every planned batch of a campaign.

    Ends with the campaign finished, or paused with the reason. What is unknown
    afterwards is never handed over again by this; `ledger.status` names it.
    """
    if transport.rehearsal:
        raise ValueError(f"{transport.name} reaches nobody: rehearse() with it")
    with database.write() as connection:
        ledger.expire(connection, campaign_id, now())
        ledger.begin(connection, campaign_id)
        email = ledger.stored_email(connection, campaign_id)
    refusals = 0
    while True:
        # The check of a claim must be fresh when the request leaves (rule 4), so
        # the waiting is done before.
        pacer.wait()
        with database.write() as connection:
            batch = ledger.claim(connection, campaign_id, loader, now())
        if batch is None:
            break
        if not batch.recipients:
            continue
        outcome, stop = _hand_over(transport, batch, email)
        wait = outcome.retry_after
        refusals = 0 if wait is None else refusals + 1
        if wait is not None and (refusals == PATIENCE or wait > LONGEST_WAIT):
            stop = stop or outcome.reason
        with database.write() as connection:
            ledger.record(connection, batch.attempt, outcome, now())
            if stop:
                ledger.pause(connection, campaign_id, stop)
        progress(len(batch.recipients), outcome)
        if wait and not stop:
            pacer.sleep(wait)
    with database.write() as connection:
        ledger.conclude(connection, campaign_id)


def _hand_over(transport: Transport, batch: Claim, email: Email) -> tuple[Outcome, str]:
    """What became of the batch, and why the campaign must stop, if it must."""
    handover = Handover(
        attempt=str(batch.attempt), email=email, recipients=batch.recipients
    )
    try:
        return transport.send(handover), ""
    except DeliveryError as error:
        reason = str(error)
        refused = Outcome(state=AttemptState.REFUSED, reason=reason, retry_after=0)
        return refused, reason


def rehearse(
    transport: Transport,
    email: Email,
    people: Iterable[Recipient],
    name: str,
    progress: Progress,
) -> int:
    """Hand over to a transport that reaches nobody; how many people there were.

    There is no campaign, so nobody counts as reached. `name` stands before the
    number of the batch in the names of what is written.
    """
    seen = IdSet()
    some = (person for person in people if seen.add(person.id))
    count = 0
    for number, recipients in enumerate(cut(some), 1):
        handover = Handover(
            attempt=f"{name}-{number}", email=email, recipients=recipients
        )
        progress(len(recipients), transport.send(handover))
        count += len(recipients)
    return count
