"""`digest subscribers export`: people into a file."""

from __future__ import annotations

import gzip
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

import click

import subscribers as people
from digest.cli.subscribers.group import subscribers
from digest.cli.talk import say
from digest.cli.targets import target
from digest.cli.workspace import (
    Workspace,
    json_option,
    pass_reader,
    print_json,
    stopped_saying,
)
from digest.errors import NothingToDo, UsageError
from digest.files import opened_whole

STDOUT = "-"
PACKED = ".gz"


@subscribers.command("export")
@click.option("--list", "list_name", metavar="LIST", help="Only those on this list.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["csv", "jsonl"]),
    help="By default as FILE is called (.jsonl, .json), else csv.",
)
@click.option(
    "--fields",
    metavar="A,B,C",
    help=f"Which columns, in this order, of {', '.join(people.FIELDS)}.",
)
@click.option("--person", metavar="ADDR", help="All that is held about one person.")
@click.option("--out", default=STDOUT, metavar="FILE|-", help="By default stdout.")
@json_option
@pass_reader
def export(
    workspace: Workspace,
    list_name: str | None,
    form: people.Form | None,
    fields: str | None,
    person: str | None,
    out: str,
    as_json: bool,
) -> None:
    """Write people to a file that `subscribers import` takes back unchanged.

    A row is a person on a list, in any state. With --person it is one JSON object,
    to be handed to whoever asks what is held about them (GDPR, articles 15 and 20).
    With --json, stdout has the rows as JSON lines; or, where FILE has them, how many.
    FILE replaces what is there; called .gz it is gzipped.

    \b
    Examples:
      digest subscribers export --list weekly --out people.csv
      digest subscribers export --person ann@example.com --out ann.json
    """
    if person is not None:
        if (list_name, form, fields) != (None, None, None):
            raise UsageError("--person is all that is held, as JSON; say it alone")
        _export_person(workspace, person, out, as_json=as_json)
        return
    with _opened(workspace, out) as stream:
        rows = people.export_people(
            workspace.database.read,
            stream,
            list_name,
            form=form or _form(out, as_json=as_json),
            fields=_names(fields),
        )
    _report({"rows": rows, "out": out}, f"{rows} rows", out, as_json=as_json)


def _export_person(
    workspace: Workspace, address: str, out: str, *, as_json: bool
) -> None:
    import msgspec

    from digest.privacy import held

    found = held(workspace.database, workspace.config, address, workspace.now())
    if not found.is_anything:
        raise NothingToDo(f"{found.person.email}: nothing is held about them")
    content = msgspec.json.format(msgspec.json.encode(found.as_object()), indent=2)
    with _opened(workspace, out) as stream:
        stream.write(content + b"\n")
    _report({"out": out}, "all that is held", out, as_json=as_json)


@contextmanager
def _opened(workspace: Workspace, out: str) -> Iterator[BinaryIO]:
    """Stdout, or a file that is there whole in the end, or not at all."""
    if out == STDOUT:
        with stopped_saying(lambda: "stopped; what was written is not all"):
            yield sys.stdout.buffer
        return
    file = target(Path(out), workspace.config, option="--out")
    stopped = stopped_saying(lambda: f"stopped; nothing was written to {out}")
    with stopped, opened_whole(file, private=True) as stream:
        if not out.endswith(PACKED):
            yield stream
            return
        # without a moment in it: the same people are the same file
        with gzip.GzipFile("", "wb", fileobj=stream, mtime=0) as packed:
            yield cast("BinaryIO", packed)


def _form(out: str, *, as_json: bool) -> people.Form:
    rows_as_json = as_json and out == STDOUT
    named = out.removesuffix(PACKED).endswith((".jsonl", ".ndjson", ".json"))
    return "jsonl" if rows_as_json or named else "csv"


def _names(fields: str | None) -> list[str]:
    return [] if fields is None else [name.strip() for name in fields.split(",")]


def _report(figures: dict[str, Any], what: str, out: str, *, as_json: bool) -> None:
    """What is in a file; of stdout, its reader sees it."""
    if out == STDOUT:
        return
    if as_json:
        print_json(figures)
    else:
        say(f"{what} in {out}")
