"""What a page lets one choose: places, vehicles, scenarios and structures of a study."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from geoplan.errors import DataError
from geoplan.maps.labels import LANGS, Lang, Text, value_text
from geoplan.network.names import local_names
from geoplan.network.network import Network
from geoplan.routing.points import find_node
from geoplan.study import Study
from geoplan.vehicles.catalogue import home_fleet, vehicle

Named = Mapping[str, Text]


@dataclass(frozen=True)
class Choices:
    """Words by id of everything that can be chosen, and what the page opens with.

    presets : transport id to what it sets (weight, length, width, height, origin, destination, vehicle)
    """

    origins: Named
    ports: Named
    vehicles: Named
    scenarios: Named
    structures: Named
    presets: Mapping[str, tuple[Text, Mapping[str, Any]]]
    first: Mapping[str, Any]


def choices_of(study: Study) -> Choices:
    """What can be chosen in a study.

    Raises
    ------
    DataError
        The study has no heavy transport, so that there is nothing to ask.
    """
    if not study.transports:
        raise DataError(f"{study.name}: has no [[transports]]; add one with its load, from and to")
    network = study.network
    exports = [row for row in study.targets if row.origin and row.ports]
    origins = [row.origin for row in study.transports] + [str(row.origin) for row in exports]
    ports = [port for row in study.transports for port in row.to] + [port for row in exports for port in row.ports]
    scenarios = {row.id: Text(row.name("sv"), row.name("en")) for row in study.scenarios}
    presets = {row.id: (Text(row.name.sv, row.name.en), _preset(study, row)) for row in study.transports}
    first = next(iter(presets.values()))[1]
    return Choices(
        origins=_places(network, origins),
        ports=_places(network, ports),
        vehicles=_vehicles(study),
        scenarios=scenarios or {"base": Text("Nuläge", "Base")},
        structures=_structures(network),
        presets=presets,
        first={**first, "scenario": next(iter(scenarios), "base")},
    )


def _preset(study: Study, row: Any) -> dict[str, Any]:
    load, network = study.loads[row.load], study.network
    ends = [str(network.nodes.index[find_node(network, place)]) for place in (row.origin, row.to[0])]
    return {
        "weight": load.weight_t,
        "length": load.length_m,
        "width": load.width_m,
        "height": load.height_m,
        "origin": ends[0],
        "destination": ends[1],
        "vehicle": row.vehicles[0] if len(row.vehicles) == 1 else "",
    }


def _places(network: Network, names: list[str]) -> dict[str, Text]:
    ids = [network.nodes.index[find_node(network, name)] for name in dict.fromkeys(names)]
    return {str(node): _in_both(network, node, str(network.nodes.at[node, "name"])) for node in dict.fromkeys(ids)}


def _structures(network: Network) -> dict[str, Text]:
    """Structures that carry or cross something, by name."""
    used = set(network.structure_edges["structure_id"])
    rows = network.structures[network.structures.index.isin(used)]
    named = {str(key): _in_both(network, key, name) for key, name in rows["name"].items()}
    return dict(sorted(named.items(), key=lambda item: item[1].sv.casefold()))


def _vehicles(study: Study) -> dict[str, Text]:
    """Vehicles on land: the home fleet, and what the transports of the study name."""
    named = [vehicle(name) for row in study.transports for name in row.vehicles]
    fleet = {one.name: one for one in (*home_fleet(), *named) if one.mode != "sea" and not one.divisible}
    return {key: Text(*(_vehicle_text(one, lang) for lang in LANGS)) for key, one in fleet.items()}


def _vehicle_text(one: Any, lang: Lang) -> str:
    """The words of the vocabulary, the catalogue's description where it has none."""
    said = value_text("vehicle", one.name, lang)
    return said if said != one.name or lang == "sv" else one.description


def _in_both(network: Network, key: Any, name: str) -> Text:
    return Text(*(str(_names(network, lang).get(key, name or key)) for lang in LANGS))


def _names(network: Network, lang: Lang) -> Mapping[Any, str]:
    cached = f"app_names_{lang}"
    if cached not in network._cache:
        network._cache[cached] = local_names(network, lang)
    return network._cache[cached]
