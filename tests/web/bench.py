"""An editor's bench to try things on: a draft or an issue, edited on a real server."""

from __future__ import annotations

import http.client
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from itertools import count
from pathlib import Path
from urllib.parse import urlencode

from digest import drafting, pipeline
from digest.cli.build import find_issue
from digest.cli.preview import load, watched
from digest.config import Config, IssueSettings, Newsletter, OutboxSettings, Source
from digest.demo import sample_image
from digest.model import Issue
from digest.pipeline import Desk
from digest.store import Database, issues
from digest.web.editor import Editor, editor_room
from digest.web.preview import preview_app, stamp
from tests.web.desk import SECRET, serving

#: by the names of their files, in their order: what three articles say
ARTICLES = {
    "ferry": """\
Ferry to run all winter

MARLHAVEN — The night ferry will run all winter, the council said on Monday.

“We will not let it go,” Mara Lindqvist said. “Not this winter, and not the next one.”

She added: “I take it myself every single day to get to work.”

“Nobody asked those of us who live out on the island,” said Ole Brandt, a fisherman.

Sign up for our newsletter
""",
    "comet": """\
Comet seen between two clouds

A comet was seen over the harbour on Friday <script>parent.bad = 1</script>, pupils say.

“I thought it was a thumbprint until the thumbprint moved,” Priya Castellane said.

“They checked it twice before they told anybody at all,” said Edmund Harrowgate.
""",
    "bakery": """\
Bakery closes after ninety years

The bakery on Lower Quay closes in March after ninety years, its owner said.

“My knees have had enough of four in the morning,” Jonah Wexley said.
""",
}
HEADLINES = [text.partition("\n")[0] for text in ARTICLES.values()]
NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)


@dataclass
class Bench:
    """An editor at work; `place` is what `digest preview` was given."""

    desk: Desk
    editor: Editor
    port: int = 0

    @property
    def file(self) -> Path:
        return Path(self.editor.place or "")

    @property
    def text(self) -> str:
        return self.file.read_text("utf-8")

    @property
    def url(self) -> str:
        return f"{self.origin}/{SECRET}/edit/"

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def get(self, path: str = "") -> tuple[int, str]:
        """The answer to a GET below edit/, and its text."""
        status, text, _ = self._ask("GET", f"edit/{path}", None, {})
        return status, text

    @property
    def previewed(self) -> str:
        """The e-mail as the preview beside it shows it now."""
        self._ask("GET", "", None, {})
        return self._ask("GET", "email", None, {})[1]

    def post(
        self, path: str = "", *, origin: str | None = None, **fields: str
    ) -> tuple[int, str, str]:
        """That to a form: status, text and where it leads to."""
        body = urlencode(fields).encode()
        sent = self.origin if origin is None else origin
        return self._ask("POST", f"edit/{path}", body, {"Origin": sent} if sent else {})

    def _ask(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str]
    ) -> tuple[int, str, str]:
        with closing(http.client.HTTPConnection("127.0.0.1", self.port)) as line:
            line.request(method, f"/{SECRET}/{path}", body, headers)
            answer = line.getresponse()
            text = answer.read().decode()
            return answer.status, text, answer.getheader("Location", "")

    def stored(self, issue: int) -> Issue:
        """An issue as the database has it."""
        with self.desk.database.read() as connection:
            return issues.get_issue(connection, issue)

    @property
    def version(self) -> str:
        found = re.search(r'data-version="(\w+)"', self.get()[1])
        assert found
        return found[1]

    @property
    def keys(self) -> dict[str, str]:
        """What forms call the stories, by their headlines."""
        found = re.findall(r'<h3 id="(\w+)-h">(.*?)</h3>', self.get()[1])
        return {unescape(headline): key for key, headline in found}

    def press(self, of: str, do: str, /, **fields: str) -> tuple[int, str, str]:
        """Press a button of the story of a headline, as the page shows it now."""
        story = self.keys[of]
        return self.post(version=self.version, story=story, do=do, **fields)

    @property
    def shown(self) -> list[str]:
        """The headlines of the page, in its order."""
        return list(self.keys)


def a_desk(database: Database, folder: Path) -> Desk:
    """A desk with the articles collected, each its own section but for the last."""
    for name, text in ARTICLES.items():
        (folder / f"{name}.txt").write_text(text)
    sections = {"ferry": "Harbour", "comet": "Sky", "bakery": "Sky"}
    nonces = count(1)
    desk = Desk(
        database=database,
        config=Config(
            newsletter=Newsletter(
                name="The Weekly Tide",
                from_email="tide@example.com",
                postal_address="1 Lower Quay",
                editor="editor@example.com",
                base_url="https://tide.example.com",
            ),
            source=tuple(
                Source(path=f"{name}.txt", section=section)
                for name, section in sections.items()
            ),
            issue=IssueSettings(max_stories=5),
            outbox=OutboxSettings(dir="outbox"),
            folder=folder,
        ),
        clock=lambda: NOW,
        nonce=lambda: f"{next(nonces):012x}",
    )
    pipeline.collect(desk)
    return desk


@contextmanager
def open_bench(desk: Desk, *, frozen: bool = False) -> Iterator[Bench]:
    """A bench for the draft of what was collected, or for an issue that is frozen."""
    if frozen:
        place = str(pipeline.freeze(desk, pipeline.draft(desk)).issue.id)
    else:
        place = str(desk.config.folder / "draft.toml")
        drafting.write_draft(desk, Path(place), pipeline.draft(desk))
    with open_bench_of(desk, place) as bench:
        yield bench


@contextmanager
def open_bench_of(desk: Desk, place: str) -> Iterator[Bench]:
    """A bench for an issue, a folder or a draft, as `digest preview` is given it."""
    tokens = count(1)
    editor = Editor(lambda: desk, place, find_issue)
    app = preview_app(
        lambda: load(desk, editor.place),
        now=lambda: stamp(watched(desk, editor.place)),
        images=sample_image,
        rooms=[editor_room(editor, sample_image, lambda: f"token{next(tokens)}")],
        secret=SECRET,
    )
    with serving(app) as port:
        yield Bench(desk=desk, editor=editor, port=port)
