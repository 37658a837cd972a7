"""What `print` and f-strings show: turns values into text exactly as Python, micrograd and PyTorch do."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from engine.language.dialects.pytorch import tensor_text
from engine.language.values import Anything, Function, Method, Missing, Module, Number, Ref, Tensor, describe

if TYPE_CHECKING:
    from engine.language.machine import Machine

_SPEC = re.compile(r"(?:[^{}]?[<>=^])?[-+ ]?z?#?0?(\d{0,4})[,_]?(?:\.(\d{1,4}))?[bcdeEfFgGnosxX%]?")
WIDEST = 200
"""Characters and digits that a format may ask for; without a bound one format can fill the memory."""


def text_of(m: Machine, value: Anything) -> str:
    """Return what `print(value)` writes."""
    return value if isinstance(value, str) else repr_of(m, value)


def repr_of(m: Machine, value: Anything) -> str:
    """Return what `value` looks like inside a tuple, or alone on the last line of a notebook."""
    match value:
        case tuple():
            return _tuple_text(m, value)
        case Ref(style="value"):
            return f"Value(data={m.number(value)!r}, grad={m.gradient_number(value)!r})"
        case Number() | Ref():
            return repr(m.number(value))
        case Tensor():
            return tensor_text(m, value)
        case Function() | Method() | Module() | Missing():
            return f"<{describe(value).removeprefix('the ')}>"
    return repr(value)  # a text, a truth value or None


def _tuple_text(m: Machine, values: tuple[Anything, ...]) -> str:
    """Write a tuple and those inside it, with a stack of our own: nesting is bounded by work, not by the host."""
    parts: list[str] = []
    stack: list[Anything] = [values]
    while stack:
        value = stack.pop()
        m.meter.charge()
        if isinstance(value, _Glue):
            parts.append(value.text)
        elif isinstance(value, tuple):
            stack.append(_Glue(",)" if len(value) == 1 else ")"))
            for k, element in enumerate(reversed(value)):
                stack += [_Glue(", "), element] if k else [element]
            parts.append("(")
        else:
            parts.append(repr_of(m, value))
    return "".join(parts)


class _Glue:
    """A piece of punctuation that waits on the stack."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


def formatted(m: Machine, value: Anything, conversion: int, spec: str, node: ast.AST) -> str:
    """Return a value as it stands in an f-string: `{x}`, `{x!r}`, `{x:.3f}`. Width and precision are bounded."""
    found = _SPEC.fullmatch(spec)
    if found is None or any(int(digits) > WIDEST for digits in found.groups() if digits):
        raise m.fail("value", "this format is not offered", node, 'Write f"{x:.3f}" or f"{x:8.2f}".')
    if conversion in (ord("r"), ord("a")):
        value = repr_of(m, value)
        if conversion == ord("a"):
            value = value.encode("ascii", "backslashreplace").decode()
    elif conversion == ord("s"):
        value = text_of(m, value)
    return _format(m, value, spec, node)


def _format(m: Machine, value: Anything, spec: str, node: ast.AST) -> str:
    if isinstance(value, Number | Tensor) or (isinstance(value, Ref) and value.style == "number"):
        if isinstance(value, Tensor) and (value.shape or not spec):
            value = text_of(m, value) if value.shape else m.number(value)
        else:
            value = m.number(value)
    elif not isinstance(value, str | bool):
        if spec:
            hint = 'Write f"{x.data:.3f}".' if isinstance(value, Ref) else 'Write f"{x}".'
            raise m.fail("type", f"{describe(value)} has no such format", node, hint)
        value = text_of(m, value)
    try:
        return format(value, spec)
    except ValueError:
        raise m.fail("value", f"this format does not fit {_kind(value)}", node, 'Write f"{x:.3f}".') from None


def _kind(value: object) -> str:
    return "a text" if isinstance(value, str) else "a whole number" if isinstance(value, int) else "this number"
