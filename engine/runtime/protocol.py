"""The socket's language: one JSON line a request, one JSON line an answer.

    request   {"id": KEY, "verb": WORD, "args": {…}, "as": NAME?}
    answer    {"id": KEY, "ok": {…}}  or  {"id": KEY, "error": {"code", "message", "details"}}

`id` is an idempotency key: the same key with the same verb and arguments gets the same answer again.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, TypeGuard

from engine.core.errors import InvalidInput, OpsgateError

MAX_REQUEST = 4 * 1024 * 1024
"""Bytes; a workflow file with its attachments fits many times."""


@dataclass(frozen=True, slots=True)
class Request:
    id: str
    verb: str
    args: dict[str, Any] = field(default_factory=dict)
    claimed: str | None = None


def encode_request(request: Request) -> bytes:
    document: dict[str, Any] = {"id": request.id, "verb": request.verb, "args": request.args}
    if request.claimed is not None:
        document["as"] = request.claimed
    return _line(document)


def decode_request(line: bytes) -> Request:
    """Raises InvalidInput when the line is no request."""
    try:
        document = json.loads(line)
        request = Request(document["id"], document["verb"], document.get("args", {}), document.get("as"))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InvalidInput(
            "The request is not one JSON object with id, verb and args. See docs/protocol.md."
        ) from error
    texts = [request.id, request.verb] + ([] if request.claimed is None else [request.claimed])
    if not all(is_text(text) and 0 < len(text) <= 200 for text in texts):
        raise InvalidInput("id, verb and as must be texts of 1 to 200 characters.")
    if not isinstance(request.args, dict):
        raise InvalidInput("args must be a JSON object.")
    return request


def is_text(value: object) -> TypeGuard[str]:
    """Whether it is text that can be stored: JSON can carry half a surrogate pair, UTF-8 cannot."""
    if not isinstance(value, str):
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def encode_ok(request_id: str, answer: dict[str, Any]) -> bytes:
    return _line({"id": request_id, "ok": answer})


def encode_error(request_id: str, error: OpsgateError) -> bytes:
    return _line({"id": request_id, "error": error_document(error)})


def error_document(error: OpsgateError) -> dict[str, Any]:
    return {"code": error.code, "message": error.message, "details": error.details}


def _line(document: dict[str, Any]) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode() + b"\n"
