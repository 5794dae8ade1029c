"""What the lint rules look at: one workflow file, with all that they ask of it more than once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from engine.core.states import Effects
from engine.definition.document import Findings, Path
from engine.definition.schema import StepEntry, WorkflowFile
from engine.definition.upstream import Upstream, find_cycle

KINDS = ("run", "script", "python", "agent", "gate")


@dataclass(frozen=True)
class Subject:
    """A file under inspection, and where its problems are noted."""

    file: WorkflowFile
    findings: Findings

    @cached_property
    def steps(self) -> Mapping[str, StepEntry]:
        """Steps by id; of several with the same id, the first."""
        found: dict[str, StepEntry] = {}
        for step in self.file.steps:
            found.setdefault(step.id, step)
        return found

    @cached_property
    def needs(self) -> Mapping[str, tuple[str, ...]]:
        """For each step, the existing steps that it needs."""
        return {
            step_id: tuple(need for need in step.needs if need in self.steps)
            for step_id, step in self.steps.items()
        }

    @cached_property
    def cycle(self) -> list[str]:
        return find_cycle(self.needs)

    @cached_property
    def upstream(self) -> Upstream:
        """The order of steps. Only to be asked when there is no cycle."""
        return Upstream(self.needs)

    def numbered(self) -> Iterator[tuple[Path, StepEntry]]:
        """Every step with its path."""
        for number, step in enumerate(self.file.steps):
            yield ("steps", number), step

    def path_of(self, step_id: str) -> Path:
        return next(path for path, step in self.numbered() if step.id == step_id)

    def irreversible_after(self, step_id: str) -> str:
        """The first irreversible step that needs `step_id`, directly or not; "" when there is none."""
        return next(
            (
                other.id
                for other in self.steps.values()
                if other.effects is Effects.IRREVERSIBLE and self.upstream.is_before(step_id, other.id)
            ),
            "",
        )


def kind_of(step: StepEntry) -> str:
    """The step's kind; "" unless exactly one is given."""
    given = kinds_of(step)
    return given[0] if len(given) == 1 else ""


def kinds_of(step: StepEntry) -> list[str]:
    return [kind for kind in KINDS if kind in step.model_fields_set]
