"""Leaves that a request holds fixed: they are data to the sweep, and to the program leaves without a gradient."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

import pytest

from engine import GALLERY, ProgramError, Recording, Run, document, named, run, window_of
from engine.export.drawing import Drawing
from engine.lab.check import check
from engine.trace import Backward, Seed
from tests.engine.test_rerun import everything
from tests.language.oracle import host_run

FIRST = "y = tanh(a*b) + a*c*c\nz = y*b"
INPUTS = {"a": 0.5, "b": -1.5, "c": 2.0}
CALM = [name for name, each in GALLERY.items() if not re.search(r"\.data|\.grad\b|\.step\(", each.source)]
"""Examples that do not go on with their gradients."""


def gradients(result: Run) -> dict[str, float]:
    """Return the gradient of each leaf by its name."""
    tape = result.tape
    return {name: result.trace.grads[n] for n, name in enumerate(tape.names) if name and tape.ops[n] is None}


def leaves(result: Run) -> dict[str, dict[str, Any]]:
    """Return the documents of the leaves by their names."""
    return {node["name"]: node for node in document(result, display=True)["nodes"] if node["role"] == "input"}


def printed(source: str, *fixed: str) -> str:
    return run(source, fixed=fixed).printed


@pytest.mark.parametrize("name", CALM)
def test_fixing_a_leaf_leaves_the_gradients_of_all_others_as_they_are(name: str) -> None:
    source, inputs = GALLERY[name].source, GALLERY[name].inputs
    free = run(source, inputs)
    for leaf, facts in list(leaves(free).items())[:3]:
        expected = gradients(free) | ({leaf: 0.0} if facts["adjustable"] else {})
        assert gradients(run(source, inputs, fixed=[leaf])) == expected


def test_no_backward_step_leads_to_a_fixed_leaf() -> None:
    free, held = run(FIRST, INPUTS), run(FIRST, INPUTS, fixed=["a"])
    node = held.variables.get("a", held.tape.names.index("a"))
    assert any(isinstance(step, Backward) and step.operand == node for step in free.trace.steps)
    assert not any(isinstance(step, Backward) and step.operand == node for step in held.trace.steps)


def test_what_is_computed_from_fixed_leaves_alone_needs_no_gradient() -> None:
    held = {node["name"]: node for node in document(run("t = a*b\ny = t*c", fixed=["a", "b"]))["nodes"]}
    assert {name: node["trainable"] for name, node in held.items()} == {
        "a": False,
        "b": False,
        "t": False,
        "c": True,
        "y": True,
    }


def test_a_document_says_which_leaves_are_fixed_and_is_silent_of_others() -> None:
    held = leaves(run(FIRST, INPUTS, fixed=["a"]))
    assert (held["a"]["fixed"], held["a"]["trainable"], held["a"]["grad"], held["a"]["adjustable"]) == (
        True,
        False,
        0.0,
        True,
    )
    assert "fixed" not in held["b"]


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("y = a*b", "a"),
        ("a = 2.0\ny = a*b", "a"),
        ("a = Value(2.0)\nb = Value(3.0)\ny = a*b\ny.backward()", "a"),
        ("a = torch.tensor(2.0, requires_grad=True)\nb = torch.tensor(3.0, requires_grad=True)\ny = a*b", "a"),
        ("w = torch.tensor([2.0, 3.0], requires_grad=True)\ny = w.prod()\ny.backward()", "w[1]"),
        ("w = torch.tensor([2.0, 3.0])\nw.requires_grad_()\ny = w.prod()\ny.backward()", "w[0]"),
        ("w = torch.tensor([2.0, 3.0])\nw.requires_grad = True\ny = w.prod()\ny.backward()", "w[0]"),
        ("w = [2.0, 3.0]\ny = w[0]*w[1]", "w[1]"),
        ("x = 2.0\nt = x*b\nx = 3.0\ny = t*x", "x@2"),
    ],
)
def test_whatever_an_input_can_set_can_be_fixed(source: str, name: str) -> None:
    assert leaves(run(source))[name]["adjustable"]
    free, held = gradients(run(source)), gradients(run(source, fixed=[name]))
    assert free[name] != 0
    assert held == free | {name: 0.0}


@pytest.mark.parametrize("name", ["nowhere", "y", "w", "n0", "", "a ", "pi", "tanh", "n.layers[0].neurons[0].w[0]"])
def test_a_name_of_no_leaf_that_can_be_set_says_nothing(name: str) -> None:
    for source in (FIRST, "n = MLP(1, [1])\ny = n([a])"):
        assert everything(run(source, fixed=[name])) == everything(run(source))


def test_a_leaf_can_be_fixed_at_another_number() -> None:
    assert gradients(run("a = 2.0\ny = a*b", {"a": 5.0}, fixed=["a"])) == {"a": 0.0, "b": 5.0}


@pytest.mark.parametrize(
    "source",
    [
        "a*b",
        "a = Value(2.0)\nb = Value(3.0)\ny = a*b\ny.backward()",
        "a = torch.tensor(2.0, requires_grad=True)\nb = torch.tensor(3.0, requires_grad=True)\ny = a*b\ny.backward()",
    ],
)
def test_where_everything_is_fixed_there_is_the_seed_alone(source: str) -> None:
    held = run(source, fixed=["a", "b"])
    seed = [step for step in held.trace.steps if not hasattr(step, "operands")]
    assert [type(step) for step in seed] == [Seed]
    assert gradients(held) == {"a": 0.0, "b": 0.0}
    assert check(held.tape, held.trace.passes[0].output) == []


def test_without_a_leaf_that_is_held_a_pass_without_gradients_is_still_refused() -> None:
    source = "x = torch.tensor(2.0, requires_grad=True)\nx.requires_grad_(False)\ny = x*x\ny.backward()"
    for fixed in ((), ("nowhere",)):
        with pytest.raises(ProgramError, match="nothing here requires a gradient"):
            run(source, fixed=fixed)


@pytest.mark.parametrize("fixed", [["x"], ["w"], ["x", "w"]])
def test_a_graph_has_the_same_nodes_whatever_is_fixed(fixed: list[str]) -> None:
    source = "x = torch.tensor(2.0, requires_grad=True)\nw = torch.tensor(3.0, requires_grad=True)\n"
    source += "y = x.clone() * (w*x).clone() + w.detach().clone()\ny.backward()"
    free, held = run(source), run(source, fixed=fixed)
    assert (held.tape.ops, held.tape.operands, held.tape.names) == (free.tape.ops, free.tape.operands, free.tape.names)
    assert gradients(held) == gradients(free) | dict.fromkeys(fixed, 0.0)


# -- programs that look at their gradients -----------------------------------------------------------------------------

TRAINED = """
w = torch.tensor(2.0, requires_grad={w})
b = torch.tensor(0.5, requires_grad={b})
x = torch.tensor([1.0, 2.0, 3.0])
optimizer = torch.optim.SGD([p for p in (w, b) if p.requires_grad], lr=0.01, momentum=0.9)
for k in range(4):
    optimizer.zero_grad()
    loss = ((w*x + b - 3*x)**2).mean()
    loss.backward()
    optimizer.step()
print(f"{{w.item():.12g}} {{b.item():.12g}} {{w.requires_grad}} {{b.requires_grad}}")
"""


@pytest.mark.parametrize("fixed", [("w",), ("b",), ()])
def test_training_goes_as_in_pytorch_where_the_leaf_does_not_require_a_gradient(fixed: tuple[str, ...]) -> None:
    both = TRAINED.format(w=True, b=True)
    frozen = TRAINED.format(w="w" not in fixed, b="b" not in fixed)
    expected, _ = host_run("import torch\ntorch.set_default_dtype(torch.float64)\n" + frozen)
    assert printed(both, *fixed) == expected


def test_an_optimizer_leaves_a_fixed_leaf_alone_even_with_weight_decay() -> None:
    source = """
w = torch.tensor(2.0, requires_grad=True)
b = torch.tensor(2.0, requires_grad=True)
optimizer = torch.optim.SGD([w, b], lr=0.1, weight_decay=0.5)
loss = w*b
loss.backward()
w.grad.zero_()
optimizer.step()
print(w.item(), b.item())
"""
    assert printed(source, "w") == "2.0 1.7\n"


def test_a_program_finds_a_gradient_of_zero_at_a_fixed_leaf() -> None:
    source = "w = torch.tensor([1.0, 2.0], requires_grad=True)\nprint(w.grad)\ny = (w*w).sum()\ny.backward()\n"
    source += "with torch.no_grad():\n    w -= 0.1 * w.grad\nw.grad.zero_()\nprint(w.grad, w.detach())\n"
    source += "w.grad = None\nprint(w.grad)\ny = (w*w).sum()\ny.backward()\nprint(w.grad)"
    zeros = "tensor([0., 0.])"
    assert printed(source, "w[0]", "w[1]") == f"None\n{zeros} tensor([1., 2.])\nNone\n{zeros}\n"


def test_a_gradient_that_is_asked_for_by_a_fixed_leaf_is_zero() -> None:
    source = "w = torch.tensor(2.0, requires_grad=True)\nv = torch.tensor(3.0, requires_grad=True)\n"
    source += "print(torch.autograd.grad(w*v, (w, v)))"
    assert printed(source, "w") == "(tensor(0.), tensor(2.))\n"
    assert printed(source, "w", "v") == "(tensor(0.), tensor(0.))\n"


# -- other numbers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fixed", [["a"], ["b", "c"], ["a", "b", "c"]])
@pytest.mark.parametrize("other", [{**INPUTS, "a": 3.0}, {**INPUTS, "b": -0.0}, {**INPUTS, "b": float("nan")}])
def test_a_recording_with_fixed_leaves_is_made_again_as_the_language_makes_it(
    fixed: Collection[str], other: Mapping[str, float]
) -> None:
    found = Recording(run(FIRST, INPUTS, fixed=fixed), INPUTS).rerun(other)
    assert found is not None
    assert everything(found) == everything(run(FIRST, other, fixed=fixed))
    assert everything(found) != everything(run(FIRST, other))


def test_runs_with_other_fixed_leaves_have_other_topologies() -> None:
    def topology(*fixed: str) -> str:
        result = run(FIRST, INPUTS, fixed=fixed)
        drawing, window = Drawing(result), window_of(result)
        told = document(result, display=True, window=window, view=drawing.view)
        return named(window, drawing.view, display=True, told=told)[0]

    choices = [(), ("a",), ("b",), ("c",), ("a", "b"), ("a", "b", "c")]
    assert len({topology(*fixed) for fixed in choices}) == len(choices)
    assert topology("a") == topology("a", "nowhere")


def test_fixing_a_leaf_does_not_move_anything() -> None:
    assert Drawing(run(FIRST, INPUTS, fixed=["a"])).picture.key == Drawing(run(FIRST, INPUTS)).picture.key
