"""What comes at the same time is done in one go."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

import pytest

from digest.web.public.together import MOST, Together


def test_who_comes_while_it_is_busy_goes_together() -> None:
    """The first alone, the others in one; each gets its own answer."""
    go, rounds = threading.Event(), []

    def work(numbers: Sequence[int]) -> list[int]:
        rounds.append(list(numbers))
        assert go.wait(10)
        return [number * 10 for number in numbers]

    async def all_of_them() -> list[int]:
        together = Together(work)
        first = asyncio.create_task(together.do(1))
        while not rounds:
            await asyncio.sleep(0)
        others = [asyncio.create_task(together.do(number)) for number in (2, 3, 4)]
        await asyncio.sleep(0)
        go.set()
        return list(await asyncio.gather(first, *others))

    assert asyncio.run(all_of_them()) == [10, 20, 30, 40]
    assert rounds == [[1], [2, 3, 4]]


def test_no_round_is_too_long() -> None:
    sizes = []

    def work(numbers: Sequence[int]) -> Sequence[int]:
        sizes.append(len(numbers))
        return numbers

    async def many() -> list[int]:
        together = Together(work)
        return list(await asyncio.gather(*map(together.do, range(3 * MOST))))

    assert asyncio.run(many()) == list(range(3 * MOST))
    assert max(sizes) <= MOST


def test_an_error_is_everybodys_and_the_next_go_on() -> None:
    broken = [True]

    def work(numbers: Sequence[int]) -> Sequence[int]:
        if broken.pop():
            raise OSError("the disk is full")
        return numbers

    async def twice() -> int:
        together = Together(work)
        with pytest.raises(OSError, match="full"):
            await together.do(1)
        broken.append(False)
        return await together.do(2)

    assert asyncio.run(twice()) == 2
