"""Copying goes to the operator's own terminal, through tmux and screen, and never more than it takes."""

from __future__ import annotations

import base64

from tui.terminal import COPY_LIMIT, clipboard

PLAIN = f"\x1b]52;c;{base64.b64encode(b'r-8f31').decode()}\x07"


def test_a_plain_terminal_gets_the_sequence_as_it_is() -> None:
    assert clipboard("r-8f31", {}) == PLAIN


def test_tmux_passes_it_through() -> None:
    assert clipboard("r-8f31", {"TMUX": "/tmp/tmux"}) == "\x1bPtmux;\x1b" + PLAIN + "\x1b\\"


def test_screen_passes_it_through_in_pieces() -> None:
    sent = clipboard("x" * 1000, {"STY": "1.tty"})
    pieces = sent.split("\x1b\\")[:-1]
    assert all(piece.startswith("\x1bP") and len(piece) <= 258 for piece in pieces)
    whole = "".join(piece.removeprefix("\x1bP") for piece in pieces)
    assert base64.b64decode(whole.removeprefix("\x1b]52;c;").removesuffix("\x07")) == b"x" * 1000


def test_what_is_too_long_is_not_sent_at_all() -> None:
    longest = COPY_LIMIT // 4 * 3
    assert clipboard("x" * longest, {}) != ""
    assert clipboard("x" * (longest + 1), {}) == ""
