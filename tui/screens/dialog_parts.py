"""The parts of a dialog: a button of one row, and a labelled line to type into."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual import events
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Static

from engine.core.display import safe
from engine.core.fields import Field, shown


class Choose(Static, can_focus=True):
    """A button: `> Back` when it has the focus. Tells `Chosen` on enter, space or a click."""

    class Chosen(Message):
        """The operator wants `word`."""

        def __init__(self, word: str) -> None:
            super().__init__()
            self.word = word

    BINDINGS: ClassVar = [
        ("enter,space", "choose", "Choose"),
        ("right", "app.focus_next", "Next"),
        ("left", "app.focus_previous", "Previous"),
    ]
    DEFAULT_CSS = """
    Choose {
        width: auto; height: 1; padding: 0 1; margin-right: 2;
        &.-off { text-style: dim; }
        &:focus { text-style: bold reverse; }
    }
    """

    def __init__(self, word: str, label: str, key: str = "") -> None:
        super().__init__(id=word, markup=False)
        self.word = word
        self._label = f"{key}  {label}" if key else label

    def render(self) -> Text:
        return Text(f"{'>' if self.has_focus else ' '} {self._label}")

    def action_choose(self) -> None:
        self.post_message(self.Chosen(self.word))

    def on_click(self) -> None:
        self.action_choose()


class Entry(Horizontal):
    """A label and an input line; `name` tells the dialog what it is for."""

    DEFAULT_CSS = """
    Entry {
        height: 1;
        & > Static { width: 16; text-style: bold; }
        & > Input { width: 1fr; }
        &:ansi > Input { background: ansi_default; text-style: underline; }
    }
    """

    def __init__(self, name: str, label: str, placeholder: str) -> None:
        self.line = self.make_line(safe(placeholder, limit=200))
        super().__init__(Static(Text(safe(label, limit=60), no_wrap=True)), self.line, name=name)

    def make_line(self, placeholder: str) -> Input:
        return Input(placeholder=placeholder, compact=True, select_on_focus=False)

    @property
    def value(self) -> str:
        return self.line.value


class _Typed(Input):
    """Takes what is typed and nothing that is pasted."""

    def on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()

    def action_paste(self) -> None:
        """Nothing: see the class."""


class TypedEntry(Entry):
    """For a short id that has to be typed: pasting would prove nothing."""

    def make_line(self, placeholder: str) -> Input:
        return _Typed(placeholder=placeholder, compact=True, select_on_focus=False)


def hint(declared: Field) -> str:
    """What may be typed for a field: its type or its words, its default, what it is for."""
    kind = declared.type
    if declared.enum is not None:
        kind = "one of " + ", ".join(str(word) for word in declared.enum)
    elif declared.type == "boolean":
        kind = "true or false"
    elif declared.type in ("list", "object"):
        kind = f"{declared.type} as JSON"
    need = "required" if declared.required else "optional"
    if declared.default is not None:
        need = f"default {shown(declared.default)}"
    return "; ".join(part for part in (kind, need, declared.description) if part)
