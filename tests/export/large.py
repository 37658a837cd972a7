"""Programs whose graphs are large, each with a structure of its own."""

from __future__ import annotations

MOONS = """
import random
random.seed(1337)
model = MLP(2, [16, 16, 1])
X = [[random.uniform(-1, 1), random.uniform(-1, 1)] for i in range({samples})]
y = [1.0 if a*a + b*b < 0.5 else -1.0 for a, b in X]
scores = [model(x) for x in X]
losses = [(1 + -yi*scorei).relu() for yi, scorei in zip(y, scores)]
data_loss = sum(losses) * (1.0 / len(losses))
reg_loss = 1e-4 * sum((p*p for p in model.parameters()))
total_loss = data_loss + reg_loss
total_loss.backward()
"""
NETWORK = """
import torch
import torch.nn as nn
torch.manual_seed(0)
model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
x = torch.randn(12, 4)
target = torch.randn(12, 1)
loss = ((model(x) - target)**2).mean()
loss.backward()
"""
TRAINING = """
import torch
import torch.nn as nn
torch.manual_seed(0)
model = nn.Sequential(nn.Linear(2, 12), nn.Tanh(), nn.Linear(12, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
x = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
y = torch.tensor([[0.0], [1.0], [1.0], [0.0]])
for epoch in range(3):
    optimizer.zero_grad()
    loss = ((model(x) - y)**2).mean()
    loss.backward()
    optimizer.step()
"""
LINES = "s = x\n" + "\n".join(f"s = s*{k}.5 + y" for k in range(200))
EXPRESSION = "y = " + " + ".join(f"tanh(x*{k})" for k in range(150))
DENSE = "\n".join(
    ["a0 = x*2", "a1 = x + 1", *(f"a{k} = a{k * 7919 % k}*a{k * 104729 % (k - 1)} + a{k - 1}" for k in range(2, 260))]
)
LOOP = "s = 0\nfor i in range(200):\n    s = s + a*b\n"
NESTED = """
def square(x):
    w = 2.0
    return x*x*w

def cell(x, k):
    total = x
    for i in range(4):
        total = total + square(x + i) / (k + 1)
    return total

out = 0
for j in range(20):
    out = out + cell(tanh(a + j), j)
"""
GENERATOR = """
one, other = (a / (k + 1) + k for k in range(60)), (b * k - 1 for k in range(60))
total = 0
for u, v in zip(one, other):
    total = total + u*v + a
"""
MATRIX = """
import torch
a = torch.randn(12, 12, requires_grad=True)
b = torch.randn(12, 12, requires_grad=True)
y = (torch.tanh(a @ b) @ a).sum()
y.backward()
"""
NOT_NUMBERS = "s = x\nfor i in range(150):\n    s = s + log(x - i) * 0.5\n"
UPDATES = """
w = [Value(0.1*k) for k in range(120)]
for epoch in range(3):
    y = sum(v*v + v for v in w)
    y.backward()
    for v in w:
        v.data -= 0.1 * v.grad
        v.grad = 0
"""
CONSTANTS = "c = 3.5\nk = 2\ns = x\n" + "for i in range(160):\n    s = s*k*0.5 + c\n"

LARGE = {
    "moons": MOONS.format(samples=4),
    "network": NETWORK,
    "training": TRAINING,
    "lines": LINES,
    "expression": EXPRESSION,
    "dense": DENSE,
    "loop": LOOP,
    "nested calls": NESTED,
    "generators side by side": GENERATOR,
    "matrices": MATRIX,
    "not numbers": NOT_NUMBERS,
    "updates": UPDATES,
    "constants": CONSTANTS,
}
