"""Programs as tutorials write them, and the listings of texts about gradients: the same here and in CPython."""

from __future__ import annotations

import random
from typing import Any

import pytest

from engine import run
from engine.trace import Update
from tests.language.oracle import DOUBLE, host_gradients, host_run, our_gradients, snippets

pytest.importorskip("torch")
SNIPPETS = snippets()


def micrograd_names() -> dict[str, Any]:
    from micrograd.engine import Value
    from micrograd.nn import MLP, Layer, Neuron

    return {"Value": Value, "Neuron": Neuron, "Layer": Layer, "MLP": MLP, "random": random}


def check(source: str) -> None:
    """Run `source` here and in CPython: the same prints, and the same gradients if it asks for any."""
    expected, names = host_run(source, micrograd_names())
    result = run(source)
    assert result.printed == expected
    if ".backward(" not in source:
        return
    ours = our_gradients(result)
    for name, gradient in host_gradients(names).items():
        assert ours[name] == pytest.approx(gradient, rel=1e-9, abs=1e-12), name


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("title", SNIPPETS)
def test_a_tutorial_prints_and_differentiates_as_in_python(title: str) -> None:
    check(SNIPPETS[title])


def test_there_are_enough_of_them() -> None:
    assert len(SNIPPETS) >= 80


# -- listings of texts about gradients, with the line or two that the text around them supplies ------------------------

NETWORK = """
import torch
import torch.nn as nn

# Single neuron: 3 inputs → 1 output
model = nn.Linear(3, 1)

# Check initial parameters
print(f"Weights shape: {model.weight.shape}")  # torch.Size([1, 3])
print(f"Bias shape: {model.bias.shape}")        # torch.Size([1])
x = torch.tensor([[1.0, 2.0, 3.0]])  # Input
y_true = torch.tensor([[5.0]])        # Target
y_pred = model(x)  # Make prediction
print(f"Prediction: {y_pred.item():.3f}")

loss = (y_pred - y_true) ** 2  # Calculate loss
print(f"Loss: {loss.item():.3f}")
"""
GRADIENTS = """
loss.backward()  # Compute gradients for ALL parameters

# Check gradients for each parameter
print("Weight gradients:", model.weight.grad)
# tensor([[-5.0000, -10.0000, -15.0000]])

print("Bias gradient:", model.bias.grad)
# tensor([-5.0000])
"""
LISTINGS = {
    "a square": """
import torch

# Simple function: loss = w²
w = torch.tensor([3.0], requires_grad=True)
loss = w ** 2

# Calculate gradient
loss.backward()

print(f"Weight: {w.item()}")        # 3.0
print(f"Loss: {loss.item()}")       # 9.0
print(f"Gradient: {w.grad.item()}")  # 6.0
""",
    "a neuron": NETWORK + GRADIENTS,
    "an update by hand": NETWORK
    + GRADIENTS
    + """
learning_rate = 0.01

# Manual update (PyTorch normally does this for you)
with torch.no_grad():  # Don't track these operations
    for param in model.parameters():
        # The update step
        param -= learning_rate * param.grad

        # Reset gradient for next iteration
        param.grad.zero_()
print(model.weight, model.bias, model.weight.grad)
""",
    "a whole cycle": NETWORK
    + """
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
# Full cycle with visualization
print("Before training:")
print(f"  Prediction: {model(x).item():.3f}")
print(f"  Loss: {loss.item():.3f}")

# One update step
optimizer.zero_grad()
loss.backward()
optimizer.step()

# Check improvement
new_pred = model(x)
new_loss = (new_pred - y_true) ** 2

print("\\nAfter one update:")
print(f"  Prediction: {new_pred.item():.3f}")
print(f"  Loss: {new_loss.item():.3f}")
print(f"  Improvement: {(loss.item() - new_loss.item()):.3f}")
""",
    "a quick reference": """
import torch
param = torch.tensor(2.0, requires_grad=True)
optimizer = torch.optim.SGD([param], lr=0.1)
loss = param ** 3
# Compute gradients
loss.backward()

# Access gradients
param.grad

# Zero gradients
optimizer.zero_grad()
# or
loss = param ** 3
loss.backward()
param.grad.zero_()
print(param.grad)
""",
    "the update rule": """
import torch
weight = torch.tensor(0.5, requires_grad=True)
(weight * -5.0).backward()
learning_rate = 0.01
# The update rule
weight.data -= learning_rate * weight.grad
print(weight.item())
""",
    "a rate of change": "y = 2 * 3.001\nprint(y, (y - 2 * 3) / 0.001 > 1.99)",
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("title", LISTINGS)
def test_a_listing_runs_as_pasted_and_prints_what_pytorch_prints(title: str) -> None:
    check(f"import torch\n{DOUBLE}torch.manual_seed(0)\n{LISTINGS[title]}")


BACKWARD = """
def backward(self):
    topo = []
    visited = set()
    def build_topo(v):
        if v not in visited:
            visited.add(v)
            for child in v.{children}:
                build_topo(child)
            topo.append(v)
    build_topo(self)
    self.grad = 1
    for v in reversed(topo):
        {step}
"""
BY_HAND = {
    "with _backward": BACKWARD.format(children="_prev", step="v._backward()"),
    "with local gradients": BACKWARD.format(
        children="_children",
        step="for child, local_grad in zip(v._children, v._local_grads):\n"
        "            child.grad += local_grad * v.grad",
    ),
}


@pytest.mark.parametrize("title", BY_HAND)
def test_the_backward_pass_of_micrograd_runs_as_it_is_explained(title: str) -> None:
    program = "a = Value(2.0, _op='a')\nb = Value(3.0, _op='b')\nc = a * b # c = 6\nd = c + a # d = 8\nbackward(d)\n"
    result = run(BY_HAND[title] + program + "print(a.grad, b.grad, c.grad, d.grad, d.data)")
    assert result.printed.split() == ["4.0", "2.0", "1.0", "1", "8.0"]
    walkthrough = "a = Value(2.0)\nb = Value(-3.0)\nd = Value(10.0)\nc = a * b\ne = c + d\nf = e.relu()\nbackward(f)\n"
    result = run(BY_HAND[title] + walkthrough + "print(a.grad, b.grad, c.grad, d.grad, e.grad, f.grad)")
    assert list(map(float, result.printed.split())) == [-3.0, 2.0, 1.0, 1.0, 1.0, 1.0]
    written = [step for step in result.trace.steps if isinstance(step, Update)]
    assert all(step.field == "grad" for step in written)  # no pass was added


def test_numbers_that_pytorch_draws_by_default_are_those_of_float32() -> None:
    import torch

    torch.manual_seed(0)
    layer = torch.nn.Linear(3, 1)
    result = run("torch.manual_seed(0)\nmodel = nn.Linear(3, 1)\nprint(model.weight, model.bias)\nmodel(torch.ones(3))")
    numbers = [result.tape.data[result.variables[f"model.weight[0,{k}]"]] for k in range(3)]
    assert numbers == layer.weight.flatten().tolist()
    assert result.printed == f"{layer.weight} {layer.bias}\n"
