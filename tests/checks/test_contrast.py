"""What can be read upon its ground, by the colours that reach the eye."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from digest.checks.styles import Light, Look, looks, sheet
from digest.config import Look as Settings
from digest.model import Finding, Issue, Severity
from digest.rendering import render
from tests.checks.good import CONFIG, EMAIL, examined, found, page
from tests.rendering.issues import NONCE, arabic, week

DARK = '<meta name="color-scheme" content="light dark">'


def contrast(*elements: str) -> list[Finding]:
    return found(email=replace(EMAIL, html=page(*elements)), check="contrast")


@pytest.mark.parametrize(
    ("html", "severity"),
    [
        ('<p style="color:#888">x</p>', Severity.WARNING),
        ('<p style="color:#888; font-size:24px">x</p>', None),
        ('<p style="color:#888; font:bold 19px serif">x</p>', None),
        ('<p style="color:#fefefe">x</p>', Severity.ERROR),
        ('<p style="color:#fefefe; display:none">x</p>', None),
        ('<td bgcolor="#777"><font color="#888888">x</font></td>', Severity.ERROR),
        ('<p style="color:rgba(0,0,0,.4)">x</p>', Severity.WARNING),
        ('<p style="background:#00e"><a href="#">x</a></p>', Severity.ERROR),
        ('<p style="background:#fff url(a.png); color:#999">x</p>', Severity.NOTE),
        ('<img alt="x" style="color:#eee; background:#fff">', Severity.ERROR),
        ('<p style="color:#eee"><span style="background:black">x</span></p>', None),
        ('<p style="color:var(--ink)">x</p>', None),
    ],
)
def test_a_text_on_its_ground(html: str, severity: Severity | None) -> None:
    """Large text needs less; alpha, links, alt texts and attributes count."""
    found = contrast(html.replace("<td", "<table><tr><td"))
    assert [finding.severity for finding in found] == ([severity] if severity else [])


def test_a_finding_names_text_colours_ratio_and_light() -> None:
    """Everything that is needed to find the place and to mend it; one for a pair."""
    (finding,) = contrast('<p style="color:#888">grey</p><i style="color:#888">x</i>')
    assert finding.message == (
        "#888888 on #ffffff in the light has a contrast of 3.54, 4.5 is wanted"
    )
    assert finding.where == "'grey' and 1 more"


def test_what_was_forgotten_in_the_dark_is_found() -> None:
    """A ground that turns dark under a text that stays as it was."""
    style = (
        "<style>@media (prefers-color-scheme: dark) {"
        "body, p { background-color: #111 !important; color: #eee !important } }"
        "</style>"
    )
    found = contrast(DARK, style, '<p><b style="color:#222">kept</b></p>')
    assert ["in the dark" in finding.message for finding in found] == [True]
    assert found[0].severity is Severity.ERROR


@pytest.mark.parametrize(
    ("css", "inline", "color"),
    [
        ("p { color: red } .a { color: blue }", "", (0, 0, 1, 1)),
        (".a { color: blue } p { color: red }", "", (0, 0, 1, 1)),
        ("p { color: red } p { color: blue }", "", (0, 0, 1, 1)),
        ("#i { color: red }", "color: blue", (0, 0, 1, 1)),
        ("p { color: blue !important }", "color: red", (0, 0, 1, 1)),
        ("p { color: red !important }", "color: blue !important", (0, 0, 1, 1)),
        ("@media print { p { color: red } }", "color: blue", (0, 0, 1, 1)),
        ("@media (min-width: 600px) { p { color: blue } }", "", (0, 0, 1, 1)),
        ("@media (max-width: 40em) { p { color: red } }", "color:blue", (0, 0, 1, 1)),
        ("p:unknown(x), { color: red }", "color: blue", (0, 0, 1, 1)),
        ("p::before { color: red } div > p { color: blue }", "", (0, 0, 1, 1)),
        ("@supports (color: red) { p { color: blue } }", "", (0, 0, 1, 1)),
        ("div { color: blue } p { color: inherit }", "", (0, 0, 1, 1)),
        ("p { color: rgb(0 0 255) ; color: blue }", "", (0, 0, 1, 1)),
    ],
)
def test_the_cascade(css: str, inline: str, color: tuple[float, ...]) -> None:
    """Importance, then inline, then specificity, then order; media that hold."""
    html = page(
        f"<style>{css}</style><div><p id=i class=a style='{inline}'>x</p></div>"
    )
    tree = examined(email=replace(EMAIL, html=html)).page
    (element,) = tree.xpath("//p[@id='i']")
    assert looks(tree, sheet(tree), Light())[element].color == color


@pytest.mark.parametrize(
    ("style", "size"),
    [
        ("font-size: 12pt", 16),
        ("font-size: 150%", 24),
        ("font-size: 2rem", 32),
        ("font-size: small", 13),
        ("font: italic 20px/1 serif", 20),
        ("font-size: larger", 16),
    ],
)
def test_sizes(style: str, size: float) -> None:
    """In pixels, whatever they are written in."""
    tree = examined(email=replace(EMAIL, html=page(f"<i style='{style}'>x</i>"))).page
    found: dict[object, Look] = dict(looks(tree, sheet(tree), Light()))
    assert found[tree.find(".//i")].size == size


@pytest.mark.parametrize("template", ["editorial", "letter"])
@pytest.mark.parametrize("issue", [week(), week(images=False), arabic()])
def test_our_looks_can_be_read(issue: Issue, template: Any) -> None:
    """Every text of our own looks, in the light and in the dark."""
    email = render(issue, CONFIG.newsletter, Settings(template=template), nonce=NONCE)
    assert found(issue, email, check="contrast") == []
    assert "prefers-color-scheme: dark" in email.html


@pytest.mark.parametrize("template", ["editorial", "letter"])
@pytest.mark.parametrize("issue", [week(), week(images=False), arabic()])
def test_our_looks_forbid_nothing(issue: Issue, template: Any) -> None:
    """No error in our own samples, and nobody is kept out."""
    newsletter = replace(CONFIG.newsletter, language=issue.language)
    email = render(issue, newsletter, Settings(template=template), nonce=NONCE)
    findings = found(issue, email, check="")
    assert {each.check for each in findings if each.severity is Severity.ERROR} <= {
        "verbatim"  # their texts are of the tests' own making
    }
    assert not [each for each in findings if each.check == "accessibility"]
