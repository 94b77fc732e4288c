"""`digest segments`, and a `send` to one: nobody else is mailed, whatever happens."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Digest
from tests.cli.test_send import SEND, add, faults, paused
from tests.delivery.faults import FaultServer, refusal

__all__ = ["faults", "paused"]

PEOPLE = """\
{"email": "ann@example.com", "name": "Ann"}
{"email": "bob@example.com", "name": "Bob"}
{"email": "cem@example.org", "name": "Cem"}
"""


@pytest.fixture
def people(digest: Digest, folder: Path) -> None:
    """Four who are confirmed on a list, and one who is on another."""
    digest("lists", "add", "weekly")
    digest("lists", "add", "daily")
    (folder / "people.jsonl").write_text(PEOPLE, encoding="utf-8")
    bring = ("subscribers", "import", "people.jsonl", "--list", "weekly")
    assert digest(*bring, "--consent", "asked").code == 0
    add(digest, "dan")
    digest("subscribers", "add", "eve@example.com", "--list", "daily")


@pytest.mark.usefixtures("people")
def test_add_list_show_remove(digest: Digest) -> None:
    """A segment is kept under a name, and says whom it finds."""
    added = digest("segments", "add", "com", "domain=example.com", "--json").object
    assert added == {
        "segment": "com",
        "expression": 'domain = "example.com"',
        "words": 'domain is "example.com"',
        "added": True,
    }
    assert digest("segments", "list").out == 'com: domain = "example.com"\n'
    assert digest("segments", "list", "--json").object["segment"] == "com"
    shown = digest("segments", "show", "com", "--list", "weekly", "--json").object
    assert (shown["lists"], shown["count"]) == (["weekly"], 3)
    assert shown["people"][0] == {"email": "ann@example.com", "name": "Ann"}
    assert digest("segments", "show", "com", "--json").object["count"] == 4
    assert digest("segments", "remove", "com", "--dry-run").code == 0
    removed = digest("segments", "remove", "com", "--yes", "--json").object
    assert removed == {"segment": "com", "removed": True}
    assert digest("segments", "list").out == ""


@pytest.mark.usefixtures("people")
def test_show_says_how_it_was_understood(digest: Digest) -> None:
    """For reading: the expression, its words, the count and the first people."""
    ran = digest("segments", "show", "NOT domain:*.com", "--list", "weekly")
    assert ran.out == (
        "not domain:*.com\n"
        "  not (domain is like *.com)\n"
        "1 person who may get a mail to weekly\n"
        "  cem@example.org Cem\n"
    )


@pytest.mark.parametrize(
    ("command", "code", "error"),
    [
        (("show", "timezone:x"), 2, "unknown term 'timezone' at 1; did you mean tz?"),
        (("show", "novices"), 1, "there is no segment novices; there are none yet"),
        (("show", ""), 2, "a segment cannot be empty"),
        (("show", "joined < 1d", "--list", "nope"), 1, "there is no list nope"),
        (("add", "x", "list has nope"), 1, "there is no list nope"),
        (("add", "two words", "joined < 1d"), 2, "the name 'two words' of a segment"),
        (("remove", "novices", "--yes"), 1, "there is no segment novices"),
        (("remove", "novices"), 1, "nothing was done; say --yes not to be asked"),
    ],
)
def test_what_is_wrong(
    digest: Digest, command: tuple[str, ...], code: int, error: str
) -> None:
    """One line on stderr, and the exit code of its kind."""
    digest("lists", "add", "weekly")
    ran = digest("segments", *command)
    assert (ran.code, ran.out) == (code, "")
    assert ran.err.startswith(f"digest: {error}")
    assert len(ran.err.splitlines()) == 1


@pytest.mark.usefixtures("people")
def test_a_plan_for_a_segment(digest: Digest) -> None:
    """A dry run says how the segment was understood, and how many are outside it."""
    digest("build", "ferry.txt")
    part = ("--segment", "domain=example.com and not name:Bob")
    ran = digest(*SEND, *part, "--dry-run")
    assert ran.err == (
        "issue 1: to 2 people in 1 request, outbox\n"
        '  only: domain is "example.com", and not (name is like Bob)\n'
        "  left out: 2 outside the segment\n"
    )
    plan = digest(*SEND, *part, "--dry-run", "--json").object
    assert plan["segment"] == 'domain = "example.com" and not name:Bob'
    assert plan["left_out"]["outside_segment"] == 2
    assert digest(*SEND, *part, "--json").object["rehearsed"] == 2
    everybody = digest(*SEND, "--dry-run", "--json").object
    assert everybody["segment"] is None
    assert "outside_segment" not in everybody["left_out"]


@pytest.mark.usefixtures("people")
def test_a_segment_that_cannot_be_read_mails_nobody(digest: Digest) -> None:
    """An empty one is no segment either: a variable of a script may be unset."""
    digest("build", "ferry.txt")
    for text, code in (("", 2), ("domain", 1), ("domain=", 2), ("list has x", 1)):
        ran = digest(*SEND, "--segment", text, "--yes")
        assert (ran.code, ran.out) == (code, "")
    nobody = digest(*SEND, "--segment", "domain=example.net", "--yes")
    assert nobody.code == 3
    assert nobody.err.endswith(
        "digest: issue 1: nobody on weekly can be mailed; see why with: digest send 1 "
        "--list weekly --segment 'domain = \"example.net\"' --dry-run\n"
    )


def test_sending_again_keeps_to_the_segment(
    digest: Digest, paused: FaultServer
) -> None:
    """Who joined meanwhile and is outside the segment gets nothing by a second send;
    and the command that is printed for it has the segment."""
    digest("segments", "add", "ann", "email:ann@*")
    add(digest, "cleo")
    again = (*SEND, "--segment", "ann", "--yes")
    assert digest(*again, "--dry-run", "--json").object["recipients"] == 2
    paused.will(refusal(401, "The key is invalid"))
    assert digest(*again).err.endswith("digest send 1 --list weekly --segment ann\n")
    assert digest(*again).code == 0
    assert len(paused.people) == 2
    assert "cleo" not in str(paused.requests)


@pytest.mark.parametrize("name", ["and", "OR", "not", "a/b", "-a", "ann@example.com"])
def test_what_is_no_name(digest: Digest, name: str) -> None:
    """What would be read as something else, or as somebody's address, in one line."""
    for command in (["lists", "add", "--", name], ["segments", "add", "--", name, "a"]):
        refused = digest(*command)
        assert (refused.code, len(refused.err.splitlines())) == (2, 1)
