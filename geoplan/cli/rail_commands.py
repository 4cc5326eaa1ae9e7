"""Commands on the railway: slots, capacity."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

import geoplan as gp
from geoplan.cli.options import (
    NO_ANSWER,
    FirstDay,
    Format,
    LastDay,
    Out,
    Place,
    PointA,
    PointB,
    Shape,
    TimetableFile,
    choice,
    clock_window,
    day,
    weekday,
)
from geoplan.cli.places import open_rail
from geoplan.cli.show import print_reasons, print_table, write_table


def slots(
    place: Place,
    origin: PointA,
    destination: PointB,
    via: Annotated[
        list[str] | None, typer.Option("--via", help="Place on the way; may be given several times.")
    ] = None,
    timetable: TimetableFile = None,
    first: FirstDay = None,
    last: LastDay = None,
    train: Annotated[str, typer.Option("--train", help="Train of the catalogue.")] = "transformer",
    days: Annotated[str, typer.Option("--days", help="Days of departure: mon ... sun, parted by commas.")] = "sat,sun",
    window: Annotated[str, typer.Option("--window", help="Clock times of departure; 22:00-29:00 is a night.")] = (
        "0:00-24:00"
    ),
    max_journey: Annotated[
        float, typer.Option("--max-journey", help="Hours from the end of the window to the arrival.")
    ] = 24.0,
    alone: Annotated[
        list[str] | None,
        typer.Option("--alone", help="Stretch without any other train meanwhile, such as Ludvika/Grängesberg."),
    ] = None,
    no_stop: Annotated[list[str] | None, typer.Option("--no-stop", help="Place where it may not stand.")] = None,
    min_weeks: Annotated[
        int | None, typer.Option("--min-weeks", help="Also departures that fit in so many weeks.")
    ] = None,
    most: Annotated[int, typer.Option("--most", help="Departures shown on the screen.")] = 20,
    out: Out = None,
    form: Shape = Format.table,
) -> None:
    """A time for a special train: the same weekday and minute in every week, waits at loops, or why there is none."""
    plan = gp.study_slots(
        open_rail(place),
        train,
        [origin, *(via or []), destination],
        timetable=timetable,
        first_day=day("--from", first),
        last_day=day("--to", last),
        weekdays=[weekday(name) for name in days.split(",")],
        window=clock_window(window),
        alone=[text.split("/") for text in alone or []],
        no_stop=no_stop or [],
        min_weeks=min_weeks,
        max_journey_h=max_journey,
    )
    if plan.made_up:
        sys.stderr.write("the timetable holds made-up trains: this shows whether there is room, not when it goes\n")
    columns = ["weekday", "depart", "arrive", "weeks_ok", "n_weeks", "wait_min", "run_min", "slack_min"]
    table = plan.slots[[*columns, "buffer_min", "stops", "conflicts"]]
    if out is not None:
        write_table(table, out)
    elif form is Format.table:
        typer.echo(plan.slots.attrs["route"])
        print_table(table[[*columns, "stops"]].head(most), form, title=f"slots ({len(table)})")
    else:
        print_table(table, form)
    if not (plan.slots["weeks_ok"] == plan.slots["n_weeks"]).any():
        print_reasons(plan.why)
        sys.exit(NO_ANSWER)


def capacity(
    place: Place,
    timetable: TimetableFile = None,
    first: FirstDay = None,
    last: LastDay = None,
    period: Annotated[str, typer.Option("--period", help="day or peak_2h.")] = "day",
    extra: Annotated[str, typer.Option("--extra", help="Kind of the further trains.")] = "freight_1200",
    most: Annotated[int, typer.Option("--most", help="Sections shown on the screen.")] = 20,
    out: Out = None,
    form: Shape = Format.table,
) -> None:
    """How full each railway section is, in Trafikverket's classes, and how many more trains fit to 60, 80 and 100 %."""
    wanted = choice("--period", period, ("day", "peak_2h"))
    table = gp.capacity_of(
        open_rail(place),
        timetable=timetable,
        first_day=day("--from", first),
        last_day=day("--to", last),
        extra=extra,
    )
    if out is not None:
        write_table(table, out)
        return
    if form is not Format.table:
        print_table(table, form)
        return
    known = gp.worst_sections(table, period=wanted, top=most)
    columns = ["name", "trains", "consumption_pct", "capacity_class", "extra_trains_60", "extra_trains_80"]
    print_table(known[[*columns, "extra_trains_100", "basis"]], form, title=f"fullest sections, {wanted}")
    unknown = int(table[table["period"] == wanted]["consumption_pct"].isna().sum())
    if unknown:
        sys.stderr.write(f"{unknown} sections whose traffic is not known are left out; --format csv shows them\n")
