"""Simulated clients: what caniemail says that they don't know is not there."""

from __future__ import annotations

import pytest

from digest.checks.clients import table
from digest.web.preview.clients import CLIENTS, GMAIL_STYLE, PARTLY, simulated

RED = "color:red !important"
HEAD = "<html><head><style>{}</style></head><body>{}</body></html>"


def test_outlook_takes_what_is_written_for_it() -> None:
    """Conditional comments are opened, and what is kept from it is gone."""
    html = (
        "<!--[if mso | IE]><table><tr><td><![endif]-->cell"
        "<!--[if mso]></td><![endif]--><!--[if lt mso 12]>old<![endif]-->"
        "<!--[if !mso]><!--><p>others</p><!--<![endif]-->"
        "<!--[if gte mso 9]><xml>96</xml>new<![endif]--><!--[if IE]>browser<![endif]-->"
        "<!-- a comment -->"
    )

    shown = simulated(html, "outlook")

    assert "<table><tr><td>cell</td>" in shown
    assert "new" in shown
    assert "<!-- a comment -->" in shown
    for word in ("others", "old", "96", "browser"):
        assert word not in shown


def test_others_take_nothing_of_that() -> None:
    """To Gmail it is a comment."""
    html = "<!--[if mso]><p>word</p><![endif]--><!--[if !mso]><!-->x<!--<![endif]-->"
    assert simulated(html, "gmail") == html


@pytest.mark.parametrize(
    ("client", "before", "after"),
    [
        ("outlook", '<p style="color:red;border-radius:3px">', '<p style="color:red">'),
        ("outlook", '<div style="width:9px;color:red">', '<div style="color:red">'),
        ("outlook", '<td style="width:9px">', '<td style="width:9px">'),
        ("outlook", '<a style="padding:9px">', '<a style="">'),
        ("outlook", '<td style="padding-left:9px">', '<td style="padding-left:9px">'),
        ("outlook", '<td style="mso-padding-alt:9px">', '<td style="padding:9px">'),
        ("outlook", '<p style="display:none">', '<p style="display:none">'),
        ("outlook", '<img src="a.webp">', "<img>"),
        ("outlook", "<section>x</section>", "x"),
        ("gmail", '<p style="position:absolute;top:0">', '<p style="">'),
        ("gmail", '<a target="_blank" href="x">', '<a href="x">'),
        ("gmail", '<img src="data:,">', "<img>"),
        ("gmail", '<meta name="color-scheme" content="dark">', ""),
        ("gmail", '<b style="top:0;color:red!important">', f'<b style="{RED}">'),
    ],
)  # fmt: skip
def test_what_is_not_known_goes(client: str, before: str, after: str) -> None:
    assert simulated(before, client) == after


def test_rules_go_with_their_conditions_and_selectors() -> None:
    """A rule stays as far as it is known, within what is known."""
    css = (
        "p > b { color: red } .a, .a:hover { color: blue; float: left }"
        "@media (max-width: 9px) { p { color: green } }"
        "@media (prefers-color-scheme: dark) { p { color: white } }"
    )
    outlook = simulated(HEAD.format(css, ""), "outlook")
    gmail = simulated(HEAD.format(css, ""), "gmail")

    assert "<style>.a {color:blue}</style>" in outlook
    assert "p > b {color:red}" in gmail
    assert "@media (max-width: 9px) {p {color:green}}" in gmail
    assert "white" not in gmail


def test_gmail_takes_no_style_that_is_too_long() -> None:
    """Nor one in the body."""
    rule = "p { color: red }"
    long = rule * (GMAIL_STYLE // len(rule) + 1)
    body = "<style>b { color: red }</style>"

    assert "color" not in simulated(HEAD.format(long, body), "gmail")
    assert "color" in simulated(HEAD.format(rule, ""), "gmail")


def test_notes_are_still_those_that_were_read() -> None:
    """When the data says something else of what is known in part, look again."""
    features = {feature.slug: feature for feature in table().features}
    column = table().clients.index(CLIENTS["outlook"].name)
    for slug, part in PARTLY.items():
        feature = features[slug]
        numbers = [word[1:] for word in feature.support[column].split()[1:]]
        assert feature.support[column].startswith("a"), slug
        assert part.note in [feature.notes[number] for number in numbers], slug
