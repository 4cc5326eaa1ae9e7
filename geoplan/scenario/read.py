"""Scenarios from the rows of study.toml: switches, combinations, and edits that name a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

from geoplan.errors import DataError, name_near
from geoplan.io.study_config import ScenarioConfig
from geoplan.io.way_rows import read_way_rows
from geoplan.network.schema import EDGES, STRUCTURES
from geoplan.scenario.edits import DemandEdit, NetworkEdit, ServiceEdit
from geoplan.scenario.scenario import Scenario

_EDITS = {
    get_args(edit.model_fields["do"].annotation)[0]: edit for edit in get_args(NetworkEdit | DemandEdit | ServiceEdit)
}


def read_scenarios(rows: Sequence[ScenarioConfig], folder: Path) -> tuple[Scenario, ...]:
    """The scenarios that are switched on, in the order of the file; one that is off may still be combined.

    A combination has the edits of the scenarios it names, in that order, and then its own. Its cost is the sum of
    theirs where all are known and it states none, its year the latest.

    Raises
    ------
    DataError
        A scenario that combines what is not there or itself, an edit or key that does not exist, a file that cannot be
        read; in one line.
    """
    known = {row.id: row for row in rows}
    return tuple(_scenario(row, known, folder) for row in rows if row.on)


def _scenario(row: ScenarioConfig, known: Mapping[str, ScenarioConfig], folder: Path) -> Scenario:
    parts = _parts(row, known, ())
    edits = [_checked(part.id, k, edit, folder) for part in parts for k, edit in enumerate(part.edits)]
    cost, year, step = row.cost_msek, row.year, row.step
    if row.combine:
        costs = [part.cost_msek for part in parts if part is not row]
        cost = cost if cost is not None else _sum(costs)
        year = year if year is not None else max((part.year for part in parts if part.year is not None), default=None)
        step = step if step is not None else max((part.step for part in parts if part.step is not None), default=None)
    sources = dict.fromkeys(key for part in parts for key in part.source.split("; ") if key)
    return Scenario(
        id=row.id,
        edits=edits,
        title={"sv": row.name.sv, "en": row.name.en},
        year=year,
        cost_msek=cost,
        step=step,
        source="; ".join(sources),
    )


def _parts(row: ScenarioConfig, known: Mapping[str, ScenarioConfig], above: tuple[str, ...]) -> list[ScenarioConfig]:
    """The scenarios that a scenario is made of, those it combines first; each once."""
    if row.id in above:
        raise DataError(f"scenario {row.id}: combines itself ({' > '.join((*above, row.id))}); take one link out")
    found: list[ScenarioConfig] = []
    for key in row.combine:
        if key not in known:
            raise DataError(f"scenario {row.id}: combine names {key!r}, which is none.{name_near(key, list(known))}")
        found += [part for part in _parts(known[key], known, (*above, row.id)) if part not in found]
    return [*found, row]


def _sum(costs: Sequence[float | None]) -> float | None:
    numbers = [cost for cost in costs if cost is not None]
    return float(sum(numbers)) if numbers and len(numbers) == len(costs) else None


def _checked(scenario: str, k: int, edit: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """The edit with its file read; a slip in a key or column is told with what was meant."""
    where = f"scenario {scenario}, edit {k + 1}"
    model = _EDITS.get(edit.get("do", ""))
    if model is None:
        near = name_near(str(edit.get("do", "")), list(_EDITS))
        raise DataError(f"{where}: do = {edit.get('do')!r} is no edit; use one of {', '.join(_EDITS)}.{near}")
    if strange := [key for key in edit if key not in model.model_fields]:
        fields = list(model.model_fields)
        near = name_near(strange[0], fields) or f" Known keys: {', '.join(fields)}"
        raise DataError(f"{where}: unknown key {strange[0]!r} in {edit['do']}.{near}")
    columns = [column.name for column in (STRUCTURES if edit["do"] == "set_structure" else EDGES)]
    if "column" in edit and model not in get_args(ServiceEdit) and edit["column"] not in columns:
        near = name_near(str(edit["column"]), columns)
        raise DataError(f"{where}: {edit['do']} names the column {edit['column']!r}, which is none.{near}")
    if edit["do"] == "add_ways" and "file" in edit:
        try:
            return {**edit, "rows": read_way_rows(folder / str(edit["file"]))}
        except DataError as fault:
            raise DataError(f"{where}: {fault}") from fault
    return dict(edit)
