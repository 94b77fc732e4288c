"""The page around the e-mail: what is chosen, what can be, and what it weighs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request

from digest.checks.size import CLIP, NEAR
from digest.rendering.templates import built_in
from digest.web.frame import Light

#: CSS pixels between which a frame can be drawn
NARROWEST, WIDEST = 240, 1600
#: a reading pane on a desktop is about so wide
DESKTOP = 700


@dataclass(frozen=True, slots=True, kw_only=True)
class Mode:
    """How the e-mail is shown, as the words of the page's address say it."""

    view: str = "email"
    width: str = str(DESKTOP)
    scheme: str = "light"
    images: str = "on"

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Mode:
        """The mode of a query; what is missing or means nothing is the default."""
        chosen = {name: query.get(name, "") for name in CHOICES}
        known = {k: v for k, v in chosen.items() if v in CHOICES[k].labels}
        if (width := _width(chosen["width"])) is not None:
            known["width"] = str(width)
        return cls(**known)

    @property
    def light(self) -> Light:
        return Light(dark=self.scheme == "dark", images=self.images == "on")

    @property
    def query(self) -> str:
        """The query that gives this mode; empty for the default one."""
        default = asdict(Mode())
        return urlencode({k: v for k, v in asdict(self).items() if v != default[k]})


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


#: by the names of Mode
CHOICES: Mapping[str, Choice] = {
    "view": Choice(
        title="View",
        labels={"email": "E-mail", "text": "Plain text", "source": "Source"},
    ),
    "width": Choice(
        title="Width in pixels",
        labels={"375": "Phone", "600": "Tablet", str(DESKTOP): "Desktop"},
    ),
    "scheme": Choice(
        title="Colours, as the template sets them",
        labels={"light": "Light", "dark": "Dark"},
    ),
    "images": Choice(title="Images", labels={"on": "Images", "off": "No images"}),
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
