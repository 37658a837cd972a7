"""`POST /api/v1/node`: the card of a node."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest

from app.schemas import NodeCard, ProblemDocument
from engine import GALLERY
from tests.api.conftest import Service
from tests.export.large import MOONS

SUM: dict[str, Any] = {"source": "c = a*b\nd = c + a", "inputs": {"a": 2.0, "b": -3.0}}


def ask(service: Service, node: str, **fields: Any) -> httpx.Response:
    return service.client.post("/api/v1/node", json={**SUM, "node": node, **fields})


def kept(service: Service) -> dict[str, float]:
    """Return how runs came about so far."""
    lines = service.client.get("/metrics").text.splitlines()
    return {line.split()[0]: float(line.split()[1]) for line in lines if line.startswith("gradwalk_runs")}


@pytest.mark.parametrize("name", GALLERY)
def test_every_card_of_an_example_has_the_documented_form(service: Service, name: str) -> None:
    fields: dict[str, Any] = {"source": GALLERY[name].source, "inputs": dict(GALLERY[name].inputs)}
    nodes = service.run(**fields, svg=False).json()["nodes"]
    for node in nodes[:: max(1, len(nodes) // 12)]:
        answer = ask(service, node["id"], **fields)
        assert answer.status_code == 200
        NodeCard.model_validate_json(answer.content)


def test_a_card_has_the_numbers_of_the_run(service: Service) -> None:
    told = service.run(**SUM, display=True).json()
    for node in told["nodes"]:
        card = ask(service, node["id"]).json()
        assert (card["data"], card["grad"]) == (node["shown"]["data"], node["shown"]["grad"])
    steps = [step["shown"]["contribution"] for step in told["steps"] if step.get("operand") == "n0"]
    assert [user["contribution"] for user in ask(service, "n0").json()["users"]] == steps


def test_a_card_is_not_kept_by_caches(service: Service) -> None:
    assert ask(service, "n0").headers["cache-control"] == "no-store"


def test_a_run_that_was_just_made_is_not_made_again(service: Service) -> None:
    fields: dict[str, Any] = {"source": "y = a*b + 17", "inputs": {"a": 5.0}}
    service.run(**fields)
    before = kept(service)
    ask(service, "n0", **fields)
    after = kept(service)
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {name for name in after if "found" in name} != set()


def test_what_decides_the_run_decides_the_card(service: Service) -> None:
    assert ask(service, "n0", inputs={"a": 2.0, "b": 5.0}).json()["grad"][0] == "6"
    assert ask(service, "n0", fixed=["a"]).json()["sentence"] == "a is held fixed: no gradient flows to it."
    assert ask(service, "n0", partial=True, source="c = a*b\nd = sin(c").json()["total_text"].startswith("dc/da")


def test_the_moment_chooses_the_pass(service: Service) -> None:
    source = "x = Value(3.0)\nfor k in range(3):\n    y = x*x\n    y.backward()\n"
    last = service.run(source).json()["passes"][0]["last"]
    assert ask(service, "n0", source=source).json()["grad"][0] == "18"
    assert ask(service, "n0", source=source, **{"pass": 1}).json()["grad"][0] == "12"
    assert ask(service, "n0", source=source, step=last).json()["grad"][0] == "6"


@pytest.mark.parametrize(
    ("fields", "detail"),
    [
        ({"node": "n4"}, "node: must be one of the run's: n0 to n3"),
        ({"node": "n999999999"}, "node: must be one of the run's"),
        ({"node": "n" + "9" * 10_000}, "node: must be one of the run's"),
        ({"node": 3}, "/node: must be a text"),
        ({"node": None}, "/node: must be a text"),
        ({"step": 1000}, "step: must be a whole number from 0 to "),
        ({"step": -1}, "/step: must be a whole number from 0 on"),
        ({"pass": 1}, "pass: must be a whole number from 0 to 0"),
        ({"pass": 0, "step": 0}, "pass: cannot be given together with step"),
        ({"svg": True}, "/svg: is not a field of this request"),
    ],
)
def test_what_is_not_there_is_told(service: Service, fields: dict[str, Any], detail: str) -> None:
    answer = service.client.post("/api/v1/node", json={**SUM, "node": "n0", **fields})
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/input")
    assert answer.json()["detail"].startswith(detail)
    ProblemDocument.model_validate(answer.json())


def test_a_request_without_node_is_told(service: Service) -> None:
    answer = service.client.post("/api/v1/node", json=SUM)
    assert (answer.status_code, answer.json()["detail"]) == (422, "/node: is missing")


def test_a_broken_program_is_told_at_its_place(service: Service) -> None:
    answer = ask(service, "n0", source="c = a*b\nd = rleu(c)")
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/name")
    assert answer.json()["errors"][0]["line"] == 2


def test_a_form_on_a_foreign_page_cannot_ask(service: Service) -> None:
    answer = service.client.post("/api/v1/node", content=b"{}", headers={"Content-Type": "text/plain"})
    assert answer.status_code == 415


def test_a_node_inside_a_folded_group_has_a_card_and_it_comes_soon(service: Service) -> None:
    source = MOONS.format(samples=20)
    told = service.run(source, display=True).json()
    assert told["picture"]["folded"]
    drawn = {node["id"] for node in told["nodes"]}
    inside = [f"n{k}" for k in range(0, told["node_count"], 997) if f"n{k}" not in drawn]
    ask(service, inside[0], source=source, inputs={})
    start = time.perf_counter()
    for node in inside:
        card = NodeCard.model_validate_json(ask(service, node, source=source, inputs={}).content)
        assert card.node == node
    assert (time.perf_counter() - start) / len(inside) < 0.1
