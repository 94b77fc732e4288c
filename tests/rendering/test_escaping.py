"""Whatever an article says, a reader reads it, and nothing else happens."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from digest.config import Newsletter
from digest.errors import RenderError
from digest.model import Article, Image, Section, Story
from digest.rendering import render
from digest.rendering.gate import disarm, one_line
from tests.rendering.issues import (
    LOOK,
    NEWSLETTER,
    NONCE,
    find,
    issue,
    parse,
    quote,
    story,
)

HOSTILE = [
    "{{7*7}} {% raw %} {# a #}",
    "</mj-text><script>alert(1)</script>",
    "</div></td></tr></table><h1>Out</h1>",
    "<!-- --> <!--[if mso]> <![endif]--> ]]> <![CDATA[",
    "-name- %name% *|NAME|* {{{unsubscribe}}}",
    "<%asm_global_unsubscribe_raw_url%> <% x %>",
    "[unsubscribe] [Unsubscribe]",
    "a\nnewline\r\nBcc: everybody@x.example",
    "\x00\x08\x1b[31m\x7f\x9b\ufffe\ud800",
    "\u202egnihtyreve\u202c \u2066x",
    "<!-- \" x=y ' --> <![endif]--> <!--[if mso | IE]> <img width=1.5>",
    'a width="1.5" height="auto" src=x',
    "& &amp; &amp;amp; &#39; &lt;b&gt; &nbsp",
    "\"double\" 'single' `back` = > /",
    "👩\u200d🚀 🇳🇱 𝔘 e\u0301 \u00ad",
    "C:\\users\\new \\u{41} 10\u00a0000 co\u00adop",
    "שלום עולם مرحبا in the middle",
    '<mj-include path="/etc/passwd" /> <mj-raw>',
    "<style>@import url(http://x.example)</style>",
    "word" * 350,
]
ANY = st.text(st.characters(exclude_categories=()), min_size=1, max_size=200)


def everywhere(text: str) -> Story:
    """A story that says `text` wherever it can."""
    plain = story(text, text, quote(text, text, text), byline=text, source=text)
    image = Image(url="https://x.example/a.png", alt=one_line(text) or "Picture")
    article = replace(plain.article, image=image)
    other = Article(id=text, text=text, source=text, url="https://x.example/b")
    return replace(plain, articles=(article, other))


def shape(document: str) -> list[object]:
    """The elements of a document and their attributes' names, without texts."""
    return [
        (element.tag, sorted(element.keys()))
        for element in parse(document).iter()
        if isinstance(element.tag, str)
    ]


@cache
def tame_shape() -> list[object]:
    """The shape of an issue that says nothing special."""
    stories = everywhere("a"), everywhere("a")
    return shape(render(issue(*stories), NEWSLETTER, LOOK, nonce=NONCE).html)


def said(document: str, path: str) -> list[str]:
    """Texts as they stand; a line may end where a space was."""
    return [
        e.text_content().replace("\n", " ").strip() for e in find(parse(document), path)
    ]


@settings(deadline=None)
@given(ANY)
@example(HOSTILE[0])
@example(HOSTILE[1])
@example(HOSTILE[5])
@example(HOSTILE[12])
@example(HOSTILE[13])
@example("a" * 899 + " b")
@example("é " * 700)
def test_any_text_is_read_as_it_is(text: str) -> None:
    """Headline, lead, quote, speaker, source: the same text, no other element."""
    clean = one_line(text)
    if not clean:
        return
    hero, row = everywhere(text), everywhere(text)
    email = render(issue(hero, row), NEWSLETTER, LOOK, nonce=NONCE)
    assert said(email.html, "//h2") == [clean] * 2
    assert said(email.html, "//p[contains(@class, 'lede')]") == [clean] * 2
    words = clean.rstrip(" ,،，、") or clean
    assert said(email.html, "//blockquote/p") == [f"“{words}”"] * 2
    assert said(email.html, "//cite") == [f"— {clean}, {clean}"] * 2
    assert said(email.html, "//cite/span") == [clean] * 2
    alts = [
        image.get("alt").replace("\n", " ")
        for image in find(parse(email.html), "//img")
    ]
    assert alts == [clean] * 2
    assert shape(email.html) == tame_shape()
    assert " ".join(disarm(clean).split()) in " ".join(email.text.split())


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_only_text(text: str) -> None:
    """In every field of an issue and of the newsletter, in HTML, text and subject."""
    newsletter = Newsletter(name=f"N {text}", postal_address=f"P {text}")
    base = issue(Section(title=f"S {text}", stories=(everywhere(text),)), subject=text)
    email = render(
        replace(base, title=text, preheader=f"H {text}"), newsletter, LOOK, nonce=NONCE
    )
    clean = one_line(text)
    assert said(email.html, "//h1") == [f"N {clean}".strip()]
    assert said(email.html, "//h2") == [f"S {clean}".strip()]
    assert f"P {clean}".strip() in said(email.html, "//p")
    assert email.preheader == f"H {clean}".strip()
    assert email.subject == disarm(clean)
    assert f"N {disarm(clean)}".strip() in email.text.splitlines()
    page = parse(email.html)
    alt = find(page, "//img")[0].get("alt").replace("\n", " ")
    assert alt == (clean or "Picture")
    for forbidden in ("script", "iframe", "object", "form", "h4"):
        assert find(page, f"//{forbidden}") == []
    assert len(find(page, "//h1")) == len(find(page, "//h2")) == 1
    for part in (email.html, email.text, email.subject):
        assert "<%" not in part
        assert "[unsubscribe]" not in part.lower()
        assert "49" not in part.replace("2049", "")
    for control in "\x00\x07\x1b\x7f\u202e\u2066":
        assert control not in email.html + email.text + email.subject


def test_only_safe_addresses_become_links_and_images() -> None:
    """The others leave the story without, not without its card."""
    for url in ("javascript:alert(1)", "data:text/html,x", "file:///etc/passwd"):
        bad = story(url=url, image=Image(url=url))
        email = render(issue(bad), NEWSLETTER, LOOK, nonce=NONCE)
        page = parse(email.html)
        assert said(email.html, "//h2") == ["A headline"]
        assert find(page, "//img") == []
        assert len(find(page, "//a")) == 1
        assert url not in email.html
        assert url not in email.text


def test_a_nonce_that_an_article_names_is_refused() -> None:
    """Its text could otherwise be somebody's own address."""
    forged = story(f"Leave: -dg{NONCE}unsub-")
    with pytest.raises(RenderError, match="nonce"):
        render(issue(forged), NEWSLETTER, LOOK, nonce=NONCE)


def test_an_image_without_a_text_takes_the_headline() -> None:
    """A reader without images still learns what it was about."""
    bare = story("The headline", image=Image(url="https://x.example/a.png"))
    email = render(issue(bare), NEWSLETTER, LOOK, nonce=NONCE)
    assert find(parse(email.html), "//img")[0].get("alt") == "The headline"


@pytest.mark.parametrize("size", [(1, 1), (0, 0), (600, 1), (None, 20), (-5, 400)])
def test_a_speck_is_no_picture(size: tuple[int | None, int | None]) -> None:
    """It would count who opens the mail."""
    width, height = size
    image = Image(url="https://x.example/a.png", width=width, height=height)
    email = render(issue(story(image=image)), NEWSLETTER, LOOK, nonce=NONCE)
    assert find(parse(email.html), "//img") == []


def test_a_very_long_issue_is_set_whole() -> None:
    """A headline of 10,000 characters, a lead of 20,000 words, 100 stories."""
    stories = [story("h" * 10_000, "word " * 20_000), *[story()] * 99]
    email = render(issue(*stories), NEWSLETTER, LOOK, nonce=NONCE)
    assert len(find(parse(email.html), "//a[contains(@class, 'title')]")) == 100
    assert len(email.html.encode()) < 102_400
