"""`POST /api/v1/derive`, `/hessian` and `/origin`: every answer has the documented form, and what is wrong is told."""

from __future__ import annotations

import time
from typing import Any

import pytest
from pydantic import BaseModel

from app.lab.derive import DeriveAnswer, HessianAnswer
from app.lab.origin import OriginAnswer
from app.schemas import ProblemDocument
from engine import GALLERY
from tests.api.conftest import Service
from tests.export.large import MOONS

CUBE: dict[str, Any] = {"source": "y = x**3", "inputs": {"x": 2.0}}
FORMS: list[tuple[str, type[BaseModel], dict[str, Any]]] = [
    ("derive", DeriveAnswer, {"wrt": "n0"}),
    ("hessian", HessianAnswer, {}),
    ("origin", OriginAnswer, {}),
]


@pytest.mark.parametrize(("path", "form", "more"), FORMS, ids=[path for path, _, _ in FORMS])
@pytest.mark.parametrize("name", GALLERY)
def test_every_answer_has_the_documented_form(
    service: Service, path: str, form: type[BaseModel], more: dict[str, Any], name: str
) -> None:
    fields = {"source": GALLERY[name].source, "inputs": dict(GALLERY[name].inputs)}
    answer = service.client.post(f"/api/v1/{path}", json={**fields, **more})
    if answer.status_code == 422:
        words = answer.json()["detail"]
        assert "characters" in words or "nodes" in words or "must be a leaf" in words, words
        return
    assert answer.status_code == 200, answer.text
    form.model_validate_json(answer.content)


@pytest.mark.parametrize("x", ["NaN", "Infinity", "-Infinity", 0.0])
@pytest.mark.parametrize(("path", "form", "more"), FORMS, ids=[path for path, _, _ in FORMS])
def test_numbers_that_are_none_travel_as_texts(
    service: Service, path: str, form: type[BaseModel], more: dict[str, Any], x: Any
) -> None:
    fields = {"source": "y = log(x) * x**1.5 + relu(x)", "inputs": {"x": x}, **more}
    answer = service.client.post(f"/api/v1/{path}", json=fields)
    assert answer.status_code == 200, answer.text
    form.model_validate_json(answer.content)


def test_a_derivative_can_be_run_and_differentiated_again(service: Service) -> None:
    told = service.client.post("/api/v1/derive", json={**CUBE, "wrt": "x"}).json()
    assert told["source"] == "x = 2.0\ndy_dx = 3 * x**2\n"
    assert service.run(told["source"]).json()["output"]["data"] == told["grad"] == 12.0
    again = service.client.post("/api/v1/derive", json={"source": told["source"], "wrt": "x"}).json()
    assert again["source"] == "x = 2.0\nd2y_dx_dx = 6 * x\n"


def test_a_table_has_a_row_for_each_leaf(service: Service) -> None:
    fields = {"source": "f = x*x*y", "inputs": {"x": 2.0, "y": 3.0}}
    assert service.client.post("/api/v1/hessian", json=fields).json()["rows"] == [[6.0, 4.0], [4.0, 0.0]]
    assert service.client.post("/api/v1/hessian", json={**fields, "leaves": ["y"]}).json()["rows"] == [[0.0]]


def test_an_overflow_is_cured(service: Service) -> None:
    told = service.client.post("/api/v1/origin", json={"source": "x = 800.0\ny = log(1 + exp(x))"}).json()
    assert told["cures"][0]["source"] == "x = 800.0\ny = softplus(x)"
    assert service.run(told["cures"][0]["source"]).json()["output"]["data"] == 800.0


def test_a_cure_holds_at_the_inputs_that_were_given(service: Service) -> None:
    fields = {"source": "x = 1.0\ny = log(1 + exp(x))", "inputs": {"x": 900.0}}
    assert service.client.post("/api/v1/origin", json=fields).json()["cures"][0]["shown"][0] == "900"


@pytest.mark.parametrize(
    ("path", "fields", "detail"),
    [
        ("derive", {}, "/wrt: is missing"),
        ("derive", {"wrt": 3}, "/wrt: must be a text"),
        ("derive", {"wrt": "q"}, "/wrt: names no node"),
        ("derive", {"wrt": "n" + "9" * 10_000}, "/wrt: names no node"),
        ("derive", {"wrt": "y"}, "/wrt: must be a leaf"),
        ("derive", {"wrt": "x", "h": 1}, "/h: is not a field of this request"),
        ("hessian", {"leaves": "x"}, "/leaves: must be a list"),
        ("hessian", {"leaves": ["x", "x"]}, "/leaves: must name each leaf once"),
        ("hessian", {"leaves": ["y"]}, "/leaves: must name leaves"),
        ("hessian", {"leaves": [str(k) for k in range(11)]}, "/leaves: must be at most 10"),
        ("origin", {"leaf": None}, "/leaf: must be a text"),
        ("origin", {"leaf": "q"}, "/leaf: names no node"),
    ],
)
def test_what_is_wrong_is_told(service: Service, path: str, fields: dict[str, Any], detail: str) -> None:
    answer = service.client.post(f"/api/v1/{path}", json={**CUBE, **fields})
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/input")
    assert answer.json()["detail"].startswith(detail)
    ProblemDocument.model_validate(answer.json())


@pytest.mark.parametrize("path", ["derive", "hessian", "origin"])
def test_a_large_network_is_answered_or_refused_soon(service: Service, path: str) -> None:
    source = MOONS.format(samples=20)
    more = {"wrt": "n0"} if path == "derive" else {}
    service.client.post(f"/api/v1/{path}", json={"source": source, **more})
    start = time.perf_counter()
    answer = service.client.post(f"/api/v1/{path}", json={"source": source, **more})
    assert answer.status_code in (200, 422)
    assert time.perf_counter() - start < 3
