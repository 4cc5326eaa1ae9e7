"""User equilibrium and Furness: CPU seconds of one thread, and ratios to a peer in the same run.

    python benchmarks/bench_assignment.py --tntp ../shared/data/tntp [--peer-python /venv/bin/python]

The peer is AequilibraE's bi-conjugate Frank-Wolfe (`pip install aequilibrae` in a venv of its own). Each figure
is `time.process_time` around the call in a process of its own with one thread, networks read and kernels compiled;
ours includes the checks of the input, the independent evaluation and the result tables, the peer's is `execute`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1") | {
    "OMP_WAIT_POLICY": "passive"
}
GAPS = (1e-4, 1e-6, 1e-10, 1e-12)
AIMS = {1e-4: 12.0, 1e-6: 80.0}


def read(folder, name):
    from geoplan.io.tntp import read_tntp

    weights = {"toll_weight": 0.02, "distance_weight": 0.04} if name == "ChicagoSketch" else {}
    return read_tntp(folder / name / f"{name}_net.tntp", folder / name / f"{name}_trips.tntp", **weights)


def best_of(times, call):
    """Least CPU seconds of several calls, and what the last one gave."""
    least = np.inf
    for _ in range(times):
        began = time.process_time()
        result = call()
        least = min(least, time.process_time() - began)
    return least, result


def run_networks(folder):
    """CPU seconds and iterations to each gap on each network."""
    from geoplan.assignment.equilibrium import assign
    from geoplan.demand.demand import scale_demand

    figures = {}
    assign(*read(folder, "SiouxFalls"), gap=1e-3)
    for name in ("SiouxFalls", "Anaheim", "Winnipeg", "ChicagoSketch", "ChicagoSketch x 2"):
        network, demand = read(folder, name.split()[0])
        if name.endswith("x 2"):
            demand = scale_demand(demand, 2.0)
        for gap in GAPS[:3] if name.endswith("x 2") else GAPS:
            seconds, result = best_of(3, lambda n=network, d=demand, g=gap: assign(n, d, gap=g))
            objective = float(result.evaluation["objective"])
            figures[f"{name} {gap:g}"] = [
                seconds,
                len(result.convergence),
                objective,
                result.evaluation["node_balance"],
            ]
    return figures


def run_warm_start(folder):
    """Cold and warm CPU seconds after 1 % of the links lost a fifth of their capacity."""
    from geoplan.assignment.equilibrium import assign

    network, demand = read(folder, "ChicagoSketch")
    rng = np.random.default_rng(0)
    edges = network.edges.copy()
    changed = rng.choice(edges.index, len(edges) // 100, replace=False)
    edges.loc[changed, "capacity_vph"] *= 0.8
    variant = network.replace(edges=edges)
    figures = {}
    for gap in (1e-4, 1e-6, 1e-8):
        base = assign(network, demand, gap=gap)
        assign(variant, demand, gap=gap, warm_start=base)
        cold, one = best_of(5, lambda g=gap: assign(variant, demand, gap=g))
        warm, two = best_of(5, lambda g=gap, b=base: assign(variant, demand, gap=g, warm_start=b))
        searches = [float(result.convergence["seconds"].iloc[-1]) for result in (one, two)]
        figures[f"{gap:g}"] = [cold, warm, *searches]
    return figures


def run_furness(_folder):
    """2,000 x 2,000 balanced to 1e-10, and `distribute` around it."""
    from geoplan.demand.furness import balance

    rng = np.random.default_rng(0)
    places = rng.random((2000, 2)) * 60
    cost = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1)) + 2
    rows, columns = rng.gamma(0.5, 100, 2000), rng.gamma(0.5, 100, 2000)
    columns *= rows.sum() / columns.sum()

    def work():
        return balance(np.exp(-0.1 * cost), rows, columns, tolerance=1e-10)

    seconds, result = best_of(3, work)
    return {"furness": [seconds, result.iterations, result.max_error]}


PARTS = {"networks": run_networks, "warm_start": run_warm_start, "furness": run_furness}


def run_part(part, folder):
    """A part in a process of its own with one thread."""
    command = [sys.executable, __file__, "--tntp", str(folder), "--part", part]
    done = subprocess.run(command, env={**os.environ, **ONE_THREAD}, stdout=subprocess.PIPE, check=True, text=True)
    return json.loads(done.stdout)


def run_peer(python, folder):
    """Peer's CPU seconds on ChicagoSketch to each gap it is asked for."""
    network, demand = read(folder, "ChicagoSketch")
    edges = network.edges
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "problem.npz"
        np.savez(
            file,
            trips=demand.matrices["car"].to_numpy(),
            u=edges["u"].to_numpy(),
            v=edges["v"].to_numpy(),
            capacity=edges["capacity_vph"].to_numpy(),
            time=edges["free_time_s"].to_numpy() / 60,
            b=edges["bpr_alpha"].to_numpy(),
            power=edges["bpr_beta"].to_numpy(),
            fixed=np.nan_to_num(edges["fixed_delay_s"].to_numpy()) / 60,
            blocked=False,
        )
        script = Path(__file__).with_name("peer_aequilibrae.py")
        command = [python, str(script), str(file), *(str(gap) for gap in AIMS)]
        done = subprocess.run(
            command,
            env={**os.environ, **ONE_THREAD},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=True,
            text=True,
        )
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return {line["gap"]: line for line in lines}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tntp", type=Path, default=Path("../shared/data/tntp"), help="folder of the TNTP networks")
    parser.add_argument("--peer-python", help="python of a venv with aequilibrae")
    parser.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.part:
        json.dump(PARTS[arguments.part](arguments.tntp), sys.stdout)
        return
    ours = run_part("networks", arguments.tntp)
    print(f"{'network and gap':28} {'CPU s':>8} {'iterations':>11} {'objective':>20} {'node balance':>13}")
    for name, (seconds, iterations, objective, balance) in ours.items():
        print(f"{name:28} {seconds:8.3f} {iterations:11d} {objective:20.8f} {balance:13.1e}")
    if arguments.peer_python:
        print("\nChicagoSketch against AequilibraE bi-conjugate Frank-Wolfe, one thread each")
        for gap, line in run_peer(arguments.peer_python, arguments.tntp).items():
            mine = ours[f"ChicagoSketch {gap:g}"][0]
            print(
                f"  {gap:g}: {line['cpu_s']:.2f} / {mine:.3f} = {line['cpu_s'] / mine:.0f} times (aim {AIMS[gap]:.0f})"
            )
    print("\nChicagoSketch after a change on 1 % of the links, cold / warm")
    for gap, (cold, warm, one, two) in run_part("warm_start", arguments.tntp).items():
        print(f"  {gap}: {cold:.3f} / {warm:.3f} = {cold / warm:.1f} times (aim 3), the search alone {one / two:.1f}")
    seconds, iterations, error = run_part("furness", arguments.tntp)["furness"]
    print(
        f"\nFurness 2,000 x 2,000: {seconds:.3f} CPU s, {iterations} iterations, error {error:.0e} (aim 1e-10 in 1 s)"
    )


if __name__ == "__main__":
    main()
