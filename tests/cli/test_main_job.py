"""The main job by its commands: an article goes in, a digest comes out and is sent."""

from __future__ import annotations

import email
import email.policy
import json
import tomllib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from digest.cli.summarize import as_quote
from digest.cli.workspace import Workspace
from digest.model import Attribution, Quote, Span
from tests.cli.conftest import Digest

SUNDAY = datetime(2026, 11, 22, 12, tzinfo=UTC)
CONSENT = ("--consent", "asked at the quay")


def test_summarize_prints_exact_spans(digest: Digest, folder: Path) -> None:
    """Every offset of the JSON is a place in the file, word for word."""
    found = digest("summarize", "--json", "ferry.txt").object
    text = (folder / "ferry.txt").read_text(encoding="utf-8")
    spans = [*found["lede"]["sentences"], *found["quotes"]]
    assert all(text[span["start"] : span["end"]] == span["text"] for span in spans)
    assert found["lede"]["text"].startswith("The first night ferry in eleven years")
    assert [(quote["speaker"], quote["utterance"]) for quote in found["quotes"]] == [
        ("Mara Lindqvist", 0),
        ("Mara Lindqvist", 0),
        ("Tom Reed", 1),
    ]
    assert {text[start:end] for start, end in found["boilerplate"]} >= {"Facebook"}


def test_summarize_reads_lines_of_json(digest: Digest, folder: Path) -> None:
    """--jsonl takes {"id","title","text"} a line and keeps the id."""
    text = (folder / "ferry.txt").read_text(encoding="utf-8").partition("\n\n")[2]
    line = json.dumps({"id": "a1", "title": "The night ferry", "text": text})
    (folder / "articles.jsonl").write_text(line + "\n\n")
    found = digest("summarize", "--jsonl", "articles.jsonl").object
    assert (found["id"], found["title"]) == ("a1", "The night ferry")


def test_summarize_for_reading(digest: Digest) -> None:
    """Without --json it is for people, with the speaker under each quote."""
    found = digest("summarize", "--explain", "ferry.txt")
    assert "— Mara Lindqvist, the harbour master" in found.out
    assert "Set aside, not the article" in found.out
    assert "rule after-vs/name" in " ".join(found.out.split())


def test_who_is_not_safely_known_is_null() -> None:
    """The rule and its confidence are told all the same, and no role."""
    said = Attribution(speaker="Tom Reed", role="baker", rule="far", confidence=0.03)
    quote = Quote(span=Span.of("No.", 0, 3), utterance=0, attribution=said)
    found = as_quote(quote)
    assert (found["speaker"], found["role"]) == (None, None)
    assert (found["rule"], found["confidence"]) == ("far", 0.03)
    sure = as_quote(replace(quote, attribution=replace(said, confidence=0.9)))
    assert (sure["speaker"], sure["role"]) == ("Tom Reed", "baker")


def test_build_writes_three_files(digest: Digest, folder: Path) -> None:
    """`build --out` writes the issue, its HTML and its text, and says what it is."""
    built = digest("build", "ferry.txt", "--out", "out", "--json").object
    assert built.keys() >= {"issue", "number", "title", "subject", "preheader"}
    assert (built["issue"], built["number"], built["stories"]) == (1, 1, 1)
    html = (folder / "out/email.html").read_bytes()
    assert len(html) == pytest.approx(built["bytes"], abs=200)
    assert "Mara Lindqvist" in html.decode()
    assert "Facebook" not in html.decode()
    assert "Facebook" not in (folder / "out/email.txt").read_text()
    issue = json.loads((folder / "out/issue.json").read_text())
    (story,) = issue["sections"][0]["stories"]
    assert story["headline"].startswith("Marlhaven opens its night ferry")


def test_dry_run_keeps_nothing(digest: Digest, folder: Path) -> None:
    """`build --dry-run` writes no file and uses no number."""
    assert digest("build", "ferry.txt", "--out", "out", "--dry-run").code == 0
    assert not (folder / "out").exists()
    ran = digest("build", "ferry.txt", "--out", "out", "--dry-run", "--json")
    assert (ran.object["issue"], ran.object["out"]) == (None, None)
    assert digest("build", "ferry.txt", "--json").object["number"] == 1


def test_numbers_agree_with_their_words(digest: Digest, folder: Path) -> None:
    """One story, two stories; and what to do next stands in lines to be copied."""
    built = digest("build", "ferry.txt").err.splitlines()
    assert built[0] == "issue 1: The Tide, number 1, 1 story"
    assert built[-2:] == [
        "  next     digest preview 1",
        "           digest send 1 --list LIST",
    ]
    (folder / "bread.txt").write_text("A rye loaf from Oldmere won the bread prize.")
    assert "2 stories" in digest("build", "ferry.txt", "bread.txt").err
    assert "1 story" in digest("build", "ferry.txt", "ferry.txt").err
    checked = digest("check", "1")
    findings = len(checked.out.splitlines()) // 2
    word = "finding" if findings == 1 else "findings"
    assert checked.err == f"{findings} {word}; nothing forbids sending\n"


def test_issues_are_numbered_within_their_series(digest: Digest) -> None:
    """A number counts within a series, an id over all of them."""
    assert digest("build", "ferry.txt", "--json").object["number"] == 1
    other = digest("build", "ferry.txt", "--series", "daily", "--json").object
    assert (other["issue"], other["number"]) == (2, 1)
    assert digest("build", "ferry.txt", "--json").object["number"] == 2


@pytest.mark.parametrize("place", ["1", "out"])
def test_check_an_issue_or_a_folder(digest: Digest, place: str) -> None:
    """The checks find nothing that forbids sending a good issue."""
    digest("build", "ferry.txt", "--out", "out")
    checked = digest("check", place, "--json")
    assert checked.code == 0
    assert all(found["severity"] != "error" for found in checked.objects)


def test_rehearsal_into_files(digest: Digest, folder: Path) -> None:
    """Without a key, `send` writes one .eml a confirmed person, and mails nobody."""
    digest("build", "ferry.txt")
    digest("lists", "add", "weekly")
    digest("subscribers", "add", "ann@example.com", "--list", "weekly", *CONSENT)
    digest("subscribers", "add", "bob@example.com", "--list", "weekly")
    sent = digest("send", "1", "--list", "weekly", "--json")
    assert (sent.code, sent.object["rehearsed"]) == (0, 1)
    (file,) = (folder / "outbox").glob("*.eml")
    message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
    assert message["To"] == "ann@example.com"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "https://tide.example.com/u/" in message["List-Unsubscribe"]
    assert len(list((folder / "outbox").glob("*.json"))) == 1
    status = digest("status", "1", "--json")
    assert (status.code, status.object["planned"]) == (0, 0)


def test_dry_run_of_a_send(digest: Digest, folder: Path) -> None:
    """`send --dry-run` says how many, and who is left out, and does nothing."""
    digest("build", "ferry.txt")
    digest("lists", "add", "weekly")
    digest("subscribers", "add", "bob@example.com", "--list", "weekly")
    plan = digest("send", "1", "--list", "weekly", "--dry-run", "--json").object
    assert plan["recipients"] == 0
    assert plan["left_out"]["unconfirmed"] == 1
    assert not (folder / "outbox").exists()


def test_import_and_list(digest: Digest, folder: Path) -> None:
    """An import says what became of each row, and puts bad rows aside."""
    people = "email,name\nann@example.com,Ann\nnobody,N\nann@EXAMPLE.com,Anna\n"
    (folder / "people.csv").write_text(people)
    digest("lists", "add", "weekly")
    done = digest(
        *("subscribers", "import", "people.csv", "--list", "weekly"),
        *(*CONSENT, "--rejects", "bad.csv", "--json"),
    ).object
    assert {**done, "seconds": 0} == {
        "rows": 3,
        "added": 1,
        "updated": 1,
        "unchanged": 0,
        "rejected": 1,
        "suppressed": 0,
        "duplicates": 1,
        "skipped": 0,
        "suspicious": 0,
        "seconds": 0,
    }
    assert "nobody" in (folder / "bad.csv").read_text()
    (ann,) = digest("subscribers", "list", "--list", "weekly", "--json").objects
    assert (ann["name"], ann["state"]) == ("Anna", "confirmed")
    assert digest("lists", "list", "--json").object["confirmed"] == 1


def test_import_names_what_it_rejects(digest: Digest, folder: Path) -> None:
    """Without --rejects the first few bad rows are named, and how to see the others."""
    rows = "".join(f"nobody {n}\n" for n in range(7))
    (folder / "people.csv").write_text(f"email\nann@example.com\n{rows}")
    digest("lists", "add", "weekly")
    command = ("subscribers", "import", "people.csv", "--list", "weekly", *CONSENT)
    told = digest(*command).err.splitlines()
    assert told[0] == "rejected:"
    assert told[1].startswith("  line 3: nobody 0: ")
    assert told[5].startswith("  line 7: ")
    assert told[6:] == ["  and 2 more; all of them: --rejects FILE"]
    assert digest(*command, "--rejects", "bad.csv").err == ""


def test_lists_come_and_go(digest: Digest) -> None:
    """A list that nobody was ever on can be removed; asked, tried, and for scripts."""
    added = digest("lists", "add", "  good news ", "--json").object
    assert added == {
        "list": "good news",
        "added": True,
        "title": "",
        "asm_group": None,
        "confirmed_opt_in": True,
    }
    assert digest("lists", "remove", "good news", "--dry-run").code == 0
    assert digest("lists", "list", "--json").object["list"] == "good news"
    removed = digest("lists", "remove", "good news", "--yes", "--json").object
    assert removed == {"list": "good news", "removed": True}
    assert digest("lists", "list").out == ""


def test_lists_that_stay(digest: Digest) -> None:
    """A list with people on it, or with a schedule to it, is not removed."""
    digest("lists", "add", "weekly")
    every = ("--every", "monday 08:00", "--zone", "Europe/Amsterdam")
    digest("schedule", "add", "monday", *every, "--list", "weekly")
    planned = digest("lists", "remove", "weekly", "--yes")
    assert planned.code == 2
    assert "digest schedule remove monday" in planned.err
    digest("schedule", "remove", "monday")
    added = digest("subscribers", "add", "a@example.com", "--list", "weekly", "--json")
    assert added.object == {
        "email": "a@example.com",
        "list": "weekly",
        "change": "added",
    }
    assert digest("lists", "remove", "weekly", "--yes").code == 1
    assert digest("lists", "list", "--json").object["unconfirmed"] == 1


def test_hints_can_be_copied(digest: Digest) -> None:
    """A command in a hint quotes a name as a shell wants it."""
    command = "digest lists add 'good news'"
    digest("lists", "add", "weekly")
    assert command in digest("subscribers", "list", "--list", "good news").err
    hint = digest("lists", "add", "good news").err
    assert "digest subscribers import FILE --list 'good news'" in hint


def test_schedule_and_run(digest: Digest, folder: Path) -> None:
    """A schedule is kept, told, and taken away."""
    digest("lists", "add", "weekly")
    added = digest(
        *("schedule", "add", "monday", "--every", "monday 08:00"),
        *("--zone", "Europe/Amsterdam", "--list", "weekly"),
    )
    assert added.code == 0
    slots = digest("schedule", "next", "monday", "--count", "3", "--json").objects
    assert [slot["schedule"] for slot in slots] == ["monday"] * 3
    assert all("T08:00:00+0" in slot["at"] for slot in slots)
    assert digest("schedule", "list", "--json").object["lists"] == ["weekly"]
    assert digest("run", "--once").code == 0
    assert digest("schedule", "remove", "monday").code == 0
    assert digest("schedule", "list").out == ""


def test_a_run_says_what_it_did_and_what_is_to_do(
    digest: Digest, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line of a slot names the issue and the way out, and agrees with `status`."""
    settings = (folder / "digest.toml").read_text()
    sources = settings + '[[source]]\npath = "ferry.txt"\n'
    (folder / "digest.toml").write_text(sources)
    digest("lists", "add", "weekly")
    digest("subscribers", "add", "ann@example.com", "--list", "weekly", *CONSENT)
    every = ("--every", "monday 08:00", "--zone", "Europe/Amsterdam")
    monkeypatch.setattr(Workspace, "now", staticmethod(lambda: SUNDAY))
    digest("schedule", "add", "monday", *every, "--list", "weekly")
    monday = SUNDAY + timedelta(days=1)
    monkeypatch.setattr(Workspace, "now", staticmethod(lambda: monday))

    nameless = digest("run", "--once")
    assert nameless.code == 1
    assert nameless.out.startswith(
        "monday 2026-11-23 failed: a schedule sends to files"
    )
    monkeypatch.setenv("DIGEST_TRANSPORT_NAME", "outbox")
    monkeypatch.setenv("DIGEST_NEWSLETTER_FROM_EMAIL", "tide@gmail.com")
    refused = digest("run", "--once")
    assert refused.code == 4
    assert refused.out.startswith("monday 2026-11-23 refused, issue 1: not sent: ")
    assert refused.out.endswith("; mended, the next `digest run --once` goes on\n")
    monkeypatch.delenv("DIGEST_NEWSLETTER_FROM_EMAIL")
    done = digest("run", "--once", "--json")
    assert (done.code, done.object["state"], done.object["issue"]) == (
        0,
        "rehearsed",
        1,
    )
    assert digest("status", "1", "--json").object["state"] is None


def test_init_writes_settings_that_load(digest: Digest, folder: Path) -> None:
    """What `init` writes is read without complaint, and never written over."""
    assert digest("init", "new").code == 0
    assert digest("--config", "new/digest.toml", "config", "show").code == 0
    assert digest("init", "new").code == 2


def test_own_templates_are_used(digest: Digest, folder: Path) -> None:
    """`init --templates` copies the looks; what is changed there is what is sent."""
    (folder / "digest.toml").unlink()
    digest("init", "--templates")
    look = folder / "templates/editorial/issue.txt.j2"
    look.write_text("changed by its owner: {{ unsubscribe_url }}")
    digest("build", "ferry.txt", "--out", "out")
    assert "changed by its owner" in (folder / "out/email.txt").read_text()


def test_templates_come_beside_settings(digest: Digest, folder: Path) -> None:
    """They alone are written; what is there already stays as it is."""
    before = (folder / "digest.toml").read_text()
    assert digest("init", "--templates").code == 0
    assert (folder / "digest.toml").read_text() == before
    look = folder / "templates/editorial/issue.txt.j2"
    look.write_text("changed by its owner")
    assert digest("init", "--templates").code != 0
    assert look.read_text() == "changed by its owner"


def test_doctor_and_config(digest: Digest) -> None:
    """The doctor finds nothing wrong, and settings are shown with their types."""
    assert digest("doctor", "--json").code == 0
    objects = digest("config", "show", "--json").objects
    shown = {each["setting"]: each["value"] for each in objects}
    assert shown["newsletter.name"] == "The Tide"
    assert (shown["issue.max_stories"], shown["issue.sections"]) == (12, [])
    assert all(each["help"] for each in objects)
    written = tomllib.loads(digest("config", "show").out)
    for setting, value in shown.items():
        section, _, key = setting.partition(".")
        assert written[section][key] == value


@pytest.mark.needs("shared")
def test_the_seed_article(digest: Digest, folder: Path, shared: Path) -> None:
    """A real article: its lead, its one speaker, no share links, an honest headline."""
    (article,) = (shared / "data/articles").glob("*")
    found = digest("summarize", str(article), "--json").object
    assert found["lede"]["text"].startswith(
        "Mark Rutte, the former Prime Minister of the Netherlands, has officially taken"
    )
    quotes = found["quotes"]
    assert len({quote["utterance"] for quote in quotes}) == 4
    assert {quote["speaker"] for quote in quotes} == {"Mark Rutte"}
    text = article.read_text(encoding="utf-8")
    assert all(text[q["start"] : q["end"]] == q["text"] for q in quotes)
    aside = [text[start:end] for start, end in found["boilerplate"]]
    assert aside == ["Facebook", "Twitter", "Instagram", "LinkedIn", "RSS"]

    built = digest("build", str(article), "--out", "out", "--json").object
    html = (folder / "out/email.html").read_text(encoding="utf-8")
    issue = json.loads((folder / "out/issue.json").read_text(encoding="utf-8"))
    (story,) = issue["sections"][0]["stories"]
    assert 1 <= len(story["quotes"]) <= 2
    assert "<blockquote" in html
    assert "Mark Rutte" in html
    for line in aside:
        assert line not in html
    words = iter(found["lede"]["text"].replace(",", "").split())
    assert all(word in words for word in built["subject"].rstrip("…").split())
