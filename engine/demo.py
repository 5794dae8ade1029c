"""`opsgate demo`: a home of its own with the sample workflows, some history and live runs.

Nothing in it is faked: a real repository is made and released, real files are written, real processes run.
"""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import sample_workflows
from engine.client import Client
from engine.core.errors import EngineUnavailable, InvalidInput
from engine.core.states import GateState, RunState, Verdict
from engine.home import Home
from engine.output import say, table
from engine.wording import duration
from sample_workflows import demo_repository

SAMPLES = Path(sample_workflows.__file__).parent
REASON = "the demo's own approval"


@dataclass(frozen=True, slots=True)
class Wish:
    """One run that the demo submits; `live` ones still run, or wait, when the console opens."""

    workflow: str
    texts: Mapping[str, str]
    live: bool = False


def _wishes(repository: Path, headless: bool) -> list[Wish]:
    repo = {"repo": str(repository)}
    history = [
        Wish("nightly_report", {}),
        Wish("fan_out_checks", {}),
        Wish("gated_payment", {"payee": "Nord AS", "amount": "430.00"}),
        Wish("gated_payment", {"payee": "Beta Oy", "amount": "999.98"}),
        Wish("release_train", {**repo, "inject_failure": "true"}),
    ]
    live = [
        Wish("gated_payment", {"payee": "ACME GmbH", "amount": "18200.00"}, live=True),
        Wish("release_train", repo, live=True),
    ]
    long = Wish("long_task", {"seconds": "5" if headless else "900"}, live=True)
    return [*history, *live, long]


def run_demo(keep: Path | None, open_console: Callable[[Home], object] | None) -> int:
    """Make the home, submit the runs, open the console on it (or decide and report without one), clean up.

    Returns the exit code. With `keep`, the home stays; otherwise nothing is left, no process either.
    """
    folder = _folder(keep)
    home = Home(folder / "home")
    try:
        runs = asyncio.run(_prepare(home, folder / "tally", headless=open_console is None))
        if open_console is None:
            return asyncio.run(_headless(home, folder / "tally", runs))
        open_console(home)
        return 0
    finally:
        asyncio.run(_stop(home))
        if keep is None:
            shutil.rmtree(folder, ignore_errors=True)
        else:
            say(f"Kept: opsgate --home {home.path}")


def _folder(keep: Path | None) -> Path:
    if keep is None:
        return Path(tempfile.mkdtemp(prefix="opsgate-demo-"))
    if keep.exists() and any(keep.iterdir()):
        raise InvalidInput(f"{keep} is not empty. Name a folder that does not exist yet.")
    keep.mkdir(parents=True, exist_ok=True)
    return keep.absolute()


async def _prepare(home: Home, repository: Path, *, headless: bool) -> list[str]:
    """The ids of the submitted runs; returns once the history has ended, the live ones go on."""
    client = Client(home)
    try:
        say("Making a small git repository to release, and starting an engine …")
        await asyncio.to_thread(demo_repository.make, repository)
        await client.ensure_engine()
        runs, history = [], []
        for wish in _wishes(repository, headless):
            bundle = await client.bundle(str(SAMPLES / f"{wish.workflow}.yaml"))
            answer = await client.submit(bundle, texts=wish.texts, labels={"demo": wish.workflow})
            runs.append(str(answer["run"]))
            if not wish.live:
                history.append(asyncio.create_task(client.wait(runs[-1])))
        await asyncio.gather(*history)
        return runs
    finally:
        await client.close()


async def _headless(home: Home, repository: Path, runs: list[str]) -> int:
    """Approve what waits, wait for everything, and say what happened."""
    client = Client(home)
    try:
        endings = [asyncio.create_task(client.wait(run)) for run in runs]
        await _approve_all(client, endings)
        return await _tell(client, repository)
    finally:
        await client.close()


async def _approve_all(client: Client, endings: list[asyncio.Task[str]]) -> None:
    """Decide each gate as it opens, until every run has ended."""
    views = await client.views()
    while not all(ending.done() for ending in endings):
        for gate in await views.gates(open_only=True):
            say(f"Gate {gate.id}: {gate.title}  ({gate.consequence.value})")
            answer = await client.decide(gate.id, Verdict.APPROVE, gate.digest, reason=REASON)
            say(f"  {GateState(answer['state']).value}, bound to digest {gate.digest[:12]}")
        await views.changed_or(0.2)


async def _tell(client: Client, repository: Path) -> int:
    views = await client.views()
    records = list(reversed((await views.runs(limit=100)).runs))
    say("")
    rows = [
        (
            item.id,
            item.state.value,
            item.workflow,
            f"{item.steps_done}/{item.steps_total}",
            duration((item.ended_at or item.created_at) - item.created_at),
            item.why,
        )
        for item in records
    ]
    table(("RUN", "STATE", "WORKFLOW", "STEPS", "TOOK", "WHY"), rows)
    released = [item for item in records if item.workflow == "release-train"][-1]
    say(f"\nThe release {released.id} left:")
    say(f"  tags       {' '.join(_tags(repository))}")
    for artifact in await views.artifacts(released.id):
        say(f"  artifact   {artifact.step}/{artifact.name}  {artifact.sha256[:12]}")
    good = released.state in (RunState.SUCCEEDED, RunState.SUCCEEDED_WITH_FLAGS)
    return 0 if good and len(_tags(repository)) > 1 else 1


def _tags(repository: Path) -> list[str]:
    listed = subprocess.run(
        ["git", "-C", str(repository), "tag", "--list"], capture_output=True, text=True, check=True
    )
    return listed.stdout.split()


async def _stop(home: Home) -> None:
    """End the demo's engine with everything it runs; fine when it never started."""
    client = Client(home)
    try:
        with suppress(EngineUnavailable):
            await client.stop("kill")
            await client.gone()
    finally:
        await client.close()
