"""Steps that are missing, broken or hostile: each ends in a stated way, and the engine stays well."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from engine.core.display import BAD
from tests.cli import processes
from tests.cli.shell import Shell
from tests.support import workflow

pytestmark = pytest.mark.xdist_group("cli-misbehaving")

FLOW = r"""
workflow: misbehaving
inputs: {folder: {type: path, required: true}}
state: {known: {type: integer}}
defaults: {on_failure: proceed}
steps:
  - {id: absent, run: [there-is-no-such-program]}
  - {id: absent-path, run: [/no/such/program]}
  - {id: not-executable, run: ["${inputs.folder}/plain"]}
  - {id: folder, run: ["${inputs.folder}"]}
  - {id: interpreter, run: ["${inputs.folder}/orphan"]}
  - {id: no-workdir, run: ['true'], workdir: "${inputs.folder}/none"}
  - {id: relative-workdir, run: ['true'], workdir: here}
  - {id: status, run: [sh, -c, "exit 7"]}
  - {id: killed, script: kill -9 $$}
  - {id: closed, script: "exec >&- 2>&-; exit 3"}
  - {id: not-json, script: "echo '{' > $OPSGATE_RESULT"}
  - {id: no-object, script: "echo '[1]' > $OPSGATE_RESULT"}
  - {id: not-utf8, script: "printf '\\377' > $OPSGATE_RESULT"}
  - {id: nan, script: "echo '{\"output\": {\"a\": NaN}}' > $OPSGATE_RESULT"}
  - {id: deep, script: "head -c 50000 /dev/zero | tr '\\0' '[' > $OPSGATE_RESULT"}
  - {id: surrogate, script: "echo '{\"caveats\": [\"\\ud800\"]}' > $OPSGATE_RESULT"}
  - {id: huge, script: "head -c 3M /dev/zero > $OPSGATE_RESULT"}
  - {id: a-link, script: "ln -s /etc/passwd $OPSGATE_RESULT"}
  - {id: a-pipe, script: "mkfifo $OPSGATE_RESULT"}
  - {id: a-folder, script: "mkdir $OPSGATE_RESULT"}
  - {id: undeclared, script: "echo '{\"state\": {\"other\": 1}}' > $OPSGATE_RESULT", writes: [known]}
  - {id: mistyped, script: "echo '{\"state\": {\"known\": \"1\"}}' > $OPSGATE_RESULT", writes: [known]}
  - {id: wrong-output, script: "echo '{\"output\": {}}' > $OPSGATE_RESULT", output: {n: {type: integer}}}
  - {id: no-artifact, run: ['true'], artifacts: [missing.txt]}
  - {id: artifact-link, script: ln -s /etc/passwd kept, artifacts: [kept]}
  - {id: artifact-pipe, script: mkfifo kept, artifacts: [kept]}
  - {id: condition, run: ['true'], when: "inputs.folder > 3"}
"""
ERRORS = {
    "absent": "no program 'there-is-no-such-program'",
    "absent-path": "no program '/no/such/program'",
    "not-executable": "not executable",
    "folder": "is a folder",
    "interpreter": "interpreter",
    "no-workdir": "cannot be entered",
    "relative-workdir": "not an absolute path",
    "status": "exit code 7",
    "killed": "signal 9",
    "closed": "exit code 3",
    "not-json": "not valid JSON",
    "no-object": "no JSON object",
    "not-utf8": "not UTF-8",
    "nan": "NaN",
    "deep": "nests deeper",
    "surrogate": "surrogate",
    "huge": "larger than",
    "a-link": "The result file",
    "a-pipe": "The result file",
    "a-folder": "The result file",
    "undeclared": "wrote state other",
    "mistyped": "state known: expected an integer",
    "wrong-output": "output n: it is required",
    "no-artifact": "missing.txt",
    "artifact-link": "kept",
    "artifact-pipe": "kept",
    "condition": "cannot compare",
}


@pytest.fixture(scope="module")
def shown(shell: Shell, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("programs")
    (folder / "plain").write_text("text")
    (folder / "orphan").write_text("#!/no/such/interpreter\n")
    (folder / "orphan").chmod(0o700)
    run = shell("run", workflow(folder, FLOW), "-i", f"folder={folder}", "--wait").out.split()[0]
    found: dict[str, Any] = shell.ask("show", run)
    return found


@pytest.mark.parametrize("step", ERRORS)
def test_a_step_that_cannot_succeed_is_flagged_and_says_why(shown: dict[str, Any], step: str) -> None:
    (found,) = (item for item in shown["steps"] if item["id"] == step)
    assert found["state"] == "flagged"
    assert ERRORS[step] in found["error"]
    assert "\n" not in found["error"]


def test_what_was_passed_over_stands_as_a_caveat_in_the_end(shown: dict[str, Any]) -> None:
    assert shown["run"]["state"] == "succeeded_with_flags"
    assert {caveat["step"] for caveat in shown["caveats"] if caveat["text"]} == set(ERRORS)
    assert not any(caveat["acknowledged"] for caveat in shown["caveats"])
    assert shown["state"] == {}
    assert shown["artifacts"] == []


def test_the_engine_is_well_and_the_next_run_works(
    shell: Shell, shown: dict[str, Any], tmp_path: Path
) -> None:
    assert shown["run"]["ended_at"]
    file = workflow(tmp_path, "workflow: fine\nsteps: [{id: one, run: ['true'], on_failure: halt}]\n")
    assert "succeeded" in shell("run", file, "--wait").out
    assert not [event for event in shell.list("events") if event["type"] == "engine.trouble"]
    status = shell.ask("engine", "status")
    assert (status["active"], status["queued"]) == (0, 0)


def test_a_log_is_shown_safely_and_kept_as_it_is(shell: Shell, tmp_path: Path) -> None:
    hostile = b"\x1b]0;owned\x07\x1b[2J\xff\xfe\x00 \xe2\x80\xaetxt\r\nno newline at the end\x9b1m"
    (tmp_path / "bytes").write_bytes(hostile)
    file = workflow(
        tmp_path,
        "workflow: log\ninputs: {file: {type: path, required: true}}\nsteps:\n"
        "  - {id: one, run: [cat, '${inputs.file}'], on_failure: halt}\n",
    )
    run = shell("run", file, "-i", f"file={tmp_path / 'bytes'}", "--wait").out.split()[0]
    assert shell.raw("logs", run, "one", "--raw")[1] == hostile
    lines = shell("logs", run, "one").out.splitlines()
    assert len(lines) == 2
    assert not any(BAD.search(line) for line in lines)
    assert "\\x1b]0;owned\\x07" in lines[0]
    assert "\\u202e" in lines[0]
    assert [line["line"] for line in shell.list("logs", run, "one")] == lines
    assert shell("logs", run, "one", "--tail", "1").out.splitlines() == lines[1:]
    assert shell("logs", run, "one", "--tail", "0").out == ""


def test_a_hundred_megabytes_without_a_newline(shell: Shell, tmp_path: Path) -> None:
    file = workflow(
        tmp_path,
        "workflow: flood\nsteps:\n  - {id: one, run: [head, -c, 100M, /dev/zero], on_failure: halt}\n",
    )
    run = shell("run", file, "--wait").out.split()[0]
    log = shell.home / "runs" / run / ".steps" / "one" / "1" / "log"
    assert log.stat().st_size == 100 * 2**20
    assert _digest(shell.raw("logs", run, "--raw")[1]) == _digest(bytes(100 * 2**20))
    (line,) = shell("logs", run, "--tail", "1").out.splitlines()
    assert set(line) == set("\\x00")
    log.unlink()


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_a_daemon_is_gone_when_its_step_has_ended(shell: Shell, tmp_path: Path) -> None:
    """Detached, in a session of its own, with streams closed and deaf to TERM: it is ended all the same."""
    file = workflow(
        tmp_path,
        "workflow: daemon\nsteps:\n"
        "  - id: one\n"
        "    script: |\n"
        "      setsid sh -c 'trap \"\" TERM HUP; echo $$ > pid; exec >&- 2>&-; sleep 1000' &\n"
        "      until [ -s pid ]; do :; done\n"
        "    artifacts: [pid]\n"
        "    on_failure: halt\n",
    )
    run = shell("run", file, "--wait").out.split()[0]
    pid = int(shell.raw("artifacts", run, "pid")[1])
    assert not Path(f"/proc/{pid}").exists()
    assert processes.of_run(run) == []


def test_a_step_gets_exactly_the_environment_that_is_promised(shell: Shell, tmp_path: Path) -> None:
    file = workflow(
        tmp_path,
        "workflow: env\nstate: {seen: {type: string}}\nsteps:\n"
        "  - {id: first, run: ['true'], on_failure: halt}\n"
        "  - id: one\n    needs: [first]\n    run: [sh, -c, 'env -0; cat \"$OPSGATE_INPUT\" >&2']\n"
        "    env: {MINE: 'a${run.id}'}\n    on_failure: halt\n",
    )
    run = shell("run", file, "--wait").out.split()[0]
    *entries, document = shell.raw("logs", run, "one", "--raw")[1].decode().split("\0")
    found = dict(entry.split("=", 1) for entry in entries)
    ours = {name for name in found if name.startswith("OPSGATE_")}
    assert ours == {f"OPSGATE_{name}" for name in ("RUN", "STEP", "ATTEMPT", "KEY", "INPUT", "RESULT")}
    assert found.keys() - ours <= {"PATH", "LANG", "HOME", "TZ", "MINE", "PWD", "OLDPWD", "SHLVL", "_"}
    assert (found["OPSGATE_KEY"], found["MINE"]) == (f"{run}/one", f"a{run}")
    assert json.loads(document)["steps"] == {"first": {"state": "succeeded", "output": {}}}


def test_an_argument_that_could_pass_for_an_option_is_refused(shell: Shell, tmp_path: Path) -> None:
    file = workflow(
        tmp_path,
        "workflow: option\ninputs: {name: {type: string}}\nsteps:\n"
        "  - {id: one, run: [echo, '${inputs.name}'], on_failure: halt}\n",
    )
    said = shell("run", file, "-i", "name=--delete", "--wait", code=1)
    assert "failed after" in said.out
    assert "taken for an option" in said.out
    assert "succeeded" in shell("run", file, "-i", "name=x", "--wait").out
    missing = shell("run", file, "--wait", code=1)
    assert "inputs.name" in missing.out


def test_all_this_leaves_no_zombie(shell: Shell) -> None:
    engine = shell.engine_pid()
    zombies = [
        entry.name
        for entry in Path("/proc").iterdir()
        if entry.name.isdigit() and f") Z {engine} " in _stat(entry)
    ]
    assert zombies == []


def _stat(entry: Path) -> str:
    try:
        return (entry / "stat").read_text(errors="replace")
    except OSError:
        return ""
