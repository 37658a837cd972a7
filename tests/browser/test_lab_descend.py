"""Descend: one step as the micrograd note takes it, overshoot, other optimizers, and what one sees of it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.browser.test_lab import open_lab, setting, settled
from tests.browser.test_modes import await_truth

NOTE: dict[str, Any] = {"source": "e = a*b\nd = e + c\nL = d*f", "a": 2, "b": -3, "c": 10, "f": -2}
LINE: dict[str, Any] = {"source": "loss = (w*x - y)**2", "w": 1, "x": 1, "y": 3, "fixed": "x y"}


def rows(page: Page) -> list[list[str]]:
    """Return the texts of the table of a step."""
    table = "rows => rows.map((row) => [...row.cells].map((cell) => cell.textContent))"
    found: list[list[str]] = page.locator("#lab .tables tbody tr").evaluate_all(table)
    return found


def saying(page: Page) -> str:
    return page.locator("#lab .saying").inner_text()


def test_the_notes_step_uphill_leads_from_minus_8_to_minus_7_286496(open_page: Open) -> None:
    """Using gradients to change the output: 0.01 * grad is added to each leaf."""
    page = open_lab(open_page, "descend", lab_direction="ascend", lab_iterations="1", lab_lr="0.01", **NOTE)
    expect(page.locator("#lab .tables tbody tr")).to_have_count(5)
    assert rows(page) == [
        ["a", "2", "6", "2.06"],
        ["b", "−3", "−4", "−3.04"],
        ["c", "10", "−2", "9.98"],
        ["f", "−2", "4", "−1.96"],
        ["L", "−8", "–", "−7.286"],
    ]
    after = page.locator("#lab .tables tr.output td").last
    assert float(after.get_attribute("title") or "") == pytest.approx(-7.286496, abs=1e-12)
    assert "rises from −8 to −7.286" in saying(page)


def test_scrubbing_shows_the_graph_at_that_iteration(open_page: Open) -> None:
    page = open_lab(open_page, "descend", lab_direction="ascend", lab_iterations="1", **NOTE)
    expect(page.locator("#n0 text.data")).to_have_text("2")
    page.locator("#lab .plot svg[role=slider]").first.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#n0 text.data")).to_have_text("2.06")
    expect(page.locator("g.node.output text.data, #n6 text.data").first).to_have_text("−7.286")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#n0 text.data")).to_have_text("2")


def test_the_forums_weight_finds_3(open_page: Open) -> None:
    """Gradients intuition?: w starts at 1, the true one is 3, and data stay as they are."""
    page = open_lab(open_page, "descend", lab_lr="0.1", lab_iterations="60", lab_k="60", **LINE)
    expect(page.locator("#n0 text.data")).to_have_text("3")
    assert [row[0] for row in rows(page)] == ["w", "loss"]


def test_a_rate_that_is_too_large_is_said_in_words_and_mended_by_one_press(open_page: Open) -> None:
    page = open_lab(open_page, "descend", lab_lr="1.1", **LINE)
    expect(page.locator("#lab .saying")).to_contain_text(re.compile("[Dd]iverge"))
    page.locator("#lab .saying button").first.click()
    expect(page.locator("#lab .saying")).not_to_contain_text(re.compile("[Dd]iverge"))
    lr = float(page.get_by_label("Learning rate", exact=True).input_value())
    assert 0 < lr < 1


def test_dragging_the_rate_changes_the_curve_live(open_page: Open) -> None:
    page = open_lab(open_page, "descend", lab_lr="0.01", **LINE)
    line = page.locator("#lab .plot .frame .line").first
    before = line.get_attribute("d")
    slider = page.get_by_label("Learning rate, on a logarithmic scale")
    slider.focus()
    for _ in range(8):
        page.keyboard.press("ArrowRight")
    await_truth(page, "Number(new URLSearchParams(location.hash.slice(1)).get('lab.lr')) > 0.02")
    expect(line).not_to_have_attribute("d", before or "")


@pytest.mark.parametrize(("optimizer", "knob"), [("momentum", "momentum"), ("Adam", "beta 1"), ("RMSprop", "alpha")])
def test_each_optimizer_shows_what_it_takes(open_page: Open, optimizer: str, knob: str) -> None:
    page = open_lab(open_page, "descend", **LINE)
    page.locator("#lab .method summary").click()
    page.get_by_label("Optimizer").select_option(optimizer)
    expect(page.locator("#lab .knobs").get_by_label(knob)).to_be_visible()
    settled(page)
    await_truth(page, f"location.hash.includes('lab.optimizer={optimizer}')")


def test_without_zero_grad_gradients_pile_up(open_page: Open) -> None:
    page = open_lab(open_page, "descend", lab_lr="0.1", lab_zero_grad="0", **LINE)
    expect(page.locator("#lab .saying")).to_contain_text(re.compile("pile", re.IGNORECASE))
    page.locator("#lab .method summary").click()
    page.get_by_role("checkbox", name="zero_grad").check()
    expect(page.locator("#lab .saying")).not_to_contain_text(re.compile("pile", re.IGNORECASE))
    assert setting(page, "zero_grad") is None


def test_a_slice_shows_the_tangent_and_the_step(open_page: Open) -> None:
    page = open_lab(open_page, "descend", lab_lr="0.1", lab_beside="slice", **LINE)
    plot = page.locator("#lab .plot").nth(1)
    expect(plot.locator("h3")).to_have_text("loss along w")
    expect(plot.locator(".legend li")).to_have_text(["loss", "tangent", "here", "after the step"])
    plot.locator("summary").click()
    expect(plot.locator("tbody tr").first).to_contain_text("4")


def test_a_contour_shows_the_way_over_two_leaves(open_page: Open) -> None:
    source = "loss = a**2 + 20*b**2"
    page = open_lab(open_page, "descend", source, a=4, b=1, lab_lr="0.02", lab_beside="contour")
    plot = page.locator("#lab .plot").nth(1)
    expect(plot.locator("h3")).to_have_text("loss over a and b")
    expect(plot.locator(".level").nth(4)).to_be_attached()
    expect(plot.locator(".frame .line")).to_be_attached()
    page.get_by_role("combobox", name="up", exact=True).select_option("a")
    expect(page.locator("#lab .tables .mistake")).to_be_visible()
    expect(plot).to_be_hidden()


def test_a_long_run_tells_how_far_it_is_and_can_be_paused_and_resumed(open_page: Open) -> None:
    source = "s = 0\nfor k in range(400):\n    s = s + tanh(w * k) * v\nloss = s*s"
    page = open_lab(open_page, "descend", source, w=0.5, v=1, lab_lr="1e-9", lab_iterations="9000")
    expect(page.locator("#lab .progress")).to_have_text(re.compile(r"Iteration [\d,]+ of 9,000"))
    page.get_by_role("button", name="Pause").click()
    page.wait_for_timeout(700)
    text = page.locator("#lab .progress").inner_text()
    page.wait_for_timeout(700)
    assert page.locator("#lab .progress").inner_text() == text
    page.get_by_role("button", name="Resume").click()
    expect(page.locator("#lab .progress")).not_to_have_text(text)


def test_play_runs_through_the_iterations(open_page: Open) -> None:
    page = open_lab(open_page, "descend", lab_lr="0.1", lab_iterations="4", **LINE)
    page.get_by_role("button", name="Play", exact=True).last.click()
    expect(page.locator("#lab .plot svg[role=slider]").first).to_have_attribute("aria-valuenow", "4")
    expect(page.get_by_role("button", name="Play", exact=True).last).to_be_visible()
