"""Rerun: turns a recorded run and new inputs into the run that its program would have made, without its text.

Start at `Recording`. A program that was given other numbers does the same things again unless it looks at them: a
branch, a text, an index, a number that it takes off the tape. What it looked at is known (`engine.looks`), and a leaf
from which no path leads there changes nothing but numbers, so these are computed again, in the order of the tape.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple, TypeVar

from engine import numbers
from engine.backward import with_operands
from engine.looks import Looks
from engine.notices import Notices, Said, outside_domain
from engine.ops import Op
from engine.run import Notice, Run
from engine.tape import Tape
from engine.trace import Recorder, Trace

T = TypeVar("T")
_PICKS = frozenset({"max", "min"})  # they hand back one of their operands as it is
_STAY_WHOLE = frozenset({"add", "sub", "mul", "neg", "abs", "square", "clip", "pow"})


class _Row(NamedTuple):
    """An operation that has to be computed again."""

    node: int
    value: Callable[..., float]
    operands: tuple[int, ...]
    op: Op
    may_be_whole: bool


@dataclass(slots=True)
class _Change:
    """What other inputs make of the leaves."""

    data: dict[int, float] = field(default_factory=dict)
    texts: dict[int, str] = field(default_factory=dict)
    defaulted: dict[int, bool] = field(default_factory=dict)


class _Unanswerable(Exception):
    """The program itself has to run."""


class Recording:
    """A run and the inputs that it was given, ready to be made again with others."""

    def __init__(self, run: Run, inputs: Mapping[str, float]) -> None:
        self.run = run
        self.inputs = dict(inputs)
        self._rows: tuple[frozenset[int], list[_Row]] = frozenset(), []
        """What depends on the leaves that changed the last time: one slider moves many times."""

    def rerun(self, inputs: Mapping[str, float]) -> Run | None:
        """Return the run of the same program with `inputs`; None if the program itself has to run to know."""
        if self.run.looks is None:
            return None
        try:
            return self._made_again(self.run.looks, inputs)
        except _Unanswerable:
            return None

    def _made_again(self, looks: Looks, inputs: Mapping[str, float]) -> Run:
        change = self._change(looks, inputs)
        if not self._decisive.isdisjoint(change.data):
            raise _Unanswerable
        data, fresh = self._computed(change.data)
        run, tape = self.run, self._tape(data, change)
        said, warnings = self._said(looks, fresh, tape)
        return Run(
            source=run.source,
            tape=tape,
            trace=_traced(tape, run.trace),
            output=run.output,
            variables=run.variables,
            printed=run.printed,
            warnings=warnings,
            looks=looks if said is looks.said else replace(looks, said=said),
            fixed=run.fixed,
            kept=run.kept,
        )

    # -- leaves -------------------------------------------------------------------------------------------------------

    def _change(self, looks: Looks, inputs: Mapping[str, float]) -> _Change:
        if self._foreign(looks, inputs) != self._foreign(looks, self.inputs):
            raise _Unanswerable  # names that set nothing have a warning each
        change = _Change()
        for name in {**self.inputs, **inputs}:
            before, after = self.inputs.get(name), inputs.get(name)
            if name in looks.data:
                self._change_data(change, looks, name, before, after)
            for node, literal in self._leaves.get(name, ()):
                self._change_leaf(change, node, None if name in looks.reserved else literal, before, after)
        return change

    def _change_data(self, change: _Change, looks: Looks, name: str, before: float | None, after: float | None) -> None:
        """Numbers of data are told apart by identity, and an input makes another of each; so none may come or go."""
        if before is None or after is None or (not alike(before, after) and name in looks.cells):
            raise _Unanswerable
        if not alike(before, after):
            change.data |= dict.fromkeys(looks.data[name], float(after))
            change.texts |= dict.fromkeys(looks.data[name], numbers.exact(after))

    def _change_leaf(
        self, change: _Change, node: int, literal: float | None, before: float | None, after: float | None
    ) -> None:
        if (before is None) is not (after is None):
            if literal is None:
                raise _Unanswerable
            if not self.run.tape.texts[node]:
                change.defaulted[node] = after is None
        number = literal if after is None else float(after)
        if number is not None and not alike(number, self.run.tape.data[node]):
            change.data[node] = number

    def _foreign(self, looks: Looks, inputs: Iterable[str]) -> list[str]:
        """Return the names that set nothing."""
        return [name for name in inputs if name not in self._leaves and name not in looks.data]

    @cached_property
    def _leaves(self) -> dict[str, list[tuple[int, float | None]]]:
        """The leaves that an input of a name sets, and their numbers where none does."""
        found: dict[str, list[tuple[int, float | None]]] = {}
        for name, node, literal in self.run.looks.leaves if self.run.looks else ():
            found.setdefault(name, []).append((node, literal))
        return found

    @cached_property
    def _decisive(self) -> frozenset[int]:
        """The nodes that the course of the program depends on."""
        looks, run = self.run.looks or Looks(), self.run
        passes = (done.output for done in run.trace.passes[: looks.passes])
        kinds = (node for node in looks.kinds if self._may_be_whole[node])
        return frozenset(with_operands(run.tape, (*looks.nodes, *kinds, *passes)))

    @cached_property
    def _may_be_whole(self) -> list[bool]:
        """For each node, whether Python could hold an int there. The tape keeps no -0 for those; which of them are
        whole hangs on their numbers, so that a -0 at one is a question for the program."""
        tape, whole = self.run.tape, self.run.looks.whole if self.run.looks else set()
        found: list[bool] = []
        for node, (op, operands) in enumerate(zip(tape.ops, tape.operands, strict=True)):
            if op is None:
                found.append(node in whole)
            elif op.name in _PICKS:
                found.append(any(found[operand] for operand in operands))
            else:  # micrograd's relu is the whole number 0 below 0
                stays = op.name in _STAY_WHOLE and all(found[operand] for operand in operands)
                found.append(stays or op.name == "relu")
        return found

    # -- numbers ------------------------------------------------------------------------------------------------------

    def _computed(self, leaves: Mapping[int, float]) -> tuple[list[float], list[Said]]:
        """Return the data of all nodes, and the warnings of those that were computed again."""
        data, fresh, isfinite = self.run.tape.data, [], math.isfinite
        if leaves:
            data = data.copy()
        for node, number in leaves.items():
            data[node] = number
        for node, value, operands, op, may_be_whole in self._after(leaves):
            result = data[node] = float(value(*[data[operand] for operand in operands]))
            if may_be_whole and _is_minus_zero(result):
                raise _Unanswerable
            if not isfinite(result):
                fresh += self._warned(node, op, [data[operand] for operand in operands], result)
        return data, fresh

    def _warned(self, node: int, op: Op, operands: list[float], result: float) -> list[Said]:
        message = outside_domain(op, operands, result)
        if message is None:
            return []
        if any(map(_is_minus_zero, operands)) and any(self._may_be_whole[n] for n in self.run.tape.operands[node]):
            raise _Unanswerable  # a whole 0 is quoted without its sign
        return [Said(node + 1, Notice("domain", message, self.run.tape.spans[node], node))]

    def _after(self, leaves: Iterable[int]) -> list[_Row]:
        """Return the operations that depend on `leaves`, in the order of the tape."""
        changed = frozenset(leaves)
        if self._rows[0] != changed:
            self._rows = changed, list(self._depending(set(changed)))
        return self._rows[1]

    def _depending(self, reached: set[int]) -> Iterable[_Row]:
        tape = self.run.tape
        for node in range(min(reached, default=len(tape)) + 1, len(tape)):
            op, operands = tape.ops[node], tape.operands[node]
            if op is not None and not reached.isdisjoint(operands):
                reached.add(node)
                yield _Row(node, op.value, operands, op, self._may_be_whole[node])

    # -- the run ------------------------------------------------------------------------------------------------------

    def _tape(self, data: list[float], change: _Change) -> Tape:
        tape = self.run.tape
        return tape.with_numbers(data, _patched(tape.texts, change.texts), _patched(tape.defaulted, change.defaulted))

    def _said(self, looks: Looks, fresh: list[Said], tape: Tape) -> tuple[list[Said], tuple[Notice, ...]]:
        """Return all warnings in their order, and those that a reader sees."""
        if not fresh and not looks.said:
            return looks.said, self.run.warnings
        again = {row.node for row in self._rows[1]}
        kept = [said for said in looks.said if not (said.notice.kind == "domain" and said.notice.node in again)]
        said = sorted([*fresh, *kept], key=_time)
        shown = Notices(each for each in said if not _is_answered(each.notice, tape)).shown
        return said, (*shown, *(notice for notice in self.run.warnings if notice.kind == "input"))


def _time(said: Said) -> int:
    return said.at


def _is_answered(notice: Notice, tape: Tape) -> bool:
    """Return whether a warning is about a name without a value, and it has one now."""
    return notice.kind == "name" and notice.node is not None and not tape.defaulted[notice.node]


def _traced(tape: Tape, before: Trace) -> Trace:
    """Return the trace of the same passes over other numbers."""
    recorder = Recorder(tape)
    for done in before.passes:
        tape.scope = done.scope
        recorder.backward(done.output, done.span, done.order)
    tape.scope = None
    return recorder.finish(None)


def alike(x: float, y: float) -> bool:
    """Return whether two numbers are the same in all that can be computed from them."""
    return x == y and math.copysign(1.0, x) == math.copysign(1.0, y)


def _is_minus_zero(x: float) -> bool:
    return x == 0 and math.copysign(1.0, x) < 0


def _patched(column: list[T], changes: Mapping[int, T]) -> list[T]:
    if not changes:
        return column
    column = column.copy()
    for node, value in changes.items():
        column[node] = value
    return column
