"""From a step of a run to the job that carries it out: every reference resolved, exact environment."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.core.errors import InvalidInput
from engine.core.references import resolve_argv, resolve_text, resolve_value
from engine.core.run import Run
from engine.core.scope import scope
from engine.core.workflow import AgentAction, PythonAction, RunAction, ScriptAction, StepSpec
from engine.home import attempt_folder
from engine.steps.job import AgentJob, Job, ProcessJob, PythonJob

BASE_ENVIRONMENT = ("PATH", "LANG", "HOME", "TZ")


def address(run: str, step: str, attempt: int) -> str:
    """The id of an attempt's job: its place for ever."""
    return f"{run}/{step}/{attempt}"


def parse_address(job_id: str) -> tuple[str, str, int]:
    run, step, attempt = job_id.split("/")
    return run, step, int(attempt)


def prepare(run: Run, spec: StepSpec, environment: Mapping[str, str]) -> Job:
    """The job for the step's latest attempt.

    `environment` is the engine's; only PATH, LANG, HOME and TZ pass. Raises ReferenceProblem (a ValueError)
    when something the step refers to is missing, and InvalidInput for a working folder that is none.
    """
    names = scope(run)
    attempt = run.steps[spec.id].attempt
    folder = attempt_folder(run.folder, spec.id, attempt)
    common: dict[str, Any] = {
        "id": address(run.id, spec.id, attempt),
        "folder": Path(folder),
        "workdir": _workdir(spec, folder, names),
        "env": _environment(run, spec, attempt, folder, environment, names),
        "input": _input(run, spec),
        "artifacts": spec.artifacts,
    }
    match spec.action:
        case RunAction(argv):
            return ProcessJob(**common, argv=resolve_argv(argv, names))
        case ScriptAction(text):
            return ProcessJob(**common, argv=("/bin/sh", "-e", "-c", text, spec.id))
        case PythonAction(target, arguments):
            return PythonJob(
                **common,
                target=target,
                arguments=resolve_value(arguments, names),
                path=Path(run.workflow.folder),
            )
        case AgentAction(agent, prompt):
            role = run.workflow.agents[agent]
            return AgentJob(
                **common,
                adapter=role.use,
                prompt=resolve_text(prompt, names),
                tools=role.tools,
                settings={"script": list(role.script)},
            )
        case _:
            raise TypeError(f"step {spec.id} has nothing to start")


def _workdir(spec: StepSpec, folder: str, names: Mapping[str, Any]) -> Path:
    if spec.workdir is None:
        return Path(f"{folder}/work")
    chosen = Path(resolve_text(spec.workdir, names))
    if not chosen.is_absolute():
        raise InvalidInput(
            f"workdir {chosen} is not an absolute path. Begin it with ${{run.dir}} or a path input."
        )
    return chosen


def _environment(
    run: Run,
    spec: StepSpec,
    attempt: int,
    folder: str,
    environment: Mapping[str, str],
    names: Mapping[str, Any],
) -> dict[str, str]:
    exact = {name: environment[name] for name in BASE_ENVIRONMENT if name in environment}
    for name, text in spec.env.items():
        value = resolve_text(text, names)
        if "\0" in value:
            raise InvalidInput(f"env {name} holds a NUL character, which no environment can carry.")
        exact[name] = value
    exact.update(
        OPSGATE_RUN=run.id,
        OPSGATE_STEP=spec.id,
        OPSGATE_ATTEMPT=str(attempt),
        OPSGATE_KEY=f"{run.id}/{spec.id}",
        OPSGATE_INPUT=f"{folder}/input.json",
        OPSGATE_RESULT=f"{folder}/result.json",
    )
    return exact


def _input(run: Run, spec: StepSpec) -> dict[str, Any]:
    """The document behind OPSGATE_INPUT: inputs, the state it reads, results and caveats of what it needs.

    An agent's script refers to values while it runs, so an agent gets all that a reference could reach.
    """
    agent = isinstance(spec.action, AgentAction)
    needs = (step.id for step in run.steps.values() if step.ended_at is not None) if agent else spec.needs
    needed = {need: run.steps[need] for need in needs}
    reads = run.shared if agent else spec.reads
    return {
        "run": {"id": run.id, "dir": run.folder},
        "inputs": run.inputs,
        "state": {key: run.shared[key] for key in reads if key in run.shared},
        "steps": {need: {"state": step.state.value, "output": step.output} for need, step in needed.items()},
        "caveats": [
            {"step": caveat.step, "text": caveat.text} for caveat in run.caveats if caveat.step in needed
        ],
    }
