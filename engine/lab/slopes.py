"""Slopes from values alone: turns a function of one number into its slopes at a point, with error bounds.

Start at `slopes`. Differences over a ladder of steps are extrapolated to step 0 (Ridders, 1982): central ones in powers
of h^2, one-sided ones in powers of h. Nothing here knows a derivative rule.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Function = Callable[[float], float]
Kind = Literal["smooth", "kink", "jump", "edge", "steep", "undefined", "unresolved"]

EPSILON = 2.220446049250313e-16
RUNGS = 6
"""Steps of a ladder; each is half of the one before."""
STARTS = (3, 10, 17, 24, 31)
"""A ladder begins at the scale times 2 to the minus each of these, until one of them is good enough."""
MOST_CALLS = 2 * RUNGS * 2 * len(STARTS) + 9
GOOD = 1e-11
"""Relative error at which no further ladder is tried."""
CORNER = 1e-6
"""Left and right slopes further apart than this, relative to the larger, are two."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A slope, and about how wrong it is; both nan where there is none."""

    value: float
    error: float

    @property
    def known(self) -> bool:
        return math.isfinite(self.value) and math.isfinite(self.error)


NONE = Estimate(math.nan, math.nan)


@dataclass(frozen=True, slots=True)
class Slopes:
    """What differences tell about a function at a point."""

    kind: Kind
    central: Estimate
    left: Estimate
    right: Estimate
    step: float
    """The largest step of the ladder that was best."""
    noise: float = 0.0
    """What round-off alone may make of a difference over the smallest one; smaller steps make it larger."""

    @property
    def apart(self) -> bool:
        """Whether left and right slope differ by more than their errors."""
        if not (self.left.known and self.right.known):
            return False
        gap, size = abs(self.left.value - self.right.value), max(abs(self.left.value), abs(self.right.value))
        return gap > CORNER * size + 10 * (self.left.error + self.right.error)


def slopes(function: Function, x: float, scale: float | None = None) -> Slopes:
    """Return the slopes of `function` at `x`, from at most `MOST_CALLS` of its values."""
    y = function(x)
    if not (math.isfinite(x) and math.isfinite(y)):
        return Slopes("undefined", NONE, NONE, NONE, 0.0)
    tried = []
    for start in _starts(x, scale):
        tried.append(_ladder(function, x, y, start))
        if _settled(tried[-1]):
            return tried[-1]
    return _judged(function, x, y, tried)


def _starts(x: float, scale: float | None) -> list[float]:
    """Return the first steps of the ladders: powers of 2, so that x + h loses as little as possible."""
    size = math.frexp(max(1.0, abs(x)) if scale is None else scale)[1]
    found = [math.ldexp(1.0, size - start) for start in STARTS]
    near = math.frexp(abs(x))[1]
    if x and scale is None and near < size - STARTS[1]:
        found += [math.ldexp(1.0, near - start) for start in STARTS]
    return found


def _settled(found: Slopes) -> bool:
    """Return whether a smaller step can hardly tell more."""
    central, left, right = found.central, found.left, found.right
    if not (central.known and left.known and right.known):
        return False
    size = max(abs(central.value), abs(left.value), abs(right.value))
    smooth = not found.apart and left.error + right.error <= 0.01 * size + found.noise
    return size == 0 or (smooth and central.error <= GOOD * size + found.noise)


def _ladder(function: Function, x: float, y: float, start: float) -> Slopes:
    steps = [math.ldexp(start, -rung) for rung in range(RUNGS)]
    above, below = [x + h for h in steps], [x - h for h in steps]
    y_above, y_below = [function(at) for at in above], [function(at) for at in below]
    noise = [EPSILON * max(abs(y), abs(up), abs(down)) for up, down in zip(y_above, y_below, strict=True)]
    two_sided = [(_over(up - down, a - b)) for up, down, a, b in zip(y_above, y_below, above, below, strict=True)]
    right = [_over(up - y, a - x) for up, a in zip(y_above, above, strict=True)]
    left = [_over(y - down, x - b) for down, b in zip(y_below, below, strict=True)]
    floors = [_over(each, h) for each, h in zip(noise, steps, strict=True)]
    central, left_limit, right_limit = (
        _extrapolated(two_sided, floors, 4),
        _extrapolated(left, floors, 2),
        _extrapolated(right, floors, 2),
    )
    return Slopes("smooth", central, left_limit, right_limit, start, noise=4 * floors[-1])


def _over(change: float, step: float) -> float:
    return change / step if step else math.nan


def _extrapolated(estimates: list[float], floors: list[float], ratio: int) -> Estimate:
    """Return the limit of `estimates` at step 0, the step being halved from each to the next: Neville's tableau.

    The errors go with powers of `ratio`; the best entry is the one that its neighbours agree with most.
    """
    best, row = NONE, [estimates[0]]
    for k in range(1, len(estimates)):
        above, row, factor = row, [estimates[k]], float(ratio)
        for j in range(1, k + 1):
            row.append(row[j - 1] + (row[j - 1] - above[j - 1]) / (factor - 1))
            error = max(abs(row[j] - row[j - 1]), abs(row[j] - above[j - 1])) + floors[k]
            if not best.known or error < best.error:
                best = Estimate(row[j], error)
            factor *= ratio
    return best if best.known else NONE


def _judged(function: Function, x: float, y: float, tried: list[Slopes]) -> Slopes:
    """Return the best of the ladders, and what kind of point it is."""
    last = tried[-1]
    best = min((each for each in tried if each.central.known), key=lambda each: each.central.error, default=last)
    kind, at = _kind(function, x, y, last, best)
    found = best if kind == "smooth" else at
    return Slopes(kind, found.central, found.left, found.right, found.step)


def _kind(function: Function, x: float, y: float, last: Slopes, best: Slopes) -> tuple[Kind, Slopes]:
    far, near = (last.step * 2.0**-shift for shift in (0, 8))
    sides = [[function(x + sign * h) - y for h in (far, near)] for sign in (-1, 1)]
    sides = [changes for changes in sides if all(map(math.isfinite, changes))]
    noise = 64 * EPSILON * max([abs(y), *(abs(change) for changes in sides for change in changes)])
    if any(abs(close) > max(0.5 * abs(wide), noise) for wide, close in sides):
        return "jump", last
    if any(abs(close) > max(abs(wide) / 64, noise) for wide, close in sides):
        return "steep", last
    if len(sides) < 2:
        return ("edge" if sides else "undefined"), last
    if last.apart:
        return "kink", last
    size = max(abs(best.central.value), abs(best.left.value), abs(best.right.value))
    settled = best.central.known and best.central.error <= 1e-4 * max(size, 1e-300) + 1e-9 * max(1.0, abs(y))
    return ("smooth" if settled else "unresolved"), best
