"""What the doctor says of one thing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """One thing that was looked at; `help` is what to do, or what could be better."""

    name: str
    ok: bool
    message: str
    help: str = ""


def well(name: str, message: str, help: str = "") -> Diagnosis:
    return Diagnosis(name=name, ok=True, message=message, help=help)


def ill(name: str, message: str, help: str) -> Diagnosis:
    return Diagnosis(name=name, ok=False, message=message, help=help)
