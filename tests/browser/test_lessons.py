"""The lessons as one reads them: live graphs and experiments in frames, in both themes, on a desk and on a phone."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Frame, Locator, Page, expect

from app.lessons import LESSONS
from tests.browser.conftest import Open
from tests.browser.test_modes import violations
from tests.browser.test_page import PHONE

PICTURES = Path(__file__).parents[2] / "build" / "looks"
SLUGS = [lesson.slug for lesson in LESSONS]
LOOKS: dict[str, dict[str, Any]] = {
    "desk-light": {"color_scheme": "light"},
    "desk-dark": {"color_scheme": "dark"},
    "phone-light": {"color_scheme": "light", **PHONE},
    "phone-dark": {"color_scheme": "dark", **PHONE},
}
OVERFLOW = "[document.documentElement.scrollWidth - innerWidth, document.documentElement.scrollHeight - innerHeight]"


def within(element: Locator) -> Frame:
    frame = element.element_handle().content_frame()
    assert frame is not None
    return frame


def opened(page: Page) -> list[tuple[dict[str, str], Frame]]:
    """Bring every frame into sight, one by one, and return its settings and what is in it when it has come to rest."""
    found = []
    for element in page.locator("iframe.live").all():
        element.scroll_into_view_if_needed()
        frame = within(element)
        settings = parse_qs(urlsplit(element.get_attribute("src") or "").fragment)
        expect(frame.locator("#canvas g.node").first).to_be_visible()
        if "lab" in settings:
            expect(frame.locator(f"#lab .experiment.{settings['lab'][0]}")).to_be_visible()
            expect(frame.locator("#lab [aria-busy=true]")).to_have_count(0)
        found.append(({name: texts[0] for name, texts in settings.items()}, frame))
    return found


def lesson(open_page: Open, slug: str, **look: Any) -> list[tuple[dict[str, str], Frame]]:
    return opened(open_page(path=f"/lessons/{slug}", **look))


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("slug", SLUGS)
def test_a_lesson_fits_and_can_be_read_by_all(open_page: Open, slug: str, look: str) -> None:
    page = open_page(path=f"/lessons/{slug}", **LOOKS[look])
    frames = opened(page)
    assert len(frames) >= 3
    page.wait_for_timeout(400)
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.evaluate("scrollTo(0, 0)")
    page.screenshot(path=PICTURES / f"lesson-{slug}-{look}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= page.evaluate("innerWidth")
    for settings, frame in frames:
        assert frame.evaluate(OVERFLOW) == [0, 0], settings
    assert violations(page) == []


@pytest.mark.parametrize("look", ["desk-light", "phone-dark"])
def test_the_list_of_lessons_can_be_read_by_all(open_page: Open, look: str) -> None:
    page = open_page(path="/lessons", **LOOKS[look])
    expect(page.locator(".lessons h2")).to_have_count(len(LESSONS))
    assert page.evaluate("document.documentElement.scrollWidth") <= page.evaluate("innerWidth")
    assert violations(page) == []


def test_lessons_are_read_one_after_the_other(open_page: Open) -> None:
    page = open_page(path="/lessons")
    page.get_by_role("link", name=LESSONS[0].title).click()
    for each in LESSONS[1:]:
        page.locator("footer a").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(each.title)


@pytest.mark.parametrize("slug", SLUGS)
def test_on_a_desk_a_frame_shows_its_whole_graph_and_experiment(open_page: Open, slug: str) -> None:
    for settings, frame in lesson(open_page, slug):
        if settings.get("lab") == "data":
            continue  # a network: one scrolls over it
        picture, canvas = (frame.locator(each).bounding_box() for each in ("#canvas svg", "#canvas"))
        assert picture and canvas
        assert picture["height"] <= canvas["height"] + 1, settings
        assert picture["width"] <= canvas["width"] + 1, settings


def test_graphs_in_frames_are_walked_and_their_leaves_are_moved(open_page: Open) -> None:
    """Walk to the end, drag d below 6: all gradients of the leaves become 0."""
    _, frame = lesson(open_page, "chain-rule")[1]
    next_ = frame.locator("#stepper [data-go=next]")
    for _ in range(5):
        next_.click()
    expect(frame.locator("#leaves tr .grad")).to_have_text(["▼−3", "▲2", "▲1"])
    frame.get_by_label("data of d", exact=True).fill("5.9")
    expect(frame.locator("#leaves tr .grad")).to_have_text(["○0", "○0", "○0"])


@pytest.mark.parametrize("width", [390, 600, 700, 1280])
def test_each_leaf_in_a_frame_has_one_row_and_its_whole_name(open_page: Open, width: int) -> None:
    frame = lesson(open_page, "gradient", viewport={"width": width, "height": 800})[2][1]
    rows = frame.locator("#leaves tbody tr")
    expect(rows).to_have_count(3)
    heights = {round(row.evaluate("row => row.getBoundingClientRect().height")) for row in rows.all()}
    assert len(heights) == 1
    assert max(heights) < 60
    for row in rows.all():
        parts = row.locator("th span, .value > input, .grad").all()
        boxes = [box for part in parts if (box := part.bounding_box())]
        assert len(boxes) == 4
        assert all(left["x"] + left["width"] <= right["x"] + 1 for left, right in pairwise(boxes))
        assert row.evaluate("row => row.scrollWidth <= row.clientWidth + 1")


def test_nudges_are_made_in_the_first_lesson(open_page: Open) -> None:
    (_, first), (_, second), (_, third) = lesson(open_page, "gradient")
    expect(first.locator("#lab .saying").first).to_have_text(
        "If x increases by 0.001, y increases by 0.002, exactly as the gradient says."
    )
    expect(second.locator("#lab .rows").first).to_contain_text("8.41")
    expect(second.locator("#lab .plot .readout").first).to_contain_text("h = 0.1: one-sided 6.1")
    expect(third.locator("#canvas")).to_contain_text("100")


def test_wrong_algorithms_are_seen_in_the_fourth(open_page: Open) -> None:
    _, (_, frame), (_, beside), _ = lesson(open_page, "accumulation")
    expect(frame.locator("#lab .saying").first).to_contain_text("a.grad becomes 3; here it should be 4")
    expect(beside.locator("#lab .saying").first).to_contain_text("together they make dd/da = 4")


def test_learning_rates_do_what_the_fifth_says(open_page: Open) -> None:
    (_, up), (_, line), (_, valley) = lesson(open_page, "descent")
    expect(up.locator("#lab .saying")).to_contain_text("L rises from −8 to −7.286")
    rate = line.get_by_label("Learning rate", exact=True)
    for lr, said in (("0.9", "Oscillation"), ("1.1", "Diverge"), ("0.1", "falls from 4")):
        rate.fill(lr)
        rate.press("Enter")
        expect(line.locator("#lab .saying")).to_contain_text(said)
    expect(valley.locator("#lab .plot").nth(1).locator("h3")).to_have_text("loss over a and b")
    valley.locator("#lab .method summary").click()
    valley.get_by_label("Optimizer").select_option("momentum")
    expect(valley.locator("#lab .saying")).to_contain_text("loss falls from 116 to 0.19")


def test_the_network_of_the_sixth_learns_xor(open_page: Open) -> None:
    frame = lesson(open_page, "network")[2][1]
    expect(frame.locator("#lab .saying").first).to_contain_text("on the right side of 0 for all 4 rows")


def test_without_scripts_the_graphs_are_there(open_page: Open) -> None:
    page = open_page(path="/lessons/chain-rule", java_script_enabled=False)
    element = page.locator("iframe.live").first
    element.scroll_into_view_if_needed()
    for name in "abc":
        expect(element.content_frame.locator(f"#canvas g.node text.label:text-is('{name}')")).to_be_visible()
