"""The verb `logs`: what a step printed, made safe, or as raw bytes."""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import click

from engine.cli.context import Context, verb
from engine.client import Client
from engine.core.display import safe_bytes
from engine.core.errors import NotFound
from engine.output import print_json, say
from engine.store.records import AttemptRecord

CHUNK = 1 << 20
ESCAPED = 4
"""Characters that one byte may need to be shown."""


@click.command()
@click.argument("run")
@click.argument("step", required=False)
@click.option("--attempt", type=int, help="Another attempt than the latest.")
@click.option("--tail", type=click.IntRange(0), help="Only the last N lines.")
@click.option("--follow", is_flag=True, help="Go on printing until the attempt ends.")
@click.option("--raw", is_flag=True, help="The stored bytes, unchanged.")
@verb
async def logs(
    context: Context,
    client: Client,
    run: str,
    step: str | None,
    attempt: int | None,
    tail: int | None,
    follow: bool,
    raw: bool,
) -> None:
    """Print the log of a RUN's STEP; without STEP, of every step that has one."""
    views = await client.views()
    run_id = await views.resolve_run(run)
    printer = _Printer(context, raw, follow)
    printed: set[tuple[str, int]] = set()
    while True:
        over = (await views.run(run_id)).ended_at is not None
        found = await _attempts(client, run_id, step, attempt)
        printer.headed = step is None and (follow or len(found) > 1)
        fresh = [record for record in found if (record.step, record.number) not in printed]
        for record in fresh:
            await _print_attempt(client, printer, record, tail)
            printed.add((record.step, record.number))
        if not follow or over or (step is not None and printed):
            return
        if not fresh:  # printing took its time: first look what happened meanwhile
            await views.changed()


async def _print_attempt(client: Client, printer: _Printer, record: AttemptRecord, tail: int | None) -> None:
    """Print one attempt's log; when following, until the attempt has ended."""
    views = await client.views()
    path = client.attempt_log(record.run, record.step, record.number)
    printer.head(record)
    position = printer.print(record, path, 0, tail)
    while printer.follow and record.ended_at is None:
        await views.changed_or(0.2)
        record = await views.attempt(record.run, record.step, record.number)
        position = printer.print(record, path, position, None)


async def _attempts(client: Client, run: str, step: str | None, number: int | None) -> list[AttemptRecord]:
    views = await client.views()
    records = await views.attempts(run, step)
    if step is not None and not any(item.id == step for item in await views.steps(run)):
        raise NotFound(f"Run {run} has no step {step}. See `opsgate show {run}`.")
    if number is not None:
        records = [record for record in records if record.number == number]
        if not records:
            raise NotFound(f"There is no attempt {number}. See `opsgate events {run}`.")
    latest = {record.step: record for record in records}
    return list(latest.values())


@dataclass(slots=True)
class _Printer:
    """Prints logs as the options say. `headed` tells attempts apart that are printed one after another."""

    context: Context
    raw: bool
    follow: bool
    headed: bool = False

    def head(self, record: AttemptRecord) -> None:
        if self.headed and not self.raw and not self.context.as_json:
            say(f"== {record.step} attempt {record.number}")

    def print(self, record: AttemptRecord, path: Path, position: int, tail: int | None) -> int:
        """Print what stands from `position` on; returns where it stopped. A silent step has no file.

        A line that is still being written waits for its end.
        """
        try:
            with path.open("rb") as stream:
                end = os.fstat(stream.fileno()).st_size
                if self.follow and record.ended_at is None and not self.raw:
                    end = _end_of_lines(stream, position, end)
                stream.seek(position)
                if self.raw:
                    _copy(stream, end - position)
                else:
                    lines = _lines(stream, end - position)
                    for line in lines if tail is None else deque(lines, tail):
                        self._print_line(record, line)
        except FileNotFoundError:
            return position
        sys.stdout.flush()
        return end

    def _print_line(self, record: AttemptRecord, line: bytes) -> None:
        text = safe_bytes(line.rstrip(b"\r\n"), limit=ESCAPED * CHUNK)
        if self.context.as_json:
            print_json({"step": record.step, "attempt": record.number, "line": text})
        else:
            sys.stdout.write(text + "\n")


def _end_of_lines(stream: BinaryIO, position: int, end: int) -> int:
    """Where the last whole line between `position` and `end` ends; one over a chunk counts as whole."""
    start = max(position, end - CHUNK)
    stream.seek(start)
    newline = stream.read(end - start).rfind(b"\n")
    if newline >= 0:
        return start + newline + 1
    return position if end - position < CHUNK else end


def _copy(stream: BinaryIO, count: int) -> None:
    while count > 0 and (chunk := stream.read(min(CHUNK, count))):
        sys.stdout.buffer.write(chunk)
        count -= len(chunk)
    sys.stdout.buffer.flush()


def _lines(stream: BinaryIO, count: int) -> Iterator[bytes]:
    """The lines of the next `count` bytes; one longer than a chunk comes in pieces."""
    while count > 0 and (line := stream.readline(min(CHUNK, count))):
        count -= len(line)
        yield line
