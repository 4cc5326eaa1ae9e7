"""All benchmarks with one command: a table of ratios against peers, kept with the facts of the machine.

    python benchmarks/run.py [--quick] [--only routing] [--keep]

The peers are installed into a virtual environment of their own (benchmarks/.venv); one that cannot be installed is
named in the table. Every `bench_*.py` runs in a process of its own with one thread. The ratios are held against the
last kept results of the same kind (benchmarks/results/*.json): a loss of more than 30 % ends with exit code 1.
`--keep` writes the results there, and how cost grows with size as growth.svg.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from harness import DATA, HERE, ONE_THREAD, Row, from_records, losses, machine, table, to_records

# Name by which benchmarks ask for a peer, and what pip installs. Valhalla has wheels for Python 3.12 and newer.
PEERS = {
    "scipy": "scipy",
    "networkx": "networkx",
    "osmnx": "osmnx",
    "aequilibrae": "aequilibrae",
    "pyrosm": "pyrosm",
    "routingkit": "routingkit-cch",
    "valhalla": "pyvalhalla",
}
RESULTS = HERE / "results"
TITLES = {
    "appraisal": "Appraisal and sweeps",
    "assignment": "Equilibrium",
    "criticality": "Criticality of all links",
    "growth": "Growth of cost with size",
    "heavy_haul": "Heavy haul",
    "national": "Sweden's size: 2 million directed edges, 290 municipalities, 6,000 small zones",
    "osm": "Reading OpenStreetMap",
    "rail": "Railway: slots of a year and capacity",
    "rasters": "Heights along edges",
    "redundancy": "Local redundancy",
    "routing": "Shortest paths where many are asked",
    "serve": "Live page",
    "valhalla": "From coordinates, against Valhalla",
    "what_if": "What if, after one edit of the embedded study",
}


def install_peers(folder: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Pythons of the peers that are there, and what each peer is: its version, or why it is missing."""
    pythons, told = {}, {}
    for name, package in PEERS.items():
        base = _newer_python() if name == "valhalla" else sys.executable
        home = folder / ("python3.12" if name == "valhalla" else "peers")
        python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        try:
            if not python.exists():
                _call(base, "-m", "venv", str(home))
            if not _version(python, package):
                _call(str(python), "-m", "pip", "install", "--quiet", "--only-binary=:all:", package)
            told[name] = _version(python, package) or "installed, version not known"
            pythons[name] = str(python)
        except (OSError, subprocess.CalledProcessError) as fault:
            words = str(getattr(fault, "stderr", "") or fault).strip().splitlines()
            errors = [line for line in words if "ERROR" in line] or words[-1:]
            told[name] = f"not installed: {' '.join(errors[-1].split())[:150]}" if errors else "not installed"
    return pythons, told


def _newer_python() -> str:
    """A Python of 3.12 or newer that works, else our own."""
    candidates = [shutil.which(f"python3.{k}") for k in (12, 13, 14)]
    candidates += [str(file) for file in sorted(Path.home().glob(".pyenv/versions/3.1[2-9]*/bin/python"))]
    for python in [sys.executable, *filter(None, candidates)]:
        done = subprocess.run([python, "-c", "import sys; sys.exit(sys.version_info < (3, 12))"], capture_output=True)
        if done.returncode == 0:
            return python
    return sys.executable


def _version(python: Path, package: str) -> str:
    code = "import sys, importlib.metadata as m; print(m.version(sys.argv[1]))"
    done = subprocess.run([str(python), "-c", code, package], capture_output=True, text=True, check=False)
    return done.stdout.strip()


def _call(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True)


def run_benchmark(script: Path, arguments: argparse.Namespace, pythons: dict[str, str]) -> dict[str, Any]:
    """Rows of one benchmark and its peak memory; its fault where it failed."""
    command = [sys.executable, str(script)]
    environment = {**os.environ, **ONE_THREAD}
    environment["PYTHONPATH"] = os.pathsep.join([str(HERE.parent), str(HERE), os.environ.get("PYTHONPATH", "")])
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rows.json"
        command += ["--json", str(file), "--data", str(arguments.data), "--peers", json.dumps(pythons)]
        command += ["--quick"] if arguments.quick else []
        done = subprocess.run(command, env=environment, stdout=subprocess.DEVNULL)
        if done.returncode:
            return {"rows": [], "fault": f"exit code {done.returncode}"}
        return json.loads(file.read_text())


def last_kept(quick: bool, folder: Path = RESULTS) -> list[Row]:
    """Rows of each benchmark from the newest kept results of the same kind that have any."""
    newest: dict[str, list[Row]] = {}
    for file in sorted(folder.glob("*.json")):
        kept = json.loads(file.read_text(encoding="utf-8"))
        if kept["quick"] == quick:
            rows = from_records(kept["rows"])
            newest |= {bench: [row for row in rows if row.bench == bench] for bench in {row.bench for row in rows}}
    return [row for rows in newest.values() for row in rows]


def draw_growth(rows: list[Row], file: Path) -> None:
    """CPU seconds against the number of edges, one line a question, both axes logarithmic."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    lines: dict[str, list[tuple[int, float]]] = {}
    memory: list[tuple[int, float]] = []
    for row in rows:
        if row.bench == "growth" and row.size:
            case = row.case.split(": ", 1)[1]
            lines.setdefault(case, []).append((row.size, row.own_s))
            if case == "a plain tree":
                lines.setdefault("a tree by scipy", []).append((row.size, row.peer_s))
            if row.memory_mb is not None:
                memory.append((row.size, row.memory_mb))
    if not lines:
        return
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(11, 4.5), width_ratios=(3, 2), layout="constrained")
    for case, points in sorted(lines.items(), key=lambda item: -item[1][-1][1]):
        left.loglog(*zip(*sorted(points), strict=True), marker="o", label=case, ls="--" if "scipy" in case else "-")
    left.set(xlabel="edges", ylabel="CPU seconds, one thread", title="Cost")
    right.loglog(*zip(*sorted(memory), strict=True), marker="o", color="0.3")
    right.set(xlabel="edges", ylabel="MB over the imports", title="Peak memory of the hierarchy and 16 trees")
    for axes in (left, right):
        axes.grid(alpha=0.3, which="major")
    figure.legend(loc="outside lower center", frameon=False, ncols=4)
    figure.savefig(file, metadata={"Date": None} if file.suffix == ".svg" else None)
    pyplot.close(figure)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small sizes: does it run?")
    parser.add_argument("--only", action="append", help="name of a benchmark, such as routing; may be given again")
    parser.add_argument("--keep", action="store_true", help=f"keep the results in {RESULTS.name}/")
    parser.add_argument("--data", type=Path, default=DATA, help="folder of real data")
    parser.add_argument("--peers", type=Path, default=HERE / ".venv", help="where the peers live, or will")
    arguments = parser.parse_args()
    scripts = {file.stem.removeprefix("bench_"): file for file in sorted(HERE.glob("bench_*.py"))}
    unknown = [name for name in arguments.only or [] if name not in scripts]
    if unknown:
        parser.error(f"no benchmark is called {unknown[0]}; there are {', '.join(scripts)}")
    chosen = {name: file for name, file in scripts.items() if not arguments.only or name in arguments.only}
    print("peers: installing what is missing", file=sys.stderr)
    pythons, peers = install_peers(arguments.peers)
    stamp = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H%M")
    file = RESULTS / f"{stamp}{'-quick' if arguments.quick else ''}.json"
    kept = [row for row in last_kept(arguments.quick) if row.bench in chosen]
    rows: list[Row] = []
    faults, memory = {}, {}
    for name, script in chosen.items():
        print(f"{name} ...", file=sys.stderr, flush=True)
        done = run_benchmark(script, arguments, pythons)
        rows += from_records(done["rows"])
        faults |= {name: done["fault"]} if "fault" in done else {}
        memory |= {name: done["peak_mb"]} if "peak_mb" in done else {}
        if arguments.keep:  # after each, so that nothing is lost when it is stopped
            facts = {"date": stamp, "quick": arguments.quick, "machine": machine(), "peers": peers, "peak_mb": memory}
            keep({**facts, "rows": to_records(rows)}, file)
    lost = losses(rows, kept) + [f"{name} failed: {fault}" for name, fault in faults.items()]
    print(report(rows, peers, memory, lost))
    if arguments.keep:
        draw_growth(rows, RESULTS / "growth.svg")
    return 1 if lost else 0


def keep(content: dict[str, Any], file: Path) -> None:
    """Write results, whole or not at all."""
    file.parent.mkdir(exist_ok=True)
    part = file.with_suffix(".part")
    part.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    part.replace(file)


def report(rows: list[Row], peers: dict[str, str], memory: dict[str, float], lost: list[str]) -> str:
    """Machine, peers, tables with the peak memory of each benchmark, and what got worse; in Markdown."""
    facts = ", ".join(f"{key} {value}" for key, value in machine().items())
    parts = [facts, "Peers: " + "; ".join(f"{name} {word}" for name, word in peers.items())]
    for bench in dict.fromkeys(row.bench for row in rows):
        peak = f"Peak memory of the whole benchmark {memory[bench]:,} MB.\n\n" if bench in memory else ""
        parts.append(f"### {TITLES.get(bench, bench)}\n\n{peak}{table(row for row in rows if row.bench == bench)}")
    parts.append("Lost since the last kept results:\n" + "\n".join(lost) if lost else "Nothing lost.")
    return "\n\n".join(parts)


if __name__ == "__main__":
    sys.exit(main())
