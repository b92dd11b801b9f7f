"""Whether work grows with its input or with the input's square, told apart by the processor time of both."""

from __future__ import annotations

import time
from collections.abc import Callable

_TIMES = 4
_ROUNDS = 3


def growth(work: Callable[[int], object], size: int) -> float:
    """How many times as long `work` takes for four times `size`: about 4 when it is linear, 16 when it is quadratic.

    `size` should make it take some milliseconds.
    """
    return _cpu_s(work, size * _TIMES) / _cpu_s(work, size)


def _cpu_s(work: Callable[[int], object], size: int) -> float:
    """The least of a few rounds: what else the machine does only adds."""
    taken = []
    for _ in range(_ROUNDS):
        began_s = time.process_time()
        work(size)
        taken.append(time.process_time() - began_s)
    return min(taken)
