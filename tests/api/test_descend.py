"""`POST /api/v1/descend`, `/slice`, `/contour`, `/boundary`, `/data`: descents and data over HTTP."""

from __future__ import annotations

import threading
import time
from typing import Any

import httpx
import pytest
from pydantic import BaseModel

from app.lab.descend import DescendAnswer
from app.lab.landscape import BoundaryAnswer, ContourAnswer, PredictionsAnswer, SliceAnswer
from app.lab.tables import DataAnswer, DataSets
from app.schemas import ProblemDocument
from engine import GALLERY
from tests.api.conftest import Service
from tests.export.large import MOONS

LINE: dict[str, Any] = {"source": "loss = (w*x + b - y)**2", "inputs": {"w": 0.0, "b": 0.0}}
DATA: dict[str, Any] = {"columns": ["x", "y"], "rows": [[1, 2], [2.5, 3]]}
SCORE: dict[str, Any] = {"source": "score = u*x0 + v*x1\nloss = softplus(score) - y*score", "data": {"set": "xor"}}
MODELS: dict[str, type[BaseModel]] = {
    "descend": DescendAnswer,
    "slice": SliceAnswer,
    "contour": ContourAnswer,
    "boundary": BoundaryAnswer,
    "predictions": PredictionsAnswer,
    "data": DataAnswer,
}


def ask(service: Service, name: str, **fields: Any) -> httpx.Response:
    return service.client.post(f"/api/v1/{name}", json=fields)


@pytest.mark.parametrize("name", GALLERY)
def test_every_example_is_descended_in_the_documented_form(service: Service, name: str) -> None:
    example: dict[str, Any] = {"source": GALLERY[name].source, "inputs": dict(GALLERY[name].inputs)}
    answer = ask(service, "descend", **example, iterations=3, optimizer="Adam")
    if answer.status_code == 422:
        assert "trainable lea" in answer.json()["detail"]
        return
    told = DescendAnswer.model_validate_json(answer.content)
    assert told.done == 3
    leaf = told.leaves[0].id
    SliceAnswer.model_validate_json(ask(service, "slice", **example, leaf=leaf, points=5).content)
    SliceAnswer.model_validate_json(ask(service, "slice", **example, points=5).content)
    if len(told.leaves) > 1:
        plane = ask(service, "contour", **example, x=leaf, y=told.leaves[1].id, size=3)
        ContourAnswer.model_validate_json(plane.content)


@pytest.mark.parametrize("name", MODELS)
def test_documented_requests_are_answered_in_the_documented_form(service: Service, name: str) -> None:
    described = service.client.get("/openapi.json").json()["paths"][f"/api/v1/{name}"]["post"]
    for example in described["requestBody"]["content"]["application/json"]["examples"].values():
        answer = ask(service, name, **example["value"])
        assert answer.status_code == 200, answer.text
        MODELS[name].model_validate_json(answer.content)


def test_the_state_of_an_answer_goes_on(service: Service) -> None:
    fields: dict[str, Any] = {**LINE, "data": DATA, "optimizer": "Adam", "iterations": 4, "seconds": 0}
    told, ks, state = {"finished": False}, [], None
    while not told["finished"]:
        told = ask(service, "descend", **fields, state=state).json()
        ks += told["iterations"]["k"]
        state = told["state"]
    assert ks == [0, 1, 2, 3, 4]
    assert ask(service, "descend", **fields | {"seconds": 0.5}).json()["state"] == state


def test_numbers_that_are_not_finite_travel_both_ways(service: Service) -> None:
    fields: dict[str, Any] = {"source": "loss = x**4", "inputs": {"x": 3.0}, "settings": {"lr": 1.0}}
    first = ask(service, "descend", **fields, iterations=20)
    assert '"NaN"' in first.text
    second = ask(service, "descend", **fields, iterations=25, state=first.json()["state"])
    DescendAnswer.model_validate_json(second.content)
    assert second.json()["done"] == 25


def test_a_boundary_holds_the_points_of_the_data(service: Service) -> None:
    answer = ask(service, "boundary", **SCORE, x="x0", y="x1", node="score", size=3, values=[1, -1])
    told = BoundaryAnswer.model_validate_json(answer.content)
    assert len(told.points) == 4


def test_pasted_text_is_a_table(service: Service) -> None:
    told = ask(service, "data", csv="x;y\n1;2,5").json()
    assert (told["columns"], told["rows"]) == (["x", "y"], [[1, 2.5]])
    DataSets.model_validate_json(service.client.get("/api/v1/data/sets").content)


@pytest.mark.parametrize(
    ("name", "fields", "detail"),
    [
        ("descend", {"optimizer": "LBFGS"}, "/optimizer: must be "),
        ("descend", {"settings": {"lr": "fast"}}, "/settings/lr: must be a number from 0 on"),
        ("descend", {"settings": 3}, "/settings: must be an object"),
        ("descend", {"settings": {"q": 1}}, "/settings/q: is not a setting of SGD"),
        ("descend", {"schedule": {"name": "StepLR"}}, "/schedule/step_size: is missing"),
        ("descend", {"iterations": 10_001}, "/iterations: must be from 0 to 10,000"),
        ("descend", {"iterations": 1.5}, "/iterations: must be a whole number from 0 on"),
        ("descend", {"seconds": "NaN"}, "/seconds: must be from 0 to 0.5"),
        ("descend", {"clip": {"kind": "both", "limit": 1}}, "/clip/kind: must be "),
        ("descend", {"clip": {"kind": "norm"}}, "/clip/limit: is missing"),
        ("descend", {"state": {"k": 3}}, "/state: is not what an answer to this request held"),
        ("descend", {"data": {"rows": [["one"]]}}, "/data/rows/0/0: must be a number"),
        ("descend", {"data": {"rows": [[1, 2], [3, 4], [5, True]]}}, "/data/rows/2/1: must be a number"),
        ("descend", {"data": {"rows": 3}}, "/data/rows: must be a list of at most 1,000 rows"),
        ("descend", {"data": {"csv": "1,2\n3,four"}}, "/data/csv: line 2, column 2: “four” is not a number"),
        ("descend", {"data": {"set": "spiral"}}, "/data/set: must be one of line"),
        ("descend", {"data": {"columns": ["q"], "rows": [[1]]}}, "/data/columns: has q, but"),
        ("slice", {"leaf": "q"}, "/leaf: "),
        ("slice", {"points": 401}, "/points: must be from 2 to 400"),
        ("slice", {"values": ["x"]}, "/values: must be a number"),
        ("slice", {"source": "y = x*x", "values": [1, 2]}, "/values: must be 1 number, one for each"),
        ("slice", {"leaf": "w", "lo": -1e308, "hi": 1e308}, "/hi: is too wide: from one end to the other"),
        ("slice", {"leaf": "w", "lo": 0, "hi": "Infinity"}, "/hi: must be a range: two finite numbers"),
        ("contour", {"x": "w", "y": "b", "x_range": [-1e308, 1e308]}, "/x_range: is too wide"),
        ("boundary", {"x": "x", "y": "y", "node": "loss", "y_range": [-1e308, 1e308]}, "/y_range: is too wide"),
        ("contour", {"x": "w"}, "/y: is missing"),
        ("contour", {"x": "w", "y": "b", "x_range": [1]}, "/x_range: must be two numbers"),
        ("contour", {"x": "w", "y": "b", "path": [[1]]}, "/path: must be a list of pairs of numbers"),
        ("boundary", {"x": "x", "y": "y", "node": "loss", "size": 61}, "/size: must be from 2 to 60"),
    ],
)
def test_what_cannot_be_done_has_a_pointer(service: Service, name: str, fields: dict[str, Any], detail: str) -> None:
    answer = ask(service, name, **{**LINE, **fields})
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/input")
    assert answer.json()["detail"].startswith(detail)
    ProblemDocument.model_validate(answer.json())


@pytest.mark.parametrize(
    ("fields", "detail"),
    [
        ({}, "needs one of rows, csv and set"),
        ({"csv": "1,2\n3"}, "/csv: line 2 has 1 cell, the first one has 2"),
        ({"set": 3}, "/set: must be a text"),
        ({"rows": [[1, 2], [3]]}, "row 2 has 1 number for 2 columns"),
        ({"text": "1,2"}, "/text: is not a field of this request"),
    ],
)
def test_what_is_wrong_with_a_table_has_a_pointer(service: Service, fields: dict[str, Any], detail: str) -> None:
    answer = ask(service, "data", **fields)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/input")
    assert answer.json()["detail"].startswith(detail)


def test_others_are_answered_while_a_large_network_is_trained(service: Service) -> None:
    fields: dict[str, Any] = {"source": MOONS.format(samples=30), "iterations": 10_000}
    over, pieces = threading.Event(), []

    def train() -> None:
        state = None
        while not over.is_set():
            told = ask(service, "descend", **fields, state=state).json()
            state = told["state"]
            pieces.append(told["done"])

    trainer = threading.Thread(target=train)
    trainer.start()
    slowest = 0.0
    with httpx.Client(base_url=service.client.base_url, timeout=15) as other:
        for k in range(40):
            start = time.perf_counter()
            answer = other.post("/api/v1/run", json={"source": "y = a*b", "inputs": {"a": k}, "svg": False})
            assert answer.status_code == 200
            slowest = max(slowest, time.perf_counter() - start)
            time.sleep(0.05)
    over.set()
    trainer.join()
    assert len(pieces) > 2
    assert slowest < 1.5, "an answer that waits for a training waits for all of it"


@pytest.mark.parametrize(("field", "number"), [("t", "NaN"), ("t", "Infinity"), ("t", -1), ("k", 1e308), ("k", "NaN")])
def test_a_state_that_counts_no_steps_is_refused_in_a_few_words(service: Service, field: str, number: object) -> None:
    request: dict[str, Any] = {"source": "y = x*x", "inputs": {"x": 1}, "optimizer": "Adam", "iterations": 3}
    state = service.client.post("/api/v1/descend", json=request).json()["state"]
    answer = service.client.post("/api/v1/descend", json={**request, "state": {**state, field: number}})
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("/state: ")
    assert len(answer.json()["detail"]) < 200


def test_ranges_at_the_end_of_the_doubles_are_no_fault_of_the_service(service: Service) -> None:
    request = {"source": "y = x", "inputs": {"x": 1}, "leaf": "x", "lo": 0, "hi": 1e307}
    assert service.client.post("/api/v1/slice", json=request).status_code in (200, 422)


@pytest.mark.parametrize("limits", [[0, 1e308], [-1e308, 0], [1e308, 1.7e308], [0, 5e-324]])
def test_the_axes_of_the_widest_ranges_are_finite(service: Service, limits: list[float]) -> None:
    asked = {"x_range": limits, "y_range": limits, "size": 9}
    for name, fields in (
        ("slice", {"leaf": "w", "lo": limits[0], "hi": limits[1], "points": 9}),
        ("contour", {"x": "w", "y": "b", **asked}),
        ("boundary", {"x": "x", "y": "y", "node": "loss", **asked}),
    ):
        answer = ask(service, name, **{**LINE, **fields})
        MODELS[name].model_validate_json(answer.content)
        told = answer.json()
        for axis in ("x",) if name == "slice" else ("xs", "ys"):
            assert all(limits[0] <= x <= limits[1] for x in told[axis])
            assert told[axis] == sorted(told[axis])
        for axis in told["axes"].values():
            assert all(isinstance(mark["at"], float) for mark in axis["ticks"])


@pytest.mark.parametrize("cell", ["NaN", "Infinity", "-Infinity", 1e308, -1.7e308])
def test_data_that_no_range_can_hold_are_answered_with_finite_axes(service: Service, cell: float | str) -> None:
    data = {"rows": [[cell, 1], [2, cell], [-1e308, 3]]}
    for name, fields in (
        ("slice", {}),
        ("slice", {"leaf": "w"}),
        ("contour", {"x": "w", "y": "b"}),
        ("boundary", {"x": "x", "y": "y", "node": "loss"}),
        ("predictions", {"x": "x", "target": "y", "node": "loss"}),
    ):
        answer = ask(service, name, **{**LINE, **fields, "data": data})
        MODELS[name].model_validate_json(answer.content)
        told = answer.json()
        for axis in ("xs", "ys"):
            assert all(isinstance(x, float) for x in told.get(axis, []))
