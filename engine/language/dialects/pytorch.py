"""What PyTorch's names stand for: tensors, their functions and methods; networks are in `nn`, optimizers in `optim`."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from engine.language import shapes, tensors
from engine.language.dialects.python import OPERATIONS, composed
from engine.language.indexing import item
from engine.language.shapes import size
from engine.language.tensor_text import origin_of
from engine.language.values import (
    NO_GRAD,
    Block,
    Function,
    List,
    Number,
    Ref,
    Row,
    Setting,
    Tensor,
    describe,
)
from engine.ops import CONSTANTS as _CONSTANTS
from engine.ops import OPS

if TYPE_CHECKING:
    from engine.language.machine import Machine

Arguments = tuple[Any, ...]
Body = Callable[["Machine", Arguments, ast.AST], Any]
_TENSOR_EXAMPLE = "torch.tensor(2.0, requires_grad=True)"
_FLOATS = frozenset({"float", "double", "half", "float16", "bfloat16", "float32", "float64"})
_INTS = frozenset({"int", "long", "short", "int8", "int16", "int32", "int64", "uint8"})
_SYNONYMS = (
    ("input", "x"),
    ("tensor", "x"),
    ("other", "y"),
    ("mat2", "y"),
    ("vec", "y"),
    ("axis", "dim"),
    ("keepdims", "keepdim"),
    ("dim0", "first"),
    ("dim1", "second"),
    ("start_dim", "start"),
    ("end_dim", "end"),
)

# -- making tensors ---------------------------------------------------------------------------------------------------


def kind_of(m: Machine, dtype: Any, node: ast.AST) -> str | None:
    """Return "float", "int" or "bool" for what a program gives as a dtype; None if it gives none."""
    if dtype is None:
        return None
    name = dtype.name.rpartition(".")[2] if isinstance(dtype, Setting) else ""
    if isinstance(dtype, Function):  # float, int, bool
        name = dtype.name
    if name in _FLOATS:
        return "float"
    if name in _INTS:
        return "int"
    if name in ("bool", "bool_"):
        return "bool"
    raise m.fail("type", f"a dtype is torch.float32 or the like, not {describe(dtype)}", node, "Leave it out.")


def _is_double(m: Machine, dtype: Any) -> bool:
    if dtype is None:
        return m.random.double
    return isinstance(dtype, Setting) and dtype.name.endswith(("float64", "double"))


def _finished(m: Machine, tensor: Tensor, dtype: Any, requires_grad: Any, node: ast.AST) -> Tensor:
    """Return a new tensor as the arguments that all makers share want it."""
    kind = kind_of(m, dtype, node)
    if kind is not None:
        tensor = tensors.cast(m, tensor, kind, node)
    return m.trainable(tensor, node) if m.truth(requires_grad) else tensor


def _tensor(m: Machine, arguments: Arguments, node: ast.AST) -> Tensor:
    data, requires_grad, dtype, _device = arguments
    if isinstance(data, Tensor):
        tensor = m.copied(data, m.cells(m.detached(data, node)))
        tensor.flavour = "torch"
    else:
        tensor = tensors.array_of(m, data, node, "torch", cut_off=True)
    return _finished(m, tensor, dtype, requires_grad, node)


TENSOR = Function(
    "tensor",
    ("data", "requires_grad", "dtype", "device"),
    _tensor,
    (False, None, None),
    example=_TENSOR_EXAMPLE,
)
_MADE = ("dtype", "device", "requires_grad")
_MADE_DEFAULTS = (None, None, False)


def _maker(name: str, fill: Callable[[Machine, tuple[int, ...], Any, ast.AST], Tensor], example: str) -> Function:
    """Return a function of a shape: `zeros(2, 3)`, `zeros((2, 3))`."""

    def body(m: Machine, arguments: Arguments, node: ast.AST) -> Tensor:
        dtype, _device, requires_grad, _generator, given, sizes = arguments
        shape = tensors.new_shape(m, sizes if given is None else (given,), node)
        return _finished(m, fill(m, shape, dtype, node), dtype, requires_grad, node)

    return Function(
        name,
        (*_MADE, "generator", "size"),
        body,
        (*_MADE_DEFAULTS, None, None),
        rest="sizes",
        keywords_only=True,
        example=example,
    )


def _like(name: str, fill: Callable[[Machine, tuple[int, ...], Any, ast.AST], Tensor]) -> Function:
    def body(m: Machine, arguments: Arguments, node: ast.AST) -> Tensor:
        other, dtype, _device, requires_grad = arguments
        other = needed(m, other, node, name)
        tensor = fill(m, other.shape, dtype, node)
        if dtype is None and tensors.dtype_of(m, other) == "int" and not name.startswith("rand"):
            tensor = tensors.cast(m, tensor, "int", node)
        return _finished(m, tensor, dtype, requires_grad, node)

    return Function(name, ("x", *_MADE), body, _MADE_DEFAULTS, synonyms=_SYNONYMS)


def _zeros(m: Machine, shape: tuple[int, ...], dtype: Any, node: ast.AST) -> Tensor:
    return tensors.filled(m, shape, 0.0, node)


def _ones(m: Machine, shape: tuple[int, ...], dtype: Any, node: ast.AST) -> Tensor:
    return tensors.filled(m, shape, 1.0, node)


def _rand(m: Machine, shape: tuple[int, ...], dtype: Any, node: ast.AST) -> Tensor:
    count, double = size(shape), _is_double(m, dtype)
    m.meter.limit("list", count)
    m.meter.charge(count)
    return tensors.plain_tensor(m, [m.random.torch.uniform(double=double) for _ in range(count)], shape, node)


def _randn(m: Machine, shape: tuple[int, ...], dtype: Any, node: ast.AST) -> Tensor:
    count = size(shape)
    m.meter.limit("list", count)
    m.meter.charge(2 * count)
    return tensors.plain_tensor(m, m.random.torch.normals(count, double=_is_double(m, dtype)), shape, node)


def _full(m: Machine, arguments: Arguments, node: ast.AST) -> Tensor:
    shape, value, dtype, _device, requires_grad = arguments
    number = m.needed_number(value, node, "full")
    return _finished(m, tensors.filled(m, tensors.new_shape(m, shape, node), number, node), dtype, requires_grad, node)


def _arange(m: Machine, arguments: Arguments, node: ast.AST) -> Tensor:
    first, second, step, dtype, _device, requires_grad = arguments
    start, stop = (m.literal(0, node), first) if second is None else (first, second)
    bounds = [m.needed_number(x, node, "arange") for x in (start, stop, step)]
    if bounds[2] == 0 or not all(map(math.isfinite, bounds)):
        raise m.fail("value", "arange needs finite numbers and a step that is not 0", node, "Write arange(0, 3).")
    count = max(math.ceil((bounds[1] - bounds[0]) / bounds[2]), 0)
    m.meter.limit("list", count)
    m.meter.charge(count)
    values = [bounds[0] + k * bounds[2] for k in range(count)]
    if any(isinstance(x, float) for x in bounds):
        values = [float(x) for x in values]
    return _finished(m, tensors.plain_tensor(m, values, (count,), node), dtype, requires_grad, node)


def _linspace(m: Machine, arguments: Arguments, node: ast.AST) -> Tensor:
    start, end, steps, dtype, _device, requires_grad = arguments
    count = m.whole(steps, node, "linspace")
    first, last = (float(m.needed_number(x, node, "linspace")) for x in (start, end))
    m.meter.limit("list", count)
    m.meter.charge(max(count, 0))
    step = (last - first) / (count - 1) if count > 1 else 0.0
    # PyTorch counts from both ends, so that the last number is exact
    values = [first + k * step if k < count // 2 or count == 1 else last - (count - 1 - k) * step for k in range(count)]
    return _finished(m, tensors.plain_tensor(m, values, (max(count, 0),), node), dtype, requires_grad, node)


def _eye(m: Machine, arguments: Arguments, node: ast.AST) -> Tensor:
    height, width, dtype, _device, requires_grad = arguments
    n = m.whole(height, node, "eye")
    k = n if width is None else m.whole(width, node, "eye")
    m.meter.limit("list", n * k)
    values = [float(row == column) for row in range(n) for column in range(k)]
    return _finished(m, tensors.plain_tensor(m, values, (n, k), node), dtype, requires_grad, node)


def _randint(m: Machine, arguments: Arguments, node: ast.AST) -> Tensor:
    first, second, third, dtype, _generator = arguments
    low, high, shape = (m.literal(0, node), first, second) if third is None else (first, second, third)
    start, stop = m.whole(low, node, "randint"), m.whole(high, node, "randint")
    lengths = tensors.new_shape(m, shape, node)
    m.meter.limit("list", size(lengths))
    if stop <= start:
        raise m.fail(
            "value", "randint needs a high number above the low one", node, "Write torch.randint(0, 10, (3,))."
        )
    values = [start + m.random.torch.below(stop - start) for _ in range(size(lengths))]
    return _finished(m, tensors.plain_tensor(m, values, lengths, node), dtype, False, node)


def _randperm(m: Machine, arguments: Arguments, node: ast.AST) -> Tensor:
    count = m.whole(arguments[0], node, "randperm")
    m.meter.limit("list", count)
    m.meter.charge(max(count, 0))
    return tensors.plain_tensor(m, m.random.torch.permutation(count), (count,), node)


def _manual_seed(m: Machine, arguments: Arguments, node: ast.AST) -> None:
    m.random.torch.seed(m.whole(arguments[0], node, "manual_seed"))


def _default_dtype(m: Machine, arguments: Arguments, node: ast.AST) -> None:
    kind_of(m, arguments[0], node)
    m.random.double = _is_double(m, arguments[0])


def _asked_dtype(m: Machine, arguments: Arguments, node: ast.AST) -> Setting:
    return Setting("torch.float64" if m.random.double else "torch.float32")


def _from_numpy(m: Machine, arguments: Arguments, node: ast.AST) -> Tensor:
    tensor = needed(m, arguments[0], node, "from_numpy")
    return Tensor(list(m.cells(m.detached(tensor, node))), tensor.shape)


# -- functions that PyTorch gives more arguments ----------------------------------------------------------------------


def _plain(name: str, settings: tuple[str, ...] = ("inplace",), defaults: tuple[Any, ...] = (False,)) -> Function:
    """Return an operation that also takes settings which change nothing here."""
    op = OPS[name]

    def body(m: Machine, arguments: tuple[Any, ...], node: ast.AST) -> Any:
        return m.operate(op, arguments[: op.arity], node)

    return composed(name, (*op.parameters, *settings), body, (*op.defaults, *defaults))


def _softplus(m: Machine, arguments: tuple[Any, ...], node: ast.AST) -> Any:
    x, beta, threshold = arguments
    if isinstance(x, Tensor):
        cells = [_softplus(m, (cell, beta, threshold), node) for cell in m.cells(x)]
        return Tensor(cells, x.shape, flavour=x.flavour, origin="SoftplusBackward0")
    scale = m.needed_number(beta, node, "beta")
    scaled = x if scale == 1 else m.operate(OPS["mul"], (beta, x), node)
    if m.needed_number(scaled, node, "x") > m.needed_number(threshold, node, "threshold"):
        return x
    result = m.operate(OPS["softplus"], (scaled,), node)
    return result if scale == 1 else m.operate(OPS["div"], (result, beta), node)


def _gelu(m: Machine, arguments: tuple[Any, ...], node: ast.AST) -> Any:
    x, approximate = arguments
    if approximate == "none":
        return m.operate(OPS["gelu"], (x,), node)
    if approximate != "tanh":
        raise m.fail("value", "approximate is 'none' or 'tanh'", node, "Write gelu(x, approximate='tanh').")
    cubic = m.operate(
        OPS["mul"], (m.literal(0.044715, node), m.operate(OPS["pow"], (x, m.literal(3, node)), node)), node
    )
    inner = m.operate(
        OPS["mul"], (m.literal(math.sqrt(2 / math.pi), node), m.operate(OPS["add"], (x, cubic), node)), node
    )
    gate = m.operate(OPS["add"], (m.literal(1, node), m.operate(OPS["tanh"], (inner,), node)), node)
    return m.operate(OPS["mul"], (m.operate(OPS["mul"], (m.literal(0.5, node), x), node), gate), node)


# -- functions and methods of tensors ---------------------------------------------------------------------------------


def needed(m: Machine, value: Any, node: ast.AST, what: str) -> Tensor:
    """Return `value` if it is a tensor, and numbers as tensors of no dimensions; raise otherwise."""
    if isinstance(value, Tensor):
        return value
    if isinstance(value, Number | Ref):
        return Tensor([value], flavour="numpy")
    hint = "Write torch.tensor(...) around it."
    if value is None:
        hint = "A tensor's .grad is None before y.backward(), and again after zero_grad()."
    raise m.fail("type", f"{what} needs a tensor, not {describe(value)}", node, hint)


def _of(name: str, parameters: str, work: Callable[..., Any], *defaults: Any, rest: str = "") -> Function:
    """Return a function whose first argument is a tensor; `work` gets machine, tensor, the other arguments, place."""

    def body(m: Machine, arguments: Arguments, node: ast.AST) -> Any:
        first, *others = arguments
        return work(m, needed(m, first, node, name), *others, node)

    return Function(name, ("x", *parameters.split()), body, defaults, rest=rest, synonyms=_SYNONYMS)


def _reduction(name: str, work: Callable[..., Any]) -> Function:
    def body(m: Machine, x: Tensor, dim: Any, keepdim: Any, dtype: Any, node: ast.AST) -> Any:
        return work(m, x, dim, m.truth(keepdim), node)

    return _of(name, "dim keepdim dtype", body, None, False, None)


def _moments(name: str, root: bool, correction: int) -> Function:
    def body(m: Machine, x: Tensor, dim: Any, keepdim: Any, unbiased: Any, given: Any, ddof: Any, node: ast.AST) -> Any:
        usual = 0 if x.flavour == "numpy" else correction  # NumPy divides by the count
        less = usual if unbiased is None else int(m.truth(unbiased))
        for other in (given, ddof):
            less = less if other is None else m.whole(other, node, name)
        return tensors.variance(m, x, None if isinstance(dim, bool) else dim, m.truth(keepdim), less, root, node)

    return _of(name, "dim keepdim unbiased correction ddof", body, None, False, None, None, None)


def _extreme(name: str) -> Function:
    op = OPS[name]

    def body(m: Machine, x: Tensor, dim: Any, keepdim: Any, node: ast.AST) -> Any:
        scalar = x.flavour == "numpy" and not x.shape
        if dim is not None and (scalar or isinstance(dim, Tensor | Ref)):
            return m.operate(op, (x.cells[0] if scalar else x, dim), node)
        if dim is None or x.flavour == "numpy":
            return tensors.extreme(m, op, x, dim, m.truth(keepdim), node)
        return tensors.extreme_with_place(m, op, x, dim, m.truth(keepdim), node)

    return _of(name, "dim keepdim", body, None, False)


def _outermost(name: str, op: str) -> Function:
    def body(m: Machine, x: Tensor, dim: Any, keepdim: Any, node: ast.AST) -> Any:
        return tensors.extreme(m, OPS[op], x, dim, m.truth(keepdim), node, f"{name.capitalize()}Backward0")

    return _of(name, "dim keepdim", body, None, False)


def _place(name: str, op: str) -> Function:
    def body(m: Machine, x: Tensor, dim: Any, keepdim: Any, node: ast.AST) -> Any:
        return m.unwrapped(tensors.best_places(m, OPS[op], x, dim, m.truth(keepdim), node))

    return _of(name, "dim keepdim", body, None, False)


def _truths(name: str, work: Callable[..., bool]) -> Function:
    def body(m: Machine, x: Tensor, dim: Any, keepdim: Any, node: ast.AST) -> Any:
        span = m.program.span(node)

        def combine(cells: list[Any]) -> Number:
            return Number(work(m.truth(cell) for cell in cells), span)

        return tensors.reduced(m, x, dim, m.truth(keepdim), combine, node, "")

    return _of(name, "dim keepdim", body, None, False)


def _rounded(name: str, work: Callable[[float], float]) -> Function:
    def total(x: float) -> float:
        return float(work(x)) if math.isfinite(x) and not isinstance(x, int) else x

    def body(m: Machine, x: Tensor, node: ast.AST) -> Any:
        return m.unwrapped(tensors.mapped(m, (x,), total, node))

    return _of(name, "", body)


def _round(m: Machine, x: Tensor, decimals: Any, node: ast.AST) -> Any:
    places = max(-400, min(400, m.whole(decimals, node, "round")))
    return m.unwrapped(tensors.mapped(m, (x,), lambda v: round(v, places) if math.isfinite(v) else v, node))


def _compare(name: str, order: Callable[[Any, Any], bool]) -> Function:
    return _of(name, "y", lambda m, x, y, node: tensors.compared(m, order, x, y, node))


def _sizes_of(m: Machine, x: Tensor, dim: Any, node: ast.AST) -> Any:
    found = tensors.sizes(m, x, node)
    return found if dim is None else found.parts[tensors.dims_of(m, x, dim, node)[0]]


def _reshape(m: Machine, x: Tensor, sizes: Any, node: ast.AST) -> Tensor:
    return tensors.in_shape(m, x, tensors.shape_of(m, sizes, node), node)


def _spread(work: Callable[..., Tensor]) -> Callable[..., Tensor]:
    return lambda m, x, sizes, node: work(m, x, tensors.shape_of(m, sizes, node), node)


def _turned(m: Machine, x: Tensor, first: Any, second: Any, node: ast.AST) -> Tensor:
    return tensors.turned(m, x, m.whole(first, node, "a dimension"), m.whole(second, node, "a dimension"), node)


def transposed(m: Machine, x: Tensor, node: ast.AST) -> Tensor:
    """Return `x.T`."""
    if len(x.shape) < 2:
        return x
    order = tuple(reversed(range(len(x.shape))))
    return tensors.ordered(m, x, order, node)


def _flatten(m: Machine, x: Tensor, start: Any, end: Any, node: ast.AST) -> Tensor:
    return tensors.flattened(m, x, m.whole(start, node, "flatten"), m.whole(end, node, "flatten"), node)


def _clone(m: Machine, x: Tensor, node: ast.AST) -> Tensor:
    """A copy has nodes of its own: what is written into the original later does not reach it."""
    one, tracked = m.literal(1.0, node), m.recording and m.has_history(x)
    cells = [
        m.scalar(OPS["mul"], (cell, one), node)
        if tracked
        else m.reading(m.needed_number(cell, node, "clone"), cell, node)
        for cell in m.cells(x)
    ]
    return Tensor(cells, x.shape, flavour=x.flavour, origin="CloneBackward0")


def _to_numpy(m: Machine, x: Tensor, node: ast.AST) -> Tensor:
    if m.requires_grad(x):
        message = "NumPy knows no gradients, so a tensor that requires one cannot become an array"
        raise m.fail("value", message, node, "Write x.detach().numpy().")
    return Tensor(list(m.cells(x)), x.shape, flavour="numpy")


def _to(m: Machine, x: Tensor, wanted: Any, node: ast.AST) -> Tensor:
    for each in wanted:
        if not isinstance(each, str) and not (isinstance(each, Setting) and "device" in each.name):
            x = tensors.cast(m, x, kind_of(m, each, node) or "float", node)
    return x


def _as_kind(kind: str) -> Callable[..., Tensor]:
    return lambda m, x, node: tensors.cast(m, x, kind, node)


def _itself(m: Machine, x: Tensor, node: ast.AST) -> Tensor:
    return x


def _retain(m: Machine, x: Tensor, node: ast.AST) -> None:
    m.retain(x)


def _requires_grad_(m: Machine, arguments: Arguments, node: ast.AST) -> Any:
    m.set_requires_grad(arguments[0], m.truth(arguments[1]), node)
    return arguments[0]


def _detach(m: Machine, arguments: Arguments, node: ast.AST) -> Any:
    return m.detached(arguments[0], node)


def _parts(m: Machine, values: Any, node: ast.AST, what: str) -> list[Tensor]:
    return [needed(m, x, node, what) for x in m.elements(values, node, what)]


def _cat(m: Machine, arguments: Arguments, node: ast.AST) -> Tensor:
    return tensors.joined(m, _parts(m, arguments[0], node, "cat"), m.whole(arguments[1], node, "dim"), node)


def _stack(m: Machine, arguments: Arguments, node: ast.AST) -> Tensor:
    parts = _parts(m, arguments[0], node, "stack")
    if not parts:
        raise m.fail("value", "stack needs at least 1 tensor", node, "Write torch.stack([a, b]).")
    return tensors.stacked(m, parts, m.whole(arguments[1], node, "dim"), node)


def _pieces(m: Machine, x: Tensor, length: Any, dim: Any, node: ast.AST) -> tuple[Tensor, ...]:
    (k,), step = tensors.dims_of(m, x, dim, node), m.whole(length, node, "split")
    if step < 1:
        raise m.fail("value", "split needs a length of at least 1", node, "Write x.split(2).")
    places = [(slice(None),) * k + (slice(start, start + step),) for start in range(0, x.shape[k], step)]
    return tuple(item(m, x, place, node) for place in places)


def _where(m: Machine, arguments: Arguments, node: ast.AST) -> Tensor:
    return tensors.chosen(m, arguments[0], arguments[1], arguments[2], node)


def _triangle(name: str, keeps: Callable[[int, int, int], bool]) -> Function:
    """Return `tril` or `triu`: zeros on the other side of a diagonal."""

    def body(m: Machine, x: Tensor, diagonal: Any, node: ast.AST) -> Tensor:
        if len(x.shape) != 2:
            raise m.fail("value", f"{name} needs a matrix", node, "Look at the shape with print(x.shape).")
        shift, width = m.whole(diagonal, node, name), x.shape[1]
        kind = tensors.dtype_of(m, x)
        zero = Number({"float": 0.0, "int": 0, "bool": False}[kind], m.program.span(node))
        cells = [cell if keeps(k // width, k % width, shift) else zero for k, cell in enumerate(m.cells(x))]
        return Tensor(cells, x.shape, flavour=x.flavour, origin=f"{name.capitalize()}Backward0")

    return _of(name, "diagonal", body, 0)


def _diagonal(m: Machine, x: Tensor, node: ast.AST) -> Tensor:
    if len(x.shape) != 2:
        raise m.fail("value", "diagonal needs a matrix", node, "Look at the shape with print(x.shape).")
    count, step = min(x.shape), x.shape[1] + 1
    return x.view(range(0, count * step, step), (count,), "DiagonalBackward0")


def _diag(m: Machine, x: Tensor, node: ast.AST) -> Tensor:
    if len(x.shape) == 2:
        return _diagonal(m, x, node)
    n = len(x)
    m.meter.limit("list", n * n)
    m.meter.charge(n * n)
    zero = Number(0.0, m.program.span(node))
    cells = [cell if row == column else zero for row, cell in enumerate(m.cells(x)) for column in range(n)]
    return Tensor(cells, (n, n), flavour=x.flavour, origin="DiagEmbedBackward0")


def _trace(m: Machine, x: Tensor, node: ast.AST) -> Any:
    return m.unwrapped(Tensor([m.total(m.cells(_diagonal(m, x, node)), node)], origin="TraceBackward0"))


def _masked(m: Machine, x: Tensor, mask: Any, value: Any, node: ast.AST) -> Tensor:
    return replace(tensors.chosen(m, mask, value, x, node), origin="MaskedFillBackward0")


def _in_order(m: Machine, x: Tensor, dim: Any, count: int | None, down: bool, name: str, node: ast.AST) -> Row:
    """Return the numbers along `dim` in order, and where each stood; the first `count` of them if there is one."""
    dims = tensors.dims_of(m, x, dim, node)
    cells, numbers = m.cells(x), m.plain(x)
    groups, _ = shapes.groups(x.shape, dims)
    kept, span = x.shape[dims[0]] if count is None else count, m.program.span(node)
    if not 0 <= kept <= x.shape[dims[0]]:
        raise m.fail("value", f"there are not {kept} numbers along this dimension", node, "Ask for fewer.")
    shape = tuple(kept if k == dims[0] else length for k, length in enumerate(x.shape))
    places = shapes.groups(shape, dims)[0]
    values: list[Any] = [None] * size(shape)
    where: list[Any] = [None] * size(shape)
    m.meter.charge(len(x) * max(len(x).bit_length(), 1))
    for group, targets in zip(groups, places, strict=True):
        order = sorted(range(len(group)), key=lambda k: numbers[group[k]], reverse=down)
        for target, k in zip(targets, order, strict=False):
            values[target], where[target] = cells[group[k]], Number(k, span)
    parts = (
        Tensor(values, shape, flavour=x.flavour, origin=f"{name.capitalize()}Backward0"),
        Tensor(where, shape, flavour=x.flavour),
    )
    return Row(f"torch.return_types.{name}", parts, ("values", "indices"))


def _sort(m: Machine, x: Tensor, dim: Any, descending: Any, node: ast.AST) -> Row:
    return _in_order(m, x, dim, None, m.truth(descending), "sort", node)


def _top(m: Machine, x: Tensor, k: Any, dim: Any, node: ast.AST) -> Row:
    return _in_order(m, x, dim, m.whole(k, node, "topk"), True, "topk", node)


def _one_hot(m: Machine, arguments: Arguments, node: ast.AST) -> Tensor:
    x, classes = arguments
    given = needed(m, x, node, "one_hot")
    wanted = [m.whole(cell, node, "a class") for cell in given.cells]
    count = m.whole(classes, node, "num_classes")
    count = max(wanted, default=0) + 1 if count == -1 else count
    if any(not 0 <= k < count for k in wanted):
        raise m.fail("value", f"there is no class {max(wanted)}: there are {count}", node, "Ask for more classes.")
    m.meter.limit("list", len(wanted) * count)
    values = [int(k == column) for k in wanted for column in range(count)]
    return tensors.plain_tensor(m, values, (*given.shape, count), node)


def _drawn_normal(m: Machine, arguments: Arguments, node: ast.AST) -> Any:
    mean, std, wanted, _requires_grad = arguments
    if wanted is not None:
        drawn: Any = _randn(m, tensors.new_shape(m, wanted, node), None, node)
    else:
        pattern = mean if isinstance(mean, Tensor) else needed(m, std, node, "normal")
        drawn = _randn(m, pattern.shape, None, node)
    return m.operate(OPS["add"], (m.operate(OPS["mul"], (drawn, std), node), mean), node)


def _is_close(m: Machine, arguments: Arguments, node: ast.AST) -> Tensor:
    left, right, relative, absolute = arguments
    rtol, atol = m.needed_number(relative, node, "rtol"), m.needed_number(absolute, node, "atol")
    return tensors.mapped(m, (left, right), lambda x, y: x == y or abs(x - y) <= atol + rtol * abs(y), node)


def _logical(name: str, work: Callable[..., bool]) -> Function:
    def body(m: Machine, arguments: Arguments, node: ast.AST) -> Tensor:
        return tensors.mapped(m, arguments, work, node)

    return Function(name, ("x", "y"), body)


def _running(m: Machine, x: Tensor, dim: Any, node: ast.AST) -> Tensor:
    if dim is None and x.flavour == "numpy":
        return tensors.running(m, tensors.flattened(m, x, 0, -1, node), 0, node)
    return tensors.running(m, x, m.whole(dim, node, "dim"), node)


def _equal(m: Machine, arguments: Arguments, node: ast.AST) -> bool:
    left, right = (needed(m, x, node, "equal") for x in arguments)
    return left.shape == right.shape and m.plain(left) == m.plain(right)


def _unbind(m: Machine, x: Tensor, dim: Any, node: ast.AST) -> tuple[Any, ...]:
    return m.rows(tensors.turned(m, x, 0, m.whole(dim, node, "dim"), node))


def _allclose(m: Machine, arguments: Arguments, node: ast.AST) -> bool:
    return all(m.plain(_is_close(m, arguments, node)))


def _is_tensor(m: Machine, arguments: Arguments, node: ast.AST) -> bool:
    return isinstance(arguments[0], Tensor)


def _gradients(m: Machine, arguments: Arguments, node: ast.AST) -> tuple[Any, ...]:
    """`torch.autograd.grad`: gradients handed out, and added to nothing."""
    outputs, inputs, seeds, _retain_graph, create, _allow = arguments
    if m.truth(create):
        message = "gradients of gradients are not recorded here"
        raise m.fail("refused", message, node, "Write the derivative out, and differentiate that.")
    wanted = list(m.items(inputs) or (inputs,)) if isinstance(inputs, tuple | List) else [inputs]
    return m.gradients_of(outputs, wanted, seeds, node)


# -- in place ---------------------------------------------------------------------------------------------------------


def _in_place(name: str, work: Callable[..., Any], parameters: str = "", *defaults: Any) -> Function:
    """Return a method that ends in an underscore: it writes what `work` gives into the tensor."""

    def body(m: Machine, arguments: Arguments, node: ast.AST) -> Any:
        receiver, *others = arguments
        if not isinstance(receiver, Tensor):
            raise m.fail(
                "type", f"{name} changes tensors in place, not {describe(receiver)}", node, "Write w.data = 2.0."
            )
        tracked = receiver.gradient_of is None and not receiver.detached and m.recording
        if tracked and m.is_leaf(receiver) and m.requires_grad(receiver):
            message = "a leaf that requires a gradient cannot be changed in place"
            raise m.fail("value", message, node, f"Write it under with torch.no_grad():, or w.data.{name}(...).")
        m.write_cells(receiver, work(m, receiver, *others, node), node)
        return receiver

    return Function(name, ("receiver", *parameters.split()), body, defaults)


def _changed(op: str) -> Callable[..., Any]:
    def work(m: Machine, x: Tensor, y: Any, alpha: Any, node: ast.AST) -> Any:
        if m.number(alpha) != 1:
            y = m.operate(OPS["mul"], (alpha, y), node)
        return m.operate(OPS[op], (x, y), node)

    return work


def _zero(m: Machine, x: Tensor, node: ast.AST) -> Any:
    return m.literal(0.0, node)


def _given(m: Machine, x: Tensor, value: Any, node: ast.AST) -> Any:
    return value


def _uniform(m: Machine, x: Tensor, low: Any, high: Any, node: ast.AST) -> Tensor:
    bounds = [float(m.needed_number(v, node, "uniform_")) for v in (low, high)]
    m.meter.charge(len(x))
    values = [m.random.torch.uniform(*bounds, double=m.random.double) for _ in range(len(x))]
    return tensors.plain_tensor(m, values, x.shape, node)


def _normal(m: Machine, x: Tensor, mean: Any, std: Any, node: ast.AST) -> Tensor:
    middle, spread = (float(m.needed_number(v, node, "normal_")) for v in (mean, std))
    m.meter.charge(len(x))
    drawn = m.random.torch.normals(len(x), double=m.random.double)
    return tensors.plain_tensor(m, [m.random.rounded(v * spread + middle) for v in drawn], x.shape, node)


def _clamped(m: Machine, x: Tensor, low: Any, high: Any, node: ast.AST) -> Any:
    return m.operate(OPS["clip"], (x, low, high), node)


IN_PLACE = {
    f.name: f
    for f in (
        _in_place("zero_", _zero),
        _in_place("fill_", _given, "value"),
        _in_place("copy_", _given, "source"),
        _in_place("add_", _changed("add"), "other alpha", 1),
        _in_place("sub_", _changed("sub"), "other alpha", 1),
        _in_place("mul_", lambda m, x, y, node: m.operate(OPS["mul"], (x, y), node), "other"),
        _in_place("div_", lambda m, x, y, node: m.operate(OPS["div"], (x, y), node), "other"),
        _in_place("uniform_", _uniform, "low high", 0.0, 1.0),
        _in_place("normal_", _normal, "mean std", 0.0, 1.0),
        _in_place("clamp_", _clamped, "min max", -math.inf, math.inf),
    )
}

# -- the tables -------------------------------------------------------------------------------------------------------


def _both(function: Function) -> Function:
    """Return a function as a method: its first argument is the receiver."""
    return replace(function, parameters=("receiver", *function.parameters[1:]))


_ON_TENSORS = (
    _reduction("sum", tensors.summed),
    _reduction("mean", tensors.averaged),
    _reduction("prod", tensors.multiplied),
    _of(
        "norm",
        "p dim keepdim",
        lambda m, x, p, dim, keep, node: tensors.norm(m, x, dim, m.truth(keep), node),
        2,
        None,
        False,
    ),
    _moments("var", False, 1),
    _moments("std", True, 1),
    _extreme("max"),
    _extreme("min"),
    _outermost("amax", "max"),
    _outermost("amin", "min"),
    _place("argmax", "max"),
    _place("argmin", "min"),
    _truths("any", any),
    _truths("all", all),
    _of("cumsum", "dim", _running, None),
    _of("softmax", "dim dtype", lambda m, x, dim, dtype, node: tensors.softmax(m, x, dim, node), None, None),
    _of("log_softmax", "dim dtype", lambda m, x, dim, dtype, node: tensors.log_softmax(m, x, dim, node), None, None),
    _of(
        "logsumexp",
        "dim keepdim",
        lambda m, x, dim, keep, node: tensors.log_sum_exp(m, x, dim, m.truth(keep), node),
        False,
    ),
    _of("matmul", "y", tensors.matmul),
    _of("mm", "y", tensors.matmul),
    _of("mv", "y", tensors.matmul),
    _of("dot", "y", tensors.matmul),
    _of("inner", "y", tensors.matmul),
    _of("outer", "y", lambda m, x, y, node: tensors.outer(m, x, needed(m, y, node, "outer"), node)),
    _of("reshape", "", _reshape, rest="shape"),
    _of("permute", "", _spread(tensors.ordered), rest="dims"),
    _of("transpose", "first second", _turned),
    _of("t", "", lambda m, x, node: replace(transposed(m, x, node), origin="TBackward0")),
    _of("flatten", "start end", _flatten, 0, -1),
    _of("squeeze", "dim", tensors.squeezed, None),
    _of("unsqueeze", "dim", tensors.unsqueezed),
    _of("clone", "", _clone),
    _of("numel", "", lambda m, x, node: m.literal(len(x), node)),
    _of("round", "decimals", _round, 0),
    _rounded("floor", math.floor),
    _rounded("ceil", math.ceil),
    _rounded("trunc", math.trunc),
    _triangle("tril", lambda row, column, shift: column <= row + shift),
    _triangle("triu", lambda row, column, shift: column >= row + shift),
    _of("diagonal", "", _diagonal),
    _of("diag", "", _diag),
    _of("trace", "", _trace),
    _of("masked_fill", "mask value", _masked),
    _of("sort", "dim descending", _sort, -1, False),
    _of("topk", "k dim", _top, -1),
    _of("isnan", "", lambda m, x, node: tensors.mapped(m, (x,), lambda v: v != v, node)),
    _of("isfinite", "", lambda m, x, node: tensors.mapped(m, (x,), math.isfinite, node)),
    _of("isinf", "", lambda m, x, node: tensors.mapped(m, (x,), math.isinf, node)),
    _of("split", "length dim", _pieces, 0),
    _compare("eq", lambda x, y: x == y),
    _compare("ne", lambda x, y: x != y),
    _compare("lt", lambda x, y: x < y),
    _compare("le", lambda x, y: x <= y),
    _compare("gt", lambda x, y: x > y),
    _compare("ge", lambda x, y: x >= y),
)
"""What is a function of `torch` and a method of tensors at once."""

ON_TENSORS: Mapping[str, Function] = {f.name: f for f in _ON_TENSORS}

_FREE = (
    TENSOR,
    replace(TENSOR, name="as_tensor"),
    replace(TENSOR, name="FloatTensor"),
    _maker("zeros", _zeros, "torch.zeros(2, 3)"),
    _maker("ones", _ones, "torch.ones(2, 3)"),
    _maker("empty", _zeros, "torch.zeros(2, 3)"),
    _maker("rand", _rand, "torch.rand(2, 3)"),
    _maker("randn", _randn, "torch.randn(2, 3)"),
    _like("zeros_like", _zeros),
    _like("ones_like", _ones),
    _like("rand_like", _rand),
    _like("randn_like", _randn),
    Function("full", ("size", "fill_value", *_MADE), _full, _MADE_DEFAULTS),
    Function("arange", ("start", "end", "step", *_MADE), _arange, (None, 1, *_MADE_DEFAULTS)),
    Function("linspace", ("start", "end", "steps", *_MADE), _linspace, _MADE_DEFAULTS),
    Function("eye", ("n", "m", *_MADE), _eye, (None, *_MADE_DEFAULTS)),
    Function("randint", ("low", "high", "size", "dtype", "generator"), _randint, (None, None, None)),
    Function("randperm", ("n",), _randperm),
    Function("manual_seed", ("seed",), _manual_seed),
    Function("set_default_dtype", ("dtype",), _default_dtype),
    Function("get_default_dtype", (), _asked_dtype),
    Function("from_numpy", ("x",), _from_numpy),
    Function("cat", ("tensors", "dim"), _cat, (0,), synonyms=(("axis", "dim"),)),
    Function("concat", ("tensors", "dim"), _cat, (0,), synonyms=(("axis", "dim"),)),
    Function("stack", ("tensors", "dim"), _stack, (0,), synonyms=(("axis", "dim"),)),
    Function("where", ("condition", "x", "y"), _where, synonyms=(("input", "x"), ("other", "y"))),
    Function("allclose", ("x", "y", "rtol", "atol"), _allclose, (1e-5, 1e-8), synonyms=_SYNONYMS),
    Function("is_tensor", ("x",), _is_tensor),
    Function("equal", ("x", "y"), _equal),
    Function("isclose", ("x", "y", "rtol", "atol"), _is_close, (1e-5, 1e-8), synonyms=_SYNONYMS),
    Function("normal", ("mean", "std", "size", "requires_grad"), _drawn_normal, (1.0, None, False)),
    _logical("logical_and", lambda x, y: bool(x) and bool(y)),
    _logical("logical_or", lambda x, y: bool(x) or bool(y)),
    Function("no_grad", (), lambda m, arguments, node: NO_GRAD),
    Function("inference_mode", (), lambda m, arguments, node: NO_GRAD),
    Function("enable_grad", (), lambda m, arguments, node: Block("torch.enable_grad()", quiet=False)),
    Function("device", ("name",), lambda m, arguments, node: Setting("torch.device")),
    Function("set_printoptions", ("precision",), lambda m, arguments, node: None, (None,)),
)
FREE: Mapping[str, Function] = {f.name: f for f in _FREE}
_SETTINGS = {name: Setting(f"torch.{name}") for name in (*_FLOATS, *_INTS, "bool")}

FUNCTIONAL: Mapping[str, Function] = {
    **OPERATIONS,
    **{name: _plain(name) for name in ("relu", "silu", "leaky_relu", "elu")},
    "softplus": composed("softplus", ("x", "beta", "threshold"), _softplus, (1, 20)),
    "gelu": composed("gelu", ("x", "approximate"), _gelu, ("none",)),
    **{name: ON_TENSORS[name] for name in ("softmax", "log_softmax")},
    "one_hot": Function("one_hot", ("tensor", "num_classes"), _one_hot, (-1,)),
}
_GRAD = Function(
    "grad",
    ("outputs", "inputs", "grad_outputs", "retain_graph", "create_graph", "allow_unused"),
    _gradients,
    (None, None, False, False),
)

MODULES: Mapping[str, Mapping[str, Any]] = {
    "torch": {**OPERATIONS, **_CONSTANTS, **_SETTINGS, **FREE, **ON_TENSORS},
    "torch.nn": {},
    "torch.nn.functional": FUNCTIONAL,
    "torch.autograd": {"grad": _GRAD},
    "torch.cuda": {"is_available": Function("is_available", (), lambda m, arguments, node: False)},
    "torch.special": {"expit": OPERATIONS["sigmoid"], "erf": OPERATIONS["erf"]},
    "torch.linalg": {"norm": ON_TENSORS["norm"]},
    "torch.utils": {},
}
ALIASES: Mapping[str, str] = {"torch": "torch", "F": "torch.nn.functional", "nn": "torch.nn", "optim": "torch.optim"}

_METHODS_ALONE = (
    _of("view", "", _reshape, rest="shape"),
    _of("view_as", "y", lambda m, x, y, node: tensors.in_shape(m, x, needed(m, y, node, "view_as").shape, node)),
    _of("expand", "", _spread(tensors.spread), rest="sizes"),
    _of("repeat", "", _spread(tensors.repeated), rest="times"),
    _of("size", "dim", _sizes_of, None),
    _of("unbind", "dim", _unbind, 0),
    _of("nelement", "", lambda m, x, node: m.literal(len(x), node)),
    _of(
        "new_zeros", "", lambda m, x, given, node: _zeros(m, tensors.new_shape(m, given, node), None, node), rest="size"
    ),
    _of("dim", "", lambda m, x, node: m.literal(len(x.shape), node)),
    _of("ndimension", "", lambda m, x, node: m.literal(len(x.shape), node)),
    _of("tolist", "", tensors.nested),
    _of("numpy", "", _to_numpy),
    _of("retain_grad", "", _retain),
    _of("float", "", _as_kind("float")),
    _of("double", "", _as_kind("float")),
    _of("long", "", _as_kind("int")),
    _of("int", "", _as_kind("int")),
    _of("bool", "", _as_kind("bool")),
    _of("to", "", _to, rest="wanted"),
    _of("cpu", "", _itself),
    _of("contiguous", "", _itself),
)
METHODS: Mapping[str, Function] = {
    **{name: _both(f) for name, f in ON_TENSORS.items()},
    **{f.name: _both(f) for f in _METHODS_ALONE},
    "detach": Function("detach", ("receiver",), _detach),
    "requires_grad_": Function("requires_grad_", ("receiver", "requires_grad"), _requires_grad_, (True,)),
    **IN_PLACE,
}


def _requires_grad(m: Machine, owner: Any, node: ast.AST) -> bool:
    return m.requires_grad(owner)


def _is_leaf(m: Machine, owner: Any, node: ast.AST) -> bool:
    return m.is_leaf(owner)


def _shape(m: Machine, owner: Any, node: ast.AST) -> Row:
    return tensors.sizes(m, needed(m, owner, node, ".shape"), node)


def _turned_over(m: Machine, owner: Any, node: ast.AST) -> Any:
    return transposed(m, needed(m, owner, node, ".T"), node)


def _grad_fn(m: Machine, owner: Any, node: ast.AST) -> Any:
    if m.is_leaf(owner):
        return None
    return Setting(f"<{origin_of(m, needed(m, owner, node, '.grad_fn'))}>")


PROPERTIES: Mapping[str, Any] = {
    "requires_grad": _requires_grad,
    "is_leaf": _is_leaf,
    "shape": _shape,
    "T": _turned_over,
    "ndim": lambda m, owner, node: m.literal(len(needed(m, owner, node, ".ndim").shape), node),
    "dtype": lambda m, owner, node: tensors.dtype(m, needed(m, owner, node, ".dtype")),
    "device": lambda m, owner, node: Setting("cpu"),
    "grad_fn": _grad_fn,
}
