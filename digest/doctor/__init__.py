"""What is wrong with an installation, and what to do about it.

Of this machine: settings, database, key, disk, sources, templates. Of the world: clock,
the sender's domain, the account at SendGrid, its webhook, our own pages.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from datetime import datetime

from digest.config import Config
from digest.doctor.diagnosis import Diagnosis

__all__ = ["Diagnosis", "examine"]

#: looks up a name's records of a kind
Resolve = Callable[[str, str], Sequence[str]]


def examine(
    config: Config, now: datetime, resolve: Resolve | None = None
) -> list[Diagnosis]:
    """Look at all that sending needs; `resolve` asks name servers, by default the
    machine's own."""
    from digest import fetch
    from digest.doctor import contents, database, dns, machine, pages, sendgrid
    from digest.doctor.clock import clock

    with ExitStack() as stack:
        opened, found = database.opened(config)
        if opened:
            stack.enter_context(closing(opened))
            found += database.look(opened, now)
        account = sendgrid.look(config, opened)
        return [
            machine.settings(config),
            *found,
            machine.key(config, opened),
            machine.disk(config),
            clock(opened, account.date, now),
            *contents.sources(config, opened, now),
            contents.templates(config, opened, now),
            machine.sender(config),
            *dns.look(config, resolve or fetch.Names()),
            machine.transport(config),
            *account.diagnoses,
            *pages.look(config),
        ]
