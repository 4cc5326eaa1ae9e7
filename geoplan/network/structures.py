"""Limits of edges: their own and those of the structures that carry them or stand over them.

A structure is one thing on two networks: the railway bridge over a road binds the trains it carries by its
axle load and the lorries below it by its clearance. Every limit keeps the name of what binds it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoplan.network.network import Network
from geoplan.network.schema import LIMITS

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

# Limits that edges may state themselves; `max_draught_m` where a study has the column.
EDGE_LIMITS = (*LIMITS, "max_bogie_load_t", "max_triple_load_t", "max_load_t", "max_draught_m")

# What a structure binds: column of the structure, role of the edge, limit of the edge it stands for.
BINDINGS = (
    ("clearance_height_m", "over", "max_height_m"),
    ("clearance_width_m", "over", "max_width_m"),
    *((limit, "carries", limit) for limit in LIMITS),
    ("max_load_t", "carries", "max_load_t"),
)

# Limits that a kind of structure has even when nobody has read them: a bridge that carries an edge can bear
# only so much. The first word that is part of the kind counts; a kind without one has the limits that are
# stated.
HIDDEN_LIMITS = (
    ("tunnel", ("max_height_m", "max_width_m")),
    ("portal", ("max_height_m", "max_width_m")),
    ("bridge", ("max_weight_t", "max_axle_load_t")),
    ("lock", ("max_length_m", "max_width_m")),
)


@dataclass(frozen=True, eq=False)
class LimitRows:
    """The limits of one kind, flat: row i binds edge `edge[i]` with `value[i]`.

    limit : the limit of the edge, such as `max_height_m`
    edge : positions in `network.edges`
    structure : positions in `network.structures`, -1 for the edge's own limit
    value : NaN is not known, inf is known to be unlimited
    """

    limit: str
    edge: IntArray
    structure: IntArray
    value: FloatArray


@dataclass(frozen=True, eq=False)
class EffectiveLimit:
    """What binds each edge: arrays of shape (n_edges,).

    known : the lowest value that is known, inf where none is
    unknown : whether a limit that binds the edge is not known
    """

    known: FloatArray
    unknown: NDArray[np.bool_]


def limit_rows(network: Network) -> dict[str, LimitRows]:
    """Rows of every limit, made once for a network. The own limits come first, in the order of the edges."""
    if "limit_rows" not in network._cache:
        network._cache["limit_rows"] = {limit: _rows_of(network, limit) for limit in EDGE_LIMITS}
    return network._cache["limit_rows"]


def effective_limits(network: Network) -> dict[str, EffectiveLimit]:
    """The lowest known value and the unknown flag of every limit, by its name."""
    if "effective_limits" not in network._cache:
        network._cache["effective_limits"] = {
            limit: _lowest(rows, len(network.edges)) for limit, rows in limit_rows(network).items()
        }
    return network._cache["effective_limits"]


def edge_limits(network: Network) -> pd.DataFrame:
    """Every limit of every edge as one table, the unknown ones of structures included.

    Returns
    -------
    Columns edge_id, structure_id (empty text for the edge's own), limit, value (NaN not known, inf
    unlimited), source, confidence. An edge's own limit that is not known has no row: it says nothing.
    """
    tables = []
    for rows in limit_rows(network).values():
        keep = (rows.structure >= 0) | ~np.isnan(rows.value)
        tables.append(
            pd.DataFrame(
                {
                    "edge_id": network.edges.index.take(rows.edge[keep]),
                    "structure_id": structure_ids(network, rows.structure[keep]),
                    "limit": rows.limit,
                    "value": rows.value[keep],
                    "source": origin_text(network, rows.edge[keep], rows.structure[keep], "source"),
                    "confidence": origin_text(network, rows.edge[keep], rows.structure[keep], "confidence"),
                }
            )
        )
    return pd.concat(tables, ignore_index=True)


def structure_ids(network: Network, positions: IntArray) -> NDArray[np.object_]:
    """Ids of structures, empty text where the position is -1."""
    ids = np.full(len(positions), "", dtype=object)
    has = positions >= 0
    ids[has] = network.structures.index.to_numpy()[positions[has]]
    return ids


def origin_text(network: Network, edge: IntArray, structure: IntArray, column: str) -> NDArray[np.object_]:
    """`source` or `confidence` of the structure, or of the edge where there is none."""
    text = network.edges[column].to_numpy(dtype=object)[edge]
    has = structure >= 0
    text[has] = network.structures[column].to_numpy(dtype=object)[structure[has]]
    return text


def _rows_of(network: Network, limit: str) -> LimitRows:
    n_edges = len(network.edges)
    edges = [np.arange(n_edges, dtype=np.int64)]
    structures = [np.full(n_edges, -1, dtype=np.int64)]
    values = [_column(network.edges, limit)]
    relation = _relation(network)
    for column, role, bound in BINDINGS:
        if bound != limit or relation.empty:
            continue
        rows = relation[relation["role"] == role]
        structure = rows["structure"].to_numpy()
        value = _column(network.structures, column)[structure]
        keep = ~np.isnan(value)
        if role == "over":
            keep |= _has_clearance(network, structure, limit)
        else:
            keep |= _is_hidden(network, limit)[structure]
        edges.append(rows["edge"].to_numpy()[keep])
        structures.append(structure[keep])
        values.append(value[keep])
    return LimitRows(limit, np.concatenate(edges), np.concatenate(structures), np.concatenate(values))


def _relation(network: Network) -> pd.DataFrame:
    """The table structure_edges with positions instead of ids."""
    if "structure_relation" not in network._cache:
        table = network.structure_edges
        network._cache["structure_relation"] = pd.DataFrame(
            {
                "structure": network.structures.index.get_indexer(table["structure_id"]).astype(np.int64),
                "edge": network.edges.index.get_indexer(table["edge_id"]).astype(np.int64),
                "role": table["role"].to_numpy(),
            }
        )
    return network._cache["structure_relation"]


def _has_clearance(network: Network, structure: IntArray, limit: str) -> NDArray[np.bool_]:
    """A thing that stands over an edge always has a clearance; a level crossing lies in it and has none."""
    kind = network.structures["kind"].to_numpy(dtype=object)[structure]
    return np.array([limit == "max_height_m" and "crossing" not in str(k) for k in kind], dtype=bool)


def _is_hidden(network: Network, limit: str) -> NDArray[np.bool_]:
    """Whether each structure has this limit even when it is not stated."""

    def hides(kind: str) -> bool:
        for word, limits in HIDDEN_LIMITS:
            if word in kind:
                return limit in limits
        return False

    return np.array([hides(str(kind)) for kind in network.structures["kind"]], dtype=bool)


def _lowest(rows: LimitRows, n_edges: int) -> EffectiveLimit:
    known = np.full(n_edges, np.inf)
    has = ~np.isnan(rows.value)
    np.minimum.at(known, rows.edge[has], rows.value[has])
    unknown = np.zeros(n_edges, dtype=bool)
    unknown[rows.edge[~has]] = True
    return EffectiveLimit(known, unknown)


def _column(frame: pd.DataFrame, name: str) -> FloatArray:
    if name not in frame:
        return np.full(len(frame), np.nan)
    return frame[name].to_numpy(dtype=np.float64)
