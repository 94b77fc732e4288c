"""`digest demo`: the main job on bundled articles, step by step."""

from __future__ import annotations

import shutil
import sys
import webbrowser
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from digest.cli.build import print_findings
from digest.cli.preview import serve
from digest.cli.talk import say
from digest.cli.workspace import Workspace
from digest.config import Config, DatabaseSettings, Newsletter, OutboxSettings, Source
from digest.files import written_whole
from digest.model import Email, Issue

if TYPE_CHECKING:
    from digest.issue import Draft
    from digest.pipeline import Built, Desk

LIST = "demo"
#: section → its articles' names in the bundled folder; the first is the hero
SECTIONS = {
    "Science and school": (
        "school-comet.html",
        "school-kitchen.txt",
        "walking-group.txt",
    ),
    "Town": (
        "tide-clock.html",
        "council-ferry.txt",
        "bus-signals.html",
        "storm-warning.txt",
    ),
    "Culture and sport": (
        "lantern-orchestra.html",
        "rope-works.html",
        "rowing-final.html",
    ),
    "From the Courier": ("marlhaven-courier.xml",),
}
#: in the headline of the story that the sample's picture was drawn for
COVER = "School telescope"
#: where the sample's plain texts were published, which they cannot say themselves
ADDRESS = "https://www.example.com/courier/{name}"


@click.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default="out",
    show_default=True,
    metavar="DIR",
    help="Where everything is written.",
)
@click.option("--no-browser", is_flag=True, help="Don't open the preview.")
def demo(out: Path, no_browser: bool) -> None:
    """Build, check, preview and "send" a digest of bundled, fictional articles.

    Needs no key, no server and no settings; nothing leaves this machine.

    \b
    Example:
      digest demo --out /tmp/demo
    """
    out.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="digest-demo-") as folder:
        workspace = Workspace.of(settings(out, Path(folder) / "digest.db"))
        try:
            _demo(workspace, out, preview=not no_browser and _at_a_desk())
        finally:
            workspace.close()


def _demo(workspace: Workspace, out: Path, *, preview: bool) -> None:
    desk = workspace.desk
    _collect(desk)
    built = _build(desk)
    _render(desk, built.issue, out)
    _send(workspace, built.issue.id or 0)
    _say_next(out)
    if preview:
        step("Preview")
        serve(desk, str(out))


def settings(out: Path, database: Path) -> Config:
    """The settings of a small newspaper of a town that does not exist."""
    from digest.demo import sample_folder

    folder = sample_folder()
    return Config(
        newsletter=Newsletter(
            name="The Marlhaven Weekly",
            from_email="weekly@example.com",
            postal_address="1 Lower Quay, Marlhaven",
            base_url="https://weekly.example.com",
        ),
        source=tuple(
            Source(path=str(folder / name), section=section)
            for section, names in SECTIONS.items()
            for name in names
        ),
        database=DatabaseSettings(url=f"sqlite:///{database}"),
        outbox=OutboxSettings(dir="outbox"),
        folder=out.absolute(),
    )


def step(name: str) -> None:
    say(click.style(f"\n{name}", bold=True))


def _collect(desk: Desk) -> None:
    """As `pipeline.collect` does, and each article gets an address to link to."""
    from digest.sources import read
    from digest.store.adding import add_items

    step("Collect")
    for source in desk.config.source:
        name = Path(source.path).name
        found = [
            replace(article, url=article.url or ADDRESS.format(name=Path(name).stem))
            for article in read(source.path)
        ]
        with desk.database.write() as connection:
            added = add_items(
                connection,
                found,
                source=source.place,
                section=source.section,
                now=desk.clock(),
            )
        say(f"  {added.new:>2} from {name}")


def _with_cover(draft: Draft) -> Draft:
    """The draft as an editor would leave it, whatever the date: one story is pinned."""
    return replace(
        draft,
        entries=tuple(
            replace(entry, pin=COVER in entry.headline) for entry in draft.entries
        ),
    )


def _build(desk: Desk) -> Built:
    from digest import pipeline
    from digest.store import items

    step("Summarize and build")
    built = pipeline.freeze(desk, _with_cover(pipeline.draft(desk)))
    for story in built.issue.stories:
        say(f"  {story.headline}")
        for quote in story.quotes:
            said = quote.attribution.speaker if quote.attribution else "no name given"
            text = " ".join(quote.span.text.split()).rstrip(",")
            say(f"      “{text}” — {said}")
    with desk.database.read() as connection:
        waiting = items.unused(connection, pipeline.SERIES)
    most = desk.config.issue.max_stories
    say(f"  issue.max_stories is {most}; for the next issue there are still:")
    for item in waiting:
        say(f"      {item.article.title}")
    return built


def _render(desk: Desk, issue: Issue, out: Path) -> None:
    from digest import pipeline

    step("Render and check")
    email = pipeline.render(desk, issue)
    size = len(email.html.encode()) / 1024
    findings = pipeline.check(desk, issue, email)
    say(f"  {len(issue.stories)} stories, {size:.0f} KB; Gmail shows 102 KB")
    say(f"  {len(findings)} findings")
    print_findings(findings, as_json=False)
    pipeline.write_out(out, issue, _to_look_at(issue, email, out / "images"))
    say(f"  wrote {out / pipeline.HTML_FILE}, with its pictures in {out / 'images'}")
    say(f"  wrote {out / pipeline.TEXT_FILE}")
    say("  (in these two, Unsubscribe leads to an example; readers get their own link)")
    say(f"  wrote {out / pipeline.ISSUE_FILE}")


def _to_look_at(issue: Issue, email: Email, folder: Path) -> Email:
    """The e-mail with its pictures in a folder beside it, for they are nowhere else."""
    from digest.demo import sample_image

    html, pictures = email.html, {}
    for story in issue.stories:
        url = story.article.image.url if story.article.image else ""
        if file := sample_image(url):
            pictures[folder / file.name] = file.read_bytes()
            html = html.replace(url, f"{folder.name}/{file.name}")
    with written_whole(pictures):
        return replace(email, html=html)


def _send(workspace: Workspace, issue: int) -> None:
    import subscribers as people
    from digest import sending
    from digest.delivery import open_transport
    from digest.demo import sample_subscribers

    config, database = workspace.config, workspace.database
    step("Subscribers")
    with database.write() as connection:
        people.add_list(connection, LIST, workspace.now())
    report = people.import_file(
        database.write,
        sample_subscribers(),
        LIST,
        consent="they live in a demo",
        now=workspace.now(),
        secret=workspace.secret,
    )
    say(f"  {report.added} added to the list {LIST}, {report.rejected} rejected")
    step("Send, to files")
    outbox = open_transport("outbox", config)
    sent = sending.prepare(workspace.desk, issue, [LIST], transport=outbox).go()
    folder = config.at(config.outbox.dir)
    say(f"  {sent.rehearsed} e-mails (.eml), and SendGrid's request, in {folder}")
    say("  (their pictures are at images.example.com, which does not exist)")


def _say_next(out: Path) -> None:
    step("Next")
    say(f"  look at    {out / 'email.html'}")
    if not shutil.which("digest"):
        say(f"  at first   . {Path(sys.prefix, 'bin', 'activate')}")
    say("  your own   digest init weekly && cd weekly")


def _at_a_desk() -> bool:
    """Whether somebody sits at this terminal and has a browser."""
    if not sys.stdout.isatty():
        return False
    try:
        webbrowser.get()
    except webbrowser.Error:
        return False
    return True
