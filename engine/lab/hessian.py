"""Second derivatives: turns a run into the table of d2(output)/d(leaf)d(leaf). Start at `hessian`.

The gradient is recorded as a graph, and each of its entries swept backwards: exact, but for rounding.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from engine import numbers
from engine.backward import gradients
from engine.differentiate import differentiate
from engine.lab.derive import agree, copied
from engine.lab.subject import Subject, Unfit, subject_of
from engine.run import Run
from engine.tape import Role

MOST_LEAVES = 10
_STATIONARY = 1e-8
_ZERO = 1e-10
_SWEEPS = 60

Matrix = list[list[float]]


def hessian(run: Run, leaves: Sequence[str] | None = None) -> dict[str, Any]:
    """Return the second derivatives of the output by `leaves`, the first ten if none are named; raise `Unfit`."""
    subject = subject_of(run)
    chosen = _chosen(subject, leaves)
    rows = second_derivatives(subject, chosen)
    grads = [subject.grads[node] if node <= subject.output else 0.0 for node in chosen]
    spectrum = eigenvalues(rows)
    kind = _kind(grads, spectrum)
    return {
        "output": {"node": f"n{subject.output}", "label": subject.label(subject.output)},
        "leaves": [
            {
                "node": f"n{node}",
                "label": subject.label(node),
                "grad": numbers.to_json(grad),
                "shown": {"grad": numbers.shown(grad)},
            }
            for node, grad in zip(chosen, grads, strict=True)
        ],
        "left_out": 0 if leaves else len(subject.leaves) - len(chosen),
        "rows": [[numbers.to_json(x) for x in row] for row in rows],
        "shown": [[numbers.shown(x) for x in row] for row in rows],
        "symmetric": is_symmetric(rows),
        "eigenvalues": None if spectrum is None else [numbers.to_json(x) for x in spectrum],
        "shown_eigenvalues": None if spectrum is None else [numbers.shown(x) for x in spectrum],
        "kind": kind,
        "sentence": _sentence(kind, spectrum),
        "notes": _notes(subject),
    }


def _chosen(subject: Subject, leaves: Sequence[str] | None) -> list[int]:
    if not leaves:
        if not subject.leaves:
            raise Unfit("source", "has no leaf that a gradient is asked for")
        return subject.leaves[:MOST_LEAVES]
    if len(leaves) > MOST_LEAVES:
        raise Unfit("leaves", f"must be at most {MOST_LEAVES}")
    chosen = [subject.node(name, "leaves") for name in leaves]
    for name, node in zip(leaves, chosen, strict=True):
        if subject.tape.roles[node] is not Role.INPUT:
            raise Unfit("leaves", f"must name leaves; {name[:60]} is none")
    if len(set(chosen)) < len(chosen):
        raise Unfit("leaves", "must name each leaf once")
    return chosen


def second_derivatives(subject: Subject, leaves: Sequence[int]) -> Matrix:
    """Return d2(output)/d(leaf i)d(leaf j), row i."""
    tape = copied(subject, *leaves)
    for node in range(len(tape)):
        tape.needs_grad[node] = node in leaves or any(tape.needs_grad[operand] for operand in tape.operands[node])
    slopes = differentiate(tape, subject.output, leaves)
    table = []
    for slope in slopes:
        row = gradients(tape, slope)
        table.append([row[leaf] if leaf < len(row) else 0.0 for leaf in leaves])
    return table


def is_symmetric(rows: Matrix) -> bool:
    """Return whether mixed derivatives are the same in both orders, but for rounding."""
    scale = max((abs(x) for row in rows for x in row if math.isfinite(x)), default=0.0)
    return all(
        agree(rows[i][j], rows[j][i]) or abs(rows[i][j] - rows[j][i]) <= 1e-12 * scale
        for i in range(len(rows))
        for j in range(i)
    )


def eigenvalues(rows: Matrix) -> list[float] | None:
    """Return the eigenvalues of a symmetric matrix, the smallest first, by Jacobi's rotations; None if not finite.

    >>> eigenvalues([[2.0, 1.0], [1.0, 2.0]])
    [1.0, 3.0]
    """
    scale = max((abs(x) for row in rows for x in row), default=0.0)
    if not all(math.isfinite(x) for row in rows for x in row):
        return None
    if scale == 0:
        return [0.0] * len(rows)
    size = len(rows)
    a = [[rows[i][j] / scale / 2 + rows[j][i] / scale / 2 for j in range(size)] for i in range(size)]
    for _ in range(_SWEEPS):
        if sum(a[i][j] ** 2 for i in range(size) for j in range(i)) < 1e-40:
            break
        for i in range(size):
            for j in range(i):
                _rotate(a, i, j)
    return sorted(a[i][i] * scale for i in range(size))


def _rotate(a: Matrix, p: int, q: int) -> None:
    """Turn the plane of `p` and `q` so that `a[p][q]` becomes 0."""
    if a[p][q] == 0:
        return
    theta = (a[q][q] - a[p][p]) / (2 * a[p][q])
    t = math.copysign(1.0, theta) / (abs(theta) + math.hypot(theta, 1.0))
    c = 1 / math.hypot(t, 1.0)
    s = t * c
    first, second = a[p][p] - t * a[p][q], a[q][q] + t * a[p][q]
    for row in a:
        row[p], row[q] = c * row[p] - s * row[q], s * row[p] + c * row[q]
    a[p], a[q] = (
        [c * x - s * y for x, y in zip(a[p], a[q], strict=True)],
        [s * x + c * y for x, y in zip(a[p], a[q], strict=True)],
    )
    a[p][p], a[q][q], a[p][q], a[q][p] = first, second, 0.0, 0.0


def _kind(grads: Sequence[float], spectrum: Sequence[float] | None) -> str | None:
    """Return what the point is; None where the curvature is not known."""
    if spectrum is None:
        return None
    largest = max(abs(x) for x in spectrum)
    signs = {0 if abs(x) <= _ZERO * largest else math.copysign(1, x) for x in spectrum}
    if not all(abs(grad) <= _STATIONARY * max(1.0, largest) for grad in grads):
        return "slope"
    if {1, -1} <= signs:
        return "saddle"
    if 0 in signs:
        return "flat"
    return "minimum" if signs == {1} else "maximum"


_WORDS = {
    "minimum": "The gradient is 0 and the output curves upwards in every direction: a minimum.",
    "maximum": "The gradient is 0 and the output curves downwards in every direction: a maximum.",
    "saddle": "The gradient is 0, and the output curves upwards in some directions, downwards in others: a saddle.",
    "flat": "The gradient is 0, and in some direction the second derivative is 0 too: it does not decide.",
}


def _sentence(kind: str | None, spectrum: Sequence[float] | None) -> str:
    if spectrum is None or kind is None:
        return "A second derivative is inf or nan here, so the curvature is not known."
    if kind in _WORDS:
        return _WORDS[kind]
    low, high = spectrum[0], spectrum[-1]
    edge = _ZERO * max(abs(low), abs(high))
    if abs(low) <= edge and abs(high) <= edge:
        return "All second derivatives are 0: here the output is as good as straight."
    every = " in every direction" if len(spectrum) > 1 else ""
    between = f"The curvature lies between {numbers.short(low)} and {numbers.short(high)}"
    if numbers.short(low) == numbers.short(high):
        between = f"The curvature is {numbers.short(low)}"
    if low > edge:
        return f"{between}: the output curves upwards{every}."
    if high < -edge:
        return f"{between}: the output curves downwards{every}."
    if low < -edge and high > edge:
        return f"{between}: upwards in some directions, downwards in others."
    return f"{between}: in some direction it is straight."


def _notes(subject: Subject) -> list[str]:
    ops = {op.name: op for node in subject.order if (op := subject.tape.ops[node]) is not None and op.convention}
    kinked = [name for name in ops if name not in ("pow", "atan2")]
    if not kinked:
        return []
    return [f"{', '.join(kinked)}: pieces that meet in a kink. The table knows the pieces, and nothing of the kink."]
