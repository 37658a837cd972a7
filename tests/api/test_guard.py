"""The guard and the protocol under it, by raw sockets: slow, large, malformed and forged requests."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from app.errors import KINDS
from app.guard import POLICY, Guard
from app.metrics import Metrics
from app.settings import Settings
from tests.api.conftest import Service

JSON = b"Content-Type: application/json\r\n"
GET = b"GET /healthz HTTP/1.1\r\n"
POST = b"POST /api/v1/run HTTP/1.1\r\nHost: x\r\n" + JSON
CLOSE = b"Connection: close\r\n"


def problem(answer: bytes, status: int, kind: str) -> None:
    """Check that `answer` is one whole response with a problem, on a connection that is closed afterwards."""
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode("ascii").split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    assert first.startswith(f"HTTP/1.1 {status} "), answer[:200]
    assert headers["content-type"] == "application/problem+json"
    assert headers["connection"] == "close"
    assert headers["x-content-type-options"] == "nosniff"
    assert int(headers["content-length"]) == len(body)
    document = json.loads(body)
    assert (document["type"], document["status"]) == (f"/problems/{kind}", status)
    assert document["title"] == KINDS[kind][1]


HEADS: dict[str, tuple[bytes, int, str]] = {
    "no host": (GET + b"\r\n", 400, "headers"),
    "two hosts": (GET + b"Host: a\r\nHost: b\r\n\r\n", 400, "headers"),
    "host with a path": (GET + b"Host: a/b\r\n\r\n", 400, "headers"),
    "host with a space": (GET + b"Host: a b\r\n\r\n", 400, "headers"),
    "long address": (b"GET /?source=" + b"x" * 30_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414, "address"),
    "long line": (GET + b"Host: x\r\nX: " + b"x" * 40_000 + b"\r\n\r\n", 431, "headers"),
    "many lines": (GET + b"Host: x\r\n" + b"X: y\r\n" * 200 + b"\r\n", 431, "headers"),
    "a head without end": (GET + b"Host: x\r\nX: " + b"x" * 2**20, 431, "headers"),
    "no http": (b"hello\r\n\r\n", 400, "headers"),
    "tls": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(50), 400, "headers"),
    "version 3.7": (b"GET / HTTP/3.7\r\nHost: x\r\n\r\n", 400, "headers"),
    "nul": (GET + b"Host: x\r\nX: a\x00b\r\n\r\n", 400, "headers"),
    "folded line": (GET + b"Host: x\r\nX: a\r\n b\r\n\r\n", 400, "headers"),
    "space before colon": (GET + b"Host : x\r\n\r\n", 400, "headers"),
    "address not ascii": (b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n", 400, "headers"),
    "connect": (b"CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n", 400, "headers"),
    "length of letters": (POST + b"Content-Length: ten\r\n\r\n", 400, "headers"),
    "negative length": (POST + b"Content-Length: -1\r\n\r\n", 400, "headers"),
    "two lengths": (POST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", 400, "headers"),
    "length and chunks": (POST + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, "headers"),
    "unknown coding": (POST + b"Transfer-Encoding: gzip\r\n\r\n{}", 400, "headers"),
    "huge length": (POST + b"Content-Length: 99999999999\r\n\r\n", 413, "body"),
    "consent to too much": (POST + b"Expect: 100-continue\r\nContent-Length: 200000\r\n\r\n", 413, "body"),
}


@pytest.mark.parametrize("name", HEADS)
def test_heads_that_are_turned_away(service: Service, name: str) -> None:
    request, status, kind = HEADS[name]
    problem(service.exchange(request), status, kind)


def test_chunks_are_counted_as_they_come(service: Service) -> None:
    chunk = b"10000\r\n" + b" " * 65_536 + b"\r\n"
    problem(service.exchange(POST + b"Transfer-Encoding: chunked\r\n\r\n", *[chunk] * 4, b"0\r\n\r\n"), 413, "body")


def test_body_in_many_small_chunks_is_read(service: Service) -> None:
    body = b'{"source": "x*x"}'
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in body)
    answer = service.exchange(POST + CLOSE + b"Transfer-Encoding: chunked\r\n\r\n", chunks, b"0\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")


def test_malformed_chunks_are_a_bad_request(service: Service) -> None:
    answer = service.exchange(POST + b"Transfer-Encoding: chunked\r\n\r\nnonsense\r\n", seconds=1)
    problem(answer, 400, "headers")


def test_pipelined_requests_are_answered_in_their_order(service: Service) -> None:
    one = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    two = b"GET /nope HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    answer = service.exchange(one * 3 + two)
    assert re.findall(rb"HTTP/1.1 (\d+)", answer) == [b"200", b"200", b"200", b"404"]


def test_http_1_0_needs_no_host(service: Service) -> None:
    assert service.exchange(b"GET /healthz HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.1 200 OK")


def test_forged_hosts_appear_nowhere(service: Service) -> None:
    for path in (b"/", b"/docs", b"/static", b"/static/", b"/docs/", b"/openapi.json", b"//evil.example/"):
        request = (
            b"GET " + path + b" HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: evil.example\r\n" + CLOSE + b"\r\n"
        )
        assert b"evil.example" not in service.exchange(request)


def test_answers_name_no_server_and_no_time(service: Service) -> None:
    for path in ("/healthz", "/nope", "/docs"):
        headers = service.client.get(path).headers
        assert not {"server", "date", "x-powered-by"} & set(headers)


@pytest.mark.parametrize("path", ["/healthz", "/nope", "/docs", "/static/css/docs.css", "/api/v1/ops", "/api/v1/run"])
def test_every_answer_has_the_security_headers(service: Service, path: str) -> None:
    headers = service.client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]
    assert headers["content-security-policy"] == POLICY


def test_policy_lets_nothing_in_from_elsewhere() -> None:
    assert POLICY.startswith("default-src 'none'; script-src 'self'; style-src 'self'; ")
    assert POLICY.endswith("require-trusted-types-for 'script'; trusted-types gradwalk")
    assert "unsafe" not in POLICY
    assert "http" not in POLICY


def test_foreign_pages_may_call_without_credentials(service: Service) -> None:
    asked = service.client.options(
        "/api/v1/run", headers={"Origin": "https://a.example", "Access-Control-Request-Method": "POST"}
    )
    assert asked.status_code == 204
    assert asked.headers["access-control-allow-origin"] == "*"
    assert "POST" in asked.headers["access-control-allow-methods"]
    assert asked.headers["access-control-allow-headers"] == "Content-Type"
    answers = [asked, service.run("x"), service.run("("), service.client.get("/graph.svg?source=x")]
    assert all(answer.headers["access-control-allow-origin"] == "*" for answer in answers)
    assert all("access-control-allow-credentials" not in answer.headers for answer in answers)
    assert service.client.options("/nope").status_code == 404


# -- time --------------------------------------------------------------------------------------------------------------

Launch = Callable[..., Service]


def test_slow_heads_and_bodies_are_ended_and_do_not_hold_up_others(launched: Launch) -> None:
    service = launched(GRADWALK_HEAD_SECONDS="0.6", GRADWALK_BODY_SECONDS="0.6")
    whole_head = POST + b"Content-Length: 20\r\n\r\n"
    slow = {
        "nothing": b"",
        "head": b"POST /api/v1/run HT",
        "line ends": b"\r\n",
        "body": whole_head + b"{",
        "no body": whole_head,
    }
    with ThreadPoolExecutor(len(slow)) as pool:
        start = time.monotonic()
        answers = dict(zip(slow, pool.map(service.exchange, slow.values()), strict=True))
        ended = time.monotonic() - start
    assert 0.5 < ended < 2.5
    assert answers["nothing"] == b""
    problem(answers["head"], 408, "timeout")
    problem(answers["line ends"], 408, "timeout")
    problem(answers["body"], 408, "timeout")
    problem(answers["no body"], 408, "timeout")


def test_second_request_of_a_connection_has_a_deadline_too(launched: Launch) -> None:
    service = launched(GRADWALK_HEAD_SECONDS="0.5")
    answer = service.exchange(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /healthz HT")
    assert answer.startswith(b"HTTP/1.1 200 OK")
    problem(answer[answer.index(b"alive\n") + 6 :], 408, "timeout")


def test_hundreds_of_slow_connections_leave_room_for_good_ones(launched: Launch) -> None:
    service = launched(GRADWALK_HEAD_SECONDS="2")
    slow = [socket.create_connection(("127.0.0.1", service.port)) for _ in range(300)]
    try:
        for connection in slow:
            connection.sendall(b"GET / HTTP/1.1\r\nX: ")
        start = time.monotonic()
        assert all(service.run("x*x", svg=False).status_code == 200 for _ in range(20))
        assert time.monotonic() - start < 1
    finally:
        for connection in slow:
            connection.close()


def test_too_many_requests_are_told_to_come_back(launched: Launch) -> None:
    service = launched(GRADWALK_IN_FLIGHT="1", GRADWALK_THREADS="1")
    large = "s = x\n" + "\n".join("s=s*x+y" for _ in range(2000))
    with ThreadPoolExecutor(4) as pool:
        answers = list(
            pool.map(lambda _: httpx.post(f"{service.client.base_url}/api/v1/run", json={"source": large}), range(4))
        )
        assert service.client.get("/healthz").status_code == 200
    busy = [answer for answer in answers if answer.status_code == 503]
    assert {answer.status_code for answer in answers} == {200, 503}
    assert all(answer.headers["retry-after"] == "1" for answer in busy)
    assert all(answer.json()["type"] == "/problems/busy" for answer in busy)


def test_program_that_waits_too_long_for_a_thread_is_told_to_come_back(launched: Launch) -> None:
    service = launched(GRADWALK_THREADS="1", GRADWALK_QUEUE_SECONDS="0.05")
    large = "s = x\n" + "\n".join("s=s*x+y" for _ in range(2000))
    with ThreadPoolExecutor(4) as pool:
        post = lambda _: httpx.post(f"{service.client.base_url}/api/v1/run", json={"source": large, "svg": False})  # noqa: E731
        statuses = {answer.status_code for answer in pool.map(post, range(4))}
    assert statuses == {200, 503}


# -- the guard alone ---------------------------------------------------------------------------------------------------


def ask(app: Any, settings: Settings | None = None, **request: Any) -> httpx.Response:
    """Send one request through a guard around `app`, in process."""

    async def send() -> httpx.Response:
        guard = Guard(app, settings or Settings(), Metrics())
        async with httpx.AsyncClient(transport=httpx.ASGITransport(guard), base_url="http://x") as client:
            return await client.request(**{"method": "GET", "url": "/", **request})

    return asyncio.run(send())


def test_mistake_of_ours_says_nothing_of_our_inside(caplog: pytest.LogCaptureFixture) -> None:
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        raise RuntimeError("secret")

    response = ask(broken)
    assert response.status_code == 500
    assert response.json()["type"] == "/problems/internal"
    assert "secret" not in response.text
    assert "secret" in caplog.text


def test_request_that_takes_too_long_is_told_to_come_back() -> None:
    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(10)

    response = ask(slow, Settings(request_seconds=0.05))
    assert response.status_code == 503
    assert response.headers["retry-after"] == "1"


def test_timeout_inside_is_not_taken_for_ours(caplog: pytest.LogCaptureFixture) -> None:
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        raise TimeoutError

    assert ask(broken).status_code == 500
    assert "unhandled" in caplog.text
