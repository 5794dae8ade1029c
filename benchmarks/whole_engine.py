"""The whole engine against physical limits, in one process and one minute: W1, W4, idle.

    python -m benchmarks.whole_engine [FOLDER]

W1  a chain of 100 no-op steps, each durable before the next, as a ratio to one bare FULL commit a step.
    `none` starts nothing (the bookkeeping alone); `python` calls an empty callable in a warm host.
W4  200 steps that run /bin/true, 4 at a time, with output kept and each step durable, as a ratio to a bare
    asyncio loop with pipes at the same concurrency.
idle  what an engine with nothing to do costs: share of a processor, resident memory.

A JSON line a figure: the ratio, its limit, and the figures it was made of. Medians over rounds in turns.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import shutil
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from engine.core.errors import StorageTrouble
from engine.core.facts import Actor
from engine.definition import Bundle
from engine.home import Home
from engine.runtime.engine import Engine, Settings, Stop
from engine.runtime.protocol import Request
from engine.runtime.verbs import Call
from engine.steps.executor import Executor
from engine.steps.job import Ended, Job, Report
from engine.steps.local import LocalExecutor

STEPS = 100
PROCESSES = 200
AT_ONCE = 4
ROUNDS = 7
TRUE = shutil.which("true") or "/bin/true"
CODE = "def nothing():\n    return None\n"
IDLE_SECONDS = 5.0


class Nothing:
    """An executor whose attempts end the moment they start: what is left is the engine itself."""

    async def open(self, report: Callable[[Report], None], _failed: Callable[[StorageTrouble], None]) -> None:
        self._report = report
        self._loop = asyncio.get_running_loop()

    def start(self, job: Job) -> None:
        self._loop.call_soon(self._report, Ended(job.id, exit_code=0))

    def end(self, job_id: str, grace: float) -> None:
        """Nothing runs."""

    async def recover(self, jobs: Sequence[Job]) -> set[str]:
        return set()

    def supervisors(self) -> frozenset[int]:
        return frozenset()

    def forget(self, job_id: str) -> None:
        """Nothing is kept."""

    async def close(self, *, end_live: bool) -> None:
        """Nothing to let go."""


class Subject:
    """An engine, asked the way its socket asks it."""

    def __init__(self, home: Path, executor: Executor, slots: int = 8) -> None:
        self._folder = home.parent
        self._engine = Engine(Home(home), executor, settings=Settings(slots))
        self._requests = 0

    async def open(self) -> None:
        await self._engine.start()

    async def close(self) -> None:
        await self._engine.stop(Stop.KILL)

    async def run(self, source: str) -> float:
        """Seconds from submitting the workflow to its stored end."""
        bundle = Bundle("benchmark", source.encode(), "benchmark.yaml", str(self._folder), {})
        began = time.perf_counter()
        run = (await self._ask("run", {"bundle": bundle.to_json()}))["run"]
        ending = await self._ask("wait", {"run": run})
        assert ending["state"] == "succeeded", ending
        return time.perf_counter() - began

    async def _ask(self, verb: str, args: dict[str, Any]) -> dict[str, Any]:
        self._requests += 1
        return await self._engine.answer(
            Call(Request(f"request-{self._requests}", verb, args), Actor("bench"))
        )


def chain(action: str) -> str:
    """A workflow of steps that need each the one before."""
    lines = ["workflow: chain", "defaults: {on_failure: halt}", "steps:"]
    for number in range(STEPS):
        needs = f", needs: [s{number - 1}]" if number else ""
        lines.append(f"  - {{id: s{number}, {action}, effects: none{needs}}}")
    return "\n".join(lines)


def fan() -> str:
    """A workflow of steps that need nothing, a few at a time."""
    lines = ["workflow: fan", f"concurrency: {AT_ONCE}", "defaults: {on_failure: halt}", "steps:"]
    lines += [f"  - {{id: s{number}, run: [{TRUE}], effects: none}}" for number in range(PROCESSES)]
    return "\n".join(lines)


def one_commit(folder: Path) -> float:
    """Seconds of one bare FULL commit of one row."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        connection = sqlite3.connect(f"{place}/floor.db", isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE event (seq INTEGER PRIMARY KEY, data TEXT)")
        began = time.perf_counter()
        for _ in range(200):
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("INSERT INTO event (data) VALUES (?)", ("x" * 200,))
            connection.execute("COMMIT")
        seconds = (time.perf_counter() - began) / 200
        connection.close()
    return seconds


async def bare_loop() -> float:
    """Seconds for the processes of `fan` with asyncio alone, output through pipes and thrown away."""
    slots = asyncio.Semaphore(AT_ONCE)

    async def one() -> None:
        async with slots:
            process = await asyncio.create_subprocess_exec(
                TRUE,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
            await process.communicate()

    began = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(PROCESSES)))
    return time.perf_counter() - began


async def w1(folder: Path, name: str, executor: Executor, action: str) -> None:
    subject = Subject(folder / name, executor)
    await subject.open()
    source = chain(action)
    await subject.run(source)
    rounds = [(await subject.run(source) / STEPS, one_commit(folder)) for _ in range(ROUNDS)]
    await subject.close()
    _print(f"W1 {name}", "ms_per_step", rounds, limit=4.0)


async def w4(folder: Path) -> None:
    subject = Subject(folder / "processes", LocalExecutor(Home(folder / "processes")), slots=AT_ONCE)
    await subject.open()
    source = fan()
    await subject.run(source)
    await bare_loop()
    rounds = [(await subject.run(source), await bare_loop()) for _ in range(ROUNDS)]
    await subject.close()
    _print("W4", "ms", rounds, limit=1.0)


async def idle(folder: Path) -> None:
    """The engine's own share of a processor, in its own process, over some seconds."""
    home = Home(folder / "idle")
    home.ensure()
    engine = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "engine", "--home", str(home.path), stderr=asyncio.subprocess.DEVNULL
    )
    while not home.socket.exists():
        await asyncio.sleep(0.05)
    await asyncio.sleep(1.0)
    before = _cpu(engine.pid)
    await asyncio.sleep(IDLE_SECONDS)
    share = (_cpu(engine.pid) - before) / IDLE_SECONDS
    memory = _resident(engine.pid)
    engine.terminate()
    await engine.wait()
    print(json.dumps({"item": "idle engine cpu", "percent": round(share * 100, 3), "limit": 0.5}))
    print(json.dumps({"item": "idle engine memory", "mib": round(memory / 2**20, 1), "limit": 60}))


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _resident(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize()


def _print(item: str, unit: str, rounds: list[tuple[float, float]], limit: float) -> None:
    ours = statistics.median(one for one, _ in rounds)
    floor = statistics.median(other for _, other in rounds)
    ratio = statistics.median(one / other for one, other in rounds)
    figures = {"item": item, "ratio": round(ratio, 2), "limit": limit, "ok": ratio <= limit}
    print(json.dumps({**figures, unit: round(ours * 1e3, 3), "floor_ms": round(floor * 1e3, 3)}), flush=True)


async def main(folder: Path) -> None:
    (folder / "callables.py").write_text(CODE)
    await w1(folder, "none", Nothing(), f"run: [{TRUE}]")
    await w1(folder, "python", LocalExecutor(Home(folder / "python")), "python: 'callables:nothing'")
    await w4(folder)
    await idle(folder)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as place:
        asyncio.run(main(Path(place)))
