"""The page as a person meets it: typing, stepping by key and by button, scrubbing, reloading, making mistakes."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from engine import GALLERY, Drawing, Run, document, run
from engine.numbers import short
from tests.api.conftest import Service
from tests.browser.conftest import Open

FIRST = "relu(a*b + d)"
INPUTS = {"a": 2, "b": -3, "d": 10}
LISTING = """
a = Value(2.0, _op='a')
b = Value(3.0, _op='b')
c = a * b # c = 6
d = c + a # d = 8
d.backward()
""".strip()
TWICE = "x = Value(3.0, label='x')\ny = x*x\ny.backward()\nz = x + 1\nz.backward()"
EDITOR = ".cm-content"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def node(page: Page, label: str) -> Locator:
    """Return the node that a picture calls `label`."""
    return page.locator("#canvas g.node").filter(has=page.locator(f"text.label:text-is('{label}')"))


def numbers(page: Page, label: str) -> tuple[str | None, str | None]:
    """Return the data and the gradient that a node shows."""
    return tuple(node(page, label).locator(f"text.{kind}").text_content() for kind in ("data", "grad"))  # type: ignore[return-value]


def write(page: Page, source: str) -> None:
    """Type a program in place of the one that is there."""
    page.locator(EDITOR).click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(source)


def leave_editor(page: Page) -> None:
    page.locator(EDITOR).press("Escape")


def steps_of(source: str, inputs: dict[str, float] | None = None) -> list[dict[str, str]]:
    steps: list[dict[str, str]] = document(run(source, inputs or {}), display=True)["steps"]
    return steps


def query(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


# -- the main job ------------------------------------------------------------------------------------------------------


def test_a_typed_expression_is_walked_to_its_gradients(open_page: Open) -> None:
    page = open_page("x")
    page.wait_for_selector(EDITOR)
    write(page, FIRST)
    for name, value in INPUTS.items():
        page.get_by_label(f"data of {name}", exact=True).fill(str(value))
    expect(page.locator("#result")).to_have_text("out = 4")
    page.locator("#canvas").focus()
    page.keyboard.press("Home")
    for at, step in enumerate(steps_of(FIRST, dict(INPUTS)), 1):
        page.keyboard.press("ArrowRight")
        expect(page.locator("#cursor")).to_have_text(str(at))
        expect(page.locator("#explanation .sentence")).to_have_text(step["sentence"])
        expect(page.locator("#explanation .code")).to_have_text(step["text"])
    assert {name: numbers(page, name)[1] for name in INPUTS} == {"a": "−3", "b": "2", "d": "1"}
    assert query(page)["source"] == [FIRST]


def test_a_pasted_listing_adds_two_contributions_to_a(open_page: Open) -> None:
    page = open_page("x")
    page.wait_for_selector(EDITOR)
    write(page, LISTING)
    expect(page.locator("#result")).to_have_text("d = 8")
    leave_editor(page)
    page.keyboard.press("Home")
    seen: list[str | None] = []
    for _ in steps_of(LISTING):
        page.keyboard.press("ArrowRight")
        grad = numbers(page, "a")[1]
        if not seen or seen[-1] != grad:
            seen.append(grad)
    assert seen == ["–", "1", "4"]
    rows = page.locator("#steps .text").all_text_contents()
    assert [row for row in rows if row.startswith("a.grad +=")] == [
        "a.grad += 1.0 * d.grad = 1.0 * 1.0 = 1.0",
        "a.grad += b.data * c.grad = 3.0 * 1.0 = 3.0",
    ]
    assert [numbers(page, name)[1] for name in "abc"] == ["4", "2", "1"]


def test_what_is_shown_at_each_step_is_what_the_server_draws(site: Service, open_page: Open) -> None:
    """The picture that scripts play and the picture of the same address are one and the same."""
    page = open_page(FIRST, **INPUTS, reduced_motion="reduce")
    page.wait_for_selector(EDITOR)
    page.keyboard.press("Home")
    for at in range(len(steps_of(FIRST)) + 1):
        query = urlencode({"source": FIRST, **INPUTS, "step": at})
        drawn = page.request.get(f"http://127.0.0.1:{site.port}/graph.svg?{query}").text()
        for name in ("a", "b", "d", "t1", "t2", "out"):
            match = re.search(rf'<g id="n\d+"[^>]*>(?:(?!</g>).)*?class="label"[^>]*>{name}<.*?</g>', drawn, re.DOTALL)
            assert match, name
            data, grad = (re.search(rf'class="{kind}"[^>]*>([^<]*)<', match[0]) for kind in ("data", "grad"))
            assert data and grad
            assert numbers(page, name) == (data[1], grad[1])
            sign = re.search(r'data-sign="(\w+)" data-magnitude="(\d)"', match[0])
            assert sign
            assert node(page, name).get_attribute("data-sign") == sign[1]
            assert node(page, name).get_attribute("data-magnitude") == sign[2]
        page.keyboard.press("ArrowRight")


# -- stepping ----------------------------------------------------------------------------------------------------------


def test_keys_step_forward_back_to_the_ends_and_play(open_page: Open) -> None:
    page = open_page(FIRST, **INPUTS)
    page.wait_for_selector(EDITOR)
    cursor = page.locator("#cursor")
    expect(cursor).to_have_text("9")
    for key, at in (("Home", "0"), ("ArrowRight", "1"), ("ArrowRight", "2"), ("ArrowLeft", "1"), ("End", "9")):
        page.keyboard.press(key)
        expect(cursor).to_have_text(at)
    page.locator("#speed").select_option("4")
    page.locator("#canvas").focus()
    page.keyboard.press(" ")
    expect(page.locator("[data-go=play]")).to_have_attribute("aria-pressed", "true")
    expect(cursor).to_have_text("9")
    expect(page.locator("[data-go=play]")).to_have_attribute("aria-pressed", "false")


def test_buttons_step_as_keys_do(open_page: Open) -> None:
    page = open_page(FIRST, step=4, **INPUTS)
    page.wait_for_selector(EDITOR)
    for name, at in (("Step forward", "5"), ("Step back", "4"), ("First step", "0"), ("Last step", "9")):
        page.get_by_role("button", name=name, exact=True).click()
        expect(page.locator("#cursor")).to_have_text(at)
    expect(page.get_by_role("button", name="Step forward")).to_have_attribute("aria-disabled", "true")


def test_the_scrubber_leads_anywhere(open_page: Open) -> None:
    page = open_page(FIRST, **INPUTS)
    page.wait_for_selector(EDITOR)
    page.locator("#scrubber").fill("5")
    expect(page.locator("#explanation h2")).to_have_text("Step 5: backward")
    assert numbers(page, "a") == ("2", "–")
    page.locator("#scrubber").press("ArrowRight")
    expect(page.locator("#cursor")).to_have_text("6")


def test_a_row_leads_to_its_step_and_the_step_marks_its_row(open_page: Open) -> None:
    page = open_page(FIRST, **INPUTS)
    page.wait_for_selector(EDITOR)
    page.locator("#steps button").nth(7).click()
    expect(page.locator("#cursor")).to_have_text("8")
    expect(page.locator("#steps [aria-current=step] .at")).to_have_text("8")


def test_the_active_node_edge_operand_and_source_are_marked(open_page: Open) -> None:
    page = open_page(FIRST, step=8, **INPUTS)
    page.wait_for_selector(EDITOR)
    expect(page.locator("#canvas .active")).to_have_count(3)
    assert {element.get_attribute("id") for element in page.locator("#canvas .active").all()} == {"n0", "n2", "n2.0"}
    expect(page.locator(".cm-here")).to_have_text("a")
    assert "".join(page.locator(".cm-there, .cm-there .cm-here").all_text_contents()).startswith("a")
    expect(page.locator("#canvas .changed")).to_have_text("−3")


def test_a_step_is_spoken_once(open_page: Open) -> None:
    page = open_page(FIRST, step=7, **INPUTS)
    page.wait_for_selector(EDITOR)
    page.keyboard.press("ArrowRight")
    expect(page.locator("#status")).to_contain_text("Step 8 of 9. From t1 = a * b, a gets")


def test_a_second_pass_has_a_picture_of_its_own(open_page: Open) -> None:
    page = open_page(TWICE, step=1)
    page.wait_for_selector(EDITOR)
    expect(node(page, "y")).to_have_count(1)
    expect(node(page, "z")).to_have_count(0)
    page.keyboard.press("End")
    expect(node(page, "z")).to_have_count(1)
    expect(node(page, "y")).to_have_count(0)
    assert numbers(page, "x")[1] == "7"
    page.keyboard.press("Home")
    expect(node(page, "y")).to_have_count(1)
    page.locator("#view-menu summary").click()
    page.locator("select[name=style]").select_option("micrograd")
    expect(page.locator("#canvas ellipse")).to_have_count(1)
    expect(node(page, "y")).to_have_count(1)
    expect(node(page, "z")).to_have_count(0)


# -- state -------------------------------------------------------------------------------------------------------------


def test_reload_keeps_program_inputs_and_step(open_page: Open) -> None:
    page = open_page("a*b")
    page.wait_for_selector(EDITOR)
    write(page, "a*b + step")
    page.get_by_label("data of step").fill("2.5")
    expect(page.locator("#result")).to_have_text("out = 3.5")
    leave_editor(page)
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    page.wait_for_url(re.compile("&step=1"))
    page.reload()
    page.wait_for_selector(EDITOR)
    expect(page.locator(EDITOR)).to_have_text("a*b + step")
    expect(page.locator("#cursor")).to_have_text("1")
    expect(page.locator("#result")).to_have_text("out = 3.5")
    expect(page.get_by_label("data of step")).to_have_value("2.5")


def test_an_example_is_a_place_that_back_leads_away_from(open_page: Open) -> None:
    page = open_page(FIRST, **INPUTS)
    page.wait_for_selector(EDITOR)
    page.locator("#examples summary").click()
    page.get_by_role("link", name="x times x").click()
    expect(page.locator("#result")).to_have_text("y = 9")
    assert page.locator("g.edge").count() == 2
    page.go_back()
    expect(page.locator("#result")).to_have_text("out = 4")
    expect(page.locator(EDITOR)).to_have_text(FIRST)


def test_dragging_a_slider_changes_numbers_and_moves_nothing(open_page: Open) -> None:
    page = open_page(FIRST, step=8, **INPUTS)
    page.wait_for_selector(EDITOR)
    places = "[...document.querySelectorAll('#canvas rect, #canvas path')].map(e => JSON.stringify(e.getBBox())).join()"
    before = page.evaluate(places)
    slider = page.get_by_label("slider of b")
    slider.focus()
    for _ in range(5):
        slider.press("ArrowRight")
    expect(node(page, "a").locator("text.grad")).not_to_have_text("−3")
    expect(page.locator("#cursor")).to_have_text("8")
    value = float(slider.input_value())
    expect(page.get_by_label("data of b", exact=True)).to_have_value(slider.input_value())
    expect(node(page, "a").locator("text.grad")).to_have_text(f"{value:g}".replace("-", "−"))
    assert page.evaluate(places) == before


def test_a_leaf_of_the_program_can_be_moved_and_reset(open_page: Open) -> None:
    page = open_page("a = 2.0\ny = a*a")
    page.wait_for_selector(EDITOR)
    page.get_by_label("data of a", exact=True).fill("3")
    expect(page.locator("#result")).to_have_text("y = 9")
    page.get_by_role("button", name="reset a").click()
    expect(page.locator("#result")).to_have_text("y = 4")


def test_a_typed_number_wins_over_an_input_of_that_name(open_page: Open) -> None:
    page = open_page(FIRST, **INPUTS)
    page.wait_for_selector(EDITOR)
    write(page, "a = 7\ny = a*a")
    expect(page.locator("#result")).to_have_text("y = 49")
    page.wait_for_url(lambda address: "a" not in parse_qs(urlsplit(address).query))


def test_a_computed_leaf_has_a_number_and_no_slider(open_page: Open) -> None:
    page = open_page("a = Value(b.data * 6)\ny = a*b")
    page.wait_for_selector(EDITOR)
    expect(page.locator("#leaves tbody input")).to_have_count(2)
    expect(page.locator("#leaves td.data")).to_have_text("6")


def test_direction_and_style_are_part_of_the_state(open_page: Open) -> None:
    page = open_page(FIRST, **INPUTS)
    page.wait_for_selector(EDITOR)
    page.locator("#view-menu summary").click()
    page.locator("select[name=style]").select_option("micrograd")
    expect(page.locator("#canvas ellipse")).to_have_count(3)
    page.locator("select[name=direction]").select_option("TB")
    page.wait_for_url(re.compile("direction=TB&style=micrograd"))
    page.reload()
    expect(page.locator("#canvas ellipse")).to_have_count(3)


# -- mistakes ----------------------------------------------------------------------------------------------------------


def test_a_mistake_stands_at_its_place_while_the_last_graph_stays(open_page: Open) -> None:
    page = open_page(FIRST, **INPUTS)
    page.wait_for_selector(EDITOR)
    write(page, "y = a*b\nz = tnah(y)")
    expect(page.locator("#problem")).to_contain_text("Line 2:")
    expect(page.locator("#problem")).to_contain_text("Did you mean tanh?")
    expect(page.locator(".cm-lintRange-error")).to_have_text("tnah")
    expect(page.locator("#graph-panel")).to_have_class(re.compile("stale"))
    assert numbers(page, "out") == ("4", "1")
    write(page, "y = a*b\nz = tanh(y)")
    expect(page.locator("#problem")).to_be_hidden()
    expect(page.locator("#graph-panel")).not_to_have_class(re.compile("stale"))
    expect(page.locator(".cm-lintRange-error")).to_have_count(0)
    expect(node(page, "z")).to_have_count(1)


def test_a_mistake_in_the_address_is_shown_with_the_page(open_page: Open) -> None:
    page = open_page("a = 2\nb = (a")
    page.wait_for_selector(EDITOR)
    expect(page.locator("#problem .mistake")).to_be_visible()
    expect(page.locator(".cm-lintRange-error")).to_have_count(1)


def test_names_of_any_kind_are_text(open_page: Open) -> None:
    label = "<img src=x onerror=alert(1)>&amp;\\N"
    page = open_page(f"a = Value(2.0, label={label!r})\nb = a*a\nprint({label!r})")
    page.wait_for_selector(EDITOR)
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    assert page.locator("#canvas img, #explanation img, #leaves img, #printed img").count() == 0
    expect(page.locator("#printed pre")).to_contain_text(label)
    expect(page.locator("#leaves th").nth(3)).to_have_text(label)


def test_a_server_that_is_gone_loses_nothing(open_page: Open) -> None:
    page = open_page(FIRST, allowed=("Failed to load resource",), **INPUTS)
    page.wait_for_selector(EDITOR)
    page.route("**/api/v1/run", lambda route: route.abort())
    write(page, "a*b*c")
    expect(page.locator("#problem")).to_contain_text("does not answer")
    expect(page.locator(EDITOR)).to_have_text("a*b*c")
    page.unroute("**/api/v1/run")
    write(page, "a*b*d")
    expect(page.locator("#result")).to_have_text("out = −60")


# -- without scripts ---------------------------------------------------------------------------------------------------


def test_the_page_works_without_scripts(open_page: Open) -> None:
    page = open_page(FIRST, java_script_enabled=False, **INPUTS)
    assert numbers(page, "a") == ("2", "−3")
    assert page.locator("#steps li").count() == 9
    page.get_by_role("button", name="First step").click()
    assert numbers(page, "a") == ("2", "–")
    page.get_by_role("button", name="Step forward").click()
    assert numbers(page, "t1") == ("−6", "–")
    page.locator("textarea").fill("a*b +")
    page.get_by_label("data of a").fill("5")
    page.get_by_role("button", name="Run").click()
    expect(page.locator("#problem")).to_be_visible()
    page.locator("textarea").fill("a*b + 1")
    page.get_by_role("button", name="Run").click()
    assert page.locator("#result").text_content() == "out = −14"


def test_the_plain_editor_serves_where_the_bundle_is_missing(open_page: Open) -> None:
    page = open_page(FIRST, allowed=("Failed to load resource", "the plain editor is used"), **INPUTS)
    page.route("**/static/vendor/editor.js", lambda route: route.abort())
    page.reload()
    page.locator("textarea").fill("a*b")
    expect(page.locator("#result")).to_have_text("out = −6")
    page.locator("textarea").fill("a*")
    expect(page.locator("#problem")).to_be_visible()


# -- everybody ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [{}, {"color_scheme": "dark"}, {"forced_colors": "active"}, PHONE, {"java_script_enabled": True, "step": 3}],
    ids=["light", "dark", "forced-colours", "phone", "walking"],
)
def test_axe_finds_nothing(open_page: Open, options: dict[str, object]) -> None:
    page = open_page(LISTING, **options)
    page.wait_for_selector(EDITOR)
    assert Axe().run(page).response["violations"] == []


def test_axe_finds_nothing_beside_a_mistake_and_in_the_help(open_page: Open) -> None:
    page = open_page("a = tnah(1)")
    page.wait_for_selector(EDITOR)
    expect(page.locator(".cm-lintRange-error")).to_have_count(1)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert Axe().run(page).response["violations"] == []


@pytest.mark.parametrize("width", [320, 390, 800, 1280, 2560])
def test_nothing_is_wider_than_the_page(open_page: Open, width: int) -> None:
    page = open_page(LISTING, step=5, viewport={"width": width, "height": 700})
    page.wait_for_selector(EDITOR)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("example", GALLERY.values(), ids=GALLERY.keys())
def test_every_example_can_be_walked(open_page: Open, example: object) -> None:
    source, inputs = example.source, dict(example.inputs)  # type: ignore[attr-defined]
    page = open_page(source, **inputs)
    page.wait_for_selector(EDITOR)
    expect(page.locator("#canvas svg")).to_have_count(1)
    first = document(run(source, inputs))["first_step"]
    page.keyboard.press("Home")
    expect(page.locator("#cursor")).to_have_text("0")
    expect(page.locator("#steps li").first.locator(".at")).to_have_text("1")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#cursor")).to_have_text("1")
    page.keyboard.press("End")
    expect(page.locator("#cursor")).to_have_text(str(first + len(steps_of(source, inputs))))


# -- several passes ----------------------------------------------------------------------------------------------------


LOOP = """
w = Value(2.0)
for epoch in range(3):
    loss = w*w
    loss.backward()
    print(loss.data, w.grad)
    w.data -= 0.5
""".strip()


def test_a_pass_is_chosen_by_the_turn_of_its_loop(open_page: Open) -> None:
    page = open_page(LOOP)
    chooser = page.locator("#pass")
    assert [option.strip() for option in chooser.locator("option").all_text_contents()] == [
        "epoch#0: 4", "epoch#1: 2.25", "epoch#2: 1",
    ]  # fmt: skip
    expect(page.locator("#printed pre")).to_have_text("4.0 4.0\n2.25 7.0\n1.0 9.0\n")
    chooser.select_option("0")
    expect(node(page, "loss")).to_be_visible()
    assert numbers(page, "w") == ("2", "4")
    chooser.select_option("1")
    expect(node(page, "loss@2")).to_be_visible()
    assert numbers(page, "w") == ("1.5", "7")
    expect(page.locator("#cursor")).to_have_text(str(document(run(LOOP))["passes"][1]["last"]))


def test_a_program_of_one_pass_has_nothing_to_choose(open_page: Open) -> None:
    page = open_page(FIRST, **INPUTS)
    expect(page.locator("#passes")).to_be_hidden()


def test_a_long_run_is_walked_across_its_passes(open_page: Open) -> None:
    example = GALLERY["xor"]
    result = run(example.source)
    page = open_page(example.source)
    page.wait_for_selector(EDITOR)
    page.locator("#pass").select_option("3")
    last = result.trace.passes[3].last
    expect(page.locator("#cursor")).to_have_text(str(last))
    expect(page.locator("#steps li").last.locator(".at")).to_have_text(str(last))
    check_against_document(page, result, last)
    page.locator("#canvas").click()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#explanation h2")).to_have_text(f"Step {last + 1}: update")
    expect(page.locator("#pass")).to_have_value("3")
    expect(page.locator("#marks [aria-current]")).to_have_text("update")
    check_against_document(page, result, last + 1)
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#pass")).to_have_value("3")
    check_against_document(page, result, last)
    page.reload()
    expect(page.locator("#cursor")).to_have_text(str(last))
    assert query(page)["step"] == [str(last)]


def check_against_document(page: Page, result: Run, step: int) -> None:
    """The picture that scripts have brought to a moment shows what the server draws for it."""
    frame = Drawing(result, step=step).frame
    expect(page.locator("#canvas svg")).to_have_count(1)
    for name in ("model[0].weight[0,0]", "model[2].bias"):
        index = result.variables[name]
        data, grad = frame.data[index], frame.grads[index]
        assert data is not None
        expect(node(page, name).locator("text.data")).to_have_text(short(data))
        expect(node(page, name).locator("text.grad")).to_have_text("–" if grad is None else short(grad))


def test_after_a_long_run_another_program_is_another_run(open_page: Open) -> None:
    page = open_page(GALLERY["xor"].source)
    page.wait_for_selector(EDITOR)
    expect(page.locator("#result")).to_contain_text("loss")
    page.locator("#examples summary").click()
    page.get_by_role("link", name="x times x").click()
    expect(page.locator("#result")).to_have_text("y = 9")
    expect(page.locator("#problem")).to_be_hidden()


def test_a_slider_keeps_its_own_keys_and_leaves_the_others_to_the_page(open_page: Open) -> None:
    page = open_page(FIRST, step=4, **INPUTS)
    page.wait_for_selector(EDITOR)
    page.locator("#scrubber").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#cursor")).to_have_text("5")
    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_visible()
