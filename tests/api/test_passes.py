"""Runs of several passes: choosing one, long ones told pass by pass, and one layout for all passes of a loop."""

from __future__ import annotations

import time
from typing import Any

import pytest

from app.schemas import RunAnswer
from tests.api.conftest import Service
from tests.language.test_tensors import XOR, check_window

SHORT = "w = Value(2.0)\nfor k in range(3):\n    y = w*w*k\n    y.backward()\n    w.data -= 0.1\n"


def length(answer: dict[str, Any]) -> int:
    """Return how many steps are told; those inside a folded group are told as one."""
    return sum(step["last"] - step["first"] if "group" in step else 1 for step in answer["steps"])


def test_a_short_run_is_told_as_a_whole(service: Service) -> None:
    answer = service.run(SHORT).json()
    assert (answer["first_step"], answer["step_count"]) == (0, len(answer["steps"]))
    assert [each["scope"] for each in answer["passes"]] == ["k#0", "k#1", "k#2"]
    assert all(each["order"] for each in answer["passes"])


def test_a_pass_can_be_chosen(service: Service) -> None:
    whole = service.run(SHORT).json()
    for k, each in enumerate(whole["passes"]):
        part = service.run(SHORT, **{"pass": k}).json()
        RunAnswer.model_validate(part)
        last = len(whole["steps"]) if k == 2 else each["last"]
        assert part["steps"] == whole["steps"][part["first_step"] : last]
        assert part["order"] == each["order"]
        assert part["output"]["node"] == each["output"]
        assert [other["order"] is None for other in part["passes"]] == [j != k for j in range(3)]
        check_window(part)


def test_the_numbers_of_nodes_are_those_after_the_last_step_told(service: Service) -> None:
    w = {k: service.run(SHORT, **{"pass": k}).json() for k in range(3)}
    data = [next(node["data"] for node in answer["nodes"] if node["name"] == "w") for answer in w.values()]
    assert data == pytest.approx([2.0, 1.9, 1.7])


def test_a_long_run_is_answered_within_its_time_pass_by_pass(service: Service) -> None:
    start = time.perf_counter()
    answer = service.run(XOR, display=True).json()
    assert time.perf_counter() - start < 6  # under 1 s where nothing else runs
    RunAnswer.model_validate(answer)
    assert len(answer["passes"]) == 100
    assert answer["first_step"] > 50_000
    assert answer["first_step"] + length(answer) == answer["step_count"]
    assert answer["printed"] == "[0, 1, 1, 0]\n"
    check_window(service.run(XOR, svg=False).json())


def test_a_step_of_a_long_run_brings_the_steps_of_its_pass(service: Service) -> None:
    passes = service.run(XOR, svg=False).json()["passes"]
    answer = service.run(XOR, step=passes[4]["last"] - 3, display=True).json()
    assert (answer["first_step"], length(answer)) == (passes[3]["last"], passes[4]["last"] - passes[3]["last"])
    carried = {group["key"]: group["carried"]["shown"] for group in answer["groups"] if not group["open"]}
    assert carried["model"] is not None  # what the pass before left


def test_all_passes_of_a_loop_have_one_layout(service: Service) -> None:
    def computed() -> float:
        text = service.client.get("/metrics").text
        lines = [line for line in text.splitlines() if "computed" in line and not line.startswith("#")]
        return sum(float(line.split()[-1]) for line in lines)

    source = "w = Value(0.5)\nfor epoch in range(12):\n    a_rather_long_loss = (w * 3 - 1)**2 + w\n"
    source += "    a_rather_long_loss.backward()\n    w.data -= 0.01\n"
    before = computed()
    pictures = {service.client.get("/graph.svg", params={"source": source, "pass": str(k)}).text for k in range(12)}
    assert len(pictures) == 12
    assert computed() - before == 1


@pytest.mark.parametrize(
    ("more", "pointer"),
    [({"pass": 3}, "pass"), ({"pass": -1}, "/pass"), ({"pass": 1.5}, "/pass"), ({"pass": 0, "step": 1}, "pass")],
)
def test_a_pass_that_is_not_there_is_told(service: Service, more: dict[str, Any], pointer: str) -> None:
    response = service.run(SHORT, **more)
    assert response.status_code == 422
    assert response.json()["type"] == "/problems/input"
    assert pointer in response.json()["detail"]


def test_an_address_chooses_a_pass_too(service: Service) -> None:
    pictures = [service.client.get("/graph.svg", params={"source": SHORT, "pass": str(k)}) for k in range(3)]
    assert [picture.status_code for picture in pictures] == [200] * 3
    assert len({picture.text for picture in pictures}) == 3
    assert service.client.get("/graph.json", params={"source": SHORT, "pass": "1"}).json()["first_step"] > 0
    assert service.client.get("/graph.svg", params={"source": SHORT, "pass": "x"}).status_code == 422


def test_inputs_can_be_numbers_of_tensors_and_lists(service: Service) -> None:
    source = "w = torch.tensor([[1.0, 2.0]], requires_grad=True)\ny = (w*w).sum()\ny.backward()"
    answer = service.run(source, inputs={"w[0,1]": 5.0}).json()
    assert (answer["output"]["data"], answer["warnings"]) == (26.0, [])
    answer = service.client.get("/graph.json", params={"source": source, "w[0,1]": "5"}).json()
    assert answer["output"]["data"] == 26.0


def test_what_only_prints_is_answered_without_output(service: Service) -> None:
    answer = service.run("print('hi')").json()
    assert (answer["output"], answer["printed"], answer["svg"]) == (None, "hi\n", None)
    assert service.client.get("/graph.svg", params={"source": "print('hi')"}).status_code == 422
    assert service.client.get("/", params={"source": "print('hi')"}).status_code == 200
