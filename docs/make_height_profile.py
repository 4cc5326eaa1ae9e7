"""Draws docs/height_profile.png: heights from a raster along a motorway and a railway, with and without their bridges.

    python docs/make_height_profile.py FOLDER

FOLDER holds an OpenStreetMap extract and the elevation tiles of its area, such as north-bayreuth.osm.gz with
N49E011.hgt.zip and N50E011.hgt.zip (SRTM, 90 m). What should be seen: on bridges the ways go straight whatever the
ground below does, and grades are about as steep as such ways are built. A raster of 90 m shows woods and cuttings too:
bumps of some metres.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd

import geoplan as gp

mpl.use("Agg")
import matplotlib.pyplot as plt

TARGET = Path(__file__).parent / "height_profile.png"
WAYS = (("A 70", "Motorway A 70", 6.0), ("5051", "Railway 5051 Bamberg-Hof", 2.5))  # steepest usual grade, per cent
GRADE_M = 500.0  # grades are taken over this distance: a raster of 90 m says nothing about less


def longest_way(network: Any, ref: str) -> list[Any]:
    """Edges of the longest way that bears a number, in order of travel."""
    edges = network.edges[network.edges["ref"] == ref]
    own = network.replace(
        edges=edges,
        structure_edges=network.structure_edges[network.structure_edges["edge_id"].isin(edges.index)],
        turns=network.turns.iloc[:0],
    )
    ends = pd.concat([edges["u"], edges["v"]]).unique()
    table = gp.skim(own, list(ends), cost="length_m").to_numpy()
    a, b = np.unravel_index(np.argmax(np.where(np.isfinite(table), table, -1.0)), table.shape)
    return list(gp.route(own, ends[a], ends[b], cost="length_m").edges.index)


def main(folder: Path) -> None:
    """Read, sample and draw."""
    extract = next(path for path in sorted(folder.iterdir()) if ".osm" in path.name)
    tiles = sorted(folder.glob("*.hgt*"))
    network = gp.read_osm(extract, fill_speed=False)
    flat = network.replace(structures=network.structures.iloc[:0], structure_edges=network.structure_edges.iloc[:0])
    figure, axes = plt.subplots(len(WAYS), 1, figsize=(11, 7), layout="constrained")
    for axis, (ref, title, usual_pct) in zip(axes, WAYS, strict=True):
        way = longest_way(network, ref)
        profile, ground = (gp.height_profile(one, way, tiles) for one in (network, flat))
        km = profile["distance_m"] / 1000.0
        axis.plot(
            ground["distance_m"] / 1000.0,
            ground["height_m"],
            color="#e0a458",
            lw=4.0,
            alpha=0.6,
            label="ground (raster)",
        )
        axis.plot(km, profile["height_m"], color="#0b5394", lw=1.6, label="way")
        spanned = profile["on_structure"].to_numpy()
        axis.fill_between(km, 0, 1, where=spanned, transform=axis.get_xaxis_transform(), color="#0b5394", alpha=0.15,
                          lw=0, label="bridge or tunnel")  # fmt: skip
        axis.set_title(f"{title}: {told(profile, usual_pct)}", loc="left", fontsize=11)
        axis.set_ylabel("height, m")
        axis.margins(x=0.01)
        axis.grid(alpha=0.25)
        axis.spines[["top", "right"]].set_visible(False)
    axes[0].legend(frameon=False, loc="best", ncols=3)
    axes[-1].set_xlabel("distance, km")
    figure.text(0.995, 0.003, "Map data © OpenStreetMap contributors (ODbL); heights SRTM", ha="right", fontsize=7)
    figure.savefig(TARGET, dpi=110)


def told(profile: pd.DataFrame, usual_pct: float) -> str:
    """Climb and steepest grade in words."""
    at, height = profile["distance_m"].to_numpy(), profile["height_m"].to_numpy()
    along = np.arange(0.0, at[-1], GRADE_M)
    grades = 100.0 * np.diff(np.interp(along, at, height)) / GRADE_M
    steepest = float(np.abs(grades).max())
    return (
        f"{at[-1] / 1000:.1f} km, {height.min():.0f} to {height.max():.0f} m, "
        f"steepest {steepest:.1f} % over {GRADE_M:g} m (usual: up to {usual_pct:g} %)"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
