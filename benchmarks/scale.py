"""Growth: ten times the text in at most twelve times the time, up to 1 MB.

The texts are the hostile ones of the tests and, among them, news; each stands between
quotations. Python's collector of cyclic garbage is off while they are timed: it looks
again at all that is alive, so with it a million marks take 13 times what 100,000 take.
"""

from __future__ import annotations

import gc
import time

from digest.sources import read_text
from digest.summary import summarize
from tests.hostile import TEXTS, told

SMALL, LARGE, MOST = 100_000, 1_000_000, 12


def seconds(text: str) -> float:
    """Of one call: a second would find names in a cache that the first has filled."""
    gc.collect()
    begun = time.process_time()
    summarize(read_text(text, id="any"))
    return time.process_time() - begun


def main() -> None:
    print(f"{'':28} {'ms at 100 kB':>12} {'at 1 MB':>9} {'times':>6}")
    slow = []
    gc.disable()
    for name, shape in TEXTS.items():
        seconds(told(shape)(SMALL // 10))  # the words of its language are read now
        small, large = seconds(told(shape)(SMALL)), seconds(told(shape)(LARGE))
        times = large / small
        print(f"{name:28} {small * 1e3:12.0f} {large * 1e3:9.0f} {times:6.1f}")
        slow += [name] * (times > MOST)
    gc.enable()
    print(f"more than {MOST} times: {', '.join(slow) or 'none'}")


if __name__ == "__main__":
    main()
