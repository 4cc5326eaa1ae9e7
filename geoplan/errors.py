"""What can go wrong, in words a planner can act on."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Any


class GeoplanError(Exception):
    """Base of every error that geoplan raises on purpose."""


class DataError(GeoplanError, ValueError):
    """Input is not usable: says what, where, which rows and the cure."""


class MeanCostError(DataError):
    """A mean cost that no parameter gives; `bound` is the least or the largest that can be had."""

    def __init__(self, message: str, *, bound: float) -> None:
        super().__init__(message)
        self.bound = bound


class NoRouteError(GeoplanError):
    """There is no way. `reasons` is a table of what stands in it (pandas), empty when the points do not connect."""

    def __init__(self, message: str, reasons: Any = None) -> None:
        super().__init__(message)
        self.reasons = reasons


class MissingExtraError(GeoplanError, ImportError):
    """An optional dependency is needed: says which extra to install."""


class NotConvergedWarning(UserWarning):
    """An iterative method stopped before it reached the accuracy asked for."""


def name_rows(rows: Sequence[object], limit: int = 5) -> str:
    """Text such as `3 rows (first: a, b, c)` for error messages; no brackets when there is nothing to name."""
    count = len(rows)
    shown = ", ".join(str(row) for row in rows[:limit])
    unit = "row" if count == 1 else "rows"
    return f"{count} {unit}" + (f" (first: {shown})" if shown else "")


def name_near(word: str, known: Sequence[str], limit: int = 3) -> str:
    """Text such as ` Did you mean: Ludvika, Lundby?`, or an empty text when nothing is near."""
    folded = {str(k).casefold(): str(k) for k in known}
    near = [folded[k] for k in difflib.get_close_matches(word.casefold(), list(folded), n=limit, cutoff=0.6)]
    near += [k for k in folded.values() if word.casefold() in k.casefold() and k not in near][: limit - len(near)]
    return f" Did you mean: {', '.join(near[:limit])}?" if near else ""
