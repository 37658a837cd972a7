"""Less to read: turns the part of a tape that leads to some nodes into a smaller one of the same meaning.

Start at `Simplifier`. Constants are computed, 0 and 1 go away, equal operations are recorded once. The numbers are the
same but for rounding, and for `0 * x` where x is inf or nan.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from engine import numbers
from engine.backward import with_operands
from engine.ops import OPS, Op
from engine.tape import Role, Tape

_ADD, _SUB, _MUL, _DIV, _NEG, _POW = (OPS[name] for name in ("add", "sub", "mul", "div", "neg", "pow"))
_SLOPE, _LOG_SLOPE = OPS["power_slope"], OPS["power_log"]


class Simplifier:
    """Writes nodes of one tape anew on another, `tape`."""

    def __init__(self, source: Tape) -> None:
        self.source = source
        self.tape = Tape()
        self._made: dict[Any, int] = {}

    def copy(self, outputs: Sequence[int], keep: Sequence[int] = ()) -> list[int]:
        """Return `outputs` as nodes of the new tape; leaves of `keep` are there even if nothing depends on them."""
        new: dict[int, int] = {}
        for node in sorted(with_operands(self.source, outputs) | set(keep)):
            new[node] = self._copied(node, new)
            if self.source.ops[node] is not None:
                self._name(new[node], self.source.names[node])
        return [new[node] for node in outputs]

    def _copied(self, node: int, new: dict[int, int]) -> int:
        source = self.source
        op = source.ops[node]
        if op is not None:
            return self.apply(op, tuple(new[operand] for operand in source.operands[node]))
        if source.roles[node] is Role.CONSTANT:
            return self.constant(source.data[node], source.texts[node])
        return self.tape.input(
            source.data[node],
            name=source.names[node],
            label=source.labels[node],
            trainable=source.needs_grad[node],
        )

    def _name(self, node: int, name: str | None) -> None:
        if name is not None and self.tape.ops[node] is not None and self.tape.names[node] is None:
            self.tape.names[node] = name

    def constant(self, value: float, text: str | None = None) -> int:
        """Return the constant `value`, recorded once."""
        key = numbers.exact(value)
        if key not in self._made:
            self._made[key] = self.tape.constant(value, text=text)
        return self._made[key]

    def apply(self, op: Op, operands: tuple[int, ...]) -> int:
        """Return `op` on nodes, in its simplest form that we know."""
        values = [self._value(operand) for operand in operands]
        if operands and None not in values:
            return self.constant(op.value(*(value for value in values if value is not None)))
        rule = _RULES.get(op)
        found = None if rule is None else rule(self, *operands)
        return self._record(op, operands) if found is None else found

    def _record(self, op: Op, operands: tuple[int, ...]) -> int:
        key = op, tuple(sorted(operands)) if op in (_ADD, _MUL) else operands
        if key not in self._made:
            self._made[key] = self.tape.record(op, operands)
        return self._made[key]

    def _value(self, node: int) -> float | None:
        return self.tape.data[node] if self.tape.roles[node] is Role.CONSTANT else None

    def _is(self, node: int, op: Op) -> bool:
        return self.tape.ops[node] is op

    def _scaled(self, node: int) -> tuple[float, int]:
        """Return `node` as a number times a node."""
        operands = self.tape.operands[node]
        if self._is(node, _NEG):
            factor, rest = self._scaled(operands[0])
            return -factor, rest
        if self._is(node, _MUL) and (factor := self._value(operands[0])) is not None:  # type: ignore[assignment]
            return factor, operands[1]
        return 1.0, node

    # -- rules: each returns None where it knows nothing better --------------------------------------------------------

    def _add(self, x: int, y: int) -> int | None:
        if self._value(x) == 0:
            return y
        if self._value(y) == 0:
            return x
        (a, left), (b, right) = self._scaled(x), self._scaled(y)
        if left == right:
            return self.apply(_MUL, (self.constant(a + b), left))
        if self._is(y, _NEG):
            return self.apply(_SUB, (x, self.tape.operands[y][0]))
        if self._is(x, _NEG):
            return self.apply(_SUB, (y, self.tape.operands[x][0]))
        return None

    def _sub(self, x: int, y: int) -> int | None:
        if self._value(y) == 0:
            return x
        if self._value(x) == 0:
            return self.apply(_NEG, (y,))
        if self._is(y, _NEG):
            return self.apply(_ADD, (x, self.tape.operands[y][0]))
        return None

    def _mul(self, x: int, y: int) -> int | None:
        if self._value(y) is not None:
            x, y = y, x
        factor = self._value(x)
        if factor is not None:
            return self._times(factor, y)
        for first, second in ((x, y), (y, x)):
            inner, operands = self.tape.ops[first], self.tape.operands[first]
            if inner is _NEG:
                return self.apply(_NEG, (self.apply(_MUL, (operands[0], second)),))
            if inner is _DIV and self._value(operands[0]) == 1:
                return self.apply(_DIV, (second, operands[1]))
            if inner is _MUL and self._value(operands[0]) is not None:
                return self.apply(_MUL, (operands[0], self.apply(_MUL, (operands[1], second))))
        return self._record(_MUL, (x, y))

    def _times(self, factor: float, y: int) -> int:
        inner, rest = self._scaled(y)
        factor = factor * inner
        if factor == 0:
            return self.constant(0.0)
        if factor == 1:
            return rest
        if factor == -1:
            return self._record(_NEG, (rest,))
        return self._record(_MUL, (self.constant(factor), rest))

    def _div(self, x: int, y: int) -> int | None:
        if self._value(y) == 1:
            return x
        if self._value(x) == 0:
            return x
        if self._is(x, _NEG):
            return self.apply(_NEG, (self.apply(_DIV, (self.tape.operands[x][0], y)),))
        return None

    def _neg(self, x: int) -> int | None:
        return self._times(-1.0, x) if self._scaled(x)[0] != 1 else None

    def _pow(self, x: int, y: int) -> int | None:
        exponent = self._value(y)
        if exponent == 1:
            return x
        return self.constant(1.0) if exponent == 0 else None

    def _power_slope(self, x: int, y: int) -> int | None:
        """y x^(y-1), where y is known."""
        exponent = self._value(y)
        if exponent is None:
            return None
        if exponent == 0:
            return self.constant(0.0)
        return self.apply(_MUL, (y, self.apply(_POW, (x, self.constant(exponent - 1)))))

    def _power_log(self, x: int, y: int) -> int | None:
        """x^y ln x, where x is known."""
        base = self._value(x)
        if base is None or base <= 0:
            return None
        return self.apply(_MUL, (self.constant(math.log(base)), self.apply(_POW, (x, y))))


_RULES: dict[Op, Any] = {
    _ADD: Simplifier._add,
    _SUB: Simplifier._sub,
    _MUL: Simplifier._mul,
    _DIV: Simplifier._div,
    _NEG: Simplifier._neg,
    _POW: Simplifier._pow,
    _SLOPE: Simplifier._power_slope,
    _LOG_SLOPE: Simplifier._power_log,
}
