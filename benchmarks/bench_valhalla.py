"""Routes and tables of a lorry on Heidelberg, from coordinates, against Valhalla.

    python benchmarks/bench_valhalla.py [--peers '{"valhalla": "/venv/bin/python"}']

The two have costs of their own, so that times are compared and answers are not: geoplan keeps all limits and turns of
the extract, Valhalla its truck profile. Both find the nodes of the coordinates.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
from harness import Options, Row, alone, ask_peer, cpu

from geoplan.errors import NoRouteError
from geoplan.io.osm import read_osm
from geoplan.routing.route import route
from geoplan.routing.skim import skim

POINTS = 50


def measure(options: Options) -> Iterator[Row]:
    name = "liechtenstein" if options.quick else "heidelberg"
    extract = options.data / "osm" / name / f"{name}.osm.pbf"
    if "valhalla" not in options.peers or not extract.exists():
        return
    read_osm(extract, modes=("road",))  # compiles
    read_s, network = cpu(lambda: read_osm(extract, modes=("road",)), times=1)
    main = network.edges[network.edges["road_class"].isin(["primary", "secondary", "tertiary", "residential"])]
    chosen = np.random.default_rng(1).choice(main["u"].unique(), POINTS, replace=False)
    at = network.nodes.loc[chosen].to_crs(4326).geometry
    points = list(zip(at.x.tolist(), at.y.tolist(), strict=True))

    def routes() -> None:
        for a, b in pairwise(points):
            try:
                route(network, a, b, modes=["road"])
            except NoRouteError:
                continue

    route_s, _ = cpu(routes, times=2)
    skim(network, points[:2], modes=["road"])
    table_s, _ = cpu(lambda: skim(network, points, modes=["road"]), times=2)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "points.json").write_text(json.dumps(points))
        told = ask_peer(options.peers["valhalla"], "peer_valhalla.py", str(extract), f"{folder}/points.json", folder)
    theirs = {line["case"]: line["cpu_s"] for line in told}
    yield Row(f"{name}: extract to a network", "Valhalla (tiles)", read_s, theirs["read"])
    yield Row(f"{name}: route between coordinates", "Valhalla", route_s / (POINTS - 1), theirs["route"])
    yield Row(f"{name}: {POINTS} x {POINTS} between coordinates", "Valhalla", table_s, theirs["table"])


if __name__ == "__main__":
    alone(measure, __doc__)
