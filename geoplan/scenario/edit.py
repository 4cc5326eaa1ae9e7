"""What all edits share: their record, finding what they name, and setting values."""

from __future__ import annotations

from fnmatch import fnmatchcase

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict

from geoplan.errors import DataError, name_near
from geoplan.network.network import Network
from geoplan.network.schema import Column

_FIXED = frozenset({"u", "v", "way_id", "mode", "source", "confidence", "assumed"})
# The unit that the end of a column's name stands for.
_UNITS = {"_kmh": "km/h", "_tpm": "t/m", "_vph": "veh/h", "_pct": "%", "_msek": "MSEK", "_m": "m", "_t": "t", "_s": "s"}


class BaseEdit(BaseModel):
    """An edit as data; `source` says where its value comes from."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    source: str = ""


def edges_of_ways(network: Network, ways: tuple[str, ...]) -> pd.Index:
    """Ids of the edges of the named ways (way ids, edge ids or patterns)."""
    edges = network.edges
    found = match_ids(ways, pd.Index(edges["way_id"].astype(str).unique()), "way", also=edges.index)
    return edges.index[(edges["way_id"].astype(str).isin(found) | edges.index.isin(found)).to_numpy()]


def match_ids(patterns: tuple[str, ...], known: pd.Index, what: str, also: pd.Index | None = None) -> list[str]:
    """Ids that the patterns name; each pattern must name at least one."""
    found: dict[str, None] = {}
    for pattern in patterns:
        if pattern in known or (also is not None and pattern in also):
            found[pattern] = None
            continue
        matches = [name for name in known if fnmatchcase(str(name), pattern)] if set(pattern) & set("*?[") else []
        if not matches:
            near = name_near(pattern, [str(name) for name in known])
            raise DataError(f"no {what} is called {pattern!r}.{near}")
        found.update(dict.fromkeys(matches))
    return list(found)


def find_column(table: tuple[Column, ...], name: str, what: str, value: float | str, unit: str = "") -> Column:
    """The schema column, when it may be edited, the value is of its kind, and a unit that is given is its own."""
    editable = {column.name: column for column in table if column.name not in _FIXED}
    if name not in editable:
        raise DataError(f"{what} have no column {name!r} that can be set.{name_near(name, list(editable))}")
    column = editable[name]
    if column.kind == "float" and isinstance(value, str):
        raise DataError(f"{name} is a number, not {value!r}; give it in the unit of its name")
    if column.kind == "text" and not isinstance(value, str):
        raise DataError(f"{name} is a text, not {value!r}; write it in quotes")
    own = next((known for end, known in _UNITS.items() if name.endswith(end)), "")
    if unit and unit != own:
        raise DataError(f"{name} is in {own or 'no unit'}, not in {unit!r}; write the value in {own or 'numbers'}")
    return column


def set_edges(network: Network, ids: pd.Index, column: str, value: object, source: str) -> Network:
    edges = network.edges.copy()
    edges.loc[ids, column] = value
    # A value that a scenario sets is no longer the door's assumption.
    edges.loc[ids, "assumed"] = [
        ",".join(part for part in text.split(",") if part and part != column) for text in edges.loc[ids, "assumed"]
    ]
    if source:
        old = edges.loc[ids, "source"]
        edges.loc[ids, "source"] = np.where(old == "", source, old + "; scenario: " + source)
    return network.replace(edges=edges)
