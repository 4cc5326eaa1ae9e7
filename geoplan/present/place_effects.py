"""Whom a place concerns: municipalities when it closes, and heavy transports that pass it or cannot."""

from __future__ import annotations

import pandas as pd

from geoplan.bottlenecks.places import PlaceSheet
from geoplan.maps.formats import number_text
from geoplan.maps.labels import Text, same
from geoplan.present.words import MODE, transport_names
from geoplan.report.content import Bar, Chart, Section, Table
from geoplan.study import Study

_LIFTED = {
    "opens": Text("kommer fram först då", "gets through only then"),
    "saves": Text("blir billigare", "becomes cheaper"),
    "": Text("ingen skillnad i sig", "no difference by itself"),
}
_CLOSED = {
    "stops": Text("kommer inte fram", "does not get through"),
    "round": Text("går en annan väg", "goes another way"),
    "": Text("berörs inte", "is not concerned"),
}
_YES, _NO = Text("ja", "yes"), Text("nej", "no")


def who_part(study: Study, sheet: PlaceSheet) -> Section | None:
    """Who is hit when all of the place closes, by municipality."""
    if sheet.hit.empty:
        return None
    hours = study.config.bottlenecks.closure_hours
    total = sheet.totals["closure_vehh"]
    table = sheet.hit[sheet.hit["closure_vehh"] >= 0.001 * total]
    bars = tuple(
        Bar(same(str(name)), float(loss))
        for name, loss in table[["name", "closure_vehh"]].head(8).to_numpy(dtype=object)
    )
    left = len(sheet.hit) - len(table)
    return Section(
        id="who",
        title=Text("Vem drabbas om platsen stängs", "Who is hit when the place closes"),
        text=(
            Text(
                f"Hela platsen stängd i {hours:g} timmar i högtrafik, alla resor på sin näst bästa väg. Ingen väntar "
                "längre än avstängningen varar: den som saknar annan väg väntar ut den. Kommunen är den som resan "
                "börjar i.",
                f"All of the place closed for {hours:g} hours of peak traffic, every trip on its second-best "
                "way. Nobody "
                "waits longer than the closure lasts: those without another way wait it out. The municipality is where "
                "the trip starts.",
            ),
        ),
        charts=(
            Chart(
                "place_hit_chart",
                Text("Förlorad tid per kommun", "Time lost by municipality"),
                bars,
                unit=Text("fordonstimmar", "vehicle hours"),
                digits=0,
            ),
        ),
        tables=(
            Table(
                "place_hit",
                Text("Berörda kommuner", "Municipalities hit"),
                table.reset_index(drop=True).drop(columns=["loss_vehh"]),
                labels={
                    "name": Text("kommun", "municipality"),
                    "trips_vph": Text("bilresor/h som börjar där", "car trips/h that start there"),
                    "unsatisfied_trips": Text("resor/h utan annan väg", "trips/h without another way"),
                    "closure_vehh": Text("fordonstimmar under avstängningen", "vehicle hours of the closure"),
                    "min_per_trip": Text("minuter per resa, medel", "minutes a trip, mean"),
                },
                units={"trips_vph": "", "closure_vehh": "", "unsatisfied_trips": "", "min_per_trip": ""},
                digits={"trips_vph": 0, "closure_vehh": 0, "unsatisfied_trips": 0, "min_per_trip": 1},
                note=Text(
                    f"{left} kommuner med mindre än en tusendel av förlusten visas inte.",
                    f"{left} municipalities with less than a thousandth of the loss are not shown.",
                )
                if left
                else same(""),
            ),
        ),
    )


def freight_part(study: Study, sheet: PlaceSheet) -> Section | None:
    """Heavy transports: what stops them here, what lifting it gives, what a closure costs."""
    if sheet.freight.empty:
        return None
    names = transport_names(study)
    rows = sheet.freight
    frame = pd.DataFrame(
        {
            "transport": [names.get(key, same(str(key))) for key in rows["transport"]],
            "mode": [MODE[mode] for mode in rows["mode"]],
            "here": [_YES if here else _NO for here in rows["here"]],
            "verdict": rows["verdict"].to_numpy(),
            "limit": rows["limit"].to_numpy(),
            "margin": rows["margin"].to_numpy(),
            "unit": rows["unit"].to_numpy(),
            "lifted": [
                _LIFTED[lifted] if verdict == "not_ok" else same("")
                for lifted, verdict in zip(rows["lifted"], rows["verdict"], strict=True)
            ],
            "saved_sek_per_year": [
                _when(value, lifted == "saves")
                for value, lifted in zip(rows["saved_sek_per_year"], rows["lifted"], strict=True)
            ],
            "closed": [_CLOSED[closed] for closed in rows["closed"]],
            "extra_sek_per_year": [
                _when(value, closed == "round")
                for value, closed in zip(rows["extra_sek_per_year"], rows["closed"], strict=True)
            ],
            "trips_per_year": rows["trips_per_year"].to_numpy(),
            "tonnes_per_year": rows["tonnes_per_year"].to_numpy(),
        }
    )
    limits = sheet.transports.copy()
    told = [names.get(key, same(str(key))) for key in limits["transport"]]
    limits["transport"] = pd.Series(told, index=limits.index, dtype="object")
    return Section(
        id="freight",
        title=Text("Tunga transporter", "Heavy transports"),
        text=(
            Text(
                "För varje transport och trafikslag: det fordon som går här, annars det som är närmast att kunna gå. "
                "”Om gränserna här hävs” gäller enbart denna plats; ett hinder längre bort står kvar.",
                "For each transport and mode: the vehicle that goes here, else the one that comes nearest. “If "
                "the limits "
                "here go” is this place alone; an obstacle farther on remains.",
            ),
        ),
        tables=(
            Table(
                "place_freight",
                Text("Vad platsen betyder för varje transport", "What the place means to each transport"),
                frame,
                labels={
                    "transport": Text("transport", "transport"),
                    "here": Text("går här i dag", "goes here today"),
                    "limit": Text("tätast gräns", "tightest limit"),
                    "lifted": Text("om gränserna här hävs", "if the limits here go"),
                    "saved_sek_per_year": Text("sparar, kr per år", "saves, SEK a year"),
                    "closed": Text("om platsen stängs", "if the place closes"),
                    "extra_sek_per_year": Text("merkostnad, kr per år", "extra cost, SEK a year"),
                    "trips_per_year": Text("resor per år", "trips a year"),
                    "tonnes_per_year": Text("ton per år", "tonnes a year"),
                },
                units={"margin": "@unit", "saved_sek_per_year": "", "extra_sek_per_year": "", "tonnes_per_year": ""},
                digits={"tonnes_per_year": 0},
                few=None,
            ),
            Table(
                "place_limits",
                Text("Tätaste gräns av varje slag", "Tightest limit of each kind"),
                limits[["transport", "limit", "limit_value", "need_value", "margin", "unit", "verdict", "basis"]],
                labels={"transport": Text("transport", "transport")},
                units=dict.fromkeys(("limit_value", "need_value", "margin"), "@unit"),
            ),
        ),
    )


def _when(value: float, matters: bool) -> Text:
    """A sum of money where there is one to tell; it may be not known."""
    return Text(number_text(value, "sv", digits=0), number_text(value, "en", digits=0)) if matters else same("")
