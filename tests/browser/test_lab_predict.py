"""Predict: the next step is asked before it is seen, and a slip is told from its own numbers."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.browser.test_lab import LOOKS, open_lab, setting, settled
from tests.browser.test_modes import violations
from tests.browser.test_page import PHONE

START: dict[str, Any] = {"a": 2, "b": -3}


def asked(page: Page) -> str:
    settled(page)
    return page.locator("#lab .asked").inner_text()


def answer(page: Page, text: str) -> str:
    """Type an answer, and return what is said of it."""
    settled(page)
    page.locator("#lab .board input").fill(text)
    with page.expect_response("**/api/v1/predict"):
        page.keyboard.press("Enter")
    settled(page)
    page.wait_for_timeout(50)
    return page.locator("#lab .verdict").inner_text()


def grads(page: Page) -> list[str]:
    return page.locator("#canvas g.node text.grad").all_text_contents()


def test_coming_gradients_are_hidden_until_they_are_typed(open_page: Open) -> None:
    page = open_lab(open_page, "predict", **START)
    assert "The backward pass starts at d." in asked(page)
    assert set(grads(page)) == {"–"}
    for text in ("1", "1", "2/2"):
        assert "Right." in answer(page, text)
    assert "c = a * b, c.grad is 1. What does a get?" in asked(page)
    expect(page.locator("#n0 text.grad")).to_have_text("1")
    assert "−3 × 1 = −3" in answer(page, "-3*1")
    expect(page.locator("#n0 text.grad")).to_have_text("−2")
    expect(page.locator("#n1 text.grad")).to_have_text("–")
    answer(page, "2")
    expect(page.locator("#lab .asked")).to_have_text("That was the last step.")
    expect(page.locator("#lab .score")).to_have_text("Score: 5 of 5 right at the first try, 5 in a row.")


def test_a_slip_is_named_and_the_walk_waits(open_page: Open) -> None:
    page = open_lab(open_page, "predict", step=5, **START)
    said = answer(page, "2")
    assert "The other factor. 2 is what b gets" in said
    assert "−3" not in said
    expect(page.locator("#n0 text.grad")).to_have_text("1")
    assert "c = a * b" in asked(page)
    answer(page, "-3")
    expect(page.locator("#lab .score")).to_have_text("Score: 0 of 1 right at the first try.")


def test_hints_tell_more_and_more_and_the_solution_only_if_asked_for(open_page: Open) -> None:
    page = open_lab(open_page, "predict", step=5, **START)
    settled(page)
    page.get_by_role("button", name="Hint", exact=True).click()
    page.get_by_role("button", name="Another hint").click()
    expect(page.locator("#lab .hints li")).to_have_count(2)
    expect(page.locator("#lab .hints li").last).to_have_text("The local derivative ∂c/∂a is b.data = −3.")
    page.get_by_role("button", name="Show it").click()
    expect(page.locator("#lab .verdict")).to_contain_text("= −3")
    expect(page.locator("#n0 text.grad")).to_have_text("−2")
    expect(page.locator("#lab .score")).to_have_text("Score: 0 of 1 right at the first try.")
    expect(page.locator("#lab .hints li")).to_have_count(0)


def test_an_edge_is_picked_in_the_picture(open_page: Open) -> None:
    page = open_lab(open_page, "predict", step=3, lab_ask="edge", **START)
    settled(page)
    page.locator("#canvas g.edge[id='n2.0']").dispatch_event("click")
    expect(page.locator("#lab .verdict")).to_contain_text("Too early. c.grad is not complete")
    expect(page.locator("#n2 text.grad")).to_have_text("–")
    page.locator("#canvas g.edge[id='n3.1']").dispatch_event("click")
    expect(page.locator("#lab .verdict")).to_contain_text("Also right: d.grad is complete.")
    expect(page.locator("#n2 text.grad")).to_have_text("1")


def test_an_edge_in_the_picture_does_not_give_a_contribution_away(open_page: Open) -> None:
    page = open_lab(open_page, "predict", step=3, **START)
    settled(page)
    page.locator("#canvas g.edge[id='n2.1']").dispatch_event("click")
    page.wait_for_timeout(200)
    expect(page.locator("#n1 text.grad")).to_have_text("–")


def test_signs_are_chosen_with_the_keyboard_and_the_focus_stays(open_page: Open) -> None:
    page = open_lab(open_page, "predict", step=5, lab_ask="sign", **START)
    settled(page)
    page.get_by_role("button", name="+", exact=True).and_(page.locator("#lab .choices button")).focus()
    page.keyboard.press("Enter")
    expect(page.locator("#lab .verdict")).to_contain_text("+ is the sign of 1")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#lab .verdict")).to_contain_text("Right.")
    expect(page.locator("#lab .asked")).to_contain_text("Is what b gets positive, negative or 0?")
    expect(page.locator("#lab .choices button").nth(1)).to_be_focused()


def test_values_of_the_way_forward_are_asked_if_one_wants_them(open_page: Open) -> None:
    page = open_lab(open_page, "predict", lab_forward="1", **START)
    assert "What is c = a * b?" in asked(page)
    expect(page.locator("#n2 text.data")).to_have_text("–")
    assert "Another operation. −1 comes from add (+)" in answer(page, "-1")
    answer(page, "-6")
    expect(page.locator("#n2 text.data")).to_have_text("−6")
    assert "What is d = c + a?" in asked(page)


def test_an_exercise_is_chosen_and_its_address_is_the_same_for_a_class(open_page: Open) -> None:
    page = open_lab(open_page, "predict", **START)
    page.locator("#lab select").first.select_option(label="3 A value used twice")
    page.locator("#lab label:has-text('Seed') input").fill("7")
    expect(page.locator("#lab .asked")).to_contain_text("The backward pass starts at h.")
    assert (setting(page, "seed"), setting(page, "level")) == ("7", "3")
    assert "g = u + v" in page.evaluate("decodeURIComponent(location.search).replaceAll('+', ' ')").replace(
        "   ", " + "
    )
    again = open_page(path=page.evaluate("location.pathname + location.search"), view=page.url.partition("#")[2])
    expect(again.locator("#lab .asked")).to_contain_text("The backward pass starts at h.")
    page.get_by_role("button", name="Next", exact=True).click()
    expect(page.locator("#lab label:has-text('No.') input")).to_have_value("2")
    page.wait_for_timeout(500)
    assert setting(page, "number") == "2"


def test_what_is_no_number_is_told_and_does_not_count(open_page: Open) -> None:
    page = open_lab(open_page, "predict", step=5, allowed=("422",), **START)
    assert answer(page, "b.data").startswith("An answer must be a number")
    answer(page, "-3")
    expect(page.locator("#lab .score")).to_have_text("Score: 1 of 1 right at the first try.")


def test_a_phone_shows_the_question_and_not_the_list_of_steps(open_page: Open) -> None:
    looks: dict[str, Any] = {**PHONE, **START}
    page = open_lab(open_page, "predict", **looks)
    asked(page)
    expect(page.locator("#steps")).to_be_hidden()
    box = page.locator("#lab .board input").bounding_box()
    assert box and box["y"] + box["height"] <= 844


@LOOKS
def test_axe_finds_nothing_in_a_slip(open_page: Open, looks: dict[str, Any]) -> None:
    page = open_lab(open_page, "predict", step=5, lab_seed="7", lab_level="3", **looks, **START)
    settled(page)
    page.get_by_role("button", name="Hint", exact=True).click()
    answer(page, "2")
    assert violations(page) == []


@pytest.mark.parametrize(("a", "b"), [("inf", "0.0"), ("nan", "1.0")])
def test_numbers_that_are_none_can_be_predicted(open_page: Open, a: str, b: str) -> None:
    page = open_lab(open_page, "predict", source=f"a = {a}\nb = {b}\nc = a*b\nd = c + a", step=5)
    assert "Right." in answer(page, b)
    assert "Right." in answer(page, a)
