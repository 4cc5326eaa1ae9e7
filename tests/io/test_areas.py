"""Areas below the maps."""

import geopandas as gpd
import pytest
import shapely

from geoplan.errors import DataError
from geoplan.io.areas import read_areas


@pytest.fixture
def lake(tmp_path):
    ring = shapely.Polygon([(15.0, 60.0), (15.1, 60.0), (15.1, 60.1), (15.0, 60.0)])
    path = tmp_path / "water.geojson"
    gpd.GeoDataFrame({"name": ["Väsman", "none"]}, geometry=[ring, None], crs=4326).to_file(path)
    return path


def test_areas_come_in_metres_and_without_empty_rows(lake):
    areas = read_areas(lake, crs="EPSG:3006")
    assert areas["name"].tolist() == ["Väsman"]
    assert areas.crs.to_epsg() == 3006
    # Half a box of 0.1 by 0.1 degrees at 60 N: 5.57 km by 11.14 km.
    assert areas.area.iloc[0] == pytest.approx(5_575 * 11_141 / 2, rel=0.01)


@pytest.mark.parametrize(
    ("name", "content", "said"), [("x.geojson", "no", "cannot be read"), ("none.gpkg", None, "none.gpkg")]
)
def test_a_file_that_is_none(tmp_path, name, content, said):
    if content:
        (tmp_path / name).write_text(content)
    with pytest.raises(DataError, match=said):
        read_areas(tmp_path / name, crs=3006)


def test_points_are_no_areas(tmp_path):
    gpd.GeoDataFrame(geometry=[shapely.Point(15, 60)], crs=4326).to_file(tmp_path / "p.geojson")
    with pytest.raises(DataError, match="holds points"):
        read_areas(tmp_path / "p.geojson", crs=3006)
