"""A workflow as a drawing for the terminal: one row a step, lines for what waits on what.

Steps stand below all that they need. A step whose result is still waited for keeps a lane, a column of
its own; lanes branch off and join like the branches of a version history:

    ● checkout   run
    ├─╮
    │ ● docs     script
    ● │ tests    run
    ├─╯
    ◆ approve    gate · high
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from engine.core.states import Effects
from engine.core.workflow import AgentAction, GateAction, StepSpec, Workflow
from engine.definition.upstream import in_order

_UP, _DOWN, _LEFT, _RIGHT = 1, 2, 4, 8
_LINES: Final = {
    0: " ",
    _UP | _DOWN: "│",
    _LEFT | _RIGHT: "─",
    _UP | _RIGHT: "╰",
    _UP | _LEFT: "╯",
    _DOWN | _RIGHT: "╭",
    _DOWN | _LEFT: "╮",
    _UP | _DOWN | _RIGHT: "├",
    _UP | _DOWN | _LEFT: "┤",
    _UP | _LEFT | _RIGHT: "┴",
    _DOWN | _LEFT | _RIGHT: "┬",
    _UP | _DOWN | _LEFT | _RIGHT: "┼",
}
_TO_ASCII: Final = str.maketrans("│─╰╯╭╮├┤┴┬┼●◆·…", "|-+++++++++*#-~")
_STEP, _GATE = "●", "◆"


def draw(workflow: Workflow, width: int = 80, *, ascii_only: bool = False) -> str:
    """The workflow as lines of at most `width` characters.

    Where the lanes would take more than half the width, the drawing is a list that names what each
    step needs instead.
    """
    rows = _Lanes(workflow).rows()
    lanes_width = max((len(row.lines) for row in rows), default=0)
    names_width = max((len(step.id) for step in workflow.steps), default=0)
    if lanes_width > width // 2:
        rows = [_Row(_glyph(step), step) for step in _ordered(workflow)]
        text = [_labelled(row, 1, names_width, after=True) for row in rows]
    else:
        text = [_labelled(row, lanes_width, names_width, after=False) for row in rows]
    cut = (line if len(line) <= width else line[: width - 1] + "…" for line in text)
    drawing = "\n".join(line.rstrip() for line in cut)
    if ascii_only:
        return drawing.translate(_TO_ASCII).encode("ascii", "backslashreplace").decode()
    return drawing


def mermaid(workflow: Workflow) -> str:
    """The workflow as a Mermaid flowchart; whatever the file's texts hold, they stay labels."""
    number = workflow.position
    lines = ["flowchart TD"]
    for step in workflow.steps:
        opening, closing = ("{{", "}}") if isinstance(step.action, GateAction) else ("[", "]")
        label = "<br/>".join(_escaped(part) for part in (step.id, *_notes(step)))
        lines.append(f'    s{number[step.id]}{opening}"{label}"{closing}')
    lines += [f"    s{number[need]} --> s{number[step.id]}" for step in workflow.steps for need in step.needs]
    return "\n".join(lines)


def _escaped(text: str) -> str:
    """Every character that Mermaid or HTML could take for its own, as its number."""
    return "".join(
        character if character.isalnum() or character in " .,-_/" else f"#{ord(character)};"
        for character in text
    )


def _ordered(workflow: Workflow) -> list[StepSpec]:
    return [workflow.by_id[step] for step in in_order({step.id: step.needs for step in workflow.steps})]


def _glyph(step: StepSpec) -> str:
    return _GATE if isinstance(step.action, GateAction) else _STEP


def _notes(step: StepSpec) -> list[str]:
    """What a reader has to know about a step at a glance."""
    notes = [step.kind.value]
    if isinstance(step.action, AgentAction):
        notes = [f"agent {step.action.agent}"]
    if isinstance(step.action, GateAction):
        notes.append(step.action.consequence.value)
        if step.action.quorum > 1:
            notes.append(f"{step.action.quorum} people")
    if step.effects is Effects.IRREVERSIBLE:
        notes.append("irreversible")
    if step.when is not None:
        notes.append(f"when {' '.join(step.when.text.split())}")
    return notes


@dataclass(frozen=True, slots=True)
class _Row:
    """One line: its lanes, and the step that stands in it, if any."""

    lines: str
    step: StepSpec | None = None


def _labelled(row: _Row, lanes_width: int, names_width: int, *, after: bool) -> str:
    if row.step is None:
        return row.lines
    notes = _notes(row.step)
    if after and row.step.needs:
        notes.insert(1, f"after {', '.join(row.step.needs)}")
    return f"{row.lines:<{lanes_width}} {row.step.id:<{names_width}}  {' · '.join(notes)}"


@dataclass(slots=True)
class _Lanes:
    """The drawing in the making. A lane belongs to the step whose dependents are not all drawn yet."""

    workflow: Workflow
    _lanes: list[str | None] = field(default_factory=list)
    _waiting: dict[str, int] = field(default_factory=dict)
    _rows: list[_Row] = field(default_factory=list)
    _above: int | None = None
    """The lane of the step in the row above: what stands right below it looks as if it needed it."""

    def rows(self) -> list[_Row]:
        for step in _ordered(self.workflow):
            self._place(step)
        return self._rows

    def _place(self, step: StepSpec) -> None:
        """Draw how the lanes that a step needs come together, then the step itself."""
        needed = {index for index, owner in enumerate(self._lanes) if owner in step.needs}
        before = [owner is not None for owner in self._lanes]
        for index in needed:
            owner = self._lanes[index] or ""
            self._waiting[owner] -= 1
            if self._waiting[owner] == 0:
                self._lanes[index] = None
        column = self._free_lane(needed)
        self._lanes[column] = step.id
        before += [False] * (len(self._lanes) - len(before))
        if needed - {column}:
            self._rows.append(_Row(self._joint(before, needed, column)))
        elif self._above == column and not needed:
            self._rows.append(_Row(self._joint(before, set(), column)))
        self._above = column
        cells = ["│" if owner is not None else " " for owner in self._lanes]
        cells[column] = _glyph(step)
        self._rows.append(_Row(" ".join(cells).rstrip(), step))
        self._waiting[step.id] = len(self.workflow.dependents[step.id])
        if self._waiting[step.id] == 0:
            self._lanes[column] = None
        while self._lanes and self._lanes[-1] is None:
            self._lanes.pop()

    def _free_lane(self, needed: set[int]) -> int:
        """The leftmost lane that just ended among those needed; otherwise the leftmost free one."""
        freed = sorted(index for index in needed if self._lanes[index] is None)
        free = freed or [index for index, owner in enumerate(self._lanes) if owner is None]
        if free:
            return free[0]
        self._lanes.append(None)
        return len(self._lanes) - 1

    def _joint(self, before: list[bool], needed: set[int], column: int) -> str:
        """The row above a step: lines from the lanes it needs to its own. Without any, a gap above it."""
        joined = needed | {column} if needed else set()
        first, last = min(joined, default=0), max(joined, default=-1)
        cells = []
        for index, owner in enumerate(self._lanes):
            going_on = owner is not None and (needed or index != column)
            upright = (_UP if before[index] else 0) | (_DOWN if going_on else 0)
            if first <= index <= last and (index in joined or not upright):
                upright |= (_LEFT if index > first else 0) | (_RIGHT if index < last else 0)
            cells.append(_LINES[upright] + ("─" if first <= index < last else " "))
        return "".join(cells).rstrip()
