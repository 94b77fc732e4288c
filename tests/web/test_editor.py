"""Editing in the preview: what a form writes, to which file, and what it never does."""

from __future__ import annotations

import difflib
import hashlib
import http.client
import re
from codecs import BOM_UTF8
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import replace
from html import unescape
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import subscribers as people
from digest import drafting, ledger, pipeline
from digest.cli.build import find_issue
from digest.config import SendGridSettings
from digest.errors import SourceError
from digest.model import Quote, Schedule, Span
from digest.pipeline import Desk
from digest.rendering.templates import built_in
from digest.store import Database, approvals, schedules
from digest.web.editor import Editor
from digest.web.editor.cards import Card, left_out, parts
from digest.web.editor.forms import change_of
from digest.web.shield import LONGEST_BODY
from tests.delivery.faults import ACCEPT, LOST, Reply, fault_server, refusal
from tests.web.bench import (
    ARTICLES,
    HEADLINES,
    NOW,
    Bench,
    a_desk,
    open_bench,
    open_bench_of,
)
from tests.web.desk import SECRET

FERRY, COMET, BAKERY = HEADLINES


@pytest.fixture
def frozen(newsroom: Desk) -> Iterator[Bench]:
    """The bench of a frozen issue."""
    with open_bench(newsroom, frozen=True) as bench:
        yield bench


def changes(before: str, after: str) -> list[str]:
    lines = difflib.ndiff(before.split("\n"), after.split("\n"))
    return [line for line in lines if line[:2] in {"- ", "+ "}]


# --- What it shows and writes -------------------------------------------------------


def test_the_stories_stand_as_the_issue_shows_them(bench: Bench) -> None:
    """The large one, then by section, each with its lead and the quotes it shows."""
    _, page = bench.get()
    assert bench.shown == [BAKERY, COMET, FERRY]
    assert "“Not this winter, and not the next one.”" in page
    assert "Edit words, 3 more quotes found" in page
    assert "“Nobody asked those of us" not in page


def test_a_story_shows_all_that_was_found_in_it(bench: Bench) -> None:
    """Those that are not shown, with who said them."""
    _, page = bench.get(f"story?story={bench.keys[FERRY]}")
    assert "“Nobody asked those of us who live out on the island,”" in page
    assert "Ole Brandt" in page


@pytest.mark.parametrize(
    ("headline", "do", "differs"),
    [
        (COMET, "pin yes", ["- # pin = true", "+ pin = true"]),
        (COMET, "drop yes", ["- # drop = true", "+ drop = true"]),
        (FERRY, "quotes 3", ["- quotes = [2]", "+ quotes = [3]"]),
        (FERRY, "quotes 2 4", ["- quotes = [2]", "+ quotes = [2, 4]"]),
        (FERRY, "quotes", ["- quotes = [2]", "+ quotes = []"]),
    ],
)
def test_a_button_writes_its_line(
    bench: Bench, headline: str, do: str, differs: list[str]
) -> None:
    """And no other; the page is then of what was written."""
    before = bench.text
    status, _, location = bench.press(headline, do)
    assert changes(before, bench.text) == differs
    assert (status, location.partition("#")[2]) == (303, bench.keys[headline])
    assert "Saved in" in bench.get(location.partition("#")[0].removeprefix("./"))[1]


def test_words_are_written(bench: Bench) -> None:
    """Headline, section, note, subject, preheader and the editor's paragraph."""
    before = bench.text
    words = {"headline": "The ferry\r\n stays ", "section": "Sea", "note": "A\r\nB "}
    bench.press(FERRY, "story", **words)
    inbox = {"subject": "Ferry!", "preheader": "", "editorial": "Dear\n\nreaders"}
    bench.post(version=bench.version, do="words", **inbox)
    assert changes(before, bench.text) == [
        '- # subject = ""    # else it is the first headline',
        '+ subject = "Ferry!"',
        next(f"- {li}" for li in before.split("\n") if li.startswith("# editorial")),
        '+ editorial = "Dear\\n\\nreaders"',
        '- headline = "Ferry to run all winter"',
        '+ headline = "The ferry stays"',
        '- section = "Harbour"',
        '+ section = "Sea"',
        '- # note = ""',
        '+ note = "A\\nB"',
    ]
    issue = pipeline.assembled(bench.desk, drafting.read_draft(bench.desk, bench.file))
    assert (issue.subject, issue.stories[2].note) == ("Ferry!", "A\nB")


def buttons(page: str, key: str) -> dict[str, str]:
    """What the buttons of a story ask for, by the last part of their names."""
    found = re.findall(rf'value="([^"]*)" id="{key}-([\w-]+)"([^>]*)>', page)
    return {name: value for value, name, rest in found if "disabled" not in rest}


@pytest.mark.parametrize(
    ("headline", "button", "order"),
    [
        (COMET, "up", [COMET, BAKERY, FERRY]),
        (BAKERY, "down", [COMET, BAKERY, FERRY]),
        (FERRY, "up", [BAKERY, FERRY, COMET]),
    ],
)
def test_stories_are_moved(
    bench: Bench, headline: str, button: str, order: list[str]
) -> None:
    """One place, with all that belongs to them; the end is where there is no button."""
    asked = buttons(bench.get()[1], bench.keys[headline])
    bench.press(headline, asked[button])
    assert bench.shown == order
    assert "up" not in buttons(bench.get()[1], bench.keys[order[0]])
    assert "down" not in buttons(bench.get()[1], bench.keys[order[-1]])


def test_the_page_and_the_preview_are_of_the_same_draft(bench: Bench) -> None:
    """What was written is in the e-mail at the next look."""
    bench.press(FERRY, "story", headline="Boats &c.", section="Sea", note="")
    assert "Boats &amp;c." in bench.get("email")[1]
    assert "Boats &amp;c." in bench.previewed


def test_a_dropped_story_is_taken_in_again(bench: Bench) -> None:
    """It waits below, and comes back where it stands in the draft."""
    before = bench.text
    bench.press(COMET, "drop yes")
    assert bench.shown[-1] == COMET
    assert "Left out" in bench.get()[1]
    bench.press(COMET, "drop no")
    assert changes(before, bench.text) == ["- # drop = true", "+ drop = false"]


# --- What is never written ----------------------------------------------------------


def test_a_form_sent_twice_does_no_harm(bench: Bench) -> None:
    """It asks for what is so already, whatever it does, and however old it is."""
    version, key = bench.version, bench.keys[COMET]
    up = buttons(bench.get()[1], key)["up"]
    for do in (up, "pin yes", "quotes 2 1", "drop yes"):
        version = bench.version
        form = {"version": version, "story": key, "do": do}
        assert bench.post(**form)[0] == 303
        once = bench.text
        assert bench.post(**form)[0] == 303
        assert bench.text == once


def test_what_another_program_wrote_is_not_written_over(bench: Bench) -> None:
    """The page says so, shows the newer draft, and keeps what was typed."""
    version, key = bench.version, bench.keys[FERRY]
    outside = bench.text.replace('# note = ""', 'note = "From outside"', 1)
    bench.file.write_text(outside, "utf-8")
    form = {"version": version, "story": key, "headline": "Mine <b>", "section": "s"}
    status, page, _ = bench.post(do="story", note="", **form)
    assert (status, bench.text) == (409, outside)
    assert "changed outside of this page" in page
    assert "From outside" in page
    assert "Mine &lt;b&gt;</textarea>" in page
    assert bench.post(version=version, story=key, do="drop yes")[0] == 409
    newer = re.search(r'data-version="(\w+)"', page)
    assert newer
    form["version"] = newer[1]
    assert bench.post(do="story", note="", **form)[0] == 303
    assert 'note = "From outside"' in bench.text
    assert 'headline = "Mine <b>"' in bench.text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (
            {"headline": "“We have found no money at all”", "note": ""},
            "quotes what no article of it says",
        ),
        (
            {"headline": "x", "note": "She said “not ever and not the next one”."},
            "quotes what no article of it says",
        ),
        ({"headline": " \n ", "note": ""}, "a story needs a headline"),
    ],
)
def test_nobody_is_quoted_who_did_not_say_it(
    bench: Bench, fields: dict[str, str], said: str
) -> None:
    """Nothing is written; the reason is said, with what was typed still there."""
    before = bench.text
    status, page, _ = bench.press(FERRY, "story", section="s", **fields)
    assert (status, bench.text) == (422, before)
    assert said in unescape(page)
    assert f"{fields['headline'].strip()}</textarea>" in unescape(page)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"note": "Dear {{ name }}"}, "<pre>the note: {{ }} would be read by"),
        ({"note": "“not\n said”"}, "it says: “not said”</pre>"),
        ({"headline": " "}, "<pre>the headline: a story needs a headline"),
    ],
)
def test_what_is_wrong_is_told_by_its_field(
    bench: Bench, fields: dict[str, str], said: str
) -> None:
    """Not by a line of a file that was not written; in one line, as people quote."""
    _, page, _ = bench.press(
        FERRY, "story", **{"headline": FERRY, "section": "s", "note": "", **fields}
    )
    assert said in unescape(page)
    assert not re.search(r"draft\.toml:\d", page)


def asked_by(card: Card) -> list[str]:
    """What the buttons of a story ask for."""
    quotes = ((one.toggled, one.instead, one.earlier) for one in card.quotes)
    toggles = ("pin yes", "pin no", "drop yes", "drop no")
    return list(filter(None, (*toggles, card.up, card.down, *chain(*quotes))))


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_whatever_is_pressed_it_stays_a_draft(
    newsroom: Desk, data: st.DataObject
) -> None:
    """Of the same stories, with every comment that is not a value's place."""
    file = newsroom.config.folder / "draft.toml"
    drafting.write_draft(newsroom, file, pipeline.draft(newsroom))
    before = file.read_text("utf-8")
    editor = Editor(lambda: newsroom, str(file), find_issue)
    for _ in range(6):
        sheet = editor.sheet()
        cards = [
            *left_out(sheet.draft),
            *(c for part in parts(sheet) for c in part.cards),
        ]
        card = data.draw(st.sampled_from(sorted(cards, key=lambda each: each.key)))
        form = {"story": card.key, "do": data.draw(st.sampled_from(asked_by(card)))}
        with suppress(SourceError):  # the last story stays
            editor.change(sheet.version, change_of(form))
    after = file.read_text("utf-8")
    drafting.read_draft(newsroom, file)
    for line in before.split("\n"):
        if line.startswith(("#   ", "headline")):
            assert before.count(f"{line}\n") == after.count(f"{line}\n")


def test_what_was_said_may_be_quoted(bench: Bench) -> None:
    """In the editor's words too."""
    note = "“I take it myself every single day” is what she told us."
    status, _, _ = bench.press(FERRY, "story", headline="x", section="", note=note)
    assert (status, note in bench.text) == (303, True)


def test_the_last_story_stays(bench: Bench) -> None:
    """An issue without a story is none."""
    bench.press(FERRY, "drop yes")
    bench.press(COMET, "drop yes")
    before = bench.text
    status, page, _ = bench.press(BAKERY, "drop yes")
    assert (status, bench.text) == (422, before)
    assert "has no story left" in page


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"do": "pin"},
        {"do": "pin maybe"},
        {"do": "quotes 99"},
        {"do": "quotes 1 1"},
        {"do": "quotes -1"},
        {"do": "quotes 1234567890"},
        {"do": "move x y"},
        {"do": "words now"},
        {"do": "pin yes", "story": "nobodys"},
        {"do": "story", "story": "../../etc/passwd", "headline": "x"},
    ],
)
def test_a_form_that_means_nothing(bench: Bench, form: dict[str, str]) -> None:
    """Is refused in words, and nothing is written."""
    before = bench.text
    fields = {"version": bench.version, "story": bench.keys[FERRY]} | form
    status, page, _ = bench.post(**fields)
    assert (status, bench.text) == (422, before)
    assert "Nothing was written" in page


def test_a_draft_that_cannot_be_read(bench: Bench) -> None:
    """Its line is named, what was typed is not lost, and nothing is written."""
    version, key = bench.version, bench.keys[FERRY]
    broken = bench.text.replace("\n[[story]]", "\n[[story]", 1)
    bench.file.write_text(broken, "utf-8")
    assert bench.get()[0] == 500
    assert re.search(r"draft\.toml:\d+: ", bench.get()[1])
    status, page, _ = bench.post(
        version=version, story=key, do="story", headline="Mine", note="My note"
    )
    assert (status, bench.text) == (422, broken)
    assert "My note" in page
    for path in ("email", "source?story=x", "test", "approve"):
        assert bench.get(path)[0] in {404, 409}


def test_a_file_stays_what_it_was(bench: Bench) -> None:
    """A link leads to it, its mode is kept, and a mark of UTF-8 before all."""
    file = bench.desk.config.folder / "elsewhere.toml"
    bench.file.rename(file)
    bench.file.symlink_to(file)
    file.write_bytes(BOM_UTF8 + file.read_bytes().replace(b"\n", b"\r\n"))
    file.chmod(0o640)
    assert bench.press(COMET, "pin yes")[0] == 303
    assert bench.file.is_symlink()
    content = file.read_bytes()
    assert content.startswith(BOM_UTF8)
    assert content.count(b"\n") == content.count(b"\r\n")
    assert b"\r\npin = true\r\n" in content
    assert file.stat().st_mode & 0o777 == 0o640


# --- A frozen issue -----------------------------------------------------------------


def test_a_frozen_issue_is_only_read(frozen: Bench) -> None:
    """Its first change makes a draft, which is edited and shown from then on."""
    folder = frozen.desk.config.folder
    (folder / "draft-1.toml").write_text("somebody's")
    before = frozen.stored(1)
    assert "draft-1-2.toml" in frozen.get()[1]
    assert not (folder / "draft-1-2.toml").exists()
    version, key = frozen.version, frozen.keys[FERRY]
    assert frozen.press(FERRY, "quotes 3")[0] == 303
    assert frozen.file == folder / "draft-1-2.toml"
    assert "quotes = [3]" in frozen.text
    assert (folder / "draft-1.toml").read_text() == "somebody's"
    assert "I take it myself every single day" in frozen.previewed
    assert frozen.press(COMET, "pin yes")[0] == 303
    assert "pin = true" in frozen.text
    assert frozen.post(version=version, story=key, do="drop yes")[0] == 409
    assert frozen.stored(1) == before
    assert len(list(folder.glob("draft*"))) == 2


def test_a_frozen_issue_is_given_up_before_its_draft(frozen: Bench) -> None:
    """The commands are said in their order."""
    assert ">digest send 1 --list LIST\n<" in frozen.get()[1]
    frozen.press(COMET, "pin yes")
    page = frozen.get()[1]
    commands = f"digest issues discard 1\ndigest build --from {frozen.file}\n"
    assert commands in page
    assert "digest send ISSUE --list LIST" in page


def test_a_quote_that_is_not_found_any_more(newsroom: Desk) -> None:
    """An issue of another version may show some: that they would go is said."""
    issue = pipeline.freeze(newsroom, pipeline.draft(newsroom)).issue
    hero = issue.stories[0]
    span = Span.of(hero.article.text, 0, 10)
    quotes = (*hero.quotes, Quote(span=span, utterance=9, selected=True))
    first = replace(issue.sections[0], stories=(replace(hero, quotes=quotes),))
    odd = replace(issue, sections=(first, *issue.sections[1:]), id=None)
    folder = newsroom.config.folder / "out"
    pipeline.write_out(folder, odd, pipeline.render(newsroom, odd))
    with open_bench_of(newsroom, str(folder)) as bench:
        assert "1 of its quotes would be lost" in bench.get()[1]
    with open_bench_of(newsroom, str(issue.id)) as bench:
        assert "would be lost" not in bench.get()[1]


def test_no_list_is_guessed(frozen: Bench) -> None:
    """Of several none is offered, but that of the issue's schedule or campaign is."""
    with frozen.desk.database.write() as connection:
        for name in ("alpha", "weekly"):
            people.add_list(connection, name, now=NOW)
    assert ">digest send 1 --list LIST\n<" in frozen.get()[1]
    assert "<option selected" not in frozen.get("test")[1]
    waiting(frozen.desk, 1)
    assert ">digest send 1 --list weekly\n<" in frozen.get()[1]
    assert "<option selected>weekly</option>" in frozen.get("test")[1]


def test_from_a_draft_back_to_its_issue(frozen: Bench) -> None:
    """One press makes a draft of it; the way back, and to its approval, is a button."""
    waiting(frozen.desk, 1)
    frozen.press(COMET, "pin yes")
    page, draft = frozen.get()[1], frozen.file
    assert "<small>draft-1.toml</small>" in page
    assert "Back to issue 1" in page
    assert frozen.post("back")[0] == 303
    page = frozen.get()[1]
    assert "Issue 1, frozen" in page
    assert "Approve …" in page
    assert "Back to issue 1" not in page
    assert draft.exists()


def test_a_draft_of_what_a_schedule_waits_for(frozen: Bench) -> None:
    """Is not what goes out: that is said, and that it has to be sent by hand."""
    waiting(frozen.desk, 1)
    frozen.press(COMET, "pin yes")
    page = frozen.get()[1]
    assert "sends issue 1 as it was, not this draft" in page
    assert "Approve …" not in page


def test_an_issue_of_a_folder(newsroom: Desk) -> None:
    """Is edited too, though no database has it."""
    folder = newsroom.config.folder / "out"
    issue = pipeline.build(newsroom, dry_run=True).issue
    pipeline.write_out(folder, issue, pipeline.render(newsroom, issue))
    with open_bench(newsroom) as bench:
        bench.editor.place = str(folder)
        assert "not one of this database" in bench.get()[1]
        assert bench.press(COMET, "pin yes")[0] == 303
        assert bench.shown[0] == COMET


def test_an_id_of_another_database_is_not_taken(newsroom: Desk) -> None:
    """The issue of a folder is not the one that has its number here."""
    folder = newsroom.config.folder / "out"
    pipeline.freeze(newsroom, pipeline.draft(newsroom), folder)
    file = folder / pipeline.ISSUE_FILE
    file.write_text(file.read_text().replace("The bakery", "A bakery"))
    with open_bench_of(newsroom, str(folder)) as bench:
        assert "digest send 1" not in bench.get()[1]


def test_what_was_sent_is_shown_as_it_was_sent(frozen: Bench, newsroom: Desk) -> None:
    """The stored e-mail of an issue's campaign, whatever the templates are by now."""
    email = replace(
        pipeline.render(newsroom, frozen.stored(1)), html="<p>As it was sent"
    )
    with newsroom.database.write() as connection:
        people.add_list(connection, "weekly", NOW)
        ledger.create_campaign(
            connection, 1, email, transport="sendgrid", lists=["weekly"], now=NOW
        )
    assert "As it was sent" in frozen.get("email")[1]


# --- To whom ------------------------------------------------------------------------

POSTS = ("", "approve", "test")


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize("origin", ["", "null", "https://evil.example.com", "{port}"])
def test_a_form_of_another_page_is_refused(
    bench: Bench, path: str, origin: str
) -> None:
    """And one that does not say where it comes from."""
    before = bench.text
    other = f"http://127.0.0.1:{bench.port + 1}" if origin == "{port}" else origin
    fields = {"version": bench.version, "story": bench.keys[FERRY], "do": "drop yes"}
    assert bench.post(path, origin=other, **fields)[0] == 403
    assert bench.text == before


@pytest.mark.parametrize("path", POSTS)
def test_a_form_without_the_secret_is_refused(bench: Bench, path: str) -> None:
    """Whoever guesses the port changes nothing."""
    with closing(http.client.HTTPConnection("127.0.0.1", bench.port)) as line:
        line.request("POST", f"/x/edit/{path}", b"", {"Origin": bench.origin})
        assert line.getresponse().status == 403


def test_a_body_that_is_too_long(bench: Bench) -> None:
    """Is cut off."""
    before = bench.text
    fields = {"version": bench.version, "story": bench.keys[FERRY], "do": "story"}
    status, _, _ = bench.post(headline="x" * (LONGEST_BODY + 1), **fields)
    assert (status, bench.text) == (413, before)


@pytest.mark.parametrize(
    "body", [b"\xff\xfe", b"{}", b"a=%FF", b"&".join([b"a=1"] * 50), b"a"]
)
def test_a_body_that_is_no_form(bench: Bench, body: bytes) -> None:
    """Is refused."""
    with closing(http.client.HTTPConnection("127.0.0.1", bench.port)) as line:
        line.request("POST", f"/{SECRET}/edit/", body, {"Origin": bench.origin})
        assert line.getresponse().status == 400


def test_looking_changes_nothing(frozen: Bench) -> None:
    """No GET of any page writes a file or a row, with whatever query."""

    def everything() -> set[tuple[str, str]]:
        files = frozen.desk.config.folder.rglob("*")
        return {
            (str(file), hashlib.sha256(file.read_bytes()).hexdigest())
            for file in files
            if file.is_file() and not file.name.endswith(("-shm", "-wal"))
        }

    before, key = everything(), frozen.keys[FERRY]
    query = f"?story={key}&do=drop+yes&quote=1&version={frozen.version}&test=token1"
    for path in ("", "email", "story", "source", "approve", "test"):
        assert frozen.get(path + query)[0] == 200
    assert everything() == before


# --- A passage in its article -------------------------------------------------------


def told(page: str) -> str:
    """What a page shows of the article, as text with its marks."""
    return page[page.index('<article class="told"') :]


@pytest.mark.parametrize(
    ("quote", "passage", "marks"),
    [
        (0, "The night ferry will run all winter, the council said on Monday.", []),
        (
            2,
            "Not this winter, and not the next one.",
            [("mention", "Mara Lindqvist"), ("cue", "said")],
        ),
        (
            3,
            "I take it myself every single day to get to work.",
            [("mention", "She"), ("cue", "added"), ("name", "Mara Lindqvist")],
        ),
        (
            4,
            "Nobody asked those of us who live out on the island,",
            [("mention", "Ole Brandt"), ("cue", "said")],
        ),
    ],
)
def test_a_passage_is_shown_in_its_article(
    bench: Bench, quote: int, passage: str, marks: list[tuple[str, str]]
) -> None:
    """The whole text with the passage marked, and what says who spoke."""
    query = f"?story={bench.keys[FERRY]}&quote={quote}"
    status, page = bench.get(f"source{query}")
    assert status == 200
    assert re.findall(r'<mark class="passage">(.*?)</mark>', told(page)) == [passage]
    for kind, text in marks:
        assert f'<mark class="{kind}">{text}</mark>' in told(page)
    start = ARTICLES["ferry"].index(passage)
    proof = f"article.text[{start}:{start + len(passage)}] == text"
    assert proof in page
    assert "Word for word: checked now" in page


def test_all_of_an_article_is_shown(bench: Bench) -> None:
    """What was set apart too, dimmed; nothing of it runs."""
    for name, headline in zip(ARTICLES, HEADLINES, strict=True):
        _, page = bench.get(f"source?story={bench.keys[headline]}")
        shown = unescape(re.sub("<[^<>]*>", "", told(page)))
        assert [w for w in ARTICLES[name].split() if w not in shown] == []
        assert "<script>parent" not in page
    ferry = told(bench.get(f"source?story={bench.keys[FERRY]}")[1])
    assert '<p class="aside">Sign up for our newsletter</p>' in ferry


def test_who_spoke_is_explained(bench: Bench) -> None:
    """By which rule, and how sure it is, in words."""
    _, page = bench.get(f"source?story={bench.keys[FERRY]}&quote=3")
    assert "“he”, “she” or “they”" in page
    assert re.search(r"right \d+ times in 100", page)


@pytest.mark.parametrize("query", ["", "story=x", "quote=1", "story={}&quote=99"])
def test_a_passage_that_is_not_there(bench: Bench, query: str) -> None:
    """Is not found."""
    assert bench.get(f"source?{query.format(bench.keys[FERRY])}")[0] == 404


# --- Approving, testing -------------------------------------------------------------


def waiting(newsroom: Desk, issue: int) -> Callable[[], bool]:
    """A schedule that waits for somebody to approve an issue; whether they have."""
    with newsroom.database.write() as connection:
        weekly = Schedule(
            name="weekly", every="daily 08:00", zone="UTC", lists=("weekly",)
        )
        schedules.add_schedule(connection, weekly, NOW)
        schedules.begin_slot(connection, 1, "2026-11-23", NOW)
        schedules.set_issue(connection, 1, "2026-11-23", issue)
        approvals.ask_approval(connection, 1, "2026-11-23", "hash")

    def approved() -> bool:
        with newsroom.database.read() as connection:
            found = approvals.approval_of(connection, issue)
            return found is not None and found.given

    return approved


def test_an_issue_is_approved(frozen: Bench) -> None:
    """After it was asked once more; twice is as good as once."""
    approved = waiting(frozen.desk, 1)
    assert "Approve …" in frozen.get()[1]
    assert "Let issue 1 go out?" in frozen.get("approve")[1]
    assert not approved()
    for _ in range(2):
        assert frozen.post("approve", issue="1")[0] == 303
        assert approved()
    assert "It is approved" in frozen.get("approve")[1]
    assert "Approve …" not in frozen.get()[1]


def test_nothing_waits_to_be_approved(bench: Bench, newsroom: Desk) -> None:
    """A draft, an issue without a schedule, another issue than was asked about."""
    assert "Nothing waits for this" in bench.get("approve")[1]
    assert bench.post("approve", issue="1")[0] == 409
    issue = pipeline.freeze(newsroom, pipeline.draft(newsroom)).issue
    bench.editor.place = str(issue.id)
    assert bench.post("approve", issue="1")[0] == 409
    approved = waiting(newsroom, 1)
    assert bench.post("approve", issue="2")[0] == 409
    assert not approved()


def mails(bench: Bench) -> list[str]:
    """The subjects and recipients of what was written into the outbox."""
    files = sorted((bench.desk.config.folder / "outbox").rglob("*.eml"))
    texts = [file.read_text("utf-8", "replace") for file in files]
    return [
        line
        for text in texts
        for line in text.split("\n")
        if line.startswith(("Subject: ", "To: "))
    ]


@pytest.mark.parametrize("kind", ["draft", "frozen"])
def test_a_test_is_sent_once(request: pytest.FixtureRequest, kind: str) -> None:
    """Asked about first; sent again, the form finds what became of it."""
    bench = request.getfixturevalue({"draft": "bench"}.get(kind, "frozen"))
    assert 'value="editor@example.com"' in bench.get("test")[1]
    status, _, asked = bench.post("test", address="Ann@example.org")
    assert status == 303
    page = bench.get(asked)[1]
    assert "Send it?" in page
    assert f"[Test] {BAKERY}" in page
    assert mails(bench) == []
    token = asked.partition("=")[2]
    for _ in range(2):
        assert bench.post("test", token=token) == (303, "", asked)
    assert mails(bench) == ["To: Ann@example.org", f"Subject: [Test] {BAKERY}"]
    assert "Written as a file in" in bench.get(asked)[1]


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (ACCEPT, "Handed over. Nobody counts as reached."),
        (LOST, "It may have arrived or not: "),
        (refusal(400, "Bad"), "It was not sent: "),
    ],
)
def test_a_test_goes_through_sendgrid(
    sqlite_database: Database, tmp_path: Path, reply: Reply, said: str
) -> None:
    """Once, whatever the answer was, and however often the button is pressed."""
    desk = a_desk(sqlite_database, tmp_path)
    with fault_server() as faults:
        faults.will(reply)
        account = SendGridSettings(api_key="SG.test", host=faults.url)
        desk = replace(desk, config=replace(desk.config, sendgrid=account))
        with open_bench(desk) as bench:
            _, _, asked = bench.post("test", address="ann@example.org")
            for _ in range(2):
                bench.post("test", token=asked.partition("=")[2])
            assert said in unescape(bench.get(asked)[1])
    [request] = faults.requests
    assert request["subject"] == f"[Test] {BAKERY}"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"address": "nobody"}, "nobody"),
        ({"address": "a@example.org\r\nBcc: b@example.org"}, "a@example.org"),
        ({"address": "a@example.org", "list": "none"}, "none"),
        ({"token": "guessed"}, "was not asked about"),
    ],
)
def test_a_test_that_cannot_be_sent(
    bench: Bench, fields: dict[str, str], said: str
) -> None:
    """Is refused in words, and nobody is mailed."""
    status, page, _ = bench.post("test", **fields)
    assert (status, mails(bench)) == (422, [])
    assert said in page


def test_what_forbids_a_test_is_said_at_first(newsroom: Desk) -> None:
    """Before anything is typed; and what was typed is kept when it is refused."""
    with open_bench(newsroom) as bench:
        _, _, asked = bench.post("test", address="ann@example.org")
    newsletter = replace(newsroom.config.newsletter, from_email="")
    desk = replace(newsroom, config=replace(newsroom.config, newsletter=newsletter))
    with open_bench_of(desk, str(bench.file)) as bench:
        page = bench.get("test")[1]
        assert "cannot be sent as it is" in page
        assert "from_email" in page
        assert "#notes" in page
        _, _, asked = bench.post("test", address="ann@example.org")
        status, page, _ = bench.post("test", token=asked.partition("=")[2])
    assert status == 422
    assert 'value="ann@example.org"' in page


def test_another_version_than_was_asked_about_is_not_sent(bench: Bench) -> None:
    """Somebody saved in between."""
    _, _, asked = bench.post("test", address="ann@example.org")
    bench.press(COMET, "pin yes")
    status, page, _ = bench.post("test", token=asked.partition("=")[2])
    assert (status, mails(bench)) == (422, [])
    assert "ask for the test anew" in page


def test_the_style_of_the_preview_leaves_the_editor_alone() -> None:
    """Both are on its pages, so their names differ, but for a few that are meant."""

    def classes(name: str) -> set[str]:
        css = (built_in() / "preview" / name).read_text("utf-8")
        return set(re.findall(r"\.([a-z][\w-]*)", css))

    shared = {"hint", "icon", "line", "problem", "top"}
    assert classes("preview.css") & classes("edit.css") == shared
