"""Folding, pages and known answers over HTTP: what is left out of an answer is in another one."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from app.schemas import RunAnswer, Texts, Unchanged
from engine.export.topology import CHANGING
from tests.api.conftest import Service
from tests.export.large import DENSE, LARGE, MOONS

BIG = MOONS.format(samples=100)
SMALL = "a = 2.0\nb = Value(-3.0, label='b')\ny = relu(a*b + d)*a if True else a\ny.backward()\n"


def laid_over(known: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Return what a client makes of an answer with numbers alone: words that hold the numbers of before go."""
    result = known | {key: value for key, value in changes.items() if key not in (*CHANGING, "unchanged")}
    for name, fields in CHANGING.items():
        pairs = zip(known[name], changes[name], strict=True)
        result[name] = [{k: v for k, v in each.items() if k not in fields} | new for each, new in pairs]
    return result


def test_a_big_run_is_answered_in_time_and_small(service: Service) -> None:
    start = time.perf_counter()
    response = service.run(BIG, display=True)
    assert time.perf_counter() - start < 8  # about 2 s where nothing else runs
    answer = response.json()
    RunAnswer.model_validate(answer)
    assert answer["node_count"] > 60_000
    assert answer["step_count"] > 180_000
    assert len(response.content) < 500_000
    assert answer["picture"]["folded"]
    assert {"model", "x#0-99"} <= {group["key"] for group in answer["groups"]}


def test_a_big_run_comes_in_pages_of_less_than_two_megabytes(service: Service) -> None:
    answers = [service.run(BIG, **more) for more in ({}, {"step": 100_500}, {"first_node": 40_000, "svg": False})]
    assert [answer.status_code for answer in answers] == [200] * 3
    assert all(len(answer.content) < 2_000_000 for answer in answers)
    first, middle, nodes = (answer.json() for answer in answers)
    for answer in (first, middle, nodes):
        RunAnswer.model_validate(answer)
    assert (first["first_step"], len(first["steps"])) == (0, 1000)
    assert (middle["first_step"], len(middle["steps"])) == (100_000, 1000)
    assert [node["id"] for node in nodes["nodes"][:2]] == ["n40000", "n40001"]
    assert len(nodes["nodes"]) == 1000


def test_groups_open_one_in_another(service: Service) -> None:
    way = ["x#0-99", "x#3", "x#3/mlp#0/layer#0", "x#3/mlp#0/layer#0/neuron#7"]
    for k in range(len(way)):
        answer = service.run(BIG, display=True, open=way[: k + 1]).json()
        groups = {group["key"]: group for group in answer["groups"]}
        assert all(groups[key]["open"] for key in way[: k + 1])
        assert groups[way[k]]["parent"] == (way[k - 1] if k else None)
        assert f'<g class="group open" data-group="{way[k]}">' in answer["svg"]


@pytest.mark.parametrize("source", [DENSE, LARGE["loop"]], ids=["dense", "loop"])
def test_an_entangled_graph_is_drawn_in_time(service: Service, source: str) -> None:
    start = time.perf_counter()
    answer = service.run(source, display=True).json()
    assert time.perf_counter() - start < 6  # 3 s where nothing else runs
    assert answer["svg"]
    assert answer["picture"]["layout"] in ("dot", "dot, simpler", "folded", "levels")


# -- the same topology with other numbers ------------------------------------------------------------------------------


@pytest.mark.parametrize("source", [SMALL, "x = 3.0\ny = log(x) / (x - 2)", *LARGE.values()])
def test_known_topology_is_answered_with_numbers_alone(service: Service, source: str) -> None:
    name = "x" if "x = 3.0" in source else "a"
    known = service.run(source, display=True).json()
    for value in (2.5, -1.0, 0.0):
        full = service.run(source, inputs={name: value}, display=True).json()
        response = service.run(source, inputs={name: value}, display=True, known=known["topology"])
        answer = response.json()
        if full["topology"] != known["topology"]:
            assert answer == full
            continue
        Unchanged.model_validate(answer)
        assert "svg" not in answer
        assert len(response.content) < 0.8 * len(json.dumps(full))
        merged = laid_over(known, answer)
        in_words = {"math", "sentence", "ledger"}
        steps = [s if "group" in s else {k: v for k, v in s.items() if k not in in_words} for s in full["steps"]]
        assert merged == full | {"svg": known["svg"], "steps": steps}
        stretch = [full["first_step"], full["first_step"] + 2]
        told = service.run(source, inputs={name: value}, display=True, known=known["topology"], texts=stretch).json()
        assert laid_over(known, told)["steps"][:1] == full["steps"][:1]


def test_another_course_of_the_program_is_answered_in_full(service: Service) -> None:
    source = "y = x*w if x > 0 else w - x"
    known = service.run(source, inputs={"x": 1.0}, display=True).json()
    other = service.run(source, inputs={"x": -1.0}, display=True, known=known["topology"]).json()
    assert other["topology"] != known["topology"]
    assert other["svg"] and "unchanged" not in other
    again = service.run(source, inputs={"x": 5.0}, display=True, known=known["topology"]).json()
    assert again["unchanged"] and again["output"]["data"] == 5.0


def test_a_slider_never_lays_out_and_never_runs_the_program(service: Service) -> None:
    source = "p = tanh(slow*2 + drag)\nq = p*drag - slow"
    topology = service.run(source, inputs={"drag": 0.0}, display=True).json()["topology"]
    before = figures(service)
    for k in range(20):
        answer = service.run(source, inputs={"drag": 0.1 * k + 0.05}, display=True, known=topology).json()
        assert answer["unchanged"]
    after = figures(service)
    changed = {name: after[name] - before.get(name, 0) for name in after if after[name] != before.get(name)}
    assert changed['gradwalk_runs_total{outcome="rerun"}'] == 20
    assert not any("layouts_total" in name for name in changed)
    assert 'gradwalk_runs_total{outcome="run"}' not in changed


def figures(service: Service) -> dict[str, float]:
    lines = service.client.get("/metrics").text.splitlines()
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines if not line.startswith("#")}


# -- texts on demand ---------------------------------------------------------------------------------------------------


def test_texts_of_steps_can_be_asked_for(service: Service) -> None:
    whole = service.run(SMALL, display=True).json()
    part = service.run(SMALL, display=True, texts=[3, 6]).json()
    Texts.model_validate(part)
    assert part["steps"] == whole["steps"][3:6]
    assert service.run(SMALL, display=True, texts=[50, 60]).json()["steps"] == []


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"open": "f"}, "/open"),
        ({"open": [1]}, "/open"),
        ({"open": ["x"] * 1001}, "/open"),
        ({"texts": [3]}, "/texts"),
        ({"texts": [3, 1]}, "/texts"),
        ({"texts": [-1, 1]}, "/texts"),
        ({"known": 3}, "/known"),
        ({"first_node": -1}, "/first_node"),
    ],
)
def test_what_makes_no_sense_is_told(service: Service, more: dict[str, Any], pointer: str) -> None:
    response = service.run(SMALL, **more)
    assert response.status_code == 422
    assert response.json()["type"] == "/problems/input"
    assert pointer in response.json()["detail"]
