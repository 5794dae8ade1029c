"""What storing costs: against bare commits on the same disk, in the same minute.

    python -m benchmarks.store [FOLDER]

(a) one client that waits for each commit of a step's end (four facts: attempt.ended, step.ended,
    step.queued, attempt.started), as a ratio to one bare FULL commit of one row;
(b) the same by 50 clients at once, as a ratio to (a).
"""

from __future__ import annotations

import asyncio
import sqlite3
import statistics
import sys
import tempfile
import time
from pathlib import Path

from engine.core import commands as c
from engine.core.decide import decide
from engine.core.errors import StorageTrouble
from engine.core.facts import ENGINE
from engine.core.run import new_run
from engine.core.states import StepKind
from engine.core.workflow import RunAction, StepSpec, Workflow
from engine.home import Home
from engine.store.store import Store
from engine.store.writer import Change, StoredDefinition, Writer

ROUNDS = 7
COMMITS = 400
STEPS = 100
CLIENTS = 50


def chain() -> Workflow:
    steps = tuple(
        StepSpec(f"s{number}", StepKind.RUN, RunAction(("true",)), (f"s{number - 1}",) if number else ())
        for number in range(STEPS)
    )
    return Workflow("chain", "c" * 64, steps=steps)


def step_ends(workflow: Workflow, run_id: str) -> list[Change]:
    """The changes of a run from its creation to its end; all but the first and the last are step ends."""
    at = 1_770_000_000.0
    created = decide(new_run(run_id, workflow), c.CreateRun({}, f"/runs/{run_id}"), at)
    started = decide(created.run, c.StartAttempt("s0"), at)
    definition = StoredDefinition(workflow.digest, workflow.name, {})
    changes = [
        Change((*created.facts, *started.facts), at, ENGINE, None, started.run, definition),
    ]
    run = started.run
    for number in range(STEPS):
        at += 1
        ended = decide(run, c.FinishAttempt(f"s{number}", 1, 0), at)
        facts, run = ended.facts, ended.run
        if number + 1 < STEPS:
            following = decide(run, c.StartAttempt(f"s{number + 1}"), at)
            facts, run = (*facts, *following.facts), following.run
        changes.append(Change(facts, at, ENGINE, None, run))
    return changes


async def stored(writer: Writer, change: Change) -> None:
    answer: asyncio.Future[StorageTrouble | None] = asyncio.get_running_loop().create_future()
    writer.put(change, answer.set_result)
    trouble = await answer
    if trouble is not None:
        raise trouble


async def write_run(writer: Writer, changes: list[Change]) -> float:
    """Store a run's changes one after the other; returns the seconds that its step ends took."""
    await stored(writer, changes[0])
    began = time.perf_counter()
    for change in changes[1:-1]:
        await stored(writer, change)
    return time.perf_counter() - began


def bare_commit(path: Path) -> float:
    """Seconds of one commit of one row, everything else left out."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, text TEXT)")
    began = time.perf_counter()
    for _ in range(COMMITS):
        connection.execute("INSERT INTO t (text) VALUES (?)", ("x" * 200,))
    spent = time.perf_counter() - began
    connection.close()
    return spent / COMMITS


async def measure(folder: Path) -> None:
    home = Home(folder / "home")
    home.ensure()
    workflow = chain()
    store = Store.open(home, 0.0, lambda _digest, _bundle: workflow, slots=8)
    writer = store.start_writer(asyncio.get_running_loop())
    bare, one, many, commits = [], [], [], []
    for number in range(ROUNDS):
        bare.append(bare_commit(folder / "bare.db"))
        one.append(await write_run(writer, step_ends(workflow, f"a{number}")) / (STEPS - 1))
        crowd = [step_ends(workflow, f"b{number}-{client}") for client in range(CLIENTS)]
        before, began = writer.commits, time.perf_counter()
        await asyncio.gather(*(write_run(writer, changes) for changes in crowd))
        many.append((time.perf_counter() - began) / (CLIENTS * (STEPS - 1)))
        commits.append(CLIENTS * STEPS / (writer.commits - before))
    await store.close()
    ratio = statistics.median(mine / limit for mine, limit in zip(one, bare, strict=True))
    print(f"bare commit        {statistics.median(bare) * 1e6:7.0f} us")
    print(f"(a) one client     {statistics.median(one) * 1e6:7.0f} us a step end: {ratio:.2f}x a bare commit")
    print(
        f"(b) {CLIENTS} clients     {statistics.median(many) * 1e6:7.0f} us a step end,"
        f" {statistics.median(commits):.0f} changes a commit"
    )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as scratch:
        asyncio.run(measure(Path(scratch)))
