"""Errors: turns whatever went wrong into an RFC 9457 problem, the same shape on every path. Start at `Problem`."""

from __future__ import annotations

import html
import re
import textwrap
from collections.abc import Mapping
from typing import Any

from starlette.responses import HTMLResponse, Response

from app.reader import dumps
from app.templates import render
from engine import Diagnostic, Fix, ProgramError

KINDS: Mapping[str, tuple[int, str]] = {
    "syntax": (422, "This text cannot be read as a program"),
    "refused": (422, "This part of Python is not offered here"),
    "name": (422, "Something is called by a name that nothing has"),
    "type": (422, "A value is used in a way that does not fit it"),
    "value": (422, "A value is outside of what is possible here"),
    "budget": (422, "This needs more than one request may use"),
    "empty": (422, "There is nothing to compute"),
    "input": (422, "The request does not have the form that this address takes"),
    "body": (400, "The body of the request cannot be read"),
    "timeout": (408, "The request did not arrive in time"),
    "address": (414, "The address is too long"),
    "media-type": (415, "The body must be application/json"),
    "headers": (431, "The head of the request is not acceptable"),
    "not-found": (404, "There is nothing at this address"),
    "method": (405, "This address does not take this method"),
    "busy": (503, "The service is busy"),
    "internal": (500, "Something went wrong in the service"),
}
MEDIA_TYPE = "application/problem+json"
CLOSE = {"Connection": "close"}
_NOWHERE = {"line": 1, "column": 0, "end_line": 1, "end_column": 0}
_LIMIT = 500


class Problem(Exception):
    """A request that cannot be answered, in words for its sender. `status` defaults to that of its kind."""

    def __init__(
        self,
        kind: str,
        detail: str,
        errors: tuple[dict[str, Any], ...] = (),
        headers: Mapping[str, str] | None = None,
        status: int = 0,
    ) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = cut(detail)
        self.errors = errors
        self.headers = headers or {}
        self.status = status or KINDS[kind][0]

    def document(self) -> dict[str, Any]:
        """Return the problem as a JSON object."""
        head = {"type": f"/problems/{self.kind}", "title": KINDS[self.kind][1], "status": self.status}
        return head | {"detail": self.detail, "errors": list(self.errors)}

    def response(self) -> Response:
        """Return the problem as an answer."""
        return Response(dumps(self.document()), self.status, self.headers, MEDIA_TYPE)

    def page(self) -> Response:
        """Return the problem as an answer to a person."""
        text = render("problem.html", title=KINDS[self.kind][1], detail=self.detail, status=self.status)
        return HTMLResponse(text, self.status, self.headers)


def program_problem(error: ProgramError) -> Problem:
    """Return the problem that a program has."""
    first = error.diagnostics[0]
    return Problem(error.kind, f"line {first.span.line}: {first.message}", tuple(map(_entry, error.diagnostics)))


def _entry(diagnostic: Diagnostic) -> dict[str, Any]:
    fix = None if diagnostic.fix is None else _fix(diagnostic.fix)
    return {"message": diagnostic.message} | diagnostic.span.document() | {"hint": diagnostic.hint, "fix": fix}


def _fix(fix: Fix) -> dict[str, Any]:
    return {"title": fix.title, "edits": [edit.span.document() | {"text": edit.text} for edit in fix.edits]}


def input_problem(*wrongs: tuple[str, str], hint: str | None = None) -> Problem:
    """Return the problem of a request; each of `wrongs` is a JSON pointer, or a parameter, and a message."""
    messages = [cut(f"{where}: {message}" if where else message) for where, message in wrongs]
    entries = tuple({"message": message, **_NOWHERE, "hint": hint} for message in messages)
    return Problem("input", messages[0], entries)


def budget_problem(message: str, hint: str | None = None) -> Problem:
    """Return the problem of a program that ran, but whose answer is too much."""
    return Problem("budget", message, ({"message": message, **_NOWHERE, "hint": hint},))


def busy_problem(detail: str) -> Problem:
    """Return the problem of a service that has too much to do."""
    return Problem("busy", detail, headers={"Retry-After": "1"})


def cut(text: str, limit: int = _LIMIT) -> str:
    """Return `text`, or its beginning and `…`."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


# -- an error that is shown as a picture -------------------------------------------------------------------------------

_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_COLUMNS, _LINE, _ADVANCE, _MARGIN = 64, 18, 7.3, 14


def picture(problem: Problem) -> str:
    """Return an SVG that says the problem, for those who asked for an image.

    >>> "&lt;b&gt;" in picture(Problem("name", "<b>"))
    True
    """
    texts = [problem.detail, *(entry["hint"] for entry in problem.errors[:1] if entry.get("hint"))]
    lines = [line for text in texts for line in textwrap.wrap(_ILLEGAL.sub("\ufffd", text), _COLUMNS)]
    width, height = _COLUMNS * _ADVANCE + 2 * _MARGIN, (len(lines) + 1) * _LINE + 2 * _MARGIN
    rows = [f'<text x="{_MARGIN}" y="{_MARGIN + 13}" font-weight="bold">{html.escape(KINDS[problem.kind][1])}</text>']
    for k, line in enumerate(lines, 1):
        rows.append(f'<text x="{_MARGIN}" y="{_MARGIN + 13 + k * _LINE}">{html.escape(line)}</text>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height}" fill="#1c1e21"'
        ' font-family="ui-monospace, \'DejaVu Sans Mono\', monospace" font-size="12">'
        f'<rect width="100%" height="100%" rx="6" fill="#fef6f1" stroke="#b03a00"/>{"".join(rows)}</svg>'
    )
