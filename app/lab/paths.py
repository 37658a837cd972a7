"""`POST /api/v1/paths`: a gradient as the sum over all paths, and by forward mode."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from app.lab.bench import experiment
from app.schemas import Answer, NodeId, Place, Program, Shown, Text, Value
from engine import Run, paths


class PathsRequest(Program):
    """A program and one of its nodes."""

    node: Text | None = Field(
        default=None,
        description="The node that the paths lead to, by its id or name; if absent, the leaf with the most paths.",
    )
    most: Place = Field(default=20, description="How many paths to list, from 1 to 200.")
    skip: Place = Field(
        default=0, description="How many of the largest paths to pass over; 10,000 at most, with those listed."
    )


class Count(Answer):
    """A number of things, perhaps a very large one."""

    exact: int | str | None = Field(
        description="All digits, as a text where a double would round them; null where they are too many."
    )
    text: str


class ShownProduct(Answer):
    product: Shown


class Path(Answer):
    """A way from the output down to the node. Of a very long one, the first edges are told."""

    rank: int = Field(description="Its place by size, from 1.")
    length: int = Field(description="How many edges it has.")
    nodes: list[NodeId] = Field(description="From the output to the node.")
    labels: list[str]
    edges: list[tuple[NodeId, int]] = Field(description="Each a node and the slot of the operand that is next.")
    locals: list[Shown] = Field(description="The local derivative of each edge.")
    product: Value
    share: str | None = Field(description="The product in percent of the gradient; null where that says nothing.")
    shown: ShownProduct
    factors: str = Field(description="The local derivatives as they are multiplied.")
    text: str


class ShownListed(Answer):
    sum: Shown
    rest: Shown


class Listed(Answer):
    """What the listed paths add up to, and what is left of the gradient."""

    count: int
    sum: Value
    share: str | None
    rest_count: Count
    rest: Value
    shown: ShownListed
    sentence: str


class ShownSum(Answer):
    value: Shown
    difference: Shown


class Sum(Answer):
    """The sum over all paths, added up node by node from the paths' ends, as forward mode does."""

    value: Value
    difference: Value = Field(description="What it differs by from the gradient.")
    shown: ShownSum
    sentence: str


class ShownLocal(Answer):
    local: Shown


class Factor(Answer):
    """One factor of a path: the local derivative along an edge."""

    node: NodeId
    operand: NodeId
    slot: int
    label: str
    local: Value
    shown: ShownLocal


class Factors(Answer):
    """What makes the largest path's product small or large."""

    smallest: Factor
    largest: Factor
    sentence: str


class ShownTangent(Answer):
    tangent: Shown


class Tangent(Answer):
    """One step of forward mode: d(node)/d(the node that was asked for)."""

    node: NodeId
    label: str
    tangent: Value
    shown: ShownTangent
    text: str


class ShownForward(Answer):
    grad: Shown
    tangent: Shown
    difference: Shown


class ForwardRow(Answer):
    """A leaf's gradient by the reverse sweep and by a sweep of forward mode."""

    node: NodeId
    label: str
    paths: Count
    grad: Value
    tangent: Value = Field(description="d(output)/d(leaf) by forward mode.")
    difference: Value
    agrees: bool = Field(description="Whether no more than rounding separates the two.")
    shown: ShownForward


class Costs(Answer):
    """How many multiplications of local derivatives each way to all gradients takes."""

    edges: int
    leaves: int
    paths: Count = Field(description="Paths from the output to all leaves.")
    reverse: Count
    forward: Count
    naive: Count = Field(description="Along every path by itself.")
    sentence: str


class ShownGrad(Answer):
    grad: Shown


class PathsAnswer(Answer):
    """A gradient as a sum over paths."""

    node: NodeId
    label: str
    output: NodeId
    output_label: str
    grad: Value
    count: Count
    skip: int
    paths: list[Path] = Field(description="The largest products first; equal ones in a fixed order.")
    listed: Listed
    sum: Sum
    factors: Factors | None
    tangents: list[Tangent] = Field(description="In the order of computation; the first 1,000.")
    tangent_count: int
    forward: list[ForwardRow] = Field(description="As many leaves as there is time for.")
    forward_sentence: str
    costs: Costs
    shown: ShownGrad
    sentence: str


def _work(run: Run, request: PathsRequest) -> dict[str, Any]:
    return paths(run, request.node, most=20 if request.most is None else request.most, skip=request.skip or 0)


experiment(
    "paths",
    PathsRequest,
    PathsAnswer,
    _work,
    summary="A gradient as a sum over paths",
    description="Every path from the output to a node gives the product of the local derivatives along its edges; the "
    "gradient is the sum of these products. Paths are counted, however many there are, and those with the largest "
    "products are listed. The same gradient by forward mode stands beside it, with how many multiplications each way "
    "takes.",
    examples={
        "shared": {
            "summary": "Two paths lead to a",
            "value": {"source": "c = a*b\nd = c + a", "inputs": {"a": 2.0, "b": -3.0}, "node": "a"},
        },
        "doublings": {
            "summary": "2^60 paths, of which two are listed",
            "value": {"source": "y = x\nfor i in range(60):\n    y = y + y", "inputs": {"x": 1.0}, "most": 2},
        },
    },
)
