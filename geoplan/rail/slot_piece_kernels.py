"""Kernels of what is in the way: bans, and step functions of who is hit by leaving or standing when. Arrays only.

Positions along the line are places 0..n with sections k between place k and k + 1. Times are whole seconds. A *ban* is
an open interval (low, high): a section may not be entered at a time inside it, a place not be passed inside it, and a
stay [s, e] at a place may not touch it (s < high and e > low). *Pieces* are a step function of time: rows (start, mask)
that hold until the next one starts; bit b of a mask is a week (or a train) that is hit.
"""

# A kernel takes its types from the arrays of the call: numba infers them, annotations would say nothing.
# mypy: allow-untyped-defs

from __future__ import annotations

import numpy as np
from numba import njit

EVER = np.int64(1) << np.int64(60)
# A plain 0 or True in a call is a type of its own, and one more compilation.
NONE, ONE = np.int64(0), np.int64(1)
EITHER, BOTH = np.bool_(False), np.bool_(True)


@njit(cache=True)
def section_ban(enter, leave, same, run, blocks, meet_s, release_s):
    """Entry times, (low, high) open, at which a run of `run` seconds is too near another train on the section.

    same: both run the same way. Trains of one direction keep apart in every one of `blocks` blocks of equal running
    time; because both run evenly, the first and the last block decide.
    """
    if not same:
        return enter - run - meet_s, leave + meet_s
    other = leave - enter
    after = max(enter + other / blocks, leave + run / blocks - run) + release_s
    before = min(enter - run / blocks, leave - other / blocks - run) - release_s
    return np.int64(np.floor(before)), np.int64(np.ceil(after))


@njit(cache=True)
def row_after(values, low, high, t):
    """First of the rows low .. high - 1 whose value is above t, `high` when there is none; sorted whole numbers.

    (np.searchsorted takes seconds to compile.)
    """
    while low < high:
        middle = (low + high) // 2
        if values[middle] > t:
            high = middle
        else:
            low = middle + 1
    return low


@njit(cache=True)
def put(out, at, values):
    """out[at : at + n] = values (which takes a second to compile as it stands)."""
    for k in range(len(values)):
        out[at + k] = values[k]


@njit(cache=True)
def longer(values):
    """The values with as much room behind them."""
    out = np.empty(2 * len(values), values.dtype)
    put(out, NONE, values)
    return out


@njit(cache=True)
def events(start, end, start_s, end_s):
    """Starts (and start_s) and ends (and end_s) by time: positions (row of a start, n + row of an end), times (2 n,).

    Rows come nearly in order, so each is moved up past the few that are later.
    """
    n = len(start)
    order, time = np.empty(2 * n, np.int64), np.empty(2 * n, np.int64)
    for half in range(2):
        for row in range(n):
            t = end[row] + end_s if half else start[row] + start_s
            k = half * n + row
            while k > half * n and time[k - 1] > t:
                order[k], time[k] = order[k - 1], time[k - 1]
                k -= 1
            order[k], time[k] = half * n + row, t
    merged_order, merged_time = np.empty(2 * n, np.int64), np.empty(2 * n, np.int64)
    i, j = 0, n
    for k in range(2 * n):
        if j == 2 * n or (i < n and time[i] < time[j]):
            merged_order[k], merged_time[k] = order[i], time[i]
            i += 1
        else:
            merged_order[k], merged_time[k] = order[j], time[j]
            j += 1
    return merged_order, merged_time


@njit(cache=True)
def full_spans(arrive, depart, mask, n_tracks, track_s, n_bits):
    """Times (start, end, mask) in which all tracks of a place are taken, with the bits (weeks) of it.

    A stay holds a track from its arrival to track_s after its departure.
    """
    n = len(arrive)
    order, time = events(arrive, depart, NONE, track_s)
    count = np.zeros(n_bits, dtype=np.int64)
    start, end, out = np.empty(4 * n, np.int64), np.empty(4 * n, np.int64), np.empty(4 * n, np.uint64)
    found = 0
    now = np.uint64(0)
    since = np.int64(0)
    k = 0
    while k < 2 * n:
        t = time[k]
        was = now
        while k < 2 * n and time[k] == t:
            i = order[k]
            add = 1 if i < n else -1
            bits = mask[i if i < n else i - n]
            for b in range(n_bits):
                if (bits >> np.uint64(b)) & np.uint64(1):
                    count[b] += add
                    if count[b] >= n_tracks:
                        now |= np.uint64(1) << np.uint64(b)
                    else:
                        now &= ~(np.uint64(1) << np.uint64(b))
            k += 1
        if now != was:
            if was != 0 and t > since:
                start[found], end[found], out[found] = since, t, was
                found += 1
            since = t
    return start[:found], end[:found], out[:found]


@njit(cache=True)
def free_windows(low, high, t0, t1):
    """Closed intervals of [t0, t1] outside open bans sorted by low."""
    start, end = np.empty(len(low) + 1, np.int64), np.empty(len(low) + 1, np.int64)
    found = 0
    free = t0
    for k in range(len(low)):
        if low[k] >= free:
            start[found], end[found] = free, min(low[k], t1)
            found += 1
        free = max(free, high[k])
        if free > t1:
            break
    if free <= t1:
        start[found], end[found] = free, t1
        found += 1
    return start[:found], end[:found]


@njit(cache=True)
def hit_pieces(low, high, mask, t0, t1):
    """Bits hit by each whole time of [t0, t1], as pieces (start, mask): a piece holds until the next one starts.

    A ban (low, high) hits the whole times low + 1 .. high - 1.
    """
    n = len(low)
    order, time = events(low, high, ONE, NONE)
    count = np.zeros(64, np.int64)
    start, out = np.empty(2 * n + 1, np.int64), np.empty(2 * n + 1, np.uint64)
    start[0], out[0] = t0, np.uint64(0)
    found = 1
    now = np.uint64(0)
    k = 0
    while k < 2 * n:
        t = time[k]
        while k < 2 * n and time[k] == t:
            i = order[k]
            add = 1 if i < n else -1
            bits = mask[i if i < n else i - n]
            b = 0
            while bits:
                if bits & np.uint64(1):
                    count[b] += add
                    if count[b] > 0:
                        now |= np.uint64(1) << np.uint64(b)
                    else:
                        now &= ~(np.uint64(1) << np.uint64(b))
                bits >>= np.uint64(1)
                b += 1
            k += 1
        if t > t1:
            break
        if t <= t0:
            start[0], out[0] = t0, now
            found = 1
        elif now != out[found - 1]:
            start[found], out[found] = t, now
            found += 1
    return start[:found], out[:found]


@njit(cache=True)
def merged(start, mask, more_start, more_mask, shift, both, t0, t1):
    """Pieces of one step function and of another moved `shift` earlier, over t0..t1: what either hits, or both."""
    n, m = len(start), len(more_start)
    out_start, out = np.empty(n + m, np.int64), np.empty(n + m, np.uint64)
    i, j = row_after(start, NONE, n, t0), row_after(more_start, NONE, m, t0 + shift)
    out_start[0] = t0
    out[0] = mask[i - 1] & more_mask[j - 1] if both else mask[i - 1] | more_mask[j - 1]
    found = 1
    while True:
        one = start[i] if i < n else EVER
        two = more_start[j] - shift if j < m else EVER
        t = min(one, two)
        if t > t1:
            return out_start[:found], out[:found]
        if one == t:
            i += 1
        if two == t:
            j += 1
        bits = mask[i - 1] & more_mask[j - 1] if both else mask[i - 1] | more_mask[j - 1]
        if bits != out[found - 1]:
            out_start[found], out[found] = t, bits
            found += 1


@njit(cache=True)
def all_pieces(
    table,
    stops,
    must,
    sec_first,
    sec_enter,
    sec_leave,
    sec_kind,
    sec_mask,
    blocks,
    pla_first,
    pla_low,
    pla_high,
    pla_mask,
    meet_s,
    release_s,
    t0,
    t1,
):
    """Who is hit by leaving at each time of t0..t1, for every run between two stops.

    sec_kind: 0 opposing, 1 same way, 2 closed track. Runs from one stop share their way until they brake: the pieces
    of the shared part are kept and only added to; those of a section are kept for the next run of equal time over it.

    Returns
    -------
    first, start, mask : run (a, b) has pieces first[a * n_stops + b] .. first[a * n_stops + b + 1] - 1; runs past a
        stop that must be made have none
    place_first, place_start, place_mask : who is hit by being at each place of the line
    """
    n, n_sec = len(stops), len(sec_first) - 1
    place_first = np.zeros(n_sec + 2, np.int64)
    place_start = np.empty(2 * len(pla_low) + n_sec + 1, np.int64)
    place_mask = np.empty(len(place_start), np.uint64)
    for k in range(n_sec + 1):
        part = slice(pla_first[k], pla_first[k + 1])
        s, bits = hit_pieces(pla_low[part], pla_high[part], pla_mask[part], -EVER, EVER)
        place_first[k + 1] = place_first[k] + len(s)
        put(place_start, place_first[k], s)
        put(place_mask, place_first[k], bits)
    own_start = np.empty(2 * len(sec_enter) + n_sec, np.int64)
    own_mask = np.empty(len(own_start), np.uint64)
    own_size, own_span = np.zeros(n_sec, np.int64), np.zeros(n_sec, np.int64)  # 0: no pieces yet

    first = np.zeros(n * n + 1, np.int64)
    size = 4096
    start, mask = np.empty(size, np.int64), np.empty(size, np.uint64)
    found = np.int64(0)  # typed: a bare number would compile `put` twice
    nothing, nobody = np.zeros(1, np.int64), np.zeros(1, np.uint64)
    nothing[0] = t0
    for a in range(n):
        i = stops[a]
        done = i  # sections i .. done - 1 and places i + 1 .. done - 1 are in `s, bits`
        at = np.zeros(table.shape[2], np.int64)
        s, bits = nothing, nobody
        skips = False
        for b in range(n):
            j = stops[b]
            if b > a + 1:
                skips = skips or must[b - 1]
            if b > a and table[i, j, j] >= 0 and not skips:
                run = table[i, j]
                for k in range(i, done + 1):
                    if run[k] != at[k]:  # it brakes earlier, or the rounding differs: from the beginning
                        done, s, bits = i, nothing, nobody
                        break
                whole, hit = s, bits
                for k in range(done, j):
                    span = run[k + 1] - run[k]
                    low = 2 * sec_first[k] + k
                    if own_span[k] != span:
                        size_now = sec_first[k + 1] - sec_first[k]
                        bans, ends = np.empty(size_now, np.int64), np.empty(size_now, np.int64)
                        who = np.empty(size_now, np.uint64)
                        n_bans = 0
                        for o in range(sec_first[k], sec_first[k + 1]):
                            if sec_kind[o] == 2:
                                x, y = sec_enter[o] - span, sec_leave[o]
                            else:
                                same = sec_kind[o] == 1
                                x, y = section_ban(sec_enter[o], sec_leave[o], same, span, blocks[k], meet_s, release_s)
                            if y > t0 and x < t1 and y > x + 1:  # what comes after t1 is too late in any case
                                bans[n_bans], ends[n_bans], who[n_bans] = x, y, sec_mask[o]
                                n_bans += 1
                        sec_s, sec_bits = hit_pieces(bans[:n_bans], ends[:n_bans], who[:n_bans], -EVER, EVER)
                        own_size[k], own_span[k] = len(sec_s), span
                        put(own_start, low, sec_s)
                        put(own_mask, low, sec_bits)
                    high = low + own_size[k]
                    whole, hit = merged(whole, hit, own_start[low:high], own_mask[low:high], run[k], EITHER, t0, t1)
                    if k > i and place_first[k + 1] > place_first[k] + 1:
                        p = slice(place_first[k], place_first[k + 1])
                        whole, hit = merged(whole, hit, place_start[p], place_mask[p], run[k], EITHER, t0, t1)
                    if k < j - 1:
                        s, bits, done = whole, hit, k + 1
                put(at, i, run[i : done + 1])
                while found + len(whole) > size:
                    start, mask = longer(start), longer(mask)
                    size *= 2
                put(start, found, whole)
                put(mask, found, hit)
                found += len(whole)
            first[a * n + b + 1] = found
    return first, start[:found], mask[:found], place_first, place_start, place_mask


@njit(cache=True)
def doomed(table, stops, dwell, first, start, mask, place_first, place_start, place_mask, every, t0, t1):
    """Bits that are hit whatever a train does that arrives at a stop at a time of t0..t1, seen from the destination.

    Each bit for itself: two bits that can both be kept need not be kept by one and the same way. The other arguments
    are those of `all_pieces` and what it returns; every : all bits.

    Returns
    -------
    low, high : (n_stops,) rows of each stop; time, bits : step function of the arrival (at the first stop, of leaving)
    """
    m = len(stops)
    low, high = np.zeros(m, np.int64), np.zeros(m, np.int64)
    size = 4096
    time, bits = np.empty(size, np.int64), np.empty(size, np.uint64)
    found = np.int64(0)  # typed: a bare number would compile `put` twice
    late, too_late = np.empty(2, np.int64), np.zeros(2, np.uint64)
    late[0], late[1], too_late[1] = t0, t1 + 1, every
    for a in range(m - 1, -1, -1):
        p = slice(place_first[stops[a]], place_first[stops[a] + 1])
        here, full = place_start[p], place_mask[p]
        if a == m - 1:
            s, hit = merged(late, too_late, here, full, NONE, EITHER, t0, t1 + 1)
        else:
            # Leaving at a time is lost for the bits that are lost by every run there is.
            go, lost = late[:1], too_late[1:]
            for b in range(a + 1, m):
                r = slice(first[a * m + b], first[a * m + b + 1])
                if first[a * m + b] == first[a * m + b + 1]:
                    continue
                end = slice(low[b], high[b])
                run = table[stops[a], stops[b], stops[b]]
                way, way_hit = merged(start[r], mask[r], time[end], bits[end], run, EITHER, t0, t1)
                go, lost = merged(go, lost, way, way_hit, NONE, BOTH, t0, t1)
            if a == 0:
                s, hit = merged(go, lost, here, full, NONE, EITHER, t0, t1)
            else:
                wait, waited = _waiting(go, lost, here, full, every, t0, t1)
                s, hit = merged(here, full, wait, waited, dwell[a], EITHER, t0, t1 + 1)
        while found + len(s) > size:
            time, bits = longer(time), longer(bits)
            size *= 2
        low[a], high[a] = found, found + len(s)
        put(time, found, s)
        put(bits, found, hit)
        found += len(s)
    return low, high, time[:found], bits[:found]


@njit(cache=True)
def _waiting(go, lost, here, full, every, t0, t1):
    """Bits lost by being ready at a time, when one may wait for a better time to go and is hit where one stands."""
    n = len(go) + len(here) + 1
    start, out = np.empty(n, np.int64), np.empty(n, np.uint64)
    k = n - 1
    start[k], out[k] = t1 + 1, every
    i, j = len(go) - 1, row_after(here, NONE, len(here), t1) - 1
    while True:
        t = max(go[i], here[j])
        bits = (out[k] & lost[i]) | full[j]
        if bits != out[k]:
            k -= 1
            out[k] = bits
        start[k] = max(t, t0)
        if t <= t0:
            return start[k:], out[k:]
        if go[i] == t:
            i -= 1
        if here[j] == t:
            j -= 1
