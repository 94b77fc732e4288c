"""Languages, directions and the newsletter's own words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from digest.config import Look
from digest.rendering import render
from digest.rendering.words import WORDS, direction, words
from tests.rendering.issues import (
    LOOK,
    NEWSLETTER,
    NONCE,
    arabic,
    find,
    issue,
    parse,
    quote,
    story,
    texts,
    week,
)


def test_an_issue_from_right_to_left_is_so_throughout() -> None:
    """Text starts on the right, and the bar of a quote stands there."""
    email = render(arabic(), NEWSLETTER, LOOK, nonce=NONCE)
    assert '<html lang="ar" dir="rtl"' in email.html
    page = parse(email.html)
    first, _, english = find(page, "//blockquote")
    assert "border-right:3px" in first.get("style")
    assert "border-left:3px" in english.get("style")
    [cell] = find(page, "//td[@dir][contains(., '2026')]")
    assert cell.get("align") == "right"


def test_a_story_of_another_language_says_so() -> None:
    """A screen reader changes its voice, a browser the direction."""
    page = parse(render(arabic(), NEWSLETTER, LOOK, nonce=NONCE).html)
    [english] = find(page, "//div[@lang='en'][h2]")
    assert english.get("dir") == "ltr"
    assert "text-align:left" in english.getparent().get("style")
    assert find(page, "//div[@lang='ar'][h2]") == []


def test_a_story_without_a_language_goes_by_its_first_letter() -> None:
    """A headline in Hebrew in an English issue reads from right to left."""
    hebrew = story("הספינה חזרה", language=None)
    page = parse(render(issue(hebrew, story()), NEWSLETTER, LOOK, nonce=NONCE).html)
    [turned] = find(page, "//div[@dir='rtl'][h2]")
    assert turned.get("lang") is None


def test_the_direction_can_be_set() -> None:
    """It goes before the language's."""
    email = render(week(), NEWSLETTER, Look(direction="rtl"), nonce=NONCE)
    assert '<html lang="en" dir="rtl"' in email.html


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "ltr"),
        ("AR-eg", "rtl"),
        ("he", "rtl"),
        ("az-Arab", "rtl"),
        ("ur-Latn-PK", "ltr"),
        ("zh_Hant", "ltr"),
        ("", "ltr"),
    ],
)
def test_a_language_has_a_direction(language: str, expected: str) -> None:
    """By its script where the tag names one."""
    assert direction(language) == expected


@pytest.mark.parametrize(
    ("language", "read", "day", "marks"),
    [
        ("en-GB", "Read the story", "Sunday, 1 March 2026", "“It is.”"),
        ("de", "Zum Artikel", "Sonntag, 1. März 2026", "„It is.“"),
        ("fr", "Lire l’article", "dimanche 1 mars 2026", "«\u202fIt is.\u202f»"),
        ("es", "Leer la noticia", "domingo, 1 de marzo de 2026", "«It is.»"),
        ("nl", "Lees het artikel", "zondag 1 maart 2026", "“It is.”"),
        ("it", "Leggi l’articolo", "domenica 1 marzo 2026", "«It is.»"),
        ("pt_BR", "Ler a notícia", "domingo, 1 de março de 2026", "“It is.”"),
        ("fi", "Read the story", "Sunday, 1 March 2026", "“It is.”"),
    ],
)
def test_the_newsletter_speaks_its_language(
    language: str, read: str, day: str, marks: str
) -> None:
    """Its words, its dates, its quotation marks; English where we have none."""
    one = issue(story("H", "L", quote("It is."), language=None), language=language)
    one = replace(one, published=datetime(2026, 3, 1, tzinfo=UTC))
    email = render(one, replace(NEWSLETTER, language=language), LOOK, nonce=NONCE)
    page = parse(email.html)
    assert find(page, "//a")[-2].text_content().strip() == read
    assert day in texts(page, "//td")
    assert marks in email.text
    assert f"{read}: https://" in email.text


def test_a_quote_has_the_marks_of_its_own_language() -> None:
    """A German voice in an English letter is still quoted in German."""
    german = story("H", "L", quote("So ist es.", "Ada Vermeer"), language="de")
    email = render(issue(german), NEWSLETTER, LOOK, nonce=NONCE)
    assert texts(parse(email.html), "//blockquote/p") == ["„So ist es.“"]


@pytest.mark.parametrize("language", sorted(WORDS))
def test_every_language_has_all_its_words(language: str) -> None:
    """Seven days, twelve months, and patterns that can be filled."""
    own = words(language)
    assert (len(set(own.months)), len(set(own.weekdays))) == (12, 7)
    assert own.why.endswith(".")
    assert own.number.format(number=42).endswith("42")
    dates = {own.on(datetime(2026, m, 28, tzinfo=UTC)) for m in range(1, 13)}
    assert len(dates) == 12
