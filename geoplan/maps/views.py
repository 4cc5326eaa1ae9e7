"""The maps, one for each job: network, plan, flows, bottlenecks, comparison.

Each draws tables with agreed columns and returns a `folium.Map` that needs no network. All take `lang` ("sv" or "en"),
`title`, `tiles` (OpenStreetMap below, from the network), `names` (by id of node, edge or structure, instead of the
tables' own; those may have names in each language, `name_sv`) and `background` (tables `water` and `borders` in any
coordinate system).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import pandas as pd

from geoplan.maps.bottleneck_layers import (
    bottleneck_edges,
    bottleneck_lines,
    bottleneck_list,
    bottleneck_marks,
    place_register,
)
from geoplan.maps.change_layers import change_layer, changes_of
from geoplan.maps.encode import bounds_of, draw_edges
from geoplan.maps.flow_layers import delay_list, delay_text, flow_layer
from geoplan.maps.formats import duration_text, length_text, number_text
from geoplan.maps.ground import area_layers, ground_layers, place_names
from geoplan.maps.labels import Lang, capitalise, column_text
from geoplan.maps.network_layers import mode_layers, place_layers, structure_layers, value_layers
from geoplan.maps.page import GeoMap, make_map
from geoplan.maps.passages import no_margins, no_obstacles, obstacles, structure_passages
from geoplan.maps.plan_layers import (
    end_layers,
    leg_layer,
    leg_list,
    limit_list,
    load_text,
    obstacle_layers,
    obstacle_lists,
    passage_layer,
    passage_list,
    plan_ends,
    plan_facts,
    plan_say,
    plan_title,
    stretch_layers,
)
from geoplan.maps.style import CHANGE_WIDTHS, FLOW_WIDTHS, nice_breaks
from geoplan.maps.tables import ids_of, require_edges, with_columns
from geoplan.maps.titles import Names, reader_names
from geoplan.maps.words import word
from geoplan.network.ids import are_known
from geoplan.network.network import Network

Background = Mapping[str, gpd.GeoDataFrame] | None


def map_network(
    network: Network,
    *,
    by: str = "mode",
    lang: Lang = "sv",
    title: str = "",
    tiles: bool = False,
    names: Names = None,
    background: Background = None,
) -> GeoMap:
    """What there is: roads, railways, fairways, structures and places.

    Parameters
    ----------
    by
        "mode", or a number column of the edges (`max_axle_load_t`, `speed_kmh` ...) that colours them; an edge whose
        value is not known is grey and dashed.
    """
    names = reader_names(network, lang, names)
    edges = network.edges
    layers = area_layers(background or {}, lang=lang)
    if by == "mode":
        layers += mode_layers(network, lang, names)
    else:
        layers += value_layers(network, by, lang, names)
    layers += structure_layers(network, lang, names) + place_layers(network, lang, names)
    kilometres = edges.loc[~edges["way_id"].duplicated()].groupby("mode", sort=False)["length_m"].sum()
    # Fairways lead far away; the map opens on what lies on land.
    land = edges[edges["mode"].isin(["road", "rail"])]
    lengths = kilometres.drop("transfer", errors="ignore")
    facts = [(word(str(mode), lang), length_text(float(total), lang)) for mode, total in lengths.items()]
    return make_map(
        title=title or network.meta.get("name", "") or word("network", lang),
        subtitle="" if by == "mode" else capitalise(column_text(by, lang, unit=True)),
        lang=lang,
        bounds=bounds_of(land if len(land) else edges),
        layers=layers,
        facts=facts,
        labels=place_names(network, names=names, dots=False),
        meta=network.meta,
        tiles=tiles,
    )


def map_plan(
    network: Network,
    plan: Any,
    *,
    lang: Lang = "sv",
    title: str = "",
    tiles: bool = False,
    names: Names = None,
    background: Background = None,
) -> GeoMap:
    """A heavy transport: its legs, and a mark at each structure on the way that says whether it passes.

    Parameters
    ----------
    plan
        A record with `.legs`, `.edges` (column or index `edge_id`), `.margins`, `.feasible` and `.why`, the table of
        what refuses the modes that the plan does not use, as `plan_transport` gives it.
    """
    names = reader_names(network, lang, names)
    ids = ids_of(plan.edges, "edge_id")
    require_edges(network, ids, "plan")
    edges = network.edges.loc[ids.drop_duplicates()]
    edges = with_columns(edges, plan.edges.set_index(ids)[~ids.duplicated()], ("leg", "vehicle"))
    drawn = draw_edges(edges)
    margins = plan.margins if len(plan.margins) else no_margins()
    passages = structure_passages(network, margins, lang=lang, names=names)
    refused = obstacles(network, plan.why if len(plan.why) else no_obstacles(), lang=lang, names=names)
    layers = ground_layers(network, edges.index, background, lang)
    if len(edges):
        layers.append(leg_layer(network, edges, drawn, lang, names))
    layers += stretch_layers(network, margins, lang, names) + obstacle_layers(refused, lang)
    if len(passages):
        layers.append(passage_layer(passages, lang))
    layers += end_layers(network, plan_ends(network, plan), lang, names)
    shown = [edges, passages, network.nodes.loc[plan_ends(network, plan)]]
    if not plan.feasible:
        shown.append(refused[refused.geometry.notna()])
    return make_map(
        title=title or plan_title(network, plan, lang, names),
        subtitle=load_text(plan, lang),
        lang=lang,
        bounds=bounds_of(*(shown if any(len(frame) for frame in shown) else [network.nodes])),
        layers=layers,
        say=plan_say(plan, refused, lang),
        facts=plan_facts(plan, lang),
        lists=[
            *leg_list(network, plan, lang, names),
            *passage_list(passages, lang),
            *limit_list(edges, drawn, margins, lang),
            *obstacle_lists(refused, lang),
        ],
        labels=place_names(network, names=names),
        meta=network.meta,
        tiles=tiles,
    )


def map_route(
    network: Network,
    route: Any,
    *,
    lang: Lang = "sv",
    title: str = "",
    tiles: bool = False,
    names: Names = None,
    background: Background = None,
) -> GeoMap:
    """One route on the network.

    Parameters
    ----------
    route
        A record with `.edges` (rows of the network's edges), `.from_node`, `.to_node`, `.length_m` and `.time_s`.
    """
    names = reader_names(network, lang, names)
    require_edges(network, route.edges.index, "route")
    edges = network.edges.loc[route.edges.index.drop_duplicates()]
    layers = ground_layers(network, edges.index, background, lang)
    if len(edges):
        layers.append(leg_layer(network, edges, draw_edges(edges), lang, names))
    ends = [route.from_node, route.to_node]
    layers += end_layers(network, ends, lang, names)
    named = [str((names or {}).get(end) or network.nodes.at[end, "name"]) for end in ends]
    return make_map(
        title=title or (" – ".join(named) if all(named) else word("route", lang)),
        lang=lang,
        bounds=bounds_of(edges, network.nodes.loc[ends]),
        layers=layers,
        facts=[
            (word("distance", lang), length_text(route.length_m, lang)),
            (word("time", lang), duration_text(route.time_s, lang)),
        ],
        labels=place_names(network, names=names),
        meta=network.meta,
        tiles=tiles,
    )


def map_flows(
    network: Network,
    flows: pd.DataFrame,
    *,
    largest_vph: float | None = None,
    lang: Lang = "sv",
    title: str = "",
    tiles: bool = False,
    names: Names = None,
    background: Background = None,
) -> GeoMap:
    """Traffic on the network: width by flow, colour by volume over capacity.

    Parameters
    ----------
    flows
        Indexed by `edge_id`: flow_vph, time_s, vc_ratio, delay_vehh. A road's two directions are one line, as wide and
        dark as the busier of them; the popup has both.
    largest_vph
        Flow of the widest class, so that the maps of several scenarios share one scale; the largest here when None.
    """
    names = reader_names(network, lang, names)
    require_edges(network, flows.index, "flows")
    loaded = flows[flows["flow_vph"] > 0]
    edges = with_columns(network.edges.loc[loaded.index], loaded, ("flow_vph", "vc_ratio", "time_s", "delay_vehh"))
    breaks = nice_breaks(largest_vph or float(edges["flow_vph"].max() if len(edges) else 1.0), len(FLOW_WIDTHS))
    layers = ground_layers(network, edges.index, background, lang)
    if len(edges):
        layers.append(flow_layer(network, edges, breaks, lang, names))
    delay = delay_text(float(edges["delay_vehh"].sum()), lang)
    over = number_text(int((edges["vc_ratio"] >= 1.0).sum()), lang)
    facts = [(word("delay_total", lang), delay), (word("over_capacity", lang), over)]
    return make_map(
        title=title or word("flows", lang),
        lang=lang,
        bounds=bounds_of(edges if len(edges) else network.nodes),
        layers=layers,
        facts=facts,
        lists=delay_list(network, edges, layers, lang, names),
        labels=place_names(network, names=names),
        meta=network.meta,
        tiles=tiles,
    )


def map_bottlenecks(
    network: Network,
    table: pd.DataFrame,
    *,
    lang: Lang = "sv",
    title: str = "",
    tiles: bool = False,
    names: Names = None,
    background: Background = None,
) -> GeoMap:
    """Bottlenecks in order, each with its evidence.

    Parameters
    ----------
    table
        Columns rank, kind, name, structure_id or edge_id, measure, value, unit, evidence_sv and evidence_en (or
        evidence), who_affected, confidence, basis, as `rank_bottlenecks` gives them. Further columns are not shown.
    """
    names = reader_names(network, lang, names)
    register = place_register(network, table, lang, names)
    lines = bottleneck_edges(network, register)
    layers = ground_layers(network, lines.index, background, lang)
    if len(lines):
        layers.append(bottleneck_lines(network, lines, lang))
    kinds = list(dict.fromkeys(register["kind"]))
    # The first kind lies on top: it holds the first rank.
    for kind in reversed(kinds):
        layers.append(bottleneck_marks(register[register["kind"] == kind], kinds.index(kind), lang))
    say = None if len(register) else ("maybe", word("none_found", lang))
    return make_map(
        title=title or word("bottlenecks", lang),
        lang=lang,
        bounds=bounds_of(register if len(register) else network.nodes),
        layers=layers,
        say=say,
        lists=[bottleneck_list(register, lang)] if len(register) else [],
        labels=place_names(network, names=names),
        meta=network.meta,
        tiles=tiles,
    )


def map_comparison(
    network: Network,
    comparison: pd.DataFrame,
    *,
    measure: str = "flow_vph",
    largest: float | None = None,
    lang: Lang = "sv",
    title: str = "",
    tiles: bool = False,
    names: Names = None,
    background: Background = None,
) -> GeoMap:
    """What a scenario changes: less in blue and dashed, more in orange and full, wider where it is more.

    Parameters
    ----------
    network
        The network with the edges of both sides: the variant's, which keeps what it closes.
    comparison
        Indexed by `edge_id`: base, variant and change, or `{measure}_base` ... as `compare` gives them. A missing base
        is a new link, a missing variant one that is gone.
    measure
        Column that is compared; gives words and unit.
    largest
        Change of the widest class, so that several maps share one scale; the largest here when None.
    """
    names = reader_names(network, lang, names)
    known = are_known(comparison.index, network.edges.index)
    changes = changes_of(comparison, measure)[known]
    edges = with_columns(network.edges.loc[changes.index], changes, ("base", "variant", "change"))
    top = largest or float(edges["change"].abs().max() if edges["change"].notna().any() else 1.0)
    breaks = nice_breaks(top, len(CHANGE_WIDTHS))
    only = edges["base"].isna() != edges["variant"].isna()
    # Less than a hundredth of the smallest class is round-off of the assignment, not a change.
    moved = edges[only | (edges["change"].abs() > 0.01 * breaks[0])]
    layers = ground_layers(network, moved.index, background, lang)
    if len(moved):
        layers.append(change_layer(network, moved, breaks, measure, lang, names))
    say = None if len(moved) else ("maybe", word("nothing_changes", lang))
    if (~known).any():
        say = ("maybe", word("not_in_network", lang).format(n=int((~known).sum())))
    return make_map(
        title=title or word("comparison", lang),
        subtitle=capitalise(column_text(measure, lang, unit=True)),
        lang=lang,
        bounds=bounds_of(moved if len(moved) else network.nodes),
        layers=layers,
        say=say,
        labels=place_names(network, names=names),
        meta=network.meta,
        tiles=tiles,
    )
