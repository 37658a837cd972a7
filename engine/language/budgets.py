"""What a program may use up: turns work into charges against limits, so that no program can run on. Start at `Meter`.

Whatever can break the server is stopped here: each loop of the interpreter charges a step for each thing it touches.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from engine.language.errors import ProgramError
from engine.tape import Span


@dataclass(frozen=True, slots=True)
class Budgets:
    """The limits of one program; each is named in the error that it causes."""

    characters: int = 20_000
    name: int = 100
    """Characters of a name."""
    combining: int = 8
    """Combining marks in a row; Python's parser needs quadratic time for long runs."""
    depth: int = 200
    """Nesting of expressions and statements, and of calls."""
    steps: int = 1_000_000
    """Pieces of program evaluated, and cells and characters touched."""
    nodes: int = 200_000
    seconds: float = 2.0
    """Processor time of the run."""
    printed: int = 65_536
    """Characters."""
    string: int = 10_000
    list: int = 100_000


ADVICE = {
    "characters": "Paste the part that computes something.",
    "name": "Give it a shorter name.",
    "combining": "Write the name without accents stacked on each other.",
    "depth": "Give parts of it names of their own, on lines of their own.",
    "steps": "Use fewer or shorter loops.",
    "nodes": "Use fewer loops, or a smaller network.",
    "seconds": "Use fewer or shorter loops.",
    "printed": "Print less, or not in every turn of a loop.",
    "string": "Use a shorter text.",
    "list": "Use a shorter list.",
}
_UNITS = {
    "characters": "{:,} characters of source",
    "name": "{:,} characters for a name",
    "combining": "{:,} combining marks in a row",
    "depth": "{:,} levels of nesting",
    "steps": "{:,} steps",
    "nodes": "{:,} nodes",
    "seconds": "{:g} s of processor time",
    "printed": "{:,} characters of printed text",
    "string": "{:,} characters in a string",
    "list": "{:,} elements in a list",
}
_CLOCK_EVERY = 256


def exceeded(budgets: Budgets, name: str, span: Span) -> ProgramError:
    """Return the error that says which budget ran out, what it is and where.

    >>> exceeded(Budgets(), "steps", Span(3, 0, 3, 1)).diagnostics[0].message
    'the steps budget ran out here: a program may use 1,000,000 steps'
    """
    limit = _UNITS[name].format(getattr(budgets, name))
    message = f"the {name} budget ran out here: a program may use {limit}"
    return ProgramError.at(span, "budget", message, ADVICE[name])


class Meter:
    """Counts what one run uses, and stops it when a budget runs out."""

    __slots__ = ("_clock", "_deadline", "_left", "_next_look", "_where", "budgets")

    def __init__(
        self, budgets: Budgets, where: Callable[[], Span], clock: Callable[[], float] = time.thread_time
    ) -> None:
        self.budgets = budgets
        self._where = where  # what is being evaluated: the place that an error names
        self._clock = clock
        self._deadline = clock() + budgets.seconds
        self._left = budgets.steps
        self._next_look = max(self._left - _CLOCK_EVERY, 0)

    def charge(self, steps: int = 1) -> None:
        """Take `steps` off the budget; look at the clock now and then."""
        self._left -= steps
        if self._left < self._next_look:
            self._look()

    def _look(self) -> None:
        self._next_look = max(self._left - _CLOCK_EVERY, 0)
        if self._left < 0:
            raise exceeded(self.budgets, "steps", self._where())
        if self._clock() > self._deadline:
            raise exceeded(self.budgets, "seconds", self._where())

    def limit(self, name: str, amount: int) -> None:
        """Stop the run if `amount` is more than the budget called `name`."""
        if amount > getattr(self.budgets, name):
            raise exceeded(self.budgets, name, self._where())
