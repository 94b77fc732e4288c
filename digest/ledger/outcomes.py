"""What follows from evidence: settled attempts, alarms, figures, the stop rule.

Rule 16 of design/delivery.md. Locks are taken in the order campaign, wave, attempt,
batch, as everywhere in the ledger; those of `evidence` come before them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, case, delete, func, insert, select, update

from digest.ledger.evidence import Folded
from digest.ledger.orders import conclude
from digest.ledger.transitions import ATTEMPT, BATCH, CAMPAIGN, Event, Order, moves
from digest.model import AttemptState
from digest.store.tables import attempt, batch, campaign, event, evidence
from subscribers.tables import mark

#: in these, that mail has gone out may be an alarm
RECALLED = (AttemptState.CANCELLING, AttemptState.CANCELLED)
#: what evidence can still change, or contradict
OPEN = (AttemptState.SENDING, AttemptState.UNKNOWN, *RECALLED)
#: batches that an alarm names
NAMED = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What came of a payload's evidence.

    `attempts` are accepted now; `alarms` are batches of which something has gone out
    though they were taken back.
    """

    attempts: tuple[int, ...] = ()
    alarms: tuple[int, ...] = ()


def settle(connection: Connection, folded: Sequence[Folded], now: datetime) -> Settled:
    """Accept the attempts that evidence shows to have arrived, and raise alarms.

    One that is being taken back is accepted once each of its people is accounted for:
    a cancel that came late may have stopped some of them (rule 14). That anything of
    one that was taken back has gone out breaks assumption A1: its campaign pauses.
    """
    undecided = [each for each in folded if each.of.state in OPEN]
    if not undecided:
        return Settled()
    _lock_campaigns(connection, {each.of.campaign for each in undecided})
    states = _lock_attempts(connection, [each.of.id for each in undecided])
    by_event: dict[Event, list[int]] = defaultdict(list)
    alarmed = []
    for each in undecided:
        state = states.get(each.of.id)
        if state is AttemptState.CANCELLED and each.newly_out:
            alarmed.append(each.of)
        elif state and (why := _arrived(each, state)):
            by_event[why].append(each.of.id)
    for why, attempts in by_event.items():
        _accept(connection, why, attempts, now)
    for number in sorted({one.campaign for one in alarmed}):
        alarm(connection, number)
    accepted = {one for attempts in by_event.values() for one in attempts}
    of = {each.of.campaign for each in undecided if each.of.id in accepted}
    for number in sorted(of):
        conclude(connection, number)
    return Settled(
        attempts=tuple(one for attempts in by_event.values() for one in attempts),
        alarms=tuple(one.batch for one in alarmed),
    )


def _lock_attempts(
    connection: Connection, attempts: Collection[int]
) -> dict[int, AttemptState]:
    """The states of those attempts that are open to evidence; they stay so.

    Of a batch only the newest attempt can be accepted by it: the next one is not made
    before this one is dead (rule 1).
    """
    rows = connection.execute(
        select(*attempt.c["id", "state"])
        .where(attempt.c.id.in_(attempts), attempt.c.state.in_(OPEN))
        .order_by(attempt.c.id)
        .with_for_update()
    )
    return {number: AttemptState(state) for number, state in rows}


def _lock_campaigns(connection: Connection, numbers: Collection[int]) -> None:
    connection.execute(
        select(campaign.c.id)
        .where(campaign.c.id.in_(numbers))
        .order_by(campaign.c.id)
        .with_for_update()
    ).all()


def _arrived(each: Folded, state: AttemptState) -> Event | None:
    """What its evidence comes to for an attempt; None where it is not enough."""
    known = each.evidence
    if state is AttemptState.CANCELLING:
        everybody = known.accounted_for >= each.of.people
        return Event.DELIVERED if known.gone_out and everybody else None
    if state is AttemptState.CANCELLED or not known.arrived:
        return None
    return Event.PROCESSED


def _accept(
    connection: Connection, why: Event, attempts: Sequence[int], now: datetime
) -> None:
    """Move attempts, and then their batches, as the event moves them."""
    before, after = moves(ATTEMPT, why)
    connection.execute(
        update(attempt)
        .where(attempt.c.id.in_(attempts), attempt.c.state.in_(before))
        .values(state=after, reason="its events came back", ended_at=now)
    )
    before_batch, after_batch = moves(BATCH, why)
    theirs = select(attempt.c.batch_id).where(attempt.c.id.in_(attempts))
    connection.execute(
        update(batch)
        .where(batch.c.id.in_(theirs), batch.c.state.in_(before_batch))
        .values(state=after_batch)
    )


def alarm(connection: Connection, campaign_id: int) -> Sequence[int]:
    """The batches that were taken back for certain, and of which mail has gone out.

    Where there are any, the campaign pauses, and names them; one that cannot be paused
    any more has them as its reason.
    """
    batches = connection.scalars(
        select(attempt.c.batch_id)
        .join_from(attempt, evidence)
        .join(batch)
        .where(batch.c.campaign_id == campaign_id)
        .where(attempt.c.state == AttemptState.CANCELLED)
        .where(evidence.c.gone_out_people > 0)
        .order_by(attempt.c.batch_id)
        .distinct()
    ).all()
    if not batches:
        return ()
    more = f" and {len(batches) - NAMED} more" if len(batches) > NAMED else ""
    names = ", ".join(map(str, batches[:NAMED])) + more
    reason = (
        f"alarm: mail of batch {names} has gone out though SendGrid had taken it back, "
        "so it may go out twice; see docs/events.md before you resume"
    )
    before, after = moves(CAMPAIGN, Order.PAUSE)
    state = case((campaign.c.state.in_(before), after), else_=campaign.c.state)
    connection.execute(
        update(campaign)
        .where(campaign.c.id == campaign_id)
        .values(state=state, reason=reason)
    )
    return batches


# --- Figures ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """People of a campaign, each counted once for a thing.

    Who was only seen by a program (a mail client that loads pictures for everybody, a
    scanner of links) counts as `opened_by_machine`, `clicked_by_machine`.
    """

    #: people of attempts of which something has gone out
    handed_over: int = 0
    delivered: int = 0
    deferred: int = 0
    bounced: int = 0
    rejected: int = 0
    opened: int = 0
    opened_by_machine: int = 0
    clicked: int = 0
    clicked_by_machine: int = 0
    complained: int = 0
    unsubscribed: int = 0


#: the columns of `event` in the words of `digest.events.naming`
COUNTED = ("deferred", "bounced", "rejected", "complained", "unsubscribed")
BY_READERS = ("opened", "clicked")


def figures(connection: Connection, campaign_id: int) -> Figures:
    """What came back of a campaign; of events that were forgotten nothing is known."""
    counts = _people(connection, campaign_id, (*COUNTED, *BY_READERS))
    handed_over, delivered = _out(connection, campaign_id)
    machines = {f"{name}_by_machine": counts[name, True] for name in BY_READERS}
    humans = {name: counts[name, False] for name in BY_READERS}
    others = {name: counts[name, True] + counts[name, False] for name in COUNTED}
    return Figures(
        handed_over=handed_over, delivered=delivered, **others, **humans, **machines
    )


def _people(
    connection: Connection, campaign_id: int, kinds: Iterable[str]
) -> dict[tuple[str, bool], int]:
    """How many people have an event of a kind; and whether only a program's."""
    by_person = (
        select(
            event.c.event,
            func.min(case((event.c.machine, 1), else_=0)).label("machine"),
        )
        .where(event.c.campaign_id == campaign_id, event.c.event.in_(kinds))
        .group_by(event.c.event, event.c.subscriber_id)
        .subquery()
    )
    kind, machine = by_person.c
    rows = connection.execute(
        select(kind, machine, func.count()).group_by(kind, machine)
    )
    counts: dict[tuple[str, bool], int] = defaultdict(int)
    for name, by_machine, people in rows:
        counts[name, bool(by_machine)] = people
    return counts


def _out(connection: Connection, campaign_id: int) -> tuple[int, int]:
    """People of attempts of which something has gone out, and to how many it came."""
    # an attempt older than `attempt.people` was for all of its batch
    people = case((attempt.c.people > 0, attempt.c.people), else_=batch.c.size)
    row = connection.execute(
        select(func.sum(people), func.sum(evidence.c.delivered_people))
        .join_from(evidence, attempt)
        .join(batch)
        .where(batch.c.campaign_id == campaign_id, evidence.c.gone_out_people > 0)
    ).one()
    return int(row[0] or 0), int(row[1] or 0)


# --- The stop rule ------------------------------------------------------------------


#: how the reason begins of a campaign that readers stopped
STOP_RULE = "stop rule:"


class Limit(NamedTuple):
    """At least so many people, and more than this share of those it went out to."""

    event: str
    least: int
    share: float


#: Google wants fewer complaints than 0.3 %: https://support.google.com/a/answer/81126;
#: providers stop who sends to lists of which 5 % bounce
LIMITS = (Limit("bounced", 20, 0.05), Limit("complained", 3, 0.003))


def stopping(connection: Connection, campaign_id: int) -> str | None:
    """Why a campaign must not go on; None while it may.

    Shares are of the people of attempts of which something has gone out: what is staged
    for later says nothing of how good the addresses are.
    """
    if connection.scalar(select(mark.c.name).where(mark.c.name == _off(campaign_id))):
        return None
    counts = {limit: _count(connection, campaign_id, limit.event) for limit in LIMITS}
    if not any(people >= limit.least for limit, people in counts.items()):
        return None  # as nearly always: the sum is not needed
    handed_over, _ = _out(connection, campaign_id)
    for limit, people in counts.items():
        if people >= limit.least and people > limit.share * handed_over:
            return (
                f"{STOP_RULE} {people} of {handed_over} people {limit.event}, "
                f"more than {limit.share:.1%}"
            )
    return None


def lift_stop_rule(connection: Connection, campaign_id: int) -> None:
    """Let a campaign go on whatever its readers say: somebody has looked at it."""
    name = _off(campaign_id)
    connection.execute(delete(mark).where(mark.c.name == name))
    connection.execute(insert(mark).values(name=name, value="off"))


def _off(campaign_id: int) -> str:
    return f"stop rule of campaign {campaign_id}"


def _count(connection: Connection, campaign_id: int, kind: str) -> int:
    """How many people have an event of a kind, by the index alone."""
    people = func.count(event.c.subscriber_id.distinct())
    query = select(people).where(
        event.c.campaign_id == campaign_id, event.c.event == kind
    )
    return connection.scalar(query) or 0
