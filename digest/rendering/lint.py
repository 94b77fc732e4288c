"""What is wrong in MJML, which mrml either swallows or refuses without a line.

mrml 6.0.1 takes any element and attribute, and where the nesting is broken it
says "unexpected end of stream". This reads the tags as it does, and judges
them by MJML's own table (`components`) and by what mrml is known to get wrong.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import Enum, auto

from digest.rendering.components import EVERYWHERE, elements, expected, parents


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong, at which character of the MJML, and what helps.

    `breaks` where mrml can make no HTML of it.
    """

    position: int
    message: str
    help: str
    breaks: bool = False


def lint(mjml: str) -> list[Fault]:
    """All faults of an MJML document, in its order. Pure."""
    tags = list(_tags(mjml))
    nesting = _Nesting(surplus=_surplus(tags))
    for tag in tags:
        nesting.take(tag)
    nesting.end()
    faults = nesting.faults + [
        fault for tag, holder in nesting.opened for fault in _judge(tag, holder)
    ]
    if nesting.faults:  # that something has no place is a consequence then
        faults = [fault for fault in faults if fault.help not in (_PLACE, _HOLDER)]
    return sorted(faults, key=lambda fault: fault.position)


# --- tags -------------------------------------------------------------------


class _Kind(Enum):
    OPEN = auto()
    CLOSE = auto()
    #: opens and closes in one
    EMPTY = auto()
    #: what is no tag, where MJML knows tags only
    TEXT = auto()
    #: markup that mrml does not read
    BROKEN = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tag:
    kind: _Kind
    name: str
    position: int
    #: a value is None where there are no quotes
    attributes: Sequence[tuple[str, str | None]] = ()

    def get(self, name: str) -> str | None:
        return next((value for key, value in self.attributes if key == name), None)


#: comments (of Outlook's, the marks only: mrml reads what is between), tags, and
#: the start of what is none
_MARKUP = re.compile(
    r"<!--\[if[^\]]*\]>(?:<!-->)?|(?:<!--)?<!\[endif\]-->|<!--.*?-->"
    r"|<(?P<close>/?)(?P<name>[a-zA-Z][^\s/>\"'<]*+)"
    r"(?P<rest>(?:[^<>\"']|\"[^\"]*\"|'[^']*')*+)>"
    r"|(?P<broken><)",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(
    r"(?P<name>[^\s=/\"']+)(?:\s*=\s*(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)'"
    r"|(?P<bare>[^\s\"']+)))?"
)
#: hold no markup: all is text, up to their end or where that must be missing
_RAW = ("mj-style", "style", "script")
#: HTML's elements without an end
_VOID = frozenset(
    "area base br col embed hr img input link meta param source track wbr".split()
)


def _tags(mjml: str) -> Iterator[_Tag]:
    end = 0
    while found := _MARKUP.search(mjml, end):
        if mjml[end : found.start()].strip():
            yield _Tag(kind=_Kind.TEXT, name="", position=end)
        end = found.end()
        if found["name"] or found["broken"]:
            tag = _tag(found)
            yield tag
            if tag.kind is _Kind.OPEN and tag.name in _RAW:
                end = _end_of_raw(mjml, tag.name, end)


def _end_of_raw(mjml: str, name: str, start: int) -> int:
    found = re.compile(f"</{name}|<mj-").search(mjml, start)
    return found.start() if found else len(mjml)


def _tag(found: re.Match[str]) -> _Tag:
    position, name = found.start(), found["name"]
    if not name:
        return _Tag(kind=_Kind.BROKEN, name="<", position=position)
    rest = found["rest"]
    if found["close"]:
        kind = _Kind.CLOSE
    elif rest.endswith("/") or name in _VOID:
        kind = _Kind.EMPTY
    else:
        kind = _Kind.OPEN
    attributes = tuple(_attributes(rest))
    return _Tag(kind=kind, name=name, position=position, attributes=attributes)


def _attributes(rest: str) -> Iterator[tuple[str, str | None]]:
    for found in _ATTRIBUTE.finditer(rest):
        values = (found["double"], found["single"], None if found["bare"] else "")
        yield found["name"], next((v for v in values if v is not None), None)


# --- nesting ----------------------------------------------------------------

_PLACE = "the table of MJML's elements: https://documentation.mjml.io/#components"
_HOLDER = "put it into <mj-text>"


def _surplus(tags: Sequence[_Tag]) -> Counter[str]:
    """How many more ends than beginnings there are of a name."""
    surplus = Counter(tag.name for tag in tags if tag.kind is _Kind.CLOSE)
    surplus.subtract(tag.name for tag in tags if tag.kind is _Kind.OPEN)
    return surplus


@dataclass(slots=True, kw_only=True)
class _Nesting:
    """Which element stands in which, and what does not close.

    Where an end does not fit, either it is one too many or what it would close
    over lacks its own: the numbers of the whole document tell which.
    """

    surplus: Counter[str]
    stack: list[_Tag] = field(default_factory=list)
    opened: list[tuple[_Tag, _Tag | None]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def take(self, tag: _Tag) -> None:
        if tag.kind is _Kind.CLOSE:
            self._close(tag)
            return
        self.opened.append((tag, self.stack[-1] if self.stack else None))
        if tag.kind is _Kind.OPEN:
            self.stack.append(tag)

    def _close(self, tag: _Tag) -> None:
        if self.stack and self.stack[-1].name == tag.name:
            self.stack.pop()
        elif self.surplus[tag.name] > 0 or not self._is_open(tag.name):
            self.surplus[tag.name] -= 1
            message = f"</{tag.name}> closes nothing"
            self._fault(tag, message, f"open <{tag.name}> before it, or take it out")
        else:
            while (last := self.stack.pop()).name != tag.name:
                self._open(last)

    def _is_open(self, name: str) -> bool:
        return any(tag.name == name for tag in self.stack)

    def end(self) -> None:
        for tag in self.stack:
            self._open(tag)

    def _open(self, tag: _Tag) -> None:
        self._fault(tag, f"<{tag.name}> is not closed", f"put </{tag.name}> at its end")

    def _fault(self, tag: _Tag, message: str, help: str) -> None:
        fault = Fault(position=tag.position, message=message, help=help, breaks=True)
        self.faults.append(fault)


# --- elements ---------------------------------------------------------------

#: of MJML, but not of mrml 6.0.1
_UNSUPPORTED = {
    "mj-html-attributes": "write the attributes into the HTML itself",
    "mj-include": "use {% include %} of Jinja2",
}
_TEXT_ONLY = ("mj-title", "mj-preview", "mj-style")
#: mrml takes what has no place here without a word, but not in these
_STRICT = ("mjml", "mj-head")


def _judge(tag: _Tag, holder: _Tag | None) -> Iterator[Fault]:
    """The faults of one tag that stands in `holder`."""
    if tag.kind is _Kind.BROKEN:
        message = "this < begins no tag"
        yield _fault(tag, message, "write &lt;, or close the quotes", breaks=True)
    elif holder and holder.name not in elements() and holder.name.startswith("mj"):
        return  # its name is the fault
    elif holder and _holds_html(holder):
        yield from _judge_html(tag, holder)
    elif tag.kind is _Kind.TEXT:
        yield _text(tag, holder)
    elif tag.name in _UNSUPPORTED:
        message = f"<{tag.name}> does not work here"
        yield _fault(tag, message, _UNSUPPORTED[tag.name], breaks=True)
    elif tag.name not in elements():
        yield _unknown(tag, holder)
    else:
        for rule in _RULES:
            yield from rule(tag, holder)


def _fault(tag: _Tag, message: str, help: str, *, breaks: bool = False) -> Fault:
    return Fault(position=tag.position, message=message, help=help, breaks=breaks)


def _text(tag: _Tag, holder: _Tag | None) -> Fault:
    where = f"in <{holder.name}>" if holder else "outside of <mjml>"
    message = f"text {where} is lost"
    return _fault(tag, message, _HOLDER, breaks=_refuses(holder))


def _refuses(holder: _Tag | None) -> bool:
    """Whether mrml stops at what cannot stand in `holder`; else it goes on."""
    return holder is None or holder.name in _STRICT or not _children(holder)


def _holds_html(tag: _Tag) -> bool:
    known = elements().get(tag.name)
    return known is None or known.html


def _judge_html(tag: _Tag, holder: _Tag) -> Iterator[Fault]:
    if tag.kind is _Kind.TEXT:
        return
    yield from _quoted(tag, holder)
    where = f"<{tag.name}> in <{holder.name}>"
    if holder.name in _TEXT_ONLY:
        yield _fault(tag, f"{where}, which holds text", "take it out", breaks=True)
    elif tag.name in elements():
        yield _fault(tag, f"{where} is not set as MJML", _PLACE)
    elif tag.name == "img" and tag.get("alt") is None:
        yield _without_alt(tag)


def _unknown(tag: _Tag, holder: _Tag | None) -> Fault:
    near = get_close_matches(tag.name.lower(), elements(), 1)
    hint = f"did you mean <{near[0]}>?" if near else "put HTML into <mj-text>"
    message = f"<{tag.name}> is no element of MJML"
    return _fault(tag, message, hint, breaks=_refuses(holder))


def _placed(tag: _Tag, holder: _Tag | None) -> Iterator[Fault]:
    """Each element in one that may hold it."""
    if holder is None:
        if tag.name != "mjml":
            yield _fault(
                tag, f"<{tag.name}> stands outside of <mjml>", _PLACE, breaks=True
            )
    elif holder.name != "mj-attributes" and tag.name not in _children(holder):
        only = ", ".join(f"<{name}>" for name in parents(tag.name)) or "no other"
        message = f"<{tag.name}> cannot stand in <{holder.name}>, only in {only}"
        yield _fault(tag, message, _PLACE, breaks=_refuses(holder))


def _children(holder: _Tag) -> frozenset[str]:
    known = elements().get(holder.name)
    return known.children if known else frozenset(elements())


def _known_attributes(tag: _Tag, holder: _Tag | None) -> Iterator[Fault]:
    """Each attribute is one of the element's, and its value of the right type."""
    if tag.name == "mj-class" and not tag.get("name"):
        yield _fault(tag, "<mj-class> has no name", 'write name="…"', breaks=True)
    if tag.name in ("mj-all", "mj-class"):  # they stand for any element
        return
    known = elements()[tag.name].attributes
    for name, value in tag.attributes:
        if name in EVERYWHERE:
            continue
        if name not in known:
            near = get_close_matches(name, known, 1)
            hint = f"did you mean {near[0]}?" if near else "take it out"
            yield _fault(tag, f"<{tag.name}> has no attribute {name}", hint)
        elif value is not None and (right := expected(known[name], value)):
            message = f'<{tag.name} {name}="{value}"> is not what MJML reads'
            yield _fault(tag, message, f"write {right}")


def _quoted(tag: _Tag, holder: _Tag | None) -> Iterator[Fault]:
    """Each value stands in quotes."""
    for name, value in tag.attributes:
        if value is None:
            message = f"the value of {name} in <{tag.name}> has no quotes"
            yield _fault(tag, message, f'write {name}="…"', breaks=True)


def _zero_with_unit(tag: _Tag, holder: _Tag | None) -> Iterator[Fault]:
    """No plain 0 in a padding: mrml 6.0.1 then does not subtract it from widths."""
    for name, value in tag.attributes:
        if "padding" in name and value and "0" in value.split():
            message = (
                f'<{tag.name} {name}="{value}"> makes columns too wide for Outlook'
            )
            yield _fault(tag, message, "write 0px for 0")


def _alt(tag: _Tag, holder: _Tag | None) -> Iterator[Fault]:
    """A picture says what it shows to who doesn't see it; nothing, if it decorates."""
    pictures = ("mj-image", "mj-carousel-image")
    in_body = holder is None or holder.name != "mj-attributes"
    if tag.name in pictures and in_body and tag.get("alt") is None:
        yield _without_alt(tag)


def _without_alt(tag: _Tag) -> Fault:
    hint = 'write what it shows into alt; alt="" if it decorates only'
    return _fault(tag, f"<{tag.name}> has no alt text", hint)


def _inline(tag: _Tag, holder: _Tag | None) -> Iterator[Fault]:
    """`inline` has one spelling; with another the CSS stays in the head."""
    value = tag.get("inline")
    if tag.name == "mj-style" and value not in (None, "inline"):
        message = f'<mj-style inline="{value}"> is not written into the elements'
        yield _fault(tag, message, 'write inline="inline"')


_RULES: Sequence[Callable[[_Tag, _Tag | None], Iterator[Fault]]] = (
    _placed,
    _known_attributes,
    _quoted,
    _zero_with_unit,
    _alt,
    _inline,
)
