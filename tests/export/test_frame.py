"""A moment of a run: what is known after k steps is what those steps wrote."""

from __future__ import annotations

from typing import Any

import pytest

from engine import Drawing, Example, document, run
from engine.export.frame import frame_at, magnitude_of, sign_of
from tests.export.conftest import PROGRAMS, LayOut

examples = pytest.mark.parametrize("example", PROGRAMS.values(), ids=PROGRAMS.keys())


@examples
def test_each_frame_is_the_one_before_and_one_step(example: Example) -> None:
    result = run(example.source, example.inputs)
    steps: list[dict[str, Any]] = document(result)["steps"]
    before = frame_at(result, 0)
    for k, step in enumerate(steps, 1):
        after = frame_at(result, k)
        target = int(step.get("operand", step["node"])[1:])
        if after.shown == before.shown:
            touched = "data" if step["phase"] == "forward" or step.get("field") == "data" else "grads"
            for kind in ("data", "grads"):
                old, new = getattr(before, kind), getattr(after, kind)
                changed = {n for n in new if repr(new[n]) != repr(old[n])}
                assert changed <= ({target} if kind == touched else set())
        before = after


def number(value: float | str) -> float:
    return float(value)  # "NaN" and "Infinity" are Python's as well


def replayed(described: dict[str, Any], count: int) -> tuple[dict[int, float | None], dict[int, float | None]]:
    """Return data and gradients after `count` steps, by the document alone, as a page does it."""
    steps = described["steps"]
    data: dict[int, float | None] = {}
    grads: dict[int, float | None] = {}
    for node in described["nodes"]:
        k = int(node["id"][1:])
        writes = [s["before"] for s in steps if s.get("field") == "data" and s["node"] == node["id"]]
        data[k] = None if node["op"] else number([*writes, node["data"]][0])
        grads[k] = None
    for step in steps[:count]:
        k = int(step.get("operand", step["node"])[1:])
        if step["phase"] == "forward":
            data[k] = float(step["text"].rpartition(" = ")[2])
        elif step.get("field") == "data":
            data[k] = number(step["after"])
        else:
            grads[k] = number(step["after"])
    return data, grads


@examples
def test_each_frame_is_what_a_replay_of_the_document_gives(example: Example) -> None:
    result = run(example.source, example.inputs)
    described = document(result)
    for k in range(len(described["steps"]) + 1):
        frame = frame_at(result, k)
        assert frame.shown is not None
        data, grads = replayed(described, k)
        for node in frame.shown.order:
            assert (repr(frame.data[node]), repr(frame.grads[node])) == (repr(data[node]), repr(grads[node])), (k, node)


@examples
def test_nothing_is_known_of_operations_before_the_first_step(example: Example) -> None:
    result = run(example.source, example.inputs)
    frame = frame_at(result, 0)
    assert all((frame.data[n] is None) == (result.tape.ops[n] is not None) for n in frame.data)
    assert set(frame.grads.values()) == {None}


@examples
def test_the_last_frame_holds_the_numbers_of_the_run(example: Example) -> None:
    result = run(example.source, example.inputs)
    last = frame_at(result)
    for node, grad in last.grads.items():
        assert grad is None or repr(grad) == repr(result.trace.grads[node])
        assert repr(last.data[node]) == repr(result.tape.data[node])


def test_a_gradient_that_has_not_arrived_is_a_dash_and_not_zero(lay_out: LayOut) -> None:
    result = run("y = x*0*z", {"x": 2.0})
    first, last = (Drawing(result, step=k) for k in (0, len(result.trace.steps)))
    assert ">–</text>" in first.svg(lay_out(first))
    assert ">–</text>" not in last.svg(lay_out(last))
    assert last.frame.grads[0] == 0.0


def test_frames_of_several_passes_show_the_pass_they_are_in() -> None:
    result = run("y = x*x\ny.backward()\nz = x + 1\nz.backward()", {"x": 3.0})
    first, second = result.trace.passes
    assert frame_at(result, first.last).shown == first
    assert frame_at(result, first.last + 1).shown == second
    assert frame_at(result).grads[0] == 7.0


def test_there_is_no_frame_beyond_the_last_step() -> None:
    result = run("x*x")
    for step in (-1, len(result.trace.steps) + 1):
        with pytest.raises(ValueError, match="step must be a whole number from 0 to 4"):
            frame_at(result, step)


def test_signs_and_sizes() -> None:
    nan, inf = float("nan"), float("inf")
    assert [sign_of(x) for x in (None, nan, 0.0, -0.0, 2.0, -inf)] == ["none", "nan", "zero", "zero", "pos", "neg"]
    sizes = [magnitude_of(x, 10.0) for x in (0.0, 0.01, 2.0, 6.0, 10.0, -10.0, inf, nan, None)]
    assert sizes == [0, 0, 1, 3, 3, 3, 3, 0, 0]
    assert sorted(sizes[:5]) == sizes[:5]
