"""What `${…}` references and conditions can see of a run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.core.run import Run
from engine.core.states import StepState


class _Outcomes(Mapping[str, Mapping[str, Any]]):
    """Steps that have a result, by id, each with `output` and `state`; made on demand, for large runs."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def __getitem__(self, step_id: str) -> Mapping[str, Any]:
        if step_id not in self:
            raise KeyError(step_id)
        step = self._run.steps[step_id]
        return {"output": step.output, "state": step.state.value}

    def __iter__(self) -> Iterator[str]:
        return (step_id for step_id in self._run.steps if step_id in self)

    def __contains__(self, step_id: object) -> bool:
        step = self._run.steps.get(step_id) if isinstance(step_id, str) else None
        return step is not None and step.state.is_final and step.state is not StepState.SKIPPED

    def __len__(self) -> int:
        return sum(1 for _ in self)


def scope(run: Run) -> Mapping[str, Any]:
    """The names a file may refer to: `inputs`, `state`, `steps`, `run`."""
    return {
        "inputs": run.inputs,
        "state": run.shared,
        "steps": _Outcomes(run),
        "run": {"id": run.id, "dir": run.folder},
    }
