"""What an experiment is about: turns a run into its output, its leaves and their names. Start at `subject_of`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from engine.backward import dependencies, gradients
from engine.forward import Replay
from engine.run import Run
from engine.tape import Role, Tape
from engine.trace import Update


class Unfit(Exception):
    """An experiment cannot be made; `field` of the request is to blame."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field} {message}")
        self.field = field
        self.message = message


@dataclass(frozen=True)
class Subject:
    """The graph below the output of a run."""

    run: Run
    output: int

    @cached_property
    def tape(self) -> Tape:
        """All nodes, with the numbers that they had when the backward pass of the output began."""
        tape, data = self.run.tape, self.run.tape.data
        undone = self._written_since()
        if not undone:
            return tape
        return tape.with_numbers([undone.get(n, x) for n, x in enumerate(data)], tape.texts, tape.defaulted)

    def _written_since(self) -> dict[int, float]:
        """Return the data of leaves to which the program wrote after that."""
        trace = self.run.trace
        last = next((done.last for done in reversed(trace.passes) if done.output == self.output), len(trace.steps))
        written = (step for step in reversed(trace.steps[last:]) if isinstance(step, Update) and step.field == "data")
        return {step.node: step.before for step in written}

    @cached_property
    def order(self) -> list[int]:
        """What the output depends on, operands first, the output last."""
        return dependencies(self.tape, self.output)

    @cached_property
    def leaves(self) -> list[int]:
        """The trainable leaves that the output depends on, in the order of the tape."""
        tape = self.tape
        return [node for node in self.order if tape.roles[node] is Role.INPUT and tape.needs_grad[node]]

    @cached_property
    def grads(self) -> list[float]:
        """d(output)/d(node) for every node up to the output, by one reverse sweep of its own."""
        return gradients(self.tape, self.output)

    @cached_property
    def replay(self) -> Replay:
        """The graph, ready for other numbers."""
        return Replay(self.tape, self.output)

    def label(self, node: int) -> str:
        """Return what a node is called."""
        return self.run.explainer.label(node)

    def node(self, name: str, field: str = "node") -> int:
        """Return the node of an id, `n3`, or of a name, `a`; raise `Unfit`."""
        if re.fullmatch(r"n[0-9]{1,9}", name) and int(name[1:]) < len(self.tape):
            return int(name[1:])
        found = self.run.variables.get(name)
        if found is not None:
            return found
        for node in self.leaves:
            if name in (self.tape.names[node], self.tape.labels[node]):
                return node
        raise Unfit(field, f"names no node: {name[:60]}")


def subject_of(run: Run) -> Subject:
    """Return the output of `run` as a subject; raise `Unfit` if nothing was computed."""
    if run.output is None:
        raise Unfit("source", "computes nothing that could be experimented with")
    return Subject(run, run.output)
