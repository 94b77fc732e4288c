"""With --links: what links and images answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from digest.fetch import Answer
from digest.model import Severity
from tests.checks.good import EMAIL, found, page

LINK = "https://osterby.example/a"
IMAGE = "https://osterby.example/a.png"
HTML = page(f'<a href="{LINK}">Tide</a><img src="{IMAGE}" alt="" width="9">')


def good(url: str) -> Answer:
    kind = "image/png" if url == IMAGE else "text/html"
    return Answer(url=url, final_url=url, status=200, content_type=kind)


def asked(wrong: Answer) -> list[tuple[str, Severity, str]]:
    """The findings where all answer well but one."""

    def ask(urls: Sequence[str]) -> Mapping[str, Answer]:
        return {url: wrong if url == wrong.url else good(url) for url in urls}

    findings = found(email=replace(EMAIL, html=HTML), ask=ask)
    return [(each.check, each.severity, each.where) for each in findings]


@pytest.mark.parametrize(
    ("wrong", "check", "severity"),
    [
        (
            replace(good(LINK), status=404, problem="the server answers 404"),
            "links",
            Severity.ERROR,
        ),
        (
            replace(good(LINK), status=503, problem="the server answers 503"),
            "links",
            Severity.WARNING,
        ),
        (Answer(url=LINK, problem="did not answer"), "links", Severity.WARNING),
        (replace(good(LINK), final_url=f"{LINK}/b"), "links", Severity.NOTE),
        (
            replace(good(IMAGE), status=410, problem="the server answers 410"),
            "images",
            Severity.ERROR,
        ),
        (Answer(url=IMAGE, problem="did not answer"), "images", Severity.WARNING),
        (replace(good(IMAGE), content_type="text/html"), "images", Severity.ERROR),
    ],
)
def test_one_answer_that_is_wrong(
    wrong: Answer, check: str, severity: Severity
) -> None:
    """What is gone forbids sending; who does not answer robots is only named."""
    assert asked(wrong) == [(check, severity, wrong.url)]


def test_all_is_well_where_all_answer() -> None:
    """And each address is asked once, a person's own not at all."""
    urls: list[str] = []

    def ask(given: Sequence[str]) -> Mapping[str, Answer]:
        urls.extend(given)
        return {url: good(url) for url in given}

    assert found(email=replace(EMAIL, html=HTML), ask=ask) == []
    assert urls == sorted({LINK, IMAGE})
