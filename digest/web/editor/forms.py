"""What a form of the editor asks for, as a change of the draft's text.

Each says what shall be, not what shall be done to it ("quotes 1 3", not "one more"):
a form that is sent twice asks for what is so already.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from digest.errors import UsageError
from digest.issue import Draft, Entry
from digest.issue.draft_editing import with_order, with_story, with_words
from digest.issue.draft_writing import checksum
from digest.web.editor.sheets import Change

Form = Mapping[str, str]

#: fields of a form are few
MOST_FIELDS = 20
#: one line each; the others may have several
_LINES = ("subject", "preheader", "headline", "section")


def read_form(body: bytes) -> dict[str, str]:
    """The fields of a form, the last of each name.

    Raises:
        UsageError: it is none.
    """
    try:
        fields = parse_qsl(
            body.decode(),
            keep_blank_values=True,
            strict_parsing=bool(body),
            max_num_fields=MOST_FIELDS,
            errors="strict",
        )
    except ValueError as error:
        raise UsageError("this is not a form of the editor") from error
    return dict(fields)


def posted(handle: Callable[[Request, Form], Response]) -> Callable[[Request], object]:
    """An endpoint that reads a form first; what it then does blocks nobody else."""

    async def endpoint(request: Request) -> Response:
        body = await request.body()
        try:
            form = read_form(body)
        except UsageError as error:
            raise HTTPException(400, str(error)) from error
        return await run_in_threadpool(handle, request, form)

    return endpoint


def stories(draft: Draft) -> dict[str, Entry]:
    """The draft's stories by what forms call them, in the order of its file.

    They are called by their articles, so that it is the same wherever they stand.
    """
    named: dict[str, Entry] = {}
    for entry in draft.entries:
        key, again = _named(entry), 1
        while key in named:  # dropped, it may be there twice
            again += 1
            key = f"{_named(entry)}-{again}"
        named[key] = entry
    return named


def _named(entry: Entry) -> str:
    candidate = entry.candidate
    if candidate.items:
        return f"i{candidate.items[0]}"
    article = candidate.article
    return f"g{checksum(f'{article.id} {article.text}')[:6]}"


def entry_of(draft: Draft, key: str) -> Entry:
    """The story that a form calls so.

    Raises:
        UsageError: it is not in the draft any more.
    """
    try:
        return stories(draft)[key]
    except KeyError:
        raise UsageError("the draft has no such story any more") from None


def change_of(form: Form) -> Change:
    """The change that a form asks for: its `do` is a verb, and what belongs to it.

    Raises:
        UsageError: it asks for nothing that there is.
    """
    match form.get("do", "").split():
        case ["words"]:
            return lambda draft, text: with_words(text, _words(form, _ISSUES))
        case ["story"]:
            return _of_story(form, _words(form, _STORYS))
        case ["pin" | "drop" as verb, "yes" | "no" as value]:
            return _of_story(form, {verb: value == "yes"})
        case ["quotes", *numbers] if all(map(_is_number, numbers)):
            return _of_story(form, {"quotes": [int(number) for number in numbers]})
        case ["move", key, before]:
            return lambda draft, text: with_order(
                text, _place(draft, key), _place(draft, before)
            )
    raise UsageError("this is not a form of the editor")


_ISSUES = ("subject", "preheader", "editorial")
_STORYS = ("headline", "section", "note")


def _of_story(form: Form, values: Mapping[str, str | bool | list[int]]) -> Change:
    key = form.get("story", "")
    return lambda draft, text: with_story(text, _place(draft, key), values)


def _place(draft: Draft, key: str) -> int:
    entry_of(draft, key)
    return list(stories(draft)).index(key)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 7


def _words(form: Form, names: tuple[str, ...]) -> dict[str, str]:
    """The texts of a form, without what nobody types."""
    return {name: _typed(name, form[name]) for name in names if name in form}


def _typed(name: str, value: str) -> str:
    if name in _LINES:
        value = " ".join(value.split())
    lines = value.replace("\r\n", "\n").replace("\r", "\n").strip().split("\n")
    return "\n".join(
        "".join(c for c in line if unicodedata.category(c) != "Cc" or c == "\t")
        for line in lines
    )
