"""`GET /api/v1/exercise`: turns a seed, a level and a number into a program to predict, the same for everybody."""

from __future__ import annotations

import re
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

from fastapi import Request
from pydantic import Field
from starlette.responses import Response

from app.answers import FRESH, cacheable
from app.api import JSON
from app.errors import input_problem
from app.lab.bench import answer_of, router
from app.reader import dumps
from app.schemas import Answer, problem_response
from engine import Unfit, exercise

PATH = "/api/v1/exercise"
_LEAST: dict[str, int] = {"seed": 0, "level": 1, "number": 1}
_ABOUT = {
    "seed": "Any whole number; each has a series of its own.",
    "level": "How difficult it is, from 1 on.",
    "number": "Its place among those of this level, from 1 on.",
}
_EXAMPLE = {"seed": 7, "level": 3}
_PARAMETERS = [
    {
        "name": name,
        "in": "query",
        "required": False,
        "description": _ABOUT[name],
        "schema": {"type": "integer", "minimum": least, "default": least},
    }
    for name, least in _LEAST.items()
]


class Position(Answer):
    """Where an exercise is in the series."""

    seed: int
    level: int
    number: int


class Exercise(Answer):
    """A made-up program."""

    seed: int
    level: int
    number: int
    title: str
    trains: str = Field(description="What it is good for, in a sentence.")
    source: str
    inputs: dict[str, float]
    fixed: list[str] = Field(description="Leaves that are data: they get no gradient.")
    first: int = Field(description="How many steps of its run come before the first contribution.")
    contributions: int = Field(description="How many contributions its backward pass has.")
    levels: list[str] = Field(description="What all levels are called.")
    numbers: int = Field(description="How many exercises a level has.")
    next: Position | None


@cache
def _answered() -> dict[str, Any]:
    return exercise(**{**_LEAST, **_EXAMPLE})


@router.get(
    PATH,
    summary="A made-up exercise",
    description="A program to predict, made from a seed number: the same for everybody who asks for the same seed, "
    "level and number, so that a whole class can have it. All its numbers are short.",
    openapi_extra={"parameters": _PARAMETERS, "x-example": _EXAMPLE},
    responses={
        200: answer_of(Exercise, "The exercise.", _answered()),
        422: problem_response("There is no such exercise."),
    },
    response_class=Response,
    operation_id="exercise",
)
async def exercise_(request: Request) -> Response:
    return cacheable(request, await request.app.state.runs.beside(_body, *_read(request)), JSON, FRESH)


def _body(seed: int, level: int, number: int) -> bytes:
    try:
        return dumps(exercise(seed, level, number))
    except Unfit as unfit:
        raise input_problem((unfit.field, unfit.message)) from None


def _read(request: Request) -> list[int]:
    """Return seed, level and number; raise `Problem`."""
    query = request.scope["query_string"].decode("latin-1")
    given: dict[str, str] = {}
    for name, text in parse_qsl(query, keep_blank_values=True, max_num_fields=100) if query.count("&") < 100 else ():
        if name not in _LEAST:
            raise input_problem((name[:60], f"is no parameter; there are {', '.join(_LEAST)}"))
        if name in given:
            raise input_problem((name, "stands twice"))
        given[name] = text
    return [_whole(name, given.get(name, str(least))) for name, least in _LEAST.items()]


def _whole(name: str, text: str) -> int:
    if not re.fullmatch("[0-9]{1,16}", text):
        raise input_problem((name, "must be a whole number"))
    return int(text)
