"""The graph as a person uses it: focus from node to node, cards, presses on edges, options, and calm pictures."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, Request, Route, expect

from tests.api.conftest import Service
from tests.browser.conftest import Open

SOURCE = """
a = Value(2.0)
b = Value(-3.0)
c = Value(10.0)
e = a*b
d = e + c
L = (d*2).tanh() + a*a
L.backward()
""".strip()
EDITOR = ".cm-content"
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
LOOKS = pytest.mark.parametrize("options", [{}, {"color_scheme": "dark"}, PHONE], ids=["light", "dark", "phone"])


def opened(open_page: Open, source: str = SOURCE, *, view: Any = "", **options: Any) -> Page:
    page = open_page(source, **options)
    page.wait_for_selector(EDITOR)
    expect(page.locator("#canvas svg")).to_have_count(1)
    if view:
        page.goto(page.url + "#" + view)
        page.reload()
        page.wait_for_selector(EDITOR)
    return page


def node(page: Page, name: str) -> Locator:
    return page.locator("#canvas g.node:not(.inline)").filter(
        has=page.locator("text.label", has_text=re.compile(f"^{re.escape(name)}$"))
    )


def card(page: Page) -> Locator:
    return page.locator("#card")


def press(page: Page, name: str) -> None:
    """Press a node that may be out of sight at first."""
    page.locator("#zoom-fit").click()
    page.wait_for_timeout(300)
    node(page, name).locator("text.label").click()


def write(page: Page, text: str) -> None:
    editor = page.locator(EDITOR)
    editor.click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(text)


def room(shape: Locator) -> tuple[float, float, float, float]:
    box = shape.bounding_box()
    assert box
    return box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"]


def overlap(one: Locator, other: Locator) -> bool:
    (a, b, c, d), (e, f, g, h) = room(one), room(other)
    return a < g - 1 and e < c - 1 and b < h - 1 and f < d - 1


def label(page: Page) -> str:
    return str(page.evaluate("document.activeElement.getAttribute('aria-label')")).partition(",")[0]


def fragment(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).fragment)


def document(site: Service, source: str = SOURCE, **fields: Any) -> dict[str, Any]:
    answer: dict[str, Any] = site.run(source, display=True, svg=False, **fields).json()
    return answer


# -- focus -------------------------------------------------------------------------------------------------------------


def test_the_nodes_are_one_stop_for_tab_and_arrows_lead_along_edges(open_page: Open) -> None:
    page = opened(open_page, step=12)
    assert page.locator("#canvas svg [tabindex='0']").count() == 1
    page.locator("#canvas").focus()
    page.keyboard.press("Tab")
    assert label(page) == "L"
    node(page, "t2").focus()
    seen = []
    for key in ("ArrowLeft", "ArrowLeft", "ArrowLeft", "ArrowRight", "ArrowUp", "End", "Home"):
        page.keyboard.press(key)
        seen.append(label(page))
    assert seen == ["t1", "d", "c", "d", "c", "a", "L"]
    page.keyboard.press("ArrowRight")
    assert label(page) == "L"
    expect(page.locator("#cursor")).to_have_text("12")
    page.keyboard.press("Tab")
    assert not page.evaluate("document.activeElement.closest('#canvas') !== null")


def test_arrows_turn_with_the_picture(open_page: Open) -> None:
    page = opened(open_page, direction="TB")
    node(page, "L").focus()
    page.keyboard.press("ArrowUp")
    assert label(page) in ("t2", "t3")
    page.keyboard.press("ArrowDown")
    assert label(page) == "L"


def test_every_node_can_be_reached_by_arrows(open_page: Open) -> None:
    page = opened(open_page)
    seen, waiting = {"L"}, ["L"]
    while waiting:
        name = waiting.pop()
        for key in ("ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"):
            node(page, name).focus()
            page.keyboard.press(key)
            if (found := label(page)) not in seen:
                seen.add(found)
                waiting.append(found)
    assert seen == {"a", "b", "c", "d", "e", "t1", "t2", "t3", "L"}


def test_a_focused_node_says_where_it_stands(open_page: Open) -> None:
    page = opened(open_page)
    node(page, "e").focus()
    expect(page.locator("#node-words")).to_have_text("from a and b; to d")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#node-words")).to_contain_text("a leaf; to ")


def test_who_comes_to_a_node_by_keys_is_told_of_its_keys_once(open_page: Open) -> None:
    page = opened(open_page, step=12)
    hint = page.locator("#node-keys")
    expect(hint).to_be_hidden()
    page.locator("#canvas").focus()
    page.keyboard.press("Tab")
    assert node(page, "L").get_attribute("aria-describedby") == "node-words node-keys"
    expect(hint).to_be_visible()
    expect(hint).to_contain_text("full stop (.) forward")
    assert not any(overlap(hint, tool) for tool in page.locator(".tools > :visible").all())
    page.keyboard.press("ArrowLeft")
    assert page.evaluate("document.activeElement.getAttribute('aria-describedby')") == "node-words"


def test_the_focus_alone_brings_no_card(open_page: Open) -> None:
    page = opened(open_page)
    page.locator("#canvas").focus()
    page.keyboard.press("Tab")
    page.wait_for_timeout(600)
    expect(card(page)).to_be_hidden()
    page.keyboard.press(" ")
    expect(card(page)).to_be_focused()
    page.keyboard.press("Shift+Tab")
    assert label(page) == "L"


def test_comma_and_full_stop_step_where_arrows_do_not(open_page: Open) -> None:
    page = opened(open_page, step=12)
    node(page, "L").focus()
    page.keyboard.press(",")
    expect(page.locator("#cursor")).to_have_text("11")
    page.keyboard.press(".")
    expect(page.locator("#cursor")).to_have_text("12")
    assert label(page) == "L"


def test_a_press_with_the_mouse_leaves_arrows_to_the_steps(open_page: Open) -> None:
    page = opened(open_page, step=12)
    press(page, "d")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#cursor")).to_have_text("13")
    page.keyboard.press("Tab")
    assert label(page) == "d"


# -- cards -------------------------------------------------------------------------------------------------------------


@LOOKS
def test_a_press_pins_a_card_that_says_what_the_server_knows(
    site: Service, open_page: Open, options: dict[str, Any]
) -> None:
    page = opened(open_page, **options)
    press(page, "e")
    expect(card(page)).to_be_visible()
    body = {"source": SOURCE, "node": "n3"}
    told = site.client.post("/api/v1/node", json=body).json()
    expect(card(page).locator("h3")).to_contain_text("e")
    expect(card(page).locator(".sentence")).to_have_text(told["sentence"])
    expect(card(page).locator("dd").nth(0)).to_have_text(told["data"][1])
    expect(card(page).locator("dd").nth(1)).to_have_text(told["grad"][1])
    assert card(page).locator(".lead").all_text_contents() == ["a", "b", "d"]
    page.wait_for_url(re.compile("node=n3"))
    assert Axe().run(page).response["violations"] == []
    page.keyboard.press("Escape")
    expect(card(page)).to_be_hidden()


def test_a_card_comes_by_hovering_and_one_can_move_into_it(open_page: Open) -> None:
    page = opened(open_page)
    node(page, "d").locator(".label").hover()
    expect(card(page)).to_be_visible()
    assert not overlap(card(page), node(page, "d").locator("rect.box"))
    x, y, right, bottom = room(card(page))
    page.mouse.move((x + right) / 2, (y + bottom) / 2, steps=6)
    page.wait_for_timeout(500)
    expect(card(page)).to_be_visible()
    page.mouse.move(400, 700)
    expect(card(page)).to_be_hidden()


def test_a_card_tells_of_the_run_at_hand_and_runs_nothing_again(site: Service, open_page: Open) -> None:
    def made() -> int:
        return int(re.findall(r'gradwalk_runs_total{outcome="run"} ([0-9]+)', site.client.get("/metrics").text)[0])

    before = made()
    page = opened(open_page, "only_here = a*b + 7", view="node=n0")
    expect(card(page).locator(".sentence")).not_to_be_empty()
    assert made() == before + 1


def test_a_hovered_card_goes_at_escape(open_page: Open) -> None:
    page = opened(open_page)
    node(page, "d").locator(".label").hover()
    expect(card(page)).to_be_visible()
    page.keyboard.press("Escape")
    expect(card(page)).to_be_hidden()


def test_a_card_is_opened_used_and_closed_by_keys(open_page: Open) -> None:
    page = opened(open_page)
    node(page, "d").focus()
    page.keyboard.press("Enter")
    expect(card(page)).to_be_focused()
    expect(card(page).locator(".lead")).to_have_text(["e", "c", "t1"])
    card(page).locator(".lead").nth(1).focus()
    page.keyboard.press("Enter")
    expect(card(page).locator("h3")).to_contain_text("c")
    page.keyboard.press("Escape")
    expect(card(page)).to_be_hidden()
    assert label(page) == "c"


@pytest.mark.parametrize("name", ["a", "b", "c", "d", "t1", "t3", "L"])
def test_a_card_covers_neither_its_node_nor_moves_anything(open_page: Open, name: str) -> None:
    page = opened(open_page, step=14)
    page.locator("#zoom-fit").click()
    page.wait_for_timeout(300)
    before = [room(node(page, each)) for each in "abcdL"]
    node(page, name).locator(".label").click()
    expect(card(page).locator(".sentence")).not_to_be_empty()
    page.wait_for_timeout(100)
    assert not overlap(card(page), node(page, name).locator("rect.box"))
    for was, each in zip(before, "abcdL", strict=True):
        assert room(node(page, each)) == pytest.approx(was, abs=4), "outlines may add to a box"
    x, y, right, bottom = room(card(page))
    left, top, end, low = room(page.locator("#graph-panel"))
    assert left <= x and right <= end and top <= y and bottom <= low
    assert room(card(page).locator(".ledger li").last)[3] <= bottom, "all of the ledger is seen at once"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["a", "b", "c", "d"])
def test_a_card_covers_no_node_where_there_is_room(open_page: Open, name: str, scheme: str) -> None:
    viewport = {"width": 1920, "height": 1080}
    page = opened(open_page, "c = a*b\nd = c + a", a="2", b="3", viewport=viewport, color_scheme=scheme)
    node(page, name).locator(".label").click()
    expect(card(page).locator(".sentence")).not_to_be_empty()
    page.wait_for_timeout(100)
    for each in "abcd":
        assert not overlap(card(page), node(page, each).locator("rect.box"))


def test_a_card_that_must_cover_a_node_leaves_the_edges_of_its_own_in_sight(open_page: Open) -> None:
    page = opened(open_page, "c = a*b\nd = c + a", a="2", b="3")
    node(page, "a").locator(".label").click()
    expect(card(page).locator(".sentence")).not_to_be_empty()
    page.wait_for_timeout(100)
    for each in "abc":
        assert not overlap(card(page), node(page, each).locator("rect.box"))


def test_the_frame_of_a_focused_card_is_whole(open_page: Open) -> None:
    page = opened(open_page)
    node(page, "d").focus()
    page.keyboard.press("Enter")
    expect(card(page)).to_be_focused()
    assert card(page).evaluate("each => parseFloat(getComputedStyle(each).outlineOffset)") >= 0, "no part covers it"


def test_a_card_does_not_tell_what_has_not_arrived_yet(open_page: Open) -> None:
    page = opened(open_page, step=8, view="node=n0")
    grad = card(page).locator("dd").nth(1)
    expect(grad).to_have_text(re.compile("^–, not yet; at the end 3.99"))
    page.locator("#scrubber").fill("10")
    expect(grad).to_have_text(re.compile("^2.0 so far; at the end 3.99"))
    page.locator("#scrubber").fill("17")
    expect(grad).to_have_text("3.999997299156414")


def test_a_card_stays_where_it_is_when_its_answer_comes(open_page: Open) -> None:
    page = opened(open_page)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/api/v1/node", hold)
    node(page, "d").locator(".label").hover()
    expect(card(page)).to_be_visible()
    page.wait_for_function("document.querySelector('#card').style.left")
    place = room(card(page))[:2]
    page.wait_for_timeout(300)
    held[0].continue_()
    expect(card(page).locator(".sentence")).not_to_be_empty()
    page.wait_for_timeout(100)
    assert room(card(page))[:2] == place


def test_a_pointer_that_has_not_moved_brings_no_card(open_page: Open) -> None:
    page = opened(open_page)
    node(page, "d").locator(".label").hover()
    expect(card(page)).to_be_visible()
    page.reload()
    page.wait_for_selector(EDITOR)
    page.wait_for_timeout(700)
    expect(card(page)).to_be_hidden()


def test_on_a_low_screen_the_card_is_on_screen_above_the_stepper(open_page: Open) -> None:
    page = opened(open_page, viewport={"width": 640, "height": 400})
    node(page, "L").locator(".label").click()
    expect(card(page).locator(".sentence")).not_to_be_empty()
    _, top, _, bottom = room(card(page))
    assert top >= 0 and bottom <= room(page.locator("#stepper"))[1]
    assert not overlap(card(page), node(page, "L").locator("rect.box"))


def test_a_card_leads_to_steps_and_sets_stops(open_page: Open) -> None:
    page = opened(open_page, step=2, view="node=n0")
    expect(card(page).locator(".ledger button")).to_have_count(3)
    card(page).locator(".ledger button").nth(1).click()
    expect(page.locator("#cursor")).to_have_text("11")
    expect(card(page).locator(".ledger [aria-current]")).to_have_count(1)
    page.get_by_role("button", name="Go to its step").click()
    expect(page.locator("#cursor")).to_have_text("16")
    stop = page.get_by_role("button", name="Stop here")
    stop.click()
    expect(stop).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#canvas .stop-sign")).to_have_count(1)
    expect(node(page, "a")).to_have_class(re.compile(r"\bstop\b"))
    page.wait_for_url(re.compile("stops=n0"))
    stop.click()
    expect(page.locator("#canvas .stop-sign")).to_have_count(0)


def test_a_node_is_asked_for_once_in_a_run(open_page: Open) -> None:
    page = opened(open_page)
    asked: list[str] = []

    def note(request: Request) -> None:
        if request.url.endswith("/api/v1/node"):
            asked.append(json.loads(request.post_data or "")["node"])

    page.on("request", note)
    press(page, "d")
    expect(card(page).locator(".lead")).to_have_text(["e", "c", "t1"])
    card(page).locator(".lead").nth(0).click()
    expect(card(page).locator(".lead")).to_have_text(["a", "b", "d"])
    card(page).locator(".lead").nth(2).click()
    expect(card(page).locator(".lead")).to_have_text(["e", "c", "t1"])
    assert asked == ["n4", "n3"]


def test_names_and_formulas_of_any_length_stay_in_the_card(open_page: Open) -> None:
    source = f"{'very_' * 12}long = 2.0\ny = " + "*".join([f"{'very_' * 12}long"] * 6)
    page = opened(open_page, source, view="node=n0")
    expect(card(page).locator(".sentence")).not_to_be_empty()
    x, _, right, _ = room(card(page))
    assert right - x <= 340
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280


def test_on_a_phone_the_card_is_a_sheet_above_which_its_node_is_seen(open_page: Open) -> None:
    page = opened(open_page, **PHONE)
    node(page, "L").locator(".label").click()
    expect(card(page).locator(".sentence")).not_to_be_empty()
    page.wait_for_timeout(400)
    left, top, right, bottom = room(card(page))
    panel = room(page.locator("#graph-panel"))
    assert (left, right) == pytest.approx((panel[0], panel[2]), abs=3)
    assert panel[3] <= top and bottom <= 844
    assert not overlap(card(page), node(page, "L").locator("rect.box"))
    page.get_by_role("button", name="Close the card").click()
    expect(card(page)).to_be_hidden()


# -- presses -----------------------------------------------------------------------------------------------------------


def test_a_press_on_an_edge_leads_to_where_its_contribution_arrived(site: Service, open_page: Open) -> None:
    page = opened(open_page, step=1)
    steps = document(site)["steps"]
    wanted = {f"{s['node']}.{s['slot']}": k for k, s in enumerate(steps, 1) if s["phase"] == "backward"}
    for edge in ("n4.0", "n8.1", "n9.1"):
        page.locator(f'#canvas [id="{edge}"] .hit').dispatch_event("click")
        expect(page.locator("#cursor")).to_have_text(str(wanted[edge]))
    hit = page.locator('#canvas [id="n4.1"] .hit')
    assert hit.get_attribute("stroke-width") == "14"
    page.locator("#zoom-fit").click()
    page.wait_for_timeout(300)
    x, y, right, bottom = room(hit)
    page.mouse.click((x + right) / 2, (y + bottom) / 2 + 4)
    expect(page.locator("#cursor")).to_have_text(str(wanted["n4.1"]))


def test_a_double_press_on_a_node_leads_to_its_step(open_page: Open) -> None:
    page = opened(open_page, step=1)
    page.locator("#zoom-fit").click()
    page.wait_for_timeout(300)
    node(page, "a").locator(".label").dblclick()
    expect(page.locator("#cursor")).to_have_text("16")


def test_the_node_of_a_card_lights_the_edges_around_it(open_page: Open) -> None:
    page = opened(open_page, view="node=n4")
    expect(node(page, "d")).to_have_class(re.compile("looked"))
    assert page.locator("#canvas .lit").evaluate_all("all => all.map(e => e.id)") == ["n4.0", "n4.1", "n6.0"]
    page.keyboard.press("Escape")
    expect(page.locator("#canvas .lit, #canvas .looked")).to_have_count(0)


# -- options -----------------------------------------------------------------------------------------------------------


@LOOKS
def test_legend_and_view_are_menus_that_close_at_escape(open_page: Open, options: dict[str, Any]) -> None:
    page = opened(open_page, **options)
    for menu, says in (("#legend", "dashed border"), ("#view-menu", "local derivatives at edges")):
        summary = page.locator(f"{menu} summary")
        summary.click()
        popup = page.locator(f"{menu} .popup")
        expect(popup).to_contain_text(says)
        x, _, right, _ = room(popup)
        assert x >= 0 and right <= page.evaluate("innerWidth")
        page.keyboard.press("Escape")
        expect(popup).to_be_hidden()
        expect(summary).to_be_focused()


def test_local_derivatives_stand_at_the_edges_and_follow_the_numbers(site: Service, open_page: Open) -> None:
    page = opened(open_page)
    page.locator("#view-menu summary").click()
    page.get_by_label("local derivatives at edges").check()
    texts = page.locator("#canvas text.partial")
    expect(texts).to_have_count(10)
    page.keyboard.press("Escape")
    title = page.locator('#canvas [id="n3.1"] title')
    assert title.text_content() == "∂e/∂b = a = 2.0"
    page.get_by_label("data of a", exact=True).fill("5")
    expect(title).to_have_text("∂e/∂b = a = 5.0")
    run = document(site, inputs={"a": 5})
    want = sorted(partial[0] for each in run["nodes"] for partial in each["shown"].get("partials", []))
    for text in texts.all_text_contents():
        want.remove(text)
    assert len(want) == 1, "that of the constant inside t1, which has no edge"
    page.reload()
    expect(texts).to_have_count(10)
    page.locator("#view-menu summary").click()
    page.get_by_label("local derivatives at edges").uncheck()
    expect(texts).to_have_count(0)


# -- calm --------------------------------------------------------------------------------------------------------------

BOXES = """() => { const svg = document.querySelector('#canvas svg').getBoundingClientRect();
    return [...document.querySelectorAll('#canvas rect.box, #canvas text.data, #canvas text.label')].map(box => {
        const r = box.getBoundingClientRect();
        const x = box.matches('.data') ? r.right : r.left;
        return [x - svg.left, r.top - svg.top]; }).flat(); }"""
PANELS = """() => ['#graph-panel', '#stepper', '.beneath'].map(each => {
    const {x, y, width} = document.querySelector(each).getBoundingClientRect(); return [x, y, width]; })"""


def test_nothing_in_the_picture_moves_while_one_steps(open_page: Open) -> None:
    page = opened(open_page, step=0, reduced_motion="reduce")
    page.locator("#canvas").focus()
    first = page.evaluate(BOXES)
    panels = page.evaluate(PANELS)
    for at in range(1, 18):
        page.keyboard.press("ArrowRight")
        expect(page.locator("#cursor")).to_have_text(str(at))
        assert page.evaluate(BOXES) == pytest.approx(first, abs=0.75)
        assert page.evaluate(PANELS) == panels


def test_a_thousand_steps_leave_nothing_behind(open_page: Open) -> None:
    page = opened(open_page, reduced_motion="reduce", step=0)
    client = page.context.new_cdp_session(page)
    client.send("Performance.enable")

    def measured() -> dict[str, float]:
        client.send("HeapProfiler.collectGarbage")
        metrics = client.send("Performance.getMetrics")["metrics"]
        found = {each["name"]: each["value"] for each in metrics}
        elements = page.evaluate("document.querySelectorAll('*').length")
        return {"elements": elements, **{name: found[name] for name in ("Nodes", "JSEventListeners")}}

    def walk() -> None:
        page.evaluate("""async () => {
            const canvas = document.querySelector('#canvas');
            const press = key => canvas.dispatchEvent(
                new KeyboardEvent('keydown', {key, bubbles: true, cancelable: true}));
            for (let k = 0; k < 30; k++) {
                for (let j = 0; j < 17; j++) press('ArrowRight');
                await new Promise(requestAnimationFrame);
                for (let j = 0; j < 17; j++) press('ArrowLeft');
            }
            await new Promise(done => setTimeout(done, 500));
        }""")

    walk()
    before = measured()
    walk()
    after = measured()
    assert after["elements"] == before["elements"]
    assert after["JSEventListeners"] <= before["JSEventListeners"] + 5
    assert after["Nodes"] <= before["Nodes"] + 50


def flights(page: Page) -> int:
    moves = "each => each.effect.getKeyframes().some(frame => frame.transform)"
    return int(page.evaluate(f"document.getAnimations().filter({moves}).length"))


def test_nodes_fly_from_their_old_places_and_new_ones_are_marked(open_page: Open) -> None:
    page = opened(open_page)
    page.evaluate("""() => new MutationObserver(() => requestAnimationFrame(() => {
        window.flying = [...document.getAnimations()].filter(each => each.effect.getKeyframes().some(f => f.transform))
            .map(each => each.effect.target.id);
        window.fresh = [...document.querySelectorAll('#canvas .fresh')].map(each => each.id);
    })).observe(document.querySelector('#canvas'), {childList: true})""")
    write(page, "z = Value(4.0)\n" + SOURCE.replace("a*a", "a*a*z"))
    expect(node(page, "z")).to_have_count(1)
    page.wait_for_function("window.fresh")
    fresh, flying = page.evaluate("[window.fresh, window.flying]")
    ids = {name: node(page, name).get_attribute("id") for name in "zab"}
    assert ids["z"] in fresh
    assert ids["a"] not in fresh and ids["b"] not in fresh
    assert flying
    expect(page.locator("#canvas .fresh")).to_have_count(0)


def test_nothing_flies_where_motion_is_not_wanted(open_page: Open) -> None:
    page = opened(open_page, reduced_motion="reduce")
    write(page, "z = Value(4.0)\n" + SOURCE.replace("a*a", "a*a*z"))
    expect(node(page, "z")).to_have_count(1)
    assert flights(page) == 0
    assert page.locator("#canvas .fresh").count() == 0


def test_a_card_and_stops_follow_their_nodes_through_an_inserted_line(open_page: Open) -> None:
    page = opened(open_page, view="node=n4&stops=n3")
    write(page, "z = Value(4.0)\n" + SOURCE)
    page.wait_for_url(re.compile("node=n5"))
    expect(card(page).locator("h3")).to_contain_text("d")
    expect(node(page, "e")).to_have_class(re.compile(r"\bstop\b"))
    write(page, "z = Value(4.0)\ny = z*z")
    expect(card(page)).to_be_hidden()


@pytest.mark.parametrize("width", [1024, 1280, 1920])
def test_a_picture_that_nearly_fits_is_seen_as_a_whole(open_page: Open, width: int) -> None:
    page = opened(open_page, viewport={"width": width, "height": 800})
    canvas, svg = room(page.locator("#canvas")), room(page.locator("#canvas svg"))
    scale = (svg[2] - svg[0]) / float(page.locator("#canvas svg").get_attribute("width") or 1)
    if scale >= 0.75 and width > 1024:
        assert canvas[0] <= svg[0] and svg[2] <= canvas[2]
    expect(node(page, "L")).to_be_in_viewport(ratio=0.99)
    assert room(node(page, "L"))[2] <= canvas[2]


def test_a_large_picture_begins_at_its_output_in_a_size_that_can_be_read(open_page: Open) -> None:
    chain = "y = x\n" + "\n".join(["y = tanh(y)"] * 20)
    page = opened(open_page, chain)
    output = page.locator("#canvas g.node").filter(has=page.locator(".outline"))
    canvas = room(page.locator("#canvas"))
    x, y, right, bottom = room(output)
    assert canvas[0] <= x and right <= canvas[2] and canvas[1] <= y and bottom <= canvas[3]
    svg = room(page.locator("#canvas svg"))
    assert (svg[2] - svg[0]) / float(page.locator("#canvas svg").get_attribute("width") or 1) >= 0.9


@LOOKS
def test_a_picture_of_an_older_program_is_dimmed_and_says_so(open_page: Open, options: dict[str, Any]) -> None:
    page = opened(open_page, **options)
    write(page, "a = (")
    expect(page.locator("#stale")).to_be_visible()
    expect(page.locator("#canvas svg")).to_have_css("opacity", "0.45")


def scale(page: Page) -> float:
    x, _, right, _ = room(page.locator("#canvas svg"))
    return (right - x) / float(page.locator("#canvas svg").get_attribute("width") or 1)


def test_another_program_is_fitted_anew(open_page: Open) -> None:
    page = opened(open_page)
    before = scale(page)
    write(page, "y = 2*x")
    expect(node(page, "x")).to_have_count(1)
    page.wait_for_timeout(600)
    assert scale(page) > before + 0.1
    after = scale(page)
    page.reload()
    page.wait_for_selector(EDITOR)
    assert scale(page) == pytest.approx(after)


def test_it_is_seen_where_a_picture_goes_on(open_page: Open) -> None:
    page = opened(open_page, "y = x\n" + "\n".join(["y = tanh(y)"] * 20))
    canvas = page.locator("#canvas")
    expect(canvas).to_have_class("more-left")
    page.locator("#zoom-fit").click()
    expect(canvas).to_have_class("")


def test_a_small_picture_is_seen_as_a_whole_on_a_phone(open_page: Open) -> None:
    page = opened(open_page, "c = a*b\nd = c + a", a="2", b="3", step=6, **PHONE)
    canvas, svg = room(page.locator("#canvas")), room(page.locator("#canvas svg"))
    assert canvas[1] <= svg[1] and svg[3] <= canvas[3]


def test_borders_are_dashed_below_zero_alone(open_page: Open) -> None:
    page = opened(open_page, "c = a*b\nd = c + a", a="2", b="-3")
    box = node(page, "a").locator("rect.box")
    expect(box).to_have_css("stroke-dasharray", "6px, 2.5px")
    page.get_by_label("data of b", exact=True).fill("3")
    expect(box).to_have_css("stroke-dasharray", "none")


def test_a_step_inside_a_folded_group_of_an_earlier_pass_is_in_view_and_marked(open_page: Open) -> None:
    page = opened(open_page, PASSES)
    page.locator("#fold-all").click()
    expect(page.locator("#canvas .group.folded")).to_have_count(2)
    page.locator("#scrubber").fill("30")
    marked = page.locator("#canvas .group.folded.active")
    expect(marked).to_have_count(1)
    page.wait_for_timeout(500)
    _, top, _, bottom = room(marked.locator("rect.box"))
    _, low, _, high = room(page.locator("#canvas"))
    assert low <= top and bottom <= high


PASSES = """
import random
random.seed(1337)
n = MLP(3, [4, 1])
for k in range(2):
    y = [n(x) for x in [[2.0, 3.0, -1.0], [3.0, -1.0, 0.5]]]
    loss = y[0]**2 + y[1]**2
    for p in n.parameters():
        p.grad = 0.0
    loss.backward()
""".strip()

COLLISIONS = """() => { const boxes = [...document.querySelectorAll('#canvas rect.box')].map(e => e.getBBox());
    return [...document.querySelectorAll('#canvas .partial')].filter(e => e.getBoundingClientRect().width).map(text => {
        const one = text.getBBox();
        const near = boxes.filter(box => one.y + 9 > box.y && one.y < box.y + box.height);
        return Math.max(0, ...near.map(
            box => Math.min(one.x + one.width, box.x + box.width) - Math.max(one.x, box.x))); }); }"""


def test_numbers_at_edges_leave_boxes_alone(open_page: Open) -> None:
    page = opened(open_page, "c = a*b\nd = c + a", a="1e40", b="3")
    page.locator("#view-menu summary").click()
    page.get_by_label("local derivatives at edges").check()
    expect(page.locator("#canvas .partial")).to_have_count(4)
    overlaps = page.evaluate(COLLISIONS)
    assert len(overlaps) == 4 and max(overlaps) <= 2
