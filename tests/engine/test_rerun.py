"""Rerun against the language: whatever a recording answers is the run that the program itself makes."""

from __future__ import annotations

import ast
import json
import math
import random
from collections.abc import Iterable, Mapping
from pathlib import Path

import hypothesis
import pytest
from hypothesis import strategies as st

from engine import GALLERY, ProgramError, Recording, Run, document, run
from tests.language.oracle import snippets
from tests.language.test_fuzz import Writer

LANGUAGE = Path(__file__).parents[2] / "engine" / "language"
HOSTILE = json.loads((Path(__file__).parents[1] / "language" / "hostile.json").read_text())
SNIPPETS = snippets()
NUMBERS = (
    0.0,
    -0.0,
    1.0,
    -1.0,
    2.0,
    3.0,
    -7.0,
    0.5,
    -2.25,
    100.0,
    1e-9,
    1e16,
    1e200,
    -1e308,
    math.inf,
    -math.inf,
    math.nan,
)
STRANGE = ("pi", "e", "exp", "nowhere", "a", "x", "y@2", "torch", "print")


def everything(result: Run) -> str:
    """Return all that a reader could see of a run, and the tape behind it; as text, where nan is nan and -0 is -0."""
    tape = result.tape
    columns = [getattr(tape, name) for name in ("data", "needs_grad", "names", "labels", "defaulted", "texts", "roles")]
    scopes = [scope.path if scope else None for scope in tape.scopes]
    parts = document(result, display=True), columns, scopes, tape.operands, result.trace.grads
    return json.dumps([*parts, [op.name if op else None for op in tape.ops], repr(tape.spans), repr(result.problem)])


def numbers_of(result: Run) -> str:
    """Return what a rerun could spoil in the run that it began with."""
    tape = result.tape
    looks = repr(result.looks) if len(tape) < 200 else ""
    return f"{tape.data} {tape.texts} {tape.defaulted} {tape.scope} {len(result.trace.steps)} {result.warnings} {looks}"


def names_of(result: Run) -> list[str]:
    """Return the names that an input could set, and some that it could not."""
    tape = result.tape
    return [name for name, text in zip(tape.names, tape.texts, strict=True) if name and text is not None]


def changed(inputs: Mapping[str, float], names: list[str], choice: random.Random) -> dict[str, float]:
    """Return other inputs: some numbers are others, some names come and some go."""
    result = dict(inputs)
    for name in choice.sample(names, min(len(names), choice.choice([1, 1, 1, 2, 4]))):
        if name in result and choice.random() < 0.15:
            del result[name]
        else:
            result[name] = choice.choice([*NUMBERS, choice.uniform(-3, 3), choice.uniform(-3, 3)])
    if choice.random() < 0.05:
        result[choice.choice(STRANGE)] = 2.0
    return result


def checked(source: str, inputs: Mapping[str, float], other: Mapping[str, float], recorded: Run) -> Run | None:
    """Return the answer of a recording, after comparing it with the program's own run."""
    before = numbers_of(recorded)
    found = Recording(recorded, inputs).rerun(other)
    assert numbers_of(recorded) == before
    if found is not None:
        assert everything(found) == everything(run(source, other)), (source, inputs, other)
    return found


def answers(source: str, inputs: Mapping[str, float], choice: random.Random, times: int) -> Iterable[bool]:
    """Yield whether a walk through random inputs was answered, step by step."""
    try:
        recorded = run(source, inputs)
    except ProgramError:
        return
    names = names_of(recorded)
    for _ in range(times if names else 0):
        other = changed(inputs, names, choice)
        found = checked(source, inputs, other, recorded)
        yield found is not None
        if found is None:
            try:
                found = run(source, other)
            except ProgramError:
                continue
        recorded, inputs = found, other


# -- the same as the language -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", GALLERY)
def test_an_example_of_the_gallery_is_made_again_as_the_language_makes_it(name: str) -> None:
    list(answers(GALLERY[name].source, GALLERY[name].inputs, random.Random(name), 6))


@pytest.mark.parametrize("title", SNIPPETS)
def test_a_tutorial_is_made_again_as_the_language_makes_it(title: str) -> None:
    list(answers(SNIPPETS[title], {}, random.Random(title), 4))


@pytest.mark.parametrize("source", HOSTILE, ids=range(len(HOSTILE)))
def test_an_attack_is_made_again_as_the_language_makes_it(source: str) -> None:
    list(answers(source, {}, random.Random(source), 1))


@hypothesis.given(st.integers(0, 2**32))
@hypothesis.settings(max_examples=60, deadline=None, derandomize=True)
def test_a_random_program_is_made_again_as_the_language_makes_it(seed: int) -> None:
    source = Writer(seed).write()
    for program in (source, "\n".join(line for line in source.splitlines() if "print(" not in line) + "\n"):
        list(answers(program, {}, random.Random(seed), 3))


class Algebra:
    """Writes a program of few looks: numbers of all kinds, whatever computes with them, and now and then a look."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.style = self.random.choice(["plain", "plain", "value", "torch", "torch", "numpy"])
        self.names: list[str] = []
        self.lines: list[str] = []

    def write(self) -> str:
        if self.style == "value":
            self.lines.append("from micrograd.engine import Value")
        self.leaves()
        looks = self.random.choice([0.0, 0.05, 0.2])
        for k in range(self.random.randint(3, 9)):
            if self.random.random() < looks:
                self.look(k)
            else:
                self.statement(k)
        if self.random.random() < 0.4:
            self.lines.append(f"({self.sum()}){self.random.choice(['', '.backward()'])}")
            if self.random.random() < 0.3:
                self.lines.append(self.random.choice([f"g = {self.names[0]}.grad", f"print({self.names[-1]}.grad)"]))
        return "\n".join(self.lines) + "\n"

    def literal(self) -> str:
        choice = self.random.choice
        whole = choice(["0", "1", "2", "-3", "5"])
        return choice([whole, f"{whole}.0", "0.5", "-1.25"])

    def leaves(self) -> None:
        for name in "abc":
            number = self.literal()
            if self.style == "plain":
                lines = [f"{name} = {number}", "", f"{name} = +{number}"]
            elif self.style == "value":
                lines = [f"{name} = Value({number})", f"{name} = {number}", f"{name} = Value({number}, label='{name}')"]
            else:
                float_ = repr(float(number))
                array = "np.array" if self.style == "numpy" else "torch.tensor"
                grad = ", requires_grad=True" if self.style == "torch" and self.random.random() < 0.7 else ""
                lines = [f"{name} = {array}([{float_}, {self.random.choice(['2.0', '-1', '0.0'])}]{grad})"]
                lines += [lines[0], f"{name} = {array}({float_}{grad})", f"{name} = {number}"]
            line = self.random.choice(lines)
            self.lines += [line] if line else []
            self.names.append(name)
        if self.style in ("plain", "value"):
            self.lines.append(f"ws = [{self.literal()}, {self.literal()}]")
            self.names += ["ws[0]", "ws[1]"]

    def term(self) -> str:
        return self.random.choice(self.names)

    def sum(self) -> str:
        tensors = self.style in ("torch", "numpy")
        return " + ".join(f"({name}).sum()" if tensors and not name.isdecimal() else name for name in self.names[-3:])

    def expression(self) -> str:
        x, y, choice = self.term(), self.term(), self.random.choice
        prefix = {"torch": "torch.", "numpy": "np."}.get(self.style, "")
        unary = ["exp", "tanh", "sqrt", "abs"] if prefix else ["exp", "log", "tanh", "sqrt", "relu", "abs", "sigmoid"]
        tensor = f"{prefix}{choice(unary if prefix else [*unary, 'sin'])}({x})"
        more = [f"max({x}, {y})", f"min({x}, {y})"] if not prefix else [f"({x}).sum()", f"({x}*{y}).mean()"]
        if self.style == "value":
            tensor = choice([f"{x}.relu()" if x in "abc" else x, f"-{x}"])
            more = [f"{x} * {y}"]
        sign = choice(["+", "-", "*", "*", "/"])
        return choice(
            [f"{x} {sign} {y}", f"{x} {sign} {y}", f"{x} * {self.literal()}", f"-{x}", f"{x}**2", tensor, *more]
        )

    def statement(self, k: int) -> None:
        expression, name = self.expression(), f"v{k}"
        if self.random.random() < 0.2:
            self.lines += [f"def f{k}(p):", f"    return p * {self.term()} - {self.literal()}"]
            expression = f"f{k}({self.term()})"
        if self.random.random() < 0.2:
            self.lines += [
                f"{name} = {self.term()}",
                "for i in range(3):",
                f"    {name} = {name} / 3 + {self.expression()}",
            ]
        else:
            self.lines.append(f"{name} = {expression}")
        self.names.append(name)

    def look(self, k: int) -> None:
        x, y, name = self.term(), self.term(), f"v{k}"
        looks = [
            f"{name} = {x} if {y} > 1 else {y}",
            f"{name} = float({x}) * {y}",
            f"print({x})",
            f"{name} = {x} if {y} else 2.0",
            f"assert {x} != 77.7",
            f"{name} = {x} // 2",
            f"s{k} = f'{{{x}}}'",
            f"{name} = round({x})",
            f"{name} = sorted([{x}, {y}])[0]",
        ]
        if self.style in ("torch", "numpy"):
            looks += [
                f"{name} = {x}.item()",
                f"{name} = {x}.max()",
                f"{name} = {x} * ({y} > 0)",
                f"{name} = {x}[{x}.argmax()]",
            ]
        if self.style == "torch":
            looks += [f"{name} = {x}.detach() * {y}", f"{name} = torch.softmax({x}, dim=0)", f"{name} = {x}.data * {y}"]
            looks += [f"with torch.no_grad():\n    {name} = {x} * {y}"]
        if self.style == "value":
            looks += [f"{name} = {x}.data * {y}"]
        line = self.random.choice(looks)
        self.lines.append(line)
        self.names += [name] if f"{name} =" in line else []


@hypothesis.given(st.integers(0, 2**32))
@hypothesis.settings(max_examples=400, deadline=None, derandomize=True)
def test_random_algebra_is_made_again_as_the_language_makes_it(seed: int) -> None:
    list(answers(Algebra(seed).write(), {}, random.Random(seed), 4))


# -- what is made again, and what is not ------------------------------------------------------------------------------

PLAIN = "x = 2.5\nw = -1.5\n"
VALUE = "from micrograd.engine import Value\nx = Value(2.5)\nw = Value(-1.5)\n"
TORCH = "x = torch.tensor(2.5, requires_grad=True)\nw = torch.tensor(-1.5, requires_grad=True)\n"
VECTOR = (
    "x = torch.tensor([2.5, 1.5], requires_grad=True)\nw = torch.tensor([-1.5, 1.0], requires_grad=True)\n"
    "x0, w0 = 'x[0]', 'w[0]'\n"
)
DATA = "x = torch.tensor([2.5, 1.5])\nw = torch.tensor([-1.5, 1.0])\np = torch.tensor(3.0, requires_grad=True)\n"
ARRAY = "x = np.array([2.5, 1.5])\nw = np.array([-1.5, 1.0])\n"

LOOKS = {
    "conditional expression": PLAIN + "y = x*w if x > 0 else w",
    "if": PLAIN + "if x:\n    y = w\nelse:\n    y = w*w",
    "while": PLAIN + "k = 0\nwhile k < x:\n    k += 1\ny = w*w",
    "assert": PLAIN + "assert x != 5\ny = w*w",
    "and": PLAIN + "t = x and 3\nw*w",
    "not": PLAIN + "t = not x\nw*w",
    "chained comparison": PLAIN + "t = 0 < x < 3\nw*w",
    "equal": PLAIN + "t = x == 2.5\nw*w",
    "membership": PLAIN + "t = x in [1, 2]\nw*w",
    "comprehension": PLAIN + "ys = [w*k for k in range(3) if k < x]\nsum(ys)",
    "float": PLAIN + "y = float(x) * w",
    "int": PLAIN + "y = int(x) * w",
    "round": PLAIN + "y = round(x) * w",
    "floor": PLAIN + "y = math.floor(x) * w",
    "isnan": PLAIN + "t = math.isnan(x)\nw*w",
    "whole division": PLAIN + "y = x // 2 * w",
    "remainder": PLAIN + "y = x % 2 * w",
    "index": PLAIN + "y = [w, w*w, w*w*w][int(x)]",
    "range": PLAIN + "y = w\nfor k in range(int(x)):\n    y = y*w\ny",
    "sorted": PLAIN + "y = sorted([x, 7.0])[0]\nw*w",
    "key": PLAIN + "d = {x: w}\nw*w",
    "set": PLAIN + "d = {x, 3.0}\nw*w",
    "print": PLAIN + "print(x)\ny = w*w",
    "print of what was computed": PLAIN + "print(x*x + 1)\ny = w*w",
    "f-string": PLAIN + "s = f'{x:.2f}'\nw*w",
    "str": PLAIN + "s = str(x)\nw*w",
    "percent": PLAIN + "s = '%.1f' % x\nw*w",
    "format": PLAIN + "s = '{}'.format(x)\nw*w",
    "seed": PLAIN + "random.seed(x)\ny = random.random() * w",
    "random draw": PLAIN + "random.seed(1)\ny = random.uniform(0, x) * w",
    "copy of a leaf": PLAIN + "y = Value(x) * w",
    ".data": VALUE + "y = x.data * w",
    "print of a Value": VALUE + "print(x)\ny = w*w",
    "gradient": VALUE + "y = x*x\ny.backward()\ng = x.grad\nz = w*w",
    "gradient of another": VALUE + "v = Value(3.0)\ny = x*v\ny.backward()\nprint(v.grad)\nz = w*w",
    "local gradients": VALUE + "y = x*x\nt = y._local_grads[0] * 2\nw*w",
    "Value whose copy is compared": VALUE + "y = x*3 if x.data > 1 else x\nw*w",
    ".item()": TORCH + "y = x.item() * w",
    "detach": TORCH + "y = x.detach() * w",
    "no_grad": TORCH + "with torch.no_grad():\n    c = x*2\ny = c*w",
    "autograd.grad": TORCH + "(g,) = torch.autograd.grad(x*x, x)\ny = g*w",
    "print of a gradient": TORCH + "(x*x).backward()\nprint(x.grad)\nz = w*w",
    "print of a tensor": TORCH + "print(x)\nz = w*w",
    "where": TORCH + "y = torch.where(x > 0, w, w*w)",
    "clip": TORCH + "y = x*x\ny.backward()\nt = torch.nn.utils.clip_grad_norm_([x], 1e9)\nz = t*w",
    "tensor of what was computed": TORCH + "y = torch.tensor([x*2]) * w",
    "kind of number": "x = 2\nw = -1.5\nc = np.array([x, 3])\nt = c.dtype\nw*w",
    "parameter of what was computed": TORCH + "c = torch.nn.Parameter(x*2)\ny = c*w",
    "tolist": TORCH + "c = x.tolist()\ny = c*w",
}
PARTS = {
    "mask": VECTOR + "y = (w * (x > 2)).sum()",
    "argmax": VECTOR + "y = w[x.argmax()]",
    "max": VECTOR + "m = x.max()\ny = (w*w).sum()",
    "softmax": VECTOR + "m = torch.softmax(x, dim=0)\ny = (w*w).sum()",
    "sort": VECTOR + "s, k = torch.sort(x)\ny = (w*w).sum()",
    "allclose": VECTOR + "t = torch.allclose(x, x)\ny = (w*w).sum()",
    "data in a branch": DATA + "y = p*w[0] if x[0] > 0 else p",
    "data computed with": DATA + "c = x*2\ny = p * c[0] * w[0]",
    "data turned round": VALUE
    + "x, w = np.array([2.5, 1.5]), np.array([-1.5, 1.0])\nc = -x[0]\ny = Value(3.0) * c * w[0]",
    "data with another name": VALUE
    + "x, w = np.array([2.5, 1.5]), np.array([-1.5, 1.0])\nc = x[0]\ny = Value(3.0) * c * w[0]",
    "data with whole numbers": DATA + "c = torch.tensor([x[0], 3])\ny = (p * c).sum() * w[0]",
    "array in a branch": ARRAY + "y = w[0] if x[0] > 0 else w[1]\ny*w[0]",
    "array argmax": ARRAY + "y = w[np.argmax(x)] * w[0]",
}
ALL_LOOKS = {**{k: (v, "x", "w") for k, v in LOOKS.items()}, **{k: (v, "x[0]", "w[0]") for k, v in PARTS.items()}}


@pytest.mark.parametrize("look", ALL_LOOKS)
def test_a_number_that_was_looked_at_needs_the_program_and_another_does_not(look: str) -> None:
    source, decisive, other = ALL_LOOKS[look]
    inputs = {decisive: 2.5, other: -1.5}
    recorded = run(source, inputs)
    assert checked(source, inputs, {**inputs, decisive: 4.0}, recorded) is None
    for number in (-3.5, 0.0, math.inf, math.nan):
        assert checked(source, inputs, {**inputs, other: number}, recorded) is not None, number


AGAIN = [
    ("y = x*x + 3", {}, {"x": 2.0}),
    ("y = x*x + 3", {"x": 1.0}, {"x": 2.0}),
    ("a = 2\ny = a*b", {"a": 2.5}, {"a": -2.25, "b": 3.0}),
    ("a = 2\na = a*3\na = a*a", {}, {"a": 5.0}),
    ("def f(v):\n    return v*v\ny = f(2.0) + f(3.0)", {}, {"v": 4.0, "v@2": 5.0}),
    ("y = log(x) / x", {"x": 2.0}, {"x": 0.0}),
    ("y = log(x) / x", {"x": 0.0}, {"x": 2.0}),
    ("w = [1.0, 2.0]\ny = w[0]*w[1]", {}, {"w[1]": 7.0}),
    ("d = {'k': 1.5}\ny = d['k']*2", {}, {"d[k]": 7.0}),
    (VALUE + "y = (x*w).relu()\ny.backward()", {}, {"x": -9.0}),
    (VECTOR + "y = (x*w).sum()\ny.backward()", {}, {"x[1]": 9.0, "w[0]": 0.0}),
    (DATA + "y = ((p*x - w)**2).mean()\ny.backward()", {"x[0]": 1.0}, {"x[0]": 3.0}),
    (ARRAY + "y = (x*w).sum()", {}, {"x[0]": 3.0}),
    ("x = torch.tensor([1.0, 2.0])\nx.requires_grad_()\ny = (x*x).sum()", {"x[0]": 5.0}, {"x[0]": 6.0}),
    (TORCH + "y = x*w\ny.backward(retain_graph=True)\ny.backward()", {}, {"x": 3.0}),
    (VALUE + "def step(p):\n    (p*w).backward()\nstep(x)\nstep(w)", {}, {"x": 4.0}),
    (VALUE + "u = Value(2.0) or 3.0\ny = u*x", {}, {"u": 4.0}),
    ("s = 0.1\nfor i in range(4):\n    s = tanh(s*u)\ns", {}, {"u": 2.0}),
]


@pytest.mark.parametrize(("source", "inputs", "other"), AGAIN)
def test_a_program_that_looks_at_nothing_is_made_again(
    source: str, inputs: dict[str, float], other: dict[str, float]
) -> None:
    assert checked(source, inputs, other, run(source, inputs)) is not None


def test_one_recording_serves_many_sliders() -> None:
    source = PLAIN + "u = x*x\ny = w*w + u"
    recording = Recording(run(source), {})
    for other in ({"x": 3.0}, {"w": 3.0}, {"x": 1.0, "w": 2.0}, {}, {"w": -4.0}, {"w": 5.0}):
        found = recording.rerun(other)
        assert found is not None
        assert everything(found) == everything(run(source, other))


UNANSWERED = {
    "a written number": (VALUE + "y = x*w\nx.data = 3.0\nz = x*w", {}, {"w": 2.0}),
    "a written gradient": (VALUE + "y = x*w\ny.backward()\nx.grad = 0.0\nz = x*w", {}, {"w": 2.0}),
    "a step of an optimizer": (
        TORCH + "o = torch.optim.SGD([x], lr=0.1)\ny = x*w\ny.backward()\no.step()\nz = x*w",
        {},
        {"w": 2.0},
    ),
    "a leaf that stops to be trained after a pass": (
        TORCH + "y = x*w\ny.backward()\nx.requires_grad_(False)\nz = w*w\nz.backward()",
        {},
        {"w": 2.0},
    ),
    "a name that would no longer be a constant": ("y = e*x\ne = 2.0\nz = e*y", {}, {"e": 3.0}),
    "an unknown name": ("y = x*x", {}, {"q": 3.0}),
    "an input that is gone": ("y = x*x", {"x": 2.0}, {}),
    "data that were typed": (DATA + "y = (p*x).sum()", {}, {"x[0]": 3.0}),
}


@pytest.mark.parametrize("case", UNANSWERED)
def test_the_program_is_run_where_its_course_is_not_known(case: str) -> None:
    source, inputs, other = UNANSWERED[case]
    assert checked(source, inputs, other, run(source, inputs)) is None


def test_a_run_that_stopped_early_is_not_made_again() -> None:
    stopped = run("y = x*x\nz = nosuch(y)", partial=True)
    assert stopped.problem is not None
    assert Recording(stopped, {}).rerun({"x": 2.0}) is None


EXACT = [
    ("a = 0\nb = 3\ny = -a * b", {"a": 1.0}, {"a": 0.0}),
    ("a = 5\nb = -3\ny = a * b\nz = 1 / y", {}, {"a": 0.0}),
    ("a = 5\nb = -3\ny = max(a, -b * 0)\nz = 1 / (y * b)", {}, {"a": 0.0}),
    (VALUE + "a = x.relu()\nb = -a\ny = w / b", {}, {"x": -1.0}),
    ("a = 3\ny = 1 / a", {}, {"a": -0.0}),
    ("a = 3\nf = -1.0\ny = max(a, f)", {}, {"a": -0.0}),
    ("y = 1 / x", {"x": 0.0}, {"x": -0.0}),
    ("v = log(x)\n1 / 0", {"x": 1.0}, {"x": -1.0}),
    (
        "def f(v):\n    return log(v)\ny = f(a) + f(b) + f(c)",
        {"a": 1.0, "b": -1.0, "c": -2.0},
        {"a": -1.0, "b": 1.0, "c": -3.0},
    ),
    ("def f(v):\n    return 1 / v\ny = f(a) + f(b)", {"a": 0.0, "b": 0.0}, {"a": 2.0, "b": 0.0}),
    ("def f(v):\n    return 1 / v\ny = f(a)\nprint(f(0))\nz = f(b)", {"a": 0.0, "b": 1.0}, {"a": 2.0, "b": 0.0}),
    ("def f(v):\n    return 1 / v\nprint(f(0))\nz = f(b)", {"b": 1.0}, {"b": 0.0}),
    ("alpha = 2.0\ny = alpha * alpa", {}, {"alpa": 3.0}),
    ("y = x*x", {"q": 1.0, "x": 2.0, "r": 1.0}, {"r": 5.0, "q": 2.0, "x": 3.0}),
    ("y = x*x", {"q": 1.0, "x": 2.0, "y": 1.0}, {"q": 5.0, "y": 2.0, "x": 3.0}),
]


@pytest.mark.parametrize(("source", "inputs", "other"), EXACT)
def test_signs_of_zero_and_warnings_are_those_of_the_language(
    source: str, inputs: dict[str, float], other: dict[str, float]
) -> None:
    there = checked(source, inputs, other, run(source, inputs))
    recorded = there or run(source, other)
    back = checked(source, other, inputs, recorded)
    checked(source, inputs, other, back or run(source, inputs))


def test_what_does_not_change_is_shared() -> None:
    recorded = run("x = 2.0\ny = x*x\nz = y + w")
    found = Recording(recorded, {}).rerun({"x": 3.0})
    assert found is not None
    for column in (
        "ops",
        "operands",
        "roles",
        "needs_grad",
        "names",
        "labels",
        "spans",
        "defaulted",
        "texts",
        "scopes",
    ):
        assert getattr(found.tape, column) is getattr(recorded.tape, column)
    assert found.variables is recorded.variables


def test_most_moves_in_the_gallery_need_no_program() -> None:
    answered = [name for name in GALLERY if _is_answered(name)]
    assert len(answered) >= len(GALLERY) // 2, answered


def _is_answered(name: str) -> bool:
    source, inputs = GALLERY[name].source, GALLERY[name].inputs
    recorded = run(source, inputs)
    return any(Recording(recorded, inputs).rerun({**inputs, leaf: 1.25}) for leaf in names_of(recorded))


# -- nothing leaves the tape unseen -----------------------------------------------------------------------------------

SEES = {"read", "read_gradient", "_unread"}
"""The functions that may read a number off the tape: two note it, one hands it to an operation on the tape."""


def test_the_language_reads_its_tape_in_one_place() -> None:
    found = {
        (path.name, name) for path in sorted(LANGUAGE.rglob("*.py")) for name in _readers(ast.parse(path.read_text()))
    }
    known = {("machine.py", name) for name in (*SEES, "_record", "_settle_notice", "_name_node")}
    assert found == known


def _readers(tree: ast.Module) -> Iterable[str]:
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            for node in ast.walk(function):
                if isinstance(node, ast.Attribute) and _is_read(node):
                    yield function.name


def _is_read(node: ast.Attribute) -> bool:
    owner = node.value.attr if isinstance(node.value, ast.Attribute) else None
    return (owner, node.attr) in {("tape", "data"), ("tape", "values"), ("recorder", "grad")}
