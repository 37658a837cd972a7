"""The JSON API: turns requests under `/api/v1`, and those of machines about the service itself, into answers."""

from __future__ import annotations

import asyncio
from functools import cache
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.answers import CHECKED, NOT_KEPT, cacheable
from app.errors import Problem, busy_problem
from app.layouts import Busy, Failed
from app.metrics import MEDIA_TYPE as METRICS_TYPE
from app.reader import dumps
from app.schemas import (
    Glossary,
    NodeCard,
    NodeRequest,
    Operations,
    RunAnswer,
    RunRequest,
    Texts,
    Unchanged,
    Vocabulary,
    problem_response,
    read,
)
from engine import GLOSSARY, card, document, names, operations
from engine import run as run_program

router = APIRouter()
JSON = "application/json"
NEVER_KEPT = {"Cache-Control": NOT_KEPT}

# -- run ---------------------------------------------------------------------------------------------------------------

EXAMPLES: dict[str, dict[str, Any]] = {
    "expression": {
        "summary": "An expression; its unbound names are inputs",
        "value": {"source": "relu(a*b + d)", "inputs": {"a": 2.0, "b": -3.0, "d": 10.0}},
    },
    "micrograd": {
        "summary": "A micrograd listing, without picture",
        "value": {
            "source": "a = Value(2.0, label='a')\nb = Value(3.0, label='b')\nc = a * b\nd = c + a\nd.backward()",
            "svg": False,
        },
    },
    "typing": {
        "summary": "A program that somebody is still typing",
        "value": {"source": "y = x*x\nz = sin(y", "inputs": {"x": 3.0}, "partial": True, "svg": False},
    },
    "infinity": {
        "summary": "A number that JSON lacks",
        "value": {"source": "exp(-x)", "inputs": {"x": "Infinity"}, "svg": False, "display": True},
    },
}
PROBLEM_EXAMPLE = {
    "type": "/problems/name",
    "title": "Something is called by a name that nothing has",
    "status": 422,
    "detail": "line 1: there is no function rleu",
    "errors": [
        {
            "message": "there is no function rleu",
            "line": 1,
            "column": 0,
            "end_line": 1,
            "end_column": 4,
            "hint": "Did you mean relu?",
            "fix": {
                "title": "Write relu",
                "edits": [{"line": 1, "column": 0, "end_line": 1, "end_column": 4, "text": "relu"}],
            },
        }
    ],
}


def answer_examples() -> dict[str, dict[str, Any]]:
    """Return, by path, what the first example is answered with."""
    return {"/api/v1/run": _run_example(), "/api/v1/node": _node_example()}


@cache
def _run_example() -> dict[str, Any]:
    """Return the document of the first example; not its picture."""
    value = EXAMPLES["expression"]["value"]
    picture = {"layout": "dot", "boxes": 6, "folded": False}
    described = document(run_program(value["source"], value["inputs"]))
    return described | {"svg": "<svg ...>…</svg>", "picture": picture}


POST_RESPONSES: dict[int | str, dict[str, Any]] = {
    400: problem_response("The body is not JSON."),
    408: problem_response("The body took too long to arrive."),
    413: problem_response("The body is too large."),
    415: problem_response("The body is not called application/json."),
    422: problem_response("The program cannot be read or run, or the request has another shape.", PROBLEM_EXAMPLE),
    503: problem_response("Too busy; `Retry-After` says when to try again."),
}
_RUN_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"model": RunAnswer | Unchanged | Texts, "description": "The run, or what changed in it."},
    **POST_RESPONSES,
}
_RUN_BODY = {
    "required": True,
    "content": {JSON: {"schema": RunRequest.model_json_schema(), "examples": EXAMPLES}},
}


@router.post(
    "/api/v1/run",
    summary="Run a program",
    description="Runs the program forward and backward: its graph, every number, every step, and the picture.",
    openapi_extra={"requestBody": _RUN_BODY},
    responses=_RUN_RESPONSES,
    response_class=Response,
    operation_id="run",
)
async def run(request: Request) -> Response:
    require_json(request)
    answer = await request.app.state.runs.answer(read(RunRequest, await request.body()))
    return Response(answer, headers=NEVER_KEPT, media_type=JSON)


# -- one node ----------------------------------------------------------------------------------------------------------

NODE_EXAMPLES: dict[str, dict[str, Any]] = {
    "sum": {
        "summary": "A node with two users",
        "value": {"source": "c = a*b\nd = c + a", "inputs": {"a": 2.0, "b": -3.0}, "node": "n0"},
    },
    "pass": {
        "summary": "In the first of two passes",
        "value": {"source": "y = x*x\ny.backward()\ny.backward()", "inputs": {"x": 3.0}, "node": "n0", "pass": 0},
    },
}


@cache
def _node_example() -> dict[str, Any]:
    value = NODE_EXAMPLES["sum"]["value"]
    return card(run_program(value["source"], value["inputs"]), value["node"])


_NODE_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"model": NodeCard, "description": "The card of the node."},
    **POST_RESPONSES,
}
_NODE_BODY = {
    "required": True,
    "content": {JSON: {"schema": NodeRequest.model_json_schema(), "examples": NODE_EXAMPLES}},
}


@router.post(
    "/api/v1/node",
    summary="All about a node",
    description="What a node is computed from and by which rules, who uses it, how its gradient came about, and the "
    "derivative of the output by it as a sum with all its terms. It speaks of one backward pass. A program that was "
    "run a moment ago is not run again.",
    openapi_extra={"requestBody": _NODE_BODY},
    responses=_NODE_RESPONSES,
    response_class=Response,
    operation_id="node",
)
async def node(request: Request) -> Response:
    require_json(request)
    answer = await request.app.state.runs.card(read(NodeRequest, await request.body()))
    return Response(answer, headers=NEVER_KEPT, media_type=JSON)


def require_json(request: Request) -> None:
    """Raise `Problem` unless the body is called plain JSON: a form on a foreign page cannot send that."""
    kinds = request.headers.getlist("content-type")
    if [kind.partition(";")[0].strip().lower() for kind in kinds] != [JSON]:
        raise Problem("media-type", "send the header Content-Type: application/json")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise Problem("media-type", "send the body as it is, without Content-Encoding")


# -- what there is -----------------------------------------------------------------------------------------------------


@cache
def _operations() -> bytes:
    return dumps({"operations": operations()})


@router.get(
    "/api/v1/ops",
    summary="The table of operations",
    description="All operations that a program can use, with their derivatives and what is chosen at kinks.",
    responses={200: {"model": Operations, "description": "The table."}},
    response_class=Response,
    operation_id="ops",
)
async def ops(request: Request) -> Response:
    return cacheable(request, _operations(), JSON, CHECKED)


@cache
def _names() -> bytes:
    return dumps(names())


@router.get(
    "/api/v1/names",
    summary="Every name of the language",
    description="What an editor offers: operations, functions, modules and their members, keywords; a line each.",
    responses={200: {"model": Vocabulary, "description": "The names."}},
    response_class=Response,
    operation_id="names",
)
async def names_(request: Request) -> Response:
    return cacheable(request, _names(), JSON, CHECKED)


@cache
def _glossary() -> bytes:
    return dumps({"terms": [term.document() for term in GLOSSARY.values()]})


@router.get(
    "/api/v1/glossary",
    summary="The words of the field",
    description="What forward pass, local gradient, chain rule and the rest mean, with small programs to try.",
    responses={200: {"model": Glossary, "description": "The words, in the order in which they build on each other."}},
    response_class=Response,
    operation_id="glossary",
)
async def glossary(request: Request) -> Response:
    return cacheable(request, _glossary(), JSON, CHECKED)


@router.get("/openapi.json", include_in_schema=False)
async def openapi(request: Request) -> Response:
    body = await request.app.state.runs.beside(lambda: dumps(request.app.openapi()))
    return cacheable(request, body, JSON, CHECKED)


# -- the service itself ------------------------------------------------------------------------------------------------


@router.get(
    "/healthz",
    summary="Is it alive?",
    description="Answers as long as the event loop turns; does no work.",
    responses={200: {"content": {"text/plain": {"example": "alive"}}, "description": "It is."}},
    response_class=Response,
    operation_id="healthz",
)
async def healthz() -> Response:
    return Response("alive\n", headers=NEVER_KEPT, media_type="text/plain")


@router.get(
    "/readyz",
    summary="Does it take requests?",
    description="Has a layout drawn by a worker. Says 503 as soon as the service is told to end.",
    responses={
        200: {"content": {"text/plain": {"example": "ready"}}, "description": "It does."},
        503: problem_response("Not now."),
    },
    response_class=Response,
    operation_id="readyz",
)
async def readyz(request: Request) -> Response:
    if request.app.state.draining:
        raise busy_problem("the service is ending")
    try:
        async with asyncio.timeout(5):
            await request.app.state.layouts.render("digraph { a -> b }", "plain")
    except (Busy, Failed, TimeoutError):
        raise busy_problem("no picture can be laid out at the moment") from None
    return Response("ready\n", headers=NEVER_KEPT, media_type="text/plain")


@router.get(
    "/metrics",
    summary="Counters",
    description="Requests by route and status, their durations, pictures, layouts; in Prometheus' text format.",
    responses={200: {"content": {"text/plain": {}}, "description": "The counters."}},
    response_class=Response,
    operation_id="metrics",
)
async def metrics(request: Request) -> Response:
    state = request.app.state
    return Response(state.metrics.text(state.layouts, state.runs.kept), headers=NEVER_KEPT, media_type=METRICS_TYPE)
