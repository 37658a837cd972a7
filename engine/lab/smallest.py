"""The smallest program on which a fault shows: turns a name of the table into a program. Start at `smallest`.

Programs are graphs of a few operations over a few leaves. All of them are looked at in the order of their size: fewest
operations, then fewest characters, then the alphabet. Nothing smaller in that order shows the fault.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import product
from typing import Any, NamedTuple

from engine import numbers
from engine.formula import Apply, Expr, Symbol, code
from engine.lab.broken import Truth, shows
from engine.lab.faults import FAULTS, Fault, Graph, graph_of, left, steps
from engine.lab.subject import Unfit
from engine.ops import OPS
from engine.tape import Tape

LEAVES: tuple[tuple[str, float], ...] = (("a", 3.0), ("b", 2.0), ("c", 5.0))
SHARED = ("u", "v", "w")
"""Names of operations that are used more than once."""
MOST_OPERATIONS = 3


class Row(NamedTuple):
    """An operation; its operands are leaves, counted as -1, -2, ..., or rows before it, from 0 on."""

    op: str
    operands: tuple[int, ...]


@lru_cache(maxsize=len(FAULTS))
def smallest(name: str) -> dict[str, Any]:
    """Return the smallest program on which the fault `name` shows, and both gradients; raise `Unfit`."""
    if name not in FAULTS:
        raise Unfit("fault", f"must be one of {', '.join(FAULTS)}")
    fault = FAULTS[name]
    looked_at = 0
    for count in range(1, MOST_OPERATIONS + 1):
        for source, rows in candidates(count, fault.operations):
            graph = graph_of_rows(rows)
            looked_at += 1
            if shows(fault, graph):
                return _document(fault, source, graph, count, looked_at)
    raise Unfit("fault", f"shows on no program of up to {MOST_OPERATIONS} operations")


def candidates(count: int, operations: Sequence[str]) -> list[tuple[str, tuple[Row, ...]]]:
    """Return all programs of `count` operations, the shortest text first."""
    found = [(_written(rows), rows) for rows in _graphs(count, operations)]
    return sorted(found, key=lambda each: (len(each[0]), each))


def _graphs(count: int, operations: Sequence[str], rows: tuple[Row, ...] = ()) -> Iterator[tuple[Row, ...]]:
    """Yield the graphs in which every operation leads to the last one, and leaves are named in the order of use."""
    if len(rows) == count:
        if all(any(k in later.operands for later in rows[k + 1 :]) for k in range(count - 1)):
            yield rows
        return
    used = max((-operand for row in rows for operand in row.operands), default=0)
    for name in operations:
        for operands in _operands(OPS[name].arity, len(rows), max(used, 0)):
            yield from _graphs(count, operations, (*rows, Row(name, operands)))


def _operands(arity: int, rows: int, used: int) -> Iterator[tuple[int, ...]]:
    for operands in product((*range(rows), *(-k - 1 for k in range(len(LEAVES)))), repeat=arity):
        known = used
        for operand in operands:
            if -operand > known + 1:
                break
            known = max(known, -operand)
        else:
            yield operands


def graph_of_rows(rows: Sequence[Row]) -> Graph:
    """Return the graph of a program at the numbers of `LEAVES`."""
    tape, nodes = Tape(), dict[int, int]()
    used = {-operand for row in rows for operand in row.operands if operand < 0}
    for k, (name, data) in enumerate(LEAVES, 1):
        if k in used:
            nodes[-k] = tape.input(data, name=name)
    for k, row in enumerate(rows):
        nodes[k] = tape.record(OPS[row.op], tuple(nodes[operand] for operand in row.operands))
    return graph_of(tape, len(tape) - 1)


def _written(rows: Sequence[Row]) -> str:
    """Return a program as text: operations that are used twice have a line of their own."""
    uses = [sum(row.operands.count(k) for row in rows) for k in range(len(rows))]
    names, lines = iter(SHARED), list[str]()
    written: dict[int, Expr] = {-k: Symbol(name) for k, (name, _) in enumerate(LEAVES, 1)}
    for k, row in enumerate(rows):
        written[k] = Apply(OPS[row.op], tuple(written[operand] for operand in row.operands))
        if uses[k] > 1:
            name = next(names)
            lines.append(f"{name} = {code(written[k])}")
            written[k] = Symbol(name)
    return "\n".join([*lines, code(written[len(rows) - 1])])


def _document(fault: Fault, source: str, graph: Graph, operations: int, looked_at: int) -> dict[str, Any]:
    right, wrong = Truth(graph).grads, dict.fromkeys(graph.nodes, 0.0) | left(steps(fault, graph))
    tape, truth = graph.tape, Truth(graph)
    leaves = [node for node in graph.nodes if graph.is_leaf(node)]
    return {
        "fault": fault.name,
        "source": source,
        "inputs": {str(tape.names[node]): tape.data[node] for node in leaves},
        "operations": operations,
        "characters": len(source),
        "looked_at": looked_at,
        "leaves": [
            {
                "name": str(tape.names[node]),
                "right": numbers.to_json(right[node]),
                "wrong": numbers.to_json(wrong[node]),
                "differs": not truth.has(node, wrong[node]),
                "shown": {"right": numbers.shown(right[node]), "wrong": numbers.shown(wrong[node])},
            }
            for node in leaves
        ],
        "text": f"Nothing with fewer operations shows this fault, and with {_count(operations)} nothing shorter.",
    }


def _count(operations: int) -> str:
    return "1 operation" if operations == 1 else f"{operations} operations"
