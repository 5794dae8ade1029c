"""The operator's terminal: it may hang up, stall or vanish, and the console must notice and leave."""

from __future__ import annotations

import base64
import os
import select
import sys
import termios
from codecs import getincrementaldecoder
from collections.abc import Callable, Mapping
from io import TextIOWrapper
from typing import IO, TYPE_CHECKING, cast

from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver

from engine.core.display import safe

if TYPE_CHECKING:
    from textual.app import App

    from tui.app import Console

COPY_LIMIT = 74_994
"""Bytes of an encoded copy that terminals still take."""

_LOOK_MS = 100
_CHUNK = 4096


class Terminal(LinuxDriver):
    """Textual's driver, with an input thread that ends when there is nobody to read from any more.

    The app's `terminal_gone` is called, from whatever thread notices, when the terminal is no longer there.
    """

    def __init__(
        self,
        app: App[object],
        *,
        debug: bool = False,
        mouse: bool = True,
        size: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._gone = cast("Console", app).terminal_gone
        self._file = cast("TextIOWrapper", _Output(sys.__stdout__ or sys.stdout, self._gone))

    def start_application_mode(self) -> None:
        super().start_application_mode()  # type: ignore[no-untyped-call] # Textual says no type here
        self.write("\x1b[22;0t")  # the terminal keeps the window's title

    def stop_application_mode(self) -> None:
        self.write("\x1b[23;0t")  # and gives it back
        super().stop_application_mode()

    def run_input_thread(self) -> None:
        """Read keys until the app ends or the terminal is gone; Textual's own spins on an end of file."""
        parser = XTermParser(self._debug)
        decode = getincrementaldecoder("utf-8")("replace").decode
        poll = select.poll()
        poll.register(self.fileno, select.POLLIN)
        while not self.exit_event.is_set():
            chunk = b""
            if poll.poll(_LOOK_MS):
                try:
                    chunk = os.read(self.fileno, _CHUNK)
                except OSError:
                    chunk = b""
                if not chunk:
                    self._gone()
                    return
                for message in parser.feed(decode(chunk)):
                    self.process_message(message)
            for message in parser.tick():
                self.process_message(message)

    def set_title(self, title: str) -> None:
        """Name the window; `title` is made safe."""
        self.write(f"\x1b]0;{safe(title, limit=128)}\x07")

    def copy(self, text: str) -> bool:
        """Put `text`, which must be safe, on the operator's clipboard; False when it is too long for that."""
        sequence = clipboard(text, os.environ)
        if sequence:
            self.write(sequence)
        return bool(sequence)

    def restore(self) -> None:
        """Give the terminal back by the shortest way, for when the app cannot end in order."""
        if self.attrs_before is not None:
            try:
                termios.tcsetattr(self.fileno, termios.TCSANOW, self.attrs_before)
            except termios.error:
                return


class _Output:
    """Where the driver writes: once the terminal is gone, everything is dropped, so that nobody waits."""

    def __init__(self, stream: IO[str], on_gone: Callable[[], None]) -> None:
        self._stream = stream
        self._on_gone = on_gone
        self._gone = False

    def write(self, text: str) -> None:
        self._guard(lambda: self._stream.write(text))

    def flush(self) -> None:
        self._guard(self._stream.flush)

    def fileno(self) -> int:
        return self._stream.fileno()

    def _guard(self, act: Callable[[], object]) -> None:
        if self._gone:
            return
        try:
            act()
        except (OSError, ValueError):
            self._gone = True
            self._on_gone()


def clipboard(text: str, environment: Mapping[str, str]) -> str:
    """The sequence that copies `text`, passed through tmux or screen; empty when it is too long."""
    encoded = base64.b64encode(text.encode("utf-8", "replace")).decode()
    if len(encoded) > COPY_LIMIT:
        return ""
    sequence = f"\x1b]52;c;{encoded}\x07"
    if environment.get("TMUX"):
        doubled = sequence.replace("\x1b", "\x1b\x1b")
        return f"\x1bPtmux;{doubled}\x1b\\"
    if environment.get("STY"):
        return "".join(
            f"\x1bP{sequence[start : start + 256]}\x1b\\" for start in range(0, len(sequence), 256)
        )
    return sequence
