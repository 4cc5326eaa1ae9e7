"""Heights, sums and exposure against planes worked out by hand and slow twins."""

from __future__ import annotations

import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.errors import DataError
from geoplan.io.dem import height_profile, sample_heights
from geoplan.io.raster_files import open_rasters
from geoplan.io.raster_points import chunks_of_lines, points_along, raster_values
from geoplan.io.rasters import exposed_edges, zonal_sums

CRS = "EPSG:3006"
NODATA = -9999.0


def write(path, values, *, west=0.0, north=1000.0, pixel=10.0, crs=CRS, nodata=NODATA, **more):
    """A GeoTIFF of the values, row 0 in the north."""
    values = np.asarray(values)
    high, wide = values.shape
    with rasterio.open(
        path, "w", driver="GTiff", width=wide, height=high, count=1, dtype=values.dtype, crs=crs,
        transform=Affine(pixel, 0, west, 0, -pixel, north), nodata=nodata, **more,
    ) as file:  # fmt: skip
        file.write(values, 1)
    return path


def plane(x, y):
    return 100.0 + 0.03 * x - 0.02 * y


def write_plane(path, *, west=0.0, north=1000.0, wide=100, high=100, pixel=10.0, **more):
    x = west + (np.arange(wide) + 0.5) * pixel
    y = north - (np.arange(high) + 0.5) * pixel
    return write(path, plane(x[None, :], y[:, None]), west=west, north=north, pixel=pixel, **more)


@pytest.fixture
def road(make_network):
    #  a ----- b        a (100, 500)   b (500, 500)
    #           \                        c (700, 200)
    #            c
    return make_network({"a": (100, 500), "b": (500, 500), "c": (700, 200)}, [("a", "b"), ("b", "c")])


def test_a_plane_is_exact_to_the_last_half_pixel(tmp_path, make_network):
    raster = write_plane(tmp_path / "plane.tif")
    network = make_network({"a": (0, 1000), "b": (1000, 0), "c": (1000, 1000)}, [("a", "b"), ("b", "c")])
    done = sample_heights(network, raster)
    for node, (x, y) in {"a": (0, 1000), "b": (1000, 0), "c": (1000, 1000)}.items():
        assert done.nodes["height_m"][node] == pytest.approx(plane(x, y), abs=1e-9)
    assert done.edges["grade_pct"]["c-b"] == pytest.approx(2.0)  # 20 m over 1,000 m
    assert done.edges["grade_pct"]["b-c"] == pytest.approx(-2.0)
    assert done.edges["max_grade_pct"]["c-b"] == pytest.approx(2.0)
    assert done.edges["climb_m"]["c-b"] == pytest.approx(20.0)
    assert done.edges["climb_m"]["b-c"] == pytest.approx(0.0, abs=1e-9)
    assert done.meta["heights"]["points_outside"] == 0


def test_the_coordinate_system_of_the_raster_counts(tmp_path, make_network):
    degrees = gpd.GeoSeries(gpd.points_from_xy([15.0], [60.0]), crs=4326).to_crs(CRS)
    x, y = degrees.x[0], degrees.y[0]
    network = make_network({"a": (x, y), "b": (x + 1000, y)}, [("a", "b")])
    wide = 500
    east = np.broadcast_to(14.9 + (np.arange(wide) + 0.5) * 0.001, (wide, wide)).copy()
    raster = write(tmp_path / "east.tif", east, west=14.9, north=60.2, pixel=0.001, crs="EPSG:4326")
    done = sample_heights(network, raster)
    lon = gpd.GeoSeries(gpd.points_from_xy([x + 1000], [y]), crs=CRS).to_crs(4326).x[0]
    assert done.nodes["height_m"].to_list() == pytest.approx([15.0, lon], abs=1e-9)


def test_nodata_and_outside_are_counted_and_unknown(tmp_path, road, caplog):
    values = np.full((100, 100), 50.0)
    values[:, 40:] = NODATA  # x >= 400 m is not known
    done = sample_heights(road, write(tmp_path / "half.tif", values))
    assert done.nodes["height_m"]["a"] == 50.0
    assert np.isnan(done.nodes["height_m"]["b"])
    assert done.edges["grade_pct"].isna().all()
    assert done.meta["heights"]["points_without_value"] > 0
    assert done.meta["heights"]["edges_without_height"] == 4
    small = write_plane(tmp_path / "small.tif", wide=30)
    done = sample_heights(road, small)
    assert done.meta["heights"]["nodes_outside"] == 2
    with pytest.raises(DataError, match="no part of the network"):
        sample_heights(road, write_plane(tmp_path / "far.tif", west=50_000))


def test_several_tiles_fill_each_other_and_the_first_counts(tmp_path, road):
    west = write_plane(tmp_path / "west.tif", wide=40)
    east = write_plane(tmp_path / "east.tif", west=400, wide=60)
    whole = sample_heights(road, write_plane(tmp_path / "whole.tif"))
    split = sample_heights(road, [west, east])
    assert np.allclose(split.edges["grade_pct"], whole.edges["grade_pct"], atol=1e-9)
    flat = write(tmp_path / "flat.tif", np.zeros((100, 100)))
    assert (sample_heights(road, [flat, west]).nodes["height_m"] == 0).all()
    assert sample_heights(road, [west, flat]).nodes["height_m"]["c"] == 0


def valley(path):
    """Ground at 100 m with a valley of 60 m from x = 300 to x = 700."""
    values = np.full((100, 100), 100.0)
    values[:, 30:70] = 60.0
    return write(path, values)


def test_bridges_go_straight_from_end_to_end(tmp_path, make_network):
    #  a --- b ==== m ==== c --- d      the bridge is two edges; the valley lies between b and c
    at = {"a": (100, 500), "b": (250, 500), "m": (500, 500), "c": (750, 500), "d": (900, 500)}
    edges = [("a", "b"), ("b", "m", {"id": "s1"}), ("m", "c", {"id": "s2"}), ("c", "d")]
    bare = make_network(at, edges)
    raster = valley(tmp_path / "valley.tif")
    sunk = sample_heights(bare, raster)
    assert sunk.nodes["height_m"]["m"] == 60 and sunk.edges["grade_pct"]["s1:f"] == pytest.approx(-16)
    line = shapely.LineString([(250, 500), (750, 500)])
    bridge = {"kind": "road_bridge", "carries": ["s1", "s2"], "geometry": line}
    done = sample_heights(make_network(at, edges, {"bridge": bridge}), raster)
    assert done.nodes["height_m"]["m"] == pytest.approx(100)
    assert done.edges["grade_pct"].abs().max() == pytest.approx(0, abs=1e-9)
    assert done.edges["climb_m"].max() == pytest.approx(0, abs=1e-9)
    assert done.meta["heights"]["nodes_on_structures"] == 1
    assert done.meta["heights"]["edges_on_structures"] == 4


def test_a_bridge_in_the_middle_of_an_edge_by_its_span(tmp_path, make_network):
    at = {"a": (100, 500), "b": (900, 500)}
    bridge = {"kind": "rail_bridge", "carries": ["line"], "span_m": 440.0, "geometry": shapely.Point(500, 500)}
    network = make_network(at, [("a", "b", {"id": "line", "mode": "rail"})], {"bridge": bridge})
    raster = valley(tmp_path / "valley.tif")
    profile = height_profile(network, ["line:f"], raster, spacing_m=10)
    assert profile["height_m"].to_numpy() == pytest.approx(np.full(81, 100.0))
    assert profile["on_structure"].sum() == 45  # 280 to 720 m, both ends
    assert profile["distance_m"].iloc[-1] == pytest.approx(800)
    # Without a span its extent is not known: the ground is told as it is.
    unknown = make_network(at, [("a", "b", {"id": "line"})], {"b": {**bridge, "span_m": np.nan}})
    assert height_profile(unknown, ["line:f"], raster)["height_m"].min() == 60


def test_a_sloping_bridge_of_three_edges_is_one_slope(tmp_path, make_network):
    at = {"a": (0, 500), "b": (200, 500), "m": (300, 500), "n": (700, 500), "c": (800, 500), "d": (1000, 500)}
    edges = [("a", "b"), ("b", "m", {"id": "s1"}), ("m", "n", {"id": "s2"}), ("n", "c", {"id": "s3"}), ("c", "d")]
    x = (np.arange(100) + 0.5) * 10
    ground = np.where((x > 220) & (x < 780), 0.0, 0.05 * x)
    raster = write(tmp_path / "slope.tif", np.broadcast_to(ground, (100, 100)).copy())
    bridge = {"kind": "bridge", "carries": ["s1", "s2", "s3"], "geometry": shapely.LineString([(200, 500), (800, 500)])}
    done = sample_heights(make_network(at, edges, {"bridge": bridge}), raster)
    assert done.nodes["height_m"][["m", "n"]].to_list() == pytest.approx([15, 35])
    assert done.edges["grade_pct"][["s1:f", "s2:f", "s3:f"]].to_list() == pytest.approx([5, 5, 5])


def test_known_grades_stay_unless_asked(tmp_path, make_network):
    network = make_network({"a": (0, 500), "b": (1000, 500)}, [("a", "b", {"id": "w", "grade_pct": 1.5})])
    raster = write_plane(tmp_path / "plane.tif")
    assert sample_heights(network, raster).edges["grade_pct"]["w:f"] == 1.5
    assert sample_heights(network, raster, replace_known=True).edges["grade_pct"]["w:f"] == pytest.approx(3.0)


def test_an_empty_scenario_of_heights_changes_nothing_else(tmp_path, road):
    graph = road.graph
    done = sample_heights(road, write_plane(tmp_path / "plane.tif"))
    same = [name for name in road.edges.columns if name != "grade_pct"]
    assert done.edges[same].equals(road.edges[same])
    assert done.graph is graph


def slow_points(line, spacing):
    parts = max(int(np.ceil(line.length / spacing)), 1)
    return [line.interpolate(line.length * k / parts) for k in range(parts + 1)]


@given(st.integers(0, 10_000), st.floats(0.7, 400))
@settings(max_examples=40, deadline=None)
def test_points_along_lines_equal_the_slow_twin(seed, spacing):
    rng = np.random.default_rng(seed)
    lines = np.array([shapely.LineString(rng.uniform(0, 300, (rng.integers(2, 6), 2))) for _ in range(5)])
    points = points_along(lines, spacing)
    for k, line in enumerate(lines):
        mine = points.xy[points.first[k] : points.first[k + 1]]
        twin = np.array([[p.x, p.y] for p in slow_points(line, spacing)])
        assert mine == pytest.approx(twin, abs=1e-6)
    parts = list(chunks_of_lines(points.length_m, spacing, most=4))
    assert [k for part in parts for k in range(len(lines))[part]] == list(range(len(lines)))


def slow_value(values, column, row):
    """Bilinear between four middles, by the textbook; the nearest pixel where one has no value."""
    high, wide = values.shape
    nearest = values[min(int(row), high - 1), min(int(column), wide - 1)]
    x, y = column - 0.5, row - 0.5
    i, j = min(max(int(np.floor(x)), 0), wide - 2), min(max(int(np.floor(y)), 0), high - 2)
    four = values[j : j + 2, i : i + 2]
    if np.isnan(nearest) or np.isnan(four).any():
        return nearest
    s, t = x - i, y - j
    return four[0, 0] * (1 - s) * (1 - t) + four[0, 1] * s * (1 - t) + four[1, 0] * (1 - s) * t + four[1, 1] * s * t


@pytest.mark.parametrize("seed", range(5))
def test_values_equal_the_slow_twin(tmp_path, seed):
    rng = np.random.default_rng(seed)
    values = rng.uniform(0, 100, (37, 1100))
    values[rng.random(values.shape) < 0.1] = NODATA
    path = write(tmp_path / "r.tif", values, tiled=True, blockxsize=64, blockysize=64)
    column, row = rng.uniform(0, 1100, 3000), rng.uniform(0, 37, 3000)
    xy = np.column_stack([column * 10, 1000 - row * 10])
    with open_rasters(path) as opened:
        found = raster_values(xy, opened[0].crs, opened)
    known = np.where(values == NODATA, np.nan, values)
    twin = [slow_value(known, c, r) for c, r in zip(column, row, strict=True)]
    assert np.allclose(found.value, twin, equal_nan=True, atol=1e-6)
    assert (found.nodata == np.isnan(twin)).all() and not found.outside.any()


def test_sums_share_out_exactly_what_is_there(tmp_path):
    rng = np.random.default_rng(1)
    people = rng.integers(0, 50, (100, 100)).astype(float)
    raster = write(tmp_path / "people.tif", people)
    seeds = shapely.multipoints(rng.uniform(0, 1000, (30, 2)))
    frame = shapely.box(0, 0, 1000, 1000)
    cells = shapely.intersection(shapely.get_parts(shapely.voronoi_polygons(seeds, extend_to=frame)), frame)
    zones = gpd.GeoDataFrame({"name": range(len(cells))}, geometry=cells, crs=CRS)
    done = zonal_sums(zones, raster, "population")
    assert done["population"].sum() == pytest.approx(people.sum(), rel=1e-12)
    assert (done["population_unknown_share"] == 0).all()


def test_sums_by_hand_and_over_windows(tmp_path, monkeypatch):
    people = np.arange(100.0).reshape(10, 10)  # pixels of 100 m
    raster = write(tmp_path / "people.tif", people, pixel=100.0)
    zones = gpd.GeoDataFrame(
        geometry=[
            shapely.box(0, 800, 200, 1000),  # four pixels: 0 + 1 + 10 + 11
            shapely.box(50, 900, 150, 1000),  # half of 0 and half of 1, over the one before
            shapely.box(900, 0, 1100, 100),  # half beside the raster
            shapely.box(5000, 0, 6000, 100),
        ],
        crs=CRS,
    )
    done = zonal_sums(zones, raster, "jobs")
    assert done["jobs"].to_list()[:3] == pytest.approx([22.0, 0.5, 99.0])
    assert np.isnan(done["jobs"][3])
    assert done["jobs_unknown_share"].to_list() == pytest.approx([0, 0, 0.5, 1])
    monkeypatch.setattr("geoplan.io.rasters._BLOCK", 12)  # windows of three pixels
    again = zonal_sums(zones, raster, "jobs")
    assert np.allclose(again["jobs"], done["jobs"], equal_nan=True)


def test_pixels_without_value_are_not_zero_people(tmp_path):
    people = np.full((10, 10), 5.0)
    people[:, 5:] = NODATA
    raster = write(tmp_path / "people.tif", people, pixel=100.0)
    zones = gpd.GeoDataFrame(geometry=[shapely.box(400, 0, 600, 1000), shapely.box(600, 0, 900, 900)], crs=CRS)
    done = zonal_sums(zones, raster, "population")
    assert done["population"][0] == pytest.approx(50) and np.isnan(done["population"][1])
    assert done["population_unknown_share"].to_list() == pytest.approx([0.5, 1.0])


def test_exposed_edges_by_hand(tmp_path, make_network):
    depth = np.zeros((100, 100))
    depth[:, 30:50] = 0.6  # x from 300 to 500 m
    depth[:, 80:] = NODATA
    flood = write(tmp_path / "flood.tif", depth)
    at = {"a": (100, 505), "b": (500, 505), "c": (700, 505), "d": (900, 505)}
    edges = [("a", "b", {"id": "ab"}), ("b", "c", {"id": "bc"}), ("c", "d", {"id": "cd"})]
    bridge = {"kind": "road_bridge", "carries": ["ab"], "geometry": shapely.Point(400, 505), "span_m": 30.0}
    network = make_network(at, edges, {"bridge": bridge})
    table = exposed_edges(network, flood, 0.5)
    assert table["id"].to_list() == ["ab:f", "ab:b", "bridge"]
    assert table["exposed_share"].to_list() == pytest.approx([0.5, 0.5, 1.0])
    assert table["exposed_m"].to_list() == pytest.approx([200, 200, 30])
    assert table["worst_value"].to_list() == pytest.approx([0.6] * 3)
    assert np.isnan(table["on_structure_share"][0])  # how much of the flooded part is bridge is not known
    assert table.attrs["counts"]["edges_looked_at"] == 6
    assert exposed_edges(network, flood, 0.7).empty
    low = exposed_edges(network, flood, 0.0, below=True)
    assert low.set_index("id")["unknown_share"]["cd:f"] == pytest.approx(0.5)


def test_a_zip_is_read_in_place(tmp_path, road):
    whole = write_plane(tmp_path / "plane.tif")
    with zipfile.ZipFile(tmp_path / "a tile.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(whole, "inner/plane.tif")
        archive.writestr("readme.txt", "hello")
    before = sorted(p.name for p in tmp_path.iterdir())
    done = sample_heights(road, tmp_path / "a tile.zip")
    assert done.edges["grade_pct"]["a-b"] == pytest.approx(3.0)
    assert sorted(p.name for p in tmp_path.iterdir()) == before


def zipped(path, entries):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return path


def test_hostile_rasters_end_in_one_clear_line(tmp_path, road):
    good = write_plane(tmp_path / "good.tif").read_bytes()
    cases: dict[str, tuple[Path, str]] = {}

    def case(name, data, said):
        (tmp_path / name).write_bytes(data)
        cases[name] = (tmp_path / name, said)

    case("cut.tif", good[: len(good) // 2], "cannot be read")
    case("magic.tif", b"GIF89a" + good[6:], "cannot be read as GTiff")
    case("cut.zip", b"PK\x03\x04" + good[:100], "no zip archive")
    case("x.vrt", b"<VRTDataset/>", "no raster that geoplan reads")
    case("empty.tif", b"", "empty")
    case("hgt.hgt", b"12345", "cannot be read as SRTMHGT")
    cases["escape"] = (zipped(tmp_path / "escape.zip", {"../../etc/x.tif": good}), "outside itself")
    cases["none"] = (zipped(tmp_path / "none.zip", {"a.txt": b"x"}), "no raster")
    cases["missing"] = (tmp_path / "missing.tif", "no such raster")
    cases["nowhere"] = (write_plane(tmp_path / "nowhere.tif", crs=None), "no coordinate reference system")
    for path, said in cases.values():
        with pytest.raises(DataError, match=said) as told:
            sample_heights(road, path)
        assert "\n" not in str(told.value)


def test_a_zip_bomb_is_refused_unread(tmp_path, road):
    bomb = zipped(tmp_path / "bomb.zip", {"zeros.tif": b"\0" * (300 * 2**20)})
    assert bomb.stat().st_size < 2**20
    with pytest.raises(DataError, match="that is no raster"):
        sample_heights(road, bomb)


def test_a_header_that_claims_gigabytes_reads_windows_only(tmp_path, road):
    # 100,000 x 100,000 float64 are 80 GB; nothing is stored, so the file is small and every pixel is empty.
    path = tmp_path / "huge.tif"
    common = {"driver": "GTiff", "count": 1, "dtype": "float64", "crs": CRS, "nodata": NODATA, "SPARSE_OK": True}
    shape = {"width": 100_000, "height": 100_000, "transform": Affine(10, 0, 0, 0, -10, 1000)}
    with rasterio.open(path, "w", tiled=True, blockxsize=256, blockysize=256, BIGTIFF="YES", **shape, **common):
        pass
    with pytest.raises(DataError, match="no part of the network"):
        sample_heights(road, path)
    strips = tmp_path / "strips.tif"
    with rasterio.open(strips, "w", blockysize=1000, BIGTIFF="YES", **shape, **common):
        pass
    with pytest.raises(DataError, match="rewrite it with tiles"):
        sample_heights(road, strips)


@given(st.binary(min_size=1, max_size=8), st.integers(0, 2**16))
@settings(max_examples=60, deadline=None)
def test_flipped_bytes_never_end_in_anything_else(tmp_path_factory, road_bytes, noise, place):
    data = bytearray(road_bytes[1])
    at = place % len(data)
    data[at : at + len(noise)] = noise
    path = tmp_path_factory.getbasetemp() / "flipped.tif"
    path.write_bytes(data)
    try:
        sample_heights(road_bytes[0], path)
    except DataError as fault:
        assert "\n" not in str(fault)


@pytest.fixture(scope="module")
def road_bytes(make_network, tmp_path_factory):
    network = make_network({"a": (100, 900), "b": (180, 930)}, [("a", "b")])
    path = write_plane(tmp_path_factory.mktemp("r") / "small.tif", wide=20, high=20, compress="deflate")
    return network, path.read_bytes()


@pytest.mark.shared_data
def test_real_tiles_against_the_slow_twin(shared_data):
    from geoplan.io.osm import read_osm

    folder = shared_data / "osm" / "north-bayreuth-with-dem"
    tiles = [folder / "N49E011.hgt.zip", folder / "N50E011.hgt.zip"]
    network = read_osm(folder / "north-bayreuth.osm.gz")
    done = sample_heights(network, tiles)
    assert done.meta["heights"]["points_outside"] == 0
    assert done.edges["grade_pct"].notna().all()
    # The two tiles lie on either side of 50 N. Straight from the archive, without the library:
    heights = {}
    for tile in tiles:
        with zipfile.ZipFile(tile) as archive:
            raw = archive.read(archive.namelist()[0])
        heights[int(tile.name[1:3])] = np.frombuffer(raw, ">i2").reshape(1201, 1201)
    nodes = done.nodes.to_crs(4326).iloc[::40]
    for (lon, lat), found in zip(shapely.get_coordinates(nodes.geometry.array), nodes["height_m"], strict=True):
        south = int(lat)
        twin = slow_value(heights[south].astype(float), (lon - 11) * 1200 + 0.5, (south + 1 - lat) * 1200 + 0.5)
        assert found == pytest.approx(twin, abs=0.05)
    back = done.edges.reset_index().merge(
        done.edges.reset_index(), left_on=["u", "v", "way_id"], right_on=["v", "u", "way_id"]
    )
    assert np.allclose(back["grade_pct_x"], -back["grade_pct_y"], atol=1e-9)
