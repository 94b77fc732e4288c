"""The dark that clients make: which colours turn, and which stay."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from digest.rendering import render
from digest.web.preview.dark import inverted
from digest.web.preview.frame import Light, framed
from tests.rendering.issues import LOOK, NEWSLETTER, NONCE, week

EMAIL = """<html><head><style>
p { color: #111; border: 1px solid #ddd; font: 12px red }
@media (min-width: 1px) { td { background: url(x.png) #fff } }
[data-ogsc] p { color: #eee !important }
</style></head><body style="background-color:#ffffff">
<p style="color:#000000">dark</p><p style="color:#fff;background:#000">light on dark</p>
<td bgcolor="white">cell</td><b style="border-color:#eee;color:transparent">line</b>
<p>the words color:#000000 in a text</p></body></html>"""


def test_gmail_turns_all() -> None:
    """Light becomes dark and dark light: ground, text, line and attribute."""
    html = inverted(EMAIL, "gmail")

    assert '<body style="background-color:#000000">' in html
    assert '<p style="color:#ffffff">dark' in html
    assert 'style="color:#000000;background:#ffffff">light on dark' in html
    assert '<td bgcolor="#000000">' in html
    assert "url(x.png) #000000" in html
    assert "data-ogs" not in html.replace("[data-ogsc] p { color: #eee", "")


def test_outlook_turns_in_part() -> None:
    """Light grounds and dark text turn and are named; the rest stays."""
    html = inverted(EMAIL, "outlook")

    assert '<body style="background-color:#333333" data-ogsb="">' in html
    assert '<p style="color:#ffffff" data-ogsc="">dark' in html
    assert '<p style="color:#fff;background:#000">light on dark' in html
    assert '<td bgcolor="#333333" data-ogsb="">' in html
    assert '<b style="border-color:#eee;color:transparent">' in html
    assert "border: 1px solid #ddd" in html


@pytest.mark.parametrize("client", ["gmail", "outlook"])
def test_only_colours_change(client: str) -> None:
    """No word, no other value, and no rule that is made for it."""
    html = inverted(EMAIL, client)

    assert "<p>the words color:#000000 in a text</p>" in html
    assert "font: 12px red" in html
    assert "[data-ogsc] p { color: #eee !important }" in html
    assert "color:transparent" in html


def test_hue_is_kept() -> None:
    """A dark red becomes a light red, and no light green."""
    html = inverted('<p style="color:#9a1b1f">x</p>', "gmail")
    start = html.index("color:#", html.index("<p")) + len("color:#")
    red, green, blue = (int(html[at : at + 2], 16) for at in range(start, start + 6, 2))

    assert red > green
    assert red > blue
    assert (red + green + blue) / 3 > 128


def test_what_has_no_colour_gets_the_clients() -> None:
    """A page without any stands in light letters on a dark ground."""
    assert ":where(html){background:#000000;color:#ffffff}" in inverted("x", "gmail")
    assert ":where(html){background:#333333;color:#ffffff}" in inverted("x", "outlook")


@pytest.mark.parametrize("template", ["editorial", "letter"])
@pytest.mark.parametrize("client", ["gmail", "outlook"])
def test_our_own_emails_can_be_read_there(template: str, client: str) -> None:
    """Every text of both looks has enough contrast, in each dark that is made."""
    look = replace(LOOK, template=template)
    email = render(week(), NEWSLETTER, look, nonce=NONCE)

    html = framed(email.html, Light(inverts=client, outlines=True), lambda _: None)

    assert re.findall(r'data-faint="([\d.]+)"[^>]*>([^<]*)', html) == []
