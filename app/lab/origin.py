"""`POST /api/v1/origin`: where nan comes from, and what cures it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from app.lab.bench import experiment
from app.schemas import Answer, Edit, NodeId, Program, Shown, Span, Text, Value
from engine import Run, origin


class OriginRequest(Program):
    """A program."""

    leaf: Text = Field(
        default="", description="The leaf to whose gradient the factors are told; the most extreme one if absent."
    )


class OriginLeaf(Answer):
    """A leaf that a number was computed from."""

    node: NodeId
    label: str
    shown: Shown


class Event(Answer):
    """The first number of a pass that is not finite."""

    phase: Literal["leaf", "forward", "backward", "update"] = Field(
        description="A leaf that is not finite from the start, a result, a contribution, or a write of the program."
    )
    step: int = Field(description="It is seen after so many steps.")
    node: NodeId
    label: str
    operand: NodeId | None = Field(description="Backwards: the operand that the contribution goes to.")
    slot: int | None = Field(description="Backwards: the operand's place.")
    span: Span | None
    value: Value
    shown: Shown
    calculation: str = Field(description="What was computed, in numbers: `log(0) = −∞`.")
    sentence: str
    origins: list[OriginLeaf] = Field(alias="from", description="The first 20 leaves that it was computed from.")
    from_count: int
    spread: list[NodeId] = Field(
        description="The first 20 nodes whose numbers, or gradients, are not finite because of it."
    )
    spread_count: int
    spread_text: str


class Cure(Answer):
    """A rewrite that was tried: with it, both passes are finite."""

    title: str
    about: str
    exact: bool = Field(description="Whether it means the same; else it differs by a little, or where nothing was.")
    same: bool | None = Field(description="Whether the output is the same at other inputs; null if that was not seen.")
    compared: int = Field(description="At how many other inputs that was seen.")
    edits: list[Edit] = Field(description="In the order of the text; they do not overlap.")
    source: str = Field(description="The program after them.")
    shown: Shown = Field(description="The output then.")
    sentence: str


class FactorEdge(Answer):
    """One edge of a path, and the product so far."""

    node: NodeId
    slot: int
    operand: NodeId
    label: str
    op: str
    shown: dict[str, Shown]


class FactorLeaf(Answer):
    """A leaf."""

    node: NodeId
    label: str


class Factors(Answer):
    """Of all paths from the output to a leaf, the one with the largest product of local derivatives."""

    leaf: FactorLeaf
    kind: Literal["vanishing", "exploding", "plain"]
    edges: list[FactorEdge] = Field(description="From the output on; the first and the last 100 of a longer path.")
    length: int
    product: Value
    shown: dict[str, Shown]
    sentence: str


class OriginAnswer(Answer):
    """Where nan comes from."""

    finite: bool = Field(description="Whether all numbers of both passes are finite.")
    harmless: bool = Field(description="Whether the output and all gradients of leaves are finite in spite of it.")
    forward: Event | None
    backward: Event | None
    others: list[Event] = Field(
        description="The first 8 of the other numbers that are not finite although what they were computed from is: "
        "together with the first of each pass they account for every such number."
    )
    others_count: int
    cures: list[Cure] = Field(description="Those that keep the meaning first.")
    factors: Factors | None = Field(description="Where all is finite: what makes a gradient vanish or explode.")
    sentence: str
    notes: list[str]


def _answer(run: Run, request: OriginRequest) -> dict[str, object]:
    return origin(run, request.leaf or None)


experiment(
    "origin",
    OriginRequest,
    OriginAnswer,
    _answer,
    summary="Where nan comes from",
    description="Finds the first number of the forward pass, and of the backward pass, that is not finite, explains it "
    "from the numbers that met there, and proposes rewrites that were run and found to cure it. Where all is finite: "
    "the factors that make a gradient vanish or explode.",
    examples={
        "overflow": {
            "summary": "log(1 + exp(x)) at 800",
            "value": {"source": "x = 800.0\ny = log(1 + exp(x))"},
        },
        "vanishing": {
            "summary": "Five sigmoids",
            "value": {"source": "h = x\nfor k in range(5):\n    h = sigmoid(h)\nh", "inputs": {"x": 2.0}, "leaf": "x"},
        },
    },
)
