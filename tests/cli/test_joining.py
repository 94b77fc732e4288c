"""The commands by which people join and leave, and lists are set."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from digest.config import load
from digest.store import open_database
from subscribers import Answer, Origin, confirm
from subscribers.secret_key import SecretKey
from tests.cli.conftest import SETTINGS, Digest, Ran

ANN = "ann@example.com"
ADD = ("subscribers", "add", ANN, "--list", "weekly")


def mails(folder: Path) -> list[EmailMessage]:
    """The single mails in the outbox."""
    return [
        message_from_bytes(file.read_bytes(), policy=default)
        for file in sorted((folder / "outbox").glob("mail-*.eml"))
    ]


def test_add_with_choices(digest: Digest) -> None:
    """What is known of a person goes in typed, and comes out in --json."""
    digest("lists", "add", "weekly")
    added = digest(
        *ADD,
        *("--name", "Ann", "--zone", "europe/amsterdam", "--language", "pt_br"),
        *("--topic", "nato|eu", "--frequency", "weekly"),
        *("--attribute", "city=Ghent = Gent", "--attribute", "age=40"),
        *("--attribute", "vip=true", "--attribute", "code=007"),
        *("--attribute", "score=1.5"),
    )
    assert added.code == 0
    person = digest("subscribers", "list", "--json").object
    assert person["zone"] == "Europe/Amsterdam"
    assert person["language"] == "pt-BR"
    assert person["topics"] == ["eu", "nato"]
    assert person["frequency"] == "weekly"
    assert person["attributes"] == {
        "age": 40,
        "city": "Ghent = Gent",
        "code": "007",
        "score": 1.5,
        "vip": True,
    }
    assert person["joined"] == person["since"]
    changed = digest(*ADD, "--attribute", "age=", "--json").object
    assert changed["change"] == "updated"
    person = digest("subscribers", "list", "--json").object
    assert "age" not in person["attributes"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--zone", "Mars/Olympus"), "Europe/Amsterdam"),
        (("--language", "Dutch!"), "pt-BR"),
        (("--attribute", "city"), "NAME=VALUE"),
        (("--attribute", "zone=UTC"), "is no attribute"),
        (("--ask", "--consent", "form"), "nothing to --ask"),
    ],
)
def test_add_refuses(digest: Digest, options: tuple[str, ...], said: str) -> None:
    """In one line that says what it should be; nobody is added."""
    digest("lists", "add", "weekly")
    refused = digest(*ADD, *options)
    assert refused.code == 2
    assert said in refused.err
    assert len(refused.err.splitlines()) == 1
    assert digest("subscribers", "list").out == ""


def test_ask_and_confirm(digest: Digest, folder: Path) -> None:
    """--ask mails a link of our own, and its token confirms."""
    digest("lists", "add", "weekly")
    asked = digest(*ADD, "--ask", "--yes", "--json").object
    assert asked == {
        "email": ANN,
        "list": "weekly",
        "change": "added",
        "asked": "asked",
    }
    (mail,) = mails(folder)
    assert mail["To"] == ANN
    assert mail["Subject"] == "Please confirm your subscription to The Tide"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Unsubscribe"] is None
    text = mail.get_body(("plain",))
    assert text
    link = re.search(
        r"https://tide\.example\.com/confirm/([\w-]{32})\s", text.get_content()
    )
    assert link
    config = load(folder / "digest.toml")
    database = open_database(config.database_url)
    with database.write() as connection:
        answer = confirm(
            connection,
            link[1],
            origin=Origin(source="confirmation link"),
            now=datetime.now(UTC),
            provider=None,
            key=SecretKey(folder / "digest.key"),
        )
    database.close()
    assert answer is Answer.CONFIRMED
    assert digest("subscribers", "list", "--json").object["state"] == "confirmed"
    again = digest(*ADD, "--ask", "--yes")
    assert "confirmed already" in again.err
    assert len(mails(folder)) == 1


def test_asking_asks(digest: Digest, folder: Path) -> None:
    """A mail goes out only by a yes; --dry-run says what would become of them."""
    digest("lists", "add", "weekly")
    assert digest(*ADD, "--ask").code == 1
    tried = digest(*ADD, "--ask", "--dry-run", "--json").object
    assert (tried["change"], tried["asked"]) == ("added", "asked")
    assert mails(folder) == []
    assert digest("subscribers", "list").out == ""


def test_ask_needs_a_place_for_the_link(digest: Digest, folder: Path) -> None:
    """Without base_url it says which setting is missing, before anybody is added."""
    settings = SETTINGS.replace("base_url", "# base_url")
    (folder / "digest.toml").write_text(settings, encoding="utf-8")
    digest("lists", "add", "weekly")
    refused = digest(*ADD, "--ask", "--yes")
    assert refused.code == 2
    assert "newsletter.base_url is not set" in refused.err
    assert digest("subscribers", "list").out == ""


def test_ask_the_unconfirmed(digest: Digest, folder: Path) -> None:
    """So many at a time; nobody twice while the question is open."""
    digest("lists", "add", "weekly")
    rows = "".join(f"{n}@example.com\n" for n in range(3))
    (folder / "people.csv").write_text(f"email\n{rows}")
    digest("subscribers", "import", "people.csv", "--list", "weekly")
    command = ("subscribers", "ask", "--list", "weekly", "--most", "2")
    assert digest(*command, "--dry-run", "--json").object["would_ask"] == 2
    refused = digest(*command)
    assert refused.code == 1
    assert mails(folder) == []
    done = digest(*command, "--yes", "--json").object
    assert (done["asked"], done["would_ask"]) == (2, 0)
    assert digest(*command, "--yes").code == 0
    assert sorted(mail["To"] for mail in mails(folder)) == [
        f"{n}@example.com" for n in range(3)
    ]
    none = digest(*command, "--yes")
    assert none.code == 3
    assert "nobody on the list weekly is to be asked" in none.err


def test_unsubscribe(digest: Digest) -> None:
    """Off one list or all of them; asked, tried, and for scripts."""
    for name in ("weekly", "daily"):
        digest("lists", "add", name)
        digest("subscribers", "add", ANN, "--list", name, "--consent", "form")
    command = ("subscribers", "unsubscribe", "ANN@example.com")
    assert digest(*command).code == 1
    assert digest(*command, "--dry-run", "--json").object["left"] == [
        "daily",
        "weekly",
    ]
    assert states(digest) == {"daily": "confirmed", "weekly": "confirmed"}
    left = digest(*command, "--list", "weekly", "--yes", "--json").object
    assert left == {"email": "ANN@example.com", "left": ["weekly"]}
    assert states(digest) == {"daily": "confirmed", "weekly": "unsubscribed"}
    assert "is off daily" in digest(*command, "--yes").err
    assert "left before" in digest(*command, "--yes").err
    digest("lists", "add", "monthly")
    added = digest(*ADD[:-1], "monthly", "--consent", "form")
    assert added.code == 3
    assert "only they can come back" in added.err
    assert "monthly" not in states(digest)
    stranger = digest("subscribers", "unsubscribe", "bob@example.com", "--yes")
    assert stranger.code == 3
    assert "digest subscribers suppress bob@example.com" in stranger.err


def test_set_a_list(digest: Digest) -> None:
    """Its group and how people join it, at once or later."""
    added = digest("lists", "add", "weekly", "--asm-group", "9", "--json").object
    assert (added["asm_group"], added["confirmed_opt_in"]) == (9, True)
    change = ("--single-opt-in", "--title", "The week")
    changed = digest("lists", "set", "weekly", *change, "--json").object
    assert changed == {
        "list": "weekly",
        "title": "The week",
        "asm_group": 9,
        "confirmed_opt_in": False,
    }
    assert (
        "('The week', single opt-in, unsubscribe group 9)"
        in digest("lists", "list").out
    )
    digest("lists", "set", "weekly", "--asm-group", "0", "--double-opt-in")
    listed = digest("lists", "list", "--json").object
    assert (listed["asm_group"], listed["confirmed_opt_in"]) == (None, True)
    assert listed["title"] == "The week"
    assert digest("lists", "set", "weekly", "--title", "").code == 0
    assert digest("lists", "list", "--json").object["title"] == ""
    assert digest("lists", "set", "weekly", "--title", "x" * 201).code == 2
    assert digest("lists", "set", "weekly").code == 2
    assert digest("lists", "set", "wekly", "--asm-group", "9").code == 1
    assert digest("lists", "add", "x", "--asm-group", "-1").code == 2
    assert digest("lists", "add", "x", "--asm-group", str(2**31)).code == 2


def states(digest: Digest) -> dict[str, str]:
    listed: Ran = digest("subscribers", "list", "--json")
    return {each["list"]: each["state"] for each in listed.objects}


@pytest.mark.parametrize("value", ["true", "false"])
def test_show_writes_what_is_typed(digest: Digest, value: str) -> None:
    """An attribute that is true is shown as it is given."""
    digest("lists", "add", "weekly")
    digest(*ADD, "--attribute", f"vip={value}")
    assert f"  vip: {value}\n" in digest("subscribers", "show", ANN).out


def test_one_value_once(digest: Digest) -> None:
    """The second of two would win in silence, and the first be lost."""
    for name in ("a", "b"):
        digest("lists", "add", name)
    for command in (
        ("subscribers", "add", ANN, "--list", "a", "--list", "b"),
        ("subscribers", "import", "people.csv", "--list", "a", "--list=b"),
        ("lists", "add", "c", "--asm-group", "1", "--asm-group", "2"),
    ):
        refused = digest(*command)
        assert (refused.code, refused.err.count("\n")) == (2, 1)
        assert "is given 2 times; it takes one value" in refused.err
    assert digest("subscribers", "list").out == ""
    assert digest(*ADD[:3], "--list", "a", "--topic", "x", "--topic", "y").code == 0


@pytest.mark.parametrize(
    "command",
    [
        ("subscribers", "export"),
        ("subscribers", "list"),
        ("subscribers", "show", ANN),
        ("subscribers", "erase", ANN, "--yes"),
        ("subscribers", "unsubscribe", ANN, "--yes"),
        ("lists", "list"),
        ("segments", "list"),
        ("status",),
        ("run", "--once"),
        ("run", "--port", "0"),
    ],
)
def test_reading_makes_no_database(
    digest: Digest, folder: Path, command: tuple[str, ...]
) -> None:
    """In the wrong folder it says so, and leaves nothing there."""
    missing = digest(*command)
    assert missing.code == 1
    assert missing.err.startswith("digest: there is no database at ")
    assert "is this the right folder?" in missing.err
    assert not (folder / "digest.db").exists()


def test_a_new_database_is_private(digest: Digest, folder: Path) -> None:
    """There are addresses in it; one that is there keeps what somebody gave it."""
    digest("lists", "add", "weekly")
    assert (folder / "digest.db").stat().st_mode & 0o777 == 0o600
    (folder / "digest.db").chmod(0o640)
    digest("lists", "add", "daily")
    assert (folder / "digest.db").stat().st_mode & 0o777 == 0o640
