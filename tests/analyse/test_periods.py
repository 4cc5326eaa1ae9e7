"""Periods of the year: which hold on a day, and what they change."""

import datetime as dt
import shutil

import pytest

from geoplan.analyse.periods import apply_periods, network_on, periods_on
from geoplan.errors import DataError
from geoplan.study import embedded_studies, read_study

WINTER = """
[[periods]]
id = "winter"
name = "Winter bearing"
from = "12-01"
to = "03-31"
edits = [{ do = "set", ways = ["road_50_01"], column = "max_weight_t", value = 90.0 }]

"""


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study") / "ludvika"
    shutil.copytree(embedded_studies()["ludvika"], folder)
    file = folder / "study.toml"
    file.write_text(WINTER + file.read_text(encoding="utf-8"), encoding="utf-8")
    return read_study(file)


@pytest.mark.parametrize(
    ("day", "known"),
    [
        (dt.date(2026, 12, 1), ["winter"]),
        (dt.date(2027, 2, 15), ["winter"]),
        (dt.date(2027, 3, 31), ["winter", "thaw"]),
        (dt.date(2027, 4, 1), ["thaw"]),
        (dt.date(2026, 11, 30), []),
        (None, []),
    ],
)
def test_periods_of_a_day(study, day, known):
    assert [row.id for row in periods_on(study, day)] == known


def test_edits_hold_in_their_period_only(study):
    network = apply_periods(study.network, periods_on(study, dt.date(2027, 1, 1)))
    assert (network.edges.loc[network.edges["way_id"] == "road_50_01", "max_weight_t"] == 90).all()
    assert study.network.edges.loc[study.network.edges["way_id"] == "road_50_01", "max_weight_t"].isna().all()
    assert apply_periods(study.network, periods_on(study, dt.date(2027, 7, 1))) is study.network


def test_a_day_that_is_none_is_refused(study, tmp_path):
    file = tmp_path / "study.toml"
    text = (study.folder / "study.toml").read_text(encoding="utf-8")
    file.write_text(text.replace('from = "12-01"', 'from = "13-01"'), encoding="utf-8")
    with pytest.raises(DataError, match="from = '13-01' in periods number 1"):
        read_study(file)


OSM = """<osm version="0.6">
<node id="1" lat="60.0" lon="15.0"/><node id="2" lat="60.01" lon="15.0"/>
<way id="7"><nd ref="1"/><nd ref="2"/><tag k="highway" v="tertiary"/>
<tag k="maxweight:conditional" v="12 @ (Mar 15-May 15)"/></way>
</osm>"""


def test_conditional_limits_of_openstreetmap_follow_the_day(tmp_path):
    (tmp_path / "region.osm").write_text(OSM, encoding="utf-8")
    (tmp_path / "study.toml").write_text(
        '[study]\nid = "osm"\nname = "OSM"\ndata_date = 2026-11-22\n[network]\nosm = "region.osm"\n', encoding="utf-8"
    )
    study = read_study(tmp_path / "study.toml")
    for day, limit in ((dt.date(2027, 4, 1), 12.0), (None, 12.0)):  # without a day every limit that may hold counts
        assert (network_on(study, day).edges["max_weight_t"] == limit).all()
    summer = network_on(study, dt.date(2027, 7, 1))
    assert summer.edges["max_weight_t"].isna().all()
    assert summer.edges["speed_kmh"].notna().all() and summer.meta["name"] == "OSM"
