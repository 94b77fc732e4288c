"""One tree of errors; `digest.cli` maps it to exit codes in one table.

    DigestError
    ├── ConfigError         a setting is wrong or missing
    ├── UsageError          a value given cannot be what it should be
    ├── SourceError         an article cannot be read
    │   └── FetchError      … because the network did not give it
    ├── RenderError         a template does not give an e-mail
    ├── DatabaseError       the database cannot be opened or is of another version
    ├── UnknownName         there is no issue, schedule, … of that name
    ├── NothingToDo         there is nothing new to build or to send
    ├── CheckRefused        a check forbids sending
    ├── DeliveryError       the transport cannot send at all
    ├── MissingTool         a program or library that this needs is not installed
    ├── EventRefused        a call of the webhook is not SendGrid's
    └── TryAgain            locked or limited for now

Every message is one line that names the thing, the place and the way out.
`subscribers.errors` has its own tree, for it knows no newsletter.
"""

from __future__ import annotations

from collections.abc import Collection


class DigestError(Exception):
    """The root: whatever goes wrong that a person can do something about."""


class ConfigError(DigestError):
    """A setting is wrong or missing: names the file, the line, the right key."""


class UsageError(DigestError):
    """A value given on the command line cannot be what it should be."""


class SourceError(DigestError):
    """An article cannot be read: names the file or address and the reason."""


class FetchError(SourceError):
    """The network did not give what was asked of it."""


class RenderError(DigestError):
    """A template does not give an e-mail: names the template and the line."""


class DatabaseError(DigestError):
    """The database cannot be opened, or is of another version."""


class UnknownName(DigestError):
    """There is no issue, list, schedule of that name; says which there are."""


class NothingToDo(DigestError):
    """Nothing new to build or to send: not a failure, but nothing was done."""


class DeliveryError(DigestError):
    """The transport cannot send at all: a key, an address or a host is missing."""


class MissingTool(DigestError):
    """A program or library that is only needed here: says how to install it."""


class EventRefused(DigestError):
    """A call of the webhook is not SendGrid's, or is too old: nothing of it is kept."""


class TryAgain(DigestError):
    """Locked by another process, or limited by the provider, for now."""


class CheckRefused(DigestError):
    """Checks forbid sending an issue; `checks` are their names, `send` is the command
    that would send it."""

    def __init__(self, issue: int, checks: Collection[str], send: str) -> None:
        self.checks = sorted(set(checks))
        super().__init__(
            f"not sent: refused by {', '.join(self.checks)}; see `digest check "
            f"{issue}`, or allow one with `{send} --allow CHECK`"
        )
