"""Dialogs: what stands between a key and its effect.

Nothing is preselected but Back. A dialog says exactly what will happen and asks for what is needed: a reason,
typed values, a short id. It answers only to keys that were meant for it (see `Arming`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import ClassVar

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from engine.core.display import safe
from engine.core.fields import Field, check
from tui.screens.arming import Arming, Press
from tui.screens.dialog_parts import Choose, Entry, TypedEntry, hint

BACK = "back"
REASON, TYPED = "-reason", "-typed"  # entries that no field can be called after


class Reason(Enum):
    """Whether a dialog asks why."""

    NONE = auto()
    OPTIONAL = auto()
    REQUIRED = auto()


@dataclass(frozen=True, slots=True)
class Choice:
    """A way to answer. `key` chooses it at once, if the dialog wants nothing typed; `word` is the answer."""

    word: str
    label: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """What a dialog shows and asks.

    `lines` say what will happen, `warnings` what to think of before. `typed` is what has to be typed before
    anything but Back works. `fields` are values to be given; texts are checked against them. `obstacles`
    name what has to be done first, elsewhere: while there are any, only Back works.
    """

    title: str
    lines: tuple[str, ...]
    choices: tuple[Choice, ...]
    warnings: tuple[str, ...] = ()
    obstacles: tuple[str, ...] = ()
    reason: Reason = Reason.NONE
    fields: Mapping[str, Field] = field(default_factory=dict)
    typed: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the operator chose. `values` holds a text for each field that was filled in."""

    choice: str
    reason: str | None
    values: Mapping[str, str]


def confirm(title: str, *lines: str, act: str, reason: Reason = Reason.OPTIONAL) -> Question:
    """A dialog of tier 1: `y`, or enter on the button called `act`."""
    return Question(title, lines, (Choice("yes", act, "y"),), reason=reason)


def challenge(title: str, *lines: str, act: str, typed: str, reason: Reason = Reason.OPTIONAL) -> Question:
    """A dialog of tier 2: the button called `act` works once `typed` was typed."""
    return Question(title, lines, (Choice("yes", act),), reason=reason, typed=typed)


class Dialog(ModalScreen[Answer | None]):
    """Puts a question; its result is None for Back. `clock` gives seconds, and is there for tests."""

    clock: ClassVar[Callable[[], float]] = time.monotonic
    AUTO_FOCUS = f"#{BACK}"
    BINDINGS: ClassVar = [("escape", "back", "Back")]
    DEFAULT_CSS = """
    Dialog {
        align: center middle;
        background: transparent;
        & > #box {
            width: 78; max-width: 100%; height: auto; max-height: 100%;
            padding: 0 1; border: round $primary; background: $surface;
        }
        &:ansi > #box { border: ascii ansi_default; background: ansi_default; }
        & #title { text-style: bold; margin-bottom: 1; }
        & #asked { margin-bottom: 1; height: auto; max-height: 14; scrollbar-size-vertical: 1; }
        & .warning { color: $text-warning; }
        & .obstacle { color: $text-error; }
        & #state { height: 1; margin-top: 1; text-style: dim; }
        & #buttons { height: 1; }
    }
    """

    def __init__(self, question: Question) -> None:
        super().__init__()
        self._question = question
        self._arming = Arming(type(self).clock)

    def compose(self) -> ComposeResult:
        asked = self._question
        with Vertical(id="box"):
            yield Static(_text(asked.title), id="title")
            with VerticalScroll(id="asked", can_focus=False):
                yield from _paragraphs(asked.lines, "line")
                yield from _paragraphs(asked.warnings, "warning")
                yield from _paragraphs(asked.obstacles, "obstacle")
            if not asked.obstacles:
                yield from self._entries()
            yield Static(id="state", markup=False)
            with Horizontal(id="buttons"):
                yield Choose(BACK, "Back", "esc")
                for choice in asked.choices:
                    yield Choose(choice.word, choice.label, choice.key)

    def _entries(self) -> Iterator[Entry]:
        asked = self._question
        for name, declared in asked.fields.items():
            yield Entry(name, name, hint(declared))
        if asked.reason is not Reason.NONE:
            need = "required" if asked.reason is Reason.REQUIRED else "optional"
            yield Entry(REASON, "Reason", f"{need}; kept in the history")
        if asked.typed:
            yield TypedEntry(TYPED, f"Type {asked.typed}", "typed by hand, to go on")

    def on_mount(self) -> None:
        self._tell()
        self.call_after_refresh(self._arming.painted)

    def on_key(self, event: events.Key) -> None:
        """Sees every key that no input line took, before any binding does."""
        press = self._arming.hear(event.key)
        if event.key == "escape":
            return
        if press is Press.EARLY or (press is Press.REPEATED and event.key in self._deciding):
            event.stop()
            event.prevent_default()
            self._say("That key came too soon to be meant for this: press it again.")
        elif choice := next((item for item in self._question.choices if item.key == event.key), None):
            event.stop()
            self._choose(choice.word)

    @property
    def _deciding(self) -> set[str]:
        return {"enter", "space", *(choice.key for choice in self._question.choices if choice.key)}

    @on(Choose.Chosen)
    def _chosen(self, event: Choose.Chosen) -> None:
        self._choose(event.word)

    @on(Input.Changed)
    def _changed(self) -> None:
        self._tell()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        """Enter goes to the next line, never to a button: a held key must not end on one."""
        lines = [entry.line for entry in self.query(Entry)]
        after = lines[lines.index(event.input) + 1 :]
        if after:
            after[0].focus()

    def action_back(self) -> None:
        """Leave the input line, else the dialog."""
        if isinstance(self.focused, Input):
            self.query_one(f"#{BACK}").focus()
        else:
            self.dismiss(None)

    def _choose(self, word: str) -> None:
        if not self._arming.armed:
            return
        if word == BACK:
            self.dismiss(None)
        elif missing := self._missing():
            self._say(missing)
        else:
            self.dismiss(Answer(word, self._value(REASON).strip() or None, self._values()))

    def _missing(self) -> str:
        """What is to be given before anything but Back works; empty when nothing is."""
        asked = self._question
        if asked.obstacles:
            return "Not possible now: go back, and see to what is said above."
        problems = check(asked.fields, self._values(), texts=True).problems
        if problems:
            return f"{problems[0]}."
        if asked.reason is Reason.REQUIRED and not self._value(REASON).strip():
            return "A reason is needed: tab to its line and say why."
        if self._value(TYPED).strip() != asked.typed:
            return f"Type {asked.typed} to go on."
        return ""

    def _values(self) -> dict[str, str]:
        given = {name: self._value(name) for name in self._question.fields}
        return {name: value for name, value in given.items() if value}

    def _value(self, name: str) -> str:
        return next((entry.value for entry in self.query(Entry) if entry.name == name), "")

    def _tell(self) -> None:
        missing = self._missing()
        for choice in self._question.choices:
            button = self.query_one(f"#{choice.word}")
            button.set_class(bool(missing), "-off")
            button.can_focus = not missing  # so that tab leads from Back to the first line to fill in
        self._say(missing or "tab goes to a button, enter does what it says")

    def _say(self, sentence: str) -> None:
        self.query_one("#state", Static).update(_text(sentence), layout=False)


def _paragraphs(lines: Iterable[str], kind: str) -> Iterator[Static]:
    for line in lines:
        yield Static(_text(line), classes=kind)


def _text(sentence: str) -> Text:
    return Text(safe(sentence, limit=1000))
