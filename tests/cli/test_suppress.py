"""Who never gets mail, from the command line, and what SendGrid is told and says."""

from __future__ import annotations

import io
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Digest
from tests.delivery.fake_sendgrid import FakeSendGrid, fake_sendgrid, refusal

SUPPRESS = ("subscribers", "suppress")


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeSendGrid]:
    """A stand-in for SendGrid, which the settings name."""
    with fake_sendgrid() as running:
        monkeypatch.setenv("SENDGRID_API_KEY", "SG.test")
        monkeypatch.setenv("DIGEST_SENDGRID_HOST", running.url)
        monkeypatch.setenv("DIGEST_NEWSLETTER_BASE_URL", "")
        yield running


@pytest.fixture
def weekly(digest: Digest) -> Digest:
    """A list with Ann and Bob on it, and an issue for them."""
    digest("build", "ferry.txt")
    digest("lists", "add", "weekly")
    for name in ("ann", "bob"):
        add = ("subscribers", "add", f"{name}@example.com", "--list", "weekly")
        digest(*add, "--consent", "asked")
    return digest


def reached(digest: Digest) -> int:
    plan = digest("send", "1", "--list", "weekly", "--dry-run", "--json").object
    recipients: int = plan["recipients"]
    return recipients


def test_one_after_the_other(weekly: Digest) -> None:
    """Each address is said to be suppressed, once, and gets no mail."""
    both = (*SUPPRESS, "Ann@example.com", "x@example.com", "--json")
    assert [each["change"] for each in weekly(*both).objects] == ["suppressed"] * 2
    assert [each["change"] for each in weekly(*both).objects] == ["unchanged"] * 2
    assert reached(weekly) == 1
    ran = weekly(*SUPPRESS, "ann@example.com", "--list", "weekly")
    assert ran.err == "ann@example.com: suppressed (manual, the list weekly)\n"


def test_wrong_words(weekly: Digest) -> None:
    """What cannot be meant is said, and nothing is done."""
    for argv, words in {
        (): "say which addresses",
        ("a@example.com", "--file", "x"): "say which addresses",
        ("--lift", "--file", "x"): "say which addresses",
        ("--lift", "x@example.com", "--until", "2099-01-01"): "say which addresses",
        ("a@example.com", "b@"): "b@: ",
        ("a@example.com", "--until", "2020-01-01"): "--until 2020-01-01: it would be",
        ("a@example.com", "--until", "soon"): "does not match the format",
        ("a@example.com", "--reason", "dislike"): "'dislike' is not one of",
    }.items():
        ran = weekly(*SUPPRESS, *argv)
        assert ran.code == 2
        assert words in ran.err
    ran = weekly(*SUPPRESS, "a@example.com", "--list", "wekly")
    assert ran.code == 1
    assert "there is no list wekly" in ran.err
    assert weekly(*SUPPRESS, "--file", "nowhere.csv", "--yes").code == 1


def test_a_file_is_asked_for(
    weekly: Digest, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a yes nothing is done; --dry-run says what would be."""
    (folder / "left.csv").write_text(
        "email,status\nann@example.com,unsubscribed\nx@example.com,active\n"
    )
    argv = (*SUPPRESS, "--file", "left.csv")
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    assert weekly(*argv).code == 1
    dry = weekly(*argv, "--dry-run", "--json")
    assert reached(weekly) == 2
    done = weekly(*argv, "--yes", "--json")
    for ran in (dry, done):
        figures = ran.object
        assert figures.pop("seconds") >= 0
        counts = {
            "rows": 2,
            "suppressed": 1,
            "unchanged": 0,
            "rejected": 1,
            "unclear": 0,
        }
        assert figures == counts
        assert (
            "  line 3: x@example.com: status 'active' is no reason; give one: --reason"
            in ran.err
        )
    assert reached(weekly) == 1


def test_a_reason_that_nobody_knows(weekly: Digest, folder: Path) -> None:
    """Empty or unknown, it is manual, and said: who is in the file gets no mail."""
    text = "Mail 2,Why\nann@example.com,\nbob@example.com,dislike\nx@,\n"
    (folder / "left.csv").write_text(text)
    argv = (*SUPPRESS, "--file", "left.csv", "--map", "email=Mail 2", "--yes")
    ran = weekly(*argv, "--map", "state=Why", "--rejects", "bad.csv")
    assert "3 rows, 2 suppressed, 0 unchanged, 1 rejected, 2 unclear" in ran.out
    assert ran.err == "2 rows say no reason that is known: suppressed as manual\n"
    assert (folder / "bad.csv").read_text().splitlines()[1].startswith("4,x@")
    assert reached(weekly) == 0
    shown = weekly("subscribers", "show", "ann@example.com", "--json").object
    assert [each["reason"] for each in shown["suppressions"]] == ["manual"]
    refused = weekly(*argv, "--rejects", "digest.toml")
    assert refused.code == 2


def test_rejected_rows_are_erased(weekly: Digest, folder: Path) -> None:
    """Who is erased is in no file of rejected rows, whatever command wrote it."""
    (folder / "left.csv").write_text("email,name\nbroken,see cy@example.com\n")
    argv = (*SUPPRESS, "--file", "left.csv", "--yes", "--rejects", "bad.csv")
    weekly(*argv)
    assert "cy@example.com" in (folder / "bad.csv").read_text()
    assert weekly("subscribers", "erase", "cy@example.com", "--yes").code == 0
    assert "cy@example.com" not in (folder / "bad.csv").read_text()


def test_standard_input(weekly: Digest, monkeypatch: pytest.MonkeyPatch) -> None:
    """- is a list that another program writes."""
    stdin = io.TextIOWrapper(io.BytesIO(b"ann@example.com\n"))
    monkeypatch.setattr("sys.stdin", stdin)
    ran = weekly(*SUPPRESS, "--file", "-", "--yes", "--reason", "bounce")
    assert ran.out.startswith("1 rows, 1 suppressed, 0 unchanged, 0 rejected, ")


def test_taking_back_asks(weekly: Digest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A slip is lifted, a complaint only by its name, and what is left is said."""
    weekly(*SUPPRESS, "ann@example.com")
    weekly(*SUPPRESS, "ann@example.com", "--reason", "complaint")
    lift = (*SUPPRESS, "--lift", "ann@example.com")
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    assert weekly(*lift).code == 1
    assert weekly(*lift, "--dry-run", "--json").object["change"] == "lifted"
    ran = weekly(*lift, "--yes")
    assert "  gets no mail still: complaint" in ran.err
    assert reached(weekly) == 1
    done = weekly(*lift, "--yes", "--json", "--reason", "complaint").object
    assert (done["change"], done["suppressed"]) == ("lifted", [])
    assert reached(weekly) == 2


def test_sendgrid_is_told_at_once(weekly: Digest, fake: FakeSendGrid) -> None:
    """Who is mailed here is suppressed there before the command ends, and let go."""
    weekly(*SUPPRESS, "ann@example.com", "x@example.com")
    assert fake.everywhere == {"ann@example.com"}
    weekly(*SUPPRESS, "--lift", "ann@example.com", "--yes")
    assert fake.everywhere == set()


def test_sendgrid_that_is_down_fails_no_command(
    weekly: Digest, fake: FakeSendGrid
) -> None:
    """What waits is said, by the command, by status and by the doctor."""
    fake.will(refusal(403, "access forbidden"))
    ran = weekly(*SUPPRESS, "ann@example.com")
    assert ran.code == 0
    waits = "1 mail or call waits: SendGrid: 403 access forbidden\n"
    assert ran.err.endswith(waits)
    assert waits in weekly("status", "1").out
    standing = weekly("status", "1", "--json").object["outgoing"]
    assert (standing["waiting"], standing["failed"]) == (1, 0)
    doctor = weekly("doctor", "--json")
    [found] = [each for each in doctor.objects if "calls" in each["name"]]
    assert not found["ok"]
    assert found["message"] == "1 wait, 0 failed: SendGrid: 403 access forbidden"


def test_sync(weekly: Digest, fake: FakeSendGrid) -> None:
    """A line for each list; --full reads all of it again."""
    fake.list("spam_reports", "ann@example.com")
    fake.list("invalid_emails", "x@@y")
    first = weekly("subscribers", "sync", "--json").objects
    assert [each["list"] for each in first] == [
        "spam_reports",
        "unsubscribes",
        "bounces",
        "invalid_emails",
        "blocks",
    ]
    assert first[0] == {"list": "spam_reports", "read": 1, "new": 1, "rejected": 0}
    assert reached(weekly) == 1
    again = weekly("subscribers", "sync", "--full")
    assert "spam_reports: 1 read, 0 new\n" in again.out
    assert "invalid_emails: 1 read, 0 new, 1 no address\n" in again.out


def test_sync_that_fails(weekly: Digest, fake: FakeSendGrid) -> None:
    """Later or never, in one line; what was read is kept."""
    fake.list("spam_reports", "ann@example.com")
    fake.will(None, None, refusal(429, "too many requests", Retry_After="9"))
    ran = weekly("subscribers", "sync")
    assert ran.code == 75
    assert ran.err == (
        "digest: SendGrid's list of unsubscribes: 429 too many requests; "
        "try again after 9 s\n"
    )
    assert reached(weekly) == 1
    fake.will(refusal(401, "authorization required"))
    ran = weekly("subscribers", "sync")
    assert ran.code == 1
    assert ran.err.count("\n") == 1


def test_sync_without_a_key(weekly: Digest) -> None:
    """There is nobody to ask."""
    ran = weekly("subscribers", "sync")
    assert ran.code == 1
    assert "sendgrid.api_key is not set" in ran.err


SEND = ("send", "1", "--list", "weekly", "--yes")


def test_who_left_at_sendgrid_is_learnt_before_a_send(
    weekly: Digest, fake: FakeSendGrid
) -> None:
    """Where people unsubscribe at SendGrid, each send asks it first who has."""
    fake.list("unsubscribes", "ann@example.com")
    ran = weekly(*SEND, "--json")
    assert ran.object["accepted"] == 1
    [mail] = fake.mails
    assert [each["to"][0]["email"] for each in mail["personalizations"]] == [
        "bob@example.com"
    ]


@pytest.mark.parametrize(("status", "code"), [(503, 75), (403, 1)])
def test_nothing_is_sent_where_that_cannot_be_learnt(
    weekly: Digest, fake: FakeSendGrid, status: int, code: int
) -> None:
    """A line says so, and there is no campaign."""
    fake.will(refusal(status, "no"))
    ran = weekly(*SEND)
    assert ran.code == code
    assert "issue 1: not sent, for who left cannot be learnt: SendGrid" in ran.err
    assert fake.mails == []
    assert weekly("status", "1", "--json").object["state"] is None


def test_with_a_page_of_our_own_sendgrid_is_not_asked(
    weekly: Digest, fake: FakeSendGrid, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who leaves on our own page is known here."""
    monkeypatch.setenv("DIGEST_NEWSLETTER_BASE_URL", "https://tide.example.com")
    assert weekly(*SEND).code == 0
    assert [method for method, _ in fake.calls] == ["POST"]


def test_mail_leaves_under_the_group_of_its_list(
    weekly: Digest, fake: FakeSendGrid, folder: Path
) -> None:
    """So that who unsubscribes at SendGrid leaves this list, and who is in it has."""
    with sqlite3.connect(folder / "digest.db") as connection:
        connection.execute("UPDATE mailing_list SET asm_group = 7")
    connection.close()
    fake.groups[7] = ["ann@example.com"]
    assert weekly(*SEND).code == 0
    [mail] = fake.mails
    assert mail["asm"] == {"group_id": 7}
    assert len(mail["personalizations"]) == 1
    listed = weekly("subscribers", "list", "--list", "weekly").out
    assert "ann@example.com\t\tweekly\tunsubscribed\n" in listed


@pytest.mark.parametrize(
    "command", [("run", "--once"), SEND, ("subscribers", "sync")], ids=" ".join
)
def test_a_later_command_carries_out_what_waits(
    weekly: Digest, fake: FakeSendGrid, folder: Path, command: tuple[str, ...]
) -> None:
    """What could not be told at once is told by whatever runs next."""
    fake.will(refusal(503, "down"))
    weekly(*SUPPRESS, "ann@example.com")
    assert fake.everywhere == set()
    with sqlite3.connect(folder / "digest.db") as connection:
        connection.execute("UPDATE outgoing SET due_at = created_at")
    connection.close()
    weekly(*command)
    assert fake.everywhere == {"ann@example.com"}


@pytest.mark.parametrize(
    "command", [("run", "--once"), SEND, ("subscribers", "sync")], ids=" ".join
)
def test_a_restored_copy_waits_until_it_is_adopted(
    weekly: Digest, fake: FakeSendGrid, folder: Path, command: tuple[str, ...]
) -> None:
    """Single calls, too: every command says why in one line, and tells nobody."""
    fake.will(refusal(503, "down"))
    weekly(*SUPPRESS, "ann@example.com")
    with sqlite3.connect(folder / "digest.db") as connection:
        connection.execute("UPDATE outgoing SET due_at = created_at")
    connection.close()
    weekly("db", "backup", "safe")
    for file in folder.glob("digest.db*"):
        file.unlink()
    shutil.copy(folder / "safe" / "digest.db", folder)
    said = weekly(*command).err.splitlines()
    (line,) = [each for each in said if "mails and calls wait: sqlite:///" in each]
    assert "digest db adopt" in line
    assert fake.everywhere == set()
    assert weekly("db", "adopt", "--yes").code == 0
    weekly("run", "--once")
    assert fake.everywhere == {"ann@example.com"}
