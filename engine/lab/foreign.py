"""A trace of somebody's own engine: turns JSON into a `Foreign`, and its nodes into those of a run. Start at `read`.

A trace is an object `{"nodes": [...]}`; each node has an `id`, its `data` and `grad`, and as far as the engine knows
them a `name`, an `op` and its `operands` by id. `steps` may list the contributions in the order in which they came. An
object of numbers alone, `{"a": 4.0}`, tells gradients by name.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.lab.subject import Subject, Unfit
from engine.ops import OPS
from engine.tape import Role

MOST_NODES = 5_000
MOST_STEPS = 20_000
SPECIAL = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}
Id = str | float


@dataclass(frozen=True, slots=True)
class Node:
    """A value of the other engine; None for what it does not tell."""

    id: Id
    name: str | None
    op: str | None
    data: float | None
    grad: float | None
    operands: tuple[Id, ...]

    @property
    def called(self) -> str:
        """What a person finds it by."""
        is_whole = isinstance(self.id, float) and self.id.is_integer()
        return (self.name or str(int(self.id) if is_whole else self.id))[:60]


@dataclass(frozen=True, slots=True)
class Sent:
    """A contribution of the other engine."""

    node: Id
    operand: Id
    slot: int | None
    contribution: float


@dataclass(frozen=True)
class Foreign:
    """A trace as it was read."""

    nodes: dict[Id, Node]
    steps: tuple[Sent, ...] = ()
    output: Id | None = None
    by_name: bool = False
    """Whether it is gradients by name alone."""


# -- reading ----------------------------------------------------------------------------------------------------------


def read(given: object) -> Foreign:
    """Return the trace that `given` holds, JSON or text; raise `Unfit` with the place of what is wrong."""
    value = _parsed(given) if isinstance(given, str) else given
    if not isinstance(value, Mapping):
        raise Unfit("trace", 'must be an object, {"nodes": [...]} or gradients by name, {"a": 4.0}')
    if "nodes" not in value:
        return _by_name(value)
    nodes = [_node(each, f"trace/nodes/{k}") for k, each in enumerate(_list(value, "nodes", MOST_NODES))]
    found = {node.id: node for node in nodes}
    for k, node in enumerate(nodes):
        if found[node.id] is not node:
            raise Unfit(f"trace/nodes/{k}/id", "stands at another node too")
        for m, operand in enumerate(node.operands):
            if operand not in found:
                raise Unfit(f"trace/nodes/{k}/operands/{m}", "is the id of no node")
    steps = [_sent(each, f"trace/steps/{k}", found) for k, each in enumerate(_list(value, "steps", MOST_STEPS))]
    output = value.get("output")
    if output is not None and (not isinstance(output, Hashable) or output not in found):
        raise Unfit("trace/output", "is the id of no node")
    return Foreign(found, tuple(steps), output)


def _parsed(text: str) -> object:
    """Return what `text` holds: JSON, or what Python prints of a dictionary."""
    try:
        return json.loads(text, parse_int=float)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno - 1}"
    except (RecursionError, ValueError):
        raise Unfit("trace", "is nested too deeply") from None
    try:
        return json.loads(as_json(text), parse_int=float)
    except RecursionError:
        raise Unfit("trace", "is nested too deeply") from None
    except (KeyError, ValueError):
        raise Unfit("trace", f"is not JSON from {where} on, nor a dictionary as Python prints it") from None


_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?(?![\w.])|[-+]?(?:[a-z_]\w*\.)?(?:nan|inf)\b"
_PARTS = re.compile(
    r"""(?P<string>'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")"""
    rf"""|[a-z_][\w.]*\(\s*(?P<typed>{_NUMBER})\s*(?:,[^\]\[(){{}}'"]*)?\)"""
    rf"""|(?P<number>{_NUMBER})|(?P<word>None|True|False)\b|(?P<opening>[\[({{])|(?P<closing>[\])}}])|[:,]|\s+""",
    re.IGNORECASE,
)
_WORDS = {"None": "null", "True": "true", "False": "false"}
_CLOSING = {"(": "]", "[": "]", "{": "}"}
_OPENING = str.maketrans("]}", "[{")


def _double(text: str) -> float:
    """Return a number, or what a module calls one: `-np.inf`."""
    sign = text[0] if text[0] in "+-" else ""
    digits = text.removeprefix(sign)
    return float(sign + (digits.rpartition(".")[2] if digits[-1] in "nfNF" else digits))


def as_json(text: str) -> str:
    """Return as JSON what Python prints of dictionaries, lists, tuples and numbers; a number in the name of its type is
    one too. It takes each character once. Raises `ValueError` or `KeyError` for all else.

    >>> as_json("{'a': 4.0, 'b': (2., nan), 'c': np.float64(-1e-3), 'd': None}")
    '{"a": 4.0, "b": [2.0, NaN], "c": -0.001, "d": null}'
    """
    made: list[str] = []
    closing: list[str] = []
    at = 0
    while at < len(text):
        part = _PARTS.match(text, at)
        if part is None:
            raise ValueError(f"nothing of Python's at {at}")
        at = part.end()
        match part.lastgroup:
            case "string":
                made.append(json.dumps(re.sub(r"\\(.)", r"\1", part[0][1:-1])))
            case "typed" | "number" as kind:
                made.append(json.dumps(_double(part[kind])))
            case "word":
                made.append(_WORDS[part[0]])
            case "opening":
                closing.append(_CLOSING[part[0]])
                made.append(closing[-1].translate(_OPENING))
            case "closing":
                made.append(closing.pop() if closing else part[0])
            case _:
                made.append(part[0])
    return "".join(made)


def _by_name(value: Mapping[str, Any]) -> Foreign:
    grads = value.get("grads", value)
    where = "trace/grads" if grads is not value else "trace"
    if not isinstance(grads, Mapping):
        raise Unfit(where, "must be an object of gradients by name")
    if not grads:
        raise Unfit(where, 'is empty; give gradients by name, {"a": 4.0}, or {"nodes": [...]}')
    if len(grads) > MOST_NODES:
        raise Unfit(where, f"has {len(grads):,} numbers; {MOST_NODES:,} are the most")
    return Foreign(
        {
            name: Node(name, name, None, None, _number(grad, f"{where}/{_quoted(name)}"), ())
            for name, grad in grads.items()
        },
        by_name=True,
    )


def _list(value: Mapping[str, Any], key: str, most: int) -> list[Any]:
    found = value.get(key, [])
    if not isinstance(found, list):
        raise Unfit(f"trace/{key}", "must be a list")
    if len(found) > most:
        raise Unfit(f"trace/{key}", f"has {len(found):,} entries; {most:,} are the most")
    if key == "nodes" and not found:
        raise Unfit("trace/nodes", "is empty")
    return found


def _node(value: object, where: str) -> Node:
    entry = _object(value, where)
    operands = entry.get("operands") or []
    if not isinstance(operands, list):
        raise Unfit(f"{where}/operands", "must be a list of ids")
    return Node(
        _id(entry.get("id"), f"{where}/id"),
        _text(entry.get("name"), f"{where}/name"),
        _text(entry.get("op"), f"{where}/op"),
        _number(entry.get("data"), f"{where}/data"),
        _number(entry.get("grad"), f"{where}/grad"),
        tuple(_id(operand, f"{where}/operands/{m}") for m, operand in enumerate(operands)),
    )


def _sent(value: object, where: str, nodes: Mapping[Id, Node]) -> Sent:
    entry = _object(value, where)
    ends = []
    for end in ("node", "operand"):
        found = _id(entry.get(end), f"{where}/{end}")
        if found not in nodes:
            raise Unfit(f"{where}/{end}", "is the id of no node")
        ends.append(found)
    contribution, slot = _number(entry.get("contribution"), f"{where}/contribution"), entry.get("slot")
    if contribution is None:
        raise Unfit(f"{where}/contribution", "is missing")
    if slot is not None and (isinstance(slot, bool) or not isinstance(slot, int | float) or slot not in range(1000)):
        raise Unfit(f"{where}/slot", "must be a whole number from 0 on")
    return Sent(ends[0], ends[1], None if slot is None else int(slot), contribution)


def _object(value: object, where: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise Unfit(where, "must be an object")
    return value


def _id(value: object, where: str) -> Id:
    if value is None:
        raise Unfit(where, "is missing")
    if isinstance(value, bool) or not isinstance(value, str | int | float) or value != value:
        raise Unfit(where, "must be a text or a number")
    return value


def _text(value: object, where: str) -> str | None:
    if value is not None and not isinstance(value, str):
        raise Unfit(where, "must be a text")
    return value or None


def _number(value: object, where: str) -> float | None:
    if value is None:
        return None
    if isinstance(value, str) and value in SPECIAL:
        return SPECIAL[value]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Unfit(where, "must be a number")
    try:
        return float(value)
    except OverflowError:
        raise Unfit(where, "is too large for a double") from None


def _quoted(key: str) -> str:
    """Return `key` as a part of a JSON pointer, cut to a readable length."""
    return key.replace("~", "~0").replace("/", "~1")[:60]


# -- which of their nodes is which of ours ----------------------------------------------------------------------------


@dataclass
class Match:
    """Pairs of nodes, found by name, from the output downwards, from the leaves upwards, and by number."""

    subject: Subject
    foreign: Foreign
    same: Callable[[float, float], bool]
    """Whether two numbers are the same."""
    ours: dict[Id, int] = field(default_factory=dict)
    """Of their nodes, ours."""
    theirs: dict[int, Id] = field(default_factory=dict)

    def found(self) -> Match:
        """Pair what can be paired, and return self."""
        self._by_name()
        if not self.foreign.by_name:
            output = self._their_output()
            if output is not None:
                self._pair(output, self.subject.output)
            self._downwards()
            self._upwards()
            self._by_data()
            self._downwards()
            self._upwards()
        return self

    def _pair(self, theirs: Id, ours: int) -> None:
        if theirs not in self.ours and ours not in self.theirs:
            self.ours[theirs], self.theirs[ours] = ours, theirs

    def _by_name(self) -> None:
        """Pair what has the same name, if that says it all: a name that stands for several nodes, here or there, tells
        nothing until the structure does."""
        known: dict[str, set[int]] = {}
        tape, order = self.subject.tape, set(self.subject.order)
        for node in order:
            for name in filter(None, {tape.names[node], tape.labels[node]}):
                known.setdefault(name, set()).add(node)
        for name, node in self.subject.run.variables.items():
            if node in order:
                known[name] = {node} | (set() if self.foreign.by_name else known.get(name, set()))
        known.setdefault("out", {self.subject.output})
        counts = Counter(each.name for each in self.foreign.nodes.values())
        for each in self.foreign.nodes.values():
            ours = known.get(each.name or "", set())
            if len(ours) == 1 and counts[each.name] == 1:
                self._pair(each.id, *ours)

    def _their_output(self) -> Id | None:
        if self.foreign.output is not None:
            return self.foreign.output
        used = {operand for node in self.foreign.nodes.values() for operand in node.operands}
        ends = [node.id for node in self.foreign.nodes.values() if node.id not in used]
        return ends[0] if len(ends) == 1 else None

    def _downwards(self) -> None:
        """Pair the operands of paired operations."""
        for node in reversed(self.subject.order):
            if node in self.theirs:
                theirs, ours = self.foreign.nodes[self.theirs[node]], self.subject.tape.operands[node]
                for operand, mine in self._sides(theirs, ours):
                    self._pair(operand, mine)

    def _sides(self, theirs: Node, ours: tuple[int, ...]) -> Iterable[tuple[Id, int]]:
        """Return pairs of operands, in the order in which both stand, or in the other if only that fits."""
        if not self._is_op(theirs, self.ours[theirs.id]):
            return ()
        if len(theirs.operands) != len(ours):
            ours = tuple(dict.fromkeys(n for n in ours if self.subject.tape.roles[n] is not Role.CONSTANT))
        if len(theirs.operands) != len(ours):
            return ()
        for order in (theirs.operands, theirs.operands[::-1]):
            pairs = list(zip(order, ours, strict=True))
            if all(self._may_pair(operand, mine) for operand, mine in pairs):
                return pairs
        return ()

    def _may_pair(self, theirs: Id, ours: int) -> bool:
        if theirs in self.ours or ours in self.theirs:
            return self.ours.get(theirs) == ours
        node, tape = self.foreign.nodes[theirs], self.subject.tape
        if (tape.ops[ours] is None) is not (not node.operands):
            return False
        return node.data is None or self.same(node.data, tape.data[ours])

    def _is_op(self, theirs: Node, ours: int) -> bool:
        op = self.subject.tape.ops[ours]
        called = _op_name(theirs.op)
        return op is not None and (called is None or called == op.name)

    def _upwards(self) -> None:
        """Pair operations whose operands are paired."""
        tape = self.subject.tape
        made: dict[tuple[str, tuple[int, ...]], list[int]] = {}
        for node in self.subject.order:
            op = tape.ops[node]
            if op is not None and node not in self.theirs:
                made.setdefault((op.name, self._key(tape.operands[node])), []).append(node)
        for each in _operands_first(self.foreign):
            called = _op_name(each.op)
            if each.id not in self.ours and called and all(operand in self.ours for operand in each.operands):
                free = made.get((called, self._key(self.ours[operand] for operand in each.operands)), [])
                fits = [mine for mine in free if each.data is None or self.same(each.data, tape.data[mine])]
                for mine in (fits or free)[:1]:
                    self._pair(each.id, mine)
                    free.remove(mine)

    def _key(self, operands: Iterable[int]) -> tuple[int, ...]:
        """Return the operands as an engine may keep them: in a set, and without constants."""
        return tuple(sorted({n for n in operands if self.subject.tape.roles[n] is not Role.CONSTANT}))

    def _by_data(self) -> None:
        """Pair nodes whose number stands nowhere else, leaves with leaves and results with results."""
        for is_leaf in (True, False):
            free = [
                each
                for each in self.foreign.nodes.values()
                if each.id not in self.ours and each.data is not None and (not each.operands) is is_leaf
            ]
            mine = [
                node
                for node in self.subject.order
                if node not in self.theirs and (self.subject.tape.ops[node] is None) is is_leaf
            ]
            counts = Counter(each.data for each in free)
            data = Counter(self.subject.tape.data[node] for node in mine)
            places = {self.subject.tape.data[node]: node for node in mine}
            for each in free:
                if each.data in places and counts[each.data] == data[each.data] == 1:
                    self._pair(each.id, places[each.data])


def _operands_first(foreign: Foreign) -> list[Node]:
    """Return their nodes, operands before users; a circle comes as it is."""
    order: list[Node] = []
    visited: set[Id] = set()
    stack = [(each, False) for each in reversed(foreign.nodes)]
    while stack:
        node, is_done = stack.pop()
        if is_done:
            order.append(foreign.nodes[node])
        elif node not in visited:
            visited.add(node)
            stack.append((node, True))
            stack += [(operand, False) for operand in foreign.nodes[node].operands]
    return order


_NAMES = {"+": "add", "-": "sub", "*": "mul", "/": "div", "**": "pow", "truediv": "div", "multiply": "mul"} | {
    name.casefold(): name for name in OPS
}


def _op_name(text: str | None) -> str | None:
    """Return the name in the table of what an engine calls an operation, as in `+`, `**2`, `ReLU`, `MulBackward0`.

    >>> [_op_name(text) for text in ("+", "**2", "ReLU", "MulBackward0", "fused", None)]
    ['add', 'pow', 'relu', 'mul', None, None]
    """
    if text is None:
        return None
    if text.startswith("**"):
        return "pow"
    return _NAMES.get(re.sub(r"backward\d*$", "", text.strip().casefold()))


SNIPPETS: tuple[tuple[str, str, str], ...] = (
    (
        "Classes like micrograd's",
        "Call it after backward(), and name the leaves at least: trace(d, a=a, b=b).",
        '''import json


def trace(output, **names):
    """Print the graph of a Value, with data, grad, _op and _prev, as gradwalk reads it."""
    called, found, todo = {id(value): name for name, value in names.items()}, {}, [output]
    while todo:
        value = todo.pop()
        if id(value) not in found:
            found[id(value)] = {
                "id": id(value),
                "name": called.get(id(value), getattr(value, "label", "")),
                "op": value._op,
                "data": value.data,
                "grad": value.grad,
                "operands": [id(operand) for operand in value._prev],
            }
            todo += value._prev
    print(json.dumps({"output": id(output), "nodes": list(found.values())}))


trace(d, a=a, b=b)
''',
    ),
    (
        "PyTorch, or gradients alone",
        "Gradients by name are enough to be compared, and to be told which mistake would give them.",
        """import json

print(json.dumps({name: value.grad.item() for name, value in {"a": a, "b": b}.items()}))
""",
    ),
)
"""Programs that print a trace: what for, how, and the text."""
