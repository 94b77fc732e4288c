"""The editor's pages, as a room beside the preview.

GET  /edit/          the stories, with what can be changed; POST: one change
POST /edit/back      from the draft that was made of a frozen issue to that issue
GET  /edit/email     the e-mail as it is now, for the frame of the page
GET  /edit/story     one story with all that was found in it: ?story=KEY
GET  /edit/source    a lead or a quote in its article: ?story=KEY[&quote=NUMBER]
     /edit/approve, /edit/test   see editor_asking

A GET changes nothing. What a POST has changed is shown by a GET that it leads to, so
that going back and loading again do no harm. All of it works without JavaScript.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from digest import pipeline
from digest.errors import DigestError
from digest.web.editor.asking import Asking
from digest.web.editor.cards import Card, find_card, left_out, parts
from digest.web.editor.forms import Form, change_of, posted
from digest.web.editor.next_steps import next_steps
from digest.web.editor.provenance import source
from digest.web.editor.sheets import ChangedOutside, Editor, Sheet, email_of
from digest.web.preview.app import Images, Room
from digest.web.preview.frame import Light, framed
from digest.web.preview.pages import page
from digest.web.shield import email_policy


def editor_room(editor: Editor, images: Images, token: Callable[[], str]) -> Room:
    """The room of an editor; `token` gives random texts, `images` as in the preview."""
    pages = _Pages(editor, images)
    routes = [
        Route("/", pages.sheet, methods=["GET"]),
        Route("/", posted(pages.change), methods=["POST"]),
        Route("/back", posted(pages.back), methods=["POST"]),
        Route("/email", pages.email),
        Route("/story", pages.story),
        Route("/source", pages.source),
        *Asking(editor, token).routes,
    ]
    return Room(title="Edit", path="edit", routes=routes)


class _Pages:
    def __init__(self, editor: Editor, images: Images) -> None:
        self._editor = editor
        self._images = images

    def sheet(self, request: Request) -> HTMLResponse:
        return self._sheet(request)

    def change(self, request: Request, form: Form) -> Response:
        try:
            self._editor.change(form.get("version", ""), change_of(form))
        except ChangedOutside as error:
            return self._sheet(request, 409, problem=str(error), typed=form)
        except DigestError as error:
            return self._sheet(request, 422, problem=str(error), typed=form)
        changed = form.get("story", "words")
        query = urlencode({"saved": changed})
        return RedirectResponse(f"./?{query}#{urlencode({'': changed})[1:]}", 303)

    def _sheet(
        self,
        request: Request,
        status: int = 200,
        *,
        problem: str = "",
        typed: Form | None = None,
    ) -> HTMLResponse:
        """The page; with what was typed, where it could not be written."""
        try:
            sheet = self._editor.sheet()
        except DigestError as error:
            html = page(
                request, "edit_broken.html.j2", problem=str(error), typed=typed or {}
            )
            return HTMLResponse(html, 500 if status == 200 else status)
        html = page(
            request,
            "edit.html.j2",
            sheet=sheet,
            parts=parts(sheet),
            left_out=left_out(sheet.draft),
            saved=request.query_params.get("saved", ""),
            problem=problem,
            stale=status == 409,
            typed=typed or {},
            open=typed.get("story", "") if typed else "",
            next=next_steps(sheet),
            made_of=self._editor.made_of,
        )
        return HTMLResponse(html, status)

    def back(self, request: Request, form: Form) -> Response:
        self._editor.back()
        return RedirectResponse("./", 303)

    def email(self, request: Request) -> HTMLResponse:
        try:
            email = email_of(self._editor.sheet())
        except DigestError as error:
            raise HTTPException(404, str(error)) from error
        html = framed(email.fill(pipeline.SAMPLE).html, Light(), self._picture)
        return HTMLResponse(html, headers=email_policy(images=True))

    def _picture(self, url: str) -> str | None:
        return f"../image?{urlencode({'src': url})}" if self._images(url) else None

    def story(self, request: Request) -> HTMLResponse:
        sheet, card = self._card(request)
        return HTMLResponse(page(request, "edit_story.html.j2", sheet=sheet, card=card))

    def source(self, request: Request) -> HTMLResponse:
        sheet, card = self._card(request)
        length = sheet.desk.config.issue.lead_hero
        try:
            number = _number(request.query_params.get("quote", "0"))
            found = source(card.entry, card.lede, number, length)
        except IndexError:
            raise HTTPException(404, "there is no such quote any more") from None
        html = page(
            request,
            "edit_source.html.j2",
            sheet=sheet,
            card=card,
            found=found,
            button=next((one for one in card.quotes if one.number == number), None),
        )
        return HTMLResponse(html)

    def _card(self, request: Request) -> tuple[Sheet, Card]:
        """The story that a query names."""
        try:
            sheet = self._editor.sheet()
            return sheet, find_card(sheet, request.query_params.get("story", ""))
        except DigestError as error:
            raise HTTPException(404, str(error)) from error


def _number(text: str) -> int:
    """The number that a query gives.

    Raises:
        IndexError: it gives none.
    """
    if not (text.isascii() and text.isdecimal() and len(text) < 7):
        raise IndexError(text)
    return int(text)
