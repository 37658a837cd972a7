"""The tree: copies compute the same numbers, and their gradients add up to those of the graph."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from engine import GALLERY, Run, Unfit, run, tree
from engine.lab.subject import Subject
from engine.lab.tree import Plan, Unrolled
from engine.tape import Tape
from tests.engine.test_trace import SMOOTH, tapes

DOUBLINGS = "y = x\nfor i in range({}):\n    y = y + y"


def unrolled(source: str, /, folded: int | None = 0, limit: int = 400, **inputs: float) -> dict[str, Any]:
    return tree(run(source, inputs), folded=folded, limit=limit)


def run_of(tape: Tape) -> Run:
    bare = run("x")
    return Run("", tape, bare.trace, len(tape) - 1, {})


def grads_by_name(answer: dict[str, Any]) -> dict[str, float]:
    again = run(answer["program"], fixed=answer["fixed"])
    return {name: again.trace.grads[node] for name, node in again.variables.items()}


def test_each_use_gets_a_copy() -> None:
    answer = unrolled("c = a*b\nd = c + a", a=2.0, b=-3.0)
    assert answer["program"].splitlines() == ["a_1 = 2.0", "b = -3.0", "a_2 = 2.0", "c = a_1 * b", "d = c + a_2"]
    (copies,) = answer["copies"]
    assert [(copy["name"], copy["grad"]) for copy in copies["copies"]] == [("a_1", -3.0), ("a_2", 1.0)]
    assert (copies["text"], copies["sum"], copies["grad"]) == ("−3 + 1 = −2", -2.0, -2.0)


def test_here_a_is_a_child_of_b_through_two_paths() -> None:
    """The seed's b = a + a: each copy of a gets 1, together 2."""
    (copies,) = unrolled("b = a + a", a=3.0)["copies"]
    assert (copies["text"], copies["grad"]) == ("1 + 1 = 2", 2.0)


@given(tapes([*SMOOTH, "div", "log", "relu", "max"]), st.data())
def test_every_stage_computes_the_same_and_its_copies_add_up(tape: Tape, data: st.DataObject) -> None:
    plan = Plan(Subject(run_of(tape), len(tape) - 1))
    assume(plan.stages[0].size <= 300)
    folded = data.draw(st.integers(0, len(plan.shared)))
    answer = tree(run_of(tape), folded=folded)
    assert plan.stages[folded].size == len(Unrolled(plan, plan.shared[:folded]).tape) == answer["nodes"]["exact"]
    again = run(answer["program"], fixed=answer["fixed"])
    assert again.output is not None
    assert repr(again.tape.data[again.output]) == repr(tape.data[-1])
    grads = {name: again.trace.grads[node] for name, node in again.variables.items()}
    for each in answer["copies"]:
        assert [repr(grads[copy["name"]]) for copy in each["copies"]] == [
            repr(float(copy["grad"])) for copy in each["copies"]
        ]
        parts = [float(copy["grad"]) for copy in each["copies"]]
        if all(map(math.isfinite, parts)):
            size = math.fsum(map(abs, parts))
            assert float(each["grad"]) == pytest.approx(math.fsum(parts), rel=1e-9, abs=1e-9 * size)


def test_the_whole_tree_has_no_value_that_is_used_twice() -> None:
    answer = unrolled("b = a*a\nc = b + sin(b)\nd = c*c", a=2.0)
    again = run(answer["program"])
    used = [operand for operands in again.tape.operands for operand in operands]
    assert len(used) == len(set(used))


def test_stages_fold_one_value_after_the_other_back_to_the_graph() -> None:
    source = "b = a*a\nc = b + b\nd = c*c"
    stages = unrolled(source)["stages"]
    assert [(stage["label"], stage["uses"], stage["nodes"]["exact"]) for stage in stages] == [
        (None, None, 15),
        ("c", 2, 8),
        ("b", 2, 5),
        ("a", 2, 4),
    ]
    last = unrolled(source, folded=3)
    assert last["program"].splitlines() == ["a = 1.0", "b = a * a", "c = b + b", "d = c * c"]
    assert (last["copies"], last["next"]) == ([], None)


def test_a_tree_too_large_is_counted_and_not_built() -> None:
    answer = unrolled(DOUBLINGS.format(60), x=1.0)
    assert answer["program"] is None
    assert f"{2**61 - 1:,} nodes" in answer["sentence"]
    assert answer["tree"]["exact"] == str(2**61 - 1)


def test_as_few_as_needed_are_folded_if_nothing_is_said() -> None:
    answer = unrolled(DOUBLINGS.format(60), folded=None, x=1.0)
    assert answer["nodes"]["exact"] <= 2 * 61 < int(answer["stages"][answer["folded"] - 1]["nodes"]["exact"])
    assert answer["program"]
    assert unrolled(DOUBLINGS.format(5), folded=None)["nodes"]["exact"] == 32
    assert unrolled("b = a*a\nc = b + b\nd = c*c", folded=None)["folded"] == 0


def test_a_deep_graph_is_counted() -> None:
    answer = unrolled(DOUBLINGS.format(5000), folded=None, x=1.0)
    assert (answer["graph"], answer["program"]) == (5001, None)
    assert answer["tree"]["exact"] == str(2**5001 - 1)
    assert "at most 400 are written out" in answer["sentence"]


@pytest.mark.parametrize("name", GALLERY)
def test_examples_unroll(name: str) -> None:
    example = GALLERY[name]
    answer = tree(run(example.source, example.inputs), folded=None)
    if answer["program"]:
        grads = grads_by_name(answer)
        for each in answer["copies"]:
            parts = [grads[copy["name"]] for copy in each["copies"]]
            assert sum(parts) == pytest.approx(float(each["grad"]), nan_ok=True)


def test_names_do_not_collide() -> None:
    answer = unrolled("a_1 = 5.0*a\nv = a_1*a\ny = v + a_1*a_1", a=2.0)
    names = [line.partition(" = ")[0] for line in answer["program"].splitlines()]
    assert len(names) == len(set(names))
    assert all(each["sentence"].endswith("to the last digit.") for each in answer["copies"])


def test_names_of_the_language_are_left_alone() -> None:
    answer = unrolled("e = Value(2.0)\nx = e*e\ny = x + exp(e)")
    assert (
        sum(grads_by_name(answer)[copy["name"]] for copy in answer["copies"][0]["copies"])
        == answer["copies"][0]["grad"]
    )


def test_infinite_and_undefined_gradients_are_told() -> None:
    (copies,) = unrolled("y = x*inf - x*inf + 0/x", x=0.0)["copies"]
    assert copies["grad"] == "NaN"
    assert copies["sentence"].endswith("is nan, as the gradient is.")


def test_fixed_leaves_stay_fixed() -> None:
    answer = tree(run("y = x*w + x", {"x": 2.0, "w": 3.0}, fixed=["x"]), folded=0)
    assert sorted(answer["fixed"]) == ["x_1", "x_2"]
    assert grads_by_name(answer)["w"] == 2.0


def test_a_tree_is_said_to_be_one() -> None:
    answer = unrolled("y = a*b")
    assert (answer["stage_count"], answer["sentence"]) == (
        1,
        "No value is used twice: the graph, of 3 nodes, is a tree.",
    )


@pytest.mark.parametrize(
    ("fields", "field"), [({"folded": 2}, "folded"), ({"limit": 0}, "limit"), ({"limit": 1001}, "limit")]
)
def test_what_cannot_be_asked_is_refused(fields: dict[str, Any], field: str) -> None:
    with pytest.raises(Unfit) as refused:
        unrolled("y = x*x", **fields)
    assert refused.value.field == field


def test_a_graph_too_large_is_refused() -> None:
    with pytest.raises(Unfit, match="trees are counted up to 20,000"):
        unrolled(DOUBLINGS.format(20_001))
