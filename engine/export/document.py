"""The run as a JSON document: turns a `Run` into the dictionary that the API answers with. Start at `document`."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeGuard

from engine import numbers
from engine.export.frame import largest_gradient, magnitude_of, pass_at, sign_of
from engine.run import Notice, Run
from engine.tape import Role, Span
from engine.trace import Backward, Forward, Pass, Seed, Step, Update

VERSION = 1
Json = dict[str, Any]


def node_id(node: int) -> str:
    """Return the name of a node in JSON, SVG and DOT."""
    return f"n{node}"


LONG = 4000
"""Steps: a run of several passes and more steps than these is told pass by pass."""


@dataclass(frozen=True, slots=True)
class Window:
    """The steps [first, last) of a run, and the pass whose graph they belong to."""

    first: int
    last: int
    shown: int


def window_of(run: Run, *, step: int | None = None, chosen: int | None = None) -> Window:
    """Return which steps a document of `run` holds: all of a short run; of a long one those of the pass that is
    `chosen`, that has step `step`, or the last one. Raises ValueError if there is no such pass."""
    passes, count = run.trace.passes, len(run.trace.steps)
    latest = len(passes) - 1
    if chosen is not None and not 0 <= chosen <= latest:
        raise ValueError(f"pass must be a whole number from 0 to {max(latest, 0)}")
    if chosen is None and (len(passes) < 2 or count <= LONG):
        return Window(0, count, latest)
    if chosen is None:
        chosen = pass_at(passes, count if step is None else step) or 0
    return Window(passes[chosen - 1].last if chosen else 0, count if chosen == latest else passes[chosen].last, chosen)


def document(run: Run, *, display: bool = False, window: Window | None = None) -> Json:
    """Return the JSON document of `run` (without picture). `display` adds all that a page shows: texts of numbers,
    formulas in MathML and sentences. With a `window`, steps and nodes are those of one pass, and the numbers of nodes
    are those after its last step."""
    return _Document(run, display, window or window_of(run)).build()


class _Document:
    def __init__(self, run: Run, display: bool, window: Window) -> None:
        self.run = run
        self.window = window
        self.steps = run.trace.steps[window.first : window.last]
        self.data, self.grads = _at(run, window.last)
        self.tape = run.tape
        self.display = display
        self.explainer = run.explainer
        self.locals = {(s.node, s.slot): s.local for s in self.steps if isinstance(s, Backward)}
        earlier = run.trace.steps[: window.first]
        self.computed = {s.node for s in earlier if isinstance(s, Forward)}
        self.carried = frozenset(_written(s) for s in earlier if _is_gradient(s))
        self.touched = set(self.carried)
        if window.first:
            self.data_before, self.grads_before = _at(run, window.first)
        self.largest = largest_gradient(run.trace.grads)
        self.pass_of = _pass_of_step(run.trace.passes, len(run.trace.steps)) if display else []

    def build(self) -> Json:
        run, passes = self.run, self.run.trace.passes
        shown = passes[self.window.shown] if passes else None
        return {
            "version": VERSION,
            "source": run.source,
            "output": self._output(shown.output if shown else run.output),
            "nodes": [self._node(node) for node in self._mentioned()],
            "order": [node_id(node) for node in shown.order] if shown else [],
            "variables": {name: node_id(node) for name, node in run.variables.items()},
            "steps": [self._step(step, k) for k, step in enumerate(self.steps, self.window.first)],
            "first_step": self.window.first,
            "step_count": len(run.trace.steps),
            "passes": [self._pass(p) for p in passes],
            "printed": run.printed,
            "warnings": [_notice(notice) for notice in run.warnings],
        }

    def _output(self, node: int | None) -> Json | None:
        if node is None:
            return None
        data = self.data(node)
        return {"node": node_id(node), "name": self.explainer.names[node], "data": numbers.to_json(data)} | (
            {"shown": {"data": numbers.shown(data)}} if self.display else {}
        )

    def _mentioned(self) -> list[int]:
        """Return the nodes that a pass, a variable, a step or a warning speaks of, and what these are computed from."""
        reached = set(self.run.variables.values()) | {n for p in self._passes() for n in p.order}
        reached |= {step.node for step in self.steps}
        reached |= {notice.node for notice in self.run.warnings if notice.node is not None}
        if self.run.output is not None:
            reached.add(self.run.output)
        stack = list(reached)
        while stack:
            for operand in self.tape.operands[stack.pop()]:
                if operand not in reached:
                    reached.add(operand)
                    stack.append(operand)
        return sorted(reached)

    def _passes(self) -> tuple[Pass, ...]:
        """Return the passes whose steps are told."""
        return tuple(p for p in self.run.trace.passes if self._is_told(p))

    def _is_told(self, p: Pass) -> bool:
        return self.window.first < p.last <= self.window.last

    def _node(self, node: int) -> Json:
        tape, explainer = self.tape, self.explainer
        op, span, data, grad = tape.ops[node], tape.spans[node], self.data(node), self.grads(node)
        scope = tape.scopes[node]
        partials = [self._partial(node, slot) for slot in range(len(tape.operands[node]))]
        result: Json = {
            "id": node_id(node),
            "name": tape.names[node],
            "label": explainer.label(node),
            "role": tape.roles[node].value,
            "op": op.name if op else None,
            "operands": [node_id(operand) for operand in tape.operands[node]],
            "data": numbers.to_json(data),
            "grad": numbers.to_json(grad),
            "partials": [None if p is None else numbers.to_json(p) for p in partials],
            "expression": explainer.expression(node),
            "trainable": tape.needs_grad[node],
            "defaulted": tape.defaulted[node],
            "span": _span(span),
            "scope": scope.path if scope else "",
            "calls": [_span(s.call) for s in reversed(list(scope.outwards())) if s.call] if scope else [],
        }
        if self.display:
            shown = [None if p is None else numbers.shown(p) for p in partials]
            result["symbol"] = op.symbol if op else None
            text = tape.texts[node] if tape.roles[node] is Role.INPUT else None
            result["adjustable"], result["literal"] = text is not None, text or None
            result["shown"] = {"data": numbers.shown(data), "grad": numbers.shown(grad), "partials": shown}
            if self.window.first:
                result["carried"] = self._carried(node)
        return result

    def _carried(self, node: int) -> Json:
        """Return what a node shows before the first step that is told; null for numbers that were not known then."""
        data = node in self.computed or self.tape.ops[node] is None
        grad = self.grads_before(node) if node in self.carried else None
        return {
            "data": numbers.shown(self.data_before(node)) if data else None,
            "grad": None if grad is None else numbers.shown(grad),
            "sign": sign_of(grad),
            "magnitude": magnitude_of(grad, self.largest),
        }

    def _partial(self, node: int, slot: int) -> float | None:
        """Return the local partial; None where a constant's has no finite value, for nothing is ever sent along it."""
        tape, operand = self.tape, self.tape.operands[node][slot]
        op = tape.ops[node]
        assert op is not None, "a leaf has no operands"
        local = self.locals.get((node, slot))
        if local is None:
            local = op.partial(slot, self.data(node), tuple(map(self.data, tape.operands[node])))
        return local if math.isfinite(local) or tape.needs_grad[operand] else None

    def _step(self, step: Step, index: int) -> Json:
        result: Json = {"phase": _PHASES[type(step)], "node": node_id(step.node)}
        figures = _figures(step)
        if isinstance(step, Backward):
            result |= {"operand": node_id(step.operand), "slot": step.slot}
        if isinstance(step, Update):
            result["field"], result["span"] = step.field, _span(step.span)
        result |= {name: numbers.to_json(x) for name, x in figures.items()}
        result["text"] = self.explainer.text(step)
        if self.display:
            if isinstance(step, Forward):
                figures = {"data": step.data}
            result["shown"] = {name: numbers.shown(x) for name, x in figures.items()}
            result["math"] = self.explainer.math(step, self.pass_of[index])
            result["sentence"] = self.explainer.sentence(step)
            written = _written(step)
            result["ledger"] = self.explainer.ledger(step, written not in self.touched)
            if _is_gradient(step):
                self.touched.add(written)
                result["sign"], result["magnitude"] = sign_of(step.after), magnitude_of(step.after, self.largest)
        return result

    def _pass(self, p: Pass) -> Json:
        data = self.tape.data[p.output]
        result: Json = {
            "output": node_id(p.output),
            "order": [node_id(node) for node in p.order] if self._is_told(p) else None,
            "first": p.first,
            "last": p.last,
            "data": numbers.to_json(data),
            "scope": p.scope.path if p.scope else "",
            "span": _span(p.span),
        }
        if self.display:
            result["shown"] = {"data": numbers.shown(data)}
        return result


_PHASES: dict[type[Step], str] = {Forward: "forward", Seed: "seed", Backward: "backward", Update: "update"}


def _written(step: Step) -> int:
    return step.operand if isinstance(step, Backward) else step.node


def _is_gradient(step: Step) -> TypeGuard[Seed | Backward | Update]:
    return not isinstance(step, Forward) and not (isinstance(step, Update) and step.field == "data")


def _at(run: Run, last: int) -> tuple[Callable[[int], float], Callable[[int], float]]:
    """Return what the data and the gradient of a node are after `last` steps."""
    data: dict[int, float] = {}
    grads: dict[int, float] = {}
    for step in reversed(run.trace.steps[last:]):
        if isinstance(step, Update) and step.field == "data":
            data[step.node] = step.before
        elif not isinstance(step, Forward):
            grads[_written(step)] = step.before
    final, totals = run.tape.data, run.trace.grads
    return lambda node: data.get(node, final[node]), lambda node: grads.get(node, totals[node])


def _figures(step: Step) -> dict[str, float]:
    match step:
        case Seed(before=before, after=after):
            return {"contribution": 1.0, "before": before, "after": after}
        case Backward():
            names = ("upstream", "local", "contribution", "before", "after")
            return {name: getattr(step, name) for name in names}
        case Update(before=before, after=after):
            return {"before": before, "after": after}
        case Forward():
            return {}


def _pass_of_step(passes: tuple[Pass, ...], count: int) -> list[int]:
    """Return, for each step, the output of the pass it belongs to (of the next pass, between two of them)."""
    outputs, k = [], 0
    for index in range(count):
        while k < len(passes) - 1 and index >= passes[k].last:
            k += 1
        outputs.append(passes[k].output if passes else 0)
    return outputs


def _span(span: Span | None) -> Json | None:
    if span is None:
        return None
    return {"line": span.line, "column": span.column, "end_line": span.end_line, "end_column": span.end_column}


def _notice(notice: Notice) -> Json:
    span = _span(notice.span) or dict.fromkeys(("line", "column", "end_line", "end_column"))
    node = None if notice.node is None else node_id(notice.node)
    return {"kind": notice.kind, "message": notice.message, "node": node} | span
