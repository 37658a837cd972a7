"""`POST /api/v1/predictions`: every documented answer has its form, and what is wrong is told."""

from __future__ import annotations

from typing import Any

import pytest

from app.lab.landscape import PredictionsAnswer
from app.schemas import ProblemDocument
from tests.api.conftest import Service

PATH = "/api/v1/predictions"
LINE: dict[str, Any] = {
    "source": "p = w*x\nloss = (p - y)**2",
    "inputs": {"w": 2.0},
    "data": {"columns": ["x", "y"], "rows": [[1, 2], [2, 5], [3, 6]]},
    "node": "p",
}


def test_documented_requests_are_answered_in_the_documented_form(service: Service) -> None:
    described = service.client.get("/openapi.json").json()["paths"][PATH]["post"]
    for example in described["requestBody"]["content"]["application/json"]["examples"].values():
        answer = service.client.post(PATH, json=example["value"])
        assert answer.status_code == 200, answer.text
        PredictionsAnswer.model_validate_json(answer.content)


def test_rows_and_curve_are_predicted_with_the_numbers_that_are_given(service: Service) -> None:
    told = service.client.post(PATH, json={**LINE, "x": "x", "target": "y", "points": 2, "values": [3.0]}).json()
    assert [row["shown"]["value"][0] for row in told["rows"]] == ["3", "6", "9"]
    assert told["curve"] == [pytest.approx(3 * x) for x in told["xs"]]
    assert told["right"] is None


def test_numbers_that_are_none_travel_as_texts(service: Service) -> None:
    told = service.client.post(PATH, json={**LINE, "values": ["Infinity"]})
    assert PredictionsAnswer.model_validate_json(told.content).rows[0].value == "Infinity"


@pytest.mark.parametrize(
    ("fields", "detail"),
    [
        ({"data": None}, "/data: is needed"),
        ({"node": "q"}, "/node: names no node"),
        ({"target": "z"}, "/target: is not a column"),
        ({"x": "w"}, "/x: is not a column"),
        ({"points": 201}, "/points: must be from 2 to 200"),
        ({"data": {"csv": "x,y\n1,a"}}, "line 2, column 2"),
    ],
)
def test_what_is_wrong_is_told_by_its_field(service: Service, fields: dict[str, Any], detail: str) -> None:
    answer = service.client.post(PATH, json={**LINE, **fields})
    assert answer.status_code == 422
    assert detail in ProblemDocument.model_validate_json(answer.content).detail
