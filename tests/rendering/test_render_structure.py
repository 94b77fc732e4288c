"""The finished e-mail: what every mail client needs of it is there."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from digest.config import Look
from digest.errors import RenderError
from digest.model import Email, Placeholder, Section
from digest.rendering import render
from tests.rendering.issues import (
    LOOK,
    NEWSLETTER,
    NONCE,
    Page,
    find,
    issue,
    parse,
    picture,
    quote,
    story,
    texts,
    week,
)


@pytest.fixture(scope="module")
def email() -> Email:
    return render(week(), NEWSLETTER, LOOK, nonce=NONCE)


@pytest.fixture(scope="module")
def page(email: Email) -> Page:
    return parse(email.html)


def test_the_document_has_its_doctype_language_and_direction(email: Email) -> None:
    """Without the doctype browsers go into quirks mode; premailer would drop it."""
    assert email.html.startswith("<!DOCTYPE html>\n<html ")
    assert email.html.count("<!DOCTYPE") == 1
    assert '<html lang="en" dir="ltr"' in email.html


def test_headings_quotes_and_attributions_are_real_elements(page: Page) -> None:
    """A screen reader finds its way by them."""
    assert texts(page, "//h1") == ["The Harbour Letter"]
    assert texts(page, "//h2") == [
        "Mark Rutte takes over at NATO and promises Ukraine lasting support",
        "City",
        "Science",
        "Culture",
    ]
    assert len(find(page, "//h3")) == 7
    [said, *_] = texts(page, "//blockquote/p")
    assert said.startswith("“There can be no lasting security in Europe")
    assert said.endswith("strong, independent Ukraine.”")
    assert texts(page, "(//blockquote)[1]/cite") == [
        "— Mark Rutte, new Secretary General"
    ]


def test_a_quote_ends_without_the_comma_before_he_said() -> None:
    """The words stay those of the article; so does a comma within them."""
    said = quote("I’m not worried, I know both,", "Ada Vermeer")
    email = render(issue(story("H", "L", said)), NEWSLETTER, LOOK, nonce=NONCE)
    assert texts(parse(email.html), "//blockquote/p") == [
        "“I’m not worried, I know both”"
    ]
    assert "> “I’m not worried, I know both”\n" in email.text


def test_every_image_has_a_text_and_a_whole_width(page: Page) -> None:
    """Outlook reads the width attribute; `auto` and fractions are no HTML."""
    images = find(page, "//img")
    assert len(images) == 5
    for image in images:
        assert image.get("alt")
        assert image.get("width").isdigit()
        assert image.get("height") is None


def test_tables_are_for_layout_and_say_so(page: Page) -> None:
    """A screen reader does not read out rows and columns."""
    assert {table.get("role") for table in page.iter("table")} == {"presentation"}


@pytest.mark.parametrize("length", [860, 880, 890, 900, 1_500, 3_000])
def test_no_line_ends_in_the_condition_of_a_comment(length: int) -> None:
    """Wherever long words push the place where a line must end."""
    said = ["x" * length, " ".join(["y" * (length - 5)] * 3)]
    for text in said:
        email = render(
            issue(story(text, text), story(text)), NEWSLETTER, LOOK, nonce=NONCE
        )
        marks = re.findall(r"<!--\[if[^\]]*\]>", email.html)
        assert len(marks) > 10
        assert "\n" not in "".join(marks)


def test_outlook_comments_open_and_close_in_turn(email: Email) -> None:
    """An Outlook table left open would swallow the rest."""
    marks = re.findall(r"<!--\[if[^\]]*\]>|<!\[endif\]-->", email.html)
    assert len(marks) > 20
    assert "\n" not in "".join(marks)
    assert {mark[:7] for mark in marks[::2]} == {"<!--[if"}
    assert set(marks[1::2]) == {"<![endif]-->"}
    outlook = "".join(
        re.findall(r"<!--\[if mso \| IE\]>(.*?)<!\[endif\]-->", email.html, re.DOTALL)
    )
    for tag in ("table", "tr", "td"):
        assert len(re.findall(rf"<{tag}\b", outlook)) == outlook.count(f"</{tag}>")


def test_phone_and_dark_rules_keep_their_force(email: Email) -> None:
    """Without `!important` they lose against the styles in the elements."""
    head = email.html.partition("</head>")[0]
    assert "@media (prefers-color-scheme: dark)" in head
    assert "@media only screen and (max-width: 639px)" in head
    assert "[data-ogsc] .headline" in head
    assert "[data-ogsb] .card" in head
    assert head.count("!important") > 40
    assert '<meta name="color-scheme" content="light dark">' in head
    assert '<meta name="x-apple-disable-message-reformatting">' in head
    assert "data-premailer" not in email.html


def test_an_inbox_shows_the_preheader_and_nothing_of_what_follows() -> None:
    """Inboxes show up to 150 characters: behind a short one stand blanks."""
    for words in ("Short", "w" * 110, "w" * 300):
        shown = replace(week(), preheader=words)
        page = parse(render(shown, NEWSLETTER, LOOK, nonce=NONCE).html)
        preview = find(page, "//body/div")[0].text_content()
        assert preview.startswith(words)
        blanks = preview.removeprefix(words)
        assert len(words) + len(re.findall(r"\s", blanks)) >= 149
        assert re.fullmatch(r"[\s\ufeff\u034f]*", blanks)


def test_our_styles_are_in_the_elements(page: Page) -> None:
    """For the clients that read no style sheet."""
    elements = ("h1", "h2", "h3", "ul", "li", "blockquote", "cite", "p", "a[@href]")
    for path in (f"//{each}" for each in elements):
        for element in find(page, path):
            assert element.get("style") or find(element, "img"), path


def test_no_line_is_longer_than_a_mail_may_have(email: Email) -> None:
    """RFC 5322: 998 bytes."""
    assert max(len(line.encode()) for line in email.html.splitlines()) <= 998


def test_twelve_stories_are_far_from_the_clip() -> None:
    """Gmail cuts a mail at 102 KB."""
    said = quote("So it is, and so it will stay. " * 4, "Ada Vermeer", "mayor")
    stories = [
        story(f"Headline {n}", "A lead of some length. " * 9, said, image=picture("a"))
        for n in range(12)
    ]
    twelve = render(issue(*stories), NEWSLETTER, LOOK, nonce=NONCE)
    assert 30_000 < len(twelve.html.encode()) < 75_000


def test_the_unsubscribe_tag_stands_in_html_and_text(email: Email, page: Page) -> None:
    """The delivery puts each reader's own address in its place."""
    tag = email.tags[Placeholder.UNSUBSCRIBE_URL]
    assert re.fullmatch(r"-[0-9a-z]+-", tag)
    assert NONCE in tag
    [link] = find(page, "//a[. = 'Unsubscribe']")
    assert link.get("href") == tag
    assert link.get("clicktracking") == "off"
    assert email.text.count(tag) == email.html.count(tag) == 1
    mine = email.fill({Placeholder.UNSUBSCRIBE_URL: "https://x.example/u?a=1&b=2"})
    assert 'href="https://x.example/u?a=1&amp;b=2"' in mine.html
    assert "Unsubscribe: https://x.example/u?a=1&b=2\n" in mine.text


def test_the_postal_address_and_the_reason_are_in_the_footer(email: Email) -> None:
    """CAN-SPAM asks for the first, courtesy for the second."""
    for part in (email.html, email.text):
        assert "12 Quay Street" in part
        assert "because you subscribed" in " ".join(part.split())


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("The Harbour Letter, 12 Quay Street", "12 Quay Street"),
        ("The Harbour Letter House, 12 Quay Street", "as it is"),
        ("12 Quay Street", "as it is"),
        ("The Harbour Letter", "as it is"),
    ],
)
def test_the_footer_says_the_name_once(address: str, shown: str) -> None:
    """The name above, then why, and an address that does not begin with the name."""
    newsletter = replace(NEWSLETTER, postal_address=address)
    footer = render(issue(story()), newsletter, LOOK, nonce=NONCE).text
    lines = footer.partition("-- \n")[2].splitlines()
    assert lines[:3] == [
        "The Harbour Letter",
        "You receive this newsletter because you subscribed to it.",
        address if shown == "as it is" else shown,
    ]


@pytest.mark.parametrize(
    ("headline", "lede", "shown"),
    [
        ("The pier is closed", "The pier is closed. It rained.", "It rained."),
        ("The pier is closed", "The pier is closed, said Ann.", "… said Ann."),
        ("The pier will close…", "The pier will close on Sunday.", "… on Sunday."),
        ("Is it closed?", "Is it closed? It is.", "It is."),
        ("The pier is closed", "The pier is closed.", ""),
        ("Ann closes it", "Ann, the mayor, closes it.", "Ann, the mayor, closes it."),
        ("The pier", "The piers are closed.", "The piers are closed."),
    ],
)
def test_a_lead_goes_on_from_the_headline_made_from_it(
    headline: str, lede: str, shown: str
) -> None:
    """Nobody reads the same words twice; under a title of its own a lead is whole."""
    titled = story(headline, lede)
    made = replace(titled, articles=(replace(titled.article, title=None),))
    for told, expected in ((made, shown), (titled, lede)):
        page = parse(render(issue(told), NEWSLETTER, LOOK, nonce=NONCE).html)
        assert texts(page, "//p[@class='lede']") == [expected][: len(expected)]


def test_only_a_name_is_bold() -> None:
    """A spokesman says something too, but has no name."""
    who = ("Ada Vermeer", "a spokesman for NATO", "مريم")
    said = [quote("So it is.", each) for each in who]
    page = parse(
        render(issue(story("H", "L", *said)), NEWSLETTER, LOOK, nonce=NONCE).html
    )
    assert texts(page, "//cite") == [f"— {each}" for each in who]
    assert texts(page, "//cite/span[@class='speaker named']") == ["Ada Vermeer", "مريم"]


def test_the_list_of_the_issue_says_what_it_leaves_out() -> None:
    """What is not in the list would seem not to be in the issue."""
    page = parse(
        render(
            issue(*(story(f"Headline {n}") for n in range(15))),
            NEWSLETTER,
            LOOK,
            nonce=NONCE,
        ).html
    )
    entries = texts(page, "//ul/li[@class='entry']")
    assert entries == [f"Headline {n}" for n in range(1, 12)] + [
        "… and 3 more stories."
    ]


def test_the_list_of_the_issue_comes_with_four_stories() -> None:
    """A shorter issue needs none."""
    four = [story(f"Headline {n}") for n in range(4)]
    for stories, there in ((four[:3], False), (four, True)):
        short = render(issue(*stories), NEWSLETTER, LOOK, nonce=NONCE)
        assert ("In this issue" in short.html) is there
        assert ("In this issue" in short.text) is there


def test_an_issue_of_nothing_but_bare_headlines_is_set() -> None:
    """No image, no address, no lead, no quote, no source: still a card each."""
    bare = story("Only this", "", url=None, source=None)
    bare = replace(bare, articles=(replace(bare.article, published=None),))
    email = render(
        issue(Section(title="Short", stories=(bare, bare))),
        NEWSLETTER,
        LOOK,
        nonce=NONCE,
    )
    page = parse(email.html)
    assert texts(page, "//h3") == ["Only this", "Only this"]
    assert find(page, "//a[. = 'Read the story']") == []
    assert find(page, "//img") == []


def test_an_issue_without_a_story_is_set() -> None:
    """Whether it is worth sending is not for the rendering to say."""
    assert "The Harbour Letter" in render(issue(), NEWSLETTER, LOOK, nonce=NONCE).html


def test_the_logo_stands_above_the_name() -> None:
    """Only where it is one that a mail client will load."""
    for logo, count in (
        ("https://x.example/logo.png", 1),
        ("http://x.example/l.png", 0),
    ):
        email = render(issue(story()), NEWSLETTER, Look(logo=logo), nonce=NONCE)
        page = parse(email.html)
        assert len(find(page, "//img[following::h1]")) == count


def test_the_accent_is_on_button_bar_and_links() -> None:
    """With text upon it that can be read, in light and in dark."""
    look = Look(accent="#0A5", accent_dark="#103820")
    email = render(week(), NEWSLETTER, look, nonce=NONCE)
    page = parse(email.html)
    assert "3px solid #0a5" in find(page, "//blockquote")[0].get("style")
    [button] = find(page, "//td[contains(@class, 'button')]//a")
    assert "background:#00aa55;color:#1c1a17" in button.get("style")
    assert "background: #103820" in email.html
    assert "color: #ffffff !important" in email.html


@pytest.mark.parametrize("color", ["red", "#12345", "#fff;}@import url(x)", ""])
def test_a_colour_is_checked(color: str) -> None:
    """It goes into a style sheet."""
    with pytest.raises(RenderError, match=r"look\.accent: .* no colour"):
        render(issue(story()), NEWSLETTER, Look(accent=color), nonce=NONCE)


@pytest.mark.parametrize("nonce", ["", "abc", "5F0C9A7B", "12345678-", "12 345678"])
def test_a_nonce_is_eight_hexadecimal_digits(nonce: str) -> None:
    """Fewer could be guessed; others would not survive everywhere."""
    with pytest.raises(ValueError, match="nonce"):
        render(issue(story()), NEWSLETTER, LOOK, nonce=nonce)


def test_the_same_issue_gives_the_same_bytes() -> None:
    """What was checked and approved is what is sent."""
    one, two = (render(week(), NEWSLETTER, LOOK, nonce=NONCE) for _ in range(2))
    assert one == two
