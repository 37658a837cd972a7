"""Higher order: turns the gradient of an output into nodes of the same tape. Start at `differentiate`.

It is the reverse sweep again, with the rules read on nodes in place of numbers; what it returns can be evaluated,
replayed, drawn, and differentiated once more.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.backward import dependencies
from engine.tape import Node, Tape


def differentiate(tape: Tape, output: int, wrt: Sequence[int]) -> list[int]:
    """Record d(output)/d(node) for each node of `wrt` on `tape`, and return the new nodes.

    Only what leads from `wrt` to `output` is recorded. A derivative that is 0 everywhere becomes the constant 0.
    """
    order = dependencies(tape, output)
    relevant = _depending_on(tape, order, wrt)
    adjoint: dict[int, Any] = {output: 1.0}
    for node in reversed(order):
        op, operands, upstream = tape.ops[node], tape.operands[node], adjoint.get(node)
        if op is None or upstream is None or node not in relevant:
            continue
        terms = [Node(tape, operand) for operand in operands]
        for slot, operand in enumerate(operands):
            if operand in relevant:
                contribution = _times(op.partials[slot](Node(tape, node), *terms), upstream)
                adjoint[operand] = _plus(adjoint.get(operand), contribution)
    return [_node(tape, adjoint.get(node)) for node in wrt]


def _depending_on(tape: Tape, order: Sequence[int], wrt: Sequence[int]) -> set[int]:
    relevant = set(wrt)
    for node in order:
        if not relevant.isdisjoint(tape.operands[node]):
            relevant.add(node)
    return relevant


def _times(local: Any, upstream: Any) -> Any:
    """Return the product, or None for a term that is 0 whatever the numbers are."""
    if not isinstance(local, Node):
        if local == 0:
            return None
        if local == 1:
            return upstream
    return local if not isinstance(upstream, Node) and upstream == 1 else local * upstream


def _plus(before: Any, contribution: Any) -> Any:
    if before is None or contribution is None:
        return contribution if before is None else before
    return before + contribution


def _node(tape: Tape, gradient: Any) -> int:
    return gradient.index if isinstance(gradient, Node) else tape.constant(float(gradient or 0.0))
