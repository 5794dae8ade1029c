"""`docs/console.md`: its table of commands is the console's own."""

from __future__ import annotations

from tests.docs import generated
from tests.docs.pages import DOCS, page
from tui.command_text import key_label
from tui.commands import COMMANDS


def test_the_table_of_commands_is_current() -> None:
    assert generated.names(page("console.md")) == ["console.commands"]
    assert generated.current(page("console.md")) == page("console.md"), "run python -m tests.docs.generated"


def test_every_key_and_verb_is_documented() -> None:
    text = page("console.md")
    for command in COMMANDS:
        assert command.help in text
        assert all(f"`{key_label(key)}`" in text for key in command.keys)
        assert all(f"`:{word}" in text for word in command.words)


def test_the_screenshot_is_a_drawing_of_the_console() -> None:
    drawing = (DOCS / "console.svg").read_text(encoding="utf-8")
    assert drawing.startswith("<svg")
    assert "url(http" not in drawing, "it must not fetch anything"
    for word in ("Queues", "Gates", "Runs", "release"):
        assert word in drawing
