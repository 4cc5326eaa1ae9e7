"""Bounded work: a few workers, a short queue, one answer for equal questions, and a clear no when it is full."""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Any

from geoplan.errors import GeoplanError


class BusyError(GeoplanError):
    """The queue is full; ask again."""


class SlowError(GeoplanError):
    """An answer took longer than allowed; ask again."""


class Desk:
    """Answers questions in threads or processes.

    Parameters
    ----------
    pools
        Who works; two threads when None. Questions about the same thing go to the same pool, which remembers it.
    queue
        Questions that may be open at once; the next is refused.
    timeout_s
        Longest wait for one answer. Work that has begun ends by itself and keeps its worker until then, so that the
        number of workers never grows.
    kept
        Answers that are remembered.
    """

    def __init__(
        self,
        pools: Sequence[Executor] | None = None,
        *,
        queue: int = 60,
        timeout_s: float = 20.0,
        kept: int = 512,
    ) -> None:
        self._pools = list(pools) if pools else [ThreadPoolExecutor(2, thread_name_prefix="geoplan")]
        self._most = queue
        self._timeout_s = timeout_s
        self._kept = kept
        self._open: dict[Hashable, Future[bytes]] = {}
        self._done: OrderedDict[Hashable, bytes] = OrderedDict()
        self._lock = threading.RLock()

    async def ask(self, key: Hashable, work: Callable[..., bytes], *about: Any, near: Hashable = None) -> bytes:
        """The answer to a question, `work(*about)`; equal keys share one piece of work, equal `near` one pool.

        Raises
        ------
        BusyError
            As many questions as allowed are worked or waiting.
        SlowError
            No answer in time.
        """
        with self._lock:
            if key in self._done:
                self._done.move_to_end(key)
                return self._done[key]
            future = self._open.get(key)
            if future is None:
                if len(self._open) >= self._most:
                    raise BusyError("the queue is full")
                future = self._open[key] = self._pools[hash(near) % len(self._pools)].submit(work, *about)
                future.add_done_callback(lambda done: self._keep(key, done))
        try:
            # Others may wait for the same answer: one who gives up does not stop it.
            return await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(future)), self._timeout_s)
        except TimeoutError as fault:
            raise SlowError(f"no answer within {self._timeout_s:g} s") from fault

    def close(self) -> None:
        """Take no more work and forget what waits."""
        for pool in self._pools:
            pool.shutdown(wait=False, cancel_futures=True)

    def _keep(self, key: Hashable, done: Future[bytes]) -> None:
        # The callback of a piece of work that is done at once runs inside `ask`, which may hold the lock.
        with self._lock:
            self._open.pop(key, None)
            if not done.cancelled() and done.exception() is None:
                self._done[key] = done.result()
                while len(self._done) > self._kept:
                    self._done.popitem(last=False)
