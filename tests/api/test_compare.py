"""`POST /api/v1/compare`: the trace of another engine."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from app.lab.compare import Compared
from app.schemas import ProblemDocument
from engine import GALLERY
from tests.api.conftest import Service
from tests.lab.test_compare import GRAPH, changed

SUM: dict[str, Any] = {"source": "c = a*b\nd = c + a", "inputs": {"a": 2.0, "b": 3.0}}


def ask(service: Service, trace: object, **fields: Any) -> httpx.Response:
    return service.client.post("/api/v1/compare", json={**SUM, "trace": trace, **fields})


@pytest.mark.parametrize(
    "trace",
    [GRAPH, changed(n1_grad=3.0), changed(s3_contribution=3.0), changed(n3_data=7.0), {"a": 4.0}, {"a": 3.0, "b": 2.0}],
)
def test_an_answer_has_the_documented_form_and_text_is_as_good_as_json(service: Service, trace: object) -> None:
    answer = ask(service, trace)
    Compared.model_validate_json(answer.content)
    assert ask(service, json.dumps(trace)).json() == answer.json()


@pytest.mark.parametrize("name", GALLERY)
def test_a_runs_own_numbers_agree_with_it(service: Service, name: str) -> None:
    fields: dict[str, Any] = {"source": GALLERY[name].source, "inputs": dict(GALLERY[name].inputs)}
    told = service.run(**fields, svg=False).json()
    nodes = [
        {"id": node["id"], "name": node["name"], "data": node["data"], "operands": node["operands"]}
        for node in told["nodes"][:4000]
    ]
    known = {node["id"] for node in nodes}
    nodes = [node | {"operands": [each for each in node["operands"] if each in known]} for node in nodes]
    answer = ask(service, {"nodes": nodes}, **fields)
    if answer.status_code == 200:
        Compared.model_validate_json(answer.content)
        assert answer.json()["nodes"]
    else:
        assert answer.status_code == 422


def test_python_prints_nan_and_that_is_understood(service: Service) -> None:
    told = ask(service, '{"a": NaN, "b": 2.0}').json()
    assert (told["first"]["theirs"], told["first"]["shown"]["theirs"]) == ("NaN", ["nan", "nan", "="])


@pytest.mark.parametrize(
    ("trace", "detail"),
    [
        (3, "/trace: must be an object, or its JSON as a text"),
        (None, "/trace: must be an object, or its JSON as a text"),
        ("{", "/trace: is not JSON from line 1, column 1 on"),
        ({"nodes": [{"id": 1, "grad": "x"}]}, "/trace/nodes/0/grad: must be a number"),
        ({"q": 1}, "/trace: has no node that is in this program too"),
    ],
)
def test_a_trace_that_cannot_be_read_is_told_at_its_place(service: Service, trace: object, detail: str) -> None:
    answer = ask(service, trace)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/input")
    assert answer.json()["detail"].startswith(detail)
    ProblemDocument.model_validate(answer.json())


def test_a_request_without_trace_is_told(service: Service) -> None:
    answer = service.client.post("/api/v1/compare", json=SUM)
    assert (answer.status_code, answer.json()["detail"]) == (422, "/trace: is missing")
