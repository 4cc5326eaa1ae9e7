"""The register of bottlenecks."""

from __future__ import annotations

from collections.abc import Sequence

from geoplan.analyse.answers import Answers
from geoplan.maps.labels import Text, same
from geoplan.report.content import Bar, Chart, MapLink, Section, Table
from geoplan.study import Study


def bottleneck_section(study: Study, answers: Answers, maps: Sequence[MapLink]) -> Section:
    """The register of the base."""
    config = study.config.bottlenecks
    register = answers.bottlenecks
    scaled = register[register["annual_vehh"].notna()].head(10)
    bars = tuple(
        Bar(same(str(name)), float(value))
        for name, value in zip(scaled["name"], scaled["annual_vehh"].to_numpy(), strict=True)
    )
    columns = ["rank", "kind", "name", "annual_vehh", "evidence_sv", "evidence_en", "who_affected", "confidence"]
    frame = register[columns].copy()
    frame["evidence"] = [
        Text(sv, en) for sv, en in zip(frame.pop("evidence_sv"), frame.pop("evidence_en"), strict=True)
    ]
    chart = Chart(
        "annual_loss",
        Text("Restidsförlust per år", "Time lost a year"),
        bars,
        unit=Text("fordonstimmar", "vehicle hours"),
        digits=0,
    )
    return Section(
        id="bottlenecks",
        title=Text("Flaskhalsar", "Bottlenecks"),
        text=(
            Text(
                f"Trängsel räknas om till år med {config.peak_hours_per_year:g} maxtimmar, sårbarhet med "
                f"{config.closures_per_year:g} avstängning(ar) om {config.closure_hours:g} timmar per plats och år. "
                "Båda är antaganden som står i study.toml.",
                f"Congestion is put on a year by {config.peak_hours_per_year:g} peak hours, vulnerability by "
                f"{config.closures_per_year:g} closure(s) of {config.closure_hours:g} hours a place and year. Both are "
                "assumptions and stand in study.toml.",
            ),
        ),
        charts=(chart,) if bars else (),
        maps=tuple(maps),
        tables=(Table("bottlenecks", Text("Register över flaskhalsar", "Register of bottlenecks"), frame),),
    )
