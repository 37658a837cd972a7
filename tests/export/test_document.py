"""The JSON of a run: its numbers add up, agree with each other, and can be read by any parser."""

from __future__ import annotations

import ast
import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import GALLERY, Example, document, run

examples = pytest.mark.parametrize("example", GALLERY.values(), ids=GALLERY.keys())
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
        if span is None or span["line"] != span["end_line"]:
            continue
        piece = lines[span["line"] - 1][span["column"] : span["end_column"]]
        assert piece == piece.strip()
        ast.parse(piece)


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


def test_updates_of_the_program_are_steps() -> None:
    described = document(run("a = Value(2.0)\nb = a*a\nb.backward()\na.data -= 0.1 * a.grad\na.grad = 0"))
    updates = [step for step in described["steps"] if step["phase"] == "update"]
    assert [(s["field"], s["before"], s["after"]) for s in updates] == [("data", 2.0, 1.6), ("grad", 4.0, 0.0)]
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
