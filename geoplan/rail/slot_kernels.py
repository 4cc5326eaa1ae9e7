"""Kernels of the slot search: safe-interval path planning along a line. Arrays only.

Positions along the line are places 0..n with sections k between place k and k + 1. Times are whole seconds. A *ban* is
an open interval (low, high): a section may not be entered at a time inside it, a place not be passed inside it, and a
stay [s, e] at a place may not touch it (s < high and e > low).
"""

from __future__ import annotations

import numpy as np
from numba import njit

NEVER = np.iinfo(np.int64).max // 4


@njit(cache=True)
def section_ban(enter, leave, same, run, blocks, meet_s, release_s):  # type: ignore[no-untyped-def]
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
def full_spans(arrive, depart, mask, n_tracks, track_s, n_bits):  # type: ignore[no-untyped-def]
    """Times (start, end, mask) in which all tracks of a place are taken, with the bits (weeks) of it.

    A stay holds a track from its arrival to track_s after its departure.
    """
    n = len(arrive)
    time = np.empty(2 * n, dtype=np.int64)
    time[:n] = arrive
    time[n:] = depart + track_s
    # Where a stay ends as another begins the track is free for it: ends come first.
    kind = np.empty(2 * n, dtype=np.int64)
    kind[:n] = 1
    kind[n:] = 0
    order = np.argsort(time * 2 + kind)
    count = np.zeros(n_bits, dtype=np.int64)
    start, end, out = np.empty(4 * n, np.int64), np.empty(4 * n, np.int64), np.empty(4 * n, np.uint64)
    found = 0
    now = np.uint64(0)
    since = np.int64(0)
    k = 0
    while k < 2 * n:
        t = time[order[k]]
        was = now
        while k < 2 * n and time[order[k]] == t:
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
def leg_bans(  # type: ignore[no-untyped-def]
    i,
    j,
    at,
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
    """Bans (low, high, mask) on the departure of a non-stop run from place i to place j, sorted by low.

    at : (n_places,) seconds at each place after the departure. sec_kind: 0 opposing, 1 same way, 2 closed track.
    """
    total = sec_first[j] - sec_first[i] + pla_first[j] - pla_first[i + 1]
    low, high = np.empty(total, np.int64), np.empty(total, np.int64)
    mask = np.empty(total, np.uint64)
    m = 0
    for k in range(i, j):
        run = at[k + 1] - at[k]
        for o in range(sec_first[k], sec_first[k + 1]):
            if sec_kind[o] == 2:
                a, b = sec_enter[o] - run, sec_leave[o]
            else:
                a, b = section_ban(sec_enter[o], sec_leave[o], sec_kind[o] == 1, run, blocks[k], meet_s, release_s)
            a, b = a - at[k], b - at[k]
            if b > t0 and a < t1 and b > a + 1:
                low[m], high[m], mask[m] = a, b, sec_mask[o]
                m += 1
        if k > i:
            for o in range(pla_first[k], pla_first[k + 1]):
                a, b = pla_low[o] - at[k], pla_high[o] - at[k]
                if b > t0 and a < t1 and b > a + 1:
                    low[m], high[m], mask[m] = a, b, pla_mask[o]
                    m += 1
    order = np.argsort(low[:m])
    return low[order], high[order], mask[order]


@njit(cache=True)
def free_windows(low, high, t0, t1):  # type: ignore[no-untyped-def]
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
def joined_bans(low, high, more_low, more_high):  # type: ignore[no-untyped-def]
    """The union of two lists of open intervals, each sorted by low; the result is disjoint and sorted."""
    n, m = len(low), len(more_low)
    out_low, out_high = np.empty(n + m, np.int64), np.empty(n + m, np.int64)
    i = j = found = 0
    while i < n or j < m:
        if j == m or (i < n and low[i] <= more_low[j]):
            a, b = low[i], high[i]
            i += 1
        else:
            a, b = more_low[j], more_high[j]
            j += 1
        if found and a < out_high[found - 1]:
            out_high[found - 1] = max(out_high[found - 1], b)
        else:
            out_low[found], out_high[found] = a, b
            found += 1
    return out_low[:found], out_high[:found]


@njit(cache=True)
def all_windows(  # type: ignore[no-untyped-def]
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
    """Free departure windows of every run between two stops, as (first, start, end): run (a, b) has rows
    first[a * n_stops + b] .. first[a * n_stops + b + 1] - 1. Runs past a stop that must be made have none.

    Runs from one stop share their way until they brake: the bans of the shared part are kept and only added to.
    """
    n = len(stops)
    first = np.zeros(n * n + 1, np.int64)
    size = 1024
    start, end = np.empty(size, np.int64), np.empty(size, np.int64)
    found = 0
    nothing = np.empty(0, np.int64)
    for a in range(n):
        i = stops[a]
        done = i  # sections i .. done - 1 and places i + 1 .. done - 1 are in `low, high`
        at = np.zeros(table.shape[2], np.int64)
        low, high = nothing, nothing
        skips = False
        for b in range(n):
            j = stops[b]
            if b > a + 1:
                skips = skips or must[b - 1]
            if b > a and table[i, j, j] >= 0 and not skips:
                run = table[i, j]
                for k in range(i, done + 1):
                    if run[k] != at[k]:  # it brakes earlier, or the rounding differs: from the beginning
                        done, low, high = i, nothing, nothing
                        break
                while done < j - 1:
                    low, high = _one_more(
                        done,
                        i,
                        run,
                        low,
                        high,
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
                    )
                    done += 1
                at[i : done + 1] = run[i : done + 1]
                full_low, full_high = _one_more(
                    j - 1,
                    i,
                    run,
                    low,
                    high,
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
                )
                s, e = free_windows(full_low, full_high, t0, t1)
                while found + len(s) > size:
                    start, end = np.append(start, np.empty(size, np.int64)), np.append(end, np.empty(size, np.int64))
                    size *= 2
                start[found : found + len(s)] = s
                end[found : found + len(s)] = e
                found += len(s)
            first[a * n + b + 1] = found
    return first, start[:found], end[:found]


@njit(cache=True)
def _one_more(  # type: ignore[no-untyped-def]
    k,
    i,
    run,
    low,
    high,
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
    """The bans with those of section k, and of passing place k unless the run starts there."""
    total = sec_first[k + 1] - sec_first[k] + (pla_first[k + 1] - pla_first[k] if k > i else 0)
    more_low, more_high = np.empty(total, np.int64), np.empty(total, np.int64)
    m = 0
    span = run[k + 1] - run[k]
    for o in range(sec_first[k], sec_first[k + 1]):
        if sec_kind[o] == 2:
            a, b = sec_enter[o] - span, sec_leave[o]
        else:
            a, b = section_ban(sec_enter[o], sec_leave[o], sec_kind[o] == 1, span, blocks[k], meet_s, release_s)
        a, b = a - run[k], b - run[k]
        if b > t0 and a < t1 and b > a + 1:
            more_low[m], more_high[m] = a, b
            m += 1
    if k > i:
        for o in range(pla_first[k], pla_first[k + 1]):
            a, b = pla_low[o] - run[k], pla_high[o] - run[k]
            if b > t0 and a < t1 and b > a + 1:
                more_low[m], more_high[m] = a, b
                m += 1
    order = np.argsort(more_low[:m])
    return joined_bans(low, high, more_low[order], more_high[order])


@njit(cache=True)
def search_departures(  # type: ignore[no-untyped-def]
    departures, table, stops, dwell, win_first, win_start, win_end, gap_first, gap_start, gap_end
):
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
    of_stop = np.zeros(n_gaps, np.int64)
    for a in range(m):
        of_stop[gap_first[a] : gap_first[a + 1]] = a
    touched = np.empty(n_gaps, np.int64)
    for q in range(n):
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
                    w = w0 + np.searchsorted(win_end[w0:w1], ready)
                    g0, g1 = gap_first[b], gap_first[b + 1]
                    while w < w1 and win_start[w] <= until:
                        x0, x1 = max(win_start[w], ready), min(win_end[w], until)
                        h = g0 + np.searchsorted(gap_end[g0:g1], x0 + run)
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
    return arrival, n_way, way_stop, way_arrive, way_depart, way_gap, way_window, furthest


@njit(cache=True)
def popcount(bits):  # type: ignore[no-untyped-def]
    """Number of ones."""
    count = 0
    while bits:
        bits &= bits - np.uint64(1)
        count += 1
    return count


@njit(cache=True)
def hit_pieces(low, high, mask, t0, t1):  # type: ignore[no-untyped-def]
    """Bits hit by each whole time of [t0, t1], as pieces (start, mask): a piece holds until the next one starts.

    A ban (low, high) hits the whole times low + 1 .. high - 1.
    """
    n = len(low)
    time = np.empty(2 * n, np.int64)
    for k in range(n):
        time[k], time[n + k] = low[k] + 1, high[k]
    order = np.argsort(time)
    count = np.zeros(64, np.int64)
    start, out = np.empty(2 * n + 1, np.int64), np.empty(2 * n + 1, np.uint64)
    start[0], out[0] = t0, np.uint64(0)
    found = 1
    now = np.uint64(0)
    k = 0
    while k < 2 * n:
        t = time[order[k]]
        while k < 2 * n and time[order[k]] == t:
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
def weigh(bits, weight):  # type: ignore[no-untyped-def]
    """Sum of the weights of the ones."""
    total = 0
    b = 0
    while bits:
        if bits & np.uint64(1):
            total += weight[b]
        bits >>= np.uint64(1)
        b += 1
    return total


@njit(cache=True)
def stay_hits(low, high, mask, arrive, depart):  # type: ignore[no-untyped-def]
    """Bits hit by a stay [arrive, depart]; bans sorted by low."""
    bits = np.uint64(0)
    for k in range(len(low)):
        if low[k] >= depart:
            break
        if high[k] > arrive:
            bits |= mask[k]
    return bits


@njit(cache=True)
def least_hit(  # type: ignore[no-untyped-def]
    departure,
    most,
    weight,
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
    latest,
    max_labels,
):
    """The way of one departure whose hit bits weigh least, at most `most`; among those the earliest arrival.

    Labels (time, bits) at each stop. One label makes another superfluous when it is not later and its bits, with what
    waiting for the other's time would hit, are all among the other's.

    weight : of each bit. piece_* : `hit_pieces` of the departure of each run (a, b), rows piece_first[a * n_stops + b]
    ... end_* : ends of the bans at each stop, sorted. max_labels : labels kept at a stop; more are dropped, and the
    answer need not be the least any more.

    Returns
    -------
    bits hit, arrival (NEVER when there is no such way), the stops of the way, their arrivals and departures, and
    whether labels were dropped.
    """
    m = len(stops)
    every = np.uint64(0)
    for b in range(len(weight)):
        every |= np.uint64(1) << np.uint64(b)
    cap = 64
    time, hits = np.empty((m, cap), np.int64), np.empty((m, cap), np.uint64)
    from_stop, from_label = np.empty((m, cap), np.int64), np.empty((m, cap), np.int64)
    left = np.empty((m, cap), np.int64)
    alive = np.zeros((m, cap), np.bool_)
    size = np.zeros(m, np.int64)
    dropped = False
    p = stops[0]
    first = stay_hits(
        pla_low[pla_first[p] : pla_first[p + 1]],
        pla_high[pla_first[p] : pla_first[p + 1]],
        pla_mask[pla_first[p] : pla_first[p + 1]],
        departure,
        departure,
    )
    best_weight, best_time = most, NEVER
    found = False
    if weigh(first, weight) <= most:
        time[0, 0], hits[0, 0], alive[0, 0] = departure, first, True
        from_stop[0, 0], from_label[0, 0], left[0, 0] = -1, -1, departure
        size[0] = 1
    for a in range(m - 1):
        p = stops[a]
        low, high = pla_low[pla_first[p] : pla_first[p + 1]], pla_high[pla_first[p] : pla_first[p + 1]]
        bans = pla_mask[pla_first[p] : pla_first[p + 1]]
        for label in range(size[a]):
            if not alive[a, label]:
                continue
            s, own = time[a, label], hits[a, label]
            if weigh(own, weight) > best_weight:
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
                w = f0 + np.searchsorted(piece_start[f0:f1], ready, side="right") - 1
                e, e1 = end_first[b], end_first[b + 1]
                e += np.searchsorted(end_time[e:e1], ready + run, side="right")
                k = 0
                waited = own
                x = ready
                while x <= latest - run:
                    while k < len(low) and low[k] < x:  # what waiting until x has hit
                        if high[k] > s:
                            waited |= bans[k]
                        k += 1
                    if weigh(waited, weight) > best_weight:
                        break
                    bits = waited | piece_mask[w]
                    reach = x + run
                    if weigh(bits, weight) <= best_weight:
                        if b == m - 1:
                            q_low = pla_low[pla_first[q] : pla_first[q + 1]]
                            bits |= stay_hits(q_low, q_high, q_mask, reach, reach)
                            total = weigh(bits, weight)
                            if total < best_weight or (total == best_weight and reach < best_time):
                                # Only the best end is kept.
                                time[b, 0], hits[b, 0], left[b, 0] = reach, bits, x
                                from_stop[b, 0], from_label[b, 0] = a, label
                                best_weight, best_time, found = total, reach, True
                        else:
                            beaten = False
                            for other in range(size[b]):
                                if not alive[b, other]:
                                    continue
                                t, o = time[b, other], hits[b, other]
                                if t <= reach:
                                    if (o | _between(q_high, q_mask, t, reach)) & ~bits == 0:
                                        beaten = True
                                        break
                                elif (bits | _between(q_high, q_mask, reach, t)) & ~o == 0:
                                    alive[b, other] = False
                            if not beaten:
                                n = size[b]
                                if n == max_labels:
                                    dropped = True
                                else:
                                    if n == cap:
                                        cap *= 2
                                        time, hits, left = _grow(time, cap), _grow(hits, cap), _grow(left, cap)
                                        from_stop, from_label = _grow(from_stop, cap), _grow(from_label, cap)
                                        alive = _grow(alive, cap)
                                    time[b, n], hits[b, n], left[b, n] = reach, bits, x
                                    from_stop[b, n], from_label[b, n], alive[b, n] = a, label, True
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
    way, arrive, depart = np.empty(m, np.int64), np.empty(m, np.int64), np.empty(m, np.int64)
    if not found:
        return np.uint64(0), NEVER, way[:0], arrive[:0], depart[:0], dropped
    bits = hits[m - 1, 0]
    n, stop, label, leaves = 0, m - 1, 0, best_time
    while stop >= 0:
        way[n], arrive[n], depart[n] = stop, time[stop, label], leaves
        leaves = left[stop, label]
        stop, label = from_stop[stop, label], from_label[stop, label]
        n += 1
    return bits, best_time, way[:n][::-1].copy(), arrive[:n][::-1].copy(), depart[:n][::-1].copy(), dropped


@njit(cache=True)
def _between(high, mask, early, late):  # type: ignore[no-untyped-def]
    """Bits of bans that a wait from `early` to `late` hits and an arrival at `late` does not."""
    bits = np.uint64(0)
    for k in range(len(high)):
        if early < high[k] <= late:
            bits |= mask[k]
    return bits


@njit(cache=True)
def _grow(array, size):  # type: ignore[no-untyped-def]
    new = np.zeros((array.shape[0], size), array.dtype)
    new[:, : array.shape[1]] = array
    return new
