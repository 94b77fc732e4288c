"""So many requests from one place, and of a bounded number of places."""

from __future__ import annotations

from digest.web.places import place_of
from digest.web.public.throttle import Throttle


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_and_then_one_by_one() -> None:
    clock = Clock()
    throttle = Throttle(3, 10, clock=clock)
    assert [throttle.wait("192.0.2.1") for _ in range(4)] == [0, 0, 0, 10]
    clock.now += 9
    assert throttle.wait("192.0.2.1") == 1  # who is refused does not wait longer
    clock.now += 1
    assert [throttle.wait("192.0.2.1") for _ in range(2)] == [0, 10]
    clock.now += 1000
    assert [throttle.wait("192.0.2.1") for _ in range(4)] == [0, 0, 0, 10]


def test_places_do_not_count_for_each_other() -> None:
    throttle = Throttle(1, 10, clock=Clock())
    assert throttle.wait("192.0.2.1") == throttle.wait("192.0.2.2") == 0
    assert throttle.wait("192.0.2.1") == 10


def test_only_so_many_places_are_remembered() -> None:
    """Those not heard of longest are forgotten: memory stays what it is."""
    throttle = Throttle(1, 10, places=2, clock=Clock())
    assert [throttle.wait(place) for place in "abca"] == [0, 0, 0, 0]
    assert len(throttle) == 2
    assert throttle.wait("c") == 10


def test_one_household_is_one_place() -> None:
    """IPv6 gives everybody more addresses than can be counted."""
    assert place_of("2001:db8:0:1::1") == place_of("2001:db8:0:1:ffff::2")
    assert place_of("2001:db8:0:1::1") != place_of("2001:db8:0:2::1")
    assert place_of("192.0.2.1") != place_of("192.0.2.2")
    assert place_of("not an address") == "not an address"
