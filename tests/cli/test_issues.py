"""`digest issues` and drafts, as they are typed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Digest


@pytest.fixture
def newsroom(digest: Digest, folder: Path) -> Digest:
    """Two articles on two events, collected."""
    (folder / "bread.txt").write_text("A rye loaf from Oldmere won the bread prize.")
    settings = folder / "digest.toml"
    sources = '\n[[source]]\npath = "ferry.txt"\n[[source]]\npath = "bread.txt"\n'
    settings.write_text(settings.read_text("utf-8") + sources, "utf-8")
    assert digest("collect").code == 0
    return digest


def test_from_a_draft_to_an_issue_and_back(newsroom: Digest, folder: Path) -> None:
    """Draft, edit, freeze, list, show, diff, rebuild, discard."""
    assert newsroom("build", "--draft", "draft.toml").code == 0
    draft = folder / "draft.toml"
    text = draft.read_text("utf-8")
    assert text.count("\n[[story]]\n") == 2
    draft.write_text(text.replace('# note = ""', 'note = "Ours."', 1), "utf-8")
    checked = newsroom("check", "draft.toml")
    assert "verbatim" not in checked.out
    frozen = newsroom("build", "--from", "draft.toml", "--out", "out", "--json").object
    assert (frozen["issue"], frozen["stories"]) == (1, 2)
    assert "Ours." in (folder / "out/email.txt").read_text("utf-8")
    assert newsroom("issues", "list", "--json").object["state"] is None
    assert "not sent" in newsroom("issues", "list").out
    assert "ferry.txt" in newsroom("issues", "show", "1").out
    shown = newsroom("issues", "show", "1", "--json").object
    assert len(shown["stories"]) == 2
    assert newsroom("issues", "diff", "1", "out").out == ""
    assert newsroom("issues", "rebuild", "1", "--out", "again").code == 0
    name = "issue.json"
    assert (folder / "again" / name).read_bytes() == (
        folder / "out" / name
    ).read_bytes()
    assert newsroom("build").code == 3
    assert (
        newsroom("issues", "discard", "1", "--dry-run", "--json").object["items"] == 2
    )
    assert newsroom("issues", "discard", "1").code == 1  # nobody to ask
    assert newsroom("issues", "discard", "1", "--yes").code == 0
    assert newsroom("issues", "list").out == ""
    assert newsroom("build").code == 0


def test_why_a_story_is_in_or_out(newsroom: Digest, folder: Path) -> None:
    """One line a story, in words and as JSON; nothing is used by asking."""
    settings = folder / "digest.toml"
    limits = "\n[issue]\nmax_stories = 1\nmin_stories = 1\n"
    settings.write_text(settings.read_text("utf-8") + limits, "utf-8")
    told = newsroom("build", "--explain", "--dry-run").out.splitlines()
    assert [line[:3] for line in told] == ["in ", "out"]
    assert told[1].endswith("issue.max_stories is 1)")
    ran = newsroom("build", "--explain", "--dry-run", "--json")
    assert '"in":false' in ran.out
    assert '"against":"issue.max_stories is 1"' in ran.out
    assert newsroom("issues", "list").out == ""


def test_what_an_editor_has_in_and_out(newsroom: Digest, folder: Path) -> None:
    """A draft explains itself too."""
    newsroom("build", "--draft", "draft.toml")
    draft = folder / "draft.toml"
    text = draft.read_text("utf-8")
    draft.write_text(text.replace("# drop = true", "drop = true", 1), "utf-8")
    told = newsroom("build", "--from", "draft.toml", "--explain", "--dry-run")
    assert [line[:3] for line in told.out.splitlines()] == ["out", "in "]
    assert "(dropped in the draft)" in told.out
    ran = newsroom("build", "--from", "draft.toml", "--explain", "--dry-run", "--json")
    assert '"in":false' in ran.out


def test_a_wrong_line_of_a_draft_is_named(newsroom: Digest, folder: Path) -> None:
    """With its file, and nothing is kept."""
    newsroom("build", "--draft", "draft.toml")
    draft = folder / "draft.toml"
    draft.write_text(draft.read_text("utf-8") + "headlne = 'x'\n", "utf-8")
    ran = newsroom("build", "--from", "draft.toml")
    line = len(draft.read_text("utf-8").splitlines())
    assert ran.code == 1
    assert f"draft.toml:{line}: a draft has no 'headlne' here" in ran.err
    assert newsroom("build", "--from", "draft.toml", "ferry.txt").code == 2


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ("headline = ", 'headline = "" # ', "a story needs a headline"),
        ("quotes = ", "quotes = [1, 1] # ", "a quote stands there twice"),
        (
            "\n[[story]]",
            '\n[sponsor]\nname = "x"\nurl = "javascript:alert(1)"\n[[story]]',
            "is no address of the web",
        ),
        (
            "# subject = ",
            'subject = "“I never said this anywhere” it says" # ',
            "quotes what no article of it says",
        ),
    ],
)
def test_what_no_draft_may_say(
    newsroom: Digest, folder: Path, before: str, after: str, reason: str
) -> None:
    """It is refused with its line, and nothing is kept."""
    newsroom("build", "--draft", "draft.toml")
    draft = folder / "draft.toml"
    draft.write_text(draft.read_text("utf-8").replace(before, after, 1), "utf-8")
    ran = newsroom("build", "--from", "draft.toml")
    assert (ran.code, reason in ran.err) == (1, True), ran.err
    assert "draft.toml:" in ran.err
    assert newsroom("issues", "list").out == ""


def test_a_draft_is_not_written_over(newsroom: Digest, folder: Path) -> None:
    """What an editor has changed stays; a look writes nothing."""
    assert newsroom("build", "--draft", "draft.toml", "--dry-run").code == 0
    assert not (folder / "draft.toml").exists()
    newsroom("build", "--draft", "draft.toml")
    assert newsroom("build", "--draft", "draft.toml").code == 2
    assert newsroom("build", "--draft", "nowhere/draft.toml").code == 2
    assert not (folder / "nowhere").exists()


def test_a_draft_is_frozen_once(newsroom: Digest) -> None:
    """Its articles are used then, and that is said with the way out."""
    newsroom("build", "--draft", "draft.toml")
    assert newsroom("build", "--from", "draft.toml").code == 0
    ran = newsroom("build", "--from", "draft.toml")
    assert (ran.code, "in issue 1 already" in ran.err) == (1, True)
    assert newsroom("issues", "discard", "1", "--yes").code == 0
    assert newsroom("build", "--from", "draft.toml").code == 0


def test_one_bad_file_of_a_folder_stops_no_other(digest: Digest, folder: Path) -> None:
    """It is named, and the others are read; alone it is an error."""
    articles = folder / "articles"
    articles.mkdir()
    (articles / "ferry.txt").write_bytes((folder / "ferry.txt").read_bytes())
    (articles / "empty.txt").write_text("")
    (articles / "zero.txt").write_bytes(b"a\0b")
    ran = digest("build", "articles", "--dry-run")
    assert ran.code == 0
    assert "empty.txt" in ran.err
    assert "zero.txt" in ran.err
    assert digest("build", "articles/empty.txt").code == 1
    settings = folder / "digest.toml"
    source = '\n[[source]]\npath = "articles"\n'
    settings.write_text(settings.read_text("utf-8") + source, "utf-8")
    ran = digest("collect")
    assert (ran.code, "empty.txt" in ran.out + ran.err) == (0, True)
    assert digest("build", "--dry-run").code == 0


def test_a_source_that_was_removed(newsroom: Digest) -> None:
    """What waits of it is sent no more."""
    removed = newsroom("sources", "remove", "bread.txt", "--json").object
    assert removed == {"source": "bread.txt", "removed": True, "passed": 1}
    built = newsroom("build", "--json").object
    assert built["stories"] == 1
