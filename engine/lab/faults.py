"""Wrong backward passes: a table of the mistakes that people make who write an autograd engine. Start at `FAULTS`.

A backward pass has a few parts: which node passes on when, along which edges, by which factor, and how a gradient is
written. `RIGHT` has them as they should be; each fault has one of them exchanged. `steps` runs any of them on a graph,
the way a small engine does: every node holds a number `grad`, and passes on what stands there at that moment.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from engine.backward import chain, dependencies
from engine.notation import Notation
from engine.ops import Op
from engine.tape import Tape
from engine.trace import Backward, Seed

Edge = tuple[int, int]
"""The slot and the operand in it."""


@dataclass(frozen=True)
class Graph:
    """What an output depends on, in an order in which operands come first."""

    tape: Tape
    order: Sequence[int]
    """Ends in the output."""
    is_distinct: bool = False
    """Whether a walk meets an operand once for each user, though it stands there twice, as in micrograd's `_prev`."""

    @property
    def output(self) -> int:
        return self.order[-1]

    @cached_property
    def nodes(self) -> list[int]:
        """The nodes that have a gradient, operands first."""
        return [node for node in self.order if self.tape.needs_grad[node] or node == self.output]

    def edges(self, node: int) -> list[Edge]:
        """Return the edges along which `node` passes its gradient on."""
        needs = self.tape.needs_grad
        return [(slot, operand) for slot, operand in enumerate(self.tape.operands[node]) if needs[operand]]

    def children(self, node: int) -> list[int]:
        """Return the operands of `node` as a walk meets them."""
        found = [operand for _, operand in self.edges(node)]
        return list(dict.fromkeys(found)) if self.is_distinct else found

    def is_leaf(self, node: int) -> bool:
        return self.tape.ops[node] is None


def graph_of(tape: Tape, output: int) -> Graph:
    """Return the graph of `output` in the order of the tape."""
    return Graph(tape, dependencies(tape, output))


def depth_first(tape: Tape, output: int, *, backwards: bool = False) -> list[int]:
    """Return the order of a recursive `build_topo`; `backwards`: it looks at the last operand first."""
    turned: Callable[[Sequence[int]], Iterable[int]] = iter if backwards else reversed
    order: list[int] = []
    visited: set[int] = set()
    stack: list[tuple[int, bool]] = [(output, False)]
    while stack:
        node, is_done = stack.pop()
        if is_done:
            order.append(node)
        elif node not in visited:
            visited.add(node)
            stack.append((node, True))
            stack += [(operand, False) for operand in turned(tape.operands[node])]
    return order


# -- the parts of a backward pass -------------------------------------------------------------------------------------


def _sorted(graph: Graph) -> Iterable[int]:
    """Each node once, after all of its users."""
    return reversed(graph.order)


def _unreversed(graph: Graph) -> Iterable[int]:
    return iter(graph.order)


def _whenever_reached(graph: Graph) -> Iterable[int]:
    """Each node as often as there are paths to it."""
    stack = [graph.output]
    while stack:
        node = stack.pop()
        yield node
        stack += reversed(graph.children(node))


def _when_first_reached(graph: Graph) -> Iterable[int]:
    visited: set[int] = set()
    stack = [graph.output]
    while stack:
        node = stack.pop()
        if node not in visited:
            visited.add(node)
            yield node
            stack += reversed(graph.children(node))


def _by_levels(graph: Graph) -> Iterable[int]:
    visited, queue = {graph.output}, deque([graph.output])
    while queue:
        node = queue.popleft()
        yield node
        for operand in graph.children(node):
            if operand not in visited:
                visited.add(operand)
                queue.append(operand)


def _all(edges: list[Edge]) -> list[Edge]:
    return edges


def _one_for_each_operand(edges: list[Edge]) -> list[Edge]:
    first: dict[int, Edge] = {}
    for edge in edges:
        first.setdefault(edge[1], edge)
    return list(first.values())


def _first_slot(edges: list[Edge]) -> list[Edge]:
    return [edge for edge in edges if edge[0] == 0]


@dataclass(frozen=True, slots=True)
class Rule:
    """What a local derivative is read from: numbers, or the names of them. `plain`: which operands are constants."""

    op: Op
    slot: int
    z: Any
    operands: tuple[Any, ...]
    plain: tuple[bool, ...]


def _as_it_is(rule: Rule) -> tuple[Any, tuple[Any, ...]]:
    return rule.z, rule.operands


def _own_factor(rule: Rule) -> tuple[Any, tuple[Any, ...]]:
    return rule.z, rule.operands[::-1] if rule.op.notation is Notation.PRODUCT else rule.operands


def _output_for_input(rule: Rule) -> tuple[Any, tuple[Any, ...]]:
    return rule.z, tuple(x if plain else rule.z for x, plain in zip(rule.operands, rule.plain, strict=True))


def _input_for_output(rule: Rule) -> tuple[Any, tuple[Any, ...]]:
    return rule.operands[rule.slot], rule.operands


def _added(before: float, contribution: float) -> float:
    return before + contribution


def _assigned(_: float, contribution: float) -> float:
    return contribution


def _local_alone(_: Op, __: float, local: float) -> float:
    return local


def _leaves(graph: Graph) -> Iterable[int]:
    return (node for node in graph.nodes if graph.is_leaf(node))


def _every_node(graph: Graph) -> Iterable[int]:
    return graph.nodes


# -- the table --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Fault:
    """A backward pass, and what is to be told about it. What is not given is right."""

    name: str
    title: str
    about: str
    lines: str = ""
    """The mistaken code; a line that ends in two spaces and `#!` is the wrong one."""
    cure: str = ""
    """What the wrong line should say."""
    visits: Callable[[Graph], Iterable[int]] = _sorted
    """The nodes in the order in which they pass on."""
    edges: Callable[[list[Edge]], list[Edge]] = _all
    """The edges, of those of a node, along which something goes."""
    reads: Callable[[Rule], tuple[Any, tuple[Any, ...]]] = _as_it_is
    """What stands in the place of the value and of the operands in the rule of a local derivative."""
    carries: Callable[[Op, float, float], float] = chain
    """What an edge carries, of upstream and local."""
    writes: Callable[[float, float], float] = _added
    """The gradient after a contribution, of that before and the contribution."""
    seeds: bool = True
    keeps: Callable[[Graph], Iterable[int]] | None = None
    """A second pass follows, and these nodes begin it with what the first one left."""
    operations: tuple[str, ...] = ("add", "mul")
    """What a small program needs to show it."""

    def document(self) -> dict[str, Any]:
        """Return the entry as JSON has it."""
        lines = [
            {"text": line.removesuffix(_MARK), "wrong": line.endswith(_MARK)} for line in self.lines.strip().split("\n")
        ]
        return {"name": self.name, "title": self.title, "about": self.about, "lines": lines, "cure": self.cure}


_MARK = "  #!"
RIGHT = Fault("right", "As it should be", "Each node passes on once, after all of its users, and gradients add up.")
FAULTS: dict[str, Fault] = {}


def _fault(name: str, title: str, about: str, lines: str, cure: str, **parts: Any) -> None:
    FAULTS[name] = Fault(name, title, about, lines, cure, **parts)


_fault(
    "assign",
    "= in place of +=",
    "A gradient is overwritten where it should be added to. While every value is used once nothing shows; the first "
    "value with two users keeps the last contribution alone. It is the best-known slip of those who build micrograd.",
    """
def _backward():
    self.grad = other.data * out.grad  #!
    other.grad = self.data * out.grad  #!
""",
    "self.grad += other.data * out.grad",
    writes=_assigned,
)
_fault(
    "set_operands",
    "Operands in a set",
    "A node keeps its operands in a set, or as the keys of a dictionary, and goes through that on the way back. In "
    "x*x both operands are the same, the set holds x once, and one of two contributions is lost.",
    """
out.operands = {self, other}  #!
...
for operand in v.operands:
    operand.grad += v.local(operand) * v.grad
""",
    "out.operands = (self, other)",
    edges=_one_for_each_operand,
)
_fault(
    "recursion",
    "Recursion without a sort",
    "Each node passes on and then calls its operands, with no topological sort. A node that two paths reach passes "
    "on twice, the second time with all that has piled up; the work grows with the number of paths.",
    """
def backward(self):
    self._backward()
    for operand in self.operands:
        operand.backward()  #!
""",
    "for v in reversed(topo): v._backward()",
    visits=_whenever_reached,
)
_fault(
    "depth_first",
    "As soon as it is reached",
    "A visited set keeps the recursion from going twice, but a node passes on when it is first reached. What other "
    "users send later stays where it is and never goes further.",
    """
def walk(v):
    if v not in visited:
        visited.add(v)
        v._backward()  #!
        for operand in v.operands:
            walk(operand)
""",
    "topo.append(v) after the loop, then v._backward() for v in reversed(topo)",
    visits=_when_first_reached,
)
_fault(
    "breadth_first",
    "Level by level",
    "A queue visits the nodes by their distance from the output. A node may be one edge away from the output and also "
    "two: it passes on before the longer way has brought its part.",
    """
queue = deque([output])
while queue:
    v = queue.popleft()  #!
    v._backward()
    for operand in v.operands:
        if operand not in visited:
            visited.add(operand)
            queue.append(operand)
""",
    "for v in reversed(topo): v._backward()",
    visits=_by_levels,
)
_fault(
    "forward_order",
    "The list is not reversed",
    "The topological sort is right, but it is walked from its beginning: operands pass on before their users have "
    "sent them anything. Only the operands of the output get a gradient.",
    """
self.grad = 1.0
for v in topo:  #!
    v._backward()
""",
    "for v in reversed(topo):",
    visits=_unreversed,
)
_fault(
    "no_seed",
    "No seed",
    "The gradient of the output by itself, 1, is never set. Every contribution is a product with it, and all of them "
    "are 0.",
    """
def backward(self):
    topo = sort(self)
    # self.grad = 1.0 is missing  #!
    for v in reversed(topo):
        v._backward()
""",
    "self.grad = 1.0",
    seeds=False,
)
_fault(
    "no_zero_grad",
    "No zero_grad",
    "A training loop builds the graph anew for each turn, but the parameters are the same, and nobody has set their "
    "gradients back to 0. The second turn adds to those of the first. Here both turns have the same numbers, so that "
    "the gradients of the leaves double.",
    """
for turn in range(2):
    loss = model(x)
    # model.zero_grad() is missing  #!
    loss.backward()
""",
    "model.zero_grad()",
    keeps=_leaves,
)
_fault(
    "second_backward",
    "backward() twice on one graph",
    "The same graph is swept a second time, and every node in it still holds its gradient of the first pass. They are "
    "passed on once more with the new ones: the deeper a leaf, the more too much it gets, not just double.",
    """
loss.backward()
loss.backward()  #!
""",
    "set the gradient of every node to 0 before",
    keeps=_every_node,
)
_fault(
    "no_upstream",
    "The local derivative alone",
    "The chain rule multiplies the local derivative by what has come from above, out.grad. Without that factor every "
    "edge carries its local derivative, as if its node were the output.",
    """
def _backward():
    self.grad += other.data  #!
    other.grad += self.data  #!
""",
    "self.grad += other.data * out.grad",
    carries=_local_alone,
)
_fault(
    "own_factor",
    "Its own factor",
    "In a product each operand gets the gradient times the other operand. Here it is times itself: the two are "
    "exchanged.",
    """
def _backward():
    self.grad += self.data * out.grad  #!
    other.grad += other.data * out.grad  #!
""",
    "self.grad += other.data * out.grad",
    reads=_own_factor,
)
_fault(
    "output_for_input",
    "out.data in place of an operand's",
    "The local derivative is read from the result where the rule wants an operand: for a product, out.data is the "
    "whole product and not the other factor.",
    """
def _backward():
    self.grad += out.data * out.grad  #!
    other.grad += out.data * out.grad  #!
""",
    "self.grad += other.data * out.grad",
    reads=_output_for_input,
)
_fault(
    "input_for_output",
    "An operand's data in place of out.data",
    "Some rules are written with the result: tanh' is 1 - out.data**2, exp' is out.data. Here the operand stands in "
    "its place. Sums and products do not show it.",
    """
t = math.tanh(self.data)
def _backward():
    self.grad += (1 - self.data**2) * out.grad  #!
""",
    "self.grad += (1 - t**2) * out.grad",
    reads=_input_for_output,
    operations=("add", "mul", "exp"),
)
_fault(
    "first_operand_only",
    "The first operand only",
    "The second operand of an operation is forgotten: nothing is passed on to it, and all that is computed from it "
    "alone keeps the gradient 0.",
    """
def _backward():
    self.grad += other.data * out.grad
    # other.grad += self.data * out.grad is missing  #!
""",
    "other.grad += self.data * out.grad",
    edges=_first_slot,
)


# -- running one ------------------------------------------------------------------------------------------------------


def steps(fault: Fault, graph: Graph) -> Iterator[Seed | Backward]:
    """Yield what the backward pass of `fault` does on `graph`; a recursion may go on for longer than anyone waits."""
    grad = dict.fromkeys(graph.order, 0.0)
    yield from _passed(fault, graph, grad)
    if fault.keeps is not None:
        grad = dict.fromkeys(graph.order, 0.0) | {node: grad[node] for node in fault.keeps(graph)}
        yield from _passed(fault, graph, grad)


def _passed(fault: Fault, graph: Graph, grad: dict[int, float]) -> Iterator[Seed | Backward]:
    if fault.seeds:
        before, grad[graph.output] = grad[graph.output], 1.0
        yield Seed(graph.output, before, 1.0)
    for node in fault.visits(graph):
        op = graph.tape.ops[node]
        for slot, operand in fault.edges(graph.edges(node)) if op else ():
            assert op is not None
            upstream, local, before = grad[node], _local(fault, graph.tape, node, slot), grad[operand]
            contribution = fault.carries(op, upstream, local)
            after = grad[operand] = fault.writes(before, contribution)
            yield Backward(node, operand, slot, upstream, local, contribution, before, after)


def _local(fault: Fault, tape: Tape, node: int, slot: int) -> float:
    op, operands = tape.ops[node], tape.operands[node]
    assert op is not None
    if fault.reads is _as_it_is:
        return op.partial(slot, tape.data[node], tape.values(operands))
    z, values = fault.reads(Rule(op, slot, tape.data[node], tape.values(operands), plain(tape, node)))
    return op.partial(slot, z, values)


def plain(tape: Tape, node: int) -> tuple[bool, ...]:
    """Return for each operand of `node` whether it is a constant."""
    return tuple(not tape.needs_grad[operand] for operand in tape.operands[node])


def left(done: Iterable[Seed | Backward]) -> dict[int, float]:
    """Return the gradients that `done` has written."""
    grads: dict[int, float] = {}
    for step in done:
        grads[step.node if isinstance(step, Seed) else step.operand] = step.after
    return grads
