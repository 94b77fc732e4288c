"""The templates: where they are, how they are filled, and what is said of a bad one."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Protocol

import digest
from digest.errors import RenderError
from digest.rendering.branches import kept_watch

if TYPE_CHECKING:
    from jinja2 import Environment
    from jinja2.ext import Extension

    from digest.rendering.origins import Origins

_LINE = re.compile(r"(\S.{0,71})(?: |$)")


class Shown(Protocol):
    """What a template can be filled with."""

    def names(self, *, plain: bool) -> dict[str, object]:
        """Each part by what templates call it; `plain` text holds no markup."""
        ...


def built_in() -> Path:
    """Our own templates: in the installed package, or beside it in a checkout."""
    package = Path(digest.__file__).parent
    installed = package / "templates"
    return installed if installed.is_dir() else package.parent / "templates"


def fill(name: str, view: Shown, folder: Path | None) -> str:
    """The template `name` filled with the view.

    A file of `folder` takes the place of ours of the same name.

    Raises:
        RenderError: there is none, or an error in one: names its file and line.
    """
    watch = kept_watch()
    if watch:
        watch.begin(name)
    environment = _environment(folder, watched=watch is not None)
    return _fill(environment, name, view, folder)


def source_of(name: str, folder: Path | None) -> str:
    """The text of a template as `fill` reads it."""
    environment = _environment(folder)
    assert environment.loader is not None  # noqa: S101
    return environment.loader.get_source(environment, name)[0]


def trace(name: str, view: Shown, folder: Path | None) -> Origins:
    """The same text as of `fill`, with the file and line of each of its tags."""
    from digest.rendering.origins import Marking, Origins

    return Origins.of(_fill(_environment(folder, Marking), name, view, folder))


def _fill(environment: Environment, name: str, view: Shown, folder: Path | None) -> str:
    _forget_changed(environment, folder)
    try:
        template = environment.get_template(name)
        return template.render(view.names(plain=name.endswith("txt.j2")))
    except Exception as error:  # a template can run into any
        raise RenderError(_describe(error, name)) from error


def _forget_changed(environment: Environment, folder: Path | None) -> None:
    """Have files read again that have changed, or that another came before.

    Jinja2 would look after the file of each include each time it comes to it.
    """
    kept = environment.cache or {}
    for key, template in list(kept.items()):
        own = folder / key[1] if folder else None
        came_before = own and str(own) != template.filename and own.is_file()
        if came_before or not template.is_up_to_date:
            del kept[key]


@lru_cache(maxsize=8)
def _environment(
    folder: Path | None, *extensions: type[Extension], watched: bool = False
) -> Environment:
    from jinja2 import (
        ChoiceLoader,
        Environment,
        StrictUndefined,
        select_autoescape,
    )

    from digest.rendering.asking import AskingEnvironment
    from digest.rendering.loading import TextLoader

    kind = AskingEnvironment if watched else Environment
    places = [folder, built_in()] if folder else [built_in()]
    environment = kind(
        # a .txt template is plain text; everything else is MJML or CSS
        autoescape=select_autoescape(
            disabled_extensions=("txt.j2",), default=True, default_for_string=True
        ),
        loader=ChoiceLoader([TextLoader(place) for place in places]),
        undefined=StrictUndefined,
        extensions=extensions,
        auto_reload=False,  # see _forget_changed
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["wrap"] = wrap
    return environment


def wrap(text: str, indent: str = "") -> str:
    """Plain text in lines of about 72 characters; the second and later indented.

    A line breaks at a space only, so a word that is longer stays whole.
    """
    return _LINE.sub(r"\1\n", text).rstrip("\n").replace("\n", f"\n{indent}")


def _describe(error: Exception, name: str) -> str:
    """One line that names the template's file, the line in it and the reason."""
    from jinja2 import TemplateNotFound, TemplateSyntaxError

    if isinstance(error, TemplateSyntaxError):
        return f"{error.filename or error.name}, line {error.lineno}: {error.message}"
    reason = " ".join(str(error).split())
    if isinstance(error, TemplateNotFound):
        reason = f"there is no template {reason!r}"
    place = _place(error.__traceback__)
    return f"{place[0]}, line {place[1]}: {reason}" if place else f"{name}: {reason}"


def _place(traceback: TracebackType | None) -> tuple[str, int] | None:
    """File and line of the innermost template; Jinja2 puts them into the traceback."""
    place = None
    while traceback:
        file = traceback.tb_frame.f_code.co_filename
        if file.endswith(".j2"):
            place = file, traceback.tb_lineno
        traceback = traceback.tb_next
    return place


def copy_templates(folder: Path) -> Path:
    """Copy the templates of the e-mail into `folder`, where they take ours' place.

    Raises:
        RenderError: there is such a folder already; nothing was written.
    """
    import shutil

    try:
        skipped = shutil.ignore_patterns("preview")
        return Path(shutil.copytree(built_in(), folder, ignore=skipped))
    except FileExistsError as error:
        raise RenderError(f"{folder} is there already; nothing was copied") from error
