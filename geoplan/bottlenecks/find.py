"""Ways and structures by id or by pattern."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from fnmatch import fnmatchcase

import pandas as pd

from geoplan.errors import DataError, name_near
from geoplan.network.network import Network


def find_edges(network: Network, ways: Sequence[str]) -> pd.Index:
    """Ids of the edges of ways: way ids, edge ids or patterns; each must name something.

    Raises DataError that names the first that does not, with near ones.
    """
    if not ways:
        return network.edges.index[:0]
    way = network.edges["way_id"].astype(str)
    known = set(way) | set(network.edges.index.astype(str))
    chosen: set[str] = set()
    for pattern in ways:
        found = {pattern} & known or (
            {name for name in known if fnmatchcase(name, pattern)} if _wild(pattern) else set()
        )
        if not found:
            raise DataError(f"no way is called {pattern!r}.{name_near(pattern, sorted(set(way)))}")
        chosen |= found
    return network.edges.index[(way.isin(chosen) | network.edges.index.astype(str).isin(chosen)).to_numpy()]


def find_structures(network: Network, names: Sequence[str]) -> list[Hashable]:
    """Ids of structures by id or pattern; each must name something."""
    known = [str(name) for name in network.structures.index]
    chosen: dict[str, None] = {}
    for pattern in names:
        found = [name for name in known if name == pattern or (_wild(pattern) and fnmatchcase(name, pattern))]
        if not found:
            raise DataError(f"no structure is called {pattern!r}.{name_near(pattern, known)}")
        chosen.update(dict.fromkeys(found))
    return [name for name in network.structures.index if str(name) in chosen]


def _wild(pattern: str) -> bool:
    return bool(set(pattern) & set("*?["))
