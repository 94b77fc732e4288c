"""The demo: what a stranger sees first looks finished, and leaves theirs alone."""

from __future__ import annotations

import contextlib
import io
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from digest.cli import main


@dataclass(frozen=True)
class Demo:
    out: Path
    stdout: str
    stderr: str


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """One run of the demo, into a folder with a database of somebody's own."""
    out = tmp_path_factory.mktemp("demo")
    (out / "demo.db").write_text("mine")
    with (
        contextlib.redirect_stdout(io.StringIO()) as stdout,
        contextlib.redirect_stderr(io.StringIO()) as stderr,
    ):
        assert main(["demo", "--no-browser", "--out", str(out)]) == 0
    return Demo(out, stdout.getvalue(), stderr.getvalue())


def test_pictures_are_seen_without_a_network(demo: Demo) -> None:
    """email.html, opened as a file, has every picture in the folder beside it."""
    html = (demo.out / "email.html").read_text("utf-8")
    sources = re.findall(r'<img[^>]* src="([^"]+)"', html)
    assert len(sources) >= 5
    for source in sources:
        assert (demo.out / source).read_bytes().startswith(b"\x89PNG"), source


def test_what_is_kept_and_sent_is_an_email(demo: Demo) -> None:
    """Pictures beside a file are for looking: e-mail and issue.json have addresses."""
    issue = (demo.out / "issue.json").read_text("utf-8")
    assert '"https://images.example.com/school-comet.png"' in issue
    mail = next((demo.out / "outbox").glob("*.eml")).read_text()
    assert "https://images.example.com/" in mail.replace("=\n", "")
    assert "images/school-comet.png" not in mail.replace("images.example.com/", "")


def test_nothing_of_somebody_elses_is_touched(demo: Demo) -> None:
    """What is written is named in the output; the database of the demo is gone."""
    names = {"email.html", "email.txt", "issue.json", "images", "outbox"}
    assert {file.name for file in demo.out.iterdir()} == names | {"demo.db"}
    assert (demo.out / "demo.db").read_text() == "mine"
    assert all(str(demo.out / name) in demo.stderr for name in names)


def test_it_tells_the_whole_story(demo: Demo) -> None:
    """No finding, no article lost without a word, what is an example, what is next."""
    assert demo.stdout == ""
    assert "  0 findings\n" in demo.stderr
    assert "Library of things lends its ten-thousandth item" in demo.stderr
    assert demo.stderr.count("Unsubscribe leads to an example") == 1
    assert demo.stderr.endswith("digest init weekly && cd weekly\n")
    assert not re.search(r"[ \t]$", demo.stderr, re.MULTILINE)
