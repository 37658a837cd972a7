"""How tensors and arrays are printed: turns numbers into PyTorch's text, or NumPy's. Start at `tensor_text`."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from engine.language.shapes import size
from engine.language.tensors import dtype_of
from engine.language.values import Number, Tensor

if TYPE_CHECKING:
    from engine.language.machine import Machine

_WIDTH = 80
_NUMPY_WIDTH = 75
_SUMMARY = 1000  # numbers; of more, only those at the edges are shown
_EDGE = 3
Plain = int | float

# -- PyTorch ----------------------------------------------------------------------------------------------------------


def tensor_text(m: Machine, tensor: Tensor) -> str:
    """Return what `print(tensor)` writes."""
    if tensor.flavour == "numpy":
        return array_text(m, tensor)
    body = _body(m, tensor)
    remark = _remark(m, tensor)
    text = f"tensor({body}"
    if not len(tensor) and len(tensor.shape) != 1:
        text += f", size={tensor.shape}"
    if remark:
        last = len(text) - text.rfind("\n") + 1
        text += (", " if last + len(remark) + 2 <= _WIDTH else ",\n" + " " * 7) + remark
    return f"{'Parameter containing:' + chr(10) if tensor.parameter else ''}{text})"


def _body(m: Machine, tensor: Tensor) -> str:
    m.meter.charge(len(tensor))
    numbers, kind = m.plain(tensor), dtype_of(m, tensor)
    summary = len(numbers) > _SUMMARY
    shown = _edges(numbers, tensor.shape) if summary else numbers
    write = _writer(shown, kind)
    return _nested(numbers, tensor.shape, 7, write, max((len(write(x)) for x in shown), default=1), summary)


def _edges(numbers: Sequence[Plain], shape: tuple[int, ...]) -> list[Plain]:
    places = [0]
    step = size(shape)
    for length in shape:
        step //= length
        kept = range(length) if length <= 2 * _EDGE else (*range(_EDGE), *range(length - _EDGE, length))
        places = [place + k * step for place in places for k in kept]
    return [numbers[place] for place in places]


def _writer(numbers: Sequence[Plain], kind: str) -> Callable[[Plain], str]:
    """Return how each number is written, so that all take the same width."""
    if kind != "float":
        width = max((len(str(x)) for x in numbers), default=1)
        return lambda x: f"{x!s:>{width}}"
    found = [float(x) for x in numbers if math.isfinite(x) and x != 0]
    if not found:
        return lambda x: f"{x:.0f}" + ("." if math.isfinite(x) else "")
    sizes = [abs(x) for x in found]
    scientific = max(sizes) / min(sizes) > 1000.0 or max(sizes) > 1e8 or min(sizes) < 1e-4
    whole = all(x == math.ceil(x) for x in found)

    def write(x: Plain) -> str:
        if scientific:
            return f"{x:.4e}"
        if whole:
            return f"{x:.0f}" + ("." if math.isfinite(x) else "")
        return f"{x:.4f}"

    width = max(len(write(x)) for x in found)
    return lambda x: f"{write(x):>{width}}"


def _nested(
    numbers: Sequence[Plain],
    shape: tuple[int, ...],
    indent: int,
    write: Callable[[Plain], str],
    width: int,
    short: bool,
) -> str:
    if not shape:
        return write(numbers[0])
    if len(shape) == 1:
        words = [write(x) for x in _trimmed(numbers, short)]
        if short and len(numbers) > 2 * _EDGE:
            words.insert(_EDGE, " ...")
        count = max(1, (_WIDTH - indent) // (width + 2))
        lines = [", ".join(words[k : k + count]) for k in range(0, len(words), count)]
        return "[" + (",\n" + " " * (indent + 1)).join(lines) + "]"
    step = size(shape[1:])
    rows = [
        _nested(numbers[k * step : (k + 1) * step], shape[1:], indent + 1, write, width, short)
        for k in _trimmed(range(shape[0]), short)
    ]
    if short and shape[0] > 2 * _EDGE:
        rows.insert(_EDGE, "...")
    return "[" + ("," + "\n" * (len(shape) - 1) + " " * (indent + 1)).join(rows) + "]"


def _trimmed(items: Sequence[Any], short: bool) -> list[Any]:
    if not short or len(items) <= 2 * _EDGE:
        return list(items)
    return [*items[:_EDGE], *items[-_EDGE:]]


_BACKWARD_NAMES = {
    "max": "Maximum",
    "min": "Minimum",
    "square": "Pow",
    "clip": "Clamp",
    "log1p": "Log1P",
    "leaky_relu": "LeakyRelu",
}
_NUMBERED = {"clip": 1}


def _remark(m: Machine, tensor: Tensor) -> str:
    """Return what stands behind the numbers: how the tensor was computed, or that it is a leaf."""
    if not m.requires_grad(tensor):
        return ""
    if m.is_leaf(tensor):
        return "requires_grad=True"
    return f"grad_fn=<{origin_of(m, tensor)}>"


def origin_of(m: Machine, tensor: Tensor) -> str:
    """Return what PyTorch calls the operation that made a tensor."""
    if tensor.origin:
        return tensor.origin
    cell = next(x for x in tensor.cells if not isinstance(x, Number) and m.tape.ops[x.node] is not None)
    op, operands = m.tape.ops[cell.node], m.tape.operands[cell.node]
    assert op is not None
    name, number = _BACKWARD_NAMES.get(op.name, op.name.capitalize()), _NUMBERED.get(op.name, 0)
    if op.name == "sub" and m.is_constant(operands[0]):
        name, number = "Rsub", 1
    elif op.name == "div" and m.is_constant(operands[0]):
        name = "Mul"  # PyTorch takes the reciprocal, then multiplies
    elif op.name == "pow" and not m.is_constant(operands[1]):
        number = 2 if m.is_constant(operands[0]) else 1
    return f"{name}Backward{number}"


# -- NumPy ------------------------------------------------------------------------------------------------------------


def array_text(m: Machine, tensor: Tensor, separator: str = " ", indent: int = 0) -> str:
    """Return what `print(array)` writes; with other `separator` and `indent`, what stands inside `array(...)`."""
    m.meter.charge(len(tensor))
    numbers, kind = m.plain(tensor), dtype_of(m, tensor)
    shown = _edges(numbers, tensor.shape) if len(numbers) > _SUMMARY else numbers
    write = _array_writer(shown, kind)
    return _rows(numbers, tensor.shape, write, separator, indent, len(numbers) > _SUMMARY)


def array_repr(m: Machine, tensor: Tensor) -> str:
    """Return an array as it looks inside a list."""
    return f"array({array_text(m, tensor, ', ', 6)})"


def _array_writer(numbers: Sequence[Plain], kind: str) -> Callable[[Plain], str]:
    if kind != "float":
        width = max((len(str(x)) for x in numbers), default=1)
        return lambda x: f"{x!s:>{width}}"
    sizes = [abs(x) for x in numbers if math.isfinite(x) and x != 0]
    scientific = bool(sizes) and (max(sizes) >= 1e8 or min(sizes) < 1e-4 or max(sizes) / min(sizes) > 1000.0)
    plain = [_scientific(x) if scientific else _fixed(x) for x in numbers if math.isfinite(x)]
    if scientific:
        digits = max(len(text.partition("e")[0].partition(".")[2]) for text in plain)
        texts = {x: f"{x:.{digits}e}" if digits else f"{x:.0e}".replace("e", ".e") for x in numbers}
        width = max(map(len, texts.values()))
        return lambda x: f"{texts.get(x, str(x)):>{width}}"
    left = max((len(text.partition(".")[0]) for text in plain), default=0)
    right = max((len(text.partition(".")[2]) for text in plain), default=0)
    width = max([left + right + 1, *(len(str(x)) for x in numbers if not math.isfinite(x))])

    def write(x: Plain) -> str:
        if not math.isfinite(x):
            return f"{x!s:>{width}}"
        whole, _, rest = _fixed(x).partition(".")
        return f"{whole:>{width - right - 1}}.{rest:<{right}}"

    return write


def _fixed(x: Plain) -> str:
    """Return the shortest decimal that reads back as `x`, cut at 8 digits behind the point."""
    text = repr(float(x))
    if "e" in text or len(text.partition(".")[2]) > 8:
        text = f"{x:.8f}"
    whole, _, rest = text.partition(".")
    return f"{whole}.{rest.rstrip('0')}"


def _scientific(x: Plain) -> str:
    digits = next((k for k in range(9) if float(f"{x:.{k}e}") == x), 8)
    return f"{x:.{digits}e}"


def _rows(
    numbers: Sequence[Plain],
    shape: tuple[int, ...],
    write: Callable[[Plain], str],
    separator: str,
    indent: int,
    short: bool,
) -> str:
    if not shape:
        return write(numbers[0]).strip()
    if len(shape) == 1:
        words = [write(x) for x in _trimmed(numbers, short)]
        if short and len(numbers) > 2 * _EDGE:
            words.insert(_EDGE, "...")
        lines, line = [], ""
        for word in words:
            added = line + separator + word if line else word
            if line and indent + 1 + len(added) + 1 > _NUMPY_WIDTH:
                lines.append(line + separator.rstrip())
                added = word
            line = added
        lines.append(line)
        return "[" + ("\n" + " " * (indent + 1)).join(lines) + "]"
    step = size(shape[1:])
    rows = [
        _rows(numbers[k * step : (k + 1) * step], shape[1:], write, separator, indent + 1, short)
        for k in _trimmed(range(shape[0]), short)
    ]
    if short and shape[0] > 2 * _EDGE:
        rows.insert(_EDGE, "...")
    return "[" + (separator.rstrip() + "\n" * (len(shape) - 1) + " " * (indent + 1)).join(rows) + "]"
