"""A folder to work in, and a way to run commands there."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from digest.cli import main

#: plainly fictional, with two speakers and share links at its end
ARTICLE = """\
Marlhaven opens its night ferry after eleven years without one

The first night ferry in eleven years left Marlhaven on Friday with 212 people on
board, and a brass band on the quay to see it off.

“We had almost forgotten how the town looks from the water at night,” said Mara
Lindqvist, the harbour master. “Now we will see it every evening.”

The crossing takes nine hours and runs until October. Tom Reed, who drives the post
van, said: “I would rather sleep on the water than drive around it.”

Facebook
Twitter
LinkedIn
"""

SETTINGS = """\
[newsletter]
name = "The Tide"
from_email = "tide@example.com"
postal_address = "1 Lower Quay, Marlhaven"
base_url = "https://tide.example.com"
"""


@dataclass(frozen=True)
class Ran:
    """What a command gave back."""

    code: int
    out: str
    err: str

    @property
    def objects(self) -> list[dict[str, Any]]:
        """The JSON objects it printed, one a line."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def object(self) -> dict[str, Any]:
        (only,) = self.objects
        return only


Digest = Callable[..., Ran]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, with digest.toml and an article, to work in."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "digest.toml").write_text(SETTINGS, encoding="utf-8")
    (tmp_path / "ferry.txt").write_text(ARTICLE, encoding="utf-8")
    return tmp_path


@pytest.fixture
def digest(folder: Path, capsys: pytest.CaptureFixture[str]) -> Digest:
    """Run a command line in the folder; never with a traceback."""

    def run(*argv: str) -> Ran:
        capsys.readouterr()
        code = main([str(word) for word in argv])
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return Ran(code, out, err)

    return run
