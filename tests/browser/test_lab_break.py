"""The laboratory's "Break it" and "Your engine" in a real browser."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.browser.test_modes import violations
from tests.browser.test_page import PHONE
from tests.lab.test_compare import GRAPH, changed

SUM = "c = a*b\nd = c + a"
DARK: dict[str, Any] = {"color_scheme": "dark"}
LOOKS = pytest.mark.parametrize(
    "looks", [{}, DARK, PHONE, {**PHONE, **DARK}], ids=["light", "dark", "phone", "dark phone"]
)
FIRST_WRONG = "a.grad holds 1, and that is overwritten with 3: a.grad becomes 3; here it should be 4."


def broken(open_page: Open, view: str = "", source: str = SUM, **given: Any) -> Page:
    page = open_page(source, view=f"lab=break{view}", **({"a": 2, "b": 3} | given))
    expect(page.locator("#lab .saying")).not_to_be_empty()
    return page


def engine(open_page: Open, trace: object = None, **given: Any) -> Page:
    view = "" if trace is None else f"&lab.trace={quote(json.dumps(trace))}"
    return open_page(SUM, view=f"lab=compare{view}", a=2, b=3, **given)


def current(page: Page, which: str) -> str:
    return page.locator(f"#lab [data-pass={which}] .current").inner_text()


# -- break it ---------------------------------------------------------------------------------------------------------


def test_both_passes_stop_at_the_first_wrong_number_and_the_picture_shows_where(open_page: Open) -> None:
    page = broken(open_page)
    expect(page.locator("#lab .saying")).to_have_text(f"{FIRST_WRONG} 1 gradient is wrong at the end.")
    assert current(page, "right") == "from c: a.grad += 3 × 1 → 4"
    assert current(page, "wrong") == "wrong: from c: a.grad = 3 × 1 → 3"
    expect(page.locator("#canvas .traced")).to_have_count(3)
    row = page.locator("#lab .ends tr.wrong")
    assert row.inner_text().split() == ["a", "4", "3", "wrong"]


def test_it_can_be_stepped_by_keyboard_alone_and_the_address_keeps_the_moment(open_page: Open) -> None:
    page = broken(open_page)
    back, first = page.get_by_role("button", name="Back", exact=True), page.get_by_role("button", name="First wrong")
    back.focus()
    for _ in range(2):
        page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("lab.faultstep=2"))
    assert current(page, "wrong") == "from d: c.grad = 1 × 1 → 1"
    page.get_by_role("slider", name="Steps done").focus()
    page.keyboard.press("Home")
    expect(page.locator("#lab .pass .current")).to_have_count(0)
    expect(page.locator("#canvas .traced")).to_have_count(0)
    expect(back).to_have_attribute("aria-disabled", "true")
    first.focus()
    page.keyboard.press("Enter")
    assert current(page, "wrong").startswith("wrong: ")
    expect(page).not_to_have_url(re.compile("faultstep"))


def test_another_fault_begins_at_its_own_first_wrong_number(open_page: Open) -> None:
    page = broken(open_page, "&lab.faultstep=1")
    page.locator("#lab .break select").select_option("no_zero_grad")
    expect(page.locator("#lab .saying")).to_contain_text("a.grad still holds 4, where 0 belongs")
    assert "lab.fault=no_zero_grad" in page.url
    assert "faultstep" not in page.url
    expect(page.locator("#lab pre .wrong")).to_contain_text("# model.zero_grad() is missing")


def test_a_program_without_the_bug_says_so_and_the_smallest_with_it_can_be_opened(open_page: Open) -> None:
    page = broken(open_page, "&lab.fault=recursion")
    expect(page.locator("#lab .saying")).to_contain_text("This program does not show the bug")
    page.get_by_role("button", name="Smallest program").click()
    expect(page.locator("#lab .found")).to_contain_text("u = a * a; u * u gives a.grad 216 for 108.")
    page.get_by_role("button", name="Open it").click()
    expect(page.locator("#lab .saying")).to_contain_text("u passes on to a a second time: a.grad becomes 162")
    expect(page.locator("#result")).to_have_text("out = 81")


def test_a_slider_of_the_program_moves_both_passes(open_page: Open) -> None:
    page = broken(open_page)
    page.get_by_label("data of a", exact=True).fill("5")
    expect(page.locator("#lab .saying")).to_contain_text("a.grad holds 1, and that is overwritten with 3")
    page.get_by_label("data of b", exact=True).fill("7")
    expect(page.locator("#lab .saying")).to_contain_text("overwritten with 7: a.grad becomes 7; here it should be 8.")


def test_it_opens_in_a_frame(open_page: Open) -> None:
    page = open_page(SUM, path="/embed", view="lab=break", a=2, b=3)
    expect(page.locator("#lab .saying")).to_contain_text(FIRST_WRONG)


@LOOKS
@pytest.mark.parametrize("view", ["lab=break", "lab=compare", 'lab=compare&lab.trace={"a":3,"b":2}'])
def test_axe_finds_nothing(open_page: Open, view: str, looks: dict[str, Any]) -> None:
    page = open_page(SUM, view=view, a=2, b=3, **looks)
    expect(page.locator("#lab .saying")).not_to_be_empty()
    page.wait_for_timeout(300)
    assert violations(page) == []


# -- your engine ------------------------------------------------------------------------------------------------------


def test_pasted_gradients_are_judged_and_the_fault_can_be_watched(open_page: Open) -> None:
    page = engine(open_page)
    expect(page.locator("#lab .saying")).to_contain_text("Nothing is pasted yet.")
    page.get_by_label("What your engine computed").fill('{"a": 3.0, "b": 2.0}')
    expect(page.locator("#lab .saying")).to_have_text(
        "a.grad is 3 in your engine, where 4 belongs. Every number fits: = in place of +=."
    )
    expect(page.locator("#canvas g.node.traced")).to_have_count(1)
    assert "lab.trace=" in page.url
    page.get_by_role("button", name="Watch it happen").click()
    expect(page.locator("#lab .saying")).to_contain_text(FIRST_WRONG)


def test_right_gradients_agree_and_a_graph_tells_the_edge(open_page: Open) -> None:
    page = engine(open_page, {"a": 4.0, "b": 2.0})
    expect(page.locator("#lab .saying")).to_have_text("All 2 gradients agree with what is computed here.")
    page = engine(open_page, changed(s3_contribution=3.0, n2_grad=3.0))
    expect(page.locator("#lab .saying")).to_contain_text("From c to b your engine sends 3, where 2 belongs.")
    expect(page.locator("#canvas g.edge.traced")).to_have_count(1)
    assert page.locator("#lab tr.wrong").inner_text().split() == ["b", "3", "3", "3", "2", "differs"]


def test_a_file_is_read(open_page: Open, tmp_path: Path) -> None:
    (tmp_path / "trace.json").write_text(json.dumps(GRAPH))
    page = engine(open_page)
    page.locator("#lab input[type=file]").set_input_files(tmp_path / "trace.json")
    expect(page.locator("#lab .saying")).to_have_text("All 4 gradients agree with what is computed here.")


def test_what_cannot_be_read_is_told_and_clearing_helps(open_page: Open) -> None:
    page = open_page(SUM, view="lab=compare", allowed=("422",), a=2, b=3)
    page.get_by_label("What your engine computed").fill('{"a": ')
    expect(page.locator("#lab .mistake")).to_contain_text("trace is not JSON from line 1, column 6 on")
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("#lab .mistake")).to_be_hidden()
    expect(page.locator("#lab .saying")).to_contain_text("Nothing is pasted yet.")


def test_a_dictionary_as_python_prints_it_is_read(open_page: Open) -> None:
    page = engine(open_page)
    page.get_by_label("What your engine computed").fill("{'a': 4.0, 'b': 2.0}")
    expect(page.locator("#lab .saying")).to_have_text("All 2 gradients agree with what is computed here.")


def test_no_old_verdict_stands_below_a_mistake(open_page: Open) -> None:
    page = open_page(SUM, view="lab=compare", allowed=("422",), a=2, b=3)
    page.get_by_label("What your engine computed").fill("{'a': 3.0, 'b': 2.0}")
    expect(page.locator("#lab .saying")).to_contain_text("a.grad is 3 in your engine, where 4 belongs")
    page.get_by_label("What your engine computed").fill("{'a': 3.0, 'b': ")
    expect(page.locator("#lab .mistake")).to_be_visible()
    expect(page.locator("#lab .saying")).to_be_hidden()
    expect(page.locator("#canvas .traced")).to_have_count(0)
    page.get_by_label("What your engine computed").fill("{'a': 4.0, 'b': 2.0}")
    expect(page.locator("#lab .saying")).to_contain_text("All 2 gradients agree")


def test_an_example_is_at_hand(open_page: Open) -> None:
    page = engine(open_page)
    page.get_by_role("button", name="An example with a bug").click()
    expect(page.get_by_label("What your engine computed")).to_have_value('{"a":3,"b":2}')
    expect(page.locator("#lab .slips strong")).to_have_text("= in place of +=.")


def test_the_program_that_prints_a_trace_can_be_copied(open_page: Open) -> None:
    page = engine(open_page)
    page.get_by_text("How to print it in Python").click()
    expect(page.locator("#lab .print pre")).to_have_count(2)
    expect(page.locator("#lab .print pre").first).to_contain_text("value._prev")
