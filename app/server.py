"""The server: runs the application on a socket, with a deadline for the head of every request. Start at `serve`."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import logging
import signal
import socket
import sys
from types import FrameType
from typing import Any

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from app.errors import CLOSE, Problem
from app.guard import ON_EVERY_ANSWER
from app.main import create
from app.pages import EDITOR
from app.settings import Settings
from app.settings import settings as from_environment

GRACEFUL_SECONDS = 8
KEEP_ALIVE_SECONDS = 15
OPEN_FILES = 65_536
SWITCH_SECONDS = 0.001  # how long a program in a thread may keep the loop waiting; Python's own 5 ms are felt


def serve() -> None:
    """Serve until SIGTERM or SIGINT; in-flight requests are finished first."""
    settings = from_environment()
    _log_lines()
    _raise_file_limit()
    sys.setswitchinterval(SWITCH_SECONDS)
    app = create(settings)
    Server(configuration(app, settings), app, settings.drain_seconds).run([listening(settings)])


def listening(settings: Settings) -> socket.socket:
    """Return a socket on the address of `settings`; raise SystemExit with a way out if it cannot be had."""
    host, port = settings.host, settings.port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        why = str(error.strerror).partition(" (while")[0]
        raise SystemExit(f"gradwalk cannot listen on {host}:{port}: {why}. Try PORT=9000 make run.") from None


def configuration(app: FastAPI, settings: Settings) -> uvicorn.Config:
    """Return uvicorn's configuration: no text of its own in answers, no trust in anybody's headers."""
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        http=DeadlineProtocol,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACEFUL_SECONDS,
    )


def tidy_seldom() -> None:
    """Search memory for cycles seldom: what is here now stays, and what runs leave behind is rarely in cycles."""
    gc.freeze()
    gc.set_threshold(50_000, 10, 10)


class Server(uvicorn.Server):
    """uvicorn's server; it says where it is, drains when it is told to end, and then ends with 0."""

    def __init__(self, config: uvicorn.Config, app: FastAPI, drain_seconds: float) -> None:
        super().__init__(config)
        self.app = app
        self.drain_seconds = drain_seconds
        self.loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        self.loop = asyncio.get_running_loop()
        tidy_seldom()
        host, port = self.servers[0].sockets[0].getsockname()[:2]
        if not EDITOR.exists():
            logging.getLogger("gradwalk").warning("the editor's bundle is missing: the page has a plain text field")
        print(f"gradwalk serves on http://{f'[{host}]' if ':' in host else host}:{port}", flush=True)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.app.state.draining = True
        if sig == signal.SIGTERM and self.drain_seconds and self.loop:
            self.loop.call_soon_threadsafe(self.loop.call_later, self.drain_seconds, self._end)
            return
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self._end()

    def _end(self) -> None:
        self.should_exit = True


class DeadlineProtocol(HttpToolsProtocol):
    """uvicorn's protocol, which by itself would wait for a head for ever, and take one of any size."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._settings: Settings = self.config.app.state.settings  # type: ignore[union-attr]
        self._deadline: asyncio.TimerHandle | None = None
        self._head_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._idle():
            self._expect_head()
        if self._deadline:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._deadline and self._head_bytes > 2 * self._settings.head_bytes:
            self._refuse(Problem("headers", f"a head may have {self._settings.head_bytes:,} bytes"))

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._expect_head()
        self._head_bytes += 1  # it may have begun in bytes that came with the request before

    def on_headers_complete(self) -> None:
        self._stop_waiting()
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        self._refuse(Problem("headers", "this is not a request of HTTP/1.1", status=400))

    def _idle(self) -> bool:
        cycle: Any = self.cycle
        return cycle is None or cycle.response_complete

    def _expect_head(self) -> None:
        if self._deadline is None:
            self._head_bytes = 0
            self._deadline = self.loop.call_later(self._settings.head_seconds, self._late)

    def _stop_waiting(self) -> None:
        if self._deadline:
            self._deadline.cancel()
            self._deadline = None

    def _late(self) -> None:
        self._deadline = None
        if not self._idle():
            self._expect_head()  # the answer before comes first
        elif self._head_bytes:
            self._refuse(Problem("timeout", f"a head must arrive within {self._settings.head_seconds:g} s"))
        else:
            self.transport.close()

    def _refuse(self, problem: Problem) -> None:
        """Answer where no application was asked, and close."""
        self._stop_waiting()
        if self.transport.is_closing():
            return
        problem.headers = CLOSE
        response = problem.response()
        lines = [*response.raw_headers, *ON_EVERY_ANSWER.items()]
        head = b"".join(b"%s: %s\r\n" % line for line in lines)
        self.transport.write(STATUS_LINE[problem.status] + head + b"\r\n" + bytes(response.body))
        self.transport.close()


# -- around it ---------------------------------------------------------------------------------------------------------


class _Lines(logging.Formatter):
    """One JSON object a line, in ASCII: nothing that a visitor sends can forge a line or steer a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        facts = {"time": self.formatTime(record), "level": record.levelname, "event": record.name}
        facts["message"] = record.getMessage()
        if record.exc_info:
            facts["traceback"] = self.formatException(record.exc_info)
        return json.dumps(facts)


def _log_lines() -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Lines())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    for name in ("uvicorn.error", "asyncio"):
        logging.getLogger(name).setLevel(logging.ERROR)


def _raise_file_limit() -> None:
    """Allow as many connections as the system lets us."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = OPEN_FILES if most == resource.RLIM_INFINITY else min(OPEN_FILES, most)
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
