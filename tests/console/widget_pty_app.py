"""A console of two tables, run in a pseudo-terminal; `x` answers with a mark once all is painted."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.screen import Screen

from tui.format import state_text
from tui.widgets.columns import Column, Row
from tui.widgets.linetable import LineTable
from tui.widgets.pane import Pane
from tui.widgets.quiet import QuietScreen

MARK = "\x1b]0;painted\x07"
STATES = ("running", "queued", "waiting", "failed", "succeeded")


class TwoTables(App[None]):
    BINDINGS = [("x", "answer"), ("r", "reload")]  # noqa: RUF012 # read once
    ENABLE_COMMAND_PALETTE = False

    def get_default_screen(self) -> Screen[None]:
        return QuietScreen(id="_default")

    def compose(self) -> ComposeResult:
        columns = (Column("STATE", 15), Column("RUN", 8), Column("WORKFLOW"), Column("AGE", 7, align="right"))
        yield Pane("Runs", LineTable(columns, id="runs"))
        yield Pane("Gates", LineTable(columns))

    def on_mount(self) -> None:
        for table in self.query(LineTable):
            table.set_rows(rows(0))
        self.query_one("#runs").focus()

    def action_reload(self) -> None:
        """Five cells of the first table change."""
        self.query_one("#runs", LineTable).set_rows(rows(5))

    def action_answer(self) -> None:
        self.call_after_refresh(self.call_after_refresh, self._answer)

    def _answer(self) -> None:
        if self._driver is not None:
            self._driver.write(MARK)
            self._driver.flush()


def rows(changed: int) -> list[Row]:
    """200 rows; the age of the first `changed` ones is another."""
    return [
        Row(
            str(number),
            (state_text(STATES[number % 5]), f"r-{number}", "enrich", "9s" if number < changed else "8s"),
        )
        for number in range(200)
    ]


if __name__ == "__main__":
    TwoTables().run(mouse=False)
