"""What `print` and f-strings show: turns values into text exactly as Python, micrograd and PyTorch do."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from engine.language.tensor_text import array_repr, tensor_text
from engine.language.values import (
    Anything,
    Class,
    Dict,
    Instance,
    List,
    Number,
    Range,
    Ref,
    Row,
    Set,
    Setting,
    Tensor,
    describe,
)

if TYPE_CHECKING:
    from engine.language.machine import Machine

_SPEC = re.compile(r"(?:[^{}]?[<>=^])?[-+ ]?z?#?0?(\d{0,4})[,_]?(?:\.(\d{1,4}))?[bcdeEfFgGnosxX%]?")
WIDEST = 200
"""Characters and digits that a format may ask for; without a bound one format can fill the memory."""


def text_of(m: Machine, value: Anything) -> str:
    """Return what `print(value)` writes."""
    if isinstance(value, Tensor):
        return tensor_text(m, value)
    return value if isinstance(value, str) else repr_of(m, value)


def repr_of(m: Machine, value: Anything) -> str:
    """Return what `value` looks like inside a tuple, or alone on the last line of a notebook."""
    match value:
        case tuple() | List() | Dict() | Set():
            return _container_text(m, value)
        case Row(name=name, parts=parts, names=names):
            return _row_text(m, name, parts, names)
        case Range(numbers=numbers):
            return repr(numbers)
        case Ref(style="value"):
            return f"Value(data={m.number(value)!r}, grad={m.gradient_number(value)!r})"
        case Number() | Ref():
            return repr(m.number(value))
        case Tensor():
            return array_repr(m, value) if value.flavour == "numpy" else tensor_text(m, value)
        case Instance(kind=Class(text=text)) if text is not None:
            return text(m, value)
        case Setting(name=name):
            return name
        case None | bool() | str():
            return repr(value)
    return f"<{describe(value).removeprefix('the ')}>"


def _row_text(m: Machine, name: str, parts: tuple[Anything, ...], names: tuple[str, ...]) -> str:
    if not names:
        inside = _container_text(m, List(list(parts)) if name else parts)
        return f"{name}({inside})" if name else inside
    return f"{name}(\n" + ",\n".join(f"{n}={repr_of(m, part)}" for n, part in zip(names, parts, strict=True)) + ")"


def _container_text(m: Machine, values: Anything) -> str:
    """Write a container and those inside it, with a stack of our own: nesting is bounded by work, not by the host."""
    parts: list[str] = []
    stack: list[Anything] = [values]
    length = 0
    while stack:
        value = stack.pop()
        m.meter.charge()
        if isinstance(value, _Glue):
            parts.append(value.text)
        elif isinstance(value, Dict):
            entries = [_Glue("}")]
            for k, (written, entry) in enumerate(reversed(value.items.values())):
                entries += [_Glue(", "), entry] if k else [entry]
                entries += [_Glue(": "), written]
            stack += entries
            parts.append("{")
        elif isinstance(value, Set) and not value.items:
            parts.append("set()")
        elif isinstance(value, tuple | List | Set):
            items = list(value.items.values()) if isinstance(value, Set) else m.items(value) or ()
            opening, closing = ("(", ",)" if len(items) == 1 else ")") if isinstance(value, tuple) else "[]"
            if isinstance(value, Set):
                opening, closing = "{}"
            stack.append(_Glue(closing))
            for k, element in enumerate(reversed(items)):
                stack += [_Glue(", "), element] if k else [element]
            parts.append(opening)
        else:
            parts.append(repr_of(m, value))
        length += len(parts[-1])
        m.meter.limit("printed", length)
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
            if spec and len(value) > 1:
                hint = 'Write f"{x.tolist()}", or take one number: f"{x[0]:.3f}".'
                raise m.fail("type", "a tensor of several numbers has no such format", node, hint)
            value = text_of(m, value) if value.shape and not spec else m.number(value)
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
