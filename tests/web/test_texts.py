"""What the public pages say is said in every language, and filled in alike."""

from __future__ import annotations

from string import Formatter

import pytest

from digest.web.public.texts import Texts, languages, table
from tests.conftest import ROOT

#: what issue pages, sign-ups and mails are promised in
PROMISED = {"en", "de", "fr", "es", "nl", "it", "pt"}


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_the_languages() -> None:
    assert set(table()) == PROMISED == set(languages())


@pytest.mark.parametrize("language", sorted(PROMISED - {"en"}))
def test_each_language_says_all(language: str) -> None:
    """Every text, in the same order, with the same to fill in, and none left over."""
    texts, english = table()[language], table()["en"]
    assert list(texts) == list(english)
    for key, text in texts.items():
        assert text.strip() == text != ""
        assert placeholders(text) == placeholders(english[key]), key
        same = text == english[key]
        assert not same or key in {"lists", "feed", "name"}, f"{key} is English"


@pytest.mark.parametrize(
    ("wanted", "spoken"),
    [
        (("de-AT", "en"), "de-AT"),
        (("pt_BR", "en"), "pt-BR"),
        (("xx", "nl"), "nl"),
        (("", "fr"), "fr"),
        (("xx", "yy"), "en"),
    ],
)
def test_the_first_language_that_is_spoken(
    wanted: tuple[str, ...], spoken: str
) -> None:
    """The reader's, else the newsletter's, else English."""
    assert Texts.of("The Tide", *wanted).language == spoken


def test_a_name_is_filled_in_as_it_is() -> None:
    """Braces of a newsletter's name or of an address mean nothing."""
    say = Texts.of("{email} & {0}", "en")
    assert say("welcome_text") == "You get {email} & {0} from now on."
    assert "{name}@x.org" in say("sent_text", email="{name}@x.org")


def test_no_text_is_left_over() -> None:
    """Each is said on some page, by its key or by what its page is about."""
    places = [
        *(ROOT / "digest/web").rglob("*.py"),
        *(ROOT / "templates/public").iterdir(),
    ]
    said = "".join(place.read_text("utf-8") for place in places)
    for key in table()["en"]:
        about, _, part = key.rpartition("_")
        of_a_page = part in {"title", "text", "or", "note"} and f'"{about}"' in said
        assert f'"{key}"' in said or of_a_page, key
