"""The program `opsgate`: the command line of the engine, with the console for whoever names no verb."""

from __future__ import annotations

import os
import sys

from engine import cli
from engine.core.errors import InvalidInput
from engine.home import Home


def main() -> int:
    """Run one command line and return its exit code."""
    return cli.main(open_console=open_console)


def open_console(home: Home, claimed: str | None = None) -> None:
    """The console on `home`, until the operator leaves it; `claimed` is the name that commands go under.

    Raises InvalidInput without a terminal.
    """
    refuse_without_terminal()
    from tui.app import run_console  # the terminal library: only for those who open the console

    run_console(home, claimed)


def refuse_without_terminal() -> None:
    """Raises InvalidInput where a full screen cannot be drawn, naming the verbs that need none."""
    instead = "Use the verbs instead, such as `opsgate runs`, `opsgate gates`, `opsgate logs RUN --follow`."
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise InvalidInput(f"The console needs a terminal, and this is none. {instead}")
    if os.environ.get("TERM", "dumb") == "dumb":
        raise InvalidInput(f"The console cannot draw on this terminal (TERM is dumb or not set). {instead}")
