"""Names for people."""

from geoplan.network.join import split_by_mode
from geoplan.network.names import edge_title, local_names, localise, node_titles, place_title


def test_edges_are_called_by_number_name_and_ends(make_network):
    nodes = {"a": (0, 0, {"name": ""}), "b": (1, 0, {"name": "Ludvika"}), "c": (2, 0, {"name": "Vad"})}
    edges = [
        ("a", "b", {"ref": "50", "id": "w"}),
        ("b", "c", {"name": "Storgatan", "id": "x"}),
        ("c", "a", {"id": "y"}),
    ]
    network = make_network(nodes, edges, structures={"gate": {"over": ["w"], "name": "Porten"}})
    assert edge_title(network, "w:f") == "50 a–Ludvika"
    assert edge_title(network, "x:f") == "Storgatan"
    assert edge_title(network, "y:f") == "Vad–a"
    assert place_title(network, "gate", "w:f") == "Porten"
    assert place_title(network, "", "x:b") == "Storgatan"


def test_mode_nodes_and_transfers_take_the_name_of_their_hub(make_network):
    nodes = {"a": (0, 0), "P": (1, 0, {"name": "Port"}), "c": (2, 0)}
    network = split_by_mode(make_network(nodes, [("a", "P"), ("P", "c", {"mode": "rail"})]))
    assert node_titles(network)["P@rail"] == "Port"
    assert edge_title(network, "transfer_P@rail:f") == "Port"


def test_names_in_a_language_of_their_own(make_network):
    nodes = {"a": (0, 0, {"name_sv": "Hamnen"}), "b": (1, 0, {"name_sv": ""})}
    network = make_network(nodes, [("a", "b")])
    assert local_names(network, "sv") == {"a": "Hamnen"} and local_names(network, "en") == {}
    graph = network.graph
    swedish = localise(network, "sv")
    assert swedish.nodes["name"].to_list() == ["Hamnen", "b"] and swedish.graph is graph
    assert localise(network, "en") is network


def test_places_without_a_name_are_called_by_the_roads_that_meet_there(make_network):
    """As in files of OpenStreetMap: ids are numbers, and hardly a junction has a name.

    1 --Voßstraße-- 2 --(no name)-- 3 --Römerstraße-- 4
    """
    nodes = {k: (k, 0, {"name": ""}) for k in (1, 2, 3, 4, 5)}
    edges = [
        (1, 2, {"name": "Voßstraße", "id": "a"}),
        (2, 3, {"id": "b"}),
        (3, 4, {"name": "Römerstraße", "ref": "B 3", "id": "c"}),
        (4, 5, {"ref": "B 3", "id": "d"}),
    ]
    network = make_network(nodes, edges)
    assert edge_title(network, "b:f") == "Voßstraße–Römerstraße" and edge_title(network, "d:f") == "B 3 Römerstraße"
    assert node_titles(network)[4] == "Römerstraße / B 3" and node_titles(network)[1] == "Voßstraße"
