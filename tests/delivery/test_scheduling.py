"""SendGrid's scheduled sends: what it says, and what that proves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from digest.delivery.account import Account
from digest.delivery.scheduling import ProviderClock, Scheduling
from digest.errors import DeliveryError, TryAgain
from tests.delivery.conftest import OPENAPI, SCHEDULED, Prism
from tests.delivery.fake_sendgrid import FakeSendGrid, Fault, refusal
from tests.delivery.office import LOST, START, Office, serving
from tests.delivery.samples import sendgrid_config

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)


def scheduling(url: str, steady: float = 0) -> Scheduling:
    return Scheduling(Account(sendgrid_config(url)), ProviderClock(lambda: steady))


@pytest.fixture
def office() -> Iterator[tuple[Office, Scheduling]]:
    office = Office()
    with serving(office) as url:
        yield office, scheduling(url)


# --- Its own description --------------------------------------------------------------


@pytest.mark.needs("prism")
def test_an_id_by_the_description(prism_server: Prism) -> None:
    """Prism takes the call, and we its example."""
    assert scheduling(prism_server.url).new_id()


@pytest.mark.needs("prism")
def test_a_cancel_by_the_description(prism_scheduled: Prism) -> None:
    """The calls are as SendGrid describes them; a 201 with a date is a proof."""
    found = scheduling(prism_scheduled.url)
    assert isinstance(found.cancellations(), set)
    answer = found.cancel("HkJ5yLYULb7Rj8GKSx7u025ouWVlMgAi")
    assert answer.proof
    assert abs(answer.proof - datetime.now(UTC)) < timedelta(minutes=1)


@pytest.mark.parametrize("method", ["post", "get"])
def test_the_stand_in_answers_as_described(
    office: tuple[Office, Scheduling], method: str
) -> None:
    """What our tests' SendGrid says is what SendGrid's description allows."""
    stand_in, found = office
    stand_in.cancel(found.new_id())
    if method == "post":
        reply = stand_in.cancel(found.new_id())
        assert reply
        status, content, _ = reply
    else:
        status, content = 200, stand_in.scheduled()
    assert schema(SCHEDULED, "/v3/user/scheduled_sends", method, status).is_valid(
        content
    )


def test_ids_as_described() -> None:
    """The stand-in's ids are such as SendGrid's."""
    described = schema(OPENAPI, "/v3/mail/batch", "post", 201)
    assert described.is_valid({"batch_id": Office().new_id()})
    assert not described.is_valid({"batch_id": 5})


def schema(file: Path, path: str, method: str, status: int) -> Any:
    """What may be in the body of an answer."""
    document = json.loads(file.read_text("utf-8"))
    answer = document["paths"][path][method]["responses"][str(status)]
    while "$ref" in answer:
        found: Any = document
        for part in answer["$ref"].split("/")[1:]:
            found = found[part]
        answer = found
    body = answer["content"]["application/json"]["schema"]
    return jsonschema_rs.Draft202012Validator(
        {**body, "components": document["components"]}
    )


# --- What proves that a wave was taken back -------------------------------------------


def test_cancelled_and_shown(office: tuple[Office, Scheduling]) -> None:
    """A 201 proves it; so does a 400 where it is shown as cancelled."""
    stand_in, found = office
    one = found.new_id()
    at = datetime.fromtimestamp(START, UTC)
    assert found.cancel(one).proof == at
    stand_in.advance(START + 60)
    assert found.cancel(one).proof == at + timedelta(seconds=60)
    assert found.cancellations() == {one}


def test_max_limit_reached(office: tuple[Office, Scheduling]) -> None:
    """A 400 where it is not shown proves nothing."""
    stand_in, found = office
    for _ in range(10):
        stand_in.cancel(stand_in.new_id())
    answer = found.cancel(found.new_id())
    assert (answer.proof, answer.reason) == (None, "400 max limit reached")


def test_a_lost_answer(office: tuple[Office, Scheduling]) -> None:
    """It proves nothing; asked again, it is shown."""
    stand_in, found = office
    one = found.new_id()
    stand_in.cancel_faults = [LOST]
    assert found.cancel(one).proof is None
    assert found.cancel(one).proof


@pytest.mark.parametrize(
    "fault",
    [
        Fault(status=201, body="{}", headers={"Date": "yesterday"}),
        Fault(status=200, body="{}"),
        Fault(status=502, body="<html>"),
        refusal(401, "no"),
        refusal(429, "slow down"),
        Fault(),
    ],
    ids=["no moment", "200", "502", "401", "429", "broken"],
)
def test_everything_else_proves_nothing(fake: FakeSendGrid, fault: Fault) -> None:
    """Neither what is not SendGrid's nor what bears no time."""
    fake.will(*[fault] * 3)
    answer = scheduling(fake.url).cancel("x")
    assert answer.proof is None
    assert answer.reason


# --- Where it cannot be asked ---------------------------------------------------------


@pytest.mark.parametrize("fault", [Fault(), refusal(429, "slow"), Fault(status=503)])
def test_not_now(fake: FakeSendGrid, fault: Fault) -> None:
    """No answer, a limit, an outage: to be tried again."""
    fake.will(fault)
    with pytest.raises(TryAgain, match="id for a wave"):
        scheduling(fake.url).new_id()


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (refusal(403, "access forbidden"), "mail.batch.*--mode direct"),
        (Fault(status=201, body="<html>"), r"is sendgrid\.host right"),
        (Fault(status=201, body="{}"), r"is sendgrid\.host right"),
    ],
)
def test_not_at_all(fake: FakeSendGrid, fault: Fault, words: str) -> None:
    """A key without the right, or somebody else's server: in one line."""
    fake.will(fault)
    with pytest.raises(DeliveryError, match=words):
        scheduling(fake.url).new_id()


# --- Its time -------------------------------------------------------------------------


def test_its_time_is_never_too_early() -> None:
    """The date of an answer, and what has gone by since its request left."""
    seconds = 100.0
    clock = ProviderClock(lambda: seconds)
    assert clock.now() is None
    clock.note(NOW, asked=90)
    assert clock.now() == NOW + timedelta(seconds=11)
    seconds = 160
    assert clock.now() == NOW + timedelta(seconds=71)
    clock.note(None, asked=160)
    assert clock.now() == NOW + timedelta(seconds=71)
