"""What the checks found, in groups, and where a click leads."""

from __future__ import annotations

from collections import Counter

from digest.checks import names
from digest.model import Finding, Severity
from digest.web.preview.notes import GROUPS, Note, grouped, marks, placed

HTML = """<html><body><ul><li><a>Ferry to run</a></li></ul><h2><a>Ferry to run</a></h2>
<p>Its lead</p></body></html>"""


def finding(check: str = "links", where: str = "html", *at: int) -> Finding:
    return Finding(
        check=check,
        severity=Severity.WARNING,
        message="m",
        where=where,
        help="h",
        at=at,
    )


def test_every_check_is_in_one_group() -> None:
    """A new one is given its place there."""
    assert Counter(name for group in GROUPS.values() for name in group) == Counter(
        names()
    )


def test_findings_are_shown_with_their_group() -> None:
    """Also checks that found nothing are named."""
    groups = {group.title: group for group in grouped([Note(finding=finding())])}

    assert groups["Links and images"].counts == {"warning": 1}
    assert groups["Links and images"].clean == ("images",)
    assert groups["Reading it"].clean == ("contrast", "accessibility")
    assert sum(len(group.notes) for group in groups.values()) == 1


def test_each_leads_to_its_place() -> None:
    """Elements that a check named; the inbox, the text, the headers; a headline."""
    found = placed(
        [
            finding("links", "x", 4, 7),
            finding("subject", "preheader"),
            finding("plaintext", "text"),
            finding("headers", "List-Unsubscribe-Post"),
            finding("repeated", "Ferry to run"),
            finding("address", "digest.toml"),
        ],
        HTML,
    )

    assert [note.view for note in found] == [
        "email", "inbox", "text", "headers", "email", "",
    ]  # fmt: skip
    assert found[0].at == (4, 7)
    assert found[0].mark == "at-4"
    assert marks(found).keys() == {4, 7, *found[4].at}


def test_a_story_is_where_its_heading_is() -> None:
    """And not where a list of contents names it first."""
    (note,) = placed([finding("repeated", "Ferry to run")], HTML)
    elements = "html body ul li a h2 a p".split()

    assert [elements[place] for place in note.at] == ["h2"]
