"""Banned courses of edges as banned pairs: no course more and none less, against a search that remembers every edge."""

from __future__ import annotations

from collections import defaultdict, deque

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.io.osm_via import Course, pairs_of_courses

N_NODES = 5


def neighbours(ends):
    into, out_of = defaultdict(list), defaultdict(list)
    for row, (u, v) in enumerate(ends):
        out_of[u].append(row)
        into[v].append(row)
    return into, out_of


def reached_by_memory(ends, bans, start):
    """Fewest edges to each edge, where a state is the last four edges driven and `bans` are courses not to complete."""
    _, out_of = neighbours(ends)
    first = (start,)
    steps, queue, best = {first: 1}, deque([first]), {start: 1}
    while queue:
        past = queue.popleft()
        for edge in out_of[ends[past[-1]][1]]:
            whole = (*past, edge)
            if any(whole[-len(ban) :] == ban for ban in bans):
                continue
            now = whole[-4:]
            if now not in steps:
                steps[now] = steps[past] + 1
                best[edge] = min(best.get(edge, 99), steps[now])
                queue.append(now)
    return best


def reached_by_pairs(ends, pairs, copied, start):
    """The same on edges and copies, where only pairs are banned."""
    ends = [*ends, *(ends[row] for row in copied)]
    origin = [*range(len(ends) - len(copied)), *copied.tolist()]
    closed = {(one, other) for one, other, *_ in pairs}
    _, out_of = neighbours(ends)
    steps, queue, best = {start: 1}, deque([start]), {start: 1}
    while queue:
        row = queue.popleft()
        for after in out_of[ends[row][1]]:
            if (row, after) not in closed and after not in steps:
                steps[after] = steps[row] + 1
                best[origin[after]] = min(best.get(origin[after], 99), steps[after])
                queue.append(after)
    return best


@st.composite
def cases(draw):
    node = st.integers(0, N_NODES - 1)
    ends = draw(st.lists(st.tuples(node, node).filter(lambda uv: uv[0] != uv[1]), min_size=4, max_size=12))
    _, out_of = neighbours(ends)
    bans = []
    for _ in range(draw(st.integers(1, 4))):
        path = [draw(st.integers(0, len(ends) - 1))]
        for _ in range(draw(st.integers(1, 3))):
            follow = out_of[ends[path[-1]][1]]
            if follow:
                path.append(draw(st.sampled_from(follow)))
        if len(path) > 1:
            bans.append(tuple(path))
    return ends, bans


@settings(max_examples=300, deadline=None)
@given(cases())
def test_pairs_and_copies_ban_the_courses_and_nothing_else(case):
    ends, bans = case
    into, out_of = neighbours(ends)
    tail, head = (np.array(side, dtype=np.int64) for side in zip(*ends, strict=True))
    plain = [(*ban, "no_turn", "", 1) for ban in bans if len(ban) == 2]
    courses = [Course(ban[:-1], ban[-1:], "no_turn", "", 1) for ban in bans if len(ban) > 2]
    pairs, copied = pairs_of_courses(plain, courses, into=into, out_of=out_of, tail=tail, head=head)
    for start in range(len(ends)):
        assert reached_by_pairs(ends, pairs, copied, start) == reached_by_memory(ends, bans, start)
    assert courses or len(copied) == 0
