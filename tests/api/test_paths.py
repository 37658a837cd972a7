"""`POST /api/v1/paths` and `POST /api/v1/tree`."""

from __future__ import annotations

from typing import Any

import pytest

from app.lab.paths import PathsAnswer
from app.lab.tree import TreeAnswer
from app.schemas import Answer, ProblemDocument
from engine import GALLERY
from tests.api.conftest import Service

SUM: dict[str, Any] = {"source": "c = a*b\nd = c + a", "inputs": {"a": 2.0, "b": -3.0}}
ADDRESSES: dict[str, type[Answer]] = {"paths": PathsAnswer, "tree": TreeAnswer}


def ask(service: Service, name: str, **fields: Any) -> Any:
    return service.client.post(f"/api/v1/{name}", json={**SUM, **fields})


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("name", GALLERY)
def test_every_answer_about_an_example_has_the_documented_form(service: Service, address: str, name: str) -> None:
    answer = ask(service, address, source=GALLERY[name].source, inputs=dict(GALLERY[name].inputs))
    assert answer.status_code == 200
    ADDRESSES[address].model_validate_json(answer.content)


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("body", ["y + y", "y / y", "log(y - y)", "exp(exp(y))", "relu(y) * inf"])
def test_what_is_not_finite_or_very_large_is_answered(service: Service, address: str, body: str) -> None:
    answer = ask(service, address, source=f"y = x\nfor i in range(60):\n    y = {body}", inputs={})
    assert answer.status_code == 200
    ADDRESSES[address].model_validate_json(answer.content)


def test_the_program_of_a_tree_runs_and_has_the_gradients_of_the_copies(service: Service) -> None:
    told = ask(service, "tree").json()
    run = service.run(told["program"], fixed=told["fixed"]).json()
    grads = {node["name"]: node["grad"] for node in run["nodes"]}
    assert [(copy["name"], grads[copy["name"]]) for copy in told["copies"][0]["copies"]] == [("a_1", -3), ("a_2", 1)]


def test_edges_of_a_path_are_edges_of_the_run(service: Service) -> None:
    run = service.run(**SUM).json()
    edges = {(node["id"], slot) for node in run["nodes"] for slot in range(len(node["operands"]))}
    for path in ask(service, "paths", node="a").json()["paths"]:
        assert {tuple(edge) for edge in path["edges"]} <= edges


@pytest.mark.parametrize(
    ("address", "fields", "detail"),
    [
        ("paths", {"node": "q"}, "/node: names no node: q"),
        ("paths", {"node": 3}, "/node: must be a text"),
        ("paths", {"most": 0}, "/most: must be a whole number from 1 to 200"),
        ("paths", {"most": 1.5}, "/most: must be a whole number from 0 on"),
        ("paths", {"skip": 1_000_000}, "/skip: must be at most 9,980"),
        ("paths", {"skip": -1}, "/skip: must be a whole number from 0 on"),
        ("tree", {"limit": 5000}, "/limit: must be a whole number from 1 to 1,000"),
        ("tree", {"folded": 7}, "/folded: must be at most 1"),
        ("tree", {"node": "a"}, "/node: is not a field of this request"),
    ],
)
def test_what_cannot_be_is_told_with_its_field(
    service: Service, address: str, fields: dict[str, Any], detail: str
) -> None:
    answer = ask(service, address, **fields)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/input")
    assert answer.json()["detail"].startswith(detail)
    ProblemDocument.model_validate(answer.json())


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_program_that_computes_nothing_is_told(service: Service, address: str) -> None:
    answer = ask(service, address, source="import math", inputs={})
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/empty")
