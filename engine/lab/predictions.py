"""Predictions: turns a run and a table into what the program predicts for each row, and for numbers between the rows.

Start at `predictions`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from engine import numbers
from engine.lab.landscape import grid, within_sight
from engine.lab.objective import Objective, objective_of, replay_of
from engine.lab.subject import Unfit
from engine.run import Run

POINTS = 200
AIR = 0.08
"""Of the width of the data, on either side of a curve."""


def predictions(
    run: Run,
    *,
    node: str,
    target: str | None = None,
    threshold: float = 0.0,
    x: str | None = None,
    points: int = 81,
    values: Sequence[float] | None = None,
    data: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return a prediction for each row of data and, with `x`, its curve over that column; raise `Unfit`.

    If `target` holds two classes, a row is right where its prediction lies on the side of `threshold` that its class
    has; the class of the larger number is above.
    """
    if data is None:
        raise Unfit("data", "is needed: what is predicted are its rows")
    if not 2 <= points <= POINTS:
        raise Unfit("points", f"must be from 2 to {POINTS}")
    objective = objective_of(run, data)
    predicted = objective.subject.node(node, "node")
    at, wanted = _column(objective, x, "x"), _column(objective, target, "target")
    forward = replay_of(objective.subject, predicted).forward
    leaves = dict(zip(objective.parameters, objective.numbers(values), strict=True))

    def value(cells: Mapping[int, float]) -> float:
        known = {n: number for n, number in {**leaves, **cells}.items() if n <= predicted}
        return forward(known)[predicted]

    rows = objective.table.rows if objective.table else []
    found = [value(objective.cells_of(row)) for row in rows]
    targets = None if wanted is None else [row[wanted] for row in rows]
    middle = _middle(targets)
    right = [
        None if targets is None or middle is None else _is_right(y, threshold, targets[k] > middle)
        for k, y in enumerate(found)
    ]
    xs = [] if at is None else grid(_range([row[at] for row in rows]), points)
    curve = [value(dict.fromkeys(objective.places[at], each)) for each in xs] if at is not None else []
    label = objective.subject.label(predicted)
    return {
        "node": objective.described(predicted),
        "rows": [
            {"value": numbers.to_json(y), "shown": {"value": numbers.shown(y)}, "right": side}
            for y, side in zip(found, right, strict=True)
        ],
        "right": None if middle is None else sum(side is True for side in right),
        "x": x,
        "xs": xs,
        "curve": [numbers.to_json(y) for y in curve],
        "sentence": _sentence(label, target, found, targets, right, threshold),
        "warnings": objective.warnings,
    }


def _column(objective: Objective, name: str | None, field: str) -> int | None:
    columns = objective.table.columns if objective.table else ()
    if name is None:
        return None
    if name not in columns:
        raise Unfit(field, f"is not a column of the data: {name[:60]}")
    return columns.index(name)


def _middle(targets: Sequence[float] | None) -> float | None:
    """Return what parts two classes; None where the targets are not two numbers, or two rows alone."""
    classes = set(targets or ())
    return sum(each / 2 for each in classes) if targets and len(targets) > len(classes) == 2 else None


def _is_right(prediction: float, threshold: float, is_above: bool) -> bool:
    return prediction > threshold if is_above else prediction < threshold


def _range(values: Sequence[float]) -> tuple[float, float]:
    seen = within_sight(values)
    least, most = min(seen), max(seen)
    air = AIR * (most - least) or 0.5 * max(1.0, abs(most))
    return least - air, most + air


def _sentence(
    label: str,
    target: str | None,
    found: Sequence[float],
    targets: Sequence[float] | None,
    right: Sequence[bool | None],
    threshold: float,
) -> str:
    count = len(found)
    rows = "1 row" if count == 1 else f"{count} rows"
    if targets is None or target is None:
        return f"{label} for {rows}."
    if not any(side is None for side in right):
        sides = sum(side is True for side in right)
        share = ("all " if count > 1 else "") + rows if sides == count else f"{sides} of {rows}"
        return f"{label} is on the right side of {numbers.short(threshold)} for {share}."
    away = [abs(y - wanted) for y, wanted in zip(found, targets, strict=True)]
    mean, most = sum(away) / count, max(away)
    if not math.isfinite(mean):
        return f"{label} is not a finite number for all rows."
    return f"{label} is {numbers.short(mean)} away from {target} on average, {numbers.short(most)} at most."
