"""An issue is frozen whole: with its files and its items, or not at all."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection

from digest import drafting, pipeline
from digest.config import Config, Look, Newsletter, Source
from digest.errors import DigestError, NothingToDo, SourceError, TryAgain
from digest.model import Article
from digest.pipeline import Built, Desk
from digest.store import Database, issues, items

ARTICLE = "The night ferry left Marlhaven on Friday with 212 people on board.\n"


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> Desk:
    """A desk with one collected article."""
    (tmp_path / "ferry.txt").write_text(ARTICLE)
    desk = Desk(
        database=database,
        config=Config(source=(Source(path="ferry.txt"),), folder=tmp_path),
        clock=lambda: datetime(2026, 11, 23, 8, tzinfo=UTC),
        nonce=lambda: "0a1b2c3d4e5f",
    )
    pipeline.collect(desk)
    return desk


def kept(desk: Desk) -> tuple[int | None, int]:
    """The newest issue, and how many articles wait for the next one."""
    with desk.database.read() as connection:
        waiting = items.unused(connection, pipeline.SERIES)
        return issues.newest(connection), len(waiting)


#: a desk → the same with a fault, and the folder to write to
Fault = Callable[[Desk], tuple[Desk, Path]]


def a_file_in_the_way(desk: Desk) -> tuple[Desk, Path]:
    (desk.config.folder / "file").touch()
    return desk, desk.config.folder / "file/out"


def a_folder_in_a_files_place(desk: Desk) -> tuple[Desk, Path]:
    (desk.config.folder / "out/email.txt").mkdir(parents=True)
    return desk, desk.config.folder / "out"


def a_look_that_cannot_be_rendered(desk: Desk) -> tuple[Desk, Path]:
    look = replace(desk.config, look=Look(accent="zz"))
    return replace(desk, config=look), desk.config.folder / "out"


@pytest.mark.parametrize(
    "fault",
    [a_file_in_the_way, a_folder_in_a_files_place, a_look_that_cannot_be_rendered],
    ids=lambda fault: fault.__name__,
)
def test_what_fails_keeps_nothing(desk: Desk, fault: Fault) -> None:
    """No issue, no file and no used-up article is left; put right, it is number 1."""
    faulty, out = fault(desk)
    builds: Sequence[Callable[[], Built]] = (
        lambda: pipeline.build(faulty, out=out),
        lambda: pipeline.freeze(
            faulty, pipeline.draft_of(faulty, [article(desk)]), out
        ),
    )
    for build in builds:
        with pytest.raises((OSError, DigestError)):
            build()
        assert kept(desk) == (None, 1)
        assert not [each for each in out.rglob("*") if each.is_file()]
    issue = pipeline.build(desk).issue
    assert issue.number == 1
    assert kept(desk) == (issue.id, 0)


def article(desk: Desk) -> Article:
    with desk.database.read() as connection:
        (item,) = items.unused(connection, pipeline.SERIES)
    return item.article


def test_files_stay_when_the_database_fails(desk: Desk) -> None:
    """What an earlier issue wrote is not replaced by one that is not kept."""
    out = desk.config.folder / "out"
    pipeline.freeze(desk, pipeline.draft_of(desk, [article(desk)]), out)
    before = {file: file.read_bytes() for file in out.iterdir()}
    assert len(before) == 3

    def fail(connection: Connection, built: pipeline.Built) -> None:
        raise TryAgain("another process was first")

    with pytest.raises(TryAgain):
        pipeline.build(desk, out=out, also=fail)
    assert {file: file.read_bytes() for file in out.iterdir()} == before
    assert kept(desk) == (1, 1)


def test_a_source_says_how_much_of_it_may_be_quoted(desk: Desk) -> None:
    """What was collected from it is a headline and a link, where so little is."""
    shy = replace(desk.config, source=(Source(path="ferry.txt", quote_limit=5),))
    quoted, bare = (
        pipeline.build(replace(desk, config=config), dry_run=True).issue.stories[0]
        for config in (desk.config, shy)
    )
    assert quoted.lede.text
    assert not bare.lede.text
    assert bare.headline == quoted.headline


def test_what_is_written_out_links_to_the_web_version(desk: Desk) -> None:
    """As the e-mail that is sent does: the issue's id is known when it is written."""
    online = Newsletter(base_url="https://weekly.example")
    desk = replace(desk, config=replace(desk.config, newsletter=online))
    built = pipeline.build(desk, out=desk.config.folder / "out")
    html = (desk.config.folder / "out/email.html").read_text("utf-8")
    assert f"https://weekly.example/i/{built.issue.id}" in html


def edited(file: Path, old: str, new: str) -> None:
    """What an editor does to a file."""
    content = file.read_text("utf-8")
    assert old in content
    file.write_text(content.replace(old, new), "utf-8")


@pytest.fixture
def file(desk: Desk) -> Path:
    """A draft of the collected article."""
    file = desk.config.folder / "draft.toml"
    drafting.write_draft(desk, file, pipeline.draft(desk))
    return file


def test_a_draft_is_edited_and_frozen(desk: Desk, file: Path) -> None:
    """The subject is the editor's; the items are used when it is frozen."""
    edited(file, '# subject = ""', 'subject = "The ferry is in"')
    assert kept(desk) == (None, 1)
    built = pipeline.freeze(desk, drafting.read_draft(desk, file))
    assert built.email.subject == built.issue.subject == "The ferry is in"
    assert kept(desk) == (built.issue.id, 0)
    with pytest.raises(TryAgain):  # its items are used
        pipeline.freeze(desk, drafting.read_draft(desk, file))


def test_a_draft_makes_the_issue_that_is_built(desk: Desk, file: Path) -> None:
    """An unchanged draft is no other issue, whether of items or of files."""
    issue = pipeline.build(desk, dry_run=True).issue
    assert pipeline.assembled(desk, drafting.read_draft(desk, file), 1) == issue
    given = pipeline.draft_of(desk, [article(desk)])
    drafting.write_draft(desk, file, given)
    assert drafting.read_draft(desk, file) == given


def test_an_article_given_by_hand_is_not_touched(desk: Desk, file: Path) -> None:
    """A word of it that was changed in the draft is found out."""
    drafting.write_draft(desk, file, pipeline.draft_of(desk, [article(desk)]))
    edited(file, "212 people", "812 people")
    with pytest.raises(SourceError, match=r"draft.toml:\d+: article 1 was changed"):
        drafting.read_draft(desk, file)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("articles = [1]", "articles = [7]"), "there is no item 7"),
        (("articles = [1]", "articles = []"), "a story needs an article"),
        (("articles = [1]", 'articles = ["a"]'), r"no \[\[article\]\] named"),
        (("quotes = []", "quotes = [2]"), "no quote 2 in .*; it has none"),
        (("quotes = []", 'quotes = "all"'), "must be a list, not a text"),
        (('# note = ""', 'nota = ""'), "a draft has no 'nota' here"),
        (("series = ", "serious = "), "a draft has no 'serious' here"),
        (("[[story]]", "[[story]"), "Expected"),
    ],
)
def test_what_is_wrong_in_a_draft_is_named_with_its_line(
    desk: Desk, file: Path, change: tuple[str, str], reason: str
) -> None:
    """And nothing is kept."""
    old, new = change
    edited(file, f"\n{old}", f"\n{new}")
    lines = file.read_text("utf-8").splitlines()
    line = next(n for n, each in enumerate(lines, 1) if each.startswith(new))
    with pytest.raises(SourceError, match=f"draft.toml:{line}: .*{reason}"):
        drafting.read_draft(desk, file)
    assert kept(desk) == (None, 1)


def test_an_editor_quotes_what_was_said(desk: Desk, file: Path) -> None:
    """Words between quotation marks stand in the article, or the story is named."""
    edited(file, '# note = ""', "note = '“212 people on board” is a record.'")
    issue = pipeline.assembled(desk, drafting.read_draft(desk, file))
    assert issue.stories[0].note == "“212 people on board” is a record."
    edited(file, "212 people on board”", "812 people on board”")
    assert_refused(desk, file, "note = ")


@pytest.mark.parametrize("key", ["subject", "preheader", "editorial"])
def test_so_do_an_editors_words_on_the_whole(desk: Desk, file: Path, key: str) -> None:
    """And the line is that of the words."""
    words = f"{key} = 'It was “a day that nobody forgets”.'"
    text = file.read_text("utf-8")
    file.write_text(re.sub(f"(?m)^# {key} = .*$", words, text), "utf-8")
    assert_refused(desk, file, f"{key} = ")


def assert_refused(desk: Desk, file: Path, begins: str) -> None:
    """What the editor quotes there, no article says."""
    lines = file.read_text("utf-8").splitlines()
    line = next(n for n, each in enumerate(lines, 1) if each.startswith(begins))
    with pytest.raises(SourceError, match=f"draft.toml:{line}: .*no article of it"):
        drafting.read_draft(desk, file)


@pytest.mark.parametrize(
    "said", ["“I resign”", "‘I do resign’", "「辞任」", "“I resign"]
)
def test_no_quotation_is_too_short_to_be_one(desk: Desk, file: Path, said: str) -> None:
    """Nor are other marks, or one that is not closed."""
    edited(file, '# note = ""', f"note = 'She said {said}'")
    assert_refused(desk, file, "note = ")


def test_no_mark_of_a_workshop_is_frozen(desk: Desk, file: Path) -> None:
    """It would be refused when the issue is sent, and its items were used up."""
    edited(file, '# note = ""', "note = 'Hello {{name}}'")
    with pytest.raises(SourceError, match="{{ }} would be read by everybody"):
        drafting.read_draft(desk, file)


def test_a_subject_is_one_line(desk: Desk, file: Path) -> None:
    """It is a header of the mail, and a line of every list."""
    edited(file, '# subject = ""', 'subject = "One\\nBcc: a@b.test" #')
    issue = pipeline.assembled(desk, drafting.read_draft(desk, file))
    assert issue.subject == "One Bcc: a@b.test"


def test_a_draft_without_a_story(desk: Desk, file: Path) -> None:
    """An empty issue is never built."""
    edited(file, "# drop = true", "drop = true")
    with pytest.raises(SourceError, match="has no story left"):
        drafting.read_draft(desk, file)


@pytest.mark.parametrize("content", [b"{}", b"\xff", b"series = 1", b""])
def test_what_is_no_draft(desk: Desk, file: Path, content: bytes) -> None:
    """Whatever stands in the file, it is an error of the file."""
    file.write_bytes(content)
    with pytest.raises(SourceError, match="draft.toml"):
        drafting.read_draft(desk, file)


def test_a_story_that_was_told_is_not_told_again(desk: Desk) -> None:
    """A copy at another address, after the issue that told it, is left out."""
    pipeline.build(desk)
    (desk.config.folder / "copy.txt").write_text("Again: " + ARTICLE)
    source = Source(path="copy.txt")
    desk = replace(desk, config=replace(desk.config, source=(source,)))
    pipeline.collect(desk)
    [story] = pipeline.offered(desk)
    assert story.against == "number 1 told of it"
    with pytest.raises(NothingToDo, match="0 stories.*; 1 left out"):
        pipeline.build(desk)
    [daily] = pipeline.offered(desk, series="daily")[:1]
    assert daily.taken


def test_a_frozen_issue_is_a_draft_again(desk: Desk, file: Path) -> None:
    """The same stories of the same items, with the editor's words: the same issue."""
    edited(file, '# note = ""', 'note = "Book ahead."')
    edited(file, "headline = ", "headline = 'The ferry' #")
    built = pipeline.freeze(desk, drafting.read_draft(desk, file)).issue
    again = drafting.draft_of_issue(desk, built)
    assert again.items == (1,)
    drafting.write_draft(desk, file, again)
    read = drafting.read_draft(desk, file)
    issue = pipeline.assembled(desk, read, built.number)
    assert replace(issue, id=built.id) == built


def test_an_issue_whose_items_changed_has_its_articles_by_hand(
    desk: Desk, file: Path
) -> None:
    """What it told is what its draft tells, whatever the source says by now."""
    built = pipeline.build(desk).issue
    with desk.database.write() as connection:
        [item] = items.get_items(connection, [1])
        changed = replace(item.article, text="Quite another.")
        items.keep_text(connection, 1, changed)
    again = drafting.draft_of_issue(desk, built)
    assert again.items == ()
    drafting.write_draft(desk, file, again)
    assert drafting.read_draft(desk, file).stories[0].candidate.article == (
        built.stories[0].article
    )


def test_a_limit_of_what_may_be_quoted_stays(desk: Desk, file: Path) -> None:
    """Though the source has changed the article, so that it stands in the draft."""
    source = Source(path="ferry.txt", quote_limit=40)
    desk = replace(desk, config=replace(desk.config, source=(source,)))
    with desk.database.write() as connection:
        [item] = items.get_items(connection, [1])
        known = replace(item.article, url="https://a.example/ferry")
        items.keep_text(connection, 1, known)
    built = pipeline.build(desk).issue
    assert built.stories[0].lede.text == ""
    with desk.database.write() as connection:
        items.keep_text(connection, 1, replace(known, text="Quite another."))
    drafting.write_draft(desk, file, drafting.draft_of_issue(desk, built))
    draft = drafting.read_draft(desk, file)
    assert draft.items == ()
    assert pipeline.assembled(desk, draft).stories[0].lede.text == ""
