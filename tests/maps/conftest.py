"""A small made-up network around Ludvika, with every mode, and made-up results on it.

       town_n
         |  w1 (two-way road)
mine --- lud ---- smed        road w2, w3; rail r1 lud-smed; sea s1 port-haven
         |  w4 under the bridge `st1` that carries rail r2
       grang ~~~~ port        transfer t1 grang-port
"""

from __future__ import annotations

from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import LineString, Point

from geoplan.network.network import Network, build_network

CRS = 3006
X0, Y0 = 510_000.0, 6_668_000.0  # near 15.18 E, 60.15 N

PLACES = {
    "lud": (0, 0, "Ludvika", "town"),
    "town_n": (1500, 9000, "Håksberg", "town"),
    "smed": (12500, -900, "Smedjebacken", "station"),
    "mine": (-7000, 1500, "Blötberget <gruva>", "mine"),
    "grang": (-9500, -8200, "Grängesberg", "station"),
    "port": (-9000, -15000, "Köping port", "port"),
    "haven": (4000, -19000, "Västerås port", "port"),
    "x1": (5600, 700, "", "junction"),
}
WAYS = [
    # way, from, to, mode, class, ref, name, bend, attributes
    ("w1", "lud", "town_n", "road", "national", "50", "", (400, 5000), {"speed_kmh": 80, "lanes": 1, "capacity_vph": 1400}),
    ("w2", "lud", "x1", "road", "regional", "66", "Smedjebacksvägen", (3000, 900), {"speed_kmh": 70, "lanes": 1, "capacity_vph": 900}),
    ("w3", "x1", "smed", "road", "regional", "66", "", (9000, -700), {"speed_kmh": 80, "capacity_vph": np.nan}),
    ("w4", "lud", "grang", "road", "national", "50", "", (-3000, -5500), {"speed_kmh": 80, "capacity_vph": 1200}),
    ("w5", "lud", "mine", "road", "local", "", "Gruvvägen \"A & B\" <b>", (-3500, 2600), {"speed_kmh": 50}),
    ("w6", "mine", "grang", "road", "residential", "", "", (-9800, -3000), {}),
    ("r1", "lud", "smed", "rail", "", "", "", (6000, -2500), {"max_axle_load_t": 22.5, "tracks": 1, "speed_kmh": 90}),
    ("r2", "lud", "grang", "rail", "", "", "", (-5600, -2600), {"max_axle_load_t": 25, "tracks": 1, "speed_kmh": 115}),
    ("t1", "grang", "port", "transfer", "", "", "", (-9900, -11000), {}),
    ("s1", "port", "haven", "sea", "", "", "Mälaren", (-2000, -19500), {"max_width_m": 18}),
]  # fmt: skip


def _point(key: str) -> Point:
    return Point(X0 + PLACES[key][0], Y0 + PLACES[key][1])


def small_network() -> Network:
    nodes = gpd.GeoDataFrame(
        {"name": [v[2] for v in PLACES.values()], "kind": [v[3] for v in PLACES.values()]},
        index=pd.Index(list(PLACES), name="node_id"),
        geometry=[_point(key) for key in PLACES],
        crs=CRS,
    )
    rows = []
    for way, a, b, mode, road_class, ref, name, bend, more in WAYS:
        middle = (X0 + bend[0], Y0 + bend[1])
        line = LineString([_point(a).coords[0], middle, _point(b).coords[0]])
        common = {
            "way_id": way,
            "mode": mode,
            "road_class": road_class,
            "ref": ref,
            "name": name,
            "length_m": round(line.length),
            **more,
        }
        common["line"] = "Bergslagsbanan" if mode == "rail" else ""
        common["assumed"] = "speed_kmh, lanes" if way == "w2" else ""
        common["confidence"] = "M"
        rows.append({"edge_id": f"{way}_f", "u": a, "v": b, **common, "geometry": line})
        rows.append({"edge_id": f"{way}_b", "u": b, "v": a, **common, "geometry": line.reverse()})
    edges = gpd.GeoDataFrame(rows, crs=CRS).set_index("edge_id")
    structures = gpd.GeoDataFrame(
        {
            "name": ["Dalporten", "Stubinfabriksbron", ""],
            "kind": ["rail_bridge_over_road", "rail_bridge_over_road", "level_crossing"],
            "clearance_height_m": [4.3, np.nan, np.nan],
            "max_axle_load_t": [25, np.nan, np.nan],
            "fix_cost_msek": [102.0, np.nan, np.nan],
            "confidence": ["M", "M", ""],
        },
        index=pd.Index(["st1", "st2", "st3"], name="structure_id"),
        geometry=[Point(X0 - 3600, Y0 - 5100), Point(X0 - 6000, Y0 - 6700), Point(X0 + 2000, Y0 + 500)],
        crs=CRS,
    )
    relation = pd.DataFrame(
        {
            "structure_id": ["st1", "st1", "st1", "st2"],
            "edge_id": ["w4_f", "w4_b", "r2_f", "w4_f"],
            "role": ["over", "over", "carries", "over"],
        }
    )
    meta = {"name": "Provnät Ludvika", "attribution": "© Exempeldata <CC0>", "data_date": "2024-05-01"}
    return build_network(nodes, edges, structures, relation, meta=meta)


@pytest.fixture(scope="session")
def network() -> Network:
    return small_network()


@pytest.fixture(scope="session")
def plan() -> SimpleNamespace:
    """By road to Grängesberg under two bridges, then by ship."""
    legs = pd.DataFrame(
        {
            "leg": [1, 2, 3],
            "mode": ["road", "transfer", "sea"],
            "vehicle": ["girder_32", "", "barge"],
            "from_node": ["lud", "grang", "port"],
            "to_node": ["grang", "port", "haven"],
            "length_m": [12_600.0, 0.0, 13_900.0],
            "time_h": [1.9, 8.0, 1.3],
            "cost_sek": [410_000.0, 250_000.0, 95_000.0],
        }
    )
    edges = pd.DataFrame({"edge_id": ["w4_f", "t1_f", "s1_f"], "leg": [1, 2, 3]})
    margins = pd.DataFrame(
        {
            "structure_id": ["st1", "st1", "st2", "", ""],
            "edge_id": ["w4_f", "w4_f", "w4_f", "w4_f", "s1_f"],
            "limit": ["clearance_height_m", "clearance_width_m", "clearance_height_m", "max_weight_t", "max_width_m"],
            "limit_value": [4.3, 6.0, np.nan, np.nan, 18.0],
            "need_value": [4.2, 4.0, 4.2, 390.0, 11.0],
            "margin": [0.1, 2.0, np.nan, np.nan, 7.0],
            "unit": ["m", "m", "m", "t", "m"],
            "verdict": ["ok", "ok", "unknown", "unknown", "ok"],
            "basis": ["measured", "measured", "", "", "measured"],
            "source": ["", "", "", "", ""],
        }
    )
    nothing = pd.DataFrame()
    return SimpleNamespace(
        legs=legs, edges=edges, margins=margins, feasible=True, why=nothing, origin="lud", destination="haven",
        load=SimpleNamespace(weight_t=390.0, length_m=12.0, width_m=4.2, height_m=4.2),
    )  # fmt: skip


@pytest.fixture(scope="session")
def blocked_plan(plan: SimpleNamespace) -> SimpleNamespace:
    """Too high for the bridge, too heavy for the axle load of the railway, and the wagon does not take it."""
    why = pd.DataFrame(
        {
            "mode": ["road", "rail", "rail"],
            "vehicle": ["girder_32", "q73", "rail_low_16"],
            "structure_id": ["st1", "", ""],
            "edge_id": ["w4_f", "r1_f", ""],
            "name": ["Dalporten", "Ludvika - Smedjebacken", "rail_low_16"],
            "limit": ["max_height_m", "max_axle_load_t", "payload_t"],
            "limit_value": [4.3, 22.5, 230.0],
            "need_value": [5.5, 24.33, np.nan],
            "excess": [1.2, 1.83, np.nan],
            "unit": ["m", "t", "t"],
            "edges": [1, 6, 0],
            "verdict": "not_ok",
            "permit": ["", "rail_axle_load", ""],
            "basis": "measured",
            "reason": "in English",
        }
    )
    return SimpleNamespace(**{**vars(plan), "legs": plan.legs.iloc[:0], "edges": plan.edges.iloc[:0],
                              "margins": pd.DataFrame(), "feasible": False, "why": why})  # fmt: skip


@pytest.fixture(scope="session")
def flows() -> pd.DataFrame:
    road = [f"{w}_{d}" for w in ("w1", "w2", "w3", "w4", "w5") for d in "fb"]
    flow = np.array([620, 410, 780, 930, 300, 310, 1260, 700, 0, 12.0])
    capacity = np.array([1400, 1400, 900, 900, np.nan, np.nan, 1200, 1200, 600, 600])
    delay = np.array([0.9, 0.2, 3.1, 8.2, 0, 0, 14.7, 1.3, 0, 0])
    return pd.DataFrame(
        {"flow_vph": flow, "time_s": 300.0, "vc_ratio": flow / capacity, "delay_vehh": delay},
        index=pd.Index(road, name="edge_id"),
    )


@pytest.fixture(scope="session")
def register() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "rank": [1, 2, 3],
            "kind": ["congestion", "structure", "restriction"],
            "name": ["50 Ludvika–Grängesberg", "Dalporten", "Stubinfabriksbron"],
            "edge_id": ["w4_f", "", ""],
            "structure_id": ["", "st1", "st2"],
            "measure": ["delay_vehh", "closure_vehh", "clearance_height_m"],
            "value": [16.0, 2140.0, np.nan],
            "unit": ["vehh/h", "vehh", "m"],
            "evidence_sv": ["fördröjning 16 fordonstimmar i maxtimmen", "stängd 24 h kostar 2 140 fordonstimmar", "uppgift saknas, mät: clearance_height_m"],
            "evidence_en": ["delay 16 vehicle hours in the peak hour", "closed for 24 h costs 2,140 vehicle hours", "not known, measure: clearance_height_m"],
            "who_affected": ["1960 f/h", "5", "transformator"],
            "confidence": ["", "M", "M"],
            "basis": ["", "", "assumed"],
        }
    )  # fmt: skip


@pytest.fixture(scope="session")
def comparison(flows: pd.DataFrame) -> pd.DataFrame:
    variant = flows["flow_vph"] * np.array([1, 1, 0.5, 0.7, 1.3, 1.2, 0.2, 0.9, 1, 1])
    variant.iloc[8] = np.nan
    base = flows["flow_vph"].copy()
    base.iloc[9] = np.nan
    return pd.DataFrame({"base": base, "variant": variant, "change": variant - base})
