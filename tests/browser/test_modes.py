"""Modes of the page: presented, embedded, shared, printed, on a phone, in two themes; and what is kept of one's own."""

from __future__ import annotations

import contextlib
import html
import json
import re
import shlex
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import pairwise
from typing import Any
from urllib.parse import urlencode, urljoin

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.api.conftest import Service
from tests.browser.conftest import Open
from tests.browser.test_page import EDITOR, FIRST, INPUTS, LISTING, PHONE, leave_editor, query, write

DARK_PHONE: dict[str, Any] = {**PHONE, "color_scheme": "dark"}
LOOKS = pytest.mark.parametrize("looks", [{}, DARK_PHONE], ids=["desktop", "dark phone"])
SCREENS = [{"width": 1280, "height": 720}, {"width": 1920, "height": 1080}]


def press(page: Page, selector: str) -> None:
    """Press what is in the header, which a phone has behind a button."""
    if page.locator("#show-site").is_visible() and not page.locator(selector).is_visible():
        page.locator("#show-site").click()
    page.locator(selector).click()


def await_truth(page: Page, expression: str) -> None:
    """Wait for an expression to become true; the page's policy lets no other way."""
    for _ in range(100):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(50)
    raise AssertionError(expression)


def violations(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{each['id']}: {[node['target'] for node in each['nodes']]}" for each in found]


def axis(page: Page, selector: str) -> dict[str, float]:
    box = page.locator(selector).bounding_box()
    assert box is not None
    return {"x": box["x"], "y": box["y"], "width": box["width"], "height": box["height"]}


# -- theme -------------------------------------------------------------------------------------------------------------


def test_the_theme_goes_round_and_is_worn_before_the_first_paint_next_time(open_page: Open) -> None:
    page = open_page(FIRST, **INPUTS)
    page.wait_for_selector(EDITOR)
    theme = page.locator("#theme")
    for worn in ("light", "dark"):
        theme.click()
        expect(theme).to_have_attribute("aria-label", f"Theme: {worn}")
    page.add_init_script(
        "new PerformanceObserver(() => { window.worn ??= document.documentElement.dataset.theme })"
        ".observe({ type: 'paint', buffered: true })"
    )
    page.reload()
    await_truth(page, "window.worn")
    assert page.evaluate("window.worn") == "dark"
    page.locator("#theme").click()
    expect(page.locator("html")).not_to_have_attribute("data-theme", re.compile(".*"))


def test_the_address_may_name_a_theme_and_keeps_it(open_page: Open) -> None:
    page = open_page(FIRST, **INPUTS, theme="dark")
    page.wait_for_selector(EDITOR)
    expect(page.locator("#theme")).to_have_attribute("aria-label", "Theme: dark")
    page.keyboard.press("Home")
    page.wait_for_url("**step=0*")
    assert query(page)["theme"] == ["dark"]


# -- presenting --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("screen", SCREENS, ids=["720", "1080"])
def test_who_presents_sees_graph_formula_line_and_sentence_in_large_type(
    open_page: Open, screen: dict[str, int]
) -> None:
    page = open_page(LISTING, step=5, viewport=screen)
    page.wait_for_selector(EDITOR)
    page.locator("#canvas").focus()
    page.keyboard.press("p")
    for hidden in ("header nav", "#editor", "#side", "#leaves", ".tools"):
        expect(page.locator(hidden).first).to_be_hidden()
    for shown in ("#canvas svg", "#explanation .formula", "#source-line", "#explanation .sentence", "#leave", ".count"):
        expect(page.locator(shown).first).to_be_visible()
        box = axis(page, f"{shown} >> nth=0")
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= screen["height"]
    sizes = page.locator("#explanation .formula").evaluate("element => parseFloat(getComputedStyle(element).fontSize)")
    assert sizes >= 39
    assert page.locator("#source-line").text_content() in LISTING.splitlines()
    assert page.locator("#canvas .edge.active .line").evaluate("line => getComputedStyle(line).strokeWidth") == "6px"
    opacity = "element => getComputedStyle(element).opacity"
    assert page.locator("#canvas .node:not(.active)").first.evaluate(opacity) == "0.55"
    assert page.locator("#canvas .node.active").first.evaluate(opacity) == "1"
    assert page.locator("#canvas").bounding_box()["width"] > 0.9 * screen["width"]  # type: ignore[index]


def test_a_clicker_steps_and_blanks_and_escape_leaves(open_page: Open) -> None:
    page = open_page(LISTING, step=2)
    page.wait_for_selector(EDITOR)
    cursor = page.locator("#cursor")
    page.locator("#canvas").focus()
    page.keyboard.press("PageDown")
    expect(cursor).to_have_text("2")
    page.locator("#present").click()
    page.wait_for_url(re.compile("#present=1"))
    for key, at in (("PageDown", "3"), ("PageDown", "4"), ("PageUp", "3"), (".", "4")):
        page.keyboard.press(key)
        expect(cursor).to_have_text(at)
    page.keyboard.press("b")
    expect(page.locator("#blank")).to_be_visible()
    page.keyboard.press("b")
    expect(page.locator("#blank")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(page.locator("html")).not_to_have_class(re.compile("presenting"))
    expect(page.locator("#present")).to_be_focused()
    page.wait_for_url(lambda address: "present" not in address)


def test_presenting_survives_a_reload_and_nothing_moves_between_steps(open_page: Open) -> None:
    page = open_page(LISTING, step=2)
    page.wait_for_selector(EDITOR)
    page.locator("#canvas").focus()
    page.keyboard.press("p")
    page.wait_for_url(re.compile("#present=1"))
    page.reload()
    expect(page.locator("html")).to_have_class(re.compile("presenting"))
    places = {json.dumps([axis(page, each) for each in ("#canvas", "#stepper")])}
    for _ in range(3):
        page.keyboard.press("PageDown")
        places.add(json.dumps([axis(page, each) for each in ("#canvas", "#stepper")]))
    assert len(places) == 1


def test_controls_fade_when_nobody_moves_and_come_back_for_a_hand_or_the_focus(open_page: Open) -> None:
    page = open_page(LISTING, step=2)
    page.wait_for_selector(EDITOR)
    page.locator("#canvas").focus()
    page.keyboard.press("p")
    page.mouse.move(300, 100)
    leave = page.locator("#leave")
    expect(leave).to_have_css("opacity", "0", timeout=4_000)
    page.mouse.move(310, 110)
    expect(leave).to_have_css("opacity", "1")
    expect(leave).to_have_css("opacity", "0", timeout=4_000)
    leave.focus()
    expect(leave).to_have_css("opacity", "1")


def test_on_a_phone_all_that_is_presented_is_in_view_and_nothing_covers_anything(open_page: Open) -> None:
    page = open_page("c = a*b\nd = c + a", a=2, b=3, step=5, **PHONE)
    page.wait_for_selector(EDITOR)
    press(page, "#present")
    page.wait_for_timeout(600)
    width, height = page.evaluate("[innerWidth, innerHeight]")
    shown = ["#explanation .formula", "#source-line", "#explanation .sentence", "#stepper .buttons", ".count", "#leave"]
    boxes = [axis(page, f"{each} >> nth=0") for each in ["#canvas", *shown]]
    for above, below in pairwise(boxes[:5]):
        assert above["y"] + above["height"] <= below["y"] + 1
    for left, right in pairwise(boxes[4:]):
        assert left["x"] + left["width"] <= right["x"]
    assert all(box["y"] + box["height"] <= height for box in boxes)
    for node in page.locator("#canvas .node").all():
        box = node.bounding_box()
        assert box is not None
        assert (box["x"] >= 0, box["x"] + box["width"] <= width) == (True, True)
    sentence = page.locator("#explanation .sentence")
    assert sentence.evaluate("each => each.scrollWidth <= each.clientWidth")
    assert axis(page, "#explanation .sentence")["y"] + axis(page, "#explanation .sentence")["height"] <= (
        axis(page, ".beneath")["y"] + axis(page, ".beneath")["height"] + 1
    )


# -- embedded ----------------------------------------------------------------------------------------------------------


AROUND = "/around"


@contextlib.contextmanager
def embedded(page: Page, site: Service, width: int, height: int, **given: Any) -> Iterator[Any]:
    """Open a page of another origin that has a frame; yield what is in it."""
    address = html.escape(f"http://127.0.0.1:{site.port}/embed?{urlencode(given)}")
    frame = f'<iframe src="{address}" title="graph" width="{width}" height="{height}"></iframe>'
    text = f'<!doctype html><link rel="icon" href="data:,"><input autofocus>{frame}<div style="height: 3000px"></div>'

    class Around(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    with HTTPServer(("127.0.0.1", 0), Around) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        page.goto(f"http://127.0.0.1:{server.server_port}{AROUND}")
        inner = page.frame_locator("iframe")
        expect(inner.locator("html.scripts")).to_have_count(1)
        yield inner
        server.shutdown()


@pytest.mark.parametrize(("width", "height"), [(720, 420), (320, 240)])
def test_a_frame_in_another_page_steps_and_leads_to_the_whole(
    site: Service, open_page: Open, width: int, height: int
) -> None:
    page = open_page(FIRST, allowed=(AROUND,))
    with embedded(page, site, width, height, source=FIRST, **INPUTS, step=3) as inner:
        expect(page.locator("input")).to_be_focused()
        inner.get_by_role("button", name="Step forward").click()
        expect(inner.locator("#cursor")).to_have_text("4")
        page.keyboard.press("ArrowRight")
        expect(inner.locator("#cursor")).to_have_text("5")
        assert "step=5" in (inner.locator("#whole").get_attribute("href") or "")
        expect(inner.locator("#explanation .sentence")).not_to_be_empty()
        for selector in ("#canvas svg", "#explanation .sentence", "#scrubber", ".count", "#whole"):
            expect(inner.locator(selector)).to_be_visible()
        size = "element => [element.scrollWidth, element.scrollHeight]"
        across, down = inner.locator("html").evaluate(size)
        assert (across <= width, down <= height) == (True, True)
        assert inner.locator("#canvas").bounding_box()["height"] >= 100


def test_a_frame_leaves_wheel_storage_and_focus_to_the_page_around_it(site: Service, open_page: Open) -> None:
    page = open_page(FIRST, allowed=(AROUND,))
    with embedded(page, site, 720, 420, source=FIRST, **INPUTS) as inner:
        picture = "svg => svg.style.transform"
        inner.locator("#canvas").focus()
        before = inner.locator("#canvas svg").evaluate(picture)
        box = inner.locator("#canvas").bounding_box()
        page.mouse.move(box["x"] + 50, box["y"] + 50)
        page.mouse.wheel(0, 200)
        await_truth(page, "scrollY > 0")
        assert inner.locator("#canvas svg").evaluate(picture) == before
        assert inner.locator("html").evaluate("() => [localStorage.length, sessionStorage.length]") == [0, 0]


def test_a_frame_works_without_scripts(open_page: Open) -> None:
    page = open_page(FIRST, path="/embed", java_script_enabled=False, **INPUTS, step=3)
    page.get_by_role("button", name="Step forward").click()
    assert page.locator("#cursor").text_content() == "4"
    assert {name: value[0] for name, value in query(page).items() if name in INPUTS} == {
        name: f"{value:.1f}" for name, value in INPUTS.items()
    }
    expect(page.locator("#canvas svg")).to_be_visible()


@pytest.mark.parametrize(("width", "height"), [(720, 420), (360, 420), (360, 240)])
def test_a_frame_says_what_a_step_makes_of_a_gradient(open_page: Open, width: int, height: int) -> None:
    screen = {"width": width, "height": height}
    page = open_page("c = a*b\nd = c + a", path="/embed", a=2, b=3, step=6, viewport=screen)
    expect(page.locator("html.scripts")).to_have_count(1)
    box = axis(page, "#explanation")
    sentence = page.locator("#explanation .sentence")
    if width < 480:
        ledger = axis(page, "#explanation .ledger")
        assert box["y"] <= ledger["y"] < ledger["y"] + ledger["height"] <= axis(page, "#explanation .sentence")["y"] + 1
    else:
        assert sentence.evaluate("each => each.scrollHeight <= each.clientHeight")
    count, row = axis(page, ".count"), axis(page, "#stepper .buttons")
    assert abs(count["y"] + count["height"] / 2 - row["y"] - row["height"] / 2) < 3
    assert count["x"] + count["width"] < axis(page, "#whole")["x"]


def test_in_a_frame_a_node_is_not_looked_at(open_page: Open) -> None:
    page = open_page(FIRST, path="/embed", **INPUTS, step=3)
    expect(page.locator("html.scripts")).to_have_count(1)
    page.locator("#canvas .node").first.click()
    expect(page.locator("#canvas .looked")).to_have_count(0)
    assert "look" not in (page.locator("#whole").get_attribute("href") or "")


# -- sharing -----------------------------------------------------------------------------------------------------------


@LOOKS
def test_everything_that_is_shared_is_accepted_by_the_server(open_page: Open, looks: dict[str, Any]) -> None:
    page = open_page("f = relu(a*b + (d))", **INPUTS, step=4, **looks)
    page.wait_for_selector(EDITOR)
    press(page, "#show-share")
    rows = {each.get_attribute("aria-label"): each.input_value() for each in page.locator("#share .texts input").all()}
    assert list(rows) == ["Link", "Markdown image", "HTML frame", "API call"]
    image = re.fullmatch(r"\[!\[f = 4\]\((\S+)\)\]\((\S+)\)", rows["Markdown image"])
    frame = re.search(r'src="([^"]*)"', rows["HTML frame"])
    assert image and frame
    links = [each.get_attribute("href") or "" for each in page.locator("#share .files a[href^='/']").all()]
    assert len(links) == 5
    for address in [rows["Link"], *image.groups(), frame[1].replace("&amp;", "&"), *links]:
        answer = page.request.get(urljoin(page.url, address))
        assert answer.status == 200, address
        assert "step=4" in address
    call = shlex.split(rows["API call"])
    headers = {"Content-Type": "application/json"}
    assert page.request.post(call[2], data=call[-1], headers=headers).json()["output"]["data"] == 4.0
    page.locator("#share [name=moment]").uncheck()
    assert "step" not in page.get_by_label("Link", exact=True).input_value()


def test_at_the_end_there_is_no_moment_to_choose_and_the_program_has_its_values(
    open_page: Open,
) -> None:
    page = open_page("c = a*b\nd = c + a", a=2, b=3)
    page.wait_for_selector(EDITOR)
    page.locator("#show-share").click()
    expect(page.locator("#share .moment")).to_be_hidden()
    with page.expect_download() as started:
        page.locator("#share .files a", has_text="Python").click()
    scope: dict[str, float] = {}
    exec(started.value.path().read_text(), scope)
    assert scope["d"] == 8.0


def test_a_row_is_copied_and_says_so(open_page: Open) -> None:
    page = open_page(FIRST, **INPUTS)
    page.wait_for_selector(EDITOR)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator("#show-share").click()
    page.get_by_role("button", name="Copy: Link").click()
    expect(page.locator("#share [role=status]")).to_have_text("Copied: Link.")
    assert page.evaluate("navigator.clipboard.readText()") == page.get_by_label("Link", exact=True).input_value()
    page.evaluate("void (navigator.clipboard.writeText = () => Promise.reject(new Error('forbidden')))")
    page.get_by_role("button", name="Copy: API call").click()
    expect(page.locator("#share [role=status]")).to_have_text("Copied: API call.")
    page.keyboard.press("Escape")
    expect(page.locator("#share")).to_be_hidden()
    expect(page.locator("#show-share")).to_be_focused()


def test_a_program_too_long_for_an_address_is_taken_along_as_a_file(open_page: Open) -> None:
    page = open_page("x")
    page.wait_for_selector(EDITOR)
    source = "f = x * 2 # " + "x" * 17_000
    write(page, source)
    expect(page.locator("#result")).to_have_text("f = 2")
    leave_editor(page)
    page.locator("#show-share").click()
    expect(page.locator("#share .long")).to_be_visible()
    expect(page.get_by_label("Link", exact=True)).to_have_count(0)
    for name, sign in (("Python", source), ("JSON", "step_count")):
        with page.expect_download() as started:
            page.locator("#share .files a", has_text=name).click()
        assert sign in started.value.path().read_text()


# -- drafts ------------------------------------------------------------------------------------------------------------


def drafts(page: Page) -> list[str]:
    kept: list[dict[str, str]] = json.loads(page.evaluate("localStorage.getItem('drafts') ?? '[]'"))
    return [each["source"] for each in kept]


def test_what_one_types_is_kept_and_a_link_takes_the_place_of_none(open_page: Open) -> None:
    page = open_page("x")
    page.wait_for_selector(EDITOR)
    write(page, "mine = a * b")
    await_truth(page, "localStorage.getItem('drafts')?.includes('mine')")
    page.keyboard.type(" + 1")
    await_truth(page, "localStorage.getItem('drafts')?.includes('+ 1')")
    assert drafts(page) == ["mine = a * b + 1"]
    page.goto(page.url.split("?")[0] + "?source=theirs+=+c")
    page.wait_for_selector(EDITOR)
    assert drafts(page) == ["mine = a * b + 1"]
    write(page, "theirs = c * 2")
    await_truth(page, "localStorage.getItem('drafts')?.includes('theirs')")
    assert drafts(page) == ["theirs = c * 2", "mine = a * b + 1"]


def test_after_a_reload_one_types_on_in_the_same_entry(open_page: Open) -> None:
    page = open_page("x")
    page.wait_for_selector(EDITOR)
    write(page, "mine = a")
    page.wait_for_url("**source=mine*")
    page.reload()
    page.wait_for_selector(EDITOR)
    assert drafts(page) == ["mine = a"]
    page.locator(EDITOR).click()
    page.keyboard.press("Control+End")
    page.keyboard.type(" + 1")
    await_truth(page, "localStorage.getItem('drafts')?.includes('+ 1')")
    assert drafts(page) == ["mine = a + 1"]


@LOOKS
def test_ones_own_programs_are_listed_opened_deleted_and_put_back(open_page: Open, looks: dict[str, Any]) -> None:
    page = open_page("x", **looks)
    page.evaluate(
        "localStorage.setItem('drafts', JSON.stringify(['first = a', 'second = b * 3'].map((source, k) => "
        "({ id: String(k), source, inputs: { b: '2' }, fixed: [], when: 9 - k }))))"
    )
    press(page, "#programs summary")
    rows = page.locator("#programs [data-draft] code")
    expect(rows).to_have_text(["first = a", "second = b * 3"])
    page.locator("[data-draft]", has_text="second").click()
    expect(page.locator("#result")).to_have_text("second = 6")
    press(page, "#programs summary")
    expect(page.locator("[data-draft][aria-current]")).to_contain_text("second")
    page.get_by_role("button", name="Delete: first = a").click()
    expect(rows).to_have_text(["second = b * 3"])
    page.get_by_role("button", name="Put back").click()
    expect(rows).to_have_text(["first = a", "second = b * 3"])
    page.get_by_role("button", name="Delete all").click()
    expect(rows).to_have_count(0)
    assert drafts(page) == []


def test_the_first_page_offers_the_last_program_and_restores_nothing_by_itself(open_page: Open) -> None:
    page = open_page("x")
    page.wait_for_selector(EDITOR)
    write(page, "mine = a * b")
    await_truth(page, "localStorage.getItem('drafts')?.includes('mine')")
    page.goto(page.url.split("?")[0])
    line = page.locator("#last-program")
    expect(line).to_contain_text("mine = a * b")
    expect(page.locator("#result")).not_to_contain_text("mine")
    line.get_by_role("button", name="Open").click()
    expect(page.locator("#result")).to_contain_text("mine")
    expect(line).to_be_hidden()


def test_where_storage_is_forbidden_the_page_works_without(open_page: Open) -> None:
    page = open_page("x")
    forbid = "Object.defineProperty(window, '{}', {{ get() {{ throw new DOMException('no', 'SecurityError') }} }});"
    page.add_init_script(forbid.format("localStorage") + forbid.format("sessionStorage"))
    page.reload()
    page.wait_for_selector(EDITOR)
    write(page, "mine = a * 3")
    expect(page.locator("#result")).to_have_text("mine = 3")
    page.locator("#programs summary").click()
    expect(page.locator("#programs .none")).to_be_visible()
    page.locator("#theme").click()


# -- undo, and the history of the browser ------------------------------------------------------------------------------


@LOOKS
def test_changes_are_undone_and_done_again_by_buttons(open_page: Open, looks: dict[str, Any]) -> None:
    page = open_page("f = a * 2", a=3, **looks)
    expect(page.locator("#undo")).to_have_attribute("aria-disabled", "true")
    page.get_by_label("data of a", exact=True).fill("5")
    expect(page.locator("#result")).to_have_text("f = 10")
    press(page, "#undo")
    expect(page.locator("#result")).to_have_text("f = 6")
    expect(page.locator("#status")).to_have_text("Undone.")
    press(page, "#redo")
    expect(page.locator("#result")).to_have_text("f = 10")
    expect(page.locator("#redo")).to_have_attribute("aria-disabled", "true")


def test_keys_undo_outside_of_text_and_a_field_keeps_its_own_undo(open_page: Open) -> None:
    page = open_page("f = a * 2", a=3)
    page.wait_for_selector(EDITOR)
    field = page.get_by_label("data of a", exact=True)
    field.fill("5")
    expect(page.locator("#result")).to_have_text("f = 10")
    page.locator("#canvas").focus()
    page.keyboard.press("Control+z")
    expect(page.locator("#result")).to_have_text("f = 6")
    page.keyboard.press("Control+Shift+Z")
    expect(page.locator("#result")).to_have_text("f = 10")
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+y")
    expect(page.locator("#result")).to_have_text("f = 10")
    field.focus()
    page.keyboard.press("End")
    page.keyboard.type("0")
    expect(page.locator("#result")).to_have_text("f = 100")
    page.keyboard.press("Control+z")
    expect(field).to_have_value("5")
    expect(page.locator("#result")).to_have_text("f = 10")


def test_opening_a_group_is_a_place_that_back_leads_away_from(open_page: Open) -> None:
    source = "def f(x):\n    y = x * x\n    return y + x\nout = f(a) + f(b)"
    page = open_page(source, a=2, b=3, open="")
    page.wait_for_selector("#canvas .folded")
    length = page.evaluate("history.length")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**step=*")
    assert page.evaluate("history.length") == length
    page.locator("#canvas .folded").first.click()
    expect(page.locator("#canvas .group.open")).to_have_count(1)
    assert page.evaluate("history.length") == length + 1
    page.go_back()
    expect(page.locator("#canvas .group.open")).to_have_count(0)
    assert query(page)["step"]


def test_inputs_that_the_program_does_not_have_leave_the_address_and_come_back_with_their_names(
    open_page: Open,
) -> None:
    page = open_page("f = a * b", a=2, b=3)
    page.wait_for_selector(EDITOR)
    write(page, "f = a * 5")
    expect(page.locator("#result")).to_have_text("f = 10")
    page.keyboard.press("End")
    leave_editor(page)
    page.keyboard.press("Home")
    page.wait_for_url("**step=0*")
    assert "b" not in query(page)
    write(page, "f = a * b * 5")
    expect(page.locator("#result")).to_have_text("f = 30")


# -- paper, phones, everybody ------------------------------------------------------------------------------------------


def test_a_sheet_has_program_result_picture_formula_and_steps_in_light_colours(open_page: Open) -> None:
    page = open_page(LISTING, step=6, color_scheme="dark", viewport={"width": 794, "height": 1123})
    page.wait_for_selector(EDITOR)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert page.locator("#sheet").text_content() == LISTING
    for shown in ("#sheet", "#result", "#canvas svg", "#explanation .formula", "#steps"):
        expect(page.locator(shown)).to_be_visible()
        assert axis(page, shown)["x"] + axis(page, shown)["width"] <= 794
    assert len([row for row in page.locator("#steps li").all() if row.is_visible()]) == 7
    for hidden in ("header nav", "#stepper", ".tools", "#editor", "footer"):
        expect(page.locator(hidden)).to_be_hidden()
    assert page.evaluate("getComputedStyle(document.documentElement).color") == "rgb(28, 30, 33)"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_panels_stand_in_the_order_of_reading_and_the_stepper_at_the_thumb(
    open_page: Open, scheme: str
) -> None:
    page = open_page(LISTING, step=5, color_scheme=scheme, **PHONE)
    page.wait_for_selector(EDITOR)
    tops = [axis(page, each)["y"] for each in ("header", "#graph-panel", "#explanation", "#editor", "#leaves", "#side")]
    assert tops == sorted(tops)
    assert axis(page, "header")["height"] <= 64
    for across in (0, 10_000):
        page.evaluate(f"scrollTo(0, {across})")
        bar = axis(page, "#stepper")
        assert abs(bar["y"] + bar["height"] - 844) < 16
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    boxes = [each.bounding_box() for each in page.locator("#stepper .buttons button").all()]
    assert min(box["height"] for box in boxes if box) >= 44


@pytest.mark.parametrize(("width", "height"), [(640, 400), (320, 256)], ids=["200 %", "400 %"])
def test_a_zoomed_page_does_not_scroll_sideways(open_page: Open, width: int, height: int) -> None:
    page = open_page(LISTING, step=5, viewport={"width": width, "height": height})
    page.wait_for_selector(EDITOR)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    press(page, "#show-share")
    box = axis(page, "#share")
    assert (box["x"] >= 0, box["x"] + box["width"] <= width) == (True, True)


@pytest.mark.parametrize("path", ["/embed", "/docs", "/docs/language", "/docs/glossary"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page(open_page: Open, path: str, scheme: str) -> None:
    given = {"source": LISTING, "step": 5} if path == "/embed" else {}
    page = open_page(path=path, color_scheme=scheme, **given)
    assert violations(page) == []


@pytest.mark.parametrize("options", [{}, {"color_scheme": "dark"}, DARK_PHONE], ids=["light", "dark", "phone"])
@pytest.mark.parametrize("mode", ["present", "share", "programs", "fixed text"])
def test_axe_finds_nothing_in_any_mode(open_page: Open, mode: str, options: dict[str, Any]) -> None:
    page = open_page(LISTING, step=5, **options)
    page.wait_for_selector(EDITOR)
    if mode == "fixed text":
        write(page, "f = a *")
        expect(page.locator("#problem")).to_be_visible()
    elif mode == "programs":
        write(page, "f = a * 2")
        press(page, "#programs summary")
        expect(page.locator("[data-draft]")).to_have_count(1)
    else:
        press(page, f"#{'show-share' if mode == 'share' else mode}")
    page.wait_for_timeout(300)  # contrast is judged when nothing fades any more
    assert violations(page) == []


# -- the frame of the page ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [1920, 1500, 1499, 1280, 960, 820])
def test_the_width_of_a_screen_alone_decides_about_the_tagline_and_no_result_moves_anything(
    open_page: Open, width: int
) -> None:
    page = open_page("loss_of_it_all = a*1.2345", a=2, viewport={"width": width, "height": 800})
    page.wait_for_selector(EDITOR)

    def places() -> list[tuple[float, float, float]]:
        boxes = [axis(page, each) for each in ("body > header", "#result", "header nav")]
        return [(box["x"], box["width"], box["height"]) for box in boxes]

    before = places()
    for source in ("d = a*2", "loss_of_all_the_examples_there_are = a*1.2345"):
        write(page, source)
        expect(page.locator("#result")).to_contain_text(source.split(" = ")[0])
        assert page.locator(".tagline").is_visible() == (width >= 1500)
        assert places() == before
        assert page.evaluate("document.documentElement.scrollWidth") == width


def test_on_a_phone_the_stepper_gives_way_to_what_one_writes_where_a_keyboard_takes_the_screen(
    open_page: Open,
) -> None:
    page = open_page(FIRST, **INPUTS, **PHONE)
    page.wait_for_selector(EDITOR)
    page.locator(EDITOR).focus()
    expect(page.locator("#stepper")).to_have_css("position", "sticky")
    page.set_viewport_size({"width": 390, "height": 504})
    expect(page.locator("#stepper")).to_have_css("position", "static")
    write(page, "c = a*b\nd = c +")
    expect(page.locator("#problem .mistake")).to_be_in_viewport(ratio=1)
    expect(page.locator("#stepper")).not_to_be_in_viewport()
    page.get_by_label("data of a", exact=True).focus()
    expect(page.locator("#stepper")).to_have_css("position", "static")
    page.get_by_label("data of a", exact=True).blur()
    expect(page.locator("#stepper")).to_have_css("position", "sticky")


def test_the_list_of_keys_opens_at_its_beginning(open_page: Open) -> None:
    page = open_page(FIRST, **INPUTS, viewport={"width": 1280, "height": 500})
    page.wait_for_selector(EDITOR)
    page.locator("#show-help").click()
    expect(page.locator("#help-title")).to_be_in_viewport()
    expect(page.get_by_role("button", name="Close")).to_be_in_viewport()
    assert page.locator("#help").evaluate("each => [each.scrollTop, each.scrollHeight > each.clientHeight]") == [
        0,
        True,
    ]


def test_on_a_low_screen_the_buttons_stay_in_view_and_take_less_than_a_third(open_page: Open) -> None:
    page = open_page(FIRST, **INPUTS, step=3, viewport={"width": 640, "height": 400})
    page.wait_for_selector(EDITOR)
    for y in (0, 300):
        page.evaluate(f"scrollTo(0, {y})")
        expect(page.get_by_role("button", name="Step forward")).to_be_in_viewport(ratio=1)
        assert axis(page, "#stepper")["height"] < 400 / 3


def test_on_a_phone_who_steps_where_one_types_sees_the_graph_and_else_stays(open_page: Open) -> None:
    page = open_page(FIRST, **INPUTS, step=3, **PHONE, reduced_motion="reduce")
    page.wait_for_selector(EDITOR)
    page.evaluate("document.querySelector('#editor').scrollIntoView()")
    page.get_by_role("button", name="Step forward").click()
    expect(page.locator("#canvas")).to_be_in_viewport(ratio=0.9)
    page.evaluate("document.querySelector('#editor').scrollIntoView()")
    before = page.evaluate("scrollY")
    page.get_by_role("button", name="Step forward").click()
    page.wait_for_timeout(100)
    assert page.evaluate("scrollY") == before
    page.locator(EDITOR).press("Control+End")
    page.keyboard.insert_text(" + 1")
    page.get_by_role("button", name="Step forward").click()
    expect(page.locator("#canvas")).to_be_in_viewport(ratio=0.9)


def test_the_list_of_keys_is_seen_as_a_whole(open_page: Open) -> None:
    page = open_page(FIRST, **INPUTS)
    page.wait_for_selector(EDITOR)
    page.locator("#show-help").click()
    assert page.locator("#help").evaluate("each => each.scrollHeight <= each.clientHeight")
