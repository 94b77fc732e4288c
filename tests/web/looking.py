"""A page in a browser, and what one does and sees there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from time import monotonic, sleep
from typing import Any


@dataclass
class Look:
    """A page in a browser, with all it asked for and complained of."""

    page: Any
    asked: list[str]
    complaints: list[str]

    def email(self, expression: str) -> Any:
        """A value of `mail`, the document in the frame; None while it loads."""
        return self.page.evaluate(
            f"""() => {{
                const mail = document.querySelector("iframe")?.contentDocument;
                return mail?.readyState === "complete" ? {expression} : null;
            }}"""
        )

    def background(self) -> Any:
        return self.email("getComputedStyle(mail.body).backgroundColor")

    def width(self) -> int:
        box = self.page.locator("iframe").bounding_box()
        return round(float(box["width"]))

    def choose(self, name: str) -> None:
        """Follow the link of a choice whose words begin so."""
        self.page.get_by_role("link", name=re.compile(f"^{name}")).click()


def eventually(read: Any, wanted: object) -> None:
    """Waits, at most 5 seconds, until something is as wanted."""
    end = monotonic() + 5
    while (seen := read()) != wanted:
        assert monotonic() < end, f"{seen!r} is not {wanted!r}"
        sleep(0.02)
