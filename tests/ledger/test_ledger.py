"""A campaign's way through the ledger, on SQLite and on PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert

from digest import ledger
from digest.errors import UnknownName
from digest.ledger import Claim, Times
from digest.ledger.transitions import BatchState
from digest.model import CampaignState
from digest.store import Database
from subscribers.tables import subscriber, suppression
from tests.ledger.desk import (
    EMAIL,
    LATER,
    LOST,
    NO,
    START,
    YES,
    Desk,
    adds_up,
    recipient,
)

LEASE = timedelta(seconds=Times().lease)


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


def test_the_first_email_stays(desk: Desk) -> None:
    """An issue has one campaign: made again, it is the same, with its first e-mail."""
    again = desk.create("friends", email=replace(EMAIL, subject="changed"))
    assert again == desk.campaign
    with desk.database.read() as connection:
        assert ledger.stored_email(connection, desk.campaign) == EMAIL


def test_no_campaign_is_one_line(database: Database) -> None:
    """A campaign that is not there is an error with a name."""
    with database.read() as connection, pytest.raises(UnknownName, match="campaign 9"):
        ledger.stored_email(connection, 9)


def test_an_issue_without_campaign(database: Database) -> None:
    """Before a send, all figures are zero, and there is no campaign to have a state."""
    with database.read() as connection:
        status = ledger.status(connection, 7)
    assert (status.state, status.planned) == (None, 0)


def test_a_plan_holds_everybody_once(desk: Desk) -> None:
    """Who comes up twice in the stream is planned once, in batches of full size."""
    assert desk.plan([*range(1, 2501), 7, 7, 2500]) == 2500
    desk.begin()
    claims = [desk.take() for _ in range(3)]
    assert [len(claim.recipients) for claim in claims] == [1000, 1000, 500]
    reached = [person.id for claim in claims for person in claim.recipients]
    assert reached == list(range(1, 2501))


def test_a_second_plan_takes_only_the_new(desk: Desk) -> None:
    """`send` again reaches people who are not in the campaign yet."""
    desk.plan(range(1, 6))
    assert desk.plan(range(3, 9)) == 3
    desk.begin()
    ids = [[person.id for person in desk.take().recipients] for _ in range(2)]
    assert ids == [[1, 2, 3, 4, 5], [6, 7, 8]]


def test_the_check_asks_for_every_list(desk: Desk) -> None:
    """A campaign sent to a second list asks for both before a hand-over."""
    desk.plan([1])
    desk.create("friends", "readers")
    desk.begin()
    desk.take()
    assert desk.lists == ["readers", "friends"]


def test_who_waits_is_counted_without_being_claimed(desk: Desk) -> None:
    """What is planned and not handed over, less who has left; nothing is changed."""
    desk.plan(range(1, 6), size=2)
    desk.begin()
    desk.record(desk.take(), YES)
    desk.gone = {4, 5}
    with desk.database.read() as connection:
        waiting = ledger.waiting(connection, desk.campaign, desk.load, ["friends"])
    assert (waiting.moments, waiting.batches) == ({None: 1}, 1)
    assert desk.lists == ["readers", "friends"]
    assert desk.status.batches == {"accepted": 1, "planned": 2}


def test_nothing_is_claimed_before_the_start(desk: Desk) -> None:
    """A draft and a paused campaign give no batch away."""
    desk.plan([1, 2], size=1)
    assert desk.claim() is None
    desk.begin()
    assert desk.claim() is not None
    desk.pause("401 no")
    assert desk.claim() is None
    assert (desk.status.state, desk.status.reason) == (CampaignState.PAUSED, "401 no")


def test_a_claim_is_in_the_database_before_anything_leaves(desk: Desk) -> None:
    """What was claimed is unsettled, by name, before it has an outcome."""
    desk.plan([1, 2, 3])
    desk.begin()
    claim = desk.take()
    (doubt,) = desk.status.doubts
    assert (doubt.attempt, doubt.batch) == (claim.attempt, claim.batch)
    assert (doubt.recipients, doubt.state) == (3, BatchState.SENDING)
    assert doubt.began_at == START


def test_who_left_is_excluded_with_the_reason(desk: Desk) -> None:
    """People who left after the plan get nothing, and are counted by why."""
    keys = [f"reader{number}@example.org" for number in range(1, 6)]
    with desk.database.write() as connection:
        for number, key in enumerate(keys, 1):
            connection.execute(
                insert(subscriber).values(
                    id=number, key=key, email=key, name="", created_at=START
                )
            )
        connection.execute(
            insert(suppression).values(
                key=keys[0], list_id=0, reason="bounce", at=START, source=""
            )
        )
    desk.plan([1, 2, 3, 4, 99])
    desk.begin()
    desk.gone = {1, 2, 99}
    claim = desk.take()
    assert [person.id for person in claim.recipients] == [3, 4]
    desk.record(claim, YES)
    assert desk.status.excluded == {"bounce": 1, "unsubscribed": 1, "erased": 1}
    assert desk.status.accepted == 2
    assert adds_up(desk.status)


def test_a_batch_that_everybody_left(desk: Desk) -> None:
    """Nothing is handed over, nobody is in doubt, and the campaign ends."""
    desk.plan([1, 2])
    desk.begin()
    desk.gone = {1, 2}
    assert desk.take().recipients == ()
    desk.conclude()
    assert desk.status.excluded == {"erased": 2}
    assert desk.status.batches == {"dropped": 1}
    assert desk.status.state is CampaignState.FINISHED
    assert adds_up(desk.status)


def test_a_postponed_batch_comes_again(desk: Desk) -> None:
    """A refusal for now plans the batch again, as another attempt."""
    desk.plan([1])
    desk.begin()
    first = desk.take()
    desk.record(first, LATER)
    assert desk.status.pending == 1
    second = desk.take()
    assert second.batch == first.batch
    assert second.attempt != first.attempt


def test_who_left_before_the_second_attempt(desk: Desk) -> None:
    """Each attempt asks anew who has left."""
    desk.plan([1, 2])
    desk.begin()
    desk.gone = {1}
    desk.record(desk.take(), LATER)
    assert desk.status.excluded == {}
    desk.gone = {1, 2}
    assert desk.take().recipients == ()
    assert desk.status.excluded == {"erased": 2}


def test_a_certain_refusal_is_named(desk: Desk) -> None:
    """Who was refused counts as failed, by the provider's reason."""
    desk.plan([1, 2, 3])
    desk.begin()
    desk.record(desk.take(), NO)
    desk.conclude()
    assert desk.status.failed == {"400 bad address": 3}
    assert desk.status.state is CampaignState.FINISHED


def test_the_unknown_stops_the_campaign_by_name(desk: Desk) -> None:
    """With a batch that nobody knows of, the campaign is paused and says so."""
    desk.plan([1, 2], size=1)
    desk.begin()
    desk.record(desk.take(), YES)
    desk.record(desk.take(), LOST)
    desk.conclude()
    assert desk.status.state is CampaignState.PAUSED
    assert desk.status.reason == "unsettled: 1 of 2 batches"
    assert [doubt.reason for doubt in desk.status.doubts] == ["connection reset"]


def test_a_late_answer_for_a_settled_attempt_changes_nothing(desk: Desk) -> None:
    """The second of two outcomes is told that it comes too late."""
    desk.plan([1])
    desk.begin()
    claim = desk.take()
    assert desk.record(claim, YES)
    assert not desk.record(claim, NO)
    assert not desk.record(claim, LOST)
    assert desk.status.accepted == 1


def test_an_older_attempt_cannot_touch_a_newer(desk: Desk) -> None:
    """Rule 2: an answer to attempt 1 finds no batch of its own any more."""
    desk.plan([1])
    desk.begin()
    first = desk.take()
    desk.record(first, LATER)
    desk.take()
    assert not desk.record(first, YES)
    assert desk.status.unsettled == 1


def test_a_living_process_keeps_its_attempt(desk: Desk) -> None:
    """Another `send` gives up only what is older than a hand-over can be."""
    desk.plan([1])
    desk.begin()
    claim = desk.take()
    assert desk.expire(LEASE - timedelta(seconds=1)) == 0
    assert desk.expire(timedelta(seconds=1)) == 1
    assert desk.status.batches == {"unknown": 1}
    assert desk.claim() is None, "the unknown is not handed over again"
    assert desk.record(claim, YES), "its process lived after all: a yes is a yes"
    assert desk.status.accepted == 1


def test_a_campaign_begins_again_for_new_people(desk: Desk) -> None:
    """A finished campaign takes those who joined the list since."""
    desk.plan([1])
    desk.begin()
    desk.record(desk.take(), YES)
    desk.conclude()
    desk.plan([1, 2])
    desk.begin()
    assert [person.id for person in desk.take().recipients] == [2]


def test_it_is_not_over_while_another_process_sends(desk: Desk) -> None:
    """A campaign with a batch under way is neither finished nor paused."""
    desk.plan([1])
    desk.begin()
    desk.take()
    desk.conclude()
    assert desk.status.state is CampaignState.RUNNING


def test_who_takes_a_break_is_left_out_as_paused(desk: Desk) -> None:
    """Also between the plan and the hand-over; a break that is over is none."""
    with desk.database.write() as connection:
        for number, until in ((1, timedelta(days=1)), (2, timedelta(days=-1))):
            row = {"id": number, "key": f"{number}", "email": f"{number}", "name": ""}
            row |= {"created_at": START, "paused_until": START + until}
            connection.execute(insert(subscriber).values(row))
    desk.plan([1, 2, 3])
    desk.begin()
    desk.gone = {1, 2, 3}
    desk.take()
    assert desk.status.excluded == {"paused": 1, "unsubscribed": 1, "erased": 1}


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("plan"), st.lists(st.integers(1, 30), max_size=8)),
        st.tuples(st.just("leave"), st.integers(1, 30)),
        st.tuples(st.just("claim"), st.none()),
        st.tuples(
            st.just("answer"),
            st.tuples(st.integers(0, 9), st.sampled_from([YES, NO, LATER, LOST])),
        ),
        st.tuples(st.just("expire"), st.none()),
        st.tuples(st.just("conclude"), st.none()),
    ),
    max_size=30,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_the_figures_add_up_at_every_moment(
    sqlite_database: Database, steps: list[tuple[str, object]]
) -> None:
    """Whatever happens in whatever order: the sum holds, and nobody goes out twice."""
    _numbers[0] += 1
    desk = Desk(sqlite_database, _numbers[0])
    claims: list[Claim] = []
    accepted: list[int] = []
    for step, value in steps:
        desk.begin()
        match step, value:
            case "plan", list(ids):
                desk.plan(ids, size=3)
            case "leave", int(number):
                desk.gone.add(number)
            case "claim", _:
                claims += [claim] if (claim := desk.claim()) else []
            case "answer", (int(index), outcome) if claims:
                claim = claims[index % len(claims)]
                if desk.record(claim, outcome) and outcome is YES:  # type: ignore[arg-type]
                    accepted += [person.id for person in claim.recipients]
            case "expire", _:
                desk.expire(LEASE)
            case "conclude", _:
                desk.conclude()
        assert adds_up(desk.status)
        assert desk.status.accepted == len(accepted) == len(set(accepted))


_numbers = [1000]


def test_two_processes_share_the_batches(desk: Desk) -> None:
    """Two claims at the same time never get the same batch."""
    desk.plan(range(1, 7), size=2)
    desk.begin()
    first, second = desk.take(), desk.take()
    assert not set(first.recipients) & set(second.recipients)
    assert first.recipients == (recipient(1), recipient(2))
