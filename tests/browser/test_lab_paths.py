"""Paths, and the tree: what one reads, what is marked in the graph, and how copies fold back."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.browser.test_lab import LOOKS, PROGRAM, open_lab, setting, settled
from tests.browser.test_modes import violations

SHARED = "b = a*a\nc = b + sin(b)\nd = c*c"
DOUBLINGS = "y = x\nfor i in range(60):\n    y = y + y"


def table(page: Page, caption: str) -> list[list[str]]:
    """Return the texts of a table by its caption."""
    found: list[list[str]] = page.locator(f"#lab .rows[aria-label='{caption}'] tbody tr").evaluate_all(
        "rows => rows.map((row) => [...row.cells].map((cell) => cell.textContent))"
    )
    return found


def marked(page: Page, where: str = "#canvas") -> list[str]:
    """Return the ids of what is marked."""
    return sorted(page.locator(f"{where} .traced").evaluate_all("found => found.map((each) => each.id)"))


def saying(page: Page) -> str:
    return page.locator("#lab .saying").inner_text()


def assert_setting(page: Page, name: str, text: str | None) -> None:
    """Wait until the address, which is written now and then, holds a setting."""
    for _ in range(40):
        if setting(page, name) == text:
            return
        page.wait_for_timeout(50)
    assert setting(page, name) == text


# -- paths -------------------------------------------------------------------------------------------------------------


def test_the_gradient_contributions_from_both_paths_must_be_summed(open_page: Open) -> None:
    """The seed: "Here a is a child of b through two paths", b = a + a with the rate of change 2."""
    page = open_lab(open_page, "paths", "b = a + a", a=3)
    assert [row[1:] for row in table(page, "The paths")] == [["b → a", "1", "1", "50 %"]] * 2
    assert saying(page).startswith("2 paths lead from b to a.")
    assert "db/da = 2" in saying(page)


def test_pointing_at_a_row_marks_its_path_and_leaving_ends_it(open_page: Open) -> None:
    page = open_lab(open_page, "paths", lab_node="a")
    page.locator("#lab tbody tr").first.hover()
    assert marked(page) == ["n0", "n2", "n2.0", "n3", "n3.0"]
    page.locator("#lab tbody tr").nth(1).hover()
    assert marked(page) == ["n0", "n3", "n3.1"]
    page.locator("#lab .saying").hover()
    assert marked(page) == []


def test_a_chosen_path_stays_marked_and_is_in_the_address(open_page: Open) -> None:
    page = open_lab(open_page, "paths", lab_node="a")
    page.get_by_role("button", name="Mark path 2: d → a").click()
    assert_setting(page, "path", "2")
    page.locator("#lab .saying").hover()
    page.get_by_role("button", name="Back to the steps").focus()
    assert marked(page) == ["n0", "n3", "n3.1"]
    again = open_lab(open_page, "paths", lab_node="a", lab_path="2")
    expect(again.locator("#lab tr.current")).to_have_count(1)
    assert marked(again) == ["n0", "n3", "n3.1"]


def test_paths_are_walked_by_keys(open_page: Open) -> None:
    page = open_lab(open_page, "paths", lab_node="a")
    page.locator("#lab button.row").first.focus()
    assert marked(page) == ["n0", "n2", "n2.0", "n3", "n3.0"]
    page.keyboard.press("ArrowDown")
    assert marked(page) == ["n0", "n3", "n3.1"]
    page.keyboard.press("Enter")
    assert_setting(page, "path", "2")
    page.keyboard.press("Enter")
    assert_setting(page, "path", None)


def test_of_two_to_the_sixtieth_paths_one_sees_pages(open_page: Open) -> None:
    page = open_lab(open_page, "paths", DOUBLINGS, x=1)
    assert saying(page).startswith("2^60 ≈ 1.153e18 paths lead")
    page.get_by_role("button", name="Smaller ones").click()
    expect(page.locator("#lab button.row").first).to_have_text("21")
    assert_setting(page, "skip", "20")
    page.get_by_role("button", name="Larger ones").click()
    expect(page.locator("#lab button.row").first).to_have_text("1")
    assert_setting(page, "skip", None)


def test_forward_mode_stands_beside_and_marks_where_tangents_come_from(open_page: Open) -> None:
    page = open_lab(open_page, "paths", lab_node="a", lab_mode="forward")
    assert [row[:2] for row in table(page, "Forward mode, step by step")] == [
        ["a", "da/da = 1, the seed"],
        ["c", "dc/da = 3 · 1 = 3"],
        ["d", "dd/da = 1 · 3 + 1 · 1 = 4"],
    ]
    page.locator("#lab .rows[aria-label='Forward mode, step by step'] tbody tr").nth(2).hover()
    assert marked(page) == ["n0", "n2", "n3", "n3.0", "n3.1"]
    page.get_by_role("button", name="Mark what arrives at c").click()
    page.locator("#lab .saying").hover()
    page.get_by_label("Beside them").focus()
    assert marked(page) == ["n0", "n2", "n2.0"]
    assert_setting(page, "tangent", "n2")
    page.get_by_label("Beside them").select_option("leaves")
    assert marked(page) == []
    assert table(page, "Reverse and forward mode") == [["a", "4", "4", "0"], ["b", "2", "2", "0"]]


def test_multiplications_are_counted(open_page: Open) -> None:
    page = open_lab(open_page, "paths")
    expected = [["Reverse sweep", "4"], ["Forward mode", "8"], ["Path by path", "5"]]
    assert table(page, "What it takes") == expected


def test_paths_follow_the_numbers(open_page: Open) -> None:
    page = open_lab(open_page, "paths", lab_node="a")
    page.get_by_label("data of b", exact=True).fill("5")
    expect(page.locator("#lab tbody tr").first).to_contain_text("1 · 5")


# -- tree --------------------------------------------------------------------------------------------------------------


def test_each_use_of_a_has_a_copy_and_their_gradients_add(open_page: Open) -> None:
    page = open_lab(open_page, "tree", "b = a + a", a=3)
    assert table(page, "Shared values") == [["a", "2", "1 + 1 = 2"]]
    expect(page.locator("#lab .picture g.node")).to_have_count(3)


def test_folding_goes_step_by_step_back_to_the_graph(open_page: Open) -> None:
    page = open_lab(open_page, "tree", SHARED, a=2)
    for label, nodes in (("c", 17), ("b", 9), ("a", 6)):
        assert page.locator("#lab .place").inner_text().endswith(f", {nodes} nodes")
        page.get_by_role("button", name=f"Fold {label}").click()
        settled(page)
        expect(page.locator("#lab .place")).not_to_contain_text(f", {nodes} nodes")
    expect(page.locator("#lab .place")).to_have_text("3 of 3 folded, 5 nodes")
    expect(page.locator("#lab .picture g.node")).to_have_count(5)
    assert_setting(page, "folded", "3")
    page.get_by_role("button", name="Unfold").click()
    expect(page.locator("#lab .place")).to_have_text("2 of 3 folded, 6 nodes")


def test_a_value_marks_its_copies_in_the_tree_and_itself_in_the_graph(open_page: Open) -> None:
    page = open_lab(open_page, "tree", SHARED, a=2, lab_folded="1")
    expect(page.locator("#lab .picture svg")).to_be_visible()
    page.get_by_role("button", name="Mark the copies of b").click()
    assert page.locator("#lab .picture .traced .label").all_text_contents() == ["b_1", "b_2"]
    assert marked(page) == ["n1"]
    assert_setting(page, "shared", "b")


def test_a_large_tree_shows_its_output_first_and_then_what_one_chooses(open_page: Open) -> None:
    page = open_lab(open_page, "tree", DOUBLINGS, x=1)
    expect(page.locator("#lab .picture .output")).to_be_in_viewport()
    page.get_by_role("button", name="Mark the copies of x", exact=True).click()
    expect(page.locator("#lab .picture .traced").first).to_be_in_viewport()


def test_ids_of_the_tree_are_its_own(open_page: Open) -> None:
    page = open_lab(open_page, "tree", SHARED, a=2)
    expect(page.locator("#lab .picture svg")).to_be_visible()
    ids = page.locator("[id]").evaluate_all("found => found.map((each) => each.id)")
    assert len(ids) == len(set(ids))


def test_the_tree_opens_as_a_program(open_page: Open) -> None:
    page = open_lab(open_page, "tree", a=2, b=-3)
    page.get_by_role("link", name="Open it as a program").click()
    expect(page.locator("#result")).to_have_text("d = −4")
    expect(page.locator("#canvas g.node")).to_have_count(5)


def test_a_tree_too_large_says_how_large(open_page: Open) -> None:
    page = open_lab(open_page, "tree", DOUBLINGS, x=1, lab_folded="0")
    assert "2,305,843,009,213,693,951 nodes" in saying(page)
    expect(page.locator("#lab .picture")).to_have_text("Too large to be drawn.")


# -- both --------------------------------------------------------------------------------------------------------------


@LOOKS
@pytest.mark.parametrize(
    ("experiment", "settings"),
    [("paths", {"lab_path": "1"}), ("paths", {"lab_mode": "forward"}), ("tree", {"lab_shared": "a"})],
    ids=["paths", "forward", "tree"],
)
def test_axe_finds_nothing(open_page: Open, experiment: str, settings: dict[str, str], looks: dict[str, Any]) -> None:
    page = open_lab(open_page, experiment, PROGRAM, **settings, **looks)
    expect(page.locator("#lab tbody tr").first).to_be_visible()
    page.wait_for_timeout(300)
    assert violations(page) == []


@pytest.mark.parametrize("experiment", ["paths", "tree"])
def test_a_broken_program_is_told_in_the_room(open_page: Open, experiment: str) -> None:
    page = open_lab(open_page, experiment, "x = 3 +", allowed=("422",))
    expect(page.locator("#lab .mistake")).to_be_visible()
