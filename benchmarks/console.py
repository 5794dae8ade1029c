"""What the console costs an operator behind a slow line: its start, its memory, its silence, its cursor.

    python benchmarks/console.py [--rounds N] [--runs N]

A real home with an engine is made, and the program is started on it in pseudo-terminals. A JSON line a
figure,
with its limit and the ratio to it; the exit status is 1 when one exceeds its limit.
"""

from __future__ import annotations

import argparse
import asyncio
import fcntl
import json
import os
import pty
import select
import signal
import statistics
import struct
import sys
import tempfile
import termios
import time
from pathlib import Path

from engine.client import Client
from engine.core.states import Verdict
from engine.home import Home

PROGRAM = "import sys; from tui.main import main; sys.exit(main())"
QUICK = """
workflow: quick
defaults: {on_failure: halt, timeout: 1m}
steps:
  - {id: only, run: ["true"], effects: none}
"""
GATED = """
workflow: gated
defaults: {on_failure: halt, timeout: 1m}
steps:
  - {id: ask, gate: {title: "Go on?", consequence: low}}
"""
LIMITS = {
    "start_seconds": 0.6,
    "start_cpu_seconds": 0.5,
    "memory_mib": 80.0,
    "idle_bytes_per_second": 0.0,
    "idle_cpu_percent": 0.5,
    "cursor_bytes": 700.0,
}
PATIENCE = 60.0
IDLE_SECONDS = 5.0
MOVES = 15


class Terminal:
    """The console on `home` at 80x24."""

    def __init__(self, home: Path) -> None:
        self.begun = time.perf_counter()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            settings = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
            os.execve(sys.executable, [sys.executable, "-c", PROGRAM, "--home", str(home)], settings)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))

    def read_until(self, word: str) -> float:
        """Seconds from the start until `word` was written."""
        seen = b""
        while word.encode() not in seen:
            seen += self._read(PATIENCE)
        return time.perf_counter() - self.begun

    def bytes_until_quiet(self, quiet: float) -> int:
        """What comes until nothing came for `quiet` seconds."""
        count = 0
        while chunk := self._read(quiet):
            count += len(chunk)
        return count

    def bytes_within(self, seconds: float) -> int:
        count, deadline = 0, time.perf_counter() + seconds
        while (left := deadline - time.perf_counter()) > 0:
            count += len(self._read(left))
        return count

    def type(self, keys: str) -> None:
        os.write(self.fd, keys.encode())

    @property
    def cpu(self) -> float:
        """Seconds of processor time so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def memory(self) -> float:
        """Resident MiB."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    def close(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.fd)

    def _read(self, seconds: float) -> bytes:
        ready, _, _ = select.select([self.fd], [], [], seconds)
        return os.read(self.fd, 1 << 16) if ready else b""


async def prepare(client: Client, runs: int) -> str:
    """Start an engine, let `runs` runs end, and leave one that waits at a gate; its id."""
    await client.ensure_engine()
    quick = await _submit(client, QUICK, runs)
    await asyncio.gather(*(client.wait(run) for run in quick))
    (waiting,) = await _submit(client, GATED, 1)
    views = await client.views()
    while (await views.run(waiting)).gate is None:
        await views.changed()
    return waiting


async def _submit(client: Client, text: str, number: int) -> list[str]:
    file = client.home.path / "workflow.yaml"
    file.write_text(text)
    bundle = await client.bundle(str(file))
    return [str((await client.submit(bundle))["run"]) for _ in range(number)]


async def finish(client: Client) -> None:
    """Decide every gate, so that nothing lives in the home any more."""
    views = await client.views()
    for gate in await views.gates():
        await client.decide(gate.id, Verdict.APPROVE, gate.digest)
        await client.wait(gate.run)


def starts(home: Path, run: str, rounds: int) -> dict[str, float]:
    """Wall and processor time until the first frame with a row of the database in it."""
    walls, cpus = [], []
    for _ in range(rounds):
        terminal = Terminal(home)
        walls.append(terminal.read_until(run))
        cpus.append(terminal.cpu)
        terminal.close()
    return {"start_seconds": statistics.median(walls), "start_cpu_seconds": statistics.median(cpus)}


def quiet(home: Path) -> dict[str, float]:
    """What a console on a home in which nothing lives does when left alone, and for a key."""
    terminal = Terminal(home)
    terminal.read_until("No run is active")
    terminal.type("4")
    terminal.bytes_until_quiet(1.5)
    cpu = terminal.cpu
    sent = terminal.bytes_within(IDLE_SECONDS)
    found = {
        "memory_mib": terminal.memory,
        "idle_bytes_per_second": sent / IDLE_SECONDS,
        "idle_cpu_percent": 100 * (terminal.cpu - cpu) / IDLE_SECONDS,
    }
    costs = []
    for _ in range(MOVES):
        terminal.type("j")
        costs.append(terminal.bytes_until_quiet(0.2))
    terminal.close()
    return {**found, "cursor_bytes": max(costs)}


def measure(rounds: int, runs: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        client = Client(Home(Path(folder) / "home"))
        with asyncio.Runner() as loop:
            try:
                waiting = loop.run(prepare(client, runs))
                found = starts(client.home.path, waiting, rounds)
                loop.run(finish(client))
                return {**found, **quiet(client.home.path)}
            finally:
                loop.run(client.stop("kill"))
                loop.run(client.gone())
                loop.run(client.close())


def report(name: str, value: float) -> bool:
    """Print one figure; whether it keeps its limit."""
    limit = LIMITS[name]
    good = value <= limit
    ratio = round(value / limit, 3) if limit else None
    print(json.dumps({"figure": name, "value": round(value, 3), "limit": limit, "ratio": ratio, "ok": good}))
    return good


def main() -> int:
    parser = argparse.ArgumentParser(description="Cost of the console.")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--runs", type=int, default=60, help="ended runs in the home")
    options = parser.parse_args()
    results = [report(name, value) for name, value in measure(options.rounds, options.runs).items()]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
