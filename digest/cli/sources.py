"""`digest collect` and `digest sources`: where articles come from."""

from __future__ import annotations

import sys
import textwrap
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from digest.cli.exits import DONE, FAILED
from digest.cli.talk import say
from digest.cli.workspace import (
    Workspace,
    count,
    dry_run_option,
    json_option,
    pass_workspace,
    print_json,
)
from digest.config import Config, Source, rows
from digest.errors import UnknownName, UsageError

if TYPE_CHECKING:
    from digest.looking import Look
    from digest.model import Article
    from digest.store.items import Item
    from digest.store.sources import SourceState

#: titles that are shown of a source that is tried
SHOWN = 5


@click.group()
def sources() -> None:
    """Feeds, pages and files that articles come from.

    \b
    Example:
      digest sources add https://example.org/
    """


@sources.command("add")
@click.argument("place", metavar="URL|FILE|DIR|OPML")
@click.option("--section", default="", help="The section its stories go to.")
@click.option("--selector", default="", help="What of its pages is the article (CSS).")
@click.option("--page", is_flag=True, help="The page itself, not the feed it names.")
@dry_run_option
@json_option
@pass_workspace
def add_source(
    workspace: Workspace,
    place: str,
    section: str,
    selector: str,
    page: bool,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Try a source, show what it gives, and keep it in digest.toml.

    Of a page, the feed that it names is added. What was read is kept, so that the
    next `digest collect` asks only for what has changed.

    \b
    Examples:
      digest sources add https://example.org/ --section World
      digest sources add feeds.opml
    """
    from digest import collecting, settings_file
    from digest.looking import Office

    selector = _checked(selector) if selector else ""
    given = replace(_source(place), section=section, selector=selector)
    _check_new(given, workspace.config)
    office = Office.of(workspace.config, workspace.now())
    looks = collecting.try_source(office, given, page=page)
    source = looks[0].source
    if source.opml or len(looks) != 1:
        source = replace(given, url="", opml=place)
    _check_new(source, workspace.config)
    for look in looks:
        _show(look, as_json=as_json)
    if all(look.failed for look in looks):
        say(f"{place}: not added")
        return FAILED
    if dry_run:
        return DONE
    file = settings_file.add_source(workspace.config, source)
    collecting.keep_all(workspace.database, looks, workspace.config, workspace.now())
    say(f"{source.place}: added to {file}")
    return DONE


def _check_new(source: Source, config: Config) -> None:
    if any(source.place == known.place for known in config.source):
        raise UsageError(f"{source.place}: is a source already; digest sources list")


def _checked(selector: str) -> str:
    known = next(row for row in rows("source") if row.key == "selector")
    try:
        return str(known.checked(selector))
    except ValueError as error:
        raise UsageError(f"--selector {error}") from error


def _source(place: str) -> Source:
    scheme = urlsplit(place).scheme
    remote = scheme in {"http", "https"}
    if not place or ("://" in place and not remote):
        raise UsageError(
            f"{place!r} cannot be a source: give an address (https://…), a file or a "
            "folder"
        )
    if Path(urlsplit(place).path).suffix.lower() == ".opml":
        return Source(opml=place)
    return Source(url=place) if remote else Source(path=place)


def _show(look: Look, *, as_json: bool) -> None:
    """What a source gave that was tried: some of its newest articles."""
    if as_json:
        print_json(
            {
                "source": look.source.place,
                "kind": look.after.kind or "files",
                "title": look.after.title,
                "articles": len(look.articles),
                "titles": [article.title for article in look.articles[:SHOWN]],
                "failed": look.failed,
            }
        )
        return
    if look.failed:
        click.echo(f"{look.source.place}: failed: {_without_place(look)}")
        return
    name = f" “{look.after.title}”" if look.after.title else ""
    found = count(len(look.articles), "article", "articles")
    click.echo(f"{look.source.place}: {look.after.kind or 'files'}{name}, {found}")
    for article in look.articles[:SHOWN]:
        words = count(len(article.text.split()), "word", "words")
        _show_article(article, words)


def _show_article(article: Article, what: str) -> None:
    day = f"{article.published:%Y-%m-%d}" if article.published else "no date   "
    title = article.title or article.text
    title = textwrap.shorten(title, 70, placeholder="…")
    click.echo(f"  {day}  {textwrap.shorten(title, 70, placeholder='…')}  ({what})")


def _without_place(look: Look) -> str:
    reason = look.failed.removeprefix(f"{look.source.place}: ")
    path = look.source.path
    if "." in path and not Path(path).exists():
        return f"{reason}; for an address write https://{path}"
    return reason


@sources.command("list")
@json_option
@pass_workspace
def list_sources(workspace: Workspace, as_json: bool) -> None:
    """Each source, and how it last was.

    \b
    Example:
      digest sources list
    """
    from digest.store import items
    from digest.store.sources import SourceState, source_states

    with workspace.database.read() as connection:
        states, held = source_states(connection), items.held(connection)
    of_lists = [Source(url=place) for place, state in states.items() if state.listed]
    for source in dict.fromkeys((*workspace.config.source, *of_lists)):
        state = states.get(source.place, SourceState(place=source.place))
        if as_json:
            print_json(
                {
                    "source": source.place,
                    "section": source.section,
                    "kind": state.kind or ("" if source.url else "files"),
                    "title": state.title,
                    "read_at": state.read_at,
                    "next_at": state.next_at,
                    "failing_since": state.failing_since,
                    "reason": state.reason,
                    "off": state.off,
                    "held": held.get(source.place, 0),
                }
            )
        else:
            standing = (
                _standing(state, held.get(source.place, 0))
                if source.url
                else _of_files(workspace.config, source)
            )
            click.echo(f"{source.place}: {standing}")


def _standing(state: SourceState, held: int) -> str:
    if held:
        posts = count(held, "post", "posts")
        return f"held: {posts} wait for digest sources release {state.place}"
    if state.off:
        return f"off: {state.reason}"
    if state.failing_since:
        return f"failing since {state.failing_since:%Y-%m-%d}: {state.reason}"
    if not state.read_at:
        return "not read"
    moved = f"; has moved to {state.url}: write that into digest.toml"
    read = f"read {state.read_at:%Y-%m-%d %H:%M} UTC"
    return read + (moved if state.url not in {"", state.place} else "")


def _of_files(config: Config, source: Source) -> str:
    """What is read anew each time has no state but whether it is there."""
    file = source.path or source.opml
    if "://" in file:
        return "a list of feeds"
    if not config.at(file).exists():
        return "there is no such file; correct its path in digest.toml"
    return "a list of feeds" if source.opml else "files, read each time"


@sources.command("release")
@click.argument("place", metavar="SOURCE")
@click.option("--seen", is_flag=True, help="They are known: none goes into an issue.")
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Only those dated since then wait for an issue; the others are known.",
)
@dry_run_option
@json_option
@pass_workspace
def release_source(
    workspace: Workspace,
    place: str,
    seen: bool,
    since: datetime | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Let a source's held posts wait for an issue, or pass as seen.

    \b
    Examples:
      digest sources release https://example.org/feed.xml --dry-run
      digest sources release https://example.org/feed.xml --since 2026-11-20
      digest sources release https://example.org/feed.xml --seen
    """
    from digest.store import items
    from digest.store.items import Standing
    from digest.store.sources import keep_state, source_states

    if seen and since:
        raise UsageError("--seen and --since say different things; give one of them")
    with workspace.database.read() as connection:
        states, found = source_states(connection), items.held_of(connection, place)
    if place not in states and all(s.place != place for s in workspace.config.source):
        raise UnknownName(f"{place}: is no source; see digest sources list")
    if not found:
        raise UnknownName(f"{place}: holds nothing; see digest sources list")
    waiting = [] if seen else [each for each in found if _is_since(each, since)]
    known = [each.id for each in found if each not in waiting]
    if dry_run:
        for each in found:
            _show_article(each.article, "waits" if each in waiting else "known")
    else:
        with workspace.database.write() as connection:
            items.stand(connection, [each.id for each in waiting], Standing.OPEN)
            items.stand(connection, known, Standing.PASSED)
            if place in states:
                keep_state(connection, replace(states[place], held=False))
    if as_json:
        print_json({"source": place, "released": len(waiting), "seen": len(known)})
        return
    would = "would wait" if dry_run else "wait"
    say(
        f"{place}: {count(len(waiting), 'post', 'posts')} {would} for an issue, "
        f"{len(known)} known"
    )


def _is_since(held: Item, since: datetime | None) -> bool:
    """By its date, or where it has none by when it came."""
    when = held.article.published or held.seen_at
    return since is None or when.date() >= since.date()


@sources.command("remove")
@click.argument("place", metavar="SOURCE")
@json_option
@pass_workspace
def remove_source(workspace: Workspace, place: str, as_json: bool) -> None:
    """Take a source out of digest.toml; what it gave stays seen, and is sent no more.

    \b
    Example:
      digest sources remove https://example.org/feed.xml
    """
    from digest import settings_file
    from digest.store import items
    from digest.store.sources import forget_states, source_states

    config = workspace.config
    left = settings_file.remove_source(config, place)
    lists_left = any(source.opml for source in left)
    with workspace.database.write() as connection:
        states = source_states(connection)
        of_lists = [] if lists_left else [one for one, s in states.items() if s.listed]
        gone = [place, *of_lists]
        forget_states(connection, gone)
        passed = items.pass_over(connection, gone)
    if as_json:
        print_json({"source": place, "removed": True, "passed": passed})
        return
    waited = f"; {count(passed, 'article', 'articles')} of it waited" if passed else ""
    say(f"{place}: removed from {config.file}{waited}")


@sources.command("export")
@json_option
@pass_workspace
def export_sources(workspace: Workspace, as_json: bool) -> None:
    """Write the feeds as OPML, for other programs, to stdout.

    \b
    Example:
      digest sources export > feeds.opml
    """
    from digest.sources.opml import Outline, write_opml
    from digest.store.sources import SourceState, source_states

    config = workspace.config
    with workspace.database.read() as connection:
        states = source_states(connection)
    known = {source.url: source for source in config.source if source.url}
    listed = {place: Source(url=place) for place, s in states.items() if s.listed}
    outlines = [
        Outline(
            url=url,
            title=states.get(url, SourceState(place=url)).title,
            section=source.section
            or states.get(url, SourceState(place=url)).listed.strip(),
        )
        for url, source in (known | listed).items()
    ]
    if as_json:
        for each in outlines:
            print_json({"url": each.url, "title": each.title, "section": each.section})
        return
    sys.stdout.buffer.write(write_opml(config.newsletter.name, outlines))
