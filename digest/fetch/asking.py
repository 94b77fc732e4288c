"""Many addresses asked at once whether they answer, within one deadline."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from digest.errors import FetchError
from digest.fetch.client import glimpse
from digest.fetch.connection import Deadline

#: seconds that one address may take of the whole
EACH = 10.0
AT_ONCE = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What became of asking: a status, or 0; `problem` is empty where all is well."""

    url: str
    final_url: str = ""
    status: int = 0
    content_type: str = ""
    problem: str = ""


def ask(
    urls: Sequence[str], *, allow_private: Sequence[str] = (), deadline: float = 30.0
) -> dict[str, Answer]:
    """What each of the addresses answers to HEAD, else to GET.

    `deadline` is in seconds for all of them; `AT_ONCE` are asked at a time, and
    whoever has not answered by then has a problem that says so.
    """
    until = Deadline(deadline)

    def one(url: str) -> Answer:
        return _asked(url, allow_private, until)

    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        return {answer.url: answer for answer in pool.map(one, dict.fromkeys(urls))}


def _asked(url: str, allow_private: Sequence[str], until: Deadline) -> Answer:
    if until.passed:
        return Answer(url=url, problem="was not asked: the others took all the time")
    own = Deadline(min(EACH, until.left))
    try:
        seen = glimpse(url, allow_private=allow_private, until=own)
    except FetchError as error:
        return Answer(url=url, problem=str(error).removeprefix(f"{url}: "))
    refused = f"the server answers {seen.status}" if seen.status >= 400 else ""
    return Answer(
        url=url,
        final_url=seen.final_url,
        status=seen.status,
        content_type=seen.content_type,
        problem=refused,
    )
