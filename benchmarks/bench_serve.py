"""How quickly the live page answers: processor time of each stage on the embedded study, and twenty people at once.

python benchmarks/bench_serve.py
"""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Iterator

import anyio
import httpx
import psutil
import uvicorn
from harness import Options, Row, alone, yardstick

from geoplan.app.answers import STAGES, Live
from geoplan.app.desk import Desk
from geoplan.app.serve import listen_on
from geoplan.app.site import make_app
from geoplan.app.state import first_state, read_state
from geoplan.app.workers import answer_in_worker, start_workers
from geoplan.study import read_study

PEOPLE, DRAGS, WORKERS = 20, 3, 2


def measure(options: Options) -> Iterator[Row]:
    unit = yardstick()
    live = Live(read_study("ludvika"))
    live.warm(first_state(live.choices, "sv"))
    yield from stages(live, 5 if options.quick else 25, unit)
    yield workshop(live, unit)


def stages(live: Live, loads: int, unit: float) -> Iterator[Row]:
    """Each stage for loads that nobody has asked for yet."""
    spent: dict[str, list[float]] = {stage: [] for stage in STAGES}
    size: dict[str, int] = {}
    for k in range(loads):
        query = [("weight", str(150 + 7 * k)), ("height", f"{3.5 + 0.1 * k:.1f}"), ("width", f"{3.2 + 0.05 * k:.2f}")]
        state = read_state(query, live.choices, "sv")
        for stage in STAGES:
            started = time.process_time()
            size[stage] = len(getattr(live, stage)(state))
            spent[stage].append(time.process_time() - started)
    for stage, times in spent.items():
        note = f"median of {loads} loads, worst {1000 * max(times):.0f} ms; {size[stage] / 1000:.0f} kB"
        yield Row(f"live page: {stage}", "yardstick", statistics.median(times), unit, note=note)


def workshop(live: Live, unit: float) -> Row:
    """People who each drag their own load and wait for the plan and its map; over HTTP, all at once."""
    desk = Desk(start_workers(live.study, first_state(live.choices, "sv"), WORKERS))
    listening = listen_on("127.0.0.1", 0)
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    config = uvicorn.Config(
        make_app(live, desk, lang="sv", work=answer_in_worker), log_level="warning", access_log=False
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    waits: list[float] = []
    refused: list[int] = []

    async def person(client: httpx.AsyncClient, number: int) -> None:
        for k in range(DRAGS):
            for stage in ("plan", "map"):
                started = time.perf_counter()
                query = {"weight": 200 + 10 * number + k, "height": 4 + number / 50}
                answer = await client.get(f"{address}/api/{stage}", params=query)
                waits.append(time.perf_counter() - started)
                if answer.status_code != 200:
                    refused.append(answer.status_code)
            await anyio.sleep(1.0)  # looks at the answer

    async def all_of_them() -> None:
        limits = httpx.Limits(max_connections=PEOPLE)
        async with httpx.AsyncClient(timeout=60, limits=limits) as client, anyio.create_task_group() as group:
            for number in range(PEOPLE):
                group.start_soon(person, client, number)

    began = _cpu_of_all()
    anyio.run(all_of_them)
    spent = _cpu_of_all() - began
    server.should_exit = True
    thread.join(20)
    desk.close()
    listening.close()
    waits.sort()
    middle, nine_tenths = waits[len(waits) // 2], waits[int(0.9 * len(waits))]
    note = f"{len(refused)} refused, wait {middle:.2f} s, nine of ten below {nine_tenths:.2f} s by the clock; "
    note += f"{WORKERS} workers and the people themselves"
    return Row(f"live page: an answer, {PEOPLE} people at once", "yardstick", spent / len(waits), unit, note=note)


def _cpu_of_all() -> float:
    """CPU seconds of this process and of those that work for it."""
    this = psutil.Process()
    times = [one.cpu_times() for one in (this, *this.children(recursive=True))]
    return sum(one.user + one.system for one in times)


if __name__ == "__main__":
    alone(measure, __doc__)
