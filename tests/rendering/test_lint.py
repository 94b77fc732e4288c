"""The linter of MJML: what mrml swallows or refuses without a line, it names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from mjml import mjml2html

from digest.config import Look
from digest.rendering import lint_templates, render
from digest.rendering.components import elements, expected
from digest.rendering.lint import lint
from digest.rendering.templates import built_in
from tests.rendering.issues import (
    LOOK,
    NEWSLETTER,
    NONCE,
    arabic,
    edited,
    issue,
    story,
    week,
)


def body(content: str) -> str:
    return f"<mjml><mj-body>{content}</mj-body></mjml>"


def column(content: str) -> str:
    section = f"<mj-section><mj-column>{content}</mj-column></mj-section>"
    return body(section)


def head(content: str) -> str:
    return f"<mjml><mj-head>{content}</mj-head><mj-body></mj-body></mjml>"


#: mrml takes these, and loses or spoils something
SPOILED = {
    "an unknown element": (
        column("<mj-txt>Hi</mj-txt>"),
        "<mj-txt> is no element of MJML",
        "did you mean <mj-text>?",
    ),
    "HTML between elements": (
        column("<div>Hi</div>"),
        "<div> is no element of MJML",
        "put HTML into <mj-text>",
    ),
    "text between elements": (
        column("Hi"),
        "text in <mj-column> is lost",
        "put it into <mj-text>",
    ),
    "an unknown attribute": (
        column('<mj-text colour="red">Hi</mj-text>'),
        "<mj-text> has no attribute colour",
        "did you mean color?",
    ),
    "an attribute of another element": (
        body('<mj-section href="https://x.example"></mj-section>'),
        "<mj-section> has no attribute href",
        "take it out",
    ),
    "a size without a unit": (
        column('<mj-text font-size="16">Hi</mj-text>'),
        '<mj-text font-size="16"> is not what MJML reads',
        "write a number with px",
    ),
    "a colour that is none": (
        column('<mj-text color="#12345">Hi</mj-text>'),
        '<mj-text color="#12345"> is not what MJML reads',
        "write a colour, as #9a1b1f",
    ),
    "a word that is not one of a few": (
        column('<mj-text align="middle">Hi</mj-text>'),
        '<mj-text align="middle"> is not what MJML reads',
        "write left or right or center or justify",
    ),
    "a plain 0 in a padding": (
        body('<mj-section padding="0 24px"></mj-section>'),
        '<mj-section padding="0 24px"> makes columns too wide for Outlook',
        "write 0px for 0",
    ),
    "a picture without alt": (
        column('<mj-image src="https://x.example/a.png" />'),
        "<mj-image> has no alt text",
        'write what it shows into alt; alt="" if it decorates only',
    ),
    "a picture in HTML without alt": (
        column('<mj-text><img src="https://x.example/a.png"></mj-text>'),
        "<img> has no alt text",
        'write what it shows into alt; alt="" if it decorates only',
    ),
    "a text in a section": (
        body("<mj-section><mj-text>Hi</mj-text></mj-section>"),
        "<mj-text> cannot stand in <mj-section>, only in <mj-column>, <mj-hero>",
        "the table of MJML's elements: https://documentation.mjml.io/#components",
    ),
    "MJML in HTML": (
        column("<mj-text><mj-button>Hi</mj-button></mj-text>"),
        "<mj-button> in <mj-text> is not set as MJML",
        "the table of MJML's elements: https://documentation.mjml.io/#components",
    ),
    "a style that is not inlined": (
        head('<mj-style inline="true">p { color: red; }</mj-style>'),
        '<mj-style inline="true"> is not written into the elements',
        'write inline="inline"',
    ),
}
#: mrml stops at these
REFUSED = {
    "an element that does not close": (
        body("<mj-section><mj-column></mj-column>"),
        "<mj-section> is not closed",
    ),
    "HTML that does not close": (
        column("<mj-text><p>Hi</mj-text>"),
        "<p> is not closed",
    ),
    "an end of nothing": (
        body("</mj-section>"),
        "</mj-section> closes nothing",
    ),
    "a value without quotes": (
        column("<mj-text color=red>Hi</mj-text>"),
        "the value of color in <mj-text> has no quotes",
    ),
    "quotes that do not close": (
        column('<mj-text color="red>Hi</mj-text>'),
        "this < begins no tag",
    ),
    "a bare <": (column("<mj-text>1 < 2</mj-text>"), "this < begins no tag"),
    "CDATA": (column("<mj-text><![CDATA[x]]></mj-text>"), "this < begins no tag"),
    "attributes of HTML": (
        head("<mj-html-attributes></mj-html-attributes>"),
        "<mj-html-attributes> does not work here",
    ),
    "an include of MJML": (
        body('<mj-include path="x.mjml" />'),
        "<mj-include> does not work here",
    ),
    "HTML in the head": (head('<meta name="x">'), "<meta> is no element of MJML"),
    "a tag in the title": (
        head("<mj-title>a<br>b</mj-title>"),
        "<br> in <mj-title>, which holds text",
    ),
    "something in a picture": (
        column('<mj-image alt="x" src="https://x.example/a.png">Hi</mj-image>'),
        "text in <mj-image> is lost",
    ),
    "a section without a body": (
        "<mjml><mj-section></mj-section></mjml>",
        "<mj-section> cannot stand in <mjml>, only in <mj-body>, <mj-wrapper>",
    ),
    "no root": ("<mj-body></mj-body>", "<mj-body> stands outside of <mjml>"),
    "a class without a name": (
        head('<mj-attributes><mj-class color="red" /></mj-attributes>'),
        "<mj-class> has no name",
    ),
    "an Outlook table in a comment that does not close": (
        column("<mj-raw><!--[if mso]><table><![endif]--></mj-raw>"),
        "<table> is not closed",
    ),
}
#: and there is nothing wrong with these
SOUND = {
    "comments": column("<!-- <mj-txt> --><mj-text>Hi<!-- <p> --></mj-text>"),
    "elements without an end": column("<mj-text>a<br>b<br/>c<hr></mj-text>"),
    "attributes without a value": column("<mj-text><input disabled></mj-text>"),
    "either quotes": column("<mj-text color='red'>Hi</mj-text>"),
    "a < in quotes": column('<mj-button name="a < b">Hi</mj-button>'),
    "classes anywhere": column('<mj-text css-class="a" mj-class="b">Hi</mj-text>'),
    "attributes for all": head(
        '<mj-attributes><mj-all color="red" /><mj-class name="b" href="x" />'
        '<mj-image padding="0px" /></mj-attributes>'
    ),
    "CSS": head("<mj-style>a > b { color: red; }</mj-style>"),
    "several values": column('<mj-text padding="0px 1.5px  5% 0px">Hi</mj-text>'),
    "a line height without a unit": column('<mj-text line-height="1.5">Hi</mj-text>'),
    "a picture that decorates": column('<mj-image alt="" src="x.png" />'),
}


@pytest.mark.parametrize("case", SPOILED)
def test_what_mrml_swallows_is_named(case: str) -> None:
    """With what helps; mrml itself makes HTML of it without a word."""
    mjml, message, hint = SPOILED[case]
    assert mjml2html(mjml, fonts={})
    [fault] = lint(mjml)
    assert (fault.message, fault.help, fault.breaks) == (message, hint, False)


@pytest.mark.parametrize("case", REFUSED)
def test_what_mrml_refuses_is_named(case: str) -> None:
    """First among the faults that break; mrml says no more than that it stopped."""
    mjml, message = REFUSED[case]
    with pytest.raises(ValueError, match="template"):
        mjml2html(mjml, fonts={})
    first = next(fault for fault in lint(mjml) if fault.breaks)
    assert first.message == message


@pytest.mark.parametrize("case", SOUND)
def test_what_is_sound_is_left_alone(case: str) -> None:
    """A linter that cries wolf is switched off."""
    assert mjml2html(SOUND[case], fonts={})
    assert lint(SOUND[case]) == []


def test_a_fault_is_where_its_tag_begins() -> None:
    """The position counts characters."""
    mjml = column("<mj-text>é👩‍🚀</mj-text>\n  <mj-txt />")
    [fault] = lint(mjml)
    assert mjml[fault.position :].startswith("<mj-txt />")


@pytest.mark.parametrize(
    ("mjml", "message"),
    [
        (column("<mj-text>a</mj-text></mjml>"), "</mjml> closes nothing"),
        (column("<mj-text><p>a</mj-text>"), "<p> is not closed"),
        (head("<mj-style>a {}<mj-style>b {}</mj-style>"), "<mj-style> is not closed"),
    ],
)
def test_the_tag_at_fault_is_told_from_its_neighbours(mjml: str, message: str) -> None:
    """An end too many, and an end that is missing, look alike where they clash."""
    assert lint(mjml)[0].message == message


@pytest.mark.parametrize(
    ("kind", "value", "right"),
    [
        ("unit(px,%){1,4}", "1px 2px 3px 4px 5px", False),
        ("unit(px,%){1,4}", "0 1px", True),
        ("unit(px,auto)", "auto", True),
        ("unit(px)", "1em", False),
        ("unit(px)", "-1px", False),
        ("unitWithNegative(px,em)", "-0.5px", True),
        ("unit(px,%,)", "1.5", True),
        ("color", "rgba(1, 2, 3, 0.5)", True),
        ("color", "transparent", True),
        ("color", "grue", False),
        ("enum(full-width,false,)", "", True),
        ("integer", "1.5", False),
        ("boolean", "true", True),
        ("string", "anything", True),
    ],
)
def test_a_value_is_of_its_type(kind: str, value: str, right: bool) -> None:
    """As MJML's own validator has it."""
    assert (expected(kind, value) == "") is right


def test_every_type_of_the_table_is_known() -> None:
    """A new release of MJML may bring another."""
    for element in elements().values():
        for kind in element.attributes.values():
            expected(kind, "1px")


# --- templates ----------------------------------------------------------------

ISSUES = {"week": week(), "bare": week(images=False), "arabic": arabic()}


@pytest.mark.parametrize("name", [*ISSUES, "short", "empty"])
def test_our_own_templates_are_clean(name: str, tmp_path: Path) -> None:
    """Whatever the issue uses of them."""
    shown = {**ISSUES, "short": issue(story()), "empty": issue()}[name]
    assert lint_templates(shown, NEWSLETTER, LOOK, tmp_path) == []


def replaced(folder: Path, name: str, content: str) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content, encoding="utf-8")
    return file


def test_a_finding_names_file_and_line_once(tmp_path: Path) -> None:
    """Though the part is set for seven stories, in a loop."""
    content = (
        "{# A comment with a <tag>.\n #}\n<mj-section>\n  <mj-column>\n"
        '    {% if story.url %}<mj-text font="x">{{ story.headline }}</mj-text>\n'
        "{% endif %}</mj-column>\n</mj-section>\n"
    )
    file = replaced(tmp_path, "parts/story.mjml.j2", content)
    [finding] = lint_templates(week(), NEWSLETTER, LOOK, tmp_path)
    assert finding.where == f"{file}, line 5"
    assert finding.message == "<mj-text> has no attribute font"
    assert render(week(), NEWSLETTER, LOOK, nonce=NONCE, templates=tmp_path)


def test_an_article_is_not_taken_for_markup(tmp_path: Path) -> None:
    """Not its tags, nor what stands for them while the origins are kept."""
    hostile = story("<mj-txt> {{ x }} \ufdd2x, line 1\ufdd3<b>", "</mj-text>")
    assert lint_templates(issue(hostile), NEWSLETTER, LOOK, tmp_path) == []


#: an issue and settings that fill what others leave out
PLENTY = replace(issue(*week().stories, *week().stories), id=7)
ONLINE = replace(NEWSLETTER, base_url="https://letter.example")
FULL = Look(logo="https://letter.example/logo.png", social=("https://x.com/letter",))
TAG = re.compile(r"</?[a-z][\w-]*(?:[^>{]|\{\{.*?\}\}|\{%.*?%\})*(?<!/)>")
SETS = ("base.mjml.j2", "editorial/*.mjml.j2", "parts/*.j2")


def tags_of_ours() -> Iterator[tuple[str, str, re.Match[str]]]:
    """Every tag with a beginning and an end: its file, the text there, its place."""
    for file in sorted(file for each in SETS for file in built_in().glob(each)):
        text = file.read_text("utf-8")
        for found in TAG.finditer(text):
            before = text[: found.start()]
            in_comment = before.rfind("{#") > before.rfind("#}")
            if not in_comment and not found[0].startswith(("<meta", "<img", "<br")):
                yield str(file.relative_to(built_in())), text, found


def test_whichever_tag_is_missing_its_file_is_named(tmp_path: Path) -> None:
    """Each tag of our templates is left out once; nothing is laid on another file."""
    seen = 0
    for number, (name, text, found) in enumerate(tags_of_ours()):
        folder = tmp_path / str(number)
        without = text[: found.start()] + text[found.end() :]
        file = replaced(folder, name, without)
        faults = (
            lint_templates(week(), NEWSLETTER, LOOK, folder)
            or lint_templates(PLENTY, ONLINE, FULL, folder)
            or lint_templates(arabic(), NEWSLETTER, LOOK, folder)
            or lint_templates(edited(), NEWSLETTER, LOOK, folder)
        )
        assert faults, (name, found[0])
        assert faults[0].where.startswith(f"{file}, line "), (name, found[0], faults)
        seen += 1
    assert seen > 100
