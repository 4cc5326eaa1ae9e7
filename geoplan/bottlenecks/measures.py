"""Candidate measures by the four-step principle: proposals for each kind of bottleneck, and scenarios of the study."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from geoplan.bottlenecks.find import find_edges, find_structures
from geoplan.network.network import Network


@dataclass(frozen=True)
class StudyMeasure:
    """A scenario that is a measure (has a step 1-4), and the ways and structures that its edits touch.

    cost_msek is None where the cost is not known.
    """

    id: str
    step: int
    name_sv: str
    name_en: str
    cost_msek: float | None
    source: str
    edges: frozenset[Hashable]
    structures: frozenset[Hashable]

    def touches(self, edges: Iterable[Hashable], structures: Iterable[Hashable]) -> bool:
        """Whether it changes any of these edges or structures."""
        return not self.edges.isdisjoint(edges) or not self.structures.isdisjoint(structures)


def candidate_measures(kind: str, limit: str = "") -> pd.DataFrame:
    """Measures that answer a kind of bottleneck (and limit), in the order of the four-step principle: proposals."""
    table = all_candidates()
    mine = table[table["kind"] == kind]
    named = mine[mine["limit"] == limit]
    return (named if len(named) else mine[mine["limit"] == ""]).reset_index(drop=True)


def study_measures(network: Network, scenarios: Iterable[Any]) -> list[StudyMeasure]:
    """The scenarios that are measures, with what they touch.

    Parameters
    ----------
    scenarios
        Records with id, edits, step, cost_msek, source and name(lang). Ways that a scenario adds itself, and that the
        network therefore has not, are no place of today and are left out.
    """
    known = set(network.edges["way_id"].astype(str))
    found = []
    for scenario in scenarios:
        if getattr(scenario, "step", None) is None:
            continue
        added = {str(getattr(edit, "id", "")) for edit in scenario.edits} - known
        ways: set[Hashable] = set()
        bridges: set[Hashable] = set()
        for edit in scenario.edits:
            named = [w for w in getattr(edit, "ways", ()) if not any(fnmatchcase(new, w) for new in added)]
            ways |= set(find_edges(network, named))
            bridges |= set(find_structures(network, getattr(edit, "structures", ())))
        names = scenario.name("sv"), scenario.name("en")
        found.append(
            StudyMeasure(
                scenario.id,
                int(scenario.step),
                *names,
                scenario.cost_msek,
                scenario.source,
                frozenset(ways),
                frozenset(bridges),
            )
        )
    return found


@cache
def all_candidates() -> pd.DataFrame:
    """All proposals: kind, limit, step, measure_sv, measure_en, source; shared, not to be written to."""
    return pd.read_csv(Path(__file__).parent / "measures.csv").fillna({"limit": ""})
