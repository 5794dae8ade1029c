"""The filter line of the history: `wf=triage state=failed since=7d queue=fin timeout`."""

from __future__ import annotations

import re
from dataclasses import replace

from engine.client import RunFilter
from engine.core.errors import InvalidInput
from engine.core.states import FINAL_RUN_STATES, RunState

ENDED = tuple(state for state in RunState if state in FINAL_RUN_STATES)
KEYS = ("wf", "state", "since", "queue")
_AGO = re.compile(r"([0-9]{1,6})([smhdw])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def parse_filter(line: str, now: float) -> RunFilter:
    """What `line` asks for, as of `now` in seconds since 1970; words without a key are searched for.

    Raises InvalidInput for a key, a state or a time that there is none of.
    """
    wanted = RunFilter(states=ENDED)
    words = []
    for word in line.split():
        key, equals, value = word.partition("=")
        if not equals:
            words.append(word)
        elif value:
            wanted = _with(wanted, key, value, now)
    return replace(wanted, text=" ".join(words)) if words else wanted


def _with(wanted: RunFilter, key: str, value: str, now: float) -> RunFilter:
    match key:
        case "wf":
            return replace(wanted, workflow=value)
        case "queue":
            return replace(wanted, queue=value)
        case "state":
            return replace(wanted, states=tuple(_state(name) for name in value.split(",") if name))
        case "since":
            return replace(wanted, since=now - _ago(value))
    raise InvalidInput(f"There is no filter {key}=. Use {', '.join(KEYS)}, or plain words.")


def _state(name: str) -> RunState:
    found = [state for state in ENDED if state.value.startswith(name)]
    if name in ENDED:
        return RunState(name)
    if len(found) != 1:
        raise InvalidInput(f"No run ends as {name!r}. The states are {', '.join(ENDED)}.")
    return found[0]


def _ago(value: str) -> float:
    found = _AGO.fullmatch(value)
    if found is None:
        raise InvalidInput(f"since={value} is no time span. Write a number and s, m, h, d or w: since=7d.")
    return int(found[1]) * _SECONDS[found[2]]
