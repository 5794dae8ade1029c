"""What an operator waits for: the command line (W8) and the console's first frame, with an engine already up.

    python -m benchmarks.clients [FOLDER]

W8       `opsgate run FILE --wait` of a one-step workflow as a whole process: CPU, wall seconds, memory;
         beside it what `import asyncio, click` costs in a bare interpreter in the same minute.
console  in a pseudo-terminal: seconds until the first frame with real rows, bytes of that frame, then bytes a
         second, share of a processor and resident memory when nothing moves.

A JSON line a figure, with its limit. Medians over rounds.
"""

from __future__ import annotations

import fcntl
import json
import os
import pty
import resource
import select
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Sequence
from pathlib import Path

ROUNDS = 7
IDLE_SECONDS = 4.0
OPSGATE = (sys.executable, "-c", "import sys; from tui.main import main; sys.exit(main())")
ONE_STEP = "workflow: one\nsteps:\n  - {id: a, run: ['true'], effects: none, on_failure: halt}\n"
COLUMNS, LINES = 160, 48


def cost(command: Sequence[str]) -> tuple[float, float, int]:
    """CPU seconds, wall seconds and peak memory (bytes) of one process."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, command
    return usage.ru_utime + usage.ru_stime, time.perf_counter() - began, usage.ru_maxrss * 1024


def w8(home: Path, file: Path) -> None:
    ours = [cost([*OPSGATE, "--home", str(home), "run", str(file), "--wait"]) for _ in range(ROUNDS)]
    bare = [cost([sys.executable, "-c", "import asyncio, click"])[0] for _ in range(ROUNDS)]
    cpu, wall = (statistics.median(row[place] for row in ours) for place in (0, 1))
    figures = {
        "item": "W8",
        "cpu_s": round(cpu, 3),
        "limit": 0.25,
        "ok": cpu <= 0.25,
        "wall_s": round(wall, 3),
    }
    beside = {"bare_imports_cpu_s": round(statistics.median(bare), 3), "mib": round(ours[0][2] / 2**20, 1)}
    print(json.dumps({**figures, **beside}), flush=True)


class Screen:
    """The console in a pseudo-terminal."""

    def __init__(self, home: Path) -> None:
        self.began = time.perf_counter()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
            os.execve(OPSGATE[0], [*OPSGATE, "--home", str(home)], environment)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))

    def until(self, word: bytes) -> tuple[float, int]:
        """Seconds from the start until `word` was written, and the bytes written by then."""
        seen = b""
        while word not in seen:
            assert select.select([self.fd], [], [], 30.0)[0], seen[-500:]
            seen += os.read(self.fd, 1 << 16)
        return time.perf_counter() - self.began, len(seen)

    def written_in(self, seconds: float) -> int:
        count, deadline = 0, time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            if select.select([self.fd], [], [], left)[0]:
                count += len(os.read(self.fd, 1 << 16))
        return count

    def cpu(self) -> float:
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident(self) -> int:
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * resource.getpagesize()

    def close(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.fd)


def console(home: Path) -> None:
    starts = []
    for _ in range(3):
        screen = Screen(home)
        starts.append(screen.until(b"open"))
        screen.written_in(2.0)
        before = screen.cpu()
        idle = screen.written_in(IDLE_SECONDS) / IDLE_SECONDS
        share = (screen.cpu() - before) / IDLE_SECONDS * 100
        memory = screen.resident() / 2**20
        screen.close()
    seconds = statistics.median(first for first, _ in starts)
    first = {"item": "console first frame", "s": round(seconds, 3), "limit": 0.6, "ok": seconds <= 0.6}
    print(json.dumps({**first, "bytes": starts[0][1]}))
    print(json.dumps({"item": "console idle bytes/s", "value": round(idle, 1), "limit": 0, "ok": idle == 0}))
    print(
        json.dumps({"item": "console idle cpu", "percent": round(share, 2), "limit": 0.5, "ok": share <= 0.5})
    )
    print(json.dumps({"item": "console memory", "mib": round(memory, 1), "limit": 80, "ok": memory <= 80}))


def main(folder: Path) -> None:
    home, file = folder / "home", folder / "one.yaml"
    file.write_text(ONE_STEP)
    cost([*OPSGATE, "--home", str(home), "run", str(file), "--wait"])
    try:
        w8(home, file)
        console(home)
    finally:
        cost([*OPSGATE, "--home", str(home), "engine", "stop"])


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as place:
        main(Path(place))
