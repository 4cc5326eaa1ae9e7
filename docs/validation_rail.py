"""Write docs/validation_rail.md: railway capacity and slots against hand calculation and published statements.

    python docs/validation_rail.py

A test runs the same functions and compares the page, so that it stays true. Nothing here is tuned: what comes out
differently from what is published says so.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd

from geoplan.io.timetable import Timetable
from geoplan.network.network import Network
from geoplan.rail.answers import answer_ore_trains, answer_slots, ore_trains_needed, with_ore
from geoplan.rail.capacity import rail_capacity, worst_by_stretch
from geoplan.rail.changes import answer_closure, answer_scenarios
from geoplan.rail.check import find_conflicts
from geoplan.rail.compress import alternation_bound, consumption_pct, occupancy
from geoplan.rail.generate import make_timetable
from geoplan.rail.layout import Layout, rail_layout
from geoplan.rail.measures import value_measures
from geoplan.rail.questions import KnownServices, RailQuestions, known_services, read_questions
from geoplan.rail.rules import Rules, capacity_class
from geoplan.rail.traffic import ends_of
from geoplan.rail.train import train
from geoplan.study import Study, read_study

PAGE = Path(__file__).with_name("validation_rail.md")
FIRST, LAST = dt.date(2025, 12, 15), dt.date(2026, 12, 13)  # the 52 weeks of the timetable year 2026

HEAD = """# Railway: capacity, slots and the study's answers

Written by `docs/validation_rail.py`; a test keeps it true. Trains, rules and questions: `geoplan/rail/data/`,
`geoplan/rail/rules.py`, `data/ludvika/rail.toml`; each assumed number is marked there.

**What the answers rest on.** No timetable of the area could be read, so trains stand in a **made-up timetable**
(seeded, labelled) of trains a day; freight numbers on Bergslagsbanan and Godsstråket are **assumed**. Whether stations
have loops is mostly memory, loop lengths are not known (630 m assumed), block signals are not known (one block a
single-track section assumed), grades are not known (level). Tracks at junctions are assumed. Absolute shares are
therefore rough; the order of the stretches and the differences between cases are what to read.
"""


def write_page(study: Study) -> str:
    """The page as text."""
    questions = read_questions(study.folder / "rail.toml")
    services = known_services(study.timetable, questions)
    keep = [*ends_of(services.trains), *_stops_of(questions)]
    layout = rail_layout(study.network, services.stations, keep=keep)
    made = make_timetable(layout, services, first_day=FIRST, last_day=LAST)
    parts = [
        HEAD,
        _by_hand(),
        _search(layout, made),
        _published(),
        _bottlenecks(study.network, layout, services, questions, keep),
        _transformer(layout, made, questions),
        _ore(layout, services, questions),
        _scenarios(study, services, questions),
        _measures(layout, services, questions),
        _closure(study.network, services, questions),
        WEAK,
    ]
    return "\n".join(parts)


def _stops_of(questions: RailQuestions) -> list[str]:
    routes = (*questions.transformer_routes, *questions.ore_routes)
    return sorted(
        {*(s for r in routes for s in r.stops), *(s for stops in questions.stretches.values() for s in stops)}
    )


def heads_of(text: str) -> dict[str, str]:
    """Columns of a table and their titles, one `column = title` a line."""
    pairs = (line.split(" = ") for line in text.strip().splitlines())
    return {name.strip(): title.strip() for name, title in pairs}


def table(rows: pd.DataFrame, heads: dict[str, str], digits: dict[str, int] | None = None) -> str:
    """A Markdown table of some columns."""
    lines = ["| " + " | ".join(heads.values()) + " |", "|" + "---|" * len(heads)]
    for row in rows.to_dict("records"):
        cells = []
        for name in heads:
            value = row[name]
            if isinstance(value, float | np.floating):
                text = "not known" if np.isnan(value) else f"{value:,.{(digits or {}).get(name, 0)}f}"
            else:
                text = str(value) if value not in (None, "") else "–"
            cells.append(text)
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _by_hand() -> str:
    rules = Rules(meet_s=120, release_s=120, track_s=60)

    def taken(rows: list[tuple[float, float, bool]], tracks: int, blocks: int) -> float:
        enter, leave, forward = (np.array(column) for column in zip(*rows, strict=True))
        return occupancy(enter * 60.0, leave * 60.0, forward, tracks=tracks, blocks=blocks, rules=rules) / 60

    alternate = [(0, 10, True), (30, 40, False)]
    pairs = [(0, 10, True), (12, 22, True), (30, 40, False), (42, 52, False)]
    mixed = [(0, 10, True), (15, 20, True), (30, 40, True), (45, 50, True)]
    sorted_out = [(0, 10, True), (10, 20, True), (30, 35, True), (45, 50, True)]
    rows = [
        (
            "one train each way an hour, 10 min, 2 min to set the section round",
            "2 x (10 + 2) = 24 min",
            taken(alternate, 1, 1),
        ),
        ("two up then two down, one block", "4 x 12 = 48 min", taken(pairs, 1, 1)),
        ("the same, two blocks: followers after 5 + 2 min", "7 + 12 + 7 + 12 = 38 min", taken(pairs, 1, 2)),
        ("double track, 5 blocks, slow 10 and fast 5 min in turn", "8 + 3 + 8 + 3 = 22 min", taken(mixed, 2, 5)),
        ("the same, slow and fast bundled", "4 + 8 + 3 + 3 = 18 min", taken(sorted_out, 2, 5)),
    ]
    text = "## UIC 406 and single track by hand\n\nRelease 2 min, meeting 2 min. Occupancy of an hour.\n\n"
    text += table(
        pd.DataFrame(rows, columns=["case", "hand", "minutes"]),
        {"case": "case", "hand": "by hand", "minutes": "geoplan, min"},
    )
    bound = alternation_bound(600, 600, 120, period_s=3600)
    text += (
        f"\nPure alternation 2 S / (t_ab + t_ba + 2 t_x) = 7200 / 1440 = {bound:g} trains an hour. An occupancy of "
        f"45 min is {consumption_pct(2700, 3600):.0f} %, with the additional time rate of 1/3 "
        f"{consumption_pct(2700, 3600, additional_time_rate=1 / 3):.0f} %: the same as the limit of 75 %.\n"
    )
    return text


def _search(layout: Layout, made: Timetable) -> str:
    conflicts = find_conflicts(layout, made)
    return f"""## Slots against trying everything

`tests/rail/test_slots_exhaustive.py`: 1,040 random small lines (1-4 sections, one or two tracks, blocks, loops too
short for some trains, up to 7 other trains and works on random days of 1-3 weeks, stops that must and must not be,
sections where the train must be alone). Every departure minute is tried with every stop and every waiting time by code
that knows no intervals: **0 differences**, in what is free every week and in the earliest arrival; and 0 differences in
the fewest exceptions (40 lines, by both methods). Every slot tested passes the independent checker
(`geoplan/rail/check.py`), which shares no code with the planners. The made-up timetable of this page
({len(made.trains)} trains a day, 52 weeks) has **{len(conflicts)} conflicts** by the same checker. Times:
`python benchmarks/bench_rail.py`.
"""


def _published() -> str:
    need = ore_trains_needed([2.5e6, 6e6], ["ore_22t"])
    eight = ore_trains_needed([8 * 365 * 1700.0], ["ore_22t"]).iloc[0]
    low, high = need["trains_per_day"]
    rows = [
        (
            "2.5-6 Mt a year need 4-10 trains a day (ÅVS norra Västmanland)",
            f"{low:.2f} and {high:.2f} trains of 1,700 t net: {round(low)}-{round(high)}",
        ),
        (
            '8 loaded trains a day are 16 movements (the source says "dubbelturer")',
            f"{eight['movements_per_day']:.0f} movements",
        ),
        ("one every third hour per direction", f"one every {eight['every_h']:.0f} h"),
        (
            "classes up to 60, 61-80, 81-100 % (Trafikverket)",
            ", ".join(f"{v} %: {capacity_class(v)}" for v in (60, 61, 80, 81)),
        ),
    ]
    heads = {"said": "published", "found": "geoplan"}
    return "## Published statements\n\n" + table(pd.DataFrame(rows, columns=["said", "found"]), heads)


def rank_stretches(
    network: Network, layout: Layout, services: KnownServices, questions: RailQuestions, keep: list[str]
) -> pd.DataFrame:
    """The fullest section of each stretch today and with 6 ore trains a day each way, worst first."""
    ore = with_ore(services, questions.ore_routes[1], 6, there=questions.ore_train, back=questions.ore_train_back)
    today, then = (
        worst_by_stretch(rail_capacity(network, mix, keep=keep), layout, questions.stretches) for mix in (services, ore)
    )
    merged = today.merge(then[["stretch", "day_pct", "peak_pct", "peak_class"]], on="stretch", suffixes=("", "_ore"))
    merged = merged.sort_values("peak_pct_ore", ascending=False, kind="stable")
    merged.insert(0, "rank", range(1, len(merged) + 1))
    return merged


def bottleneck_ranks(study: Study) -> dict[str, int]:
    """Rank of each stretch by its name."""
    questions = read_questions(study.folder / "rail.toml")
    services = known_services(study.timetable, questions)
    keep = [*ends_of(services.trains), *_stops_of(questions)]
    layout = rail_layout(study.network, services.stations, keep=keep)
    return rank_stretches(study.network, layout, services, questions, keep).set_index("stretch")["rank"].to_dict()


def _bottlenecks(
    network: Network, layout: Layout, services: KnownServices, questions: RailQuestions, keep: list[str]
) -> str:
    merged = rank_stretches(network, layout, services, questions, keep)
    heads = heads_of(
        """
        rank = rank
        stretch = stretch
        section = fullest section
        trains = trains today
        day_pct = day %
        low_pct = if all unknown loops exist
        high_pct = if none
        peak_pct = busiest 2 h %
        peak_pct_ore = with 6 ore trains, 2 h %
        peak_class_ore = class then
        """
    )
    rank = merged.set_index("stretch")["rank"]
    text = (
        "## Known bottlenecks in the estimate\n\nFullest section of each stretch, by services (no timetable), sorted "
        "by the busiest two hours with 6 ore trains a day each way from Grängesberg to Oxelösund.\n\n"
    )
    text += table(merged, heads)
    text += f"""
Named by Trafikverket and others: **Ställdalen–Frövi** with 6 ore trains (DT-RAIL) is rank
{rank["Ställdalen–Frövi"]} of {len(merged)}; **Falun–Borlänge** (T332) rank {rank["Falun–Borlänge"]}; **south of
Hallsberg** (Hallsberg–Degerön, 2015) rank {rank["Hallsberg–Degerön"]}. **Ställdalen–Kil** stands so high because its
six new passing loops of 2014-17 are known to exist but not where: with all of them it would be as in the column "if
all unknown loops exist".

Assumed for this table: {_assumed(services)}. Trains in the busiest two hours: 15 % of a day's passenger and 10 % of its
freight trains. A meeting costs 2 min and half the run of the opposing train. Published shares of these sections could
not be found; Falun–Borlänge is said to be at the limit, which these numbers of trains do not show.
"""
    return text


def _assumed(services: KnownServices) -> str:
    rows = services.trains[services.trains["source"] == "ASSUMED"]
    filled = services.trains[
        (services.trains["assumed"] == "trains_per_day") & (services.trains["source"] != "ASSUMED")
    ]
    words = [
        f"{row['trains_per_day']:.0f} {row['train_type']} {row['from_node']}–{row['to_node']}"
        for row in [*rows.to_dict("records"), *filled.to_dict("records")]
    ]
    return "trains a day each way " + ", ".join(words)


def _transformer(layout: Layout, made: Timetable, questions: RailQuestions) -> str:
    rows = answer_slots(
        layout, made, train(questions.transformer_train), questions.transformer_origin, questions.transformer_routes,
        weekdays=questions.transformer_weekdays, window=questions.transformer_window,
    )  # fmt: skip
    heads = heads_of(
        """
        port = port
        route = by
        length_km = km
        run_h = run h
        slots = free departures of 2,880
        weekday = best
        depart = depart
        arrive = arrive
        wait_min = waits min
        weeks_ok = weeks
        over_limits = above the line's limits
        unknown_limits = limits not known
        """
    )
    text = (
        "## The weekly transformer train\n\nLocomotive and Q73, 107 m, 30 km/h, from the works in Ludvika, Saturday or "
        "Sunday, the same minute in all 52 weeks, beside the made-up timetable. Times above 24 are the next day.\n\n"
    )
    text += table(rows, heads, {"run_h": 1})
    return text + (
        "\nThere is a time on every route; there is **no route without a special permit**: 25 t axles exceed the "
        "22.5 t of class D2 everywhere on Bergslagsbanan and Bergslagspendeln, and a laden Q73 weighs 11.7 t a metre.\n"
    )


def _ore(layout: Layout, services: KnownServices, questions: RailQuestions) -> str:
    rows = answer_ore_trains(
        layout,
        services,
        questions.ore_routes,
        questions.ore_counts,
        there=questions.ore_train,
        back=questions.ore_train_back,
    )
    rows["placed_of"] = [
        f"{placed} of {moves}" for placed, moves in zip(rows["placed"], rows["movements"], strict=True)
    ]
    heads = heads_of(
        """
        route = route
        trains = trains each way
        section = fullest section
        before_pct = day % without
        day_pct = day %
        peak_pct = busiest 2 h %
        peak_class = class
        sections_high = sections above 80 %
        placed_of = placed free of conflict
        mean_h = mean journey h
        """
    )
    text = "## Ore trains\n\n" + table(rows, heads, {"mean_h": 1})
    limits = rows.groupby("route", sort=False)["over_limits"].first()
    for route, words in limits.items():
        text += f"\n{route}: {words}."
    return text + (
        "\n\nWith waits at loops nearly all find a time free of conflict in the made-up timetable; the column of the "
        "busiest two hours says where that leaves no room for a late train.\n"
    )


def _scenarios(study: Study, services: KnownServices, questions: RailQuestions) -> str:
    network = study.network
    by_id = {scenario.id: scenario for scenario in study.scenarios}
    heavier, _ = by_id["axle_25t"].apply(network, None)
    edges = network.edges.copy()
    pendel = edges["way_id"].astype(str).str.startswith("rail_bp_")
    edges.loc[pendel, "speed_kmh"] = 120.0
    faster = network.replace(edges=edges)
    ore = with_ore(services, questions.ore_routes[0], 8, there=questions.ore_train, back=questions.ore_train_back)
    names = ("Ludvika–Fagersta", "Fagersta–Kolbäck", "Ställdalen–Frövi")
    stretches = {name: questions.stretches[name] for name in names}
    special = {
        "special": train("transformer"),
        "special_stops": (questions.transformer_origin, *questions.transformer_routes[0].stops),
    }
    rows = answer_scenarios(
        {"today": network, "25 t Ludvika–Frövi": heavier, "Bergslagspendeln at 120 km/h (assumed)": faster},
        ore,
        stretches,
        **special,
    )
    stations = services.stations.copy()
    stations.loc[stations["node_id"] == "brattheden", "has_loop"] = "no"
    without = KnownServices(ore.trains, stations)
    no_loop = answer_scenarios({"without the Brattheden loop": network}, without, stretches, **special)
    base = rows[rows["scenario"] == "today"].set_index("stretch")["day_pct"]
    no_loop["change_pct"] = no_loop["day_pct"] - no_loop["stretch"].map(base)
    rows = pd.concat([rows, no_loop], ignore_index=True)
    heads = heads_of(
        """
        scenario = scenario
        stretch = stretch
        section = fullest section
        day_pct = day %
        change_pct = change
        extra_trains_80 = further trains until 80 %
        over_axle_load = sections with too low axle load, transformer to Norrköping
        over_metre_load = too low metre load
        """
    )
    need = ore_trains_needed([6e6], ["ore_22t", "ore_25t"])["trains_per_day"]
    return (
        "## Scenarios\n\nWith 8 ore trains a day each way by Fagersta to Gävle.\n\n"
        + table(rows, heads, {"day_pct": 1, "change_pct": 1})
        + f"\n25 t does not change the share of time; it changes the trains: 6 Mt a year are {need.iloc[0]:.1f} trains "
        f"a day of 22.5 t axles and {need.iloc[1]:.1f} of 25 t axles.\n"
    )


def _measures(layout: Layout, services: KnownServices, questions: RailQuestions) -> str:
    ore = with_ore(services, questions.ore_routes[1], 8, there=questions.ore_train, back=questions.ore_train_back)
    rows = value_measures(layout, ore, questions.measures, period="peak_2h")
    heads = heads_of(
        """
        kind = measure
        name = where
        before_pct = busiest 2 h % before
        after_pct = after
        class_before = class before
        class_after = after
        gain_trains = further trains in the 2 h until 80 %
        """
    )
    return "## Measures Ställdalen–Frövi\n\nWith 8 ore trains a day each way to Oxelösund.\n\n" + table(rows, heads)


def _closure(network: Network, services: KnownServices, questions: RailQuestions) -> str:
    trains, sections = answer_closure(network, services, questions.closed_structure, days=questions.closed_days)
    moved = trains[trains["answer"] != "as before"]
    heads = heads_of(
        """
        service_id = service
        trains = trains in the month
        length_km = km
        detour_km = km round
        added_min = min added
        train_hours = train hours
        answer = answer
        """
    )
    text = f"## The Grängesberg bridge closed for {questions.closed_days} days\n\n" + table(moved, heads)
    text += "\nSections that fill most by the trains led round:\n\n"
    filled = sections.assign(more=sections["after_pct"].fillna(0.0) - sections["before_pct"].fillna(0.0)).nlargest(
        5, "more"
    )
    return text + table(
        filled,
        {
            "name": "section",
            "before_pct": "day % before",
            "after_pct": "day % with the bridge closed",
            "class_after": "class",
        },
    )


WEAK = """## What is weaker than it looks

* Sections are compressed one by one; waits that follow from meets at the next loop are in the estimate (half a
  run), not in the compression. A share from compression is therefore a lower bound on single track.
* Station tracks are counted, not modelled one by one: any track may be used from any side, and conflicts in
  station throats are not seen. Trains of four-track sections are treated as on two tracks.
* A train that reverses at a station gets no time for it. Passing speed through loops is line speed.
* The way of a train is the quickest at line speed through the places named; the two tracks
  Grängesberg–Ställdalen are two separate single tracks, and all trains take the Hörken track.
* Running times of passenger services are stretched to the published total; their stops are not known one by
  one.
"""


def main() -> None:
    PAGE.write_text(write_page(read_study("ludvika")), encoding="utf-8")


if __name__ == "__main__":
    main()
