"""The seam to whatever runs steps: hand in jobs, get reports. Here it is this machine; it can be others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from engine.core.errors import StorageTrouble
from engine.steps.job import Job, Report


class Executor(Protocol):
    """Runs attempts. Every job that was started is answered by exactly one Ended or Lost, in this engine's
    life or, through `recover`, in the next one's."""

    async def open(self, report: Callable[[Report], None], failed: Callable[[StorageTrouble], None]) -> None:
        """Get ready; from now on reports go to `report`, on the loop that called this.

        `failed` is told when nothing can be started any more; then attempts in flight stay unreported.
        """

    def start(self, job: Job) -> None:
        """Start an attempt; returns at once."""

    def end(self, job_id: str, grace: float) -> None:
        """End an attempt's whole process tree: asked first, killed after `grace` seconds. Unknown: fine."""

    async def recover(self, jobs: Sequence[Job]) -> set[str]:
        """Take over attempts that an earlier engine started.

        Returns the ids of those alive, which will be reported when they end. All others are reported: as
        Ended when their end is on record, else as Lost (with `started` False when they certainly never ran).
        """

    def supervisors(self) -> frozenset[int]:
        """The processes whose descendants are steps; no command is taken from those."""

    def forget(self, job_id: str) -> None:
        """The attempt's end is durably recorded: nothing about it needs to be kept."""

    async def close(self, *, end_live: bool) -> None:
        """Let go. Live attempts go on under their supervisor unless `end_live`."""
