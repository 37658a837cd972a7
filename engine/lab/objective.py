"""The objective: turns numbers of the parameters into the loss and its gradient, alone or averaged over a table.

Start at `Objective.slope`. It works on a replay: the graph is as the program made it, whatever the numbers are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from engine.backward import with_operands
from engine.forward import Replay
from engine.lab.data import Table, table_of
from engine.lab.subject import Subject, Unfit, subject_of
from engine.run import Run
from engine.tape import Role, Tape

LEAVES = 1000
WORK = 2_000_000
"""Nodes computed for one loss, all rows together."""

_NEVER_NEGATIVE = frozenset({"square", "sqrt", "exp", "relu", "sigmoid", "softplus", "abs", "hypot"})

UNKNOWN = "It is not known which branches this program would take with other numbers: its graph stays as it was made."


class Objective:
    """What is made small, as a function of the parameters: the leaves that neither a request nor a column holds."""

    def __init__(self, subject: Subject, table: Table | None) -> None:
        self.subject = subject
        self.table = table
        self.places = [_places(subject, name) for name in table.columns] if table else []
        """For each column, the leaves that its numbers go to."""
        columns = {node for nodes in self.places for node in nodes}
        self.parameters = [leaf for leaf in subject.leaves if leaf not in columns]
        rows = len(table.rows) if table else 1
        if len(self.parameters) > LEAVES:
            raise Unfit("source", f"has {len(self.parameters):,} trainable leaves; {LEAVES:,} is the most here")
        if rows * len(subject.order) > WORK:
            message = f"has {rows:,} rows for a graph of {len(subject.order):,} nodes; {WORK:,} together is the most"
            raise Unfit("data", message)

    @property
    def rows(self) -> int:
        """How many rows the loss is averaged over; 0 without a table."""
        return len(self.table.rows) if self.table else 0

    @cached_property
    def work(self) -> int:
        """Nodes to compute for one loss."""
        return len(self.subject.order) * max(1, self.rows)

    @cached_property
    def cells(self) -> list[dict[int, float]]:
        """For each row, the numbers that leaves get; one empty row without a table."""
        if self.table is None:
            return [{}]
        last = self.subject.output
        return [{n: x for n, x in self.cells_of(row).items() if n <= last} for row in self.table.rows]

    def cells_of(self, row: Iterable[float]) -> dict[int, float]:
        """Return which leaves get which numbers of a row."""
        return {n: float(x) for nodes, x in zip(self.places, row, strict=True) for n in nodes}

    def start(self) -> list[float]:
        """Return the numbers of the parameters that the program gives them."""
        return list(self.subject.tape.values(self.parameters))

    def numbers(self, given: Sequence[float] | None, at: str = "values") -> list[float]:
        """Return the numbers that a request gives the parameters, else the program's; raise `Unfit`."""
        if given is None:
            return self.start()
        if len(given) != len(self.parameters):
            count = len(self.parameters)
            raise Unfit(at, f"must be {count} number{'' if count == 1 else 's'}, one for each parameter")
        return [float(x) for x in given]

    def loss(self, values: Sequence[float]) -> float:
        """Return the loss at `values` of the parameters, over all rows."""
        forward, output = self.subject.replay.forward, self.subject.output
        leaves = dict(zip(self.parameters, values, strict=True))
        losses = [forward({**leaves, **cells})[output] for cells in self.cells]
        return sum(losses) / len(losses)

    def slope(self, values: Sequence[float], rows: Sequence[dict[int, float]]) -> tuple[float, list[float]]:
        """Return the loss over `rows` of `cells`, and its gradient by the parameters."""
        replay, output, parameters = self.subject.replay, self.subject.output, self.parameters
        leaves = dict(zip(parameters, values, strict=True))
        loss, total = 0.0, [0.0] * len(parameters)
        for cells in rows:
            data = replay.forward({**leaves, **cells})
            grads = replay.gradients(data)
            loss += data[output]
            total = [sum_ + grads[node] for sum_, node in zip(total, parameters, strict=True)]
        if len(rows) == 1:
            return loss, total
        return loss / len(rows), [x / len(rows) for x in total]

    def place(self, name: str, at: str) -> int:
        """Return where the parameter of a name or id stands among the parameters; raise `Unfit`."""
        node = self.subject.node(name, at)
        if node not in self.parameters:
            raise Unfit(at, f"is not a parameter that the output depends on: {name[:60]}")
        return self.parameters.index(node)

    def described(self, node: int) -> dict[str, str]:
        """Return the id of a node and what it is called."""
        return {"id": f"n{node}", "label": self.subject.label(node)}

    @cached_property
    def warnings(self) -> list[str]:
        """What is not as it would be if the program ran anew with each number."""
        looks = self.subject.run.looks
        if looks is None:
            return [UNKNOWN]
        decisive = with_operands(self.subject.tape, looks.nodes)
        moving = [*self.parameters, *(node for nodes in self.places for node in nodes)]
        names = [self.subject.label(node) for node in moving if node in decisive]
        if not names:
            return []
        listed = ", ".join(names[:4]) + (" and others" if len(names) > 4 else "")
        what = f"The program reads numbers that depend on {listed}, for a branch, an index or a text"
        return [f"{what}: its graph stays as it was made with the first numbers."]


def objective_of(run: Run, data: Mapping[str, Any] | None) -> Objective:
    """Return the objective of a run over the table of a request, if it has one; raise `Unfit`."""
    table = table_of(data) if data is not None else None
    found = Objective(kept_subject(run), table)
    if not found.parameters:
        raise Unfit("source", "has no trainable leaf left that the output depends on")
    return found


def is_never_negative(subject: Subject) -> bool:
    """Return whether the operations show that the output is 0 or more, whatever the numbers of the leaves are."""
    tape = subject.tape
    found: set[int] = set()
    for node in subject.order:
        op, operands = tape.ops[node], tape.operands[node]
        if op is None:
            is_so = tape.roles[node] is Role.CONSTANT and tape.data[node] >= 0
        elif op.name == "pow":
            is_so = operands[0] in found or _is_even(tape, operands[1])
        elif op.name == "mul" and operands[0] == operands[1]:
            is_so = True
        elif op.name in ("add", "mul", "div", "max"):
            is_so = found.issuperset(operands)
        else:
            is_so = op.name in _NEVER_NEGATIVE
        if is_so:
            found.add(node)
    return subject.output in found


def _is_even(tape: Tape, node: int) -> bool:
    return tape.roles[node] is Role.CONSTANT and tape.data[node] % 2 == 0


def kept_subject(run: Run) -> Subject:
    """Return the subject of a run; that of a run which is asked about again is at hand."""
    kept = run.moments.get("subject")
    if kept is None:
        kept = run.moments["subject"] = subject_of(run)
    found: Subject = kept
    return found


def replay_of(subject: Subject, node: int) -> Replay:
    """Return a replay of another node than the output."""
    return subject.replay if node == subject.output else Replay(subject.tape, node)


def _places(subject: Subject, column: str) -> list[int]:
    """Return the leaves that an input of the name of a column sets; raise `Unfit`."""
    looks, tape = subject.run.looks, subject.tape
    if looks is not None:
        found = [node for name, node, _ in looks.leaves if name == column] + looks.data.get(column, [])
    else:
        found = [n for n in range(len(tape)) if tape.ops[n] is None and tape.names[n] == column]
    if not found:
        raise Unfit("data/columns", f"has {column[:60]}, but the program has no input of that name")
    return found
