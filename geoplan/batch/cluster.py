"""Jobs on a Dask cluster: processes of this machine or workers that a scheduler knows.

Input that jobs share goes to the scheduler once and from there to each worker that needs it; it stays with the
scheduler, so that a worker that is killed costs only the part it was at.
"""

from __future__ import annotations

import importlib
import logging
import pickle
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from geoplan.errors import DataError

log = logging.getLogger(__name__)

Call = tuple[Callable[..., Any], tuple[Any, ...]]
POLL_S = 0.05  # between two looks for results
NO_WORKER_S = 60.0  # how long a cluster may be without workers
CONNECT_S = 10  # how long a scheduler may take to answer
_SMALL = (type(None), bool, int, float, str, bytes)


def run_on_cluster(
    calls: Sequence[Call], cluster: str, *, workers: int | None = None
) -> Iterator[tuple[int, Any, BaseException | None]]:
    """Number of each call with its result or its fault, as they finish.

    Parameters
    ----------
    cluster
        "local" or the address of a scheduler ("tcp://host:port").
    workers
        Processes of a local cluster; cores when None. A scheduler has its own.

    Raises
    ------
    DataError
        Dask is not installed, the scheduler does not answer, or it has had no worker for a minute.
    """
    with _open_client(cluster, workers) as client:
        run = uuid4().hex
        queue = _dask().Queue(f"results-{run}", client=client)
        shared = _share(client, calls)

        def submit(number: int) -> Any:
            do, given = calls[number]
            inputs = [shared.get(id(value), value) for value in given]
            return client.submit(_deliver, run, number, do, *inputs, key=f"part-{number}-{uuid4().hex}")

        futures = {number: submit(number) for number in range(len(calls))}
        seen = time.monotonic()  # when the cluster last had a worker
        while futures:
            ended = [number for number, future in futures.items() if future.status != "pending"]
            if queue.qsize() == 0:  # asked after the ends: what had ended by then had delivered
                yield from _lost_parts(ended, futures, submit)
                seen = time.monotonic() if client.nthreads() else seen
                if time.monotonic() - seen > NO_WORKER_S:
                    raise DataError(f"the cluster has no worker left, {len(futures)} parts are to do; run again")
                time.sleep(POLL_S)
                continue
            number, result, fault = pickle.loads(queue.get())
            if futures.pop(number, None) is not None:  # a part that a killed worker had delivered may come twice
                yield number, result, fault


def _deliver(run: str, number: int, do: Callable[..., Any], *given: Any) -> None:
    """Work out one call on a worker and hand the result to the scheduler before the task counts as done.

    A result that stayed with the worker until it is fetched would be lost with it, and with it the time.
    """
    try:
        told = pickle.dumps((number, do(*given), None), protocol=5)
    except Exception as fault:  # noqa: BLE001 - told to the caller, who tells it at the end
        told = _pack_fault(number, fault)
    _dask().Queue(f"results-{run}", client=_dask().get_client()).put(told)


def _pack_fault(number: int, fault: Exception) -> bytes:
    try:
        return pickle.dumps((number, None, fault), protocol=5)
    except Exception:  # noqa: BLE001 - faults of other libraries may hold what cannot travel
        return pickle.dumps((number, None, RuntimeError(f"{type(fault).__name__}: {fault}")), protocol=5)


def _lost_parts(
    ended: Sequence[int], futures: dict[int, Any], submit: Callable[[int], Any]
) -> Iterator[tuple[int, Any, BaseException]]:
    """Parts that ended without a result: as faults where the cluster gave them up, else handed in again."""
    for number in ended:
        if futures[number].status == "error":
            yield number, None, futures.pop(number).exception()
        else:
            log.warning("part %d was lost on the cluster and is handed in again", number)
            futures[number] = submit(number)


def _share(client: Any, calls: Sequence[Call]) -> dict[int, Any]:
    """Input of more than one job, once, as a task that the scheduler can have made again."""
    times = Counter(id(value) for _, given in calls for value in given if not isinstance(value, _SMALL))
    shared: dict[int, Any] = {}
    for _, given in calls:
        for value in given:
            if times[id(value)] > 1 and id(value) not in shared:
                with warnings.catch_warnings():
                    warnings.filterwarnings("ignore", message="Sending large graph")  # meant: it is the input
                    shared[id(value)] = client.submit(_same, value, key=f"input-{uuid4().hex}")
    return shared


def _same(value: Any) -> Any:
    return value


@contextmanager
def cluster_address(cluster: str | None, *, workers: int | None = None) -> Iterator[str | None]:
    """The address of a cluster for several sweeps: a local one is started once and ends with the block."""
    if cluster != "local":
        yield cluster
        return
    distributed = _dask()
    kind: dict[str, Any] = {"threads_per_worker": 1, "processes": True, "dashboard_address": ":0"}
    with distributed.LocalCluster(n_workers=workers, **kind) as own:
        yield str(own.scheduler_address)


@contextmanager
def _open_client(cluster: str, workers: int | None) -> Iterator[Any]:
    """A client of a scheduler, or of a cluster that ends with it."""
    distributed = _dask()
    if cluster != "local" and "://" not in cluster:
        raise DataError(f"--cluster {cluster!r} is neither local nor an address; use local or tcp://host:port")
    with cluster_address(cluster, workers=workers) as address:
        try:
            client = distributed.Client(address, timeout=CONNECT_S, set_as_default=False)
        except (OSError, TimeoutError, ValueError) as fault:
            raise DataError(
                f"no scheduler answers at {address}; start one with `dask scheduler` or use local"
            ) from fault
        with client:
            yield client


def _dask() -> Any:
    """The library, quiet: its comings and goings are not what the caller asked about."""
    try:
        found = importlib.import_module("distributed")
    except ImportError as fault:
        raise DataError("a cluster needs Dask; install it with: pip install 'geoplan[cluster]'") from fault
    for name in [name for name in logging.root.manager.loggerDict if name.split(".")[0] == "distributed"]:
        logging.getLogger(name).setLevel(logging.ERROR)
    return found
