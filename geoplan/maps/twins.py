"""The tables beside a map: which of its layers make one table, and in which order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# A layer that is context and not what the map is about comes after the rest.
_LAST = ("places", "ends", "legs")
# Column by which a table is sorted at first, the largest on top; by size where the sign tells the direction.
_SORT = {"flows": "delay_vehh", "changes": "change"}
_MERGED = "kind-"  # layers of one register, parted by kind: one table


def twins_of(spec: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Tables of a map: title, keys of the layers whose rows they hold, and the column to sort by.

    Every layer that can be pointed at is in one of them. Top layers come first, for they are what the map is about.
    """
    layers = [layer for layer in reversed(spec["layers"]) if "fields" in layer]
    merged = [layer for layer in reversed(layers) if layer["key"].startswith(_MERGED)]
    tables = []
    if merged:
        # Marks are drawn from the last kind to the first; the signs in them say the order.
        tables.append({"title": spec["title"], "layers": [layer["key"] for layer in merged], "sort": "sign"})
    single = [layer for layer in layers if layer not in merged]
    single.sort(key=lambda layer: _LAST.index(layer["key"]) if layer["key"] in _LAST else -1)
    for layer in single:
        table = {"title": layer["title"], "layers": [layer["key"]]}
        if layer["key"] in _SORT:
            table["sort"] = _SORT[layer["key"]]
        tables.append(table)
    return tables
