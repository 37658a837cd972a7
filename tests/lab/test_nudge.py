"""Nudging: what the texts say about it, what mpmath says, and every kind of node."""

from __future__ import annotations

import json
import math
from typing import Any

import mpmath
import pytest

from engine import GALLERY, Unfit, hessian, nudge, run
from engine.differentiate import differentiate
from engine.lab.derive import copied
from engine.lab.nudge import POWERS
from engine.lab.probe import Probes
from engine.lab.subject import subject_of

NAN, INF = math.nan, math.inf


def nudged(source: str, node: str, h: float = 0.1, **inputs: float) -> dict[str, Any]:
    return nudge(run(source, inputs), node, h)


def texts(answer: dict[str, Any]) -> list[str]:
    return [case["text"] for case in answer["cases"]]


# -- the texts --------------------------------------------------------------------------------------------------------


def test_understanding_gradients_x_becomes_3_001_and_y_6_002() -> None:
    answer = nudged("y = 2 * x", "x", 0.001, x=3.0)
    down, up = answer["cases"]
    assert up["text"] == "x = 3.001 → y = 6.002: increased by 0.002"
    assert (up["shown"]["x"][0], up["shown"]["value"][0], up["shown"]["ratio"][0]) == ("3.001", "6.002", "2")
    assert answer["grad"] == 2.0
    assert "Here y changes 2 times as fast as x." in answer["sentences"]
    assert down["verdict"] == "decreased"


def test_calculating_gradients_loss_at_2_9_and_3_1() -> None:
    answer = nudged("loss = w**2", "w", w=3.0)
    assert texts(answer) == [
        "w = 2.9 → loss = 8.41: decreased by 0.59",
        "w = 3.1 → loss = 9.61: increased by 0.61",
    ]
    assert [case["foretold"] for case in answer["cases"]] == [True, True]
    assert answer["sentences"][:2] == [
        "The gradient 6 is positive: increasing w increases loss, decreasing w decreases it.",
        "To make loss smaller, decrease w; to make it larger, increase w.",
    ]


def test_calculating_gradients_all_weights_have_to_grow() -> None:
    source = "loss = (w1*1 + w2*2 + w3*3 + b - 5)**2"
    weights = {"w1": 0.5, "w2": 0.5, "w3": 0.5, "b": -0.5}
    assert run(source, weights).tape.data[-1] == 6.25
    for name, slope in {"w1": -5.0, "w2": -10.0, "w3": -15.0, "b": -5.0}.items():
        answer = nudged(source, name, **weights)
        assert answer["grad"] == slope
        assert f"To make loss smaller, increase {name}" in answer["sentences"][1]


def test_walkthrough_if_a_increases_by_1_f_decreases_by_3_and_if_b_does_f_increases_by_2() -> None:
    values = {"a": 2.0, "b": -3.0, "d": 10.0}
    for name, sentence in (
        ("a", "If a increases by 1, f decreases by 3, exactly as the gradient says."),
        ("b", "If b increases by 1, f increases by 2, exactly as the gradient says."),
    ):
        assert nudged("f = relu(a*b + d)", name, 1.0, **values)["cases"][1]["sentence"] == sentence


def test_walkthrough_if_a_is_3_then_b_is_6_and_if_a_is_4_then_b_is_8() -> None:
    up = nudged("b = a + a", "a", 1.0, a=3.0)["cases"][1]
    assert up["text"] == "a = 4 → b = 8: increased by 2"
    assert up["ratio"] == 2.0


def test_a_small_rise_is_told_with_its_prediction() -> None:
    answer = nudged("c = a*b\nd = c + a", "a", a=2.0, b=3.0)
    assert "If a rises by 0.001, d rises by about 0.004; it rose by 0.004." in answer["sentences"]


# -- numbers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("x", [0.7, 1.0, 3.0])
def test_estimates_are_those_of_the_formulas_and_their_truncation_is_that_of_mpmath(x: float) -> None:
    rows = nudged("y = sin(x) * exp(x)", "x", x=x)["table"]["rows"]
    with mpmath.workdps(60):

        def f(t: Any) -> Any:
            return mpmath.sin(t) * mpmath.exp(t)

        slope = mpmath.diff(f, x)
        for row in rows[:4]:
            h = mpmath.mpf(row["h"])
            truth = {
                "forward": (f(x + h) - f(x)) / h,
                "backward": (f(x) - f(x - h)) / h,
                "central": (f(x + h) - f(x - h)) / (2 * h),
            }
            for method, estimate in truth.items():
                assert row[method]["estimate"] == pytest.approx(float(estimate), rel=1e-10)
                assert row[method]["error"] == pytest.approx(float(abs(estimate - slope)), rel=1e-3, abs=1e-11)


def test_errors_fall_and_rise_again_and_central_ones_are_smallest_at_larger_steps() -> None:
    table = nudged("y = sin(x) * exp(x)", "x", x=1.0)["table"]
    assert [row["h"] for row in table["rows"]] == [10.0**-k for k in POWERS]
    for method, around in (("forward", range(7, 10)), ("central", range(4, 8))):
        best = table["best"][method]
        errors = [row[method]["error"] for row in table["rows"]]
        assert best in around
        assert errors[0] > 1e4 * errors[best] < errors[-1]


def test_one_sided_errors_fall_like_h_and_central_ones_like_its_square() -> None:
    rows = nudged("y = exp(x)", "x", x=1.0)["table"]["rows"]
    assert rows[1]["forward"]["error"] / rows[2]["forward"]["error"] == pytest.approx(10, rel=0.05)
    assert rows[1]["central"]["error"] / rows[2]["central"]["error"] == pytest.approx(100, rel=0.01)


def test_steps_go_with_the_size_of_the_number() -> None:
    assert nudged("y = x*x", "x", 1e5, x=3e7)["table"]["unit"] == 1e7
    assert nudged("y = x*x", "x", x=3e-7)["table"]["unit"] == 1e-7
    assert nudged("y = x*x", "x", x=0.0)["table"]["unit"] == 1.0


def test_curvature_is_the_second_derivative() -> None:
    assert nudged("y = x**3", "x", 0.001, x=2.0)["curvature"]["value"] == pytest.approx(12)
    assert "straight line" in nudged("y = 3*x", "x", x=2.0)["curvature"]["text"]


@pytest.mark.parametrize("h", [1.0, 1e-3, 1e-9])
def test_the_second_derivative_is_that_of_the_table_of_derive_at_any_step(h: float) -> None:
    made = run("y = tanh(w*x + b)", {"w": -3.0, "x": 2.0, "b": 6.7})
    table = hessian(made, ["w", "x", "b"])["rows"]
    for at, name in enumerate(("w", "x", "b")):
        assert nudge(made, name, h)["curvature"]["value"] == pytest.approx(table[at][at], rel=1e-13)


@pytest.mark.parametrize("name", GALLERY)
def test_the_second_derivative_of_every_node_is_that_of_the_gradient_recorded_as_a_graph(name: str) -> None:
    subject = subject_of(run(GALLERY[name].source, GALLERY[name].inputs))
    for node in subject.order[:12]:
        tape = copied(subject)
        (slope,) = differentiate(tape, subject.output, [node])
        expected = Probes(tape, slope).at(node).slope()
        found = Probes(subject.tape, subject.output).at(node).bend()
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-12, nan_ok=True)


def test_what_the_gradient_misses_is_the_change_of_the_table_less_gradient_times_h() -> None:
    for source, node, h, inputs, missed in (
        ("y = relu(x)", "x", 1.0, {"x": 0.5}, "is right for +h, and misses the change by 0.5 for −h."),
        ("y = abs(x)", "x", 0.1, {"x": 0.05}, "is right for +h, and misses the change by 0.1 for −h."),
        ("y = tanh(x)", "x", 1.0, {"x": 0.7}, "misses the change by −0.3037 for +h and by −0.2609 for −h."),
        ("y = x**4", "x", 10.0, {"x": 1.0}, "misses the change by 14600 for +h and by 6600 for −h."),
    ):
        answer = nudged(source, node, h, **inputs)
        assert answer["curvature"]["text"].startswith(f"Gradient times h {missed}")
        for case, sign in zip(answer["cases"], ("−", "+"), strict=True):
            miss = case["delta"] - case["predicted"]
            assert ("exactly as the gradient says" in case["sentence"]) is (miss == pytest.approx(0, abs=1e-12))
            assert (f"right for {sign}h" in missed) is (miss == pytest.approx(0, abs=1e-12))


def test_the_second_derivative_is_blamed_only_where_it_explains_what_is_missed() -> None:
    def told(h: float, x: float) -> str:
        return str(nudged("y = x**4", "x", h, x=x)["curvature"]["text"])

    near, far, flat = told(0.001, 1.0), told(10.0, 1.0), told(0.1, 0.0)
    assert "That is the bend: at x = 1 the second derivative is 12, so y bends up" in near
    assert "half of it times h², 600, differs from that" in far
    assert "At x = 0 the second derivative is 0: y bends further out, within h." in flat


def test_what_is_missed_has_no_digits_that_round_off_made() -> None:
    text = nudged("y = x*x", "x", 1e-6, x=3.0)["curvature"]["text"]
    assert text.startswith("Gradient times h misses the change by about 1e−12")
    assert "lost in round-off" in nudged("y = x*x", "x", 1e-9, x=3.0)["curvature"]["text"]


def test_a_change_that_is_no_number_is_told_in_plain_words() -> None:
    assert nudged("y = exp(x)", "x", 1000.0, x=1.0)["cases"][1]["sentence"].startswith(
        "If x increases by 1000, y goes from 2.718 to ∞, and no number says how far that is; the gradient says"
    )
    assert nudged("y = log(x)", "x", 3.0, x=1.0)["cases"][0]["sentence"] == (
        "If x decreases by 3, y goes from 0 to nan, which is not a number."
    )
    assert (
        "y stays nan: it is not a number before and after" in nudged("y = log(x)", "x", x=-1.0)["cases"][1]["sentence"]
    )


def test_the_chosen_step_stands_in_the_table() -> None:
    rows = nudged("y = x*x", "x", 0.3, x=3.0)["table"]["rows"]
    assert [row["h"] for row in rows[:4]] == [1.0, 0.3, 0.1, 0.01]
    assert rows[1]["forward"]["error"] == pytest.approx(0.3)
    assert len(nudged("y = x*x", "x", 1e9, x=3.0)["table"]["rows"]) == len(POWERS)


@pytest.mark.parametrize("h", [0.1, 0.3, 0.011])
def test_the_text_claims_the_rates_that_the_table_shows_and_no_others(h: float) -> None:
    def told(source: str, x: float) -> tuple[str, str]:
        one, central, *_ = nudged(source, "x", h, x=x)["table"]["sentences"]
        return one, central

    for source, x, one, central in (
        ("y = exp(x)", 1.0, "falls like h;", "falls like h²;"),
        ("y = x**3", 0.0, "falls like h²;", "falls like h²;"),
        ("y = x**4", 0.0, "falls like h³;", "the error is 0 at every h"),
        ("y = x*x", 3.0, "falls like h;", "no error but round-off"),
        ("y = relu(x)", 0.05, "no error but round-off", "the error is smallest at"),
    ):
        found = told(source, x)
        assert one in found[0], (source, found)
        assert central in found[1], (source, found)


def test_where_the_second_derivative_is_0_or_there_is_a_corner_the_text_says_no_more_than_one_sees() -> None:
    cubic, bent = (
        " ".join(nudged(f"y = {f}", "x", x=x)["table"]["sentences"]) for f, x in (("x**3", 0), ("relu(x)", 0.05))
    )
    assert "half the second derivative" not in cubic
    assert "round-off" not in cubic
    assert "half the second derivative" not in bent
    assert "over them y is no straight line" in bent


def test_a_program_that_looked_at_numbers_is_nudged_on_the_branch_that_it_took() -> None:
    told = "Only the graph that was recorded moves: a branch not taken at these numbers is not in it."
    assert told in nudged("y = x**2 if x > 1 else x", "x", x=2.0)["sentences"]
    assert told not in nudged("y = x**2", "x", x=2.0)["sentences"]


# -- every kind of node -----------------------------------------------------------------------------------------------


def test_an_inner_node_is_held_and_only_what_uses_it_moves() -> None:
    answer = nudged("c = a*b\nd = c + a", "c", 1.0, a=2.0, b=3.0)
    assert (answer["grad"], answer["role"]) == (1.0, "operation")
    assert texts(answer)[1] == "c = 7 → d = 9: increased by 1"


def test_a_product_with_itself_moves_through_both_slots() -> None:
    assert nudged("y = x*x", "x", 1.0, x=3.0)["cases"][1]["value"] == 16.0


def test_the_output_moves_by_itself() -> None:
    answer = nudged("c = a*b", "c", 1.0, a=2.0, b=3.0)
    assert (answer["grad"], answer["cases"][1]["value"]) == (1.0, 7.0)


def test_a_constant_and_a_fixed_leaf_can_be_nudged_though_no_gradient_was_asked_for() -> None:
    constant = nudge(run("y = 2 * x", {"x": 3.0}), "n1", 1.0)
    fixed = nudge(run("y = w * x", {"x": 3.0, "w": 2.0}, fixed=["w"]), "w", 1.0)
    for answer in (constant, fixed):
        assert (answer["grad"], answer["trainable"]) in ((3.0, False), (2.0, False))
        assert "no gradient was asked for" in answer["sentences"][0]
    assert fixed["grad"] == 3.0
    assert fixed["cases"][1]["value"] == 9.0


def test_a_node_without_a_path_to_the_output_changes_nothing() -> None:
    answer = nudged("z = 3 * a\ny = 2 * x", "a", a=1.0, x=2.0)
    assert (answer["depends"], answer["grad"]) == (False, 0.0)
    assert [case["verdict"] for case in answer["cases"]] == ["unchanged", "unchanged"]
    assert answer["sentences"] == ["y does not depend on a: no path leads from one to the other, so the gradient is 0."]


def test_a_kink_has_two_slopes_and_a_convention() -> None:
    answer = nudged("y = relu(x)", "x", x=0.0)
    assert answer["kind"] == "kink"
    assert "At x = 0 y has a kink: slope 0 on the left, 1 on the right." in answer["sentences"]
    assert "relu: At 0 the derivative is 0, as in PyTorch." in answer["sentences"]
    assert answer["cases"][1]["foretold"] is False


def test_leaves_are_nudged_as_they_were_before_the_program_moved_them() -> None:
    answer = nudge(run(GALLERY["ascent"].source), "a", 1.0)
    assert answer["output"]["label"] == "L"
    assert (answer["data"], answer["value"], answer["grad"]) == (2.0, -8.0, 6.0)


@pytest.mark.parametrize("x", [NAN, INF, -INF, 0.0, 1e308, 5e-324, -1.0])
@pytest.mark.parametrize("source", ["y = log(x)", "y = sqrt(x)", "y = 1/x", "y = x**0.5", "y = exp(x)", "y = sign(x)"])
def test_no_number_is_too_odd(source: str, x: float) -> None:
    h = 1e300 if x == 1e308 else 0.1
    json.dumps(nudged(source, "x", h, x=x), allow_nan=False)


@pytest.mark.parametrize("h", [0.0, -1.0, NAN, INF])
def test_a_step_that_is_none_is_told(h: float) -> None:
    with pytest.raises(Unfit, match="h must be a number above 0"):
        nudged("y = x*x", "x", h, x=1.0)


def test_a_step_that_is_lost_in_round_off_is_told() -> None:
    with pytest.raises(Unfit, match="too small"):
        nudged("y = x*x", "x", 1e-17, x=1.0)


@pytest.mark.parametrize("name", GALLERY)
def test_every_leaf_of_the_gallery_can_be_nudged(name: str) -> None:
    example = GALLERY[name]
    result = run(example.source, example.inputs)
    for node in range(min(len(result.tape), 12)):
        answer = nudge(result, f"n{node}", 1e-3)
        json.dumps(answer, allow_nan=False)
        if answer["kind"] == "smooth" and answer["depends"]:
            best = answer["table"]["rows"][answer["table"]["best"]["central"]]["central"]["error"]
            assert best <= 1e-5 * max(1.0, abs(answer["grad"]), abs(answer["value"]))


def test_the_least_numbers_can_be_nudged() -> None:
    for source, x, h in (("y = x", 0.0, 5e-324), ("y = 1e300*x*x", 5e-324, 1e-16), ("y = x*x", 0.0, 5e-324)):
        json.dumps(nudged(source, "x", h, x=x), allow_nan=False)
