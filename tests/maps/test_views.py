"""What the maps hold: layers, legends, words and numbers, from tables to the page's data."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from geoplan.errors import DataError
from geoplan.maps.views import map_bottlenecks, map_comparison, map_flows, map_network, map_plan, map_route


def layer(m, key):
    return next(one for one in m.spec["layers"] if one["key"] == key)


def rows(one, column):
    """Shown values of a column of a layer, in row order."""
    field = next(field for field in one["fields"] if field["column"] == column)
    return [field["values"]["of"][at] for at in field["values"]["at"]]


def titles(one):
    return [one["titles"]["of"][at] for at in one["titles"]["at"]]


def legend(one):
    return [entry.get("heading") or entry["label"] for entry in one["legend"]]


def strokes(one, title):
    """Strokes of the line with a title."""
    line = next(k for k, first in enumerate(one["first"]) if titles(one)[first] == title)
    return one["styles"][one["style"][line]]["strokes"]


# ---------- network ----------


def test_network_has_a_layer_a_mode_and_its_lengths(network):
    m = map_network(network)
    assert [one["key"] for one in m.spec["layers"]] == ["sea", "road", "rail", "transfer", "structures", "places"]
    assert [words for words, _ in m.spec["facts"]] == ["Vägnät", "Järnväg", "Farleder"]
    road = layer(m, "road")
    assert len(road["style"]) == 6 and road["count"] == 12
    assert legend(road) == ["Större väg", "Mindre väg"]
    assert set(titles(road)) >= {
        "Väg 50",
        "Väg 66, Smedjebacksvägen",
        'Gruvvägen "A & B" <b>',
        "Bostadsgata, utan namn",
    }


def test_names_of_directions_limits_and_assumed_values(network):
    road = layer(map_network(network), "road")
    headings = {road["headings"]["of"][at] for at in road["headings"]["at"]}
    assert {"mot Ludvika", "mot Håksberg", "mot öster", "mot nordväst"} & headings >= {"mot Ludvika", "mot Håksberg"}
    assert "fri höjd, fri bredd, största bruttovikt, största axellast" in road["missing"]["of"]
    assert "speed_kmh,lanes" in road["assumed"]["of"]


def test_network_by_a_column_keeps_the_unknown_apart(network):
    m = map_network(network, by="max_axle_load_t", lang="en")
    value = layer(m, "value")
    assert legend(value) == ["22.5 t", "25 t", "Not known"]
    assert value["style"].count(0) == 7  # all but the two railways
    with pytest.raises(DataError, match="no number column 'name'"):
        map_network(network, by="name")


def test_the_lowest_limit_and_the_highest_speed_are_the_strongest(network):
    edges = network.edges.copy()
    edges.loc["r1_b", "max_axle_load_t"] = 20.0
    changed = network.replace(edges=edges)
    axle = layer(map_network(changed, by="max_axle_load_t"), "value")
    weights = {entry["label"]: entry["strokes"][-1]["weight"] for entry in axle["legend"]}
    # r1 has 22.5 t one way and 20 t the other: 20 t binds, and nothing is drawn as 22.5 t.
    assert list(weights) == ["20 ton", "25 ton", "Okänt"]
    assert weights["20 ton"] > weights["25 ton"]
    speed = layer(map_network(network, by="speed_kmh"), "value")
    assert legend(speed) == ["115 km/h", "90 km/h", "80 km/h", "70 km/h", "50 km/h", "Okänt"]


def test_network_by_a_column_shows_the_unlimited(network):
    edges = network.edges.copy()
    edges.loc["w1_f", "max_weight_t"] = np.inf
    value = layer(map_network(network.replace(edges=edges), by="max_weight_t"), "value")
    assert legend(value) == ["Obegränsat", "Okänt"]


def test_closed_and_planned_links_are_drawn_apart(network):
    edges = network.edges.copy()
    edges.loc[["w1_f", "w1_b"], "status"] = "planned"
    m = map_network(network.replace(edges=edges))
    assert legend(layer(m, "closed")) == ["Planerad"]
    assert "Väg 50" in titles(layer(m, "closed"))


def test_places_show_each_name_once_and_the_ports_first(network):
    labels = map_network(network).spec["labels"]
    assert len(labels["names"]) == len(set(labels["names"])) == 7
    assert set(labels["names"][:2]) == {"Köping port", "Västerås port"}


def test_own_names_stand_in_for_ids(network):
    m = map_network(network, names={"port": "Köpings hamn", "w5_f": "Gruvvägen", "st1": "Porten i Grängesberg"})
    assert "Köpings hamn" in m.spec["labels"]["names"]
    assert "Gruvvägen" in titles(layer(m, "road"))
    assert "Porten i Grängesberg" in titles(layer(m, "structures"))


def test_names_and_notes_in_the_reader_s_language(network, plan, register):
    nodes = network.nodes.assign(name_sv=["", "", "", "", "", "Köpings hamn", "Västerås hamn", ""])
    structures = network.structures.assign(
        name_sv=["", "Stubbfabriksbron", ""], note=["poor sight", "", ""], note_sv=["dålig sikt", "", ""]
    )
    changed = network.replace(nodes=nodes, structures=structures)
    sv, en = map_network(changed), map_network(changed, lang="en")
    assert set(sv.spec["labels"]["names"][:2]) == {"Köpings hamn", "Västerås hamn"}
    assert set(en.spec["labels"]["names"][:2]) == {"Köping port", "Västerås port"}
    assert rows(layer(sv, "structures"), "note")[0] == "dålig sikt"
    assert rows(layer(en, "structures"), "note")[0] == "poor sight"
    assert map_plan(changed, plan).spec["title"] == "Ludvika – Västerås hamn"
    assert map_plan(changed, plan, names={"haven": "Djuphamnen"}).spec["title"] == "Ludvika – Djuphamnen"
    assert "3. Stubbfabriksbron" in titles(layer(map_bottlenecks(changed, register), "kind-restriction"))


def test_background_lies_below(network):
    water = network.nodes.loc[["port"]].buffer(3000).to_frame("geometry").set_geometry("geometry")
    m = map_network(network, background={"water": water})
    assert m.spec["layers"][0]["key"] == "water"
    assert m.spec["layers"][0]["title"] == "Vatten"


# ---------- plan ----------


def test_plan_tells_legs_passages_and_limits(network, plan):
    m = map_plan(network, plan)
    assert m.spec["title"] == "Ludvika – Västerås port"
    assert m.spec["subtitle"] == "390\u00a0ton, 12 × 4,2 × 4,2\u00a0m"
    assert m.spec["say"] == {"kind": "maybe", "text": "Transporten går, om de okända gränserna räcker."}
    assert dict(m.spec["facts"]) == {
        "Sträcka": "26,5\u00a0km",
        "Tid": "11\u00a0tim 12\u00a0min",
        "Kostnad": "755\u00a0000\u00a0kr",
    }
    legs, passages, limits = m.spec["lists"]
    assert [item["title"] for item in legs["items"]] == [
        "Väg: Ludvika – Grängesberg", "Omlastning: Grängesberg – Köping port", "Sjöfart: Köping port – Västerås port",
    ]  # fmt: skip
    assert legs["items"][0]["sub"] == "12,6\u00a0km · 1\u00a0tim 54\u00a0min · balkvagn, 32 axellinjer"
    assert [item["title"] for item in passages["items"]] == ["Stubinfabriksbron", "Dalporten"]
    assert passages["items"][1]["sub"].startswith(
        "Fri höjd under: går – behov 4,20\u00a0m, gränsvärde 4,30\u00a0m, marginal +0,10\u00a0m"
    )
    assert [(item["title"], item["sub"]) for item in limits["items"]] == [
        ("Största bruttovikt", "1 sträcka okänt"),
        ("Fri bredd", "1 sträcka går (minsta marginal 7,00\u00a0m)"),
    ]


def test_plan_marks_verdicts_by_shape(network, plan):
    passages = layer(map_plan(network, plan, lang="en"), "passages")
    assert legend(passages) == ["Not known", "Passes"]
    shapes = [passages["styles"][number]["shape"] for number in passages["style"]]
    assert shapes == ["triangle", "circle"]


def test_refused_plan_says_why_for_each_mode(network, blocked_plan):
    m = map_plan(network, blocked_plan)
    said = m.spec["say"]["text"]
    assert m.spec["say"]["kind"] == "no"
    assert said.startswith(
        "Transporten går inte. Väg: Dalporten. Fri höjd: går inte – behov 5,50\u00a0m, gränsvärde 4,30\u00a0m"
    )
    assert "Järnväg: Ludvika - Smedjebacken och 5 sträckor till. Största axellast" in said
    assert "in English" not in str(m.spec)
    assert [one["title"] for one in m.spec["lists"]] == ["Därför inte väg", "Därför inte järnväg"]
    wagon = m.spec["lists"][1]["items"][1]
    assert wagon["title"] == "Djuplastningsvagn, 16 axlar" and "layer" not in wagon
    assert wagon["sub"] == "Tar inte lasten. Lastförmåga: 230\u00a0ton"
    assert [item.get("at") for one in m.spec["lists"] for item in one["items"]] == [0, 1, None]


def test_plan_on_another_network_is_refused(network, plan, make_network):
    other = make_network({"a": (0, 0), "b": (1, 0)}, [("a", "b")])
    with pytest.raises(DataError, match=r"plan: 3 rows \(first: w4_f, t1_f, s1_f\) are no edges of this network"):
        map_plan(other, plan)


def test_route_has_its_way_ends_and_sums(network):
    route = SimpleNamespace(
        edges=network.edges.loc[["w2_f", "w3_f"]], from_node="lud", to_node="smed", length_m=12_700.0, time_s=600.0
    )
    m = map_route(network, route, lang="en")
    assert m.spec["title"] == "Ludvika – Smedjebacken"
    assert dict(m.spec["facts"]) == {"Distance": "12.7\u00a0km", "Time": "10\u00a0min"}
    assert [one["key"] for one in m.spec["layers"]] == ["ground", "legs", "ends"]
    assert layer(m, "ends")["signs"] == ["A", "B"]


# ---------- flows ----------


def test_flow_map_has_colour_by_load_and_width_by_flow(network, flows):
    flow = layer(map_flows(network, flows), "flows")
    assert legend(flow) == [
        "Belastningsgrad (flöde/kapacitet)", "Under 0,5", "0,5–0,7", "0,7–0,85", "0,85–1", "Minst 1", "Kapacitet okänd",
        "Flöde i tyngsta riktningen, fordon/h", "Under 100", "100–250", "250–500", "500–1\u00a0000", "Minst 1\u00a0000",
    ]  # fmt: skip
    heavy = next(entry for entry in flow["legend"] if entry.get("label") == "Minst 1\u00a0000")
    # w4: 1260 of 1200 in one direction, 700 of 1200 in the other: the busier speaks for the line.
    line = next(k for k, first in enumerate(flow["first"]) if rows(flow, "flow_vph")[first] == 1260)
    stroke = flow["styles"][flow["style"][line]]["strokes"][-1]
    assert (stroke["color"], stroke["weight"]) == ("#4a1500", heavy["strokes"][-1]["weight"])
    assert sorted(rows(flow, "flow_vph")) == sorted([620, 410, 780, 930, 300, 310, 1260, 700, 12])


def test_flow_map_ranks_delay_and_counts_what_is_above_capacity(network, flows):
    m = map_flows(network, flows)
    assert dict(m.spec["facts"]) == {"Fördröjning totalt": "28,4 fordonstimmar/h", "Länkar över kapacitet": "2"}
    items = m.spec["lists"][0]["items"]
    assert [item["title"] for item in items] == ["Väg 50", "Väg 66, Smedjebacksvägen", "Väg 50"]
    assert items[0]["sub"] == "16,0 fordonstimmar/h, belastningsgrad 1,05"


def test_links_without_traffic_stay_in_the_ground(network, flows):
    m = map_flows(network, flows)
    assert layer(m, "flows")["count"] == 9
    # w6, the two railways, the transfer and the fairway; w5 has traffic one way only and is in colour.
    assert len(layer(m, "ground")["style"]) == 5


def test_one_scale_for_several_maps(network, flows):
    low = layer(map_flows(network, flows / 10, largest_vph=1260), "flows")
    full = layer(map_flows(network, flows), "flows")
    assert legend(low) == legend(full)


def test_flows_on_unknown_edges_are_refused(network, flows):
    with pytest.raises(DataError, match=r"flows: 1 row \(first: nowhere\)"):
        map_flows(network, flows.rename(index={"w1_f": "nowhere"}))


def test_no_flow_at_all_is_a_map_of_the_ground(network, flows):
    m = map_flows(network, flows * 0)
    assert [one["key"] for one in m.spec["layers"]] == ["ground"]


# ---------- bottlenecks ----------


def test_bottlenecks_in_order_with_evidence_in_words(network, register):
    m = map_bottlenecks(network, register)
    items = m.spec["lists"][0]["items"]
    assert [item["badge"] for item in items] == ["1", "2", "3"]
    assert items[2]["sub"] == "Begränsning för tung transport: uppgift saknas, mät: fri höjd under"
    assert [one["title"] for one in m.spec["layers"]][-3:] == [
        "Begränsning för tung transport",
        "Byggnadsverk",
        "Trängsel",
    ]
    assert layer(m, "kind-structure")["signs"] == ["2"]
    assert layer(m, "bottleneck-links")["count"] == 2


def test_bottlenecks_speak_english(network, register):
    m = map_bottlenecks(network, register, lang="en")
    assert m.spec["lists"][0]["items"][0]["sub"] == "Congestion: delay 16 vehicle hours in the peak hour"
    assert rows(layer(m, "kind-congestion"), "measure_value") == ["Delay: 16 vehicle hours/h"]


def test_a_bottleneck_without_a_place_is_refused(network, register):
    with pytest.raises(DataError, match=r"bottlenecks: 1 row \(first: 2\) name no structure or edge"):
        map_bottlenecks(network, register.assign(structure_id=["", "gone", "st2"]))


def test_no_bottlenecks_is_said(network, register):
    m = map_bottlenecks(network, register.iloc[:0])
    assert m.spec["say"]["text"] == "Inga flaskhalsar i underlaget."


# ---------- comparison ----------


def test_comparison_separates_less_more_new_and_gone(network, comparison):
    change = layer(map_comparison(network, comparison), "changes")
    assert legend(change) == [
        "Minskar (fordon/h)", "Minst 500", "200–500", "Under 200", "Ökar (fordon/h)", "Under 200", "200–500", "Minst 500",
        "Utgår eller stängs",
    ]  # fmt: skip
    # w4: -1008 and -70; the larger change speaks. w3: +90, +62.
    assert strokes(change, "Väg 50")[-1] == {"color": "#0b4f8a", "weight": 7.5, "dash": "9 3", "opacity": 1.0}
    assert strokes(change, "Väg 66")[-1]["color"] == "#f5bd85"
    # w1 does not change and lies in the ground.
    assert change["count"] == 8


def test_comparison_reads_what_compare_gives(network, comparison):
    named = comparison.rename(columns=lambda side: f"delay_vehh_{side}")
    m = map_comparison(network, named, measure="delay_vehh", lang="en")
    assert m.spec["subtitle"] == "Delay (vehicle hours)"
    with pytest.raises(DataError, match="no column flow_vph_base"):
        map_comparison(network, named)


def test_nothing_changes_is_said(network, comparison):
    same = comparison.assign(variant=comparison["base"], change=0.0)
    assert map_comparison(network, same.dropna()).spec["say"]["text"] == "Ingen länk förändras."


def test_links_that_the_network_has_not_are_told(network, comparison):
    more = pd.concat([comparison, comparison.iloc[[0]].rename(index={"w1_f": "elsewhere"})])
    assert map_comparison(network, more).spec["say"]["text"].endswith("inte ritas: 1.")


def test_maps_leave_the_network_as_it_was(network, plan, flows):
    before = network.edges.copy(deep=True)
    map_flows(network, flows)
    map_plan(network, plan)
    map_network(network)
    pd.testing.assert_frame_equal(pd.DataFrame(network.edges), pd.DataFrame(before))
