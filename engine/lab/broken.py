"""Break it: turns a run and a fault into the right and the wrong backward pass, side by side. Start at `broken`."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import Any

from engine import numbers
from engine.formula import Apply, Number, Symbol, code, partial_formula, precedence
from engine.lab.faults import FAULTS, RIGHT, Fault, Graph, Rule, graph_of, left, plain, steps
from engine.lab.subject import Subject, Unfit, subject_of
from engine.ops import OPS
from engine.run import Run
from engine.tape import Role
from engine.trace import Backward, Seed

MOST_EDGES = 2_000
MOST_STEPS = 3 * MOST_EDGES
TOLERANCE = 1e-9
"""Sums of the same numbers in another order differ by less, relative to the sum of their magnitudes."""
_PRODUCT = precedence(Apply(OPS["mul"], ()))
Step = Seed | Backward
Key = tuple[int, int]
"""An edge: its node and slot."""


@dataclass(frozen=True)
class Truth:
    """The right backward pass of a graph, and how near a number must be to it."""

    graph: Graph

    @cached_property
    def steps(self) -> list[Step]:
        return list(steps(RIGHT, self.graph))

    @cached_property
    def edges(self) -> dict[Key, Backward]:
        return {(step.node, step.slot): step for step in self.steps if isinstance(step, Backward)}

    @cached_property
    def grads(self) -> dict[int, float]:
        return dict.fromkeys(self.graph.nodes, 0.0) | left(self.steps)

    @cached_property
    def scales(self) -> dict[int, float]:
        """For each node the sum of the magnitudes that make up its gradient."""
        found: dict[int, float] = defaultdict(float)
        found[self.graph.output] = 1.0
        for step in self.edges.values():
            found[step.operand] += abs(step.local) * found[step.node]
        return found

    def has(self, node: int, grad: float) -> bool:
        """Return whether `grad` is the gradient of `node`."""
        return near(grad, self.grads[node], self.scales[node])

    def carries(self, key: Key, contribution: float) -> bool:
        """Return whether `contribution` is what the edge carries."""
        step = self.edges[key]
        return near(contribution, step.contribution, abs(step.local) * self.scales[step.node])


def near(x: float, y: float, scale: float, tolerance: float = TOLERANCE) -> bool:
    """Return whether two numbers are the same but for the rounding of sums whose parts are as large as `scale`."""
    if x == y or (math.isnan(x) and math.isnan(y)):
        return True
    bound = tolerance * max(abs(x), abs(y), scale if math.isfinite(scale) else 0.0)
    return math.isfinite(bound) and abs(x - y) <= bound


def shows(fault: Fault, graph: Graph, truth: Truth | None = None) -> bool:
    """Return whether the program of `graph` ends with a wrong gradient; of a long recursion the beginning counts."""
    truth = truth or Truth(graph)
    grads = dict.fromkeys(graph.nodes, 0.0) | left(islice(steps(fault, graph), MOST_STEPS))
    return any(not truth.has(node, grad) for node, grad in grads.items())


# -- which step is wrong ----------------------------------------------------------------------------------------------


@dataclass
class Judge:
    """Looks at the steps of a wrong backward pass one by one, and says in words which of them are wrong."""

    truth: Truth
    subject: Subject
    fault: Fault
    _sent: set[Key] = field(default_factory=set)
    _so_far: dict[int, float] = field(default_factory=dict)
    """What the gradient of each node should be by now, in this pass."""
    _passes: int = 0

    def why(self, step: Step) -> str | None:
        """Return what is wrong about a step, or None."""
        if isinstance(step, Seed):
            self._sent.clear()
            self._so_far = {step.node: 1.0}
            self._passes += 1
            return None
        key = step.node, step.slot
        is_again = key in self._sent
        self._sent.add(key)
        so_far = self._so_far.get(step.operand, 0.0)
        should = so_far if is_again else so_far + self.truth.edges[key].contribution
        self._so_far[step.operand] = should
        scale = self.truth.scales[step.operand]
        if near(step.after, should, scale) and self.truth.carries(key, step.contribution):
            return None
        return self._reason(step, is_again, so_far, should)

    def _reason(self, step: Backward, is_again: bool, so_far: float, should: float) -> str:
        right, short = self.truth.edges[step.node, step.slot], numbers.short
        node, operand = (f"{self.subject.label(each)}.grad" for each in (step.node, step.operand))
        end = f"{operand} becomes {short(step.after)}; here it should be {short(should)}."
        if is_again:
            sender, receiver = self.subject.label(step.node), self.subject.label(step.operand)
            return f"{sender} passes on to {receiver} a second time: {end}"
        if not self._passes:
            return f"{node} was never set to 1, and {short(step.local)} × 0 = {short(step.contribution)} goes on: {end}"
        if not near(step.upstream, right.upstream, self.truth.scales[step.node]):
            return f"{self._upstream(step, right)} {end}"
        if not near(step.local, right.local, abs(right.local)):
            return (
                f"The factor is {short(step.local)}, where the rule of this operation gives {short(right.local)}: {end}"
            )
        if not self.truth.carries((step.node, step.slot), step.contribution):
            return f"{node} = {short(step.upstream)} is left out of the product: {end}"
        if not near(step.before, so_far, self.truth.scales[step.operand]):
            since = "still holds" if self._passes > 1 else "is wrong already, it holds"
            return f"{operand} {since} {short(step.before)}, where {short(so_far)} belongs: {end}"
        return f"{operand} holds {short(step.before)}, and that is overwritten with {short(step.contribution)}: {end}"

    def _upstream(self, step: Backward, right: Backward) -> str:
        node, short = self.subject.label(step.node), numbers.short
        late = [
            self.subject.label(edge.node)
            for key, edge in self.truth.edges.items()
            if edge.operand == step.node and key not in self._sent
        ]
        begin = f"{node} passes on {short(step.upstream)}, where its gradient is {short(right.upstream)}"
        if late:
            names = list(dict.fromkeys(late))
            more = f"{names[0]} and {len(names) - 1} others" if len(names) > 2 else " and ".join(names)
            return f"{begin}: what {more} {'sends' if len(names) == 1 else 'send'} has not arrived yet."
        return f"{begin}."

    def lost(self, done: Sequence[Step]) -> tuple[int, int, str] | None:
        """Return the first place where a contribution should have come and never does: step, node, words."""
        turns: dict[int, int] = {}
        for k, step in enumerate(done):  # where a node last sends, else where it last gets something
            turns[step.node if isinstance(step, Seed) else step.operand] = k
        turns |= {step.node: k for k, step in enumerate(done) if isinstance(step, Backward)}
        reached = {(step.node, step.slot) for step in done if isinstance(step, Backward)}
        found: list[tuple[int, int, str]] = []
        for key, edge in self.truth.edges.items():
            if key not in reached and not self.truth.carries(key, 0.0):
                node, operand = self.subject.label(edge.node), self.subject.label(edge.operand)
                amount = numbers.short(edge.contribution)
                why = f"{node} is to send {amount} to {operand}, its operand {edge.slot + 1}, and that never comes."
                found.append((turns.get(edge.node, 0), edge.operand, why))
        return min(found, default=None)


# -- the document -----------------------------------------------------------------------------------------------------


def broken(run: Run, name: str) -> dict[str, Any]:
    """Return the backward pass of `run` as it should be and with the fault `name`; raise `Unfit`."""
    if name not in FAULTS:
        raise Unfit("fault", f"must be one of {', '.join(FAULTS)}")
    subject, fault = subject_of(run), FAULTS[name]
    graph = graph_of(subject.tape, subject.output)
    if (edges := sum(len(graph.edges(node)) for node in graph.nodes)) > MOST_EDGES:
        raise Unfit("source", f"has {edges:,} edges; two passes are laid side by side up to {MOST_EDGES:,}")
    truth, judge = Truth(graph), Judge(Truth(graph), subject, fault)
    done = list(islice(steps(fault, graph), MOST_STEPS + 1))
    complete, done = len(done) <= MOST_STEPS, done[:MOST_STEPS]
    reasons = [judge.why(step) for step in done]
    grads = dict.fromkeys(graph.nodes, 0.0) | left(done)
    nodes = [_node(truth, subject, node, grads[node]) for node in reversed(graph.nodes)]
    first = _first(judge, done, reasons)
    return {
        "fault": fault.document(),
        "output": f"n{subject.output}",
        "right": [_step(subject, RIGHT, step, None) for step in truth.steps],
        "wrong": [_step(subject, fault, step, why) for step, why in zip(done, reasons, strict=True)],
        "complete": complete,
        "shows": any(node["differs"] for node in nodes),
        "first": first,
        "verdict": _verdict(truth, fault, first, nodes, complete),
        "nodes": nodes,
    }


def _first(judge: Judge, done: Sequence[Step], reasons: Sequence[str | None]) -> dict[str, Any] | None:
    """Return the first wrong number of a pass."""
    found = [
        (k, step.operand, why)
        for k, (step, why) in enumerate(zip(done, reasons, strict=True))
        if why and isinstance(step, Backward)
    ][:1]
    if lost := judge.lost(done):
        found.append(lost)
    if not found and not judge.fault.seeds:
        found.append((0, judge.truth.graph.output, "The output's own gradient is never set to 1."))
    if not found:
        return None
    step, node, why = min(found, key=lambda each: each[0])
    return {"step": step, "node": f"n{node}", "label": judge.subject.label(node), "why": why}


def _verdict(
    truth: Truth,
    fault: Fault,
    first: Mapping[str, Any] | None,
    nodes: Sequence[Mapping[str, Any]],
    complete: bool,
) -> str:
    wrong = [node for node in nodes if node["differs"]]
    if not wrong:
        if first is not None:
            return f"{first['why']} By chance every gradient comes out right at the end."
        return f"This program does not show the bug: {_why_not(truth, fault)}."
    begin = "" if complete else f"It is stopped after {MOST_STEPS:,} steps. "
    count = "1 gradient is" if len(wrong) == 1 else f"{len(wrong):,} of {len(nodes):,} gradients are"
    return f"{begin}{first['why'] if first else ''} {count} wrong at the end.".strip()


def _why_not(truth: Truth, fault: Fault) -> str:
    if not truth.edges:
        return "there is no operation in it that passes a gradient on"
    return _QUIET.get(fault.name, "every edge carries the same with it and without")


_QUIET = {
    "assign": "no gradient in it is the sum of two contributions",
    "set_operands": "no operation in it passes something to the same operand twice",
    "recursion": "no operation that passes something on is reached by two paths",
    "depth_first": "each operation that passes something on is complete when it is first reached",
    "breadth_first": "each operation that passes something on is complete when its level comes",
    "forward_order": "nothing has to be passed on beyond the operands of the output",
    "no_zero_grad": "no leaf in it gets anything but 0",
    "second_backward": "no edge in it carries anything but 0",
    "no_upstream": "where a local derivative is not 0, the gradient that comes from above is 1",
    "own_factor": "it has no product of two different numbers",
    "output_for_input": "no local derivative in it changes when the result stands in for an operand",
    "input_for_output": "no local derivative in it changes when an operand stands in for the result",
    "first_operand_only": "no second operand in it should get anything but 0",
}


def _node(truth: Truth, subject: Subject, node: int, wrong: float) -> dict[str, Any]:
    right = truth.grads[node]
    return {
        "node": f"n{node}",
        "label": subject.label(node),
        "leaf": subject.tape.roles[node] is Role.INPUT,
        "right": numbers.to_json(right),
        "wrong": numbers.to_json(wrong),
        "differs": not truth.has(node, wrong),
        "shown": {"right": numbers.shown(right), "wrong": numbers.shown(wrong)},
    }


def _step(subject: Subject, fault: Fault, step: Step, why: str | None) -> dict[str, Any]:
    names = ("before", "after") if isinstance(step, Seed) else _NUMBERS
    values = {name: getattr(step, name) for name in names}
    return {
        "kind": "seed" if isinstance(step, Seed) else "edge",
        "node": f"n{step.node}",
        "operand": None if isinstance(step, Seed) else f"n{step.operand}",
        "slot": None if isinstance(step, Seed) else step.slot,
        **dict.fromkeys(_NUMBERS),
        **{name: numbers.to_json(value) for name, value in values.items()},
        "shown": {name: numbers.shown(value) for name, value in values.items()},
        "text": _text(subject, fault, step),
        "brief": _brief(subject, fault, step),
        "wrong": why is not None,
        "why": why,
    }


_NUMBERS = ("upstream", "local", "contribution", "before", "after")


def _text(subject: Subject, fault: Fault, step: Step) -> str:
    """Return a step as the line of Python that the faulty engine runs."""
    label, exact = subject.run.explainer.names.__getitem__, numbers.exact
    if isinstance(step, Seed):
        return f"{label(step.node)}.grad = 1.0"
    product, figures = _product(subject, fault, step), f"{exact(step.local)} * {exact(step.upstream)}"
    if fault.carries is not RIGHT.carries:
        figures = exact(step.local)
    sign = "=" if fault.writes is not RIGHT.writes else "+="
    return f"{label(step.operand)}.grad {sign} {product} = {figures} = {exact(step.contribution)}"


def _brief(subject: Subject, fault: Fault, step: Step) -> str:
    """Return a step with short numbers, and what the gradient is after it."""
    label, short = subject.label, numbers.short
    if isinstance(step, Seed):
        return f"{label(step.node)}.grad = 1"
    product = f"{short(step.local)} × {short(step.upstream)}"
    if fault.carries is not RIGHT.carries:
        product = short(step.local)
    sign = "=" if fault.writes is not RIGHT.writes else "+="
    return f"from {label(step.node)}: {label(step.operand)}.grad {sign} {product} → {short(step.after)}"


def _product(subject: Subject, fault: Fault, step: Backward) -> str:
    """Return what an edge carries, in code."""
    tape, names = subject.tape, subject.run.explainer.names
    op, operands = tape.ops[step.node], tape.operands[step.node]
    assert op is not None
    symbols = tuple(
        Number(tape.data[n], tape.texts[n]) if tape.roles[n] is Role.CONSTANT else Symbol(names[n]) for n in operands
    )
    z, places = fault.reads(Rule(op, step.slot, Symbol(names[step.node]), symbols, plain(tape, step.node)))
    factor = partial_formula(op, step.slot, z, places)
    if isinstance(factor, Number) and factor.text is None:
        local = numbers.exact(factor.value)
    else:
        local = code(factor, lambda name: f"{name}.data")
    if fault.carries is not RIGHT.carries:
        return local
    return f"{f'({local})' if precedence(factor) < _PRODUCT else local} * {names[step.node]}.grad"
