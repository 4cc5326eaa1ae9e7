"""Writes validation_assignment.md and its picture: the standard networks to the objectives that are known best.

    python docs/validation_assignment.py [../shared/data]

The networks are those of github.com/bstabler/TransportationNetworks (for research); they are not part of geoplan.
"""

from __future__ import annotations

import sys
from pathlib import Path

from geoplan.assignment.equilibrium import assign
from geoplan.assignment.result import Assignment
from geoplan.demand.demand import scale_demand
from geoplan.io.tntp import read_tntp
from geoplan.maps.drawings_common import save_drawing
from geoplan.maps.drawings_convergence import draw_convergence

PAGE = Path(__file__).with_suffix(".md")
PICTURE = PAGE.with_suffix(".png")
# Best known objectives: README and flow files of the networks, recomputed to 15 digits. None: nobody published one.
NETWORKS = {
    "SiouxFalls": (1.0, 1e-12, 4231335.28710744),
    "Anaheim": (1.0, 1e-12, 1286032.17109603),
    "Winnipeg": (1.0, 1e-12, 827911.494629965),
    "ChicagoSketch": (1.0, 1e-12, 17313018.7387478),
    "ChicagoSketch, twice the demand": (2.0, 1e-9, None),
}
WEIGHTS = {"ChicagoSketch": {"toll_weight": 0.02, "distance_weight": 0.04}}

HEAD = """# User equilibrium on the standard networks

Written by `docs/validation_assignment.py`; a test keeps it true. Algorithm B on networks of the TNTP collection. Gap,
objective and balance are those of the evaluator, which knows nothing of the solver: it takes the flows that are
returned, works out their costs and searches the shortest ways itself.

| network | zones | edges | relative gap asked | reached | objective | best known | node balance |
|---|---|---|---|---|---|---|---|
"""
TAIL = """
*Reached* and *node balance* say below which power of ten they are; *best known* how far the objective is from it,
relatively. Balance is the largest difference, in vehicles, of what comes into a node and goes out of it.

![Relative gap by iteration](validation_assignment.png)

The networks of a study of a few hundred roads converge in one or two iterations, because hardly anybody gains by
another way; its page has the same figures in a table.
"""


def solve(data: Path) -> dict[str, Assignment]:
    """Each network to its gap."""
    found = {}
    for title, (factor, gap, _) in NETWORKS.items():
        name = title.split(",")[0]
        folder = data / "tntp" / name
        files = folder / f"{name}_net.tntp", folder / f"{name}_trips.tntp"
        network, demand = read_tntp(*files, **WEIGHTS.get(name, {}))
        found[title] = assign(network, scale_demand(demand, factor), gap=gap)
    return found


def write_page(found: dict[str, Assignment]) -> str:
    """The page for these results."""
    rows = []
    for title, (_, gap, best) in NETWORKS.items():
        result = found[title]
        figures = result.evaluation
        near = "" if best is None else _below(abs(figures["objective"] / best - 1.0), 1e-10)
        cells = (
            title,
            f"{len(result.skims['car']):,}",
            f"{len(result.flows):,}",
            f"{gap:g}",
            _below(figures["relative_gap"], 1.01 * gap, f"{gap:g}"),
            f"{figures['objective']:.8g}",
            near,
            _below(figures["node_balance"], 1e-9),
        )
        rows.append("| " + " | ".join(cells) + " |\n")
    return HEAD + "".join(rows) + TAIL


def _below(value: float, limit: float, text: str = "") -> str:
    """Whether a value is below its limit; the value itself where it is not."""
    return f"below {text or f'{limit:g}'}" if value <= limit else f"{value:.1e}"


if __name__ == "__main__":
    given = Path(sys.argv[1]) if len(sys.argv) > 1 else Path("../shared/data")
    results = solve(given)
    PAGE.write_text(write_page(results), encoding="utf-8", newline="\n")
    tables = {title: result.convergence for title, result in results.items()}
    save_drawing(draw_convergence(tables, wanted=1e-12), PICTURE, dpi=110)
