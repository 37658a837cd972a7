"""micrograd's class, for Python users: turns ordinary arithmetic into a graph, and the graph into gradients.

`Value` behaves as micrograd's own does (constructor, operators, `relu`, `backward`, `data`, `grad`, `repr`). Beyond it,
every operation of the table is a method, `x*x` keeps both edges, a second `backward()` adds the right amount, and depth
is no limit. `to_tape` hands the graph to the rest of the engine.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from engine.backward import chain
from engine.ops import OPS, Op, Term
from engine.tape import Tape

_ADD, _MUL, _RELU, _POW = OPS["add"], OPS["mul"], OPS["relu"], OPS["pow"]
_WEIGHTED_SUM = Op("weighted_sum", math.fsum, (), "A bias plus weights times inputs.", public=False)
_CONSTANT = Op(
    "constant", float, (), "A plain number that met a `Value`; nobody can ask for its gradient.", public=False
)
_new = object.__new__


class Value(Term):
    """A scalar, its gradient, and how it was computed."""

    __slots__ = ("__weakref__", "_label", "data", "grad", "mark", "op", "operands")

    data: Any
    """The number, as it was given: int or float."""
    grad: Any
    """d(output)/d(this), summed over all `backward()` calls; 0 until the first."""
    _label: str
    op: Op | None
    operands: tuple[Value, ...]
    mark: object
    """The sweep that visited this value last."""

    if TYPE_CHECKING:  # the methods come from the table, at the end of this file

        def __getattr__(self, name: str) -> Callable[..., Value]: ...

    def __init__(self, data: float, _children: Iterable[Value] = (), _op: str = "", label: str = "") -> None:
        self.data = data
        self.grad = 0
        self.op = self.mark = None
        self.operands = ()
        if label or _op:
            self._label = label or _op

    # -- operators ----------------------------------------------------------------------------------------------------
    # Sums and products are nearly all of a network, so they are written out; the rest goes through `apply`.

    def __add__(self, other: Any) -> Value:
        if type(other) is not Value:
            other = _operand(other)
        out: Value = _new(Value)
        out.data = self.data + other.data
        out.grad = 0
        out.mark = None
        out.op = _ADD
        out.operands = (self, other)
        return out

    def __mul__(self, other: Any) -> Value:
        if type(other) is not Value:
            other = _operand(other)
        out: Value = _new(Value)
        out.data = self.data * other.data
        out.grad = 0
        out.mark = None
        out.op = _MUL
        out.operands = (self, other)
        return out

    __radd__ = __add__
    __rmul__ = __mul__

    def relu(self) -> Value:
        """Return the value where it is positive, else 0."""
        data = self.data
        out: Value = _new(Value)
        out.data = 0 if data <= 0 else data
        out.grad = 0
        out.mark = None
        out.op = _RELU
        out.operands = (self,)
        return out

    def apply(self, op: Op, operands: tuple[Any, ...]) -> Value:
        out: Value = _new(Value)
        values = operands_of(operands)
        out.operands = tuple(values)
        out.data = op.value(*[x.data for x in values])
        out.grad = 0
        out.mark = None
        out.op = op
        return out

    @property
    def label(self) -> str:
        """What pictures call this value; empty if nobody named it."""
        return getattr(self, "_label", "")

    @label.setter
    def label(self, label: str) -> None:
        self._label = label

    # -- the backward pass --------------------------------------------------------------------------------------------

    @property
    def _prev(self) -> set[Value]:
        return set(self.operands)

    @property
    def _op(self) -> str:
        return self.label if self.op is None else _MICROGRAD_SYMBOLS.get(self.op.name, self.op.name)

    def backward(self) -> None:
        """Add d(self)/d(v) to the `grad` of every `v` that this value was computed from."""
        order, saved = _order_of_results(self)
        self.grad += 1
        for value in reversed(order):
            op, upstream = value.op, value.grad
            if op is _MUL:
                x, y = value.operands
                x.grad += y.data * upstream
                y.grad += x.data * upstream
            elif op is _ADD:
                x, y = value.operands
                x.grad += upstream
                y.grad += upstream
            elif op is _RELU:
                if not value.data <= 0:
                    value.operands[0].grad += upstream
            elif op is _WEIGHTED_SUM:
                operands = value.operands
                middle = len(operands) // 2
                operands[-1].grad += upstream
                for x, w in zip(operands, operands[middle:-1]):  # noqa: B905 - the weights follow the inputs
                    x.grad += w.data * upstream
                    w.grad += x.data * upstream
            else:
                value._send(op, upstream)
        for value, grad in saved:
            value.grad += grad

    def _send(self, op: Op | None, upstream: Any) -> None:
        assert op is not None, "only results stand in the order"
        data = tuple([x.data for x in self.operands])
        for slot, operand in enumerate(self.operands):
            if operand.op is not _CONSTANT:  # x**2 at x = -2 must not ask for log(x)
                operand.grad += chain(op, upstream, op.partial(slot, self.data, data))

    def __repr__(self) -> str:
        return f"Value(data={self.data}, grad={self.grad})"


def _operand(x: Any) -> Value:
    if isinstance(x, Value):
        return x
    constant = Value(x)
    constant.op = _CONSTANT
    return constant


def operands_of(xs: Iterable[Any]) -> list[Value]:
    """Return `xs` with plain numbers made into values."""
    return [x if type(x) is Value else _operand(x) for x in xs]


def neuron(weights: list[Value], inputs: list[Value], bias: Value, nonlin: bool) -> Value:
    """Return `bias + w0*x0 + w1*x1 + ...`, through relu if `nonlin`; as many weights as inputs.

    The sum is what `sum((w*x for ...), bias)` gives, kept as one value: a network is nearly all weighted sums, and this
    is several times cheaper than a chain of products and sums. `to_tape` writes the chain out.
    """
    total = bias.data
    for w, x in zip(weights, inputs):  # noqa: B905 - the caller checks, this is the innermost loop
        total = total + w.data * x.data
    out: Value = _new(Value)
    out.data = total
    out.grad = 0
    out.mark = None
    out.op = _WEIGHTED_SUM
    out.operands = (*inputs, *weights, bias)
    if not nonlin:
        return out
    active: Value = _new(Value)
    active.data = 0 if total <= 0 else total
    active.grad = 0
    active.mark = None
    active.op = _RELU
    active.operands = (out,)
    return active


def _method(op: Op) -> Callable[..., Value]:
    """Return `op` as a method: `x.tanh()`, `x.clip(-1, 1)`, `x.leaky_relu()`."""

    def method(self: Value, *operands: Any) -> Value:
        missing = op.arity - 1 - len(operands)
        return self.apply(op, (self, *operands, *(op.defaults[-missing:] if missing > 0 else ())))

    method.__doc__ = op.about
    return method


for _op in OPS.values():
    if _op.public and not hasattr(Value, _op.name):
        setattr(Value, _op.name, _method(_op))

_MICROGRAD_SYMBOLS = {"add": "+", "mul": "*", "relu": "ReLU", "pow": "**", "sub": "-", "div": "/"}


def _order_of_results(output: Value) -> tuple[list[Value], list[tuple[Value, Any]]]:
    """Return the results that `output` depends on, itself included, operands first, with their gradients set to 0;
    and, of those that held a gradient from an earlier pass, what it was. Iterative: depth is no limit."""
    order: list[Value] = []
    saved: list[tuple[Value, Any]] = []
    stack: list[Value | None] = [output]
    pop, push, mark = stack.pop, stack.append, object()
    while stack:
        value = pop()
        if value is None:
            order.append(pop())  # type: ignore[arg-type]
        elif value.operands and value.mark is not mark:
            value.mark = mark
            if value.grad:
                saved.append((value, value.grad))
                value.grad = 0
            push(value)
            push(None)
            stack += value.operands
    return order, saved


def topological_order(output: Value) -> list[Value]:
    """Return what `output` was computed from, itself included, operands first; each once."""
    order: list[Value] = []
    visited: set[Value] = set()
    stack: list[Value | None] = [output]
    while stack:
        value = stack.pop()
        if value is None:
            order.append(stack.pop())  # type: ignore[arg-type]
        elif value not in visited:
            visited.add(value)
            stack += (value, None, *reversed(value.operands))
    return order


def to_tape(output: Value) -> tuple[Tape, dict[Value, int]]:
    """Return the graph of `output` on a tape of its own, and the node of each value."""
    tape = Tape()
    nodes: dict[Value, int] = {}
    for value in topological_order(output):
        operands = [nodes[x] for x in value.operands]
        if value.op is _WEIGHTED_SUM:
            middle, total = len(operands) // 2, operands[-1]
            for x, w in zip(operands[:middle], operands[middle:-1], strict=True):
                total = tape.record(_ADD, (total, tape.record(_MUL, (w, x))))
            nodes[value] = total
        elif value.op is _CONSTANT:
            nodes[value] = tape.constant(value.data)
        elif value.op is not None:
            nodes[value] = tape.record(value.op, tuple(operands))
        else:
            nodes[value] = tape.input(value.data, label=value.label or None)
    return tape, nodes
