"""Pivot-point: what a model says of the change, on top of what was observed."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from geoplan.errors import DataError


def pivot_point(
    observed: pd.DataFrame,
    base: pd.DataFrame,
    scenario: pd.DataFrame,
    *,
    form: Literal["difference", "ratio"] = "difference",
    largest_ratio: float = 5.0,
) -> pd.DataFrame:
    """Trips of a scenario from observed trips and two runs of a model; without a change in the model, the observed.

    difference: observed + (scenario - base), never below 0. ratio: observed x scenario / base where both observed
    and base are above 0, elsewhere the difference; a cell that grows more than `largest_ratio` times grows by that
    ratio up to there and by the difference beyond, so that a small base does not blow up.

    Parameters
    ----------
    observed, base, scenario
        Square tables of trips with the same labels, >= 0.

    Returns
    -------
    Table like `observed`.
    """
    for name, table in (("base", base), ("scenario", scenario)):
        if not (table.index.equals(observed.index) and table.columns.equals(observed.columns)):
            raise DataError(f"pivot: {name} has other zones than the observed trips; bring all to the same zones")
    now, before, after = (table.to_numpy(dtype=np.float64) for table in (observed, base, scenario))
    for name, values in (("observed", now), ("base", before), ("scenario", after)):
        if not (np.isfinite(values) & (values >= 0)).all():
            raise DataError(f"pivot: {name} holds unknown or negative trips; correct them")
    by_difference = np.maximum(now + after - before, 0.0)
    if form == "difference":
        return pd.DataFrame(by_difference, index=observed.index, columns=observed.columns)
    if form != "ratio":
        raise DataError(f"pivot: form {form!r} is not known; use difference or ratio")
    both = (now > 0) & (before > 0)
    capped = np.minimum(after, largest_ratio * before)
    by_ratio = now * np.divide(capped, before, out=np.zeros_like(now), where=both) + (after - capped)
    return pd.DataFrame(np.where(both, by_ratio, by_difference), index=observed.index, columns=observed.columns)
