"""Pages that ask before something leaves the desk: an approval, a test.

GET  /edit/approve   what approving would do;  POST: does it
GET  /edit/test      whom to send a test; then what is asked, and what became of it
POST /edit/test      asks, or sends what was asked about
"""

from __future__ import annotations

from collections.abc import Callable

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from digest.errors import DigestError
from digest.web.editor.forms import Form, posted
from digest.web.editor.sending import (
    Trials,
    aimed_at,
    approval_of,
    approve,
    forbidding_of,
    lists_of,
    proposed,
    tried,
)
from digest.web.editor.sheets import Editor, Sheet
from digest.web.preview.pages import page
from subscribers.errors import SubscriberError


class Asking:
    def __init__(self, editor: Editor, token: Callable[[], str]) -> None:
        self._editor = editor
        self._trials = Trials(token)

    @property
    def routes(self) -> list[Route]:
        return [
            Route("/approve", self.approval, methods=["GET"]),
            Route("/approve", posted(self.approve), methods=["POST"]),
            Route("/test", self.trial, methods=["GET"]),
            Route("/test", posted(self.test), methods=["POST"]),
        ]

    def _sheet(self) -> Sheet:
        try:
            return self._editor.sheet()
        except DigestError as error:
            raise HTTPException(409, str(error)) from error

    # --- Approving --------------------------------------------------------------------

    def approval(self, request: Request) -> HTMLResponse:
        return self._approval(request)

    def approve(self, request: Request, form: Form) -> Response:
        sheet = self._sheet()
        if form.get("issue") != str(sheet.issue.id):
            return self._approval(request, 409, "This is another issue by now.")
        try:
            approve(sheet.desk, sheet.issue)
        except DigestError as error:
            return self._approval(request, 409, str(error))
        return RedirectResponse("approve", 303)

    def _approval(
        self, request: Request, status: int = 200, problem: str = ""
    ) -> HTMLResponse:
        sheet = self._sheet()
        html = page(
            request,
            "edit_approve.html.j2",
            sheet=sheet,
            approval=approval_of(sheet.desk, sheet.issue),
            problem=problem,
        )
        return HTMLResponse(html, status)

    # --- Testing ----------------------------------------------------------------------

    def trial(self, request: Request) -> HTMLResponse:
        return self._trial(request, token=request.query_params.get("test", ""))

    def test(self, request: Request, form: Form) -> Response:
        sheet, token = self._sheet(), form.get("token", "")
        try:
            if token:
                self._trials.send(token, lambda trial: tried(sheet, trial))
            else:
                address, name = form.get("address", ""), form.get("list", "")
                token = self._trials.ask(proposed(sheet, address, name))
        except (DigestError, SubscriberError) as error:
            typed = form
            if trial := self._trials.find(token):  # what was typed, two pages ago
                typed = {"address": trial.address, "list": trial.mailing_list}
            return self._trial(
                request, 422, token=token, problem=str(error), typed=typed
            )
        return RedirectResponse(f"test?test={token}", 303)

    def _trial(
        self,
        request: Request,
        status: int = 200,
        *,
        token: str,
        problem: str = "",
        typed: Form | None = None,
    ) -> HTMLResponse:
        sheet = self._sheet()
        try:
            forbidding = forbidding_of(sheet)
        except DigestError as error:  # it cannot even be set
            forbidding, problem = [], problem or str(error)
        first = next(iter(aimed_at(sheet)), "")
        html = page(
            request,
            "edit_test.html.j2",
            sheet=sheet,
            forbidding=forbidding,
            lists=lists_of(sheet.desk),
            token=token,
            trial=self._trials.find(token),
            tried=self._trials.result(token),
            problem=problem,
            typed=typed
            or {"address": sheet.desk.config.newsletter.editor, "list": first},
        )
        return HTMLResponse(html, status)
