"""`POST /api/v1/check`: turns a program into its gradients beside differences of its output."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from app.lab.bench import experiment
from app.schemas import Answer, NodeId, Program, Shown, Value, Whole
from engine import Run, check_run


class CheckRequest(Program):
    """A program whose gradients are to be checked."""

    first: Whole = Field(default=0, description="Begin with this leaf, from 0; an answer says which comes `next`.")


class CheckedOutput(Answer):
    """The output that is differentiated."""

    node: NodeId
    label: str
    data: Value
    shown: Shown


class CheckedLeaf(Answer):
    """The gradient of one leaf beside differences."""

    node: NodeId
    label: str
    at: Value
    grad: Value = Field(description="By the reverse sweep.")
    difference: Value = Field(description="By differences, extrapolated to step 0.")
    error: Value
    relative: Value = Field(description="The error over the larger of the two.")
    left: Value = Field(description="The slope from the left.")
    right: Value = Field(description="The slope from the right.")
    step: float = Field(description="The largest step of the differences that were used.")
    verdict: Literal["agrees", "differs", "kink", "jump", "edge", "steep", "undefined", "unresolved"]
    passed: bool | None = Field(description="Null where there is no derivative, or differences cannot tell.")
    causes: list[NodeId] = Field(description="Operations that are not smooth where they stand.")
    text: str
    shown: dict[str, Shown]


class CheckAnswer(Answer):
    """The gradients of all trainable leaves beside differences."""

    output: CheckedOutput
    count: int = Field(description="How many trainable leaves the output depends on.")
    first: int
    next: int | None = Field(description="The leaf to go on with, if the answer does not hold all.")
    counts: dict[str, int] = Field(description="How many leaves of this answer have each verdict.")
    leaves: list[CheckedLeaf]
    sentences: list[str]


def _answer(run: Run, request: CheckRequest) -> dict[str, object]:
    return check_run(run, request.first)


experiment(
    "check",
    CheckRequest,
    CheckAnswer,
    _answer,
    summary="Check the gradients",
    description="Compares the gradient of every trainable leaf with differences of the output, which know no rule of "
    "differentiation: central ones over several steps, extrapolated to step 0 with an estimate of their error. Where "
    "there is no derivative, at a kink, a jump, an edge of the domain, the answer says so.",
    examples={
        "neuron": {
            "summary": "All gradients of a neuron",
            "value": {
                "source": "o = tanh(x1*w1 + x2*w2 + b)",
                "inputs": {"x1": 2.0, "w1": -3.0, "x2": 0.0, "w2": 1.0, "b": 6.88},
            },
        },
        "kink": {"summary": "At a kink", "value": {"source": "y = relu(x)", "inputs": {"x": 0.0}}},
    },
)
