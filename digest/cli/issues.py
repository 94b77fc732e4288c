"""`digest issues`: what was built, from which articles; compare, rebuild, discard."""

from __future__ import annotations

from pathlib import Path

import click

from digest.cli.build import find_issue, report
from digest.cli.talk import say
from digest.cli.workspace import (
    Workspace,
    confirm,
    count,
    dry_run_option,
    json_option,
    pass_workspace,
    print_json,
    yes_option,
)
from digest.model import Issue, Story


@click.group()
def issues() -> None:
    """What was built, from which articles; docs/issue.md has all.

    \b
    Example:
      digest issues list
      digest issues diff 3 4
    """


@issues.command("list")
@json_option
@pass_workspace
def list_issues(workspace: Workspace, as_json: bool) -> None:
    """Every issue, the newest first, and what became of it.

    \b
    Example:
      digest issues list
    """
    from digest.store import issues as store

    with workspace.database.read() as connection:
        found = store.listed(connection)
    for issue in found:
        state = issue.state or "not sent"
        if as_json:
            print_json(
                {
                    "issue": issue.id,
                    "series": issue.series,
                    "number": issue.number,
                    "subject": issue.subject,
                    "built_at": issue.built_at,
                    "items": issue.items,
                    "state": issue.state,
                }
            )
        else:
            click.echo(
                f"{issue.id:>4}  {issue.built_at:%Y-%m-%d %H:%M}  {issue.series} "
                f"{issue.number}  {state}  {issue.subject}"
            )


@issues.command()
@click.argument("place", metavar="[ISSUE|DIR|DRAFT]", required=False)
@json_option
@pass_workspace
def show(workspace: Workspace, place: str | None, as_json: bool) -> None:
    """The stories of an issue, and the articles that each is from.

    \b
    Example:
      digest issues show 3
    """
    issue = find_issue(workspace.desk, place)
    if as_json:
        print_json(_json(issue))
        return
    click.echo(f"{issue.title}, {issue.series} {issue.number}: {issue.subject}")
    for section in issue.sections:
        if section.title:
            click.echo(f"\n{section.title}")
        for story in section.stories:
            click.echo(f"\n  {story.headline}")
            for article in story.articles:
                click.echo(f"    {article.url or article.id}")


def _json(issue: Issue) -> dict[str, object]:
    return {
        "issue": issue.id,
        "series": issue.series,
        "number": issue.number,
        "subject": issue.subject,
        "published": issue.published,
        "stories": [
            _story(story, section.title)
            for section in issue.sections
            for story in section.stories
        ],
    }


def _story(story: Story, section: str | None) -> dict[str, object]:
    return {
        "headline": story.headline,
        "section": section,
        "articles": [article.url or article.id for article in story.articles],
        "quotes": [quote.span.text for quote in story.quotes],
    }


@issues.command()
@click.argument("one", metavar="A")
@click.argument("other", metavar="B")
@json_option
@pass_workspace
def diff(workspace: Workspace, one: str, other: str, as_json: bool) -> None:
    """What differs between two issues, drafts or folders; nothing if they are equal.

    \b
    Examples:
      digest issues diff 3 4
      digest issues diff 3 draft.toml
    """
    from digest.issue.difference import differences

    desk = workspace.desk
    for each in differences(find_issue(desk, one), find_issue(desk, other)):
        if as_json:
            print_json({"what": each.what, "before": each.before, "after": each.after})
            continue
        click.echo(each.what)
        if each.before:
            click.echo(click.style(f"  - {' '.join(each.before.split())}", fg="red"))
        if each.after:
            click.echo(click.style(f"  + {' '.join(each.after.split())}", fg="green"))


@issues.command()
@click.argument("issue", type=int)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    required=True,
    help="Write issue.json, email.html and email.txt there.",
)
@json_option
@pass_workspace
def rebuild(workspace: Workspace, issue: int, out: Path, as_json: bool) -> None:
    """Make an issue again from its stored articles: the same issue.json.

    The e-mail is the one that was sent; without a campaign it is rendered anew.

    \b
    Example:
      digest issues rebuild 3 --out again
    """
    from digest import archive, pipeline

    built = archive.rebuild(workspace.desk, issue)
    pipeline.write_out(out, built.issue, built.email)
    report(built, out, as_json=as_json)


@issues.command()
@click.argument("issue", type=int)
@yes_option
@dry_run_option
@json_option
@pass_workspace
def discard(
    workspace: Workspace, issue: int, yes: bool, dry_run: bool, as_json: bool
) -> None:
    """Give up an issue that was not sent; its articles wait for another.

    \b
    Example:
      digest issues discard 4
    """
    from digest import archive

    with workspace.database.read() as connection:
        items = archive.would_discard(connection, issue)
    if not yes and not dry_run:
        confirm(f"Discard issue {issue} and give {count(items, 'item', 'items')} back?")
    if not dry_run:
        with workspace.database.write() as connection:
            items = archive.discard(connection, issue)
    if as_json:
        print_json({"issue": issue, "items": items, "discarded": not dry_run})
        return
    would = "would be" if dry_run else "is"
    back = count(items, "item waits", "items wait")
    say(f"issue {issue} {would} discarded; {back} for the next one")
