"""Compiled work in portions on all cores, in order, with progress and a way to end it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from numba import config

Progress = Callable[[int, int], None]
Result = TypeVar("Result")

AHEAD = 4  # portions under way or waiting for each core: bounds the memory of answers not yet taken


def in_portions(
    work: Callable[[slice], Result], count: int, size: int, progress: Progress | None = None
) -> Iterator[Result]:
    """Yield ``work`` of each slice of ``count`` things, ``size`` at a time, in their order.

    The work must release the interpreter lock (compiled with ``nogil``) to run on several cores.

    Parameters
    ----------
    work : callable taking a slice
    count, size : int, things in all and in one portion, size above 0
    progress : callable taking things done and things in all; what it raises ends the work
    """
    slices = (slice(start, min(start + size, count)) for start in range(0, count, size))
    pool = ThreadPoolExecutor(max_workers=config.NUMBA_NUM_THREADS)
    waiting = deque()
    try:
        for part in slices:
            waiting.append((part.stop, pool.submit(work, part)))
            if len(waiting) >= AHEAD * config.NUMBA_NUM_THREADS:
                yield _take(waiting, count, progress)
        while waiting:
            yield _take(waiting, count, progress)
    finally:
        pool.shutdown(cancel_futures=True)


def _take(waiting: deque, count: int, progress: Progress | None) -> Result:
    done, answer = waiting.popleft()
    result = answer.result()
    if progress is not None:
        progress(done, count)
    return result
