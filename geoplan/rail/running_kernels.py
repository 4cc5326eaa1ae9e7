"""Running-time kernel: a train along a profile of speed limits and grades. Arrays only."""

# A kernel takes its types from the arrays of the call: numba infers them, annotations would say nothing.
# mypy: allow-untyped-defs

from __future__ import annotations

import numpy as np
from numba import njit

GRAVITY = 9.81  # m/s2
CREEP_MS = 0.5  # a train that cannot keep this speed on a grade has stalled


@njit(cache=True)
def run_profile(step_m, limit_ms, grade, mass_t, force_n, power_w, brake, rest_a, rest_b, rest_c, inertia):
    """Speed at the ends of the steps and time at each end, from standstill to standstill.

    step_m, limit_ms, grade : (n,) length, speed limit and slope (rise over run) of each step; grade is that of the
    direction of travel. Returns speed (n + 1,) in m/s and time (n + 1,) in s; inf behind the step where it stalls.
    """
    n = len(step_m)
    top = np.empty(n + 1)
    top[0] = 0.0
    top[n] = 0.0
    for k in range(1, n):
        top[k] = min(limit_ms[k - 1], limit_ms[k])
    for k in range(n - 1, 0, -1):  # what braking allows, from the end backwards
        top[k] = min(top[k], np.sqrt(top[k + 1] ** 2 + 2.0 * brake * step_m[k]))
    speed = np.empty(n + 1)
    time = np.empty(n + 1)
    speed[0] = 0.0
    time[0] = 0.0
    mass = mass_t * 1000.0
    for k in range(n):
        v = speed[k]
        pull = force_n
        if v > 0.0:
            pull = min(force_n, power_w / v)
        drag = mass_t * (rest_a + rest_b * v + rest_c * v * v) + mass * GRAVITY * grade[k]
        a = (pull - drag) / (mass * inertia)
        squared = v * v + 2.0 * a * step_m[k]
        if squared <= CREEP_MS**2 and top[k + 1] > CREEP_MS:
            for i in range(k + 1, n + 1):
                speed[i] = 0.0
                time[i] = np.inf
            return speed, time
        w = min(np.sqrt(max(squared, 0.0)), top[k + 1])
        speed[k + 1] = w
        step = step_m[k]
        if v == 0.0 and w == 0.0:
            # One step from stand to stand: speed up and brake inside it.
            up = max((force_n - mass_t * rest_a - mass * GRAVITY * grade[k]) / (mass * inertia), 1e-6)
            peak = min(np.sqrt(2.0 * step * up * brake / (up + brake)), limit_ms[k])
            moved = peak**2 / 2.0 / up + peak**2 / 2.0 / brake
            time[k + 1] = time[k] + peak / up + peak / brake + max(0.0, step - moved) / peak
        elif w > v and squared > w * w:  # the limit is reached inside the step
            time[k + 1] = time[k] + (w - v) / a + (step - (w * w - v * v) / (2.0 * a)) / w
        elif w < v and v * v - w * w < 2.0 * brake * step:  # braking begins inside the step
            time[k + 1] = time[k] + (step - (v * v - w * w) / (2.0 * brake)) / v + (v - w) / brake
        else:
            time[k + 1] = time[k] + 2.0 * step / (v + w)
    return speed, time
