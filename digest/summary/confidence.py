"""How often each rule for speakers was right where people had marked them.

The figures are data: `confidence.toml`, written by `python -m
tests.eval.confidence` from the development halves of the annotated news.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

#: what a rule is trusted with that was never measured
UNMEASURED = 0.5
#: the most where several persons have the name: whom it means is not measured, for
#: the scorer takes any of them for right
SHARED = 0.88


@cache
def _measured() -> Mapping[str, Mapping[str, float]]:
    source = files(__package__ or "digest.summary").joinpath("confidence.toml")
    return tomllib.loads(source.read_text("utf-8"))


@cache
def confidence(rule: str, language: str) -> float:
    """The measured share of right attributions by this rule, 0 to 1.

    In this language, or in all where it was not measured in this one.
    """
    measured = _share(rule, language)
    return min(measured, SHARED) if rule.endswith("/namesake") else measured


def _share(rule: str, language: str) -> float:
    measured = _measured()
    for known in (rule, rule.removesuffix("-sole")):
        for figures in (measured.get(language, {}), measured["all"]):
            if known in figures:
                return figures[known]
    return UNMEASURED


def is_measured(rule: str) -> bool:
    """Whether the share was measured at all, in any language."""
    return rule.removesuffix("-sole") in _measured()["all"]
