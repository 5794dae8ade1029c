"""What the runtime hands to the steps' executor, and what it gets back. Plain data, no behaviour.

A job is one attempt of one step with every reference already resolved. Its `id` is the attempt's
address `RUN/STEP/NUMBER`, unique for ever. Its `folder` is the attempt's own directory:

    folder/log            standard output and error, appended by the step itself
    folder/input.json     what OPSGATE_INPUT names
    folder/result.json    what OPSGATE_RESULT names; the step may leave one JSON object there
    folder/agent.jsonl    agent events, one a line, in order (agent jobs)
    folder/work           the working folder, unless the step declares another
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class ProcessJob:
    """A program to start: exact argv (argv[0] as written in the file), exact environment.

    `input` is the document for OPSGATE_INPUT. `artifacts` are file names relative to `workdir` to keep.
    """

    id: str
    folder: Path
    workdir: Path
    env: Mapping[str, str]
    input: Mapping[str, Any]
    artifacts: tuple[str, ...]
    argv: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PythonJob:
    """A callable `module:name` to call with `arguments` in a warm host whose sys.path begins with `path`."""

    id: str
    folder: Path
    workdir: Path
    env: Mapping[str, str]
    input: Mapping[str, Any]
    artifacts: tuple[str, ...]
    target: str
    arguments: Mapping[str, Any]
    path: Path


@dataclass(frozen=True, slots=True)
class AgentJob:
    """An agent to run. `settings` is what its adapter needs (for `scripted`: {"script": [...]})."""

    id: str
    folder: Path
    workdir: Path
    env: Mapping[str, str]
    input: Mapping[str, Any]
    artifacts: tuple[str, ...]
    adapter: str
    prompt: str
    tools: Mapping[str, str]
    settings: Mapping[str, Any]


Job = ProcessJob | PythonJob | AgentJob


@dataclass(frozen=True, slots=True)
class Kept:
    """A file taken into the artifact store: `path` is its content-addressed place, read-only."""

    name: str
    size: int
    sha256: str
    path: Path


@dataclass(frozen=True, slots=True)
class Ended:
    """An attempt whose whole process tree is gone.

    Exactly one of `exit_code` and `signal` is set when a process ran to its end; both are None when it
    never started (`error` says why: no such program, not executable, …). `result` is the parsed
    result document ({} when none was left). `error` is one sentence when the attempt failed for a
    reason other than its exit status (unreadable result, a missing artifact, an exception's text).
    """

    id: str
    exit_code: int | None = None
    signal: int | None = None
    error: str | None = None
    result: Mapping[str, Any] = field(default_factory=dict)
    artifacts: tuple[Kept, ...] = ()


@dataclass(frozen=True, slots=True)
class Lost:
    """An attempt whose process vanished without an exit record: nobody knows what it did.

    `started` is False when it certainly never ran: the engine died between recording and starting it.
    """

    id: str
    why: str
    started: bool = True


@dataclass(frozen=True, slots=True)
class AgentSaid:
    """Events an agent produced, in order; `first` is the zero-based position of `events[0]` in its file.

    Each event is a mapping with `type`: `agent.message` {text} · `agent.thought` {text} ·
    `agent.plan` {entries: [{text, status}]} · `tool.started` {call, name, arguments} ·
    `tool.finished` {call, result} · `tool.failed` {call, error} · `tool.denied` {call, name, reason} ·
    `usage` {input_tokens, output_tokens, requests, cost_usd or null}.
    """

    id: str
    first: int
    events: tuple[Mapping[str, Any], ...]


Report = Ended | Lost | AgentSaid
