"""No slot is missed and none is invented: the search against trying everything."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

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


def test_no_difference_in_40_cases(make_railway):
    assert differences(range(40), make_railway) == []


@pytest.mark.slow
def test_no_difference_in_1000_cases(make_railway):
    assert differences(range(100, 1_100), make_railway) == []
