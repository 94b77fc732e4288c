"""An e-mail's source edited tag by tag: what is not meant stays as it is."""

from __future__ import annotations

from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.web.preview.source import Attributes, edited, marked, tree

EMAIL = """<!DOCTYPE html>
<html lang=en><head><title>a < b</title><style>td > p { color: red }</style></head>
<body><!--[if mso]><table><tr><td><p><![endif]--><P Class='x' data-n="1 &gt; 0">One<br/>
<img alt="a > b" src=x.png><script>"<p>"</script><table><tr><td>Two</table>
</body></html>"""


def same(_: str, attributes: Attributes) -> Attributes:
    return attributes


def test_what_is_not_changed_stays_as_it_is() -> None:
    """Byte by byte, also what no parser would write like that."""
    assert edited(EMAIL, same) == EMAIL


def test_attributes_are_read_as_they_are_meant() -> None:
    """Names in lower case, values without quotes and escapes; none in comments."""
    seen: list[tuple[str, Attributes]] = []

    def note(tag: str, attributes: Attributes) -> Attributes:
        seen.append((tag, attributes))
        return attributes

    edited(EMAIL, note)

    assert ("p", {"class": "x", "data-n": "1 > 0"}) in seen
    assert ("img", {"alt": "a > b", "src": "x.png"}) in seen
    assert [tag for tag, _ in seen].count("p") == 1


def test_tags_and_sheets_change() -> None:
    """An attribute is written safely, a tag left out, a sheet written anew."""

    def tag(name: str, attributes: Attributes) -> Attributes | None:
        return (
            None
            if name == "img"
            else {**attributes, "title": '"'}
            if name == "br"
            else attributes
        )

    html = edited(EMAIL, tag, str.upper, unwrapped=frozenset({"table"}))

    assert '<br title="&quot;"/>' in html
    assert "<img" not in html
    assert "TD > P { COLOR: RED }" in html
    assert html.count("<table>") == 1  # in a comment
    assert "<td>Two\n" in html


def test_elements_are_found_by_their_places() -> None:
    """As the checks count them, with what a parser puts in between."""
    places = {each: place for place, each in enumerate(tree(EMAIL).iter("*"))}
    wanted = {places[each]: each.tag for each in places if each.tag in ("img", "td")}

    html = marked(EMAIL, {place: {"data-at": str(place)} for place in wanted})

    again = tree(html)
    assert {
        int(each.get("data-at")): each.tag
        for each in again.iter("*")
        if each.get("data-at")
    } == wanted


def test_an_attribute_that_is_there_is_kept() -> None:
    """An element's own id goes before the mark's."""
    assert marked('<p id="a">x', {2: {"id": "b", "data-at": "2"}}) == (
        '<p id="a" data-at="2">x'
    ) or 'id="a"' in marked('<p id="a">x', {2: {"id": "b", "data-at": "2"}})


@given(st.text(), st.text())
def test_any_text_and_value_stays(text: str, value: str) -> None:
    """Whatever stands in an e-mail comes out of it again."""
    html = f'<p title="{escape(value)}">{escape(text)}</p>'

    assert edited(html, same) == html
    again = edited(html, lambda _, given: {**given, "x": "y"})
    assert f">{escape(text)}</p>" in again


@pytest.mark.parametrize(
    "html",
    ["", "<", "<p", "<!--", "<p title='", "<style>", "</p>", "<p/ x>", "<script>"],
)
def test_broken_sources_are_taken_as_they_are(html: str) -> None:
    """Nothing is lost, and nothing fails."""
    assert edited(html, same) == html
    assert marked(html, {0: {"data-at": "0"}}).replace(' data-at="0"', "") == html
