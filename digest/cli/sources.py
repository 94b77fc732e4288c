"""`digest collect` and `digest sources`: where articles come from."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
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
from digest.config import FILE_NAME, Config, Source, rows
from digest.errors import NothingToDo, UnknownName, UsageError
from digest.files import written_whole

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

    from digest.collecting import Collected
    from digest.looking import Look

#: titles that are shown of a source that is tried
SHOWN = 5


@click.command()
@json_option
@pass_workspace
def collect(workspace: Workspace, as_json: bool) -> int:
    """Read the sources of digest.toml into the item store.

    Exit 1 if one of them failed; the others are read nevertheless.

    \b
    Example:
      digest collect; digest build --out out
    """
    from digest import pipeline

    if not workspace.config.source:
        raise NothingToDo(
            "there is no [[source]] in digest.toml; add one: digest sources add URL"
        )
    collected = pipeline.collect(workspace.desk)
    for each in collected:
        _say_collected(each, as_json=as_json)
    return FAILED if any(each.failed for each in collected) else DONE


def _say_collected(each: Collected, *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "source": each.place,
                "new": each.new,
                "known": each.known,
                "edited": each.edited,
                "passed": each.passed,
                "held": each.held,
                "unchanged": each.unchanged,
                "failed": each.failed,
                "note": each.note,
            }
        )
        return
    click.echo(f"{each.place}: {_outcome(each)}")


def _outcome(each: Collected) -> str:
    if each.failed:
        return f"failed: {each.failed.removeprefix(f'{each.place}: ')}"
    if each.unchanged:
        said = "unchanged"
    else:
        figures = {
            "edited": each.edited,
            "passed over": each.passed,
            "held": each.held,
        }
        others = "".join(f", {n} {name}" for name, n in figures.items() if n)
        said = f"{each.new} new, {each.known} known{others}"
    return f"{said} ({each.note})" if each.note else said


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
    from digest import collecting
    from digest.looking import Office

    selector = _checked(selector) if selector else ""
    given = replace(_source(place), section=section, selector=selector)
    if any(place in (s.place, s.url) for s in workspace.config.source):
        raise UsageError(f"{place}: is a source already; see digest sources list")
    office = Office.of(workspace.config, workspace.now())
    looks = collecting.try_source(office, given, page=page)
    source = looks[0].source if len(looks) == 1 and not given.opml else given
    for look in looks:
        _show(look, as_json=as_json)
    if all(look.failed for look in looks):
        say(f"{place}: not added")
        return FAILED
    if dry_run:
        return DONE
    file = _write(workspace.config, source)
    collecting.keep_all(workspace.database, looks, workspace.config, workspace.now())
    say(f"{source.place}: added to {file}")
    return DONE


def _checked(selector: str) -> str:
    known = next(row for row in rows("source") if row.key == "selector")
    try:
        return str(known.checked(selector))
    except ValueError as error:
        raise UsageError(f"--selector {error}") from error


def _source(place: str) -> Source:
    remote = urlsplit(place).scheme in {"http", "https"}
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
        click.echo(f"{look.source.place}: failed: {look.failed}")
        return
    name = f" “{look.after.title}”" if look.after.title else ""
    found = count(len(look.articles), "article", "articles")
    click.echo(f"{look.source.place}: {look.after.kind or 'files'}{name}, {found}")
    for article in look.articles[:SHOWN]:
        day = f"{article.published:%Y-%m-%d}" if article.published else "no date   "
        words = count(len(article.text.split()), "word", "words")
        title = article.title or " ".join(article.text.split())[:70]
        click.echo(f"  {day}  {title}  ({words})")


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
            click.echo(f"{source.place}: {_standing(state, held.get(source.place, 0))}")


def _standing(state: Any, held: int) -> str:
    if held:
        posts = count(held, "post", "posts")
        return f"held: {posts} wait for digest sources release {state.place}"
    if state.off:
        return f"off: {state.reason}"
    if state.failing_since:
        return f"failing since {state.failing_since:%Y-%m-%d}: {state.reason}"
    return f"read {state.read_at:%Y-%m-%d %H:%M} UTC" if state.read_at else "not read"


@sources.command("release")
@click.argument("place", metavar="SOURCE")
@click.option("--seen", is_flag=True, help="They are known: none goes into an issue.")
@json_option
@pass_workspace
def release_source(workspace: Workspace, place: str, seen: bool, as_json: bool) -> None:
    """Let a source's held posts wait for an issue, or pass as seen.

    \b
    Example:
      digest sources release https://example.org/feed.xml --seen
    """
    from digest.store import items
    from digest.store.items import Standing
    from digest.store.sources import keep_state, source_states

    standing = Standing.PASSED if seen else Standing.OPEN
    with workspace.database.write() as connection:
        state = source_states(connection).get(place)
        released = items.release(connection, place, standing)
        if state:
            keep_state(connection, replace(state, held=False))
    if not released:
        raise UnknownName(f"{place}: holds nothing; see digest sources list")
    if as_json:
        print_json({"source": place, "released": released, "seen": seen})
        return
    what = "count as seen" if seen else "wait for an issue"
    say(f"{place}: {count(released, 'post', 'posts')} {what}")


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
    from digest.store import items
    from digest.store.sources import forget_states, source_states

    config = workspace.config
    document = _document(config)
    found: Any = document.get("source", [])
    kept = [n for n, table in enumerate(found) if place not in _places(table)]
    if len(kept) == len(found):
        raise UnknownName(f"{place}: is no source; see digest sources list")
    for n in reversed(range(len(found))):
        if n not in kept:
            del found[n]
    if not kept:
        del document["source"]
    _write_document(config, document)
    lists_left = any("opml" in found[n] for n in range(len(kept)))
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


def _places(table: Any) -> list[str]:
    return [str(table[key]) for key in ("url", "path", "opml") if key in table]


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


# --- digest.toml -----------------------------------------------------------------


def _write(config: Config, source: Source) -> Path:
    """A [[source]] more at the end of the settings; the rest stays as it stands."""
    import tomlkit

    document = _document(config)
    table = tomlkit.table()
    for key in ("url", "path", "opml", "section", "selector"):
        if value := getattr(source, key):
            table.add(key, value)
    found: Any = document.get("source")
    if found is None:
        found = tomlkit.aot()
        document.append("source", found)
    found.append(table)
    return _write_document(config, document)


def _document(config: Config) -> TOMLDocument:
    import tomlkit

    text = config.file.read_text("utf-8-sig") if config.file else ""
    return tomlkit.parse(text)


def _write_document(config: Config, document: TOMLDocument) -> Path:
    file = config.file or config.at(FILE_NAME)
    with written_whole({file: document.as_string().encode()}):
        pass
    return file
