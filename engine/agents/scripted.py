"""The scripted agent: plays its script action by action, the same every time. For demos, tests and drills.

It runs inside a warm host, in the attempt's working folder, and goes through the same tool policy and the
same events as any other agent. `engine.definition.agent_script` says what an action looks like.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.core.references import resolve_argv, resolve_text, resolve_value

Event = dict[str, Any]
Action = Mapping[str, Any]

MAX_OUTPUT = 1 << 20  # bytes that a tool may print
MAX_SHOWN = 4000  # characters of a tool's output in its event
REFUSALS = {
    "deny": "this agent may not use it",
    "ask": "asking a person from inside an agent is not available in this version",
}
NOT_LISTED = "it is not among this agent's tools"


def perform(
    say: Callable[[Event], None],
    *,
    prompt: str,
    tools: Mapping[str, str],
    settings: Mapping[str, Any],
    given: Mapping[str, Any],
) -> dict[str, Any]:
    """Play the script in `settings`; what came of it is under `result`, or a sentence under `error`.

    `tools` says for each tool `allow`, `ask` or `deny`. `given` is the step's input document.
    """
    player = Player(say, tools, {**given, "prompt": prompt})
    try:
        for action in settings["script"]:
            player.play(action)
    except (GivenUp, ValueError, OSError) as problem:
        return {"error": str(problem)}
    if player.denied:
        unresolved = "; ".join(f"{name} ({reason})" for name, reason in player.denied.items())
        return {"error": f"A denied action is unresolved: {unresolved}."}
    return {"result": player.result()}


class GivenUp(Exception):
    """The agent cannot go on; its text is why."""


class ToolFailed(Exception):
    """A tool's program did not do its work; its text is why."""


class Player:
    """Plays actions and gathers what they come to. Raises GivenUp, ValueError or OSError where one fails."""

    def __init__(
        self, say: Callable[[Event], None], tools: Mapping[str, str], scope: Mapping[str, Any]
    ) -> None:
        self.denied: dict[str, str] = {}
        self._say = say
        self._tools = tools
        self._results: dict[str, str] = {}
        self._scope = {**scope, "results": self._results}
        self._calls = 0
        self._values: dict[str, dict[str, Any]] = {"output": {}, "state": {}}
        self._notes: dict[str, list[str]] = {"caveats": [], "decisions": []}

    def play(self, action: Action) -> None:
        """Do one action."""
        match action["do"]:
            case "message" | "thought" as kind:
                self._speak(kind, self._text(action))
            case "plan":
                self._plan(action["entries"])
            case "usage":
                self._say({"type": "usage", **{key: action[key] for key in action if key != "do"}})
            case "tool":
                self._tool(action)
            case "pause":
                time.sleep(action["seconds"])
            case "write":
                self._write(resolve_text(action["file"], self._scope), self._text(action))
            case "output" | "state" as part:
                self._values[part].update(resolve_value(action["values"], self._scope))
            case "caveat" | "decision" as note:
                self._notes[f"{note}s"].append(self._text(action))
            case "fail":
                raise GivenUp(self._text(action))
            case unknown:
                raise GivenUp(f"The script has the unknown action {unknown!r}; correct it.")

    def result(self) -> dict[str, Any]:
        """The result document so far."""
        return {**self._values, **self._notes}

    def _text(self, action: Action) -> str:
        return resolve_text(action["text"], self._scope)

    def _speak(self, kind: str, text: str) -> None:
        self._say({"type": f"agent.{kind}", "text": text})
        log(kind, text)

    def _plan(self, entries: Sequence[Mapping[str, str]]) -> None:
        plan = [{**entry, "text": resolve_text(entry["text"], self._scope)} for entry in entries]
        self._say({"type": "agent.plan", "entries": plan})
        for entry in plan:
            log("plan", f"{entry['text']} ({entry['status']})")

    def _tool(self, action: Action) -> None:
        """Call a tool if its policy allows that; a refused call is left unresolved and the agent goes on."""
        self._calls += 1
        call, name = f"call-{self._calls}", str(action["name"])
        policy = self._tools.get(name)
        if policy != "allow":
            reason = REFUSALS.get(policy or "", NOT_LISTED)
            self._say({"type": "tool.denied", "call": call, "name": name, "reason": reason})
            log("denied", f"{name}: {reason}")
            self.denied[name] = reason
            return
        arguments = resolve_value(action.get("arguments", {}), self._scope)
        argv = resolve_argv(action.get("run") or (), self._scope)
        self._say({"type": "tool.started", "call": call, "name": name, "arguments": arguments})
        log("tool", " ".join((f"{name}:", *argv)))
        try:
            output = run(argv) if argv else None
        except ToolFailed as failure:
            self._say({"type": "tool.failed", "call": call, "error": str(failure)})
            log("failed", f"{name}: {failure}")
            if not action.get("may_fail"):
                raise GivenUp(f"The tool {name} failed: {failure}.") from None
            return
        shown = output[:MAX_SHOWN] if output is not None else None
        self._say({"type": "tool.finished", "call": call, "result": shown})
        if action.get("save"):
            self._results[action["save"]] = output or ""

    def _write(self, name: str, text: str) -> None:
        folder = Path.cwd()
        file = (folder / name).resolve()
        if not file.is_relative_to(folder) or file == folder:
            raise GivenUp(f"The file {name!r} is outside the working folder; an agent writes only inside.")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        log("wrote", name)


def run(argv: Sequence[str]) -> str:
    """Run a tool's program and return what it prints, without the line ends at its end, as `$(…)` does.

    Its standard error goes to the attempt's log. Raises ToolFailed.
    """
    try:
        with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            printed = process.stdout.read(MAX_OUTPUT + 1)
            if len(printed) > MAX_OUTPUT:
                process.kill()
    except OSError as error:
        raise ToolFailed(f"{argv[0]} cannot be started ({error.strerror})") from error
    if len(printed) > MAX_OUTPUT:
        raise ToolFailed("it printed more than 1 MiB")
    if process.returncode < 0:
        raise ToolFailed(f"it was ended by signal {-process.returncode}")
    if process.returncode > 0:
        raise ToolFailed(f"it ended with exit code {process.returncode}")
    return printed.decode("utf-8", "replace").rstrip("\n")


def log(kind: str, text: str) -> None:
    """A readable line in the attempt's log."""
    sys.stdout.write(f"[{kind}] {text}\n")
