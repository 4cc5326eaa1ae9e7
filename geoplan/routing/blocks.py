"""Rows in blocks, side by side in threads: for kernels that hold no lock."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TypeVar

Result = TypeVar("Result")

SMALL = 8  # rows below which threads cost more than they give


def in_blocks(work: Callable[[slice], Result], n_rows: int, *, workers: int | None = None) -> list[Result]:
    """Results of `work(rows)` for blocks of rows, in order; one block when there are few rows or one processor.

    Each row belongs to one block, so that the numbers do not depend on how many workers there are.
    """
    count = min(workers or _processors(), max(1, n_rows // SMALL))
    bounds = [n_rows * k // count for k in range(count + 1)]
    blocks = [slice(a, b) for a, b in pairwise(bounds)]
    if count == 1:
        return [work(blocks[0])]
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(work, blocks))


def _processors() -> int:
    """Processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
