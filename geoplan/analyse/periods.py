"""What holds at a time of the year only: winter bearing, thaw, a closed fairway."""

from __future__ import annotations

import datetime as dt

from geoplan.io.nvdb_values import in_period
from geoplan.io.osm import read_osm
from geoplan.io.study_config import PeriodConfig
from geoplan.network.attributes import fill_defaults
from geoplan.network.network import Network
from geoplan.scenario.scenario import Scenario
from geoplan.study import Study


def periods_on(study: Study, day: dt.date | None) -> tuple[PeriodConfig, ...]:
    """Periods of the study that a day lies in, in the order of the file; none without a day."""
    if day is None:
        return ()
    return tuple(row for row in study.config.periods if in_period(day, row.start, row.end))


def network_on(study: Study, day: dt.date | None) -> Network:
    """The network of a study with the conditional limits of OpenStreetMap that hold on a day.

    Without a day, and for tables and network files, it is that of the study: what changes with the season there stands
    in its periods.
    """
    config = study.config.network
    if day is None or config.osm is None:
        return study.network
    network = read_osm(study.folder / config.osm, modes=config.modes, date=day)
    if config.fill_defaults:
        network = fill_defaults(network)
    return network.with_meta(**study.network.meta)


def apply_periods(network: Network, periods: tuple[PeriodConfig, ...]) -> Network:
    """The network as it is in these periods.

    Raises
    ------
    DataError
        An edit names what does not exist; says which period and edit.
    """
    for row in periods:
        network, _ = Scenario(row.id, row.edits).apply(network)
    return network
