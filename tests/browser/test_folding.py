"""Big graphs as a person meets them: boxes that open, frames that fold, steps over many steps, numbers that follow."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, Request, Route, expect

from tests.api.conftest import Service
from tests.browser.conftest import Open

MODEL = """
import torch
import torch.nn as nn
torch.manual_seed(0)
X = torch.randn(8, 4)
Y = torch.randn(8, 1)
model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
loss = ((model(X) - Y)**2).mean()
loss.backward()
""".strip()
CHAINS = """
xs = [Value(0.1*i + 0.05, label=f'x{i}') for i in range(45)]
out = 0
for k in range(45):
    y = xs[k]
    for j in range(7):
        y = tanh(y) * 1.5
    out = out + y
out.backward()
""".strip()
SMALL = "relu(a*b + d)"
EDITOR = ".cm-content"
OPEN = "sequential#0 sequential#0/linear#0"
SAMPLE = "sequential#0/linear#0/sample#3"


def group(page: Page, key: str) -> Locator:
    return page.locator(f'#canvas [data-group="{key}"]')


def box(page: Page, key: str) -> Locator:
    return page.locator(f'#canvas .group.folded[data-group="{key}"]')


def frame(page: Page, key: str) -> Locator:
    return page.locator(f'#canvas .group.open[data-group="{key}"]')


def grip(page: Page, key: str) -> Locator:
    return frame(page, key).locator(".fold")


def opened(address: str) -> list[str] | None:
    """Return the open groups that an address tells of."""
    values = parse_qs(urlsplit(address).query, keep_blank_values=True).get("open")
    return values[0].split() if values else None


def expect_open(page: Page, keys: list[str] | None) -> None:
    page.wait_for_url(lambda address: opened(address) == keys)


def press(page: Page, shape: Locator) -> None:
    """Press what may be out of sight at first."""
    page.locator("#zoom-fit").click()
    shape.click()


def hold(page: Page) -> list[Route]:
    """Let requests for runs wait, from now on."""
    held: list[Route] = []

    def keep(route: Route) -> None:
        held.append(route)

    page.route("**/api/v1/run", keep)
    return held


def with_all_open(page: Page) -> Page:
    page.locator("#open-all").click()
    expect(page.locator("#canvas .group.folded")).to_have_count(0)
    return page


def walk_to(page: Page, step: int) -> None:
    page.locator("#scrubber").fill(str(step))
    expect(page.locator("#cursor")).to_have_text(str(step))


def ready(page: Page) -> Page:
    page.wait_for_selector(EDITOR)
    expect(page.locator("#canvas svg")).to_have_count(1)
    return page


def document(site: Service, source: str = MODEL, **fields: Any) -> dict[str, Any]:
    answer: dict[str, Any] = site.run(source, display=True, svg=False, **fields).json()
    return answer


def places(run: dict[str, Any]) -> list[int]:
    """Return the places that the entries of a run lead to."""
    found = [run["first_step"]]
    for entry in run["steps"]:
        found.append(entry.get("last", found[-1] + 1))
    return found


def middle(shape: Locator) -> tuple[float, float]:
    at = shape.bounding_box()
    assert at
    return at["x"] + at["width"] / 2, at["y"] + at["height"] / 2


# -- opening and folding -----------------------------------------------------------------------------------------------


def test_a_press_opens_a_box_and_a_press_folds_its_frame(open_page: Open) -> None:
    page = ready(open_page(MODEL, open=OPEN, step=760))
    expect(page.locator("#cursor")).to_have_text("760")
    press(page, box(page, SAMPLE))
    expect(frame(page, SAMPLE)).to_have_count(1)
    expect(page.locator("#cursor")).to_have_text("760")
    expect_open(page, [*OPEN.split(), SAMPLE])
    press(page, grip(page, SAMPLE))
    expect(box(page, SAMPLE)).to_have_count(1)
    expect_open(page, OPEN.split())
    expect(page.locator("#cursor")).to_have_text("760")


@pytest.mark.parametrize("key", ["Enter", " "])
def test_keys_open_and_fold_and_the_focus_stays_at_the_group(open_page: Open, key: str) -> None:
    page = ready(open_page(MODEL, open=OPEN))
    box(page, SAMPLE).focus()
    page.keyboard.press(key)
    expect(grip(page, SAMPLE)).to_be_focused()
    page.keyboard.press(key)
    expect(box(page, SAMPLE)).to_be_focused()
    expect(page.locator("[data-go=play]")).to_have_attribute("aria-pressed", "false")


def test_a_group_opens_where_it_was_pressed(open_page: Open) -> None:
    page = ready(open_page(MODEL, open=OPEN, reduced_motion="reduce"))
    width = "document.querySelector('#canvas svg').getBoundingClientRect().width / svg.getAttribute('width')"
    scale = f"() => {{ const svg = document.querySelector('#canvas svg'); return {width} }}"
    page.locator("#zoom-fit").click()
    before, size = middle(box(page, SAMPLE).locator("rect.box")), page.evaluate(scale)
    page.mouse.click(*before)
    expect(frame(page, SAMPLE)).to_have_count(1)
    assert middle(frame(page, SAMPLE).locator("rect.frame")) == pytest.approx(before, abs=1)
    assert page.evaluate(scale) == pytest.approx(size, rel=1e-4)


def test_a_press_that_pans_opens_nothing(open_page: Open) -> None:
    page = ready(open_page(MODEL, open=OPEN, reduced_motion="reduce"))
    page.locator("#zoom-fit").click()
    x, y = middle(box(page, "model").locator("rect.box"))
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 40, y + 30, steps=4)
    page.mouse.up()
    assert middle(box(page, "model").locator("rect.box")) == pytest.approx((x + 40, y + 30), abs=1)
    expect(box(page, "model")).to_have_count(1)
    page.mouse.move(x + 41, y + 31)
    page.mouse.down()
    page.mouse.move(x + 42, y + 31)
    page.mouse.up()
    expect(frame(page, "model")).to_have_count(1)


def test_all_groups_are_opened_and_folded_by_buttons(open_page: Open) -> None:
    page = ready(open_page(CHAINS))
    page.get_by_role("button", name="Open all", exact=True).click()
    expect(page.locator("#canvas .group.folded")).to_have_count(0)
    expect_open(page, ["*"])
    expect(page.locator("#open-all")).to_have_attribute("aria-disabled", "true")
    page.get_by_role("button", name="Fold all", exact=True).click()
    expect(page.locator("#canvas .group.open")).to_have_count(0)
    expect_open(page, [])
    expect(page.locator("#fold-all")).to_have_attribute("aria-disabled", "true")


def test_a_graph_without_groups_has_no_buttons_for_them(open_page: Open) -> None:
    expect(ready(open_page(SMALL)).locator("#folds")).to_be_hidden()


def test_what_is_open_survives_a_reload_and_ends_with_an_example(open_page: Open) -> None:
    page = ready(open_page(MODEL, open=OPEN))
    press(page, box(page, "model"))
    expect(frame(page, "model")).to_have_count(1)
    expect_open(page, [*OPEN.split(), "model"])
    page.reload()
    expect(frame(page, "model")).to_have_count(1)
    ready(page).locator("#examples summary").click()
    page.get_by_role("link", name="x times x").click()
    expect(page.locator("#result")).to_have_text("y = 9")
    expect_open(page, None)
    page.go_back()
    expect(frame(page, "model")).to_have_count(1)


def test_a_group_shows_that_it_is_being_opened(open_page: Open) -> None:
    page = ready(open_page(MODEL, open=OPEN))
    held = hold(page)
    press(page, box(page, "model"))
    expect(box(page, "model")).to_have_class(re.compile("busy"))
    held[0].continue_()
    expect(frame(page, "model")).to_have_count(1)
    expect(page.locator(".busy")).to_have_count(0)


def test_two_presses_in_a_row_open_two_groups(open_page: Open) -> None:
    page = ready(open_page(MODEL, open=""))
    held = hold(page)
    for key in ("model", "X"):
        box(page, key).focus()
        page.keyboard.press("Enter")
    for route in held:
        route.continue_()
    expect(frame(page, "X")).to_have_count(1)
    expect(frame(page, "model")).to_have_count(1)


# -- walking -----------------------------------------------------------------------------------------------------------


def test_a_walk_passes_over_folded_groups_and_shows_what_the_server_draws(site: Service, open_page: Open) -> None:
    page = ready(open_page(MODEL, open=OPEN, reduced_motion="reduce"))
    run = document(site, open=OPEN.split())
    at = places(run)
    shown = "() => [...document.querySelectorAll('#canvas .group.folded')].map(g => [g.dataset.group, \
        g.querySelector('.grad').textContent, g.dataset.sign, g.dataset.magnitude, g.getAttribute('aria-label')])"
    page.keyboard.press("Escape")
    page.locator("#canvas").focus()
    page.keyboard.press("Home")
    for k in range(1, len(at)):
        page.keyboard.press("ArrowRight")
        expect(page.locator("#cursor")).to_have_text(str(at[k]))
        if k % 8 == 0 or k == len(at) - 1:
            assert page.evaluate(shown) == drawn(site, open=OPEN, step=at[k])
    for k in reversed(range(len(at) - 1)):
        page.keyboard.press("ArrowLeft")
        if k % 8 == 0:
            assert page.evaluate(shown) == drawn(site, open=OPEN, step=at[k])
    expect(page.locator("#cursor")).to_have_text("0")


def drawn(site: Service, **options: Any) -> list[list[str]]:
    """Return what the server's picture of a moment says of each folded group."""
    svg = site.client.get(f"/graph.svg?{urlencode({'source': MODEL, **options})}").text
    pattern = (
        r'class="group folded" data-group="([^"]*)" data-sign="([^"]*)" data-magnitude="([^"]*)"[^>]*'
        r'aria-label="([^"]*)".*?class="grad"[^>]*>([^<]*)<'
    )
    found = re.findall(pattern, svg, re.DOTALL)
    assert found
    return [[key, grad, sign, magnitude, label] for key, sign, magnitude, label, grad in found]


def test_a_folded_entry_is_told_and_can_be_walked_into(site: Service, open_page: Open) -> None:
    run = document(site, open=OPEN.split())
    entry = next(each for each in run["steps"] if each.get("group") == SAMPLE and each["phase"] == "backward")
    inside = next(place for place in places(document(site, open=[*OPEN.split(), SAMPLE])) if place > entry["first"])
    page = ready(open_page(MODEL, open=OPEN, step=entry["last"]))
    expect(page.locator("#explanation h2")).to_have_text(f"Steps {entry['first'] + 1} to {entry['last']}: backward")
    expect(page.locator("#explanation .sentence")).to_have_text(entry["sentence"])
    expect(page.locator("#steps [aria-current] .text")).to_have_text(entry["text"])
    assert set(page.locator("#canvas .group.active").evaluate_all("all => all.map(e => e.dataset.group)")) == {SAMPLE}
    page.get_by_role("button", name="Open sample#3").click()
    expect(grip(page, SAMPLE)).to_be_focused()
    expect(page.locator("#cursor")).to_have_text(str(inside))
    expect(page.locator("#explanation [data-open]")).not_to_have_text("Open sample#3")
    page.keyboard.press("c")
    expect(box(page, SAMPLE)).to_have_count(1)
    expect(page.locator("#cursor")).to_have_text(str(entry["last"]))
    page.keyboard.press("o")
    expect(frame(page, SAMPLE)).to_have_count(1)
    expect(page.locator("#cursor")).to_have_text(str(inside))


def test_a_step_inside_a_folded_group_is_shown_as_the_moment_after_it(site: Service, open_page: Open) -> None:
    run = document(site, open=OPEN.split())
    entry = next(each for each in run["steps"] if each.get("last", 0) - each.get("first", 0) > 50)
    page = ready(open_page(MODEL, open=OPEN, step=entry["first"] + 30))
    expect(page.locator("#cursor")).to_have_text(str(entry["last"]))
    page.locator("#scrubber").focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#cursor")).to_have_text(str(entry["first"]))


def test_a_contribution_into_a_folded_group_runs_along_its_bundle(site: Service, open_page: Open) -> None:
    run = document(site, open=[])
    at = places(run)
    k, entry = next((k, each) for k, each in enumerate(run["steps"]) if each.get("operand_group") == "sequential#0")
    page = ready(open_page(MODEL, open="", step=at[k + 1]))
    bundle = page.locator(f'.edge.active[data-tail="sequential#0"][data-head="{entry["node"]}"]')
    expect(bundle).to_have_count(1)
    expect(page.locator("#canvas .changed")).to_have_text(entry["changes"][0]["shown"][0])
    assert box(page, "sequential#0").get_attribute("class") == "group folded active"


# -- many nodes --------------------------------------------------------------------------------------------------------


def test_a_step_touches_what_changes_and_nothing_else(open_page: Open) -> None:
    page = with_all_open(ready(open_page(CHAINS, step=400, reduced_motion="reduce")))
    expect(page.locator("#canvas g.node:not(.inline)")).to_have_count(721)
    page.evaluate("""() => {
        window.touched = new Set();
        const note = (records) => records.forEach(({target}) =>
            window.touched.add((target.closest ? target : target.parentElement).closest('g')));
        const watch = {subtree: true, childList: true, characterData: true, attributes: true};
        new MutationObserver(note).observe(document.querySelector('#canvas svg'), watch);
    }""")
    page.locator("#canvas").focus()
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    for _ in range(10):
        page.keyboard.press("ArrowLeft")
    expect(page.locator("#cursor")).to_have_text("400")
    assert 10 <= page.evaluate("window.touched.size") <= 60


def test_a_long_list_of_steps_has_rows_where_one_looks(open_page: Open) -> None:
    page = with_all_open(ready(open_page(CHAINS, step=3)))
    rows = page.locator("#steps li")
    total = int((page.locator("#total").text_content() or "").strip())
    assert total > 1000
    assert rows.count() < 200
    walk_to(page, 900)
    expect(page.locator("#steps [aria-current] .at")).to_have_text("900")
    expect(page.locator("#steps [aria-current]")).to_be_in_viewport()
    page.locator("#steps ol").evaluate("list => list.scrollTop = list.scrollHeight")
    expect(rows.last.locator(".at")).to_have_text(str(total))
    rows.last.locator("button").click()
    expect(page.locator("#cursor")).to_have_text(str(total))
    assert rows.count() < 200


def test_texts_of_a_long_walk_arrive_when_somebody_looks(site: Service, open_page: Open) -> None:
    page = with_all_open(ready(open_page(CHAINS)))
    expect(page.locator("#steps li").nth(5).locator(".text")).not_to_contain_text("tanh(")
    told = site.run(CHAINS, display=True, svg=False, open=["*"], texts=[699, 701]).json()["steps"]
    walk_to(page, 700)
    expect(page.locator("#explanation .sentence")).to_have_text(told[0]["sentence"])
    expect(page.locator("#steps [aria-current] .text")).to_have_text(told[0]["text"])
    expect(page.locator("#status")).to_contain_text(told[0]["sentence"])
    posts: list[str] = []
    page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
    page.keyboard.press("ArrowRight")
    expect(page.locator("#explanation .sentence")).to_have_text(told[1]["sentence"])
    assert posts == [], "they have been asked for ahead"


def test_a_dragged_slider_asks_for_numbers_alone_and_keeps_the_picture(site: Service, open_page: Open) -> None:
    page = with_all_open(ready(open_page(CHAINS, step=800)))
    page.evaluate("document.querySelector('#canvas svg').dataset.same = 'yes'")
    asked: list[dict[str, Any]] = []
    waiting = most = 0

    def begin(request: Request) -> None:
        nonlocal waiting, most
        if request.method == "POST" and "known" in (body := json.loads(request.post_data or "")):
            asked.append(body)
            waiting += 1
            most = max(most, waiting)

    def end(request: Request) -> None:
        nonlocal waiting
        waiting -= request.method == "POST" and "known" in (request.post_data or "")

    page.on("request", begin)
    page.on("requestfinished", end)
    slider = page.get_by_label("slider of x3", exact=True)
    slider.focus()
    for _ in range(12):
        page.keyboard.press("ArrowRight")
    inputs = {slider.get_attribute("data-leaf") or "": float(slider.input_value())}
    run = document(site, CHAINS, inputs=inputs, open=["*"])
    output = run["output"]["shown"]["data"]
    expect(page.locator("#result")).to_have_text(f"{run['output']['name']} {output[2]} {output[0]}")
    assert most == 1
    assert asked[-1]["inputs"] == inputs
    expect(page.locator("#canvas svg")).to_have_attribute("data-same", "yes")
    expect(page.locator("#cursor")).to_have_text("800")
    page.keyboard.press("Escape")
    page.locator("#canvas").focus()
    page.keyboard.press("End")
    node = next(each for each in run["nodes"] if each["label"] == "x3")
    shown = page.locator(f"#{node['id']}").locator("text.grad")
    expect(shown).to_have_text(node["shown"]["grad"][0])


def test_a_drag_over_the_picture_moves_it_by_as_much(open_page: Open) -> None:
    page = with_all_open(ready(open_page(CHAINS)))
    canvas = page.locator("#canvas").bounding_box()
    assert canvas
    node = page.locator("#canvas g.node:not(.inline) rect.box").nth(30)
    at = [middle(node)]
    x, y = canvas["x"] + 5, canvas["y"] + canvas["height"] - 5
    page.mouse.move(x, y)
    page.mouse.down()
    for k in range(1, 4):
        page.mouse.move(x + 50 * k, y - 20 * k)
        at.append(middle(node))
    page.mouse.up()
    for before, after in pairwise(at):
        assert (after[0] - before[0], after[1] - before[1]) == pytest.approx((50, -20), abs=1)
    page.keyboard.press("+")
    assert page.locator("#canvas svg").evaluate("svg => svg.getBBox().width") > 0


# -- everybody ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [{}, {"color_scheme": "dark"}, {"forced_colors": "active"}, {"step": 754}],
    ids=["light", "dark", "forced-colours", "walking"],
)
def test_axe_finds_nothing_in_a_folded_graph(open_page: Open, options: dict[str, object]) -> None:
    page = ready(open_page(MODEL, open=OPEN, **options))
    assert Axe().run(page).response["violations"] == []


def test_a_folded_graph_is_reached_without_scripts(open_page: Open) -> None:
    page = open_page(MODEL, open=OPEN, step=754, java_script_enabled=False)
    expect(page.locator("#canvas .group.folded").first).to_be_visible()
    expect(page.locator("#folds")).to_be_hidden()
    expect(page.locator("#cursor")).to_have_text("754")


@pytest.mark.parametrize("share", [0.2, 0.7, 1.0])
def test_whoever_comes_by_an_address_sees_the_box_where_the_step_is(open_page: Open, share: float) -> None:
    count = open_page(CHAINS).locator("#total").inner_text().replace("\u202f", "").replace(",", "").replace(" ", "")
    page = open_page(CHAINS, step=int(share * int(count)), open="*")
    expect(page.locator("#canvas :is(.node, .group).active").first).to_be_attached()
    page.wait_for_function(
        """() => {
          const outer = document.querySelector("#canvas").getBoundingClientRect();
          const isSeen = ({ left, right, top, bottom }) =>
            left >= outer.left && right <= outer.right && top >= outer.top && bottom <= outer.bottom;
          const boxes = [...document.querySelectorAll("#canvas :is(.node, .group).active")];
          return boxes.some((box) => isSeen(box.getBoundingClientRect()));
        }"""
    )
