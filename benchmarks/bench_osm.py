"""Reading an OpenStreetMap extract: CPU time and memory beside osmnx (and pyrosm where it is installed), in one run.

    python benchmarks/bench_osm.py [--peers '{"osmnx": "/venv/bin/python", "pyrosm": "/venv/bin/python"}']

Each reader runs in a process of its own, the peers in environments of their own. CPU seconds count all threads, imports
left out. Memory is the growth of the peak resident set over the imports. osmnx reads XML only: the extract is converted
first, once whole and once with its roads alone, and the conversion is not counted. A file made of five shifted,
relabelled copies of the extract shows how time and memory grow.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import osmium
from harness import Options, Row, alone, yardstick

HERE = Path(__file__).resolve().parent
COPIES = 5

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


def read(reader: str, path: Path, python: str = sys.executable) -> tuple[float, float, float, int]:
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


def measure(options: Options) -> Iterator[Row]:
    folder = "liechtenstein" if options.quick else "heidelberg"
    extract = options.data / "osm" / folder / f"{folder}.osm.pbf"
    if not extract.exists():
        return
    cpu_s, _, grown, edges = read("geoplan", extract)
    case = f"read {folder}, {extract.stat().st_size / 1e6:.1f} MB"
    with tempfile.TemporaryDirectory() as scratch:
        runs = [("pyrosm", extract, "its roads")]
        if "osmnx" in options.peers:
            whole = convert(extract, Path(scratch) / "all.osm", roads_only=False)
            roads = convert(extract, Path(scratch) / "roads.osm", roads_only=True)
            runs += [("osmnx", whole, "whole file as XML"), ("osmnx", roads, "roads alone as XML")]
        for reader, path, what in runs:
            if reader in options.peers:
                theirs, _, peer, _ = read(reader, path, options.peers[reader])
                memory = {"memory_mb": grown / 1e6, "peer_mb": peer / 1e6}
                yield Row(case, f"{reader}, {what}", cpu_s, theirs, size=edges, **memory)
        if not options.quick:
            big, _ = replicate(extract, Path(scratch) / "big.osm.pbf", COPIES)
            seconds, _, grown, edges = read("geoplan", big)
            yield Row(
                f"read {COPIES} copies of it", "yardstick", seconds, yardstick(), memory_mb=grown / 1e6, size=edges
            )


if __name__ == "__main__":
    alone(measure, __doc__)
