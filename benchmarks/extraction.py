"""Reading pages: ours beside trafilatura, newspaper4k and the bare parser.

The pages are those of ../shared/data/pages, judged by ../shared/eval/pages.py;
newspaper4k takes part where it is installed.
"""

from __future__ import annotations

import gzip
import json
import logging
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from lxml import html as lxml_html

from benchmarks.harness import Case, measure, table
from digest.errors import SourceError
from digest.sources import read_page

SHARED = Path(__file__).resolve().parents[2] / "shared"
PAGES = SHARED / "data" / "pages"
TIMED = 15  # pages; one round of all takes too long to repeat

Reader = Callable[[bytes], list[str]]


def ours(html: bytes) -> list[str]:
    try:
        return [span.text for span in read_page(html, id="page").paragraphs]
    except SourceError:
        return []


def trafilatura(html: bytes) -> list[str]:
    from trafilatura import bare_extraction

    found = bare_extraction(html, with_metadata=True, include_comments=False)
    text = getattr(found, "text", None) or ""
    return [line for line in text.splitlines() if line.strip()]


def newspaper(html: bytes) -> list[str]:
    module = import_module("newspaper")
    article = module.Article("https://example.org/", fetch_images=False)
    article.download(input_html=html.decode("utf-8", "replace"))
    try:
        article.parse()
    except (ImportError, LookupError, ValueError):  # some languages want more
        return []
    return [line for line in article.text.splitlines() if line.strip()]


def readers() -> Mapping[str, Reader]:
    """Those that are installed; trafilatura first, to be compared to."""
    found: dict[str, Reader] = {"trafilatura": trafilatura, "digest": ours}
    if find_spec("newspaper"):
        found["newspaper4k"] = newspaper
    return found


def figures(read: Reader) -> dict[str, float]:
    """What the shared scorer says of all pages as `read` gives them."""
    truth = json.loads((PAGES / "ground-truth.json").read_text("utf-8"))
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file:
        for key in truth:
            line = {"id": key, "paragraphs": read(page(key))}
            file.write(json.dumps(line) + "\n")
        file.flush()
        scorer = [sys.executable, str(SHARED / "eval" / "pages.py")]
        command = [*scorer, str(PAGES), file.name]
        said = subprocess.run(command, check=True, capture_output=True, text=True)
    scored: dict[str, float] = json.loads(said.stdout)
    return scored


def read_all(read: Reader, pages: Sequence[bytes]) -> None:
    for html in pages:
        read(html)


def page(key: str) -> bytes:
    return gzip.decompress((PAGES / "html" / f"{key}.html.gz").read_bytes())


def main() -> None:
    logging.disable()
    columns = ("first_is_lead", "last_is_article", "promo_pages", "shingle_f1")
    print(f"{'':14}", *(f"{name:>16}" for name in columns))
    for name, read in readers().items():
        scored = figures(read)
        print(f"{name:14}", *(f"{scored[column]:16}" for column in columns))
    keys = sorted(json.loads((PAGES / "ground-truth.json").read_text("utf-8")))
    pages = [page(key) for key in keys[:TIMED]]
    cases: dict[str, Case] = {
        name: partial(read_all, read, pages) for name, read in readers().items()
    }
    cases["limit: parse"] = lambda: [lxml_html.fromstring(html) for html in pages]
    title = f"{TIMED} pages; ratio to trafilatura"
    print(table(title, measure(cases, rounds=3), unit="run"))


if __name__ == "__main__":
    main()
