"""Issues that nobody would write: every story has its card, nothing breaks out."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from digest.model import Section, Story
from digest.rendering import render
from tests.rendering.issues import (
    LOOK,
    NEWSLETTER,
    NONCE,
    find,
    issue,
    mjml_of,
    parse,
    picture,
    quote,
    story,
    texts,
)
from tests.rendering.test_escaping import HOSTILE, everywhere, shape

#: mrml's parser overflows its stack, and ends the process, at some 9,000 of these
DEEP = "<div>" * 20_000
HEADLINES = "//*[self::h2 or self::h3][contains(@class, 'headline')]"


def tags(mjml: str) -> list[str]:
    return re.findall(r"</?[a-zA-Z!?][\w-]*", mjml)


@pytest.mark.parametrize("text", [DEEP, "</mj-text>" * 20_000, *HOSTILE])
def test_no_tag_of_an_article_reaches_mjml(text: str) -> None:
    """MJML has the tags of our templates: no more and no deeper, whatever is said."""
    stories = (everywhere(text), everywhere(text))
    said = replace(
        issue(Section(title=f"S {text}", stories=stories)),
        title=f"T {text}",
        preheader=f"P {text}",
    )
    tame = issue(Section(title="S", stories=(everywhere("a"), everywhere("a"))))
    assert tags(mjml_of(said)) == tags(mjml_of(tame))


def test_markup_of_any_depth_is_read_as_text() -> None:
    """The HTML is no deeper for it either."""
    deep, tame = (
        render(issue(everywhere(text), story()), NEWSLETTER, LOOK, nonce=NONCE).html
        for text in (DEEP, "a")
    )
    assert shape(deep) == shape(tame)
    [first, _] = texts(parse(deep), HEADLINES)
    assert DEEP.startswith(first.removesuffix("…"))


def numbered(count: int) -> list[Story]:
    """Stories of every kind, each with its number in the headline."""
    kinds = (
        story("", "A lead.", quote("Said.", "Ada Vermeer"), image=picture("a")),
        story("", "", url=None, source=None),
        story("", "", byline="Tomas Okker"),
        story("", "سطر من اليمين.", language="ar"),
    )
    return [
        replace(kinds[number % len(kinds)], headline=f"Story {number}")
        for number in range(count)
    ]


def test_five_hundred_stories_have_their_cards() -> None:
    """In their order; the last are titles, and the text has all."""
    email = render(issue(*numbered(500)), NEWSLETTER, LOOK, nonce=NONCE)
    wanted = [f"Story {number}" for number in range(500)]
    page = parse(email.html)
    shown = [*texts(page, HEADLINES), *texts(page, "//p[@class='entry']")]
    assert shown == wanted[: len(shown)]
    assert f"{500 - len(shown)} more stories" in email.html
    for headline in wanted:
        assert f"\n{headline}\n" in email.text


def test_the_longest_texts_are_cut_and_say_so() -> None:
    """A headline of 10,000 characters, a lead and a quote of 200,000 words."""
    words = " ".join(["word"] * 200_000)
    long = story("h" * 10_000, words, quote(words, "Ada Vermeer"))
    email = render(issue(long, story()), NEWSLETTER, LOOK, nonce=NONCE)
    page = parse(email.html)
    for found in (
        texts(page, HEADLINES),
        texts(page, "//p[contains(@class, 'lede')]"),
        texts(page, "//blockquote/p"),
    ):
        assert found[0].rstrip("”").endswith("…")
        assert 1_000 < len(found[0]) < 3_010
    lines = email.html.splitlines()
    assert all(len(line.encode()) < 998 for line in lines if "hhh" not in line)


@pytest.mark.parametrize("headline", ["", "\x00\x07", " \u2028 "])
def test_a_story_with_nothing_but_a_link_can_be_pressed(headline: str) -> None:
    """The address stands for the headline that it lacks."""
    bare = story(headline, "", source=None)
    email = render(issue(bare, bare), NEWSLETTER, LOOK, nonce=NONCE)
    links = find(parse(email.html), f"{HEADLINES}/a")
    assert [link.text for link in links] == ["https://news.example/story"] * 2
    assert "\nhttps://news.example/story\n" in email.text


def test_a_story_with_nothing_at_all_has_a_card() -> None:
    """It says at least what a reader would do with it."""
    bare = story("", "", url=None, source=None)
    email = render(issue(bare), NEWSLETTER, LOOK, nonce=NONCE)
    assert texts(parse(email.html), HEADLINES) == ["Read the story"]


def test_emoji_and_both_directions_stand_in_one_issue() -> None:
    """Each character as it was, each story from its own side."""
    flight = "👩\u200d🚀 flies 🇳🇱 to the 🌕"
    hebrew = story("הספינה חזרה 🚢", "היא חזרה.", language="he")
    shown = issue(story(flight, flight), hebrew, story("English again"))
    page = parse(render(shown, NEWSLETTER, LOOK, nonce=NONCE).html)
    assert texts(page, HEADLINES) == [flight, "הספינה חזרה 🚢", "English again"]
    turned = find(page, "//*[@dir='rtl'][@lang='he']")
    assert [texts(each, ".//h2") for each in turned] == [["הספינה חזרה 🚢"]]
