"""`POST /api/v1/run`: the contract."""

from __future__ import annotations

import math
from typing import Any
from xml.etree import ElementTree

import pytest

from app.schemas import RunAnswer
from engine import GALLERY
from tests.api.conftest import Service, launch

FIRST = "relu(a*b + d)"
INPUTS = {"a": 2.0, "b": -3.0, "d": 10.0}
TAGS = {"svg", "g", "title", "desc", "polygon", "polyline", "path", "ellipse", "rect", "text", "tspan"}


def by_name(answer: Any) -> dict[str, Any]:
    nodes = {node["id"]: node for node in answer["nodes"]}
    return {name: nodes[node] for name, node in answer["variables"].items()}


def test_first_graph_has_the_gradients_that_the_chain_rule_gives(service: Service) -> None:
    response = service.run(FIRST, inputs=INPUTS)
    answer = response.json()
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert answer["version"] == 1
    assert answer["source"] == FIRST
    assert answer["output"]["data"] == 4.0
    assert {name: node["grad"] for name, node in by_name(answer).items()} == {"a": -3.0, "b": 2.0, "d": 1.0}


@pytest.mark.parametrize("display", [False, True])
@pytest.mark.parametrize("name", GALLERY)
def test_answers_have_the_documented_form(service: Service, name: str, display: bool) -> None:
    example = GALLERY[name]
    answer = service.run(example.source, inputs=dict(example.inputs), display=display).json()
    assert RunAnswer.model_validate(answer).nodes
    assert all(("shown" in node) == display for node in answer["nodes"])
    assert all(("math" in step) == display for step in answer["steps"])


@pytest.mark.parametrize("name", GALLERY)
def test_replaying_the_steps_gives_every_gradient(service: Service, name: str) -> None:
    answer = service.run(GALLERY[name].source, inputs=dict(GALLERY[name].inputs), svg=False).json()
    grads = dict.fromkeys((node["id"] for node in answer["nodes"]), 0.0)
    for step in answer["steps"]:
        if step["phase"] in ("seed", "backward"):
            grads[step.get("operand", step["node"])] += float(step["contribution"])
        elif step["phase"] == "update" and step["field"] == "grad":
            grads[step["node"]] = float(step["after"])
    for node in answer["nodes"]:
        got, want = grads[node["id"]], float(node["grad"])
        assert got == want or (math.isnan(got) and math.isnan(want))


def test_picture_is_svg_of_known_tags_with_an_id_for_every_node_and_edge(service: Service) -> None:
    answer = service.run(FIRST).json()
    root = ElementTree.fromstring(answer["svg"])
    assert {element.tag.partition("}")[2] for element in root.iter()} <= TAGS
    ids = {element.get("id") for element in root.iter()}
    assert {node["id"] for node in answer["nodes"]} <= ids
    assert {f"{node['id']}.{k}" for node in answer["nodes"] for k in range(len(node["operands"]))} <= ids


def test_picture_is_absent_where_it_was_not_asked_for(service: Service) -> None:
    assert "svg" not in service.run(FIRST, svg=False).json()


def test_direction_and_style_change_the_picture_only(service: Service) -> None:
    usual = service.run(FIRST).json()
    for fields in ({"direction": "TB"}, {"style": "micrograd"}):
        answer = service.run(FIRST, **fields).json()
        assert answer.pop("svg") != usual["svg"]
        assert answer == {key: value for key, value in usual.items() if key != "svg"}


def test_inputs_that_nobody_gave_are_one_and_say_so(service: Service) -> None:
    nodes = by_name(service.run("a * b", inputs={"a": 3}).json())
    assert (nodes["a"]["data"], nodes["a"]["defaulted"]) == (3.0, False)
    assert (nodes["b"]["data"], nodes["b"]["defaulted"]) == (1.0, True)


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity"])
def test_numbers_that_json_lacks_travel_as_strings_in_both_directions(service: Service, value: str) -> None:
    answer = service.run("x * 1", inputs={"x": value}).json()
    assert answer["output"]["data"] == value
    assert by_name(answer)["x"]["data"] == value


def test_input_that_the_program_lacks_is_a_warning(service: Service) -> None:
    [warning] = service.run("x", inputs={"y": 1}).json()["warnings"]
    assert "y" in warning["message"]


def test_partial_answers_with_the_problem_and_the_graph_before_it(service: Service) -> None:
    source = "y = x*x\nz = sin(y"
    whole, part = service.run(source), service.run(source, partial=True)
    assert (whole.status_code, part.status_code) == (422, 200)
    answer = part.json()
    assert answer["problem"] == whole.json()
    assert by_name(answer)["y"]["data"] == 1.0
    assert answer["svg"].startswith("<svg")
    RunAnswer.model_validate(answer)


def test_partial_answers_even_if_nothing_ran(service: Service) -> None:
    answer = service.run("", partial=True).json()
    assert answer["problem"]["type"] == "/problems/empty"
    assert (answer["nodes"], answer["output"], answer["svg"]) == ([], None, None)


def test_partial_without_a_problem_is_the_whole_answer(service: Service) -> None:
    assert service.run(FIRST, partial=True).json() == service.run(FIRST).json()


def test_large_graph_has_a_picture_and_all_its_numbers(service: Service) -> None:
    source = "s = x\n" + "\n".join("s = s*x + y" for _ in range(480))
    answer = service.run(source).json()
    assert (answer["picture"]["boxes"], answer["picture"]["folded"]) == (len(answer["groups"]) + 2, True)
    assert answer["svg"].count("<g ") > len(answer["groups"])
    assert len(answer["nodes"]) == answer["node_count"] == 962
    assert len(answer["steps"]) == answer["step_count"] == 960 + 1 + 1920


def test_answer_that_would_be_too_long_is_a_budget_problem() -> None:
    with launch(GRADWALK_ANSWER_BYTES="100000") as service:
        response = service.run("s = x\n" + "\n".join("s = s*x + y" for _ in range(300)), svg=False)
    assert response.status_code == 422
    assert response.json()["type"] == "/problems/budget"
    assert "100,000 bytes" in response.json()["detail"]


def test_answers_are_compressed_for_those_who_can_read_that(service: Service) -> None:
    plain = service.client.post("/api/v1/run", json={"source": FIRST}, headers={"Accept-Encoding": "identity"})
    packed = service.client.post("/api/v1/run", json={"source": FIRST}, headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert plain.content == packed.content


def test_operations_are_listed_with_their_derivatives(service: Service) -> None:
    rows = {row["name"]: row for row in service.client.get("/api/v1/ops").json()["operations"]}
    assert rows["tanh"]["partials"] == ["∂z/∂x = 1 - z**2"] or "z" in rows["tanh"]["partials"][0]
    assert rows["clip"]["arity"] == 3
    assert all(row["about"] and len(row["partials"]) == row["arity"] for row in rows.values())
