"""A small issue without faults, to which a test of the checks adds one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from digest.checks import Examined, examine
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
    Span,
    Story,
)

TAG = "-dg0a1b2c-unsubscribe-"
TEXT = "Rain fell on Osterby. “It was time,” said Mara Lindqvist."
ADDRESS = "1 Harbour Street, Osterby"
CONFIG = Config(
    newsletter=Newsletter(
        from_email="tide@osterby.example",
        postal_address=ADDRESS,
        base_url="https://osterby.example",
    )
)
HEADLINE = "Rain falls on Osterby"
URL = "https://news.osterby.example/rain"


def page(*elements: str, leave: str = f'<a href="{TAG}">Unsubscribe</a>') -> str:
    """A small e-mail of one story with the elements given and a way out."""
    body = f"<h1>The Tide</h1><h2>{HEADLINE}</h2><p>Rain fell on Osterby.</p>"
    return (
        '<html lang="en" dir="ltr"><head><title>The Tide</title></head><body>'
        f"{body}{''.join(elements)}<p>{ADDRESS}</p>{leave}</body></html>"
    )


STORY = Story(
    headline=HEADLINE,
    articles=(Article(id="a", text=TEXT, url=URL),),
    lede=Lede(sentences=(Span.of(TEXT, 0, 21),)),
    quotes=(Quote(span=Span.of(TEXT, 23, 35), utterance=0, selected=True),),
)
ISSUE = Issue(
    number=1,
    series="newsletter",
    title="The Tide",
    subject="Rain and a tide in Osterby",
    preheader="It was time",
    published=datetime(2026, 11, 23, tzinfo=UTC),
    language="en",
    sections=(Section(title=None, stories=(STORY,)),),
)
EMAIL = Email(
    subject=ISSUE.subject,
    preheader=ISSUE.preheader,
    html=page(),
    text=f"{HEADLINE}\n\nRain fell on Osterby.\n{URL}\n\n{ADDRESS}\nLeave: {TAG}\n",
    tags={Placeholder.UNSUBSCRIBE_URL: TAG},
)


def issue_of(*stories: Story) -> Issue:
    return replace(ISSUE, sections=(Section(title=None, stories=stories),))


def examined(
    issue: Issue = ISSUE,
    email: Email = EMAIL,
    config: Config = CONFIG,
    **handed_in: Any,
) -> Examined:
    return Examined(issue=issue, email=email, config=config, **handed_in)


def found(*given: Any, check: str = "", **named: Any) -> list[Finding]:
    """The findings of all checks, or of one, in what `examined` makes."""
    findings = examine(examined(*given, **named))
    return [finding for finding in findings if check in ("", finding.check)]
