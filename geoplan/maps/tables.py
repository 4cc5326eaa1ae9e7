"""Tables of results as the maps read them: ids by column or index, text without gaps, classes in words."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd

from geoplan.errors import DataError, name_rows
from geoplan.maps.formats import short_text
from geoplan.maps.labels import Lang
from geoplan.maps.words import word
from geoplan.network.ids import are_known
from geoplan.network.network import Network


def class_words(breaks: Sequence[float], lang: Lang) -> list[str]:
    """`under 50`, `50–100`, `at least 100` between the breaks."""
    shown = [short_text(float(value), lang) for value in breaks]
    middle = [f"{a}–{b}" for a, b in pairwise(shown)]
    return [f"{word('below', lang)} {shown[0]}", *middle, f"{word('at_least', lang)} {shown[-1]}"] if shown else [""]


def with_columns(edges: gpd.GeoDataFrame, table: pd.DataFrame, columns: Sequence[str]) -> gpd.GeoDataFrame:
    """Edges with columns of a table by id; a column that the table has not is not known."""
    return edges.assign(**{c: (table[c].reindex(edges.index) if c in table else np.nan) for c in columns})


def text_column(rows: pd.DataFrame, column: str) -> pd.Series:
    """A text column with empty text for what is missing; all empty when there is no such column."""
    if column not in rows:
        return pd.Series("", index=rows.index, dtype="object")
    values = rows[column].astype("object")
    return values.where(values.notna(), "")


def ids_of(table: pd.DataFrame, name: str) -> pd.Index:
    """Ids in a column or in the index of a table."""
    return pd.Index(table[name], name=name) if name in table else pd.Index(table.index, name=name)


def require_edges(network: Network, ids: pd.Index, what: str) -> None:
    lost = ids[~are_known(ids, network.edges.index)]
    if len(lost):
        raise DataError(
            f"{what}: {name_rows(lost.to_list())} are no edges of this network; draw it on the network it was made with"
        )
