"""What NumPy's names stand for: arrays, their functions and methods, and its legacy random numbers."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from engine.language import tensors
from engine.language.dialects import pytorch
from engine.language.dialects.python import OPERATIONS
from engine.language.shapes import size
from engine.language.values import Function, List, Number, Ref, Setting, Tensor, describe
from engine.ops import CONSTANTS as _CONSTANTS
from engine.ops import OPS

if TYPE_CHECKING:
    from engine.language.machine import Machine

Arguments = tuple[Any, ...]


def _array(m: Machine, arguments: Arguments, node: ast.AST) -> Tensor:
    data, dtype = arguments
    if isinstance(data, Tensor):
        cells = list(m.cells(m.detached(data, node) if data.flavour == "torch" else data))
        tensor = Tensor(cells, data.shape, flavour="numpy")
    else:
        tensor = tensors.array_of(m, data, node, "numpy")
    kind = pytorch.kind_of(m, Setting(dtype) if isinstance(dtype, str) else dtype, node)
    return tensor if kind is None else tensors.cast(m, tensor, kind, node)


def array_like(m: Machine, value: Any, node: ast.AST, what: str) -> Tensor:
    """Return `value` as an array: lists and numbers, too."""
    if isinstance(value, Tensor):
        return value
    if m.items(value) is not None and not isinstance(value, str):
        return tensors.array_of(m, value, node, "numpy")
    if not isinstance(value, Number | Ref | bool):
        raise m.fail("type", f"{what} needs numbers, not {describe(value)}", node, "Write np.array([1.0, 2.0]).")
    return Tensor([m.operand(value, node, what)], flavour="numpy")


def _over(function: Function) -> Function:
    """Return a function of tensors as NumPy has it: lists and numbers will do."""

    def body(m: Machine, arguments: Arguments, node: ast.AST) -> Any:
        first, *others = arguments
        return function.body(m, (array_like(m, first, node, function.name), *others), node)

    return replace(function, body=body)


def _elementwise(function: Function) -> Function:
    """Return an operation as NumPy has it: on lists it works number by number."""

    def body(m: Machine, arguments: Arguments, node: ast.AST) -> Any:
        own = [tensors.array_of(m, x, node, "numpy") if isinstance(x, List | tuple) else x for x in arguments]
        return function.body(m, tuple(own), node)

    return replace(function, body=body)


def _product(name: str) -> Function:
    def body(m: Machine, arguments: Arguments, node: ast.AST) -> Any:
        left, right = (array_like(m, x, node, name) for x in arguments)
        if not left.shape or not right.shape:
            return m.operate(OPS["mul"], (left, right), node)
        return tensors.matmul(m, left, right, node)

    return Function(name, ("x", "y"), body, synonyms=(("a", "x"), ("b", "y")))


def _outer(m: Machine, arguments: Arguments, node: ast.AST) -> Any:
    left, right = (array_like(m, x, node, "outer") for x in arguments)
    return tensors.outer(m, left, right, node)


def _filled(name: str, value: float) -> Function:
    def body(m: Machine, arguments: Arguments, node: ast.AST) -> Tensor:
        shape, dtype = arguments
        tensor = tensors.filled(m, tensors.new_shape(m, shape, node), value, node, "numpy")
        kind = pytorch.kind_of(m, dtype, node)
        return tensor if kind is None else tensors.cast(m, tensor, kind, node)

    return Function(name, ("shape", "dtype"), body, (None,))


def _like(name: str, value: float) -> Function:
    def body(m: Machine, arguments: Arguments, node: ast.AST) -> Tensor:
        other = array_like(m, arguments[0], node, name)
        tensor = tensors.filled(m, other.shape, value, node, "numpy")
        return tensors.cast(m, tensor, tensors.dtype_of(m, other), node)

    return Function(name, ("x",), body)


def _in_numpy(function: Function) -> Function:
    """Return what makes a tensor as something that makes an array."""

    def body(m: Machine, arguments: Arguments, node: ast.AST) -> Any:
        result = function.body(m, arguments, node)
        result.flavour = "numpy"
        return result

    return replace(function, body=body)


def _linspace(m: Machine, arguments: Arguments, node: ast.AST) -> Tensor:
    start, stop, num = arguments
    count = m.whole(num, node, "linspace")
    first, last = (float(m.needed_number(x, node, "linspace")) for x in (start, stop))
    m.meter.limit("list", count)
    step = (last - first) / (count - 1) if count > 1 else 0.0
    values = [first + k * step if k < count - 1 or count == 1 else last for k in range(max(count, 0))]
    return tensors.plain_tensor(m, values, (len(values),), node, "numpy")


def _joined(name: str, work: Callable[..., Tensor]) -> Function:
    def body(m: Machine, arguments: Arguments, node: ast.AST) -> Tensor:
        values, axis = arguments
        parts = [array_like(m, x, node, name) for x in m.elements(values, node, name)]
        if not parts:
            raise m.fail("value", f"{name} needs at least 1 array", node, f"Write np.{name}([a, b]).")
        return work(m, parts, m.whole(axis, node, "axis"), node)

    return Function(name, ("arrays", "axis"), body, (0,))


def _reshaped(m: Machine, arguments: Arguments, node: ast.AST) -> Tensor:
    x, shape = arguments
    return tensors.in_shape(m, array_like(m, x, node, "reshape"), tensors.shape_of(m, shape, node), node)


def _transposed(m: Machine, arguments: Arguments, node: ast.AST) -> Tensor:
    return pytorch.transposed(m, array_like(m, arguments[0], node, "transpose"), node)


def _where(m: Machine, arguments: Arguments, node: ast.AST) -> Any:
    condition, left, right = (array_like(m, x, node, "where") for x in arguments)
    return m.unwrapped(tensors.chosen(m, condition, left, right, node))


# -- random numbers ---------------------------------------------------------------------------------------------------


def _seed(m: Machine, arguments: Arguments, node: ast.AST) -> None:
    m.random.numpy.seed(m.whole(arguments[0], node, "seed"))


def _drawn(m: Machine, shape: tuple[int, ...] | None, draw: Callable[[], float], node: ast.AST) -> Any:
    count = 1 if shape is None else size(shape)
    m.meter.limit("list", count)
    m.meter.charge(2 * count)
    values = [draw() for _ in range(count)]
    if shape is None:
        return Number(values[0], m.program.span(node))
    return tensors.plain_tensor(m, values, shape, node, "numpy")


def _shape(m: Machine, given: Any, node: ast.AST) -> tuple[int, ...] | None:
    return None if given is None or given == () else tensors.new_shape(m, given, node)


def _standard(name: str, draw: Callable[[Machine], Callable[[], float]]) -> Function:
    """`np.random.randn(2, 3)`: lengths, one after another."""

    def body(m: Machine, arguments: Arguments, node: ast.AST) -> Any:
        return _drawn(m, _shape(m, arguments[0], node), draw(m), node)

    return Function(name, (), body, rest="lengths", keywords_only=True, example=f"np.random.{name}(3)")


def _uniform(m: Machine, arguments: Arguments, node: ast.AST) -> Any:
    low, high = (float(m.needed_number(x, node, "uniform")) for x in arguments[:2])
    return _drawn(m, _shape(m, arguments[2], node), lambda: low + (high - low) * m.random.numpy.uniform(), node)


def _normal(m: Machine, arguments: Arguments, node: ast.AST) -> Any:
    mean, spread = (float(m.needed_number(x, node, "normal")) for x in arguments[:2])
    return _drawn(m, _shape(m, arguments[2], node), lambda: mean + spread * m.random.numpy.normal(), node)


def _randint(m: Machine, arguments: Arguments, node: ast.AST) -> Any:
    first, second, shape = arguments
    low, high = (
        (0, m.whole(first, node, "randint"))
        if second is None
        else (
            m.whole(first, node, "randint"),
            m.whole(second, node, "randint"),
        )
    )
    if not low < high <= low + 2**32:
        raise m.fail("value", "randint needs a high number above the low one", node, "Write np.random.randint(0, 10).")
    return _drawn(m, _shape(m, shape, node), lambda: low + m.random.numpy.below(high - low), node)


def _permutation(m: Machine, arguments: Arguments, node: ast.AST) -> Tensor:
    count = m.whole(arguments[0], node, "permutation")
    m.meter.limit("list", count)
    m.meter.charge(max(count, 0))
    places = list(range(count))
    m.random.numpy.shuffle(places)
    return tensors.plain_tensor(m, places, (count,), node, "numpy")


_RANDOM = (
    Function("seed", ("seed",), _seed, (0,)),
    _standard("rand", lambda m: m.random.numpy.uniform),
    _standard("randn", lambda m: m.random.numpy.normal),
    Function(
        "random", ("size",), lambda m, a, node: _drawn(m, _shape(m, a[0], node), m.random.numpy.uniform, node), (None,)
    ),
    Function("uniform", ("low", "high", "size"), _uniform, (0.0, 1.0, None)),
    Function("normal", ("loc", "scale", "size"), _normal, (0.0, 1.0, None)),
    Function("randint", ("low", "high", "size"), _randint, (None, None)),
    Function("permutation", ("x",), _permutation),
)

# -- the tables -------------------------------------------------------------------------------------------------------

_SAME = (
    "sum",
    "mean",
    "prod",
    "std",
    "var",
    "argmax",
    "argmin",
    "any",
    "all",
    "cumsum",
    "floor",
    "ceil",
    "trunc",
    "squeeze",
)
_FREE = (
    Function("array", ("object", "dtype"), _array, (None,), example="np.array([1.0, 2.0])"),
    Function("asarray", ("object", "dtype"), _array, (None,), example="np.array([1.0, 2.0])"),
    _filled("zeros", 0.0),
    _filled("ones", 1.0),
    _filled("empty", 0.0),
    _like("zeros_like", 0.0),
    _like("ones_like", 1.0),
    *(_in_numpy(pytorch.FREE[name]) for name in ("arange", "eye", "full")),
    Function("linspace", ("start", "stop", "num"), _linspace, (50,)),
    *(_product(name) for name in ("dot", "matmul", "inner")),
    Function("outer", ("x", "y"), _outer, synonyms=(("a", "x"), ("b", "y"))),
    Function("where", ("condition", "x", "y"), _where),
    Function("reshape", ("x", "newshape"), _reshaped, synonyms=(("a", "x"), ("shape", "newshape"))),
    Function("transpose", ("x",), _transposed),
    _joined("concatenate", tensors.joined),
    _joined("stack", tensors.stacked),
    replace(_over(pytorch.ON_TENSORS["norm"]), parameters=("x", "ord", "axis", "keepdims")),
    _over(pytorch.ON_TENSORS["max"]),
    _over(pytorch.ON_TENSORS["min"]),
    _over(pytorch.ON_TENSORS["round"]),
    replace(
        pytorch.FREE["allclose"],
        body=lambda m, a, node: pytorch.FREE["allclose"].body(
            m, (array_like(m, a[0], node, "allclose"), array_like(m, a[1], node, "allclose"), a[2], a[3]), node
        ),
    ),
)

FREE: Mapping[str, Function] = {
    **{name: _elementwise(f) for name, f in OPERATIONS.items()},
    **{name: _over(pytorch.ON_TENSORS[name]) for name in _SAME},
    **{f.name: f for f in _FREE},
}
MODULES: Mapping[str, Mapping[str, Any]] = {
    "numpy": {
        **FREE,
        **_CONSTANTS,
        "tau": math.tau,
        **{name: Setting(name) for name in ("float64", "float32", "int64", "int32", "bool_")},
    },
    "numpy.random": {f.name: f for f in _RANDOM},
    "numpy.linalg": {"norm": FREE["norm"]},
    "autograd": {},
    "autograd.numpy": {},
}
ALIASES: Mapping[str, str] = {"np": "numpy", "numpy": "numpy"}


def _copy(m: Machine, arguments: Arguments, node: ast.AST) -> Tensor:
    return m.copied(pytorch.needed(m, arguments[0], node, "copy"))


def _as_type(m: Machine, arguments: Arguments, node: ast.AST) -> Tensor:
    receiver, dtype = arguments
    kind = pytorch.kind_of(m, Setting(dtype) if isinstance(dtype, str) else dtype, node)
    return tensors.cast(m, pytorch.needed(m, receiver, node, "astype"), kind or "float", node)


METHODS: Mapping[str, Function] = {
    "copy": Function("copy", ("receiver",), _copy),
    "astype": Function("astype", ("receiver", "dtype"), _as_type),
    "ravel": Function("ravel", ("receiver",), lambda m, a, node: tensors.flattened(m, a[0], 0, -1, node)),
}
