"""`digest subscribers import`: people from a file."""

from __future__ import annotations

import getpass
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import click

import subscribers as people
from digest.cli.exits import DONE, FAILED
from digest.cli.subscribers.group import (
    consent_option,
    list_option,
    mapped,
    rejects_option,
    subscribers,
)
from digest.cli.talk import say
from digest.cli.targets import target
from digest.cli.workspace import (
    Workspace,
    count,
    dry_run_option,
    json_option,
    pass_workspace,
    print_json,
    stopped_saying,
)

#: rejected rows that are named at the terminal; --rejects has all of them
NAMED = 5
FORMS = {
    "": "JSON lines",
    ",": "CSV with commas",
    ";": "CSV with semicolons",
    "\t": "CSV with tabs",
    "|": "CSV with vertical bars",
}


@subscribers.command("import")
@click.argument("file", metavar="FILE|-")
@list_option
@click.option(
    "--map",
    "mapping",
    multiple=True,
    callback=mapped,
    metavar="FIELD=COLUMN",
    help="The column of a field; another FIELD is an attribute, no COLUMN is none.",
)
@rejects_option
@consent_option
@dry_run_option
@json_option
@pass_workspace
def import_(
    workspace: Workspace,
    file: str,
    list_name: str,
    mapping: dict[str, str],
    rejects: Path | None,
    consent: str | None,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Add the people of a file: CSV, TSV, JSON lines, .gz; - is stdin.

    Fields are email, name, first_name, last_name, state, zone, language, frequency,
    topics, joined, attributes; exports of Mailchimp, listmonk, Substack and Ghost are
    understood. Nobody who unsubscribed or is suppressed comes back by an import.

    If it is broken off, run it again: it goes on where it was. Exit 1 if every row was
    rejected.

    \b
    Example:
      digest subscribers import people.csv --list weekly --consent "form, 2026"
      digest subscribers import people.csv --list weekly --map city=Town --dry-run
    """
    source: Path | BinaryIO = sys.stdin.buffer if file == "-" else Path(file)
    if rejects:
        target(rejects, workspace.config, option="--rejects", source=source)
    started = workspace.now()
    named: list[str] = []
    previews: list[people.Preview] = []

    def name_rejected(number: int, reason: str) -> None:
        if len(named) < NAMED:
            named.append(f"  line {number}: {reason}")

    tally = people.Tally()
    far = people.ImportReport()

    def noted(report: people.ImportReport) -> None:
        nonlocal far
        far = report
        progress(report)

    with (
        stopped_saying(lambda: _stopped(far, source, dry_run=dry_run)),
        progress_bar(source, tally) as progress,
    ):
        report = people.import_file(
            workspace.database.write,
            source,
            list_name,
            consent=consent,
            mapping=mapping,
            rejects=rejects,
            rejected=name_rejected,
            dry_run=dry_run,
            preview=previews.append if dry_run else None,
            progress=noted,
            tally=tally,
            now=started,
            secret=workspace.secret,
            key=workspace.secret_key,
            provider=workspace.provider,
            operator=_operator(),
        )
    if report.suppressed and not dry_run:
        workspace.errands()
    seconds = (workspace.now() - started).total_seconds()
    _print_report(_figures(report, seconds), previews, consent, as_json=as_json)
    if report.rejected and not rejects:
        _say_rejected(named, report.rejected)
    _say_odd(report)
    if report.unconfirmed:
        say(
            f"{report.unconfirmed} are unconfirmed and get no mail; "
            "say with --consent how they agreed"
        )
    return FAILED if report.rows and report.rejected == report.rows else DONE


def _print_report(
    figures: dict[str, Any],
    previews: Sequence[people.Preview],
    consent: str | None,
    *,
    as_json: bool,
) -> None:
    if as_json:
        for preview in previews:
            figures |= _preview(preview, consent)
        print_json(figures)
        return
    for preview in previews:
        _show(preview, consent)
    click.echo(", ".join(f"{n} {name}" for name, n in figures.items()))


def _stopped(
    far: people.ImportReport, source: Path | BinaryIO, *, dry_run: bool
) -> str:
    """How far an import came, for a Ctrl-C in it."""
    if dry_run:
        return "stopped; nothing was written"
    on = "goes on from there" if isinstance(source, Path) else "changes nothing of them"
    return (
        f"stopped; {count(far.rows, 'row is', 'rows are')} done and kept, "
        f"and the same command {on}"
    )


def _figures(report: people.ImportReport, seconds: float) -> dict[str, Any]:
    return {
        "rows": report.rows,
        "added": report.added,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "rejected": report.rejected,
        "suppressed": report.suppressed,
        "duplicates": report.duplicates,
        "skipped": report.skipped,
        "suspicious": report.suspicious,
        "seconds": round(seconds, 3),
    }


def _say_odd(report: people.ImportReport) -> None:
    """What came in, and may not be what it seems."""
    if report.skipped:
        attributes = count(report.skipped, "attribute is", "attributes are")
        say(f"{attributes} no text, number, true or false, and left out")
    if report.suspicious:
        addresses = count(report.suspicious, "address mixes", "addresses mix")
        say(f"{addresses} alphabets in a word, as look-alikes of others do")


def _say_rejected(named: list[str], rejected: int) -> None:
    """The first rejected rows, and how to see the others."""
    say("\n".join(["rejected:", *named]))
    more = rejected - len(named)
    say(f"  {f'and {more} more; ' if more else ''}all of them: --rejects FILE")


def _operator() -> str:
    """Who is at the keyboard, for the record of consent."""
    try:
        return getpass.getuser().encode("utf-8", "replace").decode()
    except (KeyError, OSError):  # a container's number without a name
        return ""


# --- What a dry run shows -------------------------------------------------------


def _preview(preview: people.Preview, consent: str | None) -> dict[str, Any]:
    return {
        "form": FORMS[preview.delimiter],
        "encoding": preview.encoding,
        "columns": [
            {"column": name, "taken_for": meaning} for name, meaning in preview.columns
        ],
        "people": [_taken(person, consent) for person in preview.people],
    }


def _show(preview: people.Preview, consent: str | None) -> None:
    """The columns, and the first people with all that is taken of them."""
    click.echo(f"{FORMS[preview.delimiter]}, {preview.encoding}")
    names = [name if name.isprintable() else ascii(name) for name, _ in preview.columns]
    width = min(max(map(len, names), default=0), 40)
    for name, (_, meaning) in zip(names, preview.columns, strict=True):
        click.echo(f"  {name:{width}}  {meaning}")
    for person in preview.people:
        click.echo(", ".join(_words(_taken(person, consent))))


def _words(taken: dict[str, Any]) -> Iterator[str]:
    """What is taken of a person, as far as something is, for reading."""
    yield taken.pop("email")
    attributes = taken.pop("attributes")
    topics = "|".join(taken.pop("topics"))
    for field, value in (taken | {"topics": topics} | attributes).items():
        if value not in ("", None):
            yield f"{field} {value}"


def _taken(person: people.Person, consent: str | None) -> dict[str, Any]:
    """What is taken of a person, by its field."""
    allowed = "confirmed" if consent else "unconfirmed"
    return {
        "email": person.address.display,
        "name": person.name,
        "state": person.suppression or person.state or allowed,
        "zone": person.zone,
        "language": person.language,
        "frequency": person.frequency,
        "topics": person.topics,
        "joined": person.joined,
        "attributes": person.attributes,
    }


# --- How far it is --------------------------------------------------------------


@contextmanager
def progress_bar(
    source: Path | BinaryIO, tally: people.Tally
) -> Iterator[Callable[[people.ImportReport], None]]:
    """A bar on a terminal: the bytes of the file, rows a second, the time left."""
    if not (isinstance(source, Path) and source.is_file() and sys.stderr.isatty()):
        yield lambda report: None
        return
    began = time.monotonic()
    with click.progressbar(
        length=source.stat().st_size, file=sys.stderr, item_show_func=lambda rate: rate
    ) as bar:

        def progress(report: people.ImportReport) -> None:
            rate = report.rows / max(time.monotonic() - began, 0.001)
            bar.update(tally.bytes - bar.pos, f"{report.rows:,} rows, {rate:,.0f}/s")

        yield progress
