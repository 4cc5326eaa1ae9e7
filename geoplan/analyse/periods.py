"""What holds at a time of the year only: winter bearing, thaw, a closed fairway."""

from __future__ import annotations

import datetime as dt

from geoplan.io.nvdb_values import in_period
from geoplan.io.study_config import PeriodConfig
from geoplan.network.network import Network
from geoplan.scenario.scenario import Scenario
from geoplan.study import Study


def periods_on(study: Study, day: dt.date | None) -> tuple[PeriodConfig, ...]:
    """Periods of the study that a day lies in, in the order of the file; none without a day."""
    if day is None:
        return ()
    return tuple(row for row in study.config.periods if in_period(day, row.start, row.end))


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
