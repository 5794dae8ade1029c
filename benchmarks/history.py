"""What a long history costs its readers: lists and single runs beside 100,000 finished runs.

    python -m benchmarks.history [RUNS]

The history is one run of three steps, written by the writer and then cloned with SQL; of each ten runs one
has failed, and there are five workflows. A JSON line for each question: the median of what a client of
`Views` waits for.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from benchmarks.store import stored
from engine.core import commands as c
from engine.core.decide import decide
from engine.core.facts import ENGINE
from engine.core.run import new_run
from engine.core.states import RunState, StepKind
from engine.core.workflow import RunAction, StepSpec, Workflow
from engine.home import Home
from engine.store.store import Store
from engine.store.views import RunFilter, Views
from engine.store.writer import Change, StoredDefinition

Question = Callable[[], Awaitable[object]]

RUNS = 100_000
ROUNDS = 200
START = 1_770_000_000.0
STEPS = ("fetch", "work", "tell")
WORKFLOW = Workflow(
    "w0", "d" * 64, steps=tuple(StepSpec(name, StepKind.RUN, RunAction(("true",))) for name in STEPS)
)

_NUMBERS = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :runs)"
CLONES = (
    f"""{_NUMBERS} INSERT INTO run (id, workflow, definition, state, queue, priority, labels, inputs, folder,
        starter, created_at, started_at, ended_at, steps_done, steps_total, tokens)
    SELECT printf('r%08d', i), 'w' || (i % 5), definition, iif(i % 10, state, 'failed'), queue, priority,
        labels, inputs, folder, starter, created_at + i, started_at + i, ended_at + i, steps_done,
        steps_total, tokens
    FROM n, run WHERE id = 'r0'""",
    f"""{_NUMBERS} INSERT INTO step (run, id, position, kind, effects, needs, state, attempt, queued_at,
        started_at, ended_at, exit_code, output, tokens)
    SELECT printf('r%08d', i), id, position, kind, effects, needs, state, attempt, queued_at + i,
        started_at + i, ended_at + i, exit_code, output, tokens
    FROM n, step WHERE run = 'r0'""",
    f"""{_NUMBERS} INSERT INTO attempt (run, step, number, state, started_at, ended_at, exit_code)
    SELECT printf('r%08d', i), step, number, state, started_at + i, ended_at + i, exit_code
    FROM n, attempt WHERE run = 'r0'""",
    f"""{_NUMBERS},
        first AS (SELECT * FROM event WHERE run = 'r0'),
        size AS (SELECT count(*) AS events FROM first)
    INSERT INTO event
    SELECT i * size.events + seq + 100, at + i, printf('r%08d', i), step, attempt, type, actor, identity,
        reason, data, hash
    FROM n, first, size""",
)


async def write_one(home: Home) -> None:
    """The run that is cloned."""
    store = Store.open(home, 0.0, lambda _digest, _bundle: WORKFLOW, slots=8)
    writer = store.start_writer(asyncio.get_running_loop())
    commands: list[c.Command] = [c.CreateRun({}, "/runs/r0")]
    for name in STEPS:
        commands += [c.StartAttempt(name), c.FinishAttempt(name, 1, 0)]
    run = new_run("r0", WORKFLOW)
    definition: StoredDefinition | None = StoredDefinition(WORKFLOW.digest, WORKFLOW.name, {})
    for command in commands:
        decision = decide(run, command, START)
        run = decision.run
        await stored(writer, Change(decision.facts, START, ENGINE, None, run, definition))
        definition = None
    await store.close()


def clone(path: Path, runs: int) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN")
    for statement in CLONES:
        connection.execute(statement, {"runs": runs})
    connection.execute("COMMIT")
    connection.close()


async def waited(ask: Question) -> float:
    """The median milliseconds of a question."""
    spent = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        await ask()
        spent.append((time.perf_counter() - began) * 1e3)
    return statistics.median(spent)


async def measure(home: Home, runs: int) -> None:
    await write_one(home)
    clone(home.database, runs)
    async with await Views.open(home.database) as views:
        for item, (ask, goal) in questions(views, f"r{runs // 2:08d}").items():
            spent = round(await waited(ask), 3)
            print(json.dumps({"item": item, "ms": spent, "goal_ms": goal}), flush=True)
    size = home.database.stat().st_size / 2**20
    print(json.dumps({"item": "store", "mib": round(size), "runs": runs}))


def questions(views: Views, run: str) -> dict[str, tuple[Question, float | None]]:
    """What is asked, with the milliseconds that it may take."""
    failed = RunFilter(states=(RunState.FAILED,), workflow="w0")
    mixed = RunFilter(states=(RunState.FAILED, RunState.REJECTED, RunState.SUCCEEDED))
    return {
        "50 newest by state and workflow": (lambda: views.runs(failed), 0.5),
        "50 newest of three states": (lambda: views.runs(mixed), None),
        "50 newest": (views.runs, 0.5),
        "one run": (lambda: views.run(run), 0.15),
        "one run in detail": (lambda: views.detail(run), None),
        "the events of a run": (lambda: views.events(run), None),
        "overview": (lambda: views.overview(START), None),
        "is there news": (views.data_version, None),
    }


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        here = Home(Path(scratch) / "home")
        here.ensure()
        asyncio.run(measure(here, int(sys.argv[1]) if len(sys.argv) > 1 else RUNS))
