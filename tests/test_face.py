"""The public face: every promised name is there, and the face itself is light."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import geoplan as gp

STUB = Path(gp.__file__).with_suffix(".pyi")
NAMES = sorted(
    alias.asname
    for node in ast.parse(STUB.read_text()).body
    if isinstance(node, ast.ImportFrom)
    for alias in node.names
    if alias.asname
)


@pytest.mark.parametrize("name", NAMES)
def test_every_public_name_can_be_used_and_says_what_it_is(name):
    value = getattr(gp, name)
    assert value.__doc__, f"{name} has no docstring"


def test_help_needs_no_heavy_library():
    code = (
        "import sys; sys.argv = ['geoplan', '--help']\n"
        "from geoplan.cli.app import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code\n"
        "heavy = {'geopandas', 'pandas', 'numba', 'shapely', 'rasterio', 'osmnx', 'folium'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert "Infrastructure planning" in done.stdout
