"""What the benchmarks share: rows of figures, CPU seconds and memory, machine facts, and the check for losses.

A benchmark is a script with a function `measure(options)` that yields rows; `alone(measure, __doc__)` makes it a
command of its own. A row holds our CPU seconds against a peer's for the same work in the same run: ratios carry over
from machine to machine, seconds do not. Where there is no peer, the peer is the yardstick: a fixed piece of work.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import re
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from scipy.sparse.csgraph import dijkstra

T = TypeVar("T")
HERE = Path(__file__).resolve().parent
DATA = HERE.parents[1] / "shared" / "data"
YARDSTICK = "yardstick"
LOSS = 0.30  # share of a kept ratio that may be lost before the check speaks up
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1") | {
    "OMP_WAIT_POLICY": "passive"
}


@dataclass(frozen=True)
class Row:
    """One figure: our CPU seconds and the peer's for the same work.

    aim : ratio to reach, or None; limit_s : CPU seconds to stay below, or None
    memory_mb : growth of our peak memory, where it was measured; peer_mb : the peer's
    size : edges, for the growth of cost with size
    checked : the two answers were compared and are equal
    """

    case: str
    peer: str
    own_s: float
    peer_s: float
    aim: float | None = None
    limit_s: float | None = None
    memory_mb: float | None = None
    peer_mb: float | None = None
    size: int | None = None
    checked: bool | None = None
    note: str = ""
    bench: str = ""

    @property
    def ratio(self) -> float:
        return self.peer_s / self.own_s if self.own_s > 0 else math.nan

    @property
    def reached(self) -> bool | None:
        """Aim and limit are kept; None when there are none."""
        if self.aim is None and self.limit_s is None:
            return None
        return (self.aim is None or self.ratio >= self.aim) and (self.limit_s is None or self.own_s < self.limit_s)


@dataclass(frozen=True)
class Options:
    """How to run: quick (small sizes, few repeats), folder of the real data, pythons of the peers by name."""

    quick: bool = False
    data: Path = DATA
    peers: dict[str, str] = field(default_factory=dict)


def cpu(work: Callable[[], T], *, times: int = 3) -> tuple[float, T]:
    """Least CPU seconds of several calls, and the last result."""
    least = math.inf
    for _ in range(times):
        began = time.process_time()
        result = work()
        least = min(least, time.process_time() - began)
    return least, result


def yardstick() -> float:
    """CPU seconds of scipy's trees from 100 corners of a made network of 10,000 streets: what stands in for a peer."""
    from made_networks import make_streets

    streets = make_streets(7_000, 20_000)
    matrix = as_matrix(streets.tail, streets.head, streets.time_ms, len(streets.x))
    return cpu(lambda: dijkstra(matrix, indices=np.arange(100)))[0]


def as_matrix(tail: Any, head: Any, cost: Any, n: int) -> Any:
    """Costs as a sparse matrix, the cheapest of parallel arcs; scipy takes 0 for no arc, so that it becomes tiny."""
    from scipy.sparse import csr_array

    order = np.lexsort((cost, head, tail))
    tail, head, cost = tail[order], head[order], np.maximum(cost[order], 1e-12)
    first = np.concatenate([[True], (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])])
    return csr_array((cost[first], (tail[first], head[first])), shape=(n, n))


def peak_mb() -> float:
    """Peak memory of this process in MB."""
    if sys.platform == "linux":
        return int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 1024)


def ask_peer(python: str, script: str, *arguments: str) -> list[dict[str, Any]]:
    """JSON lines that a peer's script prints, run by its own python with one thread."""
    command = [python, str(HERE / script), *arguments]
    done = subprocess.run(command, env={**os.environ, **ONE_THREAD}, capture_output=True, check=False, text=True)
    if done.returncode:
        raise RuntimeError(f"{script}: {(done.stderr.strip().splitlines() or ['no word'])[-1]}")
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def machine() -> dict[str, Any]:
    """What the figures depend on."""
    model = platform.processor() or platform.machine()
    if sys.platform == "linux":
        found = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
        model = found[1] if found else model
    import numba
    import scipy

    versions = {"python": platform.python_version(), "numpy": np.__version__, "scipy": scipy.__version__}
    return {
        "processor": model,
        "cores": os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)
        if hasattr(os, "sysconf")
        else None,
        "system": f"{platform.system()} {platform.machine()}",
        **versions,
        "numba": numba.__version__,
    }


def losses(rows: Iterable[Row], kept: Iterable[Row]) -> list[str]:
    """What got worse: rows whose ratio lost more than `LOSS` against the kept one, or that are gone."""
    now = {(row.bench, row.case, row.peer): row for row in rows}
    told = []
    for old in kept:
        new = now.get((old.bench, old.case, old.peer))
        if new is None:
            told.append(f"{old.bench}: {old.case} against {old.peer} is gone")
        elif new.ratio < (1 - LOSS) * old.ratio:
            told.append(f"{old.bench}: {old.case} against {old.peer}: {new.ratio:.3g} times, was {old.ratio:.3g}")
        elif old.checked and not new.checked:
            told.append(f"{old.bench}: {old.case} against {old.peer}: the answers are no longer equal")
    return told


def to_records(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """Rows for JSON, with their ratios and without what is not known."""
    return [
        {key: value for key, value in {**asdict(row), "ratio": round(row.ratio, 3)}.items() if value not in (None, "")}
        for row in rows
    ]


def from_records(records: Iterable[dict[str, Any]]) -> list[Row]:
    return [Row(**{key: value for key, value in record.items() if key != "ratio"}) for record in records]


def table(rows: Iterable[Row]) -> str:
    """The rows as a Markdown table."""
    lines = [
        "| what | against | ours, CPU s | theirs, CPU s | ratio | aim | memory MB (theirs) | equal |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        aims = [] if row.aim is None else [f">= {row.aim:g} x"]
        aims += [] if row.limit_s is None else [f"< {row.limit_s:g} s"]
        verdict = "" if row.reached is None else (" reached" if row.reached else " **missed**")
        memory = "" if row.memory_mb is None else f"{row.memory_mb:.0f}"
        memory += "" if row.peer_mb is None else f" ({row.peer_mb:.0f})"
        equal = {None: "", True: "yes", False: "**no**"}[row.checked]
        what = row.case + (f" ({row.note})" if row.note else "")
        lines.append(
            f"| {what} | {row.peer} | {row.own_s:.3g} | {row.peer_s:.3g} | {row.ratio:.3g} | "
            f"{', '.join(aims)}{verdict} | {memory} | {equal} |"
        )
    return "\n".join(lines)


def alone(measure: Callable[[Options], Iterator[Row]], doc: str | None) -> None:
    """The command line of one benchmark; `run.py` calls it too."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that it runs")
    parser.add_argument("--data", type=Path, default=DATA, help="folder of real data")
    parser.add_argument("--peers", type=json.loads, default={}, help='JSON: {"networkx": "/venv/bin/python", ...}')
    parser.add_argument("--json", type=Path, help="write the rows here instead of printing a table")
    given = parser.parse_args()
    name = Path(sys.argv[0]).stem.removeprefix("bench_")
    rows = []
    for row in measure(Options(given.quick, given.data, given.peers)):
        rows.append(Row(**{**asdict(row), "bench": name}))
        print(f"{name}: {row.case} / {row.peer}: {row.own_s:.4g} s, {row.ratio:.3g} times", file=sys.stderr, flush=True)
    if given.json:
        given.json.write_text(json.dumps({"rows": to_records(rows), "peak_mb": round(peak_mb())}))
    else:
        print(table(rows))
