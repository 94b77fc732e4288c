"""The mail that asks for a confirmation: one button, its link in full, no tracking."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from lxml import html as lxml_html

from digest.config import Look, Newsletter
from digest.model import Email, Placeholder
from digest.rendering import confirmation
from digest.rendering.confirmation_words import WORDS
from digest.rendering.words import WORDS as ISSUE_WORDS
from subscribers import LetterKind
from tests.rendering.issues import NEWSLETTER, NONCE
from tests.rendering.pictures import browser
from tests.rendering.test_browser import TEXTS, contrast, luminance

if TYPE_CHECKING:
    from playwright.sync_api import Browser

LINK = "https://letter.example/confirm/9bN5uT0vQe3XyKzA1cDf4GhJ6mPsRw8L"


def mail(
    newsletter: Newsletter = NEWSLETTER, look: Look | None = None, **options: Any
) -> Email:
    given: dict[str, Any] = {"days": 7, "nonce": NONCE} | options
    return confirmation(newsletter, look or Look(), **given)


def asked(newsletter: Newsletter = NEWSLETTER, look: Look | None = None) -> Email:
    return mail(newsletter, look).fill({Placeholder.CONFIRM_URL: LINK})


def test_one_button_and_the_link_in_full() -> None:
    """Nothing else leads anywhere, and nothing is fetched."""
    page: Any = lxml_html.fromstring(asked().html)
    links = page.xpath("//a")
    assert [link.get("href") for link in links] == [LINK, LINK]
    assert "Yes, subscribe me" in links[0].text_content()
    assert links[1].text_content() == LINK
    assert links[1].get("clicktracking") == "off"
    assert not page.xpath("//img | //link | //script")
    assert "12 Quay Street" in page.text_content()
    assert LINK in asked().text.splitlines()
    assert "12 Quay Street" in asked().text


def test_there_is_no_way_out_for_who_is_not_in() -> None:
    """Who does nothing gets nothing, so there is nothing to unsubscribe from."""
    assert list(mail().tags) == [Placeholder.CONFIRM_URL]
    assert "nsubscribe" not in asked().html + asked().text


@pytest.mark.parametrize("kind", [LetterKind.OWN, LetterKind.MOVE])
def test_a_magic_link(kind: LetterKind) -> None:
    """Its mail has one button too, says that it is good for an hour, and speaks the
    reader's language.
    """
    email = mail(kind=kind).fill({Placeholder.CONFIRM_URL: LINK})
    page: Any = lxml_html.fromstring(email.html)
    assert [link.get("href") for link in page.xpath("//a")] == [LINK, LINK]
    assert "It works for an hour." in page.text_content()
    german = mail(kind=kind, language="de-AT")
    assert 'lang="de-at"' in german.html
    assert "eine Stunde" in german.text


def test_who_is_on_the_list_gets_no_link() -> None:
    """The mail says so kindly; there is nothing to press, and nothing to fill."""
    told = mail(kind=LetterKind.TELLING)
    page: Any = lxml_html.fromstring(told.html)
    assert told.tags == {}
    assert not page.xpath("//a")
    assert "You are on the list" in page.text_content()
    assert "nothing to do" in " ".join(told.text.split())


def test_every_language_of_an_issue_has_its_words() -> None:
    """All that is filled in is there in each, and nothing is left of a pattern."""
    assert set(WORDS) == set(ISSUE_WORDS)
    for language in WORDS:
        newsletter = replace(NEWSLETTER, language=language)
        for email in (mail(newsletter, kind=kind) for kind in LetterKind):
            assert "The Harbour Letter" in email.subject
            assert "The Harbour Letter" in email.preheader
            assert not re.search(r"[{}]", email.text)
        assert "7" in mail(newsletter).text


@pytest.mark.parametrize(
    ("language", "attributes"),
    [
        ("de", ("de", "ltr")),
        ("pt_BR", ("pt-br", "ltr")),
        ("ar", ("ar", "rtl")),
        ("fi", ("en", "ltr")),
    ],
)
def test_it_says_what_language_it_is_in(
    language: str, attributes: tuple[str, str]
) -> None:
    """A language that we have no words of gets English, and is told so."""
    page: Any = lxml_html.fromstring(asked(replace(NEWSLETTER, language=language)).html)
    assert (page.get("lang"), page.get("dir")) == attributes


def test_the_settings_are_only_text() -> None:
    """A name cannot bring markup, a header or a tag of the provider's."""
    name = "<b>Tide</b>\r\nBcc: <%body%> [unsubscribe]"
    email = asked(replace(NEWSLETTER, name=name))
    assert "<b>Tide" not in email.html
    assert "\n" not in email.subject
    assert "<%" not in email.subject + email.text + email.html
    assert "[unsubscribe]" not in email.subject + email.text + email.html


def test_the_look_is_the_newsletters() -> None:
    """Its accent, fonts and logo."""
    look = Look(
        accent="#114488", font="Palatino, serif", logo="https://letter.example/l.png"
    )
    email = asked(look=look)
    assert "#114488" in email.html
    assert "Palatino" in email.html
    assert 'src="https://letter.example/l.png"' in email.html


def test_own_template(tmp_path: Path) -> None:
    """A file beside the settings takes the place of ours."""
    (tmp_path / "mail").mkdir()
    text = tmp_path / "mail/confirmation.txt.j2"
    text.write_text("Mine: {{ mail.url }}", encoding="utf-8")
    assert mail(templates=tmp_path).text.startswith(f"Mine: -dg{NONCE}")


@pytest.fixture(scope="module")
def running(chromium: str) -> Iterator[Browser]:
    with browser(chromium) as found:
        yield found


@pytest.mark.needs("chromium")
@pytest.mark.parametrize("width", [320, 600])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["de", "ar"])
def test_it_can_be_read(
    running: Browser, width: int, scheme: Any, language: str
) -> None:
    """WCAG AA, nothing off the side, a button for a thumb; dark ground in the dark."""
    with running.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme
    ) as context:
        page = context.new_page()
        page.set_content(asked(replace(NEWSLETTER, language=language)).html)
        assert page.evaluate("document.documentElement.scrollWidth") == width
        for text in page.evaluate(TEXTS):
            assert contrast(text["color"], text["ground"]) >= 4.5, text
            assert text["size"] >= (14 if width < 480 else 13), text
            assert 0 <= text["left"] <= text["right"] <= width, text
            if scheme == "dark" and text["text"] != WORDS[language].button:
                assert luminance(text["ground"]) < 0.02, text
        button = page.locator(".button a").bounding_box()
        assert button
        assert button["height"] >= 44
