"""`digest build` and `check`: from articles to an issue."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digest.cli.exits import DONE, REFUSED
from digest.cli.talk import say
from digest.cli.workspace import (
    Workspace,
    count,
    dry_run_option,
    json_option,
    pass_workspace,
    places_argument,
    print_json,
)
from digest.errors import SourceError, UnknownName, UsageError
from digest.model import Finding, Issue, Severity

if TYPE_CHECKING:
    from digest.issue import Choice, Draft
    from digest.pipeline import Built, Desk


@click.command()
@places_argument("[FILE|URL...]")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write issue.json, email.html and email.txt there.",
)
@click.option("--series", help="Whose items are used up; the newsletter's own.")
@click.option(
    "--draft",
    "draft_file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Freeze nothing; write a draft there, to edit.",
)
@click.option(
    "--from",
    "from_file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Freeze the draft that is there.",
)
@click.option("--explain", is_flag=True, help="Say why each story is in or out.")
@dry_run_option
@json_option
@pass_workspace
def build(
    workspace: Workspace,
    places: tuple[str, ...],
    out: Path | None,
    series: str | None,
    draft_file: Path | None,
    from_file: Path | None,
    explain: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Freeze an issue, from the collected items or from the files given.

    Of the items the best make it, and those left out wait for the next issue; files
    keep their order. A draft is a TOML file that says what may be changed in it;
    leads and quotes stay word for word.

    \b
    Examples:
      digest build article.txt page.html --out out
      digest collect && digest build
      digest build --explain --dry-run
      digest build --draft draft.toml && $EDITOR draft.toml
      digest build --from draft.toml --out out
    """
    from digest import drafting, pipeline

    desk = workspace.desk
    if from_file:
        if places or draft_file or series:
            raise UsageError("--from FILE stands alone: it names its articles itself")
        draft = drafting.read_draft(desk, from_file)
        if explain:
            print_entries(draft, as_json=as_json)
        _check_unused(workspace, from_file, draft)
    else:
        series = series or pipeline.SERIES
        stories = _stories(workspace, places, series)
        if explain:
            print_stories(stories, as_json=as_json)
        draft = pipeline.proposed(desk, stories, series=series)
    if draft_file:
        _check_free(draft_file)
        if dry_run:
            say(f"would write {draft_file}, of {len(draft.stories)} stories")
            return
        drafting.write_draft(desk, draft_file, draft)
        if as_json:
            print_json({"draft": str(draft_file), "stories": len(draft.stories)})
        say(f"wrote {draft_file}: edit it, then digest build --from {draft_file}")
        return
    built = pipeline.freeze(desk, draft, out, dry_run=dry_run)
    report(built, None if dry_run else out, as_json=as_json)
    for finding in pipeline.lint(desk, built.issue):
        say(f"  template {finding.where}: {finding.message}; {finding.help}")


def _check_free(file: Path) -> None:
    """A draft is written over nothing: it may have been edited."""
    if file.exists():
        raise UsageError(
            f"{file}: is there already, and may have been edited; name another, or "
            "remove it first"
        )
    if not file.parent.is_dir():
        raise UsageError(f"{file}: there is no folder {file.parent}")


def _check_unused(workspace: Workspace, file: Path, draft: Draft) -> None:
    from digest.store import items

    with workspace.database.read() as connection:
        used = items.used_by(connection, draft.series, draft.items)
    if used:
        raise SourceError(
            f"{file}: its articles are in issue {used} already; discard that "
            f"(digest issues discard {used}), or write the draft anew"
        )


def _stories(
    workspace: Workspace, places: tuple[str, ...], series: str
) -> list[Choice]:
    """The stories there are: of what is given, else of what was collected."""
    from digest import pipeline
    from digest.sources import listed, read

    if not places:
        return pipeline.offered(workspace.desk, series=series)
    allowed = workspace.config.fetch.allow_private
    found = []
    for place in places:
        files = listed(place)
        for file in files:
            try:
                found += read(file, allow_private=allowed)
            except SourceError as error:
                if len(files) == 1:  # of a folder, the others are there
                    raise
                say(f"  left out: {error}")
    return pipeline.given(workspace.desk, found)


def print_stories(stories: Sequence[Choice], *, as_json: bool) -> None:
    """Say of each story that was offered why it is in the issue, or out."""
    for story in stories:
        article = story.offer.article
        title = " ".join((article.title or article.text or article.id).split())
        if as_json:
            print_json(
                {
                    "title": title,
                    "url": article.url,
                    "source": story.offer.source or article.source,
                    "section": story.section,
                    "in": story.taken,
                    "score": round(story.score, 3),
                    "because": list(story.because),
                    "against": story.against,
                    "also": [offer.article.url for offer in story.offers[1:]],
                }
            )
            continue
        mark = click.style("in ", fg="green") if story.taken else "out"
        why = ", ".join((*story.because, *filter(None, [story.against])))
        also = len(story.offers) - 1
        where = "".join(
            (
                f", {story.section}" if story.section else "",
                f", with {also} more on it" if also else "",
            )
        )
        name = textwrap.shorten(title, 70, placeholder="…")
        click.echo(f"{mark} {story.score:5.2f}  {name}{where} ({why})")


def print_entries(draft: Draft, *, as_json: bool) -> None:
    """Say of each story of a draft whether its editor has it in the issue."""
    for entry in draft.entries:
        why = "dropped" if entry.drop else "pinned" if entry.pin else "kept"
        if as_json:
            because = [] if entry.drop else [why]
            against = why if entry.drop else ""
            print_json(
                {
                    "title": entry.headline,
                    "url": entry.candidate.article.url,
                    "section": entry.section,
                    "in": not entry.drop,
                    "because": because,
                    "against": against,
                }
            )
            continue
        mark = "out" if entry.drop else click.style("in ", fg="green")
        name = textwrap.shorten(entry.headline, 70, placeholder="…")
        click.echo(f"{mark} {name} ({why} in the draft)")


def report(built: Built, out: Path | None, *, as_json: bool) -> None:
    """Say what was built, and where it was written: one object, or some lines."""
    issue, size = built.issue, len(built.email.html.encode())
    if as_json:
        print_json(
            {
                "issue": built.issue.id,
                "number": issue.number,
                "title": issue.title,
                "subject": issue.subject,
                "preheader": issue.preheader,
                "stories": len(issue.stories),
                "bytes": size,
                "out": str(out) if out else None,
            }
        )
        return
    name = (
        f"issue {built.issue.id}" if built.issue.id else "an issue (dry run: not kept)"
    )
    stories = count(len(issue.stories), "story", "stories")
    say(f"{name}: {issue.title}, number {issue.number}, {stories}")
    say(f"  subject  {issue.subject}")
    say(f"  e-mail   {size / 1024:.0f} KB of the 102 KB that Gmail shows")
    if out:
        say(f"  written  {out}/email.html, email.txt, issue.json")
        say("           (their unsubscribe link is an example; readers get their own)")
    if built.issue.id:
        say(f"  next     digest preview {built.issue.id}")
        say(f"           digest send {built.issue.id} --list LIST")


@click.command()
@click.argument("place", metavar="[ISSUE|DIR|DRAFT]", required=False)
@click.option("--links", is_flag=True, help="Also ask every link and image.")
@json_option
@pass_workspace
def check(workspace: Workspace, place: str | None, links: bool, as_json: bool) -> int:
    """Find what readers would trip over; exit 4 if something forbids sending.

    Without any, the newest issue is checked.

    \b
    Example:
      digest check 3 --links
    """
    from digest import pipeline

    issue = find_issue(workspace.desk, place)
    email = pipeline.render(workspace.desk, issue)
    findings = pipeline.check(workspace.desk, issue, email, links=links, names=True)
    print_findings(findings, as_json=as_json)
    errors = sum(finding.severity is Severity.ERROR for finding in findings)
    if not as_json:
        forbid = count(errors, "forbids sending", "forbid sending")
        found = count(len(findings), "finding", "findings")
        say(f"{found}; {forbid if errors else 'nothing forbids sending'}")
    return REFUSED if errors else DONE


def print_findings(findings: Sequence[Finding], *, as_json: bool) -> None:
    colours = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "blue"}
    for finding in findings:
        if as_json:
            print_json(
                {
                    "check": finding.check,
                    "severity": finding.severity,
                    "message": finding.message,
                    "where": finding.where,
                    "help": finding.help,
                }
            )
        else:
            mark = click.style(f"{finding.severity:<7}", fg=colours[finding.severity])
            click.echo(f"{mark} {finding.check}: {finding.message} ({finding.where})")
            click.echo(f"        {finding.help}")


def find_issue(desk: Desk, place: str | None) -> Issue:
    """An issue by its id, from a folder or a draft, or the newest."""
    from digest import drafting, pipeline
    from digest.store import issues

    if place is not None and place.endswith(".toml"):
        return pipeline.assembled(desk, drafting.read_draft(desk, Path(place)))
    if place is not None and not place.isdecimal():
        return pipeline.read_issue(Path(place))
    with desk.database.read() as connection:
        number = int(place) if place else issues.newest(connection)
        if number is None:
            raise UnknownName("there is no issue yet; build one: digest build FILE")
        return issues.get_issue(connection, number)
