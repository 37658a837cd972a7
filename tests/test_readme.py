"""The README: whatever it tells people to type works, and whatever it says of limits and operations is so."""

from __future__ import annotations

import contextlib
import io
import json
import re
import shlex
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from app.settings import Settings, rows
from engine import OPS, document, run
from tests.api.conftest import Service, launch
from tests.language.oracle import host_run

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```\n(?:\n```\n(.*?)^```\n)?", README, re.MULTILINE | re.DOTALL)
ADDRESS = "http://127.0.0.1:8000"


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    with launch() as running:
        yield running


def blocks(language: str, holding: str) -> list[tuple[str, str]]:
    found = [(text, output) for kind, text, output in BLOCKS if kind == language and holding in text]
    assert found
    return found


@pytest.mark.parametrize(("program", "output"), [b for h in ("httpx", "engine import") for b in blocks("python", h)])
def test_python_examples_print_what_stands_below_them(service: Service, program: str, output: str) -> None:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(program.replace(ADDRESS, f"http://127.0.0.1:{service.port}"), "README.md", "exec"), {})
    assert printed.getvalue() == output


@pytest.mark.parametrize(("command", "_"), blocks("sh", "curl"))
def test_requests_by_curl_are_answered(service: Service, command: str, _: str) -> None:
    words = shlex.split(command.replace("\\\n", ""))
    body = json.loads(words[words.index("-d") + 1])
    answer = service.client.post("/api/v1/run", json=body).json()
    assert {node["name"]: node["grad"] for node in answer["nodes"] if node["name"]} == {"a": -3.0, "b": 2.0, "d": 1.0}


@pytest.mark.parametrize(("snippet", "_"), blocks("html", "img"))
def test_pictures_have_the_addresses_that_stand_there(service: Service, snippet: str, _: str) -> None:
    address = unescape(re.findall(r'src="([^"]*)"', snippet)[0]).removeprefix(ADDRESS)
    answer = service.client.get(address)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml; charset=utf-8")


def test_what_one_should_type_first_does_what_it_says() -> None:
    (listing, _) = blocks("python", "label='a'")[0]
    described = document(run(listing))
    assert [s["phase"] for s in described["steps"] if s.get("operand") == "n0"] == ["backward", "backward"]
    edges = [s for s in document(run("x*x"))["steps"] if s["phase"] == "backward"]
    assert len(edges) == 2


@pytest.mark.filterwarnings("ignore")
def test_the_training_loop_prints_what_pytorch_prints() -> None:
    pytest.importorskip("torch")
    (listing, _) = blocks("python", "import torch")[0]
    assert run(listing).printed == host_run(listing)[0]
    assert len(run(listing).trace.passes) == 3


def test_every_operation_is_named() -> None:
    section = README[README.index("## The language") : README.index("## The API")]
    symbols = {"add", "sub", "mul", "div", "neg"}
    assert {op.name for op in OPS.values() if op.public} - symbols <= set(re.findall(r"`(\w+)`", section))


def test_limits_are_those_that_hold() -> None:
    held = {name: value for name, value, _ in rows(Settings())}
    table = re.findall(r"\| ([\d,]+) \| `(GRADWALK_\w+)` \|", README)
    assert table
    assert {name: float(value.replace(",", "")) for value, name in table} == {name: held[name] for _, name in table}


def test_every_file_that_it_shows_is_there() -> None:
    for name in re.findall(r"\]\(((?!https?:)[^)]+)\)", README):
        assert (ROOT / name).is_file(), name
