"""A server of our own on a free loopback port: turns a `with` block into the address of a running gradwalk."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from types import TracebackType
from typing import Any


class Server:
    """Starts `python -m app` and ends it; `run` posts a program over one kept-alive connection."""

    def __enter__(self) -> Server:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        environment = os.environ | {"HOST": "127.0.0.1", "PORT": str(self.port)}
        self._process = subprocess.Popen([sys.executable, "-m", "app"], env=environment, stdout=subprocess.DEVNULL)
        self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        self._wait()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._connection.close()
        self._process.terminate()
        self._process.wait(15)

    def _wait(self) -> None:
        end = time.monotonic() + 20
        while time.monotonic() < end:
            try:
                self._connection.request("GET", "/readyz")
                if self._connection.getresponse().read() and self._process.poll() is None:
                    return
            except OSError:
                self._connection.close()
            time.sleep(0.05)
        raise RuntimeError("the server did not start within 20 s")

    def post(self, source: str, **more: Any) -> bytes:
        """Post `source` to `/api/v1/run` and return the answer; raise RuntimeError if it is a problem."""
        body = json.dumps({"source": source, **more})
        self._connection.request("POST", "/api/v1/run", body, {"Content-Type": "application/json"})
        answer = self._connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise RuntimeError(text.decode())
        return text
