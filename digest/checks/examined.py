"""What a check looks at, parsed once for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from digest.config import Config
from digest.model import Email, Finding, Issue

if TYPE_CHECKING:
    from lxml.html import HtmlElement


@dataclass(frozen=True, kw_only=True)
class Examined:
    """An issue, its e-mail and the settings it would be sent with."""

    issue: Issue
    email: Email
    config: Config
    #: what is wrong in the user's own templates, found as they were filled
    template: Sequence[Finding] = ()

    @cached_property
    def page(self) -> HtmlElement:
        """The e-mail's HTML as a tree."""
        from lxml import html

        return html.document_fromstring(self.email.html)

    @cached_property
    def visible(self) -> str:
        """What a reader reads of the HTML, in one line."""
        body = self.page.find("body")
        parts = body.itertext("*") if body is not None else ()
        return " ".join(" ".join(parts).split())
