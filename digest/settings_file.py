"""Changes of digest.toml that keep what a person wrote there, comments too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import tomlkit
from tomlkit import TOMLDocument

from digest.config import FILE_NAME, Config, Source
from digest.errors import UnknownName
from digest.files import written_whole


def add_source(config: Config, source: Source) -> Path:
    """A [[source]] more at the end of the settings; the file that it stands in."""
    document = _read(config)
    table = tomlkit.table()
    for key in ("url", "path", "opml", "section", "selector"):
        if value := getattr(source, key):
            table.add(key, value)
    found: Any = document.get("source")
    if found is None:
        found = tomlkit.aot()
        document.append("source", found)
    elif found:
        table.trivia.indent = "\n"
    found.append(table)
    return _write(config, document)


def remove_source(config: Config, place: str) -> list[Source]:
    """Take every [[source]] of a place out; those that are left.

    Raises:
        UnknownName: there is none of it.
    """
    document = _read(config)
    found: Any = document.get("source", [])
    gone = [number for number, table in enumerate(found) if place in _places(table)]
    if not gone:
        raise UnknownName(f"{place}: is no source; see digest sources list")
    for number in reversed(gone):
        del found[number]
    if not found:
        del document["source"]
    _write(config, document)
    return [source for source in config.source if source.place != place]


def _places(table: Any) -> list[str]:
    return [str(table[key]) for key in ("url", "path", "opml") if key in table]


def _read(config: Config) -> TOMLDocument:
    return tomlkit.parse(config.file.read_text("utf-8-sig") if config.file else "")


def _write(config: Config, document: TOMLDocument) -> Path:
    file = config.file or config.at(FILE_NAME)
    with written_whole({file: document.as_string().encode()}):
        pass
    return file
