"""Reading an OpenStreetMap extract: CPU time and memory beside osmnx (and pyrosm where it is installed), in one run.

    python benchmarks/bench_osm.py [extract.osm.pbf] [--copies 5] [--peers /tmp/peers/bin/python]

Each reader runs in a process of its own. CPU seconds count all threads, imports left out. Memory is the growth of the
peak resident set over the imports, also as a multiple of the file. osmnx reads XML only: the extract is converted
first, once whole and once with its roads alone, and the conversion is not counted. `--copies` adds a run on a file
made of that many shifted, relabelled copies of the extract. `--peers` names the Python of an environment where osmnx and
pyrosm are installed, so that geoplan's own needs neither.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import osmium

HERE = Path(__file__).resolve().parent
EXTRACT = HERE.parents[1] / "shared" / "data" / "osm" / "heidelberg" / "heidelberg.osm.pbf"

_MEASURE = """
import re, resource, sys, time, warnings
warnings.simplefilter("ignore")
{imports}


def peak():
    # Bytes of this process alone: on Linux ru_maxrss counts the parent too.
    if sys.platform == "linux":
        return int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


before = peak()
wall, cpu = time.perf_counter(), time.process_time()
{work}
cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
print(cpu, wall, peak() - before, {size})
"""
READERS = {
    "geoplan": ("from geoplan.io.osm import read_osm", "n = read_osm({path!r})", "len(n.edges)"),
    "osmnx": ("import osmnx", "n = osmnx.graph_from_xml({path!r}, retain_all=True)", "n.size()"),
    "pyrosm": ("import pyrosm", "n = pyrosm.OSM({path!r}).get_network('driving+service', nodes=True)[1]", "len(n)"),
}


def measure(reader: str, path: Path, python: str = sys.executable) -> tuple[float, float, float, int]:
    """CPU s, wall s, bytes of growth and edges of one reader on one file."""
    imports, work, size = READERS[reader]
    code = _MEASURE.format(imports=imports, work=work.format(path=str(path)), size=size)
    done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=False, cwd=HERE.parent)
    if done.returncode:
        raise SystemExit(f"{reader} failed on {path.name}: {done.stderr.strip().splitlines()[-1]}")
    cpu, wall, grown, edges = done.stdout.split("\n")[-2].split()
    return float(cpu), float(wall), float(grown), int(edges)


def convert(source: Path, target: Path, *, roads_only: bool) -> Path:
    """The extract as XML, whole, or its roads and their nodes alone."""
    if not roads_only:
        with osmium.SimpleWriter(str(target)) as writer:
            for thing in osmium.FileProcessor(str(source)):
                writer.add(thing)
        return target
    with osmium.BackReferenceWriter(str(target), ref_src=str(source), overwrite=True) as writer:
        for way in osmium.FileProcessor(str(source), osmium.osm.WAY).with_filter(osmium.filter.KeyFilter("highway")):
            writer.add(way)
    return target


def replicate(source: Path, target: Path, copies: int) -> tuple[Path, int]:
    """Shifted copies side by side with ids of their own; returns the number of nodes too."""
    step, nodes = 10**11, 0
    with osmium.SimpleWriter(str(target)) as writer:
        for kind in (osmium.osm.NODE, osmium.osm.WAY, osmium.osm.RELATION):
            for copy in range(copies):
                for thing in osmium.FileProcessor(str(source), kind):
                    new = {"id": thing.id + copy * step}
                    if thing.is_node():
                        nodes += 1
                        new["location"] = (thing.lon + 0.5 * (copy % 8), thing.lat + 0.3 * (copy // 8))
                    elif thing.is_way():
                        new["nodes"] = [node.ref + copy * step for node in thing.nodes]
                    else:
                        new["members"] = [(m.type, m.ref + copy * step, m.role) for m in thing.members]
                    writer.add(thing.replace(**new))
    return target, nodes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("extract", nargs="?", type=Path, default=EXTRACT)
    parser.add_argument("--copies", type=int, default=0, help="also read a file of that many copies")
    parser.add_argument("--peers", default=sys.executable, help="Python that has osmnx and pyrosm")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        runs = [
            ("geoplan", options.extract, ""),
            ("osmnx", convert(options.extract, Path(folder) / "all.osm", roads_only=False), "whole file"),
            ("osmnx", convert(options.extract, Path(folder) / "roads.osm", roads_only=True), "roads alone"),
        ]
        if subprocess.run([options.peers, "-c", "import pyrosm"], capture_output=True, check=False).returncode == 0:
            runs.append(("pyrosm", options.extract, ""))
        size = options.extract.stat().st_size
        print(f"{options.extract.name}: {size / 1e6:.2f} MB")
        print(
            f"{'reader':<22}{'CPU s':>8}{'wall s':>8}{'CPU ratio':>11}{'peak growth MB':>16}{'x file':>8}{'edges':>9}"
        )
        base = None
        for reader, path, note in runs:
            cpu, wall, grown, edges = measure(reader, path, sys.executable if reader == "geoplan" else options.peers)
            base = base or cpu
            name = f"{reader} {note}".strip()
            print(f"{name:<22}{cpu:8.2f}{wall:8.2f}{cpu / base:11.1f}{grown / 1e6:16.0f}{grown / size:8.1f}{edges:9d}")
        if options.copies:
            big, nodes = replicate(options.extract, Path(folder) / "big.osm.pbf", options.copies)
            cpu, wall, grown, edges = measure("geoplan", big)
            size = big.stat().st_size
            print(f"{options.copies} copies: {size / 1e6:.1f} MB, {nodes} nodes")
            print(f"{'geoplan':<22}{cpu:8.2f}{wall:8.2f}{'':>11}{grown / 1e6:16.0f}{grown / size:8.1f}{edges:9d}")


if __name__ == "__main__":
    main()
