"""`POST /api/v1/tree`: the graph unrolled into a tree, and folded back."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from app.lab.bench import experiment
from app.lab.paths import Count, ShownGrad
from app.schemas import Answer, NodeId, Place, Program, Shown, Value
from engine import Run, tree


class TreeRequest(Program):
    """A program whose graph is unrolled."""

    folded: Place = Field(
        default=None,
        description="How many shared values are folded back, from the output on; 0 is the whole tree. If absent, as "
        "few as leave a tree that is within the limit and not much larger than the graph.",
    )
    limit: Place = Field(
        default=400, description="How many nodes a tree that is written out may have, from 1 to 1,000."
    )


class TreeStage(Answer):
    """The tree after one more shared value is folded."""

    merged: NodeId | None = Field(description="What is folded last; null in the first stage, the whole tree.")
    label: str | None
    uses: int | None = Field(description="How many copies merge: one for each edge that leads to it.")
    nodes: Count
    fits: bool = Field(description="Whether it is within the limit.")


class TreeCopy(Answer):
    """One copy of a shared value."""

    name: str = Field(description="What it is called in `program`.")
    grad: Value
    shown: ShownGrad


class ShownCopies(Answer):
    sum: Shown
    grad: Shown


class Copies(Answer):
    """The copies of a shared value, whose gradients add up to its own."""

    node: NodeId
    label: str
    uses: int
    copies: list[TreeCopy]
    sum: Value
    grad: Value
    shown: ShownCopies
    text: str
    sentence: str


class TreeAnswer(Answer):
    """A graph as a tree, or on its way back."""

    output: NodeId
    output_label: str
    tree: Count = Field(description="Nodes of the whole tree; each use of a constant is one.")
    graph: int = Field(description="Nodes of the graph, counted in the same way.")
    folded: int
    nodes: Count = Field(description="Nodes of this stage.")
    stages: list[TreeStage] = Field(description="From the tree to the graph; the first 200.")
    stage_count: int
    limit: int
    program: str | None = Field(description="A program that computes this stage; null if it has too many nodes.")
    fixed: list[str] = Field(description="Leaves of `program` to be held fixed, since they get no gradient here.")
    copies: list[Copies] = Field(description="In the order of the backward pass.")
    next: NodeId | None = Field(description="What is folded next; null if nothing is left.")
    sentence: str


def _work(run: Run, request: TreeRequest) -> dict[str, Any]:
    return tree(run, folded=request.folded, limit=400 if request.limit is None else request.limit)


experiment(
    "tree",
    TreeRequest,
    TreeAnswer,
    _work,
    summary="The graph as a tree",
    description="A graph with shared values abbreviates a tree in which each use of a value has a copy of its own. "
    "The answer is that tree as a program, with the gradient of each copy: they add up to the gradient of the value. "
    "`folded` folds shared values back, one after the other. A tree can be much larger than its graph, so it is "
    "counted first, and written out within a limit.",
    examples={
        "shared": {
            "summary": "a is used twice",
            "value": {"source": "c = a*b\nd = c + a", "inputs": {"a": 2.0, "b": -3.0}},
        },
        "folded": {
            "summary": "The first shared value folded",
            "value": {"source": "b = a + a\nc = b*b", "inputs": {"a": 3.0}, "folded": 1},
        },
    },
)
