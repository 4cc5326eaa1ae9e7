"""The page about the standard networks is what the solver says today."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "docs" / "validation_assignment.py"


@pytest.mark.shared_data
def test_page_is_what_the_solver_says(shared_data):
    spec = importlib.util.spec_from_file_location("validation_assignment", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    found = module.solve(shared_data)
    assert all(result.converged for result in found.values())
    assert module.PAGE.read_text(encoding="utf-8") == module.write_page(found), (
        "write it anew: python docs/validation_assignment.py"
    )
