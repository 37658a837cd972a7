"""Learning rates: turns a descent that goes wrong into a rate to try. Start at `Rates`.

Curvature is that where the descent begins: the largest eigenvalue of the exact second derivatives. A rate is advised
only after it has been tried.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from engine.differentiate import differentiate
from engine.forward import Replay
from engine.lab.derive import copied
from engine.lab.hessian import MOST_LEAVES, Matrix, eigenvalues
from engine.lab.objective import Objective
from engine.lab.recipe import Recipe
from engine.lab.subject import Unfit
from engine.numbers import short

TRIALS = 40
STEPS = 100
"""Of a trial, at most."""
WORK = 1_500_000
"""Nodes computed in all trials of one advice."""
CURVED = 100_000
"""Nodes of a loss, times its parameters, whose second derivatives are computed."""
_SAME = 1e-9
_SMOOTH = frozenset({"pow"})
"""Operations with a convention, whose second derivative is not one of pieces."""


@dataclass(frozen=True)
class Rates:
    """The rates of a recipe for an objective, over so many iterations."""

    objective: Objective
    recipe: Recipe
    iterations: int

    def smaller(self) -> dict[str, Any] | None:
        """Suggest a smaller rate at which the loss gets better at the beginning; None if none is found."""
        lr, bound = self.recipe.lr, self._bound
        if not 0 < lr < math.inf:
            return None
        rate = lr / 2 if bound is None or bound / 2 >= lr else bound / 2
        for _ in range(self._trials):
            rate = round_down(rate)
            if rate <= 0:
                return None
            if self._descends(rate):
                return _suggestion(rate, self._reason(lr))
            rate /= 2
        return None

    def larger(self) -> dict[str, Any] | None:
        """Suggest a larger rate that gets further at the beginning; None if none is found."""
        lr, bound = self.recipe.lr, self._bound
        if not 0 < lr < 1e100 or self._trials < 2:
            return None
        rate = round_down(10 * lr if bound is None else bound / 2)
        reached = self._trial(lr)[-1]
        for _ in range(self._trials - 1):
            if rate <= lr:
                return None
            losses = self._trial(rate)
            if self._is_descent(losses) and self._is_worse(reached, losses[-1]):
                return _suggestion(rate, "")
            rate = round_down(rate / 2)
        return None

    def _reason(self, lr: float) -> str:
        bound = self._bound
        if bound is None or lr < bound:
            return ""
        if self._is_quadratic:
            return f"lr should stay below 2/curvature = {short(bound)}"
        return f"2/curvature is {short(bound)} at the beginning"

    # -- trials -------------------------------------------------------------------------------------------------------

    @cached_property
    def _steps(self) -> int:
        affordable = WORK // (TRIALS * max(1, self.objective.work))
        return max(1, min(self.iterations, STEPS, max(3, affordable)))

    @cached_property
    def _trials(self) -> int:
        return min(TRIALS, WORK // (self._steps * max(1, self.objective.work)))

    def _trial(self, lr: float) -> list[float]:
        """Return the losses of the first iterations at another rate, as far as they are finite."""
        recipe = replace(self.recipe, settings={**self.recipe.settings, "lr": lr})
        walk = recipe.begin(self.objective.start())
        losses: list[float] = []
        for _ in range(self._steps + 1):
            loss, grads = self.objective.slope(walk.values, self.objective.cells)
            losses.append(loss)
            if not math.isfinite(loss):
                break
            recipe.step(walk, recipe.gradient(walk, grads), loss)
        return losses

    def _descends(self, lr: float) -> bool:
        return self._is_descent(self._trial(lr))

    def _is_descent(self, losses: Sequence[float]) -> bool:
        """Return whether the loss gets better: with each step where a step is nothing but rate times gradient."""
        first, last = losses[0], losses[-1]
        if not math.isfinite(last) or not self._is_worse(first, last):
            return False
        before = losses[:-1] if self.recipe.is_plain else [first] * (len(losses) - 1)
        air = _SAME * abs(first)
        return not any(self._is_worse(x, y) and abs(x - y) > air for x, y in zip(losses[1:], before, strict=True))

    def _is_worse(self, loss: float, other: float) -> bool:
        return loss < other if self.recipe.ascends else loss > other

    # -- curvature ----------------------------------------------------------------------------------------------------

    @cached_property
    def _bound(self) -> float | None:
        """2/curvature where plain descent begins; None if it says nothing."""
        rows = self._curvatures[0] if self._curvatures else None
        spectrum = eigenvalues(rows) if rows else None
        if spectrum is None:
            return None
        curvature = -spectrum[0] if self.recipe.ascends else spectrum[-1]
        return 2 / curvature if 1e-100 < curvature < math.inf else None

    @cached_property
    def _is_quadratic(self) -> bool:
        """Whether second derivatives are the same at other places."""
        subject = self.objective.subject
        ops = [op for node in subject.order if (op := subject.tape.ops[node]) is not None]
        if any(op.convention and op.name not in _SMOOTH for op in ops):
            return False
        here, *others = self._curvatures
        scale = max(abs(x) for row in here for x in row)
        return all(
            abs(x - y) <= _SAME * scale
            for other in others
            for one, two in zip(here, other, strict=True)
            for x, y in zip(one, two, strict=True)
        )

    @cached_property
    def _curvatures(self) -> list[Matrix]:
        """The second derivatives at the beginning and at two other places; none where that is too much."""
        objective = self.objective
        count = len(objective.parameters)
        if not self.recipe.is_plain or count > MOST_LEAVES or objective.work * count > CURVED:
            return []
        try:
            replays = self._slopes()
        except Unfit:
            return []
        start = objective.start()
        places = [start, [1.7 * x + 0.9 for x in start], [0.4 - 0.6 * x + 0.3 * i for i, x in enumerate(start)]]
        return [self._second(replays, place) for place in places]

    def _slopes(self) -> list[Replay]:
        subject, parameters = self.objective.subject, self.objective.parameters
        tape, chosen = copied(subject, *parameters), frozenset(parameters)
        for node in range(len(tape)):
            tape.needs_grad[node] = node in chosen or any(tape.needs_grad[operand] for operand in tape.operands[node])
        return [Replay(tape, slope) for slope in differentiate(tape, subject.output, parameters)]

    def _second(self, replays: Sequence[Replay], values: Sequence[float]) -> Matrix:
        parameters, rows = self.objective.parameters, self.objective.cells
        table = [[0.0] * len(parameters) for _ in parameters]
        for line, replay in zip(table, replays, strict=True):
            leaves = dict(zip(parameters, values, strict=True))
            for cells in rows:
                known = {n: x for n, x in {**leaves, **cells}.items() if n <= replay.output}
                grads = replay.gradients(replay.forward(known))
                for at, leaf in enumerate(parameters):
                    line[at] += grads[leaf] / len(rows) if leaf < len(grads) else 0.0
        return table


def _suggestion(rate: float, reason: str) -> dict[str, Any]:
    text = f"{reason}: try {short(rate)}" if reason else f"try lr = {short(rate)}"
    return {"text": text, "lr": rate, "zero_grad": None}


def round_down(x: float) -> float:
    """Return the largest number with one significant digit that is not above `x` > 0, but for its last digits.

    >>> round_down(0.0556), round_down(0.3), round_down(0.04999999999999), round_down(1234.0)
    (0.05, 0.3, 0.05, 1000.0)
    """
    if not 1e-300 < x < math.inf:
        return 0.0
    mantissa, exponent = f"{x * (1 + 1e-9):.15e}".split("e")
    return float(f"{mantissa[0]}e{exponent}")
