"""Vanishing and exploding: turns the way from the output to a leaf into its factors. Start at `factors`.

Of all paths from the output to a leaf, the one whose product of local derivatives is the largest is found by dynamic
programming; if even that is tiny, the gradient vanishes, and if it is huge, it explodes.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from engine import numbers
from engine.lab.subject import Subject, Unfit
from engine.tape import Role

VANISHING, EXPLODING = 1e-3, 1e3
MOST_EDGES = 200
_STEEPEST = {"sigmoid": "at most 0.25", "tanh": "at most 1"}
"""How much of a gradient an operation lets through, where there is a bound."""
_PLURALS = {"relu": "relus", "sigmoid": "sigmoids", "mul": "products", "tanh": "tanhs"}


@dataclass(frozen=True, slots=True)
class Factor:
    """One edge of a path, from `node` to its operand in `slot`."""

    node: int
    slot: int
    operand: int
    local: float


def factors(subject: Subject, leaf: str | None = None) -> dict[str, Any] | None:
    """Return the largest path to `leaf`, to the most extreme one if none is named; None if there is no path of finite
    factors. Raises `Unfit`."""
    best = _best(subject)
    chosen = _leaf(subject, leaf) if leaf else _most_extreme(subject, best)
    if chosen is None or chosen not in best:
        return None
    path = _path(best, chosen)
    product = abs(math.prod(edge.local for edge in path))
    kind = "vanishing" if product < VANISHING else "exploding" if product > EXPLODING else "plain"
    return {
        "leaf": {"node": f"n{chosen}", "label": subject.label(chosen)},
        "kind": kind,
        "edges": _told(subject, path),
        "length": len(path),
        "product": numbers.to_json(product),
        "shown": {"product": numbers.shown(product), "grad": numbers.shown(subject.grads[chosen])},
        "sentence": _sentence(subject, chosen, path, product, kind),
    }


Best = dict[int, tuple[float, Factor | None]]
"""For each node the logarithm of the largest |product| from the output, and the last edge of that path."""


def _best(subject: Subject) -> Best:
    tape = subject.tape
    best: Best = {subject.output: (0.0, None)}
    for node in reversed(subject.order):
        op, operands = tape.ops[node], tape.operands[node]
        if op is None or node not in best:
            continue
        values = tape.values(operands)
        for slot, operand in enumerate(operands):
            if tape.needs_grad[operand]:
                local = op.partial(slot, tape.data[node], values)
                size = abs(local)
                if math.isfinite(local):
                    reached = best[node][0] + (math.log(size) if size else -math.inf)
                    if operand not in best or reached > best[operand][0]:
                        best[operand] = reached, Factor(node, slot, operand, local)
    return best


def _leaf(subject: Subject, name: str) -> int:
    node = subject.node(name, "leaf")
    if subject.tape.roles[node] is not Role.INPUT:
        raise Unfit("leaf", f"must be a leaf of the program; {subject.label(node)} is none")
    return node


def _most_extreme(subject: Subject, best: Best) -> int | None:
    reached = [leaf for leaf in subject.leaves if leaf in best]
    return max(reached, key=lambda leaf: abs(best[leaf][0]), default=None)


def _path(best: Best, node: int) -> list[Factor]:
    """Return the edges from the output down to `node`."""
    path: list[Factor] = []
    while (edge := best[node][1]) is not None:
        path.append(edge)
        node = edge.node
    return path[::-1]


def _told(subject: Subject, path: Sequence[Factor]) -> list[dict[str, Any]]:
    product, told = 1.0, []
    for edge in path:
        product *= edge.local
        op = subject.tape.ops[edge.node]
        told.append(
            {
                "node": f"n{edge.node}",
                "slot": edge.slot,
                "operand": f"n{edge.operand}",
                "label": subject.label(edge.node),
                "op": op.name if op is not None else "",
                "shown": {"local": numbers.shown(edge.local), "product": numbers.shown(product)},
            }
        )
    return told if len(told) <= MOST_EDGES else [*told[: MOST_EDGES // 2], *told[-MOST_EDGES // 2 :]]


def _sentence(subject: Subject, leaf: int, path: Sequence[Factor], product: float, kind: str) -> str:
    label, edges = subject.label(leaf), f"{len(path)} factor{'' if len(path) == 1 else 's'}"
    largest = f"The largest path to {label} has {edges}; their product is {numbers.short(product)}"
    stop = next((edge for edge in path if edge.local == 0), None)
    if stop is not None:
        return f"Nothing reaches {label}: {_name(subject, stop)} at {subject.label(stop.node)} multiplies by 0."
    if kind == "plain":
        return f"{largest} in size: it neither vanishes nor explodes."
    shrinks = kind == "vanishing"
    guilty = [e for e in path if (abs(e.local) < 1) is shrinks and abs(e.local) != 1]
    name, count = Counter(_name(subject, e) for e in guilty).most_common(1)[0]
    own = [abs(e.local) for e in guilty if _name(subject, e) == name]
    left = math.prod(own)
    steepest = f", each {_STEEPEST[name]}," if shrinks and name in _STEEPEST else ""
    what = f"{count} {_PLURALS.get(name, f'{name} operations')}" if count > 1 else f"1 {name}"
    verb = ("leaves" if count == 1 else "leave") if shrinks else ("makes" if count == 1 else "make")
    times = numbers.short(left) if shrinks else f"{numbers.short(left)} times as much"
    word = "vanishes" if shrinks else "explodes"
    return f"{largest} in size: the gradient {word}. {what}{steepest} {verb} {times} of it."


def _name(subject: Subject, edge: Factor) -> str:
    op = subject.tape.ops[edge.node]
    return op.name if op is not None else ""
