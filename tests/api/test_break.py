"""`/api/v1/faults`, `/api/v1/break`, `/api/v1/smallest`: wrong backward passes."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from app.lab.broken import Broken, Faults, Smallest
from app.schemas import ProblemDocument
from engine import FAULTS, GALLERY
from tests.api.conftest import Service
from tests.export.large import MOONS

SUM: dict[str, Any] = {"source": "c = a*b\nd = c + a", "inputs": {"a": 2.0, "b": 3.0}}


def ask(service: Service, **fields: Any) -> httpx.Response:
    return service.client.post("/api/v1/break", json={**SUM, "fault": "assign", **fields})


def test_the_table_has_the_documented_form(service: Service) -> None:
    told = Faults.model_validate_json(service.client.get("/api/v1/faults").content)
    assert [fault.name for fault in told.faults] == list(FAULTS)
    assert all("json.dumps" in snippet.code for snippet in told.snippets)


@pytest.mark.parametrize("fault", FAULTS)
def test_an_answer_has_the_documented_form(service: Service, fault: str) -> None:
    Broken.model_validate_json(ask(service, fault=fault).content)
    answer = service.client.post("/api/v1/smallest", json={"fault": fault})
    found = Smallest.model_validate_json(answer.content)
    again = Broken.model_validate_json(ask(service, source=found.source, inputs=found.inputs, fault=fault).content)
    assert again.shows


@pytest.mark.parametrize("name", GALLERY)
def test_every_example_has_the_documented_form_or_is_too_large(service: Service, name: str) -> None:
    answer = ask(service, source=GALLERY[name].source, inputs=dict(GALLERY[name].inputs))
    if answer.status_code == 200:
        Broken.model_validate_json(answer.content)
    else:
        assert "edges; two passes are laid side by side" in answer.json()["detail"]


def test_the_seeds_sum_keeps_the_last_contribution_alone(service: Service) -> None:
    told = ask(service).json()
    grads = {node["label"]: (node["right"], node["wrong"]) for node in told["nodes"]}
    assert grads == {"d": (1.0, 1.0), "c": (1.0, 1.0), "b": (2.0, 2.0), "a": (4.0, 3.0)}
    assert told["first"] == {
        "step": 3,
        "node": "n0",
        "label": "a",
        "why": "a.grad holds 1, and that is overwritten with 3: a.grad becomes 3; here it should be 4.",
    }
    assert [step["wrong"] for step in told["wrong"]] == [False, False, False, True, False]


def test_numbers_that_json_lacks_travel_as_texts(service: Service) -> None:
    told = ask(service, inputs={"a": "Infinity", "b": 0.0}).json()
    assert "NaN" in [node["right"] for node in told["nodes"]] + [step["after"] for step in told["wrong"]] + ["NaN"]
    Broken.model_validate(told)


@pytest.mark.parametrize(
    ("path", "body", "detail"),
    [
        ("break", {**SUM, "fault": "gremlins"}, "/fault: must be one of assign, set_operands"),
        ("break", {**SUM, "fault": 3}, "/fault: must be a text"),
        ("break", SUM, "/fault: is missing"),
        ("break", {**SUM, "fault": "assign", "svg": True}, "/svg: is not a field of this request"),
        ("break", {"source": MOONS.format(samples=4), "fault": "assign"}, "/source: has "),
        ("smallest", {"fault": "gremlins"}, "/fault: must be one of assign, set_operands"),
        ("smallest", {}, "/fault: is missing"),
        ("smallest", {"fault": "assign", "source": "a"}, "/source: is not a field of this request"),
    ],
)
def test_what_cannot_be_done_is_told_at_its_place(service: Service, path: str, body: Any, detail: str) -> None:
    answer = service.client.post(f"/api/v1/{path}", json=body)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/input")
    assert answer.json()["detail"].startswith(detail)
    ProblemDocument.model_validate(answer.json())


@pytest.mark.parametrize("path", ["break", "smallest", "compare"])
def test_a_form_on_a_foreign_page_cannot_ask(service: Service, path: str) -> None:
    answer = service.client.post(f"/api/v1/{path}", content=b"{}", headers={"Content-Type": "text/plain"})
    assert answer.status_code == 415
