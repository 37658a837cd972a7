"""What micrograd's names stand for: `Value`, its label, and what its gradients look like in print."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from engine.language.errors import cut
from engine.language.values import Function, Ref, describe
from engine.ops import Op

if TYPE_CHECKING:
    from engine.language.machine import Machine

LABEL_LIMIT = 200


def _value(m: Machine, arguments: tuple[Any, ...], node: ast.AST) -> Ref:
    data, children, operation, label = arguments
    if m.number(data) is None:
        hint = "Write a Value for each number." if isinstance(data, tuple) else "Write Value(2.0)."
        raise m.fail("type", f"Value needs a number, not {describe(data)}", node, hint)
    if children != ():
        raise m.fail("value", "Value cannot be given children", node, "Write the operation: c = a * b.")
    for text in (operation, label):
        if not isinstance(text, str):
            raise m.fail("type", f"a label is a text, not {describe(text)}", node, "Write Value(2.0, label='a').")
    return m.leaf(data, node, label=cut(label or operation, LABEL_LIMIT) or None, style="value")


VALUE = Function(
    "Value",
    ("data", "_children", "_op", "label"),
    _value,
    ((), "", ""),
    example="Value(2.0, label='a')",
)
FUNCTIONS: Mapping[str, Function] = {"Value": VALUE}
MODULES: Mapping[str, Mapping[str, Any]] = {"micrograd": {}, "micrograd.engine": {"Value": VALUE}, "micrograd.nn": {}}
ALIASES: Mapping[str, str] = {"micrograd": "micrograd"}


def _label(m: Machine, owner: Any, node: ast.AST) -> str:
    return (m.tape.labels[owner.node] or "") if isinstance(owner, Ref) else ""


PROPERTIES: Mapping[str, Any] = {"label": _label}

# micrograd's gradients begin as the int 0, and the pass as the int 1; they turn into floats only where a float is
# multiplied in. What `print(a.grad)` shows depends on it. Each row: is the local derivative an int, given which of the
# operands are?
_WHOLE_SLOPES: Mapping[str, Callable[[tuple[bool, ...], int], bool]] = {
    "add": lambda whole, slot: True,
    "sub": lambda whole, slot: True,
    "neg": lambda whole, slot: True,
    "relu": lambda whole, slot: True,
    "mul": lambda whole, slot: whole[1 - slot],
    "pow": lambda whole, slot: all(whole),
}


def slope_is_whole(op: Op, whole: tuple[bool, ...], slot: int) -> bool:
    """Return whether micrograd's local derivative of `op` is an int, if the operands marked in `whole` are ints."""
    rule = _WHOLE_SLOPES.get(op.name)
    return rule is not None and rule(whole, slot)
