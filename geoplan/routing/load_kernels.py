"""Loading trips on shortest ways with a hierarchy: trees by sweeping, loads by sweeping back, arcs once at the end.

All in rank space, as in `hierarchy_kernels`. A label is reached either by climbing from the source or down an edge from
a higher node. Loads first go up against the sweep, from each node to the one it was reached from, until they stand on
labels that were climbed to; from there they follow the climb back to the source. What lies on shortcuts is handed
down to the arcs for all sources together.
"""

# A kernel takes its types from the arrays of the call: numba infers them, annotations would say nothing.
# mypy: allow-untyped-defs

from __future__ import annotations

import numpy as np
from numba import njit

from geoplan.routing.hierarchy_kernels import find_edge, low_end
from geoplan.routing.query_kernels import LANES


@njit(cache=True)
def load_lanes(
    sources, first_trip, to_node, amount, up_first, up_head, parent, up, down, selected,
    dist, via, climbed, load, climbed_load, touched, up_flow, down_flow, trip_cost,
):  # fmt: skip
    """Load the trips of up to LANES sources; adds to the flows of the hierarchy edges and fills `trip_cost`.

    Parameters
    ----------
    sources, first_trip, to_node, amount
        Trips of source k are first_trip[k] .. first_trip[k + 1] - 1; all their ends stand in `selected`.
    selected
        Nodes in descending order, with all their ancestors.
    dist, via, climbed, load, climbed_load
        (n_nodes, LANES) work space. via: edge down which a label came, -1 when it was climbed to; climbed: edge of
        the climb.
    touched
        (n_nodes,) False on entry and exit.
    up_flow, down_flow, trip_cost
        (n_hierarchy_edges,) twice and (n_trips,).
    """
    lanes = len(sources)
    for k in range(lanes):
        v = sources[k]
        while v >= 0 and not touched[v]:
            touched[v] = True
            dist[v, :] = np.inf
            climbed[v, :] = -1
            climbed_load[v, :] = 0.0
            v = parent[v]
    for k in range(lanes):
        v = sources[k]
        dist[v, k] = 0.0
        while v >= 0:
            base = dist[v, k]
            if base < np.inf:
                for e in range(up_first[v], up_first[v + 1]):
                    reach = base + up[e]
                    if reach < dist[up_head[e], k]:
                        dist[up_head[e], k] = reach
                        climbed[up_head[e], k] = e
            v = parent[v]
    best = np.empty(LANES)
    came = np.empty(LANES, np.int32)
    for i in range(len(selected)):
        v = selected[i]
        came[:] = -1
        load[v, :] = 0.0
        if touched[v]:
            for k in range(LANES):
                best[k] = dist[v, k]
        else:
            best[:] = np.inf
        for e in range(up_first[v], up_first[v + 1]):
            w = np.uint32(up_head[e])
            step = down[e]
            for k in range(LANES):
                reach = dist[w, k] + step
                came[k] = np.int32(e) if reach < best[k] else came[k]
                best[k] = reach if reach < best[k] else best[k]
        for k in range(LANES):
            dist[v, k] = best[k]
            via[v, k] = came[k]
    for k in range(lanes):
        for i in range(first_trip[k], first_trip[k + 1]):
            trip_cost[i] = dist[to_node[i], k]
            if trip_cost[i] < np.inf:
                load[to_node[i], k] += amount[i]
    for i in range(len(selected) - 1, -1, -1):
        v = selected[i]
        for k in range(lanes):
            here = load[v, k]
            if here == 0.0:
                continue
            e = via[v, k]
            if e >= 0:
                down_flow[e] += here
                load[up_head[e], k] += here
            else:
                climbed_load[v, k] += here
    for k in range(lanes):
        _descend(sources[k], k, up_first, parent, climbed, climbed_load, up_flow)
    for k in range(lanes):
        v = sources[k]
        while v >= 0 and touched[v]:
            touched[v] = False
            v = parent[v]


@njit(cache=True)
def _descend(source, k, up_first, parent, climbed, climbed_load, up_flow):
    """Loads on climbed labels go back to the source, the highest first."""
    height = 0
    v = source
    while v >= 0:
        height += 1
        v = parent[v]
    line = np.empty(height, np.int32)
    v = source
    for i in range(height):
        line[i] = v
        v = parent[v]
    for i in range(height - 1, 0, -1):
        v = line[i]
        here = climbed_load[v, k]
        if here > 0.0:
            e = climbed[v, k]
            up_flow[e] += here
            climbed_load[low_end(up_first, e), k] += here


@njit(cache=True)
def load_sources(
    sources, first_trip, to_node, amount, up_first, up_head, parent, up, down, selected,
    dist, via, climbed, load, climbed_load, up_flow, down_flow, trip_cost,
):  # fmt: skip
    """`load_lanes` for any number of sources."""
    touched = np.zeros(len(parent), np.bool_)
    for begin in range(0, len(sources), LANES):
        end = min(begin + LANES, len(sources))
        load_lanes(
            sources[begin:end], first_trip[begin : end + 1], to_node, amount, up_first, up_head, parent, up, down,
            selected, dist, via, climbed, load, climbed_load, touched, up_flow, down_flow, trip_cost,
        )  # fmt: skip


@njit(cache=True)
def hand_down(up_first, up_head, up_mid, down_mid, up_arc, down_arc, up_flow, down_flow, arc_flow):
    """Flows of hierarchy edges onto the input arcs, adding to `arc_flow`; the highest edges first.

    A shortcut passes a node below both its ends, so its parts have a lower low end and come later.
    """
    for x in range(len(up_first) - 2, -1, -1):
        for e in range(up_first[x], up_first[x + 1]):
            y = up_head[e]
            if up_flow[e] > 0.0:
                v = up_mid[e]
                if v < 0:
                    arc_flow[up_arc[e]] += up_flow[e]
                else:
                    down_flow[find_edge(up_first, up_head, v, x)] += up_flow[e]
                    up_flow[find_edge(up_first, up_head, v, y)] += up_flow[e]
            if down_flow[e] > 0.0:
                v = down_mid[e]
                if v < 0:
                    arc_flow[down_arc[e]] += down_flow[e]
                else:
                    down_flow[find_edge(up_first, up_head, v, y)] += down_flow[e]
                    up_flow[find_edge(up_first, up_head, v, x)] += down_flow[e]
