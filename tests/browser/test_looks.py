"""What a person sees: each state of the page in both themes, on a desk and on a phone; pictures stay in build/looks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from engine import GALLERY
from tests.browser.conftest import Open

PICTURES = Path(__file__).parents[2] / "build" / "looks"
SUM = "c = a*b\nd = c + a"
VALUES = {"a": "2", "b": "3"}

STATES: dict[str, tuple[str, dict[str, str], str]] = {
    "end": (SUM, VALUES, ""),
    "forward": (SUM, {**VALUES, "step": "2"}, ""),
    "contribution": (SUM, {**VALUES, "step": "6"}, ""),
    "sort": (SUM, {**VALUES, "step": "2"}, "sort=5"),
    "algorithm": (SUM, {**VALUES, "step": "6"}, "tab=algorithm"),
    "local-gradients": (SUM, {**VALUES, "step": "6"}, "tab=algorithm&spelling=partials"),
    "table": (SUM, {**VALUES, "step": "6"}, "tab=table"),
    "card": (SUM, {**VALUES, "step": "6"}, "node=n0&labels=1&stops=n2"),
    "present": (SUM, {**VALUES, "step": "6"}, "present=1"),
    "fixed": (SUM, {**VALUES, "fixed": "b", "constants": "nodes"}, ""),
    "mistake": ("y = x^2 + 1", {}, ""),
    "nothing": ("", {}, ""),
    "not-a-number": (GALLERY["not-a-number"].source, {}, ""),
    "passes": (GALLERY["passes"].source, {}, "by=node"),
    "network": (GALLERY["mlp"].source, {"step": "600"}, ""),
}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
LOOKS: dict[str, dict[str, Any]] = {
    "desk-light": {"color_scheme": "light"},
    "desk-dark": {"color_scheme": "dark"},
    "phone-light": {"color_scheme": "light", **PHONE},
    "phone-dark": {"color_scheme": "dark", **PHONE},
}


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("state", STATES)
def test_each_state_fits_and_can_be_read_by_all(open_page: Open, state: str, look: str) -> None:
    source, query, view = STATES[state]
    page = open_page(source, view=view, **query, **LOOKS[look])
    page.wait_for_selector(".cm-content", state="attached")
    if "node=" in view:
        expect(page.locator("#card .sentence")).not_to_be_empty()
    page.wait_for_timeout(400)  # whatever moves has come to rest
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{state}-{look}.png")
    assert page.evaluate("document.documentElement.scrollWidth") <= page.evaluate("innerWidth")
    assert page.evaluate(CUT_OFF) == []
    violations = Axe().run(page).response["violations"]
    assert [f"{each['id']}: {[node['target'] for node in each['nodes']]}" for each in violations] == []


CUT_OFF = """() => [...document.querySelectorAll("button, summary, select, h2, th")]
    .filter(each => each.checkVisibility() && !each.closest(".unseen, .graph, #editor"))
    .filter(each => each.clientWidth > 1 && each.scrollWidth > each.clientWidth + 1)
    .map(each => each.outerHTML.slice(0, 120))"""


def test_the_first_picture_is_in_the_page_itself_and_the_page_is_light(open_page: Open) -> None:
    page = open_page(SUM, **VALUES)
    page.wait_for_selector(".cm-content")
    page.wait_for_load_state("networkidle")
    sizes = "performance.getEntriesByType('resource').reduce((sum, each) => sum + each.transferSize, 0)"
    page_size = "performance.getEntriesByType('navigation')[0].transferSize"
    assert page.evaluate(sizes) + page.evaluate(page_size) < 300_000


def test_the_graph_does_not_wait_for_scripts(open_page: Open) -> None:
    page = open_page(SUM, **VALUES, java_script_enabled=False)
    assert page.locator("#canvas svg g.node").count() == 4
