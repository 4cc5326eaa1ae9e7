"""What to do about a place: its rows of the register, measures by step, and what remains to be found out."""

from __future__ import annotations

import math

import pandas as pd

from geoplan.analyse.answers import Answers
from geoplan.bottlenecks.places import PlaceSheet
from geoplan.maps.labels import Text, same
from geoplan.present.evidence import evidence_table
from geoplan.report.content import Section, Table

PROPOSAL = "four-step principle; proposal"
_YES, _NO = Text("ja", "yes"), Text("nej", "no")


def evidence_part(answers: Answers, sheet: PlaceSheet) -> Section | None:
    if sheet.evidence.empty:
        return None
    title = Text("Rader i registret som gäller platsen", "Rows of the register that concern it")
    return Section(
        id="evidence",
        title=Text("Flaskhalsar här", "Bottlenecks here"),
        tables=(evidence_table("place_evidence", title, sheet.evidence, answers.bottlenecks.attrs, measures=False),),
    )


def measures_part(sheet: PlaceSheet) -> Section:
    """Measures by step; scenarios of the study are worked out, the rest are proposals."""
    rows = sheet.measures.sort_values("step", kind="stable", na_position="last")
    told = zip(rows["measure_sv"], rows["measure_en"], strict=True)
    frame = pd.DataFrame(
        {
            "step": [same("" if math.isnan(step) else f"{step:.0f}") for step in rows["step"]],
            "measure_text": [Text(sv, en) for sv, en in told],
            "cost_msek": rows["cost_msek"].to_numpy(),
            "scenario": [_YES if key else _NO for key in rows["scenario"]],
            "source": [
                Text("förslag enligt fyrstegsprincipen", "proposal by the four-step principle") if s == PROPOSAL else s
                for s in rows["source"]
            ],
        }
    )
    return Section(
        id="measures",
        title=Text("Åtgärder enligt fyrstegsprincipen", "Measures by the four-step principle"),
        text=(
            Text(
                "1 tänk om, 2 optimera, 3 bygg om, 4 bygg nytt. Åtgärder som är uträknade som scenario har "
                "effekter och "
                "kostnad under Scenarier; övriga är förslag att pröva i en åtgärdsvalsstudie.",
                "1 rethink, 2 optimise, 3 rebuild, 4 build new. Measures worked out as a scenario have effects "
                "and cost "
                "under Scenarios; the rest are proposals to examine in a study of measures.",
            ),
        ),
        tables=(
            Table(
                "place_measures",
                Text("Åtgärder att pröva", "Measures to examine"),
                frame,
                labels={
                    "step": Text("steg", "step"),
                    "measure_text": Text("åtgärd", "measure"),
                    "scenario": Text("uträknad som scenario", "worked out as a scenario"),
                },
                note=Text("Tom cell: inte känt.", "Empty cell: not known."),
                few=None,
            ),
        ),
    )


def open_part(sheet: PlaceSheet) -> Section:
    frame = sheet.unknown[["what", "column", "n"]].rename(columns={"what": "place", "column": "measure"})
    return Section(
        id="open",
        title=Text("Vad som återstår att ta reda på", "What remains to be found out"),
        text=(
            Text(
                "Uppgifter som ingen har läst och som skulle avgöra frågor ovan. Ett okänt värde räknas aldrig "
                "som noll "
                "och aldrig som att gräns saknas.",
                "Facts that nobody has read and that would settle questions above. A value not known never counts as "
                "zero, nor as no limit.",
            ),
        ),
        tables=(
            Table(
                "place_unknown",
                Text("Okända uppgifter", "Facts not known"),
                frame,
                labels={
                    "place": Text("gäller", "of"),
                    "measure": Text("uppgift", "fact"),
                    "n": Text("antal sträckor", "sections"),
                },
                few=None,
            ),
        ),
    )
