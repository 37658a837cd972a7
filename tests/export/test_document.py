"""The JSON of a run: its numbers add up, agree with each other, and can be read by any parser."""

from __future__ import annotations

import ast
import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import Example, document, run
from engine.numbers import short
from tests.export.conftest import PROGRAMS

examples = pytest.mark.parametrize("example", PROGRAMS.values(), ids=PROGRAMS.keys())
SPECIAL = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def number(value: float | str) -> float:
    return SPECIAL[value] if isinstance(value, str) else value


def replayed(described: dict[str, Any]) -> dict[str, float]:
    """Return the gradients that the steps add up to."""
    grads = {node["id"]: 0.0 for node in described["nodes"]}
    for step in described["steps"]:
        if step["phase"] in ("seed", "backward"):
            target = step.get("operand", step["node"])
            assert repr(grads[target]) == repr(number(step["before"])), step
            grads[target] += number(step["contribution"])
            assert repr(grads[target]) == repr(number(step["after"]))
        elif step["phase"] == "update" and step["field"] == "grad":
            grads[step["node"]] = number(step["after"])
    return grads


def check(described: dict[str, Any]) -> None:
    """Hold a document to all that it promises."""
    json.dumps(described, allow_nan=False)
    by_id = {node["id"]: node for node in described["nodes"]}
    grads = replayed(described)
    assert {name: repr(number(node["grad"])) for name, node in by_id.items()} == {n: repr(g) for n, g in grads.items()}
    for step in described["steps"]:
        if step["phase"] == "backward":
            node = by_id[step["node"]]
            assert node["operands"][step["slot"]] == step["operand"]
            product = number(step["upstream"]) * number(step["local"])
            gated = number(step["local"]) == 0 and number(step["contribution"]) == 0
            assert gated or repr(product) == repr(number(step["contribution"]))
    place = {name: k for k, name in enumerate(described["order"])}
    for name in described["order"]:
        assert all(place[operand] < place[name] for operand in by_id[name]["operands"])
    for each in described["passes"]:
        backward = [s for s in described["steps"][each["first"] : each["last"]] if s["phase"] == "backward"]
        places = [each["order"].index(s["node"]) for s in backward]
        assert places == sorted(places, reverse=True)


@examples
def test_the_document_of_an_example_adds_up(example: Example) -> None:
    check(document(run(example.source, example.inputs)))


@examples
def test_spans_cut_the_piece_that_made_the_node(example: Example) -> None:
    lines = example.source.split("\n")
    for node in document(run(example.source, example.inputs))["nodes"]:
        span = node["span"]
        if span is None:
            continue
        cut = lines[span["line"] - 1 : span["end_line"]]
        cut[-1] = cut[-1][: span["end_column"]]
        cut[0] = cut[0][span["column"] :]
        piece = "\n".join(cut)
        assert piece == piece.strip() != ""
        (statement,) = ast.parse(f"({piece})" if len(cut) > 1 else piece).body
        if node["op"]:
            made_by = statement.value if isinstance(statement, ast.Expr) else statement
            assert isinstance(made_by, ast.BinOp | ast.UnaryOp | ast.Call | ast.AugAssign), piece


@examples
def test_display_adds_texts_and_changes_nothing(example: Example) -> None:
    result = run(example.source, example.inputs)
    plain, full = document(result), document(result, display=True)
    for kind, extra in (
        ("nodes", {"symbol", "adjustable", "literal", "shown"}),
        ("steps", {"shown", "math", "sentence", "ledger", "sign", "magnitude"}),
    ):
        for bare, rich in zip(plain[kind], full[kind], strict=True):
            assert set(rich) - set(bare) <= extra
            assert {name: rich[name] for name in bare} == bare


@examples
def test_partials_are_the_numbers_that_the_last_steps_multiplied_by(example: Example) -> None:
    described = document(run(example.source, example.inputs))
    steps = [step for step in described["steps"] if step["phase"] == "backward"]
    last = {(step["node"], step["slot"]): step["local"] for step in steps}
    by_id = {node["id"]: node for node in described["nodes"]}
    assert {key: repr(by_id[key[0]]["partials"][key[1]]) for key in last} == {k: repr(x) for k, x in last.items()}
    for node in described["nodes"]:
        assert len(node["partials"]) == len(node["operands"])


@examples
def test_every_node_that_is_mentioned_is_described(example: Example) -> None:
    described = document(run(example.source, example.inputs))
    ids = [node["id"] for node in described["nodes"]]
    mentioned = {described["output"]["node"], *described["order"], *described["variables"].values()}
    mentioned |= {step[key] for step in described["steps"] for key in ("node", "operand") if key in step}
    mentioned |= {name for each in described["passes"] for name in (each["output"], *each["order"])}
    mentioned |= {notice["node"] for notice in described["warnings"]} - {None}
    mentioned |= {operand for node in described["nodes"] for operand in node["operands"]}
    assert mentioned <= set(ids)
    assert len(ids) == len(set(ids))


@examples
def test_shown_numbers_are_the_numbers(example: Example) -> None:
    described = document(run(example.source, example.inputs), display=True)
    pairs = [(node[key], node["shown"][key]) for node in described["nodes"] for key in ("data", "grad")]
    pairs += [(s[key], s["shown"][key]) for s in described["steps"] for key in s["shown"] if key in s]
    pairs.append((described["output"]["data"], described["output"]["shown"]["data"]))
    for value, (brief, exact, relation) in pairs:
        assert repr(float(exact)) == repr(number(value))
        assert brief == short(number(value))
        assert relation in ("=", "≈")


def test_numbers_that_json_lacks_travel_as_words() -> None:
    described = document(run("y = a/0\nz = log(-1)*a\nw = -a/0 + z*0 + y*0", {"a": 1.0}))
    data = {node["name"]: node["data"] for node in described["nodes"] if node["name"]}
    assert data == {"a": 1.0, "y": "Infinity", "z": "NaN", "w": "NaN"}
    assert document(run("y = -a/0", {"a": 1.0}))["output"]["data"] == "-Infinity"


def test_a_program_that_computes_nothing_has_no_output() -> None:
    described = document(run("import math", partial=True))
    assert described["output"] is None
    assert described["nodes"] == described["order"] == described["steps"] == described["passes"] == []


def test_what_ran_before_a_mistake_is_described() -> None:
    described = document(run("y = a*b\nz = y.foo", partial=True))
    check(described)
    assert described["output"]["name"] == "y"


def test_updates_of_the_program_are_steps() -> None:
    described = document(run("a = Value(2.0)\nb = a*a\nb.backward()\na.data -= 0.1 * a.grad\na.grad = 0"))
    updates = [step for step in described["steps"] if step["phase"] == "update"]
    assert [(s["field"], s["before"], s["after"]) for s in updates] == [("data", 2.0, 1.6), ("grad", 4.0, 0.0)]
    check(described)


def test_a_result_that_is_written_over_is_computed_first() -> None:
    described = document(run("a = Value(2.0)\nb = a*a\nb.data = 10\nc = b*3\nc.backward()"))
    data = {node["id"]: node["data"] for node in described["nodes"] if node["role"] != "operation"}
    for step in described["steps"]:
        if step["phase"] == "forward":
            data[step["node"]] = float(step["text"].rpartition("= ")[2])
        elif step["phase"] == "update":
            assert step["before"] == data[step["node"]]
            data[step["node"]] = step["after"]
    assert data == {node["id"]: node["data"] for node in described["nodes"]}
    check(described)


NAMES = "abc"
LEAVES = st.sampled_from([*NAMES, "1.5", "-2", "0", "3", "x", "1e-3"])
EXPRESSIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/"]), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        st.tuples(st.sampled_from(["tanh", "exp", "relu", "sin", "sqrt", "log", "sigmoid", "abs"]), inner).map(
            lambda t: f"{t[0]}({t[1]})"
        ),
        st.tuples(st.sampled_from(["max", "min", "pow", "atan2", "hypot"]), inner, inner).map(
            lambda t: f"{t[0]}({t[1]}, {t[2]})"
        ),
    ),
    max_leaves=12,
)
VALUES = st.floats(width=64) | st.sampled_from([0.0, -0.0, 1.0, math.inf, -math.inf, math.nan])


@given(st.lists(EXPRESSIONS, min_size=1, max_size=4), st.fixed_dictionaries(dict.fromkeys([*NAMES, "x"], VALUES)))
@settings(deadline=None)
def test_the_steps_of_any_program_add_up_to_its_gradients(lines: list[str], values: dict[str, float]) -> None:
    """Each line binds a name that later lines may use again: shared values, several versions of a name."""
    source = "\n".join(f"{NAMES[k % 3]} = {line}" for k, line in enumerate(lines))
    check(document(run(source, values)))
