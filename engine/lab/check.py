"""The check: turns a graph into an independent estimate of its gradients, leaf by leaf. Start at `check`.

The estimate comes from values of the output alone (`engine.lab.slopes`), so it knows no derivative rule. Where there is
no derivative, at a kink, a jump, an edge of the domain, it says so instead of passing or failing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from engine import numbers
from engine.backward import gradients
from engine.lab.probe import Probe, Probes
from engine.lab.slopes import NONE, RUNGS, STARTS, Slopes, slopes
from engine.lab.subject import Subject, Unfit, subject_of
from engine.ops import Op
from engine.run import Run
from engine.tape import Role, Tape

Json = dict[str, Any]
Verdict = Literal["agrees", "differs", "kink", "jump", "edge", "steep", "undefined", "unresolved"]

TOLERANCE = 1e-7
"""Largest error that passes beside the error of the estimate itself, relative to the larger of the two slopes."""
MOST_LEAVES = 1000
"""Leaves in one answer."""
MOST_WORK = 5_000_000
"""Operands that an answer reads, or what takes as long, before it ends with the leaf at hand."""
MOST_CAUSES = 5
"""Operations that one leaf names as causes of a kink or a jump."""


@dataclass(frozen=True, slots=True)
class Checked:
    """One leaf: its gradient by the reverse sweep, and its slopes by differences."""

    node: int
    at: float
    gradient: float
    found: Slopes
    verdict: Verdict
    causes: tuple[int, ...] = ()
    """Operations that stand exactly at a kink or a jump of their own."""

    @property
    def passed(self) -> bool | None:
        """Whether the gradient is the slope; None where that cannot be said."""
        if self.verdict == "edge":
            return _agree(self.gradient, self.found, "side") or None
        return {"agrees": True, "differs": False}.get(self.verdict)

    @property
    def difference(self) -> float:
        """The slope by differences: central where there are two sides, else from the side that there is."""
        found = self.found
        if self.verdict != "edge":
            return found.central.value
        return found.left.value if found.left.known else found.right.value

    @property
    def error(self) -> float:
        return abs(self.gradient - self.difference)

    @property
    def relative(self) -> float:
        """The error beside the larger of the two."""
        if self.error == 0 or not math.isfinite(self.error):
            return self.error
        return self.error / max(abs(self.gradient), abs(self.difference))


def check(tape: Tape, output: int) -> list[Checked]:
    """Compare the gradient of `output` by each trainable leaf below it with differences."""
    grads, probes = gradients(tape, output), Probes(tape, output)
    leaves = [n for n in range(output + 1) if tape.roles[n] is Role.INPUT and tape.needs_grad[n]]
    return [checked(probes.at(leaf), grads[leaf]) for leaf in leaves]


def checked(probe: Probe, gradient: float) -> Checked:
    """Compare `gradient` with the slope of `probe` where it stands."""
    found = slopes(probe, probe.x)
    verdict = _verdict(gradient, found)
    if verdict == "differs" and _stands_alone(probe):
        found = Slopes("undefined", NONE, NONE, NONE, 0.0)
        verdict = "undefined"
    causes: tuple[int, ...] = ()
    if verdict not in ("agrees", "undefined"):
        causes = tuple(dict.fromkeys(node for node, _ in corners(probe)))[:MOST_CAUSES]
    if (verdict == "kink" and not causes) or (verdict == "differs" and _drowns(probe, gradient, found)):
        verdict = "unresolved"
    return Checked(probe.node, probe.x, gradient, found, verdict, causes)


def _verdict(gradient: float, found: Slopes) -> Verdict:
    if found.kind != "smooth":
        return found.kind
    if math.isinf(gradient) and not found.central.error <= 1e-4 * abs(found.central.value):
        return "unresolved"
    if _agree(gradient, found):
        lost = found.central.error > 0.01 * abs(gradient) and gradient != 0
        return "unresolved" if lost else "agrees"
    return "differs"


def _stands_alone(probe: Probe) -> bool:
    """Return whether the output has finite values at neither side, however close one looks."""
    near = math.ldexp(max(1.0, abs(probe.x)), -STARTS[-1])
    return not any(math.isfinite(probe(probe.x + change)) for change in (-near, near))


def _drowns(probe: Probe, gradient: float, found: Slopes) -> bool:
    """Return whether round-off between node and output may be all that parts gradient and differences."""
    apart = abs(gradient - found.central.value) * math.ldexp(found.step, -RUNGS)
    return apart <= 4 * probe.noise() < math.inf


def _agree(gradient: float, found: Slopes, which: Literal["central", "side"] = "central") -> bool:
    slope = found.central
    if which == "side":
        slope = found.left if found.left.known else found.right
    if math.isinf(gradient):
        return False
    size = max(abs(gradient), abs(slope.value))
    return abs(gradient - slope.value) <= TOLERANCE * size + 10 * slope.error


def corners(probe: Probe) -> Iterator[tuple[int, int]]:
    """Yield the edges on the way to the output whose operation is at a kink, a jump or a pole: node and slot.

    So is one outside its domain; those that are given its nan are not.
    """
    for node, slot, operands in probe.operands():
        op = probe.tape.ops[node]
        assert op is not None, "what is computed has an operation"
        if any(map(math.isnan, operands)):
            continue
        value = op.value(*operands)
        is_rough = math.isnan(value) or not math.isfinite(op.partial(slot, value, operands))
        if is_rough or ((op.convention or op.gates) and at_corner(op, slot, operands)):
            yield node, slot


def at_corner(op: Op, slot: int, operands: Sequence[float]) -> bool:
    """Return whether `op`, along one operand, has two slopes or a jump exactly here, at two widths."""
    x = operands[slot]
    y = op.value(*operands)
    for width in (1e-6, 1e-9):
        h = width * max(1.0, abs(x))
        up, down = (op.value(*operands[:slot], x + sign * h, *operands[slot + 1 :]) for sign in (1, -1))
        right, left = (up - y) / h, (y - down) / h
        if not abs(right - left) > 1e-3 * max(1.0, abs(right), abs(left)):
            return False
    return True


# -- as JSON ----------------------------------------------------------------------------------------------------------


def check_run(run: Run, first: int = 0) -> Json:
    """Return the check of the trainable leaves of `run` from the `first` on, as many as one answer may take."""
    subject = subject_of(run)
    leaves = subject.leaves
    if first and first >= len(leaves):
        raise Unfit("first", f"must be below the number of leaves, {len(leaves):,}")
    probes, work = Probes(subject.tape, subject.output), 0
    rows: list[Checked] = []
    for leaf in leaves[first : first + MOST_LEAVES]:
        probe = probes.at(leaf)
        rows.append(checked(probe, subject.grads[leaf]))
        work += probe.work
        if work > MOST_WORK:
            break
    after = first + len(rows)
    label = subject.label(subject.output)
    return {
        "output": {
            "node": f"n{subject.output}",
            "label": label,
            "data": numbers.to_json(subject.tape.data[subject.output]),
            "shown": numbers.shown(subject.tape.data[subject.output]),
        },
        "count": len(leaves),
        "first": first,
        "next": after if after < len(leaves) else None,
        "counts": {verdict: sum(row.verdict == verdict for row in rows) for verdict in Verdict.__args__},  # type: ignore[attr-defined]
        "leaves": [_row(subject, row) for row in rows],
        "sentences": _sentences(subject, rows, first),
    }


def _row(subject: Subject, row: Checked) -> Json:
    figures = {
        "at": row.at,
        "grad": row.gradient,
        "difference": row.difference,
        "error": row.error,
        "relative": row.relative,
        "left": row.found.left.value,
        "right": row.found.right.value,
        "step": row.found.step,
    }
    return {
        "node": f"n{row.node}",
        "label": subject.label(row.node),
        **{name: numbers.to_json(figure) for name, figure in figures.items()},
        "verdict": row.verdict,
        "passed": row.passed,
        "causes": [f"n{node}" for node in row.causes],
        "text": _text(subject, row),
        "shown": {name: numbers.shown(figure) for name, figure in figures.items()},
    }


def _text(subject: Subject, row: Checked) -> str:
    output, leaf = subject.label(subject.output), subject.label(row.node)
    grad, at = numbers.short(row.gradient), f"{leaf} = {numbers.short(row.at)}"
    left, right = numbers.short(row.found.left.value), numbers.short(row.found.right.value)
    match row.verdict:
        case "agrees":
            return f"The gradient {grad} is the slope, to {_digits(row.relative)}."
        case "differs":
            said = f"The gradient is {grad}, but differences give {numbers.short(row.difference)}."
            return _with_causes(subject, row, said)
        case "kink":
            said = (
                f"At {at} {output} has a kink: its slope is {left} from the left and {right} from the right, so there "
                f"is no derivative. The engine chose {grad}."
            )
            return _with_causes(subject, row, said)
        case "jump":
            said = f"At {at} {output} jumps, so it has no slope there; the gradient {grad} knows nothing of the jump."
            return _with_causes(subject, row, said)
        case "edge":
            side, slope = ("left", left) if row.found.left.known else ("right", right)
            agrees = "agrees with it" if row.passed else "cannot be confirmed by it"
            error = numbers.short((row.found.left if side == "left" else row.found.right).error)
            return (
                f"{at} is at the edge of the domain: there is a slope from the {side} alone, {slope} give or take "
                f"{error}; the gradient {grad} {agrees}."
            )
        case "steep":
            return f"At {at} the slope grows without bound the closer one looks; the gradient is {grad}."
        case "undefined":
            return f"Around {at} {output} has no finite values to take differences of; the gradient is {grad}."
        case "unresolved":
            return (
                f"Differences cannot tell at {at}: the change of {output} drowns in round-off, or it bends too sharply."
            )


def _with_causes(subject: Subject, row: Checked, said: str) -> str:
    for node in row.causes:
        op = subject.tape.ops[node]
        assert op is not None, "a leaf is never a cause"
        what = f"{subject.label(node)} = {subject.run.explainer.expression(node)}"
        if math.isnan(subject.tape.data[node]):
            said += f" {what} is outside its domain here."
            continue
        said += f" {what} is not smooth here"
        said += f": {op.convention[0].lower()}{op.convention[1:]}" if op.convention else "."
    return said


def _digits(relative: float) -> str:
    """Return an error as the power of ten that it stays below."""
    if relative == 0:
        return "the last digit"
    return numbers.short(10.0 ** max(math.ceil(math.log10(relative)), -15))


def _sentences(subject: Subject, rows: Sequence[Checked], first: int) -> list[str]:
    if not rows:
        return [f"{subject.label(subject.output)} depends on no leaf that a gradient was asked for."]
    agreeing = [row for row in rows if row.verdict == "agrees"]
    found = [_agreement(len(agreeing), len(rows), max((row.relative for row in agreeing), default=0.0))]
    for verdict, words in _OTHERWISE.items():
        names = [subject.label(row.node) for row in rows if row.verdict == verdict]
        if names:
            found.append(words.format(_listed(names)))
    if first or first + len(rows) < len(subject.leaves):
        last = first + len(rows)
        found.append(f"These are the leaves {first + 1:,} to {last:,} of {len(subject.leaves):,}.")
    if subject.run.looks and subject.run.looks.nodes:
        found.append("Only the graph that was recorded is checked: a branch not taken at these numbers is not in it.")
    return found


_OTHERWISE = {
    "differs": "The gradient of {} is not the slope.",
    "kink": "No derivative exists at a kink: {}.",
    "jump": "No slope exists at a jump: {}.",
    "edge": "At the edge of the domain there is a slope from one side only: {}.",
    "steep": "The slope grows without bound: {}.",
    "undefined": "Nothing finite to compare with: {}.",
    "unresolved": "Differences cannot tell: {}.",
}


def _agreement(agreeing: int, count: int, worst: float) -> str:
    if agreeing < count:
        begin = f"{agreeing:,} of {count:,} gradients agree" if agreeing != 1 else f"1 of {count:,} gradients agrees"
        if not agreeing:
            return f"None of {count:,} gradients could be confirmed." if count > 1 else "The gradient is not confirmed."
    else:
        begin = f"All {count:,} gradients agree" if count > 1 else "The gradient agrees"
    return f"{begin} with central differences to {_digits(worst)}."


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - 8:,} more" if len(names) > 8 else ""
    return ", ".join(names[:8]) + more
