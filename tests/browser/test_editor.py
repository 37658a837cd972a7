"""The editor and the leaves: what is offered, told and mended while one types, and one history of all changes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Open

FIRST = "relu(a*b + d)"
INPUTS = {"a": 2, "b": -3, "d": 10}
EDITOR = ".cm-content"
OFFERS = ".cm-tooltip-autocomplete"
SIZES: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": {"width": 1280, "height": 800}},
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True},
}


@pytest.fixture(params=SIZES)
def edit(request: pytest.FixtureRequest, open_page: Open) -> Callable[..., Page]:
    """Open a page with the editor ready, its cursor at the end, on a desktop and on a phone."""

    def open_(source: str, **given: Any) -> Page:
        page = open_page(source, **SIZES[request.param], **given)
        page.locator(EDITOR).click()
        page.keyboard.press("Control+End")
        return page

    return open_


def text_of(page: Page) -> str:
    return "\n".join(page.locator(".cm-line").all_text_contents())


def write(page: Page, source: str) -> None:
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(source)


def field(page: Page, name: str) -> Locator:
    return page.get_by_label(f"data of {name}", exact=True)


def node(page: Page, label: str) -> Locator:
    return page.locator("#canvas g.node").filter(has=page.locator(f"text.label:text-is('{label}')"))


# -- offers ------------------------------------------------------------------------------------------------------------


def test_a_word_is_offered_with_its_description_and_taken_by_tab(edit: Callable[..., Page]) -> None:
    page = edit("x")
    page.keyboard.type("\ny = sigm", delay=20)
    row = page.locator(f"{OFFERS} li").first
    expect(row).to_contain_text("sigmoid")
    expect(row.locator(".cm-completionDetail")).not_to_be_empty()
    page.keyboard.press("Tab")
    expect(page.locator(OFFERS)).to_have_count(0)
    assert text_of(page) == "x\ny = sigmoid"
    expect(page.locator(EDITOR)).to_be_focused()


def test_enter_takes_what_is_chosen_and_else_begins_a_line(edit: Callable[..., Page]) -> None:
    page = edit("x")
    page.keyboard.type("\ny = tan", delay=20)
    expect(page.locator(OFFERS)).to_be_visible()
    page.keyboard.press("Enter")
    assert text_of(page) == "x\ny = tan\n"
    page.keyboard.type("z = tan", delay=20)
    expect(page.locator(f"{OFFERS} li").first).to_contain_text("tan")
    page.wait_for_timeout(100)  # whoever presses a key as the list appears did not choose from it
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert text_of(page) == "x\ny = tan\nz = tanh"


def test_members_are_offered_behind_a_dot_and_variables_with_their_data(edit: Callable[..., Page]) -> None:
    page = edit("weight = 2.0\ny = weight*x")
    page.keyboard.type("\nz = torch.nn.Lin", delay=20)
    expect(page.locator(f"{OFFERS} li").first).to_contain_text("Linear")
    page.keyboard.press("Escape")
    expect(page.locator(OFFERS)).to_have_count(0)
    expect(page.locator(EDITOR)).to_be_focused()
    page.keyboard.type("\nq = wei", delay=20)
    expect(page.locator(f"{OFFERS} li").first).to_have_text("weight= 2")
    page.keyboard.press("Tab")
    page.keyboard.type(".", delay=20)
    expect(page.locator(f"{OFFERS} li").first).to_contain_text("data")


def test_numbers_bring_up_nothing_and_tab_leaves_the_editor(edit: Callable[..., Page]) -> None:
    page = edit("x")
    page.keyboard.type("*12.5", delay=20)
    page.wait_for_timeout(400)
    expect(page.locator(OFFERS)).to_have_count(0)
    page.keyboard.press("Tab")
    expect(page.locator(EDITOR)).not_to_be_focused()
    page.locator(EDITOR).focus()
    page.keyboard.press("Escape")
    expect(page.locator(EDITOR)).not_to_be_focused()


def test_offers_and_facts_are_accessible(edit: Callable[..., Page]) -> None:
    page = edit(FIRST, **INPUTS)
    page.keyboard.type("\ny = tan", delay=20)
    expect(page.locator(OFFERS)).to_be_visible()
    violations = Axe().run(page).response["violations"]
    assert [each for each in violations if "cm-ac" not in str(each["nodes"])] == []  # arrows scroll its list


# -- facts -------------------------------------------------------------------------------------------------------------


def test_the_pointer_on_a_variable_shows_its_numbers_at_the_moment(open_page: Open) -> None:
    page = open_page("a = 0.1\nb = 3\ny = a*b", step=2)
    page.wait_for_selector(EDITOR)
    page.wait_for_load_state("networkidle")
    line = page.locator(".cm-line").nth(2)
    box = line.bounding_box()
    assert box
    page.mouse.move(box["x"] + 10, box["y"] + 10)
    facts = page.locator(".facts")
    expect(facts.locator(".title")).to_have_text("y")
    expect(facts.locator("dd")).to_have_text(["0.3 (0.30000000000000004)", "1"])
    expect(facts).to_contain_text("y = a * b")


def test_a_key_tells_what_stands_at_the_cursor_and_escape_closes_it_first(edit: Callable[..., Page]) -> None:
    page = edit(FIRST, **INPUTS)
    page.keyboard.press("Control+Home")
    page.keyboard.press("Control+k")
    facts = page.locator(".facts")
    expect(facts.locator(".title")).to_have_text("relu(x)")
    expect(facts.locator(".rule")).to_have_text("∂z/∂x = (x > 0)")
    expect(facts).to_contain_text("At 0 the derivative is 0")
    page.keyboard.press("Escape")
    expect(facts).to_have_count(0)
    expect(page.locator(EDITOR)).to_be_focused()
    for _ in range(6):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("F1")
    expect(facts.locator(".title")).to_have_text("a")
    expect(facts.locator("dd")).to_have_text(["2", "−3"])
    page.keyboard.press("ArrowLeft")
    expect(facts).to_have_count(0)


# -- from the text to the graph ----------------------------------------------------------------------------------------


def test_the_cursor_marks_the_node_of_the_innermost_piece(edit: Callable[..., Page]) -> None:
    page = edit(FIRST, **INPUTS)
    marked = page.locator("#canvas .marked text.label")
    page.keyboard.press("Control+Home")
    expect(marked).to_have_text(["out"])
    for _ in range(6):
        page.keyboard.press("ArrowRight")
    expect(marked).to_have_text(["a"])
    page.keyboard.type("+1")
    expect(marked).to_have_count(0)
    expect(page.locator("#result")).to_have_text("out = 9")
    page.keyboard.press("ArrowRight")
    expect(marked).to_have_text(["b"])
    page.keyboard.press("Escape")
    expect(marked).to_have_count(0)


# -- mistakes ----------------------------------------------------------------------------------------------------------


def mend_by_button(page: Page) -> None:
    page.locator("#problem .fix").click()


def mend_by_key(page: Page) -> None:
    page.keyboard.press("Control+.")


def mend_by_other_key(page: Page) -> None:
    page.keyboard.press("Alt+Enter")


@pytest.mark.parametrize("mend", [mend_by_button, mend_by_key, mend_by_other_key])
def test_a_mistake_is_mended_at_its_place_behind_wide_characters(
    edit: Callable[..., Page], mend: Callable[[Page], None]
) -> None:
    page = edit("x")
    write(page, "print('😀'); y = tnah(x)")
    expect(page.locator("#problem .fix")).to_be_visible()
    mend(page)
    expect(page.locator("#result")).to_contain_text("y ≈ 0.7616")
    assert text_of(page) == "print('😀'); y = tanh(x)"
    expect(page.locator("#problem")).to_be_hidden()
    expect(page.locator(EDITOR)).to_be_focused()
    page.keyboard.press("Control+z")
    assert text_of(page) == "print('😀'); y = tnah(x)"


def test_the_tooltip_of_a_mistake_mends_it_too(open_page: Open) -> None:
    page = open_page("y = tnah(x)")
    page.locator(".cm-lintRange-error").hover()
    page.locator(".cm-diagnosticAction").click()
    expect(page.locator("#result")).to_contain_text("y ≈")
    assert text_of(page) == "y = tanh(x)"


def test_an_unfinished_line_is_no_mistake_to_be_told_of_while_one_types(open_page: Open) -> None:
    page = open_page("x")
    page.locator(EDITOR).click()
    page.keyboard.press("Control+End")
    page.evaluate("""() => {
        window.told = 0;
        const problem = document.querySelector("#problem");
        new MutationObserver(() => { window.told += 1; }).observe(problem, {childList: true});
    }""")
    page.keyboard.type("*(aa + ", delay=250)
    assert page.evaluate("window.told") == 0
    expect(page.locator("#problem .mistake")).to_have_count(1)
    assert page.evaluate("window.told") == 1


# -- one history -------------------------------------------------------------------------------------------------------


def test_undo_leads_back_over_typing_and_dragging_in_their_order(edit: Callable[..., Page]) -> None:
    page = edit("a = 2.0\ny = a*a")
    page.keyboard.type("*a", delay=20)
    expect(page.locator("#result")).to_have_text("y = 8")
    field(page, "a").fill("3")
    expect(page.locator("#result")).to_have_text("y = 27")
    page.locator(EDITOR).focus()
    page.keyboard.press("Control+z")
    expect(page.locator("#result")).to_have_text("y = 8")
    expect(field(page, "a")).to_have_value("2.0")
    page.keyboard.press("Control+z")
    assert text_of(page) == "a = 2.0\ny = a*a"
    expect(page.locator("#result")).to_have_text("y = 4")
    page.keyboard.press("Control+y")
    assert text_of(page) == "a = 2.0\ny = a*a*a"
    page.keyboard.press("Control+Shift+Z")
    expect(page.locator("#result")).to_have_text("y = 27")


def test_undo_leaves_the_cursor_where_the_change_was(edit: Callable[..., Page]) -> None:
    page = edit("a = 2\nb = 3\ny = a*b")
    page.keyboard.press("Control+Home")
    page.keyboard.press("End")
    page.keyboard.type("5")
    page.keyboard.press("Control+End")
    page.keyboard.press("Control+z")
    page.keyboard.type("7")
    assert text_of(page) == "a = 27\nb = 3\ny = a*b"


# -- numbers -----------------------------------------------------------------------------------------------------------


def test_a_number_in_the_program_is_nudged_by_keys(edit: Callable[..., Page]) -> None:
    page = edit("y = x*x\nx = 2.0\nz = x*x")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("End")
    for key in ("ArrowUp", "ArrowUp", "ArrowUp", "ArrowDown"):
        page.keyboard.press(f"Alt+{key}")
    assert text_of(page).splitlines()[1] == "x = 2.2"
    expect(page.locator("#result")).to_contain_text("4.84")


def test_names_typed_by_hand_become_leaves_with_a_quiet_default(edit: Callable[..., Page]) -> None:
    page = edit("")
    page.keyboard.type(FIRST, delay=15)
    expect(page.locator("#leaves tbody tr")).to_have_count(3)
    assert text_of(page) == FIRST
    for name in "abd":
        expect(page.get_by_label(f"slider of {name}", exact=True)).to_be_visible()
    expect(page.locator("#leaves th small")).to_have_text(["default"] * 3)
    field(page, "a").fill("3")
    expect(page.locator("#result")).to_have_text("out = 4")
    expect(page.locator("#leaves th small").first).to_be_hidden()
    expect(page.locator("#leaves th small").last).to_be_visible()


def test_a_held_leaf_gets_no_gradient_until_it_is_let_go(edit: Callable[..., Page]) -> None:
    page = edit("a = 2.0\ny = a*b", b=3)
    lock = page.get_by_role("button", name="hold a fixed")
    expect(lock).to_have_attribute("aria-pressed", "false")
    expect(page.locator("#leaves .grad").first).to_have_text("▲3")
    lock.click()
    expect(lock).to_have_attribute("aria-pressed", "true")
    expect(lock).to_be_focused()
    expect(page.locator("#leaves .grad").first).to_have_text("fixed")
    expect(node(page, "a").locator("text.grad")).to_have_text("–")
    page.wait_for_url(re.compile("fixed=a"))
    field(page, "a").fill("4")
    expect(page.locator("#result")).to_have_text("y = 12")
    lock.click()
    expect(page.locator("#leaves .grad").first).to_have_text("▲3")


def test_arrows_change_a_field_by_the_steps_of_its_slider(edit: Callable[..., Page]) -> None:
    page = edit("a = 0.3\ny = a*b", b=-1)
    field(page, "a").focus()
    page.keyboard.press("ArrowUp")
    expect(field(page, "a")).to_have_value("0.4")
    page.keyboard.press("Shift+ArrowDown")
    expect(field(page, "a")).to_have_value("-0.6")
    expect(page.locator("#result")).to_have_text("y = 0.6")
    expect(page.locator("#leaves .grad").first).to_have_text("▼−1")


def test_a_slider_grows_with_what_is_typed_and_a_double_click_resets_it(edit: Callable[..., Page]) -> None:
    page = edit("a = 2.0\ny = a*a")
    slider = page.get_by_label("slider of a", exact=True)
    expect(slider).to_have_attribute("max", "10")
    field(page, "a").fill("40")
    expect(slider).to_have_attribute("max", "100")
    expect(slider).to_have_value("40")
    slider.dblclick()
    expect(field(page, "a")).to_have_value("2.0")
    expect(page.locator("#leaves .reset")).to_be_hidden()


def test_dragging_moves_nothing_in_the_table_of_leaves(edit: Callable[..., Page]) -> None:
    page = edit("y = some_long_name*b*c")
    places = """() => {
        const parts = document.querySelectorAll("#leaves td, #leaves th, #leaves input, #leaves .lock");
        const place = ({x, y, width, height}) => [x + scrollX, y + scrollY, width, height];
        return JSON.stringify([...parts].map((part) => place(part.getBoundingClientRect())));
    }"""
    before = page.evaluate(places)
    field(page, "some_long_name").fill("-1.23456789e100")
    expect(page.locator("#leaves .grad").nth(1)).to_have_text("▼−1.235e100")
    assert page.evaluate(places) == before


def test_what_is_no_number_is_marked_and_leaves_the_value_as_it_was(edit: Callable[..., Page]) -> None:
    page = edit("d = a + a", a=2)
    result, wrong = page.locator("#result"), field(page, "a")
    wrong.focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("1e400", delay=60)
    expect(wrong).to_have_attribute("aria-invalid", "true")
    expect(wrong).to_have_accessible_description("too large for a double; write inf")
    expect(result).to_have_text("d = 4")
    page.keyboard.press("Control+A")
    page.keyboard.type("abc")
    page.keyboard.press("Tab")
    expect(wrong).to_have_value("abc")
    expect(wrong).to_have_accessible_description("a number, please: 0.5")
    page.wait_for_url(re.compile("a=2"))
    wrong.focus()
    page.keyboard.press("Escape")
    expect(wrong).to_have_value("2")
    expect(wrong).not_to_have_attribute("aria-invalid", "true")
    expect(wrong).to_be_focused()


def test_a_decimal_comma_is_taken_as_a_point(edit: Callable[..., Page]) -> None:
    page = edit("d = a + a", a=2)
    field(page, "a").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("0,5", delay=60)
    expect(page.locator("#result")).to_have_text("d = 1")
    page.keyboard.press("Tab")
    expect(field(page, "a")).to_have_value("0.5")
    page.wait_for_url(re.compile("a=0.5$"))


def test_a_mistaken_number_gives_way_to_a_slider_and_to_reset(edit: Callable[..., Page]) -> None:
    page = edit("a = 2.0\nd = a + a")
    field(page, "a").fill("x")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="reset a").click()
    expect(field(page, "a")).to_have_value("2.0")
    expect(page.locator("#leaves .note")).to_have_text("")
    expect(page.locator("#leaves .reset")).to_be_hidden()


def test_sliders_are_wide_enough_to_be_dragged(edit: Callable[..., Page]) -> None:
    page = edit("y = some_long_name*b")
    for name in ("some_long_name", "b"):
        box = page.get_by_label(f"slider of {name}", exact=True).bounding_box()
        assert box
        assert box["width"] >= 96


def test_a_literal_says_what_is_set_beside_it(edit: Callable[..., Page]) -> None:
    page = edit("a = 2\ny = a*a")
    field(page, "a").fill("5")
    beside = page.locator(".cm-override")
    expect(beside).to_have_text("→ 5")
    expect(page.locator(".cm-line").first).to_have_text("a = 2→ 5")
    page.locator("#leaves .reset").click()
    expect(beside).to_have_count(0)


def test_a_step_marks_its_operand_where_it_is_used(open_page: Open) -> None:
    page = open_page("c = a*b\nd = c + a", a=2, b=3, step=5)
    expect(page.locator(".cm-line").nth(1).locator(".cm-here")).to_have_text("a")
    expect(page.locator(".cm-line").first.locator(".cm-here")).to_have_count(0)


def test_inputs_that_a_new_program_has_no_use_for_are_neither_told_nor_kept(edit: Callable[..., Page]) -> None:
    page = edit(FIRST, **INPUTS)
    write(page, "y = x")
    expect(page.locator("#result")).to_have_text("y = x = 1")
    expect(page.locator("#warnings")).to_be_hidden()
    page.wait_for_url(re.compile(r"\?source=y\+=\+x$"))


def test_who_opens_a_link_is_told_of_inputs_without_use(open_page: Open) -> None:
    page = open_page("y = x", d=10)
    expect(page.locator("#warnings")).to_contain_text("d is not in the program")
