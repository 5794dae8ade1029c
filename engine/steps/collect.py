"""Taking an attempt's declared artifacts into the store once it has ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from engine.core.errors import InvalidInput
from engine.steps.artifacts import keep
from engine.steps.job import Ended, Kept


def with_artifacts(ended: Ended, workdir: Path, names: Sequence[str], store: Path) -> Ended:
    """`ended` with what could be kept. A missing artifact is an error only of an attempt that went well.

    One that failed seldom wrote all its files: each one that is there is kept. May block.
    """
    well = ended.exit_code == 0 and ended.error is None
    kept: tuple[Kept, ...] = ()
    problem = None
    for group in [tuple(names)] if well else [(name,) for name in names]:
        try:
            kept += keep(workdir, group, store)
        except InvalidInput as error:
            problem = error.message
        except OSError as error:
            problem = f"The artifacts cannot be stored ({error.strerror}); make room, then run it again."
    return replace(ended, artifacts=kept, error=problem if well else ended.error)
