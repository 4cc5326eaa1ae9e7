"""Labour-market regions from commuting, and the places within a commute of one.

A place is a centre when few of its workers leave it, in all and to any single place; the others belong to the place
to which most of their workers go. Source of rule and thresholds: Statistics Sweden (SCB), lokala arbetsmarknader: at
most 20 per cent out in all and 7.5 per cent to one municipality, at most two links to the centre.
"""

from __future__ import annotations

import logging
from collections.abc import Hashable

import numpy as np
import pandas as pd

from geoplan.errors import DataError, name_near, name_rows

log = logging.getLogger(__name__)

SCB_SOURCE = "SCB, lokala arbetsmarknader: 20 % out in all, 7.5 % to one municipality, at most two links"


def labour_market_regions(
    flows: pd.DataFrame,
    *,
    names: pd.Series | None = None,
    max_out_pct: float = 20.0,
    max_out_to_one_pct: float = 7.5,
    max_links: int = 2,
    elsewhere: Hashable | None = None,
    source: str = SCB_SOURCE,
) -> pd.DataFrame:
    """Labour-market regions of places (municipalities, or zones) from the commuters between them.

    Parameters
    ----------
    flows
        Workers living in the row who work in the column, the diagonal included. Places outside the study should be
        columns too: whom the table does not show counts as staying.
    names
        Name of each place.
    max_out_pct, max_out_to_one_pct
        A centre sends at most so many of its workers out, in all and to one place.
    max_links
        Links from a place to its centre. A longer chain is cut at its weakest link, and the place before the cut
        becomes a centre `by_rule` "chain cut". Two places that send most to each other: the one that sends the smaller
        share becomes a centre, `by_rule` "mutual".
    elsewhere
        Column of all who work outside the places together: they leave, but not to one place.
    source
        Where the thresholds come from; kept in `.attrs["rule"]`.

    Returns
    -------
    Indexed by place: name, workers, jobs (of the workers in the table), stay_pct, out_pct, largest_out_to,
    largest_out_pct, role (centre, satellite), by_rule (shares, mutual, chain cut, or empty), links, region (id of the
    centre), region_name. A place with no workers is unknown: role "unknown", region empty.

    Raises
    ------
    DataError
        Negative or unknown flows, or rows that are no columns.
    """
    values, places = _checked(flows)
    workers = values.sum(axis=1)
    own = values[np.arange(len(places)), flows.columns.get_indexer(places)]
    away = values.copy()
    away[np.arange(len(places)), flows.columns.get_indexer(places)] = 0.0
    with np.errstate(invalid="ignore", divide="ignore"):
        out = np.where(workers > 0, 100.0 * (workers - own) / workers, np.nan)
        away[:, flows.columns == elsewhere] = 0.0
        to_one = np.where(workers > 0, 100.0 * away.max(axis=1) / workers, np.nan)
    # Only a place with a row of its own can be the centre of others; the largest flow may also leave the study.
    inside = away[:, flows.columns.get_indexer(places)]
    follows = np.where((inside.max(axis=1) > 0), inside.argmax(axis=1), -1)
    link_pct = np.where(workers > 0, 100.0 * inside.max(axis=1) / np.where(workers > 0, workers, 1.0), 0.0)
    rule = np.where((out <= max_out_pct) & (to_one <= max_out_to_one_pct), "shares", "").astype(object)
    follows = _make_centres(follows, rule, link_pct, out, workers, max_links)
    centre, links = _walk_up(follows)
    label = (names.reindex(places) if names is not None else pd.Series(places, index=places)).fillna("").astype("str")
    biggest = flows.columns.to_numpy()[away.argmax(axis=1)]
    known = workers > 0
    table = pd.DataFrame(
        {
            "name": label.to_numpy(),
            "workers": workers,
            "jobs": flows.reindex(columns=places).to_numpy(dtype=np.float64).sum(axis=0),
            "stay_pct": np.where(known, 100.0 - out, np.nan),
            "out_pct": out,
            "largest_out_to": np.where(away.max(axis=1) > 0, biggest.astype(object), ""),
            "largest_out_pct": to_one,
            "role": np.where(~known, "unknown", np.where(follows < 0, "centre", "satellite")),
            "by_rule": np.where(known, rule, ""),
            "links": np.where(known, links, -1),
            "region": np.where(known, places.to_numpy().astype(object)[centre], ""),
            "region_name": np.where(known, label.to_numpy().astype(object)[centre], ""),
        },
        index=places.rename("place"),
    )
    table.attrs["rule"] = {
        "max_out_pct": max_out_pct, "max_out_to_one_pct": max_out_to_one_pct, "max_links": max_links, "source": source,
    }  # fmt: skip
    log.info("labour market: %d regions of %d places", (table["role"] == "centre").sum(), len(table))
    return table


def commuting_area(
    zones: pd.DataFrame, time_s: pd.DataFrame, centre: object, *, limit_min: float, source: str
) -> pd.DataFrame:
    """Zones from which a centre is reached within a commute.

    Parameters
    ----------
    time_s
        Seconds from zone to zone, origins as index.
    limit_min
        Longest commute that counts, such as 45 or 60 minutes.
    source
        Where the limit comes from; kept in `.attrs["rule"]`.

    Returns
    -------
    Indexed by zone_id, nearest first: name, time_min, population, employed_residents, jobs. `.attrs["totals"]` holds
    their sums (NaN when one is not known), `.attrs["unknown"]` the zones whose time is not known.
    """
    if centre not in time_s.columns:
        raise DataError(f"time_s: no column {centre!r}.{name_near(str(centre), list(map(str, time_s.columns)))}")
    minutes = (time_s[centre] / 60.0).reindex(zones.index)
    minutes = minutes.where(minutes.index != centre, 0.0)
    inside = minutes[minutes <= limit_min].sort_values(kind="stable").index
    columns = [name for name in ("name", "population", "employed_residents", "jobs") if name in zones]
    table = zones.loc[inside, columns].copy()
    table.insert(1 if "name" in columns else 0, "time_min", minutes[inside])
    table = pd.DataFrame(table)
    numbers = [name for name in columns if name != "name"]
    table.attrs["totals"] = {name: float(table[name].sum(skipna=False)) for name in numbers}
    table.attrs["unknown"] = minutes.index[minutes.isna()].to_list()
    table.attrs["rule"] = {"limit_min": limit_min, "source": source}
    return table


def _checked(flows: pd.DataFrame) -> tuple[np.ndarray, pd.Index]:
    values = flows.to_numpy(dtype=np.float64)
    if np.isnan(values).any() or (values < 0).any():
        rows = flows.index[(np.isnan(values) | (values < 0)).any(axis=1)].to_list()
        raise DataError(f"flows: {name_rows(rows)} hold cells that are empty or negative; correct them")
    lost = flows.index.difference(flows.columns).to_list()
    if lost:
        raise DataError(f"flows: {name_rows(lost)} are no columns; add who works where they live")
    return values, flows.index


def _make_centres(
    follows: np.ndarray, rule: np.ndarray, link_pct: np.ndarray, out: np.ndarray, workers: np.ndarray, max_links: int
) -> np.ndarray:
    """Whom each place follows, -1 for a centre; rings are opened and long chains cut, and `rule` says so."""
    follows = np.where((rule == "shares") | (workers <= 0), -1, follows)
    rule[(follows < 0) & (rule == "") & (workers > 0)] = "nobody leaves"
    for place in range(len(follows)):
        ring, at = [], place
        while at >= 0 and at not in ring:
            ring.append(at)
            at = follows[at]
        if at >= 0:
            members = ring[ring.index(at) :]
            first = min(members, key=lambda k: (out[k], k))
            follows[first], rule[first] = -1, "mutual"
    while True:
        _, links = _walk_up(follows)
        if links.max(initial=0) <= max_links:
            return follows
        chain = [int(links.argmax())]
        while follows[chain[-1]] >= 0:
            chain.append(int(follows[chain[-1]]))
        weakest = min(chain[:-1], key=lambda k: (link_pct[k], k))
        follows[weakest], rule[weakest] = -1, "chain cut"


def _walk_up(follows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Centre of each place and number of links to it."""
    centre, links = np.arange(len(follows)), np.zeros(len(follows), dtype=int)
    for _ in range(len(follows)):
        above = follows[centre]
        if (above < 0).all():
            break
        links += above >= 0
        centre = np.where(above >= 0, above, centre)
    return centre, links
