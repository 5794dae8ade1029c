"""Checks of single steps: which keys go with which kind, and whether their values make sense together."""

from __future__ import annotations

import re
from typing import Final

from engine.core.names import did_you_mean
from engine.core.states import Effects
from engine.definition.declared import lint_fields
from engine.definition.document import Path
from engine.definition.schema import StepEntry
from engine.definition.subject import KINDS, Subject, kind_of, kinds_of

_COMMON: Final = frozenset({"id", "needs", "when", "if_skipped"})
_ONLY_FOR: Final = {"with_": "python", "prompt": "agent"}
_TARGET: Final = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", re.ASCII)
_MAX_SCRIPT: Final = 120 * 1024  # Linux takes 128 KiB as one argument
_REFERENCE_IN_SCRIPT: Final = re.compile(r"\$\{(inputs|state|steps|run)\.")
_ENV_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
_ENV_REFUSED: Final = frozenset(
    {
        "PATH",
        "IFS",
        "ENV",
        "BASH_ENV",
        "BASHOPTS",
        "SHELLOPTS",
        "NODE_OPTIONS",
        "PERL5LIB",
        "PERL5OPT",
        "RUBYOPT",
    }
)
_ENV_PREFIXES: Final = ("LD_", "DYLD_", "PYTHON", "OPSGATE_", "BASH_FUNC_")
_LONGEST_FILE_NAME: Final = 255
_RESERVED_IN_FORMS: Final = "decided_by"


def lint_steps(subject: Subject) -> None:
    """Note what is wrong with each step by itself."""
    for path, step in subject.numbered():
        _lint_kind(subject, path, step)
        _lint_action(subject, path, step)
        _lint_repeats(subject, path, step)
        _lint_environment(subject, path, step)
        _lint_artifacts(subject, path, step)
        _lint_state_keys(subject, path, step)
        _lint_output(subject, path, step)
        if step.gate is not None:
            _lint_gate(subject, path, step)


def _lint_kind(subject: Subject, path: Path, step: StepEntry) -> None:
    given = kinds_of(step)
    listed = ", ".join(f"`{kind}`" for kind in KINDS)
    if not given:
        subject.findings.error(path, f"step `{step.id}` does nothing: give it one of {listed}")
    elif len(given) > 1:
        both = " and ".join(f"`{kind}`" for kind in given)
        subject.findings.key_error((*path, given[1]), f"step `{step.id}` has {both}: a step has exactly one")
    elif given == ["gate"]:
        for key in sorted(step.model_fields_set - _COMMON - {"gate"}):
            subject.findings.key_error((*path, _written(key)), f"a gate step has no `{_written(key)}`")
    else:
        for key, kind in _ONLY_FOR.items():
            if key in step.model_fields_set and given != [kind]:
                written = _written(key)
                subject.findings.key_error((*path, written), f"`{written}` is only for a step with `{kind}`")


def _written(key: str) -> str:
    return key.removesuffix("_")


def _lint_action(subject: Subject, path: Path, step: StepEntry) -> None:
    if step.run and not step.run[0]:
        subject.findings.error((*path, "run", 0), "`run` begins with the program, which cannot be empty")
    if step.script is not None and len(step.script.encode()) > _MAX_SCRIPT:
        subject.findings.error(
            (*path, "script"),
            f"`script` is longer than {_MAX_SCRIPT // 1024} KiB, more than a shell takes as one argument",
            "put it into a file and `run` that",
        )
    if step.script is not None and (found := _REFERENCE_IN_SCRIPT.search(step.script)):
        subject.findings.error(
            (*path, "script"),
            f"`script` is literal text, and `{found.group()}…}}` would not be replaced in it",
            'hand the value over by `env: {VALUE: "${…}"}` and write "$VALUE" in the script',
        )
    if step.python is not None and not _TARGET.fullmatch(step.python):
        subject.findings.error((*path, "python"), "`python` names a callable as package.module:name")
    if step.agent is not None and step.agent not in subject.file.agents:
        hint = did_you_mean(step.agent, subject.file.agents) or "declare it under `agents`"
        subject.findings.error((*path, "agent"), f"there is no agent `{step.agent}`", hint)
    if kind_of(step) == "agent" and step.prompt is None:
        subject.findings.error(
            path, f"step `{step.id}` does not say what the agent is asked: give it a `prompt`"
        )


def _lint_repeats(subject: Subject, path: Path, step: StepEntry) -> None:
    if step.retry is None or step.retry.attempts == 1:
        return
    if step.effects is Effects.IRREVERSIBLE:
        subject.findings.key_error(
            (*path, "retry"),
            f"step `{step.id}` is irreversible and may not be retried by itself",
            "remove `retry`; a person can re-run the step",
        )
    elif step.effects is Effects.AT_MOST_ONCE and kind_of(step) != "gate":
        subject.findings.warning(
            (*path, "retry"),
            f"step `{step.id}` is retried although its effects are at_most_once",
            "say `effects: none` or `effects: idempotent` if that is so",
        )


def _lint_environment(subject: Subject, path: Path, step: StepEntry) -> None:
    for name in step.env:
        if not _ENV_NAME.fullmatch(name):
            subject.findings.key_error(
                (*path, "env", name),
                "`env`: a variable's name has letters, digits and `_`, and begins with no digit",
            )
        elif name in _ENV_REFUSED or name.startswith(_ENV_PREFIXES):
            subject.findings.key_error(
                (*path, "env", name),
                f"`env`: `{name}` changes how programs are found or loaded and cannot be set here",
                "choose another name",
            )


def _lint_artifacts(subject: Subject, path: Path, step: StepEntry) -> None:
    for number, name in enumerate(step.artifacts):
        place = (*path, "artifacts", number)
        if wrong := file_name_fault(name):
            subject.findings.error(place, f"`artifacts`: {wrong}")
        elif name in step.artifacts[:number]:
            subject.findings.error(place, f"`artifacts` names `{name}` twice")


def file_name_fault(name: str) -> str:
    """What is wrong with the name of a file inside a folder, as a sentence; "" when nothing is."""
    if len(name) > _LONGEST_FILE_NAME:
        return f"a file's name has at most {_LONGEST_FILE_NAME} characters"
    if not name.isprintable():
        return "a file's name has no control characters"
    if name.startswith(("/", "-", "~")):
        return f"a file's name is relative and does not begin with `{name[0]}`"
    if any(part in ("", ".", "..") for part in name.split("/")):
        return "a file's name stays inside the folder: no `..`, no `.`, no empty part"
    if "${" in name:
        return "a file's name is literal; references are not replaced in it"
    return ""


def _lint_state_keys(subject: Subject, path: Path, step: StepEntry) -> None:
    for key, names in (("reads", step.reads), ("writes", step.writes)):
        for number, name in enumerate(names):
            if name not in subject.file.state:
                hint = did_you_mean(name, subject.file.state) or "declare it under `state`"
                subject.findings.error((*path, key, number), f"`{key}`: the state has no key `{name}`", hint)


def _lint_output(subject: Subject, path: Path, step: StepEntry) -> None:
    output = step.output or {}
    lint_fields(subject.findings, (*path, "output"), output)
    for name, entry in output.items():
        if entry.default is not None:
            subject.findings.key_error(
                (*path, "output", name, "default"), "an output has no default: it is what the step hands back"
            )


def _lint_gate(subject: Subject, path: Path, step: StepEntry) -> None:
    gate, findings, place = step.gate, subject.findings, (*path, "gate")
    if gate is None:
        return
    lint_fields(findings, (*place, "form"), gate.form)
    if _RESERVED_IN_FORMS in gate.form:
        findings.key_error(
            (*place, "form", _RESERVED_IN_FORMS), f"`{_RESERVED_IN_FORMS}` is filled in by opsgate"
        )
    people = len(set(gate.candidates.users))
    if people and not gate.candidates.roles and gate.quorum > people:
        findings.error((*place, "quorum"), f"`quorum` is {gate.quorum}, and only {people} people may decide")
    if gate.on_deadline != "hold" and gate.deadline is None:
        findings.error((*place, "on_deadline"), "`on_deadline` needs a `deadline`", "add `deadline: 4h`")
    if gate.on_deadline == "approve_default" and not subject.cycle:
        guarded = subject.irreversible_after(step.id)
        if guarded:
            findings.error(
                (*place, "on_deadline"),
                f"`approve_default` would let the irreversible step `{guarded}` run without a decision",
                "write `hold` or `reject`",
            )
