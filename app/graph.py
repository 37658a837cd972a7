"""`GET /graph.*`: turns an address into a picture, or into the document of a run. Start at `graph`.

`read_query` is how every address of ours is read: parameters of our own, and inputs by their names.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.answers import CHECKED, FRESH, NOT_KEPT, cacheable
from app.errors import Problem, budget_problem, cut, input_problem, picture
from app.runs import Runs
from app.schemas import MOST_KEYS, RunRequest, problem_response

router = APIRouter()

OPTIONS: Mapping[str, tuple[str, ...]] = {
    "direction": ("LR", "TB"),
    "style": ("compact", "micrograd"),
    "constants": ("inline", "nodes"),
    "theme": ("light", "dark", "auto"),
    "svg": ("0", "1"),
}
PARAMETERS = ("source", "fixed", "step", "pass", "open", "first_node", *OPTIONS)
"""What an address says about itself; every other name in it is an input, and `in.` before a name always is one."""

MEDIA_TYPES = {
    "svg": "image/svg+xml; charset=utf-8",
    "png": "image/png",
    "pdf": "application/pdf",
    "dot": "text/vnd.graphviz; charset=utf-8",
    "json": "application/json",
}
IMAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
HEADERS: Mapping[str, dict[str, str]] = {
    "svg": IMAGE_HEADERS,
    "png": IMAGE_HEADERS,
    "pdf": {  # viewers are page and plug-in at once, and a sandbox shuts them out
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Content-Disposition": 'inline; filename="graph.pdf"',
    },
    "dot": {"Cross-Origin-Resource-Policy": "cross-origin"},
    "json": {},
}


# -- the address -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Query:
    """What an address asks for."""

    source: str
    inputs: Mapping[str, float]
    step: int | None
    options: Mapping[str, str]
    chosen: int | None = None
    """The pass, if one is asked for."""
    opened: tuple[str, ...] | None = None
    """The groups that are open; None leaves that to us."""
    first_node: int | None = None
    fixed: tuple[str, ...] = ()
    """The names of leaves that are held fixed."""

    def request(self, **more: Any) -> RunRequest:
        """Return what the address asks for as a request, with `more` of its fields."""
        opened = self.opened if self.opened is None else list(self.opened)
        part: dict[str, Any] = {"step": self.step, "pass": self.chosen, "open": opened, "first_node": self.first_node}
        inputs = {name: INFINITE.get(value, value) for name, value in self.inputs.items()}
        program: dict[str, Any] = {"source": self.source, "inputs": inputs, "fixed": list(self.fixed)}
        return RunRequest(**program, **part, **self.looks(), **more)

    def looks(self) -> dict[str, Any]:
        """Return how the graph is to be drawn, as a request has it."""
        return {name: self.option(name) for name in ("direction", "style", "constants")}

    def option(self, name: str) -> Any:
        """Return the value of an option, the first of its choices if the address has none."""
        return self.options.get(name, OPTIONS[name][0])


def read_query(query_string: bytes) -> Query:
    """Return what `?source=...&a=2&step=3` says; raise `Problem` for what is repeated, unknown or no number."""
    given: dict[str, str] = {}
    for name, value in _pairs(query_string):
        if name in given:
            raise input_problem((_shown(name), "stands twice in the address"))
        given[name] = value
    options = {name: _choice(name, given.pop(name)) for name in OPTIONS if name in given}
    source, opened = given.pop("source", ""), _opened(given.pop("open", None))
    fixed = _fixed(given.pop("fixed", ""))
    step, chosen, node = (_whole(name, given.pop(name, None)) for name in ("step", "pass", "first_node"))
    return Query(source, _inputs(given), step, options, chosen, opened, node, fixed)


def _opened(text: str | None) -> tuple[str, ...] | None:
    keys = None if text is None else tuple(text.split())
    if keys and len(keys) > MOST_KEYS:
        raise input_problem(("open", f"names more than {MOST_KEYS:,} groups"))
    return keys


def _fixed(text: str) -> tuple[str, ...]:
    names = tuple(_WORD.findall(text))
    if len(names) > MOST_KEYS:
        raise input_problem(("fixed", f"names more than {MOST_KEYS:,} leaves"))
    for name in names:
        if not NAME.fullmatch(name):
            hint = "Write names of leaves, separated by blanks: fixed=a w[0]."
            raise input_problem(("fixed", f"{_shown(name)} is no name"), hint=hint)
    return names


def _pairs(query_string: bytes) -> list[tuple[str, str]]:
    try:
        text = query_string.decode("ascii")
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=1000)
    except UnicodeDecodeError:
        raise input_problem(("", "the address is not UTF-8")) from None
    except ValueError:
        raise input_problem(("", "the address has more than 1,000 parameters")) from None


def _whole(name: str, text: str | None) -> int | None:
    if text is None or re.fullmatch("[0-9]{1,9}", text):
        return None if text is None else int(text)
    raise input_problem((name, "must be a whole number from 0 on"))


def _choice(name: str, value: str) -> str:
    if value not in OPTIONS[name]:
        raise input_problem((name, f"must be {' or '.join(OPTIONS[name])}"))
    return value


def _inputs(given: Mapping[str, str]) -> dict[str, float]:
    inputs: dict[str, float] = {}
    for written, value in given.items():
        name = written.removeprefix("in.")
        if not NAME.fullmatch(name):
            hint = f"Parameters are {', '.join(PARAMETERS)}; inputs are names."
            raise input_problem((_shown(written), "is neither a parameter nor the name of an input"), hint=hint)
        if name in inputs:
            raise input_problem((_shown(written), f"is {_shown(name)} again, which stands in the address already"))
        inputs[name] = _number(written, value)
    return inputs


NAME = re.compile(r"[^\W\d]\w{0,99}((\.\w{1,99})|(\[[^][]{1,99}\])){0,20}(@[0-9]+)?")
"""A variable, or a number in one: `w[0,1]`, `model.weight[2]`; `x@2` is the second value that a program gives to x."""
_WORD = re.compile(r"(?:[^\s\[]|\[[^]]*]?)+")
"""What stands between blanks; those in brackets, as in `d[two words]`, are a part of it."""
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
INFINITE = {math.inf: "Infinity", -math.inf: "-Infinity"}  # as a request holds them
_SPECIAL = re.compile(r"[+-]?(inf|infinity)|nan", re.IGNORECASE)


def _number(name: str, text: str) -> float:
    text = text.strip(" ")  # a + in an address is a space
    special = _SPECIAL.fullmatch(text)
    if not special and not _NUMBER.fullmatch(text):
        raise input_problem((_shown(name), "must be a number"), hint="For example a=-2.5, a=1e-3, a=inf or a=nan.")
    value = float(text)
    if not special and value in (float("inf"), float("-inf")):
        raise input_problem((_shown(name), "is too large for a double"), hint="For infinity write inf.")
    return value


def _shown(name: str) -> str:
    return cut(name, 60)


# -- the answer --------------------------------------------------------------------------------------------------------

_DESCRIPTION = """The same run under an address that can be bookmarked, embedded in an <img> and cached (ETag).

Every other name in the address is an input: a=2. One whose name is also a parameter's is written in.step=2. An error is
a problem document, or a picture that says the error where `Accept` prefers images; its status is the same."""


def _parameter(name: str, about: str, schema: dict[str, Any], required: bool = False, where: str = "query") -> Any:
    return {"name": name, "in": where, "required": required, "description": about, "schema": schema}


def _choices(name: str, about: str) -> Any:
    return _parameter(name, about, {"type": "string", "enum": OPTIONS[name], "default": OPTIONS[name][0]})


_DOCUMENTED = [
    _parameter("format", "What is wanted.", {"type": "string", "enum": [*MEDIA_TYPES]}, required=True, where="path"),
    _parameter("source", "The program.", {"type": "string"}, required=True),
    _parameter(
        "fixed",
        "Names of leaves that are held fixed, separated by blanks: they get no gradient, as data do.",
        {"type": "string"},
    ),
    _parameter(
        "step", "Show the moment after so many steps; all of them if absent.", {"type": "integer", "minimum": 0}
    ),
    _parameter("pass", "Show the graph of this pass, from 0, after its last step.", {"type": "integer", "minimum": 0}),
    _parameter(
        "open",
        "Keys of the groups that are open, separated by blanks; `*` for all of them, empty for none.",
        {"type": "string"},
    ),
    _parameter("first_node", "Describe a page of the nodes of a big run, from this one on.", {"type": "integer"}),
    _choices("direction", "Where the picture leads: right or down."),
    _choices("style", "One box a node, or micrograd's pairs of value and operator."),
    _choices("constants", "Constants inside the boxes that use them, or each in a box of its own."),
    _choices("theme", "Colours of the SVG; `auto` follows the reader's scheme."),
    _choices("svg", "1: the JSON holds the picture too."),
]
_EXAMPLE = {"format": "svg", "source": "relu(a*b + d)", "a": 2, "b": -3, "d": 10, "step": 5}
_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The picture, or the document that POST /api/v1/run answers with.",
        "content": {kind.split(";")[0]: {} for kind in MEDIA_TYPES.values()},
    },
    304: {"description": "Nothing has changed since `If-None-Match`."},
    422: problem_response("The address, or the program in it, has a mistake."),
}


@router.get(
    "/graph.{format}",
    summary="A graph as a picture",
    description=_DESCRIPTION,
    openapi_extra={"parameters": _DOCUMENTED, "x-example": _EXAMPLE},
    responses=_RESPONSES,
    response_class=Response,
    operation_id="graph",
)
async def graph(request: Request) -> Response:
    form = request.path_params["format"]
    if form not in MEDIA_TYPES:
        raise Problem("not-found", f"a graph comes as {', '.join(MEDIA_TYPES)}")
    try:
        body, caching = await _drawn(request.app.state.runs, form, read_query(request.scope["query_string"]))
    except Problem as problem:
        if problem.status == 422 and prefers_image(request.headers.get("accept", "")):
            headers = {**IMAGE_HEADERS, "Cache-Control": NOT_KEPT}
            return Response(picture(problem), problem.status, headers, MEDIA_TYPES["svg"])
        raise
    return cacheable(request, body, MEDIA_TYPES[form], caching, HEADERS[form])


async def _drawn(runs: Runs, form: Literal["svg", "png", "pdf", "dot", "json"], query: Query) -> tuple[bytes, str]:
    """Return the body and how long to keep it: what a deadline made simpler may be better next time."""
    if form == "json":
        return await runs.answer(query.request(svg=query.option("svg") == "1")), FRESH
    moment = query.step, query.chosen
    options = {**query.looks(), "opened": query.opened}
    drawing = await runs.drawing(query.source, query.inputs, query.fixed, moment, **options)
    if form == "dot":
        return drawing.dot().encode(), FRESH
    if form != "svg":
        body = await runs.render(drawing, form)
        return _DATE.sub(b"/CreationDate (D:20000101000000", body), FRESH
    theme = None if query.option("theme") == "light" else query.option("theme")
    laid = await runs.laid(drawing, theme)
    if laid is None:
        raise budget_problem("there is no graph to draw", "/graph.json has all the numbers")
    if laid.picture is not drawing.picture:
        drawing = drawing.folded_harder
    return (await runs.svg(drawing, laid.layout, theme)).encode(), CHECKED if laid.remark else FRESH


_DATE = re.compile(rb"/CreationDate \(D:[0-9]{14}")  # without it the same graph is the same file


def prefers_image(accept: str) -> bool:
    """Return whether an `Accept` header would rather have a picture than a document.

    >>> prefers_image("image/avif,image/svg+xml,image/*,*/*;q=0.8"), prefers_image("text/html,image/avif,*/*;q=0.8")
    (True, False)
    >>> prefers_image(""), prefers_image("*/*")
    (False, False)
    """
    weights: dict[str, float] = {}
    for each in accept.split(","):
        kind, *parameters = each.split(";")
        weights[kind.strip().lower()] = _weight(parameters)
    image = _quality(weights, "image/svg+xml")
    others = ("application/problem+json", "application/json", "text/html")
    return image > max(_quality(weights, other) for other in others)


def _weight(parameters: list[str]) -> float:
    for each in parameters:
        name, _, value = each.partition("=")
        if name.strip().lower() == "q":
            return float(value) if re.fullmatch(r"[01](\.[0-9]{0,3})?", value.strip()) else 0.0
    return 1.0


def _quality(weights: Mapping[str, float], kind: str) -> float:
    for each in (kind, f"{kind.partition('/')[0]}/*", "*/*"):
        if each in weights:
            return weights[each]
    return 0.0
