"""What happened, step by step: turns a tape and its backward passes into a `Trace`. Start at `Recorder`.

Steps hold the number before and after, so that a player can run them in both directions, and so that replaying them
gives every gradient exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from engine.backward import dependencies, sweep
from engine.tape import Scope, Span, Tape

Field = Literal["data", "grad"]


class Forward(NamedTuple):
    """An operation got its value from the values that its operands had then."""

    node: int
    data: float
    operands: tuple[float, ...]


class Seed(NamedTuple):
    """A backward pass began: the derivative of the output by itself is 1."""

    node: int
    before: float
    after: float


class Backward(NamedTuple):
    """One edge carried `contribution = upstream * local` from `node` to its operand in `slot`."""

    node: int
    operand: int
    slot: int
    upstream: float
    local: float
    contribution: float
    before: float
    after: float


class Update(NamedTuple):
    """The program itself wrote a number into `.data` or `.grad`."""

    node: int
    field: Field
    before: float
    after: float
    text: str
    span: Span | None


Step = Forward | Seed | Backward | Update


@dataclass(frozen=True, slots=True)
class Pass:
    """One `.backward()`: its output, what the output depends on (operands first), and its steps [first, last)."""

    output: int
    order: tuple[int, ...]
    first: int
    last: int
    span: Span | None = None
    """Where the program asks for it; None where it does not, and the pass is that of its last value."""
    scope: Scope | None = None


@dataclass(frozen=True, slots=True)
class Trace:
    """All steps of a run, its passes, and the gradient of each node at the end."""

    steps: tuple[Step, ...]
    passes: tuple[Pass, ...]
    grads: tuple[float, ...]


@dataclass(slots=True)
class Recorder:
    """Keeps the trace while a program runs: the interpreter tells it of every `.backward()` and every write."""

    tape: Tape
    steps: list[Step] = field(default_factory=list)
    passes: list[Pass] = field(default_factory=list)
    _grads: dict[int, float] = field(default_factory=dict)
    _computed: set[int] = field(default_factory=set)
    _seen: dict[int, Forward] = field(default_factory=dict)
    """Steps of operations computed before one of their operands was written to."""
    _consumers: dict[int, list[int]] = field(default_factory=dict)
    _indexed: int = 0

    def grad(self, node: int) -> float:
        """Return the gradient that has piled up at `node`; 0.0 if none has."""
        return self._grads.get(node, 0.0)

    def touched(self, node: int) -> bool:
        """Return whether a pass or a write has reached the gradient of `node`."""
        return node in self._grads

    def backward(self, output: int, span: Span | None = None, order: Sequence[int] | None = None) -> None:
        """Run one pass from `output`. Gradients add to what earlier passes left; upstream is this pass's own."""
        order, first = order or dependencies(self.tape, output), len(self.steps)
        self._compute(order)
        self.steps.append(Seed(output, self.grad(output), self._add(output, 1.0)))
        grads, steps = self._grads, self.steps
        for node, operand, slot, upstream, local, contribution in sweep(self.tape, order):
            before = grads.get(operand, 0.0)
            grads[operand] = after = before + contribution
            steps.append(Backward(node, operand, slot, upstream, local, contribution, before, after))
        scope = self.tape.scope if span else None
        self.passes.append(Pass(output, tuple(order), first, len(self.steps), span, scope))

    def set_data(self, node: int, value: float, text: str, span: Span | None = None) -> None:
        """Write the data of `node`, as `a.data += ...` does. Nodes already computed from it keep their numbers."""
        if self.tape.ops[node] is not None:  # it has its own number before it gets another
            self._compute(dependencies(self.tape, node))
        self._keep_consumers(node)
        self.steps.append(Update(node, "data", self.tape.data[node], float(value), text, span))
        self.tape.data[node] = float(value)

    def set_grad(self, node: int, value: float, text: str, span: Span | None = None) -> None:
        """Write the gradient of `node`, as `a.grad = 0` does."""
        if self.tape.ops[node] is not None and node not in self._computed:
            self._compute(dependencies(self.tape, node))  # it has its number before it gets a gradient
        self.steps.append(Update(node, "grad", self.grad(node), float(value), text, span))
        self._grads[node] = float(value)

    def finish(self, output: int | None) -> Trace:
        """Return the trace. A program that never called `.backward()` gets one pass from its output; one that wrote
        gradients itself went its own way back, and nothing is added to that."""
        if not self.passes and output is not None:
            if any(isinstance(step, Update) and step.field == "grad" for step in self.steps):
                order = dependencies(self.tape, output)
                self._compute(order)
                self.passes.append(Pass(output, tuple(order), 0, len(self.steps)))
            else:
                self.backward(output)
        return Trace(tuple(self.steps), tuple(self.passes), tuple(self.grad(n) for n in range(len(self.tape))))

    def _keep_consumers(self, node: int) -> None:
        """Keep the steps of all operations that have used the number which `node` is about to lose."""
        for consumer in range(self._indexed, len(self.tape)):
            for operand in set(self.tape.operands[consumer]):
                self._consumers.setdefault(operand, []).append(consumer)
        self._indexed = len(self.tape)
        for consumer in self._consumers.pop(node, ()):
            self._seen.setdefault(consumer, self._forward(consumer))
        if self.tape.ops[node] is not None:
            self._seen.setdefault(node, self._forward(node))

    def _forward(self, node: int) -> Forward:
        return Forward(node, self.tape.data[node], self.tape.values(self.tape.operands[node]))

    def _compute(self, order: Sequence[int]) -> None:
        ops, data, operands, values = self.tape.ops, self.tape.data, self.tape.operands, self.tape.values
        fresh = [node for node in order if ops[node] is not None and node not in self._computed]
        self._computed.update(fresh)
        if self._seen:
            self.steps += [self._seen.pop(node) if node in self._seen else self._forward(node) for node in fresh]
        else:
            self.steps += [Forward(node, data[node], values(operands[node])) for node in fresh]

    def _add(self, node: int, contribution: float) -> float:
        total = self._grads[node] = self.grad(node) + contribution
        return total
