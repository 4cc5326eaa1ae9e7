"""Ids: which of them a table has."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray


def are_known(ids: Iterable[Hashable], known: pd.Index) -> NDArray[np.bool_]:
    """Which ids an index holds.

    The index is hashed once and keeps that; `isin` reads it anew each time, which for texts takes a hundred times as
    long.
    """
    return known.unique().get_indexer(pd.Index(ids)) >= 0
