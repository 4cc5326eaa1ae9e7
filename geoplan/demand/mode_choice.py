"""Which mode: multinomial and nested logit, its logsum, and the incremental form for scenarios.

P(m) = exp(V_m) / sum exp(V); with nests, V of a nest is theta times the logsum of its modes over theta, 0 < theta <= 1.
Source: McFadden (1978), Modelling the choice of residential location; Ben-Akiva & Lerman (1985), Discrete Choice
Analysis, chapters 5 and 10; incremental form: Kumar (1980), Pivot point modeling procedures in demand estimation.

A mode with utility -inf is not there to be chosen; NaN is not known, and so is every share of that pair.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoplan.errors import DataError, name_near, name_rows

log = logging.getLogger(__name__)

FloatArray: TypeAlias = NDArray[np.float64]

COEFFICIENT_COLUMNS = ("mode", "attribute", "value", "unit", "source", "assumed", "note")


@dataclass(frozen=True)
class Nest:
    """Modes that are more alike than others. `theta` (0, 1]: 1 is no nest at all, small is nearly the same mode."""

    name: str
    modes: tuple[str, ...]
    theta: float


@dataclass(frozen=True, eq=False)
class ModeChoice:
    """Shares by mode (each a table origins x destinations, summing to 1), and the logsum, in units of utility.

    `meta` holds the coefficients that were assumed, and counts: `pairs_without_mode` (nothing can be chosen; shares
    and logsum are NaN and -inf) and `pairs_unknown` (a utility is not known; shares and logsum NaN).
    """

    shares: Mapping[str, pd.DataFrame]
    logsum: pd.DataFrame
    meta: Mapping[str, Any] = field(default_factory=dict)


def default_coefficients() -> pd.DataFrame:
    """A table of coefficients to begin with: round planning figures, each marked as assumed, with its reason.

    Columns mode, attribute, value, unit, source, assumed (yes, no), note.
    """
    table = pd.read_csv(Path(__file__).with_suffix(".csv"), keep_default_na=False)
    return check_coefficients(table)


def check_coefficients(coefficients: pd.DataFrame) -> pd.DataFrame:
    """The table with numbers in `value`; DataError that names rows without a source, twice, or without a number."""
    lacking = [name for name in ("mode", "attribute", "value", "source", "assumed") if name not in coefficients]
    if lacking:
        raise DataError(f"coefficients: columns {', '.join(lacking)} are missing; add them")
    table = coefficients.reset_index(drop=True).copy()
    table["value"] = pd.to_numeric(table["value"], errors="coerce").astype("float64")
    label = table["mode"].astype(str) + " " + table["attribute"].astype(str)
    faults = []
    for what, wrong in (
        ("have no number in value", ~np.isfinite(table["value"])),
        ("stand twice", label.duplicated()),
        ("have no source", table["source"].astype(str).str.strip() == ""),
        ("say neither yes nor no in assumed", ~table["assumed"].isin(["yes", "no"])),
    ):
        if wrong.any():
            faults.append(f"{name_rows(label[wrong].to_list())} {what}")
    if faults:
        raise DataError("coefficients: " + "; ".join(faults) + "; correct them")
    return table


def mode_utilities(
    skims: Mapping[str, Mapping[str, pd.DataFrame]], coefficients: pd.DataFrame
) -> tuple[dict[str, pd.DataFrame], dict[str, Any]]:
    """Utility of each mode for each pair of zones: sum of coefficient times attribute.

    Parameters
    ----------
    skims
        By mode, then by attribute, tables origins x destinations: {"car": {"time_s": ...}, "transit": {"ride_s": ...}}.
        An infinite attribute means that the mode is not there.
    coefficients
        As `default_coefficients`. A coefficient whose attribute has no skim is left out, and named in the log and the
        meta data; `constant` needs no skim.

    Returns
    -------
    Utilities by mode, and meta data: `assumed` (coefficients marked so) and `left_out` (attributes without a skim).

    Raises
    ------
    DataError
        A mode without coefficients or without any skim.
    """
    table = check_coefficients(coefficients)
    done, left_out = {}, []
    for mode, attributes in skims.items():
        rows = table[table["mode"] == mode]
        if rows.empty:
            near = name_near(mode, table["mode"].unique().tolist())
            raise DataError(f"coefficients: none for mode {mode!r}; add its rows.{near}")
        if not attributes:
            raise DataError(f"skims: mode {mode!r} has no tables; give at least its times")
        first = next(iter(attributes.values()))
        total = np.zeros(first.shape)
        gone = np.zeros(first.shape, dtype=bool)
        for attribute, value in zip(rows["attribute"], rows["value"], strict=True):
            if attribute == "constant":
                total += value
                continue
            if attribute not in attributes:
                left_out.append(f"{mode} {attribute}")
                continue
            values = attributes[attribute].reindex(index=first.index, columns=first.columns).to_numpy(dtype=np.float64)
            total += value * np.where(np.isinf(values), 0.0, values)
        for matrix in attributes.values():
            gone |= np.isinf(matrix.reindex(index=first.index, columns=first.columns).to_numpy(dtype=np.float64))
        done[mode] = pd.DataFrame(np.where(gone, -np.inf, total), index=first.index, columns=first.columns)
    used = table["mode"].isin(list(skims))
    assumed = used & (table["assumed"] == "yes")
    if left_out:
        log.warning("mode choice: no skim of %s; left out of the utilities", ", ".join(left_out))
    names = (table["mode"] + " " + table["attribute"])[assumed].to_list()
    return done, {"assumed": names, "left_out": left_out}


def choose_mode(
    utilities: Mapping[str, pd.DataFrame],
    *,
    nests: Sequence[Nest] = (),
    unknown: Literal["keep", "not_there"] = "keep",
    meta: Mapping[str, Any] | None = None,
) -> ModeChoice:
    """Shares of the modes and the logsum, by multinomial logit, or nested logit when there are nests.

    Parameters
    ----------
    utilities
        By mode, tables origins x destinations; all over the same zones. -inf: not there, NaN: not known.
    nests
        Nests of modes; a mode in none stands by itself.
    unknown
        What a utility that is not known (NaN) does: "keep" leaves the shares of that pair unknown, "not_there" takes
        the mode away, such as public transport within a zone.

    Raises
    ------
    DataError
        No modes, tables over different zones, +inf, or nests that overlap or have theta outside (0, 1].
    """
    modes, stack, like = _stack(utilities)
    if unknown == "not_there":
        stack = np.where(np.isnan(stack), -np.inf, stack)
    groups = _groups(modes, nests)
    inner = [theta * _logsum(stack[members] / theta) for members, theta in groups]
    top = np.stack(inner)
    logsum = _logsum(top)
    shares = np.empty_like(stack)
    for (members, theta), value in zip(groups, inner, strict=True):
        shares[members] = _ratio(value, logsum) * _ratio(stack[members] / theta, value / theta)
    return _as_choice(modes, shares, logsum, like, meta)


def pivot_modes(
    shares: Mapping[str, pd.DataFrame],
    change: Mapping[str, pd.DataFrame],
    *,
    nests: Sequence[Nest] = (),
    meta: Mapping[str, Any] | None = None,
) -> ModeChoice:
    """Shares after a change of utilities, from observed shares: the incremental (pivot-point) form.

    Parameters
    ----------
    shares
        Observed shares by mode, summing to 1 for each pair.
    change
        Utility after less utility before, by mode; a mode left out has no change. -inf takes a mode away. A mode with
        no observed share stays without one: the incremental form cannot bring in a new mode (use `choose_mode`).
    nests
        As in `choose_mode`.

    Returns
    -------
    Shares after; `logsum` is the change of the logsum.
    """
    modes, stack, like = _stack(shares)
    wrong = (stack < 0).any() or (np.abs(stack.sum(axis=0) - 1.0) > 1e-6).any()
    if wrong:
        raise DataError("shares: some pairs have negative shares or shares that do not sum to 1; correct them")
    lost = [mode for mode in change if mode not in modes]
    if lost:
        raise DataError(f"change: {', '.join(lost)} are no modes of the shares.{name_near(lost[0], modes)}")
    delta = np.zeros_like(stack)
    for k, mode in enumerate(modes):
        if mode in change:
            delta[k] = change[mode].reindex(index=like.index, columns=like.columns).to_numpy(dtype=np.float64)
    if np.isposinf(delta).any():
        raise DataError("change: holds +inf; a mode that appears needs choose_mode")
    groups = _groups(modes, nests)
    with np.errstate(divide="ignore"):
        log_shares = np.log(stack)
    moved, sums = [], []
    for members, theta in groups:
        nest = _logsum(log_shares[members])  # log of the share of the nest
        within = np.where(np.isneginf(nest), -np.inf, log_shares[members] - np.where(np.isneginf(nest), 0.0, nest))
        shift = theta * _logsum(within + delta[members] / theta)
        moved.append((within, shift))
        sums.append(nest + shift)
    logsum = _logsum(np.stack(sums))
    done = np.empty_like(stack)
    for (members, theta), (within, shift), nest in zip(groups, moved, sums, strict=True):
        done[members] = _ratio(nest, logsum) * _ratio(within + delta[members] / theta, shift / theta)
    return _as_choice(modes, done, logsum, like, meta)


def calibrate_constants(
    utilities: Mapping[str, pd.DataFrame],
    trips: pd.DataFrame,
    target_shares: Mapping[str, float],
    *,
    nests: Sequence[Nest] = (),
    tolerance: float = 1e-8,
    max_rounds: int = 500,
) -> dict[str, float]:
    """Constants to add to the utilities so that the shares of all trips are those observed.

    Parameters
    ----------
    trips
        Trips of all modes, origins x destinations.
    target_shares
        Observed share of each mode, above 0 and summing to 1. The first mode keeps its constant.

    Returns
    -------
    {mode: constant to add}

    Raises
    ------
    DataError
        Shares that cannot be reached (a mode that is not there for enough trips), or that do not sum to 1.
    """
    modes = list(utilities)
    if set(target_shares) != set(modes):
        raise DataError(f"target_shares: give one for each of {', '.join(modes)}")
    target = np.array([target_shares[mode] for mode in modes])
    if not ((target > 0).all() and abs(target.sum() - 1.0) < 1e-9):
        raise DataError("target_shares: must be above 0 and sum to 1")
    constant = np.zeros(len(modes))
    for _ in range(max_rounds):
        choice = choose_mode({m: utilities[m] + c for m, c in zip(modes, constant, strict=True)}, nests=nests)
        weight = trips.reindex(index=choice.logsum.index, columns=choice.logsum.columns).to_numpy(dtype=np.float64)
        counts = np.array([np.nansum(weight * choice.shares[m].to_numpy()) for m in modes])
        share = counts / counts.sum()
        if np.abs(share - target).max() < tolerance:
            return dict(zip(modes, (float(c) for c in constant), strict=True))
        constant += np.log(target) - np.log(np.maximum(share, 1e-300))
        constant -= constant[0]
    near = ", ".join(f"{m} {s:.3f}" for m, s in zip(modes, share, strict=True))
    raise DataError(
        f"target_shares: not reached ({near} after {max_rounds} rounds); is every mode there for enough trips?"
    )


def split_trips(trips: pd.DataFrame, choice: ModeChoice) -> dict[str, pd.DataFrame]:
    """Trips by mode. Pairs without any mode, or with an unknown one, keep their trips under `"no_mode"`."""
    done, left = {}, trips.to_numpy(dtype=np.float64, copy=True)
    for mode, share in choice.shares.items():
        part = share.reindex(index=trips.index, columns=trips.columns).to_numpy(dtype=np.float64)
        values = np.where(np.isnan(part), 0.0, trips.to_numpy(dtype=np.float64) * part)
        left -= values
        done[mode] = pd.DataFrame(values, index=trips.index, columns=trips.columns)
    first = next(iter(choice.shares.values())).reindex(index=trips.index, columns=trips.columns)
    nowhere = np.where(first.isna().to_numpy(), left, 0.0)
    done["no_mode"] = pd.DataFrame(nowhere, index=trips.index, columns=trips.columns)
    if nowhere.sum() > 0:
        log.warning("mode choice: %.1f trips of %d pairs have no mode", nowhere.sum(), (nowhere > 0).sum())
    return done


def _stack(tables: Mapping[str, pd.DataFrame]) -> tuple[list[str], FloatArray, pd.DataFrame]:
    """Names, values (modes, origins, destinations) and the first table; all over the zones of the first."""
    if not tables:
        raise DataError("mode choice: no modes; give a table for each")
    modes = list(tables)
    like = tables[modes[0]]
    layers = []
    for mode in modes:
        table = tables[mode]
        if not (table.index.equals(like.index) and table.columns.equals(like.columns)):
            if set(table.index) != set(like.index) or set(table.columns) != set(like.columns):
                raise DataError(f"mode choice: {mode} is over other zones than {modes[0]}; bring all to the same")
            table = table.reindex(index=like.index, columns=like.columns)
        layers.append(table.to_numpy(dtype=np.float64))
    stack = np.stack(layers)
    if np.isposinf(stack).any():
        raise DataError("mode choice: a utility is +inf; a mode that is not there has -inf")
    return modes, stack, like


def _groups(modes: list[str], nests: Sequence[Nest]) -> list[tuple[list[int], float]]:
    """(positions of the modes, theta) of each nest and of each mode alone."""
    place = {mode: k for k, mode in enumerate(modes)}
    seen: set[str] = set()
    groups = []
    for nest in nests:
        lost = [mode for mode in nest.modes if mode not in place]
        if lost:
            raise DataError(f"nest {nest.name}: {', '.join(lost)} are no modes; the choice has {', '.join(modes)}")
        if not 0 < nest.theta <= 1:
            raise DataError(f"nest {nest.name}: theta {nest.theta} is not above 0 and at most 1")
        twice = seen & set(nest.modes)
        if twice or len(set(nest.modes)) < len(nest.modes):
            raise DataError(f"nest {nest.name}: {', '.join(sorted(twice or nest.modes))} stand in two nests, or twice")
        seen |= set(nest.modes)
        groups.append(([place[mode] for mode in nest.modes], nest.theta))
    return groups + [([k], 1.0) for k, mode in enumerate(modes) if mode not in seen]


def _logsum(values: FloatArray) -> FloatArray:
    """log sum exp over the first axis, without overflow; -inf where all are, NaN where one is NaN."""
    highest = values.max(axis=0)
    safe = np.where(np.isneginf(highest), 0.0, highest)
    with np.errstate(divide="ignore"):
        return safe + np.log(np.exp(values - safe).sum(axis=0))


def _ratio(upper: FloatArray, lower: FloatArray) -> FloatArray:
    """exp(upper - lower); 0 where the upper is -inf (also over -inf)."""
    gone = np.isneginf(upper)
    return np.where(gone, 0.0, np.exp(np.where(gone, 0.0, upper) - np.where(np.isneginf(lower), 0.0, lower)))


def _as_choice(
    modes: list[str], shares: FloatArray, logsum: FloatArray, like: pd.DataFrame, meta: Mapping[str, Any] | None
) -> ModeChoice:
    none, unknown = np.isneginf(logsum), np.isnan(logsum)
    shares = np.where(none | unknown, np.nan, shares)
    tables = {mode: pd.DataFrame(shares[k], index=like.index, columns=like.columns) for k, mode in enumerate(modes)}
    counts = {"pairs_without_mode": int(none.sum()), "pairs_unknown": int(unknown.sum())}
    return ModeChoice(tables, pd.DataFrame(logsum, index=like.index, columns=like.columns), {**(meta or {}), **counts})
