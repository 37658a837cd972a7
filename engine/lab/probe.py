"""Probes: turn a tape into its output as a function of one node, be it a leaf or in the middle. Start at `Probes`.

The node is held at a number, and what is computed from it is computed again; whatever lies below it keeps its data.
"""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

from engine.backward import chain, dependencies
from engine.ops import Op
from engine.tape import Tape


class Probes:
    """The graph below one output, to be probed at its nodes."""

    def __init__(self, tape: Tape, output: int) -> None:
        self.tape = tape
        self.output = output

    @cached_property
    def _users(self) -> dict[int, list[int]]:
        """For each node below the output, what is computed from it on the way there."""
        users: dict[int, list[int]] = {}
        for node in dependencies(self.tape, self.output):
            for operand in set(self.tape.operands[node]):
                users.setdefault(operand, []).append(node)
        return users

    def at(self, node: int) -> Probe:
        """Return the output as a function of `node`."""
        reached, stack = {node}, [node]
        while stack:
            for user in self._users.get(stack.pop(), ()):
                if user not in reached:
                    reached.add(user)
                    stack.append(user)
        return Probe(self.tape, self.output, node, sorted(reached - {node}))


class _Row(NamedTuple):
    op: Op
    places: list[int]
    """Of the operands, in the list of numbers."""


class Probe:
    """The output as a function of one node: call it with a number."""

    def __init__(self, tape: Tape, output: int, node: int, cone: list[int]) -> None:
        self.tape = tape
        self.node = node
        self.x = tape.data[node]
        self.y = tape.data[output]
        self.cone = cone
        """What is computed from the node on the way to the output, operands first."""
        places = {each: place for place, each in enumerate([node, *cone])}
        self._held: list[float] = []
        self._rows = [self._row(each, places) for each in cone]
        self._values = [row.op.value for row in self._rows]
        self._last = places.get(output)

    def _row(self, node: int, places: dict[int, int]) -> _Row:
        op = self.tape.ops[node]
        assert op is not None, "a leaf is computed from nothing"
        first_held = 1 + len(self.cone)
        for operand in self.tape.operands[node]:
            if operand not in places:
                places[operand] = first_held + len(self._held)
                self._held.append(self.tape.data[operand])
        return _Row(op, [places[operand] for operand in self.tape.operands[node]])

    @property
    def depends(self) -> bool:
        """Whether there is a path from the node to the output."""
        return self._last is not None

    def __call__(self, x: float) -> float:
        """Return the output with the node held at `x`."""
        return self.y if self._last is None else self._numbers(x)[self._last]

    def _numbers(self, x: float) -> list[float]:
        """Return the data of the node, of its cone and of the other operands."""
        data = [x, *[0.0] * len(self.cone), *self._held]
        for place, (row, value) in enumerate(zip(self._rows, self._values, strict=True), 1):
            data[place] = value(*[data[operand] for operand in row.places])
        return data

    def slope(self) -> float:
        """Return d(output)/d(node) by the chain rule, forwards: also where no gradient was asked for."""
        if self._last is None:
            return 0.0
        data, tangents = self._numbers(self.x), [1.0, *[0.0] * (len(self.cone) + len(self._held))]
        for place, (op, operands) in enumerate(self._rows, 1):
            values = tuple([data[operand] for operand in operands])
            for slot, operand in enumerate(operands):
                if operand <= len(self.cone):
                    tangents[place] += chain(op, tangents[operand], op.partial(slot, data[place], values))
        return tangents[self._last]

    def operands(self) -> list[tuple[int, int, tuple[float, ...]]]:
        """Return every edge inside the cone, as its node and slot, with the numbers of all operands of the node."""
        data = self._numbers(self.x)
        return [
            (node, slot, tuple([data[each] for each in row.places]))
            for node, row in zip(self.cone, self._rows, strict=True)
            for slot, place in enumerate(row.places)
            if place <= len(self.cone)
        ]
