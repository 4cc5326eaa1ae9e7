"""Commands on a study: run, compare, appraise, sweep, serve."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

import geoplan as gp
from geoplan.cli.options import Format, Language, Out, Shape, language
from geoplan.cli.show import fail, print_table, progress_bar, write_table
from geoplan.maps.labels import column_text


def run(
    study: Annotated[
        str, typer.Argument(help="study.toml, its folder, or the name of an embedded study such as ludvika.")
    ],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder for the results; maps/NAME when left out.")
    ] = None,
    lang: Language = None,
    pdf: Annotated[
        bool, typer.Option("--pdf", help="Also print the start page to report.pdf (needs Chromium).")
    ] = False,
    pptx: Annotated[bool, typer.Option("--pptx", help="Also write report.pptx with the figures as slides.")] = False,
) -> None:
    """Run a whole study: maps, tables and a start page in one folder."""
    opened = gp.read_study(study)
    folder = out or Path("maps") / opened.config.study.id
    results = gp.run_study(
        opened, out=folder, lang=language(lang), progress=sys.stderr.isatty(), version=gp.__version__, slides=pptx
    )
    if pdf:
        gp.write_pdf(results.folder / "index.html", results.folder / "report.pdf")
    typer.echo(f"{results.folder / 'index.html'}")


def init(folder: Annotated[Path, typer.Argument(help="Folder to make.")]) -> None:
    """Make a new study from the commented template."""
    typer.echo(gp.init_study(folder))


def bottlenecks(
    place: Annotated[str, typer.Argument(help="Study.")], out: Out = None, form: Shape = Format.table
) -> None:
    """The register of bottlenecks of a study."""
    table = gp.study_bottlenecks(gp.read_study(place))
    if out is not None:
        write_table(table, out)
    else:
        print_table(table, form, title="bottlenecks")


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
        write_table(table, out)
    else:
        print_table(table, form, title=f"{base} | {variant}")


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
        write_table(items, out)
        return
    if form is not Format.table:
        print_table(items, form)
        return
    figures = ["cost_msek", "investment_msek", "benefits_msek", "maintenance_msek", "nnv_msek", "nnv_low_msek"]
    figures += ["nnv_high_msek", "nnk", "nnk_idu", "largest_cost_msek", "share_not_priced", "share_unverified"]
    side_by_side = gp.worth_table(worth).set_index("scenario")[figures].T
    side_by_side.insert(0, "figure", [column_text(name, "en", unit=True) for name in figures])
    print_table(side_by_side, form, title="what the measures are worth")
    print_table(items[["scenario", "item", "group", "amount", "unit", "present_value_msek"]], form, title="by item")


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
        with progress_bar() as tell:
            table = gp.sweep_study(study, what, **asked, cluster=cluster, folder=out, workers=workers, on_done=tell)
    except KeyboardInterrupt:
        kept = "nothing was kept" if out is None else f"finished parts are kept in {out}; run again to go on"
        fail(f"stopped; {kept}", 130)
    if out is not None:
        write_table(table, out / f"{what}.csv")
    else:
        print_table(table, form, title=what)


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
        lang=language(lang),
        open_page=open_page,
        version=gp.__version__,
        on_ready=lambda address: typer.echo(f"{address}  (Ctrl+C stops)"),
    )
