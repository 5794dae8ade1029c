"""What the command line costs, with an engine already up: W8.

    python -m benchmarks.clients [FOLDER]

W8  `opsgate run FILE --wait` of a one-step workflow as a whole process: CPU seconds, wall seconds, memory;
    beside it what `import asyncio, click` costs in a bare interpreter in the same minute. A JSON line, the
    median over rounds, with its limit. `console.py` measures the console.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

ROUNDS = 7
OPSGATE = (sys.executable, "-c", "import sys; from tui.main import main; sys.exit(main())")
ONE_STEP = "workflow: one\nsteps:\n  - {id: a, run: ['true'], effects: none, on_failure: halt}\n"


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


def main(folder: Path) -> None:
    home, file = folder / "home", folder / "one.yaml"
    file.write_text(ONE_STEP)
    cost([*OPSGATE, "--home", str(home), "run", str(file), "--wait"])
    try:
        w8(home, file)
    finally:
        cost([*OPSGATE, "--home", str(home), "engine", "stop"])


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as place:
        main(Path(place))
