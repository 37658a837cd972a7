"""The walk: turns the steps of a run and what is folded on screen into entries. Start at `entries`.

A step of a node that has a box of its own is one entry. All steps in a row that happen inside one folded group are one
entry too, which says what the boxes on screen show after it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from engine.export.fold import Group
from engine.export.frame import PileFace
from engine.trace import Backward, Forward, Seed, Step, Update

Changed = int | Group


@dataclass(frozen=True, slots=True)
class Entry:
    """The steps [first, last) of a run, told as one."""

    first: int
    last: int
    step: Step
    """The first of them."""
    group: Group | None
    """The folded group that all of them happen in; None for a single step on screen."""
    changes: Mapping[Changed, PileFace | Step]
    """For a folded group whose face changed, that face; for a node on screen, the last step that wrote to it."""


def written(step: Step) -> int:
    """Return the node whose number a step writes."""
    return step.operand if isinstance(step, Backward) else step.node


def is_data(step: Step) -> bool:
    """Return whether a step writes data; else it writes a gradient."""
    return isinstance(step, Forward) or (isinstance(step, Update) and step.field == "data")


def number(step: Step) -> float:
    """Return the number that a step writes."""
    return step.data if isinstance(step, Forward) else step.after


@dataclass(slots=True)
class Tally:
    """The numbers inside a folded group, and what the group shows of them."""

    data: dict[int, float] = field(default_factory=dict)
    """Those that are not a number."""
    grads: dict[int, float] = field(default_factory=dict)
    _largest: float = -1.0
    _holder: int = -1
    _nans: int = 0
    _stale: bool = False

    def write(self, node: int, value: float, *, data: bool = False) -> None:
        """Take note of a number."""
        if data:
            self.data.pop(node, None)
            if math.isnan(value):
                self.data[node] = value
            return
        before = self.grads.get(node, 0.0)
        self.grads[node] = value
        self._nans += math.isnan(value) - math.isnan(before)
        size = abs(value)
        if size >= self._largest:
            self._largest, self._holder = size, node
        elif node == self._holder:
            self._stale = True

    def face(self) -> PileFace:
        """Return what the group shows."""
        if self._stale:
            self._holder = max(self.grads, key=lambda node: _size(self.grads[node]))
            self._largest, self._stale = _size(self.grads[self._holder]), False
        largest = None if not self.grads else self._largest if self._largest >= 0 else math.nan
        return PileFace(largest, len(self.data) + self._nans)


def _size(gradient: float) -> float:
    return -1.0 if math.isnan(gradient) else abs(gradient)


def entries(
    steps: Sequence[Step], first: int, hidden: Mapping[int, Group], tallies: Mapping[Group, Tally]
) -> Iterator[Entry]:
    """Yield the entries of `steps`, the first of which is the run's step `first`. `hidden` are the nodes in folded
    groups; `tallies` hold what these groups show before it, and change on the way."""
    shown = {group: tally.face() for group, tally in tallies.items()}
    begin, inside, phase = 0, None, ""
    for place, step in enumerate(steps):
        group = hidden.get(step.node)
        if place > begin and (group is None or group is not inside or _PHASES[type(step)] != phase):
            yield _entry(steps[begin:place], first + begin, inside, hidden, tallies, shown)
            begin = place
        if place == begin:
            inside, phase = group, _PHASES[type(step)]
    if steps:
        yield _entry(steps[begin:], first + begin, inside, hidden, tallies, shown)


_PHASES: Mapping[type[Step], str] = {Forward: "forward", Seed: "backward", Backward: "backward", Update: "update"}


def _entry(
    row: Sequence[Step],
    first: int,
    inside: Group | None,
    hidden: Mapping[int, Group],
    tallies: Mapping[Group, Tally],
    shown: dict[Group, PileFace],
) -> Entry:
    changes: dict[Changed, PileFace | Step] = {}
    touched: dict[Group, None] = {}
    for step in row:
        node = step.operand if isinstance(step, Backward) else step.node
        group = hidden.get(node)
        if group is None:
            changes[node] = step
        elif isinstance(step, Backward):
            tallies[group].write(node, step.after)
            touched[group] = None
        elif not isinstance(step, Forward) or step.data != step.data or tallies[group].data:
            tallies[group].write(node, number(step), data=is_data(step))
            touched[group] = None
    for group in touched:
        face = tallies[group].face()
        if face != shown[group]:
            shown[group] = changes[group] = face
    return Entry(first, first + len(row), row[0], inside, changes)
