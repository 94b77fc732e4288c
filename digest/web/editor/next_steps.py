"""What comes after editing: who waits for the issue, and the commands that send it.

Sending to a list is left to the command line, where it says whom it would reach.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

from digest.config import FILE_NAME
from digest.pipeline import Desk
from digest.store import approvals, items
from digest.web.editor.sending import aimed_at, approval_of
from digest.web.editor.sheets import Sheet


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """The way from here to the readers, as commands to copy."""

    commands: tuple[str, ...]
    #: of a draft, that of the issue it has the articles of
    approval: approvals.Approval | None
    #: the frozen issue that has used the draft's articles; it is to be given up first
    used_by: int | None = None


def next_steps(sheet: Sheet) -> Steps:
    """What is to be done with a draft, or with a frozen issue."""
    desk, issue = sheet.desk, sheet.issue
    to = [word for name in aimed_at(sheet) or ("LIST",) for word in ("--list", name)]
    if sheet.frozen:
        send = ("send", str(issue.id), *to) if issue.id else ()
        return Steps(
            commands=(_command(desk, *send),) if send else (),
            approval=approval_of(desk, issue),
        )
    with desk.database.read() as connection:
        used = items.used_by(connection, sheet.draft.series, sheet.draft.items)
        waits = approvals.approval_of(connection, used) if used else None
    discard = [("issues", "discard", str(used))] if used else []
    build = ("build", "--from", str(sheet.file))
    steps = [*discard, build, ("send", "ISSUE", *to)]
    return Steps(
        commands=tuple(_command(desk, *words) for words in steps),
        approval=waits,
        used_by=used,
    )


def _command(desk: Desk, *words: str) -> str:
    """A command for a shell in this folder, by the settings that are in force."""
    file = desk.config.file
    here = file is None or file.resolve() == Path(FILE_NAME).resolve()
    return shlex.join(["digest", *([] if here else ["--config", str(file)]), *words])
