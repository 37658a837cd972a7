"""Tables of data in requests and answers: `/api/v1/data` reads one, `/api/v1/data/sets` lists those built in."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Request
from pydantic import Field, PlainValidator, ValidationError, WithJsonSchema
from pydantic_core import InitErrorDetails, PydanticCustomError
from starlette.responses import Response

from app.api import JSON, NEVER_KEPT, POST_RESPONSES, require_json
from app.errors import input_problem
from app.lab.bench import answer_of, router
from app.reader import dumps
from app.schemas import Answer, LeafNames, Question, Value, number_of, read
from engine import Unfit, data, data_sets

ROWS = 1000


def _rows(value: object) -> list[list[float]] | None:
    if value is None:
        return None
    if not isinstance(value, list) or len(value) > ROWS or not all(isinstance(row, list) for row in value):
        raise PydanticCustomError("rows", f"must be a list of at most {ROWS:,} rows, each a list of numbers")
    return [[_cell(x, k, column) for column, x in enumerate(row)] for k, row in enumerate(value)]


def _cell(value: object, row: int, column: int) -> float:
    """Return a number of a table; raise what is wrong with it at its place."""
    try:
        return number_of(value)
    except PydanticCustomError as error:
        wrong = InitErrorDetails(type=error, loc=(row, column), input=value)
        raise ValidationError.from_exception_data("rows", [wrong]) from None


def _optional_text(value: object) -> str | None:
    if value is not None and not isinstance(value, str):
        raise PydanticCustomError("text", "must be a text")
    return value


_ROWS_SCHEMA = {
    "anyOf": [
        {"type": "array", "items": {"type": "array", "items": {"type": "number"}}, "maxItems": ROWS},
        {"type": "null"},
    ]
}
Rows = Annotated[list[list[float]] | None, PlainValidator(_rows), WithJsonSchema(_ROWS_SCHEMA)]
_TEXT_SCHEMA = {"anyOf": [{"type": "string"}, {"type": "null"}]}
OptionalText = Annotated[str | None, PlainValidator(_optional_text), WithJsonSchema(_TEXT_SCHEMA)]


class Data(Question):
    """A table: `rows`, `csv`, or a `set` that is built in; one of the three."""

    columns: LeafNames = Field(
        default=(),
        description="The names of the columns, which are inputs of the program; where absent those of the first line "
        "of `csv` or of the set, else x and y, or x0, x1, … and y.",
    )
    rows: Rows = Field(default=None, description="The rows, a number for each column.")
    csv: OptionalText = Field(
        default=None,
        description="The rows as text: cells parted by tab, semicolon or comma; a decimal comma with the first two; "
        "perhaps with a line of names above.",
    )
    set: OptionalText = Field(default=None, description="The name of a table that is built in.")


class Fit(Answer):
    """A program that fits a table, and how its descent is best begun."""

    source: str
    inputs: dict[str, Value]
    prediction: str = Field(description="The variable that is the model's answer to a row.")
    threshold: float = Field(description="Where a prediction changes sides.")
    optimizer: str
    settings: dict[str, Any]
    iterations: int


class DataAnswer(Answer):
    """A table."""

    set: str | None
    title: str
    columns: list[str]
    rows: list[list[Value]]
    shown: list[list[str]] = Field(description="The numbers as short texts.")
    program: Fit | None = Field(description="For a table that is built in: a program that fits it.")
    sentence: str


class DataSet(Answer):
    """A table that is built in."""

    name: str
    title: str
    columns: list[str]
    rows: int
    program: Fit


class DataSets(Answer):
    """The tables that are built in."""

    sets: list[DataSet]


_EXAMPLES = {
    "csv": {"summary": "Pasted text", "value": {"csv": "x;y\n1;2,5\n2;4,1"}},
    "set": {"summary": "A table that is built in", "value": {"set": "xor"}},
}
_BODY = {
    "required": True,
    "content": {JSON: {"schema": Data.model_json_schema(), "examples": _EXAMPLES}},
}
_SET_RESPONSES: dict[int | str, dict[str, Any]] = {200: answer_of(DataSets, "The tables.")}
_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: answer_of(DataAnswer, "The table."),
    **POST_RESPONSES,
}


def given(table: Data | None) -> dict[str, Any] | None:
    """Return a table of a request as the engine takes it."""
    return None if table is None else table.model_dump()


@router.post(
    "/api/v1/data",
    summary="Read a table",
    description="Reads pasted text as a table of numbers, or returns a table that is built in, with a program for it.",
    openapi_extra={"requestBody": _BODY},
    responses=_RESPONSES,
    response_class=Response,
    operation_id="data",
)
async def answer(request: Request) -> Response:
    """Return the table of the body."""
    require_json(request)
    asked = read(Data, await request.body())
    try:
        return Response(dumps(data(asked.model_dump())), headers=NEVER_KEPT, media_type=JSON)
    except Unfit as error:
        raise input_problem(("/" + error.field.strip("/") if error.field else "", error.message)) from None


@router.get(
    "/api/v1/data/sets",
    summary="List the tables that are built in",
    description="The tables that are built in, each with a program that fits it.",
    responses=_SET_RESPONSES,
    response_class=Response,
    operation_id="data_sets",
)
async def sets() -> Response:
    """Return what is built in."""
    return Response(dumps(data_sets()), media_type=JSON)
