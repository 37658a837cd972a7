"""`POST /api/v1/compare`: another engine's trace of a program beside ours."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from app.lab.bench import experiment
from app.schemas import Answer, NodeId, Program, Shown, Value
from engine import Run, compare


def _trace(value: object) -> object:
    if isinstance(value, str | dict):
        return value
    raise PydanticCustomError("trace", "must be an object, or its JSON as a text")


_NUMBER: dict[str, Any] = {"anyOf": [{"type": "number"}, {"type": "string"}, {"type": "null"}]}
_ID: dict[str, Any] = {"anyOf": [{"type": "string"}, {"type": "number"}]}
_NODE = {
    "type": "object",
    "required": ["id"],
    "properties": {
        "id": _ID,
        "name": {"type": "string", "description": "As the program calls it; of the leaves at least."},
        "op": {"type": "string", "description": "As in `+`, `*`, `**2`, `tanh`, `ReLU`."},
        "data": _NUMBER,
        "grad": _NUMBER,
        "operands": {"type": "array", "items": _ID},
    },
}
_SENT = {
    "type": "object",
    "required": ["node", "operand", "contribution"],
    "properties": {"node": _ID, "operand": _ID, "slot": {"type": "integer"}, "contribution": _NUMBER},
}
_SCHEMA: dict[str, Any] = {
    "anyOf": [
        {
            "title": "A graph",
            "type": "object",
            "required": ["nodes"],
            "properties": {
                "nodes": {"type": "array", "items": _NODE},
                "output": _ID,
                "steps": {"type": "array", "items": _SENT},
            },
        },
        {"title": "Gradients by name", "type": "object", "additionalProperties": _NUMBER},
        {"title": "Either as text", "type": "string"},
    ]
}
Trace = Annotated[Any, PlainValidator(_trace), WithJsonSchema(_SCHEMA)]


class CompareRequest(Program):
    """A program, and what another engine made of it."""

    trace: Trace = Field(
        description='What your engine computed: `{"nodes": [{"id", "name", "op", "data", "grad", "operands"}]}`, of '
        "which all but `id` may be left out; if you have them with `steps`, the contributions "
        '`{"node", "operand", "contribution"}` in the order in which they came; or only gradients by name, '
        '`{"a": 4.0}`. The text that a program printed will do, NaN included. `/api/v1/faults` holds programs that '
        "print it.",
    )


class Both(Answer):
    """A number here and there; null for what the trace does not tell."""

    ours: Value | None
    theirs: Value | None


class BothShown(Answer):
    """Its texts."""

    ours: Shown
    theirs: Shown | None


class ComparedShown(Answer):
    """The texts of a pair of nodes."""

    data: BothShown
    grad: BothShown


class ComparedNode(Answer):
    """A node that is in both engines."""

    node: NodeId
    label: str
    theirs: str = Field(description="What the trace calls it: its name, else its id.")
    data: Both
    grad: Both
    agrees: bool
    shown: ComparedShown


class Difference(Answer):
    """The first difference: of a value on the way forward, else of a contribution or gradient on the way back."""

    kind: Literal["data", "edge", "grad"]
    node: NodeId = Field(description="Of an edge, the node that sends.")
    operand: NodeId | None
    slot: int | None
    at: NodeId = Field(description="The node whose number differs.")
    label: str
    ours: Value
    theirs: Value | None = Field(description="Null: nothing was sent.")
    shown: BothShown
    text: str


class Slip(Answer):
    """A mistake that would give the other engine's numbers."""

    name: str
    title: str
    text: str
    fault: bool = Field(description="Whether it is one of `/api/v1/faults`, and gives every number of the trace.")


class Compared(Answer):
    """Another engine beside this one."""

    agrees: bool
    verdict: str
    first: Difference | None
    slips: list[Slip] = Field(description="What may be the cause, the likeliest first.")
    compared: int = Field(description="How many gradients both engines have.")
    edges: int = Field(description="How many contributions the trace lists.")
    nodes: list[ComparedNode] = Field(description="The output first; at most 1,000.")
    unmatched: list[str] = Field(description="Nodes of the trace that are not in this program, or in another form.")
    missing: list[str] = Field(description="Nodes of this program that the trace does not have.")


def _compare(run: Run, request: CompareRequest) -> dict[str, Any]:
    return compare(run, request.trace)


_PROGRAM = {"source": "c = a*b\nd = c + a", "inputs": {"a": 2.0, "b": 3.0}}
experiment(
    "compare",
    CompareRequest,
    Compared,
    _compare,
    summary="Compare your own engine",
    description="Pairs the nodes of a trace with those of the program, by name, structure and number, and says where "
    "the two first differ, going forwards by value and backwards by gradient, and which mistake would give just these "
    "numbers. Numbers agree within 1e-5, relative, or to the digits that were written, if three or more.",
    examples={
        "gradients": {"summary": "Gradients alone", "value": {**_PROGRAM, "trace": {"a": 3.0, "b": 2.0}}},
        "graph": {
            "summary": "A graph with contributions",
            "value": {
                **_PROGRAM,
                "trace": {
                    "nodes": [
                        {"id": 1, "name": "a", "data": 2.0, "grad": 4.0},
                        {"id": 2, "name": "b", "data": 3.0, "grad": 3.0},
                        {"id": 3, "op": "*", "data": 6.0, "grad": 1.0, "operands": [1, 2]},
                        {"id": 4, "op": "+", "data": 8.0, "grad": 1.0, "operands": [3, 1]},
                    ],
                    "steps": [
                        {"node": 4, "operand": 3, "contribution": 1.0},
                        {"node": 4, "operand": 1, "contribution": 1.0},
                        {"node": 3, "operand": 1, "contribution": 3.0},
                        {"node": 3, "operand": 2, "contribution": 3.0},
                    ],
                },
            },
        },
    },
)
