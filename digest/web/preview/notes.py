"""What the checks found, in groups, each with the place that a click leads to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.checks import names
from digest.checks.examined import HEADLINE, squeezed
from digest.model import Finding, Severity
from digest.web.preview.source import Attributes, tree

if TYPE_CHECKING:
    from lxml.html import HtmlElement

#: every check is in one of them, in this order
GROUPS: Mapping[str, Sequence[str]] = {
    "In the inbox": ("subject", "headers", "unsubscribe", "address", "domain"),
    "What it says": (
        "verbatim", "leftovers", "duplicates", "repeated", "repeat", "plaintext",
    ),
    "Links and images": ("links", "images"),
    "Reading it": ("contrast", "accessibility"),
    "Mail clients": ("size", "clients", "template"),
}  # fmt: skip
#: what a finding names as its place → the view that shows it
_VIEWS = {"subject": "inbox", "preheader": "inbox", "text": "text"}
#: elements that can hold a headline
_HEADLINES = ("h1", "h2", "h3", "a", "p", "li", "span")


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A finding, the view that shows its place, and its elements there, if any.

    Without a view there is nothing to show: it is about a setting, or all of it.
    """

    finding: Finding
    view: str = ""
    at: tuple[int, ...] = ()

    @property
    def mark(self) -> str:
        """What the first element is found by in the frame."""
        return f"at-{self.at[0]}" if self.at else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Checks that belong together: what they found, and those that found nothing."""

    title: str
    notes: tuple[Note, ...]
    clean: tuple[str, ...]

    @property
    def counts(self) -> Mapping[str, int]:
        """How many findings of each gravity there are, the gravest first."""
        found = Counter(note.finding.severity for note in self.notes)
        return {
            severity.value: found[severity] for severity in Severity if found[severity]
        }


def grouped(notes: Sequence[Note]) -> list[Group]:
    """All checks in their groups; a check of no group comes last, on its own."""
    others = [name for name in names() if all(name not in of for of in GROUPS.values())]
    groups = [*GROUPS.items(), *((name, (name,)) for name in others)]
    return [
        Group(
            title=title,
            notes=tuple(note for note in notes if note.finding.check in checks),
            clean=tuple(
                check
                for check in checks
                if all(note.finding.check != check for note in notes)
            ),
        )
        for title, checks in groups
    ]


def placed(findings: Sequence[Finding], html: str) -> list[Note]:
    """Each finding with its place; a story's is where its headline stands."""
    headlines: dict[str, int] = {}
    if any(not each.at and each.where not in _VIEWS for each in findings):
        headlines = _headlines(tree(html))
    return [_note(finding, headlines) for finding in findings]


def _note(finding: Finding, headlines: Mapping[str, int]) -> Note:
    if finding.at:
        return Note(finding=finding, view="email", at=finding.at)
    if finding.where in _VIEWS:
        return Note(finding=finding, view=_VIEWS[finding.where])
    if finding.where.startswith("List-Unsubscribe"):
        return Note(finding=finding, view="headers")
    place = headlines.get(squeezed(finding.where[:HEADLINE]))
    if place is not None:
        return Note(finding=finding, view="email", at=(place,))
    return Note(finding=finding)


def _headlines(page: HtmlElement) -> dict[str, int]:
    """What short elements say → the place of the innermost one that says it."""
    found: dict[str, int] = {}
    for place, element in enumerate(page.iter("*")):
        if element.tag in _HEADLINES:
            said = squeezed(element.text_content()[:HEADLINE])
            # a list of contents comes first, and only names the stories
            if said and not (said in found and element.tag in ("a", "span")):
                found[said] = place
    return found


def marks(notes: Sequence[Note]) -> dict[int, Attributes]:
    """What elements in the frame are named by, for `source.marked`."""
    return {
        place: {"data-at": str(place), "id": f"at-{place}"}
        for note in notes
        for place in note.at
    }
