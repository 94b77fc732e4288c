"""What a transport is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol, Self

from digest.model import Email, Outcome
from subscribers.model import Recipient

if TYPE_CHECKING:
    from digest.delivery.scheduling import Staging


@dataclass(frozen=True, slots=True, kw_only=True)
class Wave:
    """What goes out together: SendGrid's `batch_id`, and its moment."""

    id: str
    send_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """One e-mail for at most `BATCH_SIZE` people; `attempt` is our own id of it.

    The attempt's id goes to the provider, and into the names of files: letters,
    digits, `-` and `_`.
    """

    attempt: str
    email: Email
    recipients: tuple[Recipient, ...]
    #: the wave that it goes out with; None for at once
    wave: Wave | None = None
    #: when the check before it was committed, in `boot_seconds`: no byte leaves long
    #: after it (rules 4 and 5). None where there is no campaign.
    checked: float | None = None
    #: A serial transport calls it with the place of somebody in `recipients`, right
    #: before the first byte of their mail's content: whoever sends commits that place
    #: there (the cursor). False: that one is not begun, and the hand-over ends. Such a
    #: transport takes no campaign's hand-over (`checked`) without it.
    began: Callable[[int], bool | None] | None = None
    #: It calls this with the place of somebody who was refused, and why, before it
    #: begins the next one; so that a crash does not take them for reached.
    refused: Callable[[int, str], None] | None = None


class Transport(Protocol):
    """A way for mail to leave. One thread uses it at a time."""

    name: str
    #: nobody gets anything: there is no campaign, and nobody counts as reached
    rehearsal: bool
    #: Each person's mail is a hand-over of its own: see `Handover.began`, and
    #: `Outcome.ended` for what is certain when it ends before everybody had theirs.
    #: Such a transport keeps no wave, and no `checked`: its deadline is each mail's.
    serial: bool
    #: it can hand over ahead of time, and take back
    stages: bool

    def send(self, handover: Handover) -> Outcome:
        """Hand one batch over and say what became of it.

        Raises:
            DeliveryError: nothing was accepted, and no other batch would be, for
                a reason that all share: the key, the sender, the e-mail itself.
        """
        ...

    def another(self) -> Self:
        """One like it, over a connection of its own: for another thread."""
        ...

    def staging(self) -> Staging | None:
        """What hands over ahead of time; None where it can't."""
        ...

    def close(self) -> None:
        """Give back what it holds open; any number of times."""
        ...
