"""Functions, containers and comprehensions: what Python does with them, and where their nodes come from."""

from __future__ import annotations

from typing import Any

import pytest

from engine import OPS, ProgramError, document, run


def nodes_of(source: str, **inputs: float) -> list[dict[str, Any]]:
    nodes: list[dict[str, Any]] = document(run(source, inputs))["nodes"]
    return nodes


def problem(source: str) -> ProgramError:
    with pytest.raises(ProgramError) as caught:
        run(source)
    return caught.value


def said(source: str) -> tuple[str, int, int, str]:
    error = problem(source)
    first = error.diagnostics[0]
    return error.kind, first.span.line, first.span.column, first.message


# -- graphs -----------------------------------------------------------------------------------------------------------


def test_a_function_makes_the_graph_that_its_body_makes() -> None:
    inside = nodes_of("def f(u, v):\n    w = u*v\n    return w + u\ny = f(a, b)", a=2.0, b=3.0)
    plain = nodes_of("w = a*b\ny = w + a", a=2.0, b=3.0)
    for key in ("op", "operands", "data", "grad"):
        assert [node[key] for node in inside] == [node[key] for node in plain]


def test_a_number_given_to_a_function_is_a_leaf_with_the_name_of_the_parameter() -> None:
    nodes = nodes_of("def f(x):\n    return 3*x**2 - 4*x + 5\nf(3.0)")
    leaf = next(node for node in nodes if node["name"] == "x")
    assert (leaf["role"], leaf["data"], leaf["grad"]) == ("input", 3.0, 14.0)


def test_numbers_of_a_list_are_leaves_unless_a_program_makes_its_own() -> None:
    run_ = run("w = [0.5, -0.5]\nx = [1.0, 2.0]\ny = sum(wi*xi for wi, xi in zip(w, x))")
    assert {name: run_.trace.grads[node] for name, node in run_.variables.items()} == {
        "w[0]": 1.0, "w[1]": 2.0, "x[0]": 0.5, "x[1]": -0.5, "y": 1.0,
    }  # fmt: skip
    nodes = nodes_of("w = Value(2.0)\nx = [3.0, 4.0]\ny = w*x[0] + x[1]\ny.backward()")
    assert [node["role"] for node in nodes if node["operands"] == []] == ["input", "constant", "constant"]


def test_a_generator_is_taken_value_by_value() -> None:
    """Product and sum take turns, as in Python; a list has all products first."""
    lazy = nodes_of("y = sum(w*v for v in (a, b, c))", w=1.0, a=1.0, b=1.0, c=1.0)
    eager = nodes_of("y = sum([w*v for v in (a, b, c)])", w=1.0, a=1.0, b=1.0, c=1.0)
    assert [node["op"] for node in lazy if node["op"]] == ["mul", "mul", "add", "mul", "add"]
    assert [node["op"] for node in eager if node["op"]] == ["mul", "mul", "mul", "add", "add"]


# -- scopes and places ------------------------------------------------------------------------------------------------


def test_every_node_knows_the_calls_and_turns_it_was_made_in() -> None:
    source = """def neuron(w, x):
    return w*x

def layer(x):
    return [neuron(w, x) for w in (a, b)]

for epoch in range(2):
    total = sum(layer(c))
"""
    tape = run(source).tape
    scopes = [scope.path for op, scope in zip(tape.ops, tape.scopes, strict=True) if op is OPS["mul"] and scope]
    assert scopes == [f"epoch#{epoch}/layer#0/w#{k}/neuron#0" for epoch in range(2) for k in range(2)]
    products = [node for node in nodes_of(source) if node["op"] == "mul"]
    assert [node["scope"] for node in products] == scopes[2:]
    calls = [(span["line"], span["column"]) for span in products[0]["calls"]]
    assert calls == [(8, 16), (5, 12)]
    assert products[0]["span"]["line"] == 2


def test_scopes_of_networks_are_layers_and_neurons() -> None:
    source = "def train(x):\n    return model(x)\nmodel = MLP(2, [2, 1])\nfor _ in range(2):\n    y = train([1.0, 2.0])"
    scopes = {node["scope"] for node in nodes_of(source)}
    assert "for#1/train#0/mlp#0/layer#0/neuron#1" in scopes
    source = "torch.manual_seed(0)\nnet = nn.Sequential(nn.Linear(2, 2), nn.ReLU())\nnet(torch.ones(3, 2)).sum()"
    scopes = {node["scope"] for node in nodes_of(source)}
    assert {"sequential#0/linear#0/sample#2/neuron#1", "sequential#0/relu#0"} <= scopes


def test_two_loops_of_one_name_are_two_scopes() -> None:
    nodes = nodes_of("y = 0*x\nfor k in range(2):\n    y = y + x*k\nfor k in range(2):\n    y = y*x")
    assert [n["scope"] for n in nodes if n["op"]] == ["", "k#0", "k#0", "k#1", "k#1", "k@2#0", "k@2#1"]


def test_a_pass_knows_where_it_was_asked_for() -> None:
    described = document(run("w = Value(1.0)\nfor epoch in range(2):\n    y = w*3.0\n    y.backward()"))
    assert [(p["scope"], p["span"]["line"], p["data"]) for p in described["passes"]] == [
        ("epoch#0", 4, 3.0), ("epoch#1", 4, 3.0),
    ]  # fmt: skip
    assert document(run("y = x*x"))["passes"][0]["span"] is None


# -- errors -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "kind", "line", "column", "words"),
    [
        ("def f(x):\n    return x\nf()", "type", 3, 0, "f needs a value for x"),
        ("def f(x):\n    return x\nf(1, 2)", "type", 3, 0, "f takes 1 argument, not 2"),
        ("def f(x):\n    return x\nf(1, x=2)", "type", 3, 0, "f gets x twice"),
        ("def f(x):\n    return x\nf(y=2)", "type", 3, 0, "f has no argument y"),
        ("def f():\n    y = x\n    x = 1\n    return y\nf()", "name", 2, 8, "x has no value here yet"),
        ("def f(n):\n    return f(n + 1)\nf(0)", "budget", 2, 11, "the depth budget"),
        ("return 3", "syntax", 1, 0, "return stands outside a function"),
        ("def f():\n    break", "syntax", 2, 4, "break stands outside a loop"),
        ("xs = [1, 2]\nxs[2]", "value", 2, 0, "there is no place 2: there are 2, from 0 to 1"),
        ("xs = []\nxs[0]", "value", 2, 0, "it is empty"),
        ("xs = [1]\nxs['a']", "type", 2, 0, "needs a whole number"),
        ("d = {'a': 1}\nd['b']", "value", 2, 0, "there is no key 'b'"),
        ("t = (1, 2)\nt[0] = 3", "type", 2, 0, "a tuple cannot be changed"),
        ("x[0]", "type", 1, 0, "a number has no places"),
        ("xs = [1]\nxs.appendd(2)", "name", 2, 0, ".appendd"),
        ("xs = [1]\nxs.append()", "type", 2, 0, "value is missing"),
        ("a, b = [1, 2, 3]", "value", 1, 0, "2 names stand on the left, 3 values on the right"),
        ("d = {[1]: 2}", "type", 1, 4, "a list cannot be a key"),
        ("sorted([1, 'a'])", "type", 1, 0, "cannot be compared"),
        ("[1, 2] + 3", "type", 1, 0, "a list and a number"),
        ("x = [1, 2][::0]", "value", 1, 11, "step of a slice"),
        ("max([])", "type", 1, 0, "at least 2 numbers"),
        ("f = lambda x: x\nf.grad", "name", 2, 0, "has no .grad"),
        ("'%d' % (1, 2)", "value", 1, 0, "more values than %"),
        ("'{} {}'.format(1)", "value", 1, 0, "no argument 1"),
        ("g = (x for x in g2)\ng2 = 1", "type", 1, 16, "cannot go through a number"),
        ("class Net(nn.Module):\n    def forward(self, x):\n        return self.fc(x)\nNet()(1)", "name", 3, 15, ".fc"),
        ("* x", "syntax", 1, 0, "a star stands inside"),
        ("assert 1 > 2, 'no'", "value", 1, 0, "does not hold: no"),
    ],
)
def test_mistakes_are_told_at_their_place(source: str, kind: str, line: int, column: int, words: str) -> None:
    found = said(source)
    assert found[:3] == (kind, line, column), found
    assert words in found[3]


def test_an_input_can_stand_inside_a_function() -> None:
    assert run("def f(x):\n    return a*x\ny = f(3)", {"a": 2.0}).tape.data[-1] == 6.0


def test_recursion_goes_as_deep_as_the_budget() -> None:
    assert run("def f(n):\n    return 0 if n == 0 else 1 + f(n - 1)\nprint(f(150))").printed == "150\n"


def test_what_only_prints_is_a_run_without_output() -> None:
    described = document(run("print('hi')\nfor k in range(2):\n    print('a' * k)"))
    assert (described["printed"], described["output"], described["order"]) == ("hi\n\na\n", None, [])


def test_printing_a_list_inside_itself_ends() -> None:
    assert problem("xs = [1]\nxs.append(xs)\nprint(xs)").kind == "budget"
