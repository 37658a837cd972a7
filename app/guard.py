"""The guard: a pure ASGI layer around the service. Turns away what no handler should see, and completes every answer.

Sizes and times are bounded before anything is parsed; nothing is ever decided by `Host`. Start at `Guard.__call__`.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import CLOSE, Problem, busy_problem
from app.metrics import Metrics
from app.settings import Settings

log = logging.getLogger("gradwalk")
access = logging.getLogger("gradwalk.access")

DRAINED = 2**20  # bytes of a refused body that are read, so that its sender gets to see the answer
LINES = 100
QUIET = {"/healthz", "/readyz", "/metrics"}  # answered however busy we are
HOST = re.compile(rb"[A-Za-z0-9._~:\[\]%-]*")
Headers = list[tuple[bytes, bytes]]

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self';"
    " font-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors *;"
    " require-trusted-types-for 'script'; trusted-types gradwalk"
)
ON_EVERY_ANSWER = {
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"cross-origin-opener-policy": b"same-origin",
    b"permissions-policy": b"camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    b"content-security-policy": POLICY.encode(),
    b"access-control-allow-origin": b"*",  # without credentials: nothing here is private
    b"access-control-expose-headers": b"ETag, Retry-After",
}


class Guard:
    """Wraps an application."""

    def __init__(self, app: ASGIApp, settings: Settings, metrics: Metrics) -> None:
        self.app = app
        self.settings = settings
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        start, answer = time.perf_counter(), _Answer(send, scope["method"] == "HEAD")
        inner = {**scope, "method": "GET"} if scope["method"] == "HEAD" else scope
        try:
            await self._answer(inner, receive, answer)
        except Problem as problem:
            await problem.response()(scope, receive, answer)
        except Exception:
            log.exception("unhandled")
            if not answer.status:
                detail = "this is a mistake of ours, not of the request"
                await Problem("internal", detail).response()(scope, receive, answer)
        finally:
            self._note(inner, scope["method"], answer, time.perf_counter() - start)

    async def _answer(self, scope: Scope, receive: Receive, send: _Answer) -> None:
        check_head(scope, self.settings)
        body = await self._body(scope, receive)
        if self.metrics.in_flight >= self.settings.in_flight and scope["path"] not in QUIET:
            raise busy_problem("too many requests are being worked on")
        self.metrics.in_flight += 1
        deadline = asyncio.timeout(self.settings.request_seconds)
        try:
            async with deadline:
                await self.app(scope, _replayed(body, receive), send)
        except TimeoutError:
            if not deadline.expired() or send.status:
                raise
            raise busy_problem(f"this took longer than {self.settings.request_seconds:g} s") from None
        finally:
            self.metrics.in_flight -= 1

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        """Return the whole body, within its size and time."""
        try:
            async with asyncio.timeout(self.settings.body_seconds):
                return await _read(receive, self.settings.body_bytes)
        except TimeoutError:
            limit = f"the body must arrive within {self.settings.body_seconds:g} s"
            raise Problem("timeout", limit, headers=CLOSE) from None
        except _TooLargeError as error:
            if error.more:
                await _drain(receive)
            raise too_large(self.settings) from None

    def _note(self, scope: Scope, method: str, answer: _Answer, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "")
        route = route or ("/static" if scope["path"].startswith("/static/") else "-")
        self.metrics.count(route, answer.status, seconds)
        if self.settings.access_log:
            facts = {"method": method, "route": route, "status": answer.status, "ms": round(seconds * 1e3, 2)}
            access.info(json.dumps(facts))


# -- what comes in -----------------------------------------------------------------------------------------------------


def check_head(scope: Scope, settings: Settings) -> None:
    """Raise a `Problem` if the head of a request is too large or not clear."""
    headers: Headers = scope["headers"]
    if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > settings.target_bytes:
        detail = f"an address may have {settings.target_bytes:,} bytes; POST /api/v1/run takes longer programs"
        raise Problem("address", detail, headers=CLOSE)
    if len(headers) > LINES or sum(len(name) + len(value) + 4 for name, value in headers) > settings.head_bytes:
        raise Problem("headers", f"a head may have {LINES} lines and {settings.head_bytes:,} bytes", headers=CLOSE)
    hosts = [value for name, value in headers if name == b"host"]
    expected = (0, 1) if scope["http_version"] == "1.0" else (1,)
    if len(hosts) not in expected or not all(map(HOST.fullmatch, hosts)):
        raise Problem("headers", "a request must name exactly one host", headers=CLOSE, status=400)
    _check_length(headers, settings)


def _check_length(headers: Headers, settings: Settings) -> None:
    lengths = [value for name, value in headers if name == b"content-length"]
    if not lengths:
        return
    if len(lengths) > 1 or not re.fullmatch(rb"[0-9]{1,19}", lengths[0]):
        raise Problem("headers", "Content-Length must be one number", headers=CLOSE, status=400)
    waits = any(name == b"expect" for name, _ in headers)  # for our consent before it sends the body
    if int(lengths[0]) > settings.body_bytes + (0 if waits else DRAINED):
        raise too_large(settings)


def too_large(settings: Settings) -> Problem:
    """Return the problem of a body that is too large."""
    return Problem("body", f"a body may have {settings.body_bytes:,} bytes", headers=CLOSE, status=413)


class _TooLargeError(Exception):
    """More bytes came than a body may have, and perhaps `more` will."""

    def __init__(self, more: bool) -> None:
        super().__init__()
        self.more = more


async def _read(receive: Receive, limit: int) -> bytes:
    pieces: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise Problem("body", "the body ended early", headers=CLOSE)
        piece: bytes = message.get("body", b"")
        pieces.append(piece)
        size += len(piece)
        if size > limit:
            raise _TooLargeError(message.get("more_body", False))
        if not message.get("more_body"):
            return b"".join(pieces)


async def _drain(receive: Receive) -> None:
    """Read on for a moment: a client that is still sending would otherwise see a reset instead of the answer."""
    left = DRAINED
    try:
        async with asyncio.timeout(1.0):
            while left > 0:
                message = await receive()
                left -= len(message.get("body", b"")) + 1
                if not message.get("more_body"):
                    return
    except TimeoutError:
        return


def _replayed(body: bytes, receive: Receive) -> Receive:
    sent = False

    async def replay() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


# -- what goes out -----------------------------------------------------------------------------------------------------


class _Answer:
    """Adds the headers that every answer has, and leaves the body out where only the head was asked for."""

    def __init__(self, send: Send, head_only: bool) -> None:
        self.send = send
        self.head_only = head_only
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers: Headers = list(message.get("headers", []))
            given = {name.lower() for name, _ in headers}
            message["headers"] = headers + [each for each in ON_EVERY_ANSWER.items() if each[0] not in given]
        elif self.head_only:
            if message.get("more_body"):
                return
            message = {**message, "body": b""}
        await self.send(message)
