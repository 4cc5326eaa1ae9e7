"""Write docs/validation_heavy_haul.md: heavy transports that took place, and what geoplan answers.

    python docs/validation_heavy_haul.py

A test runs the same functions and compares the page, so that it stays true. Nothing here is tuned: a case that comes
out differently says so, and why.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from geoplan.heavy_haul.plan import Plan, plan_transport
from geoplan.network.network import Network
from geoplan.study import read_study
from geoplan.vehicles.catalogue import vehicle
from geoplan.vehicles.load import Load
from geoplan.vehicles.permits import find_permits
from geoplan.vehicles.rules import USUAL_PERMITS

PAGE = Path(__file__).with_name("validation_heavy_haul.md")
WORKS = "Hitachi Energy Ludvika"
AXLES = (*USUAL_PERMITS, "rail_axle_load")

HEAD = """# Heavy transports that took place, and what geoplan answers

Written by `docs/validation_heavy_haul.py`; a test keeps it true. Cases and numbers: see `data/ludvika/loads.csv` and
`data/ludvika/sources.csv`. Sizes that no source states are assumed and marked *. Generic rules give every answer; no
case has one of its own.

Whatever is not known passes here (`unknown="pass"`), so that every plan says "unknown" until clearances, bearing
capacity and gauges are measured. Costs are assumed rates (`geoplan/heavy_haul/costs.csv`) and only order the choices.
"""


@dataclass(frozen=True)
class Case:
    """A transport as it happened, and the questions put to geoplan."""

    name: str
    happened: str
    load: Load
    destination: str
    why_not_equal: str
    permits: tuple[str, ...] = USUAL_PERMITS
    vehicles: tuple[str, ...] | None = None


CASES = (
    Case(
        "Export transformer, 320 t*",
        "by rail to Norrköping port, at weekends, feeding of the contact wire off (T277)",
        Load("320 t", 320, 10.5, 4.0, 4.6),
        "Norrköping port",
        "Equal.",
    ),
    Case(
        "A: Q73 at 730 t gross, without leave for 25 t axles",
        "needs 25 t axle load where the line allowed 22 t; dispensation needed (T277, 2009)",
        Load("400 t", 400, 10.5, 4.0, 4.6),
        "Norrköping port",
        "Equal: refused for the axle load. Today's line is 22.5 t where the motion says 22 t.",
        vehicles=("q73",),
    ),
    Case(
        "A: the same with leave for 25 t axles",
        "by rail as special transport",
        Load("400 t", 400, 10.5, 4.0, 4.6),
        "Norrköping port",
        "Equal. 400 t on 30 axles is 24.3 t an axle, under the 25 t that special transport may reach.",
        permits=AXLES,
        vehicles=("q73",),
    ),
    Case(
        "B: Rio Madeira, nearly 400 t",
        "rail to Oxelösund port, ship (BRIC, 2012)",
        Load("400 t", 400, 10.5, 4.0, 4.6),
        "Oxelösund port",
        "Equal with leave for 25 t axles. Norrköping's crane (350 t, 2014) stops such a load there, which fits the "
        "choice of Oxelösund.",
        permits=AXLES,
    ),
    Case(
        "E: Tovåsen, 390 t, 5.5 m high",
        "too high for rail; road to Köping, barge to Iggesund, road to Tovåsen (ELLEVIO, TRV-TOV, 2022)",
        Load("390 t", 390, 10.5, 4.0, 5.5),
        "Iggesund port",
        "Equal as far as the network reaches (Iggesund). Rail is refused by the contact wire (5.50 m, less 0.10 m of "
        "air); if 5.5 m was the height of the convoy and not of the load, the load stood 5.35 m high and is refused "
        "as well.",
    ),
    Case(
        "G: Högdalen, 5 m high, 200 t*",
        "rail to Norrköping, barge to Hammarbyhamnen, road; loads taken off and on at bridges (MITTI)",
        Load("200 t", 200, 10.0, 4.0, 5.0),
        "Högdalen substation",
        "Differs: geoplan stays on rail to the transfer pad at Rotebro and crosses Stockholm by road, because no free "
        "height on those roads is in the data and the unknown passes. The chain that was used is dearer here by the "
        "two extra handlings.",
    ),
)


def answer(network: Network, case: Case) -> Plan:
    """geoplan's plan for a case."""
    return plan_transport(network, WORKS, case.destination, case.load, permits=case.permits, vehicles=case.vehicles)


def chain_text(plan: Plan) -> str:
    """Legs in words, such as `road to Köping port (girder_32, 111 km, 44 h)`."""
    legs = plan.legs[plan.legs["mode"] != "transfer"]
    words = [
        f"{leg.mode} to {leg.to_name} ({leg.vehicle}, {leg.length_m / 1000:.0f} km, {leg.time_h:.0f} h)"
        for leg in legs.itertuples()
    ]
    return "; ".join(words) or "refused"


def refusal_text(plan: Plan) -> str:
    """What stops the modes that are refused."""
    rows = plan.why[plan.why["limit"] != "connection"].drop_duplicates(["mode", "limit"])
    return "; ".join(f"{row.mode}: {row.reason}" for row in rows.itertuples()) or "-"


def permit_text(plan: Plan) -> str:
    return ", ".join(dict.fromkeys(plan.permits["kind"])) if len(plan.permits) else "-"


@dataclass(frozen=True)
class Equipment:
    """A load on a vehicle, against the published measures of the convoy."""

    name: str
    vehicle: str
    load: Load
    published: str
    remark: str


EQUIPMENT = (
    Equipment(
        "E Tovåsen", "girder_32", Load("t", 390, 10.5, 4.0, 5.35),
        "750 t, 106 m, 5.5 m wide, 5.5 m high, 256 wheels; 23.4 t a line with all weight on the lines",
        "Tare and length are taken from this case. The line load is lower because the tractors (120 t*) stand on axles "
        "of their own.",
    ),
    Equipment(
        "Örebro", "modular_16", Load("t", 320, 10.0, 3.6, 4.2), "320 t, 37 m long, 3.6 m wide",
        "16 lines follow from the length; gross weight was not published.",
    ),
    Equipment(
        "Bredäng", "modular_14", Load("t", 152, 8.0, 3.5, 4.3), "152 t, 212 t gross, 5.50 m high, 14 axles, about 30 m",
        "Tare, lines and length are taken from this case; 1.2 m of deck leaves 4.3 m* for the load.",
    ),
    Equipment(
        "Messaure, by road", "modular_14", Load("t", 230, 9.0, 3.5, 4.0), "230 t on 14 axles, 112 wheels",
        "Equal: 14 lines of 8 wheels; the heaviest load shown on them is the pay-load.",
    ),
    Equipment(
        "Messaure, by rail", "rail_low_16", Load("t", 230, 9.0, 3.5, 4.0), "230 t on a rail low-loader wagon",
        "The wagon is not named; 16 axles are what 22.5 t a wheelset asks for.",
    ),
    Equipment(
        "Lidköping", "modular_14", Load("t", 104, 7.0, 3.3, 4.0), "104 t each, convoys of 160 and 170 t",
        "Inside the published range, with a trailer taken from another case.",
    ),
    Equipment(
        "Northern Sweden", "modular_14", Load("t", 162, 8.096, 3.871, 4.808), "162 t, 8.096 x 3.871 x 4.808 m",
        "Higher than the free height that is safe without a sign (4.5 m): the driver has to know the whole road.",
    ),
    Equipment(
        "Barkeryd", "modular_14", Load("t", 205, 5.5, 3.7, 4.0), "205 t, 5.5 x 3.7 x 4.0 m",
        "Fits; the chain of modes was not published.",
    ),
    Equipment(
        "Markbygden", "girder_32", Load("t", 370, 10.0, 4.0, 4.5),
        "more than 370 t, 148 wheels, two tractors and a pusher",
        "Other equipment: 148 wheels are fewer lines than any trailer of the catalogue for this weight.",
    ),
)  # fmt: skip


def case_rows(network: Network) -> list[str]:
    rows = []
    for case in CASES:
        plan = answer(network, case)
        rows.append(
            f"| {case.name} | {case.happened} | {chain_text(plan)} | {refusal_text(plan)} | {permit_text(plan)} "
            f"| {case.why_not_equal} |"
        )
    return rows


def equipment_rows() -> list[str]:
    rows = []
    for one in EQUIPMENT:
        laden = vehicle(one.vehicle).carrying(one.load)
        wheels = sum(g.count * g.tyres for g in laden.axle_groups if g.load_share > 0)
        kinds = ", ".join(dict.fromkeys(find_permits(laden)["kind"])) or "-"
        rows.append(
            f"| {one.name} | {one.published} | {one.vehicle}: {laden.gross_weight_t:.0f} t, {laden.length_m:.0f} m, "
            f"{laden.width_m:.2f} m wide, {laden.height_m:.2f} m high, {wheels} wheels, "
            f"{laden.axle_load_t:.1f} t a line or axle | {kinds} | {one.remark} |"
        )
    return rows


def page(network: Network) -> str:
    """The whole page."""
    lines = [
        HEAD,
        "## From Ludvika",
        "",
        "| case | as it happened | geoplan | refused, and why | permits | difference |",
        "|---|---|---|---|---|---|",
        *case_rows(network),
        "",
        "## Equipment",
        "",
        "Cases elsewhere whose ends are not in the network: what a vehicle of the catalogue weighs and measures then.",
        "",
        "| case | published | geoplan | permits by size | remark |",
        "|---|---|---|---|---|",
        *equipment_rows(),
        "",
        "## Three roads lowered by 0.40 m",
        "",
        "The places between Iggesund and Tovåsen are not known, so that the case stands in",
        "`tests/heavy_haul/test_fixes.py` on a network of its own: seven bridges 0.40 m too low, three on the short",
        "way and four on the way round. `cheapest_fixes` and `fewest_fixes` name the three, each to be lowered by 0.40",
        "m, and give the four as the runner-up.",
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    PAGE.write_text(page(read_study("ludvika").network), encoding="utf-8")


if __name__ == "__main__":
    main()
