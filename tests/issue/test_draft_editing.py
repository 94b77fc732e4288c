"""A draft's file is changed in one place, and nothing that an editor wrote is lost."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import SourceError
from digest.issue import Draft, Entry
from digest.issue.draft_editing import with_order, with_story, with_words
from digest.issue.draft_writing import written
from tests.issue.test_draft import DRAFTS, TEXTS, candidate

#: as somebody may have left it: other spacing, comments of their own, keys in disorder
EDITED = """\
# ours
series = "weekly"
preheader = 'As it is'   # short, please

[[story]]
headline = "The ferry"  # too long?
articles = [7, 8]
quotes = [
  1,  # the best
  2,
]
# note = ""
# pin = true

# The one that everybody asks about.
[[ story ]]
  drop = false
  headline = "The bakery"
  articles = [9]
[[story]]
headline = \"\"\"
The comet\"\"\"
articles = [10]
note = 'It "came" back'
# drop = true

# What the items said.
[texts]
7 = "a"
"""


def changes(before: str, after: str) -> list[str]:
    """The lines that differ, as a diff shows them."""
    lines = difflib.ndiff(before.split("\n"), after.split("\n"))
    return [line for line in lines if line[:2] in {"- ", "+ "}]


@pytest.mark.parametrize(
    ("change", "differs"),
    [
        (
            lambda text: with_story(text, 0, {"headline": "The boat"}),
            [
                '- headline = "The ferry"  # too long?',
                '+ headline = "The boat"  # too long?',
            ],
        ),
        (
            lambda text: with_story(text, 0, {"pin": True}),
            ["- # pin = true", "+ pin = true"],
        ),
        (
            lambda text: with_story(text, 0, {"note": "Ours"}),
            ['- # note = ""', '+ note = "Ours"'],
        ),
        (
            lambda text: with_story(text, 1, {"drop": True}),
            ["-   drop = false", "+   drop = true"],
        ),
        (
            lambda text: with_story(text, 1, {"quotes": [2, 1]}),
            ["+ quotes = [2, 1]"],
        ),
        (
            lambda text: with_story(text, 2, {"drop": True, "headline": "Comet"}),
            [
                '- headline = """',
                '+ headline = "Comet"',
                '- The comet"""',
                "- # drop = true",
                "+ drop = true",
            ],
        ),
        (
            lambda text: with_words(text, {"preheader": "Ours", "subject": ""}),
            [
                "- preheader = 'As it is'   # short, please",
                '+ preheader = "Ours"   # short, please',
            ],
        ),
        (lambda text: with_words(text, {"subject": "S"}), ['+ subject = "S"']),
    ],
)
def test_one_place_is_changed(change: Callable[[str], str], differs: list[str]) -> None:
    """In its line, or in that of the comment that offers it; its comment stays."""
    assert changes(EDITED, change(EDITED)) == differs


@pytest.mark.parametrize(
    "change",
    [
        lambda text: with_story(text, 0, {"headline": "The ferry", "quotes": [1, 2]}),
        lambda text: with_story(text, 0, {"note": "", "pin": False, "drop": False}),
        lambda text: with_words(text, {"subject": "", "preheader": "As it is"}),
        lambda text: with_order(text, 0, 1),
    ],
)
def test_what_is_so_already_changes_nothing(change: Callable[[str], str]) -> None:
    """Not a byte: a form that is sent twice does no harm."""
    assert change(EDITED) == EDITED


def test_a_story_moves_with_its_comments() -> None:
    """Those of the table behind it stay there, and the way back is the same file."""
    moved = with_order(EDITED, 2, 0)
    assert [story["articles"] for story in tomllib.loads(moved)["story"]] == [
        [10],
        [7, 8],
        [9],
    ]
    assert "# ours\nseries" in moved
    assert "\n# The one that everybody asks about.\n[[ story ]]" in moved
    assert moved.endswith('\n\n# What the items said.\n[texts]\n7 = "a"\n')
    back = with_order(with_order(moved, 1, 0), 2, 1)
    assert back.replace("\n\n", "\n") == EDITED.replace("\n\n", "\n")


@pytest.mark.parametrize("ending", ["", "\n", "\n\n\n"])
def test_the_last_story_may_end_the_file(ending: str) -> None:
    """With an end of its line, or without one."""
    text = EDITED.partition("\n# What")[0].rstrip() + ending
    moved = with_order(text, 2, 0)
    assert tomllib.loads(moved)["story"][0]["articles"] == [10]
    assert with_story(text, 2, {"drop": True}).split() == [
        *text.rpartition("#")[0].split(),
        "drop",
        "=",
        "true",
    ]


def test_lines_may_end_as_on_windows() -> None:
    """And do so afterwards, those that are new as well."""
    text = EDITED.replace("\n", "\r\n")
    changed = with_order(with_story(text, 0, {"pin": True, "note": "n"}), 1, 0)
    assert changed.count("\n") == changed.count("\r\n")


@pytest.mark.parametrize(
    "text",
    [
        'series = "a"\nstory = [{headline = "x", articles = [1]}]\n',
        'series = "a"\n[[story]]\nheadline = "x"\narticles = [1]\nnote = """\n'
        '[[story]]\n"""\n',
        'series = "a"\n[["story"]]\nheadline = "x"\narticles = [1]\n',
    ],
)
def test_an_unusual_form_is_refused(text: str) -> None:
    """Better not at all than wrong: tables within a line, a header within a text."""
    with pytest.raises(SourceError, match="cannot be changed here; edit its file"):
        with_story(text, 0, {"headline": "y"})


@given(DRAFTS, st.integers(0, 1), TEXTS, TEXTS, st.booleans())
def test_any_draft_can_be_changed(
    draft: Draft, place: int, headline: str, note: str, pin: bool
) -> None:
    """Whatever its texts are, the change is there and nothing else is."""
    text = written(draft, name="n", file="draft.toml")
    values: dict[str, Any] = {"headline": headline, "note": note, "pin": pin}
    wanted = tomllib.loads(text)
    wanted["story"][place] |= values
    wanted["story"].reverse()
    changed = with_order(with_story(text, place, values), 1, 0)
    says = tomllib.loads(changed)
    for key, unset in (("note", ""), ("pin", False)):
        for story in (*says["story"], *wanted["story"]):
            story.setdefault(key, unset)
    assert says == wanted


def shown(draft: Draft) -> list[str]:
    return [entry.headline for _, part in draft.sections for entry in part]


def moved(draft: Draft, headline: str, *, up: bool) -> list[str] | None:
    """The order shown once a story was moved; None where it cannot be."""
    [entry] = [entry for entry in draft.entries if entry.headline == headline]
    move = draft.moved_up(entry) if up else draft.moved_down(entry)
    if move is None:
        return None
    text = written(draft, name="n", file="draft.toml")
    places = {id(one): place for place, one in enumerate(draft.entries)}
    text = with_order(text, *(places[id(one)] for one in move))
    names = [story["headline"] for story in tomllib.loads(text)["story"]]
    entries = sorted(draft.entries, key=lambda one: names.index(one.headline))
    return shown(Draft(series="s", entries=tuple(entries)))


@pytest.mark.parametrize(
    ("headline", "up", "order"),
    [
        ("a", True, None),
        ("a", False, "cab de"),
        ("c", True, "cab de"),
        ("b", True, "abc de"),
        ("c", False, "abc de"),
        ("b", False, None),
        ("d", True, "ade cb"),
        ("e", True, "acb ed"),
        ("d", False, "acb ed"),
        ("e", False, None),
    ],
)
def test_stories_move_as_they_are_shown(
    headline: str, up: bool, order: str | None
) -> None:
    """Within a section; its first takes it along, or becomes the large one."""
    sections = {"a": "x", "c": "x", "d": "y", "b": "x", "e": "y"}
    entries = [
        Entry(candidate=candidate(name), headline=name, section=section)
        for name, section in sections.items()
    ]
    dropped = Entry(candidate=candidate("z"), headline="z", drop=True)
    draft = Draft(series="s", entries=(*entries[:2], dropped, *entries[2:]))
    wanted = list(order.replace(" ", "")) if order else None
    assert moved(draft, headline, up=up) == wanted


def test_a_pinned_story_stays_first() -> None:
    """Nothing that is not pinned goes before it."""
    one, other = (
        Entry(candidate=candidate(name), headline=name, pin=name == "a")
        for name in "ab"
    )
    draft = Draft(series="s", entries=(other, one))
    assert shown(draft) == ["a", "b"]
    assert draft.moved_up(other) is None
    assert draft.moved_down(one) is None
