"""What a process step costs: the supervisor, with its output kept, against a bare asyncio loop with pipes.

    python -m benchmarks.spawn [--rounds N] [--count N] [--at-once N] [--folder DIR]

Both run /bin/true at the same concurrency, in turns, in one process; a JSON line a round, then one with the
median of the ratios. The exit status is 1 when that exceeds the limit. The folder matters: on ext4 without a
journal a new file costs 0.4 ms instead of 0.02 for a minute after many were deleted nearby.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

from engine.steps.job import ProcessJob, Report
from engine.steps.process import ProcessExecutor
from engine.steps.supervision import Exit, Live, Refusal, Supervision

PROGRAM = "/bin/true"
LIMIT = 1.0


class Ours:
    """Process jobs through executor and supervisor, every end forgotten as the engine would."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.number = 0
        self.waiting: dict[str, asyncio.Future[None]] = {}

    async def open(self) -> None:
        self.supervision = await Supervision.attach(
            self.home,
            on_started=self._ignore,
            on_refused=self._refused,
            on_ended=self._ended,
            on_gone=self._gone,
        )
        self.executor = ProcessExecutor(self.supervision, self.home / "store", self._report)

    async def run_one(self) -> None:
        self.number += 1
        job_id = f"run/step/{self.number}"
        folder = self.home / "attempts" / str(self.number)
        env = {"PATH": "/usr/bin:/bin", "OPSGATE_RUN": "run", "OPSGATE_STEP": "step"}
        env["OPSGATE_ATTEMPT"] = str(self.number)
        ended = self.waiting[job_id] = asyncio.get_running_loop().create_future()
        self.executor.start(ProcessJob(job_id, folder, folder / "work", env, {}, (), (PROGRAM,)))
        await ended

    def _report(self, report: Report) -> None:
        self.supervision.forget([report.id])
        self.waiting.pop(report.id).set_result(None)

    def _ignore(self, _: Live) -> None:
        """That an attempt has started is of no interest here."""

    def _refused(self, refusal: Refusal) -> None:
        self.executor.refused(refusal)

    def _ended(self, end: Exit) -> None:
        self.executor.ended(end)

    def _gone(self) -> None:
        sys.exit("The supervisor died.")


class Bare:
    """The loop one would write by hand."""

    async def run_one(self) -> None:
        process = await asyncio.create_subprocess_exec(
            PROGRAM, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        await process.communicate()


async def timed(subject: Ours | Bare, count: int, at_once: int) -> float:
    """Seconds for `count` processes, `at_once` at a time."""
    left = iter(range(count))

    async def worker() -> None:
        for _ in left:
            await subject.run_one()

    begin = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(at_once)))
    return time.perf_counter() - begin


async def measure(folder: str | None, rounds: int, count: int, at_once: int) -> float:
    """The median ratio of ours to the bare loop."""
    ratios = []
    with tempfile.TemporaryDirectory(dir=folder) as home:
        ours, bare = Ours(Path(home)), Bare()
        await ours.open()
        for subject in (ours, bare):
            await timed(subject, at_once * 2, at_once)
        for number in range(rounds):
            mine = await timed(ours, count, at_once)
            theirs = await timed(bare, count, at_once)
            ratios.append(mine / theirs)
            line = {"round": number, "ours_ms": mine / count * 1e3, "bare_ms": theirs / count * 1e3}
            print(json.dumps({**line, "ratio": round(ratios[-1], 3)}), flush=True)
        await ours.supervision.quit()
    return statistics.median(ratios)


def main() -> int:
    parser = argparse.ArgumentParser(description="Cost of a process step against a bare asyncio loop.")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--at-once", type=int, default=4)
    parser.add_argument(
        "--folder", help="where the attempts' files go; the system's temporary folder when absent"
    )
    options = parser.parse_args()
    ratio = asyncio.run(measure(options.folder, options.rounds, options.count, options.at_once))
    print(json.dumps({"benchmark": "spawn", "ratio": round(ratio, 3), "limit": LIMIT, "ok": ratio <= LIMIT}))
    return 0 if ratio <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
