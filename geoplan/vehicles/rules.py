"""What national rules say about limits that nobody has read: data with a source a row, one country a set of files."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from geoplan.errors import DataError, name_near
from geoplan.network.network import Network

FOLDER = Path(__file__).parent
DEFAULT_RULES = "SE"  # of a network that names none

# Exemptions that a carrier can ask for, and what each covers. The first four are usual for a single heavy
# load.
PERMITS = {
    "road_weight": "axle, bogie, triple and gross weight above the bearing class of the road (dispens)",
    "road_size": "width above 2.60 m and length above 24 m on the road (dispens)",
    "rail_gauge": "a load outside the loading gauge (specialtransport)",
    "rail_metre_load": "weight per metre above that of the line (specialtransport)",
    "rail_axle_load": "axle load above that of the line, up to 25 t (specialtransport)",
    "posted_weight": "a weight limit posted on a road or bridge",
    "lorry_ban": "a road that lorries may not use (exemption from a local traffic regulation)",
}
USUAL_PERMITS = ("road_weight", "road_size", "rail_gauge", "rail_metre_load")


@dataclass(frozen=True)
class Rules:
    """The rules of one country: `table` indexed by rule, `road_class` and `line_category` beside it."""

    table: pd.DataFrame
    bk_of_road_class: dict[str, str]
    line_categories: pd.DataFrame

    def number(self, rule: str) -> float:
        """Value of a rule, NaN when the country has no such rule."""
        return float(self.table["value"].get(rule, np.nan))

    @property
    def wire_top_m(self) -> float:
        """Highest that a load may stand below a contact wire that is switched off; NaN without a rule."""
        return round(self.number("rail_contact_wire") - float(np.nan_to_num(self.number("rail_wire_air"))), 3)

    def text(self, rule: str) -> str:
        return str(self.table["value"].get(rule, ""))

    def source(self, rule: str) -> str:
        """Source of the rule as it is shown in tables."""
        return f"rule: {self.table['source'].get(rule, '')}" if rule in self.table.index else ""


@cache
def read_rules(country: str) -> Rules:
    """Rules of a country by its two letters, or `none` for no rule at all.

    Raises
    ------
    DataError
        No rules are known for the country.
    """
    path = FOLDER / f"rules_{country.lower()}.csv"
    known = sorted(file.stem.removeprefix("rules_").upper() for file in FOLDER.glob("rules_*.csv"))
    categories = pd.read_csv(FOLDER / "line_categories.csv", index_col="line_category")
    if country == "none":
        return Rules(pd.DataFrame({"value": [], "source": []}), {}, categories)
    if not path.exists():
        raise DataError(
            f"no rules are known for {country!r}.{name_near(country, known)} Use {', '.join(known)} or none"
        )
    table = pd.read_csv(path, index_col="rule", dtype={"value": "str"})
    classes = pd.read_csv(FOLDER / f"road_classes_{country.lower()}.csv")
    return Rules(table, dict(zip(classes["road_class"], classes["bk_class"], strict=True)), categories)


def rules_for(network: Network, rules: str | None) -> str:
    """The country whose rules speak: the one asked for, else the one the network names (`meta["rules"]`), else SE."""
    return str(network.meta.get("rules") or DEFAULT_RULES) if rules is None else rules


@cache
def sources_sv() -> dict[str, str]:
    """Swedish words for what a margin names as its source where that is a rule, or nothing."""
    words = {"not known": "okänd", "the vehicle's own gear": "fordonets egen lyftutrustning"}
    for file in sorted(FOLDER.glob("rules_*.csv")):
        table = pd.read_csv(file)
        if "rule_sv" in table:
            told = table[table["rule_sv"].notna()]
            words |= {f"rule: {en}": f"regel: {sv}" for en, sv in zip(told["source"], told["rule_sv"], strict=True)}
    return words


def check_permits(permits: tuple[str, ...]) -> tuple[str, ...]:
    """The permits, when all are known; DataError names the unknown ones."""
    wrong = [permit for permit in permits if permit not in PERMITS]
    if wrong:
        near = name_near(wrong[0], list(PERMITS))
        raise DataError(f"no permit is called {wrong[0]!r}.{near} Known: {', '.join(PERMITS)}")
    return tuple(permits)
