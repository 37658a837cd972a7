"""The bench: turns an experiment of the engine into an address `POST /api/v1/<name>`. Start at `experiment`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

from fastapi import APIRouter, Request
from pydantic.json_schema import models_json_schema
from starlette.responses import Response

from app.api import JSON, NEVER_KEPT, POST_RESPONSES, require_json
from app.schemas import Answer, Program, read
from engine import Run
from engine import run as run_program

RequestModel = TypeVar("RequestModel", bound=Program)
Work = Callable[[Run, RequestModel], dict[str, Any]]

router = APIRouter()
_FIRST: dict[str, Callable[[], dict[str, Any]]] = {}
ANSWERS: dict[str, type[Answer]] = {}
"""The models of answers, by the names that the OpenAPI document has for them."""


def experiment(
    name: str,
    asked: type[RequestModel],
    answered: type[Answer],
    work: Work[RequestModel],
    *,
    summary: str,
    description: str,
    examples: Mapping[str, Mapping[str, Any]],
) -> None:
    """Make `POST /api/v1/{name}`: `work(run, request)` beside the event loop, on a run that may be at hand already.

    `examples`: OpenAPI's, `{key: {"summary": ..., "value": request}}`; the answer to the first one is documented too.
    """
    path = f"/api/v1/{name}"

    async def answer(request: Request) -> Response:
        require_json(request)
        body = await request.app.state.runs.experiment(read(asked, await request.body()), work)
        return Response(body, headers=NEVER_KEPT, media_type=JSON)

    router.add_api_route(
        path,
        answer,
        methods=["POST"],
        summary=summary,
        description=description,
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {JSON: {"schema": asked.model_json_schema(), "examples": examples}},
            }
        },
        responses={200: answer_of(answered, summary), **POST_RESPONSES},
        response_class=Response,
        operation_id=name,
    )
    _FIRST[path] = partial(_answered, asked, work, next(iter(examples.values()))["value"])


def answer_of(answered: type[Answer], description: str, example: Any = None) -> dict[str, Any]:
    """Return an answer for OpenAPI. Its model is told by `describe`: FastAPI takes seconds for them all."""
    ANSWERS[answered.__name__] = answered
    content = {"schema": {"$ref": _PLACE.format(model=answered.__name__)}} | ({"example": example} if example else {})
    return {"description": description, "content": {JSON: content}}


_PLACE = "#/components/schemas/{model}"


def describe(document: dict[str, Any]) -> None:
    """Put the models of all answers into an OpenAPI document."""
    _, found = models_json_schema([(model, "serialization") for model in ANSWERS.values()], ref_template=_PLACE)
    document["components"]["schemas"] |= found["$defs"]


def _answered(asked: type[RequestModel], work: Work[RequestModel], value: Mapping[str, Any]) -> dict[str, Any]:
    request = asked.model_validate(value)
    return work(run_program(request.source, request.inputs, fixed=request.fixed), request)


def answer_examples() -> dict[str, dict[str, Any]]:
    """Return, by path, what the first example of each experiment is answered with."""
    return {path: answer() for path, answer in _FIRST.items()}
