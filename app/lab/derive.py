"""`POST /api/v1/derive` and `/api/v1/hessian`: the derivative as a program, and the table of second derivatives."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from app.lab.bench import experiment
from app.schemas import Answer, LeafNames, NodeId, Program, Shown, Text, Value
from engine import Run, derive, hessian


class DeriveRequest(Program):
    """A program and one of its leaves."""

    wrt: Text = Field(description="The leaf that the output is differentiated by: its name or `id`.")


class Labelled(Answer):
    """A node."""

    node: NodeId
    label: str


class DeriveAnswer(Answer):
    """A derivative as a program of its own."""

    output: Labelled = Field(description="What was differentiated.")
    wrt: Labelled
    name: str = Field(description="What the program calls the derivative, `dL_da`.")
    source: str = Field(description="The program: its leaves have the values that they have now.")
    fixed: list[str] = Field(description="Leaves that need no gradient; a run of `source` should hold them fixed.")
    value: Value = Field(description="What the program computes.")
    grad: Value | None = Field(description="What the backward pass says; null where no gradient is asked for.")
    shown: dict[str, Shown]
    agrees: bool = Field(description="Whether the two are the same but for rounding.")
    constant: bool = Field(description="Whether it is one number, whatever the leaves are.")
    operations: int = Field(description="How many operations the derivative takes.")
    sentence: str
    notes: list[str] = Field(description="What is chosen at kinks and steps.")


class HessianRequest(Program):
    """A program and some of its leaves."""

    leaves: LeafNames = Field(default=(), description="Up to 10 leaves, by name or `id`; the first 10 if none.")


class HessianLeaf(Labelled):
    """A leaf and its gradient."""

    grad: Value
    shown: dict[str, Shown]


class HessianAnswer(Answer):
    """Second derivatives, row by row in the order of `leaves`."""

    output: Labelled
    leaves: list[HessianLeaf]
    left_out: int = Field(description="How many more leaves the output depends on.")
    rows: list[list[Value]]
    shown: list[list[Shown]]
    symmetric: bool = Field(description="Whether both orders of differentiation give the same, but for rounding.")
    eigenvalues: list[Value] | None = Field(description="The curvatures, the smallest first; null if not all finite.")
    shown_eigenvalues: list[Shown] | None
    kind: Literal["minimum", "maximum", "saddle", "flat", "slope"] | None = Field(
        description="What the point is: `slope` where the gradient is not 0; null where not all is finite."
    )
    sentence: str
    notes: list[str]


def _derive(run: Run, request: DeriveRequest) -> dict[str, object]:
    return derive(run, request.wrt)


def _hessian(run: Run, request: HessianRequest) -> dict[str, object]:
    return hessian(run, request.leaves)


experiment(
    "derive",
    DeriveRequest,
    DeriveAnswer,
    _derive,
    summary="Differentiate again",
    description="Writes d(output)/d(leaf) as a program in the language itself, simplified a little. It can be run, "
    "walked through, and differentiated once more.",
    examples={
        "cube": {
            "summary": "3 x squared",
            "value": {"source": "x = 2.0\ny = x**3", "wrt": "x"},
        },
        "neuron": {
            "summary": "A neuron",
            "value": {"source": "L = tanh(w*x + b)", "inputs": {"w": -3.0, "x": 2.0, "b": 6.5}, "wrt": "w"},
        },
    },
)
experiment(
    "hessian",
    HessianRequest,
    HessianAnswer,
    _hessian,
    summary="Second derivatives",
    description="The table of second derivatives of the output by up to 10 leaves, with its eigenvalues, and what they "
    "say of the point. Programs of up to 5,000 nodes.",
    examples={
        "valley": {
            "summary": "The bottom of Rosenbrock's valley",
            "value": {"source": "f = (1 - x)**2 + 100*(y - x*x)**2", "inputs": {"x": 1.0, "y": 1.0}},
        },
        "saddle": {
            "summary": "A saddle",
            "value": {"source": "z = x*x - y*y", "inputs": {"x": 0.0, "y": 0.0}, "leaves": ["x", "y"]},
        },
    },
)
