"""What a program comes to near its inputs: turns its numbers at points nearby into a judgement of other numbers.

Start at `Nearby`. The points lie on four rays from the inputs, at two distances each: where the output settles towards
them, and to the same on all rays, it has a limit.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import cached_property

Measured = tuple[float, Mapping[str, float]]
"""The output, and the gradients by name."""
FAR, CLOSE = 1e-3, 1e-4
MOST_LEAVES = 64
_NEAR = 0.05
"""How far from a limit a number may be, for its size and 1."""
_STEADY = 2.0
_EXPLODED, _WILD = 10.0, 100.0
"""How many times as large as nearby a number is beyond belief: where those settle, and where they do not."""


class Nearby:
    """The output and the gradients of a program around its inputs."""

    def __init__(self, inputs: Mapping[str, float], measure: Callable[[Mapping[str, float]], Measured | None]) -> None:
        self.inputs = inputs
        self.measure = measure

    @cached_property
    def rays(self) -> list[tuple[Measured, Measured]]:
        """What is found far and close on each ray on which both are finite."""
        if not 0 < len(self.inputs) <= MOST_LEAVES:
            return []
        found = []
        for sign in (1.0, -1.0):
            for turn in (0, 1):
                far, close = (self.measure(self._moved(sign * h, turn)) for h in (FAR, CLOSE))
                if far is not None and close is not None:
                    found.append((far, close))
        return found

    def _moved(self, h: float, turn: int) -> dict[str, float]:
        """Return the inputs, each moved by another share of `h`: those that go farthest at one turn go least at the
        other."""
        parts = (0.5 * ((k + 1) * 0.6180339887498949 % 1) for k in range(len(self.inputs)))
        shares = (1.0 - part if turn else 0.5 + part for part in parts)
        return {name: x + h * share for (name, x), share in zip(self.inputs.items(), shares, strict=True)}

    @cached_property
    def limit(self) -> float | None:
        """What the output comes to; None if it comes to nothing, or to several numbers."""
        ends = [close[0] for _, close in self.rays]
        settled = all(abs(far[0] - close[0]) <= _tolerance(close[0]) for far, close in self.rays)
        if not ends or not settled or max(ends) - min(ends) > _tolerance(max(ends, key=abs)):
            return None
        return math.fsum(ends) / len(ends)

    def fits(self, output: float, grads: Mapping[str, float], *, is_exact: bool) -> bool:
        """Return whether `output` and `grads` can stand for what the program comes to; `is_exact`: they are those of
        the same function, which only a limit contradicts."""
        if not self.rays:
            return True
        if self.limit is None:
            return is_exact or self._is_tame(output, grads)
        if abs(output - self.limit) > _tolerance(self.limit):
            return False
        return all(self._holds(name, grad) for name, grad in grads.items())

    def _is_tame(self, output: float, grads: Mapping[str, float]) -> bool:
        """Return whether no number is far beyond those nearby."""
        ends = [close for _, close in self.rays]
        largest = max(abs(end[0]) for end in ends)
        return abs(output) <= _WILD * (1 + largest) and all(
            abs(grad) <= _WILD * (1 + max(abs(end[1].get(name, 0.0)) for end in ends)) for name, grad in grads.items()
        )

    def _holds(self, name: str, grad: float) -> bool:
        """Return whether a gradient is what those nearby come to; where they come to nothing, whether it is not far
        beyond them; where they grow without end anything goes."""
        pairs = [(far[1].get(name, 0.0), close[1].get(name, 0.0)) for far, close in self.rays]
        ends = [close for _, close in pairs]
        settled = all(abs(far - close) <= _tolerance(close) for far, close in pairs)
        if settled and max(ends) - min(ends) <= _tolerance(max(ends, key=abs)):
            return abs(grad - math.fsum(ends) / len(ends)) <= _tolerance(max(ends, key=abs))
        if any(abs(close) > _STEADY * (abs(far) + _NEAR) for far, close in pairs):
            return True
        return abs(grad) <= _EXPLODED * (1 + max(max(abs(far), abs(close)) for far, close in pairs))


def _tolerance(x: float) -> float:
    return _NEAR * (1 + abs(x))
