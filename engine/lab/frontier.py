"""The frontier: which edges may carry next in a backward pass, and why others may not. Start at `Frontier.judge`.

An edge may carry as soon as the gradient above it is complete: when everything that flows into that node has arrived.
There may be several such edges, and any of them would do; the walk takes them in the order of the tape.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from engine.export.frame import node_id
from engine.lab.slips import Edge
from engine.lab.subject import Unfit
from engine.trace import Backward

CHOICES, DECOYS = 5, 2
"""Edges among which one can choose: those that have not carried yet, and those that have."""
Json = dict[str, Any]


@dataclass(frozen=True)
class Slip:
    """A wrong turn in the choice of an edge."""

    name: str
    title: str
    about: str

    def document(self, sentence: str) -> Json:
        """Return it as JSON."""
        return {"name": self.name, "title": self.title, "about": self.about, "sentence": sentence}


CARRIED = Slip("carried", "Carried already", "Each edge carries once in a pass.")
INCOMPLETE = Slip("incomplete", "Too early", "A gradient is handed on when all of it has arrived.")
NEEDLESS = Slip("needless", "No gradient wanted", "Constants and fixed leaves get no gradient.")
ELSEWHERE = Slip("elsewhere", "Not on the way", "The pass visits what the output is computed from.")
EDGE_SLIPS = (CARRIED, INCOMPLETE, NEEDLESS, ELSEWHERE)


@dataclass(frozen=True)
class Frontier:
    """The edges of a pass at a moment: those that have carried, may carry, and may not yet."""

    at: Edge

    @cached_property
    def _places(self) -> dict[tuple[int, int], int]:
        """By node and slot, the place of the step along that edge."""
        part, steps = self.at.part, self.at.run.trace.steps
        return {
            (step.node, step.slot): place
            for place in range(part.first, part.last)
            if isinstance(step := steps[place], Backward)
        }

    @cached_property
    def _waiting(self) -> dict[int, list[int]]:
        """By node, those above it whose part has not arrived."""
        waiting: dict[int, list[int]] = {}
        for (node, slot), place in self._places.items():
            if place >= self.at.place:
                waiting.setdefault(self.at.operands(node)[slot], []).append(node)
        return waiting

    def judge(self, answer: Mapping[str, Any]) -> tuple[str, str, Json | None]:
        """Return the verdict on an edge `{node, slot}`, a sentence, and the slip; raise `Unfit` if it is none."""
        node, slot = self._read(answer)
        place = self._places.get((node, slot))
        if place == self.at.place:
            return "right", "Right.", None
        if place is not None and place > self.at.place and node not in self._waiting:
            name = self.at.name(node)
            return "also", f"Also right: {name}.grad is complete. The walk takes another edge first.", None
        slip, sentence = self._slip(node, slot, place)
        return "wrong", sentence, slip.document(sentence)

    def _read(self, answer: Mapping[str, Any]) -> tuple[int, int]:
        tape, node, slot = self.at.run.tape, answer.get("node"), answer.get("slot")
        known = isinstance(node, str) and node[:1] == "n" and node[1:].isascii() and node[1:].isdecimal()
        if known and isinstance(node, str) and len(node) < 12 and isinstance(slot, int | float):
            index = int(node[1:])
            if index < len(tape) and slot in range(len(tape.operands[index])):
                return index, int(slot)
        raise Unfit("answer", "names no edge of the graph")

    def _slip(self, node: int, slot: int, place: int | None) -> tuple[Slip, str]:
        name, operand = self.at.name, self.at.operands(node)[slot]
        if place is None:
            if node not in self.at.part.order:
                return (
                    ELSEWHERE,
                    f"{name(self.at.part.output)} does not depend on {name(node)}: no gradient comes there.",
                )
            return NEEDLESS, f"{name(operand)} gets no gradient: nothing flows along this edge."
        if place < self.at.place:
            return CARRIED, f"The edge from {name(node)} to {name(operand)} has carried its part already."
        missing = [name(above) for above in dict.fromkeys(self._waiting[node])]
        waits = f"{', '.join(missing[:3])}{' and others' if len(missing) > 3 else ''}"
        return INCOMPLETE, f"{name(node)}.grad is not complete: it still waits for what comes from {waits}."

    # -- what helps to choose -----------------------------------------------------------------------------------------

    def hints(self) -> list[str]:
        """Return hints, each of which tells a little more."""
        ready = dict.fromkeys(self.at.name(node) for node, _ in self._left if node not in self._waiting)
        return [
            "A node hands its gradient on when all that flows into it has arrived.",
            f"Complete, and not handed on yet: {', '.join(list(ready)[:8])}.",
        ]

    @property
    def _left(self) -> list[tuple[int, int]]:
        return [edge for edge, place in self._places.items() if place >= self.at.place]

    def choices(self) -> Iterator[Json]:
        """Yield some edges, the next one among them, in the order of the tape."""
        carried = [(step.node, step.slot) for step in self.at.done[-DECOYS:]]
        for node, slot in sorted(self._left[:CHOICES] + carried):
            operands = self.at.operands(node)
            which = f", operand {slot + 1}" if operands.count(operands[slot]) > 1 else ""
            label = f"{self.at.name(node)} → {self.at.name(operands[slot])}{which}"
            yield {"answer": {"node": node_id(node), "slot": slot}, "label": label}
