"""The page of the looks shows what there is, and its own look can be rendered."""

from __future__ import annotations

import re
from pathlib import Path

from digest.config import Look
from digest.rendering import render
from tests.rendering.issues import NEWSLETTER, NONCE, parse, texts, week

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/look.md").read_text("utf-8")


def test_every_approved_picture_is_shown() -> None:
    """And none that is not there."""
    shown = {
        (ROOT / "docs" / path).resolve() for path in re.findall(r"\]\((\S+png)\)", PAGE)
    }
    assert shown == set((ROOT / "tests/rendering/approved").glob("*.png"))


def test_a_look_of_your_own_is_as_small_as_it_says(tmp_path: Path) -> None:
    """The template of the page, as it stands there."""
    [block] = re.findall(r"((?:    [^\n]*\n)+)", PAGE)
    own = tmp_path / "own"
    own.mkdir()
    (own / "issue.mjml.j2").write_text(re.sub("(?m)^    ", "", block), "utf-8")
    (own / "issue.txt.j2").write_text('{% extends "editorial/issue.txt.j2" %}')
    look = Look(template="own", rows=4)
    email = render(week(), NEWSLETTER, look, nonce=NONCE, templates=tmp_path)
    headlines = texts(parse(email.html), "//*[contains(@class, 'headline')]")
    assert headlines == [story.headline for story in week().stories]
