"""Effective limits of edges: their own and those of structures."""

from __future__ import annotations

import numpy as np
import pytest

from geoplan.network.structures import edge_limits, effective_limits


@pytest.fixture(scope="module")
def crossing(make_network):
    """A railway bridge over a road: one structure on two networks.

    N               the railway N-S runs on bridge st, the road W-E below it
    |
    W --st-- E
    |
    S
    """
    return make_network(
        {"W": (0, 0), "E": (1000, 0), "N": (500, 500), "S": (500, -500)},
        [
            ("W", "E", {"id": "road", "max_height_m": 4.6, "max_weight_t": 60.0}),
            ("N", "S", {"id": "rail", "mode": "rail", "max_axle_load_t": 22.5}),
        ],
        structures={
            "st": {
                "kind": "rail_bridge_over_road", "carries": ["rail"], "over": ["road"], "clearance_height_m": 4.2,
                "max_axle_load_t": 20.0, "source": "measured 2020", "confidence": "H",
            },
            "tube": {"kind": "tunnel", "carries": ["rail"]},
            "level": {"kind": "level_crossing", "carries": ["rail"], "over": ["road"]},
        },
    )  # fmt: skip


def test_each_role_binds_its_own_network(crossing):
    limits = effective_limits(crossing)
    rows = crossing.edges.index.get_indexer(["road:f", "rail:f"])
    assert limits["max_height_m"].known[rows].tolist() == [4.2, np.inf]
    assert limits["max_axle_load_t"].known[rows].tolist() == [np.inf, 20.0]
    assert limits["max_weight_t"].known[rows].tolist() == [60.0, np.inf]


def test_unknown_limits_of_structures_are_told_apart_from_none(crossing):
    limits = effective_limits(crossing)
    road, rail = crossing.edges.index.get_indexer(["road:f", "rail:f"])
    assert limits["max_height_m"].unknown[rail]  # the tunnel's profile
    assert limits["max_weight_t"].unknown[rail]  # the bridge
    assert not limits["max_height_m"].unknown[road]  # the level crossing has no clearance
    assert limits["max_length_m"].unknown[road]  # nobody has said


def test_the_table_names_what_binds(crossing):
    table = edge_limits(crossing)
    height = table[(table["edge_id"] == "road:f") & (table["limit"] == "max_height_m")]
    assert height[["structure_id", "value"]].to_numpy().tolist() == [["", 4.6], ["st", 4.2]]
    assert height["source"].tolist() == ["", "measured 2020"]
    assert set(table.columns) == {"edge_id", "structure_id", "limit", "value", "source", "confidence"}
    # An edge's own unknown limits say nothing and have no row.
    assert not ((table["structure_id"] == "") & table["value"].isna()).any()


def test_inf_is_known_to_be_unlimited(make_network):
    network = make_network({"A": (0, 0), "B": (1, 0)}, [("A", "B", {"max_height_m": np.inf})])
    limit = effective_limits(network)["max_height_m"]
    assert np.isposinf(limit.known).all()
    assert not limit.unknown.any()
    assert (edge_limits(network)["value"] == np.inf).all()
