"""`digest demo`: the main job on bundled articles, step by step."""

from __future__ import annotations

import sys
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digest.cli.build import print_findings, serve
from digest.cli.workspace import Workspace, say
from digest.config import Config, DatabaseSettings, Newsletter, OutboxSettings, Source

if TYPE_CHECKING:
    from digest.pipeline import Desk

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
    for left in out.glob("demo.db*"):  # of an earlier demo
        left.unlink()
    workspace = Workspace.of(settings(out))
    try:
        issue = _build(workspace.desk, out)
        _send(workspace, issue)
        if not no_browser and _at_a_desk():
            step("Preview")
            serve(workspace.desk, str(out))
    finally:
        workspace.close()


def settings(out: Path) -> Config:
    """The settings of a small newspaper of a town that does not exist."""
    from digest.demo import sample_folder

    folder = sample_folder()
    return Config(
        newsletter=Newsletter(
            name="The Marlhaven Weekly",
            from_email="weekly@example.com",
            postal_address="The Marlhaven Weekly, 1 Lower Quay, Marlhaven",
            base_url="https://weekly.example.com",
        ),
        source=tuple(
            Source(path=str(folder / name), section=section)
            for section, names in SECTIONS.items()
            for name in names
        ),
        database=DatabaseSettings(url="sqlite:///demo.db"),
        outbox=OutboxSettings(dir="outbox"),
        folder=out.absolute(),
    )


def step(name: str) -> None:
    say(click.style(f"\n{name}", bold=True))


def _build(desk: Desk, out: Path) -> int:
    from digest import pipeline

    step("Collect")
    for source in pipeline.collect(desk):
        say(f"  {source.new:>2} from {Path(source.place).name} {source.failed}")
    step("Summarize and build")
    built = pipeline.build(desk)
    for story in built.issue.stories:
        say(f"  {story.headline}")
        for quote in story.quotes:
            said = quote.attribution.speaker if quote.attribution else "no name given"
            say(f"      “{' '.join(quote.span.text.split())}” — {said}")
    step("Render and check")
    email = pipeline.render(desk, built.issue)
    size = len(email.html.encode()) / 1024
    say(f"  {len(built.issue.stories)} stories, {size:.0f} KB; Gmail shows 102 KB")
    print_findings(pipeline.check(desk, built.issue, email), as_json=False)
    pipeline.write_out(out, built.issue, email)
    for name in (pipeline.HTML_FILE, pipeline.TEXT_FILE, pipeline.ISSUE_FILE):
        say(f"  wrote {out / name}")
    return built.id or 0


def _send(workspace: Workspace, issue: int) -> None:
    import subscribers as people
    from digest import pipeline
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
    sent = pipeline.sending(workspace.desk, issue, [LIST], transport=outbox).go()
    folder = config.at(config.outbox.dir)
    say(f"  {sent.rehearsed} e-mails (.eml), and SendGrid's request, in {folder}")


def _at_a_desk() -> bool:
    """Whether somebody sits at this terminal and has a browser."""
    if not sys.stdout.isatty():
        return False
    try:
        webbrowser.get()
    except webbrowser.Error:
        return False
    return True
