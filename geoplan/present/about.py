"""What a reader needs to trust a report: assumptions, sources, and how much is known."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping
from pathlib import Path

from geoplan.io.study_config import FILE_NAME, AssumeConfig
from geoplan.maps.formats import short_text
from geoplan.maps.labels import LANGS, Lang, Text, column_text, unit_text, value_text
from geoplan.network.network import Network
from geoplan.present.words import (
    MODE,
)
from geoplan.report.content import InputFile, Share, Source
from geoplan.study import Study

# Limits whose knowledge decides a heavy transport, with the mode they belong to.
_SHARES = (
    ("road", "max_height_m", Text("Väg: fri höjd", "Road: clear height")),
    ("road", "bk_class", Text("Väg: bärighetsklass", "Road: bearing class")),
    ("rail", "max_axle_load_t", Text("Järnväg: axellast", "Railway: axle load")),
    ("rail", "loading_gauge", Text("Järnväg: lastprofil", "Railway: loading gauge")),
    ("road", "speed_kmh", Text("Väg: hastighet", "Road: speed")),
    ("road", "capacity_vph", Text("Väg: kapacitet", "Road: capacity")),
)


def knowledge_shares(network: Network) -> tuple[Share, ...]:
    """How much of each limit is stated, assumed and not known, by length of the edges in use."""
    shares = []
    used = network.edges[network.edges["status"] == ""]
    for mode, column, label in _SHARES:
        edges = used[used["mode"] == mode]
        if column == "bk_class" and network.meta.get("rules") == "none" and (edges[column] == "").all():
            continue  # a Swedish class, which the roads of other countries do not have
        total = float(edges["length_m"].sum())
        if total <= 0:
            continue
        values = edges[column]
        known = (values != "") if column in ("bk_class", "loading_gauge") else values.notna()
        assumed = known & edges["assumed"].str.split(",").map(lambda names, c=column: c in names)
        known_m = float(edges.loc[known, "length_m"].sum())
        assumed_m = float(edges.loc[assumed, "length_m"].sum())
        shares.append(Share(label, (known_m - assumed_m) / total, assumed_m / total, 1.0 - known_m / total))
    return tuple(shares)


def assumptions_of(study: Study) -> tuple[Text, ...]:
    """What the study assumes, in its own words."""
    said = [
        Text(f"{MODE[rule.mode].sv}: {_rule(rule, 'sv')}", f"{MODE[rule.mode].en}: {_rule(rule, 'en')}")
        for rule in study.config.network.assume
    ]
    demand = study.config.demand
    if demand is not None:
        said.append(
            Text(
                f"Efterfrågan: {demand.peak_share * 100:.0f} % av pendlarna reser i maxtimmen, "
                f"{short_text(demand.driver_share, 'sv')} bilar per pendlare",
                f"Demand: {demand.peak_share:.0%} of the commuters travel in the peak hour, "
                f"{demand.driver_share:g} cars a commuter",
            )
        )
        if demand.mean_time_min is not None:
            said.append(
                Text(
                    f"Medelrestid till arbetet {demand.mean_time_min:g} min",
                    f"Mean travel time to work {demand.mean_time_min:g} min",
                )
            )
        if demand.containment:
            said.append(
                Text(
                    "Andelen som bor och arbetar i samma kommun är SCB:s; en del av in- och utpendlingen är tagen till "
                    "orter utanför studien (antagna andelar i kommuntabellen)",
                    "The share who live and work in one municipality is that of SCB; some of the commuting in and out "
                    "is put to places outside the study (assumed shares in the table of municipalities)",
                )
            )
        if demand.parameters:
            sv, en = (
                ", ".join(f"{name} = {short_text(value, lang)}" for name, value in demand.parameters.items())
                for lang in LANGS
            )
            said.append(Text(f"Gravitationsmodellens avståndsmotstånd: {sv}", f"Deterrence of the gravity model: {en}"))
    return tuple(said)


def sources_of(study: Study) -> tuple[Source, ...]:
    """The table of sources as the report shows it."""
    table = study.sources
    if table is None:
        return ()
    return tuple(
        Source(
            key=str(key),
            title=Text(str(row.get("title_sv") or row.get("title", "")), str(row.get("title", ""))),
            licence=_licence(str(row.get("licence", "") or "")),
            date=_year(row.get("year")),
            url=str(row.get("url", "") or ""),
            confidence=str(row.get("confidence", "") or ""),
        )
        for key, row in table.to_dict(orient="index").items()
    )


def _licence(text: str) -> Text:
    """A licence; the words for what needs none, in both languages."""
    sv, en = (value_text("licence", text, lang) for lang in LANGS)
    return Text(sv, en)


def inputs_of(study: Study) -> tuple[InputFile, ...]:
    """study.toml and every file that it names, with size and sha256."""
    names = dict.fromkeys([FILE_NAME, *_texts(study.config.model_dump())])
    files = ((name, study.folder / name) for name in names)
    return tuple(_input(name, file) for name, file in files if name and _is_file(file))


def _texts(value: object) -> Iterator[str]:
    """Every text in nested mappings and lists, in order."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _texts(one)


def _is_file(file: Path) -> bool:
    """Whether a text names a file; long descriptions are no names at all."""
    try:
        return file.is_file()
    except (OSError, ValueError):
        return False


def _input(name: str, file: Path) -> InputFile:
    with file.open("rb") as stream:
        return InputFile(name, file.stat().st_size, hashlib.file_digest(stream, "sha256").hexdigest())


def _rule(rule: AssumeConfig, lang: Lang) -> str:
    where = f" ({rule.line or rule.road_class})" if rule.line or rule.road_class else ""
    unit = unit_text(rule.column, lang)
    value = rule.value if isinstance(rule.value, str) else short_text(rule.value, lang)
    return f"{column_text(rule.column, lang)} {value} {unit}{where}, {rule.why[lang]}"


def _year(value: object) -> str:
    return (
        ""
        if value is None or (isinstance(value, float) and math.isnan(value))
        else f"{value:.0f}"
        if isinstance(value, float)
        else str(value)
    )
