"""Jobs on a Dask cluster: processes of this machine or workers that a scheduler knows.

Input that jobs share goes to the scheduler once and from there to each worker that needs it; it stays with the
scheduler, so that a worker that is killed costs only the part it was at.
"""

from __future__ import annotations

import logging
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from geoplan.errors import DataError

log = logging.getLogger(__name__)

Call = tuple[Callable[..., Any], tuple[Any, ...]]
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
        Dask is not installed, or the scheduler does not answer.
    """
    try:
        from distributed import as_completed
    except ImportError as fault:
        raise DataError("a cluster needs Dask; install it with: pip install 'geoplan[cluster]'") from fault
    with _open_client(cluster, workers) as client:
        shared = _share(client, calls)
        run = uuid4().hex[:8]
        futures = {
            client.submit(do, *(shared.get(id(value), value) for value in given), key=f"part-{run}-{number}"): number
            for number, (do, given) in enumerate(calls)
        }
        for future in as_completed(futures, loop=client.loop):
            fault = future.exception() if future.status in ("error", "cancelled", "lost") else None
            result = None if fault is not None else future.result()
            yield futures[future], result, fault
            future.release()  # the result is here; the worker need not keep it


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
def _open_client(cluster: str, workers: int | None) -> Iterator[Any]:
    """A client of a scheduler, or of a cluster that ends with it."""
    from distributed import Client, LocalCluster

    if cluster == "local":
        with (
            LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                processes=True,
                dashboard_address=None,
                silence_logs=logging.ERROR,
            ) as own,
            Client(own) as client,
        ):
            yield client
        return
    if "://" not in cluster:
        raise DataError(f"--cluster {cluster!r} is neither local nor an address; use local or tcp://host:port")
    try:
        client = Client(cluster, timeout=CONNECT_S, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as fault:
        raise DataError(f"no scheduler answers at {cluster}; start one with `dask scheduler` or use local") from fault
    with client:
        yield client
