"""The preview of an issue of 25 stories: until it is there, and until a save is seen.

Each start is a process of its own, from the command to the page and its e-mail; beside
it, the same Python importing the libraries that it cannot do without. A save changes a
template of one's own; the rest is what a page does: it hears of it, and asks for the
page and the e-mail anew. Beside it, the same files read by a browser that is told
nothing and loads the page anew: what a reload takes without the hearing.
"""

from __future__ import annotations

import http.client
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import count, cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.harness import measure, table
from digest.model import Section
from digest.pipeline import write_out
from digest.rendering import copy_templates, render
from tests.rendering.issues import LOOK, NEWSLETTER, NONCE, issue, week

STORIES = 25
SETTINGS = """[newsletter]
name = "The Tide"
from_email = "tide@example.com"
postal_address = "1 Quay"
base_url = "https://tide.example.com"
"""
LIBRARIES = "alembic, jinja2, lxml.html, mjml, premailer, sqlalchemy, uvicorn"


@dataclass
class Watcher:
    """A page that shows the preview at an address, without a browser."""

    host: str
    path: str
    stream: http.client.HTTPResponse | None = None
    line: http.client.HTTPConnection = field(init=False)

    def ask(self, path: str) -> str:
        with closing(http.client.HTTPConnection(self.host, timeout=30)) as line:
            line.request("GET", f"{self.path}{path}")
            answer = line.getresponse()
            assert answer.status == 200, answer.status
            return answer.read().decode()

    def look(self) -> str:
        """The page, and the e-mail in it."""
        self.ask("")
        return self.ask("email")

    def listen(self) -> None:
        stamp = self.ask("").partition('data-stamp="')[2].partition('"')[0]
        self.line = http.client.HTTPConnection(self.host, timeout=30)
        self.line.request("GET", f"{self.path}changes?since={stamp}")
        self.stream = self.line.getresponse()

    def hear(self) -> None:
        assert self.stream is not None
        while not self.stream.readline().startswith(b"event: changed"):
            pass
        self.stream.readline()


@contextmanager
def running(folder: Path) -> Iterator[Watcher]:
    """`digest preview out`, in a folder."""
    command = [sys.executable, "-m", "digest", "preview", "out", "--no-browser"]
    with subprocess.Popen(
        command, cwd=folder, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        for said in process.stderr:
            if said.startswith("preview at "):
                break
        _, _, host, secret, _ = said.split("/")
        yield Watcher(host, f"/{secret}/")
        process.terminate()


def starts(folder: Path) -> None:
    with running(folder) as watcher:
        assert watcher.look()


def imports() -> None:
    subprocess.run([sys.executable, "-c", f"import {LIBRARIES}"], check=True)


def saved(watcher: Watcher, file: Path, numbers: Iterator[int]) -> None:
    """A word is written into a template, and read in the e-mail."""
    word = f"word{next(numbers)}"
    text = f"{file.read_text().partition('<!--')[0]}<!-- {word} -->"
    # whole at once, for each change that is seen is told of
    new = file.parents[2] / "new.j2"
    new.write_text(text)
    new.replace(file)
    watcher.hear()
    assert word in watcher.look()


def prepare(folder: Path) -> Path:
    """A newsletter's folder with its templates; the one that is written to."""
    (folder / "digest.toml").write_text(SETTINGS)
    stories = tuple(islice(cycle(week().stories), STORIES))
    shown = issue(stories[0], Section(title="More", stories=stories[1:]))
    write_out(folder / "out", shown, render(shown, NEWSLETTER, LOOK, nonce=NONCE))
    copy_templates(folder / "templates")
    return folder / "templates/parts/headline.j2"


def main() -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        part = prepare(folder)
        timings = measure(
            {
                "python: its libraries imported": imports,
                "digest: from the command to the e-mail": partial(starts, folder),
            },
            rounds=7,
        )
        print(table(f"preview: {STORIES} stories", timings, unit="s"))
        with running(folder) as watcher:
            watcher.listen()
            timings = measure(
                {
                    "the page and the e-mail asked for": watcher.look,
                    "from the save to the e-mail": partial(
                        saved, watcher, part, count()
                    ),
                },
                rounds=15,
            )
            watcher.line.close()
        print(table("preview: a template is saved", timings, unit="ms"))


if __name__ == "__main__":
    main()
