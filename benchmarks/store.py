"""What storing costs: against bare commits on the same disk, in the same minute.

    python -m benchmarks.store [FOLDER]

(a) one client that waits for each commit of a step's end (four facts: attempt.ended, step.ended,
    step.queued, attempt.started), as a ratio to one bare FULL commit of one row;
(b) 50 such clients at once.

A JSON line each. The folder matters: it is the disk's commit that is compared with.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
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

GOAL = 1.9
ROUNDS = 10
SLICE = 10
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


async def write_run(writer: Writer, changes: list[Change]) -> None:
    for change in changes:
        await stored(writer, change)


def bare(path: Path) -> Iterator[float]:
    """Seconds of one commit of one row, everything else left out; measured anew each time."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, text TEXT)")
    while True:
        began = time.perf_counter()
        for _ in range(SLICE):
            connection.execute("INSERT INTO t (text) VALUES (?)", ("x" * 200,))
        yield (time.perf_counter() - began) / SLICE


async def one_client(writer: Writer, limit: Iterator[float]) -> tuple[float, float]:
    """Seconds of a step's end and of a bare commit, measured in turns: the machine has other things to do.

    Both are the lower quartile of their slices.
    """
    mine, bare_commits = [], []
    for number in range(ROUNDS):
        changes = step_ends(chain(), f"a{number}")
        await stored(writer, changes[0])
        for first in range(1, STEPS - SLICE, SLICE):
            bare_commits.append(next(limit))
            began = time.perf_counter()
            for change in changes[first : first + SLICE]:
                await stored(writer, change)
            mine.append((time.perf_counter() - began) / SLICE)
    return quartile(mine), quartile(bare_commits)


async def crowd(writer: Writer) -> tuple[float, float]:
    """Seconds of a step's end when 50 clients wait for theirs, and the changes of a commit."""
    runs = [step_ends(chain(), f"b{client}") for client in range(CLIENTS)]
    before, began = writer.commits, time.perf_counter()
    await asyncio.gather(*(write_run(writer, changes) for changes in runs))
    changes = CLIENTS * (STEPS + 1)
    return (time.perf_counter() - began) / changes, changes / (writer.commits - before)


def quartile(values: list[float]) -> float:
    return statistics.quantiles(values, n=4)[0]


async def measure(folder: Path) -> None:
    home = Home(folder / "home")
    home.ensure()
    store = Store.open(home, 0.0, lambda _digest, _bundle: chain(), slots=8)
    writer = store.start_writer(asyncio.get_running_loop())
    mine, limit = await one_client(writer, bare(folder / "bare.db"))
    together, size = await crowd(writer)
    await store.close()
    report("store, one client", mine, bare_us=round(limit * 1e6), ratio=round(mine / limit, 2), goal=GOAL)
    report(f"store, {CLIENTS} clients", together, changes_a_commit=round(size))


def report(item: str, seconds: float, **figures: float) -> None:
    print(json.dumps({"item": item, "us_a_step_end": round(seconds * 1e6), **figures}), flush=True)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as scratch:
        asyncio.run(measure(Path(scratch)))
