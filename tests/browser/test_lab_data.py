"""The experiment Data: a program is fitted to a table that one edits, pastes or takes from a file."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote_plus

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from engine import data_sets
from tests.browser.conftest import Open

SETS = {each["name"]: each["program"] for each in data_sets()["sets"]}
LINE = "prediction = w*x + b\nloss = (prediction - y)**2"
XOR = """h1 = tanh(w11 * x1 + w12 * x2 + b1)
h2 = tanh(w21 * x1 + w22 * x2 + b2)
score = v1 * h1 + v2 * h2 + c
loss = softplus(score) - y * score"""
WEIGHTS = {
    "w11": "0.6", "w12": "-0.7", "w21": "-0.5", "w22": "0.8", "b1": "0.1", "b2": "-0.1", "v1": "0.5", "v2": "0.4",
    "c": "0",
}  # fmt: skip
EXACT = "lab=data&lab.csv=x,y%0A0,1%0A1,3%0A2,5%0A3,7&lab.lr=0.1&lab.iterations=400"
REFUSED = "422 (Unprocessable"


def room(page: Page) -> Any:
    return page.locator("#lab .data")


def saying(page: Page) -> Any:
    return room(page).locator(".saying")


def cell(page: Page, row: int, name: str) -> Any:
    return room(page).get_by_label(f"Row {row}, {name}", exact=True)


def paste(page: Page, field: Any, text: str) -> None:
    field.focus()
    page.evaluate(
        """text => {
            const clipboardData = new DataTransfer();
            clipboardData.setData("text/plain", text);
            const options = {clipboardData, bubbles: true, cancelable: true};
            document.activeElement.dispatchEvent(new ClipboardEvent("paste", options));
        }""",
        text,
    )


def test_the_fit_of_a_line_finds_its_slope_and_intercept(open_page: Open) -> None:
    page = open_page(LINE, w="0", b="0", view=EXACT)
    expect(saying(page)).to_contain_text("At iteration 400 the mean loss is")
    expect(page.locator("#canvas g.node", has_text="w").first).to_contain_text("2")
    expect(page.locator("#canvas g.node", has_text="b").first).to_contain_text("1")
    expect(room(page).locator(".told")).to_have_text(["1", "3", "5", "7"])


def test_xor_is_learned_in_a_frame_of_a_lesson(open_page: Open) -> None:
    page = open_page(XOR, path="/embed", view="lab=data&lab.set=xor", viewport={"width": 660, "height": 460}, **WEIGHTS)
    expect(saying(page)).to_contain_text("score is on the right side of 0 for all 4 rows.")
    assert all("✓" in each for each in room(page).locator(".told").all_inner_texts())
    expect(room(page).locator(".plot .side.positive")).to_have_count(1)
    expect(room(page).locator(".plot .mark.positive")).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollWidth") <= 660
    box = room(page).locator(".plot svg").nth(1).bounding_box()
    assert box is not None
    assert box["y"] < 340


def test_scrubbing_shows_an_iteration_in_all_places(open_page: Open) -> None:
    page = open_page(LINE, w="0", b="0", view=f"{EXACT}&lab.k=0")
    expect(saying(page)).to_contain_text("At iteration 0 the mean loss is 21.")
    expect(room(page).locator(".told")).to_have_text(["0", "0", "0", "0"])
    room(page).locator(".plot svg[role=slider]").first.focus()
    page.keyboard.press("End")
    expect(room(page).locator(".told")).to_have_text(["1", "3", "5", "7"])
    assert "lab.k=400" in page.url


def test_parameters_that_are_too_many_to_be_told_are_computed_for_the_moment(open_page: Open) -> None:
    moons = SETS["moons"]
    page = open_page(moons["source"], view="lab=data&lab.set=moons&lab.iterations=40&lab.k=0")
    slider = room(page).locator(".plot svg[role=slider]").first
    expect(slider).to_have_attribute("aria-valuemax", "40", timeout=20_000)
    first = room(page).locator(".told").first
    expect(first).to_have_text(re.compile(r"\d"))
    before = first.inner_text()
    room(page).locator(".plot svg[role=slider]").first.focus()
    page.keyboard.press("PageDown")
    page.keyboard.press("PageUp")
    expect(saying(page)).to_contain_text("At iteration 4 ")
    expect(first).not_to_have_text(before)


def test_a_chosen_row_is_what_the_graph_shows(open_page: Open) -> None:
    page = open_page(LINE, w="0", b="0", view=EXACT)
    expect(room(page).locator(".told").first).to_have_text("1")
    room(page).get_by_label("Show row 4", exact=True).click()
    expect(page.locator("#canvas g.node", has_text="y").first).to_contain_text("7")
    assert "lab.row=4" in page.url


def test_a_table_is_edited_by_keyboard_alone(open_page: Open) -> None:
    page = open_page(LINE, w="0", b="0", view=EXACT)
    cell(page, 1, "y").focus()
    page.keyboard.type("2")
    page.keyboard.press("Enter")
    expect(cell(page, 2, "y")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(cell(page, 2, "x")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(cell(page, 5, "x")).to_be_focused()
    page.keyboard.type("4")
    page.keyboard.press("Tab")
    page.keyboard.type("9.5")
    expect(page).to_have_url(re.compile(r"9\.5"))
    assert "lab.csv=x,y\n0,2\n1,3\n2,5\n3,7\n4,9.5" in unquote_plus(page.url)
    expect(room(page).locator(".told")).to_have_count(5)
    room(page).get_by_label("Delete row 1", exact=True).focus()
    page.keyboard.press("Enter")
    expect(cell(page, 1, "y")).to_have_value("3")
    expect(room(page).get_by_label("Delete row 1", exact=True)).to_be_focused()


def test_a_cell_that_is_no_number_is_marked_and_changes_nothing(open_page: Open) -> None:
    page = open_page(LINE, w="0", b="0", view=EXACT)
    cell(page, 2, "y").fill("a")
    expect(room(page).locator(".sheet .mistake").first).to_contain_text("Row 2, y: a number, please")
    expect(cell(page, 2, "y")).to_have_attribute("aria-invalid", "true")
    assert "1,3" in unquote_plus(page.url)


def test_cells_of_a_spreadsheet_are_pasted_with_a_decimal_comma(open_page: Open) -> None:
    page = open_page(LINE, w="0", b="0", view=EXACT)
    expect(cell(page, 4, "x")).to_have_value("3")
    paste(page, cell(page, 4, "x"), "3\t7,5\n4\t9\n")
    expect(cell(page, 5, "y")).to_have_value("9")
    expect(cell(page, 4, "y")).to_have_value("7.5")


def test_pasted_text_with_a_mistake_says_where_it_is(open_page: Open) -> None:
    page = open_page(LINE, w="0", b="0", view=EXACT, allowed=(REFUSED,))
    expect(cell(page, 4, "x")).to_have_value("3")
    paste(page, cell(page, 1, "x"), "x,y\n1,2\n2,zwei")
    expect(room(page).locator(".sheet .mistake").first).to_have_text("Line 3, column 2: “zwei” is not a number.")
    expect(cell(page, 4, "x")).to_have_value("3")


def test_text_is_read_as_csv_and_its_mistake_is_told_at_its_line(open_page: Open) -> None:
    page = open_page(LINE, w="0", b="0", view=EXACT, allowed=(REFUSED,))
    open_csv(page)
    area = room(page).get_by_label("The data as CSV")
    expect(area).to_have_value("x,y\n0,1\n1,3\n2,5\n3,7")
    area.fill("x,y\n1,1\n2")
    expect(room(page).locator("#csv-mistake")).to_have_text("Line 3 has 1 cell, the first one has 2.")
    area.fill("x;y\n1;1,5\n2;2,5\n3;3,5")
    expect(room(page).locator("#csv-mistake")).to_have_text("")
    expect(cell(page, 3, "y")).to_have_value("3.5")


def open_csv(page: Page) -> None:
    """Open the table as text, as soon as it stands and nothing moves any more."""
    expect(room(page).locator(".told").first).to_have_text(re.compile(r"[\d–]"))
    room(page).locator(".csv > summary").click()
    expect(room(page).locator(".csv")).to_have_attribute("open", "")


def test_a_file_is_read_in_the_browser(open_page: Open) -> None:
    page = open_page(LINE, w="0", b="0", view=EXACT)
    open_csv(page)
    rows = "\n".join(f"{k / 119},{k / 7}" for k in range(120))
    file = {"name": "points.csv", "mimeType": "text/csv", "buffer": f"x,y\n{rows}".encode()}
    room(page).get_by_label("From a file").set_input_files([file])
    expect(room(page).locator("tbody input").first).to_have_value("0")
    expect(room(page).get_by_text("… and 20 more rows")).to_be_visible()
    expect(room(page).get_by_text("the address does not hold this table")).to_be_visible()
    assert "lab.csv" not in page.url
    expect(room(page).locator(".told").first).to_have_text(re.compile(r"\d"))


def test_a_set_opens_its_program(open_page: Open) -> None:
    page = open_page("c = a*b", a="2", b="3", view="lab=data&lab.set=logistic")
    expect(page.locator("#lab .mistake").filter(has_text="the program has no such inputs")).to_be_visible()
    room(page).get_by_role("button", name="Open its program").click()
    expect(saying(page)).to_contain_text("probability is on the right side of 0.5 for 12 of 14 rows.")
    expect(page.locator("#lab .mistake").filter(has_text="no such inputs")).to_be_hidden()
    expect(room(page).get_by_role("button", name="Open its program")).to_be_hidden()


PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [{}, PHONE], ids=["desk", "phone"])
def test_data_can_be_read_by_all(open_page: Open, scheme: str, size: dict[str, Any]) -> None:
    page = open_page(XOR, view="lab=data&lab.set=xor&lab.row=2", color_scheme=scheme, **size, **WEIGHTS)
    expect(saying(page)).to_contain_text("all 4 rows")
    open_csv(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= page.evaluate("innerWidth")
    violations = Axe().run(page).response["violations"]
    assert [f"{each['id']}: {[node['target'] for node in each['nodes']]}" for each in violations] == []


ONE_LINE = "L = (w*x + b - y)**2"


def test_a_loss_of_one_line_shows_predictions_and_not_losses(open_page: Open) -> None:
    page = open_page(ONE_LINE, w="0", b="0", view=EXACT)
    expect(saying(page)).to_contain_text("At iteration 400 the mean L is")
    expect(room(page).locator(".told")).to_have_text(["1", "3", "5", "7"])


def test_a_loss_without_a_prediction_says_what_to_write(open_page: Open) -> None:
    page = open_page("L = (w*(x - y) + b)**2", w="1", b="0", view=EXACT)
    expect(saying(page)).to_contain_text("Write it on a line of its own: p = w*x + b, then loss = (p - y)**2.")
    expect(room(page).locator(".told")).to_have_text(["–"] * 4)


def test_a_set_that_does_not_fit_leaves_nothing_of_the_one_before(open_page: Open) -> None:
    page = open_page(ONE_LINE, w="0", b="0", x="1", y="2", view="lab=data&lab.set=line", allowed=(REFUSED,))
    expect(saying(page)).to_contain_text("At iteration 200 the mean L is")
    weight = page.locator("#canvas g.node", has_text="w").first
    expect(weight).not_to_have_text(re.compile("^w0"))
    room(page).locator("select").first.select_option("moons")
    expect(page.locator("#lab").get_by_text("The table has the columns x0, x1, y")).to_be_visible()
    expect(saying(page)).to_have_text("")
    expect(room(page).locator(".plot").first).to_be_hidden()
    expect(page.get_by_text(re.compile("^now "))).to_have_count(0)
    expect(room(page).locator(".told").first).to_have_text("–")


def test_a_fit_without_a_mistake_is_no_disease(open_page: Open) -> None:
    moons = SETS["moons"]
    page = open_page(moons["source"], view="lab=data&lab.set=moons", **moons["inputs"])
    expect(saying(page)).to_contain_text("for all 50 rows.", timeout=20_000)
    expect(saying(page)).to_contain_text("Nothing left to gain")
    expect(saying(page)).not_to_contain_text("Flat")


def test_cells_show_their_numbers_on_a_phone(open_page: Open) -> None:
    moons = SETS["moons"]
    small = {"width": 390, "height": 844}
    page = open_page(moons["source"], view="lab=data&lab.set=moons", viewport=small, has_touch=True, **moons["inputs"])
    expect(room(page).locator("tbody tr")).to_have_count(50)
    cut = page.evaluate(
        """[...document.querySelectorAll("#lab .sheet tbody input")]
            .filter(field => field.scrollWidth > field.clientWidth).map(field => field.value)"""
    )
    assert cut == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
