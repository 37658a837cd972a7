"""The laboratory: its door, its tabs, its plots; what all experiments have in common."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.browser.test_looks import PICTURES
from tests.browser.test_modes import await_truth, press, violations
from tests.browser.test_page import PHONE

PROGRAM = "c = a*b\nd = c + a"
INPUTS: dict[str, Any] = {"a": 2, "b": 3}
SMALL: dict[str, Any] = {**PHONE}
LOOKS = pytest.mark.parametrize(
    "looks",
    [{}, {"color_scheme": "dark"}, PHONE, {**PHONE, "color_scheme": "dark"}],
    ids=["light", "dark", "phone", "dark phone"],
)


def open_lab(open_page: Open, experiment: str, source: str = PROGRAM, **given: Any) -> Page:
    """Open an experiment and wait until it stands; settings are given as `lab_node="a"`."""
    settings = {name.removeprefix("lab_"): given.pop(name) for name in list(given) if name.startswith("lab_")}
    view = "&".join([f"lab={experiment}", *(f"lab.{name}={text}" for name, text in settings.items())])
    page = open_page(source, view=view, **({**INPUTS, **given} if source == PROGRAM else given))
    expect(page.locator(f"#lab .experiment.{experiment}")).to_be_visible()
    settled(page)
    return page


def settled(page: Page) -> None:
    """Wait until nothing is asked any more."""
    expect(page.locator("#lab [aria-busy=true]")).to_have_count(0)


def setting(page: Page, name: str) -> str | None:
    """Return a setting as the address holds it."""
    found = parse_qs(urlsplit(page.url).fragment).get(f"lab.{name}")
    return found[0] if found else None


def names(page: Page) -> list[str]:
    found = page.locator("#lab [role=tab]").evaluate_all("tabs => tabs.map((tab) => tab.dataset.lab)")
    return list(map(str, found))


# -- the door ----------------------------------------------------------------------------------------------------------


def test_scripts_of_the_laboratory_come_when_it_is_opened(open_page: Open) -> None:
    page = open_page(PROGRAM, **INPUTS)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    expect(page.locator("#lab")).to_be_hidden()
    page.wait_for_timeout(200)
    before = page.evaluate("performance.getEntriesByType('resource').map((each) => each.name)")
    assert not [name for name in before if re.search(r"/(vendor/lab|vendor/plots|js/lab/)", name)]
    page.keyboard.press("l")
    expect(page.locator("#lab .experiment")).to_be_visible()
    assert [url for url in asked if re.search(r"/vendor/lab\.js|/js/lab/index\.js", url)]


@LOOKS
def test_the_door_opens_and_closes_and_the_walk_is_there_again(open_page: Open, looks: dict[str, Any]) -> None:
    page = open_page(PROGRAM, **INPUTS, **looks)
    press(page, "#show-lab")
    expect(page.locator("#lab .experiment")).to_be_visible()
    expect(page.locator("#stepper")).to_be_hidden()
    expect(page.locator("#canvas svg")).to_be_visible()
    page.locator("#lab [data-close]").click()
    expect(page.locator("#lab")).to_be_hidden()
    expect(page.locator("#stepper")).to_be_visible()


def test_the_address_keeps_the_experiment_that_is_open(open_page: Open) -> None:
    page = open_lab(open_page, "descend", lab_lr="0.05")
    expect(page.get_by_label("Learning rate", exact=True)).to_have_value("0.05")
    expect(page.locator("#lab [role=tab][aria-selected=true]")).to_have_text("Descend")
    page.keyboard.press("l")
    await_truth(page, "!location.hash.includes('lab=')")


def test_tabs_are_walked_with_arrow_keys(open_page: Open) -> None:
    page = open_lab(open_page, "descend")
    all_names = names(page)
    page.locator("#lab [role=tab][aria-selected=true]").focus()
    page.keyboard.press("Home")
    for name in all_names[1:]:
        page.keyboard.press("ArrowRight")
        expect(page.locator(f"#lab .experiment.{name}")).to_be_attached()
        expect(page.locator(f"#lab [data-lab={name}]")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page.locator(f"#lab [data-lab={all_names[0]}]")).to_be_focused()


def test_an_experiment_that_is_not_there_is_the_first_one(open_page: Open) -> None:
    page = open_page(PROGRAM, view="lab=nothing", **INPUTS)
    expect(page.locator("#lab [role=tab][aria-selected=true]")).to_have_count(1)


def test_marks_and_other_numbers_go_when_an_experiment_is_left(open_page: Open) -> None:
    page = open_lab(open_page, "descend", lab_k="3", lab_lr="0.1")
    expect(page.locator("#n0 text.data")).not_to_have_text("2")
    page.keyboard.press("l")
    expect(page.locator("#n0 text.data")).to_have_text("2")


def test_a_frame_in_another_page_shows_one_experiment_and_its_graph(open_page: Open) -> None:
    page = open_page(PROGRAM, path="/embed", view="lab=descend", viewport={"width": 660, "height": 640}, **INPUTS)
    expect(page.locator("#lab .experiment.descend")).to_be_visible()
    expect(page.locator("#lab [role=tablist]")).to_be_hidden()
    expect(page.locator("#canvas svg")).to_be_visible()
    lab, graph = (page.locator(each).bounding_box() for each in ("#lab", "#canvas"))
    assert lab and graph and lab["y"] >= graph["y"] + 100


# -- all experiments ---------------------------------------------------------------------------------------------------


@LOOKS
def test_axe_finds_nothing_in_any_experiment(
    open_page: Open, looks: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    page = open_lab(open_page, "descend", **looks)
    for name in names(page):
        page.evaluate(f"location.hash = 'lab={name}'")
        expect(page.locator(f"#lab .experiment.{name}")).to_be_attached()
        page.wait_for_timeout(500)
        settled(page)
        PICTURES.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=PICTURES / f"lab-{name}-{request.node.callspec.id.replace(' ', '-')}.png")
        assert (name, violations(page)) == (name, [])


def test_no_experiment_makes_the_page_wider_than_a_phone(open_page: Open) -> None:
    page = open_lab(open_page, "descend", **SMALL)
    for name in names(page):
        page.evaluate(f"location.hash = 'lab={name}'")
        expect(page.locator(f"#lab .experiment.{name}")).to_be_attached()
        page.wait_for_timeout(400)
        assert (name, page.evaluate("document.documentElement.scrollWidth <= innerWidth")) == (name, True)


def test_every_experiment_says_what_is_wrong_with_a_broken_program(open_page: Open) -> None:
    page = open_lab(open_page, "descend")
    for name in names(page):
        page.evaluate(f"location.hash = 'lab={name}'")
        expect(page.locator(f"#lab .experiment.{name}")).to_be_attached()
    page.locator(".cm-content").click()
    page.keyboard.press("Control+A")
    page.keyboard.type("y = x +")
    expect(page.locator("#problem")).to_be_visible()
    for name in names(page):
        page.evaluate(f"location.hash = 'lab={name}'")
        expect(page.locator(f"#lab .experiment.{name}")).to_be_attached()
        page.wait_for_timeout(300)


# -- plots -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_plot_can_be_taken_along_as_it_looks(open_page: Open, scheme: str) -> None:
    page = open_lab(open_page, "descend", color_scheme=scheme)
    plot = page.locator("#lab .plot").first
    expect(plot.locator(".frame .line")).to_be_attached()
    with page.expect_download() as download:
        plot.get_by_role("button", name="SVG").click()
    svg = download.value.path().read_text()
    assert download.value.suggested_filename.endswith(".svg")
    ground = {"light": "rgb(255, 255, 255)", "dark": "rgb(27, 30, 36)"}[scheme]
    assert svg.startswith("<svg") and f'fill="{ground}"' in svg and "iteration" in svg
    assert "var(" not in svg and "class=" not in svg
    with page.expect_download() as download:
        plot.get_by_role("button", name="PNG").click()
    png = download.value.path().read_bytes()
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert len(png) > 2_000


def test_a_plot_has_words_and_a_table_behind_it(open_page: Open) -> None:
    page = open_lab(open_page, "descend", lab_iterations="3")
    plot = page.locator("#lab .plot").first
    expect(plot.locator("svg[role=slider]")).to_have_attribute("aria-label", re.compile("iterations.*3 iterations"))
    plot.locator("summary").click()
    rows = plot.locator("table tbody tr")
    expect(rows).to_have_count(4)
    expect(rows.first).to_contain_text("8")


def test_arrow_keys_move_the_cursor_of_a_plot(open_page: Open) -> None:
    page = open_lab(open_page, "descend", lab_lr="0.1", lab_iterations="5")
    plot = page.locator("#lab .plot svg[role=slider]").first
    plot.focus()
    page.keyboard.press("ArrowRight")
    expect(plot).to_have_attribute("aria-valuenow", "1")
    expect(plot).to_be_focused()
    page.keyboard.press("End")
    expect(plot).to_have_attribute("aria-valuenow", "5")
    await_truth(page, "location.hash.includes('lab.k=5')")
    assert setting(page, "k") == "5"
    page.keyboard.press("Home")
    expect(plot).to_have_attribute("aria-valuenow", "0")


def test_curves_stand_out_from_the_ground_in_both_themes(open_page: Open) -> None:
    for scheme in ("light", "dark"):
        page = open_lab(open_page, "descend", color_scheme=scheme)
        expect(page.locator("#lab .plot .frame .line").first).to_be_attached()
        line, ground = page.evaluate(
            """() => {
              const colour = (text) => text.match(/\\d+/g).slice(0, 3).map(Number);
              const line = document.querySelector("#lab .plot .frame .line");
              return [getComputedStyle(line).stroke, getComputedStyle(line.closest(".frame > svg")).backgroundColor]
                .map(colour);
            }"""
        )
        assert abs(sum(line) - sum(ground)) > 450


# -- the way back ------------------------------------------------------------------------------------------------------


def test_back_leads_to_the_experiment_before(open_page: Open) -> None:
    page = open_lab(open_page, "nudge")
    page.locator("#lab [data-lab=check]").click()
    expect(page.locator("#lab .experiment.check")).to_be_visible()
    page.go_back()
    expect(page.locator("#lab .experiment.nudge")).to_be_visible()
    page.go_forward()
    expect(page.locator("#lab .experiment.check")).to_be_visible()


def test_an_experiment_is_found_by_what_its_tab_says(open_page: Open) -> None:
    page = open_page(PROGRAM, view="lab=nan", **INPUTS)
    expect(page.locator("#lab .experiment.origin")).to_be_visible()
    await_truth(page, "location.hash === '#lab=origin'")


def test_who_comes_to_predict_from_elsewhere_sees_no_answers(open_page: Open) -> None:
    page = open_page(PROGRAM, **INPUTS)
    expect(page.locator("#n0 text.grad")).to_have_text("4")
    page.evaluate("location.hash = 'lab=predict'")
    expect(page.locator("#lab .experiment.predict")).to_be_visible()
    expect(page.locator("#n0 text.grad")).to_have_text("–")
