"""An operator whose command lines run in this process: the same code, without a Python start for each."""

from __future__ import annotations

import io
import os
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from engine.cli import main
from tests.support import Operator, Said


@dataclass(slots=True)
class Shell(Operator):
    """As `Operator`; the engine is a process of its own all the same."""

    def __call__(self, *words: str | Path, code: int | None = 0, stdin: str = "") -> Said:
        assert not stdin, "what reads standard input needs a process of its own"
        said = self.raw(*words, code=code)
        return Said(said[0], said[1].decode(), said[2])

    def raw(self, *words: str | Path, code: int | None = 0) -> tuple[int, bytes, str]:
        """Exit code, standard output as bytes, standard error."""
        out, err = io.BytesIO(), io.StringIO()
        with io.TextIOWrapper(out, encoding="utf-8") as text, redirect_stdout(text), redirect_stderr(err):
            umask = os.umask(0)
            os.umask(umask)
            found = main(["--home", str(self.home), *map(str, words)])
            os.umask(umask)  # an engine in the foreground has one of its own
            text.flush()
            printed = out.getvalue()
        assert code is None or found == code, (found, printed[-2000:], err.getvalue())
        return found, printed, err.getvalue()
