"""The command line: the same verbs as the library, files in and files out.

Data go to a file or to stdout, progress and messages to stderr. Exit code 0 is done, 1 no answer (no route, not
converged), 2 bad input.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

import geoplan as gp
from geoplan.errors import DataError, GeoplanError, NoRouteError
from geoplan.io.files import atomic_path
from geoplan.maps.labels import column_text, value_text

app = typer.Typer(
    name="geoplan",
    help="Infrastructure planning on road, rail and sea networks.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

NO_ANSWER, BAD_INPUT = 1, 2


class Lang(StrEnum):
    sv = "sv"
    en = "en"


class Format(StrEnum):
    table = "table"
    csv = "csv"
    json = "json"


Place = Annotated[str, typer.Argument(help="Study (name, folder or study.toml) or network file (.osm.pbf, .gpkg ...).")]
PointA = Annotated[str, typer.Argument(help="Start: node id, name, or lon,lat.")]
PointB = Annotated[str, typer.Argument(help="End: node id, name, or lon,lat.")]
Out = Annotated[Path | None, typer.Option("--out", "-o", help="Write here instead of to the screen.")]
Shape = Annotated[Format, typer.Option("--format", help="How to print tables.")]
Language = Annotated[
    Lang | None, typer.Option("--lang", help="Language of maps and reports; the study's own when left out.")
]
Modes = Annotated[str, typer.Option("--modes", help="Modes to load, parted by commas.")]
Weight = Annotated[float, typer.Option("--weight", help="Weight of the load, tonnes.")]
Length = Annotated[float, typer.Option("--length", help="Length of the load, metres.")]
Width = Annotated[float, typer.Option("--width", help="Width of the load, metres.")]
Height = Annotated[float, typer.Option("--height", help="Height of the load, metres.")]


def main() -> None:
    """Run the command line; known faults become one line and an exit code."""
    try:
        app()
    except NoRouteError as fault:
        _fail(fault, NO_ANSWER)
    except GeoplanError as fault:
        _fail(fault, BAD_INPUT)
    except PermissionError as fault:
        _fail(f"{fault.filename}: {fault.strerror}; choose a place that you may write", BAD_INPUT)
    except KeyboardInterrupt:
        _fail("stopped; nothing was changed", 130)
    except BrokenPipeError:
        sys.exit(0)


def _fail(message: object, code: int) -> None:
    text = " ".join(str(message).split())
    sys.stderr.write(f"geoplan: {text}\n")
    sys.exit(code)


@app.callback(invoke_without_command=True)
def _options(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Show the version and stop.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Tell each step on stderr.")] = False,
) -> None:
    if version:
        typer.echo(f"geoplan {gp.__version__}")
        raise typer.Exit
    logging.basicConfig(level=logging.INFO if verbose else logging.WARNING, stream=sys.stderr, format="%(message)s")


@app.command()
def run(
    study: Annotated[
        str, typer.Argument(help="study.toml, its folder, or the name of an embedded study such as ludvika.")
    ],
    out: Out = None,
    lang: Language = None,
    pdf: Annotated[
        bool, typer.Option("--pdf", help="Also print the start page to report.pdf (needs Chromium).")
    ] = False,
    pptx: Annotated[bool, typer.Option("--pptx", help="Also write report.pptx with the figures as slides.")] = False,
) -> None:
    """Run a whole study: maps, tables and a start page in one folder (maps/NAME unless --out says otherwise)."""
    opened = gp.read_study(study)
    folder = out or Path("maps") / opened.config.study.id
    results = gp.run_study(
        opened, out=folder, lang=_lang(lang), progress=sys.stderr.isatty(), version=gp.__version__, slides=pptx
    )
    if pdf:
        gp.write_pdf(results.folder / "index.html", results.folder / "report.pdf")
    typer.echo(f"{results.folder / 'index.html'}")


@app.command()
def init(folder: Annotated[Path, typer.Argument(help="Folder to make.")]) -> None:
    """Make a new study from the commented template."""
    typer.echo(gp.init_study(folder))


@app.command()
def check(
    place: Place,
    html: Annotated[Path | None, typer.Option("--html", help="Write the report as a page.")] = None,
    modes: Modes = "road,rail",
    lang: Language = None,
    form: Shape = Format.table,
) -> None:
    """Data quality on one page: counts, islands, gaps, what is known, unknown and assumed, every unusable value."""
    report = gp.check_network(_network(place, modes))
    if html is not None:
        command = f"geoplan check {Path(place).name}"
        gp.write_quality_page(report, html, lang=_lang(lang) or "en", version=gp.__version__, command=command)
        typer.echo(str(html))
        return
    table = gp.quality_table(report, lang=_lang(lang) or "en")
    if form is not Format.table:
        _print_table(table, form)
        return
    for title, rows in table.groupby("section", sort=False):
        _print_table(rows[["item", "value", "mark"]], form, title=str(title), most=len(rows))


@app.command()
def fetch(
    place: Annotated[str, typer.Argument(help="Place name, such as 'Ludvika kommun'.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="GeoPackage to write.")],
    modes: Modes = "road,rail",
) -> None:
    """Fetch a place from OpenStreetMap (needs a connection; answers are cached) and write it as a network."""
    network = gp.fetch_osm(place, modes=_split(modes))
    gp.write_network(network, out)
    typer.echo(str(out))


@app.command()
def route(
    place: Place,
    origin: PointA,
    destination: PointB,
    vehicle: Annotated[str | None, typer.Option("--vehicle", help="Vehicle of the catalogue, such as bk4_74t.")] = None,
    cost: Annotated[str, typer.Option("--cost", help="time_s or length_m.")] = "time_s",
    modes: Annotated[str | None, typer.Option("--modes", help="Modes that may be used, parted by commas.")] = None,
    unknown: Annotated[
        str, typer.Option("--unknown", help="What a limit not known counts as: pass, block, by_rule.")
    ] = "pass",
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Write the edges (.csv, .geojson, .gpkg) or a map (.html)."),
    ] = None,
    form: Shape = Format.table,
    lang: Language = None,
) -> None:
    """The cheapest route between two points, or what stands in its way."""
    network = _network(place, modes or "road,rail")
    found = gp.route(
        network,
        origin,
        destination,
        vehicle=gp.vehicle(vehicle) if vehicle else None,
        cost=_choice("--cost", cost, ("time_s", "length_m")),
        unknown=_choice("--unknown", unknown, ("pass", "block", "by_rule")),
        modes=_split(modes) if modes else None,
    )
    if out is not None and out.suffix == ".html":
        gp.save_map(
            gp.map_route(network, found, lang=_lang(lang) or "en"),
            out,
            standalone=True,
        )
    elif out is not None:
        _write_edges(found.edges, out)
    if form is Format.json:
        facts = {
            "length_m": found.length_m,
            "time_s": found.time_s,
            "modes": list(found.modes),
            "edges": list(map(str, found.edges.index)),
        }
        typer.echo(json.dumps(facts, ensure_ascii=False))
        return
    edges = found.edges[["ref", "name", "mode", "length_m", "speed_kmh"]]
    steps = _steps(edges)
    _print_table(
        steps,
        form,
        title=f"{found.length_m / 1000:.1f} km, {found.time_s / 60:.0f} min by {' and '.join(found.modes)}",
    )


@app.command()
def plan(
    place: Place,
    origin: PointA,
    destination: PointB,
    weight: Weight,
    length: Length,
    width: Width,
    height: Height,
    unknown: Annotated[
        str, typer.Option("--unknown", help="What a limit not known counts as: pass, block, by_rule.")
    ] = "pass",
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Write the plan as a map (.html) or its margins as a table (.csv, .xlsx)."),
    ] = None,
    form: Shape = Format.table,
    lang: Language = None,
) -> None:
    """Plan a heavy transport over road, rail and sea: legs, margins, permits, or why not."""
    network = _network(place, "road,rail")
    load = gp.Load("load", weight_t=weight, length_m=length, width_m=width, height_m=height)
    found = gp.plan_transport(
        network,
        origin,
        destination,
        load,
        unknown=_choice("--unknown", unknown, ("pass", "block", "by_rule")),
    )
    if out is not None and out.suffix == ".html":
        gp.save_map(gp.map_plan(network, found, lang=_lang(lang) or "en"), out, standalone=True)
    elif out is not None:
        _write_table(found.margins, out)
    if form is Format.table:
        typer.echo(found.reason)
    for title, table, columns in (
        ("legs", found.legs, ["leg", "mode", "vehicle", "from_name", "to_name", "length_m", "time_h", "cost_sek"]),
        ("permits and conditions", found.permits, ["mode", "requirement", "source"]),
        (
            "what stops the other ways",
            found.why,
            ["mode", "vehicle", "name", "limit", "limit_value", "need_value", "unit"],
        ),
    ):
        if len(table):
            _print_table(table if form is not Format.table else table[columns], form, title=title)
    if not found.feasible:
        raise NoRouteError(f"no way for this load from {origin} to {destination}", found.why)


@app.command()
def fixes(
    place: Place,
    origin: PointA,
    destination: PointB,
    weight: Weight,
    length: Length,
    width: Width,
    height: Height,
    fewest: Annotated[bool, typer.Option("--fewest", help="The fewest structures, whatever each costs.")] = False,
    assumed_cost: Annotated[
        float | None,
        typer.Option("--assumed-cost", help="MSEK for a structure that states no cost; marked as assumed."),
    ] = None,
    out: Out = None,
    form: Shape = Format.table,
) -> None:
    """The cheapest set of structures to change so that a load gets through, and the runners-up."""
    network = _network(place, "road,rail")
    load = gp.Load("load", weight_t=weight, length_m=length, width_m=width, height_m=height)
    if fewest:
        found = gp.fewest_fixes(network, origin, destination, load)
    else:
        found = gp.cheapest_fixes(network, origin, destination, load, assumed_cost_msek=assumed_cost)
    sys.stderr.write(f"{found.reason}\n")
    if out is not None:
        _write_table(found.changes, out)
    elif len(found.sets):
        _print_table(found.sets, form, title="sets, the best first")
        _print_table(found.changes, form, title="what each changes")
    if not found.feasible:
        raise NoRouteError(found.reason)


@app.command()
def envelope(
    place: Place,
    origin: PointA,
    ports: Annotated[list[str], typer.Argument(help="Ports of which any will do.")],
    width: Annotated[float, typer.Option("--width", help="Width of the load, metres.")] = 4.0,
    length: Annotated[float, typer.Option("--length", help="Length of the load, metres.")] = 10.5,
    unknown: Annotated[
        str, typer.Option("--unknown", help="What a limit not known counts as: pass, block, by_rule.")
    ] = "pass",
    out: Out = None,
    form: Shape = Format.table,
) -> None:
    """The largest loads that get out: weight against height, by mode, with what binds each corner."""
    table = gp.export_envelope(
        _network(place, "road,rail"),
        origin,
        ports,
        widths_m=(width,),
        length_m=length,
        unknown=_choice("--unknown", unknown, ("pass", "block", "by_rule")),
    )
    if out is not None:
        _write_table(table, out)
    else:
        columns = [c for c in ("mode", "height_m", "weight_t", "weight_limit", "weight_name", "port") if c in table]
        _print_table(table if form is not Format.table else table[columns], form, title=f"loads {width:g} m wide")


@app.command()
def assign(
    place: Annotated[str, typer.Argument(help="Study, or the network file of a TNTP pair.")],
    trips: Annotated[Path | None, typer.Option("--trips", help="Trip table of the TNTP pair.")] = None,
    gap: Annotated[float, typer.Option("--gap", help="Relative gap to reach.")] = 1e-6,
    out: Out = None,
    form: Shape = Format.table,
) -> None:
    """Assign trips to the network in user equilibrium; says how exact the result is."""
    if trips is not None:
        network, demand = gp.read_tntp(place, trips)
    else:
        study = gp.read_study(place)
        if study.demand is None:
            raise DataError(f"{place}: the study has no zones; add [demand] to study.toml")
        network, demand = study.network, study.demand
    result = gp.assign(network, demand, gap=gap)
    for name, value in dict(result.evaluation).items():
        sys.stderr.write(f"{name}: {value}\n")
    flows = result.flows.reset_index()
    if out is not None:
        _write_table(flows, out)
    else:
        _print_table(flows, form, title="flows")
    if not result.converged:
        _fail(f"not converged: relative gap {result.evaluation['relative_gap']:.2e}, asked {gap:g}", NO_ANSWER)


@app.command()
def bottlenecks(
    place: Annotated[str, typer.Argument(help="Study.")], out: Out = None, form: Shape = Format.table
) -> None:
    """The register of bottlenecks of a study."""
    table = gp.study_bottlenecks(gp.read_study(place))
    if out is not None:
        _write_table(table, out)
    else:
        _print_table(table, form, title="bottlenecks")


TimetableFile = Annotated[
    Path | None,
    typer.Option("--timetable", help="Timetable: .csv, .xlsx, railML 3 or GTFS; the study's services when left out."),
]
FirstDay = Annotated[str | None, typer.Option("--from", help="First day, such as 2026-01-01.")]
LastDay = Annotated[str | None, typer.Option("--to", help="Last day.")]
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@app.command()
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
        _rail_place(place),
        train,
        [origin, *(via or []), destination],
        timetable=timetable,
        first_day=_day("--from", first),
        last_day=_day("--to", last),
        weekdays=[_weekday(name) for name in days.split(",")],
        window=_window(window),
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
        _write_table(table, out)
    elif form is Format.table:
        typer.echo(plan.slots.attrs["route"])
        _print_table(table[[*columns, "stops"]].head(most), form, title=f"slots ({len(table)})")
    else:
        _print_table(table, form)
    if not (plan.slots["weeks_ok"] == plan.slots["n_weeks"]).any():
        _print_reasons(plan.why)
        sys.exit(NO_ANSWER)


@app.command()
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
    wanted = _choice("--period", period, ("day", "peak_2h"))
    table = gp.capacity_of(
        _rail_place(place),
        timetable=timetable,
        first_day=_day("--from", first),
        last_day=_day("--to", last),
        extra=extra,
    )
    if out is not None:
        _write_table(table, out)
        return
    if form is not Format.table:
        _print_table(table, form)
        return
    known = gp.worst_sections(table, period=wanted, top=most)
    columns = ["name", "trains", "consumption_pct", "capacity_class", "extra_trains_60", "extra_trains_80"]
    _print_table(known[[*columns, "extra_trains_100", "basis"]], form, title=f"fullest sections, {wanted}")
    unknown = int(table[table["period"] == wanted]["consumption_pct"].isna().sum())
    if unknown:
        sys.stderr.write(f"{unknown} sections whose traffic is not known are left out; --format csv shows them\n")


@app.command()
def compare(
    place: Annotated[str, typer.Argument(help="Study.")],
    base: Annotated[str, typer.Argument(help="Scenario id.")],
    variant: Annotated[str, typer.Argument(help="Scenario id.")],
    out: Out = None,
    form: Shape = Format.table,
) -> None:
    """Headline figures of two scenarios side by side."""
    table = gp.compare_scenarios(gp.read_study(place), base, variant)
    if out is not None:
        _write_table(table, out)
    else:
        _print_table(table, form, title=f"{base} | {variant}")


@app.command()
def appraise(
    place: Annotated[str, typer.Argument(help="Study.")],
    scenario: Annotated[str | None, typer.Option("--scenario", help="Only this measure; all when left out.")] = None,
    values: Annotated[
        str | None, typer.Option("--values", help="asek4 ... asek8 or a CSV file; those of the study when left out.")
    ] = None,
    out: Out = None,
    form: Shape = Format.table,
) -> None:
    """What the measures of a study are worth: net present value by item, how sure it is, what has no price."""
    worth = gp.appraise_study(gp.read_study(place), scenario=scenario, values=values)
    for key, one in worth.items():
        for note in one.values.attrs["notes"]:
            sys.stderr.write(f"{key}: {note.en}\n")
        told = {"without a price": "not_priced", "values that nobody read at their source": "unverified"}
        for words, what in told.items():
            if one.values.attrs[what]:
                sys.stderr.write(f"{key}: {words}: {', '.join(one.values.attrs[what])}\n")
    items = gp.item_table(worth).drop(columns="basis_sv")
    if out is not None:
        _write_table(items, out)
        return
    if form is not Format.table:
        _print_table(items, form)
        return
    figures = ["cost_msek", "investment_msek", "benefits_msek", "maintenance_msek", "nnv_msek", "nnv_low_msek"]
    figures += ["nnv_high_msek", "nnk", "nnk_idu", "largest_cost_msek", "share_not_priced", "share_unverified"]
    side_by_side = gp.worth_table(worth).set_index("scenario")[figures].T
    side_by_side.insert(0, "figure", [column_text(name, "en", unit=True) for name in figures])
    _print_table(side_by_side, form, title="what the measures are worth")
    _print_table(items[["scenario", "item", "group", "amount", "unit", "present_value_msek"]], form, title="by item")


@app.command("sweep")
def sweep_command(
    place: Annotated[str, typer.Argument(help="Study.")],
    what: Annotated[str, typer.Option("--what", help="closures, plans or assignments.")],
    scenario: Annotated[
        list[str] | None, typer.Option("--scenario", help="Only this scenario; may stand more than once.")
    ] = None,
    year: Annotated[
        list[int] | None, typer.Option("--year", help="Demand year; may stand more than once. Those of the study else.")
    ] = None,
    growth: Annotated[
        float | None, typer.Option("--growth", help="Growth of the demand, per cent a year; as the study says else.")
    ] = None,
    cluster: Annotated[
        str | None, typer.Option("--cluster", help="local, or a Dask scheduler (tcp://host:port); threads else.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option("--workers", help="Threads or processes; as many as cores else.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder: the table, and the parts that the next run takes up.")
    ] = None,
    form: Shape = Format.table,
) -> None:
    """Closures, plans or flows for scenarios and years, on threads or a cluster; goes on where it was stopped."""
    study = gp.read_study(place)
    asked: dict[str, Any] = {"scenarios": scenario or None, "years": year or (), "growth_pct": growth}
    try:
        with _bar() as tell:
            table = gp.sweep_study(study, what, **asked, cluster=cluster, folder=out, workers=workers, on_done=tell)
    except KeyboardInterrupt:
        kept = "nothing was kept" if out is None else f"finished parts are kept in {out}; run again to go on"
        _fail(f"stopped; {kept}", 130)
    if out is not None:
        _write_table(table, out / f"{what}.csv")
    else:
        _print_table(table, form, title=what)


@app.command("map")
def draw_map(
    place: Place,
    out: Annotated[Path, typer.Option("--out", "-o", help="Page to write.")],
    modes: Modes = "road,rail",
    lang: Language = None,
) -> None:
    """Draw a network as a page that opens from disk without a connection."""
    gp.save_map(gp.map_network(_network(place, modes), lang=_lang(lang) or "en"), out, standalone=True)
    typer.echo(str(out))


@app.command()
def serve(
    study: Annotated[str, typer.Argument(help="Study: study.toml, its folder or the name of an embedded one.")],
    host: Annotated[
        str, typer.Option("--host", help="Address to listen on; 0.0.0.0 lets others in your network in.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port; 0 takes a free one.")] = 8050,
    open_page: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
    lang: Language = None,
) -> None:
    """Live page for workshops: drag the load, pick vehicle, scenario, closed structures and day, and see the answer."""
    gp.serve_study(
        study,
        host=host,
        port=port,
        lang=_lang(lang),
        open_page=open_page,
        version=gp.__version__,
        on_ready=lambda address: typer.echo(f"{address}  (Ctrl+C stops)"),
    )


@contextmanager
def _bar() -> Iterator[Callable[[int, int, str], None] | None]:
    """Progress of a sweep on stderr; None, which leaves it to the log, when that is no terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total, key: bar.update(task, completed=done, total=total, description=key)


def _rail_place(place: str) -> Any:
    """A study where there is one, otherwise the network of a file."""
    path = Path(place)
    is_file = path.suffix not in ("", ".toml") or (path.is_dir() and not (path / "study.toml").exists())
    return _network(place, "rail") if is_file else gp.read_study(place)


def _day(option: str, text: str | None) -> Any:
    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise DataError(f"{option} {text!r} is no day; write such as 2026-01-31") from None


def _weekday(name: str) -> int:
    return WEEKDAYS.index(_choice("--days", name.strip().lower()[:3], WEEKDAYS))


def _window(text: str) -> tuple[str, str]:
    low, dash, high = text.partition("-")
    if not dash:
        raise DataError(f"--window {text!r} is no window; write such as 20:00-28:00")
    return low.strip(), high.strip()


def _print_reasons(why: Any) -> None:
    """What stands in the way, on stderr, so that a table on stdout stays one."""
    for reason in why["reason"] if len(why) else []:
        sys.stderr.write(f"{reason}\n")


def _network(place: str, modes: str) -> Any:
    """The network of a study or of a file."""
    path = Path(place)
    if path.suffix == ".toml" or (path.is_dir() and (path / "study.toml").exists()):
        return gp.read_study(place).network
    if not path.suffix and not path.is_file() and not (path.is_dir() and any(path.glob("*.csv"))):
        return gp.read_study(place).network
    return gp.read_any_network(place, modes=_split(modes))


def _split(text: str) -> tuple[str, ...]:
    modes = tuple(part.strip() for part in text.split(",") if part.strip())
    wrong = [mode for mode in modes if mode not in ("road", "rail", "sea")]
    if wrong or not modes:
        raise DataError(f"--modes {text!r}: use road, rail, sea, parted by commas")
    return modes


def _choice(option: str, value: str, allowed: tuple[str, ...]) -> Any:
    if value not in allowed:
        raise DataError(f"{option} {value!r} is not known; use one of {', '.join(allowed)}")
    return value


def _lang(lang: Lang | None) -> Any:
    return None if lang is None else lang.value


def _steps(edges: Any) -> Any:
    """Edges of a route drawn together while number, name and mode stay the same."""
    keys = edges[["ref", "name", "mode"]]
    group = (keys != keys.shift()).any(axis=1).cumsum()
    rules = {"ref": "first", "name": "first", "mode": "first", "length_m": "sum", "speed_kmh": "max"}
    return edges.groupby(group.to_numpy(), sort=False).agg(rules)


def _print_table(table: Any, form: Format, *, title: str = "", most: int = 60) -> None:
    """A table on stdout: columns for people, CSV or JSON for programs."""
    if form is Format.csv:
        typer.echo(table.to_csv(index=False), nl=False)
        return
    if form is Format.json:
        typer.echo(table.to_json(orient="records", force_ascii=False))
        return
    from rich.console import Console
    from rich.table import Table

    shown = table.head(most)
    drawn = Table(title=title, title_justify="left", show_edge=False)
    for name in shown.columns:
        number = shown[name].dtype.kind in "fiu"
        drawn.add_column(
            column_text(str(name), "en", unit=True), justify="right" if number else "left", overflow="fold"
        )
    for row in shown.itertuples(index=False):
        drawn.add_row(*(_cell(name, value) for name, value in zip(shown.columns, row, strict=True)))
    console = Console()
    console.print(drawn)
    if len(table) > most:
        console.print(f"... {len(table) - most} more rows; write them all with --out or --format csv")


def _cell(column: str, value: Any) -> str:
    if isinstance(value, float):
        if value != value:
            return "?"
        return f"{value:,.0f}".replace(",", " ") if abs(value) >= 1000 else f"{value:.4g}"
    return value_text(str(column), value, "en")


def _write_table(table: Any, out: Path) -> None:
    writers: dict[str, Callable[[Path], Any]] = {
        ".csv": lambda path: table.to_csv(path, index=False),
        ".json": lambda path: table.to_json(path, orient="records", force_ascii=False),
        ".xlsx": lambda path: table.to_excel(path, index=False),
    }
    if out.suffix not in writers:
        raise DataError(f"{out}: cannot write {out.suffix or 'a file without an ending'}; use {', '.join(writers)}")
    with atomic_path(out) as path:
        writers[out.suffix](path)
    typer.echo(str(out))


def _write_edges(edges: Any, out: Path) -> None:
    drivers = {".geojson": "GeoJSON", ".gpkg": "GPKG"}
    if out.suffix not in drivers:
        _write_table(edges.drop(columns=edges.geometry.name).reset_index(), out)
        return
    with atomic_path(out) as path:
        shown = edges.to_crs(4326) if out.suffix == ".geojson" else edges
        shown.to_file(path, driver=drivers[out.suffix])
    typer.echo(str(out))


if __name__ == "__main__":
    main()
