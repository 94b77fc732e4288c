"""`digest extract`: the article that is in a page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import click

from digest.cli.exits import DONE, FAILED
from digest.cli.workspace import (
    Workspace,
    json_option,
    pass_workspace,
    places_argument,
    print_json,
    say,
)
from digest.errors import SourceError, UsageError
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

    With --jsonl, a page that holds no article is named and stops no other.

    \b
    Examples:
      digest extract page.html
      digest extract --json https://www.example.com/news/ferry
    """
    from digest.sources import read

    if not places and jsonl is None:
        raise UsageError("nothing to extract: name a FILE, a URL or --jsonl FILE")
    for place in places:
        for article in read(place, allow_private=workspace.config.fetch.allow_private):
            _print(article, as_json=as_json)
    return _pages(jsonl) if jsonl is not None else DONE


def _pages(jsonl: IO[bytes]) -> int:
    code = DONE
    for line in _lines(jsonl):
        try:
            article = line.article()
        except SourceError as error:
            say(f"digest: {error}")
            code = FAILED
        else:
            _print(article, as_json=True)
    return code


@dataclass(frozen=True, slots=True)
class _Line:
    """A page in a file, as a line of JSON; `url` is where it was found."""

    id: str
    path: str
    url: str | None = None

    def article(self) -> Article:
        from digest.sources import read_file, read_page

        return read_page(read_file(Path(self.path)), id=self.id, url=self.url)


def _lines(file: IO[bytes]) -> Iterator[_Line]:
    import msgspec

    for number, content in enumerate(file, 1):
        if content.strip():
            try:
                yield msgspec.json.decode(content, type=_Line)
            except (msgspec.MsgspecError, UnicodeDecodeError) as error:
                raise SourceError(f"{file.name}:{number}: {error}") from error


def _print(article: Article, *, as_json: bool) -> None:
    if as_json:
        print_json(as_object(article))
    else:
        click.echo("\n".join(_text(article)))


def as_object(article: Article) -> dict[str, Any]:
    """The object that `--json` prints: its keys are kept for other programs."""
    return {
        "id": article.id,
        "url": article.url,
        "title": article.title,
        "byline": article.byline,
        "published": article.published,
        "language": article.language,
        "image": article.image.url if article.image else None,
        "paragraphs": [paragraph.text for paragraph in article.paragraphs],
    }


def _text(article: Article) -> Iterator[str]:
    yield click.style(article.title or article.id, bold=True)
    published = f"{article.published:%d %B %Y}" if article.published else None
    about = (article.byline, article.source, published)
    yield " · ".join(part for part in about if part)
    for paragraph in article.paragraphs:
        yield f"\n{paragraph.text}"
    yield ""
