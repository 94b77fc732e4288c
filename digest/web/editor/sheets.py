"""An editor's draft in the browser: read anew each time, written in small changes.

A frozen issue is only read. The first change to it makes a draft of it, in a file of
its own; from then on that is what is edited, and what the preview shows.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

from digest import archive, drafting, pipeline
from digest.errors import SourceError, UnknownName, UsageError
from digest.issue import Draft
from digest.issue.draft_writing import checksum
from digest.model import Email, Issue
from digest.pipeline import Desk
from digest.store import issues

#: finds the issue of a place as the command was given it: an id, a folder, a draft
Find = Callable[[Desk, str | None], Issue]
#: a draft and its text → the text changed
Change = Callable[[Draft, str], str]


class ChangedOutside(UsageError):
    """The draft is not what the page showed; nothing was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A draft as it is now, and the issue that it makes.

    `version` is another one once the text is. `file` is where the text stands, or
    where a frozen issue's first change would put it.
    """

    desk: Desk
    file: Path
    text: str
    version: str
    draft: Draft
    issue: Issue
    frozen: bool = False

    @property
    def lost(self) -> int:
        """How many quotes of a frozen issue its articles do not give any more."""
        told = sum(len(story.quotes) for story in self.issue.stories)
        kept = sum(len(entry.quotes) for entry in self.draft.stories)
        return max(told - kept, 0) if self.frozen else 0


class Editor:
    """One draft, or one frozen issue, of a run of the preview."""

    def __init__(self, desk: Callable[[], Desk], place: str | None, find: Find) -> None:
        #: what the preview shows: the place it was given, then the draft made of it
        self.place = place
        #: the frozen issue that the draft was made of, while there is a way back to it
        self.made_of: Issue | None = None
        self._given = place
        self._desk = desk
        self._find = find
        self._lock = threading.Lock()

    def sheet(self) -> Sheet:
        """What there is to edit.

        Raises:
            DigestError: there is none, or it is wrong; says where.
        """
        desk = self._desk()
        if self.place is not None and self.place.endswith(".toml"):
            return _of_draft(desk, Path(self.place))
        return _of_issue(desk, self._find(desk, self.place))

    def change(self, version: str, change: Change) -> None:
        """Write one change, made to what the page of that version showed.

        What is so already is not written again, whatever the version.

        Raises:
            ChangedOutside: somebody else has changed the draft since.
            SourceError: the change makes no draft, or claims as quoted what no
                article says; nothing is written.
        """
        with self._lock:
            sheet = self.sheet()
            text = change(sheet.draft, sheet.text)
            if text == sheet.text:
                return
            if version != sheet.version:
                raise ChangedOutside(f"{sheet.file.name} was changed meanwhile")
            try:
                drafting.draft_of_text(sheet.desk, text, sheet.file)
            except SourceError as error:
                raise SourceError(_of_field(str(error), sheet.file, text)) from error
            if sheet.frozen:
                drafting.create_text(sheet.file, text)
                self.place, self.made_of = str(sheet.file), sheet.issue
            else:
                drafting.replace_text(sheet.file, text)

    def back(self) -> None:
        """From the draft that was made of a frozen issue to that; the draft stays."""
        with self._lock:
            if self.made_of:
                self.place, self.made_of = self._given, None


def _of_field(problem: str, file: Path, text: str) -> str:
    """What is wrong with a text that was not written: its field, and not its line."""
    found = re.match(rf"{re.escape(str(file))}:(\d+): ", problem)
    if not found:
        return problem
    line = text.split("\n")[int(found[1]) - 1]
    key, equals, _ = line.partition("=")
    reason = problem[found.end() :]
    return f"the {key.strip()}: {reason}" if equals else reason


def email_of(sheet: Sheet) -> Email:
    """The e-mail of a draft or an issue; what was sent, as it was sent."""
    if sheet.issue.id is not None:
        with sheet.desk.database.read() as connection:
            if stored := archive.stored_email(connection, sheet.issue.id):
                return stored
    return pipeline.render(sheet.desk, sheet.issue)


def _of_draft(desk: Desk, file: Path) -> Sheet:
    text = drafting.read_text(file)
    draft = drafting.draft_of_text(desk, text, file)
    return Sheet(
        desk=desk,
        file=file,
        text=text,
        version=checksum(text)[:16],
        draft=draft,
        issue=pipeline.assembled(desk, draft),
    )


def _of_issue(desk: Desk, issue: Issue) -> Sheet:
    issue = _known(desk, issue)
    file = _free(desk.config.at(f"draft-{issue.id or issue.number}.toml"))
    text = drafting.text_of(desk, file, drafting.draft_of_issue(desk, issue))
    return Sheet(
        desk=desk,
        file=file,
        text=text,
        version=checksum(issues.encode(issue))[:16],
        draft=drafting.draft_of_text(desk, text, file),
        issue=issue,
        frozen=True,
    )


def _known(desk: Desk, issue: Issue) -> Issue:
    """The issue, without its id where the database has another one by that."""
    if issue.id is not None:
        with desk.database.read() as connection:
            try:
                if issues.get_issue(connection, issue.id) == issue:
                    return issue
            except UnknownName:
                pass
    return replace(issue, id=None)


def _free(file: Path) -> Path:
    """A name that no file has yet: draft-3.toml, else draft-3-2.toml, …"""
    names = (file.with_stem(f"{file.stem}-{number}") for number in count(2))
    while file.exists():
        file = next(names)
    return file
