"""Mail as files: a rehearsal that shows what each person would get.

For each recipient an .eml that any mail program opens, and for each batch the
request that would go to SendGrid. Names come from attempt and recipient, so a
repetition overwrites.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Self

import msgspec

from digest.config import Config
from digest.delivery.mime import Messages
from digest.delivery.request import Requests
from digest.delivery.transport import Handover
from digest.errors import DeliveryError
from digest.model import AttemptState, Outcome


def _now() -> datetime:
    return datetime.now(UTC)


class Outbox:
    """Writes into the folder `[outbox] dir`."""

    name = "outbox"
    rehearsal = True
    serial = False
    stages = False

    def __init__(self, config: Config, now: Callable[[], datetime] = _now) -> None:
        self.folder = config.at(config.outbox.dir)
        self._config = config
        self._requests = Requests(config)
        self._messages = Messages(config)
        self._now = now

    def send(self, handover: Handover) -> Outcome:
        pretty = msgspec.json.format(self._requests.body(handover), indent=2)
        mime = self._messages.of(handover)
        date = self._now()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            for person in handover.recipients:
                name = f"{handover.attempt}-{person.id}.eml"
                self._write(name, mime.message(person, handover.attempt, date))
            self._write(f"{handover.attempt}.json", pretty)
        except OSError as error:
            raise DeliveryError(
                f"outbox.dir: cannot write {error.filename or self.folder}: "
                f"{error.strerror}"
            ) from error
        return Outcome(state=AttemptState.ACCEPTED)

    def another(self) -> Self:
        return type(self)(self._config, self._now)

    def staging(self) -> None:
        """Files are there at once."""

    def close(self) -> None:
        """Nothing is held open."""

    def _write(self, name: str, content: bytes) -> None:
        """All of a file or none of it: written beside, and renamed."""
        beside = self.folder / f".{name}.part"
        beside.write_bytes(content)
        beside.replace(self.folder / name)
