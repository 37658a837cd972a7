"""What five texts about gradients say in numbers, each statement as an answer of the API."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.conftest import Service

CHAINED: dict[str, Any] = {"source": "b = 2 * a\nc = b + 3", "inputs": {"a": 1.0}}
SHARED: dict[str, Any] = {"source": "c = a * b\nd = c + a", "inputs": {"a": 2.0, "b": 3.0}}
LISTING = """
a = Value(2.0, _op='a')
b = Value(3.0, _op='b')
c = a * b # c = 6
d = c + a # d = 8
d.backward()
""".strip()
MISS: dict[str, Any] = {
    "source": "prediction = w * x\nerror = prediction - target\nloss = error**2",
    "inputs": {"w": 2.0, "x": 5.0, "target": 0.0},
    "fixed": ["x", "target"],
}
FORUM: dict[str, Any] = {
    "source": "prediction = w * x\nloss = (prediction - y)**2",
    "inputs": {"w": 1.0, "x": 1.0, "y": 3.0},
    "fixed": ["x", "y"],
}
NOTE: dict[str, Any] = {
    "source": "e = a * b\nd = e + c\nL = d * f",
    "inputs": {"a": 2.0, "b": -3.0, "c": 10.0, "f": -2.0},
}
WEIGHTS = ("model.weight[0,0]", "model.weight[0,1]", "model.weight[0,2]")
MICROGRAD = """
a = Value(2.0)
b = Value(-3.0)
c = Value(10.0)
f = Value(-2.0)
e = a * b
d = e + c
L = d * f
L.backward()
""".lstrip()
RELU: dict[str, Any] = {
    "source": "c = a * b\ne = c + d\nf = relu(e)",
    "inputs": {"a": 2.0, "b": -3.0, "d": 10.0},
}
TWICE: dict[str, Any] = {"source": "b = a + a", "inputs": {"a": 3.0}}
SQUARE: dict[str, Any] = {"source": "loss = w**2", "inputs": {"w": 3.0}}
LAYER = """
import torch
import torch.nn as nn
model = nn.Linear(3, 1)
print(f"Weights shape: {model.weight.shape}")
print(f"Bias shape: {model.bias.shape}")
with torch.no_grad():
    model.weight.copy_(torch.tensor([[0.5, 0.25, 0.25]]))
    model.bias.fill_(0.75)
x = torch.tensor([[1.0, 2.0, 3.0]])
y_true = torch.tensor([[5.0]])
y_pred = model(x)
print(f"Prediction: {y_pred.item():.3f}")
loss = (y_pred - y_true) ** 2
print(f"Loss: {loss.item():.3f}")
""".strip()
GRADIENTS = """
loss.backward()
print("Weight gradients:", model.weight.grad)
print("Bias gradient:", model.bias.grad)
"""
CYCLE = """
optimizer = torch.optim.SGD(model.parameters(), lr={lr})
optimizer.zero_grad()
loss.backward()
optimizer.step()
new_pred = model(x)
new_loss = (new_pred - y_true) ** 2
print(new_pred.item(), new_loss.item(), loss.item() - new_loss.item())
"""
LINEAR: dict[str, Any] = {
    "source": "y = w1*x1 + w2*x2 + w3*x3 + b\nloss = (y - target)**2",
    "inputs": {"w1": 0.5, "w2": 0.25, "w3": 0.25, "b": 0.75, "x1": 1.0, "x2": 2.0, "x3": 3.0, "target": 5.0},
    "fixed": ["x1", "x2", "x3", "target"],
}


class Told:
    """A run as the API tells it: numbers by the name of a variable or leaf."""

    def __init__(self, answer: dict[str, Any]) -> None:
        self.answer = answer
        self._nodes = {node["id"]: node for node in answer["nodes"]}

    def node(self, name: str) -> dict[str, Any]:
        named: dict[str, Any] = self._nodes[self.answer["variables"][name]]
        return named

    def data(self, *names: str) -> list[float]:
        return [self.node(name)["data"] for name in names]

    def grads(self, *names: str) -> list[float]:
        return [self.node(name)["grad"] for name in names]

    def backward(self) -> list[tuple[Any, ...]]:
        """Return each step of the backward pass: who gets how much, and has how much then."""
        labels = {node["id"]: node["label"] for node in self.answer["nodes"]}
        steps = [step for step in self.answer["steps"] if step["phase"] != "forward"]
        return [(labels[step.get("operand", step["node"])], step["contribution"], step["after"]) for step in steps]


def ran(service: Service, source: str, **fields: Any) -> Told:
    answer = service.run(source, **fields)
    assert answer.status_code == 200, answer.text
    return Told(answer.json())


def asked(service: Service, experiment: str, **fields: Any) -> Any:
    answer = service.client.post(f"/api/v1/{experiment}", json=fields)
    assert answer.status_code == 200, answer.text
    return answer.json()


def nudged(service: Service, program: dict[str, Any], node: str, h: float) -> dict[str, dict[str, Any]]:
    """Return what happens to the output if a node moves down and up by `h`."""
    down, up = asked(service, "nudge", **program, node=node, h=h)["cases"]
    return {"down": down, "up": up}


def weights(service: Service, lr: float, iterations: int = 1, **fields: Any) -> list[float]:
    """Return the forum's w, iteration by iteration."""
    told = asked(service, "descend", **FORUM, settings={"lr": lr}, iterations=iterations, **fields)
    values: list[float] = told["iterations"]["leaves"][0]["values"]
    return values


# -- Understanding Gradients -------------------------------------------------------------------------------------------


def test_a_prediction_of_10_misses_0_by_10_and_its_weight_should_fall(service: Service) -> None:
    """Understanding Gradients: target 0, prediction 10, error 10; the gradient tells how to adjust."""
    told = ran(service, **MISS)
    assert told.data("target", "prediction", "error") == [0, 10, 10]
    assert told.grads("prediction", "w") == [20, 100]
    step = asked(service, "descend", **MISS, settings={"lr": 0.01})
    assert step["step"]["leaves"][0]["change"] < 0
    assert step["output"]["after"] < step["output"]["before"]


def test_y_is_6_where_x_is_3_and_its_gradient_is_2(service: Service) -> None:
    """Understanding Gradients: y = 2 * x gives 6 at x = 3, and the gradient is 2."""
    told = ran(service, "y = 2 * x", inputs={"x": 3})
    assert (told.data("y"), told.grads("x")) == ([6], [2])


def test_x_nudged_by_0_001_moves_y_by_0_002(service: Service) -> None:
    """Understanding Gradients: at x = 3.001, y is 6.002; 0.002 / 0.001 = 2, so y rises twice as fast."""
    told = asked(service, "nudge", source="y = 2 * x", inputs={"x": 3}, node="x", h=0.001)
    up = told["cases"][1]
    found = [up[name] for name in ("x", "value", "change", "delta", "ratio")]
    assert found == pytest.approx([3.001, 6.002, 0.001, 0.002, 2], rel=1e-9)
    assert "Here y changes 2 times as fast as x." in told["sentences"]


@pytest.mark.parametrize(
    ("w", "sign", "action"),
    [
        (3.0, 1, "To make loss smaller, decrease w; to make it larger, increase w."),
        (-3.0, -1, "To make loss smaller, increase w; to make it larger, decrease w."),
    ],
)
def test_the_sign_of_a_gradient_says_which_way_to_move(service: Service, w: float, sign: int, action: str) -> None:
    """Understanding Gradients: decrease a weight with a positive gradient, increase one with a negative gradient."""
    told = asked(service, "nudge", source="loss = w**2", inputs={"w": w}, node="w")
    assert told["grad"] * sign > 0
    assert action in told["sentences"]
    after = asked(service, "descend", source="loss = w**2", inputs={"w": w})["step"]["leaves"][0]["after"]
    assert (after - w) * sign < 0


def test_an_input_of_gradient_zero_is_left_alone(service: Service) -> None:
    """Understanding Gradients: where the gradient is zero, the input does not affect the output: no change."""
    program: dict[str, Any] = {"source": "loss = 0 * w + v", "inputs": {"w": 3.0, "v": 1.0}}
    assert [case["verdict"] for case in nudged(service, program, "w", 0.1).values()] == ["unchanged", "unchanged"]
    moved = asked(service, "descend", **program)["step"]["leaves"][0]
    assert (moved["label"], moved["grad"], moved["change"]) == ("w", 0, 0)


def test_along_a_chain_rates_multiply(service: Service) -> None:
    """Understanding Gradients: a times 2 is b, b plus 3 is c; dc/da = dc/db * db/da, which is 1 * 2."""
    told = ran(service, **CHAINED)
    assert told.grads("a", "b", "c") == [2, 1, 1]
    (path,) = asked(service, "paths", **CHAINED, node="a")["paths"]
    assert (path["labels"], path["text"]) == (["c", "b", "a"], "∂c/∂b · ∂b/∂a = 1 · 2 = 2")


@pytest.mark.parametrize(("source", "inputs"), [(LISTING, {}), (SHARED["source"], SHARED["inputs"])])
def test_the_walk_reaches_4_for_a_by_1_plus_3(service: Service, source: str, inputs: dict[str, float]) -> None:
    """Understanding Gradients: c = 6, d = 8; the sum gives a and c 1, the product gives a 3 and b 2; 1 + 3 = 4."""
    told = ran(service, source, inputs=inputs)
    assert told.data("c", "d") == [6, 8]
    steps = told.backward()
    assert steps[0] == ("d", 1, 1)
    assert {*steps[1:3]} == {("a", 1, 1), ("c", 1, 1)}
    assert steps[3:] == [("a", 3, 4), ("b", 2, 2)]
    assert told.grads("a", "b", "c") == [4, 2, 1]


def test_a_ledger_writes_1_plus_3_is_4(service: Service) -> None:
    """Understanding Gradients: a.grad = 1 + 3 = 4."""
    steps = ran(service, LISTING, display=True).answer["steps"]
    assert [step["ledger"] for step in steps if step.get("operand") == "n0"] == ["a.grad: – → 1", "a.grad: 1 + 3 = 4"]


def test_each_node_waits_for_the_nodes_after_it(service: Service) -> None:
    """Understanding Gradients: the walk starts at the output, and each step needs the gradient from the next one."""
    told = ran(service, **SHARED)
    order = told.answer["passes"][0]["order"]
    givers = [step["node"] for step in told.answer["steps"] if step["phase"] == "backward"]
    assert [order.index(giver) for giver in givers] == sorted(map(order.index, givers), reverse=True)


def test_the_update_rule_subtracts_the_rate_times_the_gradient(service: Service) -> None:
    """Understanding Gradients: new weight = old weight - learning rate * gradient, and the loss falls."""
    told = asked(service, "descend", **SQUARE, settings={"lr": 0.1})
    (moved,) = told["step"]["leaves"]
    assert moved["after"] == pytest.approx(moved["before"] - 0.1 * moved["grad"])
    assert told["output"]["after"] < told["output"]["before"]


# -- [Beginner] Gradients intuition? -----------------------------------------------------------------------------------


def test_a_weight_of_1_has_a_negative_derivative_and_moves_towards_3(service: Service) -> None:
    """[Beginner] Gradients intuition?: f(x) = w * x, w begins at 1, the true one is 3; as dL/dw < 0, w grows."""
    assert ran(service, **FORUM).grads("w") == [-4]
    before, after = weights(service, 0.1)
    assert 1 == before < after < 3


def test_the_weight_ends_at_3_and_data_stay(service: Service) -> None:
    """[Beginner] Gradients intuition?: repeated updates lead to the optimum, which is 3 here."""
    told = asked(service, "descend", **FORUM, settings={"lr": 0.1}, iterations=100)
    assert [leaf["label"] for leaf in told["leaves"]] == ["w"]
    assert told["step"]["leaves"][0]["after"] == pytest.approx(3)


def test_a_large_step_lands_on_the_other_side(service: Service) -> None:
    """[Beginner] Gradients intuition?: a step may be so long that it misses the optimum; a rate scales it."""
    small, large = weights(service, 0.1)[-1], weights(service, 0.75)[-1]
    assert small < 3 < large
    step = asked(service, "slice", **FORUM, leaf="w", settings={"lr": 0.75})["step"]
    assert (step["x"], step["loss"]) == (4, 1)


def test_reduce_lr_on_plateau_lowers_the_rate_until_the_weight_arrives(service: Service) -> None:
    """[Beginner] Gradients intuition?: nearer the optimum the rate should be lower, as ReduceLROnPlateau has it."""
    schedule = {"name": "ReduceLROnPlateau", "patience": 0, "factor": 0.5}
    told = asked(service, "descend", **FORUM, settings={"lr": 1.1}, schedule=schedule, iterations=40)
    rates = told["iterations"]["lr"]
    assert rates == sorted(rates, reverse=True)
    assert rates[-1] < rates[0] == 1.1
    assert told["step"]["leaves"][0]["after"] == pytest.approx(3)
    assert abs(weights(service, 1.1, 40)[-1] - 3) > 1000


def test_backward_changes_the_gradient_and_not_the_value(service: Service) -> None:
    """[Beginner] Gradients intuition?: .grad is unrelated to the value: it is a slope; two values may share one."""
    told = ran(service, "w = torch.tensor(5.0, requires_grad=True)\nloss = 2 * w\nloss.backward()")
    other = ran(service, "w = torch.tensor(-70.0, requires_grad=True)\nloss = 2 * w\nloss.backward()")
    assert (told.data("w"), told.grads("w")) == ([5], [2])
    assert (other.data("w"), other.grads("w")) == ([-70], [2])


def test_parameters_of_modules_ask_for_gradients_and_data_do_not(service: Service) -> None:
    """[Beginner] Gradients intuition?: with nn modules one need not set requires_grad."""
    nodes = ran(service, LAYER + GRADIENTS).answer["nodes"]
    asking = {node["name"]: node["trainable"] for node in nodes if node["role"] == "input"}
    assert {name for name, asks in asking.items() if asks} == {*WEIGHTS, "model.bias"}
    assert {name for name, asks in asking.items() if not asks} == {"x[0,0]", "x[0,1]", "x[0,2]", "y_true"}


# -- Using gradients to change the output ------------------------------------------------------------------------------


def test_the_leaves_of_l_have_the_notes_gradients(service: Service) -> None:
    """Using gradients to change the output: L is -8, and the leaves are a, b, c and f."""
    told = ran(service, **NOTE)
    assert told.data("L") == [-8]
    assert told.grads("a", "b", "c", "f") == [6, -4, -2, 4]


def test_a_step_of_0_01_uphill_makes_l_minus_7_286496(service: Service) -> None:
    """Using gradients to change the output: each leaf moves by 0.01 * grad, L from -8 to -7.286496."""
    told = asked(service, "descend", **NOTE, direction="ascend", settings={"lr": 0.01})
    moved = {leaf["label"]: (leaf["before"], leaf["after"]) for leaf in told["step"]["leaves"]}
    expected = {"a": (2, 2.06), "b": (-3, -3.04), "c": (10, 9.98), "f": (-2, -1.96)}
    assert {name: pytest.approx(pair) for name, pair in expected.items()} == moved
    assert told["output"]["before"] == -8
    assert told["output"]["after"] == pytest.approx(-7.286496, abs=1e-12)


def test_the_nodes_between_are_computed_anew(service: Service) -> None:
    """Using gradients to change the output: e, d and L hold old values until they are rebuilt."""
    computed = asked(service, "descend", **NOTE, direction="ascend", settings={"lr": 0.01})["computed"]
    rebuilt = ran(service, NOTE["source"], inputs={"a": 2.06, "b": -3.04, "c": 9.98, "f": -1.96})
    assert [(node["label"], node["start"]) for node in computed] == [("e", -6), ("d", 4)]
    assert [node["after"] for node in computed] == pytest.approx(rebuilt.data("e", "d"))
    written = "a.data += 0.01 * a.grad\nprint(L.data)"
    assert ran(service, f"{MICROGRAD}{written}").answer["printed"] == "-8.0\n"


def test_the_notes_program_prints_minus_7_286496(service: Service) -> None:
    """Using gradients to change the output: the listing, after a backward pass, prints -7.286496."""
    moves = "".join(f"{leaf}.data += 0.01 * {leaf}.grad\n" for leaf in "abcf")
    told = ran(service, f"{MICROGRAD}{moves}e = a * b\nd = e + c\nL = d * f\nprint(L.data)")
    assert float(told.answer["printed"]) == pytest.approx(-7.286496, abs=1e-12)


def test_the_opposite_direction_makes_l_smaller(service: Service) -> None:
    """Using gradients to change the output: training goes against the gradient, so that the loss falls."""
    down = asked(service, "descend", **NOTE, settings={"lr": 0.01})["output"]
    assert down["after"] < down["before"] == -8


def test_inputs_that_are_data_are_kept(service: Service) -> None:
    """Using gradients to change the output: in training, parameters are updated and data are not."""
    told = asked(service, "descend", **NOTE, fixed=["a", "c"], settings={"lr": 0.01})
    assert [leaf["label"] for leaf in told["step"]["leaves"]] == ["b", "f"]


# -- The Backward Pass -------------------------------------------------------------------------------------------------


def test_the_table_of_relu_has_these_gradients(service: Service) -> None:
    """The Backward Pass: f = relu(a * b + d) with e = 4: a -3, b 2, and c, d, e, f 1."""
    told = ran(service, **RELU)
    assert told.data("a", "b", "e") == [2, -3, 4]
    assert told.grads(*"abcdef") == [-3, 2, 1, 1, 1, 1]


def test_local_gradients_are_those_of_the_walkthrough(service: Service) -> None:
    """The Backward Pass: relu's is 1, both of the sum are 1, those of the product are b = -3 and a = 2."""
    told = ran(service, **RELU)
    assert [told.node(name)["partials"] for name in "fec"] == [[1], [1, 1], [-3, 2]]


@pytest.mark.parametrize(
    ("node", "sentence"),
    [
        ("a", "If a increases by 1, f decreases by 3, exactly as the gradient says."),
        ("b", "If b increases by 1, f increases by 2, exactly as the gradient says."),
    ],
)
def test_the_meaning_of_the_table_is_true_of_a_whole_unit(service: Service, node: str, sentence: str) -> None:
    """The Backward Pass: if a increases by 1, f decreases by 3; if b increases by 1, f increases by 2."""
    assert nudged(service, RELU, node, 1)["up"]["sentence"] == sentence


def test_differences_agree_with_the_table(service: Service) -> None:
    """The Backward Pass: the result is verified."""
    told = asked(service, "check", **RELU)
    assert {leaf["label"]: leaf["grad"] for leaf in told["leaves"] if leaf["passed"]} == {"a": -3, "b": 2, "d": 1}


def test_the_seed_is_1(service: Service) -> None:
    """The Backward Pass: the derivative of anything by itself is 1, and this is where the pass begins."""
    assert ran(service, **RELU).backward()[0] == ("f", 1, 1)


def test_operands_come_before_their_users_and_each_but_once(service: Service) -> None:
    """The Backward Pass: topological order puts a node after its children, and visits none twice."""
    told = ran(service, **SHARED)
    order = told.answer["order"]
    assert len(order) == len(set(order)) == 4
    for node in told.answer["nodes"]:
        assert all(order.index(operand) < order.index(node["id"]) for operand in node["operands"])


def test_b_goes_from_6_to_8_while_a_goes_from_3_to_4(service: Service) -> None:
    """The Backward Pass: b = a + a is 6 at a = 3, and 8 at a = 4; the rate of change is 2."""
    told = ran(service, **TWICE)
    assert (told.data("b"), told.grads("a")) == ([6], [2])
    up = nudged(service, TWICE, "a", 1)["up"]
    assert [up[name] for name in ("x", "value", "ratio")] == [4, 8, 2]


def test_contributions_of_both_paths_are_summed(service: Service) -> None:
    """The Backward Pass: a is a child of b by two paths, of 1 each, so that `+=` makes 2 of them."""
    assert ran(service, **TWICE).backward()[1:] == [("a", 1, 1), ("a", 1, 2)]
    told = asked(service, "paths", **TWICE, node="a")
    assert [path["product"] for path in told["paths"]] == [1, 1]
    assert told["sum"]["value"] == 2


def test_with_a_single_equals_sign_the_gradient_is_1(service: Service) -> None:
    """The Backward Pass: it is += and not =, since a value may be used in several places."""
    told = asked(service, "break", **TWICE, fault="assign")
    found = {node["label"]: (node["right"], node["wrong"]) for node in told["nodes"]}
    assert found["a"] == (2, 1)


def test_a_move_against_grad_reduces_the_loss(service: Service) -> None:
    """The Backward Pass: nudge a parameter in the opposite direction of .grad to reduce the loss."""
    for node, grad in (("a", -3), ("b", 2)):
        cases = nudged(service, RELU, node, 0.01)
        assert cases["up" if grad < 0 else "down"]["verdict"] == "decreased"


# -- Calculating Gradients ---------------------------------------------------------------------------------------------


def test_loss_of_3_is_9_with_gradient_6_as_printed(service: Service) -> None:
    """Calculating Gradients: w squared at 3 prints Weight 3.0, Loss 9.0, Gradient 6.0; by hand 2w = 6."""
    told = ran(
        service,
        "w = torch.tensor([3.0], requires_grad=True)\nloss = w ** 2\nloss.backward()\n"
        'print(f"Weight: {w.item()}")\nprint(f"Loss: {loss.item()}")\nprint(f"Gradient: {w.grad.item()}")',
    )
    assert told.answer["printed"] == "Weight: 3.0\nLoss: 9.0\nGradient: 6.0\n"
    assert asked(service, "check", **SQUARE)["leaves"][0]["passed"]


def test_the_limit_of_the_quotient_is_the_gradient(service: Service) -> None:
    """Calculating Gradients: the gradient is the limit of (L(w+h) - L(w)) / h as h goes to 0."""
    rows = asked(service, "nudge", **SQUARE, node="w")["table"]["rows"]
    errors = [row["forward"]["error"] for row in rows if row["h"] >= 1e-7]
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < 1e-6


def test_loss_at_2_9_has_decreased_and_at_3_1_increased(service: Service) -> None:
    """Calculating Gradients: w = 2.9 makes the loss 8.41 (decreased), w = 3.1 makes it 9.61 (increased)."""
    cases = nudged(service, SQUARE, "w", 0.1).values()
    assert [(case["x"], case["verdict"], case["foretold"]) for case in cases] == [
        (2.9, "decreased", True),
        (3.1, "increased", True),
    ]
    assert [case["value"] for case in cases] == pytest.approx([8.41, 9.61])


def test_a_linear_layer_of_3_and_1_has_4_parameters(service: Service) -> None:
    """Calculating Gradients: weights of shape [1, 3], a bias of shape [1]: four learnable parameters."""
    told = ran(service, LAYER + GRADIENTS)
    lines = told.answer["printed"].splitlines()
    assert lines[:2] == ["Weights shape: torch.Size([1, 3])", "Bias shape: torch.Size([1])"]
    assert sum(node["trainable"] and node["role"] == "input" for node in told.answer["nodes"]) == 4


def test_a_prediction_of_2_5_has_the_loss_6_25(service: Service) -> None:
    """Calculating Gradients: (2.5 - 5)² = (-2.5)² = 6.25."""
    told = ran(service, LAYER + GRADIENTS)
    assert told.answer["printed"].splitlines()[2:4] == ["Prediction: 2.500", "Loss: 6.250"]
    assert told.data("y_pred", "loss") == [2.5, 6.25]


def test_its_gradients_are_minus_5_10_15_and_5(service: Service) -> None:
    """Calculating Gradients: -5, -10 and -15 for the weights, -5 for the bias."""
    told = ran(service, LAYER + GRADIENTS)
    assert told.grads(*WEIGHTS, "model.bias") == [-5, -10, -15, -5]
    printed = told.answer["printed"].splitlines()[4:]
    assert printed == ["Weight gradients: tensor([[ -5., -10., -15.]])", "Bias gradient: tensor([-5.])"]


def test_the_gradient_of_a_weight_is_in_proportion_to_its_input(service: Service) -> None:
    """Calculating Gradients: inputs 1, 2, 3; the third weight has the largest gradient."""
    told = ran(service, **LINEAR)
    grads, inputs = told.grads("w1", "w2", "w3"), told.data("x1", "x2", "x3")
    assert [grad / x for grad, x in zip(grads, inputs, strict=True)] == [-5, -5, -5]


@pytest.mark.parametrize("parameter", ["w1", "w2", "w3", "b"])
def test_increasing_any_parameter_decreases_the_loss(service: Service, parameter: str) -> None:
    """Calculating Gradients: all gradients are negative, so every parameter should increase."""
    assert nudged(service, LINEAR, parameter, 0.01)["up"]["verdict"] == "decreased"


def test_the_third_weight_has_the_strongest_effect(service: Service) -> None:
    """Calculating Gradients: increasing w1 decreases the loss, w2 even more, and w3 the most."""
    effects = [nudged(service, LINEAR, weight, 0.001)["up"]["delta"] for weight in ("w1", "w2", "w3")]
    assert 0 > effects[0] > effects[1] > effects[2]


def test_a_weight_of_0_5_becomes_0_55(service: Service) -> None:
    """Calculating Gradients: 0.5 - 0.01 * -5 = 0.5 + 0.05 = 0.55."""
    moved = asked(service, "descend", **LINEAR, settings={"lr": 0.01})["step"]["leaves"]
    first = next(leaf for leaf in moved if leaf["label"] == "w1")
    found = [first[name] for name in ("before", "grad", "change", "after")]
    assert found == pytest.approx([0.5, -5, 0.05, 0.55])


def test_a_manual_update_moves_and_clears_every_parameter(service: Service) -> None:
    """Calculating Gradients: param -= learning_rate * param.grad without recording, then param.grad.zero_()."""
    told = ran(
        service,
        f"{LAYER}\nloss.backward()\nlearning_rate = 0.01\nwith torch.no_grad():\n    for param in model.parameters():\n"
        "        param -= learning_rate * param.grad\n        param.grad.zero_()\n"
        "print(model.weight, model.bias, model.weight.grad)",
    )
    printed = told.answer["printed"]
    assert "tensor([[0.5500, 0.3500, 0.4000]], requires_grad=True)" in printed
    assert "tensor([0.8000], requires_grad=True)" in printed
    assert printed.endswith("tensor([[0., 0., 0.]])\n")


@pytest.mark.parametrize(
    ("lr", "prediction", "loss", "improvement"), [(0.01, 3.25, 3.0625, 3.1875), (0.002, 2.65, 5.5225, 0.7275)]
)
def test_one_step_of_the_training_cycle(
    service: Service, lr: float, prediction: float, loss: float, improvement: float
) -> None:
    """Calculating Gradients: the prediction 2.5 with the loss 6.25 gets better by one update.

    The text prints 2.650, 5.523 and 0.727 for a learning rate of 0.01. They are the numbers of the rate 0.002: with
    0.01 the weights move by 0.05, 0.1 and 0.15 and the bias by 0.05, which lifts the prediction by 0.75 to 3.25.
    """
    told = ran(service, LAYER + CYCLE.format(lr=lr))
    numbers = list(map(float, told.answer["printed"].splitlines()[4].split()))
    assert numbers == pytest.approx([prediction, loss, improvement])
    descended = asked(service, "descend", **LINEAR, settings={"lr": lr})
    assert descended["output"]["before"] == 6.25
    assert descended["output"]["after"] == pytest.approx(loss)
