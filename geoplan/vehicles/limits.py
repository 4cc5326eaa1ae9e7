"""May this vehicle pass? Margins of every limit, and one bool an edge.

Three answers: ok, not ok, not known. A legal limit that a permit may lift is *not known* when the permit is
among those the carrier can get, for the authority decides after looking at the road or line; a physical one
is not ok.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoplan.errors import DataError, name_rows
from geoplan.network.network import Network
from geoplan.network.structures import origin_text, structure_ids
from geoplan.vehicles.checks import Check, Terms, build_checks, edge_modes
from geoplan.vehicles.gauge import Gauge
from geoplan.vehicles.rules import USUAL_PERMITS, check_permits, read_rules, rules_for
from geoplan.vehicles.vehicle import Vehicle

Unknown: TypeAlias = Literal["pass", "block", "by_rule"]

OK, BY_RULE, UNKNOWN, NOT_OK = 0, 1, 2, 3
VERDICTS = np.array(["ok", "ok", "unknown", "not_ok"], dtype=object)
TOLERANCE = 1e-9  # of the limit: a need that equals it passes in spite of rounding
PASSES = {"pass": UNKNOWN, "by_rule": BY_RULE, "block": OK}

COLUMNS = (
    "structure_id", "edge_id", "mode", "limit", "limit_value", "need_value", "margin", "unit",
    "verdict", "basis", "permit", "source", "confidence",
)  # fmt: skip


def margins(
    network: Network,
    vehicle: Vehicle,
    edge_ids: Iterable[object] | None = None,
    *,
    permits: tuple[str, ...] = USUAL_PERMITS,
    clearance_m: float = 0.0,
    rules: str | None = None,
    gauges: Mapping[str, Gauge] | None = None,
    curve_radius_m: float = np.inf,
) -> pd.DataFrame:
    """Every limit that binds the vehicle on its edges and on transfers, with the margin to it.

    Parameters
    ----------
    edge_ids
        Edges to look at; all when None. Edges of another mode give no rows.
    permits
        Exemptions the carrier can get, names of `geoplan.vehicles.rules.PERMITS`.
    clearance_m
        Air to keep between the vehicle and what stands over it, added to its height.
    rules
        Country whose rules speak where a limit is not known; "none" for none; None takes what the network names in
        `meta["rules"]` (networks of OpenStreetMap outside Sweden: none), else SE.
    gauges
        Loading gauges of the study's own, by the name the edges use.
    curve_radius_m
        Sharpest curve to allow for: the throw of the wagon's middle is added on both sides of its width.

    Returns
    -------
    Table, one row a limit of an edge or structure, sorted along `edge_ids`: structure_id (empty for the edge
    itself), edge_id, mode, limit, limit_value (NaN not known), need_value, margin (limit - need), unit,
    verdict (ok, not_ok, unknown), basis (measured, by_rule, assumed), permit (what a lawful passage needs),
    source (with the words of a sign that is no number, such as `hgv=destination`), confidence.

    Raises
    ------
    DataError
        Unknown edge ids or permits, in one line.
    """
    selected, order = _select(network, edge_ids)
    terms = make_terms(clearance_m, rules_for(network, rules), gauges, curve_radius_m)
    permits = obtainable(permits, vehicle)
    tables = [_table(network, check, permits) for check in build_checks(network, vehicle, selected, terms)]
    tables = [table for table in tables if len(table)]
    if not tables:
        return pd.DataFrame({column: [] for column in COLUMNS})
    table = pd.concat(tables, ignore_index=True)
    rank = order[table.pop("edge_row").to_numpy()]
    return table.iloc[np.lexsort((table["margin"].to_numpy(), rank))].reset_index(drop=True)[list(COLUMNS)]


def passable(
    network: Network,
    vehicle: Vehicle,
    *,
    unknown: Unknown = "pass",
    permits: tuple[str, ...] = USUAL_PERMITS,
    clearance_m: float = 0.0,
    rules: str | None = None,
    gauges: Mapping[str, Gauge] | None = None,
    curve_radius_m: float = np.inf,
) -> NDArray[np.bool_]:
    """Whether the vehicle may pass each edge, shape (n_edges,). Edges of another mode may not be passed.

    Parameters
    ----------
    unknown
        What a limit that is not known counts as: "pass"; "by_rule": passes only where the rules settle it;
        "block": only limits that are known count. What the rules forbid is closed in every case.
    """
    if unknown not in PASSES:
        raise DataError(f"unknown is {unknown!r}; use pass, by_rule or block")
    terms = make_terms(clearance_m, rules_for(network, rules), gauges, curve_radius_m)
    codes = worst_codes(network, vehicle, permits=permits, terms=terms)
    return codes <= PASSES[unknown]


def obtainable(permits: tuple[str, ...], vehicle: Vehicle) -> tuple[str, ...]:
    """The permits that this vehicle can get: none for goods that can be divided (the load must be indivisible)."""
    known = check_permits(permits)
    return () if vehicle.divisible else known


def worst_codes(network: Network, vehicle: Vehicle, *, permits: tuple[str, ...], terms: Terms) -> NDArray[np.int8]:
    """The worst verdict of each edge, shape (n_edges,): OK, BY_RULE, UNKNOWN or NOT_OK (also: another mode)."""
    modes = edge_modes(network)
    usable = (modes == vehicle.mode) | (modes == "transfer")
    worst = np.where(usable, OK, NOT_OK).astype(np.int8)
    permits = obtainable(permits, vehicle)
    for check in build_checks(network, vehicle, usable, terms):
        _raise_to(worst, check.edge, judge(check, permits))
    return worst


def closing_rows(
    network: Network, vehicle: Vehicle, *, unknown: Unknown, permits: tuple[str, ...], terms: Terms
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Edge and structure (-1: the edge itself) of every limit that closes an edge of the vehicle's mode to it."""
    modes = edge_modes(network)
    usable = (modes == vehicle.mode) | (modes == "transfer")
    edges, structures = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
    for check in build_checks(network, vehicle, usable, terms):
        closed = judge(check, obtainable(permits, vehicle)) > PASSES[unknown]
        edges.append(check.edge[closed])
        structures.append(check.structure[closed])
    return np.concatenate(edges), np.concatenate(structures)


def judge(check: Check, permits: tuple[str, ...]) -> NDArray[np.int8]:
    """Verdict code of every row of a check."""
    value = check.value
    need = np.broadcast_to(np.asarray(check.need, dtype=np.float64), value.shape)
    known = ~np.isnan(value)
    fits = need <= value * (1 + TOLERANCE)
    covered = check.permit in permits
    beyond_known = np.where(covered & (need <= check.permit_top * (1 + TOLERANCE)), UNKNOWN, NOT_OK)
    beyond_rule = UNKNOWN if not check.rule_permit or check.rule_permit in permits else NOT_OK
    rule_speaks = np.broadcast_to(np.isfinite(check.rule_ok), value.shape)
    by_rule = np.where(need <= _widened(check.rule_ok), BY_RULE, np.where(rule_speaks, beyond_rule, UNKNOWN))
    codes = np.where(known, np.where(fits, OK, beyond_known), by_rule)
    codes = np.where(~fits & (need > _widened(check.rule_bad)), NOT_OK, codes)
    if check.legal_permit and check.legal_permit not in permits:
        codes = np.where(need > _widened(check.legal_top), NOT_OK, codes)
    # A measure of the vehicle that is not known settles nothing, unless the edge is known to be unlimited.
    return np.where(np.isnan(need), np.where(np.isposinf(value), OK, UNKNOWN), codes).astype(np.int8)


def _table(network: Network, check: Check, permits: tuple[str, ...]) -> pd.DataFrame:
    codes = judge(check, permits)
    need = np.broadcast_to(np.asarray(check.need, dtype=np.float64), check.value.shape)
    known = ~np.isnan(check.value)
    rule_ok = np.broadcast_to(np.asarray(check.rule_ok, dtype=np.float64), need.shape)
    rule_bad = np.broadcast_to(np.asarray(check.rule_bad, dtype=np.float64), need.shape)
    lawful = np.isfinite(rule_ok) & ((codes == BY_RULE) | bool(check.rule_permit))
    value = np.where(known, check.value, np.where(lawful, rule_ok, np.nan))
    value = np.where(~known & np.isfinite(rule_bad) & (codes == NOT_OK), rule_bad, value)
    by_rule = ~known & (check.said == "")
    source = _sources(network, check)
    source[by_rule] = check.rule_source or "not known"
    confidence = origin_text(network, check.edge, check.structure, "confidence")
    basis = np.where(_assumed(network, check, confidence), "assumed", "measured").astype(object)
    basis[by_rule] = "by_rule"
    confidence[by_rule] = ""
    permit = np.full(len(need), "", dtype=object)
    beyond = need > value * (1 + TOLERANCE)
    permit[beyond & known] = check.permit
    permit[beyond & by_rule & (codes != NOT_OK)] = check.rule_permit
    return pd.DataFrame(
        {
            "structure_id": structure_ids(network, check.structure),
            "edge_id": network.edges.index.take(check.edge),
            "edge_row": check.edge,
            "mode": network.edges["mode"].to_numpy(dtype=object)[check.edge],
            "limit": check.limit,
            "limit_value": value,
            "need_value": need,
            "margin": value - need,
            "unit": check.unit,
            "verdict": VERDICTS[codes],
            "basis": basis,
            "permit": permit,
            "source": source,
            "confidence": confidence,
        }
    )


def _sources(network: Network, check: Check) -> NDArray[np.object_]:
    """Source of each row, with what the sign says word for word, and how a value that is not plain was read."""
    source = origin_text(network, check.edge, check.structure, "source")
    if check.said:
        return np.array([", ".join(part for part in (text, check.said) if part) for text in source], dtype=object)
    if "limit_note" not in network.edges:
        return source
    notes = network.edges["limit_note"].to_numpy(dtype=object)[check.edge]
    for row in np.flatnonzero((notes != "") & (check.structure < 0)).tolist():
        mine = [note for note in notes[row].split("; ") if note.startswith(f"{check.limit} ")]
        source[row] = ", ".join([source[row], *(note.removeprefix(f"{check.limit} ") for note in mine)])
    return source


def _assumed(network: Network, check: Check, confidence: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Values that an estimate stands behind: rows of confidence L, and columns the edge names as assumed."""
    own = check.structure < 0
    named = network.edges["assumed"].str.contains(check.limit, regex=False).to_numpy(dtype=bool)
    return (confidence == "L") | (own & named[check.edge])


def _raise_to(worst: NDArray[np.int8], edge: NDArray[np.int64], codes: NDArray[np.int8]) -> None:
    """Raise the worst verdict of each edge to that of its rows."""
    for code in (BY_RULE, UNKNOWN, NOT_OK):
        rows = edge[codes == code]
        worst[rows] = np.maximum(worst[rows], code)


def _select(network: Network, edge_ids: Iterable[object] | None) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Which edges are wanted, and the rank of each along the wanted order."""
    n = len(network.edges)
    if edge_ids is None:
        return np.ones(n, dtype=bool), np.arange(n, dtype=np.int64)
    wanted = pd.Index(list(edge_ids))
    rows = network.edges.index.get_indexer(wanted)
    if (rows < 0).any():
        lost = wanted[rows < 0].to_list()
        raise DataError(f"margins: {name_rows(lost)} of edge_ids are no edges of the network; correct the ids")
    selected = np.zeros(n, dtype=bool)
    selected[rows] = True
    rank = np.full(n, n, dtype=np.int64)
    rank[rows[::-1]] = np.arange(len(rows), dtype=np.int64)[::-1]
    return selected, rank


def make_terms(
    clearance_m: float = 0.0,
    rules: str = "SE",
    gauges: Mapping[str, Gauge] | None = None,
    curve_radius_m: float = np.inf,
) -> Terms:
    """The terms of checks from what a caller gives; DataError when they cannot be."""
    if not clearance_m >= 0:
        raise DataError(f"clearance_m is {clearance_m:g}; give metres, 0 or more")
    return Terms(read_rules(rules), clearance_m, gauges or {}, curve_radius_m)


def _widened(number: NDArray[np.float64] | float) -> NDArray[np.float64]:
    """The number with the tolerance above it; infinities stay."""
    array = np.asarray(number, dtype=np.float64)
    return np.where(np.isfinite(array), array + np.abs(np.where(np.isfinite(array), array, 0.0)) * TOLERANCE, array)
