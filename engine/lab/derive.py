"""The derivative as a program: turns a run and one of its leaves into source text that computes d(output)/d(leaf).

Start at `derive`. The text is a program like any other: it can be run, walked through and differentiated once more.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator
from typing import Any

from engine import numbers
from engine.backward import with_operands
from engine.differentiate import differentiate
from engine.export.program import Written, program
from engine.lab.simplify import Simplifier
from engine.lab.subject import Subject, Unfit, subject_of
from engine.lab.words import listed
from engine.language.budgets import Budgets
from engine.ops import OPS, Op
from engine.run import Run
from engine.tape import Role, Tape

MOST_NODES = 5_000
_AGREES = 1e-9
_STEPS = frozenset(OPS[name] for name in ("exceeds", "select", "sign"))
_POW, _ATAN2 = OPS["pow"], OPS["atan2"]
_DERIVATIVE = re.compile(r"d(\d*)([^\W\d_]\w*?)((?:_d\w+)+)")


def derive(run: Run, wrt: str) -> dict[str, Any]:
    """Return d(output)/d(`wrt`) as a program, with its value and what there is to say about it; raise `Unfit`."""
    subject = subject_of(run)
    leaf = _leaf(subject, wrt)
    tape = copied(subject, leaf)
    (slope,) = differentiate(tape, subject.output, [leaf])
    leaves = [node for node in sorted({*subject.order, leaf}) if tape.roles[node] is Role.INPUT]
    simplifier = Simplifier(tape)
    (new,) = simplifier.copy([slope], keep=leaves)
    small = simplifier.tape
    name = derivative_name(_word(subject, subject.output), _word(subject, leaf), [_word(subject, n) for n in leaves])
    kept = [node for node in range(len(small)) if small.roles[node] is Role.INPUT]
    named = {new: name} if small.ops[new] is not None else {}
    written = _bounded(program(small, new, names=named, keep=kept))
    value, grad = small.data[new], _grad(subject, leaf)
    return {
        "output": {"node": f"n{subject.output}", "label": subject.label(subject.output)},
        "wrt": {"node": f"n{leaf}", "label": subject.label(leaf)},
        "name": name,
        "source": written.source,
        "fixed": list(written.fixed),
        "value": numbers.to_json(value),
        "grad": None if grad is None else numbers.to_json(grad),
        "shown": {"value": numbers.shown(value)} | ({} if grad is None else {"grad": numbers.shown(grad)}),
        "agrees": grad is None or agree(value, grad),
        "constant": small.roles[new] is Role.CONSTANT,
        "operations": _operations(small, new),
        "sentence": _sentence(subject, leaf, value, grad, small.roles[new] is Role.CONSTANT),
        "notes": [*_kinks(subject, leaf), *_steps(small, new), *_branches(run)],
    }


def copied(subject: Subject, *leaves: int) -> Tape:
    """Return the tape of `subject` up to its output and `leaves`, on its own, so that more can be recorded on it; raise
    `Unfit` if there is too much of it."""
    if len(subject.order) > MOST_NODES:
        message = f"has {len(subject.order):,} nodes below its output; {MOST_NODES:,} can be differentiated again"
        raise Unfit("source", message)
    tape, end = Tape(), max(subject.output, *leaves, 0) + 1
    for column in Tape.__slots__:
        if column != "scope":
            setattr(tape, column, getattr(subject.tape, column)[:end])
    return tape


def derivative_name(output: str, leaf: str, leaves: Collection[str]) -> str:
    """Return what the derivative of `output` by `leaf` is called.

    >>> derivative_name("L", "a", ["a"]), derivative_name("dL_da", "b", ["a", "b"])
    ('dL_da', 'd2L_da_db')
    >>> derivative_name("d2y_dx_dx", "x", ["x"]), derivative_name("dist_d1", "a", ["a"])
    ('d3y_dx_dx_dx', 'ddist_d1_da')
    """
    before = _DERIVATIVE.fullmatch(output)
    if before is None or not all(part in leaves for part in before[3].split("_d")[1:]):
        return f"d{output}_d{leaf}"
    return f"d{int(before[1] or 1) + 1}{before[2]}{before[3]}_d{leaf}"


def agree(x: float, y: float) -> bool:
    """Return whether two numbers are the same but for rounding."""
    return x == y or (math.isnan(x) and math.isnan(y)) or math.isclose(x, y, rel_tol=_AGREES, abs_tol=1e-300)


def _leaf(subject: Subject, wrt: str) -> int:
    node = subject.node(wrt, "wrt")
    if subject.tape.roles[node] is not Role.INPUT:
        what = "a constant" if subject.tape.roles[node] is Role.CONSTANT else "computed"
        raise Unfit("wrt", f"must be a leaf of the program; {subject.label(node)} is {what}")
    return node


def _grad(subject: Subject, leaf: int) -> float | None:
    """Return what the backward pass says; None if the program asks for no gradient there."""
    if not subject.tape.needs_grad[leaf]:
        return None
    return subject.grads[leaf] if leaf <= subject.output else 0.0


def _word(subject: Subject, node: int) -> str:
    if subject.tape.roles[node] is Role.CONSTANT:
        return "y"
    return re.sub(r"\W+", "_", re.sub(r"@\d+$", "", subject.label(node))).strip("_")


def _bounded(written: Written) -> Written:
    most, length = Budgets().characters, len(written.source)
    if length > most:
        raise Unfit("wrt", f"has a derivative of {length:,} characters; a program may have {most:,}")
    return written


def _operations(tape: Tape, node: int) -> int:
    return sum(tape.ops[each] is not None for each in with_operands(tape, (node,)))


def _sentence(subject: Subject, leaf: int, value: float, grad: float | None, constant: bool) -> str:
    output, by = subject.label(subject.output), subject.label(leaf)
    short = numbers.short(value)
    if constant:
        return f"The derivative of {output} by {by} is {short}, whatever the leaves are."
    if grad is None:
        return f"The derivative of {output} by {by} is {short} here; the program asks for no gradient of {by}."
    if agree(value, grad):
        return f"The derivative of {output} by {by} is {short} here, the same as {by}.grad."
    return (
        f"The formula gives {short}, the backward pass {numbers.short(grad)}: where a gate is closed the pass stops "
        "whatever arrives, and a product with inf or nan does not."
    )


def _kinks(subject: Subject, leaf: int) -> Iterator[str]:
    """Say what is chosen where an operation between the leaf and the output has no derivative."""
    said = set()
    reached = {leaf}
    for node in subject.order:
        op = subject.tape.ops[node]
        if op is not None and not reached.isdisjoint(subject.tape.operands[node]):
            reached.add(node)
            if op.convention and op not in said and _at_stake(subject.tape, node, op):
                said.add(op)
                yield f"{op.name}: {op.convention}"


def _at_stake(tape: Tape, node: int, op: Op) -> bool:
    """Return whether what is chosen at a single point matters: kinks are told of always, other points only there."""
    operands = tape.operands[node]
    if op is _POW:
        base, exponent = tape.values(operands)
        return exponent == 0 or (base == 0 and tape.roles[operands[1]] is not Role.CONSTANT)
    return op is not _ATAN2 or tape.values(operands) == (0.0, 0.0)


def _branches(run: Run) -> Iterator[str]:
    if run.looks and run.looks.nodes:
        yield "Only the graph that was recorded is differentiated: a branch not taken at these numbers is not in it."


def _steps(tape: Tape, node: int) -> Iterator[str]:
    names = sorted(
        {op.name for each in with_operands(tape, (node,)) if (op := tape.ops[each]) is not None and op in _STEPS}
    )
    if names:
        begin = f"{listed(names)} {'is a step' if len(names) == 1 else 'are steps'}"
        yield f"{begin}: flat on both sides of the jump, so differentiating again gives 0, also at the jump."
