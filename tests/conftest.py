"""What every test may use: tiny networks, the real data beside the project, Chromium."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

# Real data for tests lie beside the project, never in it; another place may be named in the environment.
SHARED = Path(os.environ.get("GEOPLAN_SHARED_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real data; the test is skipped where it is missing."""
    if not SHARED.is_dir():
        pytest.skip(f"no real data at {SHARED}")
    return SHARED
