"""The e-mail in the frame: light, dark and without pictures, and otherwise as sent."""

from __future__ import annotations

from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.web.preview.frame import ALWAYS, NEVER, Light, framed

DARK, BARE = Light(dark=True), Light(images=False)
EMAIL = """<!DOCTYPE html>
<html><head><style>
@media (prefers-color-scheme: dark) { body { background: #111 } }
@media screen and (prefers-color-scheme:light) { p > b { color: red } }
</style></head><body background="https://images.example.com/paper.png">
<p>Write (prefers-color-scheme: dark) and url(x.png) in the style sheet.</p>
<picture><source media="(prefers-color-scheme: dark)"
  srcset="https://images.example.com/night.png">
<img alt="A harbour &gt; a quay" src="https://images.example.com/day.png?a=1&amp;b=2">
</picture><td style="background: url(https://images.example.com/wash.png)">…</td>
</body></html>"""


def none(url: str) -> None:
    """No picture stands in for another."""


def test_dark_rules_hold_in_the_dark() -> None:
    """Rules and pictures for the dark are switched on, those for the light off."""
    html = framed(EMAIL, DARK, none)

    assert f"@media {ALWAYS} {{ body {{ background: #111 }} }}" in html
    assert f"@media screen and {NEVER} {{ p > b {{ color: red }} }}" in html
    assert f'<source media="{ALWAYS}"' in html
    assert ":root{color-scheme:dark!important}" in html


def test_dark_rules_rest_in_the_light() -> None:
    """In the light it is the other way round, whatever the browser's own scheme."""
    html = framed(EMAIL, Light(), none)

    assert f"@media {NEVER} {{ body {{ background: #111 }} }}" in html
    assert f"@media screen and {ALWAYS} {{ p > b {{ color: red }} }}" in html
    assert f'<source media="{NEVER}"' in html


@pytest.mark.parametrize("light", [Light(), DARK, BARE])
def test_the_words_of_an_article_stay(light: Light) -> None:
    """A paragraph about style sheets is not taken for one."""
    html = framed(EMAIL, light, none)

    assert "<p>Write (prefers-color-scheme: dark) and url(x.png) in" in html


def test_pictures_are_not_loaded_when_they_are_off() -> None:
    """No picture's address is left; what to read in its place is."""
    html = framed(EMAIL, BARE, none)

    assert "images.example.com" not in html
    assert 'alt="A harbour &gt; a quay"' in html


def test_a_picture_of_this_machine_stands_in() -> None:
    """The picture's URL is asked for as its reader means it, and escaped anew."""
    asked: list[str] = []

    def picture(url: str) -> str | None:
        asked.append(url)
        return 'image?src=1&2"' if "day" in url else None

    html = framed(EMAIL, Light(), picture)

    assert "https://images.example.com/day.png?a=1&b=2" in asked
    assert 'src="image?src=1&amp;2&quot;"' in html
    assert "https://images.example.com/night.png" in html


@given(st.text(), st.sampled_from([Light(), DARK, BARE]))
def test_no_text_is_ever_changed(text: str, light: Light) -> None:
    """Whatever an article says arrives in the frame as it stands in the e-mail."""
    email = f"<html><head></head><body><p>{escape(text)}</p></body></html>"

    html = framed(email, light, none)

    assert html.endswith(f"</head><body><p>{escape(text)}</p></body></html>")


def test_an_email_without_a_head_is_shown_too() -> None:
    """The scheme is set before the first word where there is no head."""
    html = framed("<p>Good morning</p>", DARK, none)

    assert html == (
        "<style>:root{color-scheme:dark!important}</style><p>Good morning</p>"
    )
