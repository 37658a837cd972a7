"""Named examples: menu, documentation, golden tests and demonstration at once. Start at `GALLERY`.

Each is a program that somebody would paste, with the one thing to notice in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Example:
    """A program with a name for addresses (`name`), one for people (`title`) and what to look at (`notice`)."""

    name: str
    title: str
    notice: str
    source: str
    inputs: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))


def _example(name: str, title: str, notice: str, source: str, **inputs: float) -> tuple[str, Example]:
    return name, Example(name, title, notice, source.strip() + "\n", MappingProxyType(inputs))


GALLERY: Mapping[str, Example] = MappingProxyType(
    dict(
        (
            _example(
                "relu",
                "A first graph",
                "The gate is open because a*b + d is positive: each gradient arrives unchanged at the sum.",
                "relu(a*b + d)",
                a=2.0,
                b=-3.0,
                d=10.0,
            ),
            _example(
                "slope",
                "A slope",
                "y grows twice as fast as x, wherever x is: the gradient is 2.",
                "x = 3\ny = 2 * x",
            ),
            _example(
                "value",
                "micrograd's Value",
                "a is used twice, so two contributions arrive at it: 3 through c, 1 directly.",
                """
a = Value(2.0, _op='a')
b = Value(3.0, _op='b')
c = a * b # c = 6
d = c + a # d = 8
d.backward()
""",
            ),
            _example(
                "ascent",
                "One step uphill",
                "Each leaf moves a little along its gradient, and the rebuilt L is larger: -8 becomes -7.286496.",
                """
a = Value(2.0, label='a')
b = Value(-3.0, label='b')
c = Value(10.0, label='c')
e = a * b; e.label = 'e'
d = e + c; d.label = 'd'
f = Value(-2.0, label='f')
L = d * f; L.label = 'L'
L.backward()

a.data += 0.01 * a.grad
b.data += 0.01 * b.grad
c.data += 0.01 * c.grad
f.data += 0.01 * f.grad

e = a * b
d = e + c
L = d * f
print(L.data)
""",
            ),
            _example(
                "square-loss",
                "A loss in PyTorch",
                "The gradient of w**2 is 2w: at 3 it is 6, positive, so w should shrink.",
                """
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
            ),
            _example(
                "twice",
                "The same value twice",
                "Both edges of a + a end at a, and both count: the gradient is 2, not 1.",
                "a = 3.0\ny = a + a",
            ),
            _example(
                "product",
                "x times x",
                "Two edges from one node, each carrying x: together 2x, the rule for squares.",
                "x = 3.0\ny = x * x",
            ),
            _example(
                "doubling",
                "Two paths, twice",
                "Four paths lead from c to a, two nodes are between: the sweep walks four edges, not four paths.",
                "a = 3.0\nb = a + a\nc = b + b",
            ),
            _example(
                "neuron",
                "A neuron",
                "x2 is 0, so w2 gets no gradient: a weight on a silent input does not learn.",
                """
x1 = 2.0; x2 = 0.0
w1 = -3.0; w2 = 1.0
b = 6.8813735870195432
n = x1*w1 + x2*w2 + b
o = tanh(n)
""",
            ),
            _example(
                "sigmoid",
                "Sigmoid from pieces",
                "Four simple nodes multiply up to s*(1 - s); the one node sigmoid(x) has the same gradient.",
                "x = 0.5\ns = 1 / (1 + exp(-x))",
            ),
            _example(
                "max-gate",
                "A fork and a gate",
                "The gradient goes through max to y alone, since y > z; y also gets one through the sum.",
                "f = (x + y) * max(y, z)",
                x=1.0,
                y=2.0,
                z=0.0,
            ),
            _example(
                "cross-entropy",
                "Softmax and cross-entropy",
                "The long way round ends in something short: the gradient is softmax minus the target.",
                """
z1 = 2.0
z2 = -1.0
loss = log(exp(z1) + exp(z2)) - z1    # the target is class 1
""",
            ),
            _example(
                "overflow",
                "A softplus that overflows",
                "exp(800) is inf, so the sum, the loss and the gradient are lost; softplus(x) is 800 with slope 1.",
                "y = log(1 + exp(x))",
                x=800.0,
            ),
            _example(
                "softplus",
                "The same softplus, safe",
                "One operation that never forms exp(x) for large x: the gradient is sigmoid(x).",
                "y = softplus(x)",
                x=800.0,
            ),
            _example(
                "vanishing",
                "A vanishing gradient",
                "Each tanh multiplies by a number below 1: what reaches x after five of them is small.",
                """
x = 2.0
h1 = tanh(w*x)
h2 = tanh(w*h1)
h3 = tanh(w*h2)
h4 = tanh(w*h3)
y = tanh(w*h4)
""",
                w=0.5,
            ),
            _example(
                "micrograd",
                "micrograd's own example",
                "Dozens of steps of plain arithmetic, and still each gradient is a sum over edges.",
                """
from micrograd.engine import Value

a = Value(-4.0)
b = Value(2.0)
c = a + b
d = a * b + b**3
c += c + 1
c += 1 + c + (-a)
d += d * 2 + (b + a).relu()
d += 3 * d + (b - a).relu()
e = c - d
f = e**2
g = f / 2.0
g += 10.0 / f
print(f'{g.data:.4f}') # prints 24.7041, the outcome of this forward pass
g.backward()
print(f'{a.grad:.4f}') # prints 138.8338, i.e. the numerical value of dg/da
print(f'{b.grad:.4f}') # prints 645.5773, i.e. the numerical value of dg/db
""",
            ),
            _example(
                "dead-relu",
                "A dead relu",
                "The gate is shut: w and b get no gradient, so no step can open it again.",
                "w = 2.0\nb = -9.0\ny = relu(w*x + b)",
                x=3.0,
            ),
            _example(
                "not-a-number",
                "Where a NaN comes from",
                "The condition keeps the value finite, but sqrt at 0 has an infinite slope, and 0 times inf is nan.",
                "x = 0.0\ny = sqrt(x) * x\n",
            ),
            _example(
                "passes",
                "Two backward passes",
                "The second pass adds to what the first one left: 6 and 6 make 12, until somebody writes 0.",
                """
x = Value(3.0, label='x')
y = x * x
y.backward()
print(x.grad)
y = x * x
y.backward()
print(x.grad)
""",
            ),
            _example(
                "cell",
                "Half a memory cell",
                "The gate g decides how much of the old state c stays; its own gradient is the old state less the new.",
                """
g = sigmoid(u*c + v*x)
k = tanh(p*x + q*c)
h = g*c + (1 - g)*k
""",
                c=0.5,
                x=1.0,
                u=0.4,
                v=-0.3,
                p=0.8,
                q=0.2,
            ),
            _example(
                "by-hand",
                "The backward pass, by hand",
                "The code that other texts explain: sort, seed, one += for each edge. Its writes are the steps.",
                """
def backward(self):
    topo = []
    visited = set()
    def build_topo(v):
        if v not in visited:
            visited.add(v)
            for child in v._children:
                build_topo(child)
            topo.append(v)
    build_topo(self)
    self.grad = 1
    for v in reversed(topo):
        for child, local_grad in zip(v._children, v._local_grads):
            child.grad += local_grad * v.grad

a = Value(2.0)
b = Value(-3.0)
d = Value(10.0)
c = a * b
e = c + d
f = e.relu()
backward(f)
""",
            ),
            _example(
                "linear",
                "A layer learns",
                "Three passes of one neuron: each step moves the weights against their gradients, and the loss falls.",
                """
import torch
import torch.nn as nn

torch.manual_seed(0)
model = nn.Linear(3, 1)
x = torch.tensor([[1.0, 2.0, 3.0]])
y_true = torch.tensor([[5.0]])
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)

for epoch in range(3):
    y_pred = model(x)
    loss = (y_pred - y_true) ** 2
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(f"epoch {epoch}: loss {loss.item():.3f}")
""",
            ),
            _example(
                "xor",
                "XOR, learnt",
                "A hundred passes; choose one beside the stepper. The gradients shrink as the loss does.",
                """
import torch
import torch.nn as nn

torch.manual_seed(0)
X = torch.tensor([[0., 0.], [0., 1.], [1., 0.], [1., 1.]])
Y = torch.tensor([[0.], [1.], [1.], [0.]])
model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1), nn.Sigmoid())
optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
loss_fn = nn.BCELoss()

for epoch in range(100):
    optimizer.zero_grad()
    loss = loss_fn(model(X), Y)
    loss.backward()
    optimizer.step()
    if epoch % 25 == 24:
        print(f"epoch {epoch}: loss {loss.item():.4f}")

print((model(X) > 0.5).int().flatten().tolist())
""",
            ),
            _example(
                "mlp",
                "micrograd's MLP",
                "Two samples, 21 weights, and a sum of squares; a graph like this is what a learning step walks.",
                """
import random
random.seed(1337)
n = MLP(3, [4, 1])
xs = [
  [2.0, 3.0, -1.0],
  [3.0, -1.0, 0.5],
]
ys = [1.0, -1.0] # desired targets

for k in range(4):
    ypred = [n(x) for x in xs]
    loss = sum((yout - ygt)**2 for ygt, yout in zip(ys, ypred))
    for p in n.parameters():
        p.grad = 0.0
    loss.backward()
    for p in n.parameters():
        p.data += -0.05 * p.grad
    print(k, f"{loss.data:.4f}")
""",
            ),
        )
    )
)
