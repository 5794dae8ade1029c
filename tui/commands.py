"""The command table: every key, `:` verb, palette entry and help line of the console comes from here.

A screen asks for the scopes that are live on it. Digits name views at the top level (`VIEWS`) and tabs inside
a run or a review. A focused pane may shadow a key of its screen (`c` copies in a log, cancels in a run), but
scopes that share one focus never do. `command_text` makes the footer, the help and the `:` line of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from engine.core.states import GateState, RunState, StepState


class Scope(StrEnum):
    GLOBAL = "global"
    VIEWS = "views"
    LISTS = "lists"
    RUNS = "runs"
    RUN = "run"
    LOG = "log"
    DOCUMENT = "document"
    GATES = "gates"
    REVIEW = "review"
    HISTORY = "history"


class Tier(IntEnum):
    """How much stands between a key and its effect."""

    PLAIN = 0  # nothing: it changes nothing, or is undone at once
    CONFIRM = 1  # a dialog, its focus on Back
    CHALLENGE = 2  # a dialog that wants the short id typed


@dataclass(frozen=True, slots=True)
class Situation:
    """What the commands depend on: the run, the step and the gate under the cursor, and what may be done.

    `gate_changed` says that the gate is no longer as it was shown, `gate_damaged` that what is stored is not
    what it names.
    """

    run: RunState | None = None
    step: StepState | None = None
    gate: GateState | None = None
    gate_changed: bool = False
    gate_damaged: bool = False
    open_gates: int = 0
    read_only: bool = False
    engine_answers: bool = True


Reason = str
"""Why a command is not possible now; empty when it is."""

Check = Callable[[Situation], Reason]


def _always(_: Situation) -> Reason:
    return ""


def _run(now: Situation) -> Reason:
    return "" if now.run else "no run is selected"


def _live_run(now: Situation) -> Reason:
    return _run(now) or ("the run has ended" if now.run and now.run.is_final else "")


def _gate(now: Situation) -> Reason:
    return "" if now.gate else "no gate is selected"


def _open_gate(now: Situation) -> Reason:
    return _gate(now) or ("" if now.gate is GateState.OPEN else f"the gate is {now.gate}")


def _unchanged_gate(now: Situation) -> Reason:
    changed = "it is not what was shown any more: look at it again with ctrl+r"
    return _open_gate(now) or (changed if now.gate_changed else "")


def _sound_gate(now: Situation) -> Reason:
    damaged = "what it shows is damaged, see the red lines"
    return _unchanged_gate(now) or (damaged if now.gate_damaged else "")


def _unknown_step(now: Situation) -> Reason:
    known = f"the step is {now.step}; only an indeterminate one has to be resolved"
    if now.step is None:
        return "no step is selected"
    return "" if now.step is StepState.INDETERMINATE else known


def _any_gate(now: Situation) -> Reason:
    return "" if now.open_gates else "no gate is open"


@dataclass(frozen=True, slots=True)
class Command:
    """One thing an operator can do.

    `keys` are named as Textual names them, single characters as themselves. `words` are what `:` accepts, the
    first one is shown; `arguments` hints at what follows it. `hint` is the footer's label, empty for none.
    `action` is what the key runs, by default the id with an underscore for the dot. `writes` marks what only
    the engine can do.
    """

    id: str
    title: str
    keys: tuple[str, ...]
    scopes: tuple[Scope, ...]
    help: str
    tier: Tier = Tier.PLAIN
    words: tuple[str, ...] = ()
    arguments: str = ""
    hint: str = ""
    action: str = ""
    writes: bool = False
    enabled: Check = _always

    @property
    def action_name(self) -> str:
        return self.action or self.id.replace(".", "_")

    @property
    def moves(self) -> bool:
        """Whether it only moves the cursor: no use in a palette."""
        return self.id.startswith(("move.", "mark."))


def why_not(command: Command, now: Situation) -> Reason:
    """Why `command` is not possible now; empty when it is."""
    if command.writes and now.read_only:
        return "this console is read-only"
    if command.writes and not now.engine_answers:
        return "the engine does not answer"
    return command.enabled(now)


def in_scopes(scopes: Iterable[Scope]) -> list[Command]:
    """The commands live in `scopes`: the last, most specific scope first, in table order inside each."""
    found: dict[str, Command] = {}
    for scope in reversed(list(scopes)):
        for command in COMMANDS:
            if scope in command.scopes:
                found.setdefault(command.id, command)
    return list(found.values())


def by_id(command_id: str) -> Command:
    """The command of that id. Raises `KeyError` when the table has none."""
    return _BY_ID[command_id]


_EVERYWHERE = (Scope.GLOBAL,)
_VIEWS = (Scope.VIEWS,)
_LISTS = (Scope.LISTS,)
_LOG = (Scope.LOG,)
_RUN = (Scope.RUN,)
_REVIEW = (Scope.REVIEW,)
_HISTORY = (Scope.HISTORY,)
_PANES = (Scope.LISTS, Scope.LOG, Scope.DOCUMENT)
_TEXT = (Scope.LOG, Scope.DOCUMENT)
_ONE_RUN = (Scope.RUNS, Scope.RUN)
_TABS = (Scope.RUN, Scope.REVIEW)


def _view(digit: int, name: str, title: str, sentence: str) -> Command:
    keys, action = (str(digit),), f"show_view('{name}')"
    return Command(f"view.{name}", title, keys, _VIEWS, sentence, words=(name,), action=action)


def _tab(digit: int) -> Command:
    keys, action = (str(digit),), f"show_tab({digit})"
    return Command(f"tab.{digit}", f"Tab {digit}", keys, _TABS, f"Show tab {digit}.", action=action)


COMMANDS: tuple[Command, ...] = (
    _view(1, "dash", "Dashboard", "Queues, active runs, gates and the log of the selected step."),
    _view(2, "runs", "Runs", "Runs that are active or queued."),
    _view(3, "gates", "Gates", "What waits for a person, by consequence and deadline."),
    _view(4, "history", "History", "Runs that have ended."),
    _view(5, "queues", "Queues", "Depth, limit and oldest entry of each queue."),
    *(_tab(digit) for digit in range(1, 10)),
    Command("tab.next", "Next tab", (">",), _TABS, "Show the next tab.", action="move_tab(1)"),
    Command("tab.previous", "Previous tab", ("<",), _TABS, "Show the tab before.", action="move_tab(-1)"),
    Command("find", "Find", ("/",), _EVERYWHERE, "Filter a list, or search a text.", hint="find"),
    Command("command", "Command line", (":",), _EVERYWHERE, "Type a command.", hint="command"),
    Command(
        "help", "Help", ("?",), _EVERYWHERE, "Keys and commands of this screen.", words=("help",), hint="help"
    ),
    Command("palette", "Palette", ("ctrl+p",), _EVERYWHERE, "Search all commands.", action="command_palette"),
    Command(
        "back", "Back", ("escape",), _EVERYWHERE, "Clear the filter, else close, else go back.", hint="back"
    ),
    Command("last_view", "Last view", ("-",), _EVERYWHERE, "The view before this one."),
    Command("next_gate", "Next gate", ("!",), _EVERYWHERE, "Review the most urgent gate.", enabled=_any_gate),
    Command("pane.next", "Next pane", ("tab",), _EVERYWHERE, "Focus the next pane.", action="app.focus_next"),
    Command(
        "pane.previous",
        "Previous pane",
        ("shift+tab",),
        _EVERYWHERE,
        "Focus the pane before.",
        action="app.focus_previous",
    ),
    Command("zoom", "Zoom", ("z",), _EVERYWHERE, "Give the focused pane the whole screen, and back."),
    Command("repaint", "Repaint", ("ctrl+l",), _EVERYWHERE, "Draw the whole screen again."),
    Command("resync", "Resync", ("ctrl+r",), _EVERYWHERE, "Read everything again.", words=("resync",)),
    Command(
        "quit",
        "Quit",
        ("q",),
        _EVERYWHERE,
        "Leave the console; the engine and its runs go on.",
        words=("quit", "q"),
    ),
    Command("move.down", "Down", ("j", "down"), _PANES, "One line down.", action="move(1)"),
    Command("move.up", "Up", ("k", "up"), _PANES, "One line up.", action="move(-1)"),
    Command("move.top", "Top", ("g", "home"), _PANES, "To the first line.", action="move_to_edge(-1)"),
    Command("move.bottom", "Bottom", ("G", "end"), _PANES, "To the last line.", action="move_to_edge(1)"),
    Command(
        "move.half_down", "Half page down", ("ctrl+d",), _PANES, "Half a page down.", action="move_pages(0.5)"
    ),
    Command(
        "move.half_up", "Half page up", ("ctrl+u",), _PANES, "Half a page up.", action="move_pages(-0.5)"
    ),
    Command("move.page_down", "Page down", ("pagedown",), _PANES, "One page down.", action="move_pages(1)"),
    Command("move.page_up", "Page up", ("pageup",), _PANES, "One page up.", action="move_pages(-1)"),
    Command("move.left", "Left", ("h", "left"), _PANES, "Scroll left.", action="shift(-1)"),
    Command("move.right", "Right", ("l", "right"), _PANES, "Scroll right.", action="shift(1)"),
    Command("open", "Open", ("enter",), _LISTS, "Open what the cursor is on.", hint="open"),
    Command("mark.toggle", "Mark", ("space",), _LISTS, "Mark the row, or take the mark away."),
    Command("mark.range", "Mark range", ("v",), _LISTS, "Start a range; v again marks it."),
    Command("mark.all", "Mark all", ("*",), _LISTS, "Mark every row of the list."),
    Command("mark.none", "Unmark all", ("\\",), _LISTS, "Take all marks away."),
    Command("copy.id", "Copy id", ("y",), (Scope.LISTS, Scope.RUN), "Copy the id of the row."),
    Command(
        "copy.command",
        "Copy as command",
        ("Y",),
        (Scope.LISTS, Scope.RUN),
        "Copy the command line that shows the row.",
    ),
    Command(
        "gate.review",
        "Review gate",
        ("a",),
        (Scope.RUNS, Scope.RUN, Scope.GATES),
        "Open the review of the gate.",
        words=("gate",),
        arguments="GATE",
        hint="review",
        enabled=_gate,
    ),
    Command(
        "run.cancel",
        "Cancel run",
        ("c",),
        _ONE_RUN,
        "End the run: its processes are stopped, nothing more starts.",
        Tier.CONFIRM,
        words=("cancel",),
        arguments="RUN…",
        hint="cancel",
        writes=True,
        enabled=_live_run,
    ),
    Command(
        "run.kill",
        "Kill run",
        ("K",),
        _ONE_RUN,
        "End the run at once; its steps get no time to clean up.",
        Tier.CHALLENGE,
        words=("kill",),
        arguments="RUN…",
        writes=True,
        enabled=_live_run,
    ),
    Command(
        "run.new",
        "New run",
        ("n",),
        (Scope.RUNS,),
        "Start a workflow.",
        Tier.CONFIRM,
        words=("run",),
        arguments="WORKFLOW [K=V]…",
        hint="new",
        writes=True,
    ),
    Command("run.show", "Show run", (), _ONE_RUN, "Open a run.", words=("show",), arguments="RUN"),
    Command(
        "run.log",
        "Log",
        ("L",),
        _ONE_RUN,
        "The run's log.",
        words=("logs",),
        arguments="RUN [STEP]",
        enabled=_run,
    ),
    Command(
        "run.state",
        "State",
        ("s",),
        _ONE_RUN,
        "The run's shared state.",
        words=("state",),
        arguments="RUN",
        enabled=_run,
    ),
    Command(
        "run.events",
        "Events",
        ("i",),
        _ONE_RUN,
        "The run's history.",
        words=("events",),
        arguments="RUN",
        enabled=_run,
    ),
    Command(
        "run.artifacts",
        "Artifacts",
        ("A",),
        _ONE_RUN,
        "The run's artifacts.",
        words=("artifacts",),
        arguments="RUN",
        enabled=_run,
    ),
    Command(
        "run.resolve",
        "Resolve step",
        ("r",),
        _RUN,
        "Say what became of a step whose outcome is unknown.",
        Tier.CONFIRM,
        words=("resolve",),
        arguments="RUN STEP",
        hint="resolve",
        writes=True,
        enabled=_unknown_step,
    ),
    Command("step.next", "Next step", ("]",), _RUN, "To the next step.", action="move_step(1)"),
    Command("step.previous", "Previous step", ("[",), _RUN, "To the step before.", action="move_step(-1)"),
    Command("attempt.next", "Later attempt", ("}",), _RUN, "Its later log.", action="move_attempt(1)"),
    Command(
        "attempt.previous",
        "Earlier attempt",
        ("{",),
        _RUN,
        "The log of the attempt before.",
        action="move_attempt(-1)",
    ),
    Command(
        "gate.approve",
        "Approve",
        ("a",),
        _REVIEW,
        "Approve the gate, after a dialog.",
        Tier.CONFIRM,
        words=("approve",),
        arguments="GATE",
        hint="approve…",
        writes=True,
        enabled=_sound_gate,
    ),
    Command(
        "gate.reject",
        "Reject",
        ("x",),
        _REVIEW,
        "Reject the gate with a reason, after a dialog.",
        Tier.CONFIRM,
        words=("reject",),
        arguments="GATE",
        hint="reject…",
        writes=True,
        enabled=_unchanged_gate,
    ),
    Command(
        "gate.next",
        "Next gate",
        ("]",),
        _REVIEW,
        "Review the next gate.",
        hint="next",
        action="move_gate(1)",
        enabled=_any_gate,
    ),
    Command(
        "gate.previous",
        "Previous gate",
        ("[",),
        _REVIEW,
        "Review the gate before.",
        action="move_gate(-1)",
        enabled=_any_gate,
    ),
    Command("text.next", "Next match", ("n",), _TEXT, "To the next match of the search."),
    Command("text.previous", "Previous match", ("N",), _TEXT, "To the match before."),
    Command("text.copy", "Copy line", ("c",), _TEXT, "Copy the line."),
    Command("log.follow", "Follow", ("f",), _LOG, "Follow the end of the log, or stop.", hint="follow"),
    Command("log.wrap", "Wrap", ("w",), _LOG, "Wrap long lines, or not.", hint="wrap"),
    Command(
        "log.next_error", "Next error", ("e",), _LOG, "To the next line that tells of an error.", hint="error"
    ),
    Command("log.previous_error", "Previous error", ("E",), _LOG, "To the error line before."),
    Command("history.next", "Next page", ("n",), _HISTORY, "Older runs.", hint="older"),
    Command("history.previous", "Previous page", ("p",), _HISTORY, "Newer runs.", hint="newer"),
)

_BY_ID = {command.id: command for command in COMMANDS}
