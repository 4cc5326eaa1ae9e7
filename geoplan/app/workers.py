"""Processes that answer: each has the study warm, so that many people are served by as many processors as there are."""

from __future__ import annotations

import multiprocessing
import signal
from concurrent.futures import Executor, ProcessPoolExecutor

from geoplan.app.answers import Live
from geoplan.app.state import State
from geoplan.errors import GeoplanError
from geoplan.study import Study

# The study of this process; set once when it starts.
_live: Live | None = None


def start_workers(study: Study, first: State, count: int) -> list[Executor]:
    """Pools of one process each, so that a state always meets the process that remembers it; all are warm on return.

    Parameters
    ----------
    first
        What is asked of each once it stands, so that the first question of a person is as quick as the next.
    """
    context = multiprocessing.get_context("spawn")  # the same on every system, and no lock is copied half-way
    pools = [
        ProcessPoolExecutor(1, mp_context=context, initializer=_start, initargs=(study, first)) for _ in range(count)
    ]
    for started in [pool.submit(_is_up) for pool in pools]:
        started.result()
    return list(pools)


def answer_in_worker(stage: str, state: State) -> bytes:
    """`Live.answer` of the study of this process."""
    if _live is None:
        raise GeoplanError("this process has no study; start it with start_workers")
    return _live.answer(stage, state)


def _start(study: Study, first: State) -> None:
    global _live
    # Ctrl+C reaches all processes of a terminal; the server alone answers it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _live = Live(study)
    _live.warm(first)


def _is_up() -> bool:
    return _live is not None
