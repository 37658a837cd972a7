"""What programs mean: values, names, leaves, outputs, prints, passes."""

import math

import pytest

from engine import OPS, Budgets, Op, ProgramError, Run, run
from engine.tape import Role, Span
from engine.trace import Update


def result_of(run: Run) -> float:
    assert run.output is not None
    return run.tape.data[run.output]


def value(source: str, **inputs: float) -> float:
    result = run(source, inputs)
    return result_of(result)


def grads(source: str, **inputs: float) -> dict[str, float]:
    result = run(source, inputs)
    return {name: result.trace.grads[node] for name, node in result.variables.items()}


def printed(source: str, **inputs: float) -> str:
    return run(source, inputs).printed


def problem(source: str, **inputs: float) -> ProgramError:
    with pytest.raises(ProgramError) as caught:
        run(source, inputs)
    return caught.value


def nodes(source: str, **inputs: float) -> list[tuple[str | None, str, float]]:
    """Each node as (name, op or role, data)."""
    tape = run(source, inputs).tape
    return [(tape.names[k], op.name if op else tape.roles[k].value, tape.data[k]) for k, op in enumerate(tape.ops)]


# -- inputs and leaves ------------------------------------------------------------------------------------------------


def test_unbound_names_are_inputs_in_the_order_of_use() -> None:
    result = run("relu(a*b + d)", {"a": 2.0, "b": -3.0, "d": 10.0})
    assert result.tape.names == ["a", "b", None, "d", None, None]
    assert result.tape.data == [2.0, -3.0, -6.0, 10.0, 4.0, 4.0]
    assert result.tape.defaulted == [False] * 6
    assert result.variables == {"a": 0, "b": 1, "d": 3}
    assert result.tape.spans[4] == Span(1, 5, 1, 12)


def test_an_input_without_a_value_is_1_and_says_so() -> None:
    tape = run("a*b", {"b": 3.0}).tape
    assert (tape.data[:2], tape.defaulted[:2]) == ([1.0, 3.0], [True, False])


@pytest.mark.parametrize(
    "literal", ["2.0", "-3.0", "1/3", "math.pi/4", "2*3", "1e-3", "--2", "sin(0.5)", "float('inf')"]
)
def test_a_name_for_plain_arithmetic_is_one_leaf(literal: str) -> None:
    tape = run(f"a = {literal}\ny = a * a").tape
    assert tape.roles[0] is Role.INPUT
    assert tape.needs_grad[0]
    assert len(tape) == 2
    assert tape.data[0] == pytest.approx(eval(literal, {"math": math, "sin": math.sin}))
    assert tape.spans[0] == Span(1, 4, 1, 4 + len(literal))


def test_literals_are_constants_as_typed() -> None:
    tape = run("2*x + 1e-3 - pi*x + 0x10").tape
    assert [t for t in tape.texts if t] == ["2", "1e-3", "pi", "0x10"]
    assert {r for r, t in zip(tape.roles, tape.texts, strict=True) if t} == {Role.CONSTANT}


def test_an_input_takes_the_place_of_a_literal() -> None:
    assert value("a = 2.0\ny = a*a", a=5.0) == 25.0
    assert value("a = Value(2.0)\nb = a*a", a=5.0) == 25.0
    assert value("w = torch.tensor(2.0, requires_grad=True)\ny = w*w", w=5.0) == 25.0
    assert value("a, b = 2.0, 3.0\ny = a*b", b=7.0) == 14.0
    assert value("a = b = 2.0\ny = a + b", a=5.0) == 10.0
    assert printed("n = 3\nprint(n * 2)", n=4) == "8\n"
    assert printed("n = 3\nprint(n * 2)", n=4.5) == "9.0\n"


def test_an_input_takes_the_place_of_the_first_binding_only() -> None:
    assert value("x = 1.0\ny = x\nx = 2.0\nz = x + y", x=10.0) == 12.0
    assert value("x = 1.0\ny = x\nx = 2.0\nz = x + y", **{"x@2": 10.0}) == 11.0


def test_an_input_that_names_nothing_is_a_warning() -> None:
    result = run("a = 2.0\ny = a * b", {"q": 1.0, "y": 3.0, "b": 2.0})
    assert {w.kind for w in result.warnings} == {"input"}
    assert [w.message.split(",")[0] for w in result.warnings] == [
        "q is not in the program",
        "y is computed by the program",
    ]
    assert result_of(result) == 4.0


def test_inputs_can_be_infinite_or_nan() -> None:
    assert value("x + 1", x=math.inf) == math.inf
    assert math.isnan(value("x + 1", x=math.nan))


def test_what_is_read_off_the_graph_is_no_literal() -> None:
    source = "a = Value(3.0)\nb = a * a\nb.backward()\ng = a.grad\ny = g * 2"
    result = run(source, {"g": 100.0})
    assert result.tape.data[-1] == 12.0
    assert [w.kind for w in result.warnings] == ["input"]


@pytest.mark.parametrize(
    ("source", "names"),
    [("wieght = 1.0\ny = weight * 2", "weight"), ("y = alpha\nz = alhpa", "alhpa")],
)
def test_a_name_one_slip_away_from_another_is_a_warning(source: str, names: str) -> None:
    (notice,) = run(source).warnings
    assert (notice.kind, notice.message.split()[0]) == ("name", names)
    assert "Did you mean" in notice.message


@pytest.mark.parametrize("source", ["y = x1 + x2 + w1", "y = a + b", "bias1 = 1.0\nbias2 * bias1", "x_a + x_b"])
def test_names_that_only_look_alike_are_no_warning(source: str) -> None:
    assert run(source).warnings == ()


# -- constants and functions as names ---------------------------------------------------------------------------------


def test_constants_are_constants_until_assigned() -> None:
    assert value("x * e", x=1.0) == math.e
    assert value("math.e + np.pi + torch.pi") == pytest.approx(math.e + 2 * math.pi)
    assert value("e = a*b\ne + 1", a=2.0, b=3.0) == 7.0
    assert value("e * 2", e=4.0) == 8.0
    assert math.isnan(value("x * nan"))
    assert value("x * float('-inf')") == -math.inf


def test_functions_and_modules_can_be_names_of_variables() -> None:
    assert value("max = 3.0\ny = max * 2") == 6.0
    assert value("F = m * a\nF * d", m=2.0, a=3.0, d=4.0) == 24.0
    assert value("F * d", F=3.0, d=4.0) == 12.0
    assert value("input * weight", input=3.0, weight=4.0) == 12.0
    assert value("act = tanh\nact(x)", x=0.5) == math.tanh(0.5)


ALL_OPS = [(name, op) for name, op in OPS.items() if op.public]


@pytest.mark.parametrize(("name", "op"), ALL_OPS)
def test_every_operation_can_be_called_bare_behind_modules_and_as_method(name: str, op: Op) -> None:
    values = op.samples[0]
    inputs = {f"x{k}": x for k, x in enumerate(values)}
    arguments = ", ".join(inputs)
    first, *rest = inputs
    spellings = [f"{name}({arguments})", f"{first}.{name}({', '.join(rest)})"]
    spellings += [f"{module}.{name}({arguments})" for module in ("math", "np", "numpy", "torch", "F", "nn.functional")]
    for spelling in spellings:
        assert value(spelling, **inputs) == op.value(*values), spelling


@pytest.mark.parametrize(
    ("source", "same"),
    [
        ("np.maximum(x, y)", "max(x, y)"),
        ("np.arctan(x)", "atan(x)"),
        ("torch.arctan2(x, y)", "atan2(x, y)"),
        ("math.fabs(x)", "abs(x)"),
        ("torch.clamp(x, -1, 0.2)", "clip(x, -1, 0.2)"),
        ("torch.clamp(x, min=0.7)", "max(x, 0.7)"),
        ("x.clamp(max=0.2)", "min(x, 0.2)"),
        ("x.clip(min=-1, max=0.1)", "clip(x, -1, 0.1)"),
        ("np.clip(x, a_min=-1, a_max=0.1)", "clip(x, -1, 0.1)"),
        ("F.leaky_relu(x, 0.2)", "leaky_relu(x, 0.2)"),
        ("F.leaky_relu(-x, negative_slope=0.2)", "-0.2*x"),
        ("F.leaky_relu(-x)", "-0.01*x"),
        ("F.elu(-x, alpha=2.0)", "2*(exp(-x) - 1)"),
        ("F.relu(x, inplace=True)", "relu(x)"),
        ("F.softplus(x, beta=2)", "log(1 + exp(2*x))/2"),
        ("F.softplus(50*x)", "50*x"),
        ("F.softplus(input=x)", "softplus(x)"),
        ("F.gelu(x, approximate='tanh')", "0.5*x*(1 + tanh(sqrt(2/pi)*(x + 0.044715*x**3)))"),
        ("x.pow(2)", "x**2"),
        ("torch.pow(x, exponent=2)", "x**2"),
        ("x.add(y)", "x + y"),
        ("torch.div(x, y)", "x / y"),
        ("x.reciprocal()", "1/x"),
        ("torch.rsqrt(x)", "1/sqrt(x)"),
        ("math.log(x, 10)", "log10(x)"),
        ("log(x, 2)", "log2(x)"),
        ("(a*b + d).relu().tanh()", "tanh(relu(a*b + d))"),
        ("max(x, y, 0.1)", "max(max(x, y), 0.1)"),
        ("min((x, y, 3))", "min(x, y)"),
        ("sum((x, y, 1))", "x + y + 1"),
        ("sum((x, y), 5)", "5 + x + y"),
        ("pow(x, 3)", "x**3"),
        ("torch.special.expit(x)", "sigmoid(x)"),
        ("x if x > y else y", "max(x, y)"),
        ("+x - -y", "x + y"),
        ("π * x", "pi * x"),
    ],
)
def test_other_spellings_mean_the_same(source: str, same: str) -> None:
    inputs = {"x": 0.5, "y": -1.25, "a": 2.0, "b": 0.3, "d": -0.1}
    one, other = run(source, inputs), run(same, inputs)
    assert result_of(one) == pytest.approx(result_of(other), rel=1e-12)
    for name in set(one.variables) & set(other.variables):
        expected = other.trace.grads[other.variables[name]]
        assert one.trace.grads[one.variables[name]] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("source", "at", "message", "hint"),
    [
        ("y = sin()", (1, 4), "sin needs 1 argument; x is missing", "sin(x)"),
        ("y = sin(x, 2)", (1, 4), "sin takes 1 argument, not 2", "sin(x)"),
        ("y = x.sin(2)", (1, 4), "sin takes 1 argument, not 2", "sin(x)"),
        ("leaky_relu(x, 0.1, 3)", (1, 0), "takes 1 to 2 arguments, not 3", "leaky_relu(x, negative_slope=0.01)"),
        ("leaky_relu(x, slope=1)", (1, 0), "has no argument slope", "negative_slope"),
        ("leaky_relu(x, 1, negative_slope=1)", (1, 0), "gets negative_slope twice", "negative_slope"),
        ("max(x)", (1, 0), "max needs at least 2 numbers", "max(a, b)"),
        ("Value()", (1, 0), "data is missing", "Value(2.0, label='a')"),
        ("Value('a')", (1, 0), "not a text", "Value(2.0)"),
        ("Value(2.0, label=3)", (1, 0), "a label is a text", "label='a'"),
        ("a = Value(2.0)\na.backward(1, 2, 3, 4, 5)", (2, 0), "takes 0 to 3 arguments, not 5", "backward("),
        ("sin('a')", (1, 0), "sin needs a number, not a text", "numbers"),
        ("'a' + x", (1, 0), "cannot be combined", 'f"{x}"'),
        ("sin + 1", (1, 0), "not the function sin", "sin(x)"),
        ("x = (1, 2)\nx + 1", (2, 0), "a tuple and a number", "comprehension"),
        ("a = 2.0\na(3)", (2, 0), "a is no function", "a * (...)"),
        ("2(3)", (1, 0), "2 is no function", "2 * (...)"),
        ("(1, 2)(3)", (1, 0), "cannot be called", "tanh(x)"),
        ("a, b = 2.0", (1, 0), "cannot be shared among 2 names", "a, b = 2.0, 3.0"),
        ("2.0.backward()", (1, 0), "no graph", "y.backward()"),
        ("'a' < 1", (1, 0), "cannot be compared", "numbers"),
        ("print(x, sep=1)", (1, 0), "sep of print is a text", "sep"),
        ("print(x, colour=1)", (1, 0), "has no argument colour", "print(x)"),
        ("len(x)", (1, 0), "no length", "len([a, b])"),
        ("sum(x)", (1, 0), "sum cannot go through a number", "[a, b]"),
        ("torch.tensor(2, requires_grad=True)", (1, 0), "whole numbers has no gradient", "2.0"),
        ("2.0.grad", (1, 0), "no gradient", "x.grad"),
    ],
)
def test_wrong_types_and_counts_are_told_at_the_call(source: str, at: tuple[int, int], message: str, hint: str) -> None:
    error = problem(source)
    first = error.diagnostics[0]
    assert (error.kind, (first.span.line, first.span.column)) == ("type", at)
    assert message in first.message
    assert hint in (first.hint or "")


@pytest.mark.parametrize(
    ("source", "column", "hint"),
    [
        ("tnah(x)", 0, "tanh"),
        ("y = sigmod(x)", 4, "sigmoid"),
        ("Relu(x)", 0, "relu"),
        ("ln(x)", 0, "log"),
        ("squrt(x)", 0, "sqrt"),
        ("value(2.0)", 0, "Value"),
        ("prnt(x)", 0, "print"),
        ("y = a(b + c)", 4, "a * (...)"),
        ("torch.arcsinn(x)", 0, "arcsin"),
        ("np.Value(x)", 0, ""),
        ("from torch.nn import Conv2d\nConv2d(3, 1, 2)", 0, "nn.Linear"),
        ("'a'.tanh()", 0, "upper"),
    ],
)
def test_unknown_functions_are_told_with_what_was_meant(source: str, column: int, hint: str) -> None:
    error = problem(source)
    first = error.diagnostics[0]
    assert (error.kind, first.span.column) == ("name", column)
    assert hint in (first.hint or "")


@pytest.mark.parametrize("source", ["x // 2", "x % 2", "a = 2.5\ny = a // 2", "y = (x*2) % 3"])
def test_division_with_steps_is_cut_off_the_graph_with_a_word_why(source: str) -> None:
    result = run(source)
    assert "jumps" in result.warnings[0].message
    assert OPS["div"] not in result.tape.ops


def test_division_with_steps_counts() -> None:
    assert printed("n = 7\nprint(n // 2, n % 2, -7 // 2, -7 % 3, 7.5 // 2, 7.5 % 2)") == "3 1 -4 2 3.0 1.5\n"
    assert printed("print(1 % 0, 1 // 0)") == "nan inf\n"


# -- names and versions -----------------------------------------------------------------------------------------------


def test_reassignment_makes_a_new_version() -> None:
    result = run("x = 1.0\nx = x * 2\nx += 3\ny = x")
    assert [n for n in result.tape.names if n] == ["x", "x@2", "x@3"]
    assert result.variables == {"x": 4, "y": 4}


def test_an_alias_keeps_the_first_name() -> None:
    result = run("a = 2.0\nb = a\nc = b * a\nd = +c")
    assert [n for n in result.tape.names if n] == ["a", "c"]
    assert result.variables == {"a": 0, "b": 0, "c": 1, "d": 1}


def test_a_chain_of_assignments_is_one_leaf() -> None:
    result = run("a = b = 2.0\ny = a * b")
    assert result.tape.names == ["a", "y"]
    assert result.variables == {"a": 0, "b": 0, "y": 1}


def test_an_input_that_is_assigned_later_is_a_version_too() -> None:
    result = run("y = x + 1\nx = 5.0\nz = x * y")
    assert [n for n in result.tape.names if n] == ["x", "y", "x@2", "z"]


def test_statements_of_every_offered_kind() -> None:
    source = """'''A program.'''
import math, torch as t
from math import sin as sine, pi
from micrograd.engine import Value
from __future__ import annotations
a: float = 2.0; b = -3.0
c: int
pass
if a > b and not b > 0 or None:
    d = a * b
elif a:
    d = 0.0
else:
    d = 1.0
assert d == -6.0, "never"
(e, [f, g]) = d, (1, 2)
h = sine(e) * t.tanh(f) if 1 < 2 <= 2 != 3 else 5
"""
    source = source.replace("from __future__ import annotations\n", "")
    assert value(source) == math.sin(-6.0) * math.tanh(1)


def test_a_failed_assertion_says_so() -> None:
    error = problem("x = 2.0\nassert x > 3, f'x is {x}'")
    assert (error.kind, error.diagnostics[0].message) == ("value", "this assertion does not hold: x is 2.0")


# -- output -----------------------------------------------------------------------------------------------------------


def output_name(source: str, **inputs: float) -> str | None:
    result = run(source, inputs)
    assert result.output is not None
    return result.tape.names[result.output]


def test_the_output_is_the_receiver_of_backward_else_the_last_value() -> None:
    assert output_name("a = Value(2.0)\nb = a*a\nb.backward()\nc = b + 1") == "b"
    assert output_name("a = Value(2.0)\nb = a*a\nb.backward()\nc = b + 1\nc.backward()") == "c"
    assert output_name("y = x*x\nprint(y)") == "y"
    assert output_name("y = x*x\nx") == "x"
    assert output_name("y = x*x\nz = y\nimport math") == "y"
    assert output_name("a, b = 2.0, 3.0") == "b"
    assert output_name("x = 3.0\ny = x > 2") == "x"


def test_what_is_only_printed_is_the_output_if_there_is_nothing_else() -> None:
    assert value("print(relu(a*b + d))", a=2.0, b=3.0, d=1.0) == 7.0
    assert value("print('y =', 2*3)") == 6.0


def test_plain_arithmetic_at_the_end_is_shown_as_a_graph() -> None:
    assert nodes("2*3 + 1") == [
        (None, "constant", 2.0),
        (None, "constant", 3.0),
        (None, "mul", 6.0),
        (None, "constant", 1.0),
        (None, "add", 7.0),
    ]
    assert nodes("tanh(0.5)") == [(None, "constant", 0.5), (None, "tanh", math.tanh(0.5))]
    assert nodes("3") == [(None, "constant", 3.0)]
    assert nodes("y = 2*3 + 1") == [("y", "input", 7.0)]
    assert nodes("-2**2") == [(None, "constant", 2.0), (None, "constant", 2.0), (None, "pow", 4.0), (None, "neg", -4.0)]


# -- numbers are IEEE doubles -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "expected", "words"),
    [
        ("1/0", math.inf, "the denominator is 0; here 1/0. "),
        ("x = 0.0\ny = 1/x", math.inf, "the denominator is 0; here 1/0. "),
        ("log(-1)", math.nan, "log needs x > 0; here x = −1"),
        ("x = -1.0\nlog(x)", math.nan, "Did you mean log(abs(x))"),
        ("0.0**-1", math.inf, "0 has no negative one"),
        ("(-8)**(1/3)", math.nan, "no real fractional power"),
        ("exp(1000)", math.inf, "709.78"),
        ("x = 1e308\ny = x * 10", math.inf, "too large"),
        ("9**9**9**9", math.inf, "large powers"),
        ("math.sqrt(-1)", math.nan, "sqrt needs x >= 0"),
    ],
)
def test_domain_events_are_one_warning_at_their_place(source: str, expected: float, words: str) -> None:
    result = run(source)
    assert result_of(result) == pytest.approx(expected, nan_ok=True)
    (notice,) = result.warnings
    assert notice.kind == "domain"
    assert words in notice.message
    assert notice.node is not None
    assert notice.span == result.tape.spans[notice.node]


def test_only_the_first_place_of_a_nan_is_warned_about() -> None:
    result = run("x = -1.0\na = log(x)\nb = a * 2\nc = b + a")
    assert [(w.span and w.span.line, w.node) for w in result.warnings] == [(2, 1)]


def test_comparison_and_branches_follow_the_data() -> None:
    assert value("a = Value(-2.0)\nb = a if a > 0 else -a") == 2.0
    assert grads("y = x*x if x < 0 else 3*x", x=2.0) == {"x": 3.0, "y": 1.0}
    assert printed("print(x > 1, 1 < x < 3, x == 2, not x, x != 2, x is None, None is None)\nx", x=2.0) == (
        "True True True False False False True\n"
    )
    assert printed("print(0 or 3, 2 and 5, x or 1, '' or 'a')\nx", x=0.0) == "3 5 1 a\n"


# -- passes -----------------------------------------------------------------------------------------------------------


def test_gradients_add_up_over_passes_until_zeroed() -> None:
    source = "x = Value(3.0)\ny = x*x\ny.backward()\nz = x*x\nz.backward()\n"
    assert grads(source)["x"] == 12.0
    assert grads(source + "x.grad = 0.0\nz = x*x\nz.backward()")["x"] == 6.0
    assert len(run(source).trace.passes) == 2


def test_writing_data_moves_the_leaf_and_not_what_was_computed() -> None:
    source = "a = Value(2.0)\nb = a * 3\nb.backward()\na.data -= 0.1 * a.grad\n"
    source += "print(a.data, b.data)\nc = a * 3\nprint(c.data)"
    result = run(source)
    assert result.printed == "1.7 6.0\n5.1\n"
    update = result.trace.steps[-1]
    assert isinstance(update, Update)
    assert (update.field, update.before, update.after, update.text) == ("data", 2.0, 1.7, "a.data -= 0.1 * a.grad")


def test_what_goes_into_data_is_no_part_of_the_graph() -> None:
    tape = run(
        "a = Value(2.0)\nlr = 0.1\nb = a*a\nb.backward()\na.data -= lr * a.grad\na.grad = lr * 0\na.data = a.data * lr"
    ).tape
    assert len(tape) == 3


# -- partial runs -----------------------------------------------------------------------------------------------------


def partial(source: str, **inputs: float) -> Run:
    return run(source, inputs, partial=True)


def test_a_failing_program_keeps_what_ran_before() -> None:
    result = partial("y = x * x\nz = tnah(y)\nw = 3", x=3.0)
    assert result.problem is not None
    assert (result.problem.kind, result.variables) == ("name", {"x": 0, "y": 1})
    assert result_of(result) == 9.0
    assert result.trace.grads[0] == 6.0


@pytest.mark.parametrize(
    "broken", ["log(x", "z = ", "z = y +* 3", "import os", "class A:\n    pass", "del y", "y.__class__"]
)
def test_a_text_that_cannot_be_read_keeps_the_statements_above(broken: str) -> None:
    result = partial(f"y = x * x\n{broken}\nw = 3.0", x=3.0)
    assert result.problem is not None
    assert result.problem.diagnostics[0].span.line == 2
    assert (result.variables, result.output) == ({"x": 0, "y": 1}, 1)


@pytest.mark.parametrize("source", ["", "(", "relu(a*b", "x = " + "1" * 30_000, "\x00", "# a", "9" * 5000])
def test_a_text_of_which_nothing_can_be_read_is_an_empty_run(source: str) -> None:
    result = partial(source)
    assert result.problem is not None
    assert (len(result.tape), result.output, result.variables) == (0, None, {})


def test_a_whole_program_has_no_problem() -> None:
    assert partial("y = x * x").problem is None


# -- budgets while it runs --------------------------------------------------------------------------------------------


def test_budgets_name_themselves_and_the_line() -> None:
    for source, budgets, name in [
        ("x = 1\ny = x\nz = 3*x + 2*x + x + x + x", {"steps": 12}, "steps"),
        ("x = 1.0\ny = x\nz = x*x + x*x + x*x", {"nodes": 4}, "nodes"),
        ("x = 1\ny = x\nprint('a' * 100)", {"printed": 50}, "printed"),
        ("x = 1\ny = x\nprint('a' * 100)", {"string": 50}, "string"),
    ]:
        with pytest.raises(ProgramError) as caught:
            run(source, budgets=Budgets(**budgets))
        assert caught.value.kind == "budget"
        assert f"the {name} budget" in caught.value.diagnostics[0].message
        assert caught.value.diagnostics[0].span.line == 3


def test_time_is_a_budget() -> None:
    with pytest.raises(ProgramError) as caught:
        run("x = 1.0\n" + "y = x*x + 2*x\n" * 1000, budgets=Budgets(seconds=0.0))
    assert "the seconds budget" in caught.value.diagnostics[0].message


def test_the_random_state_of_the_host_and_other_runs_are_out_of_reach() -> None:
    run("math = 3.0\ntanh = 4.0\nmath + tanh")
    assert value("math.tanh(x)", x=0.5) == math.tanh(0.5)


@pytest.mark.parametrize(
    "x", ["Value(3.0)", "torch.tensor(3.0, requires_grad=True)", "torch.ones(2, requires_grad=True)"]
)
def test_an_output_without_a_graph_is_told_by_a_warning(x: str) -> None:
    made = run(f"x = {x}\nwith torch.no_grad():\n    y = x * 2")
    (warning,) = made.warnings
    assert warning.kind == "gradient"
    assert "was computed under torch.no_grad(), without a graph: no gradient flows from it." in warning.message
    assert (warning.span and warning.span.line, warning.node) == (3, made.output)


@pytest.mark.parametrize(
    "source",
    [
        "x = Value(3.0)\nwith torch.no_grad():\n    y = x * 2\nz = y * y",
        "x = torch.ones(2, requires_grad=True)\nwith torch.no_grad():\n    x -= 0.1 * x",
        "x = Value(3.0)\ny = x * x\ny.backward()\nwith torch.no_grad():\n    z = x * 2",
        "y = 2 * 3",
    ],
)
def test_what_is_no_output_is_computed_without_a_graph_in_silence(source: str) -> None:
    assert run(source).warnings == ()
