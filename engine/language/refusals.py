"""What is refused on purpose, and why: a table that the documentation shows and the tests hold the language to."""

from __future__ import annotations

from dataclasses import dataclass

from engine.language.errors import Kind


@dataclass(frozen=True, slots=True)
class Refusal:
    """A program, what is said of it, and the reason. `line` and `column` are where the error stands."""

    group: str
    program: str
    kind: Kind
    line: int
    column: int
    message: str
    hint: str
    """A part of the hint: what to write instead."""
    why: str


_PYTHON, _REACH, _TORCH, _LATER = "Python", "The host", "PyTorch's own rules", "Not here"


def _rows(group: str, why: str, *rows: tuple[str, Kind, int, int, str, str]) -> tuple[Refusal, ...]:
    return tuple(
        Refusal(group, program, kind, line, column, message, hint, why)
        for program, kind, line, column, message, hint in rows
    )


REFUSALS: tuple[Refusal, ...] = (
    *_rows(
        _PYTHON,
        "A class may be a network; other classes would need objects with behaviour of their own, and Value, Neuron, "
        "Layer and MLP are there already.",
        ("class Value:\n    pass", "refused", 1, 0, "class definitions are not offered", "Value is built in"),
        ("class Neuron:\n    pass", "refused", 1, 0, "class definitions are not offered", "Neuron(2)"),
        ("class Point:\n    x = 1", "refused", 1, 0, "Point does not derive from nn.Module", "class Point(nn.Module)"),
        ("class A(nn.Module):\n    for i in range(2): pass", "refused", 1, 0, "functions alone", "__init__"),
    ),
    *_rows(
        _PYTHON,
        "No number raises here, so there is nothing to catch: 1/0 is inf and log(-1) is nan, as in PyTorch.",
        ("try:\n    x\nexcept: pass", "refused", 1, 0, "try is not offered", "1/0 is inf"),
        ("raise x", "refused", 1, 0, "raise is not offered", "assert"),
    ),
    *_rows(
        _PYTHON,
        "A name without a value is an input; spelt as in other languages, these would become one in silence.",
        ("y = x if true else 2", "name", 1, 9, "true is not Python", "Write True"),
        ("y = null", "name", 1, 4, "null is not Python", "Write None"),
    ),
    *_rows(
        _PYTHON,
        "A method that is only named computes nothing, and the program would end without what was meant.",
        ("y = x.tanh", "type", 1, 4, "x.tanh is a method that is not called", "x.tanh()"),
        ("y = x*x\ny.backward", "type", 2, 0, "y.backward is a method that is not called", "y.backward()"),
    ),
    *_rows(
        _PYTHON,
        "A reader should see where each value comes from; these would hide it.",
        ("x = 1\ndel x", "refused", 2, 0, "del is not offered", "Delete this line"),
        ("global x", "refused", 1, 0, "global is not offered", "Return the value"),
        ("def f():\n    nonlocal x", "refused", 2, 4, "nonlocal is not offered", "Return the value"),
        ("(y := 3)", "refused", 1, 1, ":= is not offered", "line of its own"),
        ("@f\ndef g(x): return x", "refused", 2, 0, "decorators are not offered", "Delete the line"),
        ("match x:\n    case 1: pass", "refused", 1, 0, "match is not offered", "elif"),
    ),
    *_rows(
        _PYTHON,
        "Programs here run from top to bottom, in one piece.",
        ("def f():\n    yield 1", "refused", 2, 4, "yield is not offered", "list"),
        ("async def f(): pass", "refused", 1, 0, "async functions are not offered", "def"),
        ("[x async for x in y]", "refused", 1, 0, "async loops are not offered", "for"),
    ),
    *_rows(
        _PYTHON,
        "All numbers are real doubles; whole numbers are for counting.",
        ("2j", "refused", 1, 0, "complex numbers are not offered", "real numbers"),
        ("b'a'", "refused", 1, 0, "bytes are not offered", "Delete the b"),
        ("y = x ^ 2", "refused", 1, 4, "^ is not a power", "x**2"),
        ("y = x << 2", "refused", 1, 4, "works on bits", "2**n"),
        ("y = x & 2", "refused", 1, 4, "& works on bits", "and"),
        ("y = ~x", "refused", 1, 4, "~ works on bits", "not x"),
        ("...", "refused", 1, 0, "... is not offered", "stands for"),
    ),
    *_rows(
        _REACH,
        "A program is read and evaluated by an interpreter of our own, over numbers; nothing of the machine that it "
        "runs on can be reached, by any name.",
        ("eval('1')", "refused", 1, 0, "eval is not offered", "expression itself"),
        ("exec('x')", "refused", 1, 0, "exec is not offered", "statements"),
        ("open('a.txt')", "refused", 1, 0, "open is not offered", "read no files"),
        ("getattr(x, 'grad')", "refused", 1, 0, "getattr is not offered", "x.grad"),
        ("globals()", "refused", 1, 0, "globals is not offered", "offered"),
        ("__import__('os')", "refused", 1, 0, "__import__ is not offered", "built in"),
        ("type(x)", "refused", 1, 0, "type is not offered", "doubles"),
        ("input('x')", "refused", 1, 0, "input is not offered", "slider"),
        ("import os", "refused", 1, 0, "os cannot be imported", "built in"),
        ("import matplotlib.pyplot as plt", "refused", 1, 0, "matplotlib.pyplot cannot be", "Delete this line"),
        ("x.__class__", "refused", 1, 0, "__class__ is not offered", ".data"),
        ("__builtins__", "refused", 1, 0, "two underscores", "another name"),
        ("def __add__(a): return a", "refused", 1, 0, "two underscores", "another name"),
        ("'{0.data}'.format(x)", "refused", 1, 0, "nothing, or the place", 'f"{x:.3f}"'),
        ("'%(a)s' % x", "refused", 1, 0, "names after %", 'f"{x:.3f}"'),
        ("with open_file: pass", "refused", 1, 5, "torch.no_grad() alone", "torch.no_grad()"),
    ),
    *_rows(
        _TORCH,
        "A derivative by several numbers at once is a matrix; a backward pass carries one number for each node.",
        (
            "x = torch.tensor([1.0, 2.0], requires_grad=True)\n(x*x).backward()",
            "value", 2, 0, "begins at one number, and this tensor has 2", ".sum().backward()",
        ),
    ),
    *_rows(
        _TORCH,
        "The graph has noted the old number of a leaf; changing it under the graph's feet would make gradients wrong.",
        (
            "w = torch.tensor(1.0, requires_grad=True)\nw -= 0.1",
            "value", 2, 0, "cannot be changed in place", "with torch.no_grad():",
        ),
        (
            "w = torch.zeros(2, requires_grad=True)\nw[0] = 1.0",
            "value", 2, 0, "cannot be changed in place", "with torch.no_grad():",
        ),
        (
            "w = torch.zeros(2, requires_grad=True)\nw.add_(1.0)",
            "value", 2, 0, "cannot be changed in place", "with torch.no_grad():",
        ),
    ),
    *_rows(
        _TORCH,
        "PyTorch frees what a graph keeps for the way back as soon as it has gone there.",
        (
            "x = torch.tensor(2.0, requires_grad=True)\ny = x*x\ny.backward()\ny.backward()",
            "value", 4, 0, "gone through backwards already", "retain_graph=True",
        ),
    ),
    *_rows(
        _TORCH,
        "Before a backward pass a tensor has no gradient, not even 0.",
        (
            "w = torch.tensor(1.0, requires_grad=True)\nw.grad.zero_()",
            "name", 2, 0, "None has no .zero_", "before y.backward()",
        ),
        (
            "w = torch.tensor(1.0, requires_grad=True)\ny = w - 0.1 * w.grad",
            "type", 2, 8, "needs a number, not None", "before y.backward()",
        ),
    ),
    *_rows(
        _TORCH,
        "Gradients are for real numbers that something asks about.",
        ("torch.tensor(3, requires_grad=True)", "type", 1, 0, "whole numbers has no gradient", "3.0"),
        (
            "x = torch.tensor(2.0)\n(x*x).backward()",
            "value", 2, 0, "nothing here requires a gradient", "requires_grad=True",
        ),
        (
            "x = torch.tensor([1.0], requires_grad=True)\nx.numpy()",
            "value", 2, 0, "NumPy knows no gradients", "detach()",
        ),
        (
            "x = torch.tensor([1.0, 2.0])\nif x: pass",
            "value", 2, 3, "neither true nor false", "x.sum() > 0",
        ),
        ("torch.tensor([1, 2]).mean()", "type", 1, 0, "the mean of whole numbers", ".float().mean()"),
        ("torch.tensor([1.0, 2.0]).item()", "value", 1, 0, ".item() needs a tensor of one number", "tolist()"),
        (
            "w = torch.tensor([1.5], requires_grad=True)\nw // 2",
            "refused", 2, 0, "// and % jump", "x.detach()",
        ),
    ),
    *_rows(
        _LATER,
        "A picture of single numbers has no room for these.",
        ("nn.Conv2d(1, 2, 3)", "name", 1, 0, "there is no .Conv2d here", ""),
        ("torch.ones(2, 2, 2) @ torch.ones(2, 2, 2)", "value", 1, 0, "vectors and matrices", ""),
        (
            "x = torch.tensor(2.0, requires_grad=True)\ntorch.autograd.grad(x*x, x, create_graph=True)",
            "refused", 2, 0, "gradients of gradients", "derivative",
        ),
        ("x.colour", "name", 1, 0, "there is no .colour here", ".data"),
    ),
)  # fmt: skip
"""Every deliberate refusal, by reason."""
