"""The settings as rows: what reads digest.toml, the environment and the docs go by."""

from __future__ import annotations

import math
import types
from collections.abc import Iterator, Mapping
from dataclasses import Field, dataclass, fields
from typing import Any, Literal, get_args, get_origin, get_type_hints

from digest.config.forms import Form
from digest.config.sections import Config

ENVIRONMENT_PREFIX = "DIGEST_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of the table of settings, for the checks, `config show` and the docs."""

    section: str
    key: str
    kind: Any
    default: Any
    help: str
    secret: bool
    least: float | None
    most: float | None
    form: Form | None

    @property
    def name(self) -> str:
        return f"{self.section}.{self.key}"

    @property
    def variable(self) -> str:
        return f"{ENVIRONMENT_PREFIX}{self.section}_{self.key}".upper()

    @property
    def bounds(self) -> str:
        """Which numbers it may be, in words; empty where it is none."""
        if self.least is None:
            return ""
        if self.most is None:
            return f"at least {self.least}"
        return f"from {self.least} to {self.most}"

    def checked(self, value: Any) -> Any:
        """The value as this setting's.

        Raises:
            TypeError, ValueError: it is none; says what it must be.
        """
        value = _typed(value, self.kind)
        least = -math.inf if self.least is None else self.least
        most = math.inf if self.most is None else self.most
        # written so that what is not a number is not within
        if isinstance(value, int | float) and not least <= value <= most:
            raise ValueError(f"must be {self.bounds}, not {value}")
        return self.form(value) if self.form and value != self.default else value


def table() -> Iterator[Row]:
    """Every setting there is."""
    for section in SECTIONS:
        yield from rows(section)


def rows(section: str) -> Iterator[Row]:
    """The settings of one section."""
    kind = SECTIONS[section]
    hints = get_type_hints(kind)
    for f in fields(kind):
        yield Row(
            section=section,
            key=f.name,
            kind=hints[f.name],
            default=f.default,
            **f.metadata,
        )


def shown(config: Config, row: Row) -> Any:
    """A setting's value for people; a secret is only said to be set."""
    value = getattr(getattr(config, row.section), row.key)
    return "(set)" if row.secret and value and value != row.default else value


def _sections() -> dict[str, type[Any]]:
    hints = get_type_hints(Config)
    public: list[Field[Any]] = [
        f for f in fields(Config) if "internal" not in f.metadata
    ]
    return {f.name: _element(hints[f.name]) for f in public}


def _element(kind: Any) -> type[Any]:
    return get_args(kind)[0] if get_origin(kind) is tuple else kind  # type: ignore[no-any-return]


SECTIONS: Mapping[str, type[Any]] = types.MappingProxyType(_sections())


def _typed(value: Any, kind: Any) -> Any:
    """`value` as `kind`, or an error that says what it must be."""
    if get_origin(kind) is Literal:
        choices = [choice for choice in get_args(kind) if choice]
        if value not in get_args(kind):
            raise ValueError(f"must be one of {', '.join(choices)}, not {value!r}")
        return value
    if get_origin(kind) is tuple:
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            raise TypeError(f"must be a list of texts, not {value!r}")
        return tuple(value)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, kind) or isinstance(value, bool) != (kind is bool):
        raise TypeError(f"must be {_TYPE_NAMES[kind]}, not {value!r}")
    return value


_TYPE_NAMES = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
}
