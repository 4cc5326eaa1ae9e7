"""How quickly the live page answers: processor time of each stage on the embedded study, and twenty people at once.

Run: python benchmarks/bench_serve.py
"""

from __future__ import annotations

import argparse
import statistics
import threading
import time

import anyio
import httpx
import uvicorn

from geoplan.app.answers import STAGES, Live
from geoplan.app.desk import Desk
from geoplan.app.serve import listen_on
from geoplan.app.site import make_app
from geoplan.app.state import first_state, read_state
from geoplan.app.workers import answer_in_worker, start_workers
from geoplan.study import read_study


def stages(live: Live, loads: int) -> None:
    """Each stage for loads that nobody has asked for yet."""
    print(f"{'stage':10} {'median':>8} {'worst':>8}   processor ms over {loads} loads, kB of the answer")
    spent: dict[str, list[float]] = {stage: [] for stage in STAGES}
    size: dict[str, int] = {}
    for k in range(loads):
        query = [("weight", str(150 + 7 * k)), ("height", f"{3.5 + 0.1 * k:.1f}"), ("width", f"{3.2 + 0.05 * k:.2f}")]
        state = read_state(query, live.choices, "sv")
        for stage in STAGES:
            started = time.process_time()
            size[stage] = len(getattr(live, stage)(state))
            spent[stage].append(1000 * (time.process_time() - started))
    for stage, times in spent.items():
        print(f"{stage:10} {statistics.median(times):8.0f} {max(times):8.0f}   {size[stage] / 1000:.0f}")


def workshop(live: Live, people: int, drags: int, workers: int) -> None:
    """People who each drag their own load and wait for the plan and its map; over HTTP, all at once."""
    desk = Desk(start_workers(live.study, first_state(live.choices, "sv"), workers))
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
        for k in range(drags):
            for stage in ("plan", "map"):
                started = time.perf_counter()
                query = {"weight": 200 + 10 * number + k, "height": 4 + number / 50}
                answer = await client.get(f"{address}/api/{stage}", params=query)
                waits.append(time.perf_counter() - started)
                if answer.status_code != 200:
                    refused.append(answer.status_code)
            await anyio.sleep(1.0)  # looks at the answer

    async def all_of_them() -> None:
        limits = httpx.Limits(max_connections=people)
        async with httpx.AsyncClient(timeout=60, limits=limits) as client, anyio.create_task_group() as group:
            for number in range(people):
                group.start_soon(person, client, number)

    wall = time.perf_counter()
    anyio.run(all_of_them)
    wall = time.perf_counter() - wall
    server.should_exit = True
    thread.join(20)
    desk.close()
    listening.close()
    waits.sort()
    middle, nine_tenths = waits[len(waits) // 2], waits[int(0.9 * len(waits))]
    print(
        f"{people} people, {drags} drags each, {workers} workers: {len(waits)} answers, {len(refused)} refused, "
        f"{wall:.1f} s; wait median {middle:.2f} s, nine of ten below {nine_tenths:.2f} s"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--loads", type=int, default=25)
    parser.add_argument("--people", type=int, default=20)
    parser.add_argument("--drags", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    live = Live(read_study("ludvika"))
    live.warm(first_state(live.choices, "sv"))
    stages(live, options.loads)
    workshop(live, options.people, options.drags, options.workers)


if __name__ == "__main__":
    main()
