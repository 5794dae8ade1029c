"""`docs/events.md` names every event with its fields, and its way of checking the chain works."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from engine.core.facts import EVENT_TYPES, AgentReported
from engine.store.records import EventRecord
from tests.docs import generated
from tests.docs.pages import ROOT, blocks, page, rows, sections, words
from tests.support import Operator, workflow

TEXT = page("events.md")
PARTS = sections(TEXT)
TYPES = {words(row[0])[0] for row in rows(PARTS["What the engine records"])}
GREETING = "workflow: greeting\nsteps: [{id: hello, run: [echo, hello], on_failure: halt}]\n"


def test_the_generated_parts_are_current() -> None:
    assert generated.current(TEXT) == TEXT, "run python -m tests.docs.generated"


def test_every_event_type_is_documented() -> None:
    assert set(EVENT_TYPES) - {AgentReported.type} == TYPES


def test_every_field_of_an_event_is_documented() -> None:
    documented = [words(row[0])[0] for row in rows(PARTS["What every event has"])]
    assert documented == list(EventRecord._fields)


def test_every_field_of_the_data_is_explained_where_it_occurs() -> None:
    explained = {(name, words(row[0])[0]) for row in rows(PARTS["The fields"]) for name in words(row[1])}
    said = {
        (words(row[0])[0], name) for row in rows(PARTS["What the engine records"]) for name in words(row[2])
    }
    assert explained == said


def test_every_event_of_the_scripted_agent_is_documented() -> None:
    documented = {words(row[0])[0] for row in rows(PARTS["What agents do"])}
    scripted = (ROOT / "engine/agents/scripted.py").read_text()
    assert set(re.findall(r'"type": "([a-z.]+)"', scripted)) <= documented


def test_the_chain_can_be_checked_as_the_page_says(operator: Operator, tmp_path: Path) -> None:
    operator("run", workflow(tmp_path, GREETING), "--wait")
    operator("engine", "stop")
    database = operator.home / "opsgate.db"
    head = operator.list("events")[-1]["hash"]
    assert checked(database) == (0, f"unbroken up to {head}")
    tamper(database)
    assert checked(database) == (1, "event 3 does not follow from the one before")


def checked(database: Path) -> tuple[int, str]:
    """What the page's program says about a record."""
    (program,) = [block.text for block in blocks(TEXT) if block.kind == "python"]
    command = [sys.executable, "-c", program, str(database)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, (done.stdout + done.stderr).strip()


def tamper(database: Path) -> None:
    """Change an event, as somebody with the file in hand can."""
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("DROP TRIGGER event_is_never_changed")
        connection.execute("UPDATE event SET actor = 'nobody' WHERE seq = 3")
