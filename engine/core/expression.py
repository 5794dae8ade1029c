"""Reading a condition: text to tokens to a frozen tree. What the tree means is said in `conditions`."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Final

from engine.core.names import PATH_PATTERN, ROOTS, did_you_mean

MAX_LENGTH: Final = 4096
"""Longest condition, in bytes of UTF-8."""

MAX_DEPTH: Final = 32
"""Deepest nesting of parentheses, lists and `not`."""


class ConditionProblem(ValueError):
    """A condition that cannot be read or answered. `column` is 1-based, 0 when no place is known."""

    def __init__(self, message: str, column: int = 0, suggestion: str = "") -> None:
        self.message = message
        self.column = column
        self.suggestion = suggestion
        place = f" (column {column})" if column else ""
        hint = f": {suggestion}" if suggestion else ""
        super().__init__(f"{message}{place}{hint}")


@dataclass(frozen=True, slots=True)
class Literal:
    column: int
    value: str | float | bool | None


@dataclass(frozen=True, slots=True)
class Path:
    column: int
    text: str


@dataclass(frozen=True, slots=True)
class Items:
    column: int
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Has:
    column: int
    path: Path


@dataclass(frozen=True, slots=True)
class Len:
    column: int
    path: Path


@dataclass(frozen=True, slots=True)
class Compare:
    column: int
    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Not:
    column: int
    operand: Node


@dataclass(frozen=True, slots=True)
class And:
    column: int
    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    column: int
    operands: tuple[Node, ...]


Node = Literal | Path | Items | Has | Len | Compare | Not | And | Or


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str  # text | number | word | sign | end
    text: str
    column: int


_TOKEN: Final = re.compile(
    r"""
      (?P<space>[ \t\r\n]+)
    | (?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
    | (?P<number>-?[0-9][0-9A-Za-z_.+-]*)
    | (?P<word>"""
    + PATH_PATTERN
    + r""")
    | (?P<sign>==|!=|<=|>=|<|>|\(|\)|\[|\]|,)
    """,
    re.VERBOSE | re.DOTALL,
)
_NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]{0,18})(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,3})?")
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
_COMPARISONS: Final = frozenset({"==", "!=", "<", "<=", ">", ">=", "in", "not in"})
_CONSTANTS: Final = {"true": True, "false": False, "null": None}
_WORDS: Final = ("and", "or", "not", "in", "has", "len", *_CONSTANTS)
_INSTEAD: Final = {
    "&&": "write `and`",
    "||": "write `or`",
    "!": "write `not`",
    "=": "write `==`",
    "$": "a condition names things bare: `inputs.x`, not `${inputs.x}`",
    "True": "write `true`",
    "False": "write `false`",
    "None": "write `null`",
    "is": "write `==`",
    "AND": "write `and`",
    "OR": "write `or`",
    "NOT": "write `not`",
}


def read(text: str) -> tuple[Node, tuple[str, ...]]:
    """The tree of a condition and the paths it names. Raises ConditionProblem."""
    if len(text.encode(errors="replace")) > MAX_LENGTH:
        raise ConditionProblem(f"a condition has at most {MAX_LENGTH} bytes")
    if not text.strip():
        raise ConditionProblem("a condition cannot be empty")
    parser = _Parser(_tokens(text))
    return parser.whole(), tuple(parser.paths)


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    place = 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise _unreadable(text, place)
        if match.lastgroup != "space":
            found.append(_Token(str(match.lastgroup), match.group(), place + 1))
        place = match.end()
    found.append(_Token("end", "the end", len(text) + 1))
    return found


def _unreadable(text: str, place: int) -> ConditionProblem:
    if text[place] in "'\"":
        return ConditionProblem("a text is not closed", place + 1, f"add {text[place]} at its end")
    two, one = text[place : place + 2], text[place]
    hint = _INSTEAD.get(two) or _INSTEAD.get(one, "")
    return ConditionProblem(f"{one!a} has no meaning in a condition", place + 1, hint)


class _Parser:
    """Recursive descent over the grammar in `conditions`; one method a rule."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._place = 0
        self._depth = 0
        self.paths: list[str] = []

    def whole(self) -> Node:
        node = self._or()
        token = self._next
        if token.kind == "end":
            return node
        if token.text in _COMPARISONS:
            raise _problem("comparisons cannot be chained", token, "join two of them with `and`")
        raise _problem(f"`{token.text}` does not belong here", token, _hint(token))

    @property
    def _next(self) -> _Token:
        return self._tokens[self._place]

    def _take(self) -> _Token:
        token = self._next
        self._place += token.kind != "end"
        return token

    def _accept(self, text: str) -> bool:
        found = self._next.text == text and self._next.kind in ("word", "sign")
        self._place += found
        return found

    def _expect(self, text: str) -> None:
        token = self._next
        if not self._accept(text):
            raise _problem(f"expected `{text}`, found {_named(token)}", token, "")

    def _deeper(self, token: _Token) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise _problem(f"a condition nests at most {MAX_DEPTH} levels", token, "")

    def _or(self) -> Node:
        column = self._next.column
        operands = [self._and()]
        while self._accept("or"):
            operands.append(self._and())
        return operands[0] if len(operands) == 1 else Or(column, tuple(operands))

    def _and(self) -> Node:
        column = self._next.column
        operands = [self._not()]
        while self._accept("and"):
            operands.append(self._not())
        return operands[0] if len(operands) == 1 else And(column, tuple(operands))

    def _not(self) -> Node:
        token = self._next
        if not self._accept("not"):
            return self._comparison()
        self._deeper(token)
        node = Not(token.column, self._not())
        self._depth -= 1
        return node

    def _comparison(self) -> Node:
        left = self._operand()
        token = self._next
        operator = self._operator()
        if not operator:
            return left
        return Compare(token.column, operator, left, self._operand())

    def _operator(self) -> str:
        token = self._next
        if token.kind not in ("sign", "word"):
            return ""
        if token.text == "not":
            self._take()
            self._expect("in")
            return "not in"
        return self._take().text if token.text in _COMPARISONS else ""

    def _operand(self) -> Node:
        token = self._take()
        if token.kind == "text":
            return Literal(token.column, _unquoted(token))
        if token.kind == "number":
            return Literal(token.column, _number(token))
        if token.text == "(" and token.kind == "sign":
            return self._group(token)
        if token.text == "[" and token.kind == "sign":
            return self._list(token)
        if token.kind == "word":
            return self._word(token)
        raise _problem(f"expected a value, found {_named(token)}", token, "")

    def _group(self, opening: _Token) -> Node:
        self._deeper(opening)
        node = self._or()
        self._expect(")")
        self._depth -= 1
        return node

    def _list(self, opening: _Token) -> Node:
        self._deeper(opening)
        items: list[Node] = []
        while not self._accept("]"):
            if items:
                self._expect(",")
            items.append(self._operand())
        self._depth -= 1
        return Items(opening.column, tuple(items))

    def _word(self, token: _Token) -> Node:
        if token.text in _CONSTANTS:
            return Literal(token.column, _CONSTANTS[token.text])
        if token.text in ("has", "len"):
            self._expect("(")
            path = self._path(self._take())
            self._expect(")")
            return Has(token.column, path) if token.text == "has" else Len(token.column, path)
        return self._path(token)

    def _path(self, token: _Token) -> Path:
        if token.kind != "word":
            raise _problem(f"expected a name such as `state.version`, found {_named(token)}", token, "")
        root, _, rest = token.text.partition(".")
        if root not in ROOTS:
            hint = _hint(token) or did_you_mean(root, ROOTS)
            roots = ", ".join(f"`{name}`" for name in ROOTS)
            raise _problem(f"`{token.text}` is unknown: a name starts with {roots}", token, hint)
        if not rest:
            raise _problem(f"`{root}` alone is no value: name one, such as `{root}.x`", token, "")
        self.paths.append(token.text)
        return Path(token.column, token.text)


def _problem(message: str, token: _Token, hint: str) -> ConditionProblem:
    return ConditionProblem(message, token.column, hint)


def _named(token: _Token) -> str:
    return token.text if token.kind == "end" else f"`{token.text}`"


def _hint(token: _Token) -> str:
    return _INSTEAD.get(token.text) or (did_you_mean(token.text, _WORDS) if token.kind == "word" else "")


def _unquoted(token: _Token) -> str:
    def replaced(match: re.Match[str]) -> str:
        if match.group(1) not in "\\'\"":
            column = token.column + match.start() + 1
            raise ConditionProblem("a backslash stands only before a quote or a backslash", column)
        return match.group(1)

    return _ESCAPE.sub(replaced, token.text[1:-1])


def _number(token: _Token) -> int | float:
    match = _NUMBER.fullmatch(token.text)
    if match is None:
        raise _problem(f"`{token.text}` is not a number", token, "put a text in quotes")
    if match.group(2) is None and match.group(3) is None:
        return int(token.text)
    value = float(token.text)
    if not math.isfinite(value):
        raise _problem(f"`{token.text}` is too large", token, "")
    return value
