"""`/api/v1/faults`, `/api/v1/break` and `/api/v1/smallest`: wrong backward passes beside the right one."""

from __future__ import annotations

import asyncio
from functools import cache
from typing import Any, Literal

from fastapi import Request
from pydantic import Field
from starlette.responses import Response

from app.answers import CHECKED, cacheable
from app.api import JSON, NEVER_KEPT, POST_RESPONSES, require_json
from app.errors import input_problem
from app.lab.bench import answer_of, experiment, router
from app.reader import dumps
from app.schemas import Answer, NodeId, Program, Question, Shown, Text, Value, read
from engine import FAULTS, SNIPPETS, Run, Unfit, broken, smallest

_FAULT = f"The fault, by its `name`: {', '.join(f'`{name}`' for name in FAULTS)}."

# -- the table ---------------------------------------------------------------------------------------------------------


class Line(Answer):
    """A line of code."""

    text: str
    wrong: bool = Field(description="Whether the mistake is in it.")


class Fault(Answer):
    """A mistake that a backward pass may have."""

    name: str
    title: str
    about: str = Field(description="What the slip is, who makes it, and where it shows.")
    lines: list[Line] = Field(description="The mistaken code.")
    cure: str = Field(description="What the wrong line should say.")


class Snippet(Answer):
    """A Python program that prints what `/api/v1/compare` takes as `trace`."""

    title: str
    about: str
    code: str


class Faults(Answer):
    """The table of faults, and how another engine is brought here."""

    faults: list[Fault]
    snippets: list[Snippet]


@cache
def _faults() -> bytes:
    snippets = [{"title": title, "about": about, "code": code} for title, about, code in SNIPPETS]
    return dumps({"faults": [fault.document() for fault in FAULTS.values()], "snippets": snippets})


@router.get(
    "/api/v1/faults",
    summary="Mistakes of backward passes",
    description="The faults that `/api/v1/break` and `/api/v1/smallest` know, with their code, and programs that print "
    "a trace of your own engine for `/api/v1/compare`.",
    responses={200: answer_of(Faults, "The table.")},
    response_class=Response,
    operation_id="faults",
)
async def faults(request: Request) -> Response:
    return cacheable(request, _faults(), JSON, CHECKED)


# -- both side by side -------------------------------------------------------------------------------------------------


class BreakRequest(Program):
    """A program and a fault."""

    fault: Text = Field(description=_FAULT)


class BrokenStep(Answer):
    """A step of a backward pass; numbers that it does not have are null."""

    kind: Literal["seed", "edge"]
    node: NodeId
    operand: NodeId | None
    slot: int | None
    upstream: Value | None
    local: Value | None
    contribution: Value | None
    before: Value | None
    after: Value | None
    shown: dict[str, Shown]
    text: str = Field(description="What is done, as code with its numbers.")
    brief: str = Field(description="The same in short, with the gradient after it.")
    wrong: bool = Field(description="Whether what it carries or writes is not what it should be.")
    why: str | None = Field(description="What is wrong about it, in words.")


class FirstWrong(Answer):
    """Where a pass goes wrong first."""

    step: int = Field(description="The step of `wrong`, from 0.")
    node: NodeId = Field(description="The node whose gradient is wrong from then on.")
    label: str
    why: str


class BothGradients(Answer):
    """The texts of a node's two gradients."""

    right: Shown
    wrong: Shown


class BrokenNode(Answer):
    """A node and its gradient at the end of both passes."""

    node: NodeId
    label: str
    leaf: bool
    right: Value
    wrong: Value
    differs: bool
    shown: BothGradients


class Broken(Answer):
    """The right and the wrong backward pass of a program."""

    fault: Fault
    output: NodeId
    right: list[BrokenStep]
    wrong: list[BrokenStep]
    complete: bool = Field(description="Whether `wrong` has all steps; a recursion may have too many.")
    shows: bool = Field(description="Whether a gradient is wrong at the end.")
    first: FirstWrong | None = Field(description="Null: no step is wrong.")
    verdict: str = Field(description="What became of it, in words.")
    nodes: list[BrokenNode] = Field(description="All nodes with a gradient, the output first.")


def _broken(run: Run, request: BreakRequest) -> dict[str, Any]:
    return broken(run, request.fault)


experiment(
    "break",
    BreakRequest,
    Broken,
    _broken,
    summary="Break the backward pass",
    description="Runs the backward pass of a program twice, as it should be and with a fault of your choice, and finds "
    "the first wrong number.",
    examples={
        "assign": {
            "summary": "= in place of +=",
            "value": {"source": "c = a*b\nd = c + a", "inputs": {"a": 2.0, "b": 3.0}, "fault": "assign"},
        },
        "recursion": {
            "summary": "Recursion without a sort",
            "value": {"source": "u = a*a\nu*u", "inputs": {"a": 3.0}, "fault": "recursion"},
        },
    },
)

# -- the smallest program ----------------------------------------------------------------------------------------------


class SmallestRequest(Question):
    """A fault."""

    fault: Text = Field(description=_FAULT)


class SmallestLeaf(Answer):
    """A leaf and its two gradients."""

    name: str
    right: Value
    wrong: Value
    differs: bool
    shown: BothGradients


class Smallest(Answer):
    """A smallest program on which a fault shows."""

    fault: str
    source: str
    inputs: dict[str, float]
    operations: int
    characters: int
    looked_at: int = Field(description="How many programs were tried, this one included.")
    leaves: list[SmallestLeaf]
    text: str = Field(description="In what sense it is the smallest.")


_EXAMPLES = {"recursion": {"summary": "Recursion without a sort", "value": {"fault": "recursion"}}}


@router.post(
    "/api/v1/smallest",
    summary="The smallest program that shows a fault",
    description="Looks through all programs over a few leaves, by the number of operations, then of characters, for "
    "the first on which the fault leads to a wrong gradient.",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {JSON: {"schema": SmallestRequest.model_json_schema(), "examples": _EXAMPLES}},
        }
    },
    responses={200: answer_of(Smallest, "The program."), **POST_RESPONSES},
    response_class=Response,
    operation_id="smallest",
)
async def smallest_(request: Request) -> Response:
    require_json(request)
    asked = read(SmallestRequest, await request.body())
    try:
        found = await asyncio.to_thread(smallest, asked.fault)
    except Unfit as error:
        raise input_problem((f"/{error.field}", error.message)) from None
    return Response(dumps(found), headers=NEVER_KEPT, media_type=JSON)
