"""Write docs/validation_commuting.md and its picture: commuters of the study beside the published flows of Dalarna.

    python docs/validation_commuting.py [folder of the real data]

The published flows are no input of the study. A test runs the same functions and compares
the page, so that it stays true.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geoplan.assignment.equilibrium import assign
from geoplan.demand.containment import self_containment
from geoplan.demand.demand import build_demand
from geoplan.study import Study, read_study

PAGE = Path(__file__).with_name("validation_commuting.md")
PICTURE = PAGE.with_suffix(".png")
DATA = Path(__file__).resolve().parents[2] / "shared" / "data"

COUNTY = "20"  # municipality codes of Dalarna begin so
BOX = (14.7, 59.95, 15.8, 60.35)  # lon, lat around Ludvika and Smedjebacken: the area of the study
NEAR_M = 1_000.0  # likely error of a node of the study
STEP_M = 250.0  # between the points of a segment that are looked up
ANGLE = np.radians(35)  # roads that cross are not the same
MATCHED = 0.6  # share of its points that lie along roads of the study, for a segment to be compared
PEAK_SHARE = 0.35  # of the study: GEH is made for vehicles an hour
PLACES = (
    ("Ludvika", 15.19, 60.15),
    ("Smedjebacken", 15.40, 60.12),
    ("Borlänge", 15.45, 60.47),
    ("Falun", 15.64, 60.62),
    ("Mora", 14.55, 61.03),
    ("Avesta", 16.17, 60.13),
)  # of the map, lon lat
Array = NDArray[np.float64]

HEAD = """# Commuters of the study beside the published flows of Dalarna

Written by `docs/validation_commuting.py`; a test keeps it true. Region Dalarna publishes the commuters who are
registered in Dalarna, assigned to {n} segments of its main roads between localities (`commuter_flow_segments`,
read 2026). They are no input of the study.

Compared are persons, both directions, by whatever means they travel: commuters of the gravity model who live in
Dalarna, all on the quickest road. The published flows leave out who lives outside localities, so that a zone counts
with the share of its residents in localities, and a zone outside localities does not count. A segment is compared
when {matched:.0%} of it lies within {near:.0f} m of a road of the study that runs the same way: {compared} segments,
{km:.0f} km. GEH is that of the busiest hour ({peak:.0%} of the commuters); below 5 is usually called a good fit.
"""


@dataclass(frozen=True)
class Comparison:
    """Segments with `observed` and `modelled` commuters, the road they lie along, and whether they lie in the area."""

    segments: gpd.GeoDataFrame
    n_published: int
    own_share: float
    to_ludvika: float

    def measures(self, rows: pd.Series | None = None) -> dict[str, float]:
        """Correlation, commuter kilometres and GEH of all segments, or of some."""
        table = self.segments if rows is None else self.segments[rows]
        observed, modelled = table["observed"].to_numpy(), table["modelled"].to_numpy()
        ranks = pd.Series(observed).corr(pd.Series(modelled), method="spearman")
        return {
            "segments": len(table),
            "km": float(table.length.sum() / 1000),
            "correlation": float(np.corrcoef(observed, modelled)[0, 1]),
            "rank_correlation": float(ranks),
            "commuter_km_ratio": float((modelled * table.length).sum() / (observed * table.length).sum()),
            "geh_below_5": float((table["geh"] < 5).mean()),
            "geh_below_10": float((table["geh"] < 10).mean()),
        }


def compare(study: Study, data: Path) -> Comparison:
    """The commuters of a study beside the published flows."""
    folder = data / "dalarna" / "commuting"
    commuters = commuters_of(study)
    weight = in_localities(study.zones, gpd.read_file(folder / "localities_tatorter.geojson"))
    living = weight * study.zones["municipality_code"].str.startswith(COUNTY)
    told = commuters.mul(living, axis=0).mul((weight > 0).astype(float), axis=1)
    flows = assign(study.network, build_demand(study.zones, {"car": told}), method="aon").flows["flow_vph"]
    edges = study.network.edges
    both = flows.groupby(edges["way_id"].reindex(flows.index)).sum()
    works = study.network.nodes["kind"].isin(["plant", "mine", "port", "terminal"])
    roads = edges[(edges["mode"] == "road") & (edges["status"] == "")].drop_duplicates("way_id").set_index("way_id")
    roads = roads[~(roads["u"].map(works) | roads["v"].map(works))]  # nobody lives at their end
    segments = gpd.read_file(folder / "commuter_flow_segments.geojson").to_crs(study.network.crs)
    way, share = match_segments(segments.geometry, roads.geometry)
    observed = segments["nbrCommuters"].to_numpy(dtype=np.float64)
    modelled = pd.Series(way).map(both).to_numpy(dtype=np.float64)
    middle = shapely.get_coordinates(segments.centroid.to_crs(4326))
    near = (middle >= BOX[:2]).all(axis=1) & (middle <= BOX[2:]).all(axis=1)
    columns = {"observed": observed, "modelled": modelled, "way_id": way, "near": near}
    table = gpd.GeoDataFrame(columns, geometry=segments.geometry.to_numpy(), crs=segments.crs)
    table["name"] = [_road_name(roads, key) for key in way]
    table["geh"] = geh(modelled * PEAK_SHARE, observed * PEAK_SHARE)
    code = study.zones["municipality_code"]
    between = commuters.groupby(code).sum().T.groupby(code).sum().T
    employed = study.zones.loc[code == "2085", "employed_residents"].sum()
    return Comparison(
        table[(share >= MATCHED) & (way != "")].reset_index(drop=True),
        len(segments),
        float(between.loc["2085", "2085"] / employed),
        float(between.loc["2061", "2085"]),
    )


def commuters_of(study: Study) -> pd.DataFrame:
    """Commuters a day from zone to zone: the cars of the demand before peak hour and car share."""
    config = study.config.demand
    assert config is not None and study.demand is not None
    return study.demand.matrices[config.class_name] / (config.peak_share * config.driver_share)


def in_localities(zones: gpd.GeoDataFrame, localities: gpd.GeoDataFrame) -> pd.Series:
    """1 for a locality, 0 for a zone outside them, else the share of the municipality's residents who live in one."""
    code = zones["municipality_code"]
    there = localities.groupby(localities["kommun"].astype(str))["bef"].sum()
    share = (code.map(there) / zones["population"]).clip(upper=1.0).fillna(1.0)
    locality = (~zones["name"].str.contains("outside localities")).astype(float)
    return share.where(~code.duplicated(keep=False), locality)


def match_segments(segments: gpd.GeoSeries, roads: gpd.GeoSeries) -> tuple[NDArray[np.object_], Array]:
    """For each segment the road (index of `roads`) that most of its points lie along, and the share that do."""
    ways, shares = np.full(len(segments), "", dtype=object), np.zeros(len(segments))
    lines = roads.to_numpy()
    tree = shapely.STRtree(lines)
    for k, shape in enumerate(segments):
        points, heading = _points_along(shape)
        at, road = tree.query(points, predicate="dwithin", distance=NEAR_M)
        turned = np.abs((_heading(lines[road], points[at]) - heading[at] + np.pi / 2) % np.pi - np.pi / 2)
        found = pd.DataFrame({"at": at, "road": road, "far": shapely.distance(lines[road], points[at])})[turned < ANGLE]
        best = found.sort_values("far", kind="stable").drop_duplicates("at")["road"]
        if len(best):
            ways[k], shares[k] = roads.index[best.mode().iloc[0]], len(best) / len(points)
    return ways, shares


def geh(modelled: Array, observed: Array) -> Array:
    """GEH of hourly flows: sqrt(2 (m - o)^2 / (m + o)).

    Source: Highways Agency (1996), Design Manual for Roads and Bridges, vol. 12.
    """
    total = modelled + observed
    return np.sqrt(np.divide(2 * (modelled - observed) ** 2, total, out=np.zeros_like(total), where=total > 0))


def variants(study: Study) -> dict[str, Study]:
    """The study with other assumptions."""

    def changed(**keys: Any) -> Study:
        assert study.config.demand is not None
        demand = study.config.demand.model_copy(update=keys)
        return replace(study, config=study.config.model_copy(update={"demand": demand}))

    plain = {"containment": False, "parameters": {}, "mean_time_min": 18.0}
    return {
        "as the study has it (beta 0.002)": study,
        "beta 0.0015": changed(parameters={"beta": 0.0015}),
        "beta 0.003": changed(parameters={"beta": 0.003}),
        "without containment, mean 18 min": changed(**plain),
    }


def write_page(study: Study, data: Path) -> str:
    """The page as text."""
    told = compare(study, data)
    rows = {
        "area of the study": told.measures(told.segments["near"]),
        "all of Dalarna": told.measures(),
        "of these, roads that commuters of the zones use": told.measures(told.segments["modelled"] > 0),
    }
    county = rows["all of Dalarna"]
    shown = {"compared": county["segments"], "km": county["km"], "matched": MATCHED, "near": NEAR_M, "peak": PEAK_SHARE}
    text = [HEAD.format(n=told.n_published, **shown), "## How well they agree\n", _measures(rows)]
    text += ["\n![Published and modelled commuters](validation_commuting.png)\n", EXPLAINED]
    text += ["## What the assumptions do\n", _variants(study, data), "\n## Those who live and work in a municipality\n"]
    text += [SHARES, _own_shares(study)]
    text += ["\n## The largest misses\n", MISSES, _misses(told.segments)]
    text += ["\n## The roads of the study area\n", _area(told.segments)]
    return "\n".join(text) + "\n"


EXPLAINED = """Box of the area: 14.7-15.8 E, 59.95-60.35 N. Ratio: modelled commuter kilometres over published ones.

In the area the pattern agrees and the level is above the published one. Employed residents are assumed (0.435 of all
residents, also in small localities), jobs of the small localities too, and the model puts those who go by train on the
road. In the rest of Dalarna the roads that miss their commuters are those to places that are no zones of the study.
"""

SHARES = """SCB's figures (December 2022) by the formula of data/README.md; the model is balanced to them.
"""

MISSES = """One row a road, its worst segment. Four reasons explain them:

* **No zone there.** Leksand, Rättvik, Mora, Vansbro, Hofors and the places along those roads are no zones: whoever
  lives or works there is missing (modelled 0 or nearly so). Roads of the study area do not depend on them.
* **Streets of a town.** Borlänge, Falun, Avesta and Hedemora are one zone each. Trips within a zone are not assigned,
  and its other trips leave it at one point.
* **Another road.** The commuters of Nyhammar and of Söderbärke are published on local roads beside rv 66 that the
  study does not have; its rv 66 carries them.
* **Too few places to go.** Those who leave Falun can only find Borlänge, its one large neighbour among the zones, and
  the same holds in return: the road between them carries too many. Some of them go by train.
"""


def _measures(rows: dict[str, dict[str, float]]) -> str:
    lines = [
        "| | segments | km | correlation | rank correlation | commuter km, ratio | GEH below 5 | GEH below 10 |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, m in rows.items():
        lines.append(
            f"| {name} | {m['segments']} | {m['km']:.0f} | {m['correlation']:.2f} | {m['rank_correlation']:.2f} | "
            f"{m['commuter_km_ratio']:.2f} | {m['geh_below_5']:.0%} | {m['geh_below_10']:.0%} |"
        )
    return "\n".join(lines)


def _variants(study: Study, data: Path) -> str:
    lines = [
        "| assumptions | live and work in Ludvika | Smedjebacken to Ludvika | correlation, area | ratio, area |",
        "|---|---|---|---|---|",
    ]
    for name, other in variants(study).items():
        told = compare(other, data)
        m = told.measures(told.segments["near"])
        lines.append(
            f"| {name} | {told.own_share:.0%} | {told.to_ludvika:,.0f} | {m['correlation']:.2f} | "
            f"{m['commuter_km_ratio']:.2f} |"
        )
    return "\n".join(lines)


def _own_shares(study: Study) -> str:
    zones, municipalities = study.zones, study.municipalities
    assert zones is not None and municipalities is not None
    code = zones["municipality_code"]
    employed = zones["employed_residents"].groupby(code).sum()
    table = self_containment(municipalities, employed).reindex(municipalities.index)
    commuters = commuters_of(study)
    between = commuters.groupby(code).sum().T.groupby(code).sum().T
    lines = [
        "| municipality | employed (assumed) | stay, SCB | modelled | out, SCB | in, SCB | of these outside zones |",
        "|---|---|---|---|---|---|---|",
    ]
    for key, row in table.iterrows():
        lines.append(
            f"| {municipalities.loc[key, 'municipality']} | {row['employed']:,.0f} | {row['own_share']:.1%} | "
            f"{between.loc[key, key] / row['employed']:.1%} | {row['commute_out']:,.0f} | {row['commute_in']:,.0f} | "
            f"{row['outside_share']:.0%} |"
        )
    return "\n".join(lines)


def _misses(segments: gpd.GeoDataFrame) -> str:
    worst = segments.sort_values("geh", ascending=False, kind="stable").drop_duplicates("way_id").head(12)
    return _rows(worst)


def _area(segments: gpd.GeoDataFrame) -> str:
    longest = segments[segments["near"]].assign(length=segments.length).sort_values("length", ascending=False)
    return _rows(longest.drop_duplicates("way_id").sort_values("observed", ascending=False, kind="stable"))


def _rows(table: gpd.GeoDataFrame) -> str:
    lines = ["| road | km | published | modelled | GEH |", "|---|---|---|---|---|"]
    for row, length in zip(table.itertuples(index=False), table.length, strict=True):
        lines.append(
            f"| {row.name} | {length / 1000:.1f} | {row.observed:,.0f} | {row.modelled:,.0f} | {row.geh:.0f} |"
        )
    return "\n".join(lines)


def draw(told: Comparison, file: Path) -> None:
    """Published and modelled commuters as two scatters, and a map of what differs (blue too few, orange too many)."""
    matplotlib.use("Agg")
    figure, (left, middle, right) = plt.subplots(1, 3, figsize=(14, 4.8), layout="constrained")
    table, near = told.segments, told.segments["near"]
    _scatter(left, table[near], "#0b5fa5", "area of the study")
    _scatter(middle, table, "#9aa5b1", "all of Dalarna")
    middle.scatter(table.loc[near, "observed"], table.loc[near, "modelled"], s=18, color="#0b5fa5")
    difference = (table["modelled"] - table["observed"]).to_numpy()
    for few, colour in ((True, "#0b5fa5"), (False, "#d97706")):
        rows = (difference < 0) == few
        table[rows].plot(ax=right, color=colour, linewidth=0.4 + np.abs(difference[rows]) / 500)
    right.set_axis_off()
    right.set_title("modelled less published: blue too few, orange too many", fontsize=9)
    for name, lon, lat in PLACES:
        x, y = gpd.GeoSeries([shapely.Point(lon, lat)], crs=4326).to_crs(table.crs).get_coordinates().iloc[0]
        right.annotate(name, (x, y), xytext=(6, 0), textcoords="offset points", fontsize=8)
    figure.savefig(file, dpi=100)
    plt.close(figure)


def _scatter(axes: Any, table: gpd.GeoDataFrame, colour: str, title: str) -> None:
    top = 1.05 * float(table[["observed", "modelled"]].max().max())
    axes.plot([0, top], [0, top], color="#999999", linewidth=0.8)
    axes.scatter(table["observed"], table["modelled"], s=18, color=colour, alpha=0.8)
    limits = (-0.02 * top, top)
    axes.set(xlabel="published commuters", ylabel="modelled commuters", xlim=limits, ylim=limits, title=title)


def _road_name(roads: gpd.GeoDataFrame, way: str) -> str:
    if way == "":
        return ""
    return " ".join(text for text in (roads.loc[way, "ref"], roads.loc[way, "name"]) if text)


def _points_along(shape: shapely.Geometry) -> tuple[NDArray[np.object_], Array]:
    """Points along a (multi)line and its direction there, radians."""
    points, heading = [], []
    for line in shapely.get_parts(shape):
        n = max(2, int(line.length // STEP_M))
        found = shapely.line_interpolate_point(line, (np.arange(n) + 0.5) / n * line.length)
        points.append(found)
        heading.append(_heading(np.full(n, line), found))
    return np.concatenate(points), np.concatenate(heading)


def _heading(lines: NDArray[np.object_], points: NDArray[np.object_]) -> Array:
    """Direction of each line where it is nearest to its point, over 400 m."""
    where, length = shapely.line_locate_point(lines, points), shapely.length(lines)
    start, end = (
        shapely.get_coordinates(shapely.line_interpolate_point(lines, np.clip(where + shift, 0, length)))
        for shift in (-200.0, 200.0)
    )
    return np.arctan2(end[:, 1] - start[:, 1], end[:, 0] - start[:, 0])


if __name__ == "__main__":
    given = Path(sys.argv[1]) if len(sys.argv) > 1 else DATA
    embedded = read_study("ludvika")
    PAGE.write_text(write_page(embedded, given), encoding="utf-8")
    draw(compare(embedded, given), PICTURE)
