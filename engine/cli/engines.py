"""Verbs about the engine and its home: engine, queues, doctor, demo."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from engine.cli.context import Context, verb
from engine.client import Client
from engine.output import pairs, print_json, say, table
from engine.store.records import as_json
from engine.wording import age, moment

MARKS = {True: "ok", False: "no"}


@click.command()
@verb
async def queues(context: Context, client: Client) -> None:
    """List the queues: what runs, what waits, how long the oldest has waited."""
    records = await (await client.views()).queues()
    if context.as_json:
        for record in records:
            print_json(as_json(record))
        return
    now = datetime.now(UTC).timestamp()
    rows = [
        (item.name, item.state.value, f"{item.running}/{item.slots}", str(item.queued), age(item.oldest, now))
        for item in records
    ]
    table(("QUEUE", "STATE", "RUNNING", "QUEUED", "OLDEST"), rows)


@click.group()
def engine() -> None:
    """The engine of this home: run, start, stop, status."""


@engine.command("run")
@click.option("--slots", type=click.IntRange(1, 1024), default=8, show_default=True)
@click.pass_obj
def run_engine(context: Context, slots: int) -> int:
    """Run the engine in the foreground, for a service manager or a container."""
    from engine.__main__ import run  # the whole engine, needed by this verb alone

    return run(context.home, slots)


@engine.command()
@click.option("--slots", type=click.IntRange(1, 1024), help="Attempts at a time; default 8.")
@verb
async def start(context: Context, client: Client, slots: int | None) -> None:
    """Start the engine detached; fine when one is already running."""
    _print_status(context, await client.ensure_engine(slots=slots))


@engine.command()
@verb
async def status(context: Context, client: Client) -> None:
    """Say who owns this home; exit code 5 when nobody does."""
    _print_status(context, await client.status())


@engine.command()
@click.option("--drain", "how", flag_value="drain", help="Wait for the attempts in flight.")
@click.option("--kill", "how", flag_value="kill", help="End the attempts in flight.")
@verb
async def stop(context: Context, client: Client, how: str | None) -> None:
    """Stop the engine. Attempts in flight go on, and the next engine takes them over."""
    answer = await client.stop(how or "detach")
    await client.gone()
    if context.as_json:
        print_json({**answer, "stopped": True})
    else:
        say(f"engine {answer['pid']} stopped ({answer['how']})")


def _print_status(context: Context, status: dict[str, object]) -> None:
    started = float(str(status["started_at"]))
    if context.as_json:
        at = datetime.fromtimestamp(started, UTC).isoformat().replace("+00:00", "Z")
        print_json({**status, "started_at": at})
        return
    pairs(
        [
            ("engine", f"process {status['pid']}, version {status['version']}, epoch {status['epoch']}"),
            ("home", str(status["home"])),
            ("socket", str(status["socket"])),
            ("since", moment(started, datetime.now(UTC).timestamp())),
            ("attempts", f"{status['active']} in flight, {status['queued']} queued"),
            ("runs", f"{status['runs']} not ended"),
        ]
    )


@click.command()
@verb
async def doctor(context: Context, client: Client) -> int:
    """Check this installation and this home, and say what to do about what is wrong."""
    from engine.doctor import examine  # looks at much that no other verb needs

    findings = await examine(client)
    for finding in findings:
        if context.as_json:
            print_json(
                {"check": finding.name, "ok": finding.ok, "detail": finding.detail, "advice": finding.advice}
            )
        else:
            say(f"{MARKS[finding.ok]:<3} {finding.name:<12} {finding.detail}")
            if finding.advice:
                say(f"    {'':<12} {finding.advice}")
    return 0 if all(finding.ok for finding in findings) else 1


@click.command()
@click.option(
    "--keep", type=click.Path(path_type=Path), metavar="DIR", help="Make the home here and keep it."
)
@click.option("--headless", is_flag=True, help="Without the console: run everything and print what happened.")
@click.pass_obj
def demo(context: Context, keep: Path | None, headless: bool) -> int:
    """A throw-away home with sample workflows, history and live runs, and the console on it."""
    from engine.demo import run_demo  # the sample repository and its git history, needed by this verb alone

    return run_demo(keep, None if headless else context.console)


VERBS = (queues, engine, doctor, demo)
