"""The Wengert list: turns operations into nodes, in flat columns. Start at `Tape`.

A node is a number: its place in the columns. Operands always come before their node, so the order of recording is a
topological order. Nothing here knows about gradients; see `engine.backward`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from engine.ops import Op, Term


class Role(StrEnum):
    """What a node is to the program that made it."""

    INPUT = "input"
    CONSTANT = "constant"
    OPERATION = "operation"


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of source text; lines count from 1, columns from 0 in Unicode code points, the end is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int

    def document(self) -> dict[str, int]:
        """Return the span as JSON has it."""
        return {
            "line": self.line,
            "column": self.column,
            "end_line": self.end_line,
            "end_column": self.end_column,
        }


@dataclass(slots=True, eq=False)
class Scope:
    """One call of a function or one turn of a loop: where in the run of a program a node was made."""

    name: str
    index: int
    """The how many-th call or turn it was within `parent`, from 0."""
    parent: Scope | None = None
    call: Span | None = None
    """The place of the call; None for a turn of a loop."""
    counts: dict[str, int] = field(default_factory=dict)
    """How many scopes of a name have been entered directly below this one."""

    @property
    def path(self) -> str:
        """The way here from the top of the program: `train#3/layer#0/neuron#2`."""
        return "/".join(f"{scope.name}#{scope.index}" for scope in reversed(list(self.outwards())))

    def outwards(self) -> Iterator[Scope]:
        """Yield this scope and those around it."""
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent


class Tape:
    """Nodes in the order in which they were computed, one list per property."""

    __slots__ = (
        "data", "defaulted", "labels", "names", "needs_grad", "operands", "ops", "roles", "scope", "scopes", "spans",
        "texts",
    )  # fmt: skip

    def __init__(self) -> None:
        self.ops: list[Op | None] = []
        """None for a leaf."""
        self.operands: list[tuple[int, ...]] = []
        """Nodes, by slot; `x*x` has the same one twice."""
        self.data: list[float] = []
        self.roles: list[Role] = []
        self.needs_grad: list[bool] = []
        """A leaf: trainable. An operation: one of its operands needs it."""
        self.names: list[str | None] = []
        """The program's variable, with its version from the second on: `x`, `x@2`."""
        self.labels: list[str | None] = []
        """What a program wants to be shown instead, by `Value(2.0, label="a")`."""
        self.spans: list[Span | None] = []
        self.defaulted: list[bool] = []
        """An input that nobody gave a value."""
        self.texts: list[str | None] = []
        """A constant as it was typed. For a leaf that an input can set, the digits that the program gives it, empty if
        it gives none; None for other leaves."""
        self.scopes: list[Scope | None] = []
        """The call or turn of a loop in which it was made; None at the top of a program."""
        self.scope: Scope | None = None
        """The scope of the nodes that are recorded now."""

    def __len__(self) -> int:
        return len(self.ops)

    def with_numbers(self, data: list[float], texts: list[str | None], defaulted: list[bool]) -> Tape:
        """Return a tape of the same graph at other numbers. It shares all other columns, so neither may grow."""
        tape = Tape.__new__(Tape)
        tape.ops, tape.operands, tape.data = self.ops, self.operands, data
        tape.roles, tape.needs_grad = self.roles, self.needs_grad
        tape.names, tape.labels, tape.spans = self.names, self.labels, self.spans
        tape.defaulted, tape.texts = defaulted, texts
        tape.scopes, tape.scope = self.scopes, None
        return tape

    def input(
        self,
        data: float,
        *,
        name: str | None = None,
        label: str | None = None,
        span: Span | None = None,
        trainable: bool = True,
        defaulted: bool = False,
    ) -> int:
        """Record a leaf that the output is differentiated by, and return its node."""
        return self._append(None, (), data, Role.INPUT, trainable, span, name, label, defaulted)

    def constant(self, data: float, *, text: str | None = None, span: Span | None = None) -> int:
        """Record a literal, and return its node. No gradient flows to it."""
        return self._append(None, (), data, Role.CONSTANT, False, span, text=text)

    def record(self, op: Op, operands: tuple[int, ...], *, span: Span | None = None) -> int:
        """Compute `op` on nodes, record the result and return its node. Numbers never raise: `1/0` is inf."""
        data, needs = self.data, self.needs_grad
        value = op.value(*[data[operand] for operand in operands])
        return self._append(op, operands, value, Role.OPERATION, any([needs[i] for i in operands]), span)  # noqa: C419 - faster

    def _append(
        self,
        op: Op | None,
        operands: tuple[int, ...],
        data: float,
        role: Role,
        needs_grad: bool,
        span: Span | None,
        name: str | None = None,
        label: str | None = None,
        defaulted: bool = False,
        text: str | None = None,
    ) -> int:
        self.ops.append(op)
        self.operands.append(operands)
        self.data.append(float(data))
        self.roles.append(role)
        self.needs_grad.append(needs_grad)
        self.names.append(name)
        self.labels.append(label)
        self.spans.append(span)
        self.defaulted.append(defaulted)
        self.texts.append(text)
        self.scopes.append(self.scope)
        return len(self.ops) - 1

    def values(self, nodes: Iterable[int]) -> tuple[float, ...]:
        """Return the data of `nodes`."""
        data = self.data
        return tuple([data[node] for node in nodes])


@dataclass(frozen=True, slots=True)
class Node(Term):
    """A node of a tape that rules and operators can be read on: what they compute is recorded on the same tape."""

    tape: Tape
    index: int

    def apply(self, op: Op, operands: tuple[Any, ...]) -> Node:
        return Node(self.tape, self.tape.record(op, tuple(self._index(operand) for operand in operands)))

    def _index(self, operand: Any) -> int:
        return operand.index if isinstance(operand, Node) else self.tape.constant(float(operand))
