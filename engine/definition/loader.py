"""Reading YAML strictly: from bytes to plain values with their places, in bounded time.

Works on the parser's events, never on constructed objects. Refused: anchors and aliases, merge keys, tags,
directives, duplicate keys, keys that are no text, several documents, control characters, anything that is
not UTF-8; and files larger, deeper or richer than the limits below.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.reader import ReaderError

from engine.core.errors import Problem
from engine.core.fields import shown
from engine.definition.document import MAX_PROBLEMS, START, Document, Path, Place
from engine.definition.files import MAX_BYTES
from engine.definition.scalars import FORBIDDEN, ScalarProblem, plain

MAX_DEPTH: Final = 32
MAX_NODES: Final = 20_000
"""Keys, values, lists and mappings together."""

_HINTS: Final = (
    ("'\\t'", "indent with spaces, not with tabs"),
    ("mapping values are not allowed", "put a text that holds `: ` in quotes, and check the indentation"),
    ("cannot start any token", "put a text that begins with this character in quotes"),
    ("could not find expected ':'", "check the indentation, and that each key ends with `:`"),
)


class Unreadable(Exception):
    """The file is no strict YAML. `problems` holds what was found until the end or the point of giving up."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = problems


class _Stop(Exception):
    """What follows cannot be made sense of."""


def read_document(source: bytes) -> Document:
    """The values of a file. Raises Unreadable with every problem that the parser lets us see."""
    text = _decoded(source)
    builder = _Builder()
    try:
        for event in _events(text):
            builder.take(event)
    except _Stop:
        pass
    except YAMLError as error:
        builder.problems.append(_parser_problem(error))
    except (ValueError, OverflowError):  # the parser's own, for escapes beyond Unicode and the like
        builder.note(builder.place, "this is not YAML", "put the text in quotes")
    if builder.problems:
        raise Unreadable(builder.problems)
    return Document(builder.root, builder.values, builder.keys)


def _decoded(source: bytes) -> str:
    if len(source) > MAX_BYTES:
        raise Unreadable([_problem(START, f"the file is larger than {MAX_BYTES // 1024} KiB")])
    try:
        text = source.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        place = _place_of(source[: error.start].decode("utf-8"))
        raise Unreadable([_problem(place, "the file is not UTF-8", "save it as UTF-8")]) from None
    found = FORBIDDEN.search(text)
    if found:
        raise Unreadable([_problem(_place_of(text[: found.start()]), _forbidden(found.group()))])
    return text


def _events(text: str) -> Iterator[Event]:
    return iter(YAML(typ="safe", pure=True).parse(text))


def _place_of(before: str) -> Place:
    return Place(before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)


def _forbidden(character: str) -> str:
    return f"the character U+{ord(character):04X} is not allowed: it could hide or change what is shown"


def _problem(place: Place, message: str, suggestion: str = "") -> Problem:
    return Problem(place.line, place.column, message, suggestion)


def _parser_problem(error: YAMLError) -> Problem:
    if isinstance(error, MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        said = str(error.problem or error.context or "it cannot be read").splitlines()[0]
        place = Place(mark.line + 1, mark.column + 1) if mark else START
    else:
        said = (
            "it holds a character that is not allowed"
            if isinstance(error, ReaderError)
            else "it cannot be read"
        )
        place = START
    hint = next((hint for sign, hint in _HINTS if sign in said), "")
    return _problem(place, f"this is not YAML: {said}", hint)


@dataclass(slots=True)
class _Frame:
    """A list or mapping being filled. `key` waits for its value; it is None when a key comes next."""

    into: dict[str, Any] | list[Any]
    path: Path
    key: str | None = None


class _Builder:
    """Turns events into values, without recursion, and notes all that is refused."""

    def __init__(self) -> None:
        self.root: Any = None
        self.values: dict[Path, Place] = {}
        self.keys: dict[Path, Place] = {}
        self.problems: list[Problem] = []
        self.place = START
        self._frames: list[_Frame] = []
        self._nodes = 0
        self._documents = 0

    def note(self, place: Place, message: str, suggestion: str = "") -> None:
        self.problems.append(_problem(place, message, suggestion))
        if len(self.problems) >= MAX_PROBLEMS:
            raise _Stop

    def take(self, event: Event) -> None:
        """Take in one event. Raises _Stop when going on is pointless."""
        self.place = Place(event.start_mark.line + 1, event.start_mark.column + 1)
        if isinstance(event, DocumentStartEvent):
            self._document(event)
        elif isinstance(event, SequenceEndEvent | MappingEndEvent):
            self._frames.pop()
        elif isinstance(event, AliasEvent):
            self._count()
            self.note(self.place, "aliases (`*name`) are not allowed", "write the value out")
            self._node(None)
        elif isinstance(event, ScalarEvent | SequenceStartEvent | MappingStartEvent):
            self._count()
            self._refuse_decoration(event)
            if isinstance(event, ScalarEvent):
                self._scalar(event)
            else:
                self._open([] if isinstance(event, SequenceStartEvent) else {})

    def _document(self, event: DocumentStartEvent) -> None:
        self._documents += 1
        if self._documents > 1:
            self.note(self.place, "a file holds one document", "remove what follows `---`")
            raise _Stop
        if event.version is not None or event.tags:
            self.note(self.place, "directives (`%…`) are not allowed", "remove the line")

    def _count(self) -> None:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            self.note(self.place, f"the file has more than {MAX_NODES} keys and values")
            raise _Stop

    def _refuse_decoration(self, event: ScalarEvent | SequenceStartEvent | MappingStartEvent) -> None:
        if event.anchor is not None:
            self.note(self.place, f"anchors (`&{event.anchor}`) are not allowed", "write the value out")
        if event.tag is not None:
            self.note(self.place, "tags (`!…`) are not allowed", "remove the tag, or put the text in quotes")

    def _scalar(self, event: ScalarEvent) -> None:
        text = event.value
        found = FORBIDDEN.search(text)
        if found:
            self.note(self.place, _forbidden(found.group()))
        if event.style is not None:
            self._node(text)
        elif text == "<<" and self._expects_key:
            self.note(self.place, "merge keys (`<<`) are not allowed", "write the keys out")
            self._node(text)
        else:
            self._node(self._plain(text))

    def _plain(self, text: str) -> Any:
        try:
            return plain(text)
        except ScalarProblem as problem:
            self.note(self.place, str(problem), problem.suggestion)
            return text

    @property
    def _expects_key(self) -> bool:
        return bool(self._frames) and isinstance(self._frames[-1].into, dict) and self._frames[-1].key is None

    def _open(self, into: dict[str, Any] | list[Any]) -> None:
        if self._expects_key:
            self.note(self.place, "a key is a text, not a list or mapping")
            raise _Stop
        if len(self._frames) >= MAX_DEPTH:
            self.note(self.place, f"the file nests more than {MAX_DEPTH} levels")
            raise _Stop
        path = self._node(into)
        self._frames.append(_Frame(into, path))

    def _node(self, value: Any) -> Path:
        """Put a value (or a key) where it belongs, and give its path."""
        if not self._frames:
            self.root = value
            self.values[()] = self.place
            return ()
        frame = self._frames[-1]
        if isinstance(frame.into, list):
            path: Path = (*frame.path, len(frame.into))
            frame.into.append(value)
        elif frame.key is None:
            frame.key = self._key(frame, value)
            return frame.path
        else:
            path = (*frame.path, frame.key)
            frame.into[frame.key] = value
            frame.key = None
        self.values[path] = self.place
        return path

    def _key(self, frame: _Frame, value: Any) -> str:
        if not isinstance(value, str):
            self.note(self.place, f"a key is a text, not {shown(value)}", f'write "{shown(value)}"')
        key = value if isinstance(value, str) else shown(value)
        path = (*frame.path, key)
        if path in self.keys:
            first = self.keys[path].line
            self.note(self.place, f"the key {shown(key)} stands here a second time (first in line {first})")
        else:
            self.keys[path] = self.place
        return key
