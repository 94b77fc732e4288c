"""What comes at the same time is done at the same time: one transaction, one wait for
the disk, for all who are waiting.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from starlette.concurrency import run_in_threadpool

Asked = TypeVar("Asked")
Told = TypeVar("Told")

#: at a time, so that no one waits for very many
MOST = 100


class Together(Generic[Asked, Told]):
    """Does `work` for all that were asked for while it was busy, and gives each theirs.

    An error is everybody's who was in it.
    """

    def __init__(self, work: Callable[[Sequence[Asked]], Sequence[Told]]) -> None:
        self._work = work
        self._waiting: list[tuple[Asked, asyncio.Future[Told]]] = []
        self._busy: asyncio.Task[None] | None = None

    async def do(self, one: Asked) -> Told:
        """What the work gives for this one, once all of it is done."""
        future: asyncio.Future[Told] = asyncio.get_running_loop().create_future()
        self._waiting.append((one, future))
        if self._busy is None:
            self._busy = asyncio.create_task(self._run())
        return await future

    async def _run(self) -> None:
        try:
            while self._waiting:
                some, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
                await self._done(some)
        finally:
            self._busy = None

    async def _done(self, some: list[tuple[Asked, asyncio.Future[Told]]]) -> None:
        try:
            told = await run_in_threadpool(self._work, [one for one, _ in some])
        except Exception as error:
            for _, future in some:
                if not future.done():
                    future.set_exception(error)
            return
        for (_, future), each in zip(some, told, strict=True):
            if not future.done():
                future.set_result(each)
