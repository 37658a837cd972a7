"""Probes: turn a tape into its output as a function of one node, be it a leaf or in the middle. Start at `Probes`.

The node is held at a number, and what is computed from it is computed again; whatever lies below it keeps its data.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, NamedTuple

from engine.backward import chain, dependencies
from engine.lab.slopes import EPSILON
from engine.ops import Op, Term
from engine.tape import Tape

SETUP, EDGES = 15, 10
"""What a probe's making, and a look at all of its edges, cost in computations of its output."""


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
    places: tuple[int, ...]
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
        self._depends = output == node or bool(cone)
        moving = {node, *cone}
        held = sorted({operand for each in cone for operand in tape.operands[each]} - moving)
        places = {each: place for place, each in enumerate([*held, node, *cone])}
        self._first = len(held)
        """The place of the node in the list of numbers: after what is held, before its cone."""
        self._held = [tape.data[each] for each in held]
        self._rows = [_row(tape, each, places) for each in cone]
        self._values = [(row.op.value, row.places) for row in self._rows]
        self._cost = 1 + sum(len(row.places) for row in self._rows)
        self.work = SETUP * self._cost
        """How many operands have been read so far, or what took as long."""

    @property
    def depends(self) -> bool:
        """Whether there is a path from the node to the output."""
        return self._depends

    def __call__(self, x: float) -> float:
        """Return the output with the node held at `x`."""
        return self._numbers(x)[-1] if self._depends else self.y

    def _numbers(self, x: float) -> list[float]:
        """Return the data of what is held, of the node and of its cone."""
        data = [*self._held, x]
        append = data.append
        for value, places in self._values:
            if len(places) == 2:
                append(value(data[places[0]], data[places[1]]))
            else:
                append(value(*[data[place] for place in places]))
        self.work += self._cost
        return data

    def slope(self) -> float:
        """Return d(output)/d(node) by the chain rule, forwards: also where no gradient was asked for."""
        if not self._depends:
            return 0.0
        data = self._numbers(self.x)
        tangents = [*[0.0] * self._first, 1.0]
        for place, (op, places) in enumerate(self._rows, self._first + 1):
            values = tuple([data[each] for each in places])
            moving = [(slot, each) for slot, each in enumerate(places) if each >= self._first]
            tangents.append(
                sum(chain(op, tangents[each], op.partial(slot, data[place], values)) for slot, each in moving)
            )
        return float(tangents[-1])

    def noise(self) -> float:
        """Return what the round-off of every operation may make of the output, by the chain rule, forwards."""
        data = self._numbers(self.x)
        noises = [0.0] * (self._first + 1)
        for place, (op, places) in enumerate(self._rows, self._first + 1):
            values = tuple([data[each] for each in places])
            noise = EPSILON * abs(data[place])
            for slot, each in enumerate(places):
                if noises[each]:
                    noise += abs(chain(op, noises[each], op.partial(slot, data[place], values)))
            noises.append(noise)
        return noises[-1]

    def bend(self) -> float:
        """Return the second derivative of the output by the node, by the chain rule, forwards."""
        if not self._depends:
            return 0.0
        data = self._numbers(self.x)
        duals = [*(_Dual(each, None) for each in data[: self._first]), _Dual(self.x, 1.0)]
        bends = [*[0.0] * self._first, 0.0]
        for op, places in self._rows:
            operands = [duals[each] for each in places]
            z = _Dual(0.0, None).apply(op, tuple(operands))
            values = tuple([operand.data for operand in operands])
            bend = 0.0
            for slot, operand in enumerate(operands):
                if operand.rate is not None:
                    bend += chain(op, bends[places[slot]], op.partial(slot, z.data, values))
                    local = op.partials[slot](z, *operands)
                    if isinstance(local, _Dual) and local.rate is not None:
                        bend += operand.rate * local.rate
            duals.append(z)
            bends.append(bend)
        return bends[-1]

    def operands(self) -> list[tuple[int, int, tuple[float, ...]]]:
        """Return every edge inside the cone, as its node and slot, with the numbers of all operands of the node."""
        data = self._numbers(self.x)
        self.work += EDGES * self._cost
        return [
            (node, slot, tuple([data[each] for each in row.places]))
            for node, row in zip(self.cone, self._rows, strict=True)
            for slot, place in enumerate(row.places)
            if place >= self._first
        ]


class _Dual(Term):
    """A number and how fast it changes with the node, None if it does not: a rule read on these has a rate too."""

    __slots__ = ("data", "rate")

    def __init__(self, data: float, rate: float | None) -> None:
        self.data = data
        self.rate = rate

    def apply(self, op: Op, operands: tuple[Any, ...]) -> _Dual:
        duals = [each if isinstance(each, _Dual) else _Dual(float(each), None) for each in operands]
        values = tuple([each.data for each in duals])
        data = op.value(*values)
        rates = [
            chain(op, each.rate, op.partial(slot, data, values))
            for slot, each in enumerate(duals)
            if each.rate is not None
        ]
        return _Dual(data, sum(rates) if rates else None)


def _row(tape: Tape, node: int, places: dict[int, int]) -> _Row:
    op = tape.ops[node]
    assert op is not None, "a leaf is computed from nothing"
    return _Row(op, tuple([places[operand] for operand in tape.operands[node]]))
