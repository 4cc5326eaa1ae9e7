"""The section of signs: one table for all transports by road, texts in both languages."""

from types import SimpleNamespace

from geoplan.maps.labels import Text
from geoplan.present.signage import signage_section
from geoplan.routing.route import route


def test_rows_keep_their_transport_and_both_languages(make_network):
    nodes = {"a": (0, 0), "b": (1000, 0), "c": (1000, 1000), "d": (2000, 0)}
    network = make_network(nodes, [("a", "b"), ("b", "c", {"ref": "66"}), ("b", "d")])
    track = make_network(nodes, [("a", "b", {"mode": "rail"})])
    plans = {"one": route(network, "a", "c"), "two": route(network, "c", "d")}
    by_rail = SimpleNamespace(network=track, plans={"one": route(track, "a", "b", modes=("rail",))})
    today = SimpleNamespace(network=network, plans=plans)
    answers = SimpleNamespace(scenarios={"today": today, "by_rail": by_rail})
    named = [SimpleNamespace(id=key, name=SimpleNamespace(sv=f"{key} sv", en=f"{key} en")) for key in plans]
    section = signage_section(SimpleNamespace(transports=named), answers)
    frame = section.tables[0].frame
    assert list(frame["transport"]) == [Text("one sv", "one en")] * 2 + [Text("two sv", "two en")] * 2
    assert frame["sign"].iloc[1] == Text(
        "Tung transport: sväng vänster, väg 66 mot c", "Heavy load: turn left, road 66 towards c"
    )
    assert frame["turn"].iloc[3] == Text("sväng vänster", "turn left")  # from north to east
    assert section.text[0].en.startswith("2 decision points")
    other = section.by_scenario["by_rail"]
    assert not other.tables and other.text[0].en == "None of the heavy transports goes by road here."


def test_nothing_by_road_gives_no_section(make_network):
    network = make_network({"a": (0, 0), "b": (1000, 0)}, [("a", "b", {"mode": "rail"})])
    today = SimpleNamespace(network=network, plans={"one": route(network, "a", "b", modes=("rail",))})
    answers = SimpleNamespace(scenarios={"today": today})
    assert signage_section(SimpleNamespace(transports=()), answers) is None
