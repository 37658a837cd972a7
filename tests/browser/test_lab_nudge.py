"""Nudge, Check and Lens in the page: the numbers of the texts, by mouse and keyboard, kept in the address."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open

PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark", "has_touch": True}
LOOKS: list[dict[str, Any]] = [{}, {"color_scheme": "dark"}, PHONE]
BENT = "y = relu(a*b + d)\nz = y + abs(x)"


def room(page: Page) -> Any:
    return page.locator("#lab .room")


def rows(page: Page) -> list[list[str]]:
    """Return the table of the experiment, not the one behind its plot."""
    table = room(page).locator(".rows").first
    expect(table).to_be_visible()
    return [row.locator("th, td").all_inner_texts() for row in table.locator("tbody tr").all()]


def assert_in_address(page: Page, text: str, *, found: bool = True) -> None:
    """Wait until the address, which is written now and then, holds `text`, or does not."""
    for _ in range(40):
        if (text in page.url) is found:
            return
        page.wait_for_timeout(50)
    assert (text in page.url) is found, page.url


# -- nudge ------------------------------------------------------------------------------------------------------------


def test_calculating_gradients_loss_at_2_9_and_3_1(open_page: Open) -> None:
    page = open_page("loss = w**2", w=3, view="lab=nudge")
    expect(room(page).locator(".saying").first).to_have_text(
        "If w increases by 0.1, loss increases by 0.61; the gradient says 0.6."
    )
    assert rows(page) == [
        ["2.9", "8.41", "−0.59", "5.9", "decreased ✓"],
        ["3", "9", "", "6", "now, and the gradient"],
        ["3.1", "9.61", "0.61", "6.1", "increased ✓"],
    ]
    expect(room(page)).to_contain_text("To make loss smaller, decrease w; to make it larger, increase w.")


def test_understanding_gradients_x_becomes_3_001(open_page: Open) -> None:
    page = open_page("y = 2 * x", x=3, view="lab=nudge&lab.h=0.001")
    expect(room(page)).to_contain_text("If x increases by 0.001, y increases by 0.002, exactly as the gradient says.")
    assert rows(page)[2][:4] == ["3.001", "6.002", "0.002", "2"]


def test_the_step_is_changed_by_keyboard_and_stands_in_the_address(open_page: Open) -> None:
    page = open_page("f = relu(a*b + d)", a=2, b=-3, d=10, view="lab=nudge")
    expect(room(page)).to_contain_text("If a increases by 0.1")
    slider = room(page).locator("input[type=range]")
    slider.focus()
    slider.press("End")
    for _ in range(20):
        slider.press("ArrowLeft")
    expect(room(page)).to_contain_text("If a increases by 1, f decreases by 3, exactly as the gradient says.")
    assert_in_address(page, "lab.h=1")
    page.reload()
    expect(room(page)).to_contain_text("If a increases by 1, f decreases by 3")


def test_the_plots_cursor_chooses_the_step(open_page: Open) -> None:
    page = open_page("y = sin(x)*exp(x)", x=1, view="lab=nudge")
    plot = room(page).locator(".plot svg[role=slider]")
    expect(plot).to_have_attribute("aria-valuenow", "1")
    plot.press("ArrowRight")
    expect(room(page).locator(".plot svg[role=slider]")).to_have_attribute("aria-valuenow", "2")
    expect(room(page)).to_contain_text("If x increases by 0.01")
    expect(room(page).locator(".readout")).to_contain_text("h = 0.01: one-sided")


def test_the_plots_readout_is_of_the_chosen_step(open_page: Open) -> None:
    page = open_page("y = x*x", x=3, view="lab=nudge&lab.h=0.3")
    expect(room(page).locator(".readout")).to_contain_text("h = 0.3: one-sided 6.3, wrong by 0.3")
    page = open_page("y = x*x", x=3, view="lab=nudge&lab.h=1e5")
    expect(room(page).locator(".readout")).to_contain_text("the nearest in the table, h = 1: one-sided")


def test_nodes_to_choose_from_are_leaves_then_operations_then_constants_with_their_use(open_page: Open) -> None:
    page = open_page("y = 2.0*x + 2.0*x\nz = y**2.0", x=3, view="lab=nudge")
    expect(room(page)).to_contain_text("If x increases by 0.1")
    texts = room(page).get_by_label("Node").locator("option").all_inner_texts()
    assert texts[0] == "x"
    assert texts[-2:] == ["2.0 in 2.0 * x", "2.0 in z = y**2.0"]
    assert len(texts) == 7


def test_an_inner_node_can_be_nudged_and_what_moves_is_marked(open_page: Open) -> None:
    page = open_page("c = a*b\nd = c + a", a=2, b=3, view="lab=nudge")
    expect(room(page)).to_contain_text("If a increases by 0.1")
    room(page).get_by_label("Node").select_option("c")
    expect(room(page)).to_contain_text("c is held here, whatever it is computed from")
    expect(page.locator("#canvas g.node.traced")).to_have_count(2)
    assert_in_address(page, "lab.node=c")


def test_of_two_versions_of_a_name_the_chosen_one_is_nudged(open_page: Open) -> None:
    page = open_page("x = 2\nx = x*x\ny = 3*x", view="lab=nudge")
    expect(room(page)).to_contain_text("If x increases by 0.1, y increases by 1.23; the gradient says 1.2.")
    room(page).get_by_label("Node").select_option("x@2")
    expect(room(page)).to_contain_text("If x@2 increases by 0.1, y increases by 0.3, exactly as the gradient says.")


def test_the_graph_can_show_the_nudged_numbers(open_page: Open) -> None:
    page = open_page("loss = w**2", w=3, view="lab=nudge")
    room(page).get_by_label("Graph").select_option("down")
    expect(page.locator("#canvas")).to_contain_text("8.41")
    page.locator("#lab [data-close]").click()
    expect(page.locator("#canvas")).not_to_contain_text("8.41")


def test_a_step_that_cannot_be_is_told(open_page: Open) -> None:
    page = open_page("y = x*x", x=1, view="lab=nudge&lab.h=0", allowed=("422",))
    expect(page.locator("#lab [role=alert]")).to_contain_text("must be a number above 0")


# -- check ------------------------------------------------------------------------------------------------------------


def test_every_leaf_is_checked_and_a_kink_is_called_one(open_page: Open) -> None:
    page = open_page(BENT, a=2, b=-3, d=10, x=0, view="lab=check")
    expect(room(page).locator(".saying")).to_contain_text("3 of 4 gradients agree with central differences")
    assert [(row[0], row[1], row[4]) for row in rows(page)] == [
        ("a", "−3", "agrees ✓"),
        ("b", "2", "agrees ✓"),
        ("d", "1", "agrees ✓"),
        ("x", "0", "a kink"),
    ]
    expect(room(page).locator(".facts")).to_contain_text("its slope is −1 from the left and 1 from the right")
    room(page).get_by_role("button", name="x", exact=True).click()
    expect(page.locator("#canvas g.node.traced")).to_have_count(2)


# -- lens -------------------------------------------------------------------------------------------------------------


def test_a_saturated_tanh_is_called_so(open_page: Open) -> None:
    page = open_page("y = tanh(x)", x=5, view="lab=lens")
    expect(room(page).locator(".saying")).to_have_text(
        "Here tanh is saturated: its local derivative 1.816e−4 lets almost nothing through."
    )
    expect(room(page).locator(".plot .band")).to_have_count(2)
    expect(room(page).locator(".readout")).to_have_text("x = 5: y = 0.9999, local derivative 1.816e−4")
    room(page).locator(".plot svg[role=slider]").press("Home")
    expect(room(page).locator(".readout")).to_contain_text("x = −6: y = −1")


def test_each_operand_has_its_curve_and_the_range_is_kept(open_page: Open) -> None:
    page = open_page("y = a*b", a=2, b=-3, view="lab=lens")
    expect(room(page).locator(".saying")).to_contain_text("its local derivative −3")
    room(page).locator(".fields select").nth(1).select_option("1")
    expect(room(page).locator(".saying")).to_contain_text("its local derivative 2")
    room(page).get_by_role("button", name="Closer").click()
    expect(room(page).locator("svg[role=slider]")).to_be_visible()
    assert_in_address(page, "lab.low=-6&lab.high=0")
    room(page).get_by_role("button", name="All").click()
    assert_in_address(page, "lab.low=-6", found=False)


# -- looks ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", LOOKS, ids=["light", "dark", "phone"])
@pytest.mark.parametrize("name", ["nudge", "check", "lens"])
def test_axe_finds_nothing(open_page: Open, name: str, options: dict[str, Any]) -> None:
    page = open_page(BENT, a=2, b=-3, d=10, x=0, view=f"lab={name}", **options)
    expect(room(page).locator(".saying").first).not_to_be_empty()
    if name != "check":
        expect(room(page).locator(".plot svg[tabindex]")).to_be_visible()
    page.wait_for_timeout(300)
    found = Axe().run(page).response["violations"]
    assert [(each["id"], [node["target"] for node in each["nodes"]]) for each in found] == []


@pytest.mark.parametrize("name", ["nudge", "check", "lens"])
def test_nothing_is_wider_than_a_phone(open_page: Open, name: str) -> None:
    page = open_page(BENT, a=2, b=-3, d=10, x=0, view=f"lab={name}", **PHONE)
    expect(room(page).locator(".saying").first).not_to_be_empty()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
