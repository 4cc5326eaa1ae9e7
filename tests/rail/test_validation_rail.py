"""The page about the railway is what the study says today."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from geoplan.study import read_study

SCRIPT = Path(__file__).parents[2] / "docs" / "validation_rail.py"


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("validation_rail", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
def test_page_is_what_the_study_says_today(script):
    assert script.PAGE.read_text(encoding="utf-8") == script.write_page(read_study("ludvika")), (
        "write it anew: python docs/validation_rail.py"
    )


def test_known_bottlenecks_are_among_the_worst(script):
    rank = script.bottleneck_ranks(read_study("ludvika"))
    assert len(rank) > 15
    named = ("Ställdalen–Frövi", "Falun–Borlänge", "Hallsberg–Degerön", "Eskilstuna–Flen")
    assert max(rank[name] for name in named) <= 6
    assert rank["Ställdalen–Frövi"] <= 3 and rank["Falun–Borlänge"] <= 5
