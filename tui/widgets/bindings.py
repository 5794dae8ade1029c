"""The command table as Textual bindings."""

from __future__ import annotations

from textual.binding import Binding, BindingType

from tui.commands import Command, Scope, in_scopes


def bindings(*scopes: Scope) -> list[BindingType]:
    """One binding for each command of `scopes` that has keys; the command's id is its name in a key map."""
    return [as_binding(command) for command in in_scopes(scopes) if command.keys]


def as_binding(command: Command) -> Binding:
    return Binding(",".join(command.keys), command.action_name, command.title, show=False, id=command.id)
