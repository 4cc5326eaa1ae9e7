"""The tables of a study as data, as in `network.schema`: the readers and data/README.md rest on it.

Positions are lon, lat in degrees; a way is one row for both directions. Columns that the network's schema has
keep their name and unit.
"""

from __future__ import annotations

from geoplan.network.schema import CONFIDENCES, EDGES, NODES, STRUCTURES, Column

NAN = float("nan")


def _text(name: str, meaning: str, *, required: bool = False, choices: tuple[str, ...] = ()) -> Column:
    return Column(name, "text", meaning, "", required, choices=choices)


def _id(name: str, meaning: str) -> Column:
    return Column(name, "id", meaning, None, True)


def _number(name: str, meaning: str, *, required: bool = False, low: float | None = 0.0) -> Column:
    return Column(name, "float", meaning, NAN, required, low)


def _from(table: tuple[Column, ...], *names: str) -> tuple[Column, ...]:
    """Columns of the network's schema, as they are."""
    known = {column.name: column for column in table}
    return tuple(known[name] for name in names)


_MARKS = "H official, M press or hobby reference, L memory or estimate, D derived"
ORIGIN = (
    _text("source", "keys of the table of sources, parted by ;"),
    _text("year", "year the values hold for, or in which they were read when the source names none"),
    _text("confidence", _MARKS, choices=CONFIDENCES),
    _text("note", "anything a planner must know"),
)
_LON_LAT = (
    _number("lon", "longitude in degrees", required=True, low=None),
    _number("lat", "latitude in degrees", required=True, low=None),
)
_ASSUMED = _from(EDGES, "assumed")
_NAME_SV = _text("name_sv", "name in Swedish where it differs from `name`")
_LINE_SV = _text("line_sv", "`line` in Swedish where it differs")

NODE_COLUMNS = (
    _id("node_id", "id of the node"),
    *_from(NODES, "name"),
    _NAME_SV,
    *_from(NODES, "kind"),
    *_LON_LAT,
    *_from(NODES, "crane_capacity_t", "turn_room_m", "municipality_code"),
    _number("accuracy_m", "likely error of the position"),
    *ORIGIN,
)

# What may be set on a way of any mode. Lanes and traffic are counted for both directions together.
WAY_COLUMNS = (
    _id("way_id", "id of the way; its directions become {way_id}:f and {way_id}:b"),
    _id("from_node", "node the way starts in"),
    _id("to_node", "node the way ends in"),
    *_from(EDGES, "name"),
    _NAME_SV,
    *_from(EDGES, "ref", "road_class", "line"),
    _LINE_SV,
    _number("length_m", "official length; the drawn length when empty"),
    *_from(EDGES, "speed_kmh"),
    Column("lanes_both", "float", "lanes, both directions together (2+1 road: 3)", NAN, low=0.0, low_open=True),
    *_from(EDGES, "width_m", "tracks", "electrified", "bk_class", "line_category", "loading_gauge"),
    *_from(EDGES, "max_height_m", "max_width_m", "max_length_m", "max_weight_t"),
    *_from(EDGES, "max_axle_load_t", "max_metre_load_tpm", "capacity_vph", "free_time_s", "fixed_delay_s"),
    *_from(EDGES, "alternating", "one_lane_m"),
    _number("grade_pct", "rise from from_node to to_node", low=None),
    _number("aadt_both", "vehicles an average day, both directions together"),
    *_from(EDGES, "heavy_share_pct"),
    _text("oneway", "yes: from from_node to to_node only", choices=("", "yes", "no")),
    *_from(EDGES, "status"),
    *_ASSUMED,
    *ORIGIN,
    _text("geometry", "WKT LINESTRING of lon lat from from_node to to_node; straight when empty"),
)
STRUCTURE_COLUMNS = (
    _id("structure_id", "id of the structure"),
    *_from(STRUCTURES, "name"),
    _NAME_SV,
    *_from(STRUCTURES, "kind"),
    *_LON_LAT,
    _text("carries", "ways that run on or through it, parted by ;"),
    _text("over", "ways it stands over, parted by ;"),
    _text("at_node", "terminal whose hand-over it is (crane, quay)"),
    *_from(STRUCTURES, "clearance_height_m", "clearance_width_m", "max_height_m", "max_width_m", "max_length_m"),
    *_from(STRUCTURES, "max_weight_t", "max_axle_load_t", "max_metre_load_tpm", "max_load_t", "proven_load_t"),
    *_from(STRUCTURES, "span_m", "spans", "fix_cost_msek", "fix_note"),
    _text("fix_note_sv", "`fix_note` in Swedish"),
    *ORIGIN,
)

ZONE_COLUMNS = (
    _id("zone_id", "id of the zone"),
    _text("name", "name of the place"),
    _NAME_SV,
    _text("municipality_code", "four digits, leading zero kept"),
    *_LON_LAT,
    _number("population", "residents"),
    _number("employed_residents", "residents who have a job, wherever it is"),
    _text("employed_basis", "measured, derived or assumed", choices=("", "measured", "derived", "assumed")),
    _number("jobs", "jobs in the zone, whoever holds them"),
    _text("jobs_basis", "measured, derived or assumed", choices=("", "measured", "derived", "assumed")),
    _number("intrazonal_min", "time of a commute within the zone; half the way to the nearest zone when all are empty"),
    _number("share_women", "share, 0 to 1, of women among those who travel to work from the zone"),
    _text("node_id", "road node where its trips enter the network, by id or name; the nearest one when empty"),
    _text("station_id", "station within reach; empty when there is none"),
    *ORIGIN,
)

MUNICIPALITY_COLUMNS = (
    _id("municipality_code", "four digits, leading zero kept"),
    _text("municipality", "name"),
    _number("net_commuting", "commuters into the municipality less those out of it", low=None),
    _number("commuters_per_non_commuter", "commuters over the border, in and out, for each who works at home"),
    _number("outside_share", "share of these commuters whose other end lies outside all zones; 0 when empty"),
    *ORIGIN,
)

OBSERVED_COLUMNS = (
    _id("origin", "zone where they live"),
    _id("destination", "zone where they work"),
    _number("commuters", "commuters counted; empty is not known", required=False),
    *ORIGIN,
)

TRAIN_COLUMNS = (
    _id("service_id", "id of the service"),
    _text("line", "line or name of the service"),
    _LINE_SV,
    _text("train_type", "kind of train", choices=("", "passenger", "freight", "ore", "special")),
    _id("from_node", "node the train starts in, by id or name"),
    _id("to_node", "node the train ends in, by id or name"),
    _number("trains_per_day", "trains an average day in each direction"),
    _number("run_min", "minutes from end to end"),
    _text("scenario", "runs only in the scenario of that id; empty runs today"),
    *_ASSUMED,
    *ORIGIN,
)

STATION_COLUMNS = (
    _id("line", "line the row belongs to; a station stands once for each of its lines"),
    _id("station", "name of the place"),
    _text("node_id", "node of the network, by id or name; empty when it is none"),
    _number("km", "position along the line", low=None),
    _text("has_loop", "trains can meet there: yes, no or empty (not known)", choices=("", "yes", "no")),
    _number("loop_length_m", "longest train that fits into the loop"),
    *_ASSUMED,
    *ORIGIN,
)

LOAD_COLUMNS = (
    _id("load_id", "id of the load"),
    _text("name", "what it is called in tables and maps"),
    _NAME_SV,
    _text("use", "study: planned by transports of the study; reference: a transport that took place",
          choices=("", "study", "reference")),
    _number("weight_t", "weight of the piece as it travels, without vehicle"),
    _number("length_m", "length of the piece"),
    _number("width_m", "width of the piece"),
    _number("height_m", "height of the piece"),
    _number("gross_t", "vehicle or convoy with the load"),
    _number("axle_load_t", "axle load that was needed"),
    _number("axles", "axles or axle lines of the vehicle"),
    _number("convoy_length_m", "length of the loaded vehicle or convoy"),
    _number("convoy_width_m", "width of the loaded vehicle"),
    _number("convoy_height_m", "height of the loaded vehicle"),
    _number("speed_kmh", "speed of the transport"),
    _text("from_place", "where it started, in words"),
    _text("from_node", "the same as a node; empty when it lies outside the network"),
    _text("to_place", "where it went, in words"),
    _text("to_node", "the same as a node (the last one in the network)"),
    _text("via_node", "node where it changed mode"),
    _text("modes", "chain of modes, parted by ;"),
    _text("refused_mode", "mode that could not be used"),
    _text("reason", "what stopped that mode or way"),
    _text("equipment", "vehicles used"),
    _text("outcome", "what happened"),
    *_ASSUMED,
    *ORIGIN,
)  # fmt: skip

SERVICE_COLUMNS = (
    _id("zone_id", "zone where it is"),
    _id("kind", "hospital, upper_secondary, university ..."),
    _text("name", "what it is called"),
    *ORIGIN,
)

GROWTH_COLUMNS = (
    _id("scenario", "id of the growth scenario; one row a place where jobs come"),
    _text("name_sv", "its name in Swedish"),
    _text("name_en", "its name in English"),
    _id("zone_id", "zone where the direct jobs come"),
    _number("direct_jobs", "new jobs in that place", required=True),
    _number("local_supply_share", "share of the jobs they cause that come to the area", required=True),
    _number("local_living_share", "share of those who take the new jobs who live in the area", required=True),
    *ORIGIN,
)

SOURCE_COLUMNS = (
    _id("key", "what the column `source` of the other tables names"),
    _text("title", "publisher and title"),
    _text("title_sv", "`title` in Swedish where it differs"),
    _text("url", "address"),
    _text("year", "year of the page, or in which it was read"),
    _text("licence", "licence of the data, or `facts cited` where only numbers were taken"),
    _text("confidence", "as in the other tables", choices=CONFIDENCES),
)
