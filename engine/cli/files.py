"""Verbs about workflow files: validate, graph."""

from __future__ import annotations

from pathlib import Path

import click

from engine.cli.context import Context
from engine.core.errors import InvalidWorkflow, OpsgateError, vars_of
from engine.definition import load, read
from engine.output import complain, print_json, say


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.pass_obj
def validate(context: Context, files: tuple[Path, ...]) -> int:
    """Report every problem of workflow FILES, with line and column."""
    code = 0
    for file in files:
        try:
            definition = load(read(file))
        except OpsgateError as error:
            code = error.exit_code
            if context.as_json and isinstance(error, InvalidWorkflow):
                print_json({"file": str(file), "valid": False, "problems": error.details["problems"]})
            else:
                complain(error.message)
            continue
        problems = [vars_of(warning) for warning in definition.warnings]
        if context.as_json:
            digest = definition.workflow.digest
            print_json({"file": str(file), "valid": True, "digest": digest, "problems": problems})
        else:
            for warning in definition.warnings:
                complain(warning.text(str(file)))
            say(f"{file}: valid, workflow {definition.workflow.name}, {len(definition.workflow.steps)} steps")
    return code


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--format", "style", type=click.Choice(["text", "mermaid"]), default="text")
@click.option("--ascii", "plain", is_flag=True, help="Draw with ASCII characters only.")
@click.pass_obj
def graph(context: Context, file: Path, style: str, plain: bool) -> None:
    """Draw the workflow in FILE."""
    from engine.definition.graph import draw, mermaid  # only this verb draws

    workflow = load(read(file)).workflow
    if context.as_json:
        steps = [
            {"id": step.id, "kind": step.kind.value, "needs": list(step.needs)} for step in workflow.steps
        ]
        print_json({"workflow": workflow.name, "digest": workflow.digest, "steps": steps})
    else:
        say(mermaid(workflow) if style == "mermaid" else draw(workflow, ascii_only=plain))


VERBS = (validate, graph)
