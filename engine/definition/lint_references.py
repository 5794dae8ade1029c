"""Checks of everything that names a value: references, conditions, and what a gate shows."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

from engine.core.conditions import ConditionProblem
from engine.core.conditions import parse as parse_condition
from engine.core.names import ROOTS, did_you_mean, prefixes
from engine.core.references import ReferenceProblem, names
from engine.definition.agent_script import texts, texts_in
from engine.definition.document import Findings, Path
from engine.definition.lint_agents import AgentScript, report
from engine.definition.schema import FieldEntry, StepEntry
from engine.definition.subject import Subject

_DECIDED_BY: Final = FieldEntry(type="list")
_ARTIFACT: Final = "artifact:"


class _Fault(Exception):
    """A path leads nowhere. Its text says why; `suggestion` may be empty."""

    def __init__(self, message: str, suggestion: str = "") -> None:
        super().__init__(message)
        self.suggestion = suggestion


def lint_references(subject: Subject, scripts: list[AgentScript]) -> None:
    """Note every name that leads to nothing declared, or to a step that may not have ended."""
    for path, step in subject.numbered():
        for place, text in _texts(step):
            _lint_text(subject, subject.findings, (*path, *place), text, [step.id])
        _lint_condition(subject, path, step)
        if step.gate is not None:
            for number, item in enumerate(step.gate.show):
                _lint_shown(subject, (*path, "gate", "show", number), step.id, item)
    for script in scripts:
        _lint_script(subject, script)
        report(subject, script)


def _texts(step: StepEntry) -> Iterator[tuple[Path, str]]:
    """Every text of a step in which references are replaced."""
    given = {
        "run": step.run,
        "with": step.with_,
        "prompt": step.prompt,
        "env": step.env,
        "workdir": step.workdir,
        "gate": None if step.gate is None else {"title": step.gate.title},
    }
    yield from texts_in(given)


def _lint_text(
    subject: Subject,
    findings: Findings,
    place: Path,
    text: str,
    users: Sequence[str],
    known: Collection[str] = (),
) -> None:
    try:
        paths = names(text)
    except ReferenceProblem as problem:
        findings.error(place, str(problem))
        return
    for path in paths:
        if path in known:
            continue
        if _note_fault(subject, findings, place, path, users) and users:
            _warn_when_absent(subject, findings, place, path, users[0])


def _note_fault(subject: Subject, findings: Findings, place: Path, path: str, users: Sequence[str]) -> bool:
    """Note why `path` leads nowhere; True when it leads somewhere."""
    try:
        _follow(subject, path, users)
    except _Fault as fault:
        findings.error(place, f"`{path}`: {fault}", fault.suggestion)
        return False
    return True


def _follow(subject: Subject, path: str, users: Sequence[str]) -> None:
    root, *rest = path.split(".")
    parts = tuple(rest)
    if root == "inputs":
        _declared(parts, subject.file.inputs, "input")
    elif root == "state":
        _declared(parts, subject.file.state, "key of the state")
    elif root == "steps":
        _follow_step(subject, parts, users)
    elif root == "run":
        if parts not in (("id",), ("dir",)):
            raise _Fault("a run has `run.id` and `run.dir`", did_you_mean(".".join(parts), ("id", "dir")))
    elif root in ("prompt", "results"):
        raise _Fault("this is for the actions of a scripted agent, after the tool call that saved the result")
    else:
        listed = ", ".join(f"`{name}`" for name in ROOTS)
        raise _Fault(f"a name starts with {listed}", did_you_mean(root, ROOTS))


def _declared(parts: tuple[str, ...], entries: Mapping[str, FieldEntry], what: str) -> str:
    """The declared name that `parts` begin with. Raises _Fault when there is none."""
    simple = ""
    for name, rest in prefixes(parts):
        if name in entries:
            if not rest or entries[name].type == "object":
                return name
            simple = simple or name
    if simple:
        raise _Fault(f"`{simple}` is of type {entries[simple].type} and has no parts")
    wanted = ".".join(parts)
    if not wanted:
        raise _Fault(f"say which {what}")
    raise _Fault(f"there is no {what} `{wanted}`", did_you_mean(wanted, entries))


def _follow_step(subject: Subject, parts: tuple[str, ...], users: Sequence[str]) -> None:
    step_id, rest = _step_in(subject, parts)
    for user in users:
        if step_id != user and not subject.upstream.is_before(step_id, user):
            raise _Fault(
                f"step `{step_id}` need not have ended when `{user}` starts",
                f"add `{step_id}` to `needs` of `{user}`",
            )
        if step_id == user:
            raise _Fault("a step cannot refer to its own result")
    if rest[0] == "output" and len(rest) > 1:
        declared = _outputs(subject.steps[step_id])
        if declared is not None:
            _declared(rest[1:], declared, f"output of step `{step_id}`")


def _step_in(subject: Subject, parts: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """The step that a path names, the longest id first, and what follows the id."""
    named = ""
    for step_id, rest in prefixes(parts):
        if step_id in subject.steps:
            if rest[:1] == ("output",) or rest == ("state",):
                return step_id, rest
            named = named or step_id
    if named:
        raise _Fault(f"of a step there is `steps.{named}.output.KEY` and `steps.{named}.state`")
    wanted = next(
        (one for one, rest in prefixes(parts) if rest[:1] in (("output",), ("state",))), ".".join(parts)
    )
    raise _Fault(f"there is no step `{wanted}`", did_you_mean(wanted, subject.steps))


def _outputs(step: StepEntry) -> Mapping[str, FieldEntry] | None:
    """What a step's output is known to hold; None when it does not say."""
    if step.gate is not None:
        return {**step.gate.form, "decided_by": _DECIDED_BY}
    return step.output


def _warn_when_absent(subject: Subject, findings: Findings, place: Path, path: str, user: str) -> None:
    root, *rest = path.split(".")
    if root == "inputs":
        entry = subject.file.inputs[_declared(tuple(rest), subject.file.inputs, "input")]
        if not entry.required and entry.default is None:
            findings.warning(
                place,
                f"`{path}` may be missing, and the step would fail",
                "make the input required, or give it a default",
            )
    elif root == "state":
        key = _declared(tuple(rest), subject.file.state, "key of the state")
        if not _written_before(subject, key, user):
            findings.warning(place, f"no step before `{user}` writes `state.{key}`", "check `needs`")


def _written_before(subject: Subject, key: str, user: str) -> bool:
    return any(key in subject.steps[step].writes for step in subject.upstream.before(user))


def _lint_condition(subject: Subject, path: Path, step: StepEntry) -> None:
    if step.when is None:
        return
    place = (*path, "when")
    try:
        condition = parse_condition(step.when)
    except ConditionProblem as problem:
        column = f" (column {problem.column} of the condition)" if problem.column else ""
        subject.findings.error(place, f"`when`: {problem.message}{column}", problem.suggestion)
        return
    for name in dict.fromkeys(condition.paths):
        _note_fault(subject, subject.findings, place, name, [step.id])


def _lint_shown(subject: Subject, place: Path, user: str, item: str) -> None:
    if not item.startswith(_ARTIFACT):
        _note_fault(subject, subject.findings, place, item, [user])
        return
    step_id, _, name = item.removeprefix(_ARTIFACT).partition("/")
    step = subject.steps.get(step_id)
    if step is None:
        hint = did_you_mean(step_id, subject.steps)
        subject.findings.error(place, f"`show`: there is no step `{step_id}`", hint)
    elif name not in step.artifacts:
        hint = did_you_mean(name, step.artifacts) or "declare it under the step's `artifacts`"
        subject.findings.error(place, f"`show`: step `{step_id}` keeps no artifact `{name}`", hint)
    elif not subject.upstream.is_before(step_id, user):
        hint = f"add `{step_id}` to `needs` of `{user}`"
        subject.findings.error(
            place, f"`show`: step `{step_id}` need not have ended when `{user}` starts", hint
        )


def _lint_script(subject: Subject, script: AgentScript) -> None:
    users = [step.id for step in subject.file.steps if step.agent == script.agent]
    known = {"prompt"}
    for number, action in enumerate(script.file.script):
        for place, text in texts(action):
            _lint_text(subject, script.findings, ("script", number, *place), text, users, known)
        if action.tool is not None and action.tool.save is not None:
            known.add(f"results.{action.tool.save}")
