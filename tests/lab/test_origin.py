"""Where nan comes from: the first number that is not finite is found, explained, and cured by a rewrite that works."""

from __future__ import annotations

import math
from typing import Any

import pytest

from engine import GALLERY, Example, Unfit, origin, run
from engine.lab.cure import is_finite
from engine.trace import Backward, Forward


def told(source: str, **inputs: float) -> dict[str, Any]:
    return origin(run(source.replace("; ", "\n"), inputs))


SINE = "y = 1 - x**2/6 if abs(x) < 1e-4 else sin(x) / x"
# program, what went wrong (forward, backward), and the first rewrite
CASES = [
    ("x = 800.0; y = log(1 + exp(x))", "exp(800) = ∞", "∞ * 0 = nan", "y = softplus(x)"),
    ("x = 800.0; y = log1p(exp(x))", "exp(800) = ∞", "∞ * 0 = nan", "y = softplus(x)"),
    ("x = 800.0; y = log(exp(x) + 1)", "exp(800) = ∞", "∞ * 0 = nan", "y = softplus(x)"),
    ("x = 800.0; t = exp(x); y = log(1 + t)", "exp(800) = ∞", "∞ * 0 = nan", "y = softplus(x)"),
    ("x = 800.0; y = log(1 + e**x)", "2.718**800 = ∞", None, "y = softplus(x)"),
    ("x = -800.0; y = log(sigmoid(x))", "log(0) = −∞", "∞ * 1 = ∞", "y = -softplus(-x)"),
    ("x = -800.0; y = -log(sigmoid(x))", "log(0) = −∞", "∞ * −1 = −∞", "y = softplus(-x)"),
    ("x = -800.0; y = log(1 / (1 + exp(-x)))", "exp(800) = ∞", None, "y = -softplus(-x)"),
    ("x = 800.0; y = log(1 - sigmoid(x))", "log(0) = −∞", "∞ * 1 = ∞", "y = -softplus(x)"),
    ("x = 800.0; y = exp(x) / (exp(x) + 1)", "exp(800) = ∞", "nan * 1 = nan", "y = sigmoid(x)"),
    ("x = -800.0; y = 1 / (1 + exp(-x))", "exp(800) = ∞", "∞ * 0 = nan", "y = sigmoid(x)"),
    ("x = 1000.0; y = (exp(x) - exp(-x)) / (exp(x) + exp(-x))", "exp(1000) = ∞", None, "y = tanh(x)"),
    ("x = 1e200; z = 1e200; y = sqrt(x*x + z**2)", "1e200 * 1e200 = ∞", None, "y = hypot(x, z)"),
    ("x = 0.0; y = sqrt(x*x)", None, "∞ * 1 = ∞", "y = abs(x)"),
    ("x = 0.0; y = sqrt(x) * x", None, "∞ * 0 = nan", "y = sqrt(x + 1e-12) * x"),
    ("x = 0.0; y = x + x / x", "0 / 0 = nan", "∞ * 1 = ∞", "y = x + 1.0"),
    ("x = 0.0; y = x / abs(x)", "0 / 0 = nan", None, "y = sign(x)"),
    ("x = 0.0; y = sin(x) / x", "0 / 0 = nan", "∞ * 1 = ∞", SINE),
    ("x = 0.0; y = 1 / x * 0", "1 / 0 = ∞", "−∞ * 0 = nan", "y = (1 / (x + 1e-8)) * 0"),
    ("x = 0.0; y = log(x)", "log(0) = −∞", "∞ * 1 = ∞", "y = log(max(x, 1e-12))"),
    ("x = -1.0; y = log(x)", "log(−1) = nan", None, "y = log(max(x, 1e-12))"),
    ("x = 0.0; y = x * log(x)", "log(0) = −∞", "−∞ * 1 = −∞", "y = x * log(max(x, 1e-12))"),
    ("x = 1e-20; y = 3 / log(1 + x)", "3 / 0 = ∞", None, "y = 3 / log1p(x)"),
    ("x = 1e-20; y = 1 / (exp(x) - 1)", "1 / 0 = ∞", None, "y = 1 / expm1(x)"),
    ("x = 1e-20; y = log(exp(x) - 1)", "log(0) = −∞", None, "y = log(expm1(x))"),
    ("a = 800.0; b = 801.0; y = log(exp(a) + exp(b))", "exp(800) = ∞", "∞ * 0 = nan", "y = a + softplus(b - a)"),
    ("a = 800.0; b = 801.0; y = exp(a) / (exp(a) + exp(b))", "exp(800) = ∞", None, "y = sigmoid(a - b)"),
    ("a = -800.0; b = 801.0; y = -log(exp(a) / (exp(a) + exp(b)))", "exp(801) = ∞", None, "y = softplus(b - a)"),
    ("x = 1000.0; y = exp(x) / exp(x - 1)", "exp(1000) = ∞", None, "y = exp(x - (x - 1))"),
    ("x = 1000.0; y = log(exp(x))", "exp(1000) = ∞", "∞ * 0 = nan", "y = x"),
    ("x = 1e-200; z = 1e-200; y = log(x * z)", "log(0) = −∞", None, "y = log(x) + log(z)"),
    ("x = -2.0; y = (x > 0) * sqrt(x)", "sqrt(−2) = nan", "nan * 0 = nan", "y = sqrt(x) if x > 0 else 0.0"),
    ("x = 0.0; y = abs(x) ** 0.5", None, "∞ * 1 = ∞", "y = (abs(x) + 1e-12)**0.5"),
    ("x = -2.0; y = x ** 0.5", "(−2)**0.5 = nan", "nan * 1 = nan", "y = max(x, 1e-12)**0.5"),
    ("x = 2.0; y = acos(x)", "acos(2) = nan", "nan * 1 = nan", "y = acos(clip(x, -1 + 1e-12, 1 - 1e-12))"),
    ("x = 0.0; z = 0.0; y = hypot(x, z)", None, "nan * 1 = nan", "y = sqrt(x**2 + z**2 + 1e-24)"),
    ("x = 1000.0; y = cosh(x)", "cosh(1000) = ∞", None, "y = cosh(clip(x, -700, 700))"),
]


@pytest.mark.parametrize(("source", "forward", "backward", "line"), CASES, ids=[case[0] for case in CASES])
def test_it_is_found_explained_and_cured(source: str, forward: str | None, backward: str | None, line: str) -> None:
    answer = told(source)
    assert not answer["finite"]
    if forward:
        assert answer["forward"]["calculation"] == forward
    else:
        assert answer["forward"] is None
    if backward:
        assert answer["backward"]["calculation"] == backward
    assert answer["cures"][0]["source"].splitlines()[-1] == line
    assert is_finite(run(answer["cures"][0]["source"]))
    assert answer["cures"][0]["same"] is not False


@pytest.mark.parametrize("source", [case[0] for case in CASES])
def test_edits_give_the_cured_source(source: str) -> None:
    from engine import Fix, applied
    from engine.language.errors import Edit
    from engine.tape import Span

    text = source.replace("; ", "\n")
    for cure in told(source)["cures"]:
        edits = []
        for edit in cure["edits"]:
            place = Span(edit["line"], edit["column"], edit["end_line"], edit["end_column"])
            edits.append(Edit(place, edit["text"]))
        assert applied(text, Fix("", tuple(edits))) == cure["source"]


@pytest.mark.parametrize("source", [case[0] for case in CASES])
def test_the_steps_told_are_the_first_that_are_not_finite(source: str) -> None:
    made = run(source.replace("; ", "\n"))
    answer = origin(made)
    forwards = [k for k, s in enumerate(made.trace.steps) if isinstance(s, Forward) and not math.isfinite(s.data)]
    backwards = [
        k for k, s in enumerate(made.trace.steps) if isinstance(s, Backward) and not math.isfinite(s.contribution)
    ]
    assert (answer["forward"] or {"step": None})["step"] == (forwards[0] + 1 if forwards else None)
    assert (answer["backward"] or {"step": None})["step"] == (backwards[0] + 1 if backwards else None)


TORCH = [
    ("log(1 + exp(x))", 800.0, "torch.log(1 + torch.exp(x))"),
    ("log(x)", 0.0, "torch.log(x)"),
    ("log(x)", -1.0, "torch.log(x)"),
    ("sqrt(x) * x", 0.0, "torch.sqrt(x) * x"),
    ("sqrt(x * x)", 0.0, "torch.sqrt(x * x)"),
    ("x / x", 0.0, "x / x"),
    ("sqrt(relu(x))", -1.0, "torch.sqrt(torch.relu(x))"),
    ("x ** 0.5", 0.0, "x ** 0.5"),
    ("acos(x)", 1.0, "torch.acos(x)"),
    ("exp(x) / (exp(x) + 1)", 800.0, "torch.exp(x) / (torch.exp(x) + 1)"),
    ("x * log(x)", 0.0, "x * torch.log(x)"),
    ("softplus(x)", 800.0, "torch.nn.functional.softplus(x)"),
    ("sigmoid(x)", -800.0, "torch.sigmoid(x)"),
]


@pytest.mark.parametrize(("ours", "x", "theirs"), TORCH, ids=[f"{ours} at {x}" for ours, x, _ in TORCH])
def test_what_is_not_finite_here_is_not_finite_in_pytorch(ours: str, x: float, theirs: str) -> None:
    torch = pytest.importorskip("torch")
    leaf = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    output = eval(theirs, {"torch": torch, "x": leaf})
    output.backward()
    made = run(f"y = {ours}", {"x": x})
    answer = origin(made)
    assert made.output is not None
    assert answer["finite"] is False or (torch.isfinite(output) and torch.isfinite(leaf.grad))
    harmful = not answer["finite"] and not answer["harmless"]
    assert harmful == (not (math.isfinite(output.item()) and math.isfinite(leaf.grad.item())))


@pytest.mark.filterwarnings("ignore:Anomaly Detection")
def test_where_pytorchs_anomaly_mode_stops_the_backward_pass_stops_being_finite() -> None:
    torch = pytest.importorskip("torch")
    leaf = torch.tensor(0.0, dtype=torch.float64, requires_grad=True)
    output = torch.sqrt(leaf) * leaf
    with pytest.raises(RuntimeError, match="SqrtBackward0"), torch.autograd.detect_anomaly(check_nan=True):
        output.backward()
    answer = told("x = 0.0; y = sqrt(x) * x")
    made = run("x = 0.0\ny = sqrt(x) * x")
    op = made.tape.ops[int(answer["backward"]["node"][1:])]
    assert op is not None
    assert op.name == "sqrt"


def test_where_it_came_from_and_where_it_went() -> None:
    answer = told("a = -1.0; b = 2.0; c = log(a); d = c * b; f = d + 1")
    assert [leaf["label"] for leaf in answer["forward"]["from"]] == ["a"]
    assert answer["forward"]["spread_text"] == "d, f"
    assert answer["forward"]["span"] == {"line": 3, "column": 4, "end_line": 3, "end_column": 10}


def test_a_leaf_that_is_none_from_the_start_is_told() -> None:
    answer = origin(run("y = x * 2", {"x": math.nan}))
    assert (answer["forward"]["phase"], answer["forward"]["step"]) == ("leaf", 0)
    assert answer["sentence"].startswith("From the start, at x: x is nan from the start.")


def test_two_places_that_go_wrong_are_cured_together() -> None:
    (cure, *_) = told("x = 0.0; y = sqrt(x) + log(x)")["cures"]
    assert cure["source"].splitlines()[-1] == "y = sqrt(x + 1e-12) + log(max(x, 1e-12))"
    assert len(cure["edits"]) == 2
    (cure, *_) = told("x = -1.0; z = 0.0; y = x**0.5 * log(z)")["cures"]
    assert cure["source"].splitlines()[-1] == "y = (max(x, 1e-12)**0.5) * log(max(z, 1e-12))"


RATIOS = [
    ("sin(x) / x", 1.0, 0.0),
    ("tan(x) / x", 1.0, 0.0),
    ("asin(x) / x", 1.0, 0.0),
    ("atan(x) / x", 1.0, 0.0),
    ("sinh(x) / x", 1.0, 0.0),
    ("tanh(x) / x", 1.0, 0.0),
    ("expm1(x) / x", 1.0, 0.5),
    ("(exp(x) - 1) / x", 1.0, 0.5),
    ("log1p(x) / x", 1.0, -0.5),
    ("3 * sin(x) / x", 3.0, 0.0),
]


@pytest.mark.parametrize(("ratio", "limit", "slope"), RATIOS, ids=[case[0] for case in RATIOS])
def test_a_ratio_that_has_a_limit_is_cured_to_its_limit(ratio: str, limit: float, slope: float) -> None:
    (cure,) = told(f"x = 0.0; y = {ratio}")["cures"]
    for x in (9e-6, 9e-5, 1.1e-4, 0.3):
        made = run(cure["source"].replace("x = 0.0\n", ""), {"x": x})
        assert made.output is not None
        near = run(f"y = {ratio}", {"x": x})
        assert near.output is not None
        assert math.isclose(made.tape.data[made.output], near.tape.data[near.output], rel_tol=1e-8)
    cured = run(cure["source"])
    assert cured.output is not None
    assert (cured.tape.data[cured.output], cured.trace.grads[0]) == (limit, slope)


@pytest.mark.parametrize(
    "source",
    [
        "x = 1.0; y = (x - x) / (x - x)",
        "x = 0.0; y = x / x",
        "x = 0.0; y = 1 / x",
        "x = 0.0; b = 0.0; y = x / b",
        "x = 1e-20; y = x / log(1 + x)",
        "x = 0.0; y = (1 - cos(x)) / x**2",
    ],
)
def test_what_loses_a_leaf_or_is_far_from_the_limit_is_no_cure(source: str) -> None:
    answer = told(source)
    assert answer["cures"] == []
    assert "None of the rewrites" in answer["sentence"]


def test_where_nothing_cures_the_limit_is_told() -> None:
    assert told("x = 0.0; y = (1 - cos(x)) / x**2")["sentence"].endswith("Nearby the output comes to 0.5.")
    assert "no one number" in told("x = 0.0; y = 1 / x")["sentence"]
    assert "no one number" in told("x = 0.0; b = 0.0; y = x / b")["sentence"]


def test_sentences_name_the_operands_of_the_program() -> None:
    answer = told("x = 40.0; t = 1 / (1 + exp(-x)); u = 1 - t; y = log(u)")
    assert answer["forward"]["sentence"] == "log(0) = −∞: log needs u > 0; here u = 0."
    assert answer["backward"]["sentence"].endswith("the local derivative of log, 1 / u, is ∞ at u = 0.")
    power = told("x = -1.0; z = 2.0; y = x**0.5 * log(z)")
    assert power["forward"]["sentence"].endswith("here x = −1.")
    assert told("x = 0.0; y = sin(x) / x")["forward"]["sentence"] == "0 / 0 = nan: 0 over 0 has no value."


def test_every_source_is_told_once_the_first_of_each_pass_before_the_others() -> None:
    answer = told("a = 0.0; b = 0.0; c = 2.0; y = sqrt(a) + sqrt(b) + c + log(-c)")
    assert (answer["forward"]["calculation"], answer["backward"]["spread_text"]) == ("log(−2) = nan", "b.grad")
    assert [(each["phase"], each["spread_text"]) for each in answer["others"]] == [("backward", "a.grad")]


@pytest.mark.parametrize("source", [case[0] for case in CASES])
def test_the_sources_account_for_every_number_that_is_not_finite(source: str) -> None:
    made = run(source.replace("; ", "\n"))
    answer = origin(made)
    assert answer["others_count"] == len(answer["others"])
    events = [each for each in (answer["forward"], answer["backward"], *answer["others"]) if each]
    for phases, values in ((("forward", "leaf"), made.tape.data), (("backward",), made.trace.grads)):
        told_of = {node for each in events if each["phase"] in phases for node in each["spread"]}
        told_of |= {each["node"] for each in events if each["phase"] in phases and "forward" in phases}
        assert {f"n{node}" for node, value in enumerate(values) if not math.isfinite(value)} <= told_of


def test_a_function_is_cured_where_it_is_defined() -> None:
    (cure, *_) = told("def f(t):; \n    return log(1 + exp(t))\ny = f(900*a)".replace("; ", ""), a=1.0)["cures"]
    assert "return softplus(t)" in cure["source"]


def test_in_a_program_of_pytorch_the_cure_is_pytorch() -> None:
    torch = pytest.importorskip("torch")
    source = "import torch\nx = torch.tensor([800.0, -1.0], requires_grad=True)\n"
    for line in ("torch.log(1 + torch.exp(x))", "torch.log(torch.sigmoid(-x))", "torch.sqrt(x - 800)"):
        for cure in origin(run(f"{source}y = {line}.sum()\ny.backward()"))["cures"]:
            x = torch.tensor([800.0, -1.0], requires_grad=True, dtype=torch.float64)
            expression = cure["source"].splitlines()[2].removeprefix("y = ")
            assert math.isfinite(eval(expression, {"torch": torch, "x": x}).item())


def test_a_name_that_is_given_twice_is_not_looked_through() -> None:
    answer = told("x = 800.0; t = exp(x); y = log(1 + t); t = 3.0; z = y * t")
    assert all("softplus" not in cure["source"] for cure in answer["cures"])


def test_a_function_of_the_programs_own_is_not_taken_for_ours() -> None:
    answer = origin(run("def exp(t):\n    return t * 1e308 * 10\nx = 800.0\ny = log(1 + exp(x))"))
    assert not answer["cures"]


def test_infinity_that_goes_away_again_does_no_harm() -> None:
    answer = origin(run("y = b / exp(x)", {"x": 1000.0, "b": 2.0}, fixed=["x"]))
    assert answer["harmless"]
    assert "does no harm" in answer["sentence"]


@pytest.mark.parametrize("example", GALLERY.values(), ids=lambda example: example.name)
def test_of_every_example_it_is_known_whether_it_is_finite(example: Example) -> None:
    made = run(example.source, example.inputs)
    answer = origin(made)
    assert answer["finite"] == is_finite(made)
    assert answer["finite"] == (example.name not in ("overflow", "not-a-number"))
    assert answer["finite"] or answer["cures"]


# -- factors -----------------------------------------------------------------------------------------------------------


def test_five_sigmoids_leave_little() -> None:
    answer = told("h = x; h = sigmoid(h); h = sigmoid(h); h = sigmoid(h); h = sigmoid(h); h = sigmoid(h)", x=2.0)
    factors = answer["factors"]
    assert factors["kind"] == "vanishing"
    assert len(factors["edges"]) == 5
    assert "5 sigmoids, each at most 0.25, leave" in factors["sentence"]
    assert factors["edges"][-1]["shown"]["product"] == factors["shown"]["grad"]


def test_products_make_a_gradient_explode() -> None:
    factors = told("h = x" + "; h = 10 * h" * 5, x=1.0)["factors"]
    assert (factors["kind"], factors["product"]) == ("exploding", 1e5)


def test_a_dead_relu_is_named() -> None:
    factors = told("h = relu(x); y = 3 * h", x=-1.0)["factors"]
    assert factors["sentence"] == "Nothing reaches x: relu at h multiplies by 0."


def test_the_largest_of_many_paths_is_found() -> None:
    factors = told("y = x" + "; y = 2*y + 0.1*y" * 40, x=1.0)["factors"]
    assert math.isclose(factors["product"], 2.0**40)


def test_factors_beyond_the_range_of_a_double_are_told() -> None:
    factors = told("y = x" + "; y = 1e100 * y * 1e-100" * 3, x=1.0)["factors"]
    assert factors["kind"] == "plain"
    assert origin(run("y = 1e-200 * (1e-200 * x)", {"x": 1.0}))["factors"]["product"] == 0.0


def test_the_leaf_can_be_chosen() -> None:
    made = run("y = 1e-6 * a + 3 * b", {"a": 1.0, "b": 1.0})
    assert origin(made)["factors"]["leaf"]["label"] == "a"
    assert origin(made, "b")["factors"]["leaf"]["label"] == "b"
    with pytest.raises(Unfit, match="must be a leaf"):
        origin(made, "y")


def test_a_program_that_computes_nothing_is_refused() -> None:
    with pytest.raises(Unfit, match="computes nothing"):
        origin(run("print('a')"))
