"""digest.toml and DIGEST_* in the environment → Config; faults are told with lines."""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_origin

from digest.config.sections import Config
from digest.config.table import ENVIRONMENT_PREFIX, SECTIONS, Row, rows, table
from digest.errors import ConfigError

FILE_NAME = "digest.toml"


def load(file: Path | None = None, environ: Mapping[str, str] = os.environ) -> Config:
    """The settings of `file`, else of ./digest.toml where there is one.

    Raises:
        ConfigError: the file cannot be read, or a key or a type is wrong.
    """
    if file is None and os.path.lexists(FILE_NAME):
        file = Path(FILE_NAME)
    text = _read(file) if file else ""
    config = _parse(text, file) if file else Config(folder=Path.cwd())
    return _with_environment(config, environ)


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file}: is not UTF-8 (byte {error.start})") from error


def _parse(text: str, file: Path) -> Config:
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file}: {error}") from error
    place = _Place(file, text)
    values: dict[str, Any] = {}
    for name, value in tables.items():
        if name not in SECTIONS:
            raise ConfigError(place.unknown("", name, SECTIONS))
        values[name] = (
            tuple(
                _source(table, replace(place, nth=nth))
                for nth, table in enumerate(_tables(value, place, name))
            )
            if name == "source"
            else _section(_table(value, place, name), place, name)
        )
    return Config(**values, file=file, folder=file.absolute().parent)


def _source(table: dict[str, Any], place: _Place) -> Any:
    source = _section(table, place, "source")
    if sum(map(bool, (source.url, source.path, source.opml))) != 1:
        where = place.at("source", "")
        raise ConfigError(f"{where}: a source has one of url, path and opml")
    return source


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a key stands in digest.toml, for errors."""

    file: Path
    text: str
    #: which of the tables of that name, where there are several
    nth: int = 0

    def unknown(self, section: str, key: str, known: Mapping[str, Any]) -> str:
        near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
        name = f"{section}.{key}" if section else f"[{key}]"
        way_out = f"did you mean {near[0]}?" if near else f"there is {', '.join(known)}"
        return f"{self.at(section, key)}: unknown setting {name}; {way_out}"

    def at(self, section: str, key: str) -> str:
        """`file:line` of a key, or of its table where the key is not found."""
        header = re.compile(rf"\s*\[+\s*{re.escape(section or key)}\s*[\].]")
        line = re.compile(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=")
        inside, found, before = not section, 0, 0
        for number, content in enumerate(self.text.splitlines(), 1):
            if header.match(content):
                inside = before == self.nth
                found = number if inside else found
                before += 1
            elif content.lstrip().startswith("["):
                inside = False
            elif inside and line.match(content):
                return f"{self.file}:{number}"
        return f"{self.file}:{found}" if found else str(self.file)


def _table(value: object, place: _Place, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ConfigError(f"{place.at('', name)}: {name} must be a table: [{name}]")
    return value


def _tables(value: object, place: _Place, name: str) -> list[dict[str, Any]]:
    if not isinstance(value, list):
        raise ConfigError(f"{place.at('', name)}: write [[{name}]], one for each")
    return [_table(table, place, name) for table in value]


def _section(table: dict[str, Any], place: _Place, name: str) -> Any:
    known = {row.key: row for row in rows(name)}
    for key, value in table.items():
        if key not in known:
            raise ConfigError(place.unknown(name, key, known))
        try:
            table[key] = known[key].checked(value)
        except (TypeError, ValueError) as error:
            where = place.at(name, key)
            raise ConfigError(f"{where}: {name}.{key} {error}") from error
    return SECTIONS[name](**table)


#: the names that other programs use
_ALIASES = {"sendgrid.api_key": "SENDGRID_API_KEY"}


def _with_environment(config: Config, environ: Mapping[str, str]) -> Config:
    # sources are many: they have no variable
    known = {row.variable: row for row in table() if row.section != "source"}
    for variable in environ:
        if variable.startswith(ENVIRONMENT_PREFIX) and variable not in known:
            raise ConfigError(_unknown_variable(variable, known))
    changes: dict[str, dict[str, Any]] = {}
    for row in known.values():
        value = environ.get(row.variable, environ.get(_ALIASES.get(row.name, "")))
        if value is None:
            continue
        try:
            checked = row.checked(_from_text(value, row.kind))
        except (TypeError, ValueError) as error:
            raise ConfigError(f"{row.variable} in the environment {error}") from error
        changes.setdefault(row.section, {})[row.key] = checked
    return replace(
        config,
        **{
            section: replace(getattr(config, section), **values)
            for section, values in changes.items()
        },
    )


def _unknown_variable(variable: str, known: Mapping[str, Row]) -> str:
    near = difflib.get_close_matches(variable, known, n=1, cutoff=0.8)
    way_out = f"did you mean {near[0]}?" if near else "see `digest config show`"
    if variable.startswith(f"{ENVIRONMENT_PREFIX}SOURCE_"):
        way_out = "a [[source]] stands in digest.toml only"
    return f"{variable} in the environment: unknown setting; {way_out}"


def _from_text(value: str, kind: Any) -> Any:
    if get_origin(kind) is tuple:
        return [part.strip() for part in value.split(",") if part.strip()]
    if kind is bool:
        return {"true": True, "false": False}.get(value.lower(), value)
    if kind in (int, float):
        try:
            return kind(value)
        except ValueError:
            return value
    return value
