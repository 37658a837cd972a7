"""Warnings: turns what a run has to say into its notices, one for a place. Start at `Notices`."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from engine import numbers
from engine.notation import Notation
from engine.ops import Op
from engine.run import Notice, NoticeKind
from engine.tape import Span


class Said(NamedTuple):
    """A warning when it came up, also where an earlier one at the same place is the one that is shown."""

    at: int
    """How many nodes there were."""
    notice: Notice
    settles: bool = False
    """It gives a warning about plain numbers the node which they have become, and is none itself."""


class Notices:
    """The warnings of one run: the first at each place is kept, and all of them in the order in which they came."""

    def __init__(self, said: Iterable[Said] = ()) -> None:
        self.said: list[Said] = []
        self._kept: dict[tuple[NoticeKind, Span | None], Notice] = {}
        self._unbound: set[tuple[NoticeKind, Span | None]] = set()
        """Places of warnings about no node: they come up in every run like this one, and a second is never shown."""
        for each in said:
            self.add(each)

    @property
    def shown(self) -> tuple[Notice, ...]:
        """The warnings that a reader sees."""
        return tuple(self._kept.values())

    def add(self, said: Said) -> None:
        """Warn, once a place; or settle which node an earlier warning is about."""
        notice = said.notice
        place = notice.kind, notice.span
        if said.settles:
            self._settle(place, notice.node)
        else:
            self._kept.setdefault(place, notice)
            if notice.node is None:
                if place in self._unbound:
                    return
                self._unbound.add(place)
        self.said.append(said)

    def _settle(self, place: tuple[NoticeKind, Span | None], node: int | None) -> None:
        found = self._kept.get(place)
        if found is not None and found.node is None:
            self._kept[place] = Notice(found.kind, found.message, found.span, node)


def outside_domain(op: Op, operands: Sequence[float], result: float) -> str | None:
    """Return what to say where finite numbers gave inf or nan, in the operation's own words; None elsewhere."""
    if math.isfinite(result) or not all(map(math.isfinite, operands)):
        return None
    if op.notation is Notation.FRACTION:
        here = "/".join(map(numbers.signed, operands))
    else:
        here = ", ".join(f"{p} = {numbers.short(x)}" for p, x in zip(op.parameters, operands, strict=True))
    what = op.domain or f"{op.name} has no finite value"
    return f"{what}; here {here}. {op.advice}".rstrip()
