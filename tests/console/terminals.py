"""A pseudo-terminal with the whole program in it: the console as an operator gets it."""

from __future__ import annotations

import errno
import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from pathlib import Path

from tests.support import PATIENCE

PROGRAM = (sys.executable, "-c", "import sys; from tui.main import main; sys.exit(main())")
ROOT = Path(__file__).parents[2]
LEAVES_FULL_SCREEN = b"\x1b[?1049l"
SHOWS_CURSOR = b"\x1b[?25h"


class Terminal:
    """`opsgate` on `home` in a terminal of that size; `close` leaves no process behind."""

    def __init__(self, home: Path, columns: int = 80, lines: int = 24, **environment: str) -> None:
        self.seen = b""
        """Everything the console has written."""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            settings = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", **environment}
            os.chdir(ROOT)
            os.execve(PROGRAM[0], [*PROGRAM, "--home", str(home)], settings)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self._over = False

    def wait_for(self, *words: str | bytes) -> None:
        """Read until every one of `words` has been written, in any order."""
        wanted = [word if isinstance(word, bytes) else word.encode() for word in words]
        deadline = time.monotonic() + PATIENCE
        while not all(word in self.seen for word in wanted):
            assert time.monotonic() < deadline, f"no {words} in {self.seen[-2000:]!r}"
            assert self.read(1.0) is not None, f"ended before {words}: {self.seen[-2000:]!r}"

    def read(self, seconds: float) -> bytes | None:
        """What is written within `seconds`, as soon as there is something; None at the end."""
        ready, _, _ = select.select([self.fd], [], [], seconds)
        if not ready:
            return b""
        try:
            chunk = os.read(self.fd, 1 << 16)
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            return None
        self.seen += chunk
        return chunk or None

    def quiet(self, seconds: float) -> bytes:
        """Everything that is written within `seconds`."""
        start, deadline = len(self.seen), time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0 and self.read(left) is not None:
            pass
        return self.seen[start:]

    def settle(self) -> None:
        """Read until nothing has come for a second."""
        while self.read(1.0):
            pass

    def type(self, keys: str) -> None:
        os.write(self.fd, keys.encode())

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def hang_up(self) -> None:
        """The connection drops: the terminal is gone from one moment to the next."""
        os.close(self.fd)
        self.fd = -1

    def exit_code(self) -> int:
        """Wait for the console's end, reading what it still writes; the code as a shell shows it."""
        assert not self._over
        deadline = time.monotonic() + PATIENCE
        pid_fd = os.pidfd_open(self.pid)
        try:
            while not select.select([pid_fd], [], [], 0)[0]:
                assert time.monotonic() < deadline, "the console does not end"
                watched = [pid_fd] if self.fd < 0 else [pid_fd, self.fd]
                if self.fd in select.select(watched, [], [], 1.0)[0] and self.read(0) is None:
                    select.select([pid_fd], [], [], PATIENCE)
            while self.fd >= 0 and self.read(0):
                pass
        finally:
            os.close(pid_fd)
        _, status = os.waitpid(self.pid, 0)
        self._over = True
        return os.waitstatus_to_exitcode(status)

    def close(self) -> None:
        if not self._over:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        if self.fd >= 0:
            os.close(self.fd)


def modes(fd: int) -> list[object]:
    """The settings of a terminal, to be compared."""
    return termios.tcgetattr(fd)
