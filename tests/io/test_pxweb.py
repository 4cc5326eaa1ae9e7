"""Commuting tables as Statistics Sweden gives them: codes stay text, hidden cells are not zero."""

from __future__ import annotations

import json
import re

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.errors import DataError
from geoplan.io.pxweb import read_pxweb, read_pxweb_demand


def json_stat(values, status=None, *, years=("2022",)):
    """Commuters by municipality of home (0114, 2085) and of work (0114, 2061), in row-major order."""
    return {
        "version": "2.0", "class": "dataset", "label": "Pendlare efter bostad, arbetsställe och år",
        "source": "SCB", "updated": "2024-03-01T08:00:00Z",
        "id": ["Bostadskommun", "Arbetsställekommun", "Tid"], "size": [2, 2, len(years)],
        "dimension": {
            "Bostadskommun": {"category": {"index": {"2085": 1, "0114": 0}, "label": {"0114": "Upplands Väsby", "2085": "Ludvika"}}},
            "Arbetsställekommun": {"category": {"index": ["0114", "2061"], "label": {"0114": "Upplands Väsby", "2061": "Smedjebacken"}}},
            "Tid": {"category": {"index": {year: k for k, year in enumerate(years)}}},
        },
        "value": values, **({"status": status} if status is not None else {}),
    }  # fmt: skip


@pytest.fixture
def table(tmp_path):
    def write(data, name="pendling.json"):
        path = tmp_path / name
        if isinstance(data, str):
            path.write_text(data, encoding="utf-8")
        else:
            path.write_text(json.dumps(data), encoding="utf-8")
        return path

    return write


def test_json_stat(table):
    found = read_pxweb(table(json_stat([10, None, 3, 700], {"1": ".."})))
    assert found["Bostadskommun"].to_list() == ["0114", "0114", "2085", "2085"]
    assert found["Bostadskommun_label"].to_list()[::2] == ["Upplands Väsby", "Ludvika"]
    assert found["Tid"].unique().tolist() == ["2022"]
    assert found["value"].fillna(-1).to_list() == [10, -1, 3, 700]
    assert found["status"].to_list() == ["", "..", "", ""]
    assert found.attrs["hidden"] == 1 and found.attrs["updated"].startswith("2024")


@pytest.mark.parametrize(
    ("values", "status", "value", "told"),
    [
        ([1, None, 1, 1], None, np.nan, "null"),
        ([1, None, 1, 1], ["", "..", "", ""], np.nan, ".."),
        ([1, None, 1, 1], {"1": "-"}, 0.0, "-"),  # nil is a number
        ([1, "..", 1, 1], None, np.nan, ".."),
        ({"0": 1, "2": 1, "3": 1}, None, np.nan, "null"),  # sparse: not there is not known
        ([1, 0, 1, 1], None, 0.0, ""),
    ],
)  # fmt: skip
def test_hidden_cells_are_missing_and_zero_is_zero(table, values, status, value, told):
    row = read_pxweb(table(json_stat(values, status))).iloc[1]
    assert row["value"] == pytest.approx(value, nan_ok=True) and row["status"] == told


CSV = """"Förvärvsarbetande pendlare efter bostadskommun, arbetsställekommun och år"

"bostadskommun","arbetsställekommun","kön","2021","2022"
"0114 Upplands Väsby","0114 Upplands Väsby","män",9,10
"0114 Upplands Väsby","2061 Smedjebacken","män",..,".."
"2085 Ludvika","0114 Upplands Väsby","män",2,3
"2085 Ludvika","2061 Smedjebacken","män",-,"1 700"

"Uppgifterna avser december."
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_csv(tmp_path, encoding, separator):
    path = tmp_path / "pendling.csv"
    title, table, notes = CSV.split("\n\n")
    cells = re.sub(r',(?=["\d.-])', lambda _: separator, table)
    path.write_bytes("\n\n".join([title, cells, notes]).encode(encoding))
    found = read_pxweb(path)
    assert list(found.columns[:5]) == [
        "bostadskommun",
        "bostadskommun_label",
        "arbetsställekommun",
        "arbetsställekommun_label",
        "kön",
    ]
    newest = found[found["contents"] == "2022"]
    assert newest["bostadskommun"].to_list() == ["0114", "0114", "2085", "2085"]
    assert newest["value"].fillna(-1).to_list() == [10, -1, 3, 1700]
    assert found[found["contents"] == "2021"]["value"].fillna(-1).to_list() == [9, -1, 2, 0]
    assert found.attrs["hidden"] == 2


def test_codes_alone_are_text_too(table):
    text = "bostadskommun,arbetsställekommun,kön,år,Antal\n0114,0114,1,2022,5\n2085,0114,1,2022,7\n"
    found = read_pxweb(table(text, "codes.csv"))
    assert found["bostadskommun"].to_list() == ["0114", "2085"] and found["år"].to_list() == ["2022", "2022"]
    assert found["value"].to_list() == [5, 7]


def test_demand_by_municipality(table):
    path = table(json_stat([10, 4, 3, 700]))
    demand = read_pxweb_demand(path, factor=0.5)
    assert demand.zones.index.to_list() == ["0114", "2085", "2061"]
    assert demand.matrices["car"].loc["2085", "2061"] == 350
    assert demand.matrices["car"].loc["2061"].sum() == 0
    assert demand.meta["data_date"] == "2024-03-01"
    with_years = table(json_stat([1, 10, 2, 4, 3, 3, 600, 700], years=("2021", "2022")), "years.json")
    with pytest.raises(DataError, match="Tid has 2 values"):
        read_pxweb_demand(with_years)
    newest = read_pxweb_demand(with_years, keep={"tid": "2022"}, factor=0.5)
    assert newest.matrices["car"].equals(demand.matrices["car"])
    both = read_pxweb_demand(with_years, keep={"Tid": ["2021", "2022"]})
    assert both.matrices["car"].loc["2085", "2061"] == 1300
    with pytest.raises(DataError, match="no value '2023'"):
        read_pxweb_demand(with_years, keep={"Tid": "2023"})
    with pytest.raises(DataError, match=r"no dimension 'bostadkommun'. *.*Did you mean"):
        read_pxweb_demand(path, home="bostadkommun")


def test_hidden_cells_stop_or_are_listed(table):
    path = table(json_stat([10, None, 3, 700], {"1": ".."}))
    with pytest.raises(DataError, match=r"1 cells are not shown .first: 0114 to 2061"):
        read_pxweb_demand(path)
    demand = read_pxweb_demand(path, unknown="zero")
    assert demand.meta["suppressed"].to_numpy().tolist() == [["0114", "2061", "car", ".."]]
    assert demand.meta["unknown_cells"] == {"car": 1}


def test_zones_and_network(table, make_network):
    network = make_network({"a": (500_000, 6_660_000), "b": (500_900, 6_660_000)}, [("a", "b")])
    points = gpd.points_from_xy([500_010, 500_800], [6_660_000, 6_660_000], crs=3006)
    zones = gpd.GeoDataFrame({"name": ["Ludvika", "Smedjebacken"]}, index=["2085", "2061"], geometry=points)
    demand = read_pxweb_demand(table(json_stat([10, 4, 3, 700])), zones=zones, network=network)
    assert demand.zones["node_id"].to_list() == ["a", "b"]
    assert demand.matrices["car"].to_numpy().tolist() == [[0, 700], [0, 0]]
    assert demand.meta["outside_zones"] == {"pairs": 3, "commuters": 17.0}


def deep():
    return "[" * 100_000


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("", "empty"),
        ('{"id": ["a"', "cut off"),
        (deep(), "no JSON"),
        ("{}", "no JSON-stat"),
        ("[1, 2]", "no JSON-stat"),
        ({**json_stat([1, 2, 3]), "size": [2, 2, 1]}, "holds 3 cells and claims 4"),
        ({**json_stat([1]), "size": [200_000, 200_000, 1]}, "claims 40,000,000,000 cells"),
        ({**json_stat([1]), "size": [2, 3, 1]}, "has 2 values and claims 3"),
        ({**json_stat([1]), "size": [-2, -2, 1]}, "claims"),
        ("a;b\n", "no table"),
        ("bara text\n\nmer text\n", "no table"),
        ("a,b\nx,y\nz,w\n", "columns of numbers"),
        ("\x00\x00\x00\x00", "zero bytes"),
    ],
)  # fmt: skip
def test_hostile_files_end_in_one_clear_line(table, data, said):
    with pytest.raises(DataError, match=said) as told:
        read_pxweb(table(data))
    assert "\n" not in str(told.value)


@given(st.binary(min_size=1, max_size=5), st.integers(0, 900))
@settings(max_examples=80, deadline=None)
def test_flipped_bytes_never_end_in_anything_else(tmp_path_factory, noise, place):
    for kind, text in (("json", json.dumps(json_stat([10, None, 3, 700], {"1": ".."}))), ("csv", CSV)):
        data = bytearray(text.encode())
        data[place % len(data) : place % len(data) + len(noise)] = noise
        path = tmp_path_factory.getbasetemp() / f"flipped.{kind}"
        path.write_bytes(data)
        try:
            read_pxweb(path)
        except DataError as fault:
            assert "\n" not in str(fault)
