"""Templates: a user's own go before ours, and an error in one is named."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from digest.errors import RenderError
from digest.rendering import render
from digest.rendering.templates import built_in, wrap
from tests.rendering.issues import LOOK, NEWSLETTER, NONCE, issue, story, week


def with_file(folder: Path, name: str, content: str) -> str:
    """The HTML and the text of an issue with one template replaced."""
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content, encoding="utf-8")
    email = render(week(), NEWSLETTER, LOOK, nonce=NONCE, templates=folder)
    return email.html + email.text


def test_one_file_of_the_user_takes_the_place_of_ours(tmp_path: Path) -> None:
    """The others stay ours."""
    mine = (
        "<mj-section><mj-column><mj-text>Mine: {{ issue.name }} "
        '<a href="{{ unsubscribe_url }}">x</a></mj-text></mj-column></mj-section>'
    )
    result = with_file(tmp_path, "parts/footer.mjml.j2", mine)
    assert "Mine: The Harbour Letter" in result
    assert "because you subscribed to it.</p>" not in result
    assert 'class="headline hero"' in result


def test_a_folder_without_templates_changes_nothing(tmp_path: Path) -> None:
    """So that `templates/` beside digest.toml may be empty."""
    ours = render(week(), NEWSLETTER, LOOK, nonce=NONCE)
    assert render(week(), NEWSLETTER, LOOK, nonce=NONCE, templates=tmp_path) == ours


def test_a_file_that_changed_is_read_again(tmp_path: Path) -> None:
    """For the preview, which shows what is being written."""
    name = "parts/quote.j2"
    assert "once" in with_file(tmp_path, name, "once")
    file = tmp_path / name
    file.write_text("twice")
    os.utime(file, (1, 1))
    email = render(week(), NEWSLETTER, LOOK, nonce=NONCE, templates=tmp_path)
    assert "twice" in email.html
    assert "once" not in email.html


def test_a_file_that_comes_or_goes_counts_at_once(tmp_path: Path) -> None:
    """One of the user's that was not there before takes the place of ours, and back."""
    file = tmp_path / "parts/quote.j2"
    file.parent.mkdir()

    def shown() -> bool:
        email = render(week(), NEWSLETTER, LOOK, nonce=NONCE, templates=tmp_path)
        return "of my own" in email.html

    assert not shown()
    file.write_text("of my own")
    assert shown()
    file.unlink()
    assert not shown()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("parts/hero.mjml.j2", "<mj-raw>\n{{ issue.nope }}</mj-raw>", "line 2: .*nope"),
        (
            "parts/story.mjml.j2",
            "\n\n{{ headline }}",
            "line 3: 'headline' is undefined",
        ),
        ("parts/hero.mjml.j2", "{% if %}", "line 1: Expected an expression"),
        ("parts/quote.j2", "a\n{% endif %}", "line 2: .*unknown tag 'endif'"),
        (
            "parts/hero.mjml.j2",
            "{% include 'no.j2' %}",
            "line 1: .*no template 'no.j2'",
        ),
        ("parts/hero.mjml.j2", "{{ issue.name + 1 }}", "line 1: .*concatenate"),
        ("editorial/issue.txt.j2", "\n{{ x }}", "line 2: 'x' is undefined"),
    ],
)
def test_an_error_names_file_line_and_reason(
    tmp_path: Path, name: str, content: str, message: str
) -> None:
    """In one line."""
    with pytest.raises(RenderError, match=message) as caught:
        with_file(tmp_path, name, content)
    assert str(caught.value).startswith(f"{tmp_path / name}, line ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("\n<mj-section>", "line 2: <mj-section> is not closed; put </mj-section>"),
        (
            "<mj-section><mj-column>\n<mj-text><p>{{ issue.name }}</mj-text>"
            "</mj-column></mj-section>",
            "line 2: <p> is not closed",
        ),
        ("<mj-raw>\n</mj-raw>\n</mjml>", "line 3: </mjml> closes nothing"),
        ("<mj-include path='x' />", "line 1: <mj-include> does not work here; use {%"),
    ],
)
def test_mjml_that_cannot_be_set_is_an_error(
    tmp_path: Path, content: str, message: str
) -> None:
    """It names the file, the line and the tag; mrml knows only where it stopped."""
    with pytest.raises(RenderError) as caught:
        with_file(tmp_path, "parts/hero.mjml.j2", content)
    said = str(caught.value)
    assert said.startswith(f"{tmp_path / 'parts/hero.mjml.j2'}, {message}")
    assert "\n" not in said


def test_what_only_mrml_refuses_is_told_in_its_words(tmp_path: Path) -> None:
    """With the text where it stopped."""
    two = "<mjml><mj-body></mj-body></mjml>" * 2
    with pytest.raises(RenderError, match=r"^editorial/issue\.mjml\.j2: MJML: .+"):
        with_file(tmp_path, "editorial/issue.mjml.j2", two)


def test_css_fetches_nothing(tmp_path: Path) -> None:
    """premailer would fetch an @import, whatever it was told."""
    css = "@IMPORT url(http://127.0.0.1:9/x.css);"
    with pytest.raises(RenderError, match="cannot @import"):
        with_file(tmp_path, "parts/inline.css.j2", css)


def test_a_template_that_is_no_text_is_named(tmp_path: Path) -> None:
    """With the line of a file of another encoding; not the one that includes it."""
    file = tmp_path / "parts/hero.mjml.j2"
    file.parent.mkdir()
    file.write_bytes(b"one\ntwo \xff\xfe")
    with pytest.raises(RenderError, match=r"hero\.mjml\.j2, line 2: it is not UTF-8"):
        render(issue(story()), NEWSLETTER, LOOK, nonce=NONCE, templates=tmp_path)


def test_every_padding_of_ours_has_its_unit() -> None:
    """mrml 6.0.1 does not subtract a plain 0, and Outlook's columns overflow."""
    for file in built_in().rglob("*.mjml.j2"):
        for padding in re.findall(
            r'(?<!cell)padding="([^"{]*)"', file.read_text("utf-8")
        ):
            for value in padding.split():
                assert value.endswith("px"), f"{file.name}: {padding}"


def test_a_line_of_plain_text_breaks_at_72() -> None:
    """At spaces only; a longer word stays whole, and no word is lost."""
    text = f"{'word ' * 40}{'long' * 30} end"
    lines = wrap(text, "> ").splitlines()
    assert [len(line) > 74 for line in lines].count(True) == 1
    assert all(line.startswith("> ") for line in lines[1:])
    assert " ".join(line.removeprefix("> ") for line in lines) == text
    assert wrap("") == ""
