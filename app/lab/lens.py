"""`POST /api/v1/lens`: turns an operation of a program into the curves of its function."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from app.lab.bench import experiment
from app.schemas import Answer, NodeId, Number, Program, Shown, Text, Value
from engine import Run, lens


class LensRequest(Program):
    """A program and one of its operations."""

    node: Text = Field(description="The operation, by the name of its value or its `id`.")
    low: Number | None = Field(default=None, description="Where the curves begin; chosen by itself if absent.")
    high: Number | None = Field(default=None, description="Where the curves end; given together with `low`.")


class Tangent(Answer):
    """The line that touches the curve at the current point."""

    x: list[float]
    y: list[float]
    text: str


class Region(Answer):
    """A stretch of the curve that lets little or nothing through, or has no value."""

    kind: Literal["dead", "saturated", "outside", "overflow"]
    first: float
    last: float
    text: str


class Mark(Answer):
    """A place where the curve is not smooth."""

    kind: Literal["kink", "jump", "pole", "edge"]
    at: float
    text: str


class Sample(Answer):
    """A row of the table behind the curve."""

    here: bool = Field(description="Whether it is the current point.")
    shown: dict[str, Shown]


class Slot(Answer):
    """The operation as a function of one operand, the others held."""

    slot: int
    operand: NodeId
    label: str
    parameter: str = Field(description="What the table of operations calls the operand.")
    trainable: bool = Field(description="Whether a gradient goes to the operand.")
    at: Value
    value: Value
    local: Value = Field(description="The local derivative where the operand is.")
    shown: dict[str, Shown]
    state: Literal["open", "dead", "saturated", "kink", "outside", "overflow", "steep", "undefined"] = Field(
        description="What the operation does to gradients where the operand is."
    )
    sentence: str
    remark: str | None
    x: list[float] = Field(description="Where the curve is sampled.")
    y: list[Value]
    locals: list[Value] = Field(description="The local derivative at each sample.")
    tangent: Tangent | None
    window: dict[str, list[float]] = Field(description="What a plot should show of `x` and `y`.")
    regions: list[Region]
    marks: list[Mark]
    rows: list[Sample]


class LensAnswer(Answer):
    """What an operation does along each of its operands."""

    node: NodeId
    label: str
    op: str
    symbol: str
    about: str
    convention: str | None
    expression: str
    data: Value
    shown: Shown
    slots: list[Slot]


def _answer(run: Run, request: LensRequest) -> dict[str, object]:
    return lens(run, request.node, request.low, request.high)


experiment(
    "lens",
    LensRequest,
    LensAnswer,
    _answer,
    summary="Look at an operation",
    description="Samples the function of one operation along each operand, with its local derivative and its tangent "
    "at the current point, and tells where it is closed, saturated, bent or undefined.",
    examples={
        "tanh": {"summary": "A saturated tanh", "value": {"source": "y = tanh(x)", "inputs": {"x": 5.0}, "node": "y"}},
        "product": {
            "summary": "A product, on a range of one's own",
            "value": {"source": "y = a*b", "inputs": {"a": 2.0, "b": -3.0}, "node": "y", "low": -1.0, "high": 4.0},
        },
    },
)
