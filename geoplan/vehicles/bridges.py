"""Moving loads on bridges: exact largest moment and shear on simple spans, without stepping.

On a simple span of length L, let a run of neighbouring axles i..j stand on it, R their sum, d the distance
from axle k to their resultant. The moment under k is largest when mid-span halves that distance, and is

    M(L) = R (L - d)^2 / 4L - S,     S = sum of P_i (x_k - x_i) over the axles before k,

as long as exactly these axles are on the span, which bounds L from below and above. The largest shear stands
at a support when an axle i has just come on:  V(L) = sum of P_j (1 - (x_j - x_i) / L). Both are of the form A
L + B + C / L on a window of L, so a vehicle is a list of such windows, made once, and a span is a look-up and
a few dozen terms.

Source: the rule of the halved distance is textbook (Hibbeler, Structural Analysis, absolute maximum moment of
moving loads); that a window ends where the next axle reaches a support follows from its ordinate there being
zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from numba import njit
from numpy.typing import NDArray

from geoplan.errors import DataError
from geoplan.vehicles.continuous import continuous_spans
from geoplan.vehicles.vehicle import GRAVITY, Vehicle

FloatArray = NDArray[np.float64]

BIN_M = 0.25  # width of the look-up bins; only speed depends on it
LEGAL_SPEED_KMH = 80.0  # speed at which legal vehicles cross
FOLDER = Path(__file__).parent


@dataclass(frozen=True, eq=False)
class SpanTerms:
    """Windows in which A L + B + C / L may be the largest effect, in bins of L (CSR): the form the kernel
    reads.

    first : (n_bins + 1,) ; low, high, a, b, c : (n_entries,), tonnes and metres
    """

    first: NDArray[np.int64]
    low: FloatArray
    high: FloatArray
    a: FloatArray
    b: FloatArray
    c: FloatArray


@dataclass(frozen=True, eq=False)
class MovingLoad:
    """A row of axles ready to be moved over spans: `moment` and `shear` terms."""

    moment: SpanTerms
    shear: SpanTerms


def moving_load(axle_x_m: FloatArray, axle_loads_t: FloatArray) -> MovingLoad:
    """Prepare a row of axles (positions ascending in m, loads in t), shape (n_axles,) each."""
    x = np.ascontiguousarray(axle_x_m, dtype=np.float64)
    loads = np.ascontiguousarray(axle_loads_t, dtype=np.float64)
    if x.shape != loads.shape or len(x) == 0 or (np.diff(x) <= 0).any() or not (loads >= 0).all():
        raise DataError("axles: give ascending positions in metres and one load of 0 t or more for each")
    heavy = loads > 0
    if not heavy.any():
        heavy[0] = True
    x, loads = x[heavy], loads[heavy]
    return MovingLoad(_binned(*_moment_windows(x, loads)), _binned(*_shear_windows(x, loads)))


def simple_span(load: MovingLoad, span_m: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Largest moment (kNm) and shear (kN) of the load on simple spans, arrays in the shape of `span_m` (m, > 0)."""
    span = np.ascontiguousarray(np.atleast_1d(span_m), dtype=np.float64)
    if not (span > 0).all():
        raise DataError("span_m: give lengths above 0")
    moment, shear = _largest(load.moment, span), _largest(load.shear, span)
    return moment * GRAVITY, shear * GRAVITY


def equivalent_loads(moment_knm: FloatArray, shear_kn: FloatArray, span_m: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Even loads in kN/m that give the same moment (8 M / L^2) and the same shear (2 V / L)."""
    return 8 * moment_knm / span_m**2, 2 * shear_kn / span_m


def dynamic_share(span_m: FloatArray, speed_kmh: float) -> FloatArray:
    """Dynamic addition as a share of the static effect: (180 + 8 (v - 10)) / (20 + L) per cent, v >= 10 km/h.

    Source: Swedish bridge assessment rules (Trafikverket, bearing capacity), from memory (L); verify before
    use.
    """
    return (180.0 + 8.0 * (max(speed_kmh, 10.0) - 10.0)) / (20.0 + span_m) / 100.0


def class_envelope(bk_class: str, span_m: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Largest static moment (kNm) and shear (kN) of the legal vehicles of a bearing class on simple spans."""
    loads = _legal_loads(bk_class)
    effects = [simple_span(load, span_m) for load in loads]
    return np.max([m for m, _ in effects], axis=0), np.max([v for _, v in effects], axis=0)


def bridge_ratio(
    vehicle: Vehicle,
    span_m: FloatArray,
    bk_class: str,
    *,
    speed_kmh: float = 10.0,
    other_lane_share: float = 0.0,
) -> FloatArray:
    """Effect of a vehicle over that of the legal vehicles of the class, the larger of moment and shear; > 1:
    look.

    Parameters
    ----------
    speed_kmh
        Speed over the bridge; legal vehicles cross at 80 km/h. Both get the dynamic addition of their speed.
    other_lane_share
        What the part of the bridge that bears the vehicle also bears of a legal vehicle in the other lane (0
        to 1). A vehicle that crosses alone and centred may use that too; 0 gives no credit for it.

    Returns
    -------
    Array in the shape of `span_m`, NaN where the axles of the vehicle are not known.
    """
    span = np.atleast_1d(np.asarray(span_m, dtype=np.float64))
    if len(vehicle.axle_x_m) == 0:
        return np.full(span.shape, np.nan)
    moment, shear = simple_span(moving_load(vehicle.axle_x_m, vehicle.axle_loads_t), span)
    legal_moment, legal_shear = class_envelope(bk_class, span)
    return np.maximum(moment / legal_moment, shear / legal_shear) / _credit(span, speed_kmh, other_lane_share)


def continuous_ratio(
    vehicle: Vehicle,
    spans_m: tuple[float, ...],
    bk_class: str,
    *,
    speed_kmh: float = 10.0,
    other_lane_share: float = 0.0,
) -> float:
    """`bridge_ratio` for a continuous bridge: the largest of sagging, hogging and shear; NaN without axles.

    The dynamic addition is that of the longest span.
    """
    if len(vehicle.axle_x_m) == 0:
        return np.nan
    own = continuous_spans(vehicle.axle_x_m, vehicle.axle_loads_t, spans_m)
    sagging, hogging, shear = _legal_effects(bk_class, spans_m)
    ratios = [own.sagging_knm / sagging, own.hogging_knm / hogging if hogging else 0.0, own.shear_kn / shear]
    return max(ratios) / float(_credit(np.array([max(spans_m)]), speed_kmh, other_lane_share)[0])


def read_spans(text: str) -> tuple[float, ...]:
    """Lengths of the spans of a continuous bridge from text such as `12;15;12`.

    Raises
    ------
    DataError
        It is no list of two or more lengths above 0.
    """
    try:
        spans = tuple(float(part.strip().replace(",", ".")) for part in text.split(";"))
    except ValueError:
        spans = ()
    if len(spans) < 2 or not all(0 < span < np.inf for span in spans):
        raise DataError(f"spans is {text!r}; give two or more lengths in metres, as 12;15;12")
    return spans


@njit(cache=True)
def evaluate_terms(span, first, low, high, a, b, c, bin_m):  # type: ignore[no-untyped-def]  # numba infers
    """Largest a L + b + c / L over the windows that hold L, for each L; arrays only."""
    result = np.empty(len(span), np.float64)
    last = len(first) - 2
    for i in range(len(span)):
        length = span[i]
        inverse = 1.0 / length
        place = min(int(length / bin_m), last)
        best = 0.0
        for t in range(first[place], first[place + 1]):
            if low[t] <= length and length <= high[t]:
                value = a[t] * length + b[t] + c[t] * inverse
                if value > best:
                    best = value
        result[i] = best
    return result


def _largest(terms: SpanTerms, span: FloatArray) -> FloatArray:
    return evaluate_terms(span, terms.first, terms.low, terms.high, terms.a, terms.b, terms.c, BIN_M)


def _moment_windows(x: FloatArray, loads: FloatArray) -> tuple[FloatArray, ...]:
    """Windows of the moment: every run of axles i..j and every axle k of it under which the shear can change sign."""
    n = len(x)
    first, last = np.triu_indices(n)
    total = np.concatenate([[0.0], np.cumsum(loads)])
    static = np.concatenate([[0.0], np.cumsum(loads * x)])
    rows = []
    for k in range(n):
        use = (first <= k) & (last >= k)
        i, j = first[use], last[use]
        weight = total[j + 1] - total[i]
        with np.errstate(divide="ignore", invalid="ignore"):
            d = np.where(weight > 0, (static[j + 1] - static[i]) / weight - x[k], 0.0)
            before = total[k] - total[i]
            upto = before + loads[k]
            arm = x[k] * before - (static[k] - static[i])
            low = np.maximum(d + 2 * (x[k] - x[i]), 2 * (x[j] - x[k]) - d)
            ahead = np.where(i > 0, d + 2 * (x[k] - x[np.maximum(i - 1, 0)]), np.inf)
            behind = np.where(j < n - 1, 2 * (x[np.minimum(j + 1, n - 1)] - x[k]) - d, np.inf)
        high = np.minimum(ahead, behind)
        # Shear changes sign under k when the left reaction share 1/2 - d/2L lies between the shares before and up to
        # k; it is monotone in L, so its range over the window settles whether k can ever be that axle.
        left, right = (
            0.5 - d / (2 * np.maximum(low, 1e-9)),
            np.where(np.isinf(high), 0.5, 0.5 - d / (2 * np.maximum(high, 1e-9))),
        )
        slack = 1e-9 * weight
        possible = np.maximum(left, right) * weight >= before - slack
        possible &= np.minimum(left, right) * weight <= upto + slack
        keep = (low <= high) & possible
        rows.append(np.stack([low, high, weight / 4, -weight * d / 2 - arm, weight * d**2 / 4], axis=1)[keep])
    table = np.concatenate(rows)
    return tuple(np.ascontiguousarray(table[:, column]) for column in range(5))


def _shear_windows(x: FloatArray, loads: FloatArray) -> tuple[FloatArray, ...]:
    """Windows of the shear: axle i at the support and the axles up to j on the span, from both ends."""
    tables = []
    for position, weight in ((x, loads), (x[-1] - x[::-1], loads[::-1])):
        n = len(position)
        first, last = np.triu_indices(n)
        total = np.concatenate([[0.0], np.cumsum(weight)])
        static = np.concatenate([[0.0], np.cumsum(weight * position)])
        low = position[last] - position[first]
        high = np.where(last < n - 1, position[np.minimum(last + 1, n - 1)] - position[first], np.inf)
        b = total[last + 1] - total[first]
        c = -((static[last + 1] - static[first]) - position[first] * b)
        tables.append(np.stack([low, high, np.zeros_like(b), b, c], axis=1))
    table = np.concatenate(tables)
    return tuple(np.ascontiguousarray(table[:, column]) for column in range(5))


def _binned(low: FloatArray, high: FloatArray, a: FloatArray, b: FloatArray, c: FloatArray) -> SpanTerms:
    """The windows copied into every bin of L they touch; the last bin holds all longer spans."""
    ends = np.concatenate([low, high[np.isfinite(high)]])
    n_bins = int(max(ends.max(), 0.0) / BIN_M) + 2
    start = np.minimum((np.maximum(low, 0.0) / BIN_M).astype(np.int64), n_bins - 1)
    stop = np.where(
        np.isinf(high),
        n_bins - 1,
        np.minimum(np.nan_to_num(high, posinf=0.0) / BIN_M, n_bins - 1).astype(np.int64),
    )
    keep = stop >= start
    count = np.where(keep, stop - start + 1, 0)
    term = np.repeat(np.arange(len(low)), count)
    offset = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    place = start[term] + offset
    order = np.argsort(place, kind="stable")
    term = term[order]
    first = np.zeros(n_bins + 1, dtype=np.int64)
    np.cumsum(np.bincount(place, minlength=n_bins), out=first[1:])
    return SpanTerms(first, low[term], high[term], a[term], b[term], c[term])


def _credit(span_m: FloatArray, speed_kmh: float, other_lane_share: float) -> FloatArray:
    """What a slow and lonely crossing saves against legal vehicles at speed."""
    legal, own = dynamic_share(span_m, LEGAL_SPEED_KMH), dynamic_share(span_m, speed_kmh)
    return (1 + legal) * (1 + other_lane_share) / (1 + own)


@cache
def _legal_effects(bk_class: str, spans_m: tuple[float, ...]) -> tuple[float, float, float]:
    """Largest sagging, hogging (negative) and shear of the legal vehicles of a class on a continuous bridge."""
    effects = [continuous_spans(x, loads, spans_m) for x, loads in _legal_axles(bk_class)]
    return max(e.sagging_knm for e in effects), min(e.hogging_knm for e in effects), max(e.shear_kn for e in effects)


@cache
def _legal_loads(bk_class: str) -> tuple[MovingLoad, ...]:
    """The legal vehicles of a class, ready to be moved over simple spans."""
    return tuple(moving_load(x, loads) for x, loads in _legal_axles(bk_class))


@cache
def _legal_axles(bk_class: str) -> tuple[tuple[FloatArray, FloatArray], ...]:
    """Axles of the legal vehicles of a class, made from its tables (`legal_vehicles.csv`)."""
    table = pd.read_csv(FOLDER / "legal_vehicles.csv")
    rows = table[[bk_class in str(classes).split(";") for classes in table["classes"]]]
    if rows.empty:
        raise DataError(f"no legal vehicle is known for class {bk_class!r}; use BK1, BK2, BK3 or BK4")
    return tuple(_axles(text) for text in rows["axles"])


def _axles(text: str) -> tuple[FloatArray, FloatArray]:
    """Positions and loads from text such as `0:10; 1.3:9`."""
    pairs = np.array([[float(part) for part in pair.split(":")] for pair in text.split(";")])
    return pairs[:, 0], pairs[:, 1]
