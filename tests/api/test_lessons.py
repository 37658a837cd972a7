"""The lessons over HTTP: they hold together, what they say in numbers is true, and questions find their answers."""

from __future__ import annotations

import re
from functools import cache
from html import unescape
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from app.lessons import LESSONS
from engine import GLOSSARY
from tests.api.conftest import ROOT, Service
from tests.api.test_docs import Page

SLUGS = [lesson.slug for lesson in LESSONS]
ADDRESSES = ["/lessons", *(f"/lessons/{slug}" for slug in SLUGS)]
VIEWS = {"labels": "address.js", "leaves": "views/embedded.js"}
SCRIPTS = ROOT / "static" / "js"


class Frames(HTMLParser):
    """Collects the frames of a page, by their titles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "iframe":
            given = dict(attrs)
            self.found[given["title"] or ""] = given["src"] or ""


def words(service: Service, slug: str) -> str:
    """Return the text of a lesson as one line, without tags."""
    text = service.client.get(f"/lessons/{slug}").text
    return " ".join(unescape(re.sub(r"<[^>]+>", "", text)).split())


def frames(service: Service, slug: str) -> dict[str, str]:
    return Frames(service.client.get(f"/lessons/{slug}").text).found


def program(address: str) -> dict[str, Any]:
    """Return what a frame runs, as the API takes it."""
    given = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    fixed = given.pop("fixed", "").split()
    given.pop("step", None)
    return {"source": given.pop("source"), "inputs": {name: float(x) for name, x in given.items()}, "fixed": fixed}


def view(address: str) -> dict[str, str]:
    """Return the settings of a frame: what stands behind the `#`."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).fragment).items()}


@cache
def experiments() -> dict[str, str]:
    """Return the text of each experiment's module and of those beside it that it imports, by the name of it."""
    found = {}
    for module in (SCRIPTS / "lab").glob("*.js"):
        text = module.read_text()
        if named := re.search(r'^export const name = "(\w+)";', text, re.MULTILINE):
            beside = re.findall(r' from "\./(\w+\.js)";', text)
            found[named[1]] = text + "".join((module.parent / name).read_text() for name in beside)
    return found


def asked(service: Service, experiment: str, **fields: Any) -> Any:
    answer = service.client.post(f"/api/v1/{experiment}", json=fields)
    assert answer.status_code == 200, answer.text
    return answer.json()


# -- pages and frames --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_page_can_be_kept_and_asked_for_again(service: Service, address: str) -> None:
    first = service.client.get(address)
    again = service.client.get(address, headers={"If-None-Match": first.headers["etag"]})
    assert (first.status_code, again.status_code) == (200, 304)
    assert first.headers["content-type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_page_refers_to_nothing_elsewhere(service: Service, address: str) -> None:
    page = Page(service.client.get(address).text)
    assert [each for each in page.addresses if not re.match(r"/(?!/)|#", each)] == []
    assert len(page.ids) == len(set(page.ids))
    assert not page.tags & {"style", "form", "object"}
    assert not {name for name in page.attributes if name.startswith("on")}


@pytest.mark.parametrize("address", ADDRESSES)
def test_links_lead_to_pages_and_words_of_the_glossary_that_are_there(service: Service, address: str) -> None:
    for each in Page(service.client.get(address).text).addresses:
        place = urlsplit(each)
        assert service.client.get(each.partition("#")[0]).status_code == 200, each
        if place.path == "/docs/glossary" and place.fragment:
            assert place.fragment in GLOSSARY


def test_the_list_leads_to_every_lesson_and_each_to_the_next(service: Service) -> None:
    listed = Page(service.client.get("/lessons").text).addresses
    assert [each for each in listed if each.startswith("/lessons/")] == ADDRESSES[1:]
    for slug, following in pairwise(SLUGS):
        assert f"/lessons/{following}" in Page(service.client.get(f"/lessons/{slug}").text).addresses


def test_a_lesson_that_there_is_not_is_told(service: Service) -> None:
    answer = service.client.get("/lessons/calculus")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not-found")


@pytest.mark.parametrize("slug", SLUGS)
def test_every_frame_shows_a_graph_without_complaint(service: Service, slug: str) -> None:
    found = frames(service, slug)
    assert len(found) >= 3
    for title, address in found.items():
        answer = service.client.get(address.partition("#")[0])
        assert answer.status_code == 200, title
        assert '<g id="n0"' in answer.text, title
        assert 'class="mistake"' not in answer.text, title


@pytest.mark.parametrize("slug", SLUGS)
def test_frames_name_experiments_and_settings_that_are_read(service: Service, slug: str) -> None:
    for title, address in frames(service, slug).items():
        settings = view(address)
        experiment = settings.pop("lab", None)
        for name in settings:
            if name.startswith("lab."):
                assert f'"{name.removeprefix("lab.")}"' in experiments()[str(experiment)], (title, name)
            else:
                assert f'"{name}"' in (SCRIPTS / VIEWS[name]).read_text(), (title, name)
        assert experiment is None or experiment in experiments(), title


# -- what a gradient is ------------------------------------------------------------------------------------------------


def test_a_nudge_of_0_1_gives_6_1_and_not_6(service: Service) -> None:
    told = asked(service, "nudge", **program(frames(service, "gradient")["Nudge w in w squared"]), node="w", h=0.1)
    assert "With a nudge of 0.1 the quotient is not 6 but 6.1." in words(service, "gradient")
    assert (told["grad"], told["cases"][1]["ratio"]) == (6, pytest.approx(6.1))


def test_the_error_rises_again_below_about_1e_8(service: Service) -> None:
    told = asked(service, "nudge", **program(frames(service, "gradient")["Nudge w in w squared"]), node="w")
    assert "rise again below about 1e−8" in words(service, "gradient")
    errors = {row["h"]: row["forward"]["error"] for row in told["table"]["rows"]}
    assert min(errors, key=lambda h: errors[h]) == 1e-8
    assert errors[1e-12] > errors[1e-10] > errors[1e-8] < errors[1e-6] < errors[1e-4] < errors[0.1]


def test_a_nudge_of_0_001_doubles(service: Service) -> None:
    told = asked(service, "nudge", **program(frames(service, "gradient")["Nudge x in y = 2x"]), node="x", h=0.001)
    text = words(service, "gradient")
    assert "to 3.001: the output becomes 6.002. The input moved by 0.001 and the output by 0.002, twice as far." in text
    assert told["cases"][1]["value"] == pytest.approx(6.002)


def test_numbers_of_runs_stand_in_the_sentences(service: Service) -> None:
    text = words(service, "gradient")
    assert "at 2.9 the loss is 8.41, which is less than 9; at 3.1 it is 9.61, which is more" in text
    assert "w * x gives 10, the target is 0, so the error is 10. How should w change? Its gradient is 100" in text
    assert "At a = 3 it is 6; at a = 4 it is 8" in words(service, "accumulation")
    assert "Added up it is 2." in words(service, "accumulation")
    assert "In the end a has 4, b has 2 and c has 1." in words(service, "backward-pass")
    assert "computes L = −8. Its gradients: a 6, b −4, c −2, f 4." in words(service, "descent")
    assert "−5, −10 and −15 for the weights, −5 for the bias" in words(service, "network")


# -- the chain rule, the backward pass, accumulation -------------------------------------------------------------------


def test_relu_closes_where_d_is_below_6(service: Service) -> None:
    asking = program(frames(service, "chain-rule")["relu of a times b plus d"])
    assert "drag d below 6" in words(service, "chain-rule")
    for d, closed in ((5.9, True), (6.1, False)):
        nodes = service.run(asking["source"], inputs={**asking["inputs"], "d": d}).json()["nodes"]
        assert all(node["grad"] == 0 for node in nodes if node["role"] == "input") is closed


def test_five_factors_of_0_1_leave_0_00001(service: Service) -> None:
    assert "Five such factors in a row, 0.1 each, leave 0.00001" in words(service, "chain-rule")
    source = "y = x\nfor i in range(5):\n    y = 0.1 * y"
    assert service.run(source).json()["nodes"][0]["grad"] == pytest.approx(0.00001)


def test_reverse_mode_takes_one_walk_for_all_leaves(service: Service) -> None:
    asking = program(frames(service, "backward-pass")["Paths, forward mode and reverse mode"])
    costs = asked(service, "paths", **asking, node="a")["costs"]
    assert costs["forward"]["exact"] == costs["leaves"] * costs["reverse"]["exact"]


@pytest.mark.parametrize(
    ("slug", "title", "wrong"),
    [
        ("accumulation", "= in place of +=", {"a": (4, 3)}),
        ("backward-pass", "Without a topological sort", {"a": (44, 84)}),
    ],
)
def test_a_wrong_algorithm_is_wrong_on_its_program(
    service: Service, slug: str, title: str, wrong: dict[str, tuple[float, float]]
) -> None:
    address = frames(service, slug)[title]
    nodes = asked(service, "break", **program(address), fault=view(address)["lab.fault"])["nodes"]
    assert {node["label"]: (node["right"], node["wrong"]) for node in nodes if node["differs"]} == wrong


def test_with_a_single_equals_sign_one_sees_3(service: Service) -> None:
    text = words(service, "accumulation")
    assert "With = whichever comes last would win, and you would see 3." in text


def test_two_backward_passes_double_the_gradient(service: Service) -> None:
    asking = program(frames(service, "accumulation")["Two backward passes"])
    assert service.run(**asking).json()["nodes"][0]["grad"] == 2 * 6


# -- descent -----------------------------------------------------------------------------------------------------------


def descended(service: Service, title: str, **fields: Any) -> Any:
    """Return the descent of a frame, with what its address sets."""
    address = frames(service, "descent")[title]
    settings = view(address)
    given: dict[str, Any] = {
        "settings": {"lr": float(settings["lab.lr"])},
        "iterations": int(settings["lab.iterations"]),
        "direction": settings.get("lab.direction", "descend"),
        "tell": 400,
    }
    return asked(service, "descend", **program(address), **{**given, **fields})


def w_at(service: Service, lr: float, iterations: int = 60) -> list[float]:
    """Return the weight that looks for 3, iteration by iteration."""
    told = descended(service, "Find 3 by descent", settings={"lr": lr}, iterations=iterations)
    values: list[float] = told["iterations"]["leaves"][0]["values"]
    return values


def test_one_step_uphill_makes_l_minus_7_286496(service: Service) -> None:
    assert "L becomes −7.286496, which is larger." in words(service, "descent")
    assert descended(service, "One step uphill")["output"]["after"] == pytest.approx(-7.286496, abs=1e-12)


def test_half_becomes_0_55(service: Service) -> None:
    assert "A weight of 0.5 with the gradient −5 and the rate 0.01 becomes 0.5 + 0.05 = 0.55" in words(
        service, "descent"
    )
    told = asked(service, "descend", source="loss = -5 * w", inputs={"w": 0.5}, settings={"lr": 0.01})
    assert told["step"]["leaves"][0]["after"] == pytest.approx(0.55)


def test_what_is_said_of_each_learning_rate(service: Service) -> None:
    text = words(service, "descent")
    assert "0.01: safe and slow. 0.1: it gets there in a few dozen steps." in text
    slow, good = w_at(service, 0.01), w_at(service, 0.1)
    assert slow == sorted(slow)
    assert slow[36] < 2.1
    assert good == sorted(good)
    assert good[36] == pytest.approx(3, abs=1e-3)


def test_a_rate_of_0_9_overshoots_and_comes_nearer(service: Service) -> None:
    assert "0.9: every step overshoots, and still each lands nearer." in words(service, "descent")
    away = [w - 3 for w in w_at(service, 0.9, 30)]
    assert all(now * then < 0 and abs(then) < abs(now) for now, then in pairwise(away))


def test_a_rate_of_1_goes_from_1_to_5_and_back(service: Service) -> None:
    assert "1: from 1 to 5 and back, for ever." in words(service, "descent")
    assert w_at(service, 1, 8) == [1, 5, 1, 5, 1, 5, 1, 5, 1]


def test_a_rate_of_1_1_diverges(service: Service) -> None:
    assert "1.1: every step lands farther away. The loss diverges." in words(service, "descent")
    away = [abs(w - 3) for w in w_at(service, 1.1, 30)]
    assert away == sorted(away)
    told = descended(service, "Find 3 by descent", settings={"lr": 1.1})
    assert "divergence" in [finding["kind"] for finding in told["diagnosis"]]


def test_plain_descent_zigzags_in_the_narrow_valley_and_momentum_gets_farther(service: Service) -> None:
    assert "plain descent zigzags between the walls and creeps along the floor" in words(service, "descent")
    plain = descended(service, "A narrow valley")
    a, b = (leaf["values"] for leaf in plain["iterations"]["leaves"])
    assert all(now * then < 0 for now, then in pairwise(b[:20]))
    assert a == sorted(a, reverse=True)
    rolling = descended(service, "A narrow valley", optimizer="momentum")
    assert plain["iterations"]["k"][-1] == 60
    assert rolling["output"]["after"] < plain["output"]["after"] / 5


# -- the network -------------------------------------------------------------------------------------------------------


def test_the_layers_gradients_are_in_the_proportion_of_its_inputs(service: Service) -> None:
    assert "they are in the proportion of the inputs, 1 : 2 : 3" in words(service, "network")
    nodes = service.run(**program(frames(service, "network")["A linear layer and its loss"])).json()["nodes"]
    grads = {node["name"]: node["grad"] for node in nodes}
    assert [grads[f"w[{k}]"] for k in range(3)] == [-5, -10, -15]


@pytest.mark.parametrize(("lr", "prediction", "loss"), [(0.01, 3.25, 3.0625), (0.002, 2.65, 5.5225)])
def test_one_training_step(service: Service, lr: float, prediction: float, loss: float) -> None:
    """The figures 2.650 and 5.523 belong to the rate 0.002."""
    asking = program(frames(service, "network")["One training step"])
    told = service.run(asking["source"].replace("lr=0.01", f"lr={lr}")).json()
    data = {node["id"]: node["data"] for node in told["nodes"]}
    found = [data[told["variables"][name]] for name in ("prediction", "new_loss")]
    assert found == pytest.approx([prediction, loss])


def test_the_gain_of_the_training_step_is_added_up_right(service: Service) -> None:
    text = words(service, "network")
    assert "The prediction gains 0.05·1 + 0.1·2 + 0.15·3 + 0.05 = 0.75. So it is 3.25 afterwards" in text
    assert "the loss is 3.0625, which is 3.1875 less" in text
    assert "figures 2.650 and 5.523" in text
    assert pytest.approx(3.25 - 2.5) == 0.05 * 1 + 0.1 * 2 + 0.15 * 3 + 0.05


def test_the_small_network_learns_xor_and_a_single_layer_cannot(service: Service) -> None:
    """With the optimizer that the page takes for this table."""
    rows = asked(service, "data", set="xor")["rows"]
    usual = {"optimizer": "Adam", "settings": {"lr": 0.05}, "iterations": 300}
    data = {"columns": ["x1", "x2", "y"], "rows": rows}
    learned = asked(
        service, "descend", **program(frames(service, "network")["A network learns XOR"]), data=data, **usual
    )
    assert learned["output"]["after"] < 0.01
    layer = {"source": "score = w1 * x1 + w2 * x2 + b\nloss = softplus(score) - y * score"}
    assert asked(service, "descend", **layer, data=data, **usual)["output"]["after"] > 0.69


# -- questions of beginners --------------------------------------------------------------------------------------------

ANSWERS = {
    "Where in the network are gradients used?": ("backward-pass", "an optimizer uses them afterwards"),
    "When are they computed?": ("backward-pass", "when somebody calls backward() on the loss"),
    "Are they used for anything but training?": ("descent", "Is anything else done with gradients? A good deal."),
    "What is the purpose of a gradient?": ("gradient", "The sign says which way, the size says how much"),
    "Is it the derivative of a vector?": ("gradient", "It is not “the derivative of a vector”"),
    "I see numbers and no function: what is differentiated?": ("gradient", "Where is the function? In the graph."),
    "Is the whole graph one giant function?": ("network", "From inputs and weights to the loss it is one function"),
    "Where does the chain rule come in?": ("chain-rule", "along a chain, rates multiply"),
    "What does backward() do to .grad?": ("backward-pass", "leaves a gradient at each node"),
    "Why is .grad unrelated to the value?": ("gradient", "it need not resemble the value that it belongs to"),
    "Why is the derivative scaled by a learning rate?": ("descent", "The rate decides the length of the step."),
    "Why lower the rate near the optimum?": ("descent", "Near the bottom one wants small steps"),
    "What is ReduceLROnPlateau for?": ("descent", "when the loss has stopped getting better"),
    "How does it go on with a million weights?": ("network", "Nobody can picture a surface over a million directions"),
    "Where do the first weights come from?": ("network", "random small weights first"),
    "When do I set requires_grad?": ("network", "whoever uses nn modules need not set it"),
}


@pytest.mark.parametrize("question", ANSWERS)
def test_each_question_of_the_forum_thread_is_answered(service: Service, question: str) -> None:
    """[Beginner] Gradients intuition?: what the thread asks, and what those who answer bring up."""
    slug, answer = ANSWERS[question]
    assert answer in words(service, slug)
