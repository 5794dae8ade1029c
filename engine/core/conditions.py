"""Conditions: the small language of `when`. A mistake is an error, never a quiet false.

    condition   := or
    or          := and ("or" and)*
    and         := not ("and" not)*
    not         := "not" not | comparison
    comparison  := operand (("==" | "!=" | "<" | "<=" | ">" | ">=" | "in" | "not" "in") operand)?
    operand     := literal | list | path | "has" "(" path ")" | "len" "(" path ")" | "(" or ")"

There is no arithmetic and no call besides `has` and `len`, so evaluation is bounded by the text's size.
`and` and `or` stop as soon as the answer is known: `has(state.x) and state.x > 3` is the way to ask
about what may be missing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from engine.core import expression as e
from engine.core.expression import MAX_DEPTH, MAX_LENGTH, ConditionProblem
from engine.core.fields import describe, same
from engine.core.names import Missing, lookup

__all__ = ["MAX_DEPTH", "MAX_LENGTH", "Condition", "ConditionProblem", "parse"]


@dataclass(frozen=True, slots=True)
class Condition:
    """A parsed condition. Two conditions are equal when their texts are."""

    text: str
    tree: e.Node = field(compare=False, repr=False)
    paths: tuple[str, ...] = field(compare=False, repr=False)
    """Every path that the text names, in order, those inside `has` and `len` included."""

    def evaluate(self, scope: Mapping[str, Any]) -> bool:
        """The answer for `scope` (`inputs`, `state`, `steps`, `run`).

        Raises ConditionProblem for a missing path, a type clash, or an answer that is neither true nor false.
        """
        try:
            return _truth(self.tree, scope, "the condition")
        except RecursionError:
            raise ConditionProblem("a value in this condition is nested too deeply to compare") from None


def parse(text: str) -> Condition:
    """Read a condition. Raises ConditionProblem with the column of the mistake, and a hint if any."""
    tree, paths = e.read(text)
    return Condition(text, tree, paths)


def _truth(node: e.Node, scope: Mapping[str, Any], what: str) -> bool:
    value = _value(node, scope)
    if not isinstance(value, bool):
        raise ConditionProblem(f"{what} has to be true or false, and is {describe(value)}", node.column)
    return value


def _value(node: e.Node, scope: Mapping[str, Any]) -> Any:
    match node:
        case e.Literal():
            return node.value
        case e.Path():
            return _at(node, scope)
        case e.Items():
            return [_value(item, scope) for item in node.items]
        case e.Has():
            return _has(node.path, scope)
        case e.Len():
            return _length(node.path, scope)
        case e.Compare():
            return _compare(node, scope)
        case e.Not():
            return not _truth(node.operand, scope, "what stands after `not`")
        case e.And():
            return all(_truth(item, scope, "each side of `and`") for item in node.operands)
        case e.Or():
            return any(_truth(item, scope, "each side of `or`") for item in node.operands)


def _at(path: e.Path, scope: Mapping[str, Any]) -> Any:
    try:
        return lookup(scope, path.text)
    except Missing:
        raise ConditionProblem(
            f"`{path.text}` does not exist here", path.column, f"has({path.text}) asks whether it does"
        ) from None


def _has(path: e.Path, scope: Mapping[str, Any]) -> bool:
    try:
        lookup(scope, path.text)
    except Missing:
        return False
    return True


def _length(path: e.Path, scope: Mapping[str, Any]) -> int:
    value = _at(path, scope)
    if not isinstance(value, str | list | tuple | Mapping):
        raise ConditionProblem(
            f"len() counts a text, a list or an object, and `{path.text}` is {describe(value)}", path.column
        )
    return len(value)


def _compare(node: e.Compare, scope: Mapping[str, Any]) -> bool:
    left, right = _value(node.left, scope), _value(node.right, scope)
    if node.operator == "in":
        return _contains(left, right, node)
    if node.operator == "not in":
        return not _contains(left, right, node)
    if node.operator == "==":
        return _equal(left, right, node)
    if node.operator == "!=":
        return not _equal(left, right, node)
    return _ordered(left, right, node)


def _equal(left: Any, right: Any, node: e.Compare) -> bool:
    """Equality within one kind of value. Anything may be compared with null."""
    if left is not None and right is not None and _kind(left) != _kind(right):
        raise _clash(left, right, node)
    return same(left, right)


def _ordered(left: Any, right: Any, node: e.Compare) -> bool:
    if _kind(left) != _kind(right) or _kind(left) not in ("number", "text"):
        raise _clash(left, right, node)
    return _ORDER[node.operator](left, right)


def _contains(left: Any, right: Any, node: e.Compare) -> bool:
    if isinstance(right, list | tuple):
        answers = [_equal(left, item, node) for item in right]  # all of them: each item may clash
        return any(answers)
    if isinstance(right, str | Mapping) and isinstance(left, str):
        return left in right
    raise _clash(left, right, node)


def _clash(left: Any, right: Any, node: e.Compare) -> ConditionProblem:
    return ConditionProblem(
        f"`{node.operator}` cannot compare {describe(left)} with {describe(right)}", node.column
    )


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "text"
    if isinstance(value, list | tuple):
        return "list"
    return "null" if value is None else "object"


_ORDER: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "<": lambda left, right: bool(left < right),
    "<=": lambda left, right: bool(left <= right),
    ">": lambda left, right: bool(left > right),
    ">=": lambda left, right: bool(left >= right),
}
