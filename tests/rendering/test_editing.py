"""What an editor adds is read in both parts, named as the editor's, and only text."""

from __future__ import annotations

from dataclasses import replace

import pytest

from digest.config import Look, Newsletter
from digest.model import Article, Email, Issue, Medium, Sponsor
from digest.rendering import render
from tests.rendering.issues import NEWSLETTER, NONCE, edited, issue, parse, story, week


def rendered(made: Issue, look: str = "editorial", language: str = "en") -> Email:
    newsletter: Newsletter = replace(NEWSLETTER, language=language)
    return render(made, newsletter, Look(template=look), nonce=NONCE)


def lines(email: Email) -> tuple[str, str]:
    """What is read of the HTML and of the text, each in one line."""
    read = " ".join(parse(email.html).xpath("//body//text()"))
    return " ".join(read.split()), " ".join(email.text.split())


@pytest.mark.parametrize("look", ["editorial", "letter"])
def test_what_is_the_editors_is_marked(look: str) -> None:
    """In every look: a paragraph above the stories, notes below them."""
    for read in lines(rendered(edited(), look)):
        assert "From the editor This week the council decided three things" in read
        assert "Editor’s note: We asked the ministry for its figures" in read
        assert read.count("Editor’s note:") == 2
        assert read.index("From the editor") < read.index("Mark Rutte")


@pytest.mark.parametrize("look", ["editorial", "letter"])
def test_what_is_paid_for_is_marked(look: str) -> None:
    """Below the first section, with its link."""
    email = rendered(edited(), look)
    in_html, in_text = lines(email)
    assert "Advertisement Quay Street Books — Maps, charts" in in_html
    assert "Advertisement: Quay Street Books Maps, charts" in in_text
    assert "https://books.example/" in email.text
    (link,) = parse(email.html).xpath("//a[@rel='sponsored']/@href")
    assert link == "https://books.example/"


@pytest.mark.parametrize("look", ["editorial", "letter"])
def test_the_editors_paragraphs_stay_apart(look: str) -> None:
    """An empty line begins another."""
    made = replace(edited(), editorial="Dear reader,\n\nit was cold.\n\n— Ed")
    email = rendered(made, look)
    said = parse(email.html).xpath("//p[contains(@class, 'note')]/text()")
    assert [each.strip() for each in said[:3]] == [
        "Dear reader,",
        "it was cold.",
        "— Ed",
    ]
    assert "Dear reader,\n\nit was cold.\n\n— Ed" in email.text


@pytest.mark.parametrize(
    ("medium", "way"), [("audio", "Listen"), ("video", "Watch"), ("text", "Read the")]
)
def test_a_sound_is_listened_to_and_a_film_watched(medium: str, way: str) -> None:
    """The way to it says what is there."""
    told = story("The bridge")
    seen = replace(told.article, medium=Medium(medium))
    made = issue(replace(told, articles=(seen,)))
    for read in lines(rendered(made)):
        assert way in read


def test_in_the_newsletters_language() -> None:
    """The marks are the newsletter's own words."""
    for read in lines(rendered(edited(), language="de")):
        assert "Anmerkung der Redaktion: We asked" in read
        assert "Anzeige" in read


def test_nothing_is_said_where_nothing_was_added() -> None:
    """No heading without its words."""
    for read in lines(rendered(week())):
        assert "Editor" not in read
        assert "editor" not in read
        assert "Advertisement" not in read


def test_what_is_added_is_only_text() -> None:
    """Markup is shown, not obeyed; a link that is none is left away."""
    evil = "</mj-text><script>x</script>{{ 7 * 7 }}"
    made = replace(
        issue(replace(story(), note=evil)),
        editorial=evil,
        sponsor=Sponsor(name=evil, text=evil, url="javascript:x"),
    )
    email = rendered(made)
    assert "<script>" not in email.html
    assert "49" not in email.html
    assert "javascript" not in email.html + email.text


def test_also_reported_by_each_once() -> None:
    """By the name of the source, else its host; not by who is quoted."""
    others = [
        Article(id="1", text="", source="The Example", url="https://a.example/"),
        Article(id="2", text="", source="Herald", url="https://herald.example/1"),
        Article(id="3", text="", source="Herald", url="https://herald.example/2"),
        Article(id="4", text="", title="A title", url="https://www.courier.example/1"),
        Article(id="5", text="", title="On paper"),
    ]
    email = rendered(issue(story(also=others)))
    in_html, in_text = lines(email)
    assert "Also reported by Herald , courier.example , On paper" in in_html
    assert "Also reported by Herald: https://herald.example/1 Also" in in_text
    assert email.text.count("Also reported by") == 3
