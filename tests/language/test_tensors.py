"""Tensors: names of their numbers, inputs, views, what may be changed, and the generators behind random numbers."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import ProgramError, Run, document, run
from engine.descent import OPTIMIZERS, SCHEDULES
from engine.language import shapes
from engine.language.randomness import NumPy, Torch


def grads(result: Run) -> dict[str, float]:
    return {name: result.trace.grads[node] for name, node in result.variables.items()}


def test_numbers_of_a_tensor_are_nodes_named_by_their_place() -> None:
    nodes = document(run("w = torch.tensor([[1.0, 2.0]], requires_grad=True)\ny = (w * w).sum()\ny.backward()"))[
        "nodes"
    ]
    named = {node["name"]: (node["data"], node["grad"], node["trainable"]) for node in nodes if node["role"] == "input"}
    assert named == {"w[0,0]": (1.0, 2.0, True), "w[0,1]": (2.0, 4.0, True)}


def test_data_becomes_leaves_that_receive_nothing_once_it_is_used() -> None:
    result = run(
        "x = torch.tensor([3.0, 4.0])\nw = torch.tensor(2.0, requires_grad=True)\ny = (x * w).sum()\ny.backward()"
    )
    nodes = document(result)["nodes"]
    inputs = {n["name"]: (n["data"], n["grad"], n["trainable"]) for n in nodes if n["role"] == "input"}
    assert inputs == {"x[0]": (3.0, 0.0, False), "x[1]": (4.0, 0.0, False), "w": (2.0, 7.0, True)}
    assert len([n for n in nodes if n["name"] == "x[0]"]) == 1


@pytest.mark.parametrize("name", ["w[0,1]", "x[1]"])
def test_an_input_takes_the_place_of_a_number_in_a_tensor(name: str) -> None:
    program = "w = torch.tensor([[1.0, 2.0]], requires_grad=True)\nx = torch.tensor([3.0, 4.0])\ny = (w @ x).sum()"
    plain, moved = run(program), run(program, {name: 10.0})
    assert not moved.warnings
    expected = (
        plain.tape.data[plain.variables["y"]]
        + (10.0 - 2.0) * 4.0 * (name == "w[0,1]")
        + (10 - 4) * 2.0 * (name == "x[1]")
    )
    assert moved.tape.data[moved.variables["y"]] == expected


def test_parameters_of_networks_are_named_as_python_reaches_them() -> None:
    names = run("net = nn.Sequential(nn.Linear(2, 1), nn.ReLU())\nnet(torch.ones(2))").variables
    assert list(names) == ["net[0].weight[0,0]", "net[0].weight[0,1]", "net[0].bias"]
    names = run("n = MLP(1, [1])\nn([1.0])").variables
    assert list(names) == ["n.layers[0].neurons[0].w[0]", "n.layers[0].neurons[0].b"]


def test_a_view_shares_its_numbers() -> None:
    result = run("x = torch.zeros(2, 2)\nrow = x[0]\nrow[1] = 5.0\nx.T[0, 0] = 7.0\nprint(x.tolist(), row.tolist())")
    assert result.printed == "[[7.0, 5.0], [0.0, 0.0]] [7.0, 5.0]\n"


def test_updates_of_an_optimizer_are_steps_that_name_their_number() -> None:
    program = "w = torch.tensor([1.0, 2.0], requires_grad=True)\nopt = optim.SGD([w], lr=0.5)\n"
    program += "(w**2).sum().backward()\nopt.step()"
    steps = [step for step in document(run(program))["steps"] if step["phase"] == "update"]
    assert [(step["before"], step["after"]) for step in steps] == [(1.0, 0.0), (2.0, 0.0)]
    assert [step["text"] for step in steps] == ["w[0].data = 0.0  # opt.step()", "w[1].data = 0.0  # opt.step()"]


def test_gradients_carry_over_until_zeroed_and_the_steps_show_it() -> None:
    program = "w = torch.tensor(1.0, requires_grad=True)\nfor k in range(2):\n    y = w * 3.0\n    y.backward()"
    arrived = [s for s in document(run(program))["steps"] if s["phase"] == "backward"]
    assert [(s["before"], s["after"]) for s in arrived] == [(0.0, 3.0), (3.0, 6.0)]
    zeroed = run(program.replace("    y = ", "    w.grad = None\n    y = "))
    assert grads(zeroed)["w"] == 3.0


def test_requires_grad_decides_what_receives_gradients() -> None:
    result = run(
        "a = torch.tensor(2.0, requires_grad=True)\nb = torch.tensor(3.0)\ny = a * b\ny.backward()\nprint(b.grad)"
    )
    assert (grads(result)["a"], grads(result)["b"], result.printed) == (3.0, 0.0, "None\n")


def test_retain_graph_allows_a_second_pass() -> None:
    program = "x = torch.tensor(2.0, requires_grad=True)\ny = x * x\ny.backward(retain_graph=True)\ny.backward()"
    assert grads(run(program))["x"] == 8.0


def test_a_gradient_of_what_was_computed_is_none_with_a_word_why() -> None:
    result = run("x = torch.tensor(2.0, requires_grad=True)\ny = x * x\nz = y * 3\nz.backward()\nprint(y.grad)")
    assert result.printed == "None\n"
    assert any("retain_grad" in notice.message for notice in result.warnings)


def test_numbers_after_no_grad_are_cut_off() -> None:
    result = run(
        "w = torch.tensor(2.0, requires_grad=True)\nwith torch.no_grad():\n    v = w * 3\ny = w * v\ny.backward()"
    )
    assert grads(result)["w"] == 6.0
    decorated = "@torch.no_grad()\ndef f(w):\n    return w * 3\n"
    decorated += "w = torch.tensor(2.0, requires_grad=True)\ny = w * f(w)\ny.backward()"
    assert grads(run(decorated))["w"] == 6.0


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("torch.ones(2, 3) @ torch.ones(2, 3)", "inner sizes 3 and 2 differ"),
        ("torch.ones(2) + torch.ones(3)", "[2] and [3] do not fit"),
        ("torch.tensor([[1.0], [1.0, 2.0]])", "rows of a tensor must be of one length"),
        ("torch.ones(2, 3).view(4)", "6 numbers do not fit"),
        ("torch.ones(2)[5]", "no place 5"),
        ("torch.ones(2)[0, 0]", "too many"),
        ("torch.ones(2).sum(dim=3)", "no dimension 3"),
        ("nn.Linear(3, 1)(torch.ones(2))", "takes 3 inputs"),
        ("F.cross_entropy(torch.ones(1, 3), torch.tensor([3]))", "no class 3"),
        ("nn.BCELoss()(torch.tensor([1.5]), torch.tensor([1.0]))", "between 0 and 1"),
        ("optim.SGD([], lr=0.1)", "no parameters"),
        ("nn.Sequential(relu)", "holds layers"),
        ("torch.zeros(-1)", "negative"),
        ("torch.cat([torch.ones(2, 2), torch.ones(3)])", "differ"),
        ("optim.lr_scheduler.StepLR(3, 1)", "belongs to an optimizer"),
        ("Neuron(2)([1.0])", "takes 2 inputs, not 1"),
    ],
)
def test_shapes_that_do_not_fit_are_told(source: str, words: str) -> None:
    with pytest.raises(ProgramError) as caught:
        run(source)
    assert words in caught.value.diagnostics[0].message
    assert caught.value.diagnostics[0].hint


# -- big runs ---------------------------------------------------------------------------------------------------------

XOR = """import torch
import torch.nn as nn
torch.manual_seed(1)
X = torch.tensor([[0., 0.], [0., 1.], [1., 0.], [1., 1.]])
Y = torch.tensor([[0.], [1.], [1.], [0.]])
model = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1), nn.Sigmoid())
opt = torch.optim.Adam(model.parameters(), lr=0.1)
loss_fn = nn.BCELoss()
for epoch in range(100):
    opt.zero_grad()
    loss = loss_fn(model(X), Y)
    loss.backward()
    opt.step()
print((model(X) > 0.5).int().flatten().tolist())
"""


def test_xor_is_learnt_in_the_text_and_told_pass_by_pass() -> None:
    from engine import window_of

    result = run(XOR)
    assert result.printed == "[0, 1, 1, 0]\n"
    assert len(result.trace.passes) == 100
    whole, some = len(result.trace.steps), 0
    for k in range(100):
        described = document(result, window=window_of(result, chosen=k))
        assert described["first_step"] == some
        some += len(described["steps"])
        check_window(described)
    assert some == whole == described["step_count"]


def check_window(described: dict[str, Any]) -> None:
    """Contributions lead from what was there before to the gradients that the nodes show."""
    now: dict[str, float] = {}
    for step in described["steps"]:
        if step["phase"] in ("seed", "backward"):
            node = step.get("operand", step["node"])
            assert now.get(node, step["before"]) == step["before"]
            now[node] = step["after"]
        elif step.get("field") == "grad":
            now[step["node"]] = step["after"]
    shown = {node["id"]: node["grad"] for node in described["nodes"]}
    assert {node: shown[node] for node in now} == now


# -- the generators, shapes and rules behind all this -----------------------------------------------------------------


@pytest.mark.parametrize("seed", [0, 1, 42, 2**31 - 1])
def test_pytorch_draws_the_same_numbers(seed: int) -> None:
    torch = pytest.importorskip("torch")
    torch.manual_seed(seed)
    ours = Torch(seed)
    for count in (1, 3, 15, 16, 17, 40):
        for kind in (torch.float32, torch.float64):
            double = kind is torch.float64
            assert torch.rand(count, dtype=kind).tolist() == [ours.uniform(double=double) for _ in range(count)]
            # blocks of 16 and more go through vector units in float32, which round in their own way
            exact = double or count < 16
            near = pytest.approx(ours.normals(count, double=double), rel=0 if exact else 2e-6, abs=0 if exact else 2e-6)
            assert torch.randn(count, dtype=kind).tolist() == near
    assert torch.randint(0, 10, (9,)).tolist() == [ours.below(10) for _ in range(9)]
    assert torch.randperm(9).tolist() == ours.permutation(9)


@pytest.mark.parametrize("seed", [0, 7, 12345])
def test_numpy_draws_the_same_numbers(seed: int) -> None:
    numpy = pytest.importorskip("numpy")
    numpy.random.seed(seed)
    ours = NumPy(seed)
    assert numpy.random.rand(5).tolist() == [ours.uniform() for _ in range(5)]
    assert numpy.random.randn(5).tolist() == [ours.normal() for _ in range(5)]
    assert numpy.random.randint(0, 100, 5).tolist() == [ours.below(100) for _ in range(5)]
    places = list(range(9))
    ours.shuffle(places)
    assert numpy.random.permutation(9).tolist() == places


SHAPES = st.lists(st.integers(1, 3), max_size=3).map(tuple)


@given(SHAPES, SHAPES)
@settings(max_examples=300, deadline=None)
def test_shapes_are_joined_and_stretched_as_in_pytorch(left: tuple[int, ...], right: tuple[int, ...]) -> None:
    torch = pytest.importorskip("torch")
    try:
        expected = tuple(torch.broadcast_shapes(left, right))
    except RuntimeError:
        with pytest.raises(ValueError, match="do not fit"):
            shapes.joined_shape(left, right)
        return
    assert shapes.joined_shape(left, right) == expected
    places = torch.arange(math.prod(left)).reshape(left).expand(expected)
    assert list(shapes.stretched(left, expected)) == places.flatten().tolist()


PICKS = st.one_of(
    st.integers(-2, 2),
    st.none(),
    st.builds(slice, st.none() | st.integers(-3, 3), st.none() | st.integers(-3, 3), st.none() | st.integers(1, 2)),
    st.lists(st.integers(0, 1), min_size=1, max_size=3),
)


@given(SHAPES, st.lists(PICKS, min_size=1, max_size=4))
@settings(max_examples=400, deadline=None)
def test_indexing_picks_what_pytorch_picks(shape: tuple[int, ...], picks: list[Any]) -> None:
    torch = pytest.importorskip("torch")
    if sum(isinstance(pick, list) for pick in picks) > 1:
        return  # lists that stand apart change the order of dimensions; programs seldom write that
    ours = tuple((tuple(pick), (len(pick),)) if isinstance(pick, list) else pick for pick in picks)
    if any(isinstance(pick, list) for pick in picks) and any(isinstance(pick, int) for pick in picks):
        return
    whole = torch.arange(math.prod(shape)).reshape(shape)
    try:
        expected = whole[tuple(picks)]
    except (IndexError, TypeError):
        with pytest.raises((ValueError, IndexError)):
            shapes.indexed(shape, ours)
        return
    if not expected.numel():
        return  # of nothing, any place will do
    places, found = shapes.indexed(shape, ours)
    assert (list(places), found) == (expected.flatten().tolist(), tuple(expected.shape))


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimizer_walks_as_pytorchs_does(name: str) -> None:
    torch = pytest.importorskip("torch")
    options: list[dict[str, Any]] = [{}, {"weight_decay": 0.1, "maximize": True}]
    if name == "SGD":
        options += [{"momentum": 0.9, "dampening": 0.1}, {"momentum": 0.9, "nesterov": True}]
    if name in ("Adam", "AdamW"):
        options += [{"amsgrad": True, "betas": (0.5, 0.6)}]
    if name == "RMSprop":
        options += [{"centered": True, "momentum": 0.5}]
    for more in options:
        w = torch.tensor(1.5, dtype=torch.float64, requires_grad=True)
        theirs, rule, x = getattr(torch.optim, name)([w], lr=0.05, **more), OPTIMIZERS[name], 1.5
        state: dict[str, float] = {}
        for _ in range(6):
            theirs.zero_grad()
            (w**4 - w).backward()
            theirs.step()
            x = rule.update(x, 4 * x**3 - 1, state, {**rule.defaults, "lr": 0.05, **more})
            assert x == pytest.approx(w.item(), rel=1e-12)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("StepLR", {"step_size": 3}),
        ("MultiStepLR", {"milestones": (2, 5, 5)}),
        ("ExponentialLR", {"gamma": 0.9}),
        ("CosineAnnealingLR", {"T_max": 4, "eta_min": 0.01}),
        ("ReduceLROnPlateau", {"patience": 1, "cooldown": 1, "factor": 0.5}),
        ("ReduceLROnPlateau", {"patience": 0, "mode": "max", "threshold_mode": "abs", "min_lr": 0.02}),
    ],
)
def test_a_schedule_gives_the_rates_of_pytorchs(name: str, options: dict[str, Any]) -> None:
    torch = pytest.importorskip("torch")
    w = torch.tensor(1.0, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.1)
    theirs, rule, lr = getattr(torch.optim.lr_scheduler, name)(optimizer, **options), SCHEDULES[name], 0.1
    state: dict[str, Any] = {}
    watched = [1.0, 0.9, 0.95, 0.9, 0.91, 0.92, 0.8, 0.81, 0.82, 0.83, 0.7, 0.7]
    for epoch, loss in enumerate(watched, 1):
        optimizer.step()
        theirs.step(*([loss] if rule.watches else []))
        state["watched"] = loss
        lr = rule.rate(lr, 0.1, epoch, {**rule.defaults, **options}, state)
        assert lr == pytest.approx(optimizer.param_groups[0]["lr"], rel=1e-12)
