"""What a slow link has to carry: bytes for a key, for a change, for nothing."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.console.widget_pty_app import MARK

APP = Path(__file__).with_name("widget_pty_app.py")
PATIENCE = 60.0


class Terminal:
    """The app in a pseudo-terminal of that size."""

    def __init__(self, columns: int, lines: int) -> None:
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
            environment |= {"PYTHONPATH": os.pathsep.join(sys.path), "TEXTUAL_ANIMATIONS": "none"}
            os.execve(sys.executable, [sys.executable, str(APP)], environment)
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self._read_until(b"\x1b[?2004h")  # the app listens to keys from here on
        self.cost("")

    def cost(self, keys: str) -> int:
        """The bytes that the app sends in answer to these keys."""
        os.write(self._fd, keys.encode() + b"x")
        return len(self._read_until(MARK.encode())) - len(MARK)

    def _read_until(self, end: bytes) -> bytes:
        seen = b""
        while end not in seen:
            ready, _, _ = select.select([self._fd], [], [], PATIENCE)
            assert ready, f"no {end!r} in {seen[-400:]!r}"
            seen += os.read(self._fd, 1 << 16)
        return seen

    def close(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self._fd)


@pytest.fixture(params=[(80, 24), (160, 48)], ids=["80x24", "160x48"])
def terminal(request: pytest.FixtureRequest) -> Iterator[Terminal]:
    opened = Terminal(*request.param)
    yield opened
    opened.close()


def test_keys_and_changes_cost_few_bytes(terminal: Terminal) -> None:
    assert terminal.cost("") == 0
    assert 0 < terminal.cost("j") <= 900
    assert 0 < terminal.cost("\t") <= 2000
    assert 0 < terminal.cost("r") <= 1800
    assert terminal.cost("r") == 0
