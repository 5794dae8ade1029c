"""What a python step costs: an empty callable in a warm host, from handing the job in to its report.

    python -m benchmarks.hosts [--rounds N] [--count N] [--at-once N] [--folder DIR]

A JSON line a round, then one with the medians; times are in milliseconds. `first` is the very first job, with
its host still to start; the others go one by one, with the journal, folder, log and input file of each. The
folder matters: see spawn.py; on a tmpfs the numbers are those of our own code.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from engine.steps.hosts import Hosts
from engine.steps.job import Ended, PythonJob, Report
from engine.steps.supervision import Exit, Live, Refusal, Supervision

MODULE = "def nothing():\n    return None\n"


class Subject:
    """A home with hosts in it, every end forgotten as the engine would."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._number = 0
        self._waiting: dict[str, asyncio.Future[None]] = {}
        self._hosts_alive = 0
        self._quiet = asyncio.Event()
        (home / "code").mkdir()
        (home / "code" / "empty.py").write_text(MODULE)

    async def open(self) -> None:
        self._supervision = await Supervision.attach(
            self._home,
            on_started=self._started,
            on_refused=self._refused,
            on_ended=self._ended,
            on_gone=self._gone,
        )
        self._hosts = Hosts(self._home, self._supervision, self._home / "store", self._report)
        await self._hosts.open()

    async def close(self) -> None:
        await self._hosts.close()
        async with asyncio.timeout(30):
            await self._quiet.wait()
        await self._supervision.quit()
        await self._supervision.close()

    async def run_one(self) -> None:
        self._number += 1
        job_id = f"run/step/{self._number}"
        folder = self._home / "attempts" / str(self._number)
        env = {"PATH": "/usr/bin:/bin", "OPSGATE_RUN": "run", "OPSGATE_STEP": "step"}
        env["OPSGATE_ATTEMPT"] = str(self._number)
        ended = self._waiting[job_id] = asyncio.get_running_loop().create_future()
        path = self._home / "code"
        self._hosts.start(PythonJob(job_id, folder, folder / "work", env, {}, (), "empty:nothing", {}, path))
        await ended

    def _report(self, report: Report) -> None:
        assert isinstance(report, Ended)
        assert report.error is None
        self._hosts.forget(report.id)
        self._waiting.pop(report.id).set_result(None)

    def _started(self, _: Live) -> None:
        self._hosts_alive += 1
        self._quiet.clear()

    def _ended(self, end: Exit) -> None:
        self._hosts.ended(end)
        self._hosts_alive -= 1
        if not self._hosts_alive:
            self._quiet.set()

    def _refused(self, refusal: Refusal) -> None:
        sys.exit(f"No host can be started: {refusal.message}.")

    def _gone(self) -> None:
        sys.exit("The supervisor died.")


async def one_by_one(subject: Subject, count: int) -> list[float]:
    """The milliseconds that each of `count` jobs took."""
    times = []
    for _ in range(count):
        begin = time.perf_counter()
        await subject.run_one()
        times.append((time.perf_counter() - begin) * 1e3)
    return sorted(times)


async def together(subject: Subject, count: int, at_once: int) -> float:
    """The milliseconds a job when `at_once` go at a time."""
    left = iter(range(count))

    async def worker() -> None:
        for _ in left:
            await subject.run_one()

    begin = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(at_once)))
    return (time.perf_counter() - begin) / count * 1e3


async def measure(folder: str | None, rounds: int, count: int, at_once: int) -> dict[str, float]:
    found: list[dict[str, float]] = []
    with tempfile.TemporaryDirectory(dir=folder) as home:
        subject = Subject(Path(home))
        await subject.open()
        (first,) = await one_by_one(subject, 1)
        for number in range(rounds):
            before = time.process_time()
            times = await one_by_one(subject, count)
            ours = (time.process_time() - before) / count * 1e3
            line = {"p50": times[count // 2], "p95": times[count * 19 // 20], "engine_cpu": ours}
            line["together"] = await together(subject, count, at_once)
            found.append(line)
            print(json.dumps({"round": number, **_rounded(line)}), flush=True)
        await subject.close()
    return {"first": first} | {key: statistics.median(line[key] for line in found) for key in found[0]}


def _rounded(line: dict[str, float]) -> dict[str, float]:
    return {key: round(value, 3) for key, value in line.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description="Cost of an empty python step in a warm host.")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--count", type=int, default=400)
    parser.add_argument("--at-once", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--folder", help="where the home is made; the system's temporary folder if left out")
    given = parser.parse_args()
    medians = asyncio.run(measure(given.folder, given.rounds, given.count, given.at_once))
    print(json.dumps({"benchmark": "hosts", **_rounded(medians)}))


if __name__ == "__main__":
    main()
