"""The gate of the pages: what the extraction reached it must not lose.

    python -m tests.eval.pages_gate             the table, ours beside the others'
    python -m tests.eval.pages_gate --update    raise the floors to what is reached
        --allow-regression                      … and lower them where it is less

A floor holds for the pages it was measured on; `pages_baseline.json` keeps the
fingerprint of scorer and pages, and pages that changed without `--update` fail
the gate. The manner is trafilatura's (tests/eval_gate.py there).
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from digest.errors import SourceError
from digest.sources import read_page

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"
SCORER = SHARED / "eval" / "pages.py"
PAGES = SHARED / "data" / "pages"
BASELINE = Path(__file__).with_name("pages_baseline.json")
#: figures that must not grow; the others must not shrink
LESS_IS_BETTER = frozenset(("empty", "promo_pages"))
#: how far a figure may lie beyond its floor: rounding, and lxml's versions
EPSILON = 0.0005

Figures = dict[str, float]

#: what others reached on these pages (../shared/facts/summarizing.md)
OTHERS = """\
| system | first is the lead | last is the article | promo pages | shingle F1 |
|---|---|---|---|---|
| trafilatura, first prototype | 91.0 | 71.6 | 9 | .953 |"""


def baseline() -> dict[str, Any]:
    """The floors and the fingerprints they hold for."""
    read: dict[str, Any] = json.loads(BASELINE.read_text("utf-8"))
    return read


def fingerprints() -> dict[str, str]:
    """Of the scorer, the annotation and all pages together."""
    truth = PAGES / "ground-truth.json"
    pages = sorted((PAGES / "html").glob("*.html.gz"))
    return {
        "scorer": _fingerprint(SCORER),
        "truth": _fingerprint(truth),
        "pages": _fingerprint(*pages),
    }


def _fingerprint(*files: Path) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()


def figures() -> Figures:
    """What the shared scorer says of our paragraphs of each page."""
    truth = json.loads((PAGES / "ground-truth.json").read_text("utf-8"))
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file:
        for key, page in truth.items():
            file.write(json.dumps(prediction(key, page["url"])) + "\n")
        file.flush()
        command = [sys.executable, str(SCORER), str(PAGES), file.name]
        said = subprocess.run(command, check=True, capture_output=True, text=True)
    scored: Figures = json.loads(said.stdout)
    return scored


def prediction(key: str, url: str) -> dict[str, Any]:
    """What the scorer reads of a page, in the words of design/surface.md."""
    html = gzip.decompress((PAGES / "html" / f"{key}.html.gz").read_bytes())
    try:
        article = read_page(html, id=key, url=url)
    except SourceError:
        return {"id": key, "paragraphs": []}
    return {"id": key, "paragraphs": [span.text for span in article.paragraphs]}


def failures(reached: Figures, pinned: Mapping[str, Any]) -> list[str]:
    """One line for each figure beyond its floor and for data that changed."""
    lines = [
        f"{name}: the data changed; look at the figures, then pin it with --update"
        for name, digest in fingerprints().items()
        if pinned["data"].get(name) != digest
    ]
    for name, floor in pinned["floors"].items():
        value = reached.get(name, 0.0)
        worse = value - floor if name in LESS_IS_BETTER else floor - value
        if worse > EPSILON:
            lines.append(f"{name} is {value}, the floor is {floor}")
    return lines


def updated(
    reached: Figures, pinned: Mapping[str, Any], *, allow_regression: bool
) -> dict[str, Any]:
    """The new baseline; SystemExit if it would lower a floor unasked."""
    lower = [line for line in failures(reached, pinned) if "the floor is" in line]
    if lower and not allow_regression:
        raise SystemExit("\n".join([*lower, "not lowered without --allow-regression"]))
    return {"data": fingerprints(), "floors": reached}


def table(reached: Figures) -> str:
    """The table of what others reached, with our line."""
    ours = (
        f"| **digest** | {reached['first_is_lead']} | {reached['last_is_article']} | "
        f"{reached['promo_pages']} | {reached['shingle_f1']:.3f} |"
    )
    return f"{OTHERS}\n{ours}"


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--allow-regression", action="store_true")
    asked = parser.parse_args(argv)
    reached = figures()
    sys.stdout.write(table(reached) + "\n")
    pinned = baseline() if BASELINE.exists() else {"data": {}, "floors": {}}
    if asked.update:
        new = updated(reached, pinned, allow_regression=asked.allow_regression)
        BASELINE.write_text(json.dumps(new, indent=2) + "\n", "utf-8")
        return 0
    failed = failures(reached, pinned)
    sys.stdout.write("".join(f"{line}\n" for line in failed))
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
