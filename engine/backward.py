"""Reverse sweep: turns a tape into the contributions that make up its gradients. Start at `sweep`."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from engine.ops import Op
from engine.tape import Tape


class Contribution(NamedTuple):
    """What one edge carries backwards: `contribution = upstream * local`, added to the gradient of `operand`."""

    node: int
    operand: int
    slot: int
    upstream: float
    local: float
    contribution: float


def dependencies(tape: Tape, output: int) -> list[int]:
    """Return what `output` depends on, itself included, in topological order (operands first)."""
    return sorted(with_operands(tape, (output,)))


def with_operands(tape: Tape, nodes: Iterable[int]) -> set[int]:
    """Return `nodes` and all that they are computed from."""
    reached = set(nodes)
    stack = list(reached)
    while stack:
        for operand in tape.operands[stack.pop()]:
            if operand not in reached:
                reached.add(operand)
                stack.append(operand)
    return reached


def sweep(tape: Tape, order: Sequence[int]) -> Iterator[Contribution]:
    """Walk `order` (a topological order that ends in the output) backwards; yield one contribution for each edge.

    This is the chain rule: d(output)/d(operand) sums, over the edges that leave the operand, the gradient of the
    consumer (upstream) times the local partial derivative. In reversed topological order the upstream is complete
    before it is passed on. Edges to operands that need no gradient carry nothing.
    """
    ops, data, needs_grad = tape.ops, tape.data, tape.needs_grad
    adjoint = dict.fromkeys(order, 0.0)
    adjoint[order[-1]] = 1.0
    for node in reversed(order):
        op, operands, upstream = ops[node], tape.operands[node], adjoint[node]
        if op is not None and needs_grad[node]:
            values = tape.values(operands)
            for slot, operand in enumerate(operands):
                if needs_grad[operand]:
                    local = op.partial(slot, data[node], values)
                    contribution = chain(op, upstream, local)
                    adjoint[operand] += contribution
                    yield Contribution(node, operand, slot, upstream, local, contribution)


def chain(op: Op, upstream: float, local: float) -> float:
    """Return `upstream * local`, or 0 at a closed gate: relu below 0 stops even inf and nan, as in PyTorch."""
    return 0.0 if op.gates and local == 0 else upstream * local


def gradients(tape: Tape, output: int) -> list[float]:
    """Return d(output)/d(node) for every node up to `output`; 0 where the output does not depend on it."""
    grads = [0.0] * (output + 1)
    grads[output] = 1.0
    for edge in sweep(tape, dependencies(tape, output)):
        grads[edge.operand] += edge.contribution
    return grads
