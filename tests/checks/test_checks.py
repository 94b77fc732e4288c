"""Each check finds its fault where there is one, and nothing where there is none."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from digest.checks import CHECKS, Examined, examine, forbidding
from digest.config import Config, Newsletter
from digest.model import (
    Article,
    Email,
    Finding,
    Issue,
    Lede,
    Placeholder,
    Quote,
    Section,
    Severity,
    Span,
    Story,
)

TAG = "-dg0a1b2c-unsubscribe-"
TEXT = "Rain fell on Osterby. “It was time,” said Mara Lindqvist."
CONFIG = Config(
    newsletter=Newsletter(
        from_email="tide@example.com", postal_address="1 Harbour Street, Osterby"
    )
)


def page(*elements: str) -> str:
    """A small e-mail with the elements given and an unsubscribe link."""
    body = "".join(elements)
    return f'<html><body>{body}<a href="{TAG}">Unsubscribe</a></body></html>'


STORY = Story(
    headline="Rain falls on Osterby",
    articles=(Article(id="a", text=TEXT, url="https://www.example.com/rain"),),
    lede=Lede(sentences=(Span.of(TEXT, 0, 21),)),
    quotes=(Quote(span=Span.of(TEXT, 23, 35), utterance=0, selected=True),),
)
ISSUE = Issue(
    number=1,
    series="newsletter",
    title="The Tide",
    subject="Rain falls on Osterby",
    preheader="It was time",
    published=datetime(2026, 11, 23, tzinfo=UTC),
    language="en",
    sections=(Section(title=None, stories=(STORY,)),),
)
EMAIL = Email(
    subject=ISSUE.subject,
    preheader=ISSUE.preheader,
    html=page("<p>Rain fell on Osterby.</p>"),
    text=f"Rain fell on Osterby.\n\nUnsubscribe: {TAG}\n",
    tags={Placeholder.UNSUBSCRIBE_URL: TAG},
)


def found(
    issue: Issue = ISSUE, email: Email = EMAIL, config: Config = CONFIG
) -> list[Finding]:
    return examine(Examined(issue=issue, email=email, config=config))


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
    issue = replace(ISSUE, sections=(Section(title=None, stories=(story,)),))
    (finding,) = found(issue)
    assert (finding.check, finding.severity) == ("verbatim", Severity.ERROR)


FAULTS: dict[str, tuple[Email, str, Severity]] = {
    "no link in the HTML": (
        replace(EMAIL, html="<html><body>Rain</body></html>"),
        "unsubscribe",
        Severity.ERROR,
    ),
    "no link in the text": (
        replace(EMAIL, text="Rain fell."),
        "unsubscribe",
        Severity.ERROR,
    ),
    "an empty subject": (replace(EMAIL, subject=" "), "subject", Severity.ERROR),
    "a long subject": (replace(EMAIL, subject="x" * 61), "subject", Severity.WARNING),
    "an answer to nothing": (
        replace(EMAIL, subject="Re: rain"),
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
    "a machine of our own": (
        replace(EMAIL, html=page('<a href="http://127.0.0.1:8000/x">x</a>')),
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
        replace(EMAIL, html=page('<img src="http://example.com/a.png" alt="">')),
        "images",
        Severity.ERROR,
    ),
    "an image without words": (
        replace(EMAIL, html=page('<img src="https://example.com/a.png">')),
        "images",
        Severity.ERROR,
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
    (finding,) = found(email=email)
    assert (finding.check, finding.severity) == (check, severity)
    assert finding.help


def test_what_an_article_says_is_no_leftover() -> None:
    """An article about templates may speak of {{ and }}."""
    text = "They write {{ name }} in it. " + TEXT
    story = replace(STORY, articles=(replace(STORY.article, text=text),), quotes=())
    story = replace(story, lede=Lede(sentences=(Span.of(text, 0, 28),)))
    issue = replace(ISSUE, sections=(Section(title=None, stories=(story,)),))
    email = replace(EMAIL, html=page("<p>They write {{ name }} in it.</p>"))
    assert found(issue, email) == []


def test_a_story_without_a_source_is_only_noted() -> None:
    """A story from a file has no link, and may be sent."""
    story = replace(STORY, articles=(replace(STORY.article, url=None),))
    issue = replace(ISSUE, sections=(Section(title=None, stories=(story,)),))
    (finding,) = found(issue)
    assert finding.severity is Severity.NOTE
    assert forbidding([finding], ()) == []


@pytest.mark.parametrize(
    "newsletter",
    [
        Newsletter(from_email="a@example.com"),
        Newsletter(postal_address="1 Harbour Street"),
        Newsletter(from_email="a@gmail.com", postal_address="1 Harbour Street"),
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


def test_every_check_speaks_for_its_module() -> None:
    """A finding is named after the module that found it, so --allow can be typed."""
    names = {check.__module__.rpartition(".")[2] for check in CHECKS}
    assert {check for _, check, _ in FAULTS.values()} <= names
