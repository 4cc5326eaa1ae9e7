"""The mapping of an NVDB delivery: which layer and column is which. Data in a TOML file that users may replace."""

from __future__ import annotations

import os
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

from geoplan.errors import DataError, name_near
from geoplan.io.files import require_file

ROLES = ("network", "line", "oneway", "point", "verbatim")
KINDS = ("number", "text", "bk", "words", "flag", "pressure")
COMMON = ("element", "from", "to", "start", "end", "length", "direction")
UNITS = {"m": 1.0, "dm": 0.1, "cm": 0.01, "t": 1.0, "ton": 1.0, "kg": 0.001, "km/h": 1.0, "per_day": 1.0, "": 1.0}


@dataclass(frozen=True)
class ColumnRule:
    """Where one column of the network comes from; see the head of nvdb_mapping.toml."""

    to: str
    names: tuple[str, ...]
    kind: str = "text"
    unit: str = ""
    low: float = float("-inf")
    high: float = float("inf")
    combine: str = "first"
    words: Mapping[str, Any] = field(default_factory=dict)
    type_names: tuple[str, ...] = ()


@dataclass(frozen=True)
class LayerRule:
    """What one feature type is good for."""

    names: tuple[str, ...]
    role: str
    columns: tuple[ColumnRule, ...] = ()
    where_names: tuple[str, ...] = ()
    where_values: tuple[str, ...] = ()
    constant: Mapping[str, str] = field(default_factory=dict)
    structure: Mapping[str, str] = field(default_factory=dict)

    def finds(self, layer: str) -> bool:
        """Whether this is the rule of a layer: its name ends as the rule says."""
        plain = fold(layer)
        for name in self.names:
            head, ends = plain[: -len(fold(name))], plain.endswith(fold(name))
            # "Trafik" is the end of "ForbudTrafik" too: what stands before must be a prefix and a number, or nothing.
            if ends and (head == "" or head[-1].isdigit() or head in _PREFIXES):
                return True
        return False


@dataclass(frozen=True)
class NvdbMapping:
    """All rules, and the names of the columns that every layer has."""

    common: Mapping[str, tuple[str, ...]]
    layers: tuple[LayerRule, ...]

    def rule_of(self, layer: str) -> LayerRule | None:
        return next((rule for rule in self.layers if rule.finds(layer)), None)


_PREFIXES = ("nvdb", "nvdbdk", "nvdbdko", "trafikdk", "trafikdko", "visdk", "visdko", "vis", "trv", "tfrdk", "tfrdko")


def fold(name: str) -> str:
    """A name without case, accents and signs: `Höjdhinder_45` is `hojdhinder45`."""
    plain = unicodedata.normalize("NFKD", str(name)).casefold()
    return "".join(sign for sign in plain if sign.isalnum())


def find_column(columns: Sequence[str], names: Sequence[str]) -> str | None:
    """The column with one of the names, the first name first."""
    spelled = {fold(column): column for column in reversed(columns)}
    return next((spelled[fold(name)] for name in names if fold(name) in spelled), None)


def read_mapping(path: str | os.PathLike[str] | None = None) -> NvdbMapping:
    """The mapping of a TOML file, or the one that comes with geoplan.

    Raises
    ------
    DataError
        The file is missing, no TOML, or says something that is not understood.
    """
    if path is None:
        where = "nvdb_mapping.toml"
        text = resources.files("geoplan.io").joinpath(where).read_text(encoding="utf-8")
    else:
        file = require_file(path, "mapping")
        where = str(file)
        text = _text(file)
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise DataError(f"{where}: is no TOML ({fault}); compare it with nvdb_mapping.toml of geoplan") from fault
    common = _section(where, raw.get("common"), "common")
    layers = raw.get("layer")
    if not isinstance(layers, list) or not layers:
        raise DataError(f"{where}: has no [[layer]]; add one for each feature type")
    names = {key: _texts(where, f"common.{key}", value) for key, value in common.items()}
    missing = [key for key in COMMON if key not in names]
    if missing:
        raise DataError(f"{where}: [common] lacks {', '.join(missing)}; copy them from nvdb_mapping.toml of geoplan")
    rules = tuple(_layer(where, number, one) for number, one in enumerate(layers, start=1))
    if not any(rule.role == "network" for rule in rules):
        raise DataError(f"{where}: no [[layer]] has role = 'network'; say which layer holds the road links")
    return NvdbMapping(names, rules)


def _text(file: Path) -> str:
    if file.stat().st_size > 2**20:
        raise DataError(f"{file}: is larger than any mapping (1 MB); name the TOML file")
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as fault:
        raise DataError(f"{file}: is no UTF-8 text; save it as UTF-8") from fault


def _layer(where: str, number: int, raw: Any) -> LayerRule:
    spot = f"layer {number}"
    table = _section(where, raw, spot)
    known = ("names", "role", "column", "where", "constant", "structure")
    _refuse_strange(where, spot, table, known)
    names = _texts(where, f"{spot}.names", table.get("names"))
    role = table.get("role")
    if role not in ROLES:
        raise DataError(f"{where}: {spot} ({names[0]}) has role {role!r}; use one of {', '.join(ROLES)}")
    columns = table.get("column", [])
    if not isinstance(columns, list):
        raise DataError(f"{where}: {spot}: column is no list; write [[layer.column]]")
    picked = _section(where, table.get("where", {}), f"{spot}.where")
    return LayerRule(
        names,
        role,
        tuple(_column(where, f"{spot} ({names[0]})", one) for one in columns),
        _texts(where, f"{spot}.where.names", picked["names"]) if picked else (),
        _texts(where, f"{spot}.where.values", picked.get("values")) if picked else (),
        _section(where, table.get("constant", {}), f"{spot}.constant"),
        _section(where, table.get("structure", {}), f"{spot}.structure"),
    )


def _column(where: str, spot: str, raw: Any) -> ColumnRule:
    table = _section(where, raw, spot)
    _refuse_strange(where, spot, table, tuple(ColumnRule.__dataclass_fields__))
    to, kind = table.get("to"), table.get("kind", "text")
    if not isinstance(to, str) or not to:
        raise DataError(f"{where}: a column of {spot} does not say `to`; name the column of the network")
    if kind not in KINDS:
        raise DataError(f"{where}: {spot}.{to} has kind {kind!r}; use one of {', '.join(KINDS)}")
    if table.get("unit", "") not in UNITS:
        raise DataError(
            f"{where}: {spot}.{to} has unit {table['unit']!r}; use one of {', '.join(u for u in UNITS if u)}"
        )
    if table.get("combine", "first") not in ("min", "first"):
        raise DataError(f"{where}: {spot}.{to} has combine {table['combine']!r}; use min or first")
    words = {fold(key): value for key, value in _section(where, table.get("words", {}), spot).items()}
    try:
        low, high = float(table.get("low", "-inf")), float(table.get("high", "inf"))
    except (TypeError, ValueError) as fault:
        raise DataError(f"{where}: {spot}.{to}: low and high must be numbers") from fault
    types = _texts(where, f"{spot}.{to}.type_names", table["type_names"]) if "type_names" in table else ()
    names = _texts(where, f"{spot}.{to}.names", table.get("names"))
    unit, combine = table.get("unit", ""), table.get("combine", "first")
    return ColumnRule(to, names, kind, unit, low, high, combine, words, types)


def _section(where: str, value: Any, spot: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise DataError(f"{where}: {spot} is missing or no table; compare it with nvdb_mapping.toml of geoplan")
    return value


def _texts(where: str, spot: str, value: Any) -> tuple[str, ...]:
    if isinstance(value, list) and value and all(isinstance(one, str) and one for one in value):
        return tuple(value)
    raise DataError(f"{where}: {spot} must be a list of names such as ['Vagbredd']")


def _refuse_strange(where: str, spot: str, table: Mapping[str, Any], known: Sequence[str]) -> None:
    strange = [key for key in table if key not in known]
    if strange:
        near = name_near(strange[0], list(known))
        raise DataError(f"{where}: {spot} has {', '.join(strange)}, which means nothing here.{near}")
