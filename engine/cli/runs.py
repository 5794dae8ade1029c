"""Verbs about runs: run, runs, show, events, artifacts, cancel, kill, resolve. `logs` has its own module."""

from __future__ import annotations

import json
import re
import shutil
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from engine.cli.context import Context, assignments, verb
from engine.cli.logs import logs
from engine.client import Client
from engine.core.errors import EngineUnavailable, InvalidInput, NotFound, Refused
from engine.core.states import Resolution, RunState
from engine.output import complain, pairs, print_json, say, say_line, table
from engine.store.records import EventRecord, RunRecord, StepRecord, as_json
from engine.store.views import RunFilter
from engine.wording import age, clock, duration, moment, money, size

GOOD_ENDINGS = (RunState.SUCCEEDED, RunState.SUCCEEDED_WITH_FLAGS)
_AGO = re.compile(r"([0-9]{1,7})([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@click.command()
@click.argument("workflow")
@click.option("-i", "--input", "texts", multiple=True, metavar="K=V", help="An input value; repeat for more.")
@click.option("--input-file", type=click.Path(path_type=Path), help="Inputs as a JSON object.")
@click.option("--queue", help="Another queue than the workflow's.")
@click.option("--priority", type=int, default=0, help="Higher starts sooner; default 0.")
@click.option("--key", help="Submitting again with the same key returns the first run.")
@click.option("--label", "labels", multiple=True, metavar="K=V", help="A label; repeat for more.")
@click.option("--wait", is_flag=True, help="Follow the run to its end; exit code 1 unless it succeeds.")
@verb
async def run(
    context: Context,
    client: Client,
    workflow: str,
    texts: tuple[str, ...],
    input_file: Path | None,
    queue: str | None,
    priority: int,
    key: str | None,
    labels: tuple[str, ...],
    wait: bool,
) -> int:
    """Submit a run of WORKFLOW: a file, or the name of a workflow that this home has run before."""
    bundle = await client.bundle(workflow)
    await client.ensure_engine()
    answer = await client.submit(
        bundle,
        texts=assignments(texts, "-i"),
        inputs=_input_file(input_file),
        queue=queue,
        priority=priority,
        key=key,
        labels=assignments(labels, "--label"),
    )
    if not wait:
        _print_submitted(context, answer)
        return 0
    return await _follow(context, client, answer["run"])


async def _follow(context: Context, client: Client, run: str) -> int:
    """Wait for the run's end and print it; the exit code says whether it succeeded."""
    if not context.as_json:
        say(run)
        sys.stdout.flush()
    try:
        state = RunState(await client.wait(run))
    except EngineUnavailable as error:
        raise EngineUnavailable(
            f"The engine went away while run {run} was followed. The run is not lost: what is in flight goes "
            "on, and the next engine takes it over. Bring one back with `opsgate engine start`, then look "
            f"with `opsgate show {run}`."
        ) from error
    record = await (await client.views()).run(run)
    if context.as_json:
        print_json(as_json(record))
    else:
        took = duration((record.ended_at or 0) - record.created_at)
        say(f"{state.value} after {took}  {record.why}".rstrip(), newlines=False)
    return 0 if state in GOOD_ENDINGS else 1


def _print_submitted(context: Context, answer: dict[str, Any]) -> None:
    if context.as_json:
        print_json({"id": answer["run"], **answer})
    else:
        say(answer["run"])


def _input_file(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        text = path.read_text(encoding="utf-8", errors="surrogateescape")
    except FileNotFoundError as error:
        raise NotFound(f"There is no file {path}. Check the name, or give the full path.") from error
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror}. Check its rights.") from error
    return _json_object(text, str(path))


def _json_object(text: str, place: str) -> dict[str, Any]:
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"{place} holds no JSON: {error}. Write one JSON object.") from error
    if not isinstance(values, dict):
        raise InvalidInput(f"{place} holds JSON, but no object. Write one, such as {{}}.")
    return values


@click.command()
@click.option("--state", "states", multiple=True, type=click.Choice([state.value for state in RunState]))
@click.option("--workflow", help="Only runs of this workflow.")
@click.option("--queue", help="Only runs of this queue.")
@click.option("--since", metavar="T", help="A time (RFC 3339), or how long ago: 90m, 7d.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=50, show_default=True)
@verb
async def runs(
    context: Context,
    client: Client,
    states: tuple[str, ...],
    workflow: str | None,
    queue: str | None,
    since: str | None,
    limit: int,
) -> None:
    """List runs, newest first."""
    wanted = RunFilter(
        states=tuple(RunState(state) for state in states),
        workflow=workflow,
        queue=queue,
        since=_instant(since),
    )
    records = (await (await client.views()).runs(wanted, limit=limit)).runs
    if context.as_json:
        for record in records:
            print_json(as_json(record))
        return
    now = time.time()
    table(
        ("RUN", "STATE", "WORKFLOW", "STEPS", "AGE", "COST", "WAITS FOR"),
        [_run_row(record, now) for record in records],
    )


def _run_row(record: RunRecord, now: float) -> tuple[str, ...]:
    steps = f"{record.steps_done}/{record.steps_total}"
    cost = "" if record.cost_usd is None else money(record.cost_usd)
    return (
        record.id,
        record.state.value,
        record.workflow,
        steps,
        age(record.created_at, now),
        cost,
        record.why,
    )


def _instant(text: str | None) -> float | None:
    if text is None:
        return None
    ago = _AGO.fullmatch(text)
    if ago:
        return time.time() - int(ago[1]) * _SECONDS[ago[2]]
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput(f"{text!r} is no time. Write 2026-01-31T14:00:00Z, or 90m, 24h, 7d.") from None
    return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).timestamp()


@click.command()
@click.argument("run")
@verb
async def show(context: Context, client: Client, run: str) -> None:
    """Show a RUN: steps, attempts, state, caveats, gates, artifacts, and why it is not running."""
    views = await client.views()
    detail = await views.detail(await views.resolve_run(run))
    if context.as_json:
        print_json(detail.as_json())
        return
    record = detail.run
    pairs(
        [
            ("run", record.id),
            ("workflow", f"{record.workflow}  ({record.definition[:12]})"),
            ("state", record.state.value),
            ("why", record.why),
            ("queue", f"{record.queue}, priority {record.priority}"),
            ("started by", record.starter),
            ("created", moment(record.created_at, time.time())),
            ("took", duration((record.ended_at or time.time()) - record.created_at)),
            ("agents", f"{record.tokens} tokens, {money(record.cost_usd)} USD" if record.tokens else ""),
            ("inputs", json.dumps(detail.inputs, ensure_ascii=False) if detail.inputs else ""),
            ("state keys", json.dumps(detail.state, ensure_ascii=False) if detail.state else ""),
            ("folder", record.folder),
        ]
    )
    say("")
    table(("STEP", "KIND", "STATE", "TRY", "TOOK", "NOTE"), [_step_row(step) for step in detail.steps])
    _section("caveats", [f"{item.step}: {item.text}" for item in detail.caveats])
    _section("gates", [f"{item.id}  {item.state.value}  {item.title}" for item in detail.gates])
    _section("artifacts", [f"{item.step}/{item.name}  {size(item.size)}" for item in detail.artifacts])


def _step_row(step: StepRecord) -> tuple[str, ...]:
    took = "" if step.started_at is None else duration((step.ended_at or time.time()) - step.started_at)
    note = step.error or step.waiting_for or ""
    return (step.id, step.kind.value, step.state.value, str(step.attempt or ""), took, note)


def _section(title: str, lines: list[str]) -> None:
    if lines:
        say("")
        say(title)
        for line in lines:
            say(f"  {line}", newlines=False)


@click.command()
@click.argument("run", required=False)
@click.option("--after", type=click.IntRange(0, 2**62), default=0, help="Only events with a higher number.")
@click.option("--follow", is_flag=True, help="Go on printing events as they happen, until the RUN has ended.")
@verb
async def events(context: Context, client: Client, run: str | None, after: int, follow: bool) -> None:
    """Print the history, of one RUN or of everything."""
    views = await client.views()
    run_id = None if run is None else await views.resolve_run(run)
    while True:
        ended = run_id is not None and (await views.run(run_id)).ended_at is not None
        for record in await views.events(run_id, after=after, limit=1000):
            after = record.seq
            _print_event(context, record)
        sys.stdout.flush()
        if await views.last_event(run_id) > after:
            continue
        if ended or not follow:
            return
        await views.changed()


def _print_event(context: Context, record: EventRecord) -> None:
    if context.as_json:
        print_json(as_json(record))
        return
    place = "/".join(str(part) for part in (record.run, record.step, record.attempt) if part is not None)
    data = " ".join(
        f"{key}={_brief(value)}" for key, value in record.data.items() if value and key not in _PLACE
    )
    why = f" ({record.reason})" if record.reason else ""
    author = f"{record.actor}{why}"
    say_line(f"{record.seq:>6}  {clock(record.at)}  {record.type:<18} {place}  {author}  {data}".rstrip())


_PLACE = ("step", "attempt")


def _brief(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:59] + "…"


@click.command()
@click.argument("run")
@click.argument("name", required=False)
@click.option("--out", type=click.Path(path_type=Path), help="Write the artifact to this file.")
@verb
async def artifacts(context: Context, client: Client, run: str, name: str | None, out: Path | None) -> None:
    """List a RUN's artifacts, or write one out (NAME, or STEP/NAME)."""
    views = await client.views()
    records = await views.artifacts(await views.resolve_run(run))
    if name is None:
        if context.as_json:
            for record in records:
                print_json(as_json(record))
        else:
            rows = [(item.step, item.name, size(item.size), item.sha256[:12]) for item in records]
            table(("STEP", "NAME", "SIZE", "SHA-256"), rows)
        return
    found = [item for item in records if name in (item.name, f"{item.step}/{item.name}")]
    if not found:
        raise NotFound(f"Run {run} kept no artifact {name}. List them with `opsgate artifacts {run}`.")
    source = client.artifact(found[-1].sha256)
    if out is None:
        with source.open("rb") as stream:
            shutil.copyfileobj(stream, sys.stdout.buffer)
    else:
        _write_out(source, out)
        complain(f"{found[-1].name} written to {out}")


def _write_out(source: Path, out: Path) -> None:
    try:
        shutil.copyfile(source, out)
    except OSError as error:
        raise InvalidInput(f"{out} cannot be written: {error.strerror}. Name another file.") from error


@click.command()
@click.argument("runs", nargs=-1, required=True, metavar="RUN...")
@click.option("--reason", help="Why; kept in the history.")
@verb
async def cancel(context: Context, client: Client, runs: tuple[str, ...], reason: str | None) -> int:
    """End RUNs: their processes are asked to end, then killed; nothing more starts."""
    return await _end(context, client, runs, reason, force=False)


@click.command()
@click.argument("runs", nargs=-1, required=True, metavar="RUN...")
@click.option("--reason", help="Why; kept in the history.")
@verb
async def kill(context: Context, client: Client, runs: tuple[str, ...], reason: str | None) -> int:
    """End RUNs at once: their processes get no grace."""
    return await _end(context, client, runs, reason, force=True)


async def _end(
    context: Context, client: Client, runs: tuple[str, ...], reason: str | None, *, force: bool
) -> int:
    """Every run is tried, whatever becomes of the others; the exit code is the first refusal's."""
    views = await client.views()
    code = 0
    for run in [await views.resolve_run(prefix) for prefix in runs]:
        try:
            answer = await client.cancel(run, reason=reason, force=force)
        except Refused as refused:
            complain(refused.message)
            code = code or refused.exit_code
            continue
        if context.as_json:
            print_json({"id": run, **answer})
        else:
            say(f"{run}  {answer['state']}")
    return code


@click.command()
@click.argument("run")
@click.argument("step")
@click.argument("resolution", type=click.Choice([word.value for word in Resolution]))
@click.option("--reason", required=True, help="What you found out; kept in the history.")
@click.option("--output", help="The step's output as a JSON object, when it happened.")
@verb
async def resolve(
    context: Context, client: Client, run: str, step: str, resolution: str, reason: str, output: str | None
) -> None:
    """Say what became of an indeterminate STEP of RUN: it happened, run it again, or it failed."""
    run_id = await (await client.views()).resolve_run(run)
    values = _json_object(output, "--output") if output else {}
    answer = await client.resolve(run_id, step, Resolution(resolution), reason=reason, output=values)
    if context.as_json:
        print_json(answer)
    else:
        say(f"{run_id}/{step}  {answer['state']}")


VERBS = (run, runs, show, logs, events, artifacts, cancel, kill, resolve)
