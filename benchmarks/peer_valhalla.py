"""Valhalla on an OpenStreetMap extract, run by bench_valhalla.py in a virtual environment of its own.

    python peer_valhalla.py extract.osm.pbf points.json folder

Prints JSON lines: CPU seconds of the tiles, of one route between two of the points, and of a table between all.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import valhalla


def main(extract: str, points: str, folder: str) -> None:
    config = Path(folder) / "valhalla.json"
    tiles = Path(folder) / "tiles"
    tiles.mkdir()
    config.write_text(json.dumps(valhalla.get_config(tile_extract="", tile_dir=str(tiles))))
    builder = valhalla.PYVALHALLA_DIR / "bin" / "valhalla_build_tiles"
    subprocess.run([str(builder), "-c", str(config), extract], check=True, capture_output=True)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(json.dumps({"case": "read", "cpu_s": used.ru_utime + used.ru_stime}), flush=True)
    actor = valhalla.Actor(str(config))
    places = [{"lon": lon, "lat": lat} for lon, lat in json.loads(Path(points).read_text())]
    asked = {"costing": "truck", "locations": [places[0], places[1]]}
    actor.route(asked)
    began, done = time.process_time(), 0
    for pair in pairwise(places):
        try:
            actor.route({"costing": "truck", "locations": list(pair), "directions_type": "none"})
            done += 1
        except valhalla.ValhallaError as fault:  # no way between two points is an answer too
            print(fault, file=sys.stderr)
    print(json.dumps({"case": "route", "cpu_s": (time.process_time() - began) / (len(places) - 1), "found": done}))
    began = time.process_time()
    actor.matrix({"costing": "truck", "sources": places, "targets": places})
    print(json.dumps({"case": "table", "cpu_s": time.process_time() - began}))


if __name__ == "__main__":
    main(*sys.argv[1:])
