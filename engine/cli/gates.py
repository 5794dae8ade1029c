"""Verbs about gates: the inbox, one gate, approve, reject."""

from __future__ import annotations

import json
import time

import click

from engine.cli.context import Context, assignments, verb
from engine.client import Client
from engine.core.display import safe_bytes
from engine.core.errors import Refused
from engine.core.states import Verdict
from engine.output import pairs, print_json, say, table
from engine.store.records import GateRecord, as_json
from engine.wording import duration, moment, size

SHOWN_BYTES = 64 * 1024


@click.command()
@click.option("--all", "everything", is_flag=True, help="Decided and closed ones, too.")
@verb
async def gates(context: Context, client: Client, everything: bool) -> None:
    """List the gates that wait for a decision, the gravest and most urgent first."""
    records = await (await client.views()).gates(open_only=not everything)
    if context.as_json:
        for record in records:
            print_json(as_json(record))
        return
    now = time.time()
    rows = [
        (item.id, item.consequence.value, item.state.value, _due(item, now), item.run, item.title)
        for item in records
    ]
    table(("GATE", "CONSEQUENCE", "STATE", "DUE", "RUN", "TITLE"), rows)


def _due(record: GateRecord, now: float) -> str:
    if record.deadline is None:
        return "-"
    left = record.deadline - now
    return duration(left) if left > 0 else "overdue"


@click.command()
@click.argument("gate")
@verb
async def gate(context: Context, client: Client, gate: str) -> None:
    """Show one GATE with everything that is to be judged, and its digest."""
    views = await client.views()
    record = await views.gate(await views.resolve_gate(gate))
    if context.as_json:
        print_json(as_json(record))
    else:
        _print_gate(client, record)


def _print_gate(client: Client, record: GateRecord) -> None:
    candidates = [*record.candidates["users"], *(f"role {role}" for role in record.candidates["roles"])]
    pairs(
        [
            ("gate", f"{record.id}  ({record.state.value})"),
            ("question", record.title),
            ("consequence", record.consequence.value),
            ("run", f"{record.run}, step {record.step}"),
            ("opened", moment(record.opened_at, time.time())),
            ("due", "" if record.deadline is None else moment(record.deadline, time.time())),
            ("who may decide", ", ".join(candidates) or "any approver"),
            ("approvals", f"{record.approvals} of {record.quorum}"),
            ("allowed", ", ".join(word.value for word in record.allowed)),
            ("form", ", ".join(record.form)),
        ]
    )
    for caveat in record.content.get("caveats", []):
        say(f"caveat  {caveat['step']}: {caveat['text']}", newlines=False)
    for item in record.content.get("show", []):
        _print_shown(client, item)
    say("")
    for decision in record.decisions:
        author = f"{decision.actor} ({decision.identity})"
        say(f"{decision.verdict.value} by {author}: {decision.reason or '-'}", newlines=False)
    say(f"digest  {record.digest}")


def _print_shown(client: Client, item: dict[str, object]) -> None:
    """One exhibit, each line behind a bar: whatever it says, it cannot pose as a line of ours."""
    say(f"\n-- {item['item']}")
    if item["kind"] == "missing":
        say("(nothing: the step that makes it did not run)")
    elif item["kind"] == "value":
        value = item["value"]
        _say_barred(value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False))
    else:
        raw = client.artifact(str(item["sha256"])).read_bytes()
        _say_barred(safe_bytes(raw[:SHOWN_BYTES], limit=SHOWN_BYTES, newlines=True))
        if len(raw) > SHOWN_BYTES:
            say(f"(cut here: {size(len(raw))} in all; see `opsgate artifacts`)")


def _say_barred(text: str) -> None:
    for line in text.rstrip("\n").split("\n"):
        say(f"| {line}", newlines=False)


@click.command()
@click.argument("gate")
@click.option("--digest", help="The digest of what you judged, or its first 12 characters or more.")
@click.option("--reason", help="Why; kept in the history.")
@click.option("--set", "values", multiple=True, metavar="K=V", help="A value of the gate's form.")
@verb
async def approve(
    context: Context,
    client: Client,
    gate: str,
    digest: str | None,
    reason: str | None,
    values: tuple[str, ...],
) -> None:
    """Approve a GATE. Without --digest, show what would be decided (exit code 3)."""
    await _decide(context, client, gate, Verdict.APPROVE, digest, reason, values)


@click.command()
@click.argument("gate")
@click.option("--digest", help="The digest of what you judged, or its first 12 characters or more.")
@click.option("--reason", help="Why; required, kept in the history.")
@verb
async def reject(context: Context, client: Client, gate: str, digest: str | None, reason: str | None) -> None:
    """Reject a GATE. Without --digest, show what would be decided (exit code 3)."""
    await _decide(context, client, gate, Verdict.REJECT, digest, reason, ())


async def _decide(
    context: Context,
    client: Client,
    prefix: str,
    verdict: Verdict,
    digest: str | None,
    reason: str | None,
    values: tuple[str, ...],
) -> None:
    views = await client.views()
    record = await views.gate(await views.resolve_gate(prefix))
    if digest is None:
        if context.as_json:
            print_json(as_json(record))
        else:
            _print_gate(client, record)
        raise Refused(
            f"Nothing is decided yet. To {verdict.value} exactly this, add --digest {record.digest[:12]}."
        )
    answer = await client.decide(
        record.id, verdict, _full(digest, record), reason=reason, form=assignments(values, "--set")
    )
    if context.as_json:
        print_json({"id": record.id, **answer})
    else:
        missing = record.quorum - int(answer["approvals"])
        waits = f", {missing} more to go" if answer["state"] == "open" and missing > 0 else ""
        say(f"{record.id}  {answer['state']}{waits}")


def _full(digest: str, record: GateRecord) -> str:
    """The whole digest when at least 12 of its characters were given; otherwise what was given."""
    return record.digest if len(digest) >= 12 and record.digest.startswith(digest) else digest


VERBS = (gates, gate, approve, reject)
