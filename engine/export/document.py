"""The run as a JSON document: turns a `Run` into the dictionary that the API answers with. Start at `document`."""

from __future__ import annotations

import math
from typing import Any

from engine import numbers
from engine.export.frame import largest_gradient, magnitude_of, sign_of
from engine.run import Notice, Run
from engine.tape import Role, Span
from engine.trace import Backward, Forward, Pass, Seed, Step, Update

VERSION = 1
Json = dict[str, Any]


def node_id(node: int) -> str:
    """Return the name of a node in JSON, SVG and DOT."""
    return f"n{node}"


def document(run: Run, *, display: bool = False) -> Json:
    """Return the JSON document of `run` (without picture). `display` adds all that a page shows: texts of numbers,
    formulas in MathML and sentences."""
    return _Document(run, display).build()


class _Document:
    def __init__(self, run: Run, display: bool) -> None:
        self.run = run
        self.tape = run.tape
        self.display = display
        self.explainer = run.explainer
        self.locals = {(s.node, s.slot): s.local for s in run.trace.steps if isinstance(s, Backward)}
        self.touched: set[int] = set()
        self.largest = largest_gradient(run.trace.grads)
        self.pass_of = _pass_of_step(run.trace.passes, len(run.trace.steps))

    def build(self) -> Json:
        run, last = self.run, self.run.trace.passes[-1] if self.run.trace.passes else None
        return {
            "version": VERSION,
            "source": run.source,
            "output": self._output(),
            "nodes": [self._node(node) for node in self._mentioned()],
            "order": [node_id(node) for node in last.order] if last else [],
            "variables": {name: node_id(node) for name, node in run.variables.items()},
            "steps": [self._step(step, k) for k, step in enumerate(run.trace.steps)],
            "passes": [self._pass(p) for p in run.trace.passes],
            "printed": run.printed,
            "warnings": [_notice(notice) for notice in run.warnings],
        }

    def _output(self) -> Json | None:
        node = self.run.output
        if node is None:
            return None
        data = self.tape.data[node]
        return {"node": node_id(node), "name": self.explainer.names[node], "data": numbers.to_json(data)} | (
            {"shown": {"data": numbers.shown(data)}} if self.display else {}
        )

    def _mentioned(self) -> list[int]:
        """Return the nodes that a pass, a variable, a step or a warning speaks of, and what these are computed from."""
        reached = set(self.run.variables.values()) | {n for p in self.run.trace.passes for n in p.order}
        reached |= {step.node for step in self.run.trace.steps}
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

    def _node(self, node: int) -> Json:
        tape, explainer = self.tape, self.explainer
        op, span, data, grad = tape.ops[node], tape.spans[node], tape.data[node], self.run.trace.grads[node]
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
            "expression": explainer.expressions[node],
            "trainable": tape.needs_grad[node],
            "defaulted": tape.defaulted[node],
            "span": _span(span),
        }
        if self.display:
            shown = [None if p is None else numbers.shown(p) for p in partials]
            result["symbol"] = op.symbol if op else None
            text = tape.texts[node] if tape.roles[node] is Role.INPUT else None
            result["adjustable"], result["literal"] = text is not None, text or None
            result["shown"] = {"data": numbers.shown(data), "grad": numbers.shown(grad), "partials": shown}
        return result

    def _partial(self, node: int, slot: int) -> float | None:
        """Return the local partial; None where a constant's has no finite value, for nothing is ever sent along it."""
        tape, operand = self.tape, self.tape.operands[node][slot]
        op = tape.ops[node]
        assert op is not None, "a leaf has no operands"
        local = self.locals.get((node, slot))
        if local is None:
            local = op.partial(slot, tape.data[node], tape.values(tape.operands[node]))
        return local if math.isfinite(local) or tape.needs_grad[operand] else None

    def _step(self, step: Step, index: int) -> Json:
        result: Json = {"phase": _PHASES[type(step)], "node": node_id(step.node)}
        figures = _figures(step)
        if isinstance(step, Backward):
            result |= {"operand": node_id(step.operand), "slot": step.slot}
        if isinstance(step, Update):
            result["field"] = step.field
        result |= {name: numbers.to_json(x) for name, x in figures.items()}
        result["text"] = self.explainer.text(step)
        if self.display:
            if isinstance(step, Forward):
                figures = {"data": step.data}
            result["shown"] = {name: numbers.shown(x) for name, x in figures.items()}
            result["math"] = self.explainer.math(step, self.pass_of[index])
            result["sentence"] = self.explainer.sentence(step)
            written = step.operand if isinstance(step, Backward) else step.node
            result["ledger"] = self.explainer.ledger(step, written not in self.touched)
            if result.get("field") != "data" and not isinstance(step, Forward):
                self.touched.add(written)
                result["sign"], result["magnitude"] = sign_of(step.after), magnitude_of(step.after, self.largest)
        return result

    def _pass(self, p: Pass) -> Json:
        order = [node_id(node) for node in p.order]
        return {"output": node_id(p.output), "order": order, "first": p.first, "last": p.last}


_PHASES: dict[type[Step], str] = {Forward: "forward", Seed: "seed", Backward: "backward", Update: "update"}


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
