"""The order of steps as `needs` gives it: who comes before whom, and whether it goes round in a circle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


class Upstream:
    """For steps without a cycle: which steps have ended before a step starts.

    Sets of steps are kept as bits of one integer each, which stays small for thousands of steps.
    """

    def __init__(self, needs: Mapping[str, Sequence[str]]) -> None:
        self._bit = {step: 1 << number for number, step in enumerate(needs)}
        self._before: dict[str, int] = {}
        for step in in_order(needs):
            self._before[step] = 0
            for need in needs[step]:
                self._before[step] |= self._before[need] | self._bit[need]

    def is_before(self, one: str, other: str) -> bool:
        """Whether step `one` has ended whenever step `other` starts."""
        return bool(self._before[other] & self._bit[one])

    def before(self, step: str) -> list[str]:
        """All steps that have ended whenever `step` starts, in file order."""
        return [other for other, bit in self._bit.items() if self._before[step] & bit]


def in_order(needs: Mapping[str, Sequence[str]]) -> list[str]:
    """The steps, each after all that it needs; file order where `needs` leaves it open. No cycle allowed."""
    order: list[str] = []
    done: set[str] = set()
    for start in needs:
        pending = [(start, iter(needs[start]))] if start not in done else []
        done.add(start)
        while pending:
            step, rest = pending[-1]
            following = next((need for need in rest if need not in done), None)
            if following is None:
                order.append(step)
                pending.pop()
            else:
                done.add(following)
                pending.append((following, iter(needs[following])))
    return order


def find_cycle(needs: Mapping[str, Sequence[str]]) -> list[str]:
    """One cycle as the steps along it, the first again at the end; empty when there is none."""
    finished: set[str] = set()
    for start in needs:
        trail: dict[str, None] = {}
        pending = [iter([start])]
        while pending:
            step = next((need for need in pending[-1] if need not in finished), None)
            if step is None:
                pending.pop()
                if trail:
                    finished.add(trail.popitem()[0])
            elif step in trail:
                steps = list(trail)
                return [*steps[steps.index(step) :], step]
            else:
                trail[step] = None
                pending.append(iter(needs[step]))
    return []
