"""NaN and Derive: what one reads, what is marked, how a cure is written into the program, how a derivative opens."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.browser.test_lab import LOOKS, open_lab, setting, settled
from tests.browser.test_lab_paths import marked, saying, table
from tests.browser.test_modes import violations

OVERFLOW = "x = 800.0\ny = log(1 + exp(x))"
SIGMOIDS = "x = 2.0\nh = x\nfor k in range(6):\n    h = sigmoid(h)\nh"
CAPTION = "Where numbers stop being finite: the first of each pass, then others that do by themselves"


def source(page: Page) -> str:
    return "\n".join(page.locator(".cm-line").all_inner_texts())


# -- nan ---------------------------------------------------------------------------------------------------------------


def test_the_first_number_of_each_pass_is_told(open_page: Open) -> None:
    page = open_lab(open_page, "origin", OVERFLOW)
    assert table(page, CAPTION) == [
        ["forward", "t1", "exp(800) = ∞", "x = 800", "t2, y"],
        ["backward", "t1", "∞ * 0 = nan", "x = 800", "x.grad"],
    ]
    assert saying(page).startswith("In the forward pass, at t1: exp(800) = ∞: exp leaves the range of a double")


def test_other_sources_are_told_and_each_shows_its_step(open_page: Open) -> None:
    page = open_lab(open_page, "origin", "x = -1.0\nz = 0.0\ny = x**0.5 * log(z)")
    assert [row[:2] for row in table(page, CAPTION)] == [["forward", "t1"], ["backward", "y"], ["forward", "t2"]]
    page.get_by_role("button", name="Show step 2, forward, at t2").click()
    expect(page.locator("#lab tr.current")).to_contain_text("log(0) = −∞")
    assert str(setting(page, "pass")).startswith("forward-n")


def test_pressing_a_pass_shows_the_graph_at_that_step(open_page: Open) -> None:
    page = open_lab(open_page, "origin", OVERFLOW)
    page.get_by_role("button", name="Show step 1, the first of the forward pass").click()
    expect(page.locator("#n4 text.data")).to_have_text("–")
    assert setting(page, "pass") == "forward"
    page.locator("#lab button.row").nth(1).focus()
    page.keyboard.press("Enter")
    expect(page.locator("#n0 text.grad")).to_have_text("nan")
    page.locator("#lab .saying").hover()
    assert marked(page) == ["n0", "n1", "n1.0"]


def test_a_cure_is_written_into_the_program_and_can_be_undone(open_page: Open) -> None:
    page = open_lab(open_page, "origin", OVERFLOW)
    page.get_by_role("button", name="Write softplus(x)").click()
    expect(page.locator("#result")).to_have_text("y = 800")
    expect(page.locator("#lab .saying")).to_contain_text("Every number of both passes is finite.")
    assert source(page) == "x = 800.0\ny = softplus(x)"
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#result")).to_have_text("y = ∞")
    expect(page.locator("#lab .cure").first).to_contain_text("softplus(x)")


def test_factors_of_six_sigmoids_are_told_and_marked(open_page: Open) -> None:
    page = open_lab(open_page, "origin", SIGMOIDS)
    assert "6 sigmoids, each at most 0.25, leave 5.435e−5 of it." in saying(page)
    rows = table(page, "From the output down to x")
    assert [row[0] for row in rows] == ["h@6", "h@5", "h@4", "h@3", "h@2", "h"]
    assert rows[-1][3] == "5.435e−5"
    page.locator("#lab tbody tr").first.hover()
    assert marked(page) == ["n5", "n6", "n6.0"]


def test_an_example_opens_in_place(open_page: Open) -> None:
    page = open_lab(open_page, "origin", "y = x*x", x=2)
    page.get_by_role("button", name="sqrt(x) * x at 0").click()
    expect(page.locator("#lab .saying")).to_contain_text("In the backward pass")
    expect(page.locator("#lab .experiment.origin")).to_be_visible()
    page.go_back()
    expect(page.locator("#lab .saying")).to_contain_text("Every number of both passes is finite.")


# -- derive ------------------------------------------------------------------------------------------------------------


def test_a_cube_is_differentiated_until_nothing_is_left(open_page: Open) -> None:
    page = open_lab(open_page, "derive", "x = 2.0\ny = x**3")
    for text, result in (
        ("dy_dx = 3 * x**2", "dy_dx = 12"),
        ("d2y_dx_dx = 6 * x", "d2y_dx_dx = 12"),
    ):
        expect(page.locator("#lab .derivative")).to_contain_text(text)
        page.get_by_role("button", name=f"Open {text.partition(' ')[0]}").click()
        expect(page.locator("#result")).to_have_text(result)
        settled(page)
    expect(page.locator("#lab .derivative")).to_have_text("x = 2.0\n6")
    assert "is 6, whatever the leaves are" in saying(page)
    page.go_back()
    expect(page.locator("#result")).to_have_text("dy_dx = 12")


def test_the_leaf_is_chosen_and_kept_in_the_address(open_page: Open) -> None:
    page = open_lab(open_page, "derive", "L = a * b", a=2, b=3)
    page.get_by_label("Differentiate by").select_option("b")
    expect(page.locator("#lab .derivative")).to_have_text("a = 2.0\nb = 3.0\na")
    assert setting(page, "wrt") == "b"
    again = open_lab(open_page, "derive", "L = a * b", a=2, b=3, lab_wrt="b")
    expect(again.locator("#lab .derivative")).to_have_text("a = 2.0\nb = 3.0\na")


def test_second_derivatives_stand_in_a_table(open_page: Open) -> None:
    page = open_lab(open_page, "derive", "f = (1 - x)**2 + 100*(y - x*x)**2", x=1, y=1)
    assert table(page, "Second derivatives") == [["x", "802", "−400"], ["y", "−400", "200"]]
    expect(page.locator("#lab .halves")).to_contain_text("a minimum")


def test_the_derivative_follows_the_numbers(open_page: Open) -> None:
    page = open_lab(open_page, "derive", "x = 2.0\ny = x**3")
    page.locator("#leaves input:not([type=range])").first.fill("5")
    expect(page.locator("#lab .saying")).to_contain_text("is 75 here")


# -- both --------------------------------------------------------------------------------------------------------------


@LOOKS
@pytest.mark.parametrize(
    ("experiment", "program"),
    [("origin", OVERFLOW), ("origin", SIGMOIDS), ("derive", "L = tanh(a*b + 0.5*a**3)")],
    ids=["nan", "factors", "derive"],
)
def test_axe_finds_nothing(open_page: Open, experiment: str, program: str, looks: dict[str, Any]) -> None:
    page = open_lab(open_page, experiment, program, **looks)
    expect(page.locator("#lab tbody tr").first).to_be_visible()
    page.wait_for_timeout(300)
    assert violations(page) == []


@pytest.mark.parametrize("experiment", ["origin", "derive"])
def test_a_broken_program_is_told_in_the_room(open_page: Open, experiment: str) -> None:
    page = open_lab(open_page, experiment, "x = 3 +")
    expect(page.locator("#lab .mistake").first).to_be_visible()


@pytest.mark.parametrize("experiment", ["origin", "derive"])
def test_at_a_desk_all_is_seen_without_scrolling(open_page: Open, experiment: str) -> None:
    page = open_lab(open_page, experiment, OVERFLOW if experiment == "origin" else "x = 2.0\ny = x**3")
    room = page.locator("#lab .room")
    assert room.evaluate("room => room.scrollHeight <= room.clientHeight + 1")
