"""Tensors: turns what PyTorch and NumPy do with many numbers at once into operations on single ones.

Every function takes the machine, values of the program and the place in its text. The shapes are worked out in
`engine.language.shapes`; the dialects give these functions their names. Start at `reduced`, or at `matmul`.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from engine.language.indexing import is_truth
from engine.language.shapes import (
    dimension,
    groups,
    joined_shape,
    kept_shape,
    permuted,
    product_shape,
    products,
    reshaped,
    size,
    stretched,
    transposed,
)
from engine.language.values import (
    Anything,
    Flavour,
    List,
    Number,
    Range,
    Ref,
    Row,
    Scalar,
    Setting,
    Stream,
    Tensor,
    as_double,
    describe,
)
from engine.ops import OPS, Op

if TYPE_CHECKING:
    from engine.language.machine import Machine

Place = ast.AST | None
Shape = tuple[int, ...]
_ADD, _SUB, _MUL, _DIV = OPS["add"], OPS["sub"], OPS["mul"], OPS["div"]
_EXP, _LOG, _MAX, _MIN, _SQRT, _SQUARE = OPS["exp"], OPS["log"], OPS["max"], OPS["min"], OPS["sqrt"], OPS["square"]
_DEEP = 8

# -- what tensors are made of -----------------------------------------------------------------------------------------


def dtype_of(m: Machine, tensor: Tensor) -> str:
    """Return what a tensor holds: "bool", "int" or "float"."""
    if is_truth(tensor):
        return "bool"
    return "int" if len(tensor) and all(issubclass(m.kind(cell), int) for cell in tensor.cells) else "float"


def array_of(m: Machine, value: Anything, node: ast.AST, flavour: Flavour, *, cut_off: bool = False) -> Tensor:
    """Return nested lists of numbers as a tensor. With `cut_off`, numbers of a graph are read off it."""
    cells, shape = _flat(m, value, node, 0)
    if cut_off:
        cells = [m.reading(m.needed_number(x, node, "a tensor"), x, node) if isinstance(x, Ref) else x for x in cells]
    kinds = {m.kind(x) for x in cells}
    if float in kinds and len(kinds) > 1:
        cells = [m.floated(x) for x in cells]
    elif int in kinds and bool in kinds:
        cells = [replace(x, data=int(x.data)) if isinstance(x, Number) else x for x in cells]
    return Tensor(cells, shape, flavour=flavour)


def _flat(m: Machine, value: Anything, node: ast.AST, depth: int) -> tuple[list[Scalar], Shape]:
    m.meter.charge()
    match value:
        case Number() | Ref():
            return [value], ()
        case bool():
            return [Number(value, m.program.span(node))], ()
        case Tensor():
            m.meter.charge(len(value))
            return list(m.cells(value)), value.shape
        case tuple() | List() | Range() | Row() | Stream() if depth < _DEEP:
            parts = [_flat(m, part, node, depth + 1) for part in m.elements(value, node)]
            shapes = {shape for _, shape in parts}
            if len(shapes) > 1:
                raise m.fail(
                    "value", "the rows of a tensor must be of one length", node, "Count the numbers of each row."
                )
            shape = (len(parts), *(shapes.pop() if shapes else ()))
            m.meter.limit("list", size(shape))
            return [cell for cells, _ in parts for cell in cells], shape
    raise m.fail("type", f"a tensor holds numbers, not {describe(value)}", node, "Write torch.tensor([[1.0, 2.0]]).")


def as_tensor(m: Machine, value: Anything, node: ast.AST, what: str) -> Tensor:
    """Return `value` as a tensor; numbers get no dimensions, lists become arrays of NumPy."""
    if isinstance(value, Tensor):
        return value
    if isinstance(value, List | tuple | Range):
        return array_of(m, value, node, "numpy")
    return Tensor([m.operand(value, node, what)], flavour="numpy")


def filled(m: Machine, shape: Shape, value: float, node: ast.AST, flavour: Flavour = "torch") -> Tensor:
    """Return a tensor full of one number."""
    count = size(shape)
    m.meter.limit("list", count)
    m.meter.charge(count)
    span = m.program.span(node)
    return Tensor([Number(value, span) for _ in range(count)], shape, flavour=flavour)


def plain_tensor(
    m: Machine, values: Sequence[float], shape: Shape, node: ast.AST, flavour: Flavour = "torch"
) -> Tensor:
    """Return a tensor of plain numbers."""
    m.meter.charge(len(values))
    span = m.program.span(node)
    return Tensor(
        [Number(as_double(x) if not isinstance(x, bool) else x, span) for x in values], shape, flavour=flavour
    )


def shape_of(m: Machine, values: Anything, node: ast.AST) -> Shape:
    """Return the shape that arguments spell: `(2, 3)`, `[2, 3]` or `2, 3`."""
    parts = m.items(values)
    if parts is not None and len(parts) == 1 and (inner := m.items(parts[0])) is not None:
        parts = inner
    if parts is None:
        parts = (values,)
    shape = tuple(m.whole(part, node, "a shape") for part in parts)
    if any(length < -1 for length in shape):
        raise m.fail("value", "a length cannot be negative", node, "Write a shape such as (2, 3).")
    m.meter.limit("list", size(tuple(max(length, 1) for length in shape)))
    return shape


def new_shape(m: Machine, values: Anything, node: ast.AST) -> Shape:
    """Return the shape that arguments spell, for something that is made: no length may be left to be worked out."""
    shape = shape_of(m, values, node)
    if any(length < 0 for length in shape):
        raise m.fail("value", "a length cannot be negative", node, "Write a shape such as (2, 3).")
    return shape


def cast(m: Machine, tensor: Tensor, kind: str, node: ast.AST) -> Tensor:
    """Return a tensor with its numbers as "float", "int" or "bool"."""
    m.meter.charge(len(tensor))
    if dtype_of(m, tensor) == kind:
        return tensor
    span = m.program.span(node)
    cells: list[Scalar] = []
    for cell, x in zip(m.cells(tensor), m.plain(tensor), strict=True):
        if kind == "float":
            cells.append(m.floated(replace(cell, data=float(cell.data)) if isinstance(cell, Number) else cell))
        elif kind == "bool":
            cells.append(Number(x != 0, span))
        else:
            whole = int(x) if math.isfinite(x) and abs(x) < 2**53 else 0
            cells.append(replace(cell, data=whole) if isinstance(cell, Number) and cell.typed else Number(whole, span))
    return Tensor(cells, tensor.shape, flavour=tensor.flavour, origin="ToCopyBackward0")


# -- elementwise ------------------------------------------------------------------------------------------------------


def mapped(m: Machine, tensors: Sequence[Anything], work: Callable[..., Any], node: ast.AST) -> Tensor:
    """Return `work` on the plain numbers of tensors, place by place: cut off from the graph."""
    operands = [x if isinstance(x, Tensor) else Tensor([m.operand(x, node, "this")]) for x in tensors]
    shape = m.fit(joined_shape, *(x.shape for x in operands))
    count = size(shape)
    m.meter.limit("list", count)
    m.meter.charge(count)
    columns = []
    for x in operands:
        numbers = m.plain(x)
        columns.append(numbers if x.shape == shape else [numbers[k] for k in stretched(x.shape, shape)])
    span = m.program.span(node)
    own: list[Flavour] = [x.flavour for x in tensors if isinstance(x, Tensor)]
    cells: list[Scalar] = [Number(work(*row), span) for row in zip(*columns, strict=True)]
    return Tensor(cells, shape, flavour="numpy" if own and set(own) == {"numpy"} else "torch")


def compared(m: Machine, order: Callable[[Any, Any], bool], left: Anything, right: Anything, node: ast.AST) -> Tensor:
    """Return where a comparison holds: a tensor of truth values."""
    return mapped(m, (left, right), order, node)


def bits(m: Machine, name: str, left: Anything, right: Anything, node: ast.AST) -> Anything:
    """Return `a & b` or `a | b` of truth values."""
    work: Callable[[Any, Any], bool] = {
        "and": lambda x, y: bool(x) and bool(y),
        "or": lambda x, y: bool(x) or bool(y),
    }[name]
    if isinstance(left, bool) and isinstance(right, bool):
        return work(left, right)
    for side in (left, right):
        if not (isinstance(side, bool) or (isinstance(side, Tensor) and is_truth(side))):
            hint = f"Write {name}." if name == "and" else "Write or; write abs(x) for bars."
            symbol = "&" if name == "and" else "|"
            raise m.fail("refused", f"{symbol} works on bits, not on numbers", node, hint)
    return mapped(m, (left, right), work, node)


def inverted(m: Machine, value: Anything, node: ast.AST) -> Tensor:
    """Return `~mask`."""
    if not isinstance(value, Tensor) or not is_truth(value):
        raise m.fail("refused", "~ works on bits, not on numbers", node, "Write -x, or not x.")
    return mapped(m, (value,), lambda x: not x, node)


def division(m: Machine, divide: Callable[[Any, Any], Any], left: Anything, right: Anything, node: ast.AST) -> Tensor:
    """Return `//` or `%` place by place: cut off from the graph, for they jump."""
    for side in (left, right):
        if isinstance(side, Tensor) and m.requires_grad(side) and side.flavour == "torch":
            hint = "Write / for a division, or x.detach() for the plain numbers."
            raise m.fail("refused", "// and % jump, so they have no useful derivative", node, hint)
    return mapped(m, (left, right), lambda x, y: divide(x, y) if y else math.nan, node)


def chosen(m: Machine, condition: Anything, left: Anything, right: Anything, node: ast.AST) -> Tensor:
    """Return `torch.where(condition, left, right)`: at each place the one or the other, with its gradient."""
    operands = [x if isinstance(x, Tensor) else Tensor([m.operand(x, node, "where")]) for x in (condition, left, right)]
    shape = m.fit(joined_shape, *(x.shape for x in operands))
    m.meter.charge(size(shape))
    mask, yes, no = ([m.cells(x)[k] for k in stretched(x.shape, shape)] for x in operands)
    cells = [y if m.truth(c) else n for c, y, n in zip(mask, yes, no, strict=True)]
    if "float" in {dtype_of(m, x) for x in operands[1:]}:
        span = m.program.span(node)
        cells = [
            Number(float(x.data), span) if isinstance(x, Number) and type(x.data) is not float else x for x in cells
        ]
    return Tensor(cells, shape, flavour=operands[0].flavour, origin="WhereBackward0")


# -- reductions -------------------------------------------------------------------------------------------------------


def dims_of(m: Machine, tensor: Tensor, dim: Anything, node: ast.AST) -> Shape:
    """Return the dimensions that an argument names; all of them for None."""
    count = len(tensor.shape)
    if dim is None or not count:
        return tuple(range(count))
    wanted = m.items(dim)
    return tuple(m.fit(dimension, m.whole(k, node, "dim"), count) for k in ((dim,) if wanted is None else wanted))


def reduced(
    m: Machine,
    tensor: Tensor,
    dim: Anything,
    keep: bool,
    combine: Callable[[list[Scalar]], Scalar],
    node: ast.AST,
    origin: str,
) -> Anything:
    """Return a tensor with the numbers along `dim` combined into one."""
    dims = dims_of(m, tensor, dim, node) if tensor.shape else ()
    cells = m.cells(tensor)
    places, shape = groups(tensor.shape, dims)
    m.meter.charge(len(cells))
    results = [combine([cells[k] for k in group]) for group in places]
    shape = kept_shape(tensor.shape, dims) if keep else shape
    return m.unwrapped(Tensor(results, shape, flavour=tensor.flavour, origin=origin))


def summed(m: Machine, tensor: Tensor, dim: Anything, keep: bool, node: ast.AST) -> Anything:
    """Return the sum over `dim`."""
    if is_truth(tensor):
        tensor = cast(m, tensor, "int", node)
    return reduced(m, tensor, dim, keep, lambda cells: m.total(cells, node), node, _named("Sum", dim))


def _named(name: str, dim: Anything) -> str:
    return f"{name}Backward{0 if dim is None else 1}"


def averaged(m: Machine, tensor: Tensor, dim: Anything, keep: bool, node: ast.AST) -> Anything:
    """Return the mean over `dim`."""
    if dtype_of(m, tensor) != "float":
        if tensor.flavour == "torch":
            message = f"the mean of {'truth values' if is_truth(tensor) else 'whole numbers'} is no whole number"
            raise m.fail("type", message, node, "Write x.float().mean().")
        tensor = cast(m, tensor, "float", node)

    def mean(cells: list[Scalar]) -> Scalar:
        return m.scalar(_DIV, (m.total(cells, node), m.literal(float(len(cells)), node)), node)

    return reduced(m, tensor, dim, keep, mean, node, _named("Mean", dim))


def multiplied(m: Machine, tensor: Tensor, dim: Anything, keep: bool, node: ast.AST) -> Anything:
    """Return the product over `dim`."""

    def times(cells: list[Scalar]) -> Scalar:
        result = cells[0] if cells else m.literal(1.0, node)
        for cell in cells[1:]:
            result = m.scalar(_MUL, (result, cell), node)
        return result

    return reduced(m, tensor, dim, keep, times, node, _named("Prod", dim))


def variance(
    m: Machine, tensor: Tensor, dim: Anything, keep: bool, correction: int, root: bool, node: ast.AST
) -> Anything:
    """Return the variance over `dim`, divided by the count less `correction`; its square root if `root`."""

    def spread(cells: list[Scalar]) -> Scalar:
        count = m.literal(float(len(cells)), node)
        mean = m.scalar(_DIV, (m.total(cells, node), count), node)
        squares = [m.scalar(_SQUARE, (m.scalar(_SUB, (cell, mean), node),), node) for cell in cells]
        result = m.scalar(_DIV, (m.total(squares, node), m.literal(float(len(cells) - correction), node)), node)
        return m.scalar(_SQRT, (result,), node) if root else result

    return reduced(m, tensor, dim, keep, spread, node, "StdBackward0" if root else "VarBackward0")


def norm(m: Machine, tensor: Tensor, dim: Anything, keep: bool, node: ast.AST) -> Anything:
    """Return the root of the sum of squares over `dim`."""

    def length(cells: list[Scalar]) -> Scalar:
        squares = [m.scalar(_SQUARE, (cell,), node) for cell in cells]
        return m.scalar(_SQRT, (m.total(squares, node),), node)

    return reduced(m, tensor, dim, keep, length, node, "LinalgVectorNormBackward0")


def extreme(m: Machine, op: Op, tensor: Tensor, dim: Anything, keep: bool, node: ast.AST, origin: str = "") -> Anything:
    """Return the largest or smallest number over `dim`; equal ones share its gradient."""
    _never_empty(m, tensor, op, node)

    def best(cells: list[Scalar]) -> Scalar:
        numbers = [m.needed_number(cell, node, op.name) for cell in cells]
        top = max(numbers) if op is _MAX else min(numbers)
        ties = [cell for cell, x in zip(cells, numbers, strict=True) if x == top]
        if len(ties) > 2:  # three and more share evenly, which a chain of two-sided ones would not
            return m.scalar(_DIV, (m.total(ties, node), m.literal(float(len(ties)), node)), node)
        result = cells[0]
        for cell in cells[1:]:
            result = m.scalar(op, (result, cell), node)
        return result

    return reduced(m, tensor, dim, keep, best, node, origin or f"{op.name.capitalize()}Backward1")


def _never_empty(m: Machine, tensor: Tensor, op: Op, node: ast.AST) -> None:
    if not len(tensor):
        raise m.fail("value", f"{op.name} of no numbers has no value", node, "Look at the shape with print(x.shape).")


def extreme_with_place(m: Machine, op: Op, tensor: Tensor, dim: Anything, keep: bool, node: ast.AST) -> Row:
    """Return `torch.max(x, dim=1)`: the first of the largest numbers, and where it stands."""
    _never_empty(m, tensor, op, node)
    places = best_places(m, op, tensor, dim, keep, node)
    where = iter(m.plain(places))

    def first(cells: list[Scalar]) -> Scalar:
        k, result = int(next(where)), cells[0]
        numbers = [m.needed_number(cell, node, op.name) for cell in cells]
        if numbers.count(numbers[k]) > 1:
            return cells[k]
        for cell in cells[1:]:
            result = m.scalar(op, (result, cell), node)
        return result

    values = reduced(m, tensor, dim, keep, first, node, f"{op.name.capitalize()}Backward0")
    return Row(f"torch.return_types.{op.name}", (values, places), ("values", "indices"))


def best_places(m: Machine, op: Op, tensor: Tensor, dim: Anything, keep: bool, node: ast.AST) -> Tensor:
    """Return where along `dim` the largest or smallest number stands, the first of equal ones."""
    _never_empty(m, tensor, op, node)
    best = max if op is _MAX else min
    span = m.program.span(node)

    def place(cells: list[Scalar]) -> Scalar:
        numbers = [m.needed_number(cell, node, op.name) for cell in cells]
        return Number(numbers.index(best(numbers)), span)

    return reduced_tensor(m, tensor, dim, keep, place, node)


def reduced_tensor(
    m: Machine, tensor: Tensor, dim: Anything, keep: bool, combine: Callable[[list[Scalar]], Scalar], node: ast.AST
) -> Tensor:
    """Like `reduced`, and always a tensor."""
    result = reduced(m, tensor, dim, keep, combine, node, "")
    return result if isinstance(result, Tensor) else Tensor([result], flavour=tensor.flavour)


def running(m: Machine, tensor: Tensor, dim: int, node: ast.AST) -> Tensor:
    """Return the sums of all numbers up to each place along `dim`."""
    cells, results = m.cells(tensor), list(tensor.cells)
    if not tensor.shape:
        return replace(tensor, origin="CumsumBackward0")
    for group in groups(tensor.shape, (m.fit(dimension, dim, len(tensor.shape)),))[0]:
        total: Scalar | None = None
        for k in group:
            total = cells[k] if total is None else m.scalar(_ADD, (total, cells[k]), node)
            results[k] = total
    m.meter.charge(len(cells))
    return Tensor(results, tensor.shape, flavour=tensor.flavour, origin="CumsumBackward0")


# -- softmax and what is built on it ----------------------------------------------------------------------------------


def along(
    m: Machine, tensor: Tensor, dim: Anything, work: Callable[[list[Scalar]], list[Scalar]], node: ast.AST, origin: str
) -> Tensor:
    """Return a tensor of the same shape, with `work` done on the numbers along `dim`."""
    count = len(tensor.shape)
    k = m.fit(dimension, 0 if dim is None and count != 2 else 1 if dim is None else m.whole(dim, node, "dim"), count)
    cells, results = m.cells(tensor), list(tensor.cells)
    for group in groups(tensor.shape, (k,) if count else ())[0]:
        for place, cell in zip(group, work([cells[j] for j in group]), strict=True):
            results[place] = cell
    m.meter.charge(len(cells))
    return Tensor(results, tensor.shape, flavour=tensor.flavour, origin=origin)


def _exponentials(m: Machine, cells: list[Scalar], node: ast.AST) -> tuple[list[Scalar], list[Scalar]]:
    """Return the cells less their largest number (a plain one: it changes no result), and e to the power of these."""
    top = max((m.needed_number(cell, node, "softmax") for cell in cells), default=0.0)
    shift = m.literal(top if math.isfinite(top) else 0.0, node)
    less = [m.scalar(_SUB, (cell, shift), node) for cell in cells]
    return less, [m.scalar(_EXP, (x,), node) for x in less]


def softmax(m: Machine, tensor: Tensor, dim: Anything, node: ast.AST) -> Tensor:
    """Return e**x / sum(e**x) along `dim`."""

    def work(cells: list[Scalar]) -> list[Scalar]:
        _, powers = _exponentials(m, cells, node)
        total = m.total(powers, node)
        return [m.scalar(_DIV, (power, total), node) for power in powers]

    return along(m, tensor, dim, work, node, "SoftmaxBackward0")


def log_softmax(m: Machine, tensor: Tensor, dim: Anything, node: ast.AST) -> Tensor:
    """Return x - log(sum(e**x)) along `dim`."""

    def work(cells: list[Scalar]) -> list[Scalar]:
        less, powers = _exponentials(m, cells, node)
        total = m.scalar(_LOG, (m.total(powers, node),), node)
        return [m.scalar(_SUB, (x, total), node) for x in less]

    return along(m, tensor, dim, work, node, "LogSoftmaxBackward0")


def log_sum_exp(m: Machine, tensor: Tensor, dim: Anything, keep: bool, node: ast.AST) -> Anything:
    """Return log(sum(e**x)) over `dim`."""

    def work(cells: list[Scalar]) -> Scalar:
        top = max((m.needed_number(cell, node, "logsumexp") for cell in cells), default=0.0)
        _, powers = _exponentials(m, cells, node)
        total = m.scalar(_LOG, (m.total(powers, node),), node)
        return m.scalar(_ADD, (total, m.literal(top if math.isfinite(top) else 0.0, node)), node)

    return reduced(m, tensor, dim, keep, work, node, "LogsumexpBackward0")


# -- products ---------------------------------------------------------------------------------------------------------


def matmul(m: Machine, left: Anything, right: Anything, node: ast.AST) -> Anything:
    """Return `left @ right`: sums of products of rows and columns."""
    for side in (left, right):
        if not isinstance(side, Tensor):
            raise m.fail("type", f"@ multiplies tensors, not {describe(side)}", node, "Write * for numbers.")
    shape = m.fit(product_shape, left.shape, right.shape)
    m.meter.limit("list", size(shape))
    m.meter.charge(size(shape) * left.shape[-1])
    x, y = m.cells(left), m.cells(right)
    cells = [
        m.dot([x[k] for k in row], [y[k] for k in column], node) for row, column in products(left.shape, right.shape)
    ]
    names = {(2, 2): "MmBackward0", (1, 1): "DotBackward0", (2, 1): "MvBackward0", (1, 2): "SqueezeBackward4"}
    flavour: Flavour = "torch" if "torch" in (left.flavour, right.flavour) else "numpy"
    result = Tensor(cells, shape, flavour=flavour, origin=names[len(left.shape), len(right.shape)])
    return m.unwrapped(result)


def outer(m: Machine, left: Tensor, right: Tensor, node: ast.AST) -> Anything:
    """Return all products of a number of `left` and one of `right`."""
    column = left.view(range(len(left)), (len(left), 1), "")
    return m.operate(_MUL, (column, right), node, "MulBackward0")


# -- shapes -----------------------------------------------------------------------------------------------------------


def turned(
    m: Machine, tensor: Tensor, first: int, second: int, node: ast.AST, origin: str = "TransposeBackward0"
) -> Tensor:
    """Return a view with two dimensions in each other's place."""
    count = len(tensor.shape)
    k, j = m.fit(dimension, first, count), m.fit(dimension, second, count)
    m.meter.charge(len(tensor))
    if not count:
        return tensor
    places, shape = transposed(tensor.shape, k, j)
    return tensor.view(places, shape, origin)


def ordered(m: Machine, tensor: Tensor, order: Shape, node: ast.AST) -> Tensor:
    """Return a view with the dimensions in another order."""
    wanted = tuple(m.fit(dimension, k, len(tensor.shape)) for k in order)
    if sorted(wanted) != list(range(len(tensor.shape))):
        raise m.fail("value", "permute names each dimension once", node, "Write x.permute(1, 0).")
    m.meter.charge(len(tensor))
    places, shape = permuted(tensor.shape, wanted)
    return tensor.view(places, shape, "PermuteBackward0")


def in_shape(m: Machine, tensor: Tensor, wanted: Sequence[int], node: ast.AST, origin: str = "ViewBackward0") -> Tensor:
    """Return a view in another shape."""
    m.meter.charge(len(tensor))
    return tensor.view(range(len(tensor)), m.fit(reshaped, tensor.shape, tuple(wanted)), origin)


def flattened(m: Machine, tensor: Tensor, start: int, end: int, node: ast.AST) -> Tensor:
    """Return a view with the dimensions from `start` to `end` made one."""
    count = len(tensor.shape)
    first, last = m.fit(dimension, start, count), m.fit(dimension, end, count)
    shape = (*tensor.shape[:first], size(tensor.shape[first : last + 1]), *tensor.shape[last + 1 :])
    return in_shape(m, tensor, shape, node)


def squeezed(m: Machine, tensor: Tensor, dim: Anything, node: ast.AST) -> Tensor:
    """Return a view without dimensions of length 1."""
    if dim is None:
        return in_shape(m, tensor, [k for k in tensor.shape if k != 1], node, "SqueezeBackward0")
    dims = dims_of(m, tensor, dim, node)
    shape = [length for k, length in enumerate(tensor.shape) if not (k in dims and length == 1)]
    return in_shape(m, tensor, shape, node, "SqueezeBackward1")


def unsqueezed(m: Machine, tensor: Tensor, dim: Anything, node: ast.AST) -> Tensor:
    """Return a view with a dimension of length 1 more."""
    k = m.fit(dimension, m.whole(dim, node, "dim"), len(tensor.shape) + 1)
    return in_shape(m, tensor, (*tensor.shape[:k], 1, *tensor.shape[k:]), node, "UnsqueezeBackward0")


def spread(m: Machine, tensor: Tensor, wanted: Sequence[int], node: ast.AST) -> Tensor:
    """Return a tensor broadcast to a shape; -1 keeps a length."""
    padded = (1,) * (len(wanted) - len(tensor.shape)) + tensor.shape
    shape = tuple(own if k == -1 else k for k, own in zip(wanted, padded, strict=False))
    if len(shape) != len(padded) or m.fit(joined_shape, tensor.shape, shape) != shape:
        message = f"a tensor of shape {list(tensor.shape)} cannot be expanded to {list(wanted)}"
        raise m.fail("value", message, node, "Only dimensions of length 1 are stretched.")
    m.meter.limit("list", size(shape))
    m.meter.charge(size(shape))
    return tensor.view(stretched(tensor.shape, shape), shape, "ExpandBackward0")


def repeated(m: Machine, tensor: Tensor, times: Sequence[int], node: ast.AST) -> Tensor:
    """Return a tensor set beside itself, so many times along each dimension."""
    shape = (1,) * (len(times) - len(tensor.shape)) + tensor.shape
    if len(times) != len(shape) or any(k < 0 for k in times):
        raise m.fail("value", "repeat says for each dimension how often", node, "Write x.repeat(2, 1).")
    m.meter.limit("list", size(shape) * max(size(tuple(times)), 1))
    result = in_shape(m, tensor, shape, node, "RepeatBackward0")
    for k, count in enumerate(times):
        result = joined(m, [result] * count, k, node, "RepeatBackward0") if count != 1 else result
    return m.copied(result)


def joined(m: Machine, tensors: Sequence[Tensor], dim: int, node: ast.AST, origin: str = "CatBackward0") -> Tensor:
    """Return tensors set one after another along `dim`."""
    tensors = [t for t in tensors if t.shape != (0,)]
    if not tensors or not tensors[0].shape:
        raise m.fail(
            "value", "cat needs tensors with dimensions", node, "Write torch.stack([a, b]) for single numbers."
        )
    k = m.fit(dimension, dim, len(tensors[0].shape))
    rest = {(*t.shape[:k], *t.shape[k + 1 :]) for t in tensors}
    if len(rest) != 1:
        shown = ", ".join(str(list(t.shape)) for t in tensors[:4])
        raise m.fail("value", f"the shapes {shown} differ in more than dimension {k}", node, "Look at print(x.shape).")
    length = sum(t.shape[k] for t in tensors)
    shape = (*tensors[0].shape[:k], length, *tensors[0].shape[k + 1 :])
    m.meter.limit("list", size(shape))
    m.meter.charge(size(shape))
    outer_count, blocks = size(shape[:k]), [(m.cells(t), t.shape[k] * size(shape[k + 1 :])) for t in tensors]
    cells = [
        cell for row in range(outer_count) for block, width in blocks for cell in block[row * width : (row + 1) * width]
    ]
    return Tensor(cells, shape, flavour=tensors[0].flavour, origin=origin)


def stacked(m: Machine, tensors: Sequence[Tensor], dim: int, node: ast.AST) -> Tensor:
    """Return tensors of one shape as the parts of a new dimension."""
    if len({t.shape for t in tensors}) != 1:
        raise m.fail("value", "stack needs tensors of one shape", node, "Look at the shapes with print(x.shape).")
    k = m.fit(dimension, dim, len(tensors[0].shape) + 1)
    wide = [in_shape(m, t, (*t.shape[:k], 1, *t.shape[k:]), node) for t in tensors]
    return joined(m, wide, k, node, "StackBackward0")


def nested(m: Machine, tensor: Tensor, node: ast.AST) -> Anything:
    """Return a tensor as lists in lists."""
    m.meter.charge(len(tensor))
    span = m.program.span(node)
    values: list[Anything] = [x if isinstance(x, bool) else Number(x, span) for x in m.plain(tensor)]
    for length in reversed(tensor.shape[1:]):
        values = [List(values[k : k + length]) for k in range(0, len(values), length)] if length else [List([])]
    return List(values) if tensor.shape else values[0]


def sizes(m: Machine, tensor: Tensor, node: ast.AST) -> Row:
    """Return the shape as a program sees it."""
    name = "torch.Size" if tensor.flavour == "torch" else ""
    return Row(name, tuple(m.literal(k, node) for k in tensor.shape))


def dtype(m: Machine, tensor: Tensor) -> Setting:
    """Return what a program sees as the type of the numbers."""
    kind = dtype_of(m, tensor)
    name = {"int": "int64", "float": "float64"}.get(kind, kind)
    return Setting(f"torch.{name}" if tensor.flavour == "torch" else name)
