"""What a check looks at, parsed once for all of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from digest.checks.styles import Light, Look, Sheet, looks, sheet
from digest.config import Config
from digest.errors import DeliveryError
from digest.model import Email, Finding, Issue, Story

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    from digest.fetch import Answer

#: asks addresses of the web: what each answered
Ask = Callable[[Sequence[str]], Mapping[str, "Answer"]]
#: looks up a name's records of a kind ("TXT"); none where there are none; raises
#: FetchError where nobody could be asked
Resolve = Callable[[str, str], Sequence[str]]


@dataclass(frozen=True, kw_only=True)
class Examined:
    """An issue, its e-mail and the settings it would be sent with.

    What a check would have to ask of others is handed in, or is not looked at.
    """

    issue: Issue
    email: Email
    config: Config
    #: what is wrong in the user's own templates, found as they were filled
    template: Sequence[Finding] = ()
    #: those that a mail to any one person would carry, or why none can be made
    headers: Mapping[str, str] | DeliveryError | None = None
    #: the series' last issues
    earlier: Sequence[Issue] = ()
    #: issues of any series that went to one of its lists within a day
    lately: Sequence[Issue] = ()
    ask: Ask | None = None
    resolve: Resolve | None = None

    @cached_property
    def page(self) -> HtmlElement:
        """The e-mail's HTML as a tree."""
        from lxml import html

        return html.document_fromstring(self.email.html or "<html></html>")

    def at(self, *elements: HtmlElement) -> tuple[int, ...]:
        """The places of elements of the page, for `Finding.at`."""
        return tuple(sorted({self._places[each] for each in elements}))

    def at_links(self, *addresses: str) -> tuple[int, ...]:
        """The places of the links that lead to these addresses."""
        anchors = self.page.iter("a")
        return self.at(*(a for a in anchors if (a.get("href") or "") in addresses))

    @cached_property
    def _places(self) -> Mapping[HtmlElement, int]:
        elements = (each for each in self.page.iter() if isinstance(each.tag, str))
        return {element: place for place, element in enumerate(elements)}

    @cached_property
    def sheet(self) -> Sheet:
        """The rules of the HTML's `<style>`s."""
        return sheet(self.page)

    def looks(self, light: Light) -> Mapping[HtmlElement, Look]:
        """How every element is shown in a light; worked out once."""
        if light not in self._looks:
            self._looks[light] = looks(self.page, self.sheet, light)
        return self._looks[light]

    @cached_property
    def _looks(self) -> dict[Light, Mapping[HtmlElement, Look]]:
        return {}

    @cached_property
    def visible(self) -> str:
        """What a reader reads of the HTML, in one line; what is hidden is not."""
        return " ".join(" ".join(self._read()).split())

    def _read(self) -> Iterator[str]:
        """The texts that are shown, in the order of the page, and of images the alt."""
        from lxml import etree

        shown = self.looks(Light())
        for event, element in etree.iterwalk(self.page, ("start", "end", "comment")):
            starts = event == "start"
            look = shown.get(element if starts else element.getparent())
            if look and look.size and not look.hidden:
                yield (element.text if starts else element.tail) or ""
                if starts and element.tag == "img":
                    yield element.get("alt") or ""

    @cached_property
    def links(self) -> frozenset[str]:
        """Where the HTML's links lead, but for those that differ per person."""
        tags = set(self.email.tags.values())
        links = {link.get("href") or "" for link in self.page.iter("a")}
        return frozenset(links - tags)

    @cached_property
    def images(self) -> frozenset[str]:
        """Where the HTML's images are."""
        return frozenset(image.get("src") or "" for image in self.page.iter("img"))

    @cached_property
    def answers(self) -> Mapping[str, Answer]:
        """What links and images answered, asked once; none where nobody asks."""
        if self.ask is None:
            return {}
        asked = sorted(self.links | self.images)
        return self.ask([url for url in asked if url.startswith(("http:", "https:"))])


def squeezed(text: str) -> str:
    """Letters and digits only, to find a text again however it is set."""
    return _BETWEEN.sub("", text.casefold())


#: characters of a headline that stand in any rendering of it
HEADLINE = 1_000
_BETWEEN = re.compile(r"[\W_]+")


def shown(story: Story, text: str) -> bool:
    """Whether a story's headline stands in a squeezed text; the end may be cut."""
    return squeezed(story.headline[:HEADLINE]) in text
