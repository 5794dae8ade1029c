"""The panes that show a run from within; the run and the gate review are made of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from textual import on
from textual.message import Message

from engine.client import Client, Views
from engine.core.states import StepKind, StepState
from engine.store.records import ArtifactRecord, EventRecord, RunDetail, as_json
from engine.wording import clock, size
from tui.safe import safe_text
from tui.screens.run_picture import Picture
from tui.widgets.columns import Column, Row
from tui.widgets.document import Kind
from tui.widgets.documentview import DocumentView
from tui.widgets.linetable import LineTable
from tui.widgets.logview import LogView
from tui.widgets.pane import Pane
from tui.widgets.rowview import RowView
from tui.widgets.textview import TextView

EVENTS_SHOWN = 1000
_PLACE = ("step", "attempt")


class TextPane(Pane):
    """A pane around one view of text, which tells its status at the right of the title."""

    @on(TextView.StatusChanged)
    def _status(self, event: TextView.StatusChanged) -> None:
        self.note = event.view.status


class LogPane(TextPane):
    """The log of one attempt."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 # Textual's name
        self._view = LogView()
        self._shown: tuple[Path | None, str] | None = None
        super().__init__("Log", self._view, id=id)

    def show(self, picture: Picture, client: Client) -> None:
        """Show the log of the picture's attempt; a log that is in view already stays as it is."""
        step, attempt = picture.step, picture.attempt
        path = client.attempt_log(attempt.run, attempt.step, attempt.number) if attempt else None
        of = f" of {picture.attempts[-1].number}" if picture.picked is not None and picture.attempts else ""
        self.title = f"Log {step.id}" + (f" attempt {attempt.number}{of}" if attempt else "")
        wanted = (path, _no_log(step.kind, step.state))
        if wanted != self._shown:
            self._shown = wanted
            self._view.show(path, empty=wanted[1])

    def poll(self) -> None:
        if self._view.is_on_screen:
            self._view.poll()


def _no_log(kind: StepKind, state: StepState) -> str:
    if kind is StepKind.GATE:
        return "A gate prints nothing: a person decides it."
    return "It has printed nothing." if state.is_final else "It has printed nothing yet."


class StatePane(TextPane):
    """Shared state, inputs and caveats as one JSON document."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 # Textual's name
        self._view = DocumentView()
        self._raw = b""
        super().__init__("State, inputs, caveats", self._view, id=id)

    def show(self, detail: RunDetail) -> None:
        caveats = [as_json(caveat) for caveat in detail.caveats]
        raw = document({"state": detail.state, "inputs": detail.inputs, "caveats": caveats})
        if raw != self._raw:
            self._raw = raw
            self._view.show(raw, kind=Kind.JSON, keep_place=True)


class EventsPane(Pane):
    """The events of a run, the latest first."""

    class Chosen(Message):
        """The operator wants to see all of an event."""

        def __init__(self, event: EventRecord) -> None:
            super().__init__()
            self.event = event

    def __init__(self, title: str = "Events, latest first", *, id: str | None = None) -> None:  # noqa: A002 # Textual's name
        columns = (
            Column("SEQ", 6, align="right", priority=5),
            Column("TIME", 8, priority=8),
            Column("EVENT", 20, priority=9),
            Column("STEP", 14, priority=7),
            Column("BY", 9, priority=6),
            Column("WHAT", share=3, minimum=12, priority=8),
        )
        self._table = LineTable(columns, empty="No events.")
        self._events: dict[str, EventRecord] = {}
        super().__init__(title, self._table, id=id)

    async def load(self, views: Views, run: str) -> None:
        events = await views.latest_events(run, limit=EVENTS_SHOWN)
        self._events = {str(event.seq): event for event in events}
        self._table.set_rows([_event_row(event) for event in events])
        self._tell()

    def _tell(self) -> None:
        more = "+" if len(self._events) == EVENTS_SHOWN else ""
        self.note = f"{self._table.position}{more}"

    @on(RowView.Highlighted)
    def _moved(self) -> None:
        self._tell()

    @on(RowView.Opened)
    def _opened(self, message: RowView.Opened) -> None:
        message.stop()
        self.post_message(self.Chosen(self._events[message.key]))


def _event_row(event: EventRecord) -> Row:
    step = event.step or ""
    if event.attempt is not None:
        step += f"/{event.attempt}"
    data = "  ".join(
        f"{key}={brief(value)}" for key, value in event.data.items() if value and key not in _PLACE
    )
    reason = f"“{event.reason}”  " if event.reason else ""
    return Row(
        str(event.seq),
        (
            str(event.seq),
            clock(event.at),
            event.type,
            step,
            event.actor,
            safe_text(reason + data, limit=400),
        ),
    )


class ArtifactsPane(Pane):
    """The files that a run's steps kept."""

    class Chosen(Message):
        """The operator wants to see an artifact."""

        def __init__(self, artifact: ArtifactRecord) -> None:
            super().__init__()
            self.artifact = artifact

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 # Textual's name
        columns = (
            Column("NAME", share=2, minimum=16, priority=9),
            Column("STEP", share=1, minimum=10, priority=8),
            Column("TRY", 4, align="right", priority=3),
            Column("SIZE", 9, align="right", priority=7),
            Column("SHA-256", 12, priority=5),
        )
        self._table = LineTable(columns, empty="No step has kept a file.")
        self._artifacts: dict[str, ArtifactRecord] = {}
        super().__init__("Artifacts", self._table, id=id)

    def show(self, detail: RunDetail) -> None:
        self._artifacts = {f"{item.step}/{item.name}": item for item in detail.artifacts}
        self._table.set_rows([_artifact_row(key, item) for key, item in self._artifacts.items()])
        self.note = self._table.position if self._artifacts else ""

    @on(RowView.Opened)
    def _opened(self, message: RowView.Opened) -> None:
        message.stop()
        self.post_message(self.Chosen(self._artifacts[message.key]))


def _artifact_row(key: str, artifact: ArtifactRecord) -> Row:
    cells = (artifact.name, artifact.step, str(artifact.attempt), size(artifact.size), artifact.sha256[:12])
    return Row(key, cells)


def document(value: Mapping[str, Any]) -> bytes:
    """A value as a JSON document for the screen."""
    return json.dumps(value, indent=2, ensure_ascii=False).encode("utf-8", "backslashreplace")


def brief(value: object) -> str:
    """A value on one line, cut when it is long."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else text[:79] + "…"
