"""Kernels of the slot search: safe-interval path planning along a line. Arrays only.

Positions along the line are places 0..n with sections k between place k and k + 1. Times are whole seconds. A *ban* is
an open interval (low, high): a section may not be entered at a time inside it, a place not be passed inside it, and a
stay [s, e] at a place may not touch it (s < high and e > low).
"""

# A kernel takes its types from the arrays of the call: numba infers them, annotations would say nothing.
# mypy: allow-untyped-defs

from __future__ import annotations

import numpy as np
from numba import njit

from geoplan.rail.slot_piece_kernels import row_after

NEVER = np.iinfo(np.int64).max // 4
ROOM = 256  # labels at a stop that there is room for at first


def search_departures(departures, table, stops, dwell, win_first, win_start, win_end, gap_first, gap_start, gap_end):
    """Earliest arrival for each departure, with the stops on the way.

    dwell : (n_stops,) least seconds of a stop. gap_* : free stays of each stop. The first stop is left exactly at the
    departure. In each (stop, gap) the earliest arrival is best, because a train can wait there until the gap ends; a
    line has no rings, so the stops can be settled in their order.

    Returns
    -------
    arrival (n,), NEVER where there is no way; for each departure the stops of its way: n_way (n,), way_stop,
    way_arrive, way_depart, way_gap (n, n_stops), the window used from each stop way_window (n, n_stops), -1 at the end;
    and the furthest stop that it can reach (n,), -1 where it cannot even start.
    """
    # Arrays are made here: allocating them in the kernel doubles the time it takes to compile.
    n, m = len(departures), len(stops)
    arrival = np.full(n, NEVER, np.int64)
    n_way = np.zeros(n, np.int64)
    way_stop, way_gap = np.full((n, m), -1, np.int64), np.full((n, m), -1, np.int64)
    way_arrive, way_depart = np.zeros((n, m), np.int64), np.zeros((n, m), np.int64)
    way_window = np.full((n, m), -1, np.int64)
    furthest = np.full(n, -1, np.int64)
    n_gaps = len(gap_start)
    best = np.full(n_gaps, NEVER, np.int64)
    hops = np.zeros(n_gaps, np.int64)
    before = np.full(n_gaps, -1, np.int64)
    left = np.zeros(n_gaps, np.int64)
    window = np.zeros(n_gaps, np.int64)
    of_stop = np.repeat(np.arange(m), np.diff(gap_first))
    touched = np.empty(n_gaps, np.int64)
    found = (arrival, n_way, way_stop, way_arrive, way_depart, way_gap, way_window, furthest)
    work = (best, hops, before, left, window, of_stop, touched)
    _search(departures, table, stops, dwell, win_first, win_start, win_end, gap_first, gap_start, gap_end, found, work)
    return found


@njit(cache=True)
def _search(departures, table, stops, dwell, win_first, win_start, win_end, gap_first, gap_start, gap_end, found, work):
    """`search_departures` into given arrays; `best` comes and goes as NEVER."""
    arrival, n_way, way_stop, way_arrive, way_depart, way_gap, way_window, furthest = found
    best, hops, before, left, window, of_stop, touched = work
    m = len(stops)
    for q in range(len(departures)):
        d = departures[q]
        n_touched = 0
        for g in range(gap_first[0], gap_first[1]):
            if gap_start[g] <= d <= gap_end[g]:
                best[g], hops[g], before[g] = d, 0, -1
                touched[n_touched] = g
                n_touched += 1
        for a in range(m - 1):
            for g in range(gap_first[a], gap_first[a + 1]):
                if best[g] == NEVER:
                    continue
                ready = best[g] + (dwell[a] if a > 0 else 0)
                until = gap_end[g] if a > 0 else d
                if ready > until:
                    continue
                for b in range(a + 1, m):
                    w0, w1 = win_first[a * m + b], win_first[a * m + b + 1]
                    if w0 == w1:
                        continue
                    run = table[stops[a], stops[b], stops[b]]
                    w = row_after(win_end, w0, w1, ready - 1)
                    g0, g1 = gap_first[b], gap_first[b + 1]
                    while w < w1 and win_start[w] <= until:
                        x0, x1 = max(win_start[w], ready), min(win_end[w], until)
                        h = row_after(gap_end, g0, g1, x0 + run - 1)
                        while h < g1 and gap_start[h] <= x1 + run:
                            reach = max(x0 + run, gap_start[h])
                            if reach < best[h] or (reach == best[h] and hops[g] + 1 < hops[h]):
                                if best[h] == NEVER:
                                    touched[n_touched] = h
                                    n_touched += 1
                                best[h], hops[h], before[h] = reach, hops[g] + 1, g
                                left[h], window[h] = reach - run, w
                            h += 1
                        w += 1
        goal = -1
        for g in range(gap_first[m - 1], gap_first[m]):
            if best[g] < arrival[q]:
                arrival[q], goal = best[g], g
        if goal >= 0:
            count = hops[goal] + 1
            n_way[q] = count
            g = goal
            for c in range(count - 1, -1, -1):
                way_stop[q, c], way_arrive[q, c], way_gap[q, c] = of_stop[g], best[g], g
                if c == count - 1:
                    way_depart[q, c] = best[g]
                if c > 0:
                    way_depart[q, c - 1] = left[g]
                    way_window[q, c - 1] = window[g]
                    g = before[g]
        for k in range(n_touched):
            furthest[q] = max(furthest[q], of_stop[touched[k]])
            best[touched[k]] = NEVER


@njit(cache=True)
def popcount(bits):
    """Number of ones of an unsigned integer of 64 bits: sums of pairs, of fours, of bytes."""
    bits = bits - ((bits >> np.uint64(1)) & np.uint64(0x5555555555555555))
    bits = (bits & np.uint64(0x3333333333333333)) + ((bits >> np.uint64(2)) & np.uint64(0x3333333333333333))
    bits = (bits + (bits >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64((bits * np.uint64(0x0101010101010101)) >> np.uint64(56))


@njit(cache=True)
def stay_hits(low, high, mask, arrive, depart):
    """Bits hit by a stay [arrive, depart]; bans sorted by low."""
    bits = np.uint64(0)
    for k in range(len(low)):
        if low[k] >= depart:
            break
        if high[k] > arrive:
            bits |= mask[k]
    return bits


def least_hit(
    departure,
    most,
    n_bits,
    table,
    stops,
    dwell,
    piece_first,
    piece_start,
    piece_mask,
    pla_first,
    pla_low,
    pla_high,
    pla_mask,
    end_first,
    end_time,
    lost_low,
    lost_high,
    lost_time,
    lost_bits,
    latest,
    max_labels,
):
    """The way of one departure that hits the fewest bits, at most `most`; among those the earliest arrival.

    Labels (time, bits) at each stop. One label makes another superfluous when it is not later and its bits, with what
    waiting for the other's time would hit, are all among the other's.

    piece_* : `all_pieces`. end_* : ends of the bans at each stop, sorted. lost_* : `doomed`. max_labels : labels kept
    at a stop; more are dropped, and the answer need not be the least any more.

    Returns
    -------
    bits hit, arrival (NEVER when there is no such way), the stops of the way, their arrivals and departures, and
    whether labels were dropped.
    """
    # Arrays are made here: allocating them in the kernel doubles the time it takes to compile. Where they prove too
    # small, the search starts anew; the work grows with the square of the labels, so that little is done twice.
    m = len(stops)
    room = min(ROOM, max_labels)
    while True:
        labels = (
            *(np.empty((m, room), np.int64) for _ in range(5)),  # of one type, also what is yes or no
            np.empty((m, room), np.uint64),
            np.zeros(m, np.int64),
        )
        way = (np.empty(m, np.int64), np.empty(m, np.int64), np.empty(m, np.int64))
        bits, arrival, n, dropped = _least_hit(
            departure, most, n_bits, table, stops, dwell, piece_first, piece_start, piece_mask,
            pla_first, pla_low, pla_high, pla_mask, end_first, end_time,
            lost_low, lost_high, lost_time, lost_bits, latest, max_labels, labels, way,
        )  # fmt: skip
        if not dropped or room == max_labels:
            stop, arrive, depart = (part[:n][::-1].copy() for part in way)
            return bits, arrival, stop, arrive, depart, dropped
        room = min(4 * room, max_labels)


@njit(cache=True)
def _least_hit(
    departure, most, n_bits, table, stops, dwell, piece_first, piece_start, piece_mask,
    pla_first, pla_low, pla_high, pla_mask, end_first, end_time,
    lost_low, lost_high, lost_time, lost_bits, latest, max_labels, labels, way,
):  # fmt: skip
    """`least_hit` in given arrays; ends, with labels dropped, where they have no room for one of the `max_labels`.

    Returns bits hit, arrival, the number of stops of the way, which stand in `way` from its end, and whether labels
    were dropped.
    """
    m = len(stops)
    every = (np.uint64(1) << np.uint64(n_bits)) - np.uint64(1)
    time, from_stop, from_label, left, alive, hits, size = labels
    room = time.shape[1]
    dropped = False
    p = stops[0]
    first = stay_hits(
        pla_low[pla_first[p] : pla_first[p + 1]],
        pla_high[pla_first[p] : pla_first[p + 1]],
        pla_mask[pla_first[p] : pla_first[p + 1]],
        departure,
        departure,
    )
    best_hits, best_time = most, NEVER
    found = False
    stop_one = np.int64(0)
    first |= _lost_at(stop_one, departure, lost_low, lost_high, lost_time, lost_bits)
    if popcount(first) <= most:
        time[0, 0], hits[0, 0], alive[0, 0] = departure, first, 1
        from_stop[0, 0], from_label[0, 0], left[0, 0] = -1, -1, departure
        size[0] = 1
    for a in range(m - 1):
        p = stops[a]
        low, high = pla_low[pla_first[p] : pla_first[p + 1]], pla_high[pla_first[p] : pla_first[p + 1]]
        bans = pla_mask[pla_first[p] : pla_first[p + 1]]
        for label in range(size[a]):
            if alive[a, label] == 0:
                continue
            s, own = time[a, label], hits[a, label]
            if popcount(own) > best_hits:
                continue
            ready = s + (dwell[a] if a > 0 else 0)
            for b in range(a + 1, m):
                f0, f1 = piece_first[a * m + b], piece_first[a * m + b + 1]
                if f0 == f1:
                    continue
                q = stops[b]
                run = table[p, q, q]
                q_high = pla_high[pla_first[q] : pla_first[q + 1]]
                q_mask = pla_mask[pla_first[q] : pla_first[q + 1]]
                w = row_after(piece_start, f0, f1, ready) - 1
                e, e1 = end_first[b], end_first[b + 1]
                e = row_after(end_time, e, e1, ready + run)
                k = 0
                waited = own
                x = ready
                while x <= latest - run:
                    while k < len(low) and low[k] < x:  # what waiting until x has hit
                        if high[k] > s:
                            waited |= bans[k]
                        k += 1
                    if popcount(waited) > best_hits:
                        break
                    bits = waited | piece_mask[w]
                    reach = x + run
                    if popcount(bits) <= best_hits:
                        if b == m - 1:
                            q_low = pla_low[pla_first[q] : pla_first[q + 1]]
                            bits |= stay_hits(q_low, q_high, q_mask, reach, reach)
                            total = popcount(bits)
                            if total < best_hits or (total == best_hits and reach < best_time):
                                # Only the best end is kept.
                                time[b, 0], hits[b, 0], left[b, 0] = reach, bits, x
                                from_stop[b, 0], from_label[b, 0] = a, label
                                best_hits, best_time, found = total, reach, True
                        else:
                            bits |= _lost_at(b, reach, lost_low, lost_high, lost_time, lost_bits)
                            beaten = popcount(bits) > best_hits
                            for other in range(size[b]):
                                if beaten:
                                    break
                                if alive[b, other] == 0:
                                    continue
                                t, o = time[b, other], hits[b, other]
                                if t <= reach:
                                    beaten = (o | _between(q_high, q_mask, t, reach)) & ~bits == 0
                                elif (bits | _between(q_high, q_mask, reach, t)) & ~o == 0:
                                    alive[b, other] = 0
                            if not beaten:
                                n = size[b]
                                if n == room:
                                    if room < max_labels:
                                        return np.uint64(0), NEVER, 0, True
                                    dropped = True
                                else:
                                    time[b, n], hits[b, n], left[b, n] = reach, bits, x
                                    from_stop[b, n], from_label[b, n], alive[b, n] = a, label, 1
                                    size[b] = n + 1
                    if a == 0 or waited == every or (waited == own and piece_mask[w] & ~own == 0 and e == e1):
                        break  # leaving later hits no less
                    # The next time worth trying: another piece begins, or a ban at the next stop ends.
                    following = NEVER
                    if w + 1 < f1:
                        following = piece_start[w + 1]
                    while e < e1 and end_time[e] - run <= x:
                        e += 1
                    if e < e1:
                        following = min(following, end_time[e] - run)
                    if following == NEVER:
                        break
                    x = following
                    while w + 1 < f1 and piece_start[w + 1] <= x:
                        w += 1
    if not found:
        return np.uint64(0), NEVER, 0, dropped
    way_stop, arrive, depart = way
    bits = hits[m - 1, 0]
    n, stop, label, leaves = 0, m - 1, 0, best_time
    while stop >= 0:
        way_stop[n], arrive[n], depart[n] = stop, time[stop, label], leaves
        leaves = left[stop, label]
        stop, label = from_stop[stop, label], from_label[stop, label]
        n += 1
    return bits, best_time, n, dropped


@njit(cache=True)
def _lost_at(b, t, low, high, time, bits):
    """Bits that are hit whatever follows an arrival at stop b at time t."""
    return bits[row_after(time, low[b], high[b], t) - 1]


@njit(cache=True)
def _between(high, mask, early, late):
    """Bits of bans that a wait from `early` to `late` hits and an arrival at `late` does not."""
    bits = np.uint64(0)
    for k in range(len(high)):
        if early < high[k] <= late:
            bits |= mask[k]
    return bits
