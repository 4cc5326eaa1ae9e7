"""Commands on a heavy load: plan, fixes, envelope."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

import geoplan as gp
from geoplan.cli.options import (
    Format,
    Height,
    Language,
    Length,
    Out,
    Permits,
    Place,
    PointA,
    PointB,
    Shape,
    Vehicles,
    Weight,
    Width,
    choice,
    language,
)
from geoplan.cli.places import language_of, open_network
from geoplan.cli.show import print_table, write_table
from geoplan.errors import NoRouteError


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
    vehicle: Vehicles = None,
    permit: Permits = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Write the plan as a map (.html) or its margins as a table (.csv, .xlsx)."),
    ] = None,
    form: Shape = Format.table,
    lang: Language = None,
) -> None:
    """Plan a heavy transport over road, rail and sea: legs, margins, permits, or why not."""
    network = open_network(place, "road,rail")
    load = gp.Load("load", weight_t=weight, length_m=length, width_m=width, height_m=height)
    found = gp.plan_transport(
        network,
        origin,
        destination,
        load,
        vehicles=vehicle or None,
        permits=_permits(permit),
        unknown=choice("--unknown", unknown, ("pass", "block", "by_rule")),
    )
    if out is not None and out.suffix == ".html":
        gp.save_map(gp.map_plan(network, found, lang=language(lang) or language_of(place)), out, standalone=True)
    elif out is not None:
        write_table(found.margins, out)
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
            print_table(table if form is not Format.table else table[columns], form, title=title)
    if not found.feasible:
        raise NoRouteError(f"no way for this load from {origin} to {destination}", found.why)


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
    vehicle: Vehicles = None,
    permit: Permits = None,
    out: Out = None,
    form: Shape = Format.table,
) -> None:
    """The cheapest set of structures to change so that a load gets through, and the runners-up."""
    network = open_network(place, "road,rail")
    load = gp.Load("load", weight_t=weight, length_m=length, width_m=width, height_m=height)
    fleet, may = vehicle or None, _permits(permit)
    if fewest:
        found = gp.fewest_fixes(network, origin, destination, load, vehicles=fleet, permits=may)
    else:
        found = gp.cheapest_fixes(
            network, origin, destination, load, vehicles=fleet, permits=may, assumed_cost_msek=assumed_cost
        )
    if found.feasible:  # else it is the fault that ends the command
        sys.stderr.write(f"{found.reason}\n")
    if out is not None:
        write_table(found.changes, out)
    elif len(found.changes) or (len(found.sets) and form is not Format.table):  # an open way needs no table
        print_table(found.sets, form, title="sets, the best first")
        print_table(found.changes, form, title="what each changes")
    if not found.feasible:
        raise NoRouteError(found.reason)


def envelope(
    place: Place,
    origin: PointA,
    ports: Annotated[list[str], typer.Argument(help="Ports of which any will do.")],
    width: Annotated[float, typer.Option("--width", help="Width of the load, metres.")] = 4.0,
    length: Annotated[float, typer.Option("--length", help="Length of the load, metres.")] = 10.5,
    unknown: Annotated[
        str, typer.Option("--unknown", help="What a limit not known counts as: pass, block, by_rule.")
    ] = "pass",
    vehicle: Vehicles = None,
    permit: Permits = None,
    out: Out = None,
    form: Shape = Format.table,
) -> None:
    """The largest loads that get out: weight against height, by mode, with what binds each corner."""
    table = gp.export_envelope(
        open_network(place, "road,rail"),
        origin,
        ports,
        widths_m=(width,),
        length_m=length,
        vehicles=vehicle or None,
        permits=_permits(permit),
        unknown=choice("--unknown", unknown, ("pass", "block", "by_rule")),
    )
    if out is not None:
        write_table(table, out)
    else:
        columns = [c for c in ("mode", "height_m", "weight_t", "weight_limit", "weight_name", "port") if c in table]
        print_table(table if form is not Format.table else table[columns], form, title=f"loads {width:g} m wide")


def _permits(further: list[str] | None) -> tuple[str, ...]:
    """The usual exemptions and those that were named."""
    return tuple(dict.fromkeys([*gp.USUAL_PERMITS, *(further or ())]))
