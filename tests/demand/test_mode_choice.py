"""Logit by hand, nests against the closed form, the incremental form against the absolute one, extremes."""

import numpy as np
import pandas as pd
import pytest

from geoplan.demand.mode_choice import (
    Nest,
    calibrate_constants,
    check_coefficients,
    choose_mode,
    default_coefficients,
    mode_utilities,
    pivot_modes,
    split_trips,
)
from geoplan.errors import DataError

ZONES = ["a", "b", "c"]


def table(value):
    return pd.DataFrame(np.broadcast_to(value, (3, 3)), index=ZONES, columns=ZONES, dtype=float)


def random_utilities(seed, modes=("car", "bus", "train", "bike")):
    rng = np.random.default_rng(seed)
    return {mode: table(rng.normal(0, 2, (3, 3))) for mode in modes}


def test_two_modes_by_hand():
    choice = choose_mode({"car": table(0.0), "transit": table(-np.log(3.0))})
    assert np.allclose(choice.shares["car"], 0.75) and np.allclose(choice.shares["transit"], 0.25)
    assert np.allclose(choice.logsum, np.log(4 / 3))


def test_equals_the_closed_form_and_sums_to_one():
    v = random_utilities(1)
    choice = choose_mode(v)
    total = sum(np.exp(t.to_numpy()) for t in v.values())
    for mode, share in choice.shares.items():
        assert np.allclose(share, np.exp(v[mode]) / total, atol=1e-14)
    assert np.allclose(sum(choice.shares.values()), 1.0, atol=1e-14)
    assert np.allclose(choice.logsum, np.log(total))


def test_nested_logit_equals_the_closed_form():
    v = random_utilities(2)
    theta = 0.4
    choice = choose_mode(v, nests=[Nest("public", ("bus", "train"), theta)])
    x = {mode: t.to_numpy() for mode, t in v.items()}
    inner = np.exp(x["bus"] / theta) + np.exp(x["train"] / theta)
    total = np.exp(x["car"]) + np.exp(x["bike"]) + inner**theta
    assert np.allclose(choice.shares["bus"], inner**theta / total * np.exp(x["bus"] / theta) / inner)
    assert np.allclose(choice.shares["car"], np.exp(x["car"]) / total)
    assert np.allclose(sum(choice.shares.values()), 1.0)
    assert np.allclose(choice.logsum, np.log(total))


def test_theta_one_is_no_nest_and_red_bus_blue_bus():
    v = random_utilities(3)
    plain = choose_mode(v)
    same = choose_mode(v, nests=[Nest("public", ("bus", "train"), 1.0)])
    assert all(np.allclose(plain.shares[m], same.shares[m]) for m in v)
    # Two equal buses, nearly one mode: the car keeps its half instead of falling to a third.
    buses = {"car": table(0.0), "red": table(0.0), "blue": table(0.0)}
    choice = choose_mode(buses, nests=[Nest("bus", ("red", "blue"), 1e-3)])
    assert np.allclose(choice.shares["car"], 0.5, atol=1e-3)


@pytest.mark.parametrize("nests", [(), (Nest("public", ("bus", "train"), 0.5),)])
@pytest.mark.parametrize("seed", range(5))
def test_incremental_equals_absolute(seed, nests):
    before, after = random_utilities(seed), random_utilities(seed + 50)
    base = choose_mode(before, nests=nests)
    wanted = choose_mode(after, nests=nests)
    moved = pivot_modes(base.shares, {m: after[m] - before[m] for m in before}, nests=nests)
    for mode in before:
        assert np.allclose(moved.shares[mode], wanted.shares[mode], atol=1e-12)
    assert np.allclose(moved.logsum, wanted.logsum - base.logsum)


def test_no_change_keeps_observed_shares():
    shares = {"car": table(0.9), "bus": table(0.1), "boat": table(0.0)}
    same = pivot_modes(shares, {})
    assert all(np.allclose(same.shares[m], shares[m]) for m in shares)
    gone = pivot_modes(shares, {"bus": table(-np.inf)}, nests=[Nest("water", ("bus", "boat"), 0.5)])
    assert np.allclose(gone.shares["car"], 1.0) and np.allclose(gone.shares["bus"], 0.0)
    with pytest.raises(DataError, match="sum to 1"):
        pivot_modes({"car": table(0.9), "bus": table(0.2)}, {})
    with pytest.raises(DataError, match="Did you mean: bus"):
        pivot_modes(shares, {"buss": table(0.0)})


def test_extremes_do_not_overflow():
    choice = choose_mode(
        {"car": table(-1e5), "bus": table(-1e5 - 1.0), "train": table(1e5)}, nests=[Nest("n", ("bus", "train"), 0.1)]
    )
    assert np.allclose(sum(choice.shares.values()), 1.0)
    assert np.allclose(choice.shares["train"], 1.0) and np.allclose(choice.logsum, 1e5)


def test_modes_that_are_not_there_and_not_known():
    bus = table(0.0)
    bus.loc["a", "b"] = -np.inf
    bus.loc["a", "c"] = np.nan
    car = table(0.0)
    car.loc["b", "c"] = -np.inf
    bus.loc["b", "c"] = -np.inf
    choice = choose_mode({"car": car, "bus": bus})
    assert choice.shares["car"].loc["a", "b"] == 1.0 and choice.shares["bus"].loc["a", "b"] == 0.0
    assert np.isnan(choice.shares["car"].loc["a", "c"]) and np.isnan(choice.shares["car"].loc["b", "c"])
    assert choice.meta == {"pairs_without_mode": 1, "pairs_unknown": 1}
    inside = choose_mode({"car": car, "bus": bus}, unknown="not_there")
    assert inside.shares["car"].loc["a", "c"] == 1.0 and inside.meta["pairs_unknown"] == 0
    trips = table(10.0)
    parts = split_trips(trips, choice)
    assert parts["no_mode"].to_numpy().sum() == 20.0
    assert sum(p.to_numpy().sum() for p in parts.values()) == pytest.approx(90.0)


def test_utilities_from_skims_and_marks():
    coefficients = default_coefficients()
    assert (coefficients["source"] != "").all()
    skims = {
        "car": {"time_s": table(1800.0), "cost_sek": table(50.0)},
        "transit": {"ride_s": table(1800.0), "wait_s": table(600.0), "walk_s": table(300.0), "transfers": table(1.0)},
    }
    skims["transit"]["ride_s"] = skims["transit"]["ride_s"].copy()
    skims["transit"]["ride_s"].loc["a", "b"] = np.inf
    utilities, meta = mode_utilities(skims, coefficients)
    value = coefficients.set_index(["mode", "attribute"])["value"]
    assert utilities["car"].loc["a", "c"] == pytest.approx(
        1800 * value["car", "time_s"] + 50 * value["car", "cost_sek"]
    )
    expected = (
        value["transit", "constant"]
        + 1800 * value["transit", "ride_s"]
        + 900 * value["transit", "wait_s"]
        + value["transit", "transfers"]
    )
    assert utilities["transit"].loc["a", "c"] == pytest.approx(expected)
    assert np.isneginf(utilities["transit"].loc["a", "b"])
    assert (
        "transit drive_s" in meta["left_out"]
        and "car time_s" in meta["assumed"]
        and "car constant" not in meta["assumed"]
    )
    with pytest.raises(DataError, match=r"none for mode 'trans'.*Did you mean: transit"):
        mode_utilities({"trans": {"time_s": table(1.0)}}, coefficients)


def test_constants_are_calibrated():
    utilities = random_utilities(7, ("car", "bus", "train"))
    trips = table(np.arange(1.0, 10.0).reshape(3, 3))
    target = {"car": 0.7, "bus": 0.1, "train": 0.2}
    nests = [Nest("public", ("bus", "train"), 0.6)]
    constants = calibrate_constants(utilities, trips, target, nests=nests)
    assert constants["car"] == 0.0
    choice = choose_mode({m: utilities[m] + constants[m] for m in utilities}, nests=nests)
    for mode, share in target.items():
        assert (trips * choice.shares[mode]).to_numpy().sum() / trips.to_numpy().sum() == pytest.approx(share, abs=1e-7)
    utilities["bus"] = table(-np.inf)
    with pytest.raises(DataError, match="not reached"):
        calibrate_constants(utilities, trips, target)


def test_faults():
    with pytest.raises(DataError, match=r"\+inf"):
        choose_mode({"car": table(np.inf)})
    with pytest.raises(DataError, match="two nests"):
        choose_mode(random_utilities(0), nests=[Nest("x", ("car", "bus"), 0.5), Nest("y", ("bus", "bike"), 0.5)])
    with pytest.raises(DataError, match="theta"):
        choose_mode(random_utilities(0), nests=[Nest("x", ("car", "bus"), 1.5)])
    with pytest.raises(DataError, match="other zones"):
        choose_mode({"car": table(0.0), "bus": table(0.0).drop(index="a")})
    bad = default_coefficients()
    bad.loc[0, "source"] = ""
    bad.loc[1, "value"] = np.nan
    with pytest.raises(DataError, match=r"car time_s.*no number.*car constant.*no source"):
        check_coefficients(bad)
