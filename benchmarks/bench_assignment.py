"""User equilibrium and Furness: CPU seconds of one thread, and ratios to a peer in the same run.

    python benchmarks/bench_assignment.py [--peers '{"aequilibrae": "/venv/bin/python"}']

The peer is AequilibraE's bi-conjugate Frank-Wolfe. Networks are read and kernels compiled; ours includes the checks of
the input, the independent evaluation and the result tables, the peer's is `execute`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from harness import Options, Row, alone, ask_peer, cpu, yardstick

ALL = ("SiouxFalls", "Anaheim", "Winnipeg", "ChicagoSketch")
GAPS = (1e-4, 1e-6, 1e-10, 1e-12)
AIMS = {1e-4: 12.0, 1e-6: 80.0}


def read(folder, name):
    from geoplan.io.tntp import read_tntp

    weights = {"toll_weight": 0.02, "distance_weight": 0.04} if name == "ChicagoSketch" else {}
    return read_tntp(folder / name / f"{name}_net.tntp", folder / name / f"{name}_trips.tntp", **weights)


def run_networks(folder, names):
    """CPU seconds and iterations to each gap on each network."""
    from geoplan.assignment.equilibrium import assign
    from geoplan.demand.demand import scale_demand

    figures = {}
    assign(*read(folder, "SiouxFalls"), gap=1e-3)
    for name in names:
        network, demand = read(folder, name.split()[0])
        if name.endswith("x 2"):
            demand = scale_demand(demand, 2.0)
        for gap in GAPS[:3] if name.endswith("x 2") else GAPS:
            seconds, result = cpu(lambda n=network, d=demand, g=gap: assign(n, d, gap=g))
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
        cold, one = cpu(lambda g=gap: assign(variant, demand, gap=g), times=5)
        warm, two = cpu(lambda g=gap, b=base: assign(variant, demand, gap=g, warm_start=b), times=5)
        searches = [float(result.convergence["seconds"].iloc[-1]) for result in (one, two)]
        figures[f"{gap:g}"] = [cold, warm, *searches]
    return figures


def run_furness():
    """2,000 x 2,000 balanced to 1e-10, and `distribute` around it."""
    from geoplan.demand.furness import balance

    rng = np.random.default_rng(0)
    places = rng.random((2000, 2)) * 60
    cost = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1)) + 2
    rows, columns = rng.gamma(0.5, 100, 2000), rng.gamma(0.5, 100, 2000)
    columns *= rows.sum() / columns.sum()

    def work():
        return balance(np.exp(-0.1 * cost), rows, columns, tolerance=1e-10)

    seconds, result = cpu(work)
    return {"furness": [seconds, result.iterations, result.max_error]}


def run_peer(python, folder, gaps):
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
        lines = ask_peer(python, "peer_aequilibrae.py", str(file), *(str(gap) for gap in gaps))
    return {line["gap"]: line for line in lines}


def measure(options: Options) -> Iterator[Row]:
    folder, unit = options.data / "tntp", yardstick()
    if not folder.is_dir():
        return
    names = ["SiouxFalls", "Anaheim", "ChicagoSketch"] if options.quick else [*ALL, "ChicagoSketch x 2"]
    ours = run_networks(folder, names)
    for name, (seconds, iterations, _, balance) in ours.items():
        yield Row(
            f"equilibrium, {name}", "yardstick", seconds, unit, checked=bool(balance < 1e-6), note=f"{iterations} iter."
        )
    if "aequilibrae" in options.peers:
        gaps = list(AIMS)[: 1 if options.quick else None]
        for gap, line in run_peer(options.peers["aequilibrae"], folder, gaps).items():
            own = ours[f"ChicagoSketch {gap:g}"][0]
            yield Row(f"equilibrium, ChicagoSketch {gap:g}", "AequilibraE bfw", own, line["cpu_s"], AIMS[gap])
    if not options.quick:
        for gap, (cold, warm, *_) in run_warm_start(folder).items():
            yield Row(f"1 % of ChicagoSketch changed, gap {gap}, warm", "a cold start", warm, cold, 3)
    seconds, _, error = run_furness()["furness"]
    yield Row("Furness 2,000 x 2,000", "yardstick", seconds, unit, limit_s=1.0, checked=bool(error <= 1e-10))


if __name__ == "__main__":
    alone(measure, __doc__)
