"""What to call a place: names for tables, sentences and maps."""

from __future__ import annotations

from collections.abc import Hashable

import pandas as pd

from geoplan.network.network import Network


def node_titles(network: Network) -> dict[Hashable, str]:
    """What to call each node: its name, that of the hub it belongs to, the roads that meet there, or its id."""
    if "node_titles" not in network._cache:
        names = network.nodes["name"].to_dict()
        transfers = network.edges[network.edges["mode"] == "transfer"]
        for u, v in zip(transfers["u"], transfers["v"], strict=True):
            if not names[v]:
                names[v] = names[u]
        roads = _roads_at(network)
        network._cache["node_titles"] = {
            node: name or " / ".join(roads.get(node, ())[:2]) or str(node) for node, name in names.items()
        }
    return network._cache["node_titles"]


def edge_title(network: Network, edge_id: Hashable) -> str:
    """Number and name of an edge; between which places or roads where it has no name; its id at last."""
    edge = network.edges.loc[edge_id]
    titles = node_titles(network)
    if edge["mode"] == "transfer":
        return titles[edge["u"]]
    ends = [_end(network, edge[side], str(edge["ref"])) for side in ("u", "v")]
    if any(ends):  # an id beside a name says more than nothing, when people gave it
        ends = [
            end or (node if isinstance(node, str) else "") for end, node in zip(ends, edge[["u", "v"]], strict=True)
        ]
    named = edge["name"] or "–".join(dict.fromkeys(end for end in ends if end))
    words = [text for text in (edge["ref"], named) if text]
    return " ".join(words) or edge["line"] or str(edge_id)


def _end(network: Network, node: Hashable, own: str) -> str:
    """What an end of an edge without a name is called, empty without a name: the first other road that meets there."""
    name = node_titles(network)[node] if network.nodes.at[node, "name"] or node not in _roads_at(network) else ""
    if name:
        return name if name != str(node) else ""
    return next((road for road in _roads_at(network)[node] if road != own and not road.isdigit()), "")


def _roads_at(network: Network) -> dict[Hashable, tuple[str, ...]]:
    """Names (or else numbers) of the roads that meet in each node without a name, in the order of the edges."""
    if "roads_at" not in network._cache:
        edges = network.edges[network.edges["mode"] == "road"]
        # A name such as `Alby–Fork` says from where to where, not what the road is called.
        named = (edges["name"] != "") & ~edges["name"].str.contains("–", regex=False)
        label = edges["name"].where(named, edges["ref"])
        both = pd.concat([pd.DataFrame({"node": edges[side], "label": label}) for side in ("u", "v")])
        without = network.nodes.index[network.nodes["name"] == ""]
        both = both[(both["label"] != "") & both["node"].isin(without)].sort_index(kind="stable").drop_duplicates()
        network._cache["roads_at"] = both.groupby("node", sort=False)["label"].agg(tuple).to_dict()
    return network._cache["roads_at"]


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
