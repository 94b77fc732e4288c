"""npm's mjml in a process of its own, warm between questions."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SCRIPT = Path(__file__).parents[1] / "peers/mjml.mjs"


@dataclass(frozen=True, slots=True)
class Mjml5:
    """Ask with `set`; from `running`."""

    process: subprocess.Popen[str]

    def set(self, mjml: str) -> str:
        """The HTML that it makes, its own inlining included."""
        assert self.process.stdin
        assert self.process.stdout
        print(json.dumps(mjml), file=self.process.stdin, flush=True)
        said = json.loads(self.process.stdout.readline())
        assert said["errors"] == []
        return str(said["html"])


@contextmanager
def running() -> Iterator[Mjml5]:
    """A process for as long as it is needed."""
    command = ["node", str(SCRIPT)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield Mjml5(process)
        finally:
            process.kill()
