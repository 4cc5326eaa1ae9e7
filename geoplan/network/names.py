"""What to call a place: names for tables, sentences and maps."""

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


def edge_title(network: Network, edge_id: Hashable) -> str:
    """Number and name of an edge; between which places where it has no name; its id at last."""
    edge = network.edges.loc[edge_id]
    titles = node_titles(network)
    u, v = titles[edge["u"]], titles[edge["v"]]
    if edge["mode"] == "transfer":
        return u
    named = edge["name"] or (f"{u}–{v}" if (u, v) != (str(edge["u"]), str(edge["v"])) else "")
    words = [text for text in (edge["ref"], named) if text]
    return " ".join(words) or edge["line"] or str(edge_id)


def place_title(network: Network, structure_id: Hashable, edge_id: Hashable) -> str:
    """Name of the structure, or of the edge where there is none (empty id)."""
    if structure_id != "":
        return str(network.structures["name"].get(structure_id, "")) or str(structure_id)
    return edge_title(network, edge_id)


def local_names(network: Network, lang: str) -> dict[Hashable, str]:
    """Names in one language by id, from columns such as `name_sv` of nodes, edges and structures; only those given."""
    column = f"name_{lang}"
    found: dict[Hashable, str] = {}
    for table in (network.nodes, network.edges, network.structures):
        if column in table:
            given = table[column].fillna("").astype(str)
            found |= given[given != ""].to_dict()
    return found


def localise(network: Network, lang: str) -> Network:
    """The network with the names of one language where its tables have them (columns such as `name_sv`)."""
    column = f"name_{lang}"
    tables = {}
    for key in ("nodes", "edges", "structures"):
        table = getattr(network, key)
        if column in table:
            given = table[column].fillna("").astype("str")
            tables[key] = table.assign(name=given.where(given != "", table["name"]))
    return network.replace(**tables) if tables else network
