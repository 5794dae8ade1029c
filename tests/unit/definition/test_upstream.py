"""The order of steps, against the plain definition of each word."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from engine.definition.upstream import Upstream, find_cycle, in_order

Needs = dict[str, list[str]]


@st.composite
def _graphs(choose: st.DrawFn) -> Needs:
    names = [f"s{number}" for number in range(choose(st.integers(1, 8)))]
    return {name: choose(st.lists(st.sampled_from(names), unique=True, max_size=3)) for name in names}


def _reachable(needs: Needs, start: str) -> set[str]:
    found: set[str] = set()
    pending = list(needs[start])
    while pending:
        step = pending.pop()
        if step not in found:
            found.add(step)
            pending += needs[step]
    return found


@given(_graphs())
def test_a_cycle_is_found_exactly_when_there_is_one(needs: Needs) -> None:
    cycle = find_cycle(needs)
    assert bool(cycle) is any(step in _reachable(needs, step) for step in needs)
    if cycle:
        assert cycle[0] == cycle[-1]
        assert all(later in needs[earlier] for earlier, later in pairwise(cycle))


@given(_graphs())
def test_before_means_reachable_by_needs(graph: Needs) -> None:
    needs = {step: [need for need in wanted if need < step] for step, wanted in graph.items()}
    upstream = Upstream(needs)
    for step in needs:
        assert set(upstream.before(step)) == _reachable(needs, step)
        assert all(upstream.is_before(other, step) for other in _reachable(needs, step))
        assert not upstream.is_before(step, step)


@given(_graphs())
def test_every_step_comes_after_all_that_it_needs(graph: Needs) -> None:
    needs = {step: [need for need in wanted if need > step] for step, wanted in graph.items()}
    order = in_order(needs)
    assert sorted(order) == sorted(needs)
    assert all(order.index(need) < order.index(step) for step in needs for need in needs[step])


def test_long_chains_need_no_recursion() -> None:
    needs = {f"s{number}": [f"s{number + 1}"] for number in range(5000)} | {"s5000": []}
    assert find_cycle(needs) == []
    assert in_order(needs)[0] == "s5000"
    assert Upstream(needs).is_before("s5000", "s0")
