"""The command line: the headless twin of every console verb, with JSON output and exit codes.

Exit codes: 0 done · 1 the run that was waited for did not succeed · 2 invalid file or arguments ·
3 refused · 4 no such thing · 5 no engine · 6 storage trouble.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence

import click

from engine import __version__
from engine.cli import engines, files, gates, runs
from engine.cli.context import Context, OpenConsole
from engine.client import environment_home
from engine.core.errors import InvalidInput, OpsgateError, StorageTrouble
from engine.output import complain, print_json
from engine.runtime.protocol import error_document, is_text

INTERRUPTED = 130
BROKEN_PIPE = 141


@click.group(
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
)
@click.option(
    "--home", metavar="DIR", help="The home directory; default OPSGATE_HOME, or under XDG_STATE_HOME."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON: one object, or one a line for a list.")
@click.option("--as", "claimed", metavar="NAME", help="Act under this name; it is recorded as a claim.")
@click.version_option(__version__, prog_name="opsgate")
@click.pass_context
def cli(context: click.Context, home: str | None, as_json: bool, claimed: str | None) -> None:
    """The operations console for agent work.

    Without a verb it opens the console, and starts an engine when none is running.
    """
    settings = context.ensure_object(Context)
    settings.home = environment_home(home)
    settings.as_json = as_json or settings.as_json
    settings.claimed = claimed
    if context.invoked_subcommand is None:
        settings.console(settings.home)


for verb in (*files.VERBS, *runs.VERBS, *gates.VERBS, *engines.VERBS):
    cli.add_command(verb)


def main(arguments: Sequence[str] | None = None, *, open_console: OpenConsole | None = None) -> int:
    """Run one command line and return its exit code. No traceback ever reaches the user.

    `open_console` is how the console is opened; it is passed in, since the engine knows no console.
    """
    context = Context(open_console=open_console)
    words = list(sys.argv[1:] if arguments is None else arguments)
    context.as_json = "--json" in words
    words = [word for word in words if word != "--json"]
    return _guarded(lambda: _run(words, context), context)


def _run(words: list[str], context: Context) -> object:
    for word in words:
        if not is_text(word):
            raise InvalidInput(f"The argument {word!r} is not UTF-8. Write it as UTF-8 text.")
    try:
        # Not `cli.main`: a reader that goes away would look like a run that failed (exit code 1).
        with cli.make_context("opsgate", words, obj=context) as click_context:
            return cli.invoke(click_context)
    except click.exceptions.Exit as ending:
        return ending.exit_code


def _guarded(act: Callable[[], object], context: Context) -> int:
    try:
        code = act()
        sys.stdout.flush()
    except OpsgateError as error:
        _report(error, context)
        return error.exit_code
    except click.ClickException as error:
        complain(error.format_message() + _usage_hint(error))
        return 2
    except (KeyboardInterrupt, click.Abort):
        return INTERRUPTED
    except BrokenPipeError:
        _give_up_output()
        return BROKEN_PIPE
    except OSError as error:
        _give_up_output()
        complain(f"The system refused: {error}. Put that right, then try again.")
        return StorageTrouble.exit_code
    return code if isinstance(code, int) else 0


def _give_up_output() -> None:
    """What nobody reads, or has no room, must not fail once more when the interpreter ends."""
    try:
        sys.stdout.flush()
    except OSError:
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, sys.stdout.fileno())
        os.close(nothing)


def _report(error: OpsgateError, context: Context) -> None:
    complain(error.message)
    if context.as_json and error.details:
        print_json({"error": error_document(error)})


def _usage_hint(error: click.ClickException) -> str:
    path = getattr(getattr(error, "ctx", None), "command_path", "opsgate")
    return f" See `{path} --help`."
