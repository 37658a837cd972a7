"""The server as a process: how it starts, ends, logs, and answers the same wherever it runs."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable

import httpx

from tests.api.conftest import ROOT, Service, launch

Launch = Callable[..., Service]
LARGE = "s = x\n" + "\n".join("s=s*x+y" for _ in range(900))


def test_termination_is_a_success(launched: Launch) -> None:
    service = launched()
    start = time.monotonic()
    service.process.send_signal(signal.SIGTERM)
    assert service.process.wait(15) == 0
    assert time.monotonic() - start < 10
    assert service.said() == ""


def test_interrupt_ends_quietly_too(launched: Launch) -> None:
    service = launched()
    service.process.send_signal(signal.SIGINT)
    assert service.process.wait(15) == 0
    assert service.said() == ""


def test_requests_under_way_are_finished_before_the_end(launched: Launch) -> None:
    service = launched()
    answers: list[httpx.Response] = []
    thread = threading.Thread(target=lambda: answers.append(service.run(LARGE, svg=False)))
    thread.start()
    time.sleep(0.03)
    service.process.send_signal(signal.SIGTERM)
    thread.join(15)
    assert answers[0].status_code == 200
    assert service.process.wait(15) == 0


def test_not_ready_as_soon_as_it_is_told_to_end(launched: Launch) -> None:
    service = launched(GRADWALK_DRAIN_SECONDS="1")
    assert service.client.get("/readyz").status_code == 200
    service.process.send_signal(signal.SIGTERM)
    time.sleep(0.1)
    assert service.client.get("/readyz").status_code == 503
    assert service.run("x*x").status_code == 200
    assert service.process.wait(15) == 0


def test_silent_connections_do_not_hold_up_the_end(launched: Launch) -> None:
    service = launched()
    with socket.create_connection(("127.0.0.1", service.port)) as connection:
        connection.sendall(b"GET / HT")
        service.process.send_signal(signal.SIGTERM)
        assert service.process.wait(5) == 0


def test_same_request_gives_the_same_bytes_in_every_process() -> None:
    answers = []
    for seed in ("1", "2"):
        with launch(PYTHONHASHSEED=seed) as service:
            pictures = [
                service.client.get(f"/graph.{form}?source=relu(a*b%2Bd)").content
                for form in ("svg", "dot", "png", "pdf")
            ]
            runs = [
                service.run(source, display=True).content for source in ("relu(a*b+d)", LARGE[:600], "b=a;c=a;d=b*c")
            ]
            answers.append(
                [*pictures, *runs, service.client.get("/openapi.json").content, service.client.get("/docs").content]
            )
            time.sleep(1.1)  # whatever holds a time shows
    assert answers[0] == answers[1]


def test_log_lines_are_json_and_hold_no_program(launched: Launch) -> None:
    service = launched(GRADWALK_ACCESS_LOG="1")
    service.run("secret_name * 2")
    service.client.get("/graph.svg?source=secret_name")
    service.client.get("/secret_name%0a%1b[31m")
    service.client.get("/static/secret_name.js")
    eventually(lambda: service.said().count("\n") == 4)  # a line is written once its answer is on its way
    lines = [json.loads(json.loads(line)["message"]) for line in service.said().splitlines()]
    assert [(line["method"], line["route"], line["status"]) for line in lines] == [
        ("POST", "/api/v1/run", 200),
        ("GET", "/graph.{format}", 200),
        ("GET", "-", 404),
        ("GET", "/static", 404),
    ]
    assert "secret_name" not in service.said()


def test_counters_count(launched: Launch) -> None:
    service = launched()
    for _ in range(3):
        service.run("x*x")
    service.run("(")
    text = service.client.get("/metrics").text
    assert 'gradwalk_requests_total{route="/api/v1/run",status="200"} 3' in text
    assert 'gradwalk_requests_total{route="/api/v1/run",status="422"} 1' in text
    assert 'gradwalk_layouts_total{outcome="computed"} 1' in text
    assert 'gradwalk_layouts_total{outcome="found"} 2' in text
    assert "gradwalk_in_flight 1\n" in text
    names = set(re.findall(r"^# TYPE (\S+)", text, re.MULTILINE))
    assert all(
        re.sub(r"_(bucket|sum|count)?(\{.*)? .*$", "", line).startswith(tuple(names))
        for line in text.splitlines()
        if not line.startswith("#")
    )


def test_liveness_and_readiness(service: Service) -> None:
    assert service.client.get("/healthz").text == "alive\n"
    assert service.client.get("/readyz").text == "ready\n"


def test_control_program_has_the_same_answer_between_any_two_others(service: Service) -> None:
    others = ["(", "().__class__", "1/0", "\x00", LARGE[:2000], "exp(1e9)", "x" * 101, "import os", "-" * 9_000, ""]
    control = service.run("relu(a*b + d)", inputs={"a": 2}).content
    for other in others:
        assert service.run(other).status_code in (200, 422)
        assert service.run("relu(a*b + d)", inputs={"a": 2}).content == control


def test_a_taken_port_is_said_in_a_sentence(launched: Launch) -> None:
    service = launched()
    environment = {**os.environ, "HOST": "127.0.0.1", "PORT": str(service.port)}
    command = [sys.executable, "-m", "app"]
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=20, check=False)
    assert ended.returncode == 1
    expected = f"gradwalk cannot listen on 127.0.0.1:{service.port}: Address already in use. Try PORT=9000 make run.\n"
    assert ended.stderr == expected


def eventually(condition: Callable[[], bool], seconds: float = 5.0) -> None:
    """Wait until `condition` holds, or for so many seconds."""
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
