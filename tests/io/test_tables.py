"""Tables as people's programs write them: what is read, and what is said when it cannot be."""

from __future__ import annotations

import logging
import math

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.errors import DataError
from geoplan.io.tables import name_lines, parse_number, read_table, split_list
from geoplan.network.schema import Column

COLUMNS = (
    Column("way_id", "id", "id of the way", None, required=True),
    Column("name", "text", "name", ""),
    Column("municipality_code", "text", "four digits", ""),
    Column("length_m", "float", "length", float("nan"), low=0.0),
    Column("speed_kmh", "float", "speed", float("nan"), low=0.0, low_open=True),
    Column("status", "text", "status", "", choices=("", "planned", "closed")),
)


def write(tmp_path, text, name="ways.csv", encoding="utf-8"):
    path = tmp_path / name
    path.write_bytes(text.encode(encoding) if isinstance(text, str) else text)
    return path


@pytest.mark.parametrize("separator", [";", "\t", ","])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_any_separator_and_character_set(tmp_path, separator, encoding):
    lines = [["way_id", "name", "municipality_code", "length_m"], ["a", "Smörvägen – öst", "0114", "1200.5"]]
    text = "\r\n".join(separator.join(cells) for cells in lines) + "\r\n"
    table = read_table(write(tmp_path, text, encoding=encoding), COLUMNS)
    assert table.loc[2, "name"] == "Smörvägen – öst"
    assert table.loc[2, "municipality_code"] == "0114"
    assert table.loc[2, "length_m"] == 1200.5


def test_decimal_comma_and_grouped_thousands(tmp_path):
    table = read_table(write(tmp_path, "way_id;length_m;speed_kmh\na;1 234,5;70\nb;1\u00a0234\u00a0567,25;\n"), COLUMNS)
    assert table["length_m"].to_list() == [1234.5, 1234567.25]
    assert table.loc[2, "speed_kmh"] == 70 and math.isnan(table.loc[3, "speed_kmh"])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 234,5", 1234.5),
        ("1\u00a0234,5", 1234.5),
        ("1\u202f234", 1234.0),
        ("1234.5", 1234.5),
        ("1.234,5", 1234.5),
        ("1,234.5", 1234.5),
        ("1,234", 1.234),
        ("\u22120,4", -0.4),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("inf", math.inf),
    ],
)
def test_numbers_as_people_write_them(text, value):
    assert parse_number(text) == value


@pytest.mark.parametrize("text", ["", "  ", "..", "NaN", "\u00a0"])
def test_unknown_is_nan_not_zero(text):
    assert math.isnan(parse_number(text))


@pytest.mark.parametrize("text", ["4.5 m", "~4", "4-5", "12 34", "1.2.3", "-", "0x10", "1 2345"])
def test_text_that_is_no_number_is_refused(text):
    with pytest.raises(ValueError, match=r".*"):
        parse_number(text)


@settings(max_examples=200, deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False, width=32))
def test_every_float_comes_back_with_point_and_with_comma(value):
    assert parse_number(repr(value)) == value
    assert parse_number(repr(value).replace(".", ",")) == value


def test_missing_columns_are_unknown_and_index_is_the_line(tmp_path):
    table = read_table(write(tmp_path, "# roads of the north\nway_id,length_m\n\na,1\n# a remark\nb,2\n"), COLUMNS)
    assert table.index.to_list() == [4, 6] and table.index.name == "line"
    assert table["speed_kmh"].isna().all()
    assert table["name"].to_list() == ["", ""]


def test_quotes_hold_separators_and_line_ends(tmp_path):
    text = 'way_id,name,length_m\na,"Old, ""quoted""\nroad",1\nb,New,2\n'
    table = read_table(write(tmp_path, text), COLUMNS)
    assert table.loc[2, "name"] == 'Old, "quoted"\nroad'
    assert table.loc[4, "way_id"] == "b"


def test_separator_inside_a_wkt_header_is_no_trap(tmp_path):
    # More commas than semicolons in the header, but only `;` gives known columns.
    table = read_table(write(tmp_path, "way_id;length_m;a, b, c, d\nx;3;q\n"), COLUMNS)
    assert table.loc[2, "length_m"] == 3


def test_header_in_other_case_and_excel_hint(tmp_path):
    table = read_table(write(tmp_path, "sep=;\nWay_ID; Length_m \na;5\n"), COLUMNS)
    assert table.loc[3, "length_m"] == 5


def test_unknown_columns_are_kept_and_reported(tmp_path, caplog):
    with caplog.at_level(logging.WARNING, logger="geoplan"):
        table = read_table(write(tmp_path, "way_id,lenght_m,note\na,3,x\n"), COLUMNS)
    assert table.loc[2, "note"] == "x"
    assert "lenght_m is not used" in caplog.text and "Did you mean: length_m?" in caplog.text


def test_missing_required_column_says_what_it_is_for(tmp_path):
    with pytest.raises(
        DataError,
        match=r"ways\.csv: column way_id is missing \(id of the way\); add it\. Did you mean: wayid\?",
    ):
        read_table(write(tmp_path, "wayid,length_m\na,3\n"), COLUMNS)


def test_all_faults_at_once_with_their_lines(tmp_path):
    text = "way_id,length_m,speed_kmh,status\na,abc,0,plan\n,-2,70,\nc,4 m,-1,closed\n"
    with pytest.raises(DataError) as fault:
        read_table(write(tmp_path, text), COLUMNS)
    message = str(fault.value)
    assert "column way_id: 1 row (line 3) have no way_id; fill it in" in message
    assert "column length_m: 2 rows (lines 2, 4) hold no number but 'abc'" in message
    assert "column length_m: 1 row (line 3) are < 0" in message
    assert "column speed_kmh: 2 rows (lines 2, 4) are <= 0" in message
    assert "column status: 1 row (line 2) hold 'plan'; use one of planned, closed. Did you mean: planned?" in message
    assert "\n" not in message


def test_required_number_may_not_be_empty(tmp_path):
    columns = (Column("lon", "float", "longitude", None, required=True),)
    with pytest.raises(DataError, match=r"column lon: 1 row \(line 3\) are empty; fill them in"):
        read_table(write(tmp_path, "lon,\n15,\n..,x\n".replace(",x", "")), columns)


def test_row_with_too_many_cells_is_named(tmp_path):
    with pytest.raises(
        DataError, match=r"1 row \(line 3\) have more cells than the header has columns \(2\); put quotes"
    ):
        read_table(write(tmp_path, "way_id,length_m\na,1\nb,1,5\n"), COLUMNS)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("way_id,length_m\n", "has a header but no rows"),
        ("# only a remark\n", "holds no header"),
        ("way_id,way_id\na,b\n", "columns named twice: way_id"),
        ("way_id,,length_m\na,b,1\n", r"line 1 has columns without a name \(number 2\)"),
        (b"way_id\x00\x01", "is no text"),
        (b"way_id\n\x81\x8d\x8f", "neither UTF-8 nor Windows-1252"),
        (b"", "is empty"),
    ],
)
def test_unusable_files_get_one_line(tmp_path, text, message):
    with pytest.raises(DataError, match=message):
        read_table(write(tmp_path, text), COLUMNS)


def test_missing_file_and_folder(tmp_path):
    with pytest.raises(DataError, match="no such table"):
        read_table(tmp_path / "none.csv", COLUMNS)
    with pytest.raises(DataError, match="is a folder"):
        read_table(tmp_path, COLUMNS)


def test_empty_table_where_that_is_right(tmp_path):
    assert read_table(write(tmp_path, "way_id,length_m\n"), COLUMNS, allow_empty=True).empty


def workbook(tmp_path, rows, sheet="roads"):
    book = openpyxl.Workbook()
    page = book.active
    page.title = sheet
    for row in rows:
        page.append(row)
    path = tmp_path / "ways.xlsx"
    book.save(path)
    return path


def test_workbook(tmp_path):
    rows = [
        ["way_id", "municipality_code", "length_m", "name"],
        [7, "0114", 1234.5, None],
        ["b", 2085, "1 234,5", True],
    ]
    table = read_table(workbook(tmp_path, rows), COLUMNS)
    assert table["way_id"].to_list() == ["7", "b"]
    assert table["municipality_code"].to_list() == ["0114", "2085"]
    assert table["length_m"].to_list() == [1234.5, 1234.5]
    assert table["name"].to_list() == ["", "yes"]


def test_workbook_sheet_by_name(tmp_path):
    path = workbook(tmp_path, [["way_id"], ["a"]])
    assert len(read_table(path, COLUMNS, sheet="roads")) == 1
    with pytest.raises(DataError, match=r"no sheet 'road'; it has roads\. Did you mean: roads\?"):
        read_table(path, COLUMNS, sheet="road")


def test_workbook_that_is_none(tmp_path):
    with pytest.raises(DataError, match="is no xlsx workbook"):
        read_table(write(tmp_path, "way_id\na\n", name="ways.xlsx"), COLUMNS)


def test_helpers():
    assert split_list(" a; b ;;c") == ["a", "b", "c"]
    assert name_lines([4]) == "1 row (line 4)"
    assert name_lines(range(7)) == "7 rows (lines 0, 1, 2, 3, 4, ...)"
