"""An issue as a web page: the e-mail that went out, made nobody's, with metadata."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from html import escape

from digest.issue.subject import whole_subject
from digest.model import Email, Issue, Placeholder
from digest.rendering.gate import one_line
from digest.rendering.words import words
from digest.web.public.texts import Texts

#: of the page, and of nothing that an article brings: it is only looked at
POLICY = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'none'; style-src 'unsafe-inline'; "
        "img-src https: data:; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'; "
        "sandbox allow-popups allow-popups-to-escape-sandbox"
    )
}


ATOM = "application/atom+xml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an issue is on the web: the pages' base, its own address, when it came.

    `joining` says whether there is a page to sign up on.
    """

    base: str
    url: str
    at: datetime
    joining: bool


def issue_page(email: Email, issue: Issue, place: Place, say: Texts) -> str:
    """The e-mail's HTML as a page: no reader's name, no reader's links.

    What leads a reader away leads here to the sign-up; their preferences, and the link
    to this page, to the other issues.
    """
    away = (f"{place.base}/subscribe", say("subscribe"))
    home = (f"{place.base}/", say("home"))
    tags = email.tags
    html = email.html
    leads = {
        tags.get(Placeholder.UNSUBSCRIBE_URL): away if place.joining else home,
        tags.get(Placeholder.PREFERENCES_URL): home if place.joining else None,
    }
    for tag, to in leads.items():
        if tag:
            html = _led(html, tag, ".*?", to)
    online = re.escape(escape(words(say.language).online))
    html = _led(html, escape(place.url), online, home)
    html = html.replace(escape(words(say.language).why), escape(say("on_web")), 1)
    nobody = {
        Placeholder.UNSUBSCRIBE_URL: f"{place.base}/",
        Placeholder.PREFERENCES_URL: f"{place.base}/",
        Placeholder.READER_TEXT: "",
        Placeholder.READER_HTML: "",
        Placeholder.CONFIRM_URL: f"{place.base}/",
    }
    html = (
        Email(subject="", preheader="", html=html, text="", tags=tags).fill(nobody).html
    )
    return _headed(html, email, issue, place, say)


def _led(html: str, href: str, text: str, to: tuple[str, str] | None) -> str:
    """Links to an address, with a text like it, led elsewhere; None takes them out."""
    link = re.compile(
        rf'(<a\b[^>]*\bhref="){re.escape(href)}("[^>]*>)\s*{text}\s*(</a>)', re.DOTALL
    )
    if to is None:
        return link.sub("", html)
    url, words = map(escape, to)
    return link.sub(lambda m: f"{m[1]}{url}{m[2]}{words}{m[3]}", html)


def _headed(html: str, email: Email, issue: Issue, place: Place, say: Texts) -> str:
    subject = one_line(whole_subject(issue))
    title = f"{subject} · {say.newsletter}"
    properties = {
        "og:type": "article",
        "og:title": subject,
        "og:description": email.preheader,
        "og:url": place.url,
        "og:site_name": say.newsletter,
        "og:locale": issue.language.replace("-", "_"),
        "og:image": _picture(issue),
        "article:published_time": place.at.isoformat(timespec="seconds"),
    }
    head = [
        f'<meta name="description" content="{escape(email.preheader)}">',
        f'<link rel="canonical" href="{escape(place.url)}">',
        f'<link rel="alternate" type="{ATOM}" href="{escape(place.base)}/feed.xml">',
        *(
            f'<meta property="{name}" content="{escape(value)}">'
            for name, value in properties.items()
            if value
        ),
    ]
    html = re.sub(
        r"<title>.*?</title>",
        lambda _: f"<title>{escape(title)}</title>",
        html,
        count=1,
        flags=re.DOTALL,
    )
    start = html.lower().find("</head>")
    return html[:start] + "\n".join(head) + "\n" + html[start:] if start >= 0 else html


def _picture(issue: Issue) -> str:
    """The first picture that a mail may show."""
    images = (story.article.image for story in issue.stories)
    return next(
        (image.url for image in images if image and image.url.startswith("https://")),
        "",
    )
