"""Summaries: ours beside lead-3 and sumy's rankers.

The news are those of ../shared/data, judged by ../shared/eval/summaries.py. The
rankers get our sentences, for their own splitters need downloads; they take part
where they are installed. Speed of quotes and speakers is measured on polnear.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib import import_module
from importlib.util import find_spec

from benchmarks.harness import Case, measure, table
from digest.model import Article
from digest.sources import read_text
from digest.summary import summarize
from tests.eval.scoring import Document, documents, scorer

#: a lede of all sentences
ALL = 10_000
SENTENCES = 3
TIMED = 10

Ranker = Callable[[Sequence[str]], list[str]]


def ours(document: Document) -> list[str]:
    return _sentences(article(document), SENTENCES)


def article(document: Document) -> Article:
    return read_text(document["text"], id=document["id"])


def _sentences(given: Article, count: int) -> list[str]:
    return [span.text for span in summarize(given, sentences=count).lede.sentences]


def lead(document: Document) -> list[str]:
    """The first sentences of the text as it is, boilerplate and all."""
    parts = document["text"].replace(" . ", ". ").split(". ")
    return [f"{part}." for part in parts[:SENTENCES]]


def ranked(rank: Ranker, document: Document) -> list[str]:
    return rank(_sentences(article(document), ALL))


def sumy(module: str, name: str) -> Ranker:
    """A ranker of sumy, which gets its sentences from us."""
    summarizer = getattr(import_module(f"sumy.summarizers.{module}"), name)()
    models = import_module("sumy.models.dom")

    class Words:
        """What sumy asks of a tokenizer."""

        def to_words(self, sentence: str) -> tuple[str, ...]:
            return tuple(sentence.lower().split())

        def to_sentences(self, text: str) -> list[str]:
            return [text]

    def rank(sentences: Sequence[str]) -> list[str]:
        given = [models.Sentence(sentence, Words()) for sentence in sentences]
        document = models.ObjectDocumentModel([models.Paragraph(given)])
        return [str(sentence) for sentence in summarizer(document, SENTENCES)]

    return rank


def systems() -> Mapping[str, Callable[[Document], list[str]]]:
    """Those that are installed."""
    found: dict[str, Callable[[Document], list[str]]] = {"digest": ours, "lead-3": lead}
    if find_spec("sumy"):
        lexrank = sumy("lex_rank", "LexRankSummarizer")
        textrank = sumy("text_rank", "TextRankSummarizer")
        found["LexRank"] = partial(ranked, lexrank)
        found["TextRank"] = partial(ranked, textrank)
    return found


def figures(system: Callable[[Document], list[str]], name: str) -> dict[str, float]:
    """ROUGE of the sentences a system takes."""
    found = documents(name)
    predictions = {
        document["id"]: {
            "lede": {"sentences": [{"text": text} for text in system(document)]}
        }
        for document in found
    }
    scored: dict[str, float] = scorer().summ_eval(found, predictions)
    return scored


def read_all(
    system: Callable[[Document], list[str]], found: Sequence[Document]
) -> None:
    for document in found:
        system(document)


def main() -> None:
    columns = ("rouge1", "rouge2", "rougeLsum")
    for name in ("realsumm", "cnndm100"):
        print(f"{name:14}", *(f"{column:>10}" for column in columns))
        for system, read in systems().items():
            scored = figures(read, name)
            print(f"{system:14}", *(f"{scored[column]:10.2f}" for column in columns))
    timed = documents("cnndm100")[:TIMED]
    cases: dict[str, Case] = {
        name: partial(read_all, read, timed) for name, read in systems().items()
    }
    print(table(f"{TIMED} articles", measure(cases, rounds=3), unit="run"))
    found = [article(document) for document in documents("polnear")]
    [timing] = measure({"polnear": lambda: [summarize(each) for each in found]})
    sys.stdout.write(f"{len(found) / timing.fastest:.0f} articles a second, quotes\n")


if __name__ == "__main__":
    main()
