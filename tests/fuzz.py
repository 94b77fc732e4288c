"""The fuzzer: `python -m tests.fuzz TARGET SECONDS`; `make fuzz` runs all targets.

atheris looks for bytes that break a reader, led by the lines of ours they reach.
What it finds stays in .fuzz/TARGET: a corpus to go on from and, as crash-… or
timeout-…, what failed; `python -m tests.fuzz TARGET FILE` repeats one of those.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["digest"]):
    from digest.errors import SourceError
    from digest.sources import read_feed, read_page, read_text
    from digest.summary import summarize
    from digest.summary.languages import codes

from tests.hostile import FEEDS, MARKS, PAGES, TEXTS, WORDS, told
from tests.invariants import assert_article_holds, assert_summary_holds

FOLDER = Path(__file__).parents[1] / ".fuzz"
#: bytes of an input, and the seconds it may take
LONGEST, SLOWEST = 4096, 20
SEED = 400
LANGUAGES = ("", *codes())
TAGS = "<p> </p> <div> <span> <a> <li> <br> <b> <h2> <td> <!-- --> <item> ]]>".split()


def read_any_text(data: bytes) -> None:
    """The first byte says which language, the others are the text."""
    language = LANGUAGES[sum(data[:1]) % len(LANGUAGES)]
    article = read_text(data[1:].decode("utf-8", "surrogateescape"), id="any")
    assert_article_holds(article)
    article = replace(article, language=language or None)
    assert_summary_holds(article, summarize(article))


def read_any_page(data: bytes) -> None:
    with suppress(SourceError):
        assert_article_holds(read_page(data, id="any"))


def read_any_feed(data: bytes) -> None:
    with suppress(SourceError):
        for article in read_feed(data, id="any"):
            assert_article_holds(article)


def _texts() -> Iterable[bytes]:
    for shape in (*TEXTS.values(), *map(told, TEXTS.values())):
        yield b"\x00" + shape(SEED).encode("utf-8", "replace")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A reader, what to begin with, and words to put in."""

    read: Callable[[bytes], None]
    seeds: Iterable[bytes]
    words: Iterable[str]


TARGETS: Mapping[str, Target] = {
    "text": Target(read=read_any_text, seeds=_texts(), words=[*MARKS, *WORDS]),
    "page": Target(
        read=read_any_page,
        seeds=(page(SEED) for page in PAGES.values()),
        words=[*WORDS, *TAGS],
    ),
    "feed": Target(
        read=read_any_feed,
        seeds=(feed(SEED) for feed in FEEDS.values()),
        words=[*WORDS, *TAGS],
    ),
}


def _prepare(folder: Path, target: Target) -> list[str]:
    """Write the seeds and the words; the options that name them."""
    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(target.seeds):
        (corpus / f"seed-{number:03}").write_bytes(seed)
    words = folder / "words"
    words.write_text("".join(map(_entry, target.words)), "ascii")
    return [str(corpus), f"-dict={words}", f"-artifact_prefix={folder}/"]


def _entry(word: str) -> str:
    """A line of libFuzzer's dictionary."""
    return '"{}"\n'.format("".join(f"\\x{byte:02x}" for byte in word.encode()))


def main(name: str, what: str) -> None:
    target = TARGETS[name]
    options = [f"-max_len={LONGEST}", f"-timeout={SLOWEST}", "-print_final_stats=1"]
    if what.isdigit():
        given = [*_prepare(FOLDER / name, target), f"-max_total_time={what}"]
    else:
        given = [what]
    atheris.Setup([sys.argv[0], *options, *given], target.read)
    atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
