"""The gate: what the summarizer reached it must not lose.

    python -m tests.eval.gate             the tables, ours beside the others'
    python -m tests.eval.gate --update    raise the floors to what is reached now
        --allow-regression                … and lower them where it is less

A floor holds for the data it was measured on; `baseline.json` keeps the data's
fingerprint, and data that changed without `--update` fails the gate. The manner
is trafilatura's (tests/eval_gate.py there).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.eval.lead3 import Difference, difference
from tests.eval.scoring import SCORER, SETS, figures, fingerprint

BASELINE = Path(__file__).with_name("baseline.json")
#: how far a figure may lie under its floor, in points
EPSILON = 0.05

#: the sets of human highlights
HIGHLIGHTS = ("realsumm", "cnndm100")

Figures = dict[str, dict[str, float]]

#: what others reached on the same data (docs/benchmarks.md says how)
QUOTES = """\
| system | set | detection P/R/F | exact F | speaker | name | pronoun | nominal |
|---|---|---|---|---|---|---|---|
| regex quote marks | polnear | 94.9/97.5/96.2 | 93.4 | 0 | - | - | - |
| regex, nearest name | polnear | 94.9/97.5/96.2 | 93.4 | 61.6 | 81.3 | 2.5 | 5.9 |
| prototype | polnear | 96.8/99.7/98.2 | 98.1 | 85.9 | 92.0 | 68.1 | 65.7 |
| regex | dewikinews | 70.8/98.7/82.4 | 82.2 | 0 | - | - | - |
| regex, nearest name | dewikinews | 70.8/98.7/82.4 | 82.2 | 32.5 | - | - | - |
| prototype | gum_news | 100/100/100 | 98.9 | 75.0 | 82.9 | 55.6 | 60.0 |"""
LEDES = """\
| system (3 sentences) | realsumm R-1/R-2/R-L | cnndm100 R-1/R-2/R-L |
|---|---|---|
| Lead-3 | 41.0/17.0/37.3 | 27.4/10.9/24.8 |
| Lead-3 without boilerplate | 40.9/16.8/37.2 | 36.7/15.5/33.5 |
| LexRank | 35.8/13.2/31.7 | 34.0/11.7/30.5 |
| TextRank | 34.4/12.5/30.8 | 33.0/12.5/30.1 |
| newspaper4k | 35.2/13.1/31.9 | 28.6/8.5/26.0 |"""


def baseline() -> dict[str, Any]:
    """The floors and the fingerprints they hold for."""
    read: dict[str, Any] = json.loads(BASELINE.read_text("utf-8"))
    return read


def fingerprints() -> dict[str, str]:
    """Of the scorer and of each set that is here."""
    files = {"scorer": SCORER} | {name: path for name, (path, _) in SETS.items()}
    return {name: fingerprint(path) for name, path in files.items() if path.exists()}


def failures(reached: Figures, pinned: Mapping[str, Any]) -> list[str]:
    """One line for each figure under its floor and for data that changed."""
    lines = [
        f"{name}: the data changed; look at the figures, then pin it with --update"
        for name, digest in fingerprints().items()
        if pinned["data"].get(name) != digest
    ]
    for name, floors in pinned["floors"].items():
        for figure, floor in floors.items():
            value = reached.get(name, {}).get(figure, 0.0)
            if value < floor - EPSILON:
                lines.append(f"{name}: {figure} is {value}, the floor is {floor}")
    return lines


def updated(
    reached: Figures, pinned: Mapping[str, Any], *, allow_regression: bool
) -> dict[str, Any]:
    """The new baseline; SystemExit if it would lower a floor unasked."""
    lower = [line for line in failures(reached, pinned) if "the floor is" in line]
    if lower and not allow_regression:
        raise SystemExit("\n".join([*lower, "not lowered without --allow-regression"]))
    return {"data": fingerprints(), "floors": reached}


def tables(reached: Figures) -> str:
    """The tables of what others reached, with our lines."""
    ours = [
        _quotes_line(name, reached[name]) for name in SETS if _has_quotes(reached, name)
    ]
    ledes = [
        "/".join(
            f"{reached[name][figure]:.1f}"
            for figure in ("ROUGE-1", "ROUGE-2", "ROUGE-L")
        )
        for name in HIGHLIGHTS
    ]
    key = [
        f"{name}: key quotes {reached[name]['key right']} right, "
        f"{reached[name]['key covered']} of articles covered"
        for name in SETS
        if _has_quotes(reached, name)
    ]
    lede_line = f"| **digest** | {' | '.join(ledes)} |"
    return "\n".join([QUOTES, *ours, "", LEDES, lede_line, "", *key])


def against_lead3(found: Mapping[str, Difference]) -> str:
    """The line of the paired bootstrap, under the table of ledes."""
    return "".join(
        f"{name}: ROUGE-1 less that of Lead-3 without boilerplate {difference}\n"
        for name, difference in found.items()
    )


def below_lead3(found: Mapping[str, Difference]) -> list[str]:
    """One line for each set on which Lead-3 is better, beyond chance."""
    return [
        f"{name}: the ledes are worse than Lead-3 without boilerplate: {difference}"
        for name, difference in found.items()
        if difference.worse
    ]


def _has_quotes(reached: Figures, name: str) -> bool:
    return "exact F" in reached.get(name, {})


def _quotes_line(name: str, scored: Mapping[str, float]) -> str:
    detection = "/".join(
        str(scored[f"detection {part}"]) for part in ("precision", "recall", "F")
    )
    rest = " | ".join(
        str(scored.get(figure, "-"))
        for figure in (
            "exact F",
            "speaker",
            "speaker named",
            "speaker pronoun",
            "speaker nominal",
        )
    )
    return f"| **digest** | {name} | {detection} | {rest} |"


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--allow-regression", action="store_true")
    asked = parser.parse_args(argv)
    reached = {name: figures(name) for name in SETS}
    compared = {name: difference(name) for name in HIGHLIGHTS}
    sys.stdout.write(tables(reached) + "\n" + against_lead3(compared))
    pinned = baseline() if BASELINE.exists() else {"data": {}, "floors": {}}
    if asked.update:
        new = updated(reached, pinned, allow_regression=asked.allow_regression)
        BASELINE.write_text(json.dumps(new, indent=2) + "\n", "utf-8")
        return 0
    failed = failures(reached, pinned) + below_lead3(compared)
    sys.stdout.write("".join(f"{line}\n" for line in failed))
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
