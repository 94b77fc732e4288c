"""What commands say beside their data: to the person at the terminal, or to the log."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import click


class Log(Protocol):
    """Takes what happened, with its fields; levels are those of `logging`."""

    def info(self, event: str, **fields: object) -> object: ...

    def warning(self, event: str, **fields: object) -> object: ...

    def error(self, event: str, **fields: object) -> object: ...


class _Person:
    """Somebody at a terminal, who is told in words (stderr)."""

    def info(self, event: str, **fields: object) -> None:
        click.echo(event, err=True)

    warning = error = info


#: one for the process: what works beside the command in threads says it there, too
_TO: list[Log] = [_Person()]


def say(message: str) -> None:
    """Talk to the person at the terminal (stderr), or into the log."""
    _TO[-1].info(message)


def complain(message: str) -> None:
    """The same of what went wrong."""
    _TO[-1].error(message)


def to_person() -> bool:
    """Whether it is a person who is talked to, and not a log."""
    return isinstance(_TO[-1], _Person)


@contextmanager
def said_to(log: Log) -> Iterator[None]:
    """Have all of it go to a log in the block."""
    _TO.append(log)
    try:
        yield
    finally:
        _TO.remove(log)
