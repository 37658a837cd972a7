"""The same text in our language and in real CPython, with micrograd and PyTorch: same prints, same numbers."""

import contextlib
import io
import math
from typing import Any

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import ProgramError, Run, run


def result_of(run: Run) -> float:
    assert run.output is not None
    return run.tape.data[run.output]


def host_print(source: str, names: dict[str, Any]) -> str:
    """Run `source`, which stands in this file and is no visitor's, in the host's own Python; return its prints."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(source, "<test>", "exec"), names)
    return out.getvalue()


MICROGRAD = [
    "a = Value(2.0)\nprint(a)",
    "a = Value(2)\nprint(a, a.data, a.grad)",
    "a = Value(2.0)\nb = Value(3.0)\nc = a + b\nc.backward()\nprint(a, b, c)",
    (
        "a = Value(2.0)\nb = Value(3.0)\nc = a * b\nd = c + a\nd.backward()\nprint(a, b, c, d)\n"
        "print(a.grad, b.grad, c.grad)"
    ),
    "a = Value(2)\nb = Value(3)\nc = a * b - a + 4\nc.backward()\nprint(a, b, c)",
    "a = Value(-2.0)\nb = a.relu()\nc = b + 1\nc.backward()\nprint(a, b, c)",
    "a = Value(3.0)\nb = a**2\nb.backward()\nprint(a, b)",
    "a = Value(3)\nb = a**2\nb.backward()\nprint(a, b)",
    "a = Value(0.1)\nb = a + 0.2\nprint(b.data, b)",
    "a = Value(1e-7)\nb = a * 1e21\nprint(b.data, a)",
    "a = Value(4.0)\nb = 8.0 / a\nc = -b + 2 * a - 1\nc.backward()\nprint(a, c)",
    "a = Value(2.0)\na.data += 0.01 * 6.0\nprint(a.data)\na.data = 5\nprint(a.data, a)\na.grad = 0\nprint(a.grad)",
    (
        "a = Value(2.0)\nb = a * a\nb.backward()\na.data -= 0.1 * a.grad\na.grad = 0.0\nb = a * a\n"
        "b.backward()\nprint(a, b)"
    ),
    "a = Value(2.0)\nb = a * 3\nprint(f'{b.data:.4f} {b.data:8.2f}|{b.data!r}|{a.grad}')",
    "print(sum((Value(1.0), Value(2.5))).data)",
    "a = Value(2.0)\nprint((a, 1), a.data == 2, a.data > 3, -a.data, a.data // 1, abs(a.data - 5))",
    """a = Value(-4.0)
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
print(f'{g.data:.4f}')
g.backward()
print(f'{a.grad:.4f}')
print(f'{b.grad:.4f}')""",
]


@pytest.mark.parametrize("source", MICROGRAD)
def test_micrograd_programs_print_the_same(source: str) -> None:
    micrograd = pytest.importorskip("micrograd.engine")
    assert run(source).printed == host_print(source, {"Value": micrograd.Value})


TORCH = [
    "w = torch.tensor(3.0, requires_grad=True)\nprint(w, w.grad, w.item(), w.requires_grad, w.is_leaf)",
    (
        "w = torch.tensor([3.0], requires_grad=True)\nloss = w ** 2\nloss.backward()\n"
        "print(w, loss, w.grad, w.grad.item())"
    ),
    "x = torch.tensor(2.0)\nprint(x, x * 2, x.requires_grad)\ny = x / 3\nprint(y)",
    "x = torch.tensor(2)\nprint(x, x * 3, x / 4)",
    "x = torch.tensor(2.0, requires_grad=True)\nprint(2 - x, 1 / x, 2**x, x**x, -x, x - 1, x.tanh(), torch.log1p(x))",
    "x = torch.tensor(0.5, requires_grad=True)\nprint(F.softplus(x), F.leaky_relu(x), F.elu(x), F.gelu(x), F.silu(x))",
    "x = torch.tensor(0.5, requires_grad=True)\ny = F.gelu(x, approximate='tanh')\ny.backward()\nprint(x.grad)",
    (
        "x = torch.tensor(0.5, requires_grad=True)\n"
        "print(torch.maximum(x, x), x.clamp(min=0), x.square(), x.erf(), x.abs())"
    ),
    "x = torch.tensor(1e-5)\nprint(x, x * 1e13, x * 1e12, x * 0, -x * 0, x / 0, x * 12345678)",
    "x = torch.tensor(2.0, requires_grad=True)\ny = x * x\nprint(f'{y} {y:.2f} {y.item():6.3f}', str(y))",
    "x = torch.tensor(2.0, requires_grad=True)\ny = x.detach() * x\ny.backward()\nprint(x.grad, x.detach(), x.data)",
    "x = torch.tensor(2.0)\nx.requires_grad_()\ny = x * 3\ny.backward()\nprint(x, x.grad)",
    (
        "x = torch.tensor(2.0, requires_grad=True)\ny = x * x\ny.backward()\nx.grad.zero_()\nz = x * 3\n"
        "z.backward()\nprint(x.grad)"
    ),
    "x = torch.tensor(2.0, requires_grad=True)\ny = x * x\ny.backward()\nx.grad = None\nprint(x.grad, x.grad is None)",
    (
        "x = torch.tensor(2.0, requires_grad=True)\ny = x * x\ny.backward()\nx.data -= 0.1 * x.grad\n"
        "print(x)\nprint(x.item())"
    ),
    (
        "a = torch.tensor(2.0, requires_grad=True)\nb = torch.tensor(3.0)\nc = a * b\nc.backward()\n"
        "print(a.grad, b.grad, c)"
    ),
    "a = torch.tensor([2.0], requires_grad=True)\nb = torch.tensor(3.0, requires_grad=True)\nprint(a * b, (a, 1))",
    (
        "a = torch.tensor(2.0, requires_grad=True)\nb = torch.tensor(3.0)\nif a > b:\n    print('a')\n"
        "else:\n    print('b')"
    ),
    (
        "a = torch.tensor(0.3, requires_grad=True)\nl = torch.log(torch.exp(a) + torch.exp(-2*a)) - a\n"
        "l.backward()\nprint(a.grad)"
    ),
]


@pytest.mark.parametrize("source", TORCH)
def test_pytorch_programs_print_the_same(source: str) -> None:
    torch = pytest.importorskip("torch")
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        expected = host_print(source, {"torch": torch, "F": torch.nn.functional})
    finally:
        torch.set_default_dtype(before)
    assert run(source).printed == expected


PYTHON = [
    "x = 3\nprint(x*2, x/2, x**2, x**-1, -x, +x, x - 5, x*1.0, 2**10, 7 // 2, 7 % 3, -7 // 2)",
    "print(1e16, 1e15, 0.1 + 0.2, 1/3, 100000000.0, 1e-5, -0.0, 2.0**0.5, 1e300*1e10)",
    "print(True, None, 'a', \"it's\", (1, 2.0, 'a', None, ('b',)), ())\nprint()\nprint('a', 'b', sep='-', end='!\\n')",
    (
        "print(max(1, 2.5), max(3, 2.5), min(1, 1.0), abs(-3), abs(-2.5), round(2.567, 2), round(2.5), "
        "round(7), int(-2.7), float(3))"
    ),
    (
        "print(int('7'), float('1.5'), float('inf'), float('-inf'), str(1.50), len('abc'), sum((1, 2, 3)), "
        "sum((0.1, 0.2), 1))"
    ),
    "print(1 < 2 < 3, 1 < 2 > 3, 1 == 1.0, 'a' < 'b', 'a' == 1, not 0, 1 and 0, 0 or 'x', None is None, 5 if 0 else 6)",
    (
        "x = 2.5\nprint(f'{x} {x!r} {x:.3f} {x:8.1f}| {x:<8}| {x:+.2e} {x:%}')\n"
        "print(f'{1000000:,} {3:03d} {\"a\":>3} {x=} {7!s:>3}')"
    ),
    "w = 5\nx = 3.14159\nprint(f'{x:{w}.2f}|{x:>{w}}')\nprint('a' + 'b' * 3, 'x' * -1)",
    "a = b = 2\na += 1\na *= b\na -= 0.5\na /= 2\na **= 2\nprint(a, b)\nc, (d, e) = 1, (2, 3)\nprint(c + d * e)",
    "n = 7\nn //= 2\nprint(n)\nn %= 2\nprint(n, True + 1, -True, not True)",
    (
        "import math\nprint(math.sqrt(2), math.exp(1), math.log(10), math.log(8, 2), math.pow(2, 0.5), "
        "math.tanh(1), math.pi, math.tau)"
    ),
    (
        "from math import sin, cos as c, pi\n"
        "print(sin(pi / 3) ** 2 + c(pi / 3) ** 2, math.atan2(1, 2), math.hypot(3, 4), math.fabs(-2), math.pow(2, 3))"
    ),
    (
        "h = 0.0001\na = 2.0\nb = -3.0\nc = 10.0\nd1 = a*b + c\nc += h\nd2 = a*b + c\nprint('d1', d1)\n"
        "print('slope', (d2 - d1)/h)"
    ),
    (
        "print(9007199254740991 + 0, 2**52, 94906265 * 94906265, round(1234.5678, -2), round(15, -1), "
        "round(0.5), round(1.5))"
    ),
    (
        "assert 1 < 2\nif 0:\n    print('no')\nelif 1:\n    print('yes')\nelse:\n    print('no')\n"
        "print(bool(''), bool('a'), bool(0.0))"
    ),
    "print('é', 'ü' * 2, f'{\"é\":>3}', '\\t|', '\\u00e9', r'\\n')",
]


@pytest.mark.parametrize("source", PYTHON)
def test_plain_python_prints_the_same(source: str) -> None:
    assert run(source + "\nx = 0").printed == host_print(source, {"math": math})


# -- random arithmetic ------------------------------------------------------------------------------------------------

_NUMBERS = st.one_of(
    st.integers(-20, 20).map(str), st.floats(-10, 10, allow_nan=False).map(lambda x: f"{x:.3f}"), st.sampled_from("abc")
)


def _grow(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "**"]), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        inner.map(lambda x: f"(-{x})"),
        st.tuples(st.sampled_from(["sin", "tanh", "exp", "atan", "abs"]), inner).map(lambda t: f"{t[0]}({t[1]})"),
        st.tuples(inner, inner, inner).map(lambda t: f"({t[0]} if {t[1]} < {t[2]} else {t[1]})"),
        st.tuples(inner, inner).map(lambda t: f"max({t[0]}, {t[1]})"),
    )


EXPRESSIONS = st.recursive(_NUMBERS, _grow, max_leaves=12)
HOST = {
    "sin": math.sin,
    "tanh": math.tanh,
    "exp": math.exp,
    "atan": math.atan,
    "abs": abs,
    "max": max,
    "__builtins__": {},
}


@given(EXPRESSIONS)
@hypothesis.settings(max_examples=400, deadline=None)
def test_random_arithmetic_prints_what_python_prints(expression: str) -> None:
    """The text comes from the grammar above: numbers, three names and five functions."""
    names = {"a": 2, "b": -1.5, "c": 0.25}
    source = "a = 2\nb = -1.5\nc = 0.25\ny = " + expression
    try:
        expected = eval(expression, dict(HOST), names)
    except (ArithmeticError, ValueError, TypeError):  # TypeError: complex numbers have no order
        run(source)  # a number all the same: inf or nan
        return
    result = run(source + "\nprint(y)")
    if isinstance(expected, complex):
        return  # ours is nan there, or what nan leads to
    if isinstance(expected, int) and abs(expected) >= 2**53:
        wanted = float(expected) if abs(expected) < 2**1023 else math.inf * (1 if expected > 0 else -1)
        assert result.tape.data[result.variables["y"]] == pytest.approx(wanted)
        return
    got = float(result.printed)
    assert got == pytest.approx(expected, rel=1e-12) or math.isnan(got) or abs(expected) > 2**53
    if isinstance(expected, int) and abs(expected) < 2**26:
        assert result.printed == f"{expected}\n"


@given(EXPRESSIONS)
@hypothesis.settings(max_examples=150, deadline=None)
def test_random_arithmetic_has_pytorchs_gradients(expression: str) -> None:
    torch = pytest.importorskip("torch")
    leaves = {"a": 2.0, "b": -1.5, "c": 0.25}
    source = "".join(f"{k} = {v}\n" for k, v in leaves.items()) + "y = " + expression
    result = run(source)
    tensors = {k: torch.tensor(v, dtype=torch.float64, requires_grad=True) for k, v in leaves.items()}

    def double(x: Any) -> Any:
        return x if isinstance(x, torch.Tensor) else torch.tensor(float(x), dtype=torch.float64)

    def on_doubles(function: Any) -> Any:
        return lambda x: function(double(x))

    host = {name: on_doubles(getattr(torch, name)) for name in ("sin", "tanh", "exp", "atan", "abs")}
    host["max"] = lambda x, y: torch.maximum(double(x), double(y))
    try:
        out = eval(expression, {"__builtins__": {}, **host}, tensors)
    except (ArithmeticError, ValueError, TypeError):
        return
    if not isinstance(out, torch.Tensor) or not out.requires_grad or expression in tensors:
        return
    if not math.isfinite(out.item()):
        return
    out.backward()
    for name, tensor in tensors.items():
        ours = result.trace.grads[result.variables[name]] if name in result.variables else 0.0
        theirs = 0.0 if tensor.grad is None else tensor.grad.item()
        assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-12, nan_ok=True)


# -- the listings of texts about gradients ----------------------------------------------------------------------------

LISTINGS = {
    "y = 2 * x  # if x = 3": ("x = 3\ny = 2 * x", 6.0, {"x": 2.0}),
    "the nudged input": ("x = 3.001\ny = 2 * x", 6.002, {"x": 2.0}),
    "a chain": ("b = a * 2\nc = b + 3", 5.0, {"a": 2.0, "b": 1.0}),
    "values with _op": (
        "a = Value(2.0, _op='a')\nb = Value(3.0, _op='b')\nc = a * b # c = 6\nd = c + a # d = 8\nd.backward()",
        8.0,
        {"a": 4.0, "b": 2.0, "c": 1.0, "d": 1.0},
    ),
    "a full walkthrough": (
        "a = 2.0; b = -3.0; d = 10.0\nc = a * b\ne = c + d\nf = relu(e)",
        4.0,
        {"a": -3.0, "b": 2.0, "c": 1.0, "d": 1.0, "e": 1.0, "f": 1.0},
    ),
    "one value twice": ("a = 3.0\nb = a + a", 6.0, {"a": 2.0}),
    "a plain loss": ("w = 3.0\nloss = w ** 2", 9.0, {"w": 6.0}),
    "a plain loss, lower": ("w = 2.9\nloss = w ** 2", 8.41, {"w": 5.8}),
}


@pytest.mark.parametrize(("source", "expected", "gradients"), LISTINGS.values(), ids=LISTINGS)
def test_listings_give_the_numbers_that_their_texts_promise(
    source: str, expected: float, gradients: dict[str, float]
) -> None:
    result = run(source)
    assert result_of(result) == pytest.approx(expected, rel=1e-12)
    for name, gradient in gradients.items():
        assert result.trace.grads[result.variables[name]] == pytest.approx(gradient, rel=1e-12)


def test_a_step_by_hand_gives_the_number_of_the_lecture() -> None:
    leaves = "a = Value(2.0)\nb = Value(-3.0)\nc = Value(10.0)\nf = Value(-2.0)\n"
    build = "e = a * b\nd = e + c\nL = d * f\n"
    step = "".join(f"{n}.data += 0.01 * {n}.grad\n" for n in "abcf")
    result = run(leaves + build + "L.backward()\n" + step + build + "print(L.data)")
    assert result.printed == "-7.286496\n"
    assert result_of(result) == -8.0  # the receiver of backward


DESCENT = """
import torch

w = torch.tensor(3.0, requires_grad=True)
b = torch.tensor(-1.0, requires_grad=True)
for epoch in range(4):
    loss = (w * 2 + b - 1) ** 2
    loss.backward()
    with torch.no_grad():
        w -= 0.05 * w.grad
        b -= 0.05 * b.grad
        print(f"{epoch}: {loss.item():.6f}")
    w.grad.zero_()
    b.grad.zero_()
print(w.item(), b.item())
"""


def test_descent_under_no_grad_prints_what_pytorch_prints() -> None:
    expected = host_print(
        DESCENT.replace("3.0,", "3.0, dtype=torch.float64,").replace("-1.0,", "-1.0, dtype=torch.float64,"), {}
    )
    result = run(DESCENT)
    assert result.printed == expected
    assert len(result.trace.passes) == 4


def test_what_is_computed_under_no_grad_is_no_part_of_the_graph() -> None:
    result = run("x = torch.tensor(2.0, requires_grad=True)\nwith torch.no_grad():\n    y = x * x\nz = x * y")
    grads = {name: result.trace.grads[node] for name, node in result.variables.items()}
    assert grads["x"] == 4.0


@pytest.mark.parametrize(
    "source",
    ["with x:\n    x", "with torch.no_grad() as g:\n    x", "with open('f') as f:\n    x", "with 3:\n    x"],
)
def test_other_with_blocks_are_refused(source: str) -> None:
    with pytest.raises(ProgramError) as caught:
        run(source)
    assert caught.value.kind == "refused"


def test_in_place_outside_of_no_grad_stays_forbidden_also_after_a_block() -> None:
    source = "w = torch.tensor(3.0, requires_grad=True)\nwith torch.no_grad():\n    w -= 1\nw -= 1"
    with pytest.raises(ProgramError) as caught:
        run(source)
    assert caught.value.diagnostics[0].span.line == 4


def test_the_class_that_tutorials_write_is_refused_with_the_cure() -> None:
    source = "class Value:\n    def __init__(self, data):\n        self.data = data\n\na = Value(2.0)\n"
    with pytest.raises(ProgramError) as caught:
        run(source)
    (first,) = caught.value.diagnostics
    assert first.hint == "Value is built in: delete the class and use Value(2.0)"
