"""`POST /api/v1/nudge`, `/check` and `/lens`: every answer has the documented form, and what is wrong is told."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel

from app.lab.check import CheckAnswer
from app.lab.lens import LensAnswer
from app.lab.nudge import NudgeAnswer
from app.schemas import ProblemDocument
from engine import GALLERY
from tests.api.conftest import Service
from tests.export.large import MOONS

SQUARE: dict[str, Any] = {"source": "loss = w**2", "inputs": {"w": 3.0}}
FORMS: list[tuple[str, type[BaseModel], dict[str, Any]]] = [
    ("nudge", NudgeAnswer, {"node": "n0"}),
    ("check", CheckAnswer, {}),
    ("lens", LensAnswer, {}),
]


def operation(service: Service, fields: dict[str, Any]) -> str | None:
    nodes = service.run(**fields, svg=False).json()["nodes"]
    return next((node["id"] for node in reversed(nodes) if node["role"] == "operation"), None)


@pytest.mark.parametrize(("path", "form", "more"), FORMS, ids=lambda each: each if isinstance(each, str) else "")
@pytest.mark.parametrize("name", GALLERY)
def test_every_answer_has_the_documented_form(
    service: Service, path: str, form: type[BaseModel], more: dict[str, Any], name: str
) -> None:
    fields: dict[str, Any] = {"source": GALLERY[name].source, "inputs": dict(GALLERY[name].inputs)}
    if path == "lens":
        more = {"node": operation(service, fields)}
        if more["node"] is None:
            return
    answer = service.client.post(f"/api/v1/{path}", json={**fields, **more})
    assert answer.status_code == 200, answer.text
    form.model_validate_json(answer.content)


def test_a_nudge_answers_with_the_losses_of_the_text(service: Service) -> None:
    told = service.client.post("/api/v1/nudge", json={**SQUARE, "node": "w"}).json()
    assert [case["shown"]["value"][0] for case in told["cases"]] == ["8.41", "9.61"]


@pytest.mark.parametrize("x", ["NaN", "Infinity", "-Infinity", 0.0])
def test_numbers_that_are_none_travel_as_texts(service: Service, x: Any) -> None:
    fields = {"source": "y = log(x)", "inputs": {"x": x}}
    forms: list[tuple[str, type[BaseModel], dict[str, Any]]] = [*FORMS[:2], ("lens", LensAnswer, {"node": "y"})]
    for path, form, more in forms:
        answer = service.client.post(f"/api/v1/{path}", json={**fields, **more})
        assert answer.status_code == 200, answer.text
        form.model_validate_json(answer.content)


@pytest.mark.parametrize(
    ("path", "fields", "detail"),
    [
        ("nudge", {"node": "v"}, "/node: names no node: v"),
        ("nudge", {}, "/node: is missing"),
        ("nudge", {"node": "w", "h": 0}, "/h: must be a number above 0"),
        ("nudge", {"node": "w", "h": "far"}, "/h: must be a number"),
        ("nudge", {"node": "w", "h": 1e-30}, "/h: is too small"),
        ("check", {"first": 1}, "/first: must be below the number of leaves, 1"),
        ("check", {"first": -1}, "/first: must be a whole number from 0 on"),
        ("check", {"node": "w"}, "/node: is not a field of this request"),
        ("lens", {"node": "w"}, "/node: is a leaf, not an operation: w"),
        ("lens", {"node": "loss", "low": 1.0}, "/high: must be given together with the other end of the range"),
        ("lens", {"node": "loss", "low": 1.0, "high": 0.0}, "/high: must be above low, both finite"),
        ("lens", {"node": "loss", "low": "left"}, "/low"),
    ],
)
def test_what_cannot_be_done_is_told(service: Service, path: str, fields: dict[str, Any], detail: str) -> None:
    answer = service.client.post(f"/api/v1/{path}", json={**SQUARE, **fields})
    assert answer.status_code == 422, answer.text
    assert answer.json()["detail"].startswith(detail)
    ProblemDocument.model_validate(answer.json())


def test_a_large_graph_is_checked_page_by_page_and_soon(service: Service) -> None:
    fields = {"source": MOONS.format(samples=20)}
    answer = CheckAnswer.model_validate_json(service.client.post("/api/v1/check", json=fields).content)
    assert answer.next is not None
    assert answer.counts["differs"] == 0
    after = service.client.post("/api/v1/check", json={**fields, "first": answer.next})
    assert CheckAnswer.model_validate_json(after.content).first == answer.next


def test_a_program_that_computes_nothing_is_told_so(service: Service) -> None:
    for path, more in (("nudge", {"node": "n0"}), ("check", {}), ("lens", {"node": "n0"})):
        answer = service.client.post(f"/api/v1/{path}", json={"source": "", **more})
        assert answer.status_code == 422, path
