"""Tree and graph: turns a graph with shared values into the tree that it abbreviates, as a program of its own.

In the tree each use of a value has a copy of it, and of all below it, so that there is one path to each copy and no
gradient is a sum. Shared values are folded back one after the other, in the order of the backward pass: copies merge,
and their gradients add. Start at `tree`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from typing import Any

from engine import numbers
from engine.backward import gradients
from engine.export.frame import node_id
from engine.export.program import can_be_a_name, program
from engine.lab.paths import compared, count_of, same
from engine.lab.subject import Subject, Unfit, subject_of
from engine.run import Run
from engine.tape import Role, Tape

Json = dict[str, Any]
LIMIT, MOST = 400, 1_000
"""Nodes of a tree that is written out: if nothing is asked for, and at most."""
EASY = 60
"""Nodes of a tree that one can take in, whatever the size of its graph."""
LARGEST = 20_000
"""Nodes of a graph whose tree is counted: the numbers get as many digits as the graph has nodes."""
STAGES = 200
"""Stages that are told."""
_TERMS = 8
_NOT_IN_NAMES = re.compile(r"\W+")


def tree(run: Run, *, folded: int | None = None, limit: int = LIMIT) -> Json:
    """Return the graph of `run` unrolled into a tree in which the first `folded` shared values are folded back; if
    that is not said, as few as leave a tree that is not much larger than the graph. Raises `Unfit`."""
    if not 1 <= limit <= MOST:
        raise Unfit("limit", f"must be a whole number from 1 to {MOST:,}")
    plan = Plan(subject_of(run))
    stages = plan.stages
    if folded is None:
        easy = min(limit, max(EASY, 2 * stages[-1].size))
        folded = next((k for k, stage in enumerate(stages) if stage.size <= easy), len(stages) - 1)
    if folded >= len(stages):
        raise Unfit("folded", f"must be at most {len(stages) - 1:,}: so many values are shared")
    return _Account(plan, folded, limit).build()


@dataclass(frozen=True, slots=True)
class Stage:
    """The tree after `merged` was folded too; None before any was."""

    merged: int | None
    size: int
    """Nodes; each use of a constant is one."""


class Plan:
    """What is shared below an output, and how large the tree is as it is folded back."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.tape = subject.tape
        if len(subject.order) > LARGEST:
            raise Unfit("source", f"has a graph of {len(subject.order):,} nodes; trees are counted up to {LARGEST:,}")

    @cached_property
    def known(self) -> set[int]:
        """What is computed from constants alone: a number, written wherever it is used."""
        known: set[int] = set()
        for node in self.subject.order:
            operands = self.tape.operands[node]
            if self.tape.roles[node] is Role.CONSTANT or (operands and known.issuperset(operands)):
                known.add(node)
        return known

    @cached_property
    def uses(self) -> Counter[int]:
        """By node, how many edges lead to it."""
        rest = (node for node in self.subject.order if node not in self.known)
        return Counter(operand for node in rest for operand in self.tape.operands[node])

    @cached_property
    def shared(self) -> list[int]:
        """What is used more than once, in the order of the backward pass."""
        return [node for node in reversed(self.subject.order) if self.uses[node] > 1 and node not in self.known]

    @cached_property
    def sizes(self) -> dict[int, int]:
        """By node, how many nodes its tree has."""
        sizes: dict[int, int] = {}
        for node in self.subject.order:
            operands = () if node in self.known else self.tape.operands[node]
            sizes[node] = 1 + sum(sizes[operand] for operand in operands)
        return sizes

    @cached_property
    def stages(self) -> list[Stage]:
        """The tree, and what it becomes as one shared value after the other is folded.

        When it is a node's turn, all that use it are folded: it has a copy for each use, with a tree below it.
        """
        size = self.sizes[self.subject.output]
        stages = [Stage(None, size)]
        for node in self.shared:
            size -= (self.uses[node] - 1) * self.sizes[node]
            stages.append(Stage(node, size))
        return stages


class Unrolled:
    """A tape of its own, in which all but `merged` has a copy for each use."""

    def __init__(self, plan: Plan, merged: Sequence[int]) -> None:
        self.plan = plan
        self.tape = Tape()
        self.copies: dict[int, list[int]] = {}
        """By node of the graph, its copies in the order in which they are computed."""
        self.output = self._copy(plan.subject.output, set(merged))

    def _copy(self, output: int, merged: set[int]) -> int:
        """Return the copy of `output`, having made one for each use below it."""
        found: dict[int, int] = {}
        stack: list[tuple[int, list[int]]] = [(output, [])]
        while True:
            node, made = stack[-1]
            operands = () if node in self.plan.known else self.plan.tape.operands[node]
            if len(made) < len(operands):
                operand = operands[len(made)]
                if operand in found:
                    made.append(found[operand])
                else:
                    stack.append((operand, []))
                continue
            stack.pop()
            copy = self._record(node, tuple(made))
            if node in merged:
                found[node] = copy
            if not stack:
                return copy
            stack[-1][1].append(copy)

    def _record(self, node: int, operands: tuple[int, ...]) -> int:
        tape, op = self.plan.tape, self.plan.tape.ops[node]
        if node in self.plan.known:
            return self.tape.constant(tape.data[node], text=tape.texts[node])
        if op is None:
            copy = self.tape.input(tape.data[node], trainable=tape.needs_grad[node])
        else:
            copy = self.tape.record(op, operands)
        self.copies.setdefault(node, []).append(copy)
        return copy

    @cached_property
    def names(self) -> dict[int, str]:
        """What the copies are called: `a_1`, `a_2`; the only one of a value keeps its name."""
        bases = {node: self._base(node) for node in self.copies}
        names: dict[int, str] = {}
        taken: set[str] = set()
        for node in sorted(self.copies, key=lambda node: len(self.copies[node]) > 1):
            copies, base = self.copies[node], bases[node]
            if base is None:
                continue
            if len(copies) == 1:
                names[copies[0]] = self._free(base, taken)
            else:
                numbered = (f"{base}_{k}" for k in count(1))
                names |= {copy: next(name for name in numbered if name not in taken) for copy in copies}
            taken.update(names[copy] for copy in copies)
        return names

    def _base(self, node: int) -> str | None:
        """Return what the copies of a node are called, but for their numbers; None if it needs no name."""
        tape = self.plan.tape
        given = tape.names[node] or tape.labels[node]
        if given is None and len(self.copies[node]) == 1 and tape.ops[node] is not None:
            return None
        base = _NOT_IN_NAMES.sub("_", (given or self.plan.subject.label(node)).replace("@", "")).strip("_")
        return base if can_be_a_name(base) else "v"

    def _free(self, base: str, taken: set[str]) -> str:
        return next(name for k in count(1) if (name := base if k == 1 else f"{base}_{k}") not in taken)


class _Account:
    """All that is told of one stage."""

    def __init__(self, plan: Plan, folded: int, limit: int) -> None:
        self.plan = plan
        self.subject = plan.subject
        self.folded = folded
        self.limit = limit
        self.stage = plan.stages[folded]
        self.next = plan.shared[folded] if folded < len(plan.shared) else None

    def build(self) -> Json:
        is_built = self.stage.size <= self.limit
        return {
            "output": node_id(self.subject.output),
            "output_label": self.subject.label(self.subject.output),
            "tree": count_of(self.plan.stages[0].size),
            "graph": self.plan.stages[-1].size,
            "folded": self.folded,
            "nodes": count_of(self.stage.size),
            "stages": [self._stage(k) for k in range(min(len(self.plan.stages), STAGES))],
            "stage_count": len(self.plan.stages),
            "limit": self.limit,
            "program": None,
            "fixed": [],
            "copies": [],
            "next": None if self.next is None else node_id(self.next),
            **(self._built() if is_built else {}),
            "sentence": self._sentence(is_built),
        }

    def _stage(self, k: int) -> Json:
        stage = self.plan.stages[k]
        merged = stage.merged
        return {
            "merged": None if merged is None else node_id(merged),
            "label": None if merged is None else self.subject.label(merged),
            "uses": None if merged is None else self.plan.uses[merged],
            "nodes": count_of(stage.size),
            "fits": stage.size <= self.limit,
        }

    def _built(self) -> Json:
        unrolled = Unrolled(self.plan, self.plan.shared[: self.folded])
        result = self.subject.tape.data[self.subject.output]
        if not same(unrolled.tape.data[unrolled.output], result):
            raise Unfit("source", "writes to numbers that it had used already, so that a copy would compute others")
        written = program(unrolled.tape, unrolled.output, names=unrolled.names)
        grads = gradients(unrolled.tape, unrolled.output)
        copied = [node for node in reversed(self.subject.order) if len(unrolled.copies.get(node, ())) > 1]
        return {
            "program": written.source,
            "fixed": list(written.fixed),
            "copies": [self._copies(node, unrolled.copies[node], written.names, grads) for node in copied],
        }

    def _copies(self, node: int, copies: Sequence[int], names: Mapping[int, str], grads: Sequence[float]) -> Json:
        parts = [grads[copy] for copy in copies]
        total, grad = sum(parts, 0.0), self.subject.grads[node]
        return {
            "node": node_id(node),
            "label": self.subject.label(node),
            "uses": self.plan.uses[node],
            "copies": [
                {"name": names[copy], "grad": numbers.to_json(part), "shown": {"grad": numbers.shown(part)}}
                for copy, part in zip(copies, parts, strict=True)
            ],
            "sum": numbers.to_json(total),
            "grad": numbers.to_json(grad),
            "shown": {"sum": numbers.shown(total), "grad": numbers.shown(grad)},
            "text": _added(parts, total),
            "sentence": compared(f"The sum over the {len(copies):,} copies of {self.subject.label(node)}", total, grad),
        }

    def _sentence(self, is_built: bool) -> str:
        size, graph = self.stage.size, self.plan.stages[-1].size
        if not self.plan.shared:
            return f"No value is used twice: the graph, of {graph:,} nodes, is a tree."
        if not is_built:
            return self._too_large()
        if self.next is None:
            return f"All that is shared is folded: this is the graph again, of {size:,} nodes."
        label, uses = self.subject.label(self.next), self.plan.uses[self.next]
        whole = f"In the tree, of {size:,} nodes, each use has a copy of its own" if self.folded == 0 else (
            f"With {self.folded:,} of {len(self.plan.shared):,} shared values folded, {size:,} nodes are left"
        )  # fmt: skip
        return f"{whole}. Next, the {uses:,} copies of {label} merge, and their gradients add."

    def _too_large(self) -> str:
        size = self.stage.size
        exact = numbers.whole_to_json(size)
        written = f"{size:,}" if exact is not None and size < 10**60 else numbers.counted(size)
        graph = self.plan.stages[-1].size
        if self.next is None:
            return f"The graph has {written} nodes; at most {self.limit:,} are written out."
        which = "The tree" if self.folded == 0 else "The tree, folded so far,"
        return f"{which} has {written} nodes, the graph {graph:,}; at most {self.limit:,} are written out. Fold more."


def _added(parts: Sequence[float], total: float) -> str:
    """Return how gradients add up: `−3 + 1 = −2`."""
    shown = [numbers.short(part) for part in parts[:_TERMS]]
    terms = [shown[0], *(f"({text})" if text.startswith("−") else text for text in shown[1:])]
    more = ["…"] if len(parts) > _TERMS else []
    return f"{' + '.join(terms + more)} {numbers.relation(total, *parts[:_TERMS])} {numbers.short(total)}"
