"""Conditions of the templates: which way they went, and the other way."""

from __future__ import annotations

from pathlib import Path

import pytest

from digest.config import Look
from digest.errors import RenderError
from digest.model import Issue
from digest.rendering import Condition, branches, render
from tests.rendering.issues import LOOK, NEWSLETTER, week

NONCE = "0123456789ab"
OWN = """{% extends "editorial/issue.mjml.j2" %}
{% block card %}
<mj-section><mj-column><mj-text>
{{ "even" if loop_of_stories is defined else "odd" }}
{% if issue.nobody is defined %}a{% elif issue.name %}b{% else %}c{% endif %}
</mj-text></mj-column></mj-section>
{% endblock %}
"""


def asking(issue: Issue, test: str, file: str = "") -> list[Condition]:
    """The conditions that ask this, in files of such a name."""
    _, found = branches(issue, NEWSLETTER, LOOK, nonce=NONCE)
    return [each for each in found if each.test == test and file in each.file]


def test_to_watch_changes_nothing() -> None:
    """The e-mail is the one that is sent."""
    email, found = branches(week(), NEWSLETTER, LOOK, nonce=NONCE)

    assert email == render(week(), NEWSLETTER, LOOK, nonce=NONCE)
    assert found


def test_a_condition_went_one_way_or_both() -> None:
    """Stories with a picture and without; no issue of this kind has an editorial."""
    pictures = asking(week(), "story.image")
    bare = asking(week(images=False), "story.image")

    assert any(each.held and each.failed for each in pictures)
    assert all(each.one_sided and not each.held for each in bare)


def test_each_has_its_file_line_and_words(tmp_path: Path) -> None:
    """Also an `elif`, and a condition within an expression."""
    (tmp_path / "editorial").mkdir()
    (tmp_path / "own").mkdir()
    (tmp_path / "own/issue.mjml.j2").write_text(OWN)
    (tmp_path / "own/issue.txt.j2").write_text("")
    look = Look(template="own")
    _, found = branches(week(), NEWSLETTER, look, nonce=NONCE, templates=tmp_path)
    own = {each.place: each.test for each in found if each.file == "own/issue.mjml.j2"}

    assert own == {
        "own/issue.mjml.j2:4": "loop_of_stories is defined",
        "own/issue.mjml.j2:5": "issue.nobody is defined",
        "own/issue.mjml.j2:5.2": "issue.name",
    }


def test_the_other_way_is_shown() -> None:
    """An issue with pictures as one without, and the next one as ever."""
    (hero,) = asking(week(), "story.image", "hero")
    as_it_is = render(week(), NEWSLETTER, LOOK, nonce=NONCE)

    email, _ = branches(
        week(), NEWSLETTER, LOOK, nonce=NONCE, turned={hero.place: False}
    )

    assert email.html.count("<img") == as_it_is.html.count("<img") - 1
    assert render(week(), NEWSLETTER, LOOK, nonce=NONCE) == as_it_is


def test_what_cannot_go_the_other_way_says_so() -> None:
    """There is no sponsor to speak of: file, line and reason, as of any fault."""
    (sponsor,) = asking(week(), "issue.sponsor", "sponsor")

    with pytest.raises(RenderError, match=r"sponsor\.mjml\.j2, line \d+: 'None'"):
        branches(week(), NEWSLETTER, LOOK, nonce=NONCE, turned={sponsor.place: True})
