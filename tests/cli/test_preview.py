"""`digest preview`: it says where it is, shows a draft, and has it edited."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from tests.cli.conftest import ARTICLE, SETTINGS


def test_a_draft_is_edited(tmp_path: Path) -> None:
    """The file that was named, by a form of the page; Ctrl-C ends it without a word."""
    (tmp_path / "digest.toml").write_text(SETTINGS)
    (tmp_path / "ferry.txt").write_text(ARTICLE)
    digest = [sys.executable, "-m", "digest"]
    made = [*digest, "build", "ferry.txt", "--draft", "draft.toml"]
    subprocess.run(made, cwd=tmp_path, check=True, capture_output=True)
    with subprocess.Popen(
        [*digest, "preview", "draft.toml", "--no-browser"],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        said = process.stderr.readline()
        found = re.fullmatch(r"preview at (http://127\.0\.0\.1:\d+)(/\S+/) .*\n", said)
        assert found, said
        origin, path = found.groups()
        with urlopen(f"{origin}{path}edit/", timeout=20) as answer:
            page = answer.read().decode()
        version = re.search(r'name="version" value="(\w+)"', page)
        assert version
        form = {"version": version[1], "do": "words", "subject": "Ahoy"}
        body = urlencode(form).encode()
        post = Request(f"{origin}{path}edit/", body, {"Origin": origin})
        with urlopen(post, timeout=20) as answer:
            assert "Saved in <code>draft.toml</code>" in answer.read().decode()
        with urlopen(f"{origin}{path}", timeout=20) as answer:
            assert "Ahoy" in answer.read().decode()
        process.send_signal(signal.SIGINT)
        _, rest = process.communicate(timeout=20)
    assert (process.returncode, rest) == (0, "")
    assert '\nsubject = "Ahoy"\n' in (tmp_path / "draft.toml").read_text()
