"""`POST /api/v1/nudge`: turns a node and a small number into what happens to the output."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from app.lab.bench import experiment
from app.schemas import Answer, NodeId, Number, Program, Shown, Text, Value
from engine import Run, nudge


class NudgeRequest(Program):
    """A program, one of its nodes, and how far to move it."""

    node: Text = Field(description="The node, by its name or `id`: a leaf, a constant or an operation.")
    h: Number = Field(default=0.1, description="How far the node is moved, up and down; above 0.")


class NudgedOutput(Answer):
    """The output that is watched."""

    node: NodeId
    label: str


class Case(Answer):
    """The node moved to one side."""

    x: Value = Field(description="Where the node is held.")
    change: float = Field(description="`h` or `-h`.")
    value: Value = Field(description="The output there.")
    delta: Value = Field(description="How far the output moved.")
    ratio: Value = Field(description="`delta / change`.")
    predicted: Value = Field(description="`grad * change`.")
    verdict: Literal["increased", "decreased", "unchanged", "undefined"]
    foretold: bool | None = Field(description="Whether the sign of the gradient said so; null where one is no number.")
    text: str
    sentence: str
    shown: dict[str, Shown]


class Curvature(Answer):
    """How the output bends where the node is, and what gradient times h misses."""

    value: float = Field(description="The second derivative, exact but for rounding.")
    shown: Shown
    text: str


class Difference(Answer):
    """A slope by differences, and how far it is from the gradient."""

    estimate: Value
    error: Value
    shown: dict[str, Shown]


class Differences(Answer):
    """The three differences of one step."""

    h: float
    shown: Shown
    forward: Difference = Field(description="(f(x+h) - f(x)) / h.")
    backward: Difference = Field(description="(f(x) - f(x-h)) / h.")
    central: Difference = Field(description="(f(x+h) - f(x-h)) / 2h.")


class Steps(Answer):
    """Differences over steps from large to tiny, `h` among them unless it is far out."""

    unit: float = Field(description="The largest step: 1, or the power of ten of a very large or small number.")
    rows: list[Differences]
    best: dict[str, int | None] = Field(description="The row with the smallest error; null if no error is finite.")
    sentences: list[str]


class NudgeAnswer(Answer):
    """What happens to the output when one node moves."""

    node: NodeId
    label: str
    role: Literal["input", "constant", "operation"]
    output: NudgedOutput
    data: Value
    value: Value = Field(description="The output as it is.")
    grad: Value = Field(description="d(output)/d(node), also where the program asks for none.")
    h: float
    shown: dict[str, Shown]
    trainable: bool = Field(description="Whether a gradient was asked for.")
    depends: bool = Field(description="Whether there is a path from the node to the output.")
    kind: Literal["smooth", "kink", "jump", "edge", "steep", "undefined", "unresolved"] = Field(
        description="What the point is by differences alone."
    )
    curvature: Curvature | None
    cases: list[Case] = Field(description="Down, then up.")
    sentences: list[str]
    table: Steps


def _answer(run: Run, request: NudgeRequest) -> dict[str, object]:
    return nudge(run, request.node, request.h)


experiment(
    "nudge",
    NudgeRequest,
    NudgeAnswer,
    _answer,
    summary="Nudge a node",
    description="Moves one node of the graph a little and tells how far the output moves, beside what the gradient "
    "says; and how the three kinds of differences come near the gradient, and leave it again, as the step shrinks.",
    examples={
        "weight": {
            "summary": "The loss at w = 2.9 and 3.1",
            "value": {"source": "loss = w**2", "inputs": {"w": 3.0}, "node": "w"},
        },
        "inner": {
            "summary": "An inner node",
            "value": {"source": "c = a*b\nd = c + a", "inputs": {"a": 2.0, "b": 3.0}, "node": "c", "h": 0.001},
        },
    },
)
