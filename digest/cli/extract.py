"""`digest extract`: the article that is in a page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import click

from digest.cli.reading import Reading, of_lines, of_places
from digest.cli.workspace import (
    Workspace,
    json_option,
    pass_workspace,
    places_argument,
    print_json,
)
from digest.errors import UsageError
from digest.model import Article


@click.command()
@places_argument("FILE.html|URL...")
@click.option("--jsonl", type=click.File("rb"), help='{"id","path","url"} a line.')
@json_option
@pass_workspace
def extract(
    workspace: Workspace,
    places: tuple[str, ...],
    jsonl: IO[bytes] | None,
    as_json: bool,
) -> int:
    """Title, byline, date, image and paragraphs of a page, and nothing around them.

    What holds no article is named, and the others are read all the same.

    \b
    Examples:
      digest extract page.html
      digest extract --json https://www.example.com/news/ferry
    """
    if not places and jsonl is None:
        raise UsageError("nothing to extract: name a FILE, a URL or --jsonl FILE")
    reading = Reading()
    allow = workspace.config.fetch.allow_private
    for article in reading.articles(of_places(places, allow_private=allow)):
        _print(article, as_json=as_json)
    if jsonl is not None:
        for article in reading.articles(of_lines(jsonl, _Line, _Line.article)):
            _print(article, as_json=True)
    return reading.code


@dataclass(frozen=True, slots=True)
class _Line:
    """A page in a file, as a line of JSON; `url` is where it was found."""

    id: str
    path: str
    url: str | None = None

    def article(self) -> Article:
        from digest.sources import read_file, read_page

        return read_page(read_file(Path(self.path)), id=self.id, url=self.url)


def _print(article: Article, *, as_json: bool) -> None:
    if as_json:
        print_json(as_object(article))
    else:
        click.echo("\n".join(_text(article)))


def as_object(article: Article) -> dict[str, Any]:
    """The object that `--json` prints: its keys are kept for other programs."""
    from digest.summary.languages import recognise

    return {
        "id": article.id,
        "url": article.url,
        "title": article.title,
        "byline": article.byline,
        "published": article.published,
        "language": article.language or recognise(article.text),
        "image": article.image.url if article.image else None,
        "paragraphs": [paragraph.text for paragraph in article.paragraphs],
    }


def _text(article: Article) -> Iterator[str]:
    yield click.style(article.title or article.id, bold=True)
    published = f"{article.published:%d %B %Y}" if article.published else None
    about = (article.byline, article.source, published)
    if any(about):
        yield " · ".join(part for part in about if part)
    for paragraph in article.paragraphs:
        yield f"\n{paragraph.text}"
    yield ""
