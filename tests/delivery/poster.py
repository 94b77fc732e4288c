"""A process that POSTs once, for tests that stop or kill it.

python -m tests.delivery.poster URL BYTES STOP, with STOP one of

- never
- checked: it stops itself (SIGSTOP) between the check and the POST
- half: it stops itself in the middle, between a look at the deadline and the write
- last: it stops itself right before the last byte

It prints what became of it.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator

from digest.delivery import wire
from digest.ledger.times import boot_seconds

#: scaled: the test waits longer than these while it is stopped
DEADLINES = wire.Deadlines(connect=20, read=20, total=1.0, fresh=0.4)
PATIENT = wire.Deadlines(connect=20, read=20, total=20)


def stop() -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


class Half(wire._Pieces):
    def __iter__(self) -> Iterator[bytes]:
        for number, piece in enumerate(super().__iter__()):
            if number == 1:
                stop()
            yield piece


class Last(wire._Pieces):
    def __iter__(self) -> Iterator[bytes]:
        room = self._room

        def then_stop() -> bool:
            there_is = room()
            stop()
            return there_is

        self._room = then_stop
        return super().__iter__()


def main(url: str, size: str, moment: str) -> None:
    pieces = {"half": Half, "last": Last}.get(moment)
    if pieces:
        wire._Pieces = pieces  # type: ignore[misc]
    connection = wire.Wire(url, {}, PATIENT if moment == "never" else DEADLINES)
    checked = boot_seconds()
    if moment == "checked":
        stop()
    try:
        connection.post("/", b"x" * int(size), checked=checked)
    except wire.Silence as silence:
        sys.stdout.write(f"{silence.sent} {silence}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
