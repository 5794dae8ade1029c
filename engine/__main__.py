"""The engine as a process: `python -m engine --home DIR`. `opsgate engine run|start` is the way to it."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from pathlib import Path

from engine.core.errors import OpsgateError
from engine.home import Home
from engine.runtime.engine import DEFAULT_SLOTS, Settings, serve
from engine.runtime.launch import Listener, detach
from engine.steps.local import LocalExecutor


def run(home: Home, slots: int = DEFAULT_SLOTS, tell: int | None = None) -> int:
    """Serve `home` until asked to stop; `tell` is a pipe that waits to hear how the start went.

    Returns the exit code: 0 after an orderly stop, otherwise that of the error.
    """
    os.umask(0o077)
    if tell is not None:
        detach(tell)
    listener = Listener(tell)
    try:
        asyncio.run(serve(home, LocalExecutor(home), Settings(slots), listener.ready))
    except OpsgateError as error:
        listener.failed(error)
        sys.stderr.write(f"{error.message}\n")
        return error.exit_code
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m engine", description=__doc__)
    parser.add_argument("--home", required=True, type=Path)
    parser.add_argument("--slots", type=int, default=DEFAULT_SLOTS)
    parser.add_argument("--tell", type=int)
    options = parser.parse_args()
    return run(Home(options.home.absolute()), options.slots, options.tell)


if __name__ == "__main__":
    raise SystemExit(main())
