"""Replay: turns a recorded tape and new leaf values into new data and gradients, without running the program again.

Start at `Replay`. It is compiled once per tape: constants and whatever depends on them alone are done, and each
operation becomes a row of a table; sums and products, nearly all of any graph, have rows of their own kind, and a
product that is added at once and used nowhere else shares a row with its sum. The numbers are those of the sweep, to
the last bit: the same operations in the same order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from engine.backward import chain, dependencies
from engine.ops import OPS
from engine.tape import Tape

_ADD, _MUL = OPS["add"], OPS["mul"]
_SUM, _PRODUCT, _FUSED, _UNARY, _OTHER = range(5)

Row = tuple[int, int, int, int, int, int, Any]  # kind, node, x, y, and for a fused row the product's node and operands


class Replay:
    """The graph below one output, ready to be run with other leaf values.

    What the output does not depend on keeps its data and has gradient 0. Control flow is not looked at: whether a
    program would have taken another branch is for its interpreter to say.
    """

    def __init__(self, tape: Tape, output: int) -> None:
        self.tape = tape
        self.output = output
        order = dependencies(tape, output)
        uses = Counter(operand for node in order for operand in tape.operands[node])
        self._data = tape.data[: output + 1]
        self._rows = _fuse([node for node in order if tape.ops[node] is not None], tape, uses)
        self._backward = list(reversed(self._rows))
        self._quiet = [node for node in order[:-1] if not tape.needs_grad[node]]

    def forward(self, leaves: Mapping[int, float]) -> list[float]:
        """Return the data of every node up to the output, the leaves being set to `leaves`."""
        data = self._data.copy()
        for node, value in leaves.items():
            data[node] = value
        for kind, node, x, y, product, v, rest in self._rows:
            if kind == _FUSED:
                data[product] = p = data[x] * data[y]
                data[node] = data[v] + p
            elif kind == _UNARY:
                data[node] = rest[0](data[x])
            elif kind == _SUM:
                data[node] = data[x] + data[y]
            elif kind == _PRODUCT:
                data[node] = data[x] * data[y]
            else:
                data[node] = rest[0](*[data[operand] for operand in rest[1]])
        return data

    def gradients(self, data: list[float]) -> list[float]:
        """Return d(output)/d(node) for every node up to the output, at the `data` that `forward` returned."""
        grad = [0.0] * len(data)
        grad[self.output] = 1.0
        for kind, node, x, y, product, v, rest in self._backward:
            upstream = grad[node]
            if kind == _FUSED:
                grad[v] += upstream
                grad[product] = upstream
                grad[x] += data[y] * upstream
                grad[y] += data[x] * upstream
            elif kind == _UNARY:
                _, rule, gates, op = rest
                try:
                    local = rule(data[node], data[x])
                except (ArithmeticError, ValueError):
                    local = op.partial(0, data[node], (data[x],))
                if local or not gates:
                    grad[x] += local * upstream
            elif kind == _SUM:
                grad[x] += upstream
                grad[y] += upstream
            elif kind == _PRODUCT:
                grad[x] += data[y] * upstream
                grad[y] += data[x] * upstream
            else:
                _send(grad, data, node, upstream, rest)
        for node in self._quiet:
            grad[node] = 0.0
        return grad


def _send(grad: list[float], data: list[float], node: int, upstream: float, rest: Any) -> None:
    _, operands, op, slots = rest
    values = tuple([data[operand] for operand in operands])
    for slot, operand in slots:
        grad[operand] += chain(op, upstream, op.partial(slot, data[node], values))


def _fuse(results: list[int], tape: Tape, uses: Counter[int]) -> list[Row]:
    """Return the rows for `results`; `p = x*y; s = v + p` are one row where the two stand next to each other."""
    rows: list[Row] = []
    for node in results:
        op, operands = tape.ops[node], tape.operands[node]
        kind, product, x, y, *_ = rows[-1] if rows else (_OTHER, 0, 0, 0)
        if op is _ADD and kind == _PRODUCT and product in operands and uses[product] == 1:
            v = operands[operands[0] == product]
            rows[-1] = (_FUSED, node, x, y, product, v, None)
        elif op is _ADD or op is _MUL:
            x, y = operands
            rows.append((_SUM if op is _ADD else _PRODUCT, node, x, y, 0, 0, None))
        elif op is not None and op.arity == 1:
            rows.append((_UNARY, node, operands[0], 0, 0, 0, (op.value, op.rules[0], op.gates, op)))
        elif op is not None:
            slots = [(slot, x) for slot, x in enumerate(operands) if tape.needs_grad[x]]
            rows.append((_OTHER, node, 0, 0, 0, 0, (op.value, operands, op, slots)))
    return rows
