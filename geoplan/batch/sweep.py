"""A sweep: independent jobs on threads or on a cluster, with the same results bit for bit.

A finished part is kept at once when there is a folder; the next sweep over the same jobs takes it from there. So a
stopped sweep goes on, and a killed worker costs the part it was at.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from geoplan.batch.cluster import run_on_cluster
from geoplan.batch.fingerprint import code_fingerprint, fingerprint
from geoplan.batch.parts import open_parts, read_part, write_part
from geoplan.errors import DataError

log = logging.getLogger(__name__)

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, eq=False)
class Job:
    """One call that depends on no other.

    Parameters
    ----------
    key
        Its name, once in a sweep.
    do
        A function at the top of a module, so that another process can import it. It must not write into what it is
        given: threads share that.
    given
        Its arguments.
    stamp
        What the arguments are, for `folder`; worked out from them (`fingerprint`) when empty.
    """

    key: str
    do: Callable[..., Any]
    given: tuple[Any, ...] = ()
    stamp: str = ""


@dataclass(frozen=True, eq=False)
class Sweep:
    """What a sweep brought: results by key in the order of the jobs; the keys that were worked out now, and those that
    were kept from an earlier sweep."""

    results: Mapping[str, Any]
    executed: tuple[str, ...] = field(default=())
    kept: tuple[str, ...] = field(default=())


def sweep(
    jobs: Iterable[Job],
    *,
    cluster: str | None = None,
    folder: str | os.PathLike[str] | None = None,
    workers: int | None = None,
    on_done: Progress | None = None,
) -> Sweep:
    """Work out all jobs.

    Parameters
    ----------
    cluster
        None: threads of this process. "local": processes of a Dask cluster on this machine. "tcp://host:port": a Dask
        scheduler that runs already, its workers with the same version of this package.
    folder
        Keeps each result as it comes, and brings those of earlier sweeps with the same input and code.
    workers
        Threads or processes; as many as there are cores when None. 1 without a cluster: one after the other.
    on_done
        Called after each part with how many are done, of how many, and its key.

    Raises
    ------
    DataError
        Two jobs of one key; a cluster without Dask or out of reach; jobs that failed: how many, the first and why. The
        others are worked out and kept before that is said.
    """
    listed = list(jobs)
    _require_own_keys(listed)
    total = len(listed)
    tell = on_done or (lambda done, of, key: log.info("%d of %d: %s", done, of, key))
    results: dict[str, Any] = {}
    kept: list[str] = []
    store = None if folder is None else open_parts(Path(folder))
    stamps = _stamps(listed) if store is not None else {}
    if store is not None:
        for job in listed:
            found, result = read_part(store, job.key, stamps[job.key])
            if found:
                results[job.key] = result
                kept.append(job.key)
                tell(len(results), total, job.key)
    todo = [job for job in listed if job.key not in results]
    failed: list[tuple[str, BaseException]] = []
    executed: list[str] = []
    for job, result, fault in _run(todo, cluster, workers):
        if fault is not None:
            failed.append((job.key, fault))
            continue
        if store is not None:
            write_part(store, job.key, stamps[job.key], result)
        results[job.key] = result
        executed.append(job.key)
        tell(len(results), total, job.key)
    if failed:
        raise _failure(failed, total, folder)
    return Sweep({job.key: results[job.key] for job in listed}, tuple(executed), tuple(kept))


def _run(
    jobs: Sequence[Job], cluster: str | None, workers: int | None
) -> Iterator[tuple[Job, Any, BaseException | None]]:
    """Each job with its result or its fault, as they finish."""
    if not jobs:
        return
    if workers is not None and workers < 1:
        raise DataError(f"workers is {workers}; use 1 or more")
    if cluster is not None:
        calls = [(job.do, job.given) for job in jobs]
        for number, result, fault in run_on_cluster(calls, cluster, workers=workers):
            yield jobs[number], result, fault
    elif workers == 1:
        for job in jobs:
            yield job, *_call(job)
    else:
        yield from _on_threads(jobs, workers or os.cpu_count() or 1)


def _on_threads(jobs: Sequence[Job], workers: int) -> Iterator[tuple[Job, Any, BaseException | None]]:
    """The kernels let go of the interpreter, so that threads run side by side."""
    pool = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="geoplan-sweep")
    try:
        waiting = {pool.submit(_call, job): job for job in jobs}
        for future in as_completed(waiting):
            yield waiting[future], *future.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)  # a stop waits for the parts at work and starts no other


def _call(job: Job) -> tuple[Any, Exception | None]:
    try:
        return job.do(*job.given), None
    except Exception as fault:  # noqa: BLE001 - told at the end, so that one bad part does not cost the others
        return None, fault


def _stamps(jobs: Sequence[Job]) -> dict[str, str]:
    """Stamp of each job: its key, its code and its input; what jobs share is read once."""
    codes: dict[Callable[..., Any], str] = {}
    seen: dict[int, str] = {}

    def told(value: Any) -> str:
        if id(value) not in seen:
            seen[id(value)] = fingerprint(value)
        return seen[id(value)]

    stamps = {}
    for job in jobs:
        if job.do not in codes:
            codes[job.do] = code_fingerprint(job.do)
        given = job.stamp or [told(value) for value in job.given]
        stamps[job.key] = fingerprint([job.key, codes[job.do], given])
    return stamps


def _require_own_keys(jobs: Sequence[Job]) -> None:
    keys = [job.key for job in jobs]
    twice = sorted({key for key in keys if keys.count(key) > 1}) if len(set(keys)) < len(keys) else []
    if twice:
        raise DataError(f"{len(twice)} keys stand at more than one job (first: {twice[0]}); give each job its own")


def _failure(failed: Sequence[tuple[str, BaseException]], total: int, folder: object) -> DataError:
    key, fault = failed[0]
    cure = f"the others are kept in {folder}: mend that and run again" if folder is not None else "mend that"
    error = DataError(f"{len(failed)} of {total} parts failed (first: {key}: {type(fault).__name__}: {fault}); {cure}")
    error.__cause__ = fault
    return error
