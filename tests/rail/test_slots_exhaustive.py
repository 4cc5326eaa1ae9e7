"""No slot is missed and none is invented: the search against trying everything."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from geoplan.rail import slot_hits
from geoplan.rail.slot_hits import free_bits, search_least, who_is_hit
from geoplan.rail.slots import search

sys.path.insert(0, str(Path(__file__).parent))
from exhaustive import Case


def differences(seeds, make_railway):
    found = []
    for seed in seeds:
        case = Case(seed, make_railway)
        result = search(case.task())
        mine = [int(t // 60) if ok else None for t, ok in zip(result.arrival, result.free, strict=True)]
        if mine != case.exhaustive():
            found.append(seed)
    return found


def test_no_difference_in_15_cases(make_railway):
    assert differences(range(15), make_railway) == []


@pytest.mark.slow
def test_no_difference_in_1000_cases(make_railway):
    assert differences(range(100, 1_100), make_railway) == []


def most_weeks(case):
    """By trying every set of weeks: how many weeks each departure can run in with one and the same way."""
    sets = [[w for w in range(case.n_weeks) if bits >> w & 1] for bits in range(1, 2**case.n_weeks)]
    best = np.zeros(case.window[1] - case.window[0], dtype=int)
    for weeks in sets:
        free = np.array([end is not None for end in case.exhaustive(weeks)])
        best = np.maximum(best, np.where(free, len(weeks), 0))
    return best


@pytest.mark.parametrize("few", [0, 10**6], ids=["together", "one by one"])
def test_fewest_exceptions(make_railway, monkeypatch, few):
    monkeypatch.setattr(slot_hits, "FEW", few)
    odd = 0
    for seed in range(2_000, 2_014):
        case = Case(seed, make_railway)
        task = case.task()
        ways = search_least(task, most=case.n_weeks - 1)
        mine = np.zeros(len(task.departures), dtype=int)
        for way in ways:
            mine[(way.departure_s - task.departures[0]) // 60] = free_bits(task.others, way.hits)
            hit = who_is_hit(task, way)
            assert np.bitwise_or.reduce(hit["mask"].to_numpy(dtype=np.int64), initial=0) == way.hits
        assert mine.tolist() == most_weeks(case).tolist(), seed
        odd += int(((mine > 0) & (mine < case.n_weeks)).any())
        best = search_least(task)
        assert max((free_bits(task.others, way.hits) for way in best), default=0) == mine.max(initial=0)
    assert odd >= 2  # the cases do ask for exceptions
