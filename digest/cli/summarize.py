"""`digest summarize`: what an editor would take from an article."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

import click

from digest.cli.reading import Reading, Source, of_lines, of_places
from digest.cli.workspace import (
    Workspace,
    json_option,
    pass_workspace,
    places_argument,
    print_json,
)
from digest.errors import UsageError
from digest.model import Article, Attribution, Quote, Span, Summary

if TYPE_CHECKING:
    from digest.summary import Explanation, Reason

WIDTH = 78


@click.command()
@places_argument("FILE|URL...")
@click.option("--jsonl", type=click.File("rb"), help='{"id","title","text"} a line.')
@click.option("--sentences", type=click.IntRange(1), help="In the lede, at most.")
@click.option("--quotes", type=click.IntRange(0), default=2, help="Key quotes.")
@click.option("--explain", is_flag=True, help="Why each was chosen or set aside.")
@json_option
@pass_workspace
def summarize(
    workspace: Workspace,
    places: tuple[str, ...],
    jsonl: IO[bytes] | None,
    sentences: int | None,
    quotes: int,
    explain: bool,
    as_json: bool,
) -> int:
    """The lead paragraphs and key quotes of articles, word for word.

    What cannot be read is named, and the others are summarized all the same.

    \b
    Examples:
      digest summarize article.txt
      digest summarize --json *.html | jq .lede.text
    """
    from digest.summary import explain as explained

    if not places and jsonl is None:
        raise UsageError("nothing to summarize: name a FILE, a URL or --jsonl FILE")
    reading = Reading()
    for article in reading.articles(_sources(workspace, places, jsonl)):
        found = explained(article, quotes=quotes, sentences=sentences)
        if as_json or jsonl is not None:
            print_json(as_object(article, found.summary))
        else:
            lines = _explained if explain else _lines
            click.echo("\n".join(lines(article, found)))
    return reading.code


def _sources(
    workspace: Workspace, places: tuple[str, ...], jsonl: IO[bytes] | None
) -> Iterator[Source]:
    yield from of_places(places, allow_private=workspace.config.fetch.allow_private)
    if jsonl is not None:
        yield from of_lines(jsonl, _Line, _Line.article)


@dataclass(frozen=True, slots=True)
class _Line:
    """An article as a line of JSON."""

    id: str
    text: str
    title: str | None = None
    language: str | None = None

    def article(self) -> Article:
        from digest.sources import read_text

        return read_text(
            self.text, id=self.id, title=self.title, language=self.language
        )


def as_object(article: Article, summary: Summary) -> dict[str, Any]:
    """The object that `--json` prints: its keys are kept for other programs."""
    return {
        "id": article.id,
        "title": article.title,
        "language": summary.language,
        "lede": {
            "text": summary.lede.text,
            "sentences": [_span(sentence) for sentence in summary.lede.sentences],
        },
        "quotes": [as_quote(quote) for quote in summary.quotes],
        "boilerplate": [[span.start, span.end] for span in article.boilerplate],
    }


def _span(span: Span) -> dict[str, Any]:
    return {"text": span.text, "start": span.start, "end": span.end}


def as_quote(quote: Quote) -> dict[str, Any]:
    """A quote in that object; a speaker who is not safely known is null.

    The rule and its confidence are told all the same.
    """
    said = quote.attribution
    return {
        **_span(quote.span),
        "speaker": said.speaker if said and said.safe else None,
        "role": said.role if said and said.safe else None,
        "cue": said.cue if said else None,
        "rule": said.rule if said else None,
        "confidence": said.confidence if said else None,
        "utterance": quote.utterance,
        "selected": quote.selected,
    }


def _lines(article: Article, explanation: Explanation) -> Iterator[str]:
    """The article for reading: title, lede, key quotes with who said them."""
    summary = explanation.summary
    yield from _title(article)
    yield from _wrapped(summary.lede.text, "  ")
    for quote in summary.key_quotes:
        yield from _quotation(quote)
    yield ""


def _explained(article: Article, explanation: Explanation) -> Iterator[str]:
    """The same, with the reason for each passage, and what was set aside."""
    yield from _title(article)
    yield click.style("  Lede", bold=True)
    for reason in explanation.lede:
        yield from _reason(reason, reason.span.text)
    if explanation.quotes:
        yield _heading("Quotes")
    for quote, reason in zip(
        explanation.summary.quotes, explanation.quotes, strict=True
    ):
        yield from _reason(reason, f"“{quote.span.text}”", _known_by(quote))
    if article.boilerplate:
        yield _heading("Set aside, not the article")
    for span in article.boilerplate:
        yield f"    {_shortened(span.text)}"
    yield ""


def _title(article: Article) -> Iterator[str]:
    for line in _wrapped(article.title or article.id, ""):
        yield click.style(line, bold=True)
    yield ""


def _heading(text: str) -> str:
    return "\n" + click.style(f"  {text}", bold=True)


def _quotation(quote: Quote) -> Iterator[str]:
    yield ""
    yield from _wrapped(f"“{quote.span.text.rstrip(' ,')}”", "    ")
    yield from _wrapped(_said(quote.attribution), "    ")


def _reason(reason: Reason, text: str, said: str = "") -> Iterator[str]:
    """A passage, whole if it was taken; who said it; why."""
    sign = "✓ " if reason.taken else "· "
    yield ""
    yield from _wrapped(text if reason.taken else _shortened(text), f"  {sign}", "    ")
    if said:
        yield from _wrapped(said, "    ")
    because = _wrapped("; ".join(reason.because), "      ")
    yield from (click.style(line, dim=True) for line in because)


def _shortened(text: str) -> str:
    return textwrap.shorten(text, WIDTH - 6, placeholder=" …")


def _wrapped(text: str, first: str, rest: str | None = None) -> list[str]:
    indent = first if rest is None else rest
    return textwrap.wrap(text, WIDTH, initial_indent=first, subsequent_indent=indent)


def _said(said: Attribution | None) -> str:
    if said is None or not said.safe:
        return "— not safely known who said it"
    return f"— {said.speaker}" + (f", {said.role}" if said.role else "")


def _known_by(quote: Quote) -> str:
    """Who said it, and by which rule and which word that is known."""
    said = quote.attribution
    if said is None:
        return _said(said)
    cue = f"“{said.cue}”, " if said.cue else ""
    return f"{_said(said)} ({cue}rule {said.rule}, {said.confidence:.0%})"
