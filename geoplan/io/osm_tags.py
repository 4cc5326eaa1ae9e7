"""Keys and values of OpenStreetMap as tables: what is read, what it means, and which value a country implies.

Meanings are those of the OpenStreetMap wiki (pages Key:maxheight, Key:maxweight, Key:highway, Key:railway,
Conditional restrictions); see the page of the key's name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from geoplan.io.osm_values import Kind

ROAD_CLASSES = frozenset(
    [
        "motorway",
        "motorway_link",
        "trunk",
        "trunk_link",
        "primary",
        "primary_link",
        "secondary",
        "secondary_link",
        "tertiary",
        "tertiary_link",
        "unclassified",
        "residential",
        "living_street",
        "service",
        "track",
        "road",
        "busway",
    ]
)
RAIL_CLASSES = frozenset(["rail", "light_rail", "narrow_gauge", "preserved"])
# A way that is not there yet, or no longer: kept in the network as not passable.
LIFECYCLE_STATUS = {"construction": "planned", "proposed": "planned", "disused": "closed"}

# OpenStreetMap words for access. What forbids every motor vehicle closes the edge; the others are kept as text.
NO_ACCESS = frozenset({"no", "use_sidepath"})
MOTOR_KEYS = ("motor_vehicle", "vehicle", "access")  # the more specific first
MOTOR_OPENERS = ("motorcar", "hgv", "goods")  # `motor_vehicle=no` with `hgv=yes` is open to lorries
OPEN_WORDS = frozenset(
    {"yes", "designated", "permissive", "destination", "delivery", "official", "private", "permit"}
)

# Obstacles on a road that no lorry passes unless the node itself says otherwise.
CLOSED_BARRIERS = frozenset(
    ["bollard", "block", "jersey_barrier", "log", "debris", "cycle_barrier", "motorcycle_barrier"]
)
LIMIT_BARRIERS = frozenset({"height_restrictor", "width_restrictor"})
LEVEL_CROSSINGS = frozenset({"level_crossing", "tram_level_crossing"})
STATION_NODES = {"station": "station", "halt": "station", "stop": "station", "yard": "station"}


@dataclass(frozen=True, slots=True)
class LimitKey:
    """A restriction key: the edge column it ends in and the kind of number it carries."""

    column: str
    kind: Kind


LIMIT_KEYS: dict[str, LimitKey] = {
    "maxheight": LimitKey("max_height_m", "height"),
    "maxwidth": LimitKey("max_width_m", "width"),
    "maxlength": LimitKey("max_length_m", "length"),
    "maxweight": LimitKey("max_weight_t", "weight"),
    # A rating is what the papers of the vehicle allow: at least its actual weight, so that a transport heavier than
    # the limit is forbidden whatever its papers say. The value is kept apart too, in `max_rating_t`.
    "maxweightrating": LimitKey("max_weight_t", "weight"),
    "maxgcweight": LimitKey("max_weight_t", "weight"),
    "maxgcweightrating": LimitKey("max_weight_t", "weight"),
    "maxaxleload": LimitKey("max_axle_load_t", "axle_load"),
    "axle_load": LimitKey("max_axle_load_t", "axle_load"),
    "maxbogieweight": LimitKey("max_bogie_load_t", "axle_load"),
    "maxbogieload": LimitKey("max_bogie_load_t", "axle_load"),
    "maxtandemaxleload": LimitKey("max_bogie_load_t", "axle_load"),
    "maxtandemload": LimitKey("max_bogie_load_t", "axle_load"),
    "maxtridemaxleload": LimitKey("max_triple_load_t", "axle_load"),
    "maxtripleaxleload": LimitKey("max_triple_load_t", "axle_load"),
    "metre_load": LimitKey("max_metre_load_tpm", "metre_load"),
    "meter_load": LimitKey("max_metre_load_tpm", "metre_load"),
}
# Written `railway:maxaxleload` or `train:maxaxleload` on some lines.
RAIL_PREFIXES = ("railway:", "train:")
# Limits that no column can hold; read so that they are reported.
OTHER_LIMIT_KEYS = frozenset(
    [
        "maxunladenweight",
        "maxemptyweight",
        "maxaxles",
        "maxaxlecount",
        "maxdraft",
        "maxdraught",
        "maxpayload",
        "maxload",
        "maxtrailers",
        "maxincline",
        "maxspan",
        "minheight",
    ]
)
# Access keys whose `:conditional` form may hold a limit: hgv:conditional=no @ (weight>60).
CONDITIONAL_ACCESS = ("hgv", "goods", "motor_vehicle", "vehicle", "access", "motorcar", "hgv_articulated")
HGV_KEYS = frozenset({"hgv", "hgv_articulated", "goods"})

# Parts of a key behind the first colon.
HEAVY_PARTS = frozenset(
    ["hgv", "hgv_articulated", "goods", "truck", "motor_vehicle", "vehicle", "motorcar", "heavy_vehicle"]
)
OTHER_VEHICLE_PARTS = frozenset(
    [
        "bus",
        "psv",
        "tourist_bus",
        "coach",
        "minibus",
        "share_taxi",
        "taxi",
        "motorcycle",
        "moped",
        "mofa",
        "bicycle",
        "foot",
        "horse",
        "agricultural",
        "forestry",
        "caravan",
        "motorhome",
        "trailer",
        "hov",
        "emergency",
        "carriage",
        "atv",
        "snowmobile",
        "boat",
        "ship",
        "marine",
        "delivery",
        "hazmat",
        "car",
        "tractor",
    ]
)
INFO_PARTS = frozenset(
    [
        "source",
        "note",
        "type",
        "reason",
        "start_date",
        "end_date",
        "description",
        "date",
        "check_date",
        "url",
        "ref",
    ]
)
# maxheight:signed=3.8 is the sign, maxheight:physical=4.0 the clear room, maxheight:signed=no no value at all.
SIGNED_PARTS = frozenset({"signed", "legal", "statutory"})
PHYSICAL_PARTS = frozenset({"physical", "real", "actual"})

_LIMIT_BASE = re.compile(
    r"(?:railway:|train:)?("
    + "|".join(sorted({*LIMIT_KEYS, *OTHER_LIMIT_KEYS}, key=len, reverse=True))
    + r")(?::(.*))?",
    re.ASCII,
)
_ACCESS_BASE = re.compile("(" + "|".join(CONDITIONAL_ACCESS) + r")((?::[a-z_]+)*)", re.ASCII)


def split_restriction_key(key: str) -> tuple[str, tuple[str, ...]] | None:
    """`maxweight:hgv:forward` as ("maxweight", ("hgv", "forward")), or None when the key is no restriction.

    Restrictions are every limit of dimension or weight, `hgv` with its kin in every form, and the conditional forms
    of access. Plain `access`, `motor_vehicle` and so on are access, kept in the `access` column.
    """
    match = _LIMIT_BASE.fullmatch(key)
    if match:
        return match[1], tuple(match[2].split(":")) if match[2] else ()
    match = _ACCESS_BASE.fullmatch(key)
    if match:
        parts = tuple(part for part in match[2].split(":") if part)
        if match[1] in HGV_KEYS or "conditional" in parts:
            return match[1], parts
    return None


# What `default` means, by country and column: the limit that holds where none is signed. `below_default` is read as
# the same number, which is then an upper bound. Both are marked as assumed. The empty country is for all others.
DEFAULT_LIMITS: dict[tuple[str, str], float] = {
    (
        "SE",
        "max_height_m",
    ): 4.5,  # a lower clearance must be signed (road sign C17, Vägmärkesförordningen 2007:90)
    (
        "SE",
        "max_weight_t",
    ): 64.0,  # BK1 on public roads without other class, Trafikförordningen 1998:1276 annex 1
    ("SE", "max_axle_load_t"): 10.0,  # BK1, axle that is not driven, Trafikförordningen 1998:1276 4 kap. 12 §
    ("SE", "max_width_m"): 2.6,  # Trafikförordningen 1998:1276 4 kap. 15 §
    ("GB", "max_height_m"): 5.03,  # 16'6": lower bridges are signed (Traffic Signs Manual, chapter 4)
    ("", "max_height_m"): 4.0,  # international traffic: Directive 96/53/EC annex I
    ("", "max_weight_t"): 40.0,  # Directive 96/53/EC annex I
    ("", "max_width_m"): 2.55,  # Directive 96/53/EC annex I
    ("", "max_length_m"): 18.75,  # road train, Directive 96/53/EC annex I
    ("", "max_axle_load_t"): 10.0,  # axle that is not driven, Directive 96/53/EC annex I
}

# Speed that a zone implies, km/h: (country, zone). `none` on a motorway is read as the advised speed of that country.
# Source: OpenStreetMap wiki, Default speed limits (national traffic rules collected by country).
IMPLICIT_SPEED_KMH: dict[tuple[str, str], float] = {
    ("SE", "urban"): 50.0, ("SE", "rural"): 70.0, ("SE", "trunk"): 90.0, ("SE", "motorway"): 110.0, ("SE", "living_street"): 7.0,
    ("DE", "urban"): 50.0, ("DE", "rural"): 100.0, ("DE", "motorway"): 130.0, ("DE", "living_street"): 7.0, ("DE", "bicycle_road"): 30.0,
    ("NO", "urban"): 50.0, ("NO", "rural"): 80.0, ("NO", "motorway"): 90.0,
    ("DK", "urban"): 50.0, ("DK", "rural"): 80.0, ("DK", "motorway"): 130.0, ("DK", "living_street"): 15.0,
    ("FI", "urban"): 50.0, ("FI", "rural"): 80.0, ("FI", "trunk"): 100.0, ("FI", "motorway"): 120.0, ("FI", "living_street"): 20.0,
    ("AT", "urban"): 50.0, ("AT", "rural"): 100.0, ("AT", "trunk"): 100.0, ("AT", "motorway"): 130.0, ("AT", "living_street"): 5.0,
    ("CH", "urban"): 50.0, ("CH", "rural"): 80.0, ("CH", "trunk"): 100.0, ("CH", "motorway"): 120.0, ("CH", "living_street"): 20.0,
    ("LI", "urban"): 50.0, ("LI", "rural"): 80.0,
    ("FR", "urban"): 50.0, ("FR", "rural"): 80.0, ("FR", "trunk"): 110.0, ("FR", "motorway"): 130.0, ("FR", "living_street"): 20.0,
    ("NL", "urban"): 50.0, ("NL", "rural"): 80.0, ("NL", "trunk"): 100.0, ("NL", "motorway"): 100.0, ("NL", "living_street"): 15.0,
    ("BE", "urban"): 50.0, ("BE", "rural"): 90.0, ("BE", "trunk"): 120.0, ("BE", "motorway"): 120.0, ("BE", "living_street"): 20.0,
    ("PL", "urban"): 50.0, ("PL", "rural"): 90.0, ("PL", "trunk"): 100.0, ("PL", "motorway"): 140.0, ("PL", "living_street"): 20.0,
    ("CZ", "urban"): 50.0, ("CZ", "rural"): 90.0, ("CZ", "trunk"): 110.0, ("CZ", "motorway"): 130.0, ("CZ", "living_street"): 20.0,
    ("IT", "urban"): 50.0, ("IT", "rural"): 90.0, ("IT", "trunk"): 110.0, ("IT", "motorway"): 130.0,
    ("ES", "urban"): 50.0, ("ES", "rural"): 90.0, ("ES", "trunk"): 90.0, ("ES", "motorway"): 120.0, ("ES", "living_street"): 20.0,
    ("EE", "urban"): 50.0, ("EE", "rural"): 90.0, ("LV", "urban"): 50.0, ("LV", "rural"): 90.0,
    ("LT", "urban"): 50.0, ("LT", "rural"): 90.0, ("LT", "motorway"): 130.0,
    ("GB", "nsl_restricted"): 48.28032, ("GB", "nsl_single"): 96.56064, ("GB", "nsl_dual"): 112.65408, ("GB", "motorway"): 112.65408,
}  # fmt: skip


def implicit_speed_kmh(text: str) -> float:
    """Speed of a zone such as `SE:urban`, `DE:zone:30`, `DE:zone30`; NaN when the table does not know it."""
    country, _, zone = text.strip().partition(":")
    if not zone or len(text) > 40:
        return float("nan")
    speed = re.fullmatch(r"zone:?(\d{1,3})", zone, re.ASCII)
    if speed:
        miles = country.upper() in ("GB", "UK")
        return float(speed[1]) * (1.609344 if miles else 1.0) if int(speed[1]) else float("nan")
    country = {"UK": "GB"}.get(country.upper(), country.upper())
    return IMPLICIT_SPEED_KMH.get(
        (country, zone.lower().replace("living street", "living_street")), float("nan")
    )


# Keys whose values are kept for every way, node or relation of the network; restrictions are kept besides.
PLAIN_KEYS = frozenset(
    ["highway", "railway", "route", "name", "ref", "oneway", "oneway:hgv", "junction", "maxspeed", "maxspeed:forward", "maxspeed:backward", "maxspeed:type", "source:maxspeed", "zone:maxspeed", "zone:traffic", "lanes", "lanes:forward", "lanes:backward", "lanes:both_ways", "bridge", "tunnel", "covered", "layer", "location", "man_made", "bridge:name", "tunnel:name", "bridge:structure", "access", "vehicle", "motor_vehicle", "motorcar", "service", "usage", "area", "construction", "proposed", "disused", "electrified", "gauge", "loading_gauge", "voltage", "tracks", "passenger_lines", "line", "width", "est_width", "duration", "ferry", "barrier", "public_transport", "railway:ref", "type", "restriction", "restriction:hgv", "restriction:conditional", "restriction:hgv:conditional", "restriction:motorcar", "restriction:goods", "except", "surface", "incline", "line_category", "railway:line_category", "ford", "toll", "motorroad"]
)  # fmt: skip
