"""Commands on a network: check, fetch, route, assign, map."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

import geoplan as gp
from geoplan.cli.options import (
    NO_ANSWER,
    Format,
    Language,
    Modes,
    Out,
    Place,
    PointA,
    PointB,
    Shape,
    choice,
    language,
    split_modes,
)
from geoplan.cli.places import language_of, open_network
from geoplan.cli.show import fail, print_table, write_edges, write_table
from geoplan.errors import DataError


def check(
    place: Place,
    html: Annotated[Path | None, typer.Option("--html", help="Write the report as a page.")] = None,
    modes: Modes = "road,rail",
    lang: Language = None,
    form: Shape = Format.table,
) -> None:
    """Data quality on one page: counts, islands, gaps, what is known, unknown and assumed, every unusable value."""
    report = gp.check_network(open_network(place, modes))
    spoken = language(lang) or language_of(place)
    if html is not None:
        command = f"geoplan check {Path(place).name}"
        gp.write_quality_page(report, html, lang=spoken, version=gp.__version__, command=command)
        typer.echo(str(html))
        return
    table = gp.quality_table(report, lang=spoken)
    if form is not Format.table:
        print_table(table, form)
        return
    for title, rows in table.groupby("section", sort=False):
        print_table(rows[["item", "value", "mark"]], form, title=str(title), most=len(rows))


def fetch(
    place: Annotated[str, typer.Argument(help="Place name, such as 'Ludvika kommun'.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="GeoPackage to write.")],
    modes: Modes = "road,rail",
) -> None:
    """Fetch a place from OpenStreetMap (needs a connection; answers are cached) and write it as a network."""
    network = gp.fetch_osm(place, modes=split_modes(modes))
    gp.write_network(network, out)
    typer.echo(str(out))


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
    network = open_network(place, modes or "road,rail")
    found = gp.route(
        network,
        origin,
        destination,
        vehicle=gp.vehicle(vehicle) if vehicle else None,
        cost=choice("--cost", cost, ("time_s", "length_m")),
        unknown=choice("--unknown", unknown, ("pass", "block", "by_rule")),
        modes=split_modes(modes) if modes else None,
    )
    if out is not None and out.suffix == ".html":
        gp.save_map(
            gp.map_route(network, found, lang=language(lang) or language_of(place)),
            out,
            standalone=True,
        )
    elif out is not None:
        write_edges(found.edges, out)
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
    print_table(
        steps,
        form,
        title=f"{found.length_m / 1000:.1f} km, {found.time_s / 60:.0f} min by {' and '.join(found.modes)}",
    )


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
        write_table(flows, out)
    else:
        print_table(flows, form, title="flows")
    if not result.converged:
        fail(f"not converged: relative gap {result.evaluation['relative_gap']:.2e}, asked {gap:g}", NO_ANSWER)


def draw_map(
    place: Place,
    out: Annotated[Path, typer.Option("--out", "-o", help="Page to write.")],
    modes: Modes = "road,rail",
    lang: Language = None,
) -> None:
    """Draw a network as a page that opens from disk without a connection."""
    drawn = gp.map_network(open_network(place, modes), lang=language(lang) or language_of(place))
    gp.save_map(drawn, out, standalone=True)
    typer.echo(str(out))


def _steps(edges: Any) -> Any:
    """Edges of a route drawn together while number, name and mode stay the same."""
    keys = edges[["ref", "name", "mode"]]
    group = (keys != keys.shift()).any(axis=1).cumsum()
    rules = {"ref": "first", "name": "first", "mode": "first", "length_m": "sum", "speed_kmh": "max"}
    return edges.groupby(group.to_numpy(), sort=False).agg(rules)
