"""Comparison: turns two values into whether they are equal, and which is less, as in Python. Start at `equal`."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from engine.language.values import Anything, Dict, List, Range, Ref, Row, Set, Setting, Tensor, describe

if TYPE_CHECKING:
    from engine.language.machine import Machine


_DEEP = 50  # levels of tuples in a key


def key(m: Machine, value: Anything, node: ast.AST | None, depth: int = 0) -> Any:
    """Return what stands for `value` among the keys of a dictionary: equal for what Python takes to be equal."""
    number = (
        None if isinstance(value, Tensor) or (isinstance(value, Ref) and value.style == "value") else m.number(value)
    )
    if number is not None:
        return number
    match value:
        case str() | None:
            return value
        case tuple():
            if depth > _DEEP:
                raise m.fail("value", "a tuple nested so deeply cannot be a key", node, "Use a number or a text.")
            m.meter.charge(len(value))
            return ("tuple", *(key(m, part, node, depth + 1) for part in value))
        case Ref(node=index):
            return "node", index
        case List() | Dict() | Set():
            raise m.fail("type", f"{describe(value)} cannot be a key", node, "Use a number, a text or a tuple.")
    return "object", id(value)


def equal(m: Machine, left: Anything, right: Anything) -> bool:
    """Return whether two things are equal, part by part."""
    pairs = [(left, right)]
    while pairs:
        x, y = pairs.pop()
        m.meter.charge()
        if _is_value(x) or _is_value(y):  # micrograd's Values are equal to themselves alone
            if not (_is_value(x) and _is_value(y) and x.node == y.node):
                return False
            continue
        a, b = m.number(x), m.number(y)
        if x is y and (a is None or a == a):
            continue
        if a is not None or b is not None:
            if a != b:
                return False
        elif isinstance(x, Setting) and isinstance(y, Setting):
            if x.name != y.name:
                return False
        elif isinstance(x, str) or isinstance(y, str) or x is None or y is None:
            if x != y:
                return False
        elif isinstance(x, Dict) and isinstance(y, Dict):
            if x.items.keys() != y.items.keys():
                return False
            pairs += [(x.items[k][1], y.items[k][1]) for k in x.items]
        elif isinstance(x, Set) and isinstance(y, Set):
            if x.items.keys() != y.items.keys():
                return False
        else:
            alike = _sort_of(x) is _sort_of(y) is not None
            parts, others = (m.items(x), m.items(y)) if alike else (None, None)
            if parts is None or others is None or len(parts) != len(others):
                return False
            pairs += zip(parts, others, strict=True)
    return True


def _is_value(x: Anything) -> bool:
    return isinstance(x, Ref) and x.style == "value"


def _sort_of(value: Anything) -> type | None:
    return {List: List, tuple: tuple, Row: tuple, Range: Range}.get(type(value))


def less(m: Machine, x: Anything, y: Anything, node: ast.AST) -> bool:
    """Return whether `x < y`; lists compare by the first parts that differ."""
    while True:
        m.meter.charge()
        a, b = m.number(x), m.number(y)
        if a is not None and b is not None:
            return a < b
        if isinstance(x, str) and isinstance(y, str):
            return x < y
        if not _sort_of(x) is _sort_of(y) is not None:
            message = f"{describe(x)} and {describe(y)} cannot be compared"
            raise m.fail("type", message, node, "Compare numbers with numbers.")
        parts, others = m.elements(x, node), m.elements(y, node)
        different = ((p, q) for p, q in zip(parts, others, strict=False) if not equal(m, p, q))
        x, y = next(different, (None, None))
        if x is None and y is None:
            return len(parts) < len(others)


def ordered(m: Machine, order: Callable[[Any, Any], bool], left: Anything, right: Anything, node: ast.AST) -> bool:
    """Return how two lists compare: by the first parts that differ."""
    return order(0, 0 if equal(m, left, right) else 1 if less(m, left, right, node) else -1)


def contains(m: Machine, container: Anything, value: Anything, node: ast.AST) -> bool:
    """Return whether `value in container`."""
    if isinstance(container, str):
        if not isinstance(value, str):
            raise m.fail("type", f"a text holds texts, not {describe(value)}", node, "Write 'a' in text.")
        return value in container
    if isinstance(container, Dict | Set):
        return key(m, value, node) in container.items
    return any(equal(m, value, part) for part in m.elements(container, node, "in"))
