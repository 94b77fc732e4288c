"""What the public pages have in common: looks, languages, whose key, and who asks."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Callable
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs, urlsplit

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

import subscribers as people
from digest import pipeline
from digest.pipeline import Desk
from digest.privacy import secret_key
from digest.rendering.gate import Gate
from digest.rendering.view import look_view
from digest.web.preview.pages import templates
from digest.web.public.texts import Texts
from subscribers.model import Letter, Origin

#: fields of a form, at most
MOST_FIELDS = 500
#: pages that are kept, one a language
MOST_ANSWERS = 100
#: no text holds it: a page has no tags for it to guard
NOWHERE = "\ufdd4"


class Site:
    """A newsletter's public pages. Settings are those of the start."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.key = secret_key(desk.config)
        self._templates = templates("public")
        look = look_view(desk.config.look, Gate(NOWHERE))
        css = self._templates.get_template("page.css.j2").render(look=look)
        self._css = Markup(css)  # noqa: S704 (ours, of checked settings)
        self._policy = _policy(css)
        self._answers: dict[tuple[str, str], bytes] = {}

    @property
    def base(self) -> str:
        """Where the pages are reached from outside; empty where nobody said."""
        return self.desk.config.newsletter.base_url.rstrip("/")

    @property
    def path(self) -> str:
        """What stands before the path of each page, where a server in front says so."""
        return urlsplit(self.base).path

    @property
    def lists(self) -> tuple[str, ...]:
        """The lists that anybody may sign up for; a mail has to link back to us."""
        return self.desk.config.public.lists if self.base else ()

    def titles(self) -> dict[str, str]:
        """What readers see each list called, by its name."""
        with self.desk.database.read() as connection:
            return people.list_titles(connection)

    @property
    def archive(self) -> bool:
        """Whether issues can be read here; each has to know its own address."""
        return bool(self.base) and self.desk.config.newsletter.archive

    @property
    def html_headers(self) -> dict[str, str]:
        """Of a page of ours that is the same for everybody."""
        return {"Content-Type": "text/html; charset=utf-8", **self._policy}

    @cached_property
    def write(self) -> Callable[[Letter], str]:
        """Sets a mail to a reader; there is one for all pages, which is warm."""
        return pipeline.letters(self.desk)

    def say(self, language: str = "") -> Texts:
        """The texts for a reader of a language, else in the newsletter's own."""
        newsletter = self.desk.config.newsletter
        return Texts.of(newsletter.name, language, newsletter.language)

    def page(
        self, template: str, say: Texts, *, status: int = 200, **values: Any
    ) -> HTMLResponse:
        """A page by its template, kept by nobody and found by no search."""
        html = self.html(template, say, robots="noindex", **values)
        return HTMLResponse(html, status, headers=self._policy)

    def html(self, template: str, say: Texts, **values: Any) -> str:
        """What a template makes of it."""
        page = self._templates.get_template(f"{template}.html.j2")
        return page.render(site=self, say=say, css=self._css, **values)

    def notice(
        self,
        say: Texts,
        about: str,
        *,
        status: int = 200,
        email: str = "",
        button: str = "",
        note: str = "",
        choices: bool = False,
        onward: bool = False,
    ) -> HTMLResponse:
        """A page that says one thing, in the texts `about`_title and `about`_text.

        `button` and `note` are keys of texts; with `choices` there is a button that
        leads to the preferences, below the text `about`_or; with `onward` there is a
        link to the issues.
        """
        return self.page(
            "notice",
            say,
            status=status,
            about=about,
            email=email,
            button=button,
            note=note,
            choices=choices,
            onward=onward,
        )

    def answer(self, language: str, about: str) -> Response:
        """As `notice`, of which there is one for all readers of a language.

        It is made once: what mail programs press may be pressed very often.
        """
        page = self._answers.get((language, about))
        if page is None:
            notice = self.notice(
                self.say(language), about, note=f"{about}_note", choices=True
            )
            page = bytes(notice.body)
            if len(self._answers) < MOST_ANSWERS:
                self._answers[language, about] = page
        return Response(page, headers=self.html_headers)


def _policy(css: str) -> dict[str, str]:
    """No script, no picture, no frame; no style but our own sheet."""
    digest = b64encode(hashlib.sha256(css.encode()).digest()).decode()
    return {
        "Content-Security-Policy": (
            f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; "
            "form-action 'self'; frame-ancestors 'none'"
        )
    }


class Form:
    """The fields of a form that was sent; what is no form has none."""

    def __init__(self, body: bytes) -> None:
        try:
            self._fields = parse_qs(
                body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS
            )
        except ValueError:  # no text, or far too many fields
            self._fields = {}

    def one(self, name: str) -> str:
        """The last value of a field; empty where there is none."""
        return self._fields.get(name, [""])[-1]

    def all(self, name: str) -> tuple[str, ...]:
        return tuple(self._fields.get(name, ()))

    def __contains__(self, name: str) -> bool:
        return name in self._fields


def origin_of(request: Request, source: str = "link") -> Origin:
    """Where a request came from, for the log of consent."""
    return Origin(
        source=source,
        ip=request.client.host if request.client else "",
        user_agent=request.headers.get("user-agent", "")[:500],
    )
