"""Forward mode: turns a tape and one of its nodes into tangents, d(node)/d(that one), operands first.

It is the chain rule from the other end: a tangent goes along with each value, and one sweep has the derivatives of all
nodes by one leaf, where the reverse sweep has the derivatives of one output by all leaves. Start at `tangents`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from engine.backward import chain
from engine.ops import Op
from engine.tape import Tape


class Edge(NamedTuple):
    """An edge that carries gradients, with its local partial derivative."""

    node: int
    slot: int
    operand: int
    local: float
    op: Op

    @property
    def is_closed(self) -> bool:
        """Whether nothing passes, not even inf or nan: relu below 0."""
        return self.op.gates and self.local == 0


Edges = Mapping[int, tuple[Edge, ...]]
"""By node, the edges to its operands, by slot."""


def edges_of(tape: Tape, order: Sequence[int]) -> Edges:
    """Return, for the operations of `order`, the edges that the reverse sweep goes along."""
    return {node: edges for node in order if (edges := tuple(_edges(tape, node)))}


def _edges(tape: Tape, node: int) -> Iterator[Edge]:
    op, needs_grad = tape.ops[node], tape.needs_grad
    if op is None or not needs_grad[node]:
        return
    operands = tape.operands[node]
    values = tape.values(operands)
    for slot, operand in enumerate(operands):
        if needs_grad[operand]:
            yield Edge(node, slot, operand, op.partial(slot, tape.data[node], values), op)


def tangents(edges: Edges, order: Sequence[int], start: int) -> dict[int, float]:
    """Return d(node)/d(`start`) for each node of `order` (operands first) that depends on `start`."""
    found = {start: 1.0}
    for node in order[bisect_right(order, start) :]:
        for _, _, operand, local, op in edges.get(node, ()):
            if operand in found:
                found[node] = found.get(node, 0.0) + chain(op, found[operand], local)
    return found
