"""Places, corridors and the appraisal of a study.toml: what is refused, in one line."""

import pytest

from geoplan.errors import DataError
from geoplan.io.study_config import read_config

HEAD = """
[study]
id = "s"
name = "S"
data_date = 2026-01-01
[network]
file = "x.gpkg"
[[scenarios]]
id = "today"
name = "Today"
[[scenarios]]
id = "new_road"
name = "New road"
cost_price_year = 2018
"""
GOOD = """
[[places]]
id = "gate"
name.sv = "Porten"
name.en = "The gate"
structures = ["st_*"]
[[corridors]]
id = "north"
name = "North"
road = ["a", "b"]
rail = ["c", "d", "e"]
[appraisal]
values = "asek7"
price_year = 2020
effects = [{ scenario = "new_road", item = "maintenance", amount = -2.1, unit = "MSEK/year", source = "S" }]
"""


def read(tmp_path, text):
    file = tmp_path / "study.toml"
    file.write_text(HEAD + text, encoding="utf-8")
    return read_config(file)


def test_sections_as_written(tmp_path):
    config = read(tmp_path, GOOD)
    assert config.places[0].structures == ("st_*",) and config.places[0].name["sv"] == "Porten"
    assert config.corridors[0].places == {"road": ("a", "b"), "rail": ("c", "d", "e")}
    assert (config.appraisal.values, config.appraisal.years, config.appraisal.effects[0].amount) == ("asek7", 40, -2.1)
    assert config.scenarios[1].cost_price_year == 2018
    empty = read(tmp_path, "")
    assert empty.places == () and empty.corridors == () and empty.appraisal.values == "asek8"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[[places]]\nid = "p"\nname = "P"\n', r"places number 1 \(p\) needs ways or structures"),
        (
            '[[corridors]]\nid = "c"\nname = "C"\nroad = ["a"]\n',
            r"corridors number 1 \(c\) road needs at least two places",
        ),
        ('[[corridors]]\nid = "c"\nname = "C"\n', "road, rail or sea needs at least two places"),
        ("[appraisal]\nyear = 40\n", r"unknown key 'year' in appraisal.* Did you mean: years"),
        (
            '[appraisal]\neffects = [{ scenario = "new_rod", item = "co2", amount = 1, unit = "kg/year" }]\n',
            r"appraisal: no scenario 'new_rod'. Did you mean: new_road",
        ),
        ('[[places]]\nid = "p"\nname = "P"\nways = ["x"]\n' * 2, "places use the id p more than once"),
    ],
)
def test_faults_are_one_line(tmp_path, text, message):
    with pytest.raises(DataError, match=message) as caught:
        read(tmp_path, text)
    assert "\n" not in str(caught.value)
