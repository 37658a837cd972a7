"""What five texts about gradients say in numbers, each statement as one sees it in the page."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.api.test_seeds import (
    CYCLE,
    FORUM,
    GRADIENTS,
    LAYER,
    LINEAR,
    LISTING,
    MISS,
    NOTE,
    RELU,
    SHARED,
    SQUARE,
    TWICE,
)
from tests.browser.conftest import Open
from tests.browser.test_lab import open_lab
from tests.browser.test_page import numbers

DOUBLED = {"source": "y = 2 * x", "inputs": {"x": 3}}


def place(program: dict[str, Any]) -> dict[str, Any]:
    """Return the query of a program as the API takes it."""
    held = {"fixed": " ".join(program["fixed"])} if "fixed" in program else {}
    return {"source": program["source"], **program["inputs"], **held}


def shown(open_page: Open, program: dict[str, Any], view: str = "") -> Page:
    """Open a program at the end of its walk."""
    page = open_page(view=view, **place(program))
    page.wait_for_selector(".cm-content", state="attached")
    return page


def lab(open_page: Open, experiment: str, program: dict[str, Any], **settings: Any) -> Page:
    """Open an experiment; settings are those of its address."""
    return open_lab(open_page, experiment, **place(program), **{f"lab_{name}": text for name, text in settings.items()})


def seen(page: Page, *names: str) -> dict[str, tuple[str | None, str | None]]:
    return {name: numbers(page, name) for name in names}


def saying(page: Page) -> Any:
    return page.locator("#lab .saying").first


def rows(page: Page) -> list[list[str]]:
    """Return the first table of an experiment that is in sight."""
    table = page.locator("#lab .room .rows:visible").first
    expect(table.locator("tbody tr").first).to_be_visible()
    return [row.locator("th, td").all_inner_texts() for row in table.locator("tbody tr").all()]


def walk(page: Page) -> list[str]:
    """Return the sentences of the backward pass."""
    page.locator("#canvas").focus()
    page.keyboard.press("Home")
    said = []
    for _ in range(int(page.locator("#total").inner_text().split()[0])):
        before = page.locator("#cursor").inner_text()
        page.keyboard.press("ArrowRight")
        expect(page.locator("#cursor")).not_to_have_text(before)
        said.append(page.locator("#explanation .sentence").inner_text())
    return [each for each in said if ".grad" in each]


def printed(page: Page) -> str:
    expect(page.locator("#printed")).to_be_visible()
    return page.locator("#printed pre").inner_text()


# -- Understanding Gradients -------------------------------------------------------------------------------------------


def test_a_prediction_of_10_misses_its_target_of_0(open_page: Open) -> None:
    """Understanding Gradients: target 0, prediction 10, error 10; the gradient tells how to adjust."""
    page = shown(open_page, {**MISS, "fixed": []})
    assert seen(page, "target", "prediction", "error", "w") == {
        "target": ("0", "−20"),
        "prediction": ("10", "20"),
        "error": ("10", "20"),
        "w": ("2", "100"),
    }


def test_y_is_6_with_the_gradient_2(open_page: Open) -> None:
    """Understanding Gradients: y = 2 * x gives 6 at x = 3, and the gradient is 2."""
    assert seen(shown(open_page, DOUBLED), "x", "y") == {"x": ("3", "2"), "y": ("6", "1")}


def test_x_becomes_3_001_and_y_6_002(open_page: Open) -> None:
    """Understanding Gradients: x moves by 0.001, y by 0.002, twice as fast."""
    page = lab(open_page, "nudge", DOUBLED, h="0.001")
    expect(saying(page)).to_have_text("If x increases by 0.001, y increases by 0.002, exactly as the gradient says.")
    assert rows(page)[2][:4] == ["3.001", "6.002", "0.002", "2"]
    expect(page.locator("#lab")).to_contain_text("Here y changes 2 times as fast as x.")


@pytest.mark.parametrize(("w", "action"), [(3, "decrease w"), (-3, "increase w")])
def test_the_sign_says_how_to_move_a_weight(open_page: Open, w: float, action: str) -> None:
    """Understanding Gradients: a positive gradient: decrease the weight; a negative one: increase it."""
    page = lab(open_page, "nudge", {**SQUARE, "inputs": {"w": w}})
    expect(page.locator("#lab")).to_contain_text(f"To make loss smaller, {action};")


def test_a_gradient_of_zero_says_that_the_output_stays(open_page: Open) -> None:
    """Understanding Gradients: where the gradient is zero, the input does not affect the output."""
    page = lab(open_page, "nudge", {"source": "loss = 0 * w + v", "inputs": {"w": 3, "v": 1}}, node="w")
    expect(saying(page)).to_have_text("If w increases by 0.1, loss does not change.")


def test_along_a_chain_local_gradients_are_multiplied(open_page: Open) -> None:
    """Understanding Gradients: a → ×2 → b → +3 → c, and dc/da = dc/db * db/da."""
    page = shown(open_page, {"source": "b = 2 * a\nc = b + 3", "inputs": {"a": 1}}, "labels=1")
    assert walk(page) == [
        "From c = b + 3, b gets 1 × c.grad = 1 × 1 = 1. That makes b.grad 1.",
        "From b = 2 * a, a gets 2 × b.grad = 2 × 1 = 2. That makes a.grad 2.",
    ]
    assert seen(page, "a", "b", "c") == {"a": ("1", "2"), "b": ("2", "1"), "c": ("5", "1")}


def test_the_walk_adds_1_and_3_to_4(open_page: Open) -> None:
    """Understanding Gradients: the sum gives a 1 and c 1; the product gives a 3 and b 2; a.grad = 1 + 3 = 4."""
    page = shown(open_page, {"source": LISTING, "inputs": {}})
    said = walk(page)
    assert len(said) == 4
    assert next(each for each in said if "a gets" in each).endswith("That makes a.grad 1.")
    assert (
        "From c = a * b, a gets b.data × c.grad = 3 × 1 = 3. It is added to the 1 already there: a.grad is now 4."
        in said
    )
    assert "From c = a * b, b gets a.data × c.grad = 2 × 1 = 2. That makes b.grad 2." in said
    assert seen(page, *"abcd") == {"a": ("2", "4"), "b": ("3", "2"), "c": ("6", "1"), "d": ("8", "1")}


def test_the_ledger_writes_1_plus_3_is_4(open_page: Open) -> None:
    """Understanding Gradients: a.grad = 1 + 3 = 4."""
    page = open_page(LISTING)
    page.wait_for_selector(".cm-content", state="attached")
    page.locator("#steps li", has_text="3.0 * 1.0 = 3.0").first.click()
    expect(page.locator("#explanation .ledger")).to_contain_text("1 + 3 = 4")


def test_the_walk_begins_at_the_output(open_page: Open) -> None:
    """Understanding Gradients: we start from the output, where we know that the gradient is 1."""
    page = open_page(**place(SHARED), step=3)
    expect(page.locator("#explanation .sentence")).to_have_text(
        "The backward pass starts at d: its derivative by itself is 1."
    )


def test_an_update_goes_against_the_gradient(open_page: Open) -> None:
    """Understanding Gradients: new weight = old weight - learning rate * gradient: 3 - 0.1 * 6."""
    page = lab(open_page, "descend", SQUARE, lr="0.1", iterations="1")
    assert rows(page) == [["w", "3", "6", "2.4"], ["loss", "9", "–", "5.76"]]
    expect(saying(page)).to_contain_text("loss falls from 9 to 5.76")


# -- [Beginner] Gradients intuition? -----------------------------------------------------------------------------------


def test_a_weight_of_1_moves_towards_3(open_page: Open) -> None:
    """[Beginner] Gradients intuition?: f(x) = w * x; w begins at 1, dL/dw is negative, so w grows."""
    page = lab(open_page, "descend", FORUM, lr="0.1", iterations="1")
    assert rows(page) == [["w", "1", "−4", "1.4"], ["loss", "4", "–", "2.56"]]


def test_the_weight_arrives_at_3(open_page: Open) -> None:
    """[Beginner] Gradients intuition?: in the end it is at the optimum."""
    page = lab(open_page, "descend", FORUM, lr="0.1", iterations="60", k="60")
    expect(page.locator("#n0 text.data")).to_have_text("3")


def test_a_larger_step_lands_beyond_the_optimum(open_page: Open) -> None:
    """[Beginner] Gradients intuition?: where the derivative is large, the step may miss the optimum."""
    page = lab(open_page, "descend", FORUM, lr="0.75", iterations="1", beside="step")
    assert rows(page)[0] == ["w", "1", "−4", "4"]
    expect(page.locator("#lab .saying")).to_contain_text("the step went past the lowest point")


def test_a_rate_that_falls_on_a_plateau_makes_a_diverging_descent_arrive(open_page: Open) -> None:
    """[Beginner] Gradients intuition?: the nearer the optimum, the lower the rate, as in ReduceLROnPlateau."""
    page = lab(open_page, "descend", FORUM, lr="1.1", iterations="40")
    expect(page.locator("#lab .saying")).to_contain_text(re.compile("[Dd]iverge"))
    page.locator("#lab .method summary").click()
    page.get_by_label("Schedule").select_option("ReduceLROnPlateau")
    page.get_by_label("patience").fill("0")
    page.get_by_label("factor").fill("0.5")
    page.keyboard.press("Enter")
    expect(page.locator("#lab .saying")).to_contain_text("Converged")
    page.locator("#lab").get_by_label("Show").select_option("rate")
    plot = page.locator("#lab .plot").nth(1)
    plot.locator("summary").click()
    rates = plot.locator("tbody tr td:nth-of-type(1)").all_inner_texts()
    assert (rates[0], rates[-1]) == ("1.1", "0.275")


def test_the_loss_surface_of_one_weight_has_its_lowest_point_at_3(open_page: Open) -> None:
    """[Beginner] Gradients intuition?: each value of the parameter has a loss; we are at a position of it."""
    page = lab(open_page, "descend", FORUM, lr="0.1", iterations="30", beside="slice", leaf="w")
    plot = page.locator("#lab .plot").nth(1)
    expect(plot.locator("h3")).to_have_text("loss along w")
    expect(plot.locator(".legend li")).to_have_text(["loss", "tangent", "here", "after the step"])


# -- Using gradients to change the output ------------------------------------------------------------------------------


def test_l_is_minus_8(open_page: Open) -> None:
    """Using gradients to change the output: L is -8; a, b, c and f are the leaves."""
    assert seen(shown(open_page, NOTE), *"abcfL") == {
        "a": ("2", "6"),
        "b": ("−3", "−4"),
        "c": ("10", "−2"),
        "f": ("−2", "4"),
        "L": ("−8", "1"),
    }


def test_a_step_of_0_01_uphill_leads_to_minus_7_286496(open_page: Open) -> None:
    """Using gradients to change the output: 0.01 * grad is added to each leaf; L is computed anew."""
    page = lab(open_page, "descend", NOTE, direction="ascend", lr="0.01", iterations="1", k="1")
    after = page.locator("g.node.output text.data, #n6 text.data").first
    expect(after).to_have_text("−7.286")
    assert seen(page, *"abcf") == {
        "a": ("2.06", numbers(page, "a")[1]),
        "b": ("−3.04", numbers(page, "b")[1]),
        "c": ("9.98", numbers(page, "c")[1]),
        "f": ("−1.96", numbers(page, "f")[1]),
    }
    expect(saying(page)).to_contain_text("L rises from −8 to −7.286")


def test_the_listing_of_the_note_prints_it(open_page: Open) -> None:
    """Using gradients to change the output: after the update and a new forward pass, L.data is -7.286496."""
    leaves = {"a": 2.0, "b": -3.0, "c": 10.0, "f": -2.0}
    forward = "e = a * b\nd = e + c\nL = d * f\n"
    made = "".join(f"{name} = Value({value})\n" for name, value in leaves.items())
    moved = "".join(f"{name}.data += 0.01 * {name}.grad\n" for name in leaves)
    page = open_page(f"{made}{forward}L.backward()\n{moved}{forward}print(L.data)")
    assert float(printed(page)) == pytest.approx(-7.286496, abs=1e-12)


def test_down_l_becomes_smaller(open_page: Open) -> None:
    """Using gradients to change the output: a loss is made smaller by the opposite direction."""
    page = lab(open_page, "descend", NOTE, lr="0.01", iterations="1")
    expect(saying(page)).to_contain_text("L falls from −8 to")


# -- The Backward Pass -------------------------------------------------------------------------------------------------


def test_the_table_of_relu(open_page: Open) -> None:
    """The Backward Pass: f = relu(a * b + d): a -3, b 2, and 1 for c, d, e and f."""
    page = shown(open_page, RELU, "tab=table")
    table = {row[0].split()[0]: row for row in page.locator("#table tbody tr").evaluate_all(CELLS)}
    assert {name: row[4] for name, row in table.items()} == {
        "a": "−3",
        "b": "2",
        "c": "1",
        "d": "1",
        "e": "1",
        "f": "1",
    }
    assert table["e"][3] == "4"


CELLS = "rows => rows.map((row) => [...row.cells].map((cell) => cell.textContent.trim()))"


@pytest.mark.parametrize(("node", "moves"), [("a", "decreases by 3"), ("b", "increases by 2")])
def test_the_meanings_in_the_table(open_page: Open, node: str, moves: str) -> None:
    """The Backward Pass: if a increases by 1, f decreases by 3; if b increases by 1, f increases by 2."""
    page = lab(open_page, "nudge", RELU, node=node, h="1")
    expect(saying(page)).to_have_text(f"If {node} increases by 1, f {moves}, exactly as the gradient says.")


def test_the_table_is_verified_by_differences(open_page: Open) -> None:
    """The Backward Pass: the result is verified."""
    page = lab(open_page, "check", RELU)
    assert [(row[0], row[1], row[4]) for row in rows(page)] == [
        ("a", "−3", "agrees ✓"),
        ("b", "2", "agrees ✓"),
        ("d", "1", "agrees ✓"),
    ]


def test_local_gradients_stand_at_the_edges(open_page: Open) -> None:
    """The Backward Pass: relu's is 1 at e = 4, those of the sum are 1, those of the product -3 and 2."""
    page = shown(open_page, RELU, "labels=1")
    labels = page.locator("#canvas text.partial")
    expect(labels).to_have_count(5)
    assert sorted(labels.all_text_contents()) == sorted(["−3", "2", "1", "1", "1"])


def test_b_is_6_at_3_and_8_at_4(open_page: Open) -> None:
    """The Backward Pass: b = a + a; the rate of change is 2."""
    page = lab(open_page, "nudge", TWICE, h="1")
    expect(saying(page)).to_have_text("If a increases by 1, b increases by 2, exactly as the gradient says.")
    assert [row[:2] for row in rows(page)][1:] == [["3", "6"], ["4", "8"]]


def test_both_contributions_of_a_plus_a_arrive(open_page: Open) -> None:
    """The Backward Pass: += sums over both paths: 1, and then 2."""
    said = walk(shown(open_page, TWICE))
    assert [re.search(r"(\d)\.$", each)[1] for each in said] == ["1", "2"]  # type: ignore[index]


def test_a_single_equals_sign_loses_one_of_them(open_page: Open) -> None:
    """The Backward Pass: it is += and not =."""
    page = lab(open_page, "break", TWICE, fault="assign")
    expect(page.locator("#lab .ends tbody tr", has_text="wrong")).to_have_text(re.compile(r"^\s*a\s*2\s*1\s*wrong\s*$"))


def test_the_sort_lists_operands_before_their_users(open_page: Open) -> None:
    """The Backward Pass: in topological order every node comes after its children, and stands there once."""
    page = shown(open_page, SHARED, "tab=table")
    order = [each.split()[0] for each in page.locator("#table tbody th").all_inner_texts()]
    assert order == ["a", "b", "c", "d"]


# -- Calculating Gradients ---------------------------------------------------------------------------------------------


def test_weight_loss_and_gradient_are_printed(open_page: Open) -> None:
    """Calculating Gradients: Weight: 3.0, Loss: 9.0, Gradient: 6.0."""
    source = (
        "import torch\nw = torch.tensor([3.0], requires_grad=True)\nloss = w ** 2\nloss.backward()\n"
        'print(f"Weight: {w.item()}")\nprint(f"Loss: {loss.item()}")\nprint(f"Gradient: {w.grad.item()}")'
    )
    page = open_page(source)
    assert printed(page).splitlines() == ["Weight: 3.0", "Loss: 9.0", "Gradient: 6.0"]


def test_what_if_w_is_2_9_or_3_1(open_page: Open) -> None:
    """Calculating Gradients: w = 3 has the loss 9; 2.9 has 8.41 (decreased), 3.1 has 9.61 (increased)."""
    found = rows(lab(open_page, "nudge", SQUARE))
    assert [(row[0], row[1], row[4]) for row in found] == [
        ("2.9", "8.41", "decreased ✓"),
        ("3", "9", "now, and the gradient"),
        ("3.1", "9.61", "increased ✓"),
    ]


def test_a_linear_layer_prints_shapes_prediction_loss_and_gradients(open_page: Open) -> None:
    """Calculating Gradients: shapes [1, 3] and [1]; 2.5 has the loss 6.25; gradients -5, -10, -15 and -5."""
    page = open_page(LAYER + GRADIENTS)
    assert printed(page).splitlines() == [
        "Weights shape: torch.Size([1, 3])",
        "Bias shape: torch.Size([1])",
        "Prediction: 2.500",
        "Loss: 6.250",
        "Weight gradients: tensor([[ -5., -10., -15.]])",
        "Bias gradient: tensor([-5.])",
    ]


def test_a_linear_layer_has_four_parameters_with_gradients(open_page: Open) -> None:
    """Calculating Gradients: 3 weights + 1 bias = 4; all gradients are negative, the third is the largest."""
    page = shown(open_page, {"source": LAYER + GRADIENTS, "inputs": {}}, "tab=table")
    found = page.locator("#table tbody tr").evaluate_all(CELLS)
    parameters = {row[0].split()[0]: row[4] for row in found if row[0].startswith("model.")}
    assert list(parameters.values()) == ["−5", "−10", "−15", "−5"]


def test_a_weight_of_0_5_becomes_0_55(open_page: Open) -> None:
    """Calculating Gradients: 0.5 - 0.01 * -5 = 0.55, as a negative gradient means up; the others move alike."""
    page = lab(open_page, "descend", LINEAR, lr="0.01", iterations="1")
    assert {row[0]: row[1:] for row in rows(page)[:-1]} == {
        "w1": ["0.5", "−5", "0.55"],
        "w2": ["0.25", "−10", "0.35"],
        "w3": ["0.25", "−15", "0.4"],
        "b": ["0.75", "−5", "0.8"],
    }


@pytest.mark.parametrize("parameter", ["w1", "w2", "w3", "b"])
def test_increasing_a_parameter_decreases_the_loss(open_page: Open, parameter: str) -> None:
    """Calculating Gradients: all gradients are negative, so all parameters should increase."""
    page = lab(open_page, "nudge", LINEAR, node=parameter, h="0.01")
    expect(saying(page)).to_contain_text(f"If {parameter} increases by 0.01, loss decreases by")


@pytest.mark.parametrize(("lr", "figures"), [("0.01", (3.25, 3.0625, 3.1875)), ("0.002", (2.65, 5.5225, 0.7275))])
def test_the_training_cycle_prints_what_its_rate_makes_true(
    open_page: Open, lr: str, figures: tuple[float, float, float]
) -> None:
    """Calculating Gradients: the text's 2.650, 5.523 and 0.727 stand beside the rate 0.01 and belong to 0.002."""
    page = open_page(LAYER + CYCLE.format(lr=lr))
    assert list(map(float, printed(page).splitlines()[-1].split())) == pytest.approx(figures)
