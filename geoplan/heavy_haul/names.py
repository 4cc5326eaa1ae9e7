"""Names of places for tables and sentences."""

from __future__ import annotations

from collections.abc import Hashable

from geoplan.network.network import Network


def node_titles(network: Network) -> dict[Hashable, str]:
    """What to call each node: its name, the name of the hub it belongs to, or its id."""
    if "node_titles" not in network._cache:
        names = network.nodes["name"].to_dict()
        transfers = network.edges[network.edges["mode"] == "transfer"]
        for u, v in zip(transfers["u"], transfers["v"], strict=True):
            if not names[v]:
                names[v] = names[u]
        network._cache["node_titles"] = {node: name or str(node) for node, name in names.items()}
    return network._cache["node_titles"]


def place_name(network: Network, structure_id: object, edge_id: Hashable) -> str:
    """Name of a structure, or of a section by its ends and what it is called."""
    if structure_id != "":
        return str(network.structures["name"].get(structure_id, "")) or str(structure_id)
    edge = network.edges.loc[edge_id]
    titles = node_titles(network)
    u, v = titles[edge["u"]], titles[edge["v"]]
    if u == v:
        return f"{u} ({edge['mode']})"
    called = edge["name"] or edge["line"] or edge["ref"] or edge_id
    return f"{u} - {v} ({called})"
