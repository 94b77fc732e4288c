"""`digest events`: what came back of what was sent."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from digest.cli.exits import DONE, UNSETTLED
from digest.cli.talk import say
from digest.cli.workspace import (
    Workspace,
    json_option,
    pass_workspace,
    print_json,
)

if TYPE_CHECKING:
    from digest.events import Receipt


@click.group()
def events() -> None:
    """What SendGrid says came of each copy: delivered, bounced, opened.

    \b
    Example:
      digest events import payloads.jsonl.gz
    """


@events.command("import")
@click.argument("file", metavar="FILE|-")
@json_option
@pass_workspace
def import_(workspace: Workspace, file: str, as_json: bool) -> int:
    """Take in events of SendGrid's Event Webhook from a file; - is stdin.

    One JSON array, or in each line an array or an event; .gz too. What is known already
    changes nothing, so a file may be imported again. No signature is looked for: import
    only what you trust. Exit 5 if mail has gone out that was taken back.

    \b
    Example:
      digest events import payloads.jsonl.gz
    """
    from digest.events import Receipt, keep, read_file

    total = Receipt()
    with _opened(file) as (stream, progress):
        for payload in read_file(stream):
            total += keep(
                workspace.database, workspace.config, payload, workspace.now()
            )
            progress(total)
    figures = {**asdict(total), "alarms": len(total.alarms)}
    if as_json:
        print_json(figures)
    else:
        click.echo(", ".join(f"{number} {name}" for name, number in figures.items()))
    if total.bad:
        say("those that are bad are kept in the table bad_event, with the reason")
    if not total.alarms:
        return DONE
    named = ", ".join(str(batch) for batch in sorted(set(total.alarms)))
    say(f"alarm: mail of batch {named} has gone out though it was taken back")
    return UNSETTLED


@contextmanager
def _opened(file: str) -> Iterator[tuple[BufferedReader, Callable[[Receipt], None]]]:
    """The file, and what draws a bar of its bytes on a terminal."""
    if file == "-":
        yield cast("BufferedReader", sys.stdin.buffer), lambda so_far: None
        return
    path = Path(file)
    with path.open("rb") as stream:
        if not (sys.stderr.isatty() and path.is_file()):
            yield stream, lambda so_far: None
            return
        size = path.stat().st_size
        with click.progressbar(
            length=size, file=sys.stderr, item_show_func=lambda text: text
        ) as bar:

            def progress(so_far: Receipt) -> None:
                bar.update(stream.tell() - bar.pos, f"{so_far.events:,} events")

            yield stream, progress
