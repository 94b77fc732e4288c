"""`digest preview`: the e-mail in a browser, new whenever something is saved."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import click

from digest.cli.build import find_issue
from digest.cli.talk import say
from digest.cli.workspace import Workspace, pass_workspace
from digest.config import load as load_config
from digest.model import Email

if TYPE_CHECKING:
    from digest.pipeline import Desk
    from digest.web.preview import Preview


@click.command()
@click.argument("place", metavar="[ISSUE|DIR|DRAFT]", required=False)
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0: any free.")
@click.option("--no-browser", is_flag=True, help="Only say where it is.")
@click.option(
    "--screenshots",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write PNGs of every width and mode there, and end.",
)
@pass_workspace
def preview(
    workspace: Workspace,
    place: str | None,
    port: int,
    no_browser: bool,
    screenshots: Path | None,
) -> None:
    """Show the e-mail in a browser, on this machine only, until Ctrl-C.

    It is shown anew whenever a template, digest.toml, the draft or DIR is saved. In its
    room Edit a draft is changed; of a frozen issue the first change makes a draft.

    \b
    Examples:
      digest preview out
      digest preview draft.toml
      digest preview 3 --screenshots pictures
    """
    if screenshots:
        for file in take_screenshots(workspace.desk, place, screenshots):
            click.echo(file)
        return
    serve(workspace.desk, place, port=port, browser=not no_browser)


def serve(
    desk: Desk, place: str | None, *, port: int = 0, browser: bool = True
) -> None:
    """Serve the preview of an issue until Ctrl-C."""
    from digest.demo import sample_image
    from digest.web.editor import Editor, editor_room
    from digest.web.preview import find, preview_app, stamp
    from digest.web.preview.report import report_room
    from digest.web.serving import serve_locally

    find_issue(desk, place)  # a wrong place is said here, not in the browser

    def ready(url: str) -> None:
        say(f"preview at {url} (Ctrl-C ends it)")
        if browser:
            open_browser(url)

    editor = Editor(partial(with_new_settings, desk), place, find_issue)
    app = preview_app(
        lambda: load(desk, editor.place),
        now=lambda: stamp(watched(desk, editor.place)),
        find=partial(find, desk),
        images=sample_image,
        rooms=[
            editor_room(editor, sample_image, Workspace.token),
            report_room(desk),
        ],
    )
    serve_locally(app, port, ready)


def take_screenshots(desk: Desk, place: str | None, folder: Path) -> list[Path]:
    """Pictures of the e-mail as nobody in particular gets it."""
    from digest.demo import sample_image
    from digest.web.preview import filled
    from digest.web.preview.screenshots import take

    shown = load(desk, place)
    email = filled(shown.email, shown.config)
    return take(email.html, folder, images=sample_image)


def load(desk: Desk, place: str | None) -> Preview:
    """What there is to look at now, by the settings as they are now."""
    from digest import archive, pipeline
    from digest.web.preview import Preview

    desk = with_new_settings(desk)
    issue = find_issue(desk, place)
    stored = None
    if place is None or place.isdecimal():
        with desk.database.read() as connection:
            stored = archive.stored_email(connection, issue.id or 0)
    email, conditions = (stored, []) if stored else pipeline.branches(desk, issue)

    def turned(which: Mapping[str, bool]) -> Email:
        asked = [one.test for one in conditions if which.get(one.place)]
        sponsored = issue.sponsor is None and any("sponsor" in test for test in asked)
        sponsor = pipeline.SAMPLE_SPONSOR if sponsored else issue.sponsor
        return pipeline.branches(desk, replace(issue, sponsor=sponsor), which)[0]

    return Preview(
        issue=issue,
        email=email,
        findings=tuple(pipeline.check(desk, issue, email)),
        config=desk.config,
        conditions=tuple(conditions),
        turned=None if stored else turned,
    )


def with_new_settings(desk: Desk) -> Desk:
    """The desk with its digest.toml read anew, where it has one.

    Raises:
        ConfigError: it is wrong by now.
    """
    file = desk.config.file
    return replace(desk, config=load_config(file)) if file else desk


def watched(desk: Desk, place: str | None) -> list[Path]:
    """Files and folders whose change may make another e-mail."""
    from digest.pipeline import ISSUE_FILE
    from digest.rendering.templates import built_in

    config = desk.config
    places = [config.at("templates"), built_in()]
    if config.file:
        places.append(config.file)
    if place and place.endswith(".toml"):
        places.append(Path(place))
    elif place and not place.isdecimal():
        places.append(Path(place) / ISSUE_FILE)
    return places


def open_browser(url: str) -> None:
    """Open a page in the browser, if there is one; the address was said anyway.

    Another process asks for it: where there is none, what is tried complains on its
    own, and a browser for terminals would take this one.
    """
    Thread(
        target=subprocess.run,
        args=([sys.executable, "-m", "webbrowser", url],),
        kwargs=dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)
        | {"start_new_session": True},
        daemon=True,
    ).start()
