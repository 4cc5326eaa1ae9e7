"""`rail_capacity`: how full each section is, with and without a timetable, and how many more trains fit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd

from geoplan.errors import DataError
from geoplan.io.timetable import Services, Timetable
from geoplan.network.network import Network
from geoplan.rail.compress import consumption_pct, occupancy, separations
from geoplan.rail.estimate import MEET_WAIT, SectionMix, period_trains, section_mixes
from geoplan.rail.layout import Layout, UnknownLoop, rail_layout
from geoplan.rail.line import rail_line
from geoplan.rail.rules import Rules, capacity_class
from geoplan.rail.traffic import busiest_day, day_use, ends_of, service_traffic, timetable_traffic
from geoplan.rail.train import Train, train

PERIOD_S = {"day": 86_400, "peak_2h": 7_200}
LIMITS_PCT = (60.0, 80.0, 100.0)
MOST_EXTRA = 3000  # more trains than this a day fit on no section: one a minute each way are 2,880
CAPACITY_COLUMNS = (
    "section_id",
    "name",
    "line",
    "period",
    "trains",
    "consumption_pct",
    "capacity_class",
    "extra_trains_60",
    "extra_trains_80",
    "extra_trains_100",
    "basis",
    "timetable_pct",
    "estimate_pct",
    "difference_pct",
    "low_pct",
    "high_pct",
    "peak_start",
    "unknown_services",
    "length_m",
    "tracks",
    "assumed",
)


def rail_capacity(
    network: Network | Layout,
    timetable: Timetable | Services,
    *,
    stations: pd.DataFrame | None = None,
    services: pd.DataFrame | None = None,
    scenarios: Collection[str] = (),
    assumed_trains: Mapping[str, float] | None = None,
    unknown_loop: UnknownLoop = "by_table",
    keep: Collection[str] = (),
    day: dt.date | None = None,
    extra: Train | str = "freight_1200",
    rules: Rules | None = None,
    additional_time_rate: float = 0.0,
    peak_share: Mapping[str, float] | None = None,
    meet_wait: float = MEET_WAIT,
    only: Collection[str] | None = None,
) -> pd.DataFrame:
    """Capacity consumption of every section, for the day and for its busiest two hours.

    With a timetable: UIC 406 by compression, the order of trains kept. Without one (services: trains a day), and beside
    it: the mean over all orders of the same trains. Both stand side by side.

    Parameters
    ----------
    timetable
        A `Timetable`, or services: a record with `trains` (trains a day each way) and `stations`.
    stations, unknown_loop, keep
        Where trains can meet, and nodes that are places in any case: see `rail_layout`. The stations of services are
        used when None.
    services
        Trains a day for the estimate beside a timetable; those of the timetable's day when None.
    scenarios, assumed_trains
        See `service_traffic`.
    day
        Date that is compressed; the first of the days with most trains when None.
    extra
        Kind of the further trains that are counted, half of them each way.
    additional_time_rate
        See `consumption_pct`. 0: Trafikverket's classes hold for the occupied time itself.
    peak_share
        Share of a day's trains in the busiest two hours by train type, for the estimate; see `estimate.PEAK_SHARE`.
    meet_wait
        Mean wait at a meeting in running times of the opposing train, for the estimate; 0 is trains that wait ready.
    only
        Ids of the sections that are answered; all when None.

    Returns
    -------
    One row a section and period (day, peak_2h): trains (both ways), consumption_pct, capacity_class (low to 60, medium
    61-80, high from 81 %; empty when not known), extra_trains_60/80/100 (further trains, both ways together, until that
    share; 0 when it is passed), basis (timetable or estimate; empty when nothing is known of the traffic),
    timetable_pct, estimate_pct and their difference_pct, low_pct and high_pct (the estimate if all loops that are not
    known exist, and if none does; only from a network), peak_start (clock time), unknown_services (services over it
    whose number of trains is not known: the consumption is a lower bound), assumed (columns assumed on the section).

    Raises
    ------
    DataError
        See `rail_layout`, `service_traffic` and `train_paths`.
    """
    rules = rules or Rules()
    if not isinstance(timetable, Timetable):
        services = timetable.trains if services is None else services
        stations = timetable.stations if stations is None else stations
    keep = [*keep, *ends_of(services, timetable if isinstance(timetable, Timetable) else None)]
    if isinstance(network, Layout):
        layout = network
    else:
        layout = rail_layout(network, stations, unknown_loop=unknown_loop, keep=keep)
    more = train(extra) if isinstance(extra, str) else extra
    unknown = pd.DataFrame({"service_id": [], "section_id": []})
    use = pd.DataFrame()
    if isinstance(timetable, Timetable):
        use = day_use(layout, timetable, day or busiest_day(timetable))
    if services is not None:
        traffic, unknown = service_traffic(
            layout, services, scenarios=scenarios, assumed_trains=assumed_trains, rules=rules
        )
    else:
        traffic = timetable_traffic(use)
    mixes = section_mixes(
        layout, _with_extra(layout, traffic, more, rules), rules=rules, meet_wait=meet_wait, only=only
    )
    by_section = {str(key): part for key, part in use.groupby("section_id", sort=False)} if len(use) else {}
    lost = unknown.groupby("section_id")["service_id"].nunique().to_dict()
    bounds = {}
    if isinstance(network, Network) and services is not None:
        bounds = _bounds(network, layout, stations, services, scenarios, assumed_trains, rules, peak_share, meet_wait)

    rows = []
    for section_id in mixes if only is not None else (str(key) for key in layout.sections.index):
        info = layout.section(section_id)
        part = by_section.get(section_id)
        for period in PERIOD_S:
            low, high = bounds.get((section_id, period), (np.nan, np.nan))
            compressed = None
            if isinstance(timetable, Timetable):
                compressed = _compressed(part, info, period, rules, additional_time_rate, made_up=timetable.made_up)
            rows.append(
                {
                    "section_id": section_id,
                    "period": period,
                    **_use_of_section(mixes[section_id], period, compressed, peak_share),
                    "low_pct": low,
                    "high_pct": high,
                    "unknown_services": int(lost.get(section_id, 0)),
                    **{name: info[name] for name in ("name", "line", "length_m", "tracks", "assumed")},
                }
            )
    return pd.DataFrame(rows, columns=list(CAPACITY_COLUMNS))


def _use_of_section(
    mix: SectionMix, period: str, compressed: tuple[float, float, str] | None, peak_share: Mapping[str, float] | None
) -> dict[str, object]:
    """One section in one period by the estimate, and by its timetable (share, trains and start) where there is one."""
    seconds = PERIOD_S[period]
    base = period_trains(mix, period, peak_share)
    # Special transports come on top of a traffic: alone they say nothing of it.
    known = any(n > 0 and kind != "special" for n, kind in zip(base, mix.train_type, strict=True))
    guess = 100.0 * mix.occupied_s(base) / seconds if known else np.nan
    count = float(base.sum()) if known else np.nan
    share, trains, start = (np.nan, count, "") if compressed is None else compressed
    value = guess if compressed is None else share
    extra = _extra_trains(mix, base, guess, value, seconds)
    basis = "estimate" if compressed is None else "timetable"
    return {
        "trains": trains,
        "consumption_pct": value,
        "capacity_class": capacity_class(value),
        **{f"extra_trains_{limit:g}": count for limit, count in zip(LIMITS_PCT, extra, strict=True)},
        "basis": "" if np.isnan(value) else basis,
        "timetable_pct": share,
        "estimate_pct": guess,
        "difference_pct": share - guess,
        "peak_start": start,
    }


def _with_extra(layout: Layout, traffic: pd.DataFrame, extra: Train, rules: Rules) -> pd.DataFrame:
    """The traffic with no train yet of the further kind, each way over every section, at line speed."""
    pieces, margin = layout.pieces, 1.0 + rules.margin_pct / 100.0
    rows = []
    for forward, column in ((True, "speed_kmh"), (False, "speed_back_kmh")):
        speed = np.minimum(pieces[column].to_numpy(), extra.max_speed_kmh) / 3.6
        seconds = np.bincount(pd.factorize(pieces["section_id"])[0], pieces["length_m"].to_numpy() / speed) * margin
        for section_id, run in zip(pd.unique(pieces["section_id"]), seconds.tolist(), strict=True):
            rows.append((section_id, forward, "(extra)", "(extra)", 0.0, run, extra.length_m, ""))
    return pd.concat([traffic, pd.DataFrame(rows, columns=traffic.columns)], ignore_index=True)


def _extra_trains(
    mix: SectionMix, base: np.ndarray, guess: float, value: float, seconds: int
) -> tuple[float, float, float]:
    """Further trains until each limit: what the estimate grows by, on top of the consumption there is."""
    if np.isnan(value):
        return np.nan, np.nan, np.nan
    extra = np.array([kind == "(extra)" for kind in mix.train_type])
    start = 0.0 if np.isnan(guess) else guess

    def with_more(count: int) -> float:
        trains = base.copy()
        # Odd ones run the first way.
        trains[extra] = np.where(mix.forward[extra], (count + 1) // 2, count // 2)
        return value - start + 100.0 * mix.occupied_s(trains) / seconds

    counts = []
    for limit in LIMITS_PCT:
        low, high = 0, MOST_EXTRA
        while low < high:  # the most that still fit; more trains never take less time
            middle = (low + high + 1) // 2
            if with_more(middle) <= limit + 1e-9:
                low = middle
            else:
                high = middle - 1
        counts.append(float(low))
    return counts[0], counts[1], counts[2]


def _compressed(
    part: pd.DataFrame | None, info: Mapping[str, object], period: str, rules: Rules, rate: float, *, made_up: bool
) -> tuple[float, float, str]:
    """Consumption, trains and start of the period of one section's timetable; NaN where it knows nothing of it.

    A made-up timetable knows only the services it was made of: no train of it is not no train.
    """
    if part is None or part.empty:
        return (np.nan, np.nan, "") if made_up else (0.0, 0.0, "")
    part = part.sort_values("enter_s", kind="stable")
    enter, leave = part["enter_s"].to_numpy(dtype=float), part["leave_s"].to_numpy(dtype=float)
    forward = part["forward"].to_numpy(dtype=bool)
    tracks, blocks = int(str(info["tracks"])), int(str(info["blocks"]))
    start = ""
    if period != "day":
        inside = _fullest(enter, leave, forward, tracks, blocks, rules, PERIOD_S[period])
        start = f"{int(enter[inside][0] // 3600):02d}:{int(enter[inside][0] % 3600 // 60):02d}"
        enter, leave, forward = enter[inside], leave[inside], forward[inside]
    taken = occupancy(enter, leave, forward, tracks=tracks, blocks=blocks, rules=rules)
    return consumption_pct(taken, PERIOD_S[period], additional_time_rate=rate), float(len(enter)), start


def _fullest(
    enter: np.ndarray, leave: np.ndarray, forward: np.ndarray, tracks: int, blocks: int, rules: Rules, span_s: int
) -> np.ndarray:
    """Which trains enter in the fullest span of the day: by the sum of least times between neighbours."""
    apart = separations(enter, leave, forward, tracks=tracks, blocks=blocks, rules=rules)
    follow = np.append(np.where(np.isfinite(apart), apart, 0.0).diagonal(1), leave[-1] - enter[-1])
    total = np.concatenate([[0.0], np.cumsum(follow)])
    last = np.searchsorted(enter, enter + span_s, side="left")
    first = int(np.argmax(total[last] - total[np.arange(len(enter))]))
    inside = np.zeros(len(enter), dtype=bool)
    inside[first : last[first]] = True
    return inside


def _bounds(
    network: Network,
    base: Layout,
    stations: pd.DataFrame | None,
    services: pd.DataFrame,
    scenarios: Collection[str],
    assumed_trains: Mapping[str, float] | None,
    rules: Rules,
    peak_share: Mapping[str, float] | None,
    meet_wait: float,
) -> dict[tuple[str, str], tuple[float, float]]:
    """Estimate of each section of the layout if every unknown loop exists, and if none does."""
    found: dict[tuple[str, str], list[float]] = {}
    ways = base.pieces[["section_id", "way_id"]]
    rules_of_loops: tuple[UnknownLoop, ...] = ("loop", "none")
    for rule in rules_of_loops:
        layout = rail_layout(network, stations, unknown_loop=rule, keep=ends_of(services))
        traffic, _ = service_traffic(layout, services, scenarios=scenarios, assumed_trains=assumed_trains, rules=rules)
        mixes = section_mixes(layout, traffic, rules=rules, meet_wait=meet_wait)
        for period, seconds in PERIOD_S.items():
            share = {
                key: 100.0 * mix.occupied_s(period_trains(mix, period, peak_share)) / seconds
                for key, mix in mixes.items()
            }
            of_way = layout.pieces["section_id"].map(share).set_axis(layout.pieces["way_id"])
            worst = ways["way_id"].map(of_way).groupby(ways["section_id"]).max()
            for key, value in worst.items():
                found.setdefault((str(key), period), []).append(float(value))
    return {key: (values[0], values[1]) for key, values in found.items()}


def worst_sections(capacity: pd.DataFrame, *, period: str = "day", top: int = 10) -> pd.DataFrame:
    """The fullest sections of one period, worst first; sections of unknown traffic are left out.

    Raises DataError when there is no such period.
    """
    if period not in PERIOD_S:
        raise DataError(f"period is {period!r}; use day or peak_2h")
    rows = capacity[(capacity["period"] == period) & capacity["consumption_pct"].notna()]
    return rows.sort_values("consumption_pct", ascending=False, kind="stable").head(top).reset_index(drop=True)


def worst_by_stretch(capacity: pd.DataFrame, layout: Layout, stretches: Mapping[str, tuple[str, ...]]) -> pd.DataFrame:
    """The fullest section of each stretch of line, for the day and the peak; fullest stretch of the day first.

    Parameters
    ----------
    stretches
        Name -> places it runs through, such as {"Ställdalen–Frövi": ("stalldalen", "frovi")}.

    Returns
    -------
    stretch, length_m, section (the fullest), trains, day_pct, day_class, peak_pct, peak_class, low_pct, high_pct,
    extra_trains_60, extra_trains_80, extra_trains_100, unknown_services.
    """
    rows = []
    for name, stops in stretches.items():
        line = rail_line(layout, stops)
        part = capacity[capacity["section_id"].isin(line.sections)]
        day = part[part["period"] == "day"].sort_values("consumption_pct", ascending=False, kind="stable")
        peak = part[part["period"] == "peak_2h"]["consumption_pct"].max()
        rows.append(
            {
                "stretch": name,
                "length_m": line.length_m,
                "section": day["name"].iloc[0],
                "trains": day["trains"].iloc[0],
                "day_pct": day["consumption_pct"].iloc[0],
                "day_class": day["capacity_class"].iloc[0],
                "peak_pct": peak,
                "peak_class": capacity_class(float(peak)),
                "low_pct": day["low_pct"].max(),
                "high_pct": day["high_pct"].max(),
                **{f"extra_trains_{limit:g}": day[f"extra_trains_{limit:g}"].min() for limit in LIMITS_PCT},
                "unknown_services": day["unknown_services"].max(),
            }
        )
    table = pd.DataFrame(rows)
    return table.sort_values("day_pct", ascending=False, kind="stable").reset_index(drop=True)
