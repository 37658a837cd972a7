"""A gradwalk of our own on a free loopback port: started once for all tests, or with settings for one of them."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import httpx
import pytest

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Service:
    """A running server."""

    process: subprocess.Popen[str]
    port: int
    errors: IO[str]
    client: httpx.Client

    def run(self, source: str, **fields: Any) -> httpx.Response:
        """Post a program."""
        return self.client.post("/api/v1/run", json={"source": source, **fields})

    def post(self, body: bytes | str, **headers: str) -> httpx.Response:
        """Post bytes as they are."""
        return self.client.post("/api/v1/run", content=body, headers={"Content-Type": "application/json", **headers})

    def exchange(self, *pieces: bytes, seconds: float = 5.0) -> bytes:
        """Send `pieces` over a connection of its own and return all that comes until the server closes it."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=seconds) as connection:
            for piece in pieces:
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    connection.sendall(piece)
            answer = b""
            with contextlib.suppress(TimeoutError, ConnectionResetError):
                while data := connection.recv(65_536):
                    answer += data
            return answer

    def said(self) -> str:
        """Return what the server wrote to standard error."""
        self.errors.seek(0)
        return self.errors.read()


@contextlib.contextmanager
def launch(**environment: str) -> Iterator[Service]:
    """Start `python -m app` on a free port, wait until it says where it is, and end it."""
    settings = {**os.environ, "HOST": "127.0.0.1", "PORT": "0", "PYTHONWARNINGS": "error", **environment}
    with tempfile.TemporaryFile("w+") as errors:
        command = [sys.executable, "-m", "app"]
        process = subprocess.Popen(command, cwd=ROOT, env=settings, stdout=subprocess.PIPE, stderr=errors, text=True)
        assert process.stdout is not None, "it is a pipe"
        try:
            found = re.fullmatch(r"gradwalk serves on (http://127\.0\.0\.1:(\d+))\n", process.stdout.readline())
            assert found, errors.seek(0) or errors.read()
            with httpx.Client(base_url=found[1], timeout=15) as client:
                yield Service(process, int(found[2]), errors, client)
        finally:
            process.terminate()
            process.wait(15)
            process.stdout.close()


@pytest.fixture(scope="session")
def service() -> Iterator[Service]:
    """The server that all tests share. It must end with 0, and have had nothing to complain about."""
    with launch() as running:
        yield running
        running.process.terminate()
        assert running.process.wait(15) == 0
        assert running.said() == ""


@pytest.fixture
def launched() -> Iterator[Callable[..., Service]]:
    """Start servers with settings of their own; they end with the test."""
    with contextlib.ExitStack() as stack:
        yield lambda **environment: stack.enter_context(launch(**environment))
