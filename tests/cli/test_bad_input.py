"""Bad input is answered in one line, with the right exit code, and nothing is left."""

from __future__ import annotations

import io
import json
import math
import os
from pathlib import Path

import pytest
from lxml import html

from digest import pipeline
from digest.cli.root import COMMANDS
from digest.config import load
from digest.model import Email
from digest.store import Database
from tests.cli.conftest import ARTICLE, Digest
from tests.rendering.issues import parse, texts


def one_line(err: str) -> bool:
    """Whether the talk on stderr is one line of ours."""
    return err.startswith("digest: ") and err.count("\n") == 1


def make_missing(place: Path) -> None:
    """There is no such file."""


def make_empty(place: Path) -> None:
    place.write_bytes(b"")


def make_blank(place: Path) -> None:
    place.write_text(" \n\t\n")


def make_binary(place: Path) -> None:
    place.write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(200))


def make_huge(place: Path) -> None:
    with place.open("wb") as file:
        file.truncate(50_000_000)


def make_huge_text(place: Path) -> None:
    place.write_text("word " * 10_000_000)


def make_wrongly_encoded(place: Path) -> None:
    place.write_bytes(b"\xef\xbb\xbf" + ARTICLE.replace("“", "é").encode("cp1252"))


def make_folder(place: Path) -> None:
    place.mkdir()


FILES = [
    make_missing,
    make_empty,
    make_blank,
    make_binary,
    make_huge,
    make_huge_text,
    make_wrongly_encoded,
    make_folder,
]


@pytest.mark.parametrize("make", FILES, ids=lambda make: make.__name__)
@pytest.mark.parametrize("command", ["summarize", "build"])
def test_files_that_are_no_article(
    digest: Digest, folder: Path, command: str, make: object
) -> None:
    """A file that gives no article is named with the reason; nothing is written."""
    assert callable(make)
    make(folder / "bad.txt")
    out = ("--out", "out") if command == "build" else ()
    ran = digest(command, "bad.txt", *out)
    assert (ran.code, ran.out) == (1, "")
    assert one_line(ran.err), ran.err
    assert "bad.txt" in ran.err
    assert not (folder / "out").exists()


@pytest.mark.parametrize("command", ["summarize", "extract"])
def test_a_bad_file_stops_no_other(digest: Digest, folder: Path, command: str) -> None:
    """It is named, in a list of files and in a folder, and the exit code says so."""
    (folder / "many").mkdir()
    (folder / "many" / "a.txt").touch()
    (folder / "many" / "b.txt").write_text(ARTICLE)
    for places in (["many/a.txt", "nowhere.txt", "many/b.txt"], ["many"]):
        ran = digest(command, "--json", *places)
        assert [found["id"] for found in ran.objects] == ["many/b.txt"]
        assert (ran.code, "many/a.txt: is empty" in ran.err) == (1, True)


@pytest.mark.parametrize("command", ["summarize", "extract"])
def test_a_bad_line_stops_no_other(digest: Digest, folder: Path, command: str) -> None:
    """Each line of --jsonl that is no article is named with its number."""
    (folder / "b.html").write_text(f"<html><body><p>{ARTICLE}</p></body></html>")
    good = json.dumps({"id": "good", "text": ARTICLE, "path": "b.html"})
    lines = ["{", good, '{"id": 5}', "[" * 100_000, good]
    (folder / "all.jsonl").write_text("\n".join(lines))
    ran = digest(command, "--jsonl", "all.jsonl")
    assert [found["id"] for found in ran.objects] == ["good", "good"]
    named = [line.split(":")[:3] for line in ran.err.splitlines()]
    assert named == [["digest", " all.jsonl", str(number)] for number in (1, 3, 4)]
    assert ran.code == 1


def test_what_python_writes_is_read(digest: Digest, folder: Path) -> None:
    """Half a character and NaN, which are no strict JSON, in and out again."""
    text = "The ferry \ud800 left Marlhaven on Friday with a band on the quay."
    line = {"id": "half", "text": text, "weight": math.nan}
    (folder / "half.jsonl").write_text(json.dumps(line))
    ran = digest("summarize", "--jsonl", "half.jsonl")
    assert (ran.code, ran.err) == (0, "")
    assert ran.object["lede"]["text"] == text


@pytest.mark.skipif(os.geteuid() == 0, reason="root can read everything")
def test_unreadable_file(digest: Digest, folder: Path) -> None:
    """A file without permission is named."""
    (folder / "ferry.txt").chmod(0)
    ran = digest("build", "ferry.txt")
    assert ran.code == 1
    assert one_line(ran.err)


def test_typo_in_the_settings(digest: Digest, folder: Path) -> None:
    """A typo in digest.toml names file, line and the right key."""
    (folder / "digest.toml").write_text('[newsletter]\nnmae = "The Tide"\n')
    ran = digest("build", "ferry.txt")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        "digest: digest.toml:2: unknown setting newsletter.nmae; did you mean name?\n"
    )
    assert not (folder / "digest.db").exists()


@pytest.mark.parametrize(
    "url", ["sqlite:////nowhere/at/all.db", "mongodb://x", "postgresql://127.0.0.1:1/x"]
)
def test_database_that_cannot_be_opened(
    digest: Digest, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database that cannot be opened is one line."""
    monkeypatch.setenv("DIGEST_DATABASE_URL", url)
    ran = digest("build", "ferry.txt")
    assert ran.code == 1
    assert one_line(ran.err), ran.err


def test_a_file_that_is_no_database(digest: Digest, folder: Path) -> None:
    """A file of another kind in the database's place is left as it is."""
    (folder / "digest.db").write_text(ARTICLE)
    ran = digest("status")
    assert ran.code == 1
    assert one_line(ran.err), ran.err
    assert (folder / "digest.db").read_text() == ARTICLE


def test_names_that_are_not_there(digest: Digest) -> None:
    """An issue, a list, a schedule that does not exist is named."""
    digest("build", "ferry.txt")
    digest("lists", "add", "weekly")
    for argv, name in (
        (("send", "9", "--list", "weekly"), "issue 9"),
        (("send", "1", "--list", "daily"), "daily"),
        (("status", "9"), "issue 9"),
        (("check", "9"), "issue 9"),
        (("check", "nowhere"), "nowhere"),
        (("preview", "9"), "issue 9"),
        (("subscribers", "list", "--list", "daily"), "daily"),
        (("subscribers", "import", "people.csv", "--list", "daily"), "daily"),
        (("schedule", "next", "daily"), "daily"),
        (("schedule", "remove", "daily"), "daily"),
    ):
        ran = digest(*argv)
        assert ran.code == 1, (argv, ran)
        assert one_line(ran.err), ran.err
        assert name in ran.err, ran.err


@pytest.mark.parametrize(
    "address", ["ann", "ann@", "@example.com", "a b@example.com", "ann@exa\nmple.com"]
)
def test_addresses_that_are_none(digest: Digest, address: str) -> None:
    """What cannot be an address is refused, and nobody is added."""
    digest("lists", "add", "weekly")
    ran = digest("subscribers", "add", address, "--list", "weekly")
    assert ran.code == 2
    assert one_line(ran.err), ran.err
    assert digest("subscribers", "list").out == ""


def test_schedules_that_never_come(digest: Digest) -> None:
    """A rule, a zone or a list that is none is refused before anything is kept."""
    digest("lists", "add", "weekly")
    good = {"--every": "monday 08:00", "--zone": "Europe/Amsterdam", "--list": "weekly"}
    for change, code in (
        ({"--every": "mondy 08:00"}, 2),
        ({"--zone": "Europe/Nowhere"}, 2),
        ({"--list": "daily"}, 1),
    ):
        options = [word for pair in (good | change).items() for word in pair]
        ran = digest("schedule", "add", "x", *options)
        assert ran.code == code
        assert one_line(ran.err), ran.err
    assert digest("schedule", "list").out == ""


def test_nothing_to_do(digest: Digest) -> None:
    """Nothing new is exit code 3, with the reason."""
    ran = digest("build")
    assert ran.code == 3
    assert "min_stories" in ran.err
    assert digest("collect").code == 3


def test_a_check_refuses(digest: Digest, folder: Path) -> None:
    """Without a postal address nothing is sent, and --allow does not help there."""
    settings = (folder / "digest.toml").read_text().replace("1 Lower Quay", "")
    (folder / "digest.toml").write_text(settings.replace(", Marlhaven", ""))
    digest("build", "ferry.txt")
    digest("lists", "add", "weekly")
    digest(
        "subscribers", "add", "ann@example.com", "--list", "weekly", "--consent", "x"
    )
    ran = digest("send", "1", "--list", "weekly")
    assert ran.code in {1, 4}
    assert one_line(ran.err), ran.err
    assert digest("check", "1").code == 4
    assert not (folder / "outbox").exists()


def test_mailing_is_asked_for(digest: Digest, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a key and no --yes, a command that is not answered mails nobody."""
    monkeypatch.setenv("SENDGRID_API_KEY", "SG.test")
    monkeypatch.setenv("DIGEST_SENDGRID_HOST", "http://127.0.0.1:9")
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    digest("build", "ferry.txt")
    digest("lists", "add", "weekly")
    digest(
        "subscribers", "add", "ann@example.com", "--list", "weekly", "--consent", "x"
    )
    ran = digest("send", "1", "--list", "weekly")
    assert ran.code == 1
    assert digest("status", "1", "--json").object["planned"] == 0


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(digest: Digest, command: str) -> None:
    """Each --help has an example."""
    ran = digest(command, "--help")
    assert ran.code == 0
    assert "Example" in ran.out


def test_unknown_commands_and_options(digest: Digest) -> None:
    """What is no command and no option is usage: exit 2, with what is near."""
    for words, meant in (
        (("buid",), "Did you mean 'build'?"),
        (("lists", "ad"), "add"),
        (("build", "--jsn"), "--json"),
        (("frobnicate",), "No such command 'frobnicate'"),
        (("build", "--frobnicate"), "No such option"),
    ):
        ran = digest(*words)
        assert ran.code == 2
        assert meant in ran.err, ran.err


HOSTILE = (
    "{{7*7}}",
    "{% raw %}",
    "</mj-text><script>alert(1)</script>",
    "-name-",
    "<%asm_global_unsubscribe_raw_url%>",
    "[unsubscribe]",
    "<mj-raw>",
    "*|FNAME|*",
    "%recipient%",
)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_text_that_looks_like_a_tag(digest: Digest, folder: Path, hostile: str) -> None:
    """What an article says arrives as its reader should see it, and does nothing."""
    text = ARTICLE.replace("The first night ferry", f"The {hostile} night ferry")
    title = f"Marlhaven {hostile} opens"
    page = text.replace(text.partition("\n")[0], title)
    (folder / "bad.txt").write_text(page, encoding="utf-8")
    assert digest("build", "bad.txt", "--out", "out").code == 0
    tree = html.document_fromstring((folder / "out/email.html").read_text("utf-8"))
    seen = " ".join(str(tree.xpath("string()")).split())
    assert f"The {hostile} night ferry" in seen
    assert f"Marlhaven {hostile} opens" in seen
    assert not tree.xpath("//script")
    plain = (folder / "out/email.txt").read_text("utf-8")
    assert "<%" not in plain
    assert f"The {hostile} night ferry" in plain.replace("\u2060", "")


@pytest.mark.parametrize("place", ["nowhere", "out/email.html", "ferry.txt", ""])
@pytest.mark.parametrize("command", ["check", "preview"])
def test_places_that_hold_no_issue(digest: Digest, command: str, place: str) -> None:
    """It is said what is wanted: an issue's number, or a folder that build wrote."""
    digest("build", "ferry.txt", "--out", "out")
    ran = digest(command, place)
    assert ran.code == 1
    assert one_line(ran.err), ran.err
    assert "give the number of an issue, or a folder that `digest build" in ran.err


@pytest.mark.parametrize("place", ["ftp://x.example/y", "file:///etc/passwd"])
@pytest.mark.parametrize("command", ["build", "summarize", "extract"])
def test_addresses_of_other_kinds(digest: Digest, command: str, place: str) -> None:
    """What is neither a file nor http is not taken for a file."""
    ran = digest(command, place)
    assert (ran.code, ran.out) == (2, "")
    assert one_line(ran.err), ran.err
    assert f"{place}: only http and https" in ran.err


def test_a_build_that_cannot_be_written(digest: Digest, folder: Path) -> None:
    """A folder that cannot be made is named, and the issue's number stays free."""
    (folder / "afile").touch()
    ran = digest("build", "ferry.txt", "--out", "afile/x")
    assert (ran.code, ran.err) == (1, "digest: afile/x: Not a directory\n")
    assert digest("build", "ferry.txt", "--json").object["issue"] == 1


LONG_SENTENCE = "The tide rose over the lower quay again that night. "
MONSTERS = {
    "200,000 words": "The tide rises\n\n" + LONG_SENTENCE * 20_000,
    "a title of 10,000 characters": "T" * 10_000 + f"\n\n{LONG_SENTENCE}\n",
    "a title and nothing else": "The tide rises\n",
    "markup of any depth": f"The tide {'<div>' * 20_000}\n\n{'<b>' * 20_000} rises.\n",
    "one sentence without an end": "The tide rises\n\n" + "word " * 50_000,
    "emoji": f"🌊 rises 👩\u200d🚀\n\n🌊🌊 {LONG_SENTENCE} “🌊,” said Tom Reed.\n",
}


@pytest.mark.parametrize("monster", MONSTERS)
def test_an_article_that_nobody_would_write(
    digest: Digest, folder: Path, monster: str
) -> None:
    """The issue is built, with a card for it and one for its neighbour."""
    (folder / "monster.txt").write_text(MONSTERS[monster], encoding="utf-8")
    built = digest("build", "monster.txt", "ferry.txt", "--out", "out", "--json")
    assert (built.code, built.object["stories"]) == (0, 2)
    page = parse((folder / "out/email.html").read_text("utf-8"))
    cards = texts(page, "//*[contains(@class, 'headline')]")
    titles = (MONSTERS[monster][:8], ARTICLE[:8])
    assert [card[:8] for card in cards] == list(titles)
    assert max(map(len, cards)) <= 120


def own_template(folder: Path, content: str) -> Path:
    file = folder / "templates/parts/footer.mjml.j2"
    file.parent.mkdir(parents=True)
    file.write_text(content, encoding="utf-8")
    return file


def test_a_template_that_cannot_be_set(digest: Digest, folder: Path) -> None:
    """One line with file, line and tag; the issue is not kept."""
    file = own_template(folder, "<mj-section>\n<mj-column>\n</mj-section>\n")
    ran = digest("build", "ferry.txt")
    assert (ran.code, ran.out) == (1, "")
    assert f"{file}, line 2: <mj-column> is not closed" in ran.err
    assert len(ran.err.splitlines()) == 1
    file.unlink()
    assert digest("build", "ferry.txt", "--json").object["number"] == 1


def test_a_template_with_a_fault(digest: Digest, folder: Path) -> None:
    """The build goes on and says so; `check` has it as a warning."""
    link = '<a href="{{ unsubscribe_url }}">{{ issue.postal_address }}</a>'
    text = f'<mj-text aling="left">{link}</mj-text>'
    file = own_template(
        folder,
        f"<mj-section>\n<mj-column>\n{text}\n</mj-column></mj-section>",
    )
    ran = digest("build", "ferry.txt")
    assert ran.code == 0
    said = f"{file}, line 3: <mj-text> has no attribute aling; did you mean align?"
    assert said in ran.err
    findings = digest("check", "--json").objects
    [finding] = [each for each in findings if each["check"] == "template"]
    assert finding["severity"] == "warning"
    assert finding["where"] == f"{file}, line 3"


def test_a_template_that_broke_since_does_not_stop_what_is_stored(
    digest: Digest, folder: Path, sqlite_database: Database
) -> None:
    """An e-mail whose sending has begun is checked as it is."""
    digest("build", "ferry.txt", "--out", "out")
    own_template(folder, "{% if %}")
    issue = pipeline.read_issue(folder / "out")
    desk = pipeline.Desk(
        database=sqlite_database,
        config=load(folder / "digest.toml"),
        clock=lambda: issue.published,
        nonce=lambda: "5f0c9a7be41d",
    )
    stored = Email(subject="S", preheader="P", html="<p>H</p>", text="T")
    findings = pipeline.check(desk, issue, stored)
    assert "template" not in {finding.check for finding in findings}
