"""Each check finds its fault where there is one, and nothing where there is none."""

from __future__ import annotations

import pkgutil
from dataclasses import replace
from importlib import import_module
from typing import Any

import pytest

import digest.checks
from digest.checks import Examined, examine, forbidding, names
from digest.config import FetchSettings, Look, Newsletter
from digest.errors import DeliveryError, UsageError
from digest.model import Attribution, Email, Finding, Lede, Severity, Span, Story
from tests.checks.good import (
    ADDRESS,
    CONFIG,
    EMAIL,
    HEADLINE,
    ISSUE,
    STORY,
    TAG,
    TEXT,
    URL,
    found,
    issue_of,
    page,
)


def test_nothing_is_found_in_a_good_issue() -> None:
    """An issue without faults has no findings."""
    assert found() == []


def test_what_is_wrong_in_a_template_is_passed_on() -> None:
    """The linter has found it where the template was filled."""
    fault = Finding(
        check="template",
        severity=Severity.WARNING,
        message="<mj-txt> is no element of MJML",
        where="templates/parts/hero.mjml.j2, line 2",
        help="did you mean <mj-text>?",
    )
    examined = Examined(issue=ISSUE, email=EMAIL, config=CONFIG, template=[fault])
    assert examine(examined) == [fault]


def changed_span(story: Story) -> Story:
    span = replace(story.lede.sentences[0], text="Rain fell on Westerby.")
    return replace(story, lede=Lede(sentences=(span,)))


def changed_quote(story: Story) -> Story:
    moved = replace(story.quotes[0].span, start=24)
    return replace(story, quotes=(replace(story.quotes[0], span=moved),))


@pytest.mark.parametrize("change", [changed_span, changed_quote])
def test_verbatim(change: object) -> None:
    """A lead or a quote that is not word for word in its article forbids sending."""
    assert callable(change)
    story = change(STORY)
    (finding,) = found(issue_of(story), check="verbatim")
    assert (finding.check, finding.severity) == ("verbatim", Severity.ERROR)


FAULTS: dict[str, tuple[Email, str, Severity]] = {
    "no link in the HTML": (
        replace(EMAIL, html=page(leave="")),
        "unsubscribe",
        Severity.ERROR,
    ),
    "no link in the text": (
        replace(EMAIL, text=EMAIL.text.replace(TAG, "")),
        "unsubscribe",
        Severity.ERROR,
    ),
    "a way out that is hidden": (
        replace(
            EMAIL,
            html=page(leave=f'<p style="display:none"><a href="{TAG}">Leave</a></p>'),
        ),
        "unsubscribe",
        Severity.ERROR,
    ),
    "a way out without words": (
        replace(EMAIL, html=page(leave=f'<a href="{TAG}"> </a>')),
        "unsubscribe",
        Severity.ERROR,
    ),
    "a postal address that is not in the text": (
        replace(EMAIL, text=EMAIL.text.replace(ADDRESS, "")),
        "address",
        Severity.ERROR,
    ),
    "a postal address that is not in the HTML": (
        replace(EMAIL, html=page().replace(ADDRESS, "")),
        "address",
        Severity.ERROR,
    ),
    "an empty subject": (replace(EMAIL, subject=" "), "subject", Severity.ERROR),
    "a long subject": (replace(EMAIL, subject="x" * 61), "subject", Severity.WARNING),
    "an answer to nothing": (
        replace(EMAIL, subject="Re: rain"),
        "subject",
        Severity.WARNING,
    ),
    "a subject of two lines": (
        replace(EMAIL, subject="Rain\nBcc: all"),
        "subject",
        Severity.ERROR,
    ),
    "a subject in capitals": (
        replace(EMAIL, subject="RAIN IN OSTERBY"),
        "subject",
        Severity.WARNING,
    ),
    "a loud subject": (replace(EMAIL, subject="Rain!!"), "subject", Severity.WARNING),
    "a preheader that says it again": (
        replace(EMAIL, preheader=f"{ISSUE.subject} and more"),
        "subject",
        Severity.WARNING,
    ),
    "no preheader": (replace(EMAIL, preheader=""), "subject", Severity.WARNING),
    "a long preheader": (
        replace(EMAIL, preheader="x" * 111),
        "subject",
        Severity.WARNING,
    ),
    "a variable that was not filled": (
        replace(EMAIL, html=page("<p>Dear {{ name }}</p>")),
        "leftovers",
        Severity.ERROR,
    ),
    "another's merge tag": (
        replace(EMAIL, subject="Rain for *|FNAME|*"),
        "leftovers",
        Severity.ERROR,
    ),
    "a tag of another rendering": (
        replace(EMAIL, text=f"{EMAIL.text}\n-dgffff00001111unsub-"),
        "leftovers",
        Severity.ERROR,
    ),
    "an example's address": (
        replace(EMAIL, html=page('<a href="https://www.example.com/x">x</a>')),
        "leftovers",
        Severity.WARNING,
    ),
    "a link without https": (
        replace(EMAIL, html=page('<a href="http://osterby.example/x">x</a>')),
        "links",
        Severity.WARNING,
    ),
    "a link with a password": (
        replace(EMAIL, html=page('<a href="https://me:pw@osterby.example/">x</a>')),
        "links",
        Severity.ERROR,
    ),
    "a link to a place that is not there": (
        replace(EMAIL, html=page('<a href="#more">x</a>')),
        "links",
        Severity.ERROR,
    ),
    "a machine of our own": (
        replace(EMAIL, html=page('<a href="http://127.0.0.1:8000/x">x</a>')),
        "links",
        Severity.ERROR,
    ),
    "a machine of our own, in the text": (
        replace(EMAIL, text=f"{EMAIL.text}\nhttp://127.1/x"),
        "links",
        Severity.ERROR,
    ),
    "a host of our own": (
        replace(EMAIL, html=page('<a href="https://localhost/x">x</a>')),
        "links",
        Severity.ERROR,
    ),
    "a link that runs": (
        replace(EMAIL, html=page('<a href="javascript:alert(1)">x</a>')),
        "links",
        Severity.ERROR,
    ),
    "a link to nowhere": (
        replace(EMAIL, html=page('<a href="">x</a>')),
        "links",
        Severity.ERROR,
    ),
    "a link that is none": (
        replace(EMAIL, html=page('<a href="https://[::1/x">x</a>')),
        "links",
        Severity.ERROR,
    ),
    "an image without https": (
        replace(
            EMAIL,
            html=page('<img src="http://osterby.example/a.png" alt="" width="9">'),
        ),
        "images",
        Severity.ERROR,
    ),
    "an image without words": (
        replace(
            EMAIL, html=page('<img src="https://osterby.example/a.png" width="9">')
        ),
        "images",
        Severity.ERROR,
    ),
    "an image without a size": (
        replace(EMAIL, html=page('<img src="https://osterby.example/a.png" alt="">')),
        "images",
        Severity.WARNING,
    ),
    "an image that counts": (
        replace(
            EMAIL,
            html=page(
                '<img src="https://osterby.example/a.gif" alt="" width="1" height="1">'
            ),
        ),
        "images",
        Severity.WARNING,
    ),
    "no plain text": (replace(EMAIL, text=" "), "plaintext", Severity.ERROR),
    "HTML in the plain text": (
        replace(EMAIL, text=f"<td>{EMAIL.text}</td>"),
        "plaintext",
        Severity.WARNING,
    ),
    "a story that the text lacks": (
        replace(EMAIL, text=EMAIL.text.replace(HEADLINE, "")),
        "plaintext",
        Severity.WARNING,
    ),
    "a link that the text lacks": (
        replace(EMAIL, text=EMAIL.text.replace(URL, "")),
        "plaintext",
        Severity.WARNING,
    ),
    "a story without its lead": (
        replace(EMAIL, html=page().replace("Rain fell on Osterby.", "")),
        "size",
        Severity.NOTE,
    ),
    "a story that is not in the HTML": (
        replace(EMAIL, html=page().replace(HEADLINE, "")),
        "size",
        Severity.NOTE,
    ),
    "too large for Gmail": (
        replace(EMAIL, html=page("<p>" + "rain " * 22_000 + "</p>")),
        "size",
        Severity.ERROR,
    ),
    "nearly too large": (
        replace(EMAIL, html=page("<p>" + "rain " * 20_000 + "</p>")),
        "size",
        Severity.WARNING,
    ),
}


@pytest.mark.parametrize(
    ("email", "check", "severity"), FAULTS.values(), ids=list(FAULTS)
)
def test_faults_of_an_email(email: Email, check: str, severity: Severity) -> None:
    """Each fault is found, by its check, as grave as it is."""
    (finding,) = found(email=email, check=check)
    assert (finding.check, finding.severity) == (check, severity)
    assert finding.help


def test_what_an_article_says_is_no_leftover() -> None:
    """An article about templates may speak of {{ and }}."""
    text = "They write {{ name }} in it. " + TEXT
    story = replace(STORY, articles=(replace(STORY.article, text=text),), quotes=())
    story = replace(story, lede=Lede(sentences=(Span.of(text, 0, 28),)))
    email = replace(EMAIL, html=page("<p>They write {{ name }} in it.</p>"))
    assert found(issue_of(story), email) == []


def test_a_story_without_a_source_is_only_noted() -> None:
    """A story from a file has no link, and may be sent."""
    story = replace(STORY, articles=(replace(STORY.article, url=None),))
    (finding,) = found(issue_of(story))
    assert finding.severity is Severity.NOTE
    assert forbidding([finding], ()) == []


@pytest.mark.parametrize(
    "newsletter",
    [
        Newsletter(from_email="a@osterby.example"),
        Newsletter(postal_address=ADDRESS),
        Newsletter(from_email="a@gmail.com", postal_address=ADDRESS),
        Newsletter(from_email="a@osterby", postal_address=ADDRESS),
    ],
)
def test_sender(newsletter: Newsletter) -> None:
    """Without a sender of one's own and a postal address nothing is sent."""
    (finding,) = found(config=replace(CONFIG, newsletter=newsletter))
    assert (finding.check, finding.severity) == ("address", Severity.ERROR)


def test_gravest_first_and_allowed_by_name() -> None:
    """Errors come before warnings, and --allow takes those of one check out."""
    email = replace(EMAIL, subject="x" * 61, html=page('<a href="">x</a>'))
    findings = found(email=email)
    assert [finding.check for finding in findings] == ["links", "subject"]
    assert forbidding(findings, ()) == findings[:1]
    assert forbidding(findings, ("links",)) == []


def test_an_unknown_check_cannot_be_allowed() -> None:
    """A slip of the pen in --allow names the checks there are."""
    with pytest.raises(UsageError, match="--allow link: .*headers, images, .*links"):
        forbidding([], ("link",))


def test_every_module_that_checks_is_a_check() -> None:
    """A check that is written is called."""
    modules = [
        import_module(f"digest.checks.{module.name}")
        for module in pkgutil.iter_modules(digest.checks.__path__)
    ]
    written = {m.__name__ for m in modules if hasattr(m, "check")}
    assert written == {f"digest.checks.{name}" for name in names()}


def test_rows_that_are_compact_by_choice_are_no_finding() -> None:
    """look.rows says how many stories are in full; only fewer are worth a note."""
    bare = replace(ELSEWHERE, lede=Lede(sentences=(Span.of("A lead unseen.", 0, 14),)))
    email = replace(EMAIL, html=page(f"<h2>{ELSEWHERE.headline}</h2>"))
    by_choice = replace(CONFIG, look=Look(rows=0))
    issue = issue_of(STORY, bare)
    assert not found(issue, email, by_choice, check="size")
    assert found(issue, email, check="size")


def test_in_an_example_all_links_may_be_examples() -> None:
    """The demo's sender is an example too, and nobody is told what they know."""
    email = replace(EMAIL, html=page('<a href="https://example.com/x">x</a>'))
    newsletter = replace(CONFIG.newsletter, from_email="tide@example.com")
    example = replace(CONFIG, newsletter=newsletter)
    assert found(email=email, config=example, check="leftovers") == []


def test_headers_of_one_click() -> None:
    """Both headers, an https address that others reach, nobody's name in it."""
    good = {
        "List-Unsubscribe": "<mailto:a@osterby.example>, <https://osterby.example/u/t>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    assert found(headers=good) == []
    assert len(found(headers={})) == 2
    for address in ("<http://osterby.example/u/t>", "<https://10.0.0.1/u/t>"):
        (finding,) = found(headers={**good, "List-Unsubscribe": address})
        assert (finding.check, finding.severity) == ("headers", Severity.ERROR)
    told = {**good, "List-Unsubscribe": "<https://osterby.example/u?a%40b.example>"}
    assert "shows who reads it" in found(headers=told)[0].message


def test_headers_that_sendgrid_sets() -> None:
    """Where the way out is SendGrid's, so are the headers."""
    newsletter = replace(CONFIG.newsletter, unsubscribe="sendgrid")
    assert found(config=replace(CONFIG, newsletter=newsletter), headers={}) == []


ELSEWHERE = replace(
    STORY,
    headline="A wet week",
    articles=(replace(STORY.article, url="https://elsewhere.example/a-wet-week"),),
    lede=Lede(),
    quotes=(),
)
LEAD = "Seven ferries stayed in the harbour of Osterby on Friday because of the storm"


def with_lead(story: Story, lead: str) -> Story:
    span = Span.of(lead, 0, len(lead))
    article = replace(story.article, text=lead)
    lede = Lede(sentences=(span,))
    return replace(story, articles=(article,), lede=lede, quotes=())


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (STORY, ELSEWHERE, False),
        (STORY, replace(ELSEWHERE, articles=STORY.articles), True),
        (STORY, replace(ELSEWHERE, headline="RAIN falls on Osterby!"), True),
        (
            STORY,
            replace(
                ELSEWHERE,
                articles=(
                    replace(STORY.article, url=f"{URL}/?utm_source=mail#comments"),
                ),
            ),
            True,
        ),
        (with_lead(STORY, LEAD), with_lead(ELSEWHERE, f"{LEAD}, again."), True),
        (with_lead(STORY, LEAD), with_lead(ELSEWHERE, "A short lead."), False),
    ],
    ids=["two", "address", "headline", "tracked address", "lead", "other leads"],
)
def test_a_story_told_twice(one: Story, other: Story, alike: bool) -> None:
    """In one issue, or in one of those before, by address, headline or lead."""
    twice = found(issue_of(one, other), check="duplicates")
    again = found(issue_of(one), earlier=[issue_of(other)], check="repeated")
    assert [len(twice), len(again)] == [alike, alike]
    assert all(finding.severity is Severity.WARNING for finding in twice + again)


ACCESS: dict[str, str] = {
    "has no lang": page().replace('lang="en"', ""),
    "has no dir": page().replace('dir="ltr"', ""),
    "lang says that": page().replace('lang="en"', 'lang="und"'),
    "has no title": page().replace("<title>The Tide</title>", ""),
    "1 tables are read out": page("<table><tr><td>x</td></tr></table>"),
    "0 headings of level 1": page().replace("h1", "h2"),
    "2 headings of level 1": page("<h1>x</h1>"),
    "a heading of level 4 follows": page("<h4>x</h4>"),
    "1 links say only 'here'": page('<a href="https://osterby.example/">here</a>'),
    "1 links are empty": page('<a href="https://osterby.example/"></a>'),
    "1 texts are smaller than 13 px on a desk": page(
        "<style>@media (max-width: 480px) { .s { font-size: 16px !important } }"
        '</style><p class="s" style="font-size: 9pt">x</p>'
    ),
    "1 texts are smaller than 13 px on a phone": page(
        "<style>@media (max-width: 480px) { .s { font-size: .5em } }</style>"
        '<p class="s">x</p>'
    ),
}


@pytest.mark.parametrize(("message", "html"), ACCESS.items(), ids=list(ACCESS))
def test_accessibility(message: str, html: str) -> None:
    """Each thing that keeps somebody out is named, once."""
    (finding,) = found(email=replace(EMAIL, html=html), check="accessibility")
    assert finding.message.startswith(message)


def test_tables_of_data_and_said_links_are_fine() -> None:
    """A table with headings is one; an image's alt or a label says where it leads."""
    html = page(
        "<table><tr><th>Tide</th></tr></table>",
        '<a href="https://osterby.example/" aria-label="The harbour"></a>',
        '<a href="https://osterby.example/"><img src="https://osterby.example/a.png"'
        ' alt="A ferry" width="200"></a>',
    )
    assert found(email=replace(EMAIL, html=html)) == []


def test_a_postal_address_that_begins_with_the_newsletters_name() -> None:
    """The footer says the name once, above the rest, which alone is looked for."""
    named = replace(
        CONFIG.newsletter, name="The Tide", postal_address=f"The Tide, {ADDRESS}"
    )
    config = replace(CONFIG, newsletter=named)
    assert found(config=config, check="address") == []
    gone = replace(EMAIL, html=page().replace(ADDRESS, ""))
    assert len(found(email=gone, config=config, check="address")) == 1


def test_what_a_send_would_stop_at_forbids_sending() -> None:
    """Where no mail can be made at all, the check says it in the same words."""
    refused = DeliveryError("newsletter.base_url: 'localhost:8000' is no address")
    (finding,) = found(headers=refused)
    assert (finding.check, finding.severity) == ("headers", Severity.ERROR)
    assert str(refused) in finding.message
    nobody = replace(CONFIG, newsletter=replace(CONFIG.newsletter, from_email=""))
    assert [each.check for each in found(config=nobody, headers=refused)] == ["address"]


@pytest.mark.parametrize("style", ["display:none", "font-size:0", "visibility:hidden"])
def test_what_is_hidden_is_not_read(style: str) -> None:
    """A postal address or a way out that nobody sees is as good as none."""
    hidden = f'<span style="{style}">{ADDRESS}</span>'
    address = replace(EMAIL, html=page().replace(ADDRESS, hidden))
    assert len(found(email=address, check="address")) == 1
    for leave in (
        f'<p style="{style}"><a href="{TAG}">Leave</a></p>',
        f'<a href="{TAG}"><b style="{style}">Leave</b></a>',
    ):
        email = replace(EMAIL, html=page(leave=leave))
        assert len(found(email=email, check="unsubscribe")) == 1


@pytest.mark.parametrize("filler", ["Lorem ipsum", "lorem\nipsum", "LOREM IPSUM"])
def test_filler_is_found_however_it_is_set(filler: str) -> None:
    """In capitals or over two lines; unless an article or its source says it."""
    email = replace(EMAIL, text=f"{EMAIL.text}\n{filler} dolor.")
    assert len(found(email=email, check="leftovers")) == 1
    article = replace(STORY.article, source=f"The {filler.title()} TODO Times")
    story = replace(STORY, articles=(article,))
    email = replace(EMAIL, html=page(f"<p>{article.source}</p>"))
    assert found(issue_of(story), email, check="leftovers") == []


def test_words_in_other_elements_are_read_in_their_order() -> None:
    """An address of which a word is bold is still the address."""
    bold = page().replace(ADDRESS, ADDRESS.replace("Street", "<b>Street</b>"))
    assert found(email=replace(EMAIL, html=bold), check="address") == []


def test_an_address_in_an_articles_prose_is_no_link() -> None:
    """What a lead speaks of is nothing that a reader is led to."""
    lead = "It answers at http://localhost:3000."
    story = with_lead(STORY, lead)
    email = replace(EMAIL, text=f"{EMAIL.text}\n{lead}")
    assert found(issue_of(story), email, check="links") == []
    assert len(found(email=email, check="links")) == 1


def test_brackets_that_belong_to_an_address_stay() -> None:
    """(…/Foo_(bar)) is an address that ends in a bracket, in brackets."""
    email = replace(EMAIL, text=f"{EMAIL.text}\n(http://osterby.example/Foo_(bar)).")
    (finding,) = found(email=email, check="links")
    assert finding.where == "http://osterby.example/Foo_(bar)"


def test_hosts_of_ones_own_network() -> None:
    """Neither a link nor an image may be there, unless [fetch] allow_private says."""
    place = "https://192.168.0.5/a.png"
    html = page(f'<a href="{place}">x</a><img src="{place}" alt="" width="9">')
    email = replace(EMAIL, html=html)
    checks = [each.check for each in found(email=email) if each.severity == "error"]
    assert checks == ["links", "images"]
    allowed = replace(CONFIG, fetch=FetchSettings(allow_private=("192.168.0.0/16",)))
    assert found(email=email, config=allowed) == []


@pytest.mark.parametrize(
    ("speaker", "role", "wrong"),
    [
        ("Mara Lindqvist", None, ""),
        ("Tom Reed", None, "the speaker “Tom Reed”"),
        ("Mara Lindqvist", "the mayor", "the role “the mayor”"),
    ],
)
def test_who_speaks_is_named_in_the_article(
    speaker: str, role: str | None, wrong: str
) -> None:
    """A speaker or a role whose words the article has not forbids sending."""
    said = Attribution(speaker=speaker, role=role, rule="after", confidence=1)
    story = replace(STORY, quotes=(replace(STORY.quotes[0], attribution=said),))
    findings = found(issue_of(story), check="verbatim")
    assert [each.severity for each in findings] == [Severity.ERROR] * bool(wrong)
    assert all(wrong in each.message for each in findings)


@pytest.mark.parametrize("tracking", ["off", "clicks", "opens", "both"])
def test_a_readers_own_link_is_not_counted(tracking: Any) -> None:
    """Where clicks are, it says clicktracking="off"."""
    settings = replace(CONFIG.sendgrid, tracking=tracking)
    config = replace(CONFIG, sendgrid=settings)
    counts = tracking in ("clicks", "both")
    assert len(found(config=config, check="unsubscribe")) == counts
    off = page(leave=f'<a href="{TAG}" clicktracking="off">Leave</a>')
    email = replace(EMAIL, html=off)
    assert found(email=email, config=config, check="unsubscribe") == []


@pytest.mark.parametrize("tail", ["?xref={}", "?ref={}", "#/story/{}"])
def test_addresses_that_differ_are_two(tail: str) -> None:
    """What only looks like a counter, or stands behind the #, may be the story."""
    one, other = (
        replace(
            story,
            articles=(replace(story.article, url=f"{URL}/{tail.format(number)}"),),
        )
        for number, story in enumerate((STORY, ELSEWHERE))
    )
    assert found(issue_of(one, other), check="duplicates") == []


def test_equal_stories_are_one_finding() -> None:
    """However many there are."""
    (finding,) = found(issue_of(*[STORY] * 5), check="duplicates")
    assert "and 3 more" in finding.message


def test_a_standing_headline_is_no_repeat() -> None:
    """Other letters under the same headline, at another address."""
    letters = replace(with_lead(ELSEWHERE, LEAD), headline=STORY.headline)
    assert found(issue_of(STORY), earlier=[issue_of(letters)], check="repeated") == []


def test_what_the_text_has_in_another_form_is_not_lacking() -> None:
    """A host in its ASCII form, a title cut at its end, a name with a tag in it."""
    article = replace(STORY.article, url="https://nyhet.österby.example/rain")
    title = "rain " * 2_000
    story = replace(STORY, headline=title, articles=(article,))
    host = "nyhet.österby.example".encode("idna").decode()
    text = EMAIL.text.replace(URL, f"https://{host}/rain")
    text = f"The <b>Tide</b>\n{text}".replace(HEADLINE, f"{title[:1400]}…")
    newsletter = replace(CONFIG.newsletter, name="The <b>Tide</b>")
    config = replace(CONFIG, newsletter=newsletter)
    email = replace(EMAIL, text=text)
    assert found(issue_of(story), email, config, check="plaintext") == []
