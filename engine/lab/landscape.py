"""Landscapes: turns a run into the values of its loss along a line or over a plane, or of a prediction over inputs.

Start at `slice_` (one leaf, or the way of the optimizer), `contour` (two leaves), `boundary` (two inputs).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from engine import numbers
from engine.lab.axes import axis, marks
from engine.lab.objective import Objective, objective_of, replay_of
from engine.lab.recipe import Recipe, recipe_of
from engine.lab.subject import Unfit
from engine.run import Run

POINTS, SIZE, CELLS, PATH = 400, 64, 60, 2000
WORK = 6_000_000
"""Nodes computed for one answer."""
FAR, GROWN = 10, 10
"""How far from its start a path is followed whose steps have grown so much."""
Range = tuple[float, float]


def slice_(
    run: Run,
    *,
    leaf: str | None = None,
    lo: float | None = None,
    hi: float | None = None,
    points: int = 121,
    optimizer: str = "SGD",
    settings: Mapping[str, Any] | None = None,
    direction: str = "descend",
    values: Sequence[float] | None = None,
    data: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the loss along one leaf, or along the optimizer's step as a function of the learning rate, as a document.

    With it come the tangent at the present number, and the optimizer's first step along this line. Raise `Unfit`.
    """
    _within(points, POINTS, "points")
    recipe = recipe_of(optimizer, settings, None, direction)
    objective = objective_of(run, data)
    points = _affordable(points, objective.work, "data" if data else "source")
    here = objective.numbers(values)
    loss, grads = objective.slope(here, objective.cells)
    there = _stepped(recipe, here, grads, loss)
    place = None if leaf is None else objective.place(leaf, "leaf")
    if place is None:
        change = [after - before for before, after in zip(here, there, strict=True)]
        rate = recipe.lr or 1.0
        at, to = 0.0, recipe.lr
        slope = sum(g * c for g, c in zip(grads, change, strict=True)) / rate

        def moved(x: float) -> list[float]:
            return [before + x / rate * c for before, c in zip(here, change, strict=True)]
    else:
        at, to, slope = here[place], there[place], grads[place]

        def moved(x: float) -> list[float]:
            return [*here[:place], x, *here[place + 1 :]]

    first, last = _range(at, to, lo, hi, is_rate=place is None)
    return _slice(objective, place, moved, (first, last), points, (at, loss, slope), to)


def _slice(
    objective: Objective,
    place: int | None,
    moved: Callable[[float], list[float]],
    limits: Range,
    points: int,
    here: tuple[float, float, float],
    to: float,
) -> dict[str, Any]:
    at, loss, slope = here
    xs = grid(limits, points)
    losses = [objective.loss(moved(x)) for x in xs]
    reached = objective.loss(moved(to))
    expected = loss + slope * (to - at)
    node = None if place is None else objective.parameters[place]
    label = "learning rate" if node is None else objective.subject.label(node)
    least = _least(zip(xs, losses, strict=True))
    name = _mean_of(objective)
    return {
        "leaf": None if node is None else objective.described(node),
        "axis": label,
        "x": xs,
        "loss": numbers.all_to_json(losses),
        "at": numbers.figures(x=at, loss=loss, grad=slope),
        "tangent": _tangent(limits, losses, at, loss, slope),
        "step": numbers.figures(x=to, loss=reached, expected=expected, change=reached - loss),
        "least": None if least is None else numbers.figures(x=least[0], loss=least[1]),
        "sentence": _step_sentence(name, loss, expected, reached),
        "axes": {"x": axis(xs), "loss": axis([loss, reached, *losses])},
        "warnings": objective.warnings,
    }


def _step_sentence(name: str, loss: float, expected: float, reached: float) -> str:
    short = numbers.short
    if expected == loss:
        return f"The slope is 0 here: the step changes nothing, and {name} stays at {short(reached)}."
    text = f"The tangent promises {short(expected)}; after the step {name} is {short(reached)}"
    if not math.isfinite(reached):
        return f"{text}: the step is far too large."
    if (reached - loss) * (expected - loss) <= 0:
        return f"{text}, on the wrong side of {short(loss)}: the step is too large, for the curve bends away."
    share = (reached - loss) / (expected - loss)
    if 0.9 <= share <= 1.1:
        return f"{text}: over so short a way the tangent is nearly the curve."
    return f"{text}: the curve bends {'away from' if share < 1 else 'towards'} the tangent on the way."


def contour(
    run: Run,
    *,
    x: str,
    y: str,
    x_range: Range | None = None,
    y_range: Range | None = None,
    size: int = 41,
    path: Sequence[Sequence[float]] = (),
    values: Sequence[float] | None = None,
    data: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the loss over two leaves, in ranges that hold a path if one is given, as a document; raise `Unfit`."""
    _within(size, SIZE, "size")
    if len(path) > PATH:
        raise Unfit("path", f"must have at most {PATH:,} points")
    objective = objective_of(run, data)
    size = math.isqrt(_affordable(size * size, objective.work, "data" if data else "source"))
    here = objective.numbers(values)
    column, row = objective.place(x, "x"), objective.place(y, "y")
    if column == row:
        raise Unfit("y", "must be another leaf than x")
    xs = grid(_given(x_range, "x_range") or _around(_sane(here[column], [p[0] for p in path])), size)
    ys = grid(_given(y_range, "y_range") or _around(_sane(here[row], [p[1] for p in path])), size)

    def loss(at_x: float, at_y: float) -> float:
        moved = list(here)
        moved[column], moved[row] = at_x, at_y
        return objective.loss(moved)

    cells = [[loss(at_x, at_y) for at_x in xs] for at_y in ys]
    name, now = _mean_of(objective), objective.loss(here)
    return _plane(xs, ys, cells) | {
        "x": objective.described(objective.parameters[column]),
        "y": objective.described(objective.parameters[row]),
        "at": numbers.figures(x=here[column], y=here[row], value=now),
        "sentence": f"At the present numbers {name} is {numbers.short(now)}.",
        "warnings": objective.warnings,
    }


def boundary(
    run: Run,
    *,
    x: str,
    y: str,
    node: str,
    x_range: Range | None = None,
    y_range: Range | None = None,
    size: int = 31,
    threshold: float = 0.0,
    values: Sequence[float] | None = None,
    data: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return a prediction over two columns of data as a document; other columns keep the program's numbers."""
    _within(size, CELLS, "size")
    objective = _with_columns(run, data, x, y)
    subject = objective.subject
    predicted = subject.node(node, "node")
    replay = replay_of(subject, predicted)
    size = math.isqrt(_affordable(size * size, predicted + 1, "source"))
    columns = objective.table.columns if objective.table else ()
    rows = objective.table.rows if objective.table and data is not None else []
    first, second = (_column(columns, name, field) for name, field in ((x, "x"), (y, "y")))
    if first == second:
        raise Unfit("y", "must be another column than x")
    xs = grid(_given(x_range, "x_range") or _around([row[first] for row in rows] or [-1.0, 1.0]), size)
    ys = grid(_given(y_range, "y_range") or _around([row[second] for row in rows] or [-1.0, 1.0]), size)
    leaves = dict(zip(objective.parameters, objective.numbers(values), strict=True))
    nodes = [[n for n in objective.places[k] if n <= predicted] for k in (first, second)]
    leaves = {n: value for n, value in leaves.items() if n <= predicted}

    def value(at_x: float, at_y: float) -> float:
        cells = dict.fromkeys(nodes[0], at_x) | dict.fromkeys(nodes[1], at_y)
        return replay.forward(leaves | cells)[predicted]

    cells = [[value(at_x, at_y) for at_x in xs] for at_y in ys]
    above = sum(each > threshold for line in cells for each in line)
    share = numbers.short(round(100 * above / size**2))
    label = subject.label(predicted)
    return _plane(xs, ys, cells) | {
        "node": objective.described(predicted),
        "x": x,
        "y": y,
        "threshold": threshold,
        "points": [
            {"x": numbers.to_json(row[first]), "y": numbers.to_json(row[second]), "row": numbers.all_to_json(row)}
            for row in rows
        ],
        "sentence": f"{label} is above {numbers.short(threshold)} in {share} % of the plane.",
        "warnings": objective.warnings,
    }


def _with_columns(run: Run, data: Mapping[str, Any] | None, x: str, y: str) -> Objective:
    """Return the objective over the table of a request; without one, `x` and `y` are columns of no rows' worth."""
    if data is not None:
        return objective_of(run, data)
    return objective_of(run, {"columns": [x, y] if x != y else [x], "rows": [[0.0, 0.0] if x != y else [0.0]]})


def _column(columns: Sequence[str], name: str, field: str) -> int:
    if name not in columns:
        raise Unfit(field, f"is not a column of the data: {name[:60]}")
    return columns.index(name)


# -- numbers ----------------------------------------------------------------------------------------------------------


def grid(limits: Range, count: int) -> list[float]:
    """Return `count` numbers at equal distances from the first to the last.

    >>> grid((0.0, 1.0), 3)
    [0.0, 0.5, 1.0]
    """
    first, last = limits
    share = 2.0**-10
    return [first + (last - first) * (k * share) / (count - 1) / share for k in range(count - 1)] + [last]


def _stepped(recipe: Recipe, here: list[float], grads: list[float], loss: float) -> list[float]:
    """Return where the first step of the optimizer leads."""
    walk = recipe.begin(list(here))
    recipe.step(walk, recipe.gradient(walk, grads), loss)
    return walk.values


def _range(at: float, to: float, lo: float | None, hi: float | None, *, is_rate: bool) -> Range:
    if lo is not None and hi is not None:
        return _given((lo, hi), "hi") or (lo, hi)
    way = abs(to - at)
    if is_rate:
        first, last = -way if way else -1.0, 3 * way if way else 1.0
    else:
        first, last = _around([at, to, at - way, at + 2 * (to - at)])
    return _given((first if lo is None else lo, last if hi is None else hi), "hi") or (first, last)


def _sane(here: float, path: Sequence[float]) -> list[float]:
    """Return what a range is to hold: the whole path, or of one whose steps grow, what is not far from its start."""
    ways = [abs(after - before) for before, after in pairwise(path)]
    moving = [way for way in ways if way]
    if not moving or moving[-1] <= GROWN * moving[0]:
        return [here, *path]
    limit = FAR * max(1.0, abs(path[0]), moving[0])
    near = [x for x in path if abs(x - path[0]) <= limit]
    return [here, *near] if abs(here - path[0]) <= limit else near


def within_sight(values: Sequence[float]) -> list[float]:
    """Return those of `values` that a range can be made around, 0 if there are none."""
    return [x for x in values if math.isfinite(x) and abs(x) < 1e100] or [0.0]


def _around(values: Sequence[float]) -> Range:
    """Return a range that holds `values` with some air, and is not too narrow to see anything."""
    finite = within_sight(values)
    least, most = min(finite), max(finite)
    air = max(0.25 * (most - least), 0.5 * max(abs(least), abs(most)) if most == least else 0.0, 1e-9)
    air = max(air, 0.5 * max(1.0, abs(most)) if most - least < 1e-3 * max(1.0, abs(most)) else air)
    return least - air, most + air


def _given(limits: Range | None, field: str) -> Range | None:
    if limits is None:
        return None
    first, last = limits
    if not (math.isfinite(first) and math.isfinite(last) and first < last):
        raise Unfit(field, "must be a range: two finite numbers, the first below the second")
    if math.isinf(last - first):
        raise Unfit(field, "is too wide: from one end to the other is more than a double holds")
    return first, last


def _within(count: int, most: int, field: str) -> None:
    if not 2 <= count <= most:
        raise Unfit(field, f"must be from 2 to {most}")


def _affordable(count: int, work: int, field: str) -> int:
    """Return how many points fit into the work that one answer may be; raise `Unfit` if that shows nothing."""
    affordable = min(count, WORK // max(1, work))
    if affordable < min(count, 9):
        raise Unfit(field, f"is too large for a plot: {work:,} nodes a point, and {WORK:,} in all is the most")
    return affordable


def _least(points: Any) -> tuple[float, float] | None:
    return min(((x, loss) for x, loss in points if math.isfinite(loss)), key=_second, default=None)


def _second(point: tuple[float, float]) -> float:
    return point[1]


def _tangent(limits: Range, losses: Sequence[float], at: float, loss: float, slope: float) -> list[list[float | str]]:
    """Return the ends of the tangent, inside the range and not far outside the losses."""
    finite = [x for x in [*losses, loss] if math.isfinite(x)]
    if not finite or not math.isfinite(slope) or not math.isfinite(loss):
        return []
    air = 0.1 * (max(finite) - min(finite)) or 1.0
    first, last = limits
    if slope:
        ends = sorted(at + (y - loss) / slope for y in (min(finite) - air, max(finite) + air))
        first, last = max(first, ends[0]), min(last, ends[1])
    if not first < last:
        return []
    return [[x, numbers.to_json(loss + slope * (x - at))] for x in (first, last)]


def _plane(xs: list[float], ys: list[float], cells: list[list[float]]) -> dict[str, Any]:
    flat = [(value, x, y) for y, line in zip(ys, cells, strict=True) for x, value in zip(xs, line, strict=True)]
    finite = sorted(each for each in flat if math.isfinite(each[0]))
    least, most = (finite[0], finite[-1]) if finite else (None, None)
    return {
        "xs": xs,
        "ys": ys,
        "values": [numbers.all_to_json(line) for line in cells],
        "least": None if least is None else numbers.figures(value=least[0], x=least[1], y=least[2]),
        "most": None if most is None else numbers.figures(value=most[0], x=most[1], y=most[2]),
        "levels": [{"at": at, "shown": numbers.shown(at)} for at in _levels([value for value, _, _ in finite])],
        "axes": {"x": axis(xs), "y": axis(ys)},
    }


def _levels(values: Sequence[float]) -> list[float]:
    """Return heights for contour lines: round where the numbers are spread evenly, else each with as many below it."""
    if len(values) < 2 or values[0] == values[-1]:
        return []
    middle = values[len(values) // 2]
    if values[-1] - values[0] < 8 * (middle - values[0]):
        return [x for x in marks(values[0], values[-1]) if values[0] < x < values[-1]]
    ninths = (values[len(values) * k // 10] for k in range(1, 10))
    rounded = {float(f"{x:.2g}") for x in ninths}
    return sorted(x for x in rounded if values[0] < x < values[-1])


def _mean_of(objective: Objective) -> str:
    name = objective.subject.label(objective.subject.output)
    return f"the mean of {name}" if objective.rows else name
