"""Register, places and corridors of the embedded study: what a planner must be able to defend."""

import numpy as np
import pytest

from geoplan.bottlenecks.freight import place_freight


@pytest.fixture(scope="module")
def base(hurts):
    return hurts.base


@pytest.fixture(scope="module")
def register(hurts):
    return hurts.answers.bottlenecks


@pytest.fixture(scope="module")
def places(hurts):
    return hurts.answers.places


def test_the_register_has_all_kinds_with_who_measures_and_intervals(register):
    kinds = {"congestion", "vulnerability", "structure", "restriction", "rail_capacity"}
    assert set(register["kind"]) == kinds
    ranked = register["annual_vehh"].notna()
    assert register.loc[ranked, ["rank_low", "rank_high"]].notna().all(axis=None)
    assert register.loc[~ranked, ["rank_low", "rank_high"]].isna().all(axis=None)
    assert register.attrs["draws"] == 50 and register.attrs["left_out"] > 0
    assert (register["measures_sv"].str.match(r"[1-4]: ")).all()
    gate = register.set_index("structure_id").loc["st_dalporten"]
    assert "Ludvika" in gate["who_affected"] and " %" in gate["who_affected"]
    assert gate["measures_sv"].startswith("4: Ny rv 50") or "4: Ny rv 50" not in gate["measures_sv"]
    wagon = register[(register["kind"] == "restriction") & (register["measure"] == "max_axle_load_t")].iloc[0]
    assert wagon["tonnes_per_year"] == 800 and np.isnan(wagon["annual_sek"])  # it opens: today's cost is not known


def test_every_place_has_a_page_that_can_be_defended(places):
    assert list(places) == ["dalporten", "stubinfabriksbron", "rv50_66_ludvika", "stalldalen_frovi", "bergslagspendeln"]
    for sheet in places.values():
        assert len(sheet.facts) and len(sheet.measures) and len(sheet.unknown) and len(sheet.freight)
        assert (sheet.facts["source"] != "").any()
    gate = places["dalporten"]
    assert set(gate.traffic["mode"]) == {"road", "rail"}  # one structure on two networks
    assert ("Dalporten", "clearance_height_m") in set(zip(gate.unknown["what"], gate.unknown["column"], strict=True))
    assert 4.0 in set(gate.measures["step"])
    assert gate.hit["closure_vehh"].sum() == pytest.approx(gate.totals["closure_vehh"])
    assert gate.evidence["rank"].notna().any() and (gate.evidence["rank_low"] <= gate.evidence["rank_high"]).any()
    assert places["stalldalen_frovi"].traffic["consumption_pct"].notna().any()
    assert "not_ok" in set(places["bergslagspendeln"].transports["verdict"])


def test_what_a_place_means_to_each_heavy_transport(places):
    line = places["bergslagspendeln"].freight.set_index(["transport", "mode"])
    wagon = line.loc[("transformer_25t_axles", "rail")]
    assert wagon["verdict"] == "not_ok" and wagon["lifted"] == "opens" and wagon["tonnes_per_year"] == 800
    weekly = line.loc[("transformer_320", "rail")]
    assert weekly["here"] and weekly["closed"] == "round" and weekly["extra_sek_per_year"] > 0
    north = places["stalldalen_frovi"].freight.set_index("transport")
    assert not north.at["transformer_25t_axles", "here"] and north.at["transformer_25t_axles", "verdict"] == "not_ok"


def test_a_place_without_edges_of_the_vehicles_has_no_freight(base):
    freight, limits = place_freight(base.network, base.plans, base.network.edges.index[:0], [])
    assert freight.empty and limits.empty


def test_corridors_run_from_end_to_end(hurts):
    sheets = hurts.answers.corridors
    north = sheets["borlange_orebro"].modes.set_index("mode")
    assert north.at["road", "length_km"] == pytest.approx(160, abs=10)
    assert north.at["rail", "min_axle_load_t"] == 22.5
    km = sheets["borlange_orebro"].bottlenecks
    assert all(part["km"].is_monotonic_increasing for _, part in km.groupby("mode"))
    assert km["rank"].isna().any() and km["rank"].notna().any()  # on both sides of the study area's border
    south = sheets["ludvika_vasteras"].worth.set_index("mode")
    assert south.at["all", "closure_vehh"] > 0 and "transformer_320" in south.at["rail", "transports"]
