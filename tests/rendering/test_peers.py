"""Our e-mail beside npm mjml's of the same MJML, and before html-validate."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from digest.config import Look
from digest.model import Issue
from digest.rendering import render
from digest.rendering.html import to_html
from tests.conftest import ROOT, npm_tool
from tests.rendering.issues import (
    LOOK,
    NEWSLETTER,
    NONCE,
    arabic,
    find,
    issue,
    mjml_of,
    parse,
    story,
    week,
)
from tests.rendering.mjml5 import Mjml5, running
from tests.rendering.test_inlining import style

ISSUES = {
    "week": week(),
    "bare": week(images=False),
    "arabic": arabic(),
    "short": issue(story(url=None)),
}


@pytest.fixture(scope="module")
def mjml5() -> Iterator[Mjml5]:
    with running() as process:
        yield process


@pytest.fixture(params=sorted(ISSUES))
def shown(request: pytest.FixtureRequest) -> Issue:
    return ISSUES[request.param]


@pytest.fixture(params=["editorial", "letter"])
def look(request: pytest.FixtureRequest) -> Look:
    return Look(template=request.param, rows=3)


@pytest.fixture
def both(mjml5: Mjml5, shown: Issue, look: Look) -> tuple[str, str]:
    """One issue as we set it, and as npm mjml does."""
    mjml = mjml_of(shown, look)
    return to_html(mjml, "ours"), mjml5.set(mjml)


Attributes: TypeAlias = dict[str, Any]


def spelled(attributes: Mapping[str, str]) -> Attributes:
    """Attributes in one spelling."""
    classes = sorted(attributes.get("class", "").split())
    return {**attributes, "style": style(attributes), "class": classes}


def comparable(node: Any) -> tuple[str, Attributes]:
    """An element by its tag and attributes, without what differs for a reason."""
    found = spelled(dict(node.items()))
    if node.tag == "img" and found.get("height") == "auto":
        del found["height"]  # no number, so no HTML; it stays in the style
    if node.tag == "td":
        found.pop("vertical-align", None)  # no attribute of HTML
    if node.get("role") == "article" or node.tag == "body":
        # mjml has the body's class on the body, mrml on the first element in it
        del found["class"]
        found["style"].pop("word-spacing", None)
    return node.tag, found


def outlook(comment: Any) -> list[tuple[str, Attributes]]:
    """The tags that a comment holds for Outlook."""
    return [
        (tag, spelled(dict(re.findall(r'([\w-]+)="([^"]*)"', rest))))
        for tag, rest in re.findall(r"<(/?[\w:]+)([^>]*)>", comment.text)
    ]


def body(html: str, path: str) -> list[Any]:
    return find(parse(html), f"//body//{path}")


@pytest.mark.needs("mjml")
def test_the_same_elements_widths_and_styles(both: tuple[str, str]) -> None:
    """Element by element."""
    ours, theirs = (body(html, "*") for html in both)
    assert [node.tag for node in ours] == [node.tag for node in theirs]
    for mine, other in zip(ours, theirs, strict=True):
        assert comparable(mine) == comparable(other)


@pytest.mark.needs("mjml")
def test_the_same_tables_for_outlook(both: tuple[str, str]) -> None:
    """Comment by comment."""
    ours, theirs = (body(html, "comment()") for html in both)
    assert [outlook(mine) for mine in ours] == [outlook(other) for other in theirs]


@pytest.mark.needs("mjml")
def test_the_same_texts(both: tuple[str, str]) -> None:
    """In the same order; nothing is lost or told twice."""
    ours, theirs = ("".join(body(html, "text()")).split() for html in both)
    assert "".join(ours) == "".join(theirs)


def sheets(html: str) -> list[tuple[str | None, str]]:
    """The style sheets of the head and their media, in one spelling."""
    return [
        (
            sheet.get("media"),
            re.sub(r"\s*([{}:;,>])\s*", r"\1", " ".join(sheet.text.split())),
        )
        for sheet in find(parse(html), "//head/style")
    ]


@pytest.mark.needs("mjml")
def test_no_rule_of_the_head_is_lost(both: tuple[str, str]) -> None:
    """Media queries, dark modes and every `!important`; and the doctype."""
    ours, theirs = both
    assert sheets(ours) == sheets(theirs)
    assert ours.count("!important") == theirs.count("!important") > 20
    assert ours.count("@media") == theirs.count("@media") > 2
    assert ours.lower().startswith("<!doctype html>")
    assert theirs.lower().startswith("<!doctype html>")


@pytest.mark.needs("mjml")
def test_the_table_of_elements_is_that_of_the_package() -> None:
    """`node tests/peers/mjml_table.mjs > digest/rendering/mjml.toml` renews it."""
    command = ["node", str(ROOT / "tests/peers/mjml_table.mjs")]
    printed = subprocess.run(command, capture_output=True, text=True, check=True)
    table = ROOT / "digest/rendering/mjml.toml"
    assert printed.stdout == table.read_text("utf-8")


# --- html-validate ------------------------------------------------------------

#: what Outlook for Windows reads in place of CSS: caniemail.com
OUTLOOK = {"align", "valign", "bgcolor", "width", "cellpadding", "cellspacing"}
RULES = {
    "root": True,
    "extends": ["html-validate:standard", "html-validate:a11y"],
    # Outlook knows no <article>; MJML gives the role to a <div>
    "rules": {"prefer-native-element": "off"},
}


def complaints(folder: Path, documents: dict[str, str]) -> list[str]:
    """What html-validate says of the documents, but of Outlook's attributes."""
    (folder / "rules.json").write_text(json.dumps(RULES))
    for name, html in documents.items():
        (folder / f"{name}.html").write_text(html, encoding="utf-8")
    tool = npm_tool("html-validate")
    options = ["--config", "rules.json", "--formatter", "json=said.json"]
    files = [f"{name}.html" for name in documents]
    subprocess.run([tool, *options, *files], cwd=folder, check=False)
    messages = [
        message
        for file in json.loads((folder / "said.json").read_text())
        for message in file["messages"]
    ]
    assert messages
    return [
        f"{message['ruleId']}: {message['message']}"
        for message in messages
        if message["ruleId"] != "no-deprecated-attr"
        or re.findall('"(.*?)"', message["message"])[0] not in OUTLOOK
    ]


@pytest.mark.needs("html-validate")
def test_the_html_is_valid(tmp_path: Path) -> None:
    """But for the attributes that Outlook needs."""
    documents = {
        name: render(shown, NEWSLETTER, LOOK, nonce=NONCE).html
        for name, shown in ISSUES.items()
    }
    assert complaints(tmp_path, documents) == []


@pytest.mark.needs("html-validate")
def test_html_that_is_not_valid_is_told(tmp_path: Path) -> None:
    """So that the test above can fail."""
    html = render(week(), NEWSLETTER, LOOK, nonce=NONCE).html
    spoiled = html.replace("alt=", "ald=", 1).replace("width=", "widht=", 1)
    assert complaints(tmp_path, {"spoiled": spoiled})
