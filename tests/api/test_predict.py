"""`POST /api/v1/question`, `POST /api/v1/predict` and `GET /api/v1/exercise`."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from app.lab.exercises import Exercise
from app.lab.predict import Judgement, Question
from app.schemas import ProblemDocument
from tests.api.conftest import Service

SUM: dict[str, Any] = {"source": "c = a*b\nd = c + a", "inputs": {"a": 2.0, "b": -3.0}}


def ask(service: Service, path: str, **fields: Any) -> httpx.Response:
    return service.client.post(f"/api/v1/{path}", json={**SUM, **fields})


def test_a_whole_exercise_can_be_worked_through(service: Service) -> None:
    told = service.client.get("/api/v1/exercise", params={"seed": 7, "level": 8, "number": 2}).json()
    Exercise.model_validate(told)
    program = {key: told[key] for key in ("source", "inputs", "fixed")}
    ran = service.run(**program, svg=False).json()
    data = {node["id"]: node["data"] for node in ran["nodes"]}
    step = 0
    while True:
        asked = ask(service, "question", **program, step=step, forward=True).json()
        Question.model_validate(asked)
        if asked["step"] is None:
            break
        right = ran["steps"][asked["step"]]
        answer = {"forward": data[right["node"]], "seed": 1.0}.get(right["phase"], right.get("contribution"))
        judged = ask(service, "predict", **program, step=asked["step"], kind=asked["kind"], answer=answer).json()
        Judgement.model_validate(judged)
        assert judged["verdict"] == "right"
        step = asked["step"] + 1
    assert step == len(ran["steps"])


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "edge", "answer": {"node": "n2", "slot": 0}},
        {"kind": "sign", "answer": "-"},
        {"kind": "after", "answer": -2},
        {"answer": "-3*1"},
        {"answer": 17},
        {"reveal": True},
        {"answer": "2", "reveal": True},
        {"answer": "nan"},
        {"answer": "1/0"},
    ],
)
def test_judgements_have_the_documented_form(service: Service, fields: dict[str, Any]) -> None:
    answer = ask(service, "predict", step=5, **fields)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    told = Judgement.model_validate_json(answer.content)
    assert (told.solution is not None) == (told.correct or fields.get("reveal", False))


def test_a_slip_is_explained(service: Service) -> None:
    told = ask(service, "predict", step=5, answer="2").json()
    assert told["slips"][0]["title"] == "The other factor"
    assert told["sentence"] == "2 is what b gets: ∂c/∂b is a.data = 2. Asked is what a gets, by ∂c/∂a."


@pytest.mark.parametrize(
    ("path", "fields", "detail"),
    [
        ("question", {}, "/step: is missing"),
        ("question", {"step": -1}, "/step: must be a whole number from 0 on"),
        ("question", {"step": None}, "/step: must be a whole number from 0 on"),
        ("question", {"step": 8}, "/step: must be a whole number from 0 to 7"),
        ("question", {"step": 0, "kind": "guess"}, "/kind: must be 'contribution', "),
        ("question", {"step": 0, "answer": 1}, "/answer: is not a field of this request"),
        ("question", {"step": 0, "forward": 1}, "/forward: must be true or false"),
        ("predict", {"step": 5}, "/answer: is missing"),
        ("predict", {"step": 7, "answer": 1}, "/step: must be a whole number from 0 to 6"),
        ("predict", {"step": 0, "answer": 1}, "/step: is not one that contribution can be asked of"),
        ("predict", {"step": 5, "answer": [1]}, "/answer: must be a number, a text, or an edge"),
        ("predict", {"step": 5, "answer": True}, "/answer: must be a number, a text, or an edge"),
        ("predict", {"step": 5, "answer": {"node": "n2"}}, "/answer: must be a number, a text, or an edge"),
        ("predict", {"step": 5, "answer": "b"}, "/answer: must be a number, or numbers with"),
        ("predict", {"step": 5, "answer": "1" * 10_000}, "/answer: must be a number in at most 100 characters"),
        ("predict", {"step": 5, "kind": "sign", "answer": "3"}, "/answer: must be +, - or 0"),
        ("predict", {"step": 5, "kind": "edge", "answer": {"node": "n9", "slot": 0}}, "/answer: names no edge"),
        ("predict", {"step": 5, "kind": "edge", "answer": {"node": [], "slot": {}}}, "/answer: names no edge"),
    ],
)
def test_what_cannot_be_asked_is_told(service: Service, path: str, fields: dict[str, Any], detail: str) -> None:
    answer = ask(service, path, **fields)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/input")
    assert answer.json()["detail"].startswith(detail)
    ProblemDocument.model_validate(answer.json())


def test_an_exercise_is_the_same_for_everybody_and_can_be_kept(service: Service) -> None:
    first = service.client.get("/api/v1/exercise?seed=7&level=3")
    assert first.json() == service.client.get("/api/v1/exercise?level=3&number=1&seed=7").json()
    assert "max-age" in first.headers["cache-control"]
    again = service.client.get("/api/v1/exercise?seed=7&level=3", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert service.client.get("/api/v1/exercise").json()["level"] == 1


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ("level=9", "level: must be a whole number from 1 to 8"),
        ("level=0", "level: must be a whole number from 1 to 8"),
        ("number=11", "number: must be a whole number from 1 to 10"),
        ("seed=9007199254740992", "seed: must be a whole number from 0 to 9007199254740991"),
        ("seed=-1", "seed: must be a whole number"),
        ("seed=", "seed: must be a whole number"),
        ("seed=²", "seed: must be a whole number"),
        ("seed=1.5", "seed: must be a whole number"),
        ("seed=" + "9" * 5_000, "seed: must be a whole number"),
        ("seed=1&seed=2", "seed: stands twice"),
        ("sed=1", "sed: is no parameter; there are seed, level, number"),
        ("%ff=1", "\ufffd: is no parameter"),
        ("&" * 2000, ""),
    ],
)
def test_what_is_no_exercise_is_told(service: Service, query: str, detail: str) -> None:
    answer = service.client.get(f"/api/v1/exercise?{query}")
    if detail:
        assert answer.status_code == 422
        assert answer.json()["detail"].startswith(detail)
        ProblemDocument.model_validate(answer.json())
    else:
        assert answer.status_code == 200
