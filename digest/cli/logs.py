"""The log: what a command says while it works, a line or an object of JSON each.

`run`, `serve` and `worker` write one, and so does every command with --log-json. It
goes to stderr, by structlog; what libraries warn of goes the same way. No address,
token, password or key is in it.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from typing import Any, TextIO

from digest.cli.talk import Log, said_to

Fields = MutableMapping[str, Any]

#: what is never logged, wherever it comes from, and what stands in its place
HIDDEN: Mapping[str, re.Pattern[str]] = {
    # a name and a password within an address of the web or of a database
    "://[secret]…": re.compile(r"://[^\s/@]+@"),
    # but not of a page that begins with @, as people's on Mastodon do
    "[address]": re.compile(r"(?!\w+://[^\s@]*/@)(?<![^\s<>\"])[^\s<>\"@]+@[^\s<>\"]+"),
    r"/\1/[token]": re.compile(r"/(u|p|confirm|approve|me)/[\w.~-]+"),
    "[key]": re.compile(r"\bSG\.[\w-]+\.[\w-]+"),
}


@contextmanager
def logging_to(
    stream: TextIO, *, as_json: bool, secrets: Callable[[], Collection[str]]
) -> Iterator[Log]:
    """Have all that is said, and what libraries warn of, written to a stream.

    `secrets` are asked at each line: settings may be read later.
    """
    with _without("rich"):  # for tracebacks with what is in variables; and 3 MB
        import structlog

    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _Veil(secrets),
    ]
    render = structlog.processors.JSONRenderer() if as_json else _line
    structlog.configure(
        processors=[*shared, render],
        logger_factory=structlog.PrintLoggerFactory(file=stream),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream)
    handler.setLevel(logging.WARNING)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                render,
            ],
        )
    )
    log: Log = structlog.get_logger()
    logging.getLogger().addHandler(handler)
    try:
        with said_to(log):
            yield log
    finally:
        logging.getLogger().removeHandler(handler)
        structlog.reset_defaults()


@contextmanager
def _without(library: str) -> Iterator[None]:
    """Nothing that is imported in the block finds the library."""
    held = sys.modules.get(library)
    sys.modules[library] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[library]
        if held:
            sys.modules[library] = held


class _Veil:
    """Hides what must not be logged, in every text of a line."""

    def __init__(self, secrets: Callable[[], Collection[str]]) -> None:
        self._secrets = secrets

    def __call__(self, logger: object, name: str, fields: Fields) -> Fields:
        return {key: self._hidden(value) for key, value in fields.items()}

    def _hidden(self, value: object) -> object:
        if isinstance(value, bool | int | float | None):
            return value
        text = str(value)
        for secret in self._secrets():
            text = text.replace(secret, "[secret]")
        for stand_in, pattern in HIDDEN.items():
            text = pattern.sub(stand_in, text)
        return text


def _line(logger: object, name: str, fields: Fields) -> str:
    """A line for people: when, what, and its fields."""
    rest = dict(fields)
    when = str(rest.pop("timestamp"))[:19].replace("T", " ")
    level, event = rest.pop("level"), rest.pop("event")
    trace = rest.pop("exception", "")
    loud = "" if level == "info" else f"{level}: "
    given = "".join(
        f" {key}={value}" for key, value in rest.items() if value not in (None, "")
    )
    return f"{when} {loud}{event}{given}" + (f"\n{trace}" if trace else "")
