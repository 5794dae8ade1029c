"""The verb `logs`: what a step printed, made safe, or as raw bytes."""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import click

from engine.cli.context import Context, verb
from engine.client import Client
from engine.core.display import safe_bytes
from engine.core.errors import NotFound
from engine.output import print_json
from engine.store.records import AttemptRecord

CHUNK = 1 << 20


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
    attempts = await _attempts(client, run_id, step, attempt)
    for record in attempts:
        path = client.attempt_log(run_id, record.step, record.number)
        if len(attempts) > 1 and not raw and not context.as_json:
            sys.stdout.write(f"== {record.step} attempt {record.number}\n")
        position = _print(context, record, path, 0, tail, raw)
        while follow and record.ended_at is None:
            await views.changed_or(0.2)
            record = await views.attempt(run_id, record.step, record.number)
            position = _print(context, record, path, position, None, raw)


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


def _print(
    context: Context, record: AttemptRecord, path: Path, position: int, tail: int | None, raw: bool
) -> int:
    """Print what stands from `position` on; returns where it stopped. A silent step has no file."""
    try:
        with path.open("rb") as stream:
            end = os.fstat(stream.fileno()).st_size
            stream.seek(position)
            if raw:
                _copy(stream, end - position)
                return end
            lines = _lines(stream, end - position)
            for line in lines if tail is None else deque(lines, tail):
                _print_line(context, record, line)
            return end
    except FileNotFoundError:
        return position


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


def _print_line(context: Context, record: AttemptRecord, line: bytes) -> None:
    text = safe_bytes(line.rstrip(b"\r\n"), limit=CHUNK)
    if context.as_json:
        print_json({"step": record.step, "attempt": record.number, "line": text})
    else:
        sys.stdout.write(text + "\n")
