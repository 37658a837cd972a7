"""Descend: turns a run and the settings of an optimizer into the iterations of a descent, told as a document.

Start at `descend`. It works on a replay of the graph, for a slice of time; an answer that is not `finished` holds a
`state` from which the next request goes on.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine import numbers
from engine.lab.axes import axis
from engine.lab.diagnosis import Case, Watch, diagnosed, read_watch
from engine.lab.objective import Objective, is_never_negative, objective_of
from engine.lab.rates import Rates
from engine.lab.recipe import Recipe, Walk, norm, recipe_of
from engine.lab.subject import Unfit
from engine.run import Run

ITERATIONS, TELL, SECONDS = 10_000, 400, 0.5
LEAVES_TOLD, LEAVES_SHOWN, CELLS = 40, 10, 20_000
TABLE, COMPUTED = 100, 60


@dataclass(frozen=True, slots=True)
class _Step:
    """One step of the optimizer."""

    k: int
    before: Sequence[float]
    grads: Sequence[float]
    loss: float


@dataclass(slots=True)
class _Told:
    """The iterations that an answer tells, column by column."""

    stride: int
    leaves: int
    k: list[int] = field(default_factory=list)
    loss: list[float] = field(default_factory=list)
    lr: list[float] = field(default_factory=list)
    norm: list[float] = field(default_factory=list)
    values: list[Sequence[float]] = field(default_factory=list)
    grads: list[Sequence[float]] = field(default_factory=list)

    def add(self, walk: Walk, loss: float, size: float, grads: Sequence[float]) -> None:
        """Tell of the moment before a step."""
        self.k.append(walk.k)
        self.loss.append(loss)
        self.lr.append(walk.lr)
        self.norm.append(size)
        self.values.append(walk.values[: self.leaves])
        self.grads.append(grads[: self.leaves])


class _Descent:
    """A descent, while it goes on."""

    def __init__(self, objective: Objective, recipe: Recipe, walk: Walk, watch: Watch, told: _Told, batch: int) -> None:
        self.objective = objective
        self.recipe = recipe
        self.walk = walk
        self.watch = watch
        self.told = told
        self.batch = batch
        self.last: _Step | None = None
        self.loss = math.nan

    def go(self, iterations: int, seconds: float) -> bool:
        """Take steps until there were so many or the time is over; return whether it is finished."""
        end = time.perf_counter() + seconds
        while not self._look(iterations):
            if time.perf_counter() >= end:
                self.loss = self.objective.loss(self.walk.values)
                return False
        return True

    def _look(self, iterations: int) -> bool:
        """Compute loss and gradient, and take a step if one is left; return whether there was none."""
        walk, recipe, rows = self.walk, self.recipe, self._rows()
        loss, own = self.objective.slope(walk.values, rows)
        whole = own if recipe.zero_grad else [g + p for g, p in zip(own, walk.piled, strict=True)]
        is_last = walk.k >= iterations
        piled = walk.piled
        grads = recipe.gradient(walk, own)
        size = self.watch.see(
            walk.k, loss, own, grads, walk.lr,
            ascends=recipe.ascends, comparable=len(rows) == len(self.objective.cells),
            was_clipped=recipe.clip is not None and grads != whole,
        )  # fmt: skip
        if is_last or walk.k % self.told.stride == 0:
            self.told.add(walk, loss, size, grads)
        if is_last:
            walk.piled, self.loss = piled, loss
            return True
        self.last = _Step(walk.k, walk.values, grads, loss)
        recipe.step(walk, grads, loss)
        return False

    def _rows(self) -> list[dict[int, float]]:
        """Return the rows of this iteration, in turn."""
        cells = self.objective.cells
        if self.batch >= len(cells):
            return cells
        first = self.walk.k * self.batch
        return [cells[(first + i) % len(cells)] for i in range(self.batch)]


def descend(
    run: Run,
    *,
    optimizer: str = "SGD",
    settings: Mapping[str, Any] | None = None,
    schedule: Mapping[str, Any] | None = None,
    direction: str = "descend",
    iterations: int = 1,
    zero_grad: bool = True,
    clip: Mapping[str, Any] | None = None,
    data: Mapping[str, Any] | None = None,
    batch: int | None = None,
    state: Mapping[str, Any] | None = None,
    tell: int = 200,
    seconds: float = 0.25,
) -> dict[str, Any]:
    """Return a descent of the output of `run`, or the next piece of one, as a document; raise `Unfit`.

    `settings` are those of PyTorch's optimizer, `schedule` is `{"name", ...}` with those of its scheduler. The loss
    is the mean over the rows of `data`, whose columns set inputs; with `batch`, over so many of them, in turn.
    """
    _check(iterations, tell, seconds, batch)
    recipe = recipe_of(optimizer, settings, schedule, direction, zero_grad, clip)
    objective = objective_of(run, data)
    walk, watch = _begun(objective, recipe, state)
    if walk.k > iterations:
        raise Unfit("state", f"is after {walk.k:,} iterations already")
    count = len(objective.parameters)
    leaves = min(count, LEAVES_TOLD, max(1, CELLS // tell))
    told = _Told(max(1, math.ceil(iterations / tell)), leaves)
    descent = _Descent(objective, recipe, walk, watch, told, batch or max(1, objective.rows))
    finished = descent.go(iterations, seconds)
    return _document(descent, iterations, finished)


def _check(iterations: int, tell: int, seconds: float, batch: int | None) -> None:
    if not 0 <= iterations <= ITERATIONS:
        raise Unfit("iterations", f"must be from 0 to {ITERATIONS:,}")
    if not 1 <= tell <= TELL:
        raise Unfit("tell", f"must be from 1 to {TELL}")
    if not 0 <= seconds <= SECONDS:
        raise Unfit("seconds", f"must be from 0 to {SECONDS}")
    if batch is not None and batch < 1:
        raise Unfit("batch", "must be at least 1")


def _begun(objective: Objective, recipe: Recipe, state: Mapping[str, Any] | None) -> tuple[Walk, Watch]:
    if state is None:
        return recipe.begin(objective.start()), Watch()
    count = len(objective.parameters)
    walk = recipe.resume(state, count)
    try:
        return walk, read_watch(state["watch"], count)
    except (KeyError, TypeError, ValueError, OverflowError):
        raise Unfit("state", "is not what an answer to this request held") from None


# -- the document -----------------------------------------------------------------------------------------------------


def _document(descent: _Descent, iterations: int, finished: bool) -> dict[str, Any]:
    objective, walk, watch = descent.objective, descent.walk, descent.watch
    labels = [objective.subject.label(node) for node in objective.parameters]
    name = objective.subject.label(objective.subject.output)
    if objective.rows:
        name = f"the mean of {name}"
    case = Case(
        watch, descent.recipe, name, labels,
        is_flat=watch.is_still and _is_flat(objective, walk),
        is_least=watch.loss == 0 and not descent.recipe.ascends and is_never_negative(objective.subject),
        rates=Rates(objective, descent.recipe, iterations) if finished else None,
    )  # fmt: skip
    table = objective.table
    return {
        "leaves": [_leaf(objective, node) for node in objective.parameters],
        "columns": list(table.columns) if table else [],
        "rows": objective.rows,
        "iterations": _iterations(objective, descent.told),
        "step": _table(objective, descent),
        "output": _output(objective, descent),
        "computed": _computed(objective, walk),
        "progress": _progress(walk.k, iterations, finished),
        "finished": finished,
        "done": walk.k,
        "state": walk.document() | {"watch": watch.document()},
        "axes": {
            "loss": axis((watch.least, watch.most)),
            "grad_norm": axis((watch.least_norm, watch.most_norm)),
            "lr": axis((watch.least_lr, watch.most_lr)),
        },
        "diagnosis": diagnosed(case),
        "warnings": objective.warnings,
    }


def _is_flat(objective: Objective, walk: Walk) -> bool:
    """Return whether the loss is the same a little to both sides."""
    here = objective.loss(walk.values)
    sides = ([x + way * (1 + abs(x)) for x in walk.values] for way in (-1e-3, 1e-3))
    return all(abs(objective.loss(side) - here) <= 1e-12 * abs(here) for side in sides)


def _leaf(objective: Objective, node: int) -> dict[str, Any]:
    name = objective.subject.tape.names[node]
    looks = objective.subject.run.looks
    settable = [each for each, leaf, _ in looks.leaves if leaf == node] if looks else []
    is_adjustable = bool(settable) or objective.subject.tape.texts[node] is not None
    return objective.described(node) | {
        "name": settable[0] if settable else name,
        "adjustable": is_adjustable,
    }


def _iterations(objective: Objective, told: _Told) -> dict[str, Any]:
    leaves = [f"n{node}" for node in objective.parameters[: told.leaves]]
    return {
        "stride": told.stride,
        "k": told.k,
        "loss": numbers.all_to_json(told.loss),
        "lr": numbers.all_to_json(told.lr),
        "grad_norm": numbers.all_to_json(told.norm),
        "leaves": [
            {
                "id": leaf,
                "values": numbers.all_to_json([row[i] for row in told.values]),
                "grads": numbers.all_to_json([g[i] for g in told.grads]),
            }
            for i, leaf in enumerate(leaves)
        ],
        "shown": [_shown_row(told, row) for row in range(len(told.k))],
    }


def _shown_row(told: _Told, row: int) -> dict[str, Any]:
    values, grads = told.values[row][:LEAVES_SHOWN], told.grads[row][:LEAVES_SHOWN]
    return {
        "k": told.k[row],
        "loss": numbers.shown(told.loss[row]),
        "lr": numbers.shown(told.lr[row]),
        "grad_norm": numbers.shown(told.norm[row]),
        "leaves": [{"value": numbers.shown(x), "grad": numbers.shown(g)} for x, g in zip(values, grads, strict=True)],
    }


def _table(objective: Objective, descent: _Descent) -> dict[str, Any] | None:
    """Return the last step as a table, one row a leaf."""
    step = descent.last
    if step is None:
        return None
    columns = (objective.parameters, objective.start(), step.before, step.grads, descent.walk.values)
    rows = list(zip(*columns, strict=True))[:TABLE]
    return {
        "k": step.k,
        "grad_norm": numbers.to_json(norm(step.grads)),
        "leaves": [
            objective.described(node)
            | numbers.figures(start=start, before=before, grad=grad, change=after - before, after=after)
            for node, start, before, grad, after in rows
        ],
    }


def _output(objective: Objective, descent: _Descent) -> dict[str, Any]:
    before = descent.last.loss if descent.last else descent.loss
    told = numbers.figures(start=descent.watch.first, before=before, after=descent.loss, change=descent.loss - before)
    return objective.described(objective.subject.output) | told


def _computed(objective: Objective, walk: Walk) -> list[dict[str, Any]]:
    """Return what the operations between had at the beginning, and have now."""
    subject = objective.subject
    tape = subject.tape
    nodes = [node for node in subject.order[:-1] if tape.ops[node] is not None and tape.needs_grad[node]]
    if objective.rows or len(nodes) > COMPUTED:
        return []
    now = subject.replay.forward(dict(zip(objective.parameters, walk.values, strict=True)))
    return [objective.described(n) | numbers.figures(start=tape.data[n], after=now[n]) for n in nodes]


def _progress(k: int, iterations: int, finished: bool) -> dict[str, Any]:
    return {
        "k": k,
        "iterations": iterations,
        "fraction": 1.0 if finished else k / iterations,
        "finished": finished,
        "text": f"Iteration {k:,} of {iterations:,}",
    }
