"""What is done again and again, each chore in a thread of its own, so that a long one
keeps none waiting; and no failure ends any."""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from digest.driving import Tell
from digest.errors import DigestError
from subscribers.errors import SubscriberError

#: seconds that chores have to end in, once they are told to
GRACE = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Chore:
    """Something to do, and seconds between two times."""

    name: str
    do: Callable[[], None]
    every: float


def keep_at(chores: Sequence[Chore], tell: Tell, halt: threading.Event) -> bool:
    """Do all of them until told to halt; whether all of them have ended by then.

    One that waits for somebody else's server does not: whatever it is cut off in, the
    next that runs goes on with it.
    """
    threads = [
        threading.Thread(target=_again, args=(each, tell, halt), daemon=True)
        for each in chores
    ]
    for each in threads:
        each.start()
    halt.wait()
    deadline = time.monotonic() + GRACE
    for each in threads:
        each.join(max(0.0, deadline - time.monotonic()))
    return not any(each.is_alive() for each in threads)


def _again(chore: Chore, tell: Tell, halt: threading.Event) -> None:
    said = ""

    def once(line: str) -> None:
        nonlocal said
        if line != said:
            tell(line)
        said = line

    while not halt.is_set():
        with survived(chore.name, once):
            chore.do()
        halt.wait(chore.every)


@contextmanager
def survived(
    name: str, tell: Tell, but: tuple[type[Exception], ...] = ()
) -> Iterator[None]:
    """Whatever fails in the block is said, and tried again by whoever does it again;
    `but` is what somebody above says.

    What is no error of ours is a fault in the program: it is told with its trace, for
    somebody to report, and still ends nothing else.
    """
    try:
        yield
    except but:
        raise
    except (DigestError, SubscriberError) as error:
        tell(f"{name}: tried again: {error}")
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        tell(f"{name}: tried again: {where}{error.strerror or error}")
    except Exception:
        tell(f"{name}: tried again: {traceback.format_exc()}")
