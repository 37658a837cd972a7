"""Where nan comes from: turns a run into the first number that is not finite, its story and its cures.

Start at `origin`. The first such number of the forward pass and the first of the backward pass are looked for in the
order of the steps; the cures are proposals of `rewrites` that were run and found finite.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal

from engine import numbers
from engine.backward import with_operands
from engine.formula import Apply, Number, Symbol, code, partial_formula
from engine.lab.cure import cures
from engine.lab.factors import factors
from engine.lab.subject import Subject, subject_of
from engine.ops import OPS, Op
from engine.run import Run
from engine.tape import Role, Span
from engine.trace import Backward, Forward, Update

MOST_OTHERS = 8
"""Sources told beside the first of each pass."""
MOST_NODES = 20
"""Nodes told by name where many could be."""
_MUL, _ADD, _SUB, _DIV = (OPS[name] for name in ("mul", "add", "sub", "div"))


@dataclass(frozen=True, slots=True)
class Event:
    """A number that is not finite, although all that it was computed from is."""

    phase: Literal["leaf", "forward", "backward", "update"]
    step: int
    """After so many steps it is seen."""
    node: int
    value: float
    calculation: str
    sentence: str
    operand: int | None = None
    slot: int | None = None


def origin(run: Run, leaf: str | None = None) -> dict[str, Any]:
    """Return where the first numbers that are not finite came from, where they went and what cures them; and the
    factors on the way to `leaf`. Raises `Unfit`."""
    subject = subject_of(run)
    forward, backward = first_forward(run, subject), first_backward(run)
    events = [event for event in (forward, backward) if event is not None]
    others = [event for event in sources(run, subject) if event.step not in {first.step for first in events}]
    found, nearby = cures(run, culprits(run)) if events else ([], "")
    return {
        "finite": not events,
        "harmless": bool(events) and _harmless(subject),
        "forward": None if forward is None else _told(run, subject, forward),
        "backward": None if backward is None else _told(run, subject, backward),
        "others": [_told(run, subject, event) for event in islice(others, MOST_OTHERS)],
        "others_count": len(others),
        "cures": found,
        "factors": None if events else factors(subject, leaf),
        "sentence": _sentence(subject, events, bool(found), nearby),
        "notes": list(_notes(run)),
    }


# -- the first of each pass --------------------------------------------------------------------------------------------


def first_forward(run: Run, subject: Subject) -> Event | None:
    """Return the first number of the forward pass that is not finite: a leaf's, a result's, or one written."""
    for node in subject.order:
        value = subject.tape.data[node]
        if run.tape.roles[node] is Role.INPUT and not math.isfinite(value):
            return _leaf(subject, node)
    for index, step in enumerate(run.trace.steps):
        match step:
            case Forward(node=node, data=data, operands=operands) if not math.isfinite(data):
                return _result(run, index + 1, node, data, operands)
            case Update(node=node, after=after, text=text) if not math.isfinite(after):
                sentence = f"The program itself writes {numbers.short(after)} into {run.explainer.label(node)}."
                return Event("update", index + 1, node, after, text, sentence)
    return None


def _leaf(subject: Subject, node: int) -> Event:
    label, value = subject.label(node), subject.tape.data[node]
    calculation = f"{label} = {numbers.short(value)}"
    return Event("leaf", 0, node, value, calculation, f"{label} is {numbers.short(value)} from the start.")


def _result(run: Run, step: int, node: int, data: float, operands: tuple[float, ...]) -> Event:
    op = run.tape.ops[node]
    assert op is not None, "a leaf has no forward step"
    calculation = f"{_written(op, operands)} = {numbers.short(data)}"
    why = _outside(run, node, operands, data) or _undetermined(op, operands, data)
    return Event("forward", step, node, data, calculation, f"{calculation}: {why}")


def _written(op: Op, operands: Sequence[float]) -> str:
    """Return an operation on numbers: `0 * ∞`, `log(0)`."""
    figures = (Number(x, numbers.short(x).replace("−", "-")) for x in operands)
    return code(Apply(op, tuple(figures))).replace("-", "−")


def _outside(run: Run, node: int, operands: Sequence[float], data: float) -> str:
    """Return what finite numbers did that gave inf or nan, with the program's own names of the operands."""
    op = run.tape.ops[node]
    if op is None or math.isfinite(data) or not all(map(math.isfinite, operands)):
        return ""
    if op is _DIV and not any(operands):
        return "0 over 0 has no value."
    names = dict(zip(op.parameters, map(run.explainer.label, run.tape.operands[node]), strict=True))
    what = _in_names(op.domain or f"{op.name} has no finite value", names)
    return f"{what}; here {here}." if (here := _here(run, node, operands)) else f"{what}."


def _in_names(text: str, names: Mapping[str, str]) -> str:
    """Return `text` with other names in the place of those of a rule."""
    pattern = r"(?<![\w.])(" + "|".join(map(re.escape, names)) + r")(?![\w(])"
    return re.sub(pattern, lambda match: names[match[1]], text)


def _here(run: Run, node: int, operands: Sequence[float]) -> str:
    """Return the operands of a node, each once, but for constants."""
    label, roles = run.explainer.label, run.tape.roles
    pairs = zip(run.tape.operands[node], operands, strict=True)
    figures = (f"{label(x)} = {numbers.short(value)}" for x, value in pairs if roles[x] is not Role.CONSTANT)
    return ", ".join(dict.fromkeys(figures))


def _undetermined(op: Op, operands: Sequence[float], data: float) -> str:
    if any(map(math.isnan, operands)):
        return "whatever meets nan becomes nan."
    if math.isinf(data):
        return "infinity went in."
    if op is _MUL:
        return "0 times infinity has no value."
    if op in (_ADD, _SUB):
        return "infinity less infinity has no value."
    if op is _DIV:
        return "infinity over infinity has no value."
    return "infinity went in."


def first_backward(run: Run) -> Event | None:
    """Return the first number of a backward pass that is not finite: a contribution, or a sum of them."""
    for index, step in enumerate(run.trace.steps):
        if isinstance(step, Backward) and not (math.isfinite(step.contribution) and math.isfinite(step.after)):
            return _contribution(run, index + 1, step)
    return None


def sources(run: Run, subject: Subject) -> Iterator[Event]:
    """Yield every number that is not finite although what it was computed from is: in the forward pass each leaf and
    result, in the backward pass for each node the first contribution that it sends."""
    for node in subject.order:
        if run.tape.roles[node] is Role.INPUT and not math.isfinite(subject.tape.data[node]):
            yield _leaf(subject, node)
    sent: set[int] = set()
    later: list[Event] = []
    for index, step in enumerate(run.trace.steps):
        match step:
            case Forward(node=node, data=data, operands=operands) if not math.isfinite(data):
                if all(map(math.isfinite, operands)):
                    yield _result(run, index + 1, node, data, operands)
            case Backward() if is_source(step) and step.node not in sent:
                sent.add(step.node)
                later.append(_contribution(run, index + 1, step))
    yield from later


def is_source(step: Backward) -> bool:
    """Return whether a step of the backward pass makes a number that is not finite from finite gradients."""
    if not math.isfinite(step.contribution):
        return math.isfinite(step.upstream)
    return math.isfinite(step.before) and not math.isfinite(step.after)


def _contribution(run: Run, index: int, step: Backward) -> Event:
    label, op = run.explainer.label, run.tape.ops[step.node]
    assert op is not None, "a leaf hands nothing back"
    if math.isfinite(step.contribution):
        calculation = f"{_written(_ADD, (step.before, step.contribution))} = {numbers.short(step.after)}"
        sentence = f"At {label(step.operand)} the contributions add up to {calculation}."
    else:
        calculation = f"{_written(_MUL, (step.local, step.upstream))} = {numbers.short(step.contribution)}"
        sentence = f"{calculation}: {_why(run, op, step)}"
    return Event(
        "backward", index, step.node, step.contribution, calculation, sentence, operand=step.operand, slot=step.slot
    )


def _why(run: Run, op: Op, step: Backward) -> str:
    label = run.explainer.label
    tape, operands = run.tape, run.tape.operands[step.node]
    names = tuple(
        Number(tape.data[x], tape.texts[x]) if tape.roles[x] is Role.CONSTANT else Symbol(label(x)) for x in operands
    )
    rule = partial_formula(op, step.slot, Apply(op, names), names)
    written = "" if isinstance(rule, Number) else f", {code(rule)},"
    here = _here(run, step.node, tape.values(operands))
    if math.isfinite(step.local) and math.isfinite(step.upstream):
        return "the product of the local derivative and the upstream gradient is too large for a double."
    if math.isfinite(step.local):
        return f"the gradient of {label(step.node)} is {numbers.short(step.upstream)} before {op.name} hands it back."
    local = f"the local derivative of {op.name}{written} is {numbers.short(step.local)} at {here or 'these numbers'}"
    if math.isinf(step.local) and step.upstream == 0:
        return f"{local}; upstream comes 0, and 0 times infinity has no value."
    return f"{local}."


def culprits(run: Run) -> frozenset[Span]:
    """Return the places of all operations that made a number that is not finite from finite ones, in either pass."""
    tape, found = run.tape, set[Span | None]()
    for step in run.trace.steps:
        match step:
            case Forward(node=node, data=data, operands=operands) if not math.isfinite(data):
                if all(map(math.isfinite, operands)):
                    found.add(tape.spans[node])
            case Backward(node=node, local=local, contribution=contribution):
                if not math.isfinite(local) or not math.isfinite(contribution):
                    found.add(tape.spans[node])
    return frozenset(span for span in found if span is not None)


# -- the story ---------------------------------------------------------------------------------------------------------


def _told(run: Run, subject: Subject, event: Event) -> dict[str, Any]:
    span = run.tape.spans[event.node]
    spread = list(_spread(run, subject, event))
    leaves = [
        node
        for node in sorted(with_operands(run.tape, (event.node,)))
        if run.tape.roles[node] is Role.INPUT and node != event.node
    ]
    return {
        "phase": event.phase,
        "step": event.step,
        "node": f"n{event.node}",
        "label": subject.label(event.node),
        "operand": None if event.operand is None else f"n{event.operand}",
        "slot": event.slot,
        "span": None if span is None else span.document(),
        "value": numbers.to_json(event.value),
        "shown": numbers.shown(event.value),
        "calculation": event.calculation,
        "sentence": event.sentence,
        "from": [_named(subject, node, subject.tape.data[node]) for node in leaves[:MOST_NODES]],
        "from_count": len(leaves),
        "spread": [f"n{node}" for node in spread[:MOST_NODES]],
        "spread_count": len(spread),
        "spread_text": _spread_text(subject, spread, ".grad" if event.phase == "backward" else ""),
    }


def _named(subject: Subject, node: int, value: float) -> dict[str, Any]:
    return {"node": f"n{node}", "label": subject.label(node), "shown": numbers.shown(value)}


def _spread(run: Run, subject: Subject, event: Event) -> Iterator[int]:
    """Yield the nodes whose data, or gradients, are not finite because this one is not."""
    tape = subject.tape
    if event.phase == "backward":
        assert event.operand is not None, "a contribution goes to an operand"
        sent = {
            step.operand
            for step in run.trace.steps
            if isinstance(step, Backward) and step.node == event.node and not math.isfinite(step.after)
        }
        below = with_operands(tape, tuple(sent or {event.operand}))
        yield from (n for n in sorted(below, reverse=True) if not math.isfinite(run.trace.grads[n]))
        return
    reached = {event.node}
    for node in subject.order:
        if not reached.isdisjoint(tape.operands[node]) and not math.isfinite(tape.data[node]):
            reached.add(node)
            yield node


def _spread_text(subject: Subject, nodes: Sequence[int], what: str) -> str:
    named = [f"{subject.label(node)}{what}" for node in nodes[:6]]
    return ", ".join(named) + (f" and {len(nodes) - 6:,} more" if len(nodes) > 6 else "")


def _harmless(subject: Subject) -> bool:
    grads = (subject.grads[leaf] for leaf in subject.leaves)
    return math.isfinite(subject.tape.data[subject.output]) and all(map(math.isfinite, grads))


def _sentence(subject: Subject, events: Iterable[Event], cured: bool, nearby: str) -> str:
    first = next(iter(events), None)
    if first is None:
        return "Every number of both passes is finite."
    where = {
        "leaf": "From the start",
        "forward": "In the forward pass",
        "backward": "In the backward pass",
        "update": "Where the program writes",
    }[first.phase]
    text = f"{where}, at {subject.label(first.node)}: {first.sentence}"
    if _harmless(subject):
        return f"{text} It does no harm: the output and all gradients of leaves are finite."
    return text if cured else f"{text} None of the rewrites that we know cures it. {nearby}".rstrip()


def _notes(run: Run) -> Iterator[str]:
    if "where(" in run.source:
        yield (
            "where: here the branch that is not chosen is not on the tape. PyTorch computes both branches, and sends 0 "
            "to the other: where its local derivative is inf, that gives nan."
        )
