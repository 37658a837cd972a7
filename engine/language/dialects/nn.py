"""What `torch.nn` stands for: layers, losses, and classes that derive from `nn.Module`.

An object holds its parts by name, as in PyTorch; `named_parts` finds the numbers in them. A layer is called inside a
scope of its name, so that every node knows the layer that made it.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from engine.language import tensors
from engine.language.dialects import pytorch
from engine.language.values import (
    Anything,
    Class,
    Dict,
    Function,
    Instance,
    List,
    Ref,
    Scalar,
    Tensor,
    describe,
)
from engine.ops import OPS

if TYPE_CHECKING:
    from engine.language.machine import Machine

Arguments = tuple[Any, ...]
Steps = Generator[Any, Any, Any]
_ADD, _SUB, _MUL, _DIV = OPS["add"], OPS["sub"], OPS["mul"], OPS["div"]

MODULE = Class("Module", "torch.nn")
"""What a class of the program's derives from."""


def is_module(owner: Instance) -> bool:
    """Return whether an object is a network or a part of one."""
    return owner.kind.path in ("torch.nn", "")


# -- what a network holds ---------------------------------------------------------------------------------------------


def children(owner: Instance) -> Iterator[tuple[str, Instance]]:
    """Yield the parts of a network that are networks themselves."""
    for name, part in owner.attributes.items():
        if isinstance(part, Instance) and is_module(part):
            yield name, part


def parameters(m: Machine, owner: Instance, prefix: str = "") -> Iterator[tuple[str, Tensor]]:
    """Yield what a network learns, by the names of PyTorch: `0.weight`, `fc1.bias`. Each tensor comes once."""
    seen: set[int] = set()
    stack: list[tuple[str, Instance]] = [(prefix, owner)]
    while stack:
        path, part = stack.pop()
        m.meter.charge()
        if id(part) in seen:
            continue
        seen.add(id(part))
        for name, value in part.attributes.items():
            if isinstance(value, Tensor) and value.parameter and id(value) not in seen:
                seen.add(id(value))
                yield f"{path}{name}", value
        stack += [(f"{path}{name}.", child) for name, child in reversed(list(children(part)))]


def named_parts(m: Machine, owner: Instance) -> Iterator[tuple[str, Any]]:
    """Yield the numbers that an object holds, each with the way to it as Python writes it: `[0].weight`."""
    seen: set[int] = set()
    stack: list[tuple[str, Anything]] = [("", owner)]
    while stack:
        path, part = stack.pop()
        m.meter.charge()
        if isinstance(part, Ref | Tensor):
            yield path, part
            continue
        if id(part) in seen:
            continue
        seen.add(id(part))
        inner: list[tuple[str, Anything]] = []
        if isinstance(part, List):
            inner = [(f"{path}[{k}]", item) for k, item in enumerate(part.items)]
        elif isinstance(part, Instance):
            inner = [
                (f"{path}[{name}]" if name.isdecimal() else f"{path}.{name}", value)
                for name, value in part.attributes.items()
            ]
        stack += reversed(inner)


def _parameters(m: Machine, arguments: Arguments, node: ast.AST) -> List:
    return List([tensor for _, tensor in parameters(m, arguments[0])])


def _named_parameters(m: Machine, arguments: Arguments, node: ast.AST) -> List:
    return List([(name, tensor) for name, tensor in parameters(m, arguments[0])])


def _state(m: Machine, arguments: Arguments, node: ast.AST) -> Dict:
    return Dict({name: (name, m.detached(tensor, node)) for name, tensor in parameters(m, arguments[0])})


def _zero_grad(m: Machine, arguments: Arguments, node: ast.AST) -> None:
    receiver, to_none = arguments
    for _, tensor in parameters(m, receiver):
        m.clear_grad(tensor, node, None if m.truth(to_none) else 0.0)


def _train(m: Machine, arguments: Arguments, node: ast.AST) -> Instance:
    receiver, mode = arguments
    stack = [receiver]
    while stack:
        part = stack.pop()
        m.meter.charge()
        part.inside["training"] = m.truth(mode)
        stack += [child for _, child in children(part)]
    return receiver  # type: ignore[no-any-return]


def _eval(m: Machine, arguments: Arguments, node: ast.AST) -> Instance:
    return _train(m, (arguments[0], False), node)


def _children(m: Machine, arguments: Arguments, node: ast.AST) -> List:
    return List([child for _, child in children(arguments[0])])


def _named_children(m: Machine, arguments: Arguments, node: ast.AST) -> List:
    return List([(name, child) for name, child in children(arguments[0])])


def _modules(m: Machine, arguments: Arguments, node: ast.AST) -> List:
    found, stack = [], [arguments[0]]
    while stack:
        part = stack.pop()
        m.meter.charge()
        found.append(part)
        stack += [child for _, child in reversed(list(children(part)))]
    return List(found)


def _apply(m: Machine, arguments: Arguments, node: ast.AST) -> Steps:
    receiver, function = arguments
    for part in reversed(_modules(m, (receiver,), node).items):
        yield m.ask(function, part, node=node)
    return receiver


def _itself(m: Machine, arguments: Arguments, node: ast.AST) -> Any:
    return arguments[0]


def _method(name: str, body: Any, parameters: str = "", *defaults: Any, rest: str = "") -> Function:
    return Function(name, ("receiver", *parameters.split()), body, defaults, rest=rest)


METHODS: Mapping[str, Function] = {
    f.name: f
    for f in (
        _method("parameters", _parameters),
        _method("named_parameters", _named_parameters),
        _method("zero_grad", _zero_grad, "set_to_none", True),
        _method("train", _train, "mode", True),
        _method("eval", _eval),
        _method("children", _children),
        _method("named_children", _named_children),
        _method("modules", _modules),
        _method("state_dict", _state),
        _method("apply", _apply, "function"),
        _method("double", _itself),
        _method("float", _itself),
        _method("cpu", _itself),
        _method("to", _itself, rest="wanted"),
        Function("forward", ("receiver",), lambda m, a, node: m.ask(a[0], *a[1], node=node), rest="inputs"),
    )
}
"""Methods of all networks; the receiver is the first argument."""


# -- how a network is printed -----------------------------------------------------------------------------------------


_DEEPEST = 20  # networks in networks that are written out


def text_of(m: Machine, owner: Instance, depth: int = 0) -> str:
    """Return what `print(model)` writes."""
    inner = list(children(owner))
    if not inner:
        return f"{owner.kind.name}({owner.inside.get('text', '')})"
    texts: list[tuple[list[str], str]] = []
    for name, child in inner:
        m.meter.charge()
        text = text_of(m, child, depth + 1) if depth < _DEEPEST else "..."
        if texts and texts[-1][1] == text and owner.kind.name == "ModuleList":
            texts[-1][0].append(name)
        else:
            texts.append(([name], text))
    lines = []
    for names, text in texts:
        place = f"({names[0]})" if len(names) == 1 else f"({names[0]}-{names[-1]}): {len(names)} x"
        lines.append(f"  {place}{':' if len(names) == 1 else ''} " + text.replace("\n", "\n  "))
    m.meter.limit("printed", sum(map(len, lines)))
    return f"{owner.kind.name}(\n" + "\n".join(lines) + "\n)"


# -- layers -----------------------------------------------------------------------------------------------------------


def parameter(m: Machine, data: Tensor, node: ast.AST, trainable: bool = True) -> Tensor:
    """Return a tensor as something that a network learns."""
    result = m.trainable(tensors.cast(m, data, "float", node), node) if trainable else m.copied(data)
    result.parameter = True
    return result


def _drawn(m: Machine, shape: tuple[int, ...], bound: float, node: ast.AST) -> Tensor:
    count = math.prod(shape)
    m.meter.limit("list", count)
    m.meter.charge(count)
    values = [m.random.torch.uniform(-bound, bound, double=m.random.double) for _ in range(count)]
    return parameter(m, tensors.plain_tensor(m, values, shape, node), node)


def _make_linear(m: Machine, arguments: Arguments, node: ast.AST) -> None:
    """Weights and bias are drawn from (-k, k), k = 1/sqrt(inputs), as PyTorch does it (He et al. 2015, a = sqrt 5)."""
    self, inputs, outputs, bias, _device, _dtype = arguments
    width, height = m.whole(inputs, node, "nn.Linear"), m.whole(outputs, node, "nn.Linear")
    if width < 1 or height < 1:
        raise m.fail("value", "a layer needs at least 1 input and 1 output", node, "Write nn.Linear(3, 1).")
    gain = math.sqrt(2.0 / (1 + math.sqrt(5) ** 2))
    self.attributes["weight"] = _drawn(m, (height, width), math.sqrt(3.0) * (gain / math.sqrt(width)), node)
    with_bias = m.truth(bias)
    self.attributes["bias"] = _drawn(m, (height,), 1 / math.sqrt(width), node) if with_bias else None
    self.inside["text"] = f"in_features={width}, out_features={height}, bias={with_bias}"
    self.attributes |= {"in_features": m.literal(width, node), "out_features": m.literal(height, node)}


def linear(m: Machine, x: Anything, weight: Tensor, bias: Tensor | None, node: ast.AST) -> Tensor:
    """Return `x @ weight.T + bias`, neuron by neuron."""
    given = pytorch.needed(m, x, node, "nn.Linear")
    if len(weight.shape) != 2 or (bias is not None and bias.shape != weight.shape[:1]):
        shapes = f"{list(weight.shape)} and {list(bias.shape) if bias else None}"
        message = f"weight and bias of a layer have the shapes [outputs, inputs] and [outputs], not {shapes}"
        raise m.fail("value", message, node, "Look at print(layer.weight.shape).")
    inputs = weight.shape[-1]
    if not given.shape or given.shape[-1] != inputs:
        found = list(given.shape)
        hint = f"Its last dimension must have {inputs} numbers."
        raise m.fail("value", f"this layer takes {inputs} inputs, not a tensor of shape {found}", node, hint)
    cells, weights = m.cells(given), m.cells(weight)
    offsets = None if bias is None else m.cells(bias)
    rows, columns = len(cells) // inputs, len(weights) // inputs
    m.meter.charge(len(cells))
    results: list[Scalar] = []
    for row in range(rows):
        before = m.enter("sample") if rows > 1 else m.tape.scope
        for column in range(columns):
            neuron = m.enter("neuron")
            value = m.dot(
                cells[row * inputs : (row + 1) * inputs], weights[column * inputs : (column + 1) * inputs], node
            )
            results.append(value if offsets is None else m.scalar(_ADD, (value, offsets[column]), node))
            m.leave(neuron)
        m.leave(before)
    origin = "AddmmBackward0" if len(given.shape) == 2 and bias is not None else "ViewBackward0"
    if bias is None and len(given.shape) == 2:
        origin = "MmBackward0"
    return Tensor(results, (*given.shape[:-1], columns), origin=origin)


def _linear(m: Machine, arguments: Arguments, node: ast.AST) -> Tensor:
    self, x = arguments
    weight, bias = self.attributes["weight"], self.attributes.get("bias")
    if not isinstance(weight, Tensor) or not isinstance(bias, Tensor | None):
        raise m.fail(
            "type", "weight and bias of nn.Linear are tensors", node, "Write layer.weight = nn.Parameter(...)."
        )
    return linear(m, x, weight, bias, node)


def _functional_linear(m: Machine, arguments: Arguments, node: ast.AST) -> Tensor:
    x, weight, bias = arguments
    offsets = None if bias is None else pytorch.needed(m, bias, node, "F.linear")
    return linear(m, x, pytorch.needed(m, weight, node, "F.linear"), offsets, node)


def _make_sequential(m: Machine, arguments: Arguments, node: ast.AST) -> None:
    self, layers = arguments
    if len(layers) == 1 and isinstance(layers[0], Dict):
        self.attributes |= {str(name): layer for name, layer in layers[0].items.values()}
    else:
        self.attributes |= {str(k): layer for k, layer in enumerate(layers)}
    for layer in self.attributes.values():
        if not isinstance(layer, Instance):
            hint = "Write nn.ReLU() for a layer; relu without parentheses is the function."
            raise m.fail("type", f"nn.Sequential holds layers, not {describe(layer)}", node, hint)
    self.inside["layers"] = True


def _sequential(m: Machine, arguments: Arguments, node: ast.AST) -> Steps:
    self, x = arguments
    for layer in list(self.attributes.values()):
        x = yield m.ask(layer, x, node=node)
    return x


def _make_list(m: Machine, arguments: Arguments, node: ast.AST) -> None:
    self, layers = arguments
    parts = () if layers is None else m.elements(layers, node, "nn.ModuleList")
    self.attributes |= {str(k): layer for k, layer in enumerate(parts)}
    self.inside["layers"] = True


def _append_layer(m: Machine, arguments: Arguments, node: ast.AST) -> Instance:
    self, layer = arguments
    self.attributes[str(len(self.attributes))] = layer
    return self  # type: ignore[no-any-return]


def _parameter(m: Machine, arguments: Arguments, node: ast.AST) -> Tensor:
    data, requires_grad = arguments
    if not isinstance(data, Tensor):
        hint = "Write nn.Parameter(torch.randn(3))."
        raise m.fail("type", f"nn.Parameter needs a tensor, not {describe(data)}", node, hint)
    return parameter(m, data, node, m.truth(requires_grad))


def _layer(
    name: str,
    make: Callable[..., Any],
    call: Callable[..., Any],
    parameters_: str = "",
    *defaults: Any,
    inputs: str = "input",
    rest: str = "",
    **members: Function,
) -> Class:
    built = Function(f"nn.{name}", ("self", *parameters_.split()), make, defaults, rest=rest)
    return Class(
        name,
        "torch.nn",
        built,
        Function(name, ("self", *inputs.split()), call),
        members,
        text_of,
        name.lower(),
    )


def _activation(name: str, function: str, parameters_: str = "", *defaults: Any, shown: str = "") -> Class:
    """A layer that does to each number what a function of `F` does."""
    own = pytorch.FUNCTIONAL[function]
    words = parameters_.split()

    def make(m: Machine, arguments: Arguments, node: ast.AST) -> None:
        self, *settings = arguments
        self.inside["settings"] = dict(zip(words, settings, strict=True))
        texts = [f"{word}={m.repr(self.inside['settings'][word])}" for word in shown.split()]
        self.inside["text"] = ", ".join(texts)

    def call(m: Machine, arguments: Arguments, node: ast.AST) -> Any:
        self, x = arguments
        given = [value for name, value in self.inside["settings"].items() if name in own.parameters]
        return own.body(m, (pytorch.needed(m, x, node, f"nn.{name}"), *given, *own.defaults[len(given) :]), node)

    return _layer(name, make, call, parameters_, *defaults)


# -- losses -----------------------------------------------------------------------------------------------------------

Reduce = Callable[..., Any]


def _finished(m: Machine, losses: Tensor, reduction: Any, node: ast.AST) -> Any:
    if reduction == "none":
        return losses
    if reduction == "sum":
        return tensors.summed(m, losses, None, False, node)
    if reduction != "mean":
        raise m.fail("value", "reduction is 'mean', 'sum' or 'none'", node, "Write reduction='mean'.")
    return tensors.averaged(m, losses, None, False, node)


def _pair(m: Machine, x: Any, y: Any, node: ast.AST, what: str) -> tuple[Tensor, Tensor]:
    left, right = (replace(pytorch.needed(m, each, node, what), flavour="torch") for each in (x, y))
    if left.shape != right.shape and {*left.shape} | {*right.shape} != {1} and left.shape and right.shape:
        message = f"prediction and target have the shapes {list(left.shape)} and {list(right.shape)}"
        m.notice("domain", f"{message}, so every one meets every other. Was that meant?", m.program.span(node))
    return left, right


def _squared(m: Machine, x: Tensor, y: Tensor, node: ast.AST) -> Tensor:
    difference = m.operate(_SUB, (x, y), node)
    return m.operate(OPS["square"], (difference,), node)  # type: ignore[no-any-return]


def _absolute(m: Machine, x: Tensor, y: Tensor, node: ast.AST) -> Tensor:
    return m.operate(OPS["abs"], (m.operate(_SUB, (x, y), node),), node)  # type: ignore[no-any-return]


def _huber(m: Machine, x: Tensor, y: Tensor, node: ast.AST) -> Tensor:
    """Half the square up to 1, straight beyond."""
    difference = m.operate(_SUB, (x, y), node)
    half, one = m.literal(0.5, node), m.literal(1.0, node)
    cells = []
    for cell in m.cells(difference):
        if abs(m.needed_number(cell, node, "loss")) < 1.0:
            cells.append(m.scalar(_MUL, (half, m.scalar(OPS["square"], (cell,), node)), node))
        else:
            cells.append(m.scalar(_SUB, (m.scalar(OPS["abs"], (cell,), node), m.scalar(_MUL, (half, one), node)), node))
    return Tensor(cells, difference.shape)


def _cross_entropy_of_two(m: Machine, x: Tensor, y: Tensor, node: ast.AST) -> Tensor:
    """-(y log p + (1 - y) log(1 - p)); a logarithm is never less than -100, as in PyTorch."""
    if any(not 0 <= p <= 1 for p in m.plain(x)):
        message = "BCELoss takes probabilities between 0 and 1"
        raise m.fail("value", message, node, "Put a sigmoid before it, or use BCEWithLogitsLoss.")

    def logarithm(cell: Scalar) -> Scalar:
        result = m.scalar(OPS["log"], (cell,), node)
        if m.needed_number(result, node, "log") >= -100:
            return result
        return m.scalar(OPS["clip"], (result, m.literal(-100.0, node), m.literal(math.inf, node)), node)

    one = m.literal(1.0, node)
    cells = []
    for p, target in zip(m.cells(x), m.cells(y), strict=True):
        yes = m.scalar(_MUL, (target, logarithm(p)), node)
        no = m.scalar(_MUL, (m.scalar(_SUB, (one, target), node), logarithm(m.scalar(_SUB, (one, p), node))), node)
        cells.append(m.scalar(OPS["neg"], (m.scalar(_ADD, (yes, no), node),), node))
    return Tensor(cells, x.shape)


def _with_logits(m: Machine, x: Tensor, y: Tensor, node: ast.AST) -> Tensor:
    """softplus(x) - x y: the cross entropy of sigmoid(x), which no rounding can bring to 0 or 1."""
    return m.operate(_SUB, (m.operate(OPS["softplus"], (x,), node), m.operate(_MUL, (x, y), node)), node)  # type: ignore[no-any-return]


def _elementwise_loss(name: str, work: Callable[..., Tensor], strict: bool = False) -> Function:
    def body(m: Machine, arguments: Arguments, node: ast.AST) -> Any:
        x, y, reduction = arguments
        left, right = _pair(m, x, y, node, name)
        if strict and left.shape != right.shape:
            message = f"prediction and target need one shape, not {list(left.shape)} and {list(right.shape)}"
            raise m.fail("value", message, node, "Write target.view_as(prediction), or unsqueeze one of them.")
        return _with_origin(_finished(m, work(m, left, right, node), reduction, node), name, reduction)

    return Function(name, ("input", "target", "reduction"), body, ("mean",))


_ORIGINS = {
    "mse_loss": "MseLossBackward0",
    "l1_loss": "MeanBackward0",
    "smooth_l1_loss": "SmoothL1LossBackward0",
    "binary_cross_entropy": "BinaryCrossEntropyBackward0",
    "binary_cross_entropy_with_logits": "BinaryCrossEntropyWithLogitsBackward0",
    "cross_entropy": "NllLossBackward0",
    "nll_loss": "NllLossBackward0",
}


def _with_origin(loss: Any, name: str, reduction: Any) -> Any:
    loss.origin = "AbsBackward0" if name == "l1_loss" and reduction == "none" else _ORIGINS[name]
    return loss


def _classes(m: Machine, logs: Tensor, target: Any, reduction: Any, node: ast.AST, name: str) -> Any:
    """Return minus the logarithm of the probability of each target."""
    wanted = pytorch.needed(m, target, node, name)
    count = logs.shape[-1] if logs.shape else 0
    rows = len(logs) // max(count, 1)
    cells = m.cells(logs)
    losses: list[Scalar] = []
    if wanted.shape == logs.shape and tensors.dtype_of(m, wanted) == "float":
        weights = m.cells(wanted)
        for row in range(rows):
            part = slice(row * count, (row + 1) * count)
            losses.append(m.scalar(OPS["neg"], (m.dot(weights[part], cells[part], node),), node))
    elif len(wanted) == rows and wanted.shape == logs.shape[:-1]:
        for row, cell in enumerate(wanted.cells):
            k = m.whole(cell, node, "a class")
            if not 0 <= k < count:
                message = f"there is no class {k}: there are {count}, from 0 to {count - 1}"
                raise m.fail(
                    "value", message, node, "The last dimension of the prediction has a number for each class."
                )
            losses.append(m.scalar(OPS["neg"], (cells[row * count + k],), node))
    else:
        message = f"{name} takes a class for each row of {list(logs.shape)}, not a tensor of shape {list(wanted.shape)}"
        raise m.fail("value", message, node, "Write torch.tensor([0, 2, 1]) for three rows.")
    return _with_origin(_finished(m, Tensor(losses, logs.shape[:-1]), reduction, node), name, reduction)


def _cross_entropy(m: Machine, arguments: Arguments, node: ast.AST) -> Any:
    x, target, reduction = arguments
    logits = pytorch.needed(m, x, node, "cross_entropy")
    logs = tensors.log_softmax(m, logits, m.literal(-1, node), node)
    return _classes(m, logs, target, reduction, node, "cross_entropy")


def _negative_log(m: Machine, arguments: Arguments, node: ast.AST) -> Any:
    x, target, reduction = arguments
    return _classes(m, pytorch.needed(m, x, node, "nll_loss"), target, reduction, node, "nll_loss")


LOSSES: Mapping[str, Function] = {
    f.name: f
    for f in (
        _elementwise_loss("mse_loss", _squared),
        _elementwise_loss("l1_loss", _absolute),
        _elementwise_loss("smooth_l1_loss", _huber),
        _elementwise_loss("binary_cross_entropy", _cross_entropy_of_two, strict=True),
        _elementwise_loss("binary_cross_entropy_with_logits", _with_logits, strict=True),
        Function("cross_entropy", ("input", "target", "reduction"), _cross_entropy, ("mean",)),
        Function("nll_loss", ("input", "target", "reduction"), _negative_log, ("mean",)),
    )
}


def _loss(name: str, function: str) -> Class:
    own = LOSSES[function]

    def make(m: Machine, arguments: Arguments, node: ast.AST) -> None:
        arguments[0].inside["reduction"] = arguments[1]

    def call(m: Machine, arguments: Arguments, node: ast.AST) -> Any:
        self, x, y = arguments
        return own.body(m, (x, y, self.inside["reduction"]), node)

    return _layer(name, make, call, "reduction", "mean", inputs="input target")


# -- starting numbers -------------------------------------------------------------------------------------------------


def _starting(name: str, parameters_: str, draw: Callable[..., list[float]], *defaults: Any) -> Function:
    """Return a function of `nn.init`: it fills a parameter, and the graph does not see it."""

    def body(m: Machine, arguments: Arguments, node: ast.AST) -> Tensor:
        tensor, *settings = arguments
        target = pytorch.needed(m, tensor, node, name)
        numbers = [m.needed_number(x, node, name) if not isinstance(x, str) else x for x in settings]
        m.meter.charge(2 * len(target))
        values = draw(m, target, *numbers)
        m.write_cells(m.detached(target, node), tensors.plain_tensor(m, values, target.shape, node), node)
        return target

    return Function(name, ("tensor", *parameters_.split()), body, defaults)


def _fans(m: Machine, x: Tensor) -> tuple[int, int]:
    if len(x.shape) < 2:
        raise m.fail(
            "value", "this needs a matrix of weights", None, "Write nn.init.uniform_(b, -0.1, 0.1) for a bias."
        )
    return x.shape[1], x.shape[0]


def _within(m: Machine, x: Tensor, bound: float) -> list[float]:
    return [m.random.torch.uniform(-bound, bound, double=m.random.double) for _ in range(len(x))]


def _around(m: Machine, x: Tensor, mean: float, spread: float) -> list[float]:
    return [m.random.rounded(v * spread + mean) for v in m.random.torch.normals(len(x), double=m.random.double)]


def _between(m: Machine, x: Tensor, low: float, high: float) -> list[float]:
    return [m.random.torch.uniform(low, high, double=m.random.double) for _ in range(len(x))]


def _glorot(m: Machine, x: Tensor, gain: float) -> float:
    return gain * math.sqrt(2.0 / sum(_fans(m, x)))


INIT = {
    f.name: f
    for f in (
        _starting("zeros_", "", lambda m, x: [0.0] * len(x)),
        _starting("ones_", "", lambda m, x: [1.0] * len(x)),
        _starting("constant_", "val", lambda m, x, value: [float(value)] * len(x)),
        _starting("uniform_", "a b", _between, 0.0, 1.0),
        _starting("normal_", "mean std", _around, 0.0, 1.0),
        _starting("xavier_uniform_", "gain", lambda m, x, g: _within(m, x, math.sqrt(3.0) * _glorot(m, x, g)), 1.0),
        _starting("xavier_normal_", "gain", lambda m, x, g: _around(m, x, 0.0, _glorot(m, x, g)), 1.0),
        _starting(
            "kaiming_uniform_",
            "a mode nonlinearity",
            lambda m, x, a, mode, kind: _within(m, x, math.sqrt(3.0) * _he(m, x, a, mode, kind)),
            0.0,
            "fan_in",
            "leaky_relu",
        ),
        _starting(
            "kaiming_normal_",
            "a mode nonlinearity",
            lambda m, x, a, mode, kind: _around(m, x, 0.0, _he(m, x, a, mode, kind)),
            0.0,
            "fan_in",
            "leaky_relu",
        ),
    )
}


def _he(m: Machine, x: Tensor, a: float, mode: str, kind: str) -> float:
    gain = {"linear": 1.0, "sigmoid": 1.0, "tanh": 5.0 / 3, "relu": math.sqrt(2.0)}.get(
        kind, math.sqrt(2.0 / (1 + a * a))
    )
    return gain / math.sqrt(_fans(m, x)[mode == "fan_out"])


# -- the tables -------------------------------------------------------------------------------------------------------

_SEQUENTIAL = Class(
    "Sequential",
    "torch.nn",
    Function("nn.Sequential", ("self",), _make_sequential, rest="layers"),
    Function("Sequential", ("self", "input"), _sequential),
    {},
    text_of,
    "sequential",
)
_MODULE_LIST = Class(
    "ModuleList",
    "torch.nn",
    Function("nn.ModuleList", ("self", "modules"), _make_list, (None,)),
    None,
    {"append": Function("append", ("self", "module"), _append_layer)},
    text_of,
)
_CLASSES = (
    MODULE,
    _layer("Linear", _make_linear, _linear, "in_features out_features bias device dtype", True, None, None),
    _SEQUENTIAL,
    _MODULE_LIST,
    _layer("Identity", lambda m, a, node: None, lambda m, a, node: a[1]),
    _layer(
        "Flatten",
        lambda m, a, node: a[0].inside.update(
            start=a[1], end=a[2], text=f"start_dim={m.text(a[1])}, end_dim={m.text(a[2])}"
        ),
        lambda m, a, node: tensors.flattened(
            m, a[1], m.whole(a[0].inside["start"], node, "Flatten"), m.whole(a[0].inside["end"], node, "Flatten"), node
        ),
        "start_dim end_dim",
        1,
        -1,
    ),
    _activation("ReLU", "relu", "inplace", False),
    _activation("LeakyReLU", "leaky_relu", "negative_slope inplace", 0.01, False, shown="negative_slope"),
    _activation("ELU", "elu", "alpha inplace", 1.0, False, shown="alpha"),
    _activation("GELU", "gelu", "approximate", "none", shown="approximate"),
    _activation("SiLU", "silu", "inplace", False),
    _activation("Tanh", "tanh"),
    _activation("Sigmoid", "sigmoid"),
    _activation("Softplus", "softplus", "beta threshold", 1.0, 20.0, shown="beta threshold"),
    _activation("Softmax", "softmax", "dim", None, shown="dim"),
    _activation("LogSoftmax", "log_softmax", "dim", None, shown="dim"),
    _loss("MSELoss", "mse_loss"),
    _loss("L1Loss", "l1_loss"),
    _loss("SmoothL1Loss", "smooth_l1_loss"),
    _loss("HuberLoss", "smooth_l1_loss"),
    _loss("BCELoss", "binary_cross_entropy"),
    _loss("BCEWithLogitsLoss", "binary_cross_entropy_with_logits"),
    _loss("CrossEntropyLoss", "cross_entropy"),
    _loss("NLLLoss", "nll_loss"),
)


def _clip(m: Machine, arguments: Arguments, node: ast.AST) -> Tensor:
    """Shrink all gradients so that the root of the sum of their squares is at most `max_norm`."""
    given, most, _kind = arguments
    params = [given] if isinstance(given, Tensor) else list(m.elements(given, node, "clip_grad_norm_"))
    cells = [cell for tensor in params for cell in pytorch.needed(m, tensor, node, "clip_grad_norm_").cells]
    reached = [cell for cell in cells if isinstance(cell, Ref) and m.has_grad(cell)]
    m.meter.charge(2 * len(reached))
    total = math.sqrt(math.fsum(m.read_gradient(cell.node) ** 2 for cell in reached))
    factor = min(m.needed_number(most, node, "max_norm") / (total + 1e-6), 1.0)
    if factor < 1:
        for cell in reached:
            m.set_grad(cell.node, m.read_gradient(cell.node) * factor, node)
    return tensors.plain_tensor(m, [total], (), node)


_CLIP = Function("clip_grad_norm_", ("parameters", "max_norm", "norm_type"), _clip, (2.0,))
_PARAMETER = Function("nn.Parameter", ("data", "requires_grad"), _parameter, (True,))
_LINEAR = Function("linear", ("input", "weight", "bias"), _functional_linear, (None,))

MODULES: Mapping[str, Mapping[str, Any]] = {
    "torch.nn": {
        **{kind.name: kind for kind in _CLASSES},
        "Parameter": _PARAMETER,
    },
    "torch.nn.functional": {**pytorch.FUNCTIONAL, **LOSSES, "linear": _LINEAR},
    "torch.nn.init": INIT,
    "torch.nn.parameter": {"Parameter": _PARAMETER},
    "torch.nn.utils": {"clip_grad_norm_": _CLIP},
}
ATTRIBUTES = frozenset({"training", "weight", "bias", "in_features", "out_features", *METHODS})
