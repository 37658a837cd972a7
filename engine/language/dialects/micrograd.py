"""What micrograd's names stand for: `Value` and its little networks, and what its gradients look like in print."""

from __future__ import annotations

import ast
from collections.abc import Callable, Generator, Mapping
from typing import TYPE_CHECKING, Any

from engine.language.containers import make_set
from engine.language.errors import cut
from engine.language.values import Class, Function, Instance, List, Method, Number, Ref, Set, describe
from engine.ops import OPS, Op

if TYPE_CHECKING:
    from engine.language.machine import Machine

Arguments = tuple[Any, ...]
Steps = Generator[Any, Any, Any]
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
# -- networks ---------------------------------------------------------------------------------------------------------


def _random_value(m: Machine, node: ast.AST) -> Ref:
    return m.leaf(Number(m.random.python.uniform(-1, 1), m.program.span(node)), node, style="value")


def _make_neuron(m: Machine, arguments: Arguments, node: ast.AST) -> None:
    self, inputs, nonlin = arguments
    count = m.whole(inputs, node, "Neuron")
    m.meter.limit("list", count)
    self.attributes["w"] = List([_random_value(m, node) for _ in range(count)])
    self.attributes["b"] = m.leaf(Number(0, m.program.span(node)), node, style="value")
    self.attributes["nonlin"] = m.truth(nonlin)


def _neuron(m: Machine, arguments: Arguments, node: ast.AST) -> Any:
    self, x = arguments
    weights = m.elements(self.attributes["w"], node)
    inputs = [x] if isinstance(x, Ref | Number) else m.elements(x, node, "a Neuron")
    if len(inputs) != len(weights):
        count = f"{len(weights)} input{'s' if len(weights) != 1 else ''}"
        raise m.fail(
            "value", f"this neuron takes {count}, not {len(inputs)}", node, "Give it a list of as many numbers."
        )
    total = self.attributes["b"]
    for weight, given in zip(weights, inputs, strict=True):
        total = m.operate(OPS["add"], (total, m.operate(OPS["mul"], (weight, given), node)), node)
    return m.operate(OPS["relu"], (total,), node) if self.attributes["nonlin"] else total


def _make_layer(m: Machine, arguments: Arguments, node: ast.AST) -> Steps:
    self, inputs, outputs, nonlin = arguments
    neurons = []
    for _ in range(_bounded(m, outputs, "Layer", node)):
        neurons.append((yield m.ask(NEURON, inputs, nonlin, node=node)))
    self.attributes["neurons"] = List(neurons)


def _bounded(m: Machine, count: Any, what: str, node: ast.AST) -> int:
    number = m.whole(count, node, what)
    m.meter.limit("list", number)
    return number


def _layer(m: Machine, arguments: Arguments, node: ast.AST) -> Steps:
    self, x = arguments
    results = []
    for neuron in m.elements(self.attributes["neurons"], node):
        results.append((yield m.ask(neuron, x, node=node)))
    return results[0] if len(results) == 1 else List(results)


def _make_mlp(m: Machine, arguments: Arguments, node: ast.AST) -> Steps:
    self, inputs, outputs = arguments
    sizes = [inputs, *m.elements(outputs, node, "MLP")]
    layers = []
    for k in range(len(sizes) - 1):
        layers.append((yield m.ask(LAYER, sizes[k], sizes[k + 1], k != len(sizes) - 2, node=node)))
    self.attributes["layers"] = List(layers)


def _mlp(m: Machine, arguments: Arguments, node: ast.AST) -> Steps:
    self, x = arguments
    for layer in m.elements(self.attributes["layers"], node):
        x = yield m.ask(layer, x, node=node)
    return x


def _values(m: Machine, owner: Instance) -> list[Any]:
    """Return the trainable values, weights before bias, layer by layer."""
    found: list[Any] = []
    stack: list[Any] = [owner]
    while stack:
        part = stack.pop()
        m.meter.charge()
        if isinstance(part, Ref):
            found.append(part)
        elif isinstance(part, List):
            stack += reversed(part.items)
        elif isinstance(part, Instance):
            stack += [
                part.attributes[name] for name in reversed(("w", "b", "neurons", "layers")) if name in part.attributes
            ]
    return found


def _parameters(m: Machine, arguments: Arguments, node: ast.AST) -> List:
    return List(_values(m, arguments[0]))


def _zero_grad(m: Machine, arguments: Arguments, node: ast.AST) -> None:
    for value in _values(m, arguments[0]):
        m.clear_grad(value, node, 0)


def _neuron_text(m: Machine, owner: Instance) -> str:
    count = len(m.elements(owner.attributes["w"], m.current))
    return f"{'ReLU' if owner.attributes['nonlin'] else 'Linear'}Neuron({count})"


def _layer_text(m: Machine, owner: Instance) -> str:
    return f"Layer of [{', '.join(m.text(n) for n in m.elements(owner.attributes['neurons'], m.current))}]"


def _mlp_text(m: Machine, owner: Instance) -> str:
    return f"MLP of [{', '.join(m.text(n) for n in m.elements(owner.attributes['layers'], m.current))}]"


_MEMBERS: Mapping[str, Function] = {
    "parameters": Function("parameters", ("receiver",), _parameters),
    "zero_grad": Function("zero_grad", ("receiver",), _zero_grad),
}


def _network(name: str, make: Function, call: Any, text: Any) -> Class:
    return Class(name, "micrograd.nn", make, Function(name, ("self", "x"), call), _MEMBERS, text, name.lower())


NEURON = _network("Neuron", Function("Neuron", ("self", "nin", "nonlin"), _make_neuron, (True,)), _neuron, _neuron_text)
LAYER = _network(
    "Layer", Function("Layer", ("self", "nin", "nout", "nonlin"), _make_layer, (True,)), _layer, _layer_text
)
MLP = _network("MLP", Function("MLP", ("self", "nin", "nouts"), _make_mlp), _mlp, _mlp_text)

# -- the tables -------------------------------------------------------------------------------------------------------

FUNCTIONS: Mapping[str, Any] = {"Value": VALUE, "Neuron": NEURON, "Layer": LAYER, "MLP": MLP}
MODULES: Mapping[str, Mapping[str, Any]] = {
    "micrograd": {},
    "micrograd.engine": {"Value": VALUE},
    "micrograd.nn": {"Neuron": NEURON, "Layer": LAYER, "MLP": MLP},
}
ALIASES: Mapping[str, str] = {"micrograd": "micrograd"}
ATTRIBUTES = frozenset({"w", "b", "nonlin", "neurons", "layers", *_MEMBERS})


def _label(m: Machine, owner: Any, node: ast.AST) -> str:
    return (m.tape.labels[owner.node] or "") if isinstance(owner, Ref) else ""


def _inside(m: Machine, owner: Any, node: ast.AST, name: str) -> tuple[Op | None, tuple[int, ...]]:
    """Return the operation of a Value and its operands, which micrograd's own code speaks of."""
    if not isinstance(owner, Ref) or owner.style != "value":
        hint = "Read .data and .grad; the picture shows the rest."
        raise m.fail("name", f".{name} is inside micrograd's Value, and this is {describe(owner)}", node, hint)
    return m.tape.ops[owner.node], m.tape.operands[owner.node]


def _children(m: Machine, owner: Any, node: ast.AST) -> tuple[Ref, ...]:
    return tuple(Ref(operand, "value") for operand in _inside(m, owner, node, "_children")[1])


def _distinct(m: Machine, owner: Any, node: ast.AST) -> Set:
    return make_set(m, [Ref(operand, "value") for operand in _inside(m, owner, node, "_prev")[1]], node)


_SYMBOLS = {"mul": "*", "sub": "-", "relu": "ReLU"}
"""What micrograd calls them, where a picture has a sign of its own."""


def _slopes(m: Machine, owner: Any, node: ast.AST) -> tuple[Number, ...]:
    op, operands = _inside(m, owner, node, "_local_grads")
    values, span = tuple(map(m.read, operands)), m.program.span(node)
    data = m.read(owner.node)
    return tuple(Number(op.partial(slot, data, values), span) for slot in range(len(operands))) if op else ()


def _symbol(m: Machine, owner: Any, node: ast.AST) -> str:
    op, _ = _inside(m, owner, node, "_op")
    return _SYMBOLS.get(op.name, op.symbol) if op else (m.tape.labels[owner.node] or "")


def _pass_on(m: Machine, arguments: Arguments, node: ast.AST) -> None:
    """`v._backward()`: the chain rule at one node, written by hand."""
    (owner,) = arguments
    op, operands = _inside(m, owner, node, "_backward")
    values, upstream = tuple(map(m.read, operands)), m.read_gradient(owner.node)
    for slot, operand in enumerate(operands):
        assert op is not None
        m.meter.charge()
        local = op.partial(slot, m.read(owner.node), values)
        m.set_grad(operand, m.read_gradient(operand) + local * upstream, node)


_PASS_ON = Function("_backward", ("receiver",), _pass_on)
PROPERTIES: Mapping[str, Any] = {
    "label": _label,
    "_children": _children,
    "_prev": _distinct,
    "_local_grads": _slopes,
    "_op": _symbol,
    "_backward": lambda m, owner, node: Method(owner, _PASS_ON),
}

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
