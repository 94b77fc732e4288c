"""Our account at SendGrid: the same calls, to Prism and to our own stand-in."""

from __future__ import annotations

import json
import logging
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from digest.delivery.account import Account
from digest.delivery.mail import Mail, mail_request
from digest.errors import DeliveryError, TryAgain
from subscribers.syncing import Listed
from tests.delivery.conftest import Prism
from tests.delivery.fake_sendgrid import LISTS, FakeSendGrid, Fault, refusal
from tests.delivery.samples import CONFIG, sendgrid_config, settings

NOW = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
GROUP = 7


def account(url: str) -> Account:
    return Account(sendgrid_config(url), timeout=5)


def _fake(request: pytest.FixtureRequest) -> str:
    fake: FakeSendGrid = request.getfixturevalue("fake")
    for name in LISTS:
        fake.list(name, "ann@example.com")
    fake.groups[GROUP] = ["ann@example.com"]
    return fake.url


def _prism(request: pytest.FixtureRequest) -> str:
    prism: Prism = request.getfixturevalue("prism_suppressions")
    return prism.url


@pytest.fixture(params=[_fake, pytest.param(_prism, marks=pytest.mark.needs("prism"))])
def peer(request: pytest.FixtureRequest) -> Account:
    """SendGrid's description of itself, and our stand-in, which must do the same."""
    return account(request.param(request))


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("start", [None, datetime(2020, 1, 1, tzinfo=UTC)])
def test_a_list_is_read(peer: Account, name: str, start: datetime | None) -> None:
    """Each list gives people, from the beginning or from a moment on."""
    read = [each for page in peer.listed(name, start, NOW) for each in page]
    assert read
    assert all("@" in each.email and each.at <= NOW for each in read)


def test_a_group_is_read(peer: Account) -> None:
    """A group gives addresses."""
    assert all("@" in each for each in peer.group(GROUP))


@pytest.mark.parametrize("group", [None, GROUP])
def test_somebody_is_suppressed_and_allowed(peer: Account, group: int | None) -> None:
    """Into a group and out of it, onto the list for all mail and off it."""
    told = peer.suppress(["bob+1@example.com", "cleo@example.com"], group)
    assert told.ok, told.reason
    allowed = peer.allow("bob+1@example.com", group)
    assert allowed.ok, allowed.reason


@pytest.mark.needs("prism")
def test_a_mail_is_sent(prism_server: Prism) -> None:
    """A single mail is what SendGrid describes, with and without all it may have."""
    asked = Mail(
        to="ann@example.com",
        name="Zoë; the, one",
        subject="Is this you?",
        text="Yes: https://example.org/confirm/x",
        html="<p>Yes</p>",
        headers={"X-Entity-Ref-ID": "1"},
        bypass_unsubscribe=True,
    )
    plain = Mail(to="ann@example.com", subject="Hello", text="Hello")
    at_prism = account(prism_server.url)
    for mail in (asked, plain):
        reply = at_prism.send(mail_request(mail, CONFIG))
        assert reply.status == 202, reply.reason


def test_pages_make_up_the_list(fake: FakeSendGrid) -> None:
    """A thousand entries of one second come once each; the last page is full."""
    emails = [f"reader{number}@example.com" for number in range(1000)]
    fake.lists["bounces"] = [{"email": one, "created": 1_700_000_000} for one in emails]
    pages = list(account(fake.url).listed("bounces", None, NOW))
    assert [len(page) for page in pages] == [500, 500]
    assert sorted(each.email for page in pages for each in page) == sorted(emails)


def test_a_page_that_comes_again_is_an_error(fake: FakeSendGrid) -> None:
    """Whoever ignores the offset would be read for ever, or not to the end."""
    page = "[" + ",".join(['{"email": "a@example.com", "created": 1}'] * 500) + "]"
    fake.will(*[Fault(status=200, body=page)] * 3)
    with pytest.raises(DeliveryError, match="gives a page of its blocks twice"):
        list(account(fake.url).listed("blocks", None, NOW))


def test_entries_without_address_or_moment(fake: FakeSendGrid) -> None:
    """What makes no sense is an entry without an address, or of now."""
    page = [
        {"email": "ann@example.com", "created": 10**30},
        {"email": "bob@example.com", "created": "soon"},
        {"email": "cleo@example.com"},
        {"email": None, "created": 1},
        {"created": 2},
        "dora@example.com",
    ]
    fake.will(Fault(status=200, body=json.dumps(page)))
    [read] = account(fake.url).listed("bounces", None, NOW)
    names = ["ann", "bob", "cleo"]
    assert read[:3] == [Listed(email=f"{one}@example.com", at=NOW) for one in names]
    assert [each.email for each in read[3:]] == ["", "", ""]


BUSY = [
    (refusal(429, "too many requests", Retry_After="42"), "after 42 s"),
    (refusal(500, "oops"), "500 oops; try again"),
    (Fault(status=503), "503"),
    (Fault(), "try again"),
]
REFUSED = [
    (refusal(401, "authorization required"), "401 authorization required"),
    (refusal(403, "access forbidden"), "right to read suppressions"),
    (Fault(status=200, body="<html>"), "is no list"),
    (Fault(status=200, body='{"errors": 1}'), "is no list"),
    (Fault(status=302, headers={"Location": "http://127.0.0.1:9/"}), "302"),
]


@pytest.mark.parametrize(("fault", "words"), BUSY)
def test_what_may_pass_is_tried_again(
    fake: FakeSendGrid, fault: Fault, words: str
) -> None:
    """A limit, an outage, no answer: one line that says to come back."""
    fake.will(fault)
    with pytest.raises(TryAgain, match=words) as raised:
        list(account(fake.url).listed("bounces", None, NOW))
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(("fault", "words"), REFUSED)
def test_what_does_not_pass(fake: FakeSendGrid, fault: Fault, words: str) -> None:
    """A wrong key, a wrong host: one line that says what is wrong."""
    fake.will(fault)
    with pytest.raises(DeliveryError, match=words) as raised:
        list(account(fake.url).listed("bounces", None, NOW))
    assert "\n" not in str(raised.value)
    assert "very-secret" not in str(raised.value)
    assert len(fake.calls) == 1


def test_nobody_waits_for_ever(fake: FakeSendGrid) -> None:
    """A server that is silent costs the timeout, and no more."""
    fake.will(Fault(status=200, body="[]", after=3))
    slow = Account(sendgrid_config(fake.url), timeout=0.2)
    with pytest.raises(TryAgain, match="no answer in time"):
        list(slow.listed("bounces", None, NOW))


def test_an_unknown_group(fake: FakeSendGrid) -> None:
    """A group that is not there says where its number stands."""
    with pytest.raises(DeliveryError, match="no unsubscribe group 9 at SendGrid"):
        account(fake.url).group(9)


def test_an_address_cannot_be_a_path(fake: FakeSendGrid) -> None:
    """What an address holds is not part of the path, nor of a query."""
    fake.list("unsubscribes", "ann/../b?c#d%2f@example.com")
    assert account(fake.url).allow("ann/../b?c#d%2f@example.com", None).ok
    assert fake.everywhere == set()


def test_headers_of_a_call_do_not_stick(fake: FakeSendGrid) -> None:
    """A call without a body says nothing of one, after one that had it."""
    ours = account(fake.url)
    ours.suppress(["ann@example.com"], None)
    ours.allow("ann@example.com", None)
    posted, deleted = fake.headers
    assert posted["Content-Type"] == "application/json"
    assert "Content-Type" not in deleted
    assert deleted["Authorization"] == "Bearer SG.very-secret"


def test_the_key_is_in_no_log(
    fake: FakeSendGrid, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever logs everything does not log the key."""
    caplog.set_level(logging.DEBUG)
    for name in ("python_http_client", "python_http_client.client"):
        caplog.set_level(logging.DEBUG, logger=name)
    account(fake.url).suppress(["ann@example.com"], None)
    fake.will(refusal(400, "bad"))
    account(fake.url).suppress(["ann@example.com"], None)
    assert "very-secret" not in caplog.text
    assert "ann@example.com" not in caplog.text


@pytest.mark.parametrize("key", ["SG.very\nsecret", "SG.sécret–"])
def test_a_key_that_is_no_header(fake: FakeSendGrid, key: str) -> None:
    """A key that was copied wrongly is said to be wrong, and not shown."""
    broken = settings("sendgrid", api_key=key, host=fake.url)
    with pytest.raises(DeliveryError, match="holds what no header can") as raised:
        list(Account(broken).listed("bounces", None, NOW))
    assert "SG." not in str(raised.value)


@pytest.mark.parametrize("host", ["http://example.com", "ftp://localhost", ""])
def test_the_key_goes_nowhere_else(host: str) -> None:
    """Only https, but for this machine."""
    with pytest.raises(DeliveryError, match=r"sendgrid\.host"):
        Account(sendgrid_config(host))


def test_without_a_key(tmp_path: Path) -> None:
    """There is no account to call."""
    with pytest.raises(DeliveryError, match=r"api_key is not set"):
        Account(CONFIG)


def test_accounts_of_several_threads(fake: FakeSendGrid) -> None:
    """Each thread has its own, and none disturbs another."""

    def tell(number: int) -> None:
        ours = account(fake.url)
        for one in range(10):
            assert ours.suppress([f"{number}-{one}@example.com"], None).ok

    threads = [threading.Thread(target=tell, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(fake.everywhere) == 40
