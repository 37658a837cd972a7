"""Predict: right answers are taken, wrong ones are matched to the slips that lead to them."""

from __future__ import annotations

import math
from typing import Any

import pytest

from engine import GALLERY, Run, Unfit, exercise, predict, question, run
from engine.lab.exercises import LEVELS
from engine.lab.frontier import EDGE_SLIPS
from engine.lab.predict import Kind, right_number, sign_of, slips_of
from engine.lab.slips import SLIPS
from engine.lab.typed import Typed, typed
from engine.ops import OPS
from engine.trace import Backward, Forward, Seed

NUMBERS: tuple[Kind, ...] = ("contribution", "after", "value")
ON_EDGES: tuple[Kind, ...] = ("contribution", "after", "sign", "edge")
SUM = run("c = a*b\nd = c + a", {"a": 2.0, "b": -3.0})
"""Steps: c, d, the seed, d to c, d to a, c to a, c to b."""
SQUARE = run("y = x*x\nz = y*w", {"x": 3.0, "w": 5.0})


def made(seed: int, level: int, number: int = 1) -> Run:
    told = exercise(seed, level, number)
    return run(told["source"], told["inputs"], fixed=told["fixed"])


def questions(done: Run, kind: Kind, forward: bool = False, most: int = 60) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while len(found) < most:
        asked = question(done, found[-1]["step"] + 1 if found else 0, kind, forward=forward)
        if asked["step"] is None:
            break
        found.append(asked)
    return found


def named(judgement: dict[str, Any]) -> list[str]:
    return [slip["name"] for slip in judgement["slips"]]


# -- all exercises -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", range(1, len(LEVELS) + 1))
@pytest.mark.parametrize("seed", range(21))
def test_right_answers_are_right_and_every_slip_is_recognised(seed: int, level: int) -> None:
    done = made(seed, level)
    for kind in NUMBERS:
        for asked in questions(done, kind):
            place = asked["step"]
            right = right_number(kind, done.trace.steps[place])
            told = predict(done, place, kind, repr(right))
            assert (told["verdict"], told["slips"]) == ("right", [])
            assert told["solution"]["number"] == right
            for found in slips_of(done, place, kind):
                told = predict(done, place, kind, found.number)
                assert (told["verdict"], told["solution"]) == ("wrong", None)
                names = {
                    each.slip.name for each in slips_of(done, place, kind) if Typed(found.number).meets(each.number)
                }
                assert named(told)
                assert set(named(told)) <= names
                assert len(names) > 3 or found.slip.name in named(told)


@pytest.mark.parametrize("level", range(1, len(LEVELS) + 1))
def test_signs_and_edges_of_all_exercises(level: int) -> None:
    for seed in range(6):
        done = made(seed, level)
        for asked in questions(done, "sign"):
            step = done.trace.steps[asked["step"]]
            assert isinstance(step, Backward)
            right = sign_of(step.contribution)
            verdicts = {
                c["answer"]: predict(done, asked["step"], "sign", c["answer"])["verdict"] for c in asked["choices"]
            }
            assert verdicts == {sign: "right" if sign == right else "wrong" for sign in "+-0"}
        for asked in questions(done, "edge"):
            told = [predict(done, asked["step"], "edge", choice["answer"]) for choice in asked["choices"]]
            assert sum(each["verdict"] == "right" for each in told) == 1
            assert all(each["correct"] or each["slips"] for each in told)


def test_an_edge_is_also_right_exactly_if_all_that_its_upstream_sums_has_arrived() -> None:
    for level in range(2, len(LEVELS) + 1):
        done = made(2, level)
        edges = {(s.node, s.slot): k for k, s in enumerate(done.trace.steps) if isinstance(s, Backward)}
        for place in edges.values():
            for (node, slot), at in edges.items():
                arrived = all(
                    k < place for k, s in enumerate(done.trace.steps) if isinstance(s, Backward) and s.operand == node
                )
                told = predict(done, place, "edge", {"node": f"n{node}", "slot": float(slot)})
                assert told["correct"] == (at >= place and arrived)
                assert (told["verdict"] == "right") == (at == place)


@pytest.mark.parametrize("name", GALLERY)
def test_every_step_of_the_gallery_can_be_asked(name: str) -> None:
    done = run(GALLERY[name].source, GALLERY[name].inputs)
    for kind in ON_EDGES:
        asked = questions(done, kind, forward=True, most=12)
        for each in asked:
            told = predict(done, each["step"], each["kind"], reveal=True)
            assert told["verdict"] == "shown"
            answer = told["solution"]["edge"] if each["kind"] == "edge" else told["solution"]["shown"][1]
            if each["kind"] == "edge":
                answer = {"node": answer["node"], "slot": answer["slot"]}
            if each["kind"] == "sign":
                answer = told["solution"]["sign"]
            assert predict(done, each["step"], each["kind"], answer)["verdict"] == "right"


def test_the_table_of_slips_has_each_name_once_and_says_what_it_is() -> None:
    told = [(slip.name, slip.title, slip.about) for slip in SLIPS.values()]
    told += [(slip.name, slip.title, slip.about) for slip in EDGE_SLIPS]
    assert len({name for name, _, _ in told}) == len(told)
    assert all(title and about.endswith(".") for _, title, about in told)


def test_every_slip_of_the_table_is_met_somewhere() -> None:
    met = set()
    programs = [made(seed, level) for seed in range(6) for level in range(1, len(LEVELS) + 1)]
    programs += [run(f"y = {name}(x)*w", {"x": 0.5, "w": 3.0}) for name in ("tanh", "sin", "exp", "square")]
    for done in programs:
        for kind in NUMBERS:
            for asked in questions(done, kind):
                met |= {found.slip.name for found in slips_of(done, asked["step"], kind)}
    assert met == set(SLIPS)


# -- single slips ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("done", "step", "kind", "answer", "slip", "said"),
    [
        (SUM, 5, "contribution", "2", "other_factor", "2 is what b gets: ∂c/∂b is a.data = 2."),
        (SUM, 5, "contribution", "-2", "total", "−2 is a.grad after the step, with the 1 that is there already."),
        (SUM, 5, "after", "-3", "forgot_add", "−3 is what this edge brings. a.grad holds 1 already"),
        (SUM, 5, "after", "1", "unchanged", "1 is a.grad before the step"),
        (SUM, 5, "contribution", "3", "sign", "the sign is not: the local derivative is b.data = −3"),
        (SUM, 5, "contribution", "1", "no_local", "still has to be multiplied by the local derivative ∂c/∂a."),
        (SUM, 2, "contribution", "-4", "seed_value", "−4 is d.data."),
        (SUM, 0, "value", "-1", "other_op", "−1 comes from add (+); c is made by mul (×)."),
        (SQUARE, 5, "contribution", "3", "no_upstream", ("3 is x.data, the local derivative; it still has to be"
         " multiplied by y.grad = 5.")),
        (SQUARE, 5, "contribution", "30", "factor_two", "30 is what both edges from y to x bring together."),
        (SQUARE, 5, "contribution", "8", "added", "8 is the sum of the local derivative x.data = 3 and y.grad = 5."),
        (SQUARE, 5, "contribution", "27", "value_for_grad", "times y.data = 9. Take y.grad."),
        (SQUARE, 6, "contribution", "30", "total", "with the 15 that is there already"),
        (run("y = relu(x)*w", {"x": -2.0, "w": 3.0}), 5, "contribution", "3", "gate", "relu is closed towards x"),
        (run("y = tanh(x)*w", {"x": 0.5, "w": 2.0}), 5, "contribution", "2*(1 - 0.5**2)", "wrong_end", "taken with x"),
        (run("y = x**3"), 2, "contribution", "1/3*3", "factor_two", "The factor 3 is missing"),
    ],
)  # fmt: skip
def test_a_slip_is_told_from_the_numbers_of_its_step(
    done: Run, step: int, kind: Kind, answer: str, slip: str, said: str
) -> None:
    told = predict(done, step, kind, answer)
    assert told["verdict"] == "wrong"
    assert slip in named(told)
    assert any(said in each["sentence"] for each in told["slips"])
    assert told["solution"] is None


def test_a_wrong_answer_that_no_slip_explains_keeps_the_solution_back() -> None:
    told = predict(SUM, 5, "contribution", "17")
    assert (told["verdict"], told["slips"], told["solution"]) == ("wrong", [], None)
    assert told["sentence"] == "Not so. What a gets is the local derivative ∂c/∂a times c.grad."
    assert "3" not in told["sentence"]


def test_the_solution_is_told_if_it_is_asked_for() -> None:
    told = predict(SUM, 5, "contribution", "17", reveal=True)
    assert (told["verdict"], told["correct"], told["solution"]["number"]) == ("wrong", False, -3.0)
    shown = predict(SUM, 5, reveal=True)
    assert (shown["verdict"], shown["correct"]) == ("shown", False)
    assert shown["sentence"].startswith("From c = a * b, a gets b.data × c.grad")


def test_a_number_that_is_right_and_a_slip_at_once_is_right() -> None:
    told = predict(SUM, 3, "contribution", "1")  # local 1, upstream 1
    assert (told["verdict"], told["slips"]) == ("right", [])


def test_two_slips_that_lead_to_one_number_are_both_told() -> None:
    done = run("y = a*b", {"a": 4.0, "b": 4.0 / 3})  # local 4/3; its sum with 1 is 7/3
    assert len(named(predict(done, 2, "contribution", "4"))) >= 2


def test_repeated_operand_wants_the_part_of_one_edge() -> None:
    assert predict(SQUARE, 5, "contribution", "15")["verdict"] == "right"
    assert predict(SQUARE, 6, "after", "15+15")["verdict"] == "right"


def test_gradients_of_an_earlier_pass_are_there_already() -> None:
    done = run("x = Value(3.0)\nfor k in range(2):\n    y = x*x\n    y.backward()\n")
    place = max(k for k, step in enumerate(done.trace.steps) if isinstance(step, Backward))
    assert predict(done, place, "after", "12")["correct"]
    assert named(predict(done, place, "after", "3"))[0] == "forgot_add"


def test_data_are_those_of_the_moment() -> None:
    done = run("w = Value(3.0)\ny = w*w*2\ny.backward()\nw.data = 100.0\nz = w*1\nz.backward()")
    place = next(k for k, s in enumerate(done.trace.steps) if isinstance(s, Backward) and s.operand == 0)
    assert "3 is w.data" in str(predict(done, place, "contribution", "3"))


# -- questions ---------------------------------------------------------------------------------------------------------


def test_questions_do_not_give_the_answer_away() -> None:
    for level in range(1, len(LEVELS) + 1):
        done = made(11, level)
        for kind in ON_EDGES[:3]:
            for asked in questions(done, kind):
                step = done.trace.steps[asked["step"]]
                assert not isinstance(step, Forward)
                assert "solution" not in asked
                if isinstance(step, Backward):
                    assert asked["hints"][-1].startswith(("Multiply", "Equal signs"))
        for asked in questions(done, "edge"):
            assert (asked["node"], asked["operand"], asked["slot"]) == (None, None, None)


def test_forward_steps_are_asked_only_if_one_wants_them() -> None:
    assert [each["phase"] for each in questions(SUM, "contribution")] == ["seed"] + ["backward"] * 4
    assert [each["kind"] for each in questions(SUM, "sign", forward=True)] == ["value"] * 2 + ["sign"] * 4


def test_the_count_says_how_far_one_is() -> None:
    asked = questions(SUM, "contribution")
    assert [(each["asked"], each["count"]) for each in asked] == [(k, 5) for k in range(5)]
    over = question(SUM, len(SUM.trace.steps))
    assert (over["step"], over["asked"], over["count"]) == (None, 5, 5)


def test_an_edge_that_waits_or_has_carried_is_explained() -> None:
    early = predict(SUM, 3, "edge", {"node": "n2", "slot": 0})
    assert (named(early), early["sentence"]) == (
        ["incomplete"],
        "c.grad is not complete: it still waits for what comes from d.",
    )
    late = predict(SUM, 5, "edge", {"node": "n3", "slot": 0})
    assert named(late) == ["carried"]
    needless = predict(run("y = 2*x*x"), 3, "edge", {"node": "n2", "slot": 0})
    assert named(needless) == ["needless"]
    elsewhere = predict(run("u = a*b\ny = a + 1"), 2, "edge", {"node": "n2", "slot": 0})
    assert named(elsewhere) == ["elsewhere"]


# -- what is typed -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "number"),
    [("1/3", 1 / 3), ("3*2", 6.0), ("−0.5", -0.5), (" 0,25 ", 0.25), ("2^3", 8.0), ("3·2", 6.0), ("1÷4", 0.25),
     ("exp(0)", 1.0), ("pi", math.pi), ("1/0", math.inf), ("-inf", -math.inf), ("9" * 99, 1e99), ("2**-1", 0.5),
     ("9**9**9**9", math.inf), ("(1 - 0.5**2) * 2", 1.5), ("+3", 3.0), ("leaky_relu(-1)", -0.01)],
)  # fmt: skip
def test_numbers_can_be_typed_in_many_ways(text: str, number: float) -> None:
    assert typed(text).value == pytest.approx(number)


@pytest.mark.parametrize(
    "text",
    ["", "  ", "x", "a.data", "__import__('os')", "1;2", "a = 3", "'3'", "True", "[1]", "2j", "1 if 1 else 2",
     "9" * 101, "(" * 90, "1,2,3", "exp()", "exp(1, 2)", "exp(x=1)", "exceeds(1, 2, 3)",
     "\0", "\ud800", "lambda: 1", "1 < 2"],
)  # fmt: skip
def test_what_is_no_number_is_told(text: str) -> None:
    with pytest.raises(Unfit, match="answer must be a number"):
        typed(text)


@pytest.mark.parametrize("digits", [2, 3, 4, 5])
def test_as_many_digits_as_are_typed_are_enough(digits: int) -> None:
    right = math.tanh(0.4) * 1.7
    said = typed(f"{right:.{digits}g}")
    assert said.meets(right)
    assert not said.meets(right * 1.1)


def test_few_digits_that_say_a_slip_better_say_the_slip() -> None:
    done = run("y = x*w", {"x": 2.04, "w": 2.0})  # to w goes 2.04, to x 2.0
    assert predict(done, 2, "contribution", "2.0")["verdict"] == "right"
    told = predict(done, 3, "contribution", "2.0")
    assert (told["verdict"], named(told)[0]) == ("wrong", "other_factor")
    assert predict(done, 3, "contribution", "2.04")["verdict"] == "right"


@pytest.mark.parametrize("source", ["log(x)*w", "exp(x*1000)*w", "w/(x - x)", "sqrt(x)*w", "(x*1e200)*(w*1e200)*x"])
def test_non_finite_numbers_can_be_predicted(source: str) -> None:
    done = run(source, {"x": -1.0, "w": 2.0})
    for kind in NUMBERS:
        for asked in questions(done, kind):
            right = right_number(kind, done.trace.steps[asked["step"]])
            assert predict(done, asked["step"], kind, repr(right))["verdict"] == "right"
            assert predict(done, asked["step"], kind, "17.5")["verdict"] == "wrong"
    for asked in questions(done, "sign"):
        assert sum(predict(done, asked["step"], "sign", c["answer"])["correct"] for c in asked["choices"]) == 1


@pytest.mark.parametrize("name", [name for name, op in OPS.items() if op.public])
def test_slips_of_every_operation_can_be_told(name: str) -> None:
    for operands in (*OPS[name].samples, *OPS[name].edges):
        leaves = [f"x{k}" for k in range(len(operands))]
        call = f"OPS({', '.join(leaves)})".replace("OPS", _FUNCTIONS.get(name, name))
        done = run(f"y = {call}\nz = y*w", dict(zip([*leaves, "w"], [*operands, 3.0], strict=True)))
        for kind in NUMBERS:
            for asked in questions(done, kind):
                assert all(found.sentence.endswith(".") for found in slips_of(done, asked["step"], kind))


_FUNCTIONS = {"add": "(lambda x, y: x + y)", "sub": "(lambda x, y: x - y)", "mul": "(lambda x, y: x * y)",
              "div": "(lambda x, y: x / y)", "neg": "(lambda x: -x)"}  # fmt: skip


@pytest.mark.parametrize(
    ("step", "kind", "answer", "field"),
    [(99, "contribution", "1", "step"), (0, "contribution", "1", "step"), (3, "value", "1", "step"),
     (2, "sign", "+", "step"), (5, "contribution", None, "answer"),
     (5, "contribution", {"node": "n2", "slot": 0}, "answer"),
     (5, "sign", "1", "answer"), (5, "sign", 1.0, "answer"), (5, "edge", "n2", "answer"),
     (5, "edge", {"node": "n9", "slot": 0}, "answer"), (5, "edge", {"node": "n2", "slot": 2}, "answer"),
     (5, "edge", {"node": "n2", "slot": 0.5}, "answer"), (5, "edge", {"node": "n²", "slot": 0}, "answer"),
     (5, "edge", {"node": 2, "slot": None}, "answer"), (5, "edge", {"node": "n0", "slot": 0}, "answer")],
)  # fmt: skip
def test_what_cannot_be_judged_is_told(step: int, kind: Kind, answer: Any, field: str) -> None:
    with pytest.raises(Unfit) as caught:
        predict(SUM, step, kind, answer)
    assert caught.value.field == field


def test_a_program_without_output_has_nothing_to_predict() -> None:
    with pytest.raises(Unfit, match="computes nothing"):
        question(run("(", partial=True), 0)


def test_seeds_are_asked_as_derivatives_of_the_output_by_itself() -> None:
    place = next(k for k, step in enumerate(SUM.trace.steps) if isinstance(step, Seed))
    assert question(SUM, place)["question"] == "The backward pass starts at d. What is the derivative of d by itself?"
    assert predict(SUM, place, "contribution", "1")["correct"]
