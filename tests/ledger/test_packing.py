"""Batches keep their exact people in few bytes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from digest.ledger import BATCH_SIZE, IdSet, cut
from digest.ledger.packing import holds, pack, unpack

IDS = st.integers(min_value=0, max_value=2**63 - 1)


@given(st.lists(IDS))
def test_the_same_people_come_out(ids: list[int]) -> None:
    """Whoever is packed comes out, once, in rising order; nobody else."""
    assert unpack(pack(ids)) == tuple(sorted(set(ids)))


@given(st.lists(IDS), IDS)
def test_who_is_in_a_batch(ids: list[int], other: int) -> None:
    """Each of those packed is in it, and nobody else."""
    packed = pack(ids)
    assert all(holds(packed, number) for number in ids)
    assert holds(packed, other) == (other in ids)


def test_a_batch_is_small() -> None:
    """1,000 people of a list of 7 million take at most 2 bytes each."""
    assert len(pack(range(1, 7_000_001, 7_000))) <= 2 * 1000
    assert len(pack(range(5_000_000, 5_001_000))) <= 1000 + 3


@given(st.lists(st.integers(min_value=0, max_value=5000)))
def test_an_id_is_new_once(ids: list[int]) -> None:
    """The set says of each id whether it came for the first time."""
    seen = IdSet()
    assert [number for number in ids if seen.add(number)] == list(dict.fromkeys(ids))


@given(st.integers(min_value=0, max_value=2500), st.integers(1, BATCH_SIZE))
def test_cutting_loses_nobody(count: int, size: int) -> None:
    """The pieces are the stream, each of them full but the last."""
    pieces = list(cut(iter(range(count)), size))
    assert [one for piece in pieces for one in piece] == list(range(count))
    assert all(len(piece) == size for piece in pieces[:-1])
