"""Cures of mistakes over HTTP: in problems, in the problem of a partial answer, and in the description."""

from __future__ import annotations

import json
from typing import Any

from app.main import create
from app.schemas import ProblemDocument
from app.settings import Settings
from tests.api.conftest import Service

SOURCE = "größe = 2.0\ny = größe^2"
FIX = {
    "title": "Write größe**2",
    "edits": [{"line": 2, "column": 9, "end_line": 2, "end_column": 10, "text": "**"}],
}


def test_a_problem_carries_the_fix_of_each_mistake(service: Service) -> None:
    response = service.run(SOURCE)
    assert response.status_code == 422
    ProblemDocument.model_validate_json(response.content)
    assert [error["fix"] for error in response.json()["errors"]] == [FIX]


def test_the_problem_of_a_partial_answer_carries_it_too(service: Service) -> None:
    response = service.run(SOURCE, partial=True, svg=False)
    assert response.status_code == 200
    assert [error["fix"] for error in response.json()["problem"]["errors"]] == [FIX]


def test_a_guess_is_no_fix(service: Service) -> None:
    for source in ("a b", "foo(x)", "x & 2"):
        assert [error["fix"] for error in service.run(source).json()["errors"]] == [None]


def test_a_request_of_another_shape_has_no_fix(service: Service) -> None:
    assert all(error.get("fix") is None for error in service.post('{"source": 1}').json()["errors"])


def test_the_description_tells_of_fixes() -> None:
    document: dict[str, Any] = json.loads(json.dumps(create(Settings()).openapi()))
    schemas = document["components"]["schemas"]
    assert "fix" in schemas["Mistake"]["properties"]
    assert "fix" not in schemas["Mistake"]["required"]
    assert set(schemas["Fix"]["properties"]) == {"title", "edits"}
    assert set(schemas["Edit"]["properties"]) == {"line", "column", "end_line", "end_column", "text"}
