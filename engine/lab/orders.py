"""Orders of errors: turns the errors of an estimate over shrinking steps into the power of h that they fall like.

Start at `truncated`, which keeps the errors that round-off did not make.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

ABOVE = 8
"""An error is more than round-off if it is so many times what round-off may make."""
FITTED = 3
"""So many errors, those at the smallest steps, must lie on the power."""
NEAR = 0.1
"""How far their slopes on log paper may be from a whole number."""


class Wrong(NamedTuple):
    """An estimate at one step."""

    h: float
    error: float
    round_off: float
    """What round-off may make of it."""


def truncated(estimates: Sequence[Wrong]) -> list[Wrong]:
    """Return those of `estimates`, steps falling, before the best one whose error is more than round-off."""
    finite = [each for each in estimates if math.isfinite(each.error)]
    best = min(range(len(finite)), key=lambda place: finite[place].error, default=0)
    return [each for each in finite[: best + 1] if each.error > ABOVE * each.round_off]


def order(errors: Sequence[Wrong]) -> int | None:
    """Return the power of h that the last of `errors` fall like; None if they fall like no whole one.

    >>> steps = (1.0, 0.1, 0.01)
    >>> order([Wrong(h, 5 * h * h, 0.0) for h in steps]), order([Wrong(h, 0.5, 0.0) for h in steps])
    (2, None)
    """
    last = errors[-FITTED:]
    if len(last) < FITTED:
        return None
    slopes = [math.log(b.error / a.error) / math.log(b.h / a.h) for a, b in pairwise(last)]
    power = round(slopes[-1])
    return power if power > 0 and all(abs(slope - power) <= NEAR for slope in slopes) else None
