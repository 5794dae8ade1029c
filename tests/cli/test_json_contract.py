"""`--json`: the promised fields, one object a line, nothing else on standard output."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.cli.shell import Shell
from tests.support import until, workflow

pytestmark = pytest.mark.xdist_group("cli-json")

FIELDS = {
    "run": "id workflow definition state queue priority key created_at started_at ended_at steps_done"
    " steps_total cost_usd tokens labels parent forked_from",
    "step": "id kind state attempt effects started_at ended_at exit_code error waiting_for",
    "caveat": "step text acknowledged",
    "artifact": "name step size sha256",
    "gate": "id run step state title consequence digest revision opened_at deadline quorum approvals"
    " candidates allowed form kind",
    "event": "seq at run step attempt type actor identity reason data hash",
    "status": "pid epoch home socket started_at version active queued",
}
FLOW = r"""
workflow: all
state: {known: {type: integer}}
steps:
  - id: one
    script: |
      echo kept > file
      echo '{"state": {"known": 1}, "caveats": ["unsure"], "output": {"a": [1]}}' > $OPSGATE_RESULT
    writes: [known]
    artifacts: [file]
    on_failure: halt
  - {id: ask, needs: [one], gate: {title: Go on?, deadline: 1h, form: {n: {type: integer}}}}
"""
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3}|\.\d{6})?Z")


def has(document: dict[str, Any], kind: str) -> bool:
    missing = set(FIELDS[kind].split()) - document.keys()
    assert not missing, f"a {kind} lacks {missing}"
    return True


def times(document: object) -> list[str]:
    """The values of all fields that hold a time, at any depth."""
    if isinstance(document, dict):
        own = [value for key, value in document.items() if key.endswith("_at") or key in ("at", "deadline")]
        return [value for value in own if isinstance(value, str)] + [
            time for value in document.values() for time in times(value)
        ]
    return [time for item in document for time in times(item)] if isinstance(document, list) else []


@pytest.fixture(scope="module")
def run(shell: Shell, tmp_path_factory: pytest.TempPathFactory) -> str:
    run = shell.submit(workflow(tmp_path_factory.mktemp("flow"), FLOW), "--label", "team=red")
    until(lambda: shell.run_state(run) == "waiting")
    return run


def test_what_run_prints(shell: Shell, tmp_path: Path) -> None:
    file = workflow(tmp_path, "workflow: brief\nsteps: [{id: one, run: ['true'], on_failure: halt}]\n")
    assert shell.ask("run", file).keys() >= {"id", "created"}
    record = shell("run", file, "--wait", "--json").json
    assert has(record, "run")
    assert record["state"] == "succeeded"
    assert shell("--json", "run", tmp_path / "gone.yaml", code=4).out == ""


def test_runs_and_show(shell: Shell, run: str) -> None:
    records = shell.list("runs")
    assert all(has(record, "run") for record in records)
    mine = next(record for record in records if record["id"] == run)
    assert (mine["labels"], mine["started_at"] is None, mine["ended_at"]) == ({"team": "red"}, False, None)
    shown = shell.ask("show", run)
    assert has(shown, "run")
    assert has(shown["run"], "run")
    assert all(has(step, "step") for step in shown["steps"])
    assert all(has(caveat, "caveat") for caveat in shown["caveats"])
    assert all(has(gate, "gate") for gate in shown["gates"])
    assert all(has(artifact, "artifact") for artifact in shown["artifacts"])
    assert (shown["state"], shown["run"]["state"]) == ({"known": 1}, "waiting")
    assert [len(shown[part]) for part in ("steps", "caveats", "gates", "artifacts")] == [2, 1, 1, 1]


def test_gates_events_queues_artifacts(shell: Shell, run: str) -> None:
    gates = shell.list("gates", "--all")
    assert all(has(gate, "gate") for gate in gates)
    assert has(shell.ask("gate", gates[0]["id"]), "gate")
    assert gates[0]["kind"] == "parked"
    events = shell.list("events")
    assert all(has(event, "event") for event in events)
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert {event["run"] for event in shell.list("events", run)} == {run}
    assert shell.list("events", "--after", str(len(events) - 2)) == events[-2:]
    (queue,) = shell.list("queues")
    assert queue.keys() >= {"name", "state", "slots", "running", "queued", "oldest"}
    assert all(has(artifact, "artifact") for artifact in shell.list("artifacts", run))


def test_engine_verbs(shell: Shell) -> None:
    for verb in ("status", "start"):
        status = shell.ask("engine", verb)
        assert has(status, "status")
        assert (status["home"], status["socket"]) == (str(shell.home), str(shell.home / "engine.sock"))
    assert {item["ok"] for item in shell.list("doctor")} == {True}


def test_times_are_utc(shell: Shell, run: str) -> None:
    found = [
        time
        for words in (("runs",), ("show", run), ("gates",), ("events",), ("engine", "status"))
        for time in times(shell.list(*words))
    ]
    assert len(found) > 20
    assert [time for time in found if not _TIME.fullmatch(time)] == []


def test_an_error_leaves_at_most_one_object(shell: Shell, run: str, tmp_path: Path) -> None:
    gate = shell.list("gates")[0]
    said = shell("--json", "approve", gate["id"], "--digest", "0" * 64, code=3)
    assert said.json["error"]["code"] == "stale_digest"
    assert said.json["error"]["details"]["digest"] == gate["digest"]
    wrong = shell("--json", "run", workflow(tmp_path, "workflow: x\n"), code=2)
    assert wrong.json["error"]["details"]["problems"][0]["line"] >= 1
    assert run
