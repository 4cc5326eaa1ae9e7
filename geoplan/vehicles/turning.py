"""Swept paths: how much room a combination needs in a bend.

Two kinds of vehicle. One whose units are drawn (lorry and trailer, semi-trailer): the front axle follows the
path and each unit's rear axle follows its hitch on a tractrix,

    d(psi)/ds = sin(theta - psi) / l,

which on a straight piece has the exact solution tan(delta / 2) = tan(delta_0 / 2) exp(-s / l), delta = theta
- psi. One whose axle lines are all steered (modular trailers, girder frames): both ends follow the path and
the body lies on the chord between them, its middle p^2 / 8R inside the curve.

Source: tractrix of articulated vehicles, e.g. Jindra (1963), "Off-tracking of tractor-trailer combinations".
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numba import njit
from numpy.typing import NDArray

from geoplan.errors import DataError
from geoplan.network.network import Network
from geoplan.vehicles.vehicle import Vehicle

FloatArray = NDArray[np.float64]

STEP_M = 0.25  # piece of path between two positions of the body
FRONT_OVERHANG_M, REAR_OVERHANG_M = 1.4, 1.4  # body beyond the axles of a drawn unit; typical
SIDE_POINTS = 65  # points looked at on each long side of a body
LEAST_ANGLE_DEG = 20.0  # a gentler bend is no turn
APPROACH_M = 15.0  # how far before a junction the arc through it may begin; typical of a rural junction


@dataclass(frozen=True, eq=False)
class SweptPath:
    """What a vehicle sweeps in one turn.

    path : (n, 2) the guided front point in metres, the turn to the left, its arc's middle at `centre`
    bodies : (k, n, 4, 2) corners of each of the k bodies at each position
    inside_m, outside_m : how far a body reaches to the inside and to the outside of the path
    width_m : their sum, the room needed
    """

    path: FloatArray
    bodies: FloatArray
    centre: FloatArray
    inside_m: float
    outside_m: float
    width_m: float


def turn_path(angle_deg: float, radius_m: float, lead_m: float) -> tuple[FloatArray, FloatArray]:
    """A straight, an arc to the left and a straight, as points every `STEP_M`, with the middle of the arc."""
    if not (0 < angle_deg <= 180 and radius_m > 0 and lead_m >= 0):
        raise DataError(f"turn of {angle_deg:g} degrees at {radius_m:g} m: give 0 to 180 degrees and a radius above 0")
    angle = np.radians(angle_deg)
    before = np.arange(-lead_m, 0.0, STEP_M)
    turned = np.arange(0.0, angle, STEP_M / radius_m)
    after = np.arange(0.0, lead_m + STEP_M, STEP_M)
    end = np.array([radius_m * np.sin(angle), radius_m * (1 - np.cos(angle))])
    points = [
        np.stack([before, np.zeros_like(before)], axis=1),
        np.stack([radius_m * np.sin(turned), radius_m * (1 - np.cos(turned))], axis=1),
        end + after[:, None] * np.array([np.cos(angle), np.sin(angle)]),
    ]
    return np.concatenate(points), np.array([0.0, radius_m])


def swept_path(vehicle: Vehicle, angle_deg: float, radius_m: float) -> SweptPath:
    """What a road vehicle sweeps when its front follows an arc.

    Raises
    ------
    DataError
        The vehicle has neither `turn_lengths_m` nor `pivot_span_m`, or its width is not known.
    """
    if np.isnan(vehicle.width_m) or (not vehicle.turn_lengths_m and np.isnan(vehicle.pivot_span_m)):
        raise DataError(f"{vehicle.name}: give width_m and turn_lengths_m or pivot_span_m to see what it sweeps")
    reach = vehicle.pivot_span_m if not np.isnan(vehicle.pivot_span_m) else sum(vehicle.turn_lengths_m)
    path, centre = turn_path(angle_deg, radius_m, 2.0 * reach + 10.0)
    if not np.isnan(vehicle.pivot_span_m):
        ends = [(path, chord_follow(path, vehicle.pivot_span_m))]
        overhangs = (0.0, 0.0)
    else:
        ends = []
        front = path
        for length in vehicle.turn_lengths_m:
            rear = tractrix(front, length)
            ends.append((front, rear))
            front = rear
        overhangs = (FRONT_OVERHANG_M, REAR_OVERHANG_M)
    bodies = np.stack([_rectangles(front, rear, vehicle.width_m, *overhangs) for front, rear in ends])
    inside, outside = _offsets(bodies, angle_deg, radius_m)
    return SweptPath(path, bodies, centre, inside, outside, inside + outside)


@njit(cache=True)
def tractrix(front, length):  # type: ignore[no-untyped-def]  # numba infers
    """Rear points (n, 2) of a unit whose front follows the points `front` (n, 2), straight behind it at first."""
    n = len(front)
    rear = np.empty((n, 2), np.float64)
    psi = np.arctan2(front[1, 1] - front[0, 1], front[1, 0] - front[0, 0])
    rear[0, 0] = front[0, 0] - length * np.cos(psi)
    rear[0, 1] = front[0, 1] - length * np.sin(psi)
    for i in range(1, n):
        dx, dy = front[i, 0] - front[i - 1, 0], front[i, 1] - front[i - 1, 1]
        piece = np.sqrt(dx * dx + dy * dy)
        if piece > 0.0:
            theta = np.arctan2(dy, dx)
            delta = theta - psi
            delta = np.arctan2(np.sin(delta), np.cos(delta))
            psi = theta - 2.0 * np.arctan(np.tan(delta / 2.0) * np.exp(-piece / length))
        rear[i, 0] = front[i, 0] - length * np.cos(psi)
        rear[i, 1] = front[i, 1] - length * np.sin(psi)
    return rear


@njit(cache=True)
def chord_follow(path, span):  # type: ignore[no-untyped-def]  # numba infers
    """Points (n, 2) on the path at the distance `span` behind each of its points, on its straight start before it."""
    n = len(path)
    rear = np.empty((n, 2), np.float64)
    heading = np.arctan2(path[1, 1] - path[0, 1], path[1, 0] - path[0, 0])
    j = 0
    for i in range(n):
        # The last piece of the path that reaches out of the circle of radius `span` around point i: in a tight turn
        # the rear end is pushed back before it goes on.
        while j > 0 and np.hypot(path[j, 0] - path[i, 0], path[j, 1] - path[i, 1]) < span:
            j -= 1
        while j + 1 < i and np.hypot(path[j + 1, 0] - path[i, 0], path[j + 1, 1] - path[i, 1]) >= span:
            j += 1
        far = np.hypot(path[j, 0] - path[i, 0], path[j, 1] - path[i, 1])
        if far < span:
            rear[i, 0] = path[i, 0] - span * np.cos(heading)
            rear[i, 1] = path[i, 1] - span * np.sin(heading)
            continue
        low, high = 0.0, 1.0
        for _ in range(40):
            mid = (low + high) / 2
            x = path[j, 0] + mid * (path[j + 1, 0] - path[j, 0])
            y = path[j, 1] + mid * (path[j + 1, 1] - path[j, 1])
            if np.hypot(x - path[i, 0], y - path[i, 1]) >= span:
                low = mid
            else:
                high = mid
        rear[i, 0] = path[j, 0] + low * (path[j + 1, 0] - path[j, 0])
        rear[i, 1] = path[j, 1] + low * (path[j + 1, 1] - path[j, 1])
    return rear


def turning_margins(
    network: Network,
    vehicle: Vehicle,
    edge_ids: Iterable[Hashable],
    *,
    approach_m: float = APPROACH_M,
    least_angle_deg: float = LEAST_ANGLE_DEG,
) -> pd.DataFrame:
    """Room needed at each junction and sharp bend of a way by road against the room there.

    The angle is that of the drawn lines over `approach_m` on both sides; the arc has the radius that fits in it. The
    room at a junction is what the node states (`turn_room_m`, measured). Elsewhere the paved width (`width_m`) of the
    narrower edge speaks by rule: what fits in it passes, but a wider need is *not known*, for junctions are wider than
    their roads and long vehicles use the whole of them.

    Returns
    -------
    Table in order of travel: node_id (None in a bend of one edge), from_edge, to_edge, kind (junction, bend),
    angle_deg, radius_m, need_width_m, room_m, margin, verdict (ok, not_ok, unknown), basis (measured, by_rule).
    """
    edges = network.edges
    rows = edges.index.get_indexer(pd.Index(list(edge_ids)))
    road = (edges["mode"] == "road").to_numpy()
    width = edges["width_m"].to_numpy()
    stated = network.nodes["turn_room_m"]
    lines = edges.geometry.array
    starts, ends = edges["u"].array, edges["v"].array
    found: list[tuple[object, ...]] = []

    def add(node: object, first: int, second: int, kind: str, angle: float) -> None:
        if angle < least_angle_deg:
            return
        radius = approach_m / np.tan(np.radians(angle) / 2)
        need = room_needed(vehicle, angle, radius)
        room = np.nan if node is None else float(stated.at[node])
        measured = not np.isnan(room)
        room = room if measured else float(np.fmin(width[first], width[second]))
        fits = "ok" if need <= room else ("not_ok" if measured else "unknown")
        verdict = "unknown" if np.isnan(room) or np.isnan(need) else fits
        basis = "measured" if measured else "by_rule"
        at = (node, edges.index[first], edges.index[second], kind, angle, radius, need, room, room - need)
        found.append((*at, verdict, basis))

    for here, row in enumerate(rows.tolist()):
        if not road[row]:
            continue
        add(None, row, row, "bend", sharpest_bend(lines[row].coords, approach_m))
        after = rows[here + 1] if here + 1 < len(rows) else -1
        if after >= 0 and road[after] and ends[row] == starts[after]:
            angle = turn_angle(lines[row].coords, lines[after].coords, approach_m)
            add(ends[row], row, int(after), "junction", angle)
    return pd.DataFrame(found, columns=TURN_COLUMNS)


def room_needed(vehicle: Vehicle, angle_deg: float, radius_m: float) -> float:
    """Width that the vehicle sweeps in a turn, metres; NaN when its shape is not known."""
    shape = vehicle.turn_lengths_m, vehicle.pivot_span_m
    if np.isnan(vehicle.width_m) or (not shape[0] and np.isnan(shape[1])):
        return np.nan
    key = (vehicle.width_m, *shape, round(angle_deg, 6), round(radius_m, 6))
    if key not in _NEEDS:
        if len(_NEEDS) >= KEPT_NEEDS:
            _NEEDS.clear()
        _NEEDS[key] = swept_path(vehicle, angle_deg, radius_m).width_m
    return _NEEDS[key]


def turn_angle(before: Iterable[tuple[float, ...]], after: Iterable[tuple[float, ...]], approach_m: float) -> float:
    """Change of heading in degrees, 0 to 180, from the last `approach_m` of one line to the first of the next."""
    a, b = np.asarray(before, dtype=float)[:, :2], np.asarray(after, dtype=float)[:, :2]
    come, go = a[-1] - _point_at(a[::-1], approach_m), _point_at(b, approach_m) - b[0]
    return float(abs(np.degrees(np.arctan2(come[0] * go[1] - come[1] * go[0], come @ go))))


def sharpest_bend(line: Iterable[tuple[float, ...]], approach_m: float) -> float:
    """Largest change of heading in degrees, 0 to 180, within any stretch of twice `approach_m` of a line."""
    points = np.asarray(line, dtype=float)[:, :2]
    steps = np.diff(points, axis=0)
    steps = steps[(steps != 0).any(axis=1)]
    if len(steps) < 2:
        return 0.0
    cross = steps[:-1, 0] * steps[1:, 1] - steps[:-1, 1] * steps[1:, 0]
    turned = np.concatenate([[0.0], np.cumsum(np.degrees(np.arctan2(cross, (steps[:-1] * steps[1:]).sum(axis=1))))])
    at = np.cumsum(np.hypot(steps[:, 0], steps[:, 1]))[:-1]  # of the points between the pieces
    upto = np.searchsorted(at, at + 2 * approach_m, side="right")
    # From before point i to behind the last point of the stretch, for every point in it.
    largest = max(float(np.abs(turned[i + 1 : end + 1] - turned[i]).max()) for i, end in enumerate(upto))
    return min(largest, 180.0)


TURN_COLUMNS = [
    "node_id",
    "from_edge",
    "to_edge",
    "kind",
    "angle_deg",
    "radius_m",
    "need_width_m",
    "room_m",
    "margin",
    "verdict",
    "basis",
]
KEPT_NEEDS = 4096
_NEEDS: dict[tuple[object, ...], float] = {}


def _point_at(line: FloatArray, metres: float) -> FloatArray:
    """The point at this distance along a line, its end when the line is shorter."""
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    return np.array([np.interp(metres, along, line[:, 0]), np.interp(metres, along, line[:, 1])])


def _rectangles(front: FloatArray, rear: FloatArray, width_m: float, ahead_m: float, behind_m: float) -> FloatArray:
    """Corners (n, 4, 2) of a body from `ahead_m` before the front points to `behind_m` after the rear points."""
    along = front - rear
    along = along / np.linalg.norm(along, axis=1, keepdims=True)
    across = np.stack([-along[:, 1], along[:, 0]], axis=1) * width_m / 2
    nose, tail = front + ahead_m * along, rear - behind_m * along
    return np.stack([nose + across, nose - across, tail - across, tail + across], axis=1)


def _offsets(bodies: FloatArray, angle_deg: float, radius_m: float) -> tuple[float, float]:
    """Farthest that the bodies reach to the inside and to the outside of the path, metres.

    Beside the straights the offset is taken from their lines, in the sector of the arc from its circle.
    """
    share = np.linspace(0.0, 1.0, SIDE_POINTS)[:, None]
    left = bodies[..., 0, None, :] * (1 - share) + bodies[..., 3, None, :] * share
    right = bodies[..., 1, None, :] * (1 - share) + bodies[..., 2, None, :] * share
    points = np.concatenate([left.reshape(-1, 2), right.reshape(-1, 2)])
    angle = np.radians(angle_deg)
    around = np.arctan2(points[:, 0], radius_m - points[:, 1])
    on_arc = radius_m - np.hypot(points[:, 0], points[:, 1] - radius_m)
    end = np.array([radius_m * np.sin(angle), radius_m * (1 - np.cos(angle))])
    beyond = (points - end) @ np.array([-np.sin(angle), np.cos(angle)])
    # Behind the middle of the arc the sector's borders run on: what is past its half-way goes with the far
    # straight.
    past = (around > angle) | ((around < angle / 2 - np.pi) & (points[:, 1] > radius_m))
    inside = np.where(past, beyond, np.where(around < 0, points[:, 1], on_arc))
    return float(inside.max()), float(-inside.min())
