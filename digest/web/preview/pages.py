"""The page around the e-mail: what is chosen, what can be, and what it weighs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request

from digest.checks.clients import table
from digest.checks.size import CLIP, NEAR
from digest.rendering.templates import built_in
from digest.web.preview.clients import CLIENTS
from digest.web.preview.dark import INVERSIONS
from digest.web.preview.frame import Light

#: CSS pixels between which a frame can be drawn
NARROWEST, WIDEST = 240, 1600
#: a reading pane on a desktop is about so wide
DESKTOP = 700


#: characters of what is asked for in words
LONGEST = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Mode:
    """How the e-mail is shown, as the words of the page's address say it."""

    view: str = "email"
    width: str = str(DESKTOP)
    scheme: str = "light"
    client: str = "sent"
    images: str = "on"
    marks: str = "on"
    #: an address or a segment: see `readers.find`
    reader: str = ""
    #: a condition of a template that goes the other way: `yes PLACE` or `no PLACE`
    turn: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Mode:
        """The mode of a query; what is missing or means nothing is the default."""
        chosen = {name: query.get(name, "") for name in CHOICES}
        known = {k: v for k, v in chosen.items() if v in CHOICES[k].labels}
        if (width := _width(chosen["width"])) is not None:
            known["width"] = str(width)
        for name in ("reader", "turn"):
            known[name] = query.get(name, "")[:LONGEST]
        return cls(**known)

    @property
    def light(self) -> Light:
        return Light(
            dark=self.scheme == "dark",
            images=self.images == "on",
            inverts=self.scheme if self.scheme in INVERSIONS else "",
            client=self.client if self.client in CLIENTS else "",
            outlines=self.marks == "on",
            width=int(self.width),
        )

    @property
    def turned(self) -> Mapping[str, bool]:
        """What shall hold of the conditions of the templates, by their places."""
        word, _, place = self.turn.partition(" ")
        return {place: word == "yes"} if place and word in ("yes", "no") else {}

    @property
    def query(self) -> str:
        """The query that gives this mode; empty for the default one."""
        default = asdict(Mode())
        return urlencode({k: v for k, v in asdict(self).items() if v != default[k]})

    def but(self, **changed: str) -> str:
        """The address of the page in this mode, but for what is changed."""
        query = replace(self, **changed).query
        return f"./?{query}" if query else "./"


def _width(text: str) -> int | None:
    """A width that a frame can have; what is beyond is as wide as can be."""
    if not (text.isascii() and text.isdecimal() and len(text) <= 5):
        return None
    return min(max(int(text), NARROWEST), WIDEST)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One thing that can be chosen: what it is called, and its values' labels."""

    title: str
    labels: Mapping[str, str]
    #: what has to be said of a value while it is chosen
    said: Mapping[str, str] = field(default_factory=dict)


_PUBLISHED = "Gmail and Outlook publish no rule; this is what others have seen."
_DATA = f"caniemail.com as of {table().date}"

#: by the names of Mode
CHOICES: Mapping[str, Choice] = {
    "view": Choice(
        title="View",
        labels={
            "email": "E-mail",
            "inbox": "Inbox",
            "text": "Plain text",
            "headers": "Headers",
            "source": "Source",
        },
    ),
    "width": Choice(
        title="Width in pixels",
        labels={"375": "Phone", "600": "Tablet", str(DESKTOP): "Desktop"},
    ),
    "scheme": Choice(
        title="Colours: as the template sets them, or as clients invert them",
        labels={
            "light": "Light",
            "dark": "Dark",
            "gmail": "Gmail’s dark",
            "outlook": "Outlook’s dark",
        },
        said={
            "gmail": "Simulation of the Gmail app on iOS in the dark: every colour "
            f"keeps its hue, and its lightness is turned over. {_PUBLISHED}",
            "outlook": "Simulation of Outlook.com in the dark: light grounds become "
            "dark and dark text light, borders stay, and rules for [data-ogsc] and "
            f"[data-ogsb] win. {_PUBLISHED}",
        },
    ),
    "client": Choice(
        title="As it is sent, or as a client would cut it down",
        labels={"sent": "As sent", "gmail": "Gmail", "outlook": "Outlook"},
        said={
            "gmail": "Simulation of Gmail in a browser: without what it does not know, "
            f"and styles over 16 KB, by {_DATA}.",
            "outlook": "Simulation of Outlook on Windows: with what is written for it "
            f"in comments, without what it does not know, by {_DATA}. Word’s own "
            "fonts and gaps are not in it.",
        },
    ),
    "images": Choice(title="Images", labels={"on": "Images", "off": "No images"}),
    "marks": Choice(
        title="Outlines of what is hard to read",
        labels={"on": "Outlines", "off": "No outlines"},
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One value of a choice: the query that leads to it, and whether it is on."""

    name: str
    value: str
    label: str
    query: str
    chosen: bool


def options(name: str, mode: Mode) -> list[Option]:
    """The values of a choice, each leading to the mode with only that changed."""
    modes = {value: replace(mode, **{name: value}) for value in CHOICES[name].labels}
    return [
        Option(
            name=name,
            value=value,
            label=CHOICES[name].labels[value],
            query=changed.query,
            chosen=changed == mode,
        )
        for value, changed in modes.items()
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """What the HTML weighs, on a scale that ends somewhat above Gmail's cut."""

    bytes: int

    @property
    def state(self) -> str:
        if self.bytes > CLIP:
            return "over"
        return "near" if self.bytes > NEAR else "well"

    @property
    def percent(self) -> float:
        return self._percent(self.bytes)

    @property
    def clip_percent(self) -> float:
        return self._percent(CLIP)

    @staticmethod
    def _percent(size: int) -> float:
        return round(min(size / (1.25 * CLIP), 1) * 100, 1)


@lru_cache(maxsize=2)
def templates(folder: str = "preview") -> Environment:
    """The pages of templates/preview, or of another folder beside it."""
    return Environment(
        autoescape=True,
        loader=FileSystemLoader(built_in() / folder),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def page(request: Request, name: str, **values: object) -> str:
    """A page of the preview's app, or of a room beside it: a child of base.html.j2.

    `root` is the address that the app begins with, `rooms` is what stands beside the
    preview, and `here` the path of the room that the page is of.
    """
    state = request.app.state
    path = request.url.path.removeprefix(state.path)
    return (
        templates()
        .get_template(name)
        .render(
            root=state.path,
            rooms=state.rooms,
            here=path.partition("/")[0] if "/" in path else "",
            **values,
        )
    )
