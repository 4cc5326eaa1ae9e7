"""Keys and values of OpenStreetMap as tables: what is read, what it means, and which value a country implies.

Meanings are those of the OpenStreetMap wiki (pages Key:maxheight, Key:maxweight, Key:highway, Key:railway,
Conditional restrictions); see the page of the key's name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from geoplan.io.osm_values import Kind


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


ROAD_CLASSES = _set(
    """
    motorway motorway_link trunk trunk_link primary primary_link secondary secondary_link tertiary
    tertiary_link unclassified residential living_street service track road busway
    """
)
RAIL_CLASSES = _set("rail light_rail narrow_gauge preserved")
# A way that is not there yet, or no longer: kept in the network as not passable.
LIFECYCLE_STATUS = {"construction": "planned", "proposed": "planned", "disused": "closed"}

# Words for access. What forbids every motor vehicle closes the edge; the others are kept as text.
NO_ACCESS = _set("no use_sidepath")
MOTOR_KEYS = ("motor_vehicle", "vehicle", "access")  # the more specific first
MOTOR_OPENERS = ("motorcar", "hgv", "goods")  # `motor_vehicle=no` with `hgv=yes` is open to lorries
OPEN_TO_ALL = _set("yes designated permissive official public")
OPEN_WORDS = _set("yes designated permissive destination delivery official private permit")

# Obstacles on a road that no lorry passes unless the node itself says otherwise.
CLOSED_BARRIERS = _set("bollard block jersey_barrier log debris cycle_barrier motorcycle_barrier")
LIMIT_BARRIERS = _set("height_restrictor width_restrictor")
LEVEL_CROSSINGS = _set("level_crossing tram_level_crossing")
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
    # A rating is what the papers of the vehicle allow: at least its actual weight, so that a transport heavier
    # than the limit is forbidden whatever its papers say. The value is kept apart too, in `max_rating_t`.
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
OTHER_LIMIT_KEYS = _set(
    """
    maxunladenweight maxemptyweight maxaxles maxaxlecount maxdraft maxdraught maxpayload maxload
    maxtrailers maxincline maxspan minheight
    """
)
# Access keys whose `:conditional` form may hold a limit: hgv:conditional=no @ (weight>60).
CONDITIONAL_ACCESS = ("hgv", "goods", "motor_vehicle", "vehicle", "access", "motorcar", "hgv_articulated")
HGV_KEYS = _set("hgv hgv_articulated goods")

# Parts of a key behind the first colon.
HEAVY_PARTS = _set("hgv hgv_articulated goods truck motor_vehicle vehicle motorcar heavy_vehicle")
OTHER_VEHICLE_PARTS = _set(
    """
    bus psv tourist_bus coach minibus share_taxi taxi motorcycle moped mofa bicycle foot horse
    agricultural forestry caravan motorhome trailer hov emergency carriage atv snowmobile boat ship
    marine delivery hazmat car tractor
    """
)
INFO_PARTS = _set("source note type reason start_date end_date description date check_date url ref")
# maxheight:signed=3.8 is the sign, maxheight:physical=4.0 the clear room; maxheight:signed=no is no value.
SIGNED_PARTS = _set("signed legal statutory")
PHYSICAL_PARTS = _set("physical real actual")

_LIMIT_BASE = re.compile(
    r"(?:railway:|train:)?("
    + "|".join(sorted({*LIMIT_KEYS, *OTHER_LIMIT_KEYS}, key=len, reverse=True))
    + r")(?::(.*))?",
    re.ASCII,
)
_ACCESS_BASE = re.compile("(" + "|".join(CONDITIONAL_ACCESS) + r")((?::[a-z_]+)*)", re.ASCII)


def split_restriction_key(key: str) -> tuple[str, tuple[str, ...]] | None:
    """`maxweight:hgv:forward` as ("maxweight", ("hgv", "forward")), or None when the key is no restriction.

    Restrictions are every limit of dimension or weight, `hgv` with its kin in every form, and the conditional
    forms of access. Plain `access`, `motor_vehicle` and so on are access, kept in the `access` column.
    """
    match = _LIMIT_BASE.fullmatch(key)
    if match:
        return match[1], tuple(match[2].split(":")) if match[2] else ()
    match = _ACCESS_BASE.fullmatch(key)
    if match:
        parts = tuple(part for part in match[2].split(":") if part)
        if parts and parts[0] in LIMIT_KEYS:  # hgv:maxweight, written the other way round
            return parts[0], (match[1], *parts[1:])
        if match[1] in HGV_KEYS or "conditional" in parts:
            return match[1], parts
    return None


# Keys whose values are kept for every way, node or relation of the network; restrictions are kept besides.
PLAIN_KEYS = _set(
    """
    highway railway route name ref oneway junction maxspeed maxspeed:forward
    maxspeed:backward maxspeed:type source:maxspeed zone:maxspeed zone:traffic lanes lanes:forward
    lanes:backward lanes:both_ways bridge tunnel covered layer location man_made bridge:name
    tunnel:name bridge:structure access vehicle motor_vehicle motorcar service area
    construction proposed disused electrified gauge loading_gauge voltage tracks passenger_lines
    line width est_width duration barrier type except line_category railway:line_category
    """
)
