"""Signage of a way: where a driver has to choose, which way, and what a sign there says."""

from __future__ import annotations

import math
import re
from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geoplan.errors import DataError
from geoplan.network.names import local_names, node_titles
from geoplan.network.network import Network

APPROACH_M = 30.0  # how far before and after a junction its directions are taken
STRAIGHT_DEG = 30.0  # a gentler turn is straight on
SHARP_DEG = 135.0  # from here on a turn is sharp
COLUMNS = [
    "leg",
    "km",
    "node_id",
    "junction",
    "turn",
    "turn_deg",
    "arms",
    "ref",
    "road",
    "towards",
    "sign_sv",
    "sign_en",
]
TURNS_SV = {
    "left": "sväng vänster",
    "right": "sväng höger",
    "sharp_left": "sväng skarpt vänster",
    "sharp_right": "sväng skarpt höger",
    "straight": "rakt fram",
}
TURNS_EN = {
    "left": "turn left",
    "right": "turn right",
    "sharp_left": "turn sharp left",
    "sharp_right": "turn sharp right",
    "straight": "straight on",
}
START_SV, START_EN = "kör mot", "drive towards"


def signage(
    network: Network, route_or_plan: Any, *, title: tuple[str, str] = ("Tung transport", "Heavy load")
) -> pd.DataFrame:
    """Decision points of the road legs of a way, with the text of the sign at each.

    A junction is a decision point when more than one road leads on from it and the way turns, changes its number or
    name, or leaves a road that goes on straight under the number it had. Where a road only bends, or the way keeps its
    number straight on, no sign is needed.

    Parameters
    ----------
    route_or_plan
        A `Route` or `Plan`: a record whose `edges` are rows of `network.edges` in order of travel (and `leg`, of a
        plan).
    title
        First words of each sign, in Swedish and English.

    Returns
    -------
    Table in order of travel: leg, km (of the road leg, to the junction), node_id, junction (name), turn (left, right,
    sharp_left, sharp_right, straight), turn_deg (0 straight on, left below zero), arms (roads that meet), ref and road
    (number and name of the road to take), towards (place of the next decision, or the end of the leg), sign_sv,
    sign_en. The first row of a leg is its start, without a turn.

    Raises
    ------
    DataError
        An edge of the way is not in the network.
    """
    way = route_or_plan.edges
    ids = way["edge_id"] if "edge_id" in way else way.index.to_series()
    lost = [one for one in ids if one not in network.edges.index]
    if lost:
        raise DataError(f"signage: {lost[0]!r} is no edge of the network; give the network that the way was found on")
    edges = network.edges.loc[ids]
    leg = way["leg"].to_numpy() if "leg" in way else np.ones(len(way), dtype=np.int64)
    road = (edges["mode"] == "road").to_numpy()
    tables = [_leg_signs(network, edges[road & (leg == k)], int(k), title) for k in dict.fromkeys(leg[road].tolist())]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=COLUMNS)


def _leg_signs(network: Network, edges: pd.DataFrame, leg: int, title: tuple[str, str]) -> pd.DataFrame:
    rows = [_row(network, edges, 0, math.nan, 0)]
    onward = _roads_out(network, edges["u"])
    for at in range(1, len(edges)):
        before, after = edges.iloc[at - 1], edges.iloc[at]
        options = onward[onward["u"] == after["u"]]
        others = options[(options["v"] != before["u"]) & (options.index != edges.index[at])]
        if others.empty:
            continue
        degrees = _turn(before.geometry, after.geometry)
        if _is_decision(before, after, others, degrees):
            rows.append(
                _row(network, edges, at, degrees, options["v"].nunique() + int(before["u"] not in set(options["v"])))
            )
    table = pd.DataFrame(rows).assign(leg=leg)
    end = edges["v"].iloc[-1]
    places = {lang: [*table[f"junction_{lang}"], _place(network, end, lang)] for lang in ("", "sv", "en")}
    table["towards"] = places[""][1:]
    table["junction_"] = table["junction_"].where(table["junction_"] != "", table["junction_title"])
    for lang, turns, first, word in (("sv", TURNS_SV, START_SV, "väg"), ("en", TURNS_EN, START_EN, "road")):
        table[f"sign_{lang}"] = [
            _sign(title[lang == "en"], turns.get(turn, ""), first, _number(ref, word), road, towards, lang)
            for turn, ref, road, towards in zip(
                table["turn"], table["ref"], table[f"road_{lang}"], places[lang][1:], strict=True
            )
        ]
    return table.rename(columns={"junction_": "junction", "road_": "road"})[COLUMNS]


def _row(network: Network, edges: pd.DataFrame, at: int, degrees: float, arms: int) -> dict[str, Any]:
    edge, node = edges.iloc[at], edges["u"].iloc[at]
    return {
        "km": round(float(edges["length_m"].iloc[:at].sum()) / 1000, 1),
        "node_id": node,
        **{f"junction_{lang}": _place(network, node, lang) for lang in ("", "sv", "en")},
        "junction_title": node_titles(network)[node],
        "turn": "" if math.isnan(degrees) else _turn_word(degrees),
        "turn_deg": degrees if math.isnan(degrees) else float(round(degrees)),
        "arms": arms,
        "ref": edge["ref"],
        **{f"road_{lang}": _street(network, edges.index[at], lang) for lang in ("", "sv", "en")},
    }


def _is_decision(before: Any, after: Any, others: pd.DataFrame, degrees: float) -> bool:
    """Whether a driver who is told nothing could go wrong."""
    if abs(degrees) > STRAIGHT_DEG:
        # A numbered road that bends at a junction is followed by its number.
        return not (after["ref"] and after["ref"] == before["ref"] and not (others["ref"] == before["ref"]).any())
    if after["ref"] != before["ref"]:
        return True
    return bool(before["ref"] and (others["ref"] == before["ref"]).any())


def _roads_out(network: Network, nodes: pd.Series) -> pd.DataFrame:
    """Road edges in use that leave these nodes."""
    edges = network.edges
    out = (edges["mode"] == "road") & (edges["status"] == "") & edges["u"].isin(set(nodes))
    return edges.loc[out, ["u", "v", "ref", "name"]]


def _turn(before: Any, after: Any) -> float:
    """Change of direction from one line to the next, degrees, left below zero."""
    one = _direction(before.interpolate(max(0.0, before.length - APPROACH_M)), before.interpolate(before.length))
    two = _direction(after.interpolate(0.0), after.interpolate(min(APPROACH_M, after.length)))
    cross, dot = one[0] * two[1] - one[1] * two[0], float(one @ two)
    return -math.degrees(math.atan2(cross, dot))


def _direction(start: Any, end: Any) -> NDArray[np.float64]:
    return np.array([end.x - start.x, end.y - start.y])


def _turn_word(degrees: float) -> str:
    if abs(degrees) <= STRAIGHT_DEG:
        return "straight"
    side = "left" if degrees < 0 else "right"
    return f"sharp_{side}" if abs(degrees) >= SHARP_DEG else side


def _sign(title: str, turn: str, first: str, number: str, road: str, towards: str, lang: str) -> str:
    """`Heavy load: turn left, road 66 towards Fagersta`."""
    named = number or road
    mot = f" {'mot' if lang == 'sv' else 'towards'} {towards}" if towards else ""
    if not turn:
        start = f"{first} {towards}" if towards else "start"
        return f"{title}: {start}" + (f", {named}" if named else "")
    return f"{title}: {turn}, {named}{mot}" if named else f"{title}: {turn}{mot}"


def _number(ref: str, word: str) -> str:
    """`road 66`; a European road and a list of numbers stand as they are."""
    return f"{word} {ref}" if ref and ref[0].isdigit() else ref


def _place(network: Network, node: Hashable, lang: str) -> str:
    """Name of a junction as a sign has it, empty without a name: no road numbers in brackets, as tables put them."""
    told = local_names(network, lang).get(node, "") if lang else ""
    name = told or str(network.nodes.at[node, "name"])
    if not name:  # a node that a join made stands for the hub it belongs to
        hubs = network.edges.loc[(network.edges["mode"] == "transfer") & (network.edges["v"] == node), "u"]
        name = str(network.nodes.at[hubs.iloc[0], "name"]) if len(hubs) else ""
    return re.sub(r"\s*\([^()]*\)$", "", name)


def _street(network: Network, edge: Hashable, lang: str) -> str:
    """Name of a street; a name that only says from where to where is none."""
    told = local_names(network, lang).get(edge, "") if lang else ""
    name = told or str(network.edges.at[edge, "name"])
    return "" if "–" in name else name
