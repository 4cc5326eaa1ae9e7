"""Value tables: versions, price levels, marks of what nobody has read, faults."""

import numpy as np
import pytest

from geoplan.appraisal.values import is_verified, price_change, read_values, value_of, value_versions
from geoplan.appraisal.words import VALUE_WORDS, item_word
from geoplan.errors import DataError

HEADER = "item,value,unit,price_year,version,source,confidence,verified,note\n"


def test_every_version_can_be_read_and_says_where_each_value_is_from():
    versions = value_versions()
    assert versions.index.tolist() == ["asek4", "asek5", "asek6_1", "asek7", "asek8"]
    for version in versions.index:
        values = read_values(version)
        assert values.price_year == versions.at[version, "price_year"]
        assert (values.table["source"] != "").all() and values.table["value"].gt(0).all()
        memory = values.table["source"].str.startswith("memory")
        assert not values.table.loc[memory, "verified"].any()
        assert set(values.table.index) <= set(VALUE_WORDS)
    assert read_values("ASEK 6.1").version == "asek6_1"


def test_figures_that_could_be_read():
    assert value_of(read_values("asek4"), "nox_sek_per_kg") == 88
    assert value_of(read_values("asek5"), "tax_factor") == 1.30 and is_verified(read_values("asek5"), "tax_factor")
    assert value_of(read_values("asek7"), "co2_sek_per_kg") == 7 and is_verified(read_values("asek7"), "co2_sek_per_kg")
    new = read_values("asek8")
    assert not new.table.drop("co2_kg_per_km_car")["verified"].any()  # no page of ASEK 8 could be read
    assert np.isnan(value_of(new, "operating_lorry_sek_per_km")) and is_verified(new, "operating_lorry_sek_per_km")


def test_prices_follow_the_consumer_price_index():
    values = read_values("asek6_1", price_year=2022)
    assert value_of(values, "time_car_commute") == pytest.approx(87 * 371.91 / 313.49)
    assert values.table.at["time_car_commute", "given"] == 87
    assert value_of(values, "discount_rate_pct") == 3.5 and value_of(values, "co2_kg_per_km_car") == 0.146
    assert price_change(2018, 2022) * price_change(2022, 2018) == pytest.approx(1)
    with pytest.raises(DataError, match=r"no price index for 2031; the table has 2006 to 2023"):
        read_values("asek7", price_year=2031)


def test_values_of_the_callers_own():
    values = read_values("asek8", own={"time_lorry": 400.0, "co2_sek_per_kg": 3.0})
    assert value_of(values, "time_lorry") == 400 and is_verified(values, "time_lorry")
    assert value_of(values, "co2_sek_per_kg") == 3 and values.table.at["co2_sek_per_kg", "version"] == "own"


def test_a_file_of_values(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text(
        HEADER + "discount_rate_pct,4,%,,mine,book p. 3,H,yes,\ntime_car_commute,90,SEK/h,2020,mine,book,H,yes,\n"
    )
    values = read_values(path)
    assert (values.title, values.price_year, value_of(values, "time_car_commute")) == ("mine", 2020, 90)
    assert value_of(values, "co2_kg_per_km_car") == 0.146  # effects come with every version


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("a,1,,,,,,maybe,\n", r"1 row \(first: a\): verified is yes or no"),
        ("a,x,,,,,,yes,\n", r"1 row \(first: a\) have no number"),
        ("a,1,,,,,,yes,\na,2,,,,,,yes,\n", r"1 row \(first: a\) stand twice"),
    ],
)
def test_faults_of_a_file_are_named(tmp_path, rows, message):
    path = tmp_path / "mine.csv"
    path.write_text(HEADER + rows)
    with pytest.raises(DataError, match=message):
        read_values(path)


def test_unknown_version():
    with pytest.raises(DataError, match=r"no values 'asek9'; use asek4, .* Did you mean: asek"):
        read_values("asek9")


def test_words_of_items():
    assert item_word("co2").sv == "Koldioxid" and item_word("time_bicycle").en == "time bicycle"
