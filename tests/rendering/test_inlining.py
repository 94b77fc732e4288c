"""premailer against css-inline: two tools write the same rules into the elements."""

from __future__ import annotations

import re
from typing import Any

import css_inline
import pytest

from digest.config import Look
from digest.model import Issue
from digest.rendering.html import to_html
from digest.rendering.inlining import inline
from tests.rendering.issues import arabic, find, mjml_of, parse, week

INLINE = re.compile(r'(<mj-style inline="inline">)(.*?)(</mj-style>)', re.DOTALL)


def style(element: Any) -> dict[str, str]:
    """The declarations in an element, or in its attributes, in one spelling."""
    text = " ".join((element.get("style") or "").lower().split())
    text = text.replace("#ffffff", "#fff").replace(", ", ",")
    pairs = (part.partition(":") for part in text.split(";") if part.strip())
    return {
        name.strip(): re.sub(r"\b0px\b", "0", value.strip()) for name, _, value in pairs
    }


@pytest.mark.parametrize("issue", [week(), arabic()], ids=["week", "arabic"])
@pytest.mark.parametrize("look", ["editorial", "letter"])
def test_css_inline_gives_the_same_styles(issue: Issue, look: str) -> None:
    """Element by element, whatever spelling each has for it."""
    mjml = mjml_of(issue, Look(template=look, rows=3))
    [(_, css, _)] = INLINE.findall(mjml)
    bare = to_html(INLINE.sub(r"\1\3", mjml), "bare")
    inliner = css_inline.CSSInliner(
        inline_style_tags=False,
        keep_style_tags=True,
        extra_css=css,
        load_remote_stylesheets=False,
    )
    # an HTML 5 parser puts in the tbody that a table may leave out
    every = "//body//*[not(self::tbody)]"
    theirs = find(parse(inliner.inline(bare)), every)
    ours = find(parse(to_html(mjml, "ours")), every)
    assert [e.tag for e in ours] == [e.tag for e in theirs]
    for mine, other in zip(ours, theirs, strict=True):
        assert style(mine) == style(other), mine.get("class")
    before = [style(element) for element in find(parse(bare), every)]
    changed = sum(style(e) != was for e, was in zip(ours, before, strict=True))
    assert changed > 25


def test_an_issue_without_css_of_its_own_is_set() -> None:
    """A user's look may have no rule to write into elements."""
    html = to_html(
        "<mjml><mj-body><mj-section><mj-column><mj-text>Hi</mj-text></mj-column>"
        "</mj-section></mj-body></mjml>",
        "plain",
    )
    assert ">Hi</div>" in html


def test_a_rule_that_insists_keeps_its_force_in_the_element() -> None:
    """premailer would strip the `!important` unless told otherwise."""
    html = to_html(
        '<mjml><mj-head><mj-style inline="inline">b.x { color: red !important; }'
        "</mj-style></mj-head><mj-body><mj-section><mj-column>"
        '<mj-text><b class="x">Hi</b></mj-text>'
        "</mj-column></mj-section></mj-body></mjml>",
        "plain",
    )
    assert '<b class="x" style="color:red !important">Hi</b>' in html


@pytest.mark.parametrize(
    ("selector", "reached"),
    [
        (".a", "1 2 3"),
        ("b.a", "2 3"),
        ("p.a b", "2"),
        ("div .a .c", "4"),
        (".a i.c", "4"),
        ("p > .a", "2"),
        ("#four", "4"),
        ("b.a, i", "2 3 4"),
        ("b:first-child", "2"),
        (".a.c", ""),
        (".none b", ""),
    ],
)
def test_a_rule_reaches_what_css_says(selector: str, reached: str) -> None:
    """Whichever way the elements are looked for."""
    page = parse(
        '<div><p class="a" id="1">x <b class="a" id="2">y</b></p>'
        '<b class="x a" id="3"><i class="c" id="four">z</i></b></div>'
    )
    inline(page.getroottree(), f"{selector} {{ color: red; }}")
    red = [each.get("id") for each in find(page, "//*[@style]")]
    assert " ".join(red).replace("four", "4") == reached
