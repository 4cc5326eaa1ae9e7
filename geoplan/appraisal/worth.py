"""All that is said of what one measure is worth: present values, how sure they are, what it takes, who gains."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from geoplan.appraisal.break_even import break_even_cost, break_even_table
from geoplan.appraisal.cba import Case, evaluate
from geoplan.appraisal.distribution import assessment_rows, share_gains
from geoplan.appraisal.uncertainty import Interval, Spread, monte_carlo, sensitivity, summarise_draws
from geoplan.maps.labels import Text


@dataclass(frozen=True, eq=False)
class Worth:
    """What a measure is worth and what that rests on.

    values : present values by item and group, and the totals in `attrs` (`evaluate`)
    tried : one assumption changed at a time (`sensitivity`); empty while the cost is not known
    interval : everything uncertain drawn at once (`monte_carlo`); None while the cost is not known
    needed : what it takes to pay, effect by effect (`break_even_table`)
    largest_cost_msek : the investment at which it just pays, in the prices of the cost
    gains : who gains and who pays (`share_gains`)
    assessment : rows that feed an overall assessment of effects (`assessment_rows`)
    """

    case: Case
    values: pd.DataFrame
    tried: pd.DataFrame
    interval: Interval | None
    needed: pd.DataFrame
    largest_cost_msek: float
    gains: pd.DataFrame
    assessment: pd.DataFrame


def weigh(
    case: Case,
    *,
    pays_msek: Mapping[str, float] | None = None,
    not_priced: Mapping[Text, Text] | None = None,
    draws: int = 10_000,
    seed: int = 0,
    spread: Spread | None = None,
) -> Worth:
    """Everything that can be said of one case.

    Parameters
    ----------
    pays_msek
        What each party pays, by name; see `share_gains`.
    not_priced
        Effects judged in words; see `assessment_rows`.
    draws, seed, spread
        As in `monte_carlo`.
    """
    known = case.cost_msek is not None
    tried = sensitivity(case)
    return Worth(
        case=case,
        values=evaluate(case),
        tried=tried if known else tried.iloc[:0],
        interval=summarise_draws(monte_carlo(case, draws=draws, seed=seed, spread=spread)) if known else None,
        needed=break_even_table(case),
        largest_cost_msek=break_even_cost(case),
        gains=share_gains(case, pays_msek=pays_msek),
        assessment=assessment_rows(case, not_priced=not_priced),
    )
