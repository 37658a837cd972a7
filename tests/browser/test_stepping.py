"""Walking in all its ways: grains, phases, breakpoints, the topological sort, the algorithm, the table, the ledger."""

from __future__ import annotations

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from engine.glossary import GLOSSARY
from tests.browser.conftest import Open
from tests.browser.test_page import EDITOR, LISTING, PHONE, node, query

LOOKS: list[dict[str, Any]] = [{}, {**PHONE, "color_scheme": "dark"}]
BOTH = pytest.mark.parametrize("looks", LOOKS, ids=["light-desktop", "dark-phone"])
TRAINED = LISTING + "\na.data -= 0.01 * a.grad"


def opened(open_page: Open, source: Any = LISTING, **given: Any) -> Page:
    page = open_page(source, **given)
    page.wait_for_selector(EDITOR)
    return page


def option(page: Page, selector: str) -> None:
    """On a phone, how one walks is behind a button."""
    if not page.locator(selector).is_visible():
        page.locator("#more-options").click()


def show_sort(page: Page) -> None:
    option(page, "#sorting")
    page.locator("#sorting").check()


def press(page: Page, *keys: str) -> None:
    page.locator("#canvas").focus()
    for key in keys:
        page.keyboard.press(key)


def chips(page: Page, name: str) -> list[str]:
    return page.locator(f"#{name} .chip").all_text_contents()


def ledger(page: Page) -> str:
    return page.locator("#explanation .ledger").text_content() or ""


# -- the main job, by keyboard alone -----------------------------------------------------------------------------------


def test_keys_alone_lead_from_a_program_to_why_a_grad_is_4(open_page: Open) -> None:
    page = opened(open_page, "x")
    page.keyboard.press("e")
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(LISTING)
    expect(page.locator("#result")).to_have_text("d = 8")
    page.keyboard.press("Escape")
    page.keyboard.press("Home")
    expect(page.locator("#cursor")).to_have_text("0")
    for _ in range(6):
        page.keyboard.press("ArrowRight")
    expect(page.locator("#status")).to_contain_text("It is added to the 1 already there: a.grad is now 4.")
    assert ledger(page) == "a.grad: – → 1 → 1 + 3 = 4"


# -- stepper -----------------------------------------------------------------------------------------------------------


@BOTH
def test_a_step_goes_by_contribution_by_node_or_by_phase(open_page: Open, looks: dict[str, Any]) -> None:
    page = opened(open_page, step=3, **looks)
    for grain, at in (("node", "5"), ("edge", "6"), ("phase", "7")):
        option(page, "#grain")
        page.locator("#grain").select_option(grain)
        page.locator("[data-go=next]").click()
        expect(page.locator("#cursor")).to_have_text(at)
    page.locator("[data-go=back]").click()
    expect(page.locator("#cursor")).to_have_text("3")
    page.wait_for_url(re.compile("by=phase"))
    page.reload()
    expect(page.locator("#grain")).to_have_value("phase")


@BOTH
def test_a_phase_is_finished_by_button_and_by_key(open_page: Open, looks: dict[str, Any]) -> None:
    page = opened(open_page, TRAINED, step=1, **looks)
    finish = page.locator("[data-go=finish]")
    if "viewport" in looks:  # on a phone the phases themselves are the buttons
        page.locator("#marks").get_by_role("button", name="seed").click()
    else:
        finish.click()
    expect(page.locator("#cursor")).to_have_text("2")
    press(page, "f", "f")
    expect(page.locator("#cursor")).to_have_text("7")
    press(page, "f")
    expect(finish).to_have_attribute("aria-disabled", "true")


@BOTH
def test_a_phase_mark_leads_to_the_beginning_of_its_phase(open_page: Open, looks: dict[str, Any]) -> None:
    page = opened(open_page, TRAINED, step=0, **looks)
    show_sort(page)
    marks = page.locator("#marks button")
    assert marks.all_text_contents() == ["forward", "sort", "seed", "backward", "update"]
    for name, at in (("update", "7"), ("backward", "3"), ("forward", "0"), ("sort", "2")):
        marks.filter(has_text=name).click()
        expect(page.locator("#cursor")).to_have_text(at)
    marks.filter(has_text="seed").click()
    expect(page.locator(".count")).to_have_text("sort 9 / 9")
    expect(page.locator("#marks [aria-current]")).to_have_text("sort")
    box = marks.first.bounding_box()
    assert box and box["height"] >= 24


def test_play_pauses_at_a_breakpoint_and_says_why(open_page: Open) -> None:
    page = open_page(LISTING, step=2)
    page.goto(f"{page.url}#stops=n0")
    page.reload()
    page.wait_for_selector(EDITOR)
    page.locator("#speed").select_option("4")
    page.locator("[data-go=play]").click()
    expect(page.locator("#cursor")).to_have_text("5")
    expect(page.locator("[data-go=play]")).to_have_attribute("aria-pressed", "false")
    expect(page.locator("#explanation .paused")).to_have_text("Play pauses here: breakpoint at a")
    press(page, "ArrowLeft")
    expect(page.locator("#explanation .paused")).to_be_hidden()


@BOTH
def test_nothing_moves_while_one_steps(open_page: Open, looks: dict[str, Any]) -> None:
    page = opened(open_page, step=0, **looks)
    show_sort(page)
    places = """() => ['#stepper', '[data-go=next]', '#scrubber', '.count', '#explanation', '#side', '#marks']
      .map(s => document.querySelector(s).getBoundingClientRect()).map(r => [r.x, r.y, r.width, r.height].join())
      .join(' ')"""
    before = page.evaluate(places)
    for _ in range(16):
        page.keyboard.press("ArrowRight")
        assert page.evaluate(places) == before
    expect(page.locator("#cursor")).to_have_text("7")


def test_on_a_phone_the_stepper_stays_at_the_thumb(open_page: Open) -> None:
    page = opened(open_page, step=5, **PHONE)
    box = page.locator("#stepper").bounding_box()
    assert box and box["y"] + box["height"] == pytest.approx(844, abs=2)
    for button in page.locator("#stepper .buttons button:visible").all():
        size = button.bounding_box()
        assert size and size["width"] >= 44 and size["height"] >= 44
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_on_a_phone_the_ledger_of_a_step_is_seen_above_the_stepper(open_page: Open) -> None:
    page = opened(open_page, "c = a*b\nd = c + a", a=2, b=3, step=6, **PHONE)
    expect(page.locator("#canvas")).to_be_in_viewport(ratio=1)
    line = page.locator("#explanation .ledger").bounding_box()
    bar = page.locator("#stepper").bounding_box()
    assert line and bar and line["y"] + line["height"] <= bar["y"]


@pytest.mark.parametrize("sorts", [False, True], ids=["backward", "sort"])
def test_on_a_phone_the_algorithm_runs_right_below_the_graph(open_page: Open, sorts: bool) -> None:
    page = opened(open_page, "c = a*b\nd = c + a", a=2, b=3, step=6, reduced_motion="reduce", **PHONE)
    if sorts:
        show_sort(page)
        page.locator("#more-options").click()
        page.get_by_role("button", name="sort", exact=True).click()
    tabs = page.locator("#side [role=tablist]")
    page.get_by_role("tab", name="Algorithm").click()
    page.locator("[data-go=next]").click()
    bar = page.locator("#stepper").bounding_box()
    for part in ("#canvas", "#algorithm .listing [aria-current]", "#algorithm .variables"):
        box = page.locator(part).first.bounding_box()
        assert box and bar and box["y"] >= 0 and box["y"] + box["height"] <= bar["y"]
    before = tabs.bounding_box()
    page.get_by_role("tab", name="Steps").click()
    after = tabs.bounding_box()
    assert before and after and after["y"] == pytest.approx(before["y"], abs=2)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_where_nobody_walks_the_program_is_seen_above_the_stepper(open_page: Open, scheme: str) -> None:
    page = opened(open_page, "c = a*b\nd = c + a", a=2, b=3, color_scheme=scheme, **PHONE)
    expect(page.locator("#explanation .sums")).to_be_visible()
    bar = page.locator("#stepper").bounding_box()
    for part in ("#program-title", "#editor .cm-line >> nth=0", "#editor .cm-line >> nth=1"):
        box = page.locator(part).bounding_box()
        assert box and bar and box["y"] + box["height"] <= bar["y"]
    top = "document.querySelector('#canvas').getBoundingClientRect().top"
    before = page.evaluate(top)
    page.locator("[data-go=first]").click()
    assert page.evaluate(top) == before


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_the_sums_at_the_end_are_seen_above_the_stepper(open_page: Open, scheme: str) -> None:
    page = opened(open_page, "c = a*b\nd = c + a", a=2, b=3, step=6, color_scheme=scheme, **PHONE)
    before = page.locator("#explanation").bounding_box()
    page.locator("[data-go=next]").click()
    bar = page.locator("#stepper").bounding_box()
    for part in (".sums p >> nth=0", ".sums p >> nth=1", ".formula", ".sentence"):
        box = page.locator(f"#explanation {part}").bounding_box()
        assert box and bar and box["y"] + box["height"] <= bar["y"]
    assert page.locator("#explanation").bounding_box() == before
    assert page.locator("#explanation").evaluate("each => each.scrollHeight <= each.clientHeight")


# -- keys that take a step ---------------------------------------------------------------------------------------------


def test_it_is_said_which_keys_take_a_step_from_where_one_is(open_page: Open) -> None:
    page = opened(open_page, "c = a*b\nd = c + a", a=2, b=3)
    sentence = page.locator("#explanation .sentence")
    expect(sentence).to_contain_text("Press → or Play")
    page.locator(EDITOR).focus()
    expect(sentence).to_contain_text("Press Escape, then →, or Play")
    page.get_by_label("data of a", exact=True).focus()
    expect(sentence).to_contain_text("Press Enter, then →, or Play")
    page.get_by_label("slider of a").focus()
    expect(sentence).to_contain_text("Press Play to walk")
    page.locator("#canvas").focus()
    expect(sentence).to_contain_text("Press → or Play")


def test_escape_leads_from_the_program_to_the_graph_where_arrows_step(open_page: Open) -> None:
    page = opened(open_page, "c = a*b\nd = c + a", a=2, b=3, step=2)
    page.keyboard.press("e")
    expect(page.locator(EDITOR)).to_be_focused()
    page.keyboard.press("Escape")
    canvas = page.locator("#canvas")
    expect(canvas).to_be_focused()
    assert canvas.evaluate("each => getComputedStyle(each).outlineStyle") == "solid"
    expect(page.locator("#status")).to_have_text("In the graph: → and ← take steps.")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#cursor")).to_have_text("3")


# -- leaves ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["Enter", "Escape"])
def test_keys_of_a_leaf_give_the_arrows_back_to_the_walk(open_page: Open, key: str) -> None:
    page = opened(open_page, "c = a*b\nd = c + a", a=2, b=3, step=3)
    page.get_by_label("data of a", exact=True).fill("5")
    page.keyboard.press("Enter")
    expect(page.locator("#result")).to_have_text("d = 20")
    page.get_by_label("data of a", exact=True).focus()
    page.keyboard.press(key)
    page.keyboard.press("ArrowRight")
    expect(page.locator("#cursor")).to_have_text("4")
    expect(page.get_by_label("data of a", exact=True)).to_have_value("5")


def test_a_press_selects_the_number_of_a_leaf_and_a_second_one_sets_the_cursor(open_page: Open) -> None:
    page = opened(open_page, "c = a*b\nd = c + a", a=2, b=3)
    field = page.get_by_label("data of a", exact=True)
    field.click()
    page.keyboard.insert_text("7")
    expect(field).to_have_value("7")
    field.click()
    page.keyboard.insert_text("1")
    expect(field).to_have_value("71")


def test_a_slider_takes_the_bounds_that_one_types(open_page: Open) -> None:
    page = opened(open_page, "c = a*b\nd = c + a", a=2, b=3)
    slider, low, high = (
        page.get_by_label(name, exact=True)
        for name in ("slider of a", "lowest of the slider of a", "highest of the slider of a")
    )
    page.get_by_role("button", name="range of a").click()
    expect(low).to_be_focused()
    page.keyboard.insert_text("1")
    page.keyboard.press("Tab")
    page.keyboard.insert_text("3,5")
    page.keyboard.press("Enter")
    assert [slider.get_attribute(name) for name in ("min", "max", "step")] == ["1", "3.5", "0.01"]
    expect(slider).to_have_value("2")
    slider.press("End")
    expect(page.locator("#result")).to_have_text("d = 14")
    page.get_by_label("data of a", exact=True).fill("6")
    expect(high).to_have_value("6")
    low.fill("9")
    low.press("Enter")
    expect(page.locator("#leaves .note").first).to_have_text("from a lower to a higher number, please")
    low.fill("")
    high.fill("")
    high.press("Enter")
    assert slider.get_attribute("min") == "-10"
    high.press("Escape")
    expect(page.get_by_role("button", name="range of a")).to_be_focused()
    expect(high).to_have_count(0)


def test_bounds_that_one_typed_stay_when_the_program_is_edited(open_page: Open) -> None:
    page = opened(open_page, "c = a*b\nd = c + a", a=2, b=3)
    page.get_by_role("button", name="range of a").click()
    page.get_by_label("lowest of the slider of a").fill("-4")
    page.get_by_label("lowest of the slider of a").press("Enter")
    page.locator(EDITOR).click()
    page.keyboard.press("Control+End")
    page.keyboard.insert_text(" + f")
    expect(page.get_by_label("slider of f", exact=True)).to_have_count(1)
    assert page.get_by_label("slider of a", exact=True).get_attribute("min") == "-4"


# -- what is seen before there is anything to step through -------------------------------------------------------------


def test_without_a_program_the_place_of_the_steps_is_kept(open_page: Open) -> None:
    page = opened(open_page, "", allowed=("422",))
    place = page.locator("#side").bounding_box()
    words = page.locator("#explanation").bounding_box()
    assert place and words and place["width"] > 300 and place["height"] == words["height"]


def test_a_very_long_name_stays_inside_of_its_panel(open_page: Open) -> None:
    name = "x" * 120
    page = opened(open_page, f"y = {name}*{name}", step=4)
    assert page.locator("#explanation").evaluate("each => each.scrollWidth <= each.clientWidth")
    assert page.locator("#steps").evaluate("each => each.scrollWidth <= each.clientWidth")


# -- the topological sort ----------------------------------------------------------------------------------------------


@BOTH
def test_the_sort_is_offered_where_the_order_matters_and_walked_event_by_event(
    open_page: Open, looks: dict[str, Any]
) -> None:
    page = opened(open_page, step=2, **looks)
    page.get_by_role("button", name="How is the order found?").click()
    expect(page.locator(".count")).to_have_text("sort 1 / 9")
    sentence = page.locator("#explanation .sentence")
    expect(sentence).to_contain_text("d is new, so it joins the visited set; next come its operands c and a.")
    press(page, *["ArrowRight"] * 6)
    expect(sentence).to_have_text("All operands of c are in the list, so c joins it: place 3.")
    assert (chips(page, "visited"), chips(page, "topo")) == (["d", "c", "a", "b"], ["a", "b", "c"])
    press(page, "ArrowRight")
    expect(sentence).to_contain_text("a is in the visited set already: nothing to do.")
    press(page, "ArrowRight")
    expect(sentence).to_contain_text("Reversed, its operations stand in the order in which this walk goes: d, c.")
    press(page, "ArrowRight")
    expect(page.locator("#explanation h2")).to_have_text("Step 3: seed")
    press(page, "ArrowLeft")
    expect(page.locator(".count")).to_have_text("sort 9 / 9")


def test_after_the_seed_the_sort_is_offered_too(open_page: Open) -> None:
    page = opened(open_page, step=3)
    page.get_by_role("button", name="How is the order found?").click()
    expect(page.locator(".count")).to_have_text("sort 1 / 9")
    page.locator("#sorting").uncheck()
    expect(page.locator("#cursor")).to_have_text("2")


def test_the_picture_shows_visited_nodes_the_list_and_the_calls(open_page: Open) -> None:
    page = opened(open_page, step=2)
    show_sort(page)
    press(page, *["ArrowRight"] * 4)

    def ids(selector: str) -> set[str | None]:
        return {each.get_attribute("id") for each in page.locator(f"#canvas {selector}").all()}

    assert ids("g.visited") == {"n0", "n2", "n3"}
    assert ids("g.ordered") == ids("g.here") == {"n0"}
    assert ids("g.calling") == {"n0", "n2", "n3", "n2.0", "n3.0"}
    expect(node(page, "a").locator(".place")).to_have_text("1")
    page.locator("select[name=style]").evaluate("s => (s.value = 'micrograd', s.dispatchEvent(new Event('change')))")
    expect(page.locator("#canvas ellipse").first).to_be_attached()
    expect(node(page, "a").locator(".place")).to_have_text("1")
    press(page, "f", "ArrowRight")
    expect(page.locator("#canvas .place, #canvas .visited, #canvas .here, #canvas .calling")).to_have_count(0)


def test_the_place_in_the_sort_is_in_the_address_and_the_scrubber_has_room_for_it(open_page: Open) -> None:
    page = opened(open_page, step=2)
    show_sort(page)
    scrubber = page.locator("#scrubber")
    expect(scrubber).to_have_attribute("max", "16")
    scrubber.fill("7")
    expect(page.locator(".count")).to_have_text("sort 5 / 9")
    expect(scrubber).to_have_attribute("aria-valuetext", "event 5 of 9, topological sort")
    page.wait_for_url(re.compile("sort=5"))
    assert query(page)["step"] == ["2"]
    page.reload()
    expect(page.locator(".count")).to_have_text("sort 5 / 9")
    scrubber.press("ArrowRight")
    expect(page.locator(".count")).to_have_text("sort 6 / 9")


def test_a_slider_that_is_moved_inside_the_sort_keeps_the_place(open_page: Open) -> None:
    page = opened(open_page, "relu(a*b + d)", step=3, a=2, b=-3, d=10)
    show_sort(page)
    press(page, *["ArrowRight"] * 5)
    page.get_by_label("data of a", exact=True).fill("3")
    expect(node(page, "a").locator("text.data")).to_have_text("3")
    expect(page.locator(".count")).to_have_text("sort 5 / 12")
    expect(node(page, "a").locator(".place")).to_have_text("1")


# -- the algorithm -----------------------------------------------------------------------------------------------------


@BOTH
def test_the_active_line_and_the_variables_follow_the_walk(open_page: Open, looks: dict[str, Any]) -> None:
    page = opened(open_page, step=6, **looks)
    page.get_by_role("tab", name="Algorithm").click()
    line = page.locator("#algorithm .listing [aria-current=step]")
    expect(line).to_have_text(re.compile(r"^\s*v\._backward\(\)\s*$"))
    here = page.locator("#algorithm .here [aria-current=step]")
    expect(here).to_have_text(re.compile(r"^\s*a\.grad \+= b\.data \* c\.grad\s*$"))
    variables = page.locator("#algorithm .variables")
    expect(variables).to_contain_text("c.grad1a.grad1 → 4")
    page.locator("#spelling").select_option("partials")
    expect(variables).to_contain_text("local_grad3child.grad1 → 4")
    expect(line).to_have_text(re.compile(r"^\s*child\.grad \+= local_grad \* v\.grad\s*$"))
    expect(page.locator("#algorithm .here")).to_contain_text("c._local_grads = (3, 2)")
    press(page, "ArrowLeft", "ArrowLeft", "ArrowLeft")
    expect(line).to_have_text(re.compile(r"^\s*self\.grad = 1\s*$"))
    expect(variables).to_contain_text("self.grad– → 1")


def test_code_of_any_operation_has_its_real_names(open_page: Open) -> None:
    page = opened(open_page, "y = tanh(x)", x=0.5, step=3)
    page.get_by_role("tab", name="Algorithm").click()
    expect(page.locator("#algorithm .here")).to_contain_text("y = tanh(x)")
    expect(page.locator("#algorithm .here [aria-current]")).to_contain_text("x.grad += (1 - y.data**2) * y.grad")


def test_a_program_that_updates_shows_its_own_line(open_page: Open) -> None:
    page = opened(open_page, TRAINED, step=8)
    page.get_by_role("tab", name="Algorithm").click()
    expect(page.locator("#algorithm .here [aria-current]")).to_contain_text("a.data -= 0.01 * a.grad")
    expect(page.locator("#algorithm .variables")).to_contain_text("a.data2 → 1.96")


# -- the explanation ---------------------------------------------------------------------------------------------------


@BOTH
def test_factors_are_named_and_the_gate_has_its_pattern(open_page: Open, looks: dict[str, Any]) -> None:
    page = opened(open_page, step=6, **looks)
    expect(page.locator("#explanation .factors")).to_have_text("local 3 × upstream 1 = contribution 3")
    expect(page.locator("#explanation .pattern")).to_contain_text("A × gate swaps")
    press(page, "ArrowLeft")
    expect(page.locator("#explanation .pattern")).to_contain_text("A + gate distributes")
    press(page, "ArrowLeft", "ArrowLeft")
    expect(page.locator("#explanation .factors")).to_be_hidden()
    expect(page.locator("#explanation .pattern")).to_have_text("")


def test_a_line_of_the_ledger_leads_to_its_step(open_page: Open) -> None:
    page = opened(open_page, step=6)
    page.locator("#explanation .ledger button").first.click()
    expect(page.locator("#cursor")).to_have_text("5")
    assert ledger(page) == "a.grad: – → 1"


def test_words_of_the_field_are_explained_and_are_in_the_glossary(open_page: Open) -> None:
    page = opened(open_page, TRAINED, step=0)
    show_sort(page)
    slugs = set()
    for _ in range(17):
        page.keyboard.press("ArrowRight")
        slugs |= {each.get_attribute("data-slug") for each in page.locator("#explanation .terms button").all()}
    assert len(slugs) >= 10
    assert slugs <= set(GLOSSARY)
    press(page, "ArrowLeft")
    page.get_by_role("button", name="chain rule").click()
    expect(page.locator("#term p")).to_have_text(GLOSSARY["chain-rule"].about)
    expect(page.locator("#term a")).to_have_attribute("href", "/docs/glossary#chain-rule")
    page.keyboard.press("Escape")
    expect(page.locator("#term")).to_be_hidden()


# -- the table ---------------------------------------------------------------------------------------------------------


@BOTH
def test_the_table_follows_the_moment_and_leads_to_its_nodes(open_page: Open, looks: dict[str, Any]) -> None:
    page = opened(open_page, step=5, **looks)
    page.get_by_role("tab", name="Table").click()
    row = page.locator("#table tbody tr").first

    def cells() -> list[str]:
        return [text.strip() for text in row.locator("th, td").all_text_contents()]

    assert cells() == ["a n0", "input", "", "2", "1", "c, d"]
    press(page, "ArrowRight")
    assert cells()[4] == "4"
    assert page.locator("#table tbody [aria-current] th").all_text_contents() == ["a n0", "c n2"]
    press(page, "Home")
    assert cells()[4] == "–"
    page.get_by_role("button", name="look at c, n2").click()
    page.wait_for_url(re.compile("node=n2"))


def test_without_scripts_the_table_shows_the_moment_too(open_page: Open) -> None:
    page = open_page(TRAINED, step=6, java_script_enabled=False)
    rows = [
        [cell.strip() for cell in row.locator("th, td").all_text_contents()]
        for row in page.locator("#table tbody tr").all()
    ]
    assert rows == [
        ["a n0", "input", "", "2", "4", "c, d"],
        ["b n1", "input", "", "3", "–", "c"],
        ["c n2", "mul", "a, b", "6", "1", "d"],
        ["d n3", "add", "c, a", "8", "1", ""],
    ]
    assert page.locator("#table tr[aria-current]").count() == 2


# -- everybody ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tab", ["steps", "algorithm", "table"])
@BOTH
def test_axe_finds_nothing_in_the_sort(open_page: Open, looks: dict[str, Any], tab: str) -> None:
    page = open_page(LISTING, step=2, **looks)
    page.goto(f"{page.url}#sort=7&tab={tab}")
    page.reload()
    page.wait_for_selector(EDITOR)
    expect(page.locator(".count")).to_have_text("sort 7 / 9")
    assert Axe().run(page).response["violations"] == []


# -- room --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("width", "height"),
    [(320, 640), (390, 844), (800, 700), (844, 390), (900, 700), (960, 600), (1024, 768), (1100, 800), (1500, 900)],
)
def test_the_stepper_holds_all_it_has_at_every_width(open_page: Open, width: int, height: int) -> None:
    page = opened(open_page, step=6, viewport={"width": width, "height": height})
    out = """() => {
      const whole = document.querySelector('#stepper').getBoundingClientRect();
      return [...document.querySelectorAll('#stepper *')].filter(element => {
        const { left, right, top, bottom, width } = element.getBoundingClientRect();
        const isOut = right > whole.right || left < whole.left || top < whole.top || bottom > whole.bottom;
        return width > 1 && isOut;
      }).length }"""
    assert page.evaluate(out) == 0
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@BOTH
def test_each_part_of_the_explanation_begins_at_one_height_in_every_step(
    open_page: Open, looks: dict[str, Any]
) -> None:
    page = opened(open_page, step=1, **looks)
    tops = """() => ['.code', '.sentence', '.ledger', '.terms']
      .map(part => document.querySelector(`#explanation ${part}`).getBoundingClientRect().top)"""
    before = page.evaluate(tops)
    for _ in range(5 if looks else 6):  # at the end the sums come first, on a phone
        page.keyboard.press("ArrowRight")
        assert page.evaluate(tops) == pytest.approx(before, abs=1)


def test_tabs_stay_where_they_are_when_one_is_chosen(open_page: Open) -> None:
    page = opened(open_page, step=6)
    places = """() => ['#stepper', '#tab-steps', '#explanation'].map(part => {
      const { x, y, width, height } = document.querySelector(part).getBoundingClientRect();
      return [x, y, width, height] })"""
    before = page.evaluate(places)
    for tab in ("algorithm", "table", "steps"):
        page.locator(f"#tab-{tab}").click()
        assert page.evaluate(places) == before


def test_a_walk_by_node_tells_every_contribution_of_the_node(open_page: Open) -> None:
    page = opened(open_page, step=5)
    page.locator("#grain").select_option("node")
    page.locator("#canvas").click(position={"x": 3, "y": 3})
    page.keyboard.press("ArrowRight")
    expect(page.locator("#explanation h2")).to_have_text("Steps 6 to 7: backward")
    expect(page.locator("#explanation .sentence")).to_contain_text("a.grad: 1 + 3 = 4; b.grad: 2.")


def test_no_step_is_marked_in_the_list_while_one_sorts(open_page: Open) -> None:
    page = opened(open_page, step=2)
    show_sort(page)
    expect(page.locator("#steps [aria-current]")).to_have_count(1)
    page.keyboard.press("ArrowRight")
    expect(page.locator(".count")).to_contain_text("sort 1 / 9")
    expect(page.locator("#steps [aria-current]")).to_have_count(0)
