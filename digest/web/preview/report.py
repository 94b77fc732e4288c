"""The room of reports beside the preview.

GET report/            how lists grow, and how issues compare
GET report/3           what came back of an issue
GET report/3.csv       its numbers;  report/all.csv: those of everything
GET report/3.html      the same page in a file of its own;  report/all.html
GET report/report.css  the stylesheet
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route

from digest import report
from digest.errors import UnknownName
from digest.pipeline import Desk
from digest.report.page import body, page, stylesheet
from digest.store import issues
from digest.web.preview.app import Room
from digest.web.preview.pages import page as room_page

#: issues that have a link on each page
LINKED = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A way to another report; `saved` is the name of a file that it is kept as."""

    text: str
    path: str = ""
    here: bool = False
    saved: str = ""


def report_room(desk: Desk) -> Room:
    """The reports of a desk's database."""
    pages = _Reports(desk)
    return Room(
        title="Report",
        path="report",
        routes=[
            Route("/", pages.show),
            Route("/report.css", pages.css),
            Route("/all.{form}", pages.save),
            Route("/{issue:int}", pages.show),
            Route("/{issue:int}.{form}", pages.save),
        ],
    )


@dataclass(frozen=True, slots=True)
class _Reports:
    desk: Desk

    def show(self, request: Request) -> Response:
        made = self._made(request)
        html = room_page(
            request,
            "report.html.j2",
            report=made,
            links=list(self._links(made)),
            body=body(made),
        )
        return HTMLResponse(html)

    def save(self, request: Request) -> Response:
        made = self._made(request)
        match request.path_params["form"]:
            case "html":
                # its styles are in it, and its own policy lets nothing else in
                policy = "default-src 'none'; style-src 'unsafe-inline'"
                headers = {"Content-Security-Policy": policy}
                return HTMLResponse(page(made), headers=headers)
            case "csv":
                text = io.StringIO(newline="")
                report.write_csv(made, text)
                return Response(text.getvalue(), media_type="text/csv; charset=utf-8")
        raise HTTPException(404, "a report is saved as html or csv")

    def css(self, request: Request) -> Response:
        return FileResponse(stylesheet())

    def _made(self, request: Request) -> report.Report:
        now = self.desk.clock()
        number = request.path_params.get("issue")
        if number is None:
            return report.of_everything(self.desk.database, now)
        try:
            return report.of_issue(self.desk.database, number, now)
        except UnknownName as error:
            raise HTTPException(404, str(error)) from None

    def _links(self, made: report.Report) -> Iterator[Link]:
        yield Link(text="Lists and issues", here=made.issue is None)
        with self.desk.database.read() as connection:
            sent = [one.id for one in issues.listed(connection) if one.state]
        for number in sent[:LINKED]:
            here = number == made.issue
            yield Link(text=f"Issue {number}", path=str(number), here=here)
        name = str(made.issue or "all")
        for form in ("csv", "html"):
            path = f"{name}.{form}"
            yield Link(text=form.upper(), path=path, saved=f"report-{path}")
