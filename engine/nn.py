"""micrograd's little networks over `Value`, for Python users: same classes, same weights from the same seed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from engine.value import Value, neuron, operands_of


class Module:
    """Something with parameters."""

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to 0, before the next backward pass."""
        for p in self.parameters():
            p.grad = 0

    def parameters(self) -> list[Value]:
        """Return the trainable values, weights before bias, layer by layer."""
        return []


class Neuron(Module):
    """A weighted sum of `nin` inputs plus a bias, through relu if `nonlin`."""

    def __init__(self, nin: int, nonlin: bool = True) -> None:
        self.w = [Value(random.uniform(-1, 1)) for _ in range(nin)]
        self.b = Value(0)
        self.nonlin = nonlin

    def __call__(self, x: Sequence[Any]) -> Value:
        return neuron(self.w, _checked(x, self.w), self.b, self.nonlin)

    def parameters(self) -> list[Value]:
        return [*self.w, self.b]

    def __repr__(self) -> str:
        return f"{'ReLU' if self.nonlin else 'Linear'}Neuron({len(self.w)})"


def _checked(x: Sequence[Any], weights: list[Value]) -> list[Value]:
    if len(x) != len(weights):
        raise ValueError(f"this neuron takes {len(weights)} inputs, not {len(x)}")
    return operands_of(x)


class Layer(Module):
    """`nout` neurons beside each other."""

    def __init__(self, nin: int, nout: int, **kwargs: Any) -> None:
        self.neurons = [Neuron(nin, **kwargs) for _ in range(nout)]

    def __call__(self, x: Sequence[Any]) -> Any:
        values = _checked(x, self.neurons[0].w)
        out = [neuron(n.w, values, n.b, n.nonlin) for n in self.neurons]
        return out[0] if len(out) == 1 else out

    def parameters(self) -> list[Value]:
        return [p for n in self.neurons for p in n.parameters()]

    def __repr__(self) -> str:
        return f"Layer of [{', '.join(str(n) for n in self.neurons)}]"


class MLP(Module):
    """Layers one after another; the last is linear."""

    def __init__(self, nin: int, nouts: list[int]) -> None:
        sizes = [nin, *nouts]
        self.layers = [Layer(sizes[k], nout, nonlin=k != len(nouts) - 1) for k, nout in enumerate(nouts)]

    def __call__(self, x: Sequence[Any]) -> Any:
        for layer in self.layers:
            x = layer(x)
        return x

    def parameters(self) -> list[Value]:
        return [p for layer in self.layers for p in layer.parameters()]

    def __repr__(self) -> str:
        return f"MLP of [{', '.join(str(layer) for layer in self.layers)}]"
