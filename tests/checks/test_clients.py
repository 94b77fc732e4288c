"""What mail clients cannot show: found by its name, without the noise."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from digest.checks.clients import HARMLESS, table
from digest.checks.refresh import CLIENTS, compact
from digest.config import Look
from digest.model import Finding, Issue, Severity
from digest.rendering import render
from tests.checks.good import CONFIG, EMAIL, found, page
from tests.rendering.issues import NONCE, arabic, week


def clients(*elements: str) -> list[Finding]:
    return found(email=replace(EMAIL, html=page(*elements)), check="clients")


@pytest.mark.parametrize(
    ("html", "title", "severity"),
    [
        ("<video></video>", "<video> element", Severity.WARNING),
        ('<p style="display:flex">x</p>', "display:flex", Severity.NOTE),
        ('<p style="transform:none">x</p>', "transform", Severity.WARNING),
        ('<p style="width:calc(1px + 1%)">x</p>', "CSS calc() function", Severity.NOTE),
        ('<p style="width:50vw">x</p>', "vw unit", Severity.NOTE),
        ('<p style="color:var(--a)">x</p>', "CSS Variables", Severity.WARNING),
        ("<style>p:not(.a) { color: red }</style>", ":not", Severity.WARNING),
        ("<style>@font-face { src: none }</style>", "@font-face", Severity.WARNING),
        ("<style>p::after { color: red }</style>", "::after", Severity.WARNING),
        ('<img src="https://osterby.example/a.svg?x" alt="" width="9">', "SVG", None),
    ],
)
def test_a_feature_is_found(html: str, title: str, severity: Severity | None) -> None:
    """By element, property, value, unit, function, selector, at-rule and image."""
    (finding,) = clients(html)
    assert title in finding.message
    assert finding.severity is (severity or Severity.WARNING)
    assert "(tested 20" in finding.message
    assert "caniemail.com/features/" in finding.help


def test_a_feature_is_named_once_however_often_it_is_used() -> None:
    """Grouped by feature, with the first place."""
    (finding,) = clients(*['<p style="display:flex">x</p>'] * 3)
    assert finding.where == 'style="display:flex"'
    assert "Outlook (Windows)" in finding.message


def test_words_that_only_look_like_a_feature_are_none() -> None:
    """text-transform is no transform, and what is harmless is not spoken of."""
    assert not clients(
        '<p style="text-transform:uppercase; cursor:pointer; mso-line-height-rule:'
        'exactly">x</p><a href="/" target="_blank">transform: none</a>'
        "<style>@media (prefers-color-scheme: dark) { a:hover > b { color: red } }"
        "</style>"
    )


@pytest.mark.parametrize("template", ["editorial", "letter"])
@pytest.mark.parametrize("issue", [week(), week(images=False), arabic()])
def test_our_own_looks_are_quiet(issue: Issue, template: Any) -> None:
    """Nothing in it that a client of the many cannot show, or can do without."""
    email = render(issue, CONFIG.newsletter, Look(template=template), nonce=NONCE)
    assert found(issue, email, check="clients") == []


def test_the_table_is_whole() -> None:
    """Every feature can be found, and what is harmless is a feature."""
    found = table()
    assert list(found.clients) == list(CLIENTS.values())
    assert all(feature.uses for feature in found.features)
    assert {feature.slug for feature in found.features} >= HARMLESS
    assert "caniemail" in found.source


def test_the_table_is_made_anew_of_caniemails_data() -> None:
    """The newest version of a client counts, with its notes and no others."""
    data = {
        "last_update_date": "2026-05-13 14:45:41 +0000",
        "data": [
            {
                "slug": "css-filter",
                "title": "filter",
                "last_test_date": "2024-01-03",
                "stats": {"gmail": {"ios": {"2019-05": "y #1", "2024-01": "n #2"}}},
                "notes_by_num": {"1": "Once.", "2": "No more."},
            },
            {"slug": "bimi"},
        ],
    }
    made = compact(data, "2.0.2")
    assert made["date"] == "2026-05-13"
    (feature,) = made["features"].values()
    assert feature["uses"] == ["property:filter"]
    assert feature["support"][list(CLIENTS).index("gmail/ios")] == "n #2"
    assert feature["support"].count("u") == len(CLIENTS) - 1
    assert feature["notes"] == {"2": "No more."}
