"""Writes docs/validation_appraisal.md: what the appraisal gives beside figures that others have published.

    python docs/make_validation_appraisal.py

A test runs the same code and compares, so that the page stays true.
"""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

from geoplan.appraisal.benefits import effect
from geoplan.appraisal.cba import Case, Terms, annuity_factor, evaluate, summarise
from geoplan.appraisal.values import read_values, value_versions
from geoplan.network.network import build_network
from geoplan.routing.cost import free_time

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "validation_appraisal.md"
VM004 = ROOT / "tests" / "appraisal" / "rv66_vm004.csv"
RATE = 3.5  # per cent; from memory for ASEK 5 to 8

PUBLISHED_NNV, PUBLISHED_NNK = 43.0, 0.32  # VM004, docplayer.se/32427620


def minutes_saved(length_m: float, before_kmh: float, after_kmh: float) -> float:
    """Minutes saved on an empty road when its speed is raised, by the network's own travel times."""
    nodes = gpd.GeoDataFrame(
        {"name": ["a", "b"]},
        index=pd.Index(["a", "b"], name="node_id"),
        geometry=gpd.points_from_xy([0, length_m], [0, 0]),
        crs=3006,
    )
    line = shapely.LineString([(0, 0), (length_m, 0)])
    edges = gpd.GeoDataFrame(
        {"u": "a", "v": "b", "mode": "road", "length_m": length_m, "speed_kmh": [before_kmh, after_kmh]},
        index=pd.Index(["before", "after"], name="edge_id"),
        geometry=[line, line],
        crs=3006,
    )
    before, after = free_time(build_network(nodes, edges))
    return (before - after) / 60.0


def page() -> str:
    """The whole page."""
    return "\n".join([*_head(), *_vm004(), *_annuities(), *_speeds(), *_by_hand(), *_values(), ""])


def _head() -> list[str]:
    return [
        "# Validation of the appraisal",
        "",
        "Made by `python docs/make_validation_appraisal.py`; a test keeps it true. Published figures stand beside what",
        "geoplan gives. Where they cannot be reproduced from what was readable, that is said.",
        "",
    ]


def _vm004() -> list[str]:
    rows = pd.read_csv(VM004)
    totals = summarise(rows)
    lines = [
        "## Rv 66 U-länsgräns–Smedjebacken, VM004 (TRV 2012/29166)",
        "",
        "Present values as published, MSEK. The value of safety was lost in the copy that was read: it is the rest of",
        "the published total, so that the sum is no check of it.",
        "",
        "| item | effect | present value |",
        "|---|---|---:|",
    ]
    for row in rows.to_dict("records"):
        size = "" if pd.isna(row["effect"]) else f"{row['effect']:g} {row['unit']}"
        lines.append(f"| {row['item']} | {size} | {row['present_value_msek']:+g} |")
    return [
        *lines,
        "",
        "| measure | published | geoplan |",
        "|---|---:|---:|",
        f"| NNV, MSEK | {PUBLISHED_NNV:+g} | {totals['nnv_msek']:+g} |",
        f"| NNK = NNV / I | {PUBLISHED_NNK:.2f} | {totals['nnk']:.2f} |",
        f"| NNK-idu = NNV / (I + DoU) | not published | {totals['nnk_idu']:.2f} |",
        "",
    ]


def _annuities() -> list[str]:
    factors = {years: annuity_factor(RATE, years) for years in (40, 60)}
    lines = [
        f"What the yearly figures imply at {RATE:g} %: present value / yearly amount against the annuity factor.",
        "",
        "| figure | implied | 40 years | 60 years |",
        "|---|---:|---:|---:|",
    ]
    for name, present, annual in (
        ("upkeep 2.1 MSEK a year, 48", 48, 2.1),
        ("investment annuity 5 MSEK (rounded), 133", 133, 5),
    ):
        lines.append(f"| {name} | {present / annual:.1f} | {factors[40]:.1f} | {factors[60]:.1f} |")
    return [
        *lines,
        "",
        f"An annuity of 133 MSEK is {133 / factors[40]:.1f} MSEK over 40 years and {133 / factors[60]:.1f} over 60;",
        "published are 5 (whole MSEK), which fits 60 years. The upkeep fits neither exactly: the yearly figure is",
        "rounded, and the year it begins is not told. Travel time: 94 MSEK for 16,000 h a year is "
        f"{94e6 / 16000 / factors[40]:.0f} SEK/h",
        f"over 40 years and {94e6 / 16000 / factors[60]:.0f} over 60, growth of",
        "traffic and values in it.",
        "",
        "Safety: 128 MSEK for 0.5 killed or seriously injured a year is "
        f"{128 / 0.5 / factors[40]:.1f} MSEK for each of them over 40 years and {128 / 0.5 / factors[60]:.1f}",
        "over 60. No version here has that value: `geoplan run ludvika` tells instead what it must be for the road to",
        "pay, which can be held against this figure.",
        "",
    ]


def _speeds() -> list[str]:
    return [
        "## Rv 50 Hammarbacken–Svarthyttan, 100 km/h over 6.5 km",
        "",
        "| speed before | published (6-7 km) | geoplan, 6.5 km |",
        "|---|---:|---:|",
        f"| 60 km/h | 3 min | {minutes_saved(6500, 60, 100):.1f} min |",
        f"| 80 km/h | 1 min | {minutes_saved(6500, 80, 100):.1f} min |",
        "",
    ]


def _by_hand() -> list[str]:
    rows = [
        effect("travel_time", 10_000, "h/year", group="car", value_item="time_car_commute"),
        effect("maintenance", -1.0, "MSEK/year"),
    ]
    case = Case(pd.DataFrame(rows), read_values("asek6_1"), Terms(years=40, construction_years=2, tax_factor=1.3), 20.0)
    found = evaluate(case).attrs
    a = sum(1.035**-t for t in range(1, 41))
    cost = 20 / 2 * (1 + 1.035) * 1.3
    benefit, upkeep = 10_000 * 87 / 1e6 * a, 1.3 * a
    nnv = benefit - upkeep - cost
    by_hand = (benefit, upkeep, cost, nnv, nnv / cost, nnv / (cost + upkeep))
    keys = ("benefits_msek", "maintenance_msek", "investment_msek", "nnv_msek", "nnk", "nnk_idu")
    return [
        "## A case by hand",
        "",
        "10,000 h a year at 87 SEK/h (ASEK 6.1, from memory), upkeep 1 MSEK a year, 20 MSEK spent over two years,",
        "tax factor 1.3, 40 years, 3.5 %.",
        "",
        "| | by hand | geoplan |",
        "|---|---:|---:|",
        *[f"| {key} | {hand:.4f} | {found[key]:.4f} |" for key, hand in zip(keys, by_hand, strict=True)],
        "",
    ]


def _values() -> list[str]:
    lines = [
        "## What the value tables rest on",
        "",
        "| version | prices of | values | read at their source |",
        "|---|---:|---:|---:|",
    ]
    for version in value_versions().index:
        values = read_values(version)
        table = values.table
        lines.append(f"| {values.title} | {values.price_year} | {len(table)} | {int(table['verified'].sum())} |")
    return [
        *lines,
        "",
        "The rest are from memory or carried over from an earlier version. Every result says which of them it rests",
        "on, and `sensitivity` varies each of them.",
    ]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
