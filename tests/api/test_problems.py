"""Problems: every error has its kind, status and form, on every path, and never says anything of our inside."""

from __future__ import annotations

import json
import re
from typing import Any, get_args
from xml.etree import ElementTree

import httpx
import pytest

from app.errors import KINDS, MEDIA_TYPE, Problem, picture
from app.schemas import ProblemDocument
from engine.language.errors import Kind
from tests.api.conftest import ROOT, Service


def check(response: httpx.Response, status: int, kind: str) -> Any:
    """Check a problem's form; return its document."""
    assert response.status_code == status, response.text[:300]
    assert response.headers["content-type"] == MEDIA_TYPE
    document = ProblemDocument.model_validate_json(response.content)
    assert (document.type, document.status) == (f"/problems/{kind}", status)
    assert document.title == KINDS[kind][1]
    assert document.errors or status != 422
    for each in document.errors:
        assert each.line >= 1
        assert each.column >= 0
        assert (each.end_line, each.end_column) >= (each.line, each.column)
        assert max(len(each.message), len(each.hint or "")) <= 500
    assert not re.search(rf"Traceback|Error\b|Exception|pydantic|{ROOT}|site-packages", response.text)
    return response.json()


PROGRAMS = {
    "": "empty",
    "   \n\n": "empty",
    "# only a comment": "empty",
    "relu(a*b": "syntax",
    "a b": "syntax",
    "x ^ 2": None,
    "a\x00b": "syntax",
    "a = \ud800": "syntax",
    "rleu(x)": "name",
    "().__class__": "refused",
    "().__class__.__bases__[0].__subclasses__()": "refused",
    "import os": "refused",
    "__import__('os').system('id')": None,
    "open('/etc/passwd')": None,
    "exec('1')": None,
    "class A: pass": "refused",
    "lambda: (yield)": None,
    "sin(1, 2, 3)": "type",
    "a" * 101: "budget",
    "e" + "\u0301\u0327" * 20: "budget",
    "x" + "+x" * 10_000: "budget",
    "(" * 300 + "x" + ")" * 300: "budget",
    "-" * 10_000 + "x": "budget",
    "x = 1 # " + "a" * 20_000: "budget",
}


@pytest.mark.parametrize("source", PROGRAMS, ids=lambda source: ascii(source[:24]))
def test_program_that_fails_is_a_problem_with_a_place(service: Service, source: str) -> None:
    response = service.run(source) if "\ud800" not in source else service.post(json.dumps({"source": source}))
    kind = PROGRAMS[source]
    document = check(response, 422, kind or response.json()["type"].rpartition("/")[2])
    assert document["detail"].startswith("line 1: ")
    lines = source.split("\n")
    for each in document["errors"]:
        assert each["line"] <= len(lines)
        assert each["column"] <= len(lines[each["line"] - 1])


def test_towers_of_powers_are_numbers(service: Service) -> None:
    answer = service.run("9**9**9**9").json()
    assert answer["output"]["data"] == "Infinity"
    assert answer["warnings"]


REQUESTS: dict[str, tuple[int, str, str]] = {
    '{"source": NaN}': (400, "body", "NaN"),
    '{"source": Infinity}': (400, "body", "Infinity"),
    '{"source": "x", "inputs": {"x": NaN}}': (400, "body", '"NaN"'),
    '{"source": "x", "inputs": {"x": 1e999}}': (422, "input", "/inputs/x"),
    '{"source": "x", "inputs": {"x": -1e999}}': (422, "input", "/inputs/x"),
    '{"source": "x", "inputs": {"x": "1e999"}}': (422, "input", "/inputs/x"),
    '{"source": "x", "inputs": {"x": "nan"}}': (422, "input", "/inputs/x"),
    '{"source": "x", "inputs": {"x": true}}': (422, "input", "/inputs/x"),
    '{"source": "x", "inputs": {"x": null}}': (422, "input", "/inputs/x"),
    '{"source": "x", "inputs": {"a/b~c": []}}': (422, "input", "/inputs/a~1b~0c"),
    '{"source": "x", "inputs": []}': (422, "input", "/inputs"),
    '{"source": "x", "inputs": {"x": 1, "x": 2}}': (422, "input", "/inputs/x: stands twice"),
    '{"source": "x", "source": "y"}': (422, "input", "/source: stands twice"),
    '{"source": 1}': (422, "input", "/source"),
    '{"source": null}': (422, "input", "/source"),
    '{"source": ["x"]}': (422, "input", "/source"),
    "{}": (422, "input", "/source: is missing"),
    '{"source": "x", "svg": 1}': (422, "input", "/svg"),
    '{"source": "x", "svg": "true"}': (422, "input", "/svg"),
    '{"source": "x", "direction": "UP"}': (422, "input", "/direction: must be 'LR' or 'TB'"),
    '{"source": "x", "style": null}': (422, "input", "/style"),
    '{"source": "x", "sorce": "y"}': (422, "input", "/sorce: is not a field"),
    '{"source": "x", "\\ud800": 1}': (422, "input", "lone surrogate"),
    '{"source": "x", "inputs": {"\\ud800": "\\udfff"}}': (422, "input", "/inputs/"),
    '{"source": "\\ud800"}': (422, "syntax", "line 1"),
    '{"source": "a\\u0000"}': (422, "syntax", "line 1"),
    "[]": (422, "input", "object"),
    '"x"': (422, "input", "object"),
    "null": (422, "input", "object"),
    "": (400, "body", "JSON"),
    "{": (400, "body", "line 1, column 1"),
    '{"source": "x",}': (400, "body", "JSON"),
    "relu(a*b + d)": (400, "body", "JSON"),
    "[" * 60_000: (400, "body", "deeply"),
    '{"source": "x", "a": ' + "[" * 40_000 + "]" * 40_000 + "}": (400, "body", "deeply"),
}


@pytest.mark.parametrize("body", REQUESTS, ids=lambda body: ascii(body[:40]))
def test_request_of_another_shape_is_a_problem_that_points_at_it(service: Service, body: str) -> None:
    status, kind, said = REQUESTS[body]
    assert said in check(service.post(body), status, kind)["detail"]


def test_bytes_that_are_no_text_are_a_problem(service: Service) -> None:
    check(service.post(b'{"source": "\xff"}'), 400, "body")
    check(service.post('{"source": "x"}'.encode("utf-16")), 400, "body")


def test_several_mistakes_are_listed(service: Service) -> None:
    errors = check(service.post('{"svg": 1, "inputs": {"a": "b"}}'), 422, "input")["errors"]
    assert len(errors) == 3


def test_a_megabyte_is_too_much_and_the_sender_hears_so(service: Service) -> None:
    check(service.run("x" * 2**20), 413, "body")
    check(service.post(b"\x00" * 2**20), 413, "body")
    check(service.post(b" " * (131_072 + 1)), 413, "body")
    check(service.post(b" " * 131_072), 400, "body")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/json5", ""])
def test_body_must_be_called_json(service: Service, kind: str) -> None:
    check(service.post('{"source": "x"}', **{"Content-Type": kind}), 415, "media-type")


def test_body_may_say_its_charset_and_may_not_be_packed(service: Service) -> None:
    assert service.post('{"source": "x"}', **{"Content-Type": "application/json; charset=utf-8"}).status_code == 200
    check(service.post('{"source": "x"}', **{"Content-Encoding": "gzip"}), 415, "media-type")


@pytest.mark.parametrize(
    "path",
    [
        "/nope",
        "/api/v1/",
        "/api/v1/run/",
        "/docs/",
        "/graph",
        "/graph.exe",
        "/static/nope.js",
        "/static/../app/main.py",
        "/%00",
        "/docs//",
    ],
)
def test_unknown_addresses_are_problems_and_never_redirects(service: Service, path: str) -> None:
    check(service.client.get(path), 404, "not-found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/api/v1/run", {"POST", "OPTIONS"}),
        ("HEAD", "/api/v1/run", {"POST", "OPTIONS"}),
        ("DELETE", "/api/v1/run", {"POST", "OPTIONS"}),
        ("POST", "/healthz", {"GET", "HEAD", "OPTIONS"}),
        ("PUT", "/graph.svg", {"GET", "HEAD", "OPTIONS"}),
        ("PATCH", "/static/css/docs.css", {"GET", "HEAD", "OPTIONS"}),
        ("TRACE", "/docs", {"GET", "HEAD", "OPTIONS"}),
    ],
)
def test_wrong_methods_are_told_the_right_ones(service: Service, method: str, path: str, allowed: set[str]) -> None:
    response = service.client.request(method, path)
    assert set(response.headers["allow"].split(", ")) == allowed
    assert response.status_code == 405
    if method != "HEAD":
        check(response, 405, "method")


def test_problem_texts_are_cut() -> None:
    assert len(Problem("input", "x" * 10_000).document()["detail"]) == 500


def test_problem_as_a_picture_holds_its_text_as_text() -> None:
    problem = Problem("name", "<script>&\x00 ]]> \"'", ({"hint": "a\nb\ud800"},))
    root = ElementTree.fromstring(picture(problem))
    texts = "".join(root.itertext())
    assert "<script>&\ufffd ]]>" in texts
    assert {element.tag.partition("}")[2] for element in root.iter()} == {"svg", "rect", "text"}


def test_every_kind_of_a_program_error_is_a_kind_of_problem() -> None:
    assert set(get_args(Kind)) <= set(KINDS)


BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


def test_a_person_gets_a_page_where_there_is_nothing(service: Service) -> None:
    answer = service.client.get("/nope", headers={"Accept": BROWSER})
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert 'href="/"' in answer.text
    assert "Accept" in answer.headers["Vary"]


@pytest.mark.parametrize(
    ("path", "accept"),
    [("/nope", "*/*"), ("/nope", "application/json"), ("/nope", "application/json, text/html"), ("/api/v1/x", BROWSER)],
)
def test_a_program_gets_a_problem_where_there_is_nothing(service: Service, path: str, accept: str) -> None:
    answer = service.client.get(path, headers={"Accept": accept})
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/problem+json")
