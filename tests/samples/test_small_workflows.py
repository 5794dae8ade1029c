"""The small samples do what they say, with real files and programs."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

import sample_workflows
from engine.definition import load, read
from sample_workflows import payment_steps, report_steps

FOLDER = Path(sample_workflows.__file__).parent


def test_the_report_adds_up_and_says_what_it_left_out(run_folder: Path) -> None:
    read = report_steps.read(str(FOLDER / "data/orders.csv"))
    assert read["output"]["kept"] == 38
    assert read["caveats"] == ["2 orders have no amount and were left out: 7017, 7031."]
    summed = report_steps.total(read["output"]["rows"])
    customers = summed["output"]["customers"]
    assert summed["state"]["total"] == pytest.approx(sum(row["amount"] for row in customers))
    assert report_steps.report(summed["state"]["total"], customers) == {"customers": 5}
    text = Path("report.md").read_text(encoding="utf-8")
    assert "| Café Müller | " in text
    assert f"| **All** | **{summed['state']['total']:.2f}** |" in text


def test_the_comparison_needs_the_day_before(run_folder: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nothing to compare with"):
        report_steps.compare(str(FOLDER / "data/orders_before.csv"), 100.0)
    Path("before.csv").write_text("order,customer,amount\n1,Ada,60\n2,Ada,20\n", encoding="utf-8")
    assert report_steps.compare(str(Path("before.csv").resolve()), 100.0) == {"change_percent": 25.0}


def test_a_payment_is_written_once(run_folder: Path) -> None:
    order = payment_steps.check(" Café Müller ", 1200, "r1")["output"]
    assert order == {"payee": "Café Müller", "amount": "1200.00", "reference": "opsgate-r1"}
    paid = payment_steps.pay(order, str(run_folder / "outbox"))
    assert json.loads(Path(paid["order"]).read_text(encoding="utf-8")) == order
    assert json.loads(Path("receipt.json").read_text(encoding="utf-8")) == order
    with pytest.raises(FileExistsError):
        payment_steps.pay(order, str(run_folder / "outbox"))


def test_an_odd_payment_is_said_or_refused() -> None:
    assert payment_steps.check("Ada", 0.125, "r1")["caveats"] == ["The amount 0.125 was rounded to 0.13."]
    with pytest.raises(ValueError, match="cannot be printed"):
        payment_steps.check("Ada\x1b[2J", 1, "r1")


def test_the_probe_succeeds_at_its_second_attempt(run_folder: Path) -> None:
    first = _script("fan_out_checks.yaml", "probe", run_folder, RUN_DIR=str(run_folder), OPSGATE_ATTEMPT="1")
    second = _script("fan_out_checks.yaml", "probe", run_folder, RUN_DIR=str(run_folder), OPSGATE_ATTEMPT="2")
    assert (first.returncode, second.returncode) == (75, 0)
    assert second.stdout == "the service answers at attempt 2\n"


def test_the_checks_measure_this_machine(run_folder: Path) -> None:
    assert _script("fan_out_checks.yaml", "disk", run_folder, FREE="0").returncode == 0
    assert 0 <= _result(run_folder)["output"]["free_percent"] <= 100
    assert _script("fan_out_checks.yaml", "disk", run_folder, FREE="101").returncode == 1
    assert _script("fan_out_checks.yaml", "memory", run_folder).returncode == 0
    assert _result(run_folder)["output"]["available_mb"] > 0


def test_the_long_task_keeps_its_chain_and_the_check_finds_the_same(run_folder: Path) -> None:
    worked = _script("long_task.yaml", "work", run_folder, TOTAL="1")
    chain = Path("chain.txt").read_text(encoding="utf-8").splitlines()
    assert worked.stdout == f"100% 1 of 1: {chain[0]}\n"
    last = _result(run_folder)["output"]["last"]
    assert last == chain[-1]
    assert _script("long_task.yaml", "check", run_folder, TOTAL="1", LAST=last).returncode == 0
    assert _script("long_task.yaml", "check", run_folder, TOTAL="1", LAST="another").returncode == 1


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yaml")), ids=lambda path: path.name)
def test_every_file_is_valid_and_tells_how_each_step_behaves(path: Path) -> None:
    definition = load(read(path))
    assert definition.warnings == ()
    assert path.read_text(encoding="utf-8").startswith("# ")
    workflow = _load(path.name)
    assert workflow["workflow"] == path.stem.replace("_", "-")
    assert {"on_failure", "timeout"} <= workflow["defaults"].keys()
    assert all("effects" in step for step in workflow["steps"] if "gate" not in step)


def _load(file: str) -> dict[str, Any]:
    loaded: dict[str, Any] = YAML(typ="safe").load((FOLDER / file).read_text(encoding="utf-8"))
    return loaded


def _script(file: str, step: str, run_folder: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Run the text of a script step in the current folder, with the environment a step has."""
    text = next(spec["script"] for spec in _load(file)["steps"] if spec["id"] == step)
    base = {"PATH": os.environ["PATH"], "OPSGATE_RESULT": str(run_folder / "result.json")}
    argv = ["/bin/sh", "-e", "-c", text]
    return subprocess.run(argv, env=base | env, check=False, capture_output=True, text=True)


def _result(run_folder: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((run_folder / "result.json").read_text(encoding="utf-8"))
    return loaded
