"""Drawings of a workflow: every step, every line, within the width, whatever its texts hold."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.core.states import StepKind
from engine.core.workflow import RunAction, StepSpec, Workflow
from engine.definition.graph import draw, mermaid

from .help import HEAD, workflow

BRANCHED = """\
workflow: w
defaults: {on_failure: halt}
steps:
  - {id: checkout, run: [x]}
  - {id: compile, run: [x], needs: [checkout]}
  - {id: unit, run: [x], needs: [checkout]}
  - {id: lint, run: [x], needs: [checkout]}
  - {id: docs, run: [x]}
  - {id: join, run: [x], needs: [compile, unit, lint]}
  - {id: ok, gate: {title: x, consequence: high, quorum: 2}, needs: [join, docs], when: "run.id != ''"}
  - {id: publish, run: [x], needs: [ok, checkout], effects: irreversible}
  - {id: tell, run: [x], needs: [ok]}
"""


def test_branches_and_joins_are_drawn_as_lanes() -> None:
    assert draw(workflow(BRANCHED)).splitlines() == [
        "●         checkout  run",
        "├─╮",
        "│ ●       compile   run",
        "├─│─╮",
        "│ │ ●     unit      run",
        "├─│─│─╮",
        "│ │ │ ●   lint      run",
        "│ │ │ │ ● docs      run",
        "│ ├─┴─╯ │",
        "│ ●     │ join      run",
        "│ ├─────╯",
        "│ ◆       ok        gate · high · 2 people · when run.id != ''",
        "├─┤",
        "● │       publish   run · irreversible",
        "  ●       tell      run",
    ]


def test_unrelated_steps_are_kept_apart() -> None:
    text = HEAD + "steps: [{id: a, run: [x]}, {id: b, run: [x], needs: [a]}, {id: c, run: [x]}]"
    assert draw(workflow(text)).splitlines() == ["● a  run", "● b  run", "", "● c  run"]


def test_a_drawing_can_do_without_unicode() -> None:
    text = BRANCHED.replace("run.id != ''", "run.id != 'é'")
    drawing = draw(workflow(text), ascii_only=True)
    assert drawing.isascii()
    assert "#       ok        gate - high" in drawing


def test_what_is_too_wide_for_lanes_becomes_a_list() -> None:
    steps = "".join(f"  - {{id: s{number}, run: [x]}}\n" for number in range(50))
    needs = ", ".join(f"s{number}" for number in range(50))
    drawing = draw(workflow(f"{HEAD}steps:\n{steps}  - {{id: z, run: [x], needs: [{needs}]}}\n"))
    assert len(drawing.splitlines()) == 51
    assert "z    run · after s0, s1, s2" in drawing
    assert all(len(line) <= 80 for line in drawing.splitlines())


def test_steps_stand_below_what_they_need_whatever_the_files_order() -> None:
    text = HEAD + "steps: [{id: b, run: [x], needs: [a]}, {id: a, run: [x]}]"
    assert draw(workflow(text)).splitlines() == ["● a  run", "● b  run"]


@st.composite
def _workflows(choose: st.DrawFn) -> Workflow:
    count = choose(st.integers(1, 12))
    steps = []
    for number in range(count):
        needs = choose(st.sets(st.integers(0, number - 1))) if number else set()
        ids = tuple(f"s{need}" for need in sorted(needs))
        steps.append(StepSpec(f"s{number}", StepKind.RUN, RunAction(("x",)), needs=ids))
    return Workflow("w", "d", steps=tuple(steps))


@given(_workflows())
def test_the_lines_of_any_drawing_lead_to_what_a_step_needs(flow: Workflow) -> None:
    lines = draw(flow, width=200).splitlines()
    rows = {line.split()[-2]: number for number, line in enumerate(lines) if line.endswith("run")}
    assert list(rows) == [step.id for step in flow.steps]
    for step in flow.steps:
        assert _reached(lines, rows[step.id]) == {rows[need] for need in step.needs}


def _reached(lines: list[str], row: int) -> set[int]:
    """The rows of the steps that can be reached from the step in `row` by going up along the lines."""
    column = lines[row].index("●")
    found: set[int] = set()
    pending, seen = [(row - 1, column, "up")], set()
    while pending:
        place = pending.pop()
        line, at, heading = place
        if place in seen or line < 0 or at >= len(lines[line]) or at < 0:
            continue
        seen.add(place)
        sign = lines[line][at]
        if heading == "up":
            if sign == "●":
                found.add(line)
            elif sign in "│├┤┼╰╯┴":
                pending.append((line - 1, at, "up"))
            joined = line == row - 1
            pending += [(line, at + 1, "right")] if joined and sign in "├╭┬┼╰┴" else []
            pending += [(line, at - 1, "left")] if joined and sign in "┤╮┬┼╯┴" else []
        else:
            step = 1 if heading == "right" else -1
            if sign in "├┤┼╰╯┴":
                pending.append((line - 1, at, "up"))
            if sign in "─│┬┴┼" or (sign in "├╰" and step < 0) or (sign in "┤╯" and step > 0):
                pending.append((line, at + step, heading))
    return found


def test_mermaid_shows_every_step_and_need() -> None:
    drawing = mermaid(workflow(BRANCHED))
    assert drawing.startswith("flowchart TD\n")
    assert '    s0["checkout<br/>run"]' in drawing
    assert '    s6{{"ok<br/>gate<br/>high<br/>2 people<br/>when run.id #33;#61; #39;#39;"}}' in drawing
    assert "    s5 --> s6" in drawing
    assert drawing.count("-->") == 11


def test_a_label_cannot_break_out_of_its_quotes() -> None:
    when = """inputs.x == '"]; click s0 "javascript:x" <script>'"""
    text = f"{HEAD}inputs: {{x: {{type: string, default: a}}}}\nsteps:\n"
    text += f"  - id: a\n    run: [x]\n    when: >\n      {when}\n"
    label = mermaid(workflow(text)).splitlines()[1]
    assert label.count('"') == 2
    assert "<script" not in label
