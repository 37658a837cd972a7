"""The words of the field: turns each into a definition, a program that shows it, and the words beside it.

For somebody who knows a little calculus. Start at `GLOSSARY`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from urllib.parse import quote


@dataclass(frozen=True, slots=True)
class Term:
    """A word: its place (`slug`), what it means, other words for it, a program or "", and slugs of words beside it."""

    slug: str
    term: str
    about: str
    program: str = ""
    synonyms: tuple[str, ...] = ()
    see: tuple[str, ...] = ()

    def address(self) -> str | None:
        """Return where the page shows the program; None if there is none.

        >>> Term("slope", "slope", "Rise over run.", "y = x*x").address()
        '/?source=y%20%3D%20x*x'
        """
        return f"/?source={quote(self.program, safe='*()')}" if self.program else None

    def document(self) -> dict[str, Any]:
        """Return the word as a JSON object."""
        facts = {"slug": self.slug, "term": self.term, "about": self.about, "synonyms": list(self.synonyms)}
        return facts | {"try": self.address(), "see": list(self.see)}


def _term(term: str, about: str, program: str = "", *, also: str = "", see: str = "") -> Term:
    """Return a row of the table; `also` and `see` are separated by commas."""
    return Term(_slug(term), term, about, program, _parts(also), tuple(map(_slug, _parts(see))))


def _slug(term: str) -> str:
    return term.lower().replace("_", "-").replace(" ", "-")


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


_TERMS = (
    # -- the graph ----------------------------------------------------------------------------------------------------
    _term(
        "computation graph",
        "What a program computed, drawn: a node for each number, and an edge from each number to every operation that "
        "used it. It has no cycles, since a number can only be computed from numbers that are there already.",
        "a = 2.0\nb = -3.0\ny = a * b + a",
        also="expression graph",
        see="node, edge, tape",
    ),
    _term(
        "node",
        "One number of a computation graph: an input, a constant, or the result of one operation. It carries its data "
        "and, after a backward pass, its gradient.",
        see="edge, leaf, data, gradient",
    ),
    _term(
        "edge",
        "The connection from an operand to the operation that uses it. Forward it carries the operand's number; "
        "backward it carries one contribution in the other direction.",
        see="operand, slot, contribution",
    ),
    _term(
        "operand",
        "A number that an operation works on: a and b are the operands of a * b.",
        "a = 2.0\nb = -3.0\na * b",
        also="argument, parent",
        see="slot, edge",
    ),
    _term(
        "slot",
        "The position of an operand in its operation, counted from 0. It tells apart the two edges of x * x, where "
        "the same number stands in slot 0 and in slot 1.",
        "x = 3.0\ny = x * x",
        see="operand, edge, accumulation",
    ),
    _term(
        "leaf",
        "A node that no operation produced: the graph begins there. Weights and inputs are leaves, and the gradients "
        "of leaves are what training uses.",
        "w = 0.5\nx = 2.0\ny = w * x",
        see="input, constant, trainable",
    ),
    _term(
        "input",
        "A leaf whose number comes from outside. Here every name that the program gives no value is one, and has a "
        "slider.",
        "relu(a*b + d)",
        see="leaf, constant",
    ),
    _term(
        "constant",
        "A number that is written into a formula without a name, as the 2 in 2 * x. Nobody asks how the result would "
        "change with it.",
        "x = 3.0\ny = 2 * x",
        see="leaf, input, fixed",
    ),
    _term(
        "data",
        "The number that a node holds: what the forward pass computed. PyTorch and micrograd call it .data.",
        see="gradient, forward pass",
    ),
    _term(
        "version of a name",
        "Assigning to a name again does not change the old number; the name moves on to a new node. To keep them "
        "apart, the second one is written x@2, so that a graph never has a cycle.",
        "x = 2.0\ny = x * 3\ny = y + x",
        also="reassignment",
        see="in-place update, node",
    ),
    _term(
        "tape",
        "The list of all operations in the order in which they ran, with their operands and results. That order is "
        "already a topological one, so reading the list backwards is all that a backward pass needs.",
        also="Wengert list, trace",
        see="topological sort, backward pass, computation graph",
    ),
    # -- the two passes -----------------------------------------------------------------------------------------------
    _term(
        "forward pass",
        "Computing every number of the graph from the leaves to the output, operands before the operations that use "
        "them.",
        "a = 2.0\nb = -3.0\ny = tanh(a * b + 5)",
        also="evaluation",
        see="backward pass, data, topological sort",
    ),
    _term(
        "backward pass",
        "Computing the gradient of the output with respect to every number, from the output back to the leaves. "
        "It visits each edge once, so it costs about as much as a few forward passes, however many leaves there are.",
        "a = 2.0\nb = -3.0\ny = tanh(a * b + 5)",
        also="backpropagation, reverse sweep",
        see="reverse topological order, chain rule, reverse mode",
    ),
    _term(
        "pass",
        "One call of .backward(): one walk back from one output. A training loop has one in each turn, and gradients "
        "add up over passes until they are zeroed.",
        "x = Value(3.0)\n(x * x).backward()\n(2 * x).backward()",
        see="backward pass, zero_grad, accumulation",
    ),
    _term(
        "topological sort",
        "Putting the nodes of a graph in a row so that each comes after all of its operands. Several rows may "
        "qualify; all of them give the same numbers.",
        also="topological order",
        see="reverse topological order, tape",
    ),
    _term(
        "reverse topological order",
        "The order of the backward pass: each node comes after everything that used it. Only then are all "
        "contributions to its gradient there, and it may pass them on.",
        "a = 2.0\nc = a * 3\nd = c + a\ny = d * c",
        see="topological sort, accumulation, backward pass",
    ),
    _term(
        "reverse mode",
        "Applying the chain rule from the output towards the inputs. One sweep gives the derivatives of one output by "
        "all inputs, which is why networks with one loss and many weights are trained with it.",
        also="reverse-mode automatic differentiation",
        see="forward mode, backward pass, adjoint",
    ),
    _term(
        "forward mode",
        "Applying the chain rule from the inputs towards the output, together with the numbers themselves. One sweep "
        "gives the derivatives of all outputs by one input, so it suits functions of few inputs.",
        also="forward-mode automatic differentiation, dual numbers, tangents",
        see="reverse mode, chain rule",
    ),
    # -- gradients ----------------------------------------------------------------------------------------------------
    _term(
        "gradient",
        "How fast the output changes as this number changes: the derivative of the output with respect to it. If "
        "x.grad is 4, a nudge of x by 0.001 moves the output by about 0.004.",
        "x = 2.0\ny = x ** 2",
        also="grad, derivative",
        see="finite difference, adjoint, total derivative",
    ),
    _term(
        "adjoint",
        "The word of numerical analysis for what is called grad here: the derivative of the output with respect to a "
        "number in the middle of a computation.",
        also="cotangent, sensitivity",
        see="gradient, reverse mode",
    ),
    _term(
        "seed gradient",
        "The gradient that a backward pass begins with: that of the output with respect to itself, which is 1.",
        "x = 3.0\ny = 2 * x",
        also="seed",
        see="backward pass, upstream gradient",
    ),
    _term(
        "upstream gradient",
        "What a node has received from everything that used it: the gradient of the output with respect to the "
        "node's own result. It is one factor of each contribution that the node passes on.",
        also="incoming gradient",
        see="local gradient, contribution",
    ),
    _term(
        "local gradient",
        "How fast the result of a single operation changes with one of its operands, the others held fixed. It needs "
        "no knowledge of the rest of the graph: for y = a * b, ∂y/∂a is b, and ∂y/∂b is a. It is written with ∂, a "
        "total derivative with d.",
        "a = 2.0\nb = -3.0\ny = a * b",
        also="local partial derivative, local derivative",
        see="upstream gradient, contribution, chain rule",
    ),
    _term(
        "contribution",
        "What goes back along one edge: upstream gradient times local gradient. It is added to the gradient of the "
        "operand.",
        "a = 2.0\nb = -3.0\ny = tanh(a * b)",
        see="upstream gradient, local gradient, accumulation",
    ),
    _term(
        "chain rule",
        "The derivative of a composition is the product of the derivatives of its parts: if y depends on u and u on x, "
        "then dy/dx = dy/du * du/dx. A backward pass is this rule, applied edge by edge.",
        "x = 0.5\nu = x ** 2\ny = sin(u)",
        see="total derivative, contribution",
    ),
    _term(
        "total derivative",
        "Where a number reaches the output on several ways, its derivative is the sum over all of them, each the "
        "product of the local gradients along it. It is written with d: for c = a * b and L = c + a, dL/da is "
        "∂L/∂a + ∂c/∂a · dL/dc = 1 + b, while ∂L/∂a, along one edge, is 1. What .grad holds is such a derivative.",
        "x = 3.0\ny = x * x + 2 * x",
        also="multivariable chain rule, sum over paths",
        see="chain rule, accumulation",
    ),
    _term(
        "accumulation",
        "A number that is used several times receives a contribution from each use, and they add up: hence +=, never "
        "=. PyTorch and micrograd add over several passes as well, until the gradient is zeroed.",
        "a = 3.0\ny = a + a",
        see="total derivative, contribution, zero_grad",
    ),
    _term(
        "finite difference",
        "An estimate of a derivative from two values of the function: (f(x + h) - f(x - h)) / 2h for a small h. It is "
        "slow and inexact, but knows nothing of derivative rules, and so it is a good check of them.",
        "h = 0.001\nx = 2.0\nslope = ((x + h)**3 - (x - h)**3) / (2*h)",
        also="numerical gradient, gradient check",
        see="gradient",
    ),
    # -- training -----------------------------------------------------------------------------------------------------
    _term(
        "loss",
        "The one number that says how wrong a model is. Training makes it small, and its gradients tell which way each "
        "weight has to move.",
        "w = 0.5\nx = 2.0\ntarget = 3.0\nloss = (w * x - target) ** 2",
        also="cost, objective",
        see="gradient descent, trainable",
    ),
    _term(
        "trainable",
        "Said of a leaf that training may change, such as a weight: its gradient is wanted.",
        "w = torch.tensor(0.5, requires_grad=True)\nx = torch.tensor(2.0)\ny = w * x\ny.backward()",
        also="parameter, weight",
        see="fixed, requires_grad, leaf",
    ),
    _term(
        "fixed",
        "Said of a leaf that training leaves alone, such as a sample or a target.",
        "w = torch.tensor(0.5, requires_grad=True)\nx = torch.tensor(2.0)\ny = w * x\ny.backward()",
        also="frozen",
        see="trainable, constant",
    ),
    _term(
        "requires_grad",
        "PyTorch's mark on a tensor whose gradient is wanted. Everything that is computed from such a tensor is "
        "recorded; the rest is plain arithmetic, and has no gradient.",
        "w = torch.tensor(2.0, requires_grad=True)\ny = w ** 2\ny.backward()\nprint(w.grad)",
        see="trainable, leaf",
    ),
    _term(
        "zero_grad",
        "Forgetting old gradients before the next backward pass. Without it they would add up, and an update would "
        "follow the sum of all gradients so far.",
        "x = Value(3.0)\n(x * x).backward()\nx.grad = 0.0\n(2 * x).backward()",
        also="zeroing gradients",
        see="accumulation, pass",
    ),
    _term(
        "gradient descent",
        "Making a loss small by small steps: compute the gradients, move each weight a little against its own, and "
        "repeat.",
        "w = Value(0.0)\nfor step in range(5):\n    loss = (w - 3) ** 2\n    w.grad = 0.0\n    loss.backward()\n"
        "    w.data -= 0.1 * w.grad",
        see="learning rate, update, loss",
    ),
    _term(
        "learning rate",
        "The factor between a gradient and the step that is taken: w moves by -rate * w.grad. Too small, and "
        "training crawls; too large, and it overshoots or diverges.",
        also="step size",
        see="gradient descent, update",
    ),
    _term(
        "update",
        "The change of the weights after a backward pass, as w.data -= 0.1 * w.grad. It is no part of the graph, so "
        "nothing is differentiated through it.",
        "w = Value(1.0)\nloss = (w - 3) ** 2\nloss.backward()\nw.data -= 0.1 * w.grad",
        also="step of the optimizer",
        see="in-place update, learning rate",
    ),
    _term(
        "in-place update",
        "Overwriting the number of a node that exists, instead of computing a new node. A graph that has noted the "
        "old number would then give wrong gradients, so PyTorch allows it for leaves only outside of recording.",
        "w = torch.tensor(1.0, requires_grad=True)\nloss = (w - 3) ** 2\nloss.backward()\nwith torch.no_grad():\n"
        "    w -= 0.1 * w.grad",
        see="update, version of a name",
    ),
    # -- tensors ------------------------------------------------------------------------------------------------------
    _term(
        "broadcasting",
        "Using a smaller tensor as if it were repeated to the shape of a larger one. Each of its numbers is then used "
        "several times, so its gradient is the sum over all those uses.",
        "b = torch.tensor(1.0, requires_grad=True)\nx = torch.tensor([1.0, 2.0, 3.0])\ny = (x * b).sum()\ny.backward()",
        see="reduction, accumulation",
    ),
    _term(
        "reduction",
        "Making one number of many, as sum, mean and max do. Backward, a sum hands the same gradient to each of them, "
        "and a mean of n numbers hands each the n-th part.",
        "x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)\ny = x.mean()\ny.backward()",
        also="aggregation",
        see="broadcasting",
    ),
    # -- what goes wrong ----------------------------------------------------------------------------------------------
    _term(
        "saturation",
        "A function such as tanh or sigmoid is nearly flat far from 0. Its local gradient there is nearly 0, so almost "
        "nothing passes back through it.",
        "x = 6.0\ny = tanh(x)",
        see="vanishing gradient, dead ReLU",
    ),
    _term(
        "dead ReLU",
        "A relu whose operand is negative gives 0 and passes nothing back. If that is so for every sample, the "
        "weights before it get no gradient from it and cannot recover.",
        "w = -2.0\nx = 1.5\ny = relu(w * x)",
        also="dying ReLU",
        see="saturation, vanishing gradient",
    ),
    _term(
        "vanishing gradient",
        "Gradients that shrink on the way back, because many local gradients below 1 in size are multiplied. Early "
        "layers then learn next to nothing.",
        "x = 1.0\ny = x\nfor k in range(6):\n    y = sigmoid(y)",
        see="exploding gradient, saturation",
    ),
    _term(
        "exploding gradient",
        "Gradients that grow on the way back, because many local gradients above 1 in size are multiplied. The next "
        "update then throws the weights far away.",
        "x = 1.1\ny = x\nfor k in range(5):\n    y = y ** 3",
        see="vanishing gradient, learning rate, NaN",
    ),
    _term(
        "NaN",
        "Not a number: what floating-point arithmetic gives where there is no answer, as 0/0 or inf - inf or the "
        "logarithm of a negative number. Nearly everything computed from it is NaN as well, so look for the first node "
        "that has it.",
        "x = -1.0\ny = log(x) + 2",
        also="not a number",
        see="exploding gradient",
    ),
    # -- the picture --------------------------------------------------------------------------------------------------
    _term(
        "group",
        "Nodes that belong together in the picture, because one call, one turn of a loop, one layer or one row of a "
        "tensor made them. It is drawn as a frame around them.",
        "def square(x):\n    return x * x\n\na = 2.0\ny = square(a) + square(3 * a)",
        also="frame, scope",
        see="fold",
    ),
    _term(
        "fold",
        "Drawing a group as a single box that stands for all that is in it. The numbers are the same; large graphs "
        "begin folded so that one sees their structure first.",
        see="group",
    ),
)

GLOSSARY: Mapping[str, Term] = MappingProxyType({term.slug: term for term in _TERMS})
"""Every word, by its slug, in the order in which they build on each other."""
