"""What PyTorch's names stand for: tensors of one number, functions, methods, and how a tensor is printed."""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine.language.dialects.python import OPERATIONS, SEED, composed
from engine.language.values import NO_GRAD, Function, Number, Ref, Tensor, describe
from engine.ops import CONSTANTS as _CONSTANTS
from engine.ops import OPS

if TYPE_CHECKING:
    from engine.language.machine import Machine

_TENSOR_EXAMPLE = "torch.tensor(2.0, requires_grad=True)"

# -- making tensors ---------------------------------------------------------------------------------------------------


def _tensor(m: Machine, arguments: tuple[Any, ...], node: ast.AST) -> Tensor:
    data, requires_grad, _dtype = arguments
    shape: tuple[int, ...] = ()
    while isinstance(data, tuple) and len(data) == 1:
        data, shape = data[0], (*shape, 1)
    if isinstance(data, tuple):
        hint = "Write a tensor for each number: torch.tensor(2.0)."
        raise m.fail("refused", "tensors of several numbers are not offered yet", node, hint)
    number = m.number(data)
    if number is None:
        raise m.fail("type", f"a tensor needs a number, not {describe(data)}", node, f"Write {_TENSOR_EXAMPLE}.")
    trainable = m.truth(requires_grad)
    if trainable and isinstance(number, int):
        hint = f"Write {number}.0."
        raise m.fail("type", "a tensor of whole numbers has no gradient", node, hint)
    return Tensor((m.leaf(data, node, trainable=trainable),), shape)


TENSOR = Function("tensor", ("data", "requires_grad", "dtype"), _tensor, (False, None), example=_TENSOR_EXAMPLE)

# -- functions that PyTorch gives more arguments ----------------------------------------------------------------------


def _plain(name: str, settings: tuple[str, ...] = ("inplace",), defaults: tuple[Any, ...] = (False,)) -> Function:
    """Return an operation that also takes settings which change nothing here."""
    op = OPS[name]

    def body(m: Machine, arguments: tuple[Any, ...], node: ast.AST) -> Any:
        return m.operate(op, arguments[: op.arity], node)

    return composed(name, (*op.parameters, *settings), body, (*op.defaults, *defaults))


def _softplus(m: Machine, arguments: tuple[Any, ...], node: ast.AST) -> Any:
    x, beta, threshold = arguments
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


_FUNCTIONAL: Mapping[str, Function] = {
    **OPERATIONS,
    **{name: _plain(name) for name in ("relu", "silu", "leaky_relu", "elu")},
    "softplus": composed("softplus", ("x", "beta", "threshold"), _softplus, (1, 20)),
    "gelu": composed("gelu", ("x", "approximate"), _gelu, ("none",)),
}
NO_GRADIENT = Function("no_grad", (), lambda m, arguments, node: NO_GRAD)
"""What stands under it is no part of the graph."""
_SETTINGS = {name: name for name in ("float", "double", "float32", "float64", "int64", "long")}

MODULES: Mapping[str, Mapping[str, Any]] = {
    "torch": {**OPERATIONS, **_CONSTANTS, **_SETTINGS, "tensor": TENSOR, "manual_seed": SEED, "no_grad": NO_GRADIENT},
    "torch.nn": {},
    "torch.nn.functional": _FUNCTIONAL,
    "torch.nn.init": {},
    "torch.optim": {},
    "torch.optim.lr_scheduler": {},
    "torch.autograd": {},
    "torch.special": {"expit": OPERATIONS["sigmoid"], "erf": OPERATIONS["erf"]},
}
ALIASES: Mapping[str, str] = {"torch": "torch", "F": "torch.nn.functional", "nn": "torch.nn", "optim": "torch.optim"}

LATER_MEMBERS = frozenset(
    {
        *("Linear", "Sequential", "Module", "Parameter", "ReLU", "LeakyReLU", "Tanh", "Sigmoid", "Softmax"),
        *("MSELoss", "L1Loss", "BCELoss", "BCEWithLogitsLoss", "CrossEntropyLoss", "mse_loss", "cross_entropy"),
        *("SGD", "Adam", "AdamW", "RMSprop", "StepLR", "ExponentialLR", "CosineAnnealingLR", "ReduceLROnPlateau"),
        *("step", "zero_grad", "parameters", "named_parameters", "weight", "bias", "train", "eval"),
        *(
            "zeros",
            "ones",
            "arange",
            "linspace",
            "rand",
            "randn",
            "randint",
            "array",
            "dot",
            "mm",
            "matmul",
            "stack",
            "cat",
        ),
        *(
            "sum",
            "mean",
            "std",
            "var",
            "argmax",
            "softmax",
            "log_softmax",
            "logsumexp",
            "shape",
            "size",
            "numel",
            "T",
            "dim",
        ),
        *("view", "reshape", "squeeze", "unsqueeze", "flatten", "tolist", "numpy", "dtype", "copy_", "fill_"),
        *(
            "uniform",
            "gauss",
            "choice",
            "normal",
            "shuffle",
            "MLP",
            "Layer",
            "Neuron",
            "append",
            "items",
            "keys",
            "values",
        ),
    }
)
"""What tutorials write behind a dot and is not offered yet."""

# -- methods and properties -------------------------------------------------------------------------------------------


def _detach(m: Machine, arguments: tuple[Any, ...], node: ast.AST) -> Any:
    return m.detached(arguments[0], node)


def _clone(m: Machine, arguments: tuple[Any, ...], node: ast.AST) -> Any:
    return m.operand(arguments[0], node, "clone")


def _requires_grad_(m: Machine, arguments: tuple[Any, ...], node: ast.AST) -> Any:
    m.set_requires_grad(arguments[0], m.truth(arguments[1]), node)
    return arguments[0]


def _zero_(m: Machine, arguments: tuple[Any, ...], node: ast.AST) -> Any:
    receiver = arguments[0]
    if isinstance(receiver, Tensor) and receiver.gradient_of is not None:
        m.write(receiver.gradient_of, "grad", m.literal(0.0, node), node)
        return receiver
    raise m.fail("type", "zero_ is offered for gradients", node, "Write w.grad.zero_().")


METHODS: Mapping[str, Function] = {
    "detach": Function("detach", ("receiver",), _detach),
    "clone": Function("clone", ("receiver",), _clone),
    "requires_grad_": Function("requires_grad_", ("receiver", "requires_grad"), _requires_grad_, (True,)),
    "retain_grad": Function("retain_grad", ("receiver",), _clone),
    "zero_": Function("zero_", ("receiver",), _zero_),
    "double": Function("double", ("receiver",), _clone),
}


def _requires_grad(m: Machine, owner: Any, node: ast.AST) -> bool:
    cells = owner.cells if isinstance(owner, Tensor) else (owner,)
    return any(isinstance(cell, Ref) and m.tape.needs_grad[cell.node] for cell in cells)


def _is_leaf(m: Machine, owner: Any, node: ast.AST) -> bool:
    cells = owner.cells if isinstance(owner, Tensor) else (owner,)
    return all(isinstance(cell, Number) or m.tape.ops[cell.node] is None for cell in cells)


PROPERTIES: Mapping[str, Any] = {"requires_grad": _requires_grad, "is_leaf": _is_leaf}

# -- print ------------------------------------------------------------------------------------------------------------

_BACKWARD_NAMES = {
    "max": "Maximum",
    "min": "Minimum",
    "square": "Pow",
    "clip": "Clamp",
    "log1p": "Log1P",
    "leaky_relu": "LeakyRelu",
}
_NUMBERED = {"clip": 1}


def tensor_text(m: Machine, tensor: Tensor) -> str:
    """Return what `print(tensor)` writes."""
    cell = tensor.cells[0]
    body = "[" * len(tensor.shape) + cell_text(m.needed_number(cell, None, "print")) + "]" * len(tensor.shape)
    if isinstance(cell, Number) or not m.tape.needs_grad[cell.node]:
        return f"tensor({body})"
    op = m.tape.ops[cell.node]
    if op is None:
        return f"tensor({body}, requires_grad=True)"
    name, number = _BACKWARD_NAMES.get(op.name, op.name.capitalize()), _NUMBERED.get(op.name, 0)
    operands = m.tape.operands[cell.node]
    if op.name == "sub" and m.is_constant(operands[0]):
        name, number = "Rsub", 1
    elif op.name == "div" and m.is_constant(operands[0]):
        name = "Mul"  # PyTorch takes the reciprocal, then multiplies
    elif op.name == "pow" and not m.is_constant(operands[1]):
        number = 2 if m.is_constant(operands[0]) else 1
    return f"tensor({body}, grad_fn=<{name}Backward{number}>)"


def cell_text(x: float) -> str:
    """Return a number as PyTorch prints it in a tensor that holds nothing else.

    >>> cell_text(3.0), cell_text(1 / 3), cell_text(1e-7), cell_text(math.nan), cell_text(1e8), cell_text(2)
    ('3.', '0.3333', '1.0000e-07', 'nan', '100000000.', '2')
    """
    if isinstance(x, int) or not math.isfinite(x):
        return repr(x)
    if x and not 1e-4 <= abs(x) <= 1e8:
        return f"{x:.4e}"
    return f"{x:.0f}." if x.is_integer() else f"{x:.4f}"
